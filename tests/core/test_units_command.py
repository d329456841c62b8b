"""Pages of units, and the command that draws them."""

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.errors import UserError
from alexnet_app.core.generators import result_of
from alexnet_app.core.inference import unit_patches
from alexnet_app.core.inference.labelled import Labelled
from alexnet_app.core.inference.unit_pages import unit_pages
from alexnet_app.core.inference.unit_sheet import draw_units, numbers, titled
from alexnet_app.core.network.bundle import read_bundle

MODEL = resources.path("models") / "shapes-towers.alexnet"
WORDS = ["units", "--model", str(MODEL), "--steps", "2"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(unit_patches, "cache_folder", lambda: tmp_path / "cache")


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(MODEL)


@pytest.fixture
def data():
    pixels = np.random.default_rng(1).integers(0, 256, (12, 8, 8, 3), np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    return Labelled("noise", "test", ("even", "odd"), Arrays(pixels, np.arange(12) % 2))


@pytest.fixture
def folder(tmp_path):
    """Photos without splits."""
    for place, name in enumerate(("red", "red", "green", "green", "blue", "blue")):
        pixels = np.zeros((70, 90, 3), np.uint8)
        pixels[:, :: place + 2, place // 2] = 255
        (tmp_path / "photos" / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "photos" / name / f"{place}.png")
    return tmp_path / "photos"


def test_that_a_page_has_all_that_is_known_of_a_unit(bundle, data):
    conv1, last = result_of(unit_pages(bundle, "conv1", [2, 30], data, steps=3))
    assert (conv1.tower, last.tower, conv1.kernel.shape) == ("A", "B", (7, 7, 3))
    habits = conv1.habits
    assert (habits.pictures, len(habits.strongest), len(habits.weakest)) == (12, 9, 9)
    assert habits.strongest[0].patch.value >= habits.strongest[8].patch.value > habits.weakest[8].patch.value
    for cut in habits.strongest:
        assert cut.guided.shape == cut.pixels.shape
        kernel = bundle.weights["conv1.weight"][2].permute(1, 2, 0).numpy()
        if cut.pixels.shape == (7, 7, 3):
            assert np.allclose(cut.guided, kernel, atol=1e-5), "of conv1 the gradient is the kernel itself"
    assert all(cut.guided is None for cut in habits.weakest)
    assert (conv1.use.layer, conv1.use.shares["B"]) == ("conv2", 0)
    assert conv1.wanted.unit == 2


def test_that_a_class_has_its_name_and_no_users_and_what_is_not_wanted_is_not_made(bundle, data):
    (page,) = result_of(unit_pages(bundle, "fc8", [3], None, steps=0))
    assert (page.label, page.tower, page.use, page.habits, page.wanted) == (bundle.classes[3], "", None, None, None)
    assert titled(page) == f"fc8, unit 4, {bundle.classes[3]}"
    assert numbers(page) == []
    assert draw_units([page]).width > 0


@pytest.mark.parametrize(("layer", "unit", "said"), [("conv9", 0, "no layer 'conv9'"), ("conv1", 48, "no unit 49")])
def test_that_what_is_not_there_is_a_sentence(bundle, layer, unit, said):
    with pytest.raises(UserError, match=said):
        result_of(unit_pages(bundle, layer, [unit], None, steps=0))


def test_that_a_dead_unit_is_said_to_be_dead(bundle, data):
    weights = {name: tensor.clone() for name, tensor in bundle.weights.items()}
    weights["conv3.weight"][5], weights["conv3.bias"][5] = 0, -1
    (page,) = result_of(unit_pages(replace(bundle, weights=weights), "conv3", [5], data, steps=1))
    assert page.habits.is_dead
    assert "dead: it never fires" in numbers(page)
    assert not any(cut.pixels.size == 0 for cut in page.habits.strongest)
    assert draw_units([page]).height > 0


def test_that_the_command_draws_units_and_tells_their_numbers(tmp_path, folder, capsys):
    out = tmp_path / "u.png"
    words = [*WORDS, "--layer", "conv2", "--unit", "50", "2-3", "--data", str(folder), "--json"]
    assert cli.main([*words, "--out", str(out)]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [(each["unit"], each["tower"]) for each in found["units"]] == [(50, "B"), (2, "A"), (3, "A")]
    first = found["units"][0]
    assert (first["images"], len(first["strongest"]), len(first["histogram"]["counts"])) == (6, 6, 64)
    assert {"label", "path", "field", "value"} <= set(first["strongest"][0])
    assert first["used_by"]["layer"] == "conv3"
    assert found["files"] == [str(out)]
    with Image.open(out) as drawn:
        assert drawn.format == "PNG"
    assert cli.main([*words, "--out", str(out)]) == 2, "an existing file is not replaced unasked"


def test_that_a_folder_gets_a_picture_for_each_unit(tmp_path, capsys):
    assert cli.main([*WORDS, "--layer", "conv1", "--unit", "1-2", "--out", str(tmp_path / "new")]) == 0
    assert sorted(path.name for path in (tmp_path / "new").iterdir()) == [f"conv1-unit-000{n}.png" for n in (1, 2)]
    assert "conv1, unit 1, tower A: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--unit", "49"], "'49' are no units of conv1"),
        (["--unit", "3-1"], "'3-1' are no units"),
        (["--unit", "x"], "'x' are no units"),
        (["--steps", "-1"], "0 to 10,000 steps, not -1"),
        (["--layer", "conv7"], "no layer 'conv7'"),
        (["--data", "nowhere"], "does not exist"),
    ],
)
def test_that_a_wrong_word_is_a_sentence_and_leaves_nothing(tmp_path, capsys, words, said):
    assert cli.main([*WORDS, "--layer", "conv1", *words, "--out", str(tmp_path / "new.png")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "new.png").exists()
