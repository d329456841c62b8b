"""The weights of the layers in numbers, of which tower they read, and which units are dead; and the command."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from alexnet_app import cli
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.events import Measured, RunStarted
from alexnet_app.core.generators import result_of
from alexnet_app.core.inference.dead_units import DeadUnits, dead_units
from alexnet_app.core.inference.labelled import Labelled
from alexnet_app.core.inference.unit_patches import kept_tallies, scanned
from alexnet_app.core.insight.weights import BINS, NORMAL_NEAR, layer_weights
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.listing import model_path
from alexnet_app.core.runs.run import Run

SHAPES = "bundled:shapes-towers"


def model(name="shapes-towers", **weights):
    """A model with weights of chance, and those given."""
    network = AlexNet(variant(name))
    network.initialize(torch.Generator().manual_seed(1))
    kept = plain_weights(network) | {each.replace("_", "."): weight for each, weight in weights.items()}
    size = network.spec.input_size if network.spec.mean == "picture" else 1
    classes = tuple(str(number) for number in range(network.spec.classes))
    return Bundle(network.spec, classes, torch.zeros(3, size, size), kept, {"step": 20, "epoch": 2})


def found_in(bundle):
    return {each.layer: each for each in layer_weights(bundle)}


def test_that_the_numbers_are_those_of_the_weights_apart_from_the_biases():
    bundle = read_bundle(model_path(SHAPES))
    found = found_in(bundle)
    assert list(found) == [each.name for each in bundle.spec.layers]
    for name, each in found.items():
        weight = bundle.weights[f"{name}.weight"].double().flatten().numpy()
        bias = bundle.weights[f"{name}.bias"].double().numpy()
        for spread, values in ((each.weights, weight), (each.biases, bias)):
            told = (spread.count, spread.mean, spread.spread, spread.least, spread.most)
            expected = (len(values), values.mean(), values.std(), values.min(), values.max())
            assert told == pytest.approx(expected, rel=1e-5, abs=1e-9)
        assert each.near_zero == pytest.approx((np.abs(weight) < 0.1 * weight.std()).mean(), abs=1e-4)
        assert each.reach == np.abs(weight).max()
        counts, _ = np.histogram(weight, BINS, (-each.reach, each.reach))
        assert sum(each.histogram) == len(weight)
        assert np.abs(np.array(each.histogram) - counts).max() <= 2  # a weight on an edge is in either bin


def test_that_normal_weights_have_what_is_said_of_them_and_zeros_nothing():
    chance = torch.Generator().manual_seed(1)
    found = found_in(
        model(conv3_weight=torch.randn(128, 96, 3, 3, generator=chance), conv4_weight=torch.zeros(128, 64, 3, 3))
    )
    assert found["conv3"].near_zero == pytest.approx(NORMAL_NEAR, abs=0.002)
    np.testing.assert_allclose(found["conv3"].energy, 0.5, atol=0.01)
    zeros = found["conv4"]
    assert (zeros.weights.spread, zeros.reach, zeros.near_zero, sum(zeros.histogram)) == (0, 0, 0, 0)


def test_that_weights_that_are_no_numbers_are_left_out():
    weight = model().weights["conv1.weight"].clone()
    weight[0, 0, 0, :3] = torch.tensor([float("nan"), float("inf"), -float("inf")])
    each = found_in(model(conv1_weight=weight))["conv1"]
    assert each.weights.count == weight.numel() - 3 == sum(each.histogram)
    assert np.isfinite([each.weights.mean, each.weights.spread, each.reach]).all()


def test_that_the_energy_says_which_tower_reads_which():
    weight = torch.zeros(128, 96, 3, 3)
    weight[:64, :48] = 3  # tower A reads A three times as strongly as B
    weight[:64, 48:] = 1
    weight[64:, 48:] = 1  # tower B reads itself alone
    found = found_in(model(conv3_weight=weight))
    np.testing.assert_allclose(found["conv3"].energy, [[0.9, 0.1], [0, 1]])
    assert found["conv3"].readers == ("A", "B")
    assert found["fc8"].readers == ("",)
    assert found["fc8"].energy.shape == (1, 2)
    assert [name for name, each in found.items() if each.energy is None] == ["conv1", "conv2", "conv4", "conv5"]
    assert all(each.energy is None for each in layer_weights(model("cifar-2012")))


@pytest.fixture
def run(tmp_path):
    """A run with a model, and what was measured of it before and after that model was saved."""
    made = Run.create(tmp_path / "run", "")
    made.filters_folder.mkdir(exist_ok=True)
    write_bundle(made.last_file, model())
    events = [
        RunStarted("shapes-towers", "d", 1, 1, 1, 0, 10, 4, "CPU", "fp32", 1),
        Measured(10, {"silent/conv1": 0.5, "silent/conv2": 0.25, "chance/loss": 2.3}),
        Measured(20, {"silent/conv1": 0.125, "silent/fc8": 0.1, "silent/other": 0.5}),
        Measured(30, {"silent/conv1": 0.75}),
    ]
    made.events_file.write_text("".join(f"{to_line(each, 0.0)}\n" for each in events), encoding="utf-8")
    return made


def test_that_dead_units_are_those_that_the_run_measured_before_the_model(run, tmp_path):
    found = dead_units(read_bundle(run.last_file), run.last_file, tmp_path)
    assert found == {"conv1": DeadUnits("conv1", 48, 6, 0, 20), "conv2": DeadUnits("conv2", 96, 24, 0, 10)}
    elsewhere = tmp_path / "m.alexnet"
    elsewhere.write_bytes(run.last_file.read_bytes())
    assert dead_units(read_bundle(elsewhere), elsewhere, tmp_path) == {}
    run.events_file.write_text("{", encoding="utf-8")
    assert dead_units(read_bundle(run.last_file), run.last_file, tmp_path) == {}


def test_that_a_kept_pass_over_a_data_set_knows_better(run, tmp_path):
    bias = model().weights["conv1.bias"].clone()
    bias[[3, 40]] = -1e6
    bundle = model(conv1_bias=bias)
    chance = np.random.default_rng(1)
    pixels = [chance.integers(0, 256, (count, 64, 64, 3), np.uint8) for count in (4, 9)]
    for pictures in pixels:
        labels = np.zeros(len(pictures), np.int64)
        result_of(scanned(bundle, Labelled("noise", "test", ("a",), Arrays(pictures, labels)), "conv1", tmp_path))
    (tmp_path / "patches" / "torn.tally").write_bytes(b"torn")
    assert {layer: each.pictures for layer, each in kept_tallies(bundle, tmp_path).items()} == {"conv1": 9}
    assert kept_tallies(model(), tmp_path) == {}, "another model"
    found = dead_units(bundle, run.last_file, tmp_path)
    assert (found["conv1"].images, found["conv1"].dead) == (9, 2)
    assert found["conv2"].images == 0


def test_that_the_command_tells_all_layers(run, capsys, tmp_path):
    assert cli.main(["filters", str(run.last_file), "--weights"]) == 0
    said = capsys.readouterr().out
    assert "conv1: 7,056 weights, mean" in said
    assert "  energy of the weights where the towers meet: tower A reads " in said
    assert "the classes read" in said
    assert "6 of 48 units are dead: they fire on none of its run's validation images at step 20" in said
    assert "dead units are not known of conv3, conv4, conv5, fc6, fc7: units" in said
    table = tmp_path / "weights.csv"
    assert cli.main(["filters", str(run.last_file), "--weights", "--csv", str(table)]) == 0
    with table.open(encoding="utf-8", newline="") as file:
        rows = {row["layer"]: row for row in csv.DictReader(file)}
    assert len(rows) == 8
    assert float(rows["conv3"]["a_reads_a"]) + float(rows["conv3"]["a_reads_b"]) == pytest.approx(1)
    assert (rows["conv1"]["dead"], rows["fc8"]["dead"], rows["conv4"]["a_reads_a"]) == ("6", "", "")


def test_that_the_command_tells_one_layer_with_its_histogram(capsys, tmp_path):
    table = tmp_path / "conv3.csv"
    words = ["filters", SHAPES, "--weights", "--layer", "conv3", "--csv", str(table), "--json"]
    assert cli.main(words) == 0
    (layer,) = json.loads(capsys.readouterr().out.splitlines()[-1])["layers"]
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["count"]) for row in rows] == layer["histogram"]
    assert float(rows[0]["from"]) == -float(rows[-1]["to"]) == pytest.approx(-layer["reach"])
    assert len(layer["energy"]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--weights", "--layer", "conv9"], "no layer 'conv9'; choose one of conv1, conv2"),
        (["--weights", "--out", "w.png"], "weights are written as a table"),
        (["--weights", "--film", "f.gif"], "a film is written alone"),
    ],
)
def test_that_a_wrong_word_is_a_sentence(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["filters", SHAPES, *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_that_a_part_of_a_large_layer_is_looked_at_after_another(monkeypatch):
    whole = found_in(model())["fc6"]
    monkeypatch.setattr("alexnet_app.core.insight.weights.AT_ONCE", 1000)
    parts = found_in(model())["fc6"]
    assert parts.weights.spread == pytest.approx(whole.weights.spread)
    assert (parts.histogram, parts.near_zero) == (whole.histogram, pytest.approx(whole.near_zero, abs=1e-5))
    assert replace(parts.weights, mean=0, spread=0) == replace(whole.weights, mean=0, spread=0)
