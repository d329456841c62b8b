"""The network against the paper's figures, its towers, its start, and that the presets leave it."""

import dataclasses
import itertools
import json
import math
from collections import deque

import hypothesis
import hypothesis.strategies as st
import pytest
import torch
from torch import nn

from alexnet_app.core.data.sources import cifar, shapes
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import StepsDone
from alexnet_app.core.network.alexnet import AlexNet, drop
from alexnet_app.core.network.functions.local import LocallyConnected
from alexnet_app.core.network.layers import Convolution, Dense
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.towers import TowersApart
from alexnet_app.core.network.variants import VARIANTS, variant
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config_text import load_config, to_toml
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

PAPER = "alexnet-2012"
TWO_TOWERS = [PAPER, "cifar-towers", "shapes-towers"]
SMALL = ["cifar-11pct", "cifar-13pct", "cifar-towers", "shapes-towers"]

# section 3.5 and Figure 2: weights, side of its maps, side after what follows it
TABLE = {
    "conv1": ((96, 3, 11, 11), 55, 27),
    "conv2": ((256, 48, 5, 5), 27, 13),
    "conv3": ((384, 256, 3, 3), 13, 13),
    "conv4": ((384, 192, 3, 3), 13, 13),
    "conv5": ((256, 192, 3, 3), 13, 6),
    "fc6": ((4096, 9216), 1, 1),
    "fc7": ((4096, 4096), 1, 1),
    "fc8": ((1000, 4096), 1, 1),
}


def chance(seed=1):
    return torch.Generator().manual_seed(seed)


def started(spec, seed=1):
    network = AlexNet(variant(spec) if isinstance(spec, str) else spec).eval()
    network.initialize(chance(seed))
    return network


def pictures(spec, count=2, seed=0):
    return torch.randn(count, 3, spec.input_size, spec.input_size, generator=chance(seed)) * 50 * spec.input_scale


def outputs(network, x):
    """What every layer gives, before what follows it."""
    found, hooks = {}, []
    for layer in network.spec.layers:
        module = network.get_submodule(layer.name)
        hooks.append(module.register_forward_hook(lambda _, __, y, name=layer.name: found.update({name: y})))
    with torch.no_grad():
        scores = network(x)
    for hook in hooks:
        hook.remove()
    return found, scores


def on_no_device(spec):
    """The outputs of all layers as shapes only."""
    x = torch.empty(1, 3, spec.input_size, spec.input_size, device="meta")
    return outputs(AlexNet(spec, "meta").eval(), x)


def test_that_the_paper_has_60_965_224_parameters_and_724_million_multiply_adds():
    spec = variant(PAPER)
    assert spec.parameters == 60_965_224
    assert spec.multiply_adds == 724_406_816


def test_that_the_module_is_what_the_paper_counts():
    network = AlexNet(variant(PAPER), "meta")
    assert sum(parameter.numel() for parameter in network.parameters()) == 60_965_224
    assert list(network.state_dict()) == [f"{name}.{kind}" for name in TABLE for kind in ("weight", "bias")]
    maps, scores = on_no_device(network.spec)
    assert scores.shape == (1, 1000)
    for name, (shape, side, _) in TABLE.items():
        assert network.get_parameter(f"{name}.weight").shape == shape
        assert network.get_parameter(f"{name}.bias").shape == shape[:1]
        assert maps[name].shape == ((1, shape[0], side, side) if name.startswith("conv") else (1, shape[0]))


def test_that_the_layer_table_is_the_papers():
    rows = variant(PAPER).figures()
    for row, (name, (shape, side, _)) in zip(rows, TABLE.items(), strict=True):
        assert (row.name, row.maps, row.side) == (name, shape[0], side)
        assert row.parameters == math.prod(shape) + shape[0]
        assert row.multiply_adds == math.prod(shape) * side**2


def test_that_what_follows_a_layer_makes_the_next_ones_input():
    network, seen = AlexNet(variant(PAPER), "meta").eval(), {}
    for name in TABLE:
        network.get_submodule(name).register_forward_pre_hook(lambda _, x, name=name: seen.update({name: x[0].shape}))
    network(torch.empty(1, 3, 227, 227, device="meta"))
    for name, following in itertools.pairwise(list(TABLE)[:5]):
        shape, _, after = TABLE[name]
        assert seen[following] == (1, shape[0], after, after)
    assert seen["fc6"] == (1, 256 * 6 * 6)


@pytest.mark.parametrize("name", VARIANTS)
def test_that_figures_count_what_the_layers_do(name):
    spec = variant(name, classes=7)
    network, (maps, scores) = AlexNet(spec, "meta"), on_no_device(spec)
    assert scores.shape == (1, 7)
    for row in spec.figures():
        module, shape = network.get_submodule(row.name), maps[row.name].shape
        weight = module.get_parameter("weight")
        assert row.parameters == weight.numel() + module.get_parameter("bias").numel()
        # one multiply-add for each weight and each place where it is used
        places = 1 if isinstance(module, LocallyConnected) else math.prod(shape[2:])
        assert row.multiply_adds == weight.numel() * places
        assert (row.maps, row.side) == (shape[1], shape[2] if len(shape) == 4 else 1)
    assert spec.parameters == sum(parameter.numel() for parameter in network.parameters())


def test_that_224_with_an_overhang_is_227_without():
    plain, hanging = variant(PAPER), variant(PAPER, input_size=224, overhang=3)
    assert hanging.figures() == plain.figures()
    assert on_no_device(hanging)[0]["conv1"].shape == (1, 96, 55, 55)
    assert variant(PAPER, input_size=224).figures()[0].side == 54


def test_that_the_overhang_is_zeros_on_the_right_and_below():
    inside = variant("shapes-towers", input_size=52, overhang=4)
    outside = variant("shapes-towers")
    hanging, plain = started(inside), started(outside)
    x = pictures(inside)
    wide = torch.zeros(2, 3, 56, 56)
    wide[:, :, :52, :52] = x
    with torch.no_grad():
        assert torch.equal(hanging(x), plain(wide))


def towers_changed(network, x, layer, tower):
    """After tower ``tower`` of ``layer`` got other kernels: which towers of which layers answer otherwise."""
    before, _ = outputs(network, x)
    weight = network.get_parameter(f"{layer}.weight")
    part = network.spec.tower_slices(layer)["AB".index(tower)]
    kept = weight.detach().clone()
    with torch.no_grad():
        weight[part] = weight[part].flip(0) * 3
    after, _ = outputs(network, x)
    with torch.no_grad():
        weight.copy_(kept)
    found = {}
    for each in network.spec.layers[:-1]:
        units = (before[each.name] != after[each.name]).transpose(0, 1).flatten(1).any(1)
        halves = dict(zip("AB", network.spec.tower_slices(each.name), strict=True))
        shares = {name: units[half].float().mean().item() for name, half in halves.items()}
        assert all(share == 0 or share > 0.9 for share in shares.values()), (each.name, shares)
        found[each.name] = "".join(name for name, share in shares.items() if share)
    return found


@SLOW
@pytest.mark.parametrize("name", TWO_TOWERS)
def test_that_the_towers_meet_in_conv3_and_the_dense_layers_only(name):
    network = started(name)
    x = pictures(network.spec, 1)
    names = [layer.name for layer in network.spec.layers[:-1]]
    meetings = {"conv1": "conv3", "conv2": "conv3", "conv3": "fc6", "conv4": "fc6", "conv5": "fc6", "fc6": "fc7"}
    for layer, tower in itertools.product(meetings, "AB"):
        alone, met = names.index(layer), names.index(meetings[layer])
        expected = [""] * alone + [tower] * (met - alone) + ["AB"] * (len(names) - met)
        assert towers_changed(network, x, layer, tower) == dict(zip(names, expected, strict=True))


def test_that_units_belong_to_towers_by_halves():
    spec = variant(PAPER)
    assert spec.tower_slices("conv1") == (slice(0, 48), slice(48, 96))
    assert spec.tower_slices("conv3") == (slice(0, 192), slice(192, 384))
    assert spec.tower_slices("fc7") == (slice(0, 2048), slice(2048, 4096))
    assert spec.tower_slices("fc8") == (slice(0, 1000),)
    assert variant("one-column").tower_slices("conv2") == (slice(0, 256),)


def listing(classes):
    """The widespread teaching version as it is printed everywhere."""
    features = nn.Sequential(
        nn.Conv2d(3, 96, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(96, 256, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
        nn.Conv2d(256, 384, 3, 1, 1), nn.ReLU(),
        nn.Conv2d(384, 384, 3, 1, 1), nn.ReLU(),
        nn.Conv2d(384, 256, 3, 1, 1), nn.ReLU(), nn.MaxPool2d(3, 2),
    )  # fmt: skip
    classifier = nn.Sequential(
        nn.Dropout(), nn.Linear(9216, 4096), nn.ReLU(),
        nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(),
        nn.Linear(4096, classes),
    )  # fmt: skip
    return nn.ModuleDict({"features": features, "classifier": classifier}).eval()


def test_that_weights_of_the_listing_load_and_answer_alike():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        theirs = listing(7)
    state = theirs.state_dict()
    keys = list(state)
    network = AlexNet(variant("one-column", classes=7)).eval()
    network.load_state_dict(state)
    assert list(state) == keys  # theirs is not renamed under their hands
    numbers = ("features.0", "features.3", "features.6", "features.8", "features.10")
    numbers += ("classifier.1", "classifier.4", "classifier.6")
    for number, layer in zip(numbers, network.spec.layers, strict=True):
        for kind in ("weight", "bias"):
            assert torch.equal(network.get_parameter(f"{layer.name}.{kind}"), state[f"{number}.{kind}"])
    x = torch.randn(2, 3, 227, 227, generator=chance())
    with torch.no_grad():
        expected = theirs["classifier"](theirs["features"](x).flatten(1))
        torch.testing.assert_close(network(x), expected, rtol=1e-5, atol=1e-5)
        assert expected.std() > 1e-3


def test_that_a_listing_that_lacks_a_layer_is_refused():
    with torch.device("meta"):
        state = listing(7).state_dict()
    del state["classifier.4.weight"]
    with pytest.raises(RuntimeError, match=r"fc7\.weight"):
        AlexNet(variant("one-column", classes=7), "meta").load_state_dict(state)


# name, kernels, size, padding, steps, start, decay: as layers-conv-local-11pct.cfg and its parameter file have them
FILE_11 = (
    ("conv1", 64, 5, 2, ("relu", "pool", "norm"), 0.0001, 0.0),
    ("conv2", 64, 5, 2, ("relu", "norm", "pool"), 0.01, 0.0),
    ("local3", 64, 3, 1, ("relu",), 0.04, 0.004),
    ("local4", 32, 3, 1, ("relu",), 0.04, 0.004),
)
FILE_13 = (
    ("conv1", 64, 5, 2, ("relu", "pool"), 0.0001, 0.0),
    ("conv2", 64, 5, 2, ("relu", "pool"), 0.01, 0.0),
    ("local3", 32, 3, 1, ("relu",), 0.04, 0.004),
    ("local4", 32, 3, 1, ("relu",), 0.04, 0.004),
)


@pytest.mark.parametrize(
    ("name", "preset", "layers", "decay", "stages"),
    [
        ("cifar-11pct", "cifar10", FILE_11, 0.01, (350, 150, 10, 10)),
        ("cifar-13pct", "cifar10-13pct", FILE_13, 0.004, (100, 40, 10, 10)),
    ],
)
def test_that_the_networks_of_cifar_are_those_of_their_files(name, preset, layers, decay, stages):
    spec, config = variant(name), load_config(preset)
    rate = config.optimization.weight_decay
    found = [(e.name, e.kernels, e.size, e.padding, e.then, e.start, rate * e.decay) for e in spec.convolutions]
    assert found == list(layers)
    (last,) = spec.dense
    assert (last.name, last.units, last.start, last.dropout) == ("fc10", 10, 0.01, 0.0)
    assert rate * last.decay == pytest.approx(decay, rel=1e-12)
    assert (spec.norm.size, spec.norm.alpha, spec.norm.beta, spec.norm.k) == (9, 0.001, 0.75, 1.0)
    assert (spec.pool.size, spec.pool.stride, spec.sides()) == (3, 2, (24, 12, 12, 6, 6, 6))
    assert [each.shared for each in spec.convolutions] == [True, True, False, False]
    assert (config.learning_rate, config.batch_size, config.optimization.momentum) == (0.001, 128, 0.9)
    assert (config.optimization.bias_rate, config.optimization.decay_biases) == (2.0, False)
    joins, first, second, last = itertools.accumulate(stages)
    assert (config.epochs, config.validation_joins_after) == (last, joins)
    assert (config.optimization.schedule, config.optimization.milestones) == ("steps", (first, second))


def test_that_photo_towers_has_its_shapes():
    spec = variant("photo-towers")
    assert (spec.parameters, spec.multiply_adds) == (3_296_968, 121_514_496)
    assert spec.sides() == (28, 14, 14, 7, 7, 7, 7, 3)
    assert (spec.picture_size, spec.input_size, spec.input_scale) == (64, 56, 1 / 16)
    conv1 = spec.convolutions[0]
    assert conv1.start == pytest.approx(0.3 * (2 / 363) ** 0.5 / (64 * spec.input_scale), rel=0.01)


@pytest.mark.parametrize("name", ["cifar-towers", "shapes-towers", "photo-towers", "cifar-11pct", "cifar-13pct"])
def test_that_the_first_loss_is_that_of_guessing(name):
    network = started(name)
    spec = network.spec
    x = 64 * torch.randn(64, 3, spec.input_size, spec.input_size, generator=chance(3)) * spec.input_scale
    labels = torch.randint(spec.classes, (64,), generator=chance(4))
    with torch.no_grad():
        loss = nn.functional.cross_entropy(network(x), labels).item()
    assert loss == pytest.approx(math.log(spec.classes), rel=0.02)


def test_that_an_older_four_layer_net_has_its_shapes():
    spec = variant("cifar-2012")
    network, (maps, _) = AlexNet(spec, "meta"), on_no_device(spec)
    assert {name: tuple(y.shape[1:]) for name, y in maps.items()} == {
        "conv1": (64, 24, 24),
        "conv2": (64, 12, 12),
        "local3": (32, 6, 6),
        "local4": (32, 6, 6),
        "fc5": (10,),
    }
    assert network.get_parameter("conv1.weight").shape == (64, 3, 5, 5)
    assert network.get_parameter("conv2.weight").shape == (64, 64, 5, 5)
    assert network.get_parameter("local3.weight").shape == (36, 32, 64 * 3 * 3)
    assert network.get_parameter("local4.weight").shape == (36, 32, 32 * 3 * 3)
    assert network.get_parameter("fc5.weight").shape == (10, 32 * 6 * 6)


@pytest.mark.parametrize(("size", "stride", "padding", "side"), [(3, 1, 1, 5), (2, 1, 0, 4), (3, 2, 1, 3)])
def test_that_a_locally_connected_layer_has_kernels_of_its_own_everywhere(size, stride, padding, side):
    layer = Convolution("local", 4, size, stride=stride, padding=padding, shared=False)
    module = LocallyConnected(layer, maps=3, side=side)
    for number, parameter in enumerate(module.parameters()):
        nn.init.normal_(parameter, generator=chance(number))
    x = torch.randn(2, 3, 5, 5, generator=chance(9))
    padded = nn.functional.pad(x, [padding] * 4)
    expected = torch.zeros(2, 4, side, side)
    for row in range(side):
        for column in range(side):
            place = row * side + column
            kernels = module.weight[place].reshape(4, 3, size, size)
            patch = padded[:, :, row * stride :, column * stride :][:, :, :size, :size]
            expected[:, :, row, column] = torch.einsum("nchw,kchw->nk", patch, kernels) + module.bias[place]
    for form in (x, x.contiguous(memory_format=torch.channels_last)):
        torch.testing.assert_close(module(form), expected, rtol=1e-5, atol=1e-5)
    module.double()
    x = x.double().requires_grad_()
    assert torch.autograd.gradcheck(lambda x, *_: module(x), (x, module.weight, module.bias))


STARTS = {
    PAPER: {name: (0.01, 1.0 if name in ("conv2", "conv4", "conv5", "fc6", "fc7") else 0.0) for name in TABLE},
    "cifar-2012": {
        "conv1": (0.0001, 0.0),
        "conv2": (0.01, 0.0),
        "local3": (0.04, 0.0),
        "local4": (0.04, 0.0),
        "fc5": (0.01, 0.0),
    },
    "shapes-towers": {
        "conv1": ((2 / (3 * 49)) ** 0.5 / (64 * VARIANTS["shapes-towers"].input_scale), 0.0),  # pixels spread by 64
        "conv2": ((2 / (24 * 25)) ** 0.5, 0.0),
        "conv3": ((2 / (96 * 9)) ** 0.5, 0.0),
        "conv4": ((2 / (64 * 9)) ** 0.5, 0.0),
        "conv5": ((2 / (64 * 9)) ** 0.5, 0.0),
        "fc6": ((2 / (96 * 2 * 2)) ** 0.5, 0.0),
        "fc7": ((2 / 256) ** 0.5, 0.0),
        "fc8": (0.01, 0.0),
    },
}


@pytest.mark.parametrize("name", STARTS)
def test_that_the_start_is_as_published(name):
    network = started(name)
    assert [layer.name for layer in network.spec.layers] == list(STARTS[name])
    for layer, (deviation, bias) in STARTS[name].items():
        weight = network.get_parameter(f"{layer}.weight").detach()
        doubt = 5 / weight.numel() ** 0.5  # five standard errors
        assert weight.std().item() == pytest.approx(deviation, rel=doubt)
        assert abs(weight.mean().item()) < doubt * deviation
        assert weight.abs().max() > 3 * deviation  # normal, not cut off or uniform
        assert network.get_parameter(f"{layer}.bias").unique().tolist() == [bias]


def test_that_locally_connected_layers_start_by_the_inputs_of_a_unit():
    spec = variant("cifar-2012")
    layers = tuple(dataclasses.replace(layer, start="fan-in") for layer in spec.convolutions)
    weight = started(dataclasses.replace(spec, convolutions=layers)).get_parameter("local3.weight")
    assert weight.std().item() == pytest.approx((2 / (64 * 9)) ** 0.5, rel=0.01)


def test_that_the_start_is_the_seeds_alone():
    one, same, other = (started("shapes-towers", seed).state_dict() for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not any(torch.equal(one[name], other[name]) for name in one if name.endswith("weight"))
    last = AlexNet(variant("shapes-towers")).to(memory_format=torch.channels_last)
    last.initialize(chance(1))
    assert all(torch.equal(one[name], tensor) for name, tensor in last.state_dict().items())


def test_that_global_chance_is_never_touched():
    before = torch.get_rng_state()
    network = started("shapes-towers").train()
    network(pictures(network.spec), chance(5)).sum().backward()
    assert torch.equal(torch.get_rng_state(), before)


def test_that_a_new_network_is_zero():
    assert not any(parameter.any() for parameter in AlexNet(variant("cifar-towers")).parameters())


@pytest.mark.parametrize("share", [0.5, 0.2])
def test_that_dropout_drops_its_share_and_scales_the_rest(share):
    x = torch.full((100, 1000), 3.0)
    y = drop(x, share, chance())
    kept = y != 0
    assert (~kept).float().mean().item() == pytest.approx(share, abs=5 * (share * (1 - share) / x.numel()) ** 0.5)
    assert y[kept].unique().tolist() == pytest.approx([3.0 / (1 - share)])
    assert (x == 3.0).all()
    assert torch.equal(y, drop(x, share, chance()))
    assert not torch.equal(y, drop(x, share, chance(2)))


def test_that_dropout_sits_where_the_paper_has_it():
    assert [dense.dropout for dense in variant(PAPER).dense] == [0.0, 0.5, 0.5]  # of the inputs
    assert [dense.dropout for dense in variant("one-column").dense] == [0.5, 0.5, 0.0]
    network, seen = started("shapes-towers"), {}
    for name in ("fc6", "fc7"):
        network.get_submodule(name).register_forward_pre_hook(lambda _, x, name=name: seen.update({name: x[0]}))
    x = pictures(network.spec, 8)
    inputs = []
    for training in (False, True):
        with torch.no_grad():
            network.train(training)(x, chance(3))
        inputs.append(dict(seen))
    asleep, awake = inputs
    assert torch.equal(asleep["fc6"], awake["fc6"])
    kept = awake["fc7"] != 0
    torch.testing.assert_close(awake["fc7"][kept], 2 * asleep["fc7"][kept])
    assert 0.4 < kept[asleep["fc7"] > 0].float().mean() < 0.6


def test_that_answers_do_not_change_the_pictures_and_are_those_without_inference_mode():
    network = AlexNet(variant("shapes-towers"))
    network.initialize(chance())
    network.eval()
    x = torch.randn(2, 3, 56, 56)
    before = x.clone()
    with torch.no_grad():
        plain = network(x)
    with torch.inference_mode():
        assert torch.equal(network(x), plain)
    assert torch.equal(x, before)


def test_that_dropout_is_off_while_answering():
    network = started("shapes-towers")
    x = pictures(network.spec)
    with torch.no_grad():
        answers = [network(x), network(x, chance(1)), network(x, chance(2))]
        learning = [network.train()(x, chance(seed)) for seed in (1, 1, 2)]
    assert torch.equal(answers[0], answers[1])
    assert torch.equal(answers[0], answers[2])
    assert torch.equal(learning[0], learning[1])
    assert not torch.equal(learning[0], learning[2])
    assert not torch.equal(learning[0], answers[0])


def test_that_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UserError) as caught:
        variant("cifar_tower")
    assert caught.value.sentence == "there is no network named 'cifar_tower'"
    assert "closest name is 'cifar-towers'" in str(caught.value)
    assert all(name in str(caught.value) for name in VARIANTS)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (PAPER, {"input_size": 0}),
        (PAPER, {"input_size": -5}),
        (PAPER, {"input_size": 10}),
        (PAPER, {"input_size": 300}),  # larger than the picture
        (PAPER, {"picture_size": 100}),
        (PAPER, {"input_size": 227.0}),
        (PAPER, {"towers": 3}),
        (PAPER, {"towers": 0}),
        (PAPER, {"overhang": -1}),
        (PAPER, {"convolutions": ()}),
        (PAPER, {"dense": ()}),
        (PAPER, {"classes": 1}),
        (PAPER, {"classes": 0}),
        (PAPER, {"classes": 200_000}),
        ("shapes-towers", {"convolutions": (Convolution("conv1", 7, 3),)}),  # two towers cannot share seven
        ("shapes-towers", {"dense": (Dense("fc6", 100_000), Dense("fc7", 100_000), Dense("fc8", 10))}),
        ("shapes-towers", {"dense": (Dense("conv1", 10),)}),  # two layers of one name
        ("shapes-towers", {"dense": (Dense("forward", 10),)}),  # a name that the module has for something else
        ("shapes-towers", {"dense": (Dense("fc.6", 10),)}),
        ("shapes-towers", {"dense": (Dense("fc6", 10, dropout=1.0),)}),
        ("shapes-towers", {"input_scale": math.nan}),
    ],
)
def test_that_what_no_network_can_be_is_refused(name, changes):
    with pytest.raises(UserError):
        variant(name, **changes)


@pytest.mark.parametrize("name", SMALL)
def test_that_every_input_size_either_runs_or_is_refused(name):
    runs = []
    for size in range(1, variant(name).picture_size + 1):
        try:
            spec = variant(name, input_size=size)
        except UserError as error:
            assert str(size) in str(error)  # noqa: PT017
        else:
            runs.append(size)
            assert on_no_device(spec)[1].shape == (1, 10)
            assert min(parameter.numel() for parameter in AlexNet(spec, "meta").parameters()) > 0
    assert VARIANTS[name].input_size in runs
    assert 1 not in runs


@pytest.mark.parametrize("name", VARIANTS)
def test_that_a_spec_survives_json(name):
    spec = variant(name, classes=13)
    assert NetworkSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def leaves(value, path=()):
    """The paths of everything in a tree of plain values, its branches too."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in leaves(each, (*path, key)))]


def replaced(value, path, new):
    if not path:
        return new
    copy = value.copy()
    copy[path[0]] = replaced(value[path[0]], path[1:], new)
    return copy


PLAIN = {name: json.loads(json.dumps(variant(name).to_dict())) for name in SMALL}
JUNK = st.sampled_from([
    *(None, True, False, "", "relu", "fan-in", "own", "1", "forward", "a.b", [], {}, ["relu"], [1], {"name": 1}),
    *(0, 1, 2, 3, -1, 10**5, 10**9, 10**40, 0.5, 3.0, -0.0, math.nan, math.inf, 1e308),
])  # fmt: skip


@hypothesis.settings(max_examples=300, deadline=None, derandomize=True, database=None)
@hypothesis.given(data=st.data(), name=st.sampled_from(SMALL))
def test_that_a_damaged_spec_is_refused_or_runs(data, name):
    path = data.draw(st.sampled_from(leaves(PLAIN[name])))
    damaged = replaced(PLAIN[name], path, data.draw(JUNK))
    try:
        spec = NetworkSpec.from_dict(damaged)
    except UserError as error:
        assert str(error)  # noqa: PT017
        return
    assert NetworkSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec
    assert on_no_device(spec)[1].shape == (1, spec.classes)
    AlexNet(spec, "meta").train()(torch.empty(2, 3, spec.input_size, spec.input_size, device="meta"))
    assert all(math.isfinite(layer.bias) for layer in spec.layers)


def test_that_a_layout_in_memory_changes_no_answer():
    network = started("cifar-towers")
    x = pictures(network.spec, 3)
    with torch.no_grad():
        plain = network(x)
        network.to(memory_format=torch.channels_last)
        for form in (x, x.contiguous(memory_format=torch.channels_last)):
            torch.testing.assert_close(network(form), plain, rtol=1e-4, atol=1e-5)


def steps_until_it_learns(config, folder):
    """How many steps until the mean of ten losses is below 0.9 · ln(classes); 200 if it is not by then."""
    run, recent, count = Run.create(folder / "run", to_toml(config)), deque(maxlen=10), 0
    events = train(config, run)
    for event in events:
        if isinstance(event, StepsDone):
            for loss in event.losses:
                recent.append(loss)
                count += 1
                if count >= 10 and sum(recent) / 10 < 0.9 * math.log(10):
                    events.close()
                    return count
        if count >= 200:
            events.close()
    return 200


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_that_scores_are_never_rounded_to_bf16(apart, training):
    spec = variant("shapes-towers")
    network = TowersApart(spec, ("cpu", "cpu")) if apart else AlexNet(spec)
    network.initialize(chance())
    network.train(training)
    with torch.autocast("cpu", torch.bfloat16):
        scores = network(torch.randn(4, 3, 56, 56, generator=chance(2)), chance(3))
    assert scores.dtype == torch.float32
    assert not torch.equal(scores, scores.bfloat16().float())
    scores.sum().backward()
    assert all(part.grad.dtype == torch.float32 for part in network.parameters())


# in fp32, by name: a test is the same on every processor, and some take minutes for bf16
@pytest.mark.whole("alexnet_app/core/network", "alexnet_app/core/training", "resources/presets")
@pytest.mark.parametrize("preset", ["cifar10", "cifar-towers"])
def test_that_the_cifar_presets_leave_the_start(cifar10_folder, tmp_path, monkeypatch, preset):
    # the first 3000 pictures of each file: enough for 200 steps, and quick to open
    monkeypatch.setattr(cifar, "PICTURES_PER_FILE", 3000)
    files = tmp_path / "cifar-10-batches-bin"
    files.mkdir()
    for file in (cifar10_folder / "cifar-10-batches-bin").iterdir():
        (files / file.name).write_bytes(file.read_bytes()[: 3000 * 3073])
    preset = dataclasses.replace(load_config(preset), data=str(tmp_path), epochs=1, validation_joins_after=0)
    config = dataclasses.replace(preset, batch_size=64, precision="fp32")
    assert steps_until_it_learns(config, tmp_path) < 200


@SLOW
def test_that_the_shapes_preset_leaves_the_start(tmp_path, monkeypatch):
    monkeypatch.setitem(shapes.SPLITS, "train", 4000)
    monkeypatch.setitem(shapes.SPLITS, "validation", 100)
    monkeypatch.setitem(shapes.SPLITS, "test", 100)
    config = dataclasses.replace(load_config("shapes"), epochs=1)
    assert steps_until_it_learns(config, tmp_path) < 60
