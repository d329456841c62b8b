"""What a unit wants, and which pixels made it fire: as known of networks that are made by hand."""

import numpy as np
import pytest
import torch

from alexnet_app import resources
from alexnet_app.core.events import Progress
from alexnet_app.core.generators import result_of
from alexnet_app.core.insight.ascent import ascending
from alexnet_app.core.insight.guided import guided
from alexnet_app.core.insight.receptive import field
from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.network.layers import Convolution, Dense
from alexnet_app.core.network.spec import NetworkSpec

SIDE = 16
MEAN = torch.tensor([120.0, 110, 100]).reshape(3, 1, 1)
SPEC = NetworkSpec(
    name="by hand",
    picture_size=SIDE,
    input_size=SIDE,
    towers=1,
    input_scale=1 / 64,
    convolutions=(Convolution("conv1", 2, 7, padding=3), Convolution("conv2", 2, 1)),
    dense=(Dense("fc3", 2),),
)


@pytest.fixture
def network():
    """Kernel 0 of conv1 wants a bright bar from top to bottom on a dark ground, kernel 1 red at the right."""
    made = AlexNet(SPEC).eval().requires_grad_(False)
    made.conv1.weight[0] = -1
    made.conv1.weight[0, :, :, 2:5] = 1
    made.conv1.weight[1, :, :, 4:] = torch.tensor([1.0, -1, -1]).reshape(3, 1, 1)
    made.conv1.bias[0] = 3
    return made


def best(network, unit):
    """The largest value that pixels from 0 to 255 can give a kernel of conv1, and the picture that does."""
    kernel = network.conv1.weight[unit]
    picture = torch.where(kernel > 0, 255.0, 0.0)
    return float(((picture - MEAN) / 64 * kernel).sum() + network.conv1.bias[unit]), picture


@pytest.mark.parametrize("unit", [0, 1])
def test_that_it_finds_the_known_optimum(network, unit):
    (found,) = result_of(ascending(network, MEAN, "conv1", [unit], seed=3, steps=300))
    value, picture = best(network, unit)
    assert 0.93 * value <= found.value <= value + 1e-3
    assert found.field == field(SPEC, "conv1", 8, 8)
    wanted = network.conv1.weight[unit].numpy() != 0
    apart = np.abs(found.picture.transpose(2, 0, 1) - picture.numpy())[wanted]
    assert np.median(apart) < 10, "nearly black and white where they should be"


def test_that_the_value_is_what_the_network_answers_to_the_picture(network):
    (found,) = result_of(ascending(network, MEAN, "conv1", [0], steps=9))
    pixels = torch.from_numpy(found.picture.astype(np.float32)).permute(2, 0, 1)
    inside = torch.zeros(1, 3, SIDE, SIDE)
    seen = found.field
    inside[0, :, seen.top : seen.bottom, seen.left : seen.right] = (pixels - MEAN) / 64
    with torch.inference_mode():
        answer = next(stages(network, inside)).value[0, 0, 8, 8]
    assert float(answer) == pytest.approx(found.value, rel=1e-5)


def test_that_the_seed_decides_and_neither_the_clock_nor_who_is_beside(network):
    torch.manual_seed(5)
    first = result_of(ascending(network, MEAN, "conv1", [0, 1], seed=1, steps=20))
    torch.manual_seed(6)
    again = result_of(ascending(network, MEAN, "conv1", [0, 1], seed=1, steps=20))
    (alone,) = result_of(ascending(network, MEAN, "conv1", [1], seed=1, steps=20))
    (other,) = result_of(ascending(network, MEAN, "conv1", [1], seed=2, steps=20))
    assert all(np.array_equal(one.picture, two.picture) for one, two in zip(first, again, strict=True))
    assert np.abs(alone.picture.astype(int) - first[1].picture).max() <= 1
    assert not np.array_equal(alone.picture, other.picture)


def test_that_progress_is_told_in_steps_of_all_parts_and_it_can_be_left(network, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.insight.ascent.WORK_AT_ONCE", 1.0)
    work = ascending(network, MEAN, "conv1", [0, 1], steps=5)
    assert next(work).total == 10
    work.close()
    events = list(ascending(network, MEAN, "conv1", [0, 1], steps=5))
    assert [each.done for each in events] == list(range(1, 11))
    assert isinstance(events[0], Progress)


def test_that_every_layer_of_a_trained_network_can_be_asked():
    bundle = read_bundle(resources.path("models") / "shapes-towers.alexnet")
    network = bundle.network().requires_grad_(False)
    for layer in ("conv5", "fc6", "fc8"):
        (early,) = result_of(ascending(network, bundle.mean, layer, [1], steps=1))
        (late,) = result_of(ascending(network, bundle.mean, layer, [1], steps=25))
        assert late.value > early.value
        assert late.picture.shape == (early.field.bottom - early.field.top, early.field.right - early.field.left, 3)
    with pytest.raises(IndexError):
        result_of(ascending(network, bundle.mean, "conv1", [48]))
    with pytest.raises(KeyError):
        result_of(ascending(network, bundle.mean, "conv9", [0]))


@pytest.fixture
def paths():
    """A unit of conv2 that reads + red's unit and − green's unit of conv1, each the colour of its own pixel."""
    made = AlexNet(SPEC).eval().requires_grad_(False)
    made.conv1.weight[0, 0, 3, 3] = 1
    made.conv1.weight[1, 1, 3, 3] = 2
    made.conv2.weight[0, :, 0, 0] = torch.tensor([3.0, -1.0])
    return made


def test_that_only_paths_that_speak_for_the_unit_go_back(paths):
    picture = torch.ones(2, 3, SIDE, SIDE)
    picture[1, 0, 5, 7] = -1  # red's unit does not fire there
    places = torch.tensor([[2, 3], [5, 7]])
    found = guided(paths, picture, "conv2", 0, places)
    expected = torch.zeros_like(picture)
    expected[0, 0, 2, 3] = 3  # through green's unit −2 would go back, which speaks against it
    assert torch.equal(found, expected)
    inside = picture.clone().requires_grad_()
    value = next(stage.value for stage in stages(paths, inside) if stage.layer == "conv2")[0, 0, 2, 3]
    (plain,) = torch.autograd.grad(value, inside)
    assert plain[0, :, 2, 3].tolist() == [3, -2, 0]


def test_that_nothing_goes_back_outside_of_what_a_unit_sees():
    bundle = read_bundle(resources.path("models") / "shapes-towers.alexnet")
    network = bundle.network().requires_grad_(False)
    pictures = torch.randn(2, 3, 56, 56, generator=torch.Generator().manual_seed(1))
    found = guided(network, pictures, "conv2", 5, torch.tensor([[3, 4], [0, 6]]))
    for gradient, place in zip(found, ((3, 4), (0, 6)), strict=True):
        seen = field(bundle.spec, "conv2", *place)
        inner = gradient[:, seen.top : seen.bottom, seen.left : seen.right]
        assert inner.any()
        assert int((gradient != 0).sum()) == int((inner != 0).sum())
    assert guided(network, pictures, "fc8", 2, torch.zeros(2, 2, dtype=torch.long)).shape == pictures.shape
