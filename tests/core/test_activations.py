"""What every layer makes of a picture: all of it, the strongest first, and the command that draws it."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.core.data.decode import read_fitted
from alexnet_app.core.inference.inside import Inside
from alexnet_app.core.insight.activations import Shown, answers, order, strongest
from alexnet_app.core.insight.map_sheets import in_grey, sheet
from alexnet_app.core.insight.receptive import field
from alexnet_app.core.insight.stepwise import Silence, stages
from alexnet_app.core.network.bundle import read_bundle

CAT = resources.path("sample_photos") / "cat.jpg"


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(resources.path("models") / "photo-towers.alexnet")


@pytest.fixture(scope="module")
def cat(bundle):
    return read_fitted(CAT, bundle.spec.picture_size)


def test_that_everything_is_shown_as_it_is_in_the_network(bundle, cat):
    inside = Inside(bundle)
    look = inside.look(cat)
    network = bundle.network()
    pixels = torch.from_numpy(cat[4:60, 4:60].copy()).permute(2, 0, 1)
    expected = (pixels - bundle.mean) * bundle.spec.input_scale
    with torch.inference_mode():
        found = list(stages(network, expected[None]))
    assert [(each.layer, each.step) for each in look.shown] == [(each.layer, each.step) for each in found]
    assert all(
        np.allclose(each.values, other.value[0], atol=1e-4) for each, other in zip(look.shown, found, strict=True)
    )
    assert [each.after for each in look.shown if each.layer == "conv1"] == [0, 1, 2, 3]
    assert look.predictions[0].label in bundle.classes
    assert look.seen.shape == (56, 56, 3)


def test_that_the_strongest_come_first_within_their_tower_with_their_places(bundle, cat):
    look = Inside(bundle).look(cat)
    shown = answers(look.shown, "conv3")
    assert shown.step == "relu"
    for tower, units in zip("AB", strongest(shown, bundle.spec, 3), strict=True):
        own = shown.values[:128] if tower == "A" else shown.values[128:]
        assert units[0].value == own.max() >= units[1].value >= units[2].value
        for each in units:
            assert (each.tower, each.unit >= 128) == (tower, tower == "B")
            assert shown.values[each.unit, each.row, each.column] == each.value
            assert each.field == field(bundle.spec, "conv3", each.row, each.column, 1)
    assert [sorted(units) for units in order(shown, bundle.spec)] == [list(range(128)), list(range(128, 256))]


def test_that_silence_changes_the_answer_and_leaves_the_model_as_it_is(bundle, cat):
    inside = Inside(bundle)
    before = inside.look(cat).predictions
    silent = inside.look(cat, Silence(tower=0))
    assert silent.predictions != before
    assert not answers(silent.shown, "conv4").values[:128].any()
    assert inside.look(cat).predictions == before


def test_that_grey_is_0_where_values_have_both_signs_and_black_where_not():
    assert in_grey(np.array([-2.0, 0, 1], np.float32)).tolist() == [1, 128, 192]
    assert in_grey(np.array([0.0, 1, 4], np.float32)).tolist() == [0, 64, 255]
    assert in_grey(np.zeros(3, np.float32)).tolist() == [0, 0, 0]


def test_that_a_sheet_has_every_map_on_one_scale(bundle):
    values = np.zeros((96, 48, 48), np.float32)
    values[5], values[60] = 2, 1
    shown = Shown("conv1", "relu", 1, values)
    drawn = np.asarray(sheet(shown, bundle.spec, order(shown, bundle.spec)))
    assert drawn[50, 20].tolist() == [255, 255, 255]
    half = drawn.shape[1] // 2
    assert drawn[60, half + 30].tolist() == [128, 128, 128]


def test_that_the_command_draws_each_step_and_tells_the_strongest(tmp_path, capsys):
    out = tmp_path / "maps"
    words = ["activations", str(CAT), "--model", "bundled:shapes-towers", "--out", str(out), "--json"]
    assert cli.main(words) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert sorted(found["files"]) == sorted(str(path) for path in out.iterdir())
    assert {"conv1-0-values.png", "conv1-2-norm.png", "fc8-0-values.png"} <= {path.name for path in out.iterdir()}
    with Image.open(out / "conv5-2-pool.png") as drawn:
        assert drawn.format == "PNG"
    conv2 = next(each for each in found["layers"] if each["layer"] == "conv2")
    assert [len(conv2["strongest"][tower]) for tower in "AB"] == [5, 5]
    assert all(49 <= each["unit"] <= 96 for each in conv2["strongest"]["B"])
    assert [each["layer"] for each in found["meetings"]] == ["conv3", "fc6", "fc7", "fc8"]
    assert cli.main(words) == 2, "a folder with files in it is left alone"
    assert "is not empty" in capsys.readouterr().err


def test_that_the_command_shows_what_silence_changes(tmp_path, capsys):
    words = ["activations", str(CAT), "--model", "bundled:shapes-towers"]
    silence = ["--silence", "tower-b", "--silence", "conv1:3", "--silence", "lrn"]
    assert cli.main([*words, "--out", str(tmp_path / "a"), *silence]) == 0
    said = capsys.readouterr().out
    assert "without tower-b, conv1:3, lrn: " in said
    assert "conv3 tower B: no unit fires" in said
    assert "conv3: tower A reads 100% from tower A and 0% from tower B" in said
    for wrong in ("conv1:49", "conv9:1", "tower-c", "conv1:0", "conv1"):
        assert cli.main([*words, "--out", str(tmp_path / "b"), "--silence", wrong]) == 2
        assert f"{wrong!r} is nothing that can be switched off" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()
