"""Where a score comes from: on networks whose answer is known, and as sums that must hold."""

import numpy as np
import pytest
import torch
from test_stepwise import pictures, started

from alexnet_app.core.insight.attribution import STEPS, grad_cam, grad_cam_of_towers, integrated_gradients, occlusion
from alexnet_app.core.insight.heat import AGAINST, FOR, over
from alexnet_app.core.insight.stepwise import scores
from alexnet_app.core.insight.tower_parts import contributions, tower_scores
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.layers import Convolution, Dense
from alexnet_app.core.network.spec import NetworkSpec

SIDE, LABEL = 16, 1


def adds_up(weights):
    """A network of two towers without anything that bends: class 1 is the sum of the picture's red, each pixel times
    its weight (SIDE, SIDE), by tower A in the left half, by tower B in the right one.
    """
    spec = NetworkSpec(
        "sum",
        SIDE,
        SIDE,
        (Convolution("conv1", 2, 1, then=("relu",)),),
        (Dense("fc2", 2),),
    )
    network = AlexNet(spec).eval().double()
    with torch.no_grad():
        network.get_parameter("conv1.weight")[:, 0] = 1.0
        halves = torch.zeros(2, SIDE, SIDE, dtype=torch.float64)
        halves[0, :, : SIDE // 2], halves[1, :, SIDE // 2 :] = weights[:, : SIDE // 2], weights[:, SIDE // 2 :]
        network.get_parameter("fc2.weight")[LABEL] = halves.flatten()
        network.get_parameter("fc2.bias")[LABEL] = 0.5
    return network


@pytest.fixture
def spot():
    """Weights of 0 but for a spot on the right, and a picture that is red there and on the left."""
    weights = torch.zeros(SIDE, SIDE, dtype=torch.float64)
    weights[10:12, 11:13] = 2.0
    picture = torch.zeros(3, SIDE, SIDE, dtype=torch.float64)
    picture[0, 10:12, 11:13] = 3.0
    picture[0, 2:4, 2:4] = 3.0
    return adds_up(weights), picture


def test_that_occlusion_finds_what_the_class_is_made_of(spot):
    network, picture = spot
    fall = occlusion(network, picture, LABEL)
    assert divmod(int(fall.argmax()), SIDE) in [(row, column) for row in (10, 11) for column in (11, 12)]
    assert float(fall[2:4, 2:4].abs().max()) == 0
    covered = picture.clone()
    covered[:, 10:14, 10:14] = 0
    with torch.inference_mode():
        whole = float(scores(network, picture[None])[0, LABEL] - scores(network, covered[None])[0, LABEL])
    assert 0 < float(fall.max()) <= whole == pytest.approx(24)


def test_that_integrated_gradients_give_each_pixel_what_it_adds(spot):
    network, picture = spot
    expected = torch.zeros(SIDE, SIDE, dtype=torch.float64)
    expected[10:12, 11:13] = 6.0
    assert torch.allclose(integrated_gradients(network, picture, LABEL), expected)


@pytest.mark.parametrize("name", ["photo-towers", "cifar-towers"])
def test_that_integrated_gradients_add_up_to_the_score_beyond_the_mean_picture(name):
    network = started(name)
    picture = pictures(network, 1)[0]
    with torch.inference_mode():
        pair = scores(network, torch.stack([picture, torch.zeros_like(picture)]))[:, LABEL]
    added = float(integrated_gradients(network, picture, LABEL).sum())
    assert added == pytest.approx(float(pair[0] - pair[1]), rel=1 / STEPS, abs=1e-3)


def test_that_grad_cam_tells_the_towers_apart(spot):
    network, picture = spot
    left, right = grad_cam_of_towers(network, picture, LABEL)
    assert not left.any(), "tower A has no weight for the class"
    assert float(right.max()) == pytest.approx(float(right[10:12, 11:13].max()))
    assert float(right[2:4, 2:4].max()) > 0, "the mean gradient of a map weighs all of its places"


def test_that_what_the_towers_add_is_the_score(spot):
    network, picture = spot
    found = contributions(network, picture, LABEL)
    assert (found.tower_a, found.tower_b, found.bias, found.score) == (0.0, 24.0, 0.5, 24.5)


@pytest.mark.parametrize("name", ["photo-towers", "cifar-towers", "shapes-towers"])
def test_that_the_sum_holds_in_every_network_of_two_towers(name):
    network = started(name, torch.float32)
    picture = pictures(network, 1)[0].float()
    found = contributions(network, picture, LABEL)
    assert found.tower_a + found.tower_b + found.bias == pytest.approx(found.score, abs=1e-5)
    assert len(tower_scores(network, picture)) == 3


def test_that_one_column_has_no_towers_to_compare():
    network = started("cifar-11pct")
    picture = pictures(network, 1)[0]
    assert contributions(network, picture, LABEL) is None
    assert len(tower_scores(network, picture)) == 1
    assert len(grad_cam_of_towers(network, picture, LABEL)) == 1


def test_that_towers_that_contradict_each_other_leave_the_difference():
    """Tower A sees the whole picture speak for the class, tower B the same picture against it, half as much."""
    network = adds_up(torch.zeros(SIDE, SIDE))
    last = network.spec.layers[-1].name
    with torch.no_grad():
        weights = network.get_parameter(f"{last}.weight")[LABEL].view(2, SIDE, SIDE)
        weights[0], weights[1] = 1.0, -0.5
    picture = torch.ones(3, SIDE, SIDE, dtype=torch.float64)
    (whole,), (left, right) = (each(network, picture, LABEL) for each in (grad_cam, grad_cam_of_towers))
    assert whole.flatten().tolist() == pytest.approx([0.5] * SIDE * SIDE)
    assert (float(left.min()), float(right.max())) == pytest.approx((1.0, 0.0))


def test_that_what_speaks_for_a_class_and_against_it_have_their_colours():
    heat = np.array([[1.0, 0.0, -1.0]], np.float32)
    drawn = over(np.full((1, 3, 3), 100, np.uint8), heat).astype(int)[0]
    assert np.abs(drawn[0] - FOR).sum() < np.abs(drawn[1] - FOR).sum()
    assert np.abs(drawn[2] - AGAINST).sum() < np.abs(drawn[1] - AGAINST).sum()
    assert (over(np.full((2, 2, 3), 100, np.uint8), np.zeros((2, 2), np.float32)) == 100).all()
