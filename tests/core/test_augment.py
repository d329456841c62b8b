"""Crop, mirror and colour noise on whole batches, against a loop over single pictures that anyone can read."""

import itertools
import random

import numpy as np
import pytest
import torch

from alexnet_app.core.chance import stream
from alexnet_app.core.data.feed.augment import Draws, augment, centre, draw, ten_views

SIZE, ROOM = 9, 5
SIDE = SIZE + ROOM
COMPONENTS = torch.tensor([[40.0, 9.0, -3.0], [38.0, -1.0, 6.0], [35.0, -8.0, -4.0]])
COLOUR_MEAN = torch.tensor([120.5, 113.25, 101.7]).reshape(3, 1, 1)


def pictures(count: int, side: int = SIDE, seed: int = 0) -> torch.Tensor:
    chance = np.random.default_rng(seed)
    return torch.from_numpy(chance.integers(0, 256, (count, side, side, 3), dtype=np.uint8))


def one_by_one(batch, draws, size, mean, scale):
    """Each picture by itself, with nothing but slices, in single precision."""
    found = []
    for index, picture in enumerate(batch.numpy()):
        top, left = int(draws.top[index]), int(draws.left[index])
        cut = picture[top : top + size, left : left + size]
        if draws.mirrored[index]:
            cut = cut[:, ::-1]
        coloured = cut.astype(np.float32) + draws.colour[index].numpy()
        found.append((coloured - mean.numpy().transpose(1, 2, 0)) * np.float32(scale))
    return torch.from_numpy(np.stack(found).transpose(0, 3, 1, 2).copy())


def drawn(count: int, room: int, step: int = 0, **changes) -> Draws:
    settings = {"crop": True, "mirror": True, "components": COMPONENTS, "noise": 0.1, **changes}
    return draw(count, room, **settings, chance=stream(1, "augmentation", step))


@pytest.mark.parametrize("mean", [COLOUR_MEAN, 255 * torch.rand(3, SIZE, SIZE, generator=stream(1, "mean"))])
@pytest.mark.parametrize("scale", [1.0, 1 / 64, 0.0173])
def test_that_a_batch_is_varied_as_its_pictures_one_by_one(mean, scale):
    for step in range(20):
        batch, draws = pictures(16, seed=step), drawn(16, ROOM, step)
        assert torch.equal(augment(batch, draws, SIZE, mean, scale), one_by_one(batch, draws, SIZE, mean, scale))


@pytest.mark.parametrize("mirrored", [False, True])
def test_that_crops_at_every_place_up_to_the_borders_are_exact(mirrored):
    places = [(top, left) for top in range(ROOM + 1) for left in range(ROOM + 1)]
    top, left = (torch.tensor(each) for each in zip(*places, strict=True))
    draws = Draws(top, left, torch.full((len(places),), mirrored), torch.zeros(len(places), 3))
    batch = pictures(len(places))
    varied = augment(batch, draws, SIZE, COLOUR_MEAN, 1.0)
    assert torch.equal(varied, one_by_one(batch, draws, SIZE, COLOUR_MEAN, 1.0))


@pytest.mark.parametrize("size", [1, SIZE, SIDE])
def test_that_without_room_the_whole_picture_is_used(size):
    batch, draws = pictures(8, side=size), drawn(8, 0)
    assert not draws.top.any()
    assert not draws.left.any()
    varied = augment(batch, draws, size, COLOUR_MEAN, 1 / 64)
    assert varied.shape == (8, 3, size, size)
    assert torch.equal(varied, one_by_one(batch, draws, size, COLOUR_MEAN, 1 / 64))


def test_that_a_mirror_keeps_what_the_crop_has_cut_out():
    batch = pictures(1)
    places = torch.tensor([ROOM]), torch.tensor([0])
    plain, mirrored = (
        augment(batch, Draws(*places, torch.tensor([flag]), torch.zeros(1, 3)), SIZE, COLOUR_MEAN, 1.0)
        for flag in (False, True)
    )
    assert torch.equal(mirrored, plain.flip(3))


@pytest.mark.parametrize("room", [0, 1, 4, 5, 32])
def test_that_with_everything_switched_off_it_is_the_centre(room):
    batch = pictures(6, side=SIZE + room)
    draws = drawn(6, room, crop=False, mirror=False, noise=0.0)
    varied = augment(batch, draws, SIZE, COLOUR_MEAN, 1 / 64)
    assert torch.equal(varied, centre(batch, SIZE, COLOUR_MEAN, 1 / 64))
    begin = room // 2
    cut = batch[:, begin : begin + SIZE, begin : begin + SIZE].permute(0, 3, 1, 2).float()
    assert torch.equal(varied, (cut - COLOUR_MEAN) * (1 / 64))


def test_that_colour_noise_is_one_shift_for_all_pixels_of_a_picture():
    draws = drawn(12, 0, crop=False, mirror=False, noise=1.0)
    grey = torch.full((12, SIZE, SIZE, 3), 128, dtype=torch.uint8)
    shift = augment(grey, draws, SIZE, torch.full((3, 1, 1), 128.0), 1.0)
    assert torch.equal(shift, shift[:, :, :1, :1].expand_as(shift))
    assert torch.allclose(shift[:, :, 0, 0], draws.colour, atol=1e-4)
    assert len({tuple(each) for each in draws.colour.tolist()}) == 12


@pytest.mark.parametrize("make", ["augment", "centre", "ten_views"])
def test_that_what_the_network_gets_is_single_precision_in_channels_last_and_the_pictures_stay(make):
    batch = pictures(4)
    before = batch.clone()
    if make == "augment":
        made = augment(batch, drawn(4, ROOM), SIZE, COLOUR_MEAN, 1 / 64)
    else:
        made = {"centre": centre, "ten_views": ten_views}[make](batch, SIZE, COLOUR_MEAN, 1 / 64)
    assert made.dtype == torch.float32
    assert made.is_contiguous(memory_format=torch.channels_last)
    assert torch.equal(batch, before)


def test_that_offsets_are_uniform_up_to_the_last_one_and_independent():
    count, room = 60_000, 4
    draws = drawn(count, room)
    joint = torch.bincount(draws.top * (room + 1) + draws.left, minlength=(room + 1) ** 2)
    expected = count / (room + 1) ** 2
    assert len(joint) == (room + 1) ** 2
    assert ((joint - expected).abs() < 5 * expected**0.5).all()


def test_that_half_of_the_pictures_are_mirrored_wherever_their_crop_is():
    count = 60_000
    draws = drawn(count, 1)
    for part in (draws.mirrored, draws.mirrored[draws.top == 0], draws.mirrored[draws.left == 1]):
        assert abs(part.float().mean().item() - 0.5) < 5 * 0.5 / len(part) ** 0.5


def test_that_the_colours_spread_as_the_components_say():
    noise = 0.25
    colour = drawn(200_000, 0, noise=noise).colour.double()
    wanted = noise**2 * (COMPONENTS @ COMPONENTS.T).double()
    assert torch.cov(colour.T).sub(wanted).abs().max() < 0.02 * wanted.abs().max()
    assert colour.mean(dim=0).abs().max() < 5 * wanted.diagonal().max() ** 0.5 / 200_000**0.5


def test_that_noise_along_one_component_moves_along_its_column():
    only_second = COMPONENTS * torch.tensor([0.0, 1.0, 0.0])
    colour = drawn(50, 0, components=only_second).colour
    direction = COMPONENTS[:, 1] / COMPONENTS[:, 1].norm()
    assert torch.allclose(colour, (colour @ direction)[:, None] * direction, atol=1e-5)


def test_that_the_same_seed_purpose_and_step_give_the_same_draws_whatever_else_was_drawn():
    first = drawn(32, ROOM, step=7)
    torch.manual_seed(123)
    torch.rand(5)
    drawn(99, 3, step=6)
    stream(1, "dropout", 7).seed()
    second = drawn(32, ROOM, step=7)
    for name in ("top", "left", "mirrored", "colour"):
        assert torch.equal(getattr(first, name), getattr(second, name))
    assert not torch.equal(first.colour, drawn(32, ROOM, step=8).colour)


def test_that_drawing_leaves_global_chance_alone():
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()  # noqa: NPY002
    augment(pictures(32), drawn(32, ROOM), SIZE, COLOUR_MEAN, 1.0)
    assert torch.equal(torch.get_rng_state(), states[0])
    assert np.array_equal(np.random.get_state()[1], states[1])  # noqa: NPY002
    assert random.getstate() == states[2]


def test_that_the_order_of_the_draws_never_changes():
    # a run of an earlier version is resumed with the draws that it would have had
    draws, chance = drawn(32, ROOM, step=3), stream(1, "augmentation", 3)
    places = torch.randint(0, ROOM + 1, (2, 32), generator=chance)
    coin = torch.rand(32, generator=chance) < 0.5
    alphas = 0.1 * torch.randn(32, 3, generator=chance)
    assert torch.equal(torch.stack((draws.top, draws.left)), places)
    assert torch.equal(draws.mirrored, coin)
    torch.testing.assert_close(draws.colour, alphas @ COMPONENTS.T)


@pytest.mark.parametrize(("count", "shared_by"), [(128, 32), (100, 32), (7, 128), (128, 2)])
def test_that_a_crop_and_mirror_can_be_shared_and_the_colour_is_not(count, shared_by):
    draws = drawn(count, 1000, shared_by=shared_by)
    groups = torch.stack((draws.top, draws.left, draws.mirrored.long())).unique(dim=1, return_counts=True)[1]
    whole, rest = divmod(count, shared_by)
    assert sorted(groups.tolist()) == sorted(whole * [shared_by] + ([rest] if rest else []))
    assert len(draws.colour.unique(dim=0)) == count
    assert torch.equal(draws.colour, drawn(count, 1000).colour)


def test_that_those_who_share_a_crop_are_no_neighbours_and_meet_others_in_the_next_step():
    first, second = (drawn(128, 1000, step, shared_by=32).top for step in (1, 2))
    together = first[:, None] == first[None, :]
    assert 16 < together.float().mul(128).mean() < 48
    assert (first[1:] == first[:-1]).float().mean() < 0.5  # neighbours, were the groups of a row: 0.97
    assert not torch.equal(together, second[:, None] == second[None, :])


def test_that_with_the_division_of_the_source_a_picture_is_smaller_by_the_strength():
    batch, draws = pictures(8), drawn(8, ROOM)
    plain = augment(batch, draws, SIZE, COLOUR_MEAN, 1 / 64)
    divided = augment(batch, draws, SIZE, COLOUR_MEAN, 1 / 64, divided_by=1.1)
    torch.testing.assert_close(divided.double(), plain.double() / 1.1, rtol=1e-6, atol=0)


@pytest.mark.parametrize(("side", "size", "offsets"), [(256, 224, (0, 16, 32)), (256, 227, (0, 14, 29))])
def test_that_ten_views_are_corners_and_centre_and_then_their_mirrors(side, size, offsets):
    low, middle, high = offsets
    batch = pictures(2, side=side)
    views = ten_views(batch, size, COLOUR_MEAN, 1 / 64)
    assert views.shape == (20, 3, size, size)
    places = [(low, low), (low, high), (middle, middle), (high, low), (high, high)]
    for number in range(2):
        for place, (top, left) in enumerate(places):
            cut = batch[number, top : top + size, left : left + size].permute(2, 0, 1).float()
            wanted = (cut - COLOUR_MEAN) * (1 / 64)
            assert torch.equal(views[10 * number + place], wanted)
            assert torch.equal(views[10 * number + 5 + place], wanted.flip(2))


def test_that_the_centre_is_one_of_the_ten_views():
    batch = pictures(3)
    views = ten_views(batch, SIZE, COLOUR_MEAN, 1 / 64).reshape(3, 10, 3, SIZE, SIZE)
    assert torch.equal(views[:, 2], centre(batch, SIZE, COLOUR_MEAN, 1 / 64))


def test_that_every_seed_purpose_and_step_has_a_stream_of_its_own():
    keys = list(itertools.product((0, 1, 12), ("order", "order1", "start"), (0, 2, 23)))
    first = {key: torch.randint(2**62, (2,), generator=stream(*key)).tolist() for key in keys}
    assert len({tuple(each) for each in first.values()}) == len(keys)
    for key in reversed(keys):
        assert torch.randint(2**62, (2,), generator=stream(*key)).tolist() == first[key]


def test_that_a_stream_never_changes_between_versions_of_the_program():
    # an old run is resumed with the numbers that it was begun with
    assert stream(1, "order", 0).initial_seed() == 8_401_410_035_462_850_704
