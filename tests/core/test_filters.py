"""Kernels as pictures: colours that are the weights', a sheet for each tower, every pixel where it belongs."""

import colorsys
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_app import cli
from alexnet_app.core.errors import UserError
from alexnet_app.core.insight.filters import (
    LARGEST_SHEET,
    Sheet,
    colourfulness,
    draw,
    kernel_picture,
    kernel_pictures,
    layers_with_kernels,
    order_of,
    sheets,
    slice_pictures,
    strength,
    towers,
)
from alexnet_app.core.insight.pictures import MARGIN, TITLE, beside, caption_of, write_drawn, write_sheets
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.outputs import DRAWINGS


def model(name, **weights):
    """A model with weights of chance, and those given."""
    network = AlexNet(variant(name))
    network.initialize(torch.Generator().manual_seed(1))
    kept = {**plain_weights(network), **{f"{layer}.weight": weight for layer, weight in weights.items()}}
    classes = tuple(str(number) for number in range(network.spec.classes))
    return Bundle(network.spec, classes, torch.zeros(3, 1, 1), kept)


def kernel(*colours):
    """A kernel of two rows and a column for each colour: (1, 3, 2, colours)."""
    return torch.tensor([[[row[channel] for row in colours]] * 2 for channel in range(3)]).float()[None]


@pytest.fixture(scope="module")
def two():
    return model("shapes-towers")


def test_that_a_kernel_of_zeros_is_middle_grey():
    pictures = kernel_pictures(torch.zeros(2, 3, 4, 5))
    assert pictures.shape == (2, 4, 5, 3)
    assert pictures.dtype == np.uint8
    assert (pictures == 128).all()


def test_that_weights_become_colours_around_middle_grey():
    picture = kernel_pictures(kernel((0.5, 0.0, 0.0), (-0.5, 0.0, 0.25), (0.0, 0.5, -0.25)))[0]
    assert picture.shape == (2, 3, 3)
    assert picture[0].tolist() == picture[1].tolist() == [[255, 128, 128], [1, 128, 192], [128, 255, 64]]


def test_that_rows_and_columns_stay_where_they_are():
    weight = torch.zeros(1, 3, 3, 3)
    weight[0, :, 0, 2] = 1.0  # the upper right corner
    picture = kernel_pictures(weight)[0]
    assert picture[0, 2].tolist() == [255, 255, 255]
    assert (np.delete(picture.reshape(9, 3), 2, axis=0) == 128).all()


def test_that_every_kernel_uses_the_whole_scale_by_itself():
    weight = torch.randn(6, 3, 5, 5, generator=torch.Generator().manual_seed(1))
    scales = torch.tensor([1e-30, 1e-6, 0.01, 1.0, 100.0, 1e30]).reshape(-1, 1, 1, 1)
    pictures = kernel_pictures(weight * scales).astype(int)
    assert (np.abs(pictures - 128).max(axis=(1, 2, 3)) == 127).all()
    assert np.abs(pictures - kernel_pictures(weight)).max() <= 1


def test_that_one_scale_for_all_keeps_how_strong_kernels_are(two):
    weights = two.weights["conv1.weight"].clone()
    weights[:24] *= 0.25
    weights[5, 0, 0, 0], weights[6, 1, 1, 1] = float("nan"), float("inf")  # these two are not the largest
    found = sheets(replace(two, weights={**two.weights, "conv1.weight": weights}), "conv1", scale="common")
    kept = weights.nan_to_num(nan=0, posinf=0).permute(0, 2, 3, 1).numpy()
    wanted = 128 + 127 * kept / np.abs(kept).max()
    assert np.abs(np.concatenate([sheet.kernels for sheet in found]).astype(float) - wanted).max() <= 0.5 + 1e-3
    later = two.weights["conv2.weight"]
    half = len(later) // 2
    for sheet, part in zip(sheets(two, "conv2", scale="common"), (later[:half], later[half:]), strict=True):
        shades = 128 + 127 * (part / later.abs().max()).reshape(-1, *part.shape[2:]).numpy()
        assert np.abs(sheet.kernels[..., 0] - shades).max() <= 0.5 + 1e-3
    dead = sheets(
        replace(two, weights={**two.weights, "conv1.weight": 0 * two.weights["conv1.weight"]}), scale="common"
    )
    assert all((sheet.kernels == 128).all() for sheet in dead)


@pytest.mark.parametrize("colour", [(1.0, 0.0, 0.0), (0.2, 0.9, 0.1), (0.3, 0.3, 1.0), (0.7, 0.5, 0.0)])
def test_that_hues_are_kept(colour):
    shown = kernel_pictures(kernel(colour) * 0.03)[0, 0, 0] / 255
    wanted = [(128 + 127 * value / max(colour)) / 255 for value in colour]
    assert colorsys.rgb_to_hsv(*shown)[0] == pytest.approx(colorsys.rgb_to_hsv(*colour)[0], abs=0.01)
    assert shown.tolist() == pytest.approx(wanted, abs=0.002)


def test_that_equal_weights_in_all_colours_are_grey():
    weight = torch.randn(4, 1, 5, 5, generator=torch.Generator().manual_seed(1)).expand(4, 3, 5, 5)
    assert np.ptp(kernel_pictures(weight), axis=3).max() == 0


def test_that_the_layout_in_memory_and_the_gradient_do_not_matter():
    weight = torch.randn(4, 3, 5, 5, generator=torch.Generator().manual_seed(1), requires_grad=True)
    last = weight.contiguous(memory_format=torch.channels_last)
    assert np.array_equal(kernel_pictures(weight), kernel_pictures(last))
    assert kernel_pictures(weight.bfloat16()).shape == (4, 5, 5, 3)


def test_that_weights_that_are_no_numbers_are_grey():
    weight = kernel((1.0, 0.0, 0.0), (float("nan"), float("inf"), -float("inf")))
    assert kernel_pictures(weight)[0, 0].tolist() == [[255, 128, 128], [128, 128, 128]]


def test_that_each_tower_has_a_sheet_of_its_own_kernels(two):
    found = sheets(two)
    assert [sheet.title for sheet in found] == ["Tower A", "Tower B"]
    pictures = kernel_pictures(two.weights["conv1.weight"])
    assert pictures.shape == (48, 7, 7, 3)
    assert np.array_equal(found[0].kernels, pictures[:24])
    assert np.array_equal(found[1].kernels, pictures[24:])


def test_that_one_column_has_one_sheet():
    (sheet,) = sheets(model("cifar-2012"))
    assert sheet.title == "one column"
    assert sheet.kernels.shape == (64, 5, 5, 3)


def test_that_later_layers_are_grey_slices_kernel_by_kernel(two):
    found = sheets(two, "conv2")
    weight = two.weights["conv2.weight"].numpy()
    assert weight.shape == (96, 24, 5, 5)
    for sheet, own in zip(found, (weight[:48], weight[48:]), strict=True):
        assert sheet.kernels.shape == (48 * 24, 5, 5, 3)
        assert np.ptp(sheet.kernels, axis=3).max() == 0
        for unit, slice_ in ((0, 0), (0, 23), (1, 0), (47, 5)):
            expected = np.rint(128 + 127 * own[unit, slice_] / np.abs(own[unit]).max())
            assert np.abs(sheet.kernels[unit * 24 + slice_, :, :, 0] - expected).max() <= 1


def test_that_a_sheet_of_a_large_layer_ends_with_a_whole_kernel(two):
    kernels, maps = two.weights["conv3.weight"].shape[:2]
    assert kernels // 2 * maps > LARGEST_SHEET
    assert [len(sheet.kernels) for sheet in sheets(two, "conv3")] == [LARGEST_SHEET // maps * maps] * 2


@pytest.mark.parametrize("layer", ["conv9", "fc6", "", "local3"])
def test_that_a_layer_without_kernels_is_answered_with_those_that_have_some(two, layer):
    with pytest.raises(UserError) as caught:
        sheets(two, layer)
    assert repr(layer) in str(caught.value)
    assert "conv1, conv2, conv3, conv4, conv5" in str(caught.value)


def test_that_locally_connected_layers_have_none_to_show():
    with pytest.raises(UserError, match=r"choose one of conv1, conv2$"):
        sheets(model("cifar-2012"), "local3")


def test_that_every_pixel_is_where_it_belongs():
    chance = np.random.default_rng(1)
    kernels = chance.integers(0, 255, (7, 3, 4, 3), np.uint8)  # no white, so that paper can be told apart
    zoom, columns = 3, 3
    picture = draw(Sheet("Tower A", kernels, columns), zoom)
    expected = np.full((3 * (3 + 1) - 1, columns * (4 + 1) - 1, 3), 255, np.uint8)
    for index, each in enumerate(kernels):
        top, left = index // columns * (3 + 1), index % columns * (4 + 1)
        expected[top : top + 3, left : left + 4] = each
    assert picture.shape == (expected.shape[0] * zoom, expected.shape[1] * zoom, 3)
    for row, column in np.ndindex(picture.shape[:2]):
        assert picture[row, column].tolist() == expected[row // zoom, column // zoom].tolist()


@pytest.mark.parametrize(
    ("count", "columns", "shape"), [(1, 1, (3, 3)), (2, 4, (3, 15)), (8, 4, (7, 15)), (9, 4, (11, 15))]
)
def test_that_a_sheet_has_the_rows_it_needs(count, columns, shape):
    picture = draw(Sheet("", np.zeros((count, 3, 3, 3), np.uint8), columns), 1)
    assert picture.shape[:2] == shape
    assert (picture == 0).all(axis=2).sum() == count * 9


def test_that_the_picture_file_shows_both_towers_under_their_titles(tmp_path, two):
    path = tmp_path / "filters.png"
    found = write_sheets(two, "conv1", path)
    assert [sheet.title for sheet in found] == ["Tower A", "Tower B"]
    assert list(tmp_path.iterdir()) == [path]
    with Image.open(path) as opened:
        assert opened.format == "PNG"
        page = np.asarray(opened.convert("RGB"))
    height, width = page.shape[:2]
    sheet_width = (width - 3 * MARGIN) // 2
    top = TITLE + MARGIN
    titles = []
    for number, sheet in enumerate(found):
        left = MARGIN + number * (sheet_width + MARGIN)
        part = page[top : height - MARGIN, left : left + sheet_width]
        # its kernels, enlarged: the first one fills the corner
        zoom = next(zoom for zoom in range(1, 40) if np.array_equal(draw(sheet, zoom), part))
        assert np.array_equal(part[::zoom, ::zoom][:7, :7], sheet.kernels[0])
        title = page[:top, left : left + sheet_width]
        assert 30 < (title < 128).all(axis=2).sum() < title.size / 10  # letters, not a bar
        titles.append(title)
        assert (page[top:, left - MARGIN : left] == 255).all()
    assert not np.array_equal(*titles)
    assert (page[:, -MARGIN:] == 255).all()
    assert (page[-MARGIN:] == 255).all()
    assert np.array_equal(page, np.asarray(beside(found)))


def test_that_a_picture_that_cannot_be_written_is_a_sentence(tmp_path, two):
    with pytest.raises(UserError, match="could not be written"):
        write_sheets(two, "conv1", tmp_path / "missing" / "filters.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif("ALEXNET_TEST_DATA" not in os.environ, reason="needs ALEXNET_TEST_DATA")
def test_that_kernels_of_imagenet_are_seen_as_edges_and_as_colours():
    file = Path(os.environ["ALEXNET_TEST_DATA"]) / "alexnet_owt_features" / "alexnet_owt_features.npz"
    with np.load(file, allow_pickle=False) as weights:
        pictures = kernel_pictures(torch.from_numpy(weights["features.0.weight"])).astype(float) - 128
    assert pictures.shape == (64, 11, 11, 3)
    grey = pictures.mean(axis=3, keepdims=True)
    colour = ((pictures - grey) ** 2).sum(axis=(1, 2, 3)) / (pictures**2).sum(axis=(1, 2, 3))
    # Figure 3: some kernels know no colour, others hardly anything else
    assert (colour < 0.1).sum() >= 15
    assert (colour > 0.5).sum() >= 10
    # and a smooth kernel stays smooth: neighbours are alike, other than in noise
    steps = np.diff(pictures, axis=1).std(axis=(1, 2, 3)) / pictures.std(axis=(1, 2, 3))
    assert np.median(steps) < 1.0


GREY, RED, OPPONENT = (0.5, 0.5, 0.5), (0.7, 0.0, 0.0), (0.3, -0.3, 0.0)


@pytest.mark.parametrize(
    ("colours", "share"),
    [
        ((GREY, GREY), 0),
        ((GREY, (-0.2, -0.2, -0.2)), 0),  # a black and white edge
        ((RED, RED), 2 / 3),
        ((OPPONENT, OPPONENT), 1),  # red against green: its grey is zero
        (((0.0, 0.0, -0.4), (0.0, 0.0, 0.1)), 2 / 3),
        (((0.3, 0.3, 0.3), (0.3, -0.3, 0.0)), (0.18) / (0.27 + 0.18)),  # energies 0.27 of grey, 0.18 of colour
        (((0.0, 0.0, 0.0),), 0),
    ],
)
def test_that_colourfulness_is_the_share_of_energy_that_is_not_grey(colours, share):
    weights = kernel(*colours).numpy()
    assert colourfulness(weights).tolist() == pytest.approx([share], abs=1e-6)
    assert colourfulness(-1e-4 * weights).tolist() == pytest.approx([share], abs=1e-6)


def test_that_strength_is_the_length_of_the_kernel():
    weights = np.zeros((3, 2, 2, 2), np.float32)
    weights[1, 0, 0, 0], weights[1, 1, 1, 1] = 3, -4
    weights[2] = 0.5
    assert strength(weights).tolist() == pytest.approx([0, 5, np.sqrt(8) / 2])


def test_that_kernels_are_ordered_by_what_is_asked_for():
    weights = torch.cat([kernel(GREY), kernel(RED) * 3, kernel(OPPONENT), kernel(GREY) * 2]).numpy()
    assert order_of(weights, "learned").tolist() == [0, 1, 2, 3]
    assert order_of(weights, "strength").tolist() == [1, 3, 0, 2]
    assert order_of(weights, "colour").tolist() == [2, 1, 0, 3]  # those without colour as learned


def test_that_maps_have_no_colour_to_be_ordered_by(two):
    with pytest.raises(UserError, match="24 maps have no colour"):
        sheets(two, "conv2", "colour")


def test_that_a_sheet_is_in_the_order_asked_for_and_says_which_kernels_it_shows(two):
    learned, ordered = sheets(two), sheets(two, "conv1", "strength")
    for before, after, tower in zip(learned, ordered, towers(two, "conv1"), strict=True):
        first = tower.first
        assert before.numbers == tuple(range(first + 1, first + 25)), "from 1 within the layer"
        assert sorted(after.numbers) == list(before.numbers)
        assert after.numbers != before.numbers
        assert np.array_equal(after.kernels, before.kernels[np.array(after.numbers) - 1 - first])
        norms = [np.linalg.norm(tower.weights[number - 1 - first]) for number in after.numbers]
        assert norms == sorted(norms, reverse=True)


def test_that_a_limited_sheet_shows_the_strongest_kernels(two):
    weight = two.weights["conv3.weight"]
    maps, half = weight.shape[1], weight.shape[0] // 2
    for sheet, first in zip(sheets(two, "conv3", "strength"), (0, half), strict=True):
        norms = weight[first : first + half].flatten(1).norm(dim=1)
        assert sheet.slices == sheet.columns == maps
        assert len(sheet.kernels) == len(sheet.numbers) * maps
        shown = norms[torch.tensor(sheet.numbers) - 1 - first]
        assert shown.min() >= norms.sort(descending=True).values[len(shown) - 1] - 1e-6


def test_that_the_towers_come_with_their_numbers_and_what_they_see(two):
    first = towers(two, "conv1")
    assert [(each.name, each.first, each.sees) for each in first] == [("A", 0, ()), ("B", 24, ())]
    assert np.array_equal(first[1].weights, two.weights["conv1.weight"][24:].numpy())
    assert np.array_equal(first[1].biases, two.weights["conv1.bias"][24:].numpy())
    assert [each.sees for each in towers(two, "conv2")] == [(("A", 24),), (("B", 24),)]
    assert [each.sees for each in towers(two, "conv3")] == [(("A", 48), ("B", 48))] * 2
    (column,) = towers(model("cifar-2012"), "conv2")
    assert (column.name, column.first, column.sees) == ("", 0, (("", 64),))
    for layer in layers_with_kernels(two.spec):
        for tower in towers(two, layer):
            assert sum(count for _, count in tower.sees) in (0, tower.weights.shape[1])


@pytest.mark.parametrize("kind", ["svg", "pdf"])
def test_that_a_drawing_has_its_caption_as_text_and_is_the_same_each_time(two, tmp_path, kind):
    first, again = tmp_path / f"first.{kind}", tmp_path / f"again.{kind}"
    for path in (first, again):
        write_drawn(sheets(two), path, "a run called $x_1$ <b> & more")
    assert first.read_bytes() == again.read_bytes()
    assert DRAWINGS[f".{kind}"].is_head(first.read_bytes()[:1000])
    if kind == "svg":
        text = first.read_text(encoding="utf-8")
        assert "a run called $x_1$ &lt;b&gt; &amp; more" in text
        assert "Tower B" in text
        assert text.count("<image") == 2


def test_that_a_caption_tells_the_model_and_how_long_it_was_trained(two):
    told = replace(two, summary={"data": "CIFAR-10", "epoch": 12, "step": 4212})
    assert caption_of(told, "conv1") == f"{two.spec.name} · conv1 · CIFAR-10 · after epoch 12, 4,212 steps"
    assert caption_of(replace(two, summary={}), "conv2") == f"{two.spec.name} · conv2"


def test_that_the_command_draws_what_the_name_ends_with(two, tmp_path, capsys):
    write_bundle(tmp_path / "m.alexnet", two)
    words = ["filters", "--model", str(tmp_path / "m.alexnet"), "--out"]
    assert cli.main([*words, str(tmp_path / "f.svg")]) == 0
    assert "conv1" in (tmp_path / "f.svg").read_text(encoding="utf-8")
    assert cli.main([*words, str(tmp_path / "f.jpg")]) == 2
    assert "f.jpg ends in .jpg" in capsys.readouterr().err


def test_that_layers_with_own_kernels_at_each_place_are_left_out():
    assert layers_with_kernels(variant("cifar-2012")) == ("conv1", "conv2")
    assert len(layers_with_kernels(variant("alexnet-2012"))) == 5


def test_that_one_kernel_is_drawn_as_among_the_others(two):
    weight = two.weights["conv1.weight"]
    assert np.array_equal(kernel_picture(weight[5].numpy()), kernel_pictures(weight)[5])
    maps = two.weights["conv2.weight"].shape[1]
    assert np.array_equal(
        slice_pictures(two.weights["conv2.weight"][3].numpy()), sheets(two, "conv2")[0].kernels[3 * maps : 4 * maps]
    )


def test_that_slices_of_a_kernel_have_one_scale():
    weights = np.zeros((3, 2, 2), np.float32)
    weights[0, 0, 0], weights[1, 0, 1] = 0.4, -0.2
    shown = slice_pictures(weights)
    assert shown.shape == (3, 2, 2, 3)
    assert np.ptp(shown, axis=3).max() == 0
    assert shown[:, :, :, 0].tolist() == [[[255, 128], [128, 128]], [[128, 64], [128, 128]], [[128, 128], [128, 128]]]


def test_that_a_picture_file_keeps_the_order(tmp_path, two):
    learned, ordered = tmp_path / "learned.png", tmp_path / "ordered.png"
    write_sheets(two, "conv1", learned)
    found = write_sheets(two, "conv1", ordered, "colour")
    with Image.open(ordered) as opened:
        assert np.array_equal(np.asarray(opened), np.asarray(beside(found)))
    assert learned.read_bytes() != ordered.read_bytes()


def test_that_pictures_of_kernels_need_no_torch():
    code = "import sys, alexnet_app.core.insight.filters; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
