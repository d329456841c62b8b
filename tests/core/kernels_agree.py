"""Whether every kernel gives what torch gives. Run with TRITON_INTERPRET=1, which computes kernels on the CPU."""

from contextlib import nullcontext
from dataclasses import replace
from itertools import product

import torch
import torch.nn.functional as F

from alexnet_app.core.data.feed import augment, augment_triton
from alexnet_app.core.network import towers
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.functions import (
    fused,
    lrn,
    lrn_triton,
    pool,
    pool_triton,
    relu,
    relu_triton,
    space_to_depth,
    space_to_depth_triton,
)
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.towers import TowersApart
from alexnet_app.core.network.variants import variant

KERNELS = {
    lrn: lrn_triton,
    relu: relu_triton,
    pool: pool_triton,
    space_to_depth: space_to_depth_triton,
    augment: augment_triton,
}
CPU = torch.device("cpu")
HALF_STEP = {torch.float32: 2e-6, torch.bfloat16: 8e-3}
OF_SUMS = 1e-5  # of thousands of numbers of both signs, in fp32


def use(kernels: bool) -> None:
    """Lets what is computed on this CPU go through the kernels, or not."""
    for module, its in KERNELS.items():
        module._kernels = lambda device, its=its: its if kernels else None


def off(found: torch.Tensor, right: torch.Tensor) -> float:
    """The largest difference, relative to the largest right number."""
    return float((found.double() - right.double()).abs().max() / right.double().abs().max().clamp_min(1e-30))


def with_gradients(work, *given: torch.Tensor) -> list[torch.Tensor]:
    """What ``work`` gives, and the gradients of what it was given."""
    leaves = [each.detach().clone().requires_grad_() for each in given]
    y = work(*leaves)
    grad = torch.randn(y.shape, generator=torch.Generator().manual_seed(3)).bfloat16()  # the same in every precision
    y.backward(grad.to(y.dtype))
    return [y.detach(), *(each.grad for each in leaves)]


def maps(shape: tuple[int, ...], spread: float = 1.0, kind: torch.dtype = torch.float32) -> torch.Tensor:
    """Numbers that many layouts and towers can be told from."""
    drawn = torch.randn(shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64) * spread
    return drawn.to(kind).contiguous(memory_format=torch.channels_last)


def every_module_accepts_its_kernels() -> None:
    """The check that each makes before it uses them on a new device."""
    for module, its in KERNELS.items():
        assert module._agrees(its, CPU), module.__name__


def bias_relu_and_norm_are_the_formula() -> None:
    """Forward and backward, with the gradient of the bias."""
    cases = (
        ((2, 96, 3, 5), 2, (5, 1e-4, 0.75, 2.0), 5.0),
        ((2, 256, 3, 2), 2, (5, 5e-4, 0.75, 2.0), 50.0),
        ((3, 64, 4, 3), 1, (5, 0.001, 0.75, 1.0), 30.0),
        ((1, 14, 5, 5), 2, (4, 0.3, 0.5, 1.0), 1.0),
        ((2, 6, 3, 3), 2, (9, 0.2, 1.3, 2.0), 3.0),
        ((1, 7, 2, 2), 1, (1, 0.2, 0.75, 2.0), 3.0),
        ((1, 2, 70, 70), 2, (2, 0.3, 0.75, 2.0), 3.0),
        ((2, 768, 2, 2), 2, (5, 0.01, 0.75, 2.0), 5.0),
        ((1, 48, 20, 20), 1, (5, 1e-4, 0.75, 2.0), 5.0),  # more than one program adds to the bias
    )
    for (shape, apart, settings, spread), kind in product(cases, HALF_STEP):
        x, bias = maps(shape, spread, kind), torch.linspace(-spread, spread, shape[1])

        def norm(x, bias, settings=settings, apart=apart):
            return lrn.norm_of_relu(x, bias, *settings, apart)

        use(True)
        found = with_gradients(norm, x, bias)
        use(False)
        right = with_gradients(norm, x.double(), bias.double())
        assert [each.dtype for each in found] == [kind, kind, torch.float32]
        for one, other, close in zip(found, right, (HALF_STEP[kind], HALF_STEP[kind], OF_SUMS), strict=True):
            assert off(one, other) < close, (shape, kind, off(one, other))


def bias_and_relu_are_those_of_torch() -> None:
    """Where something is no number it stays so; zero counts as not active."""
    for shape, kind in product(((2, 12, 5, 3), (1, 384, 3, 3), (1, 1000, 2, 3), (1, 100, 12, 12)), HALF_STEP):
        x, bias = maps(shape, 2.0, kind), torch.linspace(-1, 1, shape[1])
        x[0, 0, 0, 0], bias[0] = 0.0, 0.0
        use(True)
        found = with_gradients(relu.relu_of, x, bias)
        use(False)
        right = with_gradients(relu.relu_of, x.double(), bias.double())
        for one, other, close in zip(found, right, (HALF_STEP[kind], HALF_STEP[kind], OF_SUMS), strict=True):
            assert off(one, other) < close, (shape, kind, off(one, other))
        x[0, 1, 0, 0] = float("nan")
        use(True)
        assert relu.relu_of(x, bias)[0, 1, 0, 0].isnan()


def pools_are_those_of_torch() -> None:
    """Also where values are equal, windows hang over the edge, or something is no number."""
    cases = (
        ((2, 6, 13, 13), 3, 2, False),
        ((2, 48, 27, 11), 3, 2, False),
        ((1, 5, 8, 8), 2, 2, False),
        ((2, 7, 24, 24), 3, 2, True),
        ((2, 3, 9, 10), 3, 1, False),
        ((1, 4, 10, 7), 3, 3, True),
        ((1, 4, 12, 12), 5, 3, False),
        ((1, 4, 7, 7), 2, 3, True),
    )
    use(True)
    for (shape, size, stride, ceil), kind in product(cases, HALF_STEP):
        x = maps(shape, 2.0).round().to(kind)
        right = with_gradients(lambda x, s=size, t=stride, c=ceil: F.max_pool2d(x, s, t, ceil_mode=c), x.contiguous())
        found = with_gradients(lambda x, s=size, t=stride, c=ceil: pool.max_pool(x, s, t, ceil=c), x)
        assert torch.equal(found[0], right[0])
        assert off(found[1], right[1]) < 2 * HALF_STEP[kind]
    x = maps((1, 2, 7, 7)).requires_grad_()
    with torch.no_grad():
        x[0, 0, 3, 3] = float("nan")
    assert torch.equal(pool.max_pool(x, 3, 2).isnan(), F.max_pool2d(x, 3, 2).isnan())


def blocks_hold_the_bits_of_the_pictures() -> None:
    """With and without padding, whole blocks and not."""
    for size, stride, padding, side, colours in (
        (11, 4, 0, 67, 3),
        (11, 4, 2, 64, 3),
        (7, 2, 3, 65, 3),
        (5, 3, 1, 40, 1),
        (4, 2, 0, 17, 8),
    ):
        x = torch.randn(2, colours, side, side + 3, generator=torch.Generator().manual_seed(1))
        use(True)
        found = space_to_depth.blocks(x, size, stride, padding)
        use(False)
        assert torch.equal(found, space_to_depth.blocks(x, size, stride, padding))


def batches_are_varied_bit_for_bit() -> None:
    """All that a picture goes through before the network."""
    for size, side in ((61, 90), (24, 32), (5, 5)):
        chance = torch.Generator().manual_seed(size)
        pictures = torch.randint(0, 256, (3, side, side, 3), dtype=torch.uint8, generator=chance)
        components = torch.tensor([[40.0, 9.0, -3.0], [38.0, -1.0, 6.0], [35.0, -8.0, -4.0]])
        draws = augment.draw(3, side - size, crop=True, mirror=True, components=components, noise=0.1, chance=chance)
        means = torch.full((3, 1, 1), 117.3), 255 * torch.rand(3, size, size, generator=chance)
        for mean, scale, divisor in product(means, (1 / 64, 0.0173, torch.tensor([0.01, 0.02, 0.03])), (1.0, 1.1)):
            use(True)
            found = augment.augment(pictures, draws, size, mean, scale, divided_by=divisor)
            use(False)
            right = augment.augment(pictures, draws, size, mean, scale, divided_by=divisor)
            assert found.is_contiguous(memory_format=torch.channels_last)
            assert torch.equal(found, right)


def small_spec() -> NetworkSpec:
    """The paper's network on smaller pictures with few kernels, and start values that such a one can have."""
    spec = variant("alexnet-2012").with_classes(10)
    convolutions = tuple(replace(each, kernels=16, start="fan-in") for each in spec.convolutions)
    *hidden, last = (replace(each, start="fan-in") for each in spec.dense)
    return replace(
        spec, input_size=99, convolutions=convolutions, dense=(*(replace(each, units=32) for each in hidden), last)
    )


def a_network_is_the_same_with_all_of_it() -> None:
    """Both towers on one GPU against the whole network on a CPU: scores and the gradient of every parameter."""
    spec = small_spec()
    x = 64 * torch.randn(2, 3, spec.input_size, spec.input_size, generator=torch.Generator().manual_seed(1))
    for kind in HALF_STEP:
        plain, apart = AlexNet(spec).train(), TowersApart(spec, ("cpu", "cpu")).train()
        scores = []
        for network in (plain, apart):
            network.initialize(torch.Generator().manual_seed(2))
            use(network is apart)
            rounded = torch.autocast("cpu", torch.bfloat16, enabled=kind == torch.bfloat16)
            with as_on_a_gpu() if network is apart else nullcontext(), rounded:
                scores.append(network(x, torch.Generator().manual_seed(5)).float())
            scores[-1].square().sum().backward()
            scores[-1] = scores[-1].detach()
        assert scores[0].std() > 0.1
        assert off(scores[1], scores[0]) < 5 * HALF_STEP[kind], (kind, off(scores[1], scores[0]))
        for key, weight in plain.named_parameters():
            grad = torch.cat([part.grad for part in apart.parts(key)])
            if kind == torch.float32:
                assert off(grad, weight.grad) < OF_SUMS, (key, off(grad, weight.grad))
            else:  # rounding lets other places win in a pool
                alike = torch.cosine_similarity(grad.flatten(), weight.grad.flatten(), dim=0)
                assert alike > 0.95, (key, float(alike))


class as_on_a_gpu:  # noqa: N801  (a context, used as one)
    """Layers go the way that they go on a GPU, and the first one is computed for both towers at once."""

    def __enter__(self) -> None:
        fused.on_gpu = towers.on_gpu = lambda _: True

    def __exit__(self, *_: object) -> None:
        fused.on_gpu = towers.on_gpu = lambda x: x.is_cuda


def main() -> None:
    """Says which of them are done."""
    torch.cuda.device_of = lambda _: nullcontext()  # there is none here
    for check in (
        every_module_accepts_its_kernels,
        bias_relu_and_norm_are_the_formula,
        bias_and_relu_are_those_of_torch,
        pools_are_those_of_torch,
        blocks_hold_the_bits_of_the_pictures,
        batches_are_varied_bit_for_bit,
        a_network_is_the_same_with_all_of_it,
    ):
        check()
        print(check.__name__, flush=True)


if __name__ == "__main__":
    main()
