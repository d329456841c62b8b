"""In what the variants differ from the paper, and why; the layer table; the command that prints them."""

import argparse
import dataclasses
import json

import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.differences import ASPECTS, differences
from alexnet_app.core.network.layer_table import layer_table
from alexnet_app.core.network.layers import Convolution, Dense, Norm, Pool
from alexnet_app.core.network.reasons import ABLATED, ABOUT, ALWAYS, OF_VARIANT, UNKNOWN
from alexnet_app.core.network.variants import KNOWN, VARIANTS, variant
from alexnet_app.core.training.ablation import Ablation
from alexnet_app.core.training.config import TrainConfig

PAPER = "alexnet-2012"
ABLATIONS = (
    Ablation(),
    Ablation(normalization=False),
    Ablation(overlap=False),
    Ablation(towers="one"),
    Ablation(towers="apart"),
    Ablation(towers="joined"),
    Ablation(activation="tanh"),
    Ablation(dropout=False),
    Ablation(False, False, "one", "tanh"),
    Ablation(True, False, "apart", "tanh"),
)


def found(spec):
    return {each.what: each for each in differences(spec)}


def test_that_the_default_differs_from_the_printed_text_in_three_things():
    told = {each.what: (each.paper, each.here) for each in differences(VARIANTS[PAPER])}
    assert told == {
        "Input crops": ("224 × 224", "227 × 227"),
        "Normalization: α, which multiplies the sum": ("0.0001", "0.00002"),
        "Dropout: scaling of the outputs": (
            "halved at test time",
            "scaled by 1 / (1 − dropout rate) in training",
        ),
    }
    assert "Normalization: α, which multiplies the sum" not in found(VARIANTS["alexnet-2012-text"])


def test_that_the_released_source_differs_where_it_is_known_to():
    told = found(VARIANTS["alexnet-2012-source"])
    assert told["Order of steps"].here == "conv1: LRN, max-pool, nonlinearity; conv5: max-pool, nonlinearity"
    assert told["Normalization within maps"].here == "after conv2: 5 × 5 neighbours, k = 1, α = 0.00004, β = 0.75"
    assert told["Initial weights, standard deviation"].here == "conv3, conv4, conv5: 0.03"
    assert told["Pixels padded on the right and bottom"].here == "3"
    assert len(told) == 6


def test_that_caffe_differs_where_it_is_known_to():
    told = found(VARIANTS["caffe"])
    assert told["Normalization: across maps of"].here == "both towers"
    assert told["Normalization: k"].here == "1"
    assert told["Initial biases"].here == "conv2, conv4, conv5, fc6, fc7: 0.1"
    assert "Response normalization" not in told


@pytest.mark.parametrize("name", VARIANTS)
@pytest.mark.parametrize("ablation", ABLATIONS, ids=lambda each: " ".join(each.words()) or "nothing")
def test_that_no_difference_is_without_a_reason(name, ablation):
    try:
        spec = TrainConfig(network=name, ablation=ablation).spec(7)
    except UserError:  # what cannot be taken away from this network
        spec = VARIANTS[name].with_classes(7)
    for each in differences(spec):
        assert each.reason
        assert UNKNOWN not in each.reason.casefold(), each
        assert each.reason.endswith(".")
        assert each.paper != each.here, each
        assert each.paper
        assert each.here


def test_that_no_reason_is_for_nothing():
    used = {(name, each.what) for name, spec in KNOWN.items() for each in differences(spec)}
    for name, reasons in OF_VARIANT.items():
        assert set(reasons) <= set(ASPECTS)
        assert {(name, ASPECTS[key]) for key in reasons} <= used, name
    assert set(OF_VARIANT) == set(KNOWN) == set(ABOUT)
    assert set(ABLATED) | set(ALWAYS) <= set(ASPECTS)


def test_that_an_ablation_is_told_beside_what_the_variant_differs_in():
    plain, halved = found(VARIANTS["cifar-towers"]), found(Ablation(towers="one").of(VARIANTS["cifar-towers"]))
    assert set(halved) - set(plain) == {"Towers"}
    assert halved["Kernels of the convolutions"].here == "32, 64, 96, 96, 128"
    assert halved["Kernels of the convolutions"].reason.startswith("Fewer are enough for small images")
    assert halved["Kernels of the convolutions"].reason.endswith("(second footnote).")
    assert halved["Images"] == plain["Images"]
    assert found(Ablation(towers="apart").of(VARIANTS[PAPER]))["Input of a unit"].here == (
        "conv3, fc6, fc7: its own tower"
    )


def test_that_what_is_changed_by_hand_is_not_explained_as_the_variants():
    crop = found(variant(PAPER, input_size=200))["Input crops"]
    assert crop.here == "200 × 200"
    assert crop.reason.casefold().startswith(UNKNOWN)
    unknown = differences(dataclasses.replace(VARIANTS["caffe"], name="mine"))
    assert {each.reason.casefold() for each in unknown} - {f"{ALWAYS['dropping'].casefold()}."} == {f"{UNKNOWN}."}


def others(value):
    """Other values of the same kind that a network can have."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int | float) or value is None:
        return [value + 2, value * 3 + 1]
    known = {"own": "both", "both": "own", "relu": "tanh", "channel": "picture", "picture": "channel", "tower": "all"}
    return [known[value]] if value in known else []


def changed_specs():
    """The paper's network with each of its fields changed in turn."""
    spec = VARIANTS[PAPER]
    for part, kind in (("norm", Norm), ("pool", Pool)):
        for field in dataclasses.fields(kind):
            for value in others(getattr(getattr(spec, part), field.name)):
                inner = dataclasses.replace(getattr(spec, part), **{field.name: value})
                yield f"{part}.{field.name}", {part: inner}
    for part, kind in (("convolutions", Convolution), ("dense", Dense)):
        layers = getattr(spec, part)
        for place, field in ((place, field) for place in range(len(layers)) for field in dataclasses.fields(kind)):
            for value in others(getattr(layers[place], field.name)):
                new = dataclasses.replace(layers[place], **{field.name: value})
                yield f"{new.name}.{field.name}", {part: (*layers[:place], new, *layers[place + 1 :])}
    for steps in (("relu", "pool"), ("norm", "relu", "pool"), ("relu", "norm"), ("relu", "norm", "map-norm", "pool")):
        new = dataclasses.replace(spec.convolutions[0], then=steps)
        yield f"then {steps}", {"convolutions": (new, *spec.convolutions[1:])}
    for field, value in (("picture_size", 300), ("input_size", 200), ("overhang", 5), ("input_scale", 0.5)):
        yield field, {field: value}
    yield "mean", {"mean": "channel"}
    yield "scales", {"input_scale": (1.0, 1.0, 0.9)}


def test_that_no_field_of_a_network_is_overlooked():
    plain, seen = differences(VARIANTS[PAPER]), set()
    for what, changes in changed_specs():
        try:
            spec = dataclasses.replace(VARIANTS[PAPER], **changes)
        except UserError:  # no network
            continue
        assert (differences(spec) != plain) == (what != "fc8.then"), what  # nothing follows the classes
        seen.add(what)
    assert {"norm.across", "norm.beta", "pool.ceil", "conv2.decay", "fc7.sees", "fc6.then", "conv1.shared"} <= seen
    assert len(seen) > 50


def test_that_the_totals_of_the_paper_are_its_known_figures():
    table = layer_table(VARIANTS[PAPER])
    assert table.parameters == 60_965_224
    assert table.multiply_adds == 724_406_816
    assert round(table.training_flops / 1e9, 3) == 4.136
    convolutions = sum(row.multiply_adds for row in table.rows[:5])
    assert round(100 * convolutions / table.multiply_adds, 1) == 91.9
    assert round(100 * sum(row.parameters for row in table.rows[5:]) / table.parameters, 1) == 96.2


def test_that_the_table_says_what_a_layer_is():
    rows = {row.name: row for row in layer_table(VARIANTS[PAPER]).rows}
    assert rows["conv1"].output == "96 × 55 × 55"
    assert rows["conv1"].kernels == "96 of 11 × 11 × 3, stride 4, padding 0"
    assert rows["conv1"].then == "ReLU, LRN, pool 3/2 → 27 × 27"
    assert [row.sees for row in rows.values()] == [
        "the image", "its own tower", "both towers", "its own tower", "its own tower", *["both towers"] * 3,
    ]  # fmt: skip
    assert [rows[name].then for name in ("fc6", "fc8")] == ["ReLU, dropout 0.5", "softmax"]
    assert "at each position" in layer_table(VARIANTS["cifar-11pct"]).rows[2].kernels
    source = layer_table(VARIANTS["alexnet-2012-source"]).rows[1].then
    assert source == "ReLU, LRN, norm within maps, pool 3/2 → 13 × 13"


@pytest.mark.parametrize("name", VARIANTS)
def test_that_a_table_adds_up(name):
    spec = VARIANTS[name]
    table = layer_table(spec)
    assert [row.name for row in table.rows] == [layer.name for layer in spec.layers]
    tensors = AlexNet(spec, "meta").state_dict()
    for row in table.rows:
        bytes_ = sum(tensor.numel() * tensor.element_size() for key, tensor in tensors.items() if row.name in key)
        assert row.weight_bytes == bytes_
    for field in ("parameters", "map_bytes", "weight_bytes", "multiply_adds"):
        assert getattr(table, field) == sum(getattr(row, field) for row in table.rows)
    assert table.training_flops == 6 * table.multiply_adds - 2 * table.rows[0].multiply_adds
    assert all(not row.then.endswith(", ") and row.then for row in table.rows)


def run(capsys, name=None, machine=False):
    from alexnet_app.commands.networks import run as networks

    assert networks(argparse.Namespace(name=name, settings=[], json=machine)) == 0
    return capsys.readouterr().out


def test_that_the_command_lists_the_variants_with_a_sentence_each(capsys):
    lines = run(capsys).splitlines()
    assert [line.split()[0] for line in lines] == list(VARIANTS)
    assert all(line.endswith(".") for line in lines)
    listed = json.loads(run(capsys, machine=True))
    assert [each["name"] for each in listed] == list(VARIANTS)
    assert listed[0]["parameters"] == 60_965_224


def test_that_the_command_shows_one_variant(capsys):
    said = run(capsys, PAPER)
    assert "60,965,224" in said
    assert "724,406,816" in said
    assert "4.136 GFLOP" in said
    for each in differences(VARIANTS[PAPER]):
        assert each.what in said
        assert each.reason in said
    told = json.loads(run(capsys, PAPER, machine=True))
    assert told["layers"][0]["multiply_adds"] == 105_415_200
    assert told["totals"]["training_flops"] == 4_135_610_496
    assert [each["what"] for each in told["differences"]] == [each.what for each in differences(VARIANTS[PAPER])]


def test_that_columns_of_the_command_stand_under_each_other(capsys):
    lines = run(capsys, "cifar-2012").splitlines()
    table = [line for line in lines if line.startswith(("layer", "conv", "local", "fc", "together"))]
    assert len(table) == 7
    assert len({len(line) for line in table}) == 1  # the last column is right-aligned
