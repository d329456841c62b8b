"""Local response normalization against the paper's formula, written out as a loop in float64."""

import pytest
import torch
import torch.nn.functional as F

from alexnet_app.core.network.functions import lrn
from alexnet_app.core.network.functions.lrn import local_response_norm


def by_formula(x, size, alpha, beta, k, towers):
    """Section 3.3 as it is printed, one map at a time, ``alpha`` divided by ``size``; differentiable."""
    x = x.double()
    share = x.shape[1] // towers
    maps = []
    for i in range(x.shape[1]):
        first = i - i % share  # of the tower that map i belongs to
        low, high = max(first, i - size // 2), min(first + share - 1, i - size // 2 + size - 1)
        total = sum(x[:, j] ** 2 for j in range(low, high + 1))
        maps.append(x[:, i] / (k + alpha / size * total) ** beta)
    return torch.stack(maps, dim=1)


def maps(*shape, seed=0, scale=1.0, dtype=torch.float32):
    return (torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64) * scale).to(dtype)


WINDOWS = [
    # size, alpha, beta, k
    (5, 1e-4, 0.75, 2.0),
    (5, 5e-4, 0.75, 2.0),
    (3, 0.1, 0.75, 1.0),
    (4, 0.3, 0.5, 1.0),
    (2, 0.3, 0.75, 2.0),
    (1, 0.2, 1.3, 2.0),
    (15, 0.05, 0.75, 1.0),  # larger than a tower: the window ends at the tower's edges
    (40, 0.05, 0.6, 2.0),
]


@pytest.mark.parametrize("towers", [1, 2])
@pytest.mark.parametrize("scale", [1.0, 1e3])
@pytest.mark.parametrize(("size", "alpha", "beta", "k"), WINDOWS)
def test_that_it_is_the_formula(size, alpha, beta, k, scale, towers):
    x = maps(3, 16, 4, 5, scale=scale)
    expected = by_formula(x, size, alpha, beta, k, towers)
    found = local_response_norm(x, size, alpha, beta, k, towers)
    assert found.dtype == torch.float32
    assert found.shape == x.shape
    torch.testing.assert_close(found.double(), expected, rtol=2e-6, atol=0.0)
    precise = local_response_norm(x.double(), size, alpha, beta, k, towers)
    torch.testing.assert_close(precise, expected, rtol=1e-13, atol=0.0)


@pytest.mark.parametrize(("channels", "towers"), [(1, 1), (2, 2), (6, 2), (3, 1)])
def test_that_towers_of_few_maps_are_normalized_with_what_there_is(channels, towers):
    x = maps(2, channels, 3, 3, scale=30.0)
    expected = by_formula(x, 5, 0.2, 0.75, 2.0, towers)
    torch.testing.assert_close(
        local_response_norm(x, 5, 0.2, 0.75, 2.0, towers).double(), expected, rtol=2e-6, atol=0.0
    )


@pytest.mark.parametrize(
    ("size", "alpha", "beta", "k"), [(5, 1e-4, 0.75, 2.0), (3, 0.1, 0.6, 1.0), (4, 0.1, 0.75, 1.0)]
)
def test_that_each_tower_agrees_with_torch(size, alpha, beta, k):
    x = maps(2, 32, 6, 6, scale=20.0)
    torchs = F.local_response_norm(x.reshape(4, 16, 6, 6), size, alpha, beta, k).reshape(x.shape)
    torch.testing.assert_close(local_response_norm(x, size, alpha, beta, k, towers=2), torchs, rtol=3e-6, atol=0.0)
    whole = F.local_response_norm(x, size, alpha, beta, k)
    torch.testing.assert_close(local_response_norm(x, size, alpha, beta, k, towers=1), whole, rtol=3e-6, atol=0.0)
    assert (torchs - whole).abs().max() > 0  # the two are not the same question


def test_that_the_printed_formula_is_alpha_5e_minus_4():
    x = torch.full((1, 10, 1, 1), 100.0, dtype=torch.float64)
    # five neighbours of 100: 1e-4 · 5 · 100² = 5, as section 3.3 prints it
    printed = 100.0 / (2 + 5) ** 0.75
    released = 100.0 / (2 + 1) ** 0.75  # the source released in 2012 divides by the window
    middle = local_response_norm(x, alpha=5e-4)[0, 2, 0, 0].item()
    assert middle == pytest.approx(printed, rel=1e-14)
    assert local_response_norm(x)[0, 2, 0, 0].item() == pytest.approx(released, rel=1e-14)
    assert local_response_norm(x)[0, 4, 0, 0].item() == pytest.approx(100 / 2.6**0.75, rel=1e-14)  # tower A ends here


@pytest.mark.parametrize("size", [4, 5, 40])
def test_that_a_tower_never_sees_the_other(size):
    x = maps(2, 16, 3, 3, scale=50.0)
    for mine, other in ((slice(0, 8), slice(8, 16)), (slice(8, 16), slice(0, 8))):
        changed = x.clone()
        changed[:, other] = maps(2, 8, 3, 3, seed=1, scale=500.0)
        before, after = (local_response_norm(each, size, 0.1) for each in (x, changed))
        assert torch.equal(before[:, mine], after[:, mine])
        assert not torch.equal(before[:, other], after[:, other])
    # nor does a gradient cross over
    x.requires_grad_()
    local_response_norm(x, size, 0.1)[:, :8].sum().backward()
    assert x.grad[:, 8:].abs().max() == 0
    assert x.grad[:, :8].abs().min() > 0


def test_that_one_tower_alone_is_the_same_layer():
    x = maps(2, 16, 3, 3, scale=50.0)
    halves = [local_response_norm(half, alpha=0.1, towers=1) for half in x.chunk(2, dim=1)]
    assert torch.equal(local_response_norm(x, alpha=0.1, towers=2), torch.cat(halves, dim=1))


@pytest.mark.parametrize("towers", [1, 2])
@pytest.mark.parametrize(("size", "beta"), [(5, 0.75), (4, 0.75), (2, 0.5), (1, 1.3), (30, 0.75)])
def test_that_gradients_are_those_of_finite_differences(size, beta, towers):
    x = maps(2, 8, 2, 2, scale=3.0, dtype=torch.float64).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: local_response_norm(x, size, 0.5, beta, 1.0, towers), (x,))


@pytest.mark.parametrize("towers", [1, 2])
@pytest.mark.parametrize("scale", [1.0, 1e3])
@pytest.mark.parametrize(("size", "alpha", "beta", "k"), WINDOWS)
def test_that_gradients_are_those_of_the_formula(size, alpha, beta, k, scale, towers):
    x, grad = maps(2, 16, 3, 3, scale=scale), maps(2, 16, 3, 3, seed=1)
    wide = x.double().requires_grad_()
    by_formula(wide, size, alpha, beta, k, towers).backward(grad.double())
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
        mine = x.to(dtype).requires_grad_()
        local_response_norm(mine, size, alpha, beta, k, towers).backward(grad.to(dtype))
        torch.testing.assert_close(
            mine.grad.double(), wide.grad, rtol=tolerance, atol=tolerance * wide.grad.abs().max().item()
        )


def layouts(x):
    """The same values in memory in all the ways in which a network may hand them over."""
    yield x.contiguous()
    yield x.contiguous(memory_format=torch.channels_last)
    yield x.transpose(2, 3).contiguous().transpose(2, 3)
    gaps = torch.zeros(x.shape[0], 2 * x.shape[1], x.shape[2] + 1, x.shape[3] + 2)
    gaps[:, ::2, 1:, 1:-1] = x
    yield gaps[:, ::2, 1:, 1:-1]


def test_that_the_layout_in_memory_changes_nothing():
    x, grad = maps(3, 12, 5, 4, scale=40.0), maps(3, 12, 5, 4, seed=1)
    results = []
    for form in layouts(x):
        assert torch.equal(form, x)
        for incoming in (grad, grad.contiguous(memory_format=torch.channels_last), grad.sum((2, 3), True).expand_as(x)):
            leaf = form.detach().requires_grad_()
            y = local_response_norm(leaf, alpha=0.1)
            y.backward(incoming)
            results.append((y.detach(), leaf.grad, incoming))
        assert torch.equal(form, x)  # and the input is as it was
    for y, gradient, incoming in results:
        assert torch.equal(y, results[0][0])
        same = next(each for each in results if torch.equal(each[2], incoming))
        assert torch.equal(gradient, same[1])


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_that_half_types_are_computed_in_fp32_and_rounded_once(dtype):
    x, grad = maps(3, 32, 4, 4, scale=50.0, dtype=dtype), maps(3, 32, 4, 4, seed=1, dtype=dtype)
    half, full = x.clone().requires_grad_(), x.float().requires_grad_()
    y, precise = local_response_norm(half, alpha=0.1), local_response_norm(full, alpha=0.1)
    y.backward(grad)
    precise.backward(grad.float())
    assert y.dtype == half.grad.dtype == dtype
    assert torch.equal(y, precise.to(dtype))
    assert torch.equal(half.grad, full.grad.to(dtype))


def test_that_half_types_do_not_overflow_in_the_squares():
    y = local_response_norm(torch.full((1, 8, 1, 1), 3e4, dtype=torch.float16), alpha=1e-4)
    assert torch.isfinite(y).all()
    assert y.min() > 0


@pytest.mark.parametrize("count", [1, 2, 7, 64, 1 << 18])
def test_that_a_batch_in_many_pieces_is_the_batch_in_one(monkeypatch, count):
    x, grad = maps(5, 16, 6, 7, scale=40.0), maps(5, 16, 6, 7, seed=1)
    results = []
    for elements in (1 << 30, count):
        monkeypatch.setattr(lrn, "CACHED_ELEMENTS", elements)
        leaf = x.clone().requires_grad_()
        y = local_response_norm(leaf, alpha=0.1)
        y.backward(grad)
        results.append((y.detach(), leaf.grad))
    for whole, pieces in zip(*results, strict=True):
        torch.testing.assert_close(pieces, whole, rtol=1e-6, atol=1e-7)


def test_that_a_batch_larger_than_the_cache_is_right_everywhere():
    x = maps(24, 96, 16, 16, scale=10.0)
    assert x.numel() > lrn.CACHED_ELEMENTS
    x.requires_grad_()
    y = local_response_norm(x, alpha=0.1)
    y.square().sum().backward()
    for picture in (0, 20, 21, 22, 23):
        alone = x.detach()[picture : picture + 1].clone().requires_grad_()
        mine = local_response_norm(alone, alpha=0.1)
        mine.square().sum().backward()
        torch.testing.assert_close(y.detach()[picture], mine.detach()[0], rtol=1e-6, atol=0.0)
        torch.testing.assert_close(x.grad[picture], alone.grad[0], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", [(0, 8, 3, 3), (2, 8, 0, 3)])
def test_that_an_empty_batch_stays_empty(shape):
    x = torch.zeros(shape, requires_grad=True)
    y = local_response_norm(x)
    y.sum().backward()
    assert y.shape == x.grad.shape == shape


@pytest.mark.parametrize("shape", [(8, 3, 3), (2, 2, 48, 3, 3), (8,), (1, 7, 3, 3)])
def test_that_other_shapes_are_refused(shape):
    with pytest.raises(ValueError, match=r"\(N, C, H, W\)"):
        local_response_norm(torch.zeros(shape))


def test_that_an_odd_number_of_maps_is_fine_for_one_tower():
    assert local_response_norm(torch.ones(1, 7, 3, 3), towers=1).shape == (1, 7, 3, 3)


def test_that_a_second_derivative_is_refused_and_not_wrong():
    x = maps(1, 8, 2, 2, dtype=torch.float64).requires_grad_()
    (gradient,) = torch.autograd.grad(local_response_norm(x).square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()


def test_that_nothing_is_kept_where_no_gradient_is_wanted():
    x = maps(1, 8, 2, 2)
    assert local_response_norm(x).grad_fn is None
    with torch.inference_mode():
        assert torch.equal(local_response_norm(x), local_response_norm(x.clone()))


def test_that_a_network_in_channels_last_stays_so():
    x = maps(2, 8, 3, 4).contiguous(memory_format=torch.channels_last).requires_grad_()
    y = local_response_norm(x)
    y.sum().backward()
    assert y.is_contiguous(memory_format=torch.channels_last)
    assert x.grad.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("scale", [0.5, 5.0, 50.0])
def test_that_rounding_is_no_larger_than_torchs(scale):
    """In fp32, of values and of the gradient, as root mean square."""
    x, grad = maps(2, 48, 16, 16, seed=1, scale=scale), maps(2, 48, 16, 16, seed=2)

    def both(norm, x, grad):
        x = x.clone().requires_grad_()
        y = norm(x)
        y.backward(grad)
        return y.detach().double(), x.grad.double()

    def torchs(x):
        return F.local_response_norm(x.reshape(4, 24, 16, 16), 5, 1e-4, 0.75, 2.0).reshape(x.shape)

    exact = both(torchs, x.double(), grad.double())
    ours, its = (
        [float((found - true).square().mean().sqrt()) for found, true in zip(both(norm, x, grad), exact, strict=True)]
        for norm in (local_response_norm, torchs)
    )
    for own, other in zip(ours, its, strict=True):
        assert own <= 1.01 * other


def test_that_answers_are_normalized_as_in_training_but_for_rounding():
    x = maps(2, 48, 16, 16, seed=1, scale=50.0)
    learning = local_response_norm(x.clone().requires_grad_()).detach()
    exact = local_response_norm(x.double())
    with torch.inference_mode():
        answering = local_response_norm(x)
    assert not torch.equal(answering, learning)  # the quick power
    torch.testing.assert_close(answering, learning, rtol=1e-6, atol=0)
    assert (answering - exact).abs().max() <= 3e-7 * exact.abs().max()


@pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format])
def test_that_what_follows_may_write_over_it(layout):
    chance = torch.Generator().manual_seed(1)
    x = torch.randn(2, 8, 5, 5, generator=chance).contiguous(memory_format=layout)
    ours, plain = (x.clone().requires_grad_() for _ in range(2))
    torch.relu_(local_response_norm(ours, alpha=0.3)).square().sum().backward()
    torch.relu(local_response_norm(plain, alpha=0.3)).square().sum().backward()
    assert torch.equal(ours.grad, plain.grad)
    assert ours.grad.any()
