"""Fully connected layers against torch's own."""

import pytest
import torch
import torch.nn.functional as F

from alexnet_app.core.network.functions import linear as module
from alexnet_app.core.network.functions.linear import MANY, Linear, linear


def drawn(count, kind=torch.float64):
    chance = torch.Generator().manual_seed(count)
    shapes = (count, 70), (30, 70), (30,)
    return [torch.randn(shape, dtype=kind, generator=chance).requires_grad_() for shape in shapes]


@pytest.mark.parametrize("count", [1, MANY - 1, MANY, 2 * MANY + 1])
def test_that_values_and_gradients_are_those_of_torch(count):
    given = drawn(count)
    found, right = linear(*given), F.linear(*given)
    assert torch.allclose(found, right, rtol=0, atol=1e-12)
    assert found.is_contiguous(), "what is drawn for dropout goes by memory"
    grad = torch.randn(found.shape, dtype=found.dtype)
    for one, other in zip(*(torch.autograd.grad(y, given, grad) for y in (found, right)), strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-12)


def test_that_only_what_learns_gets_a_gradient():
    x, weight, bias = drawn(MANY)
    linear(x, weight.detach(), bias).sum().backward()
    assert torch.allclose(x.grad, weight.detach().sum(dim=0).expand_as(x))
    assert torch.equal(bias.grad, torch.full_like(bias, MANY))
    before = x.grad.clone()
    linear(x.detach(), weight, bias.detach()).sum().backward()
    assert torch.equal(x.grad, before)
    assert weight.grad is not None


def test_that_single_precision_is_as_exact_as_torch():
    x, weight, bias = (each.detach() for each in drawn(64, torch.float32))
    right = F.linear(x.double(), weight.double(), bias.double())
    off = [float((work(x, weight, bias) - right).abs().mean()) for work in (linear, F.linear)]
    assert off[0] < 1.2 * off[1]


def test_that_autocast_keeps_what_it_does(monkeypatch):
    monkeypatch.setattr(module, "_Turned", None)
    x, weight, bias = drawn(MANY, torch.float32)
    with torch.autocast("cpu", torch.bfloat16):
        assert linear(x, weight, bias).dtype == torch.bfloat16


def test_that_a_layer_goes_that_way():
    layer = Linear(70, 30)
    x = torch.randn(MANY, 70)
    assert type(layer(x).grad_fn).__name__ == "_TurnedBackward"


@pytest.mark.parametrize("units", [1, 2])
def test_that_a_relu_may_write_over_what_a_layer_gives(units):
    layer = Linear(5, units)
    F.relu(layer(torch.randn(MANY, 5)), inplace=True).sum().backward()
    assert layer.weight.grad is not None
