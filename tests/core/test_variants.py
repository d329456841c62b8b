"""The variants and what can be switched off in them: what they compute, what they leave alone, what they refuse."""

import dataclasses
import itertools
import json
import math

import pytest
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn

from alexnet_app.core.data.sources import shapes
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import RunStarted
from alexnet_app.core.network.ablations import (
    apart,
    gain_only,
    joined,
    one_tower,
    with_activation,
    without_normalization,
    without_overlap,
)
from alexnet_app.core.network.alexnet import AlexNet, TowerLinear, follow, norm_within_maps
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.functions.local import LocallyConnected
from alexnet_app.core.network.layers import Dense, Norm, Pool
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import VARIANTS, variant
from alexnet_app.core.runs.listing import bundled_models
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.ablation import Ablation
from alexnet_app.core.training.config import TrainConfig, check_new
from alexnet_app.core.training.config_text import from_toml, load_config, to_toml, with_settings
from alexnet_app.core.training.train import train

PAPER, SOURCE, CAFFE = "alexnet-2012", "alexnet-2012-source", "caffe"
TWO_TOWERS = [name for name, spec in VARIANTS.items() if spec.towers == 2]
ONE_COLUMN = [name for name, spec in VARIANTS.items() if spec.towers == 1]
WITHOUT_NORM = [
    name
    for name, spec in VARIANTS.items()
    if not any({"norm", "map-norm"} & set(each.then) for each in spec.convolutions)
]
OTHER_SIDES = ["one-column", "cifar-towers", "shapes-towers"]  # whose maps pools of 2 × 2 would make larger
K_IS_ONE = ["caffe", "caffenet", "cifar-11pct"]  # whose k^-β is 1
ABLATIONS = {
    "normalization": Ablation(normalization=False),
    "overlap": Ablation(overlap=False),
    "one": Ablation(towers="one"),
    "apart": Ablation(towers="apart"),
    "joined": Ablation(towers="joined"),
    "tanh": Ablation(activation="tanh"),
    "dropout": Ablation(dropout=False),
    "everything": Ablation(False, False, "apart", "tanh"),
}


def chance(seed=1):
    return torch.Generator().manual_seed(seed)


def small(name, share=8, size=None):
    """The variant with an eighth of its kernels and a crop just large enough: quick, and otherwise the same."""
    spec = VARIANTS[name]
    size = size or (64 if spec.overhang else 67)
    layers = tuple(dataclasses.replace(each, kernels=each.kernels // share) for each in spec.convolutions)
    *hidden, last = spec.dense
    dense = (*(dataclasses.replace(each, units=16) for each in hidden), dataclasses.replace(last, units=4))
    return dataclasses.replace(spec, convolutions=layers, dense=dense, input_size=size)


def started(spec, seed=1):
    network = AlexNet(spec).eval()
    for number, parameter in enumerate(network.parameters()):
        nn.init.normal_(parameter, std=0.3, generator=chance(seed + number))
    return network


def pictures(spec, count=2):
    return torch.randn(count, 3, spec.input_size, spec.input_size, generator=chance(7))


def inputs(network, x):
    """What goes into every layer, and the scores under ""."""
    found, hooks = {}, []
    for layer in network.spec.layers:
        module = network.get_submodule(layer.name)
        hooks.append(module.register_forward_pre_hook(lambda _, x, name=layer.name: found.update({name: x[0]})))
    with torch.no_grad():
        found[""] = network(x)
    for hook in hooks:
        hook.remove()
    return found


def meaningful(name, ablation):
    try:
        config = TrainConfig(network=name, ablation=ablation)
        check_new(config)
    except UserError:
        return None
    return config.spec()


ALL = [
    (name, what, spec)
    for name in VARIANTS
    for what, ablation in {"nothing": Ablation(), **ABLATIONS}.items()
    if (spec := meaningful(name, ablation)) is not None
]


@pytest.mark.parametrize(("name", "what", "spec"), ALL, ids=[f"{name}-{what}" for name, what, _ in ALL])
def test_that_every_variant_and_every_ablation_is_a_network_with_its_figures(name, what, spec):
    network, seen = AlexNet(spec, "meta").eval(), {}
    for layer in spec.layers:
        module = network.get_submodule(layer.name)
        module.register_forward_hook(lambda _, __, y, name=layer.name: seen.update({name: y.shape}))
    scores = network(torch.empty(2, 3, spec.input_size, spec.input_size, device="meta"))
    assert scores.shape == (2, spec.classes)
    for row in spec.figures():
        module = network.get_submodule(row.name)
        weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
        assert row.parameters == weight.numel() + bias.numel()
        places = 1 if isinstance(module, LocallyConnected) else math.prod(seen[row.name][2:])
        assert row.multiply_adds == weight.numel() * places
        assert seen[row.name][1:] in ((row.maps,), (row.maps, row.side, row.side))
    assert spec.parameters == sum(parameter.numel() for parameter in network.parameters())
    assert NetworkSpec.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_that_every_combination_is_a_network_or_refused_with_its_key():
    towers, activations, both = ("variant", "one", "apart", "joined"), ("relu", "tanh"), (True, False)
    choices = itertools.product(both, both, towers, activations, both)
    for name, values in itertools.product(VARIANTS, choices):
        try:
            config = TrainConfig(network=name, ablation=Ablation(*values))
            check_new(config)
            spec = config.spec(7)
        except UserError as error:
            key = error.values["key"]
            assert key in ("ablation.towers", "ablation.normalization", "ablation.gain", "ablation.overlap")
            assert key != "ablation.towers" or name in ONE_COLUMN
            assert key != "ablation.normalization" or name in WITHOUT_NORM
            assert key != "ablation.gain" or name in (*WITHOUT_NORM, *K_IS_ONE) or not values[0]
            assert key != "ablation.overlap" or name in OTHER_SIDES
        else:
            assert spec.classes == 7
            assert min(spec.sides()) >= 1
            assert name not in K_IS_ONE or not config.ablation.gain
            assert name not in OTHER_SIDES or config.ablation.overlap


def test_that_pools_of_2_x_2_keep_every_side_and_every_weight():
    for name, spec in VARIANTS.items():
        if name not in OTHER_SIDES:
            plain = without_overlap(spec)
            assert plain.sides() == spec.sides()
            assert (plain.parameters, plain.multiply_adds) == (spec.parameters, spec.multiply_adds)


def test_that_a_gain_in_place_of_normalization_multiplies_by_a_constant():
    spec = gain_only(VARIANTS["cifar-towers"])
    x = torch.randn(2, 64, 5, 5, generator=chance())
    found = follow("norm", x, spec, towers=2)
    torch.testing.assert_close(found, x * spec.norm.k**-spec.norm.beta)


def test_that_normalization_is_the_same_one_where_pixels_are_scaled():
    """Of maps times s it makes what it makes of the maps, times s: α grows by 1 / s², k and β stay."""
    x = torch.randn(2, 64, 5, 5, generator=chance(), dtype=torch.float64) * 60
    paper = VARIANTS[PAPER]
    for name in ("cifar-towers", "shapes-towers", "photo-towers"):
        spec = VARIANTS[name]
        scale = spec.input_scale
        assert spec.norm.alpha == pytest.approx(paper.norm.alpha / scale**2, rel=1e-15)
        expected = scale * follow("norm", x, paper, towers=2)
        torch.testing.assert_close(follow("norm", scale * x, spec, towers=2), expected, rtol=1e-12, atol=0)


def test_that_one_thing_is_changed_and_nothing_else():
    spec = VARIANTS[PAPER]
    steps = [each.then for each in without_normalization(spec).convolutions]
    assert steps == [("relu", "pool"), ("relu", "pool"), ("relu",), ("relu",), ("relu", "pool")]
    pool = without_overlap(spec).pool
    assert (pool.size, pool.stride) == (2, 2)
    for changed, field in ((without_overlap(spec), "pool"), (without_normalization(spec), "convolutions")):
        assert dataclasses.replace(changed, **{field: getattr(spec, field)}) == spec
    assert with_activation(with_activation(spec, "tanh"), "relu") == spec
    released = without_normalization(VARIANTS[SOURCE])
    assert [each.then for each in released.convolutions[:2]] == [("pool", "relu"), ("relu", "pool")]


@pytest.mark.parametrize("name", VARIANTS)
def test_that_the_sides_that_convolutions_read_are_those_of_the_network(name):
    spec, read = VARIANTS[name], []
    network = AlexNet(spec, device="meta")
    for layer in spec.convolutions:
        network.get_submodule(layer.name).register_forward_pre_hook(lambda _, given: read.append(given[0].shape[-1]))
    network(torch.empty(1, 3, spec.input_size, spec.input_size, device="meta"))
    assert spec.input_sides() == tuple(read)


@pytest.mark.parametrize("name", ONE_COLUMN)
def test_that_one_column_has_no_towers_to_change(name):
    for change in (one_tower, apart, joined):
        assert change(VARIANTS[name]) == VARIANTS[name]


def norm_loops(a, size, alpha, beta, k, towers):
    """Section 3.3, number by number, α divided by ``size``."""
    count, maps, height, width = a.shape
    b, share = torch.empty_like(a), maps // towers
    for n, i, y, x in itertools.product(range(count), range(maps), range(height), range(width)):
        first = i // share * share
        near = range(max(first, i - size // 2), min(first + share, i + size // 2 + 1))
        b[n, i, y, x] = a[n, i, y, x] / (k + alpha / size * sum(a[n, j, y, x] ** 2 for j in near)) ** beta
    return b


def map_norm_loops(a, size, alpha, beta, k):
    """The same over neighbours in one map; what lies outside is zero, and ``size``² always divides."""
    count, maps, height, width = a.shape
    b = torch.empty_like(a)
    for n, i, y, x in itertools.product(range(count), range(maps), range(height), range(width)):
        rows, columns = range(y - size // 2, y + size // 2 + 1), range(x - size // 2, x + size // 2 + 1)
        inside = [(r, c) for r in rows for c in columns if 0 <= r < height and 0 <= c < width]
        base = k + alpha / size**2 * sum(a[n, i, r, c] ** 2 for r, c in inside)
        b[n, i, y, x] = a[n, i, y, x] / base**beta
    return b


def test_that_the_norm_within_maps_is_a_plain_loop():
    a = torch.randn(2, 2, 6, 7, dtype=torch.float64, generator=chance()) * 60
    norm = VARIANTS[SOURCE].map_norm
    assert (norm.k, norm.alpha, norm.size, norm.beta) == (1.0, 0.001, 5, 0.75)
    expected = map_norm_loops(a, 5, 0.001, 0.75, 1.0)
    torch.testing.assert_close(norm_within_maps(a, norm), expected, rtol=1e-12, atol=1e-12)
    assert (expected / a).min() < 0.9  # it does something at this scale
    torch.testing.assert_close(norm_within_maps(a.float(), norm), expected.float(), rtol=1e-5, atol=1e-5)
    half = norm_within_maps(a.bfloat16(), norm)
    assert half.dtype == torch.bfloat16
    torch.testing.assert_close(half.double(), expected, rtol=0.02, atol=0.02)


def test_that_the_norm_within_maps_has_its_own_gradient():
    a = torch.randn(1, 2, 5, 4, dtype=torch.float64, generator=chance(), requires_grad=True)
    strong = Norm(size=3, alpha=2.0, beta=0.75, k=1.0)
    assert torch.autograd.gradcheck(lambda a: norm_within_maps(a, strong), a)
    assert torch.autograd.gradcheck(lambda a: norm_within_maps(a, VARIANTS[SOURCE].map_norm), a)


def test_that_the_released_source_has_its_steps_in_its_order():
    spec = small(SOURCE)
    network = started(spec).double()
    x = pictures(spec, 1).double()
    steps = {name: network.get_submodule(name) for name in ("conv1", "conv2", "conv3", "conv4", "conv5")}
    with torch.no_grad():
        y = steps["conv1"](F.pad(x, (0, 3, 0, 3)))
        y = F.relu(F.max_pool2d(norm_loops(y, 5, 1e-4, 0.75, 2.0, towers=2), 3, 2))
        y = norm_loops(F.relu(steps["conv2"](y)), 5, 1e-4, 0.75, 2.0, towers=2)
        y = F.max_pool2d(map_norm_loops(y, 5, 0.001, 0.75, 1.0), 3, 2)
        y = F.relu(steps["conv4"](F.relu(steps["conv3"](y))))
        y = F.relu(F.max_pool2d(steps["conv5"](y), 3, 2))
        torch.testing.assert_close(network.features(x), y, rtol=1e-9, atol=1e-9)
        plain = started(small(PAPER)).double()
        assert not torch.allclose(plain.features(F.pad(x, (0, 3, 0, 3))), y, rtol=1e-3)  # the order matters


@pytest.mark.parametrize(("name", "touches"), [(PAPER, False), (SOURCE, False), (CAFFE, True)])
def test_that_caffe_alone_normalizes_across_the_towers(name, touches):
    spec = small(name)
    network = started(spec)
    x = pictures(spec)
    tower_a, tower_b = spec.tower_slices("conv1")
    before = inputs(network, x)["conv2"]
    with torch.no_grad():
        network.get_parameter("conv1.weight")[tower_b] *= 50
    after = inputs(network, x)["conv2"]
    changed = (before != after).transpose(0, 1).flatten(1).any(1)
    assert changed[tower_b].all()
    assert changed[tower_a].any() == touches
    if touches:  # the two neighbours of tower B's first kernel
        assert changed[tower_a].nonzero().flatten().tolist() == [tower_a.stop - 2, tower_a.stop - 1]


@pytest.mark.parametrize("name", [PAPER, SOURCE, CAFFE, "cifar-towers"])
def test_that_towers_apart_never_talk(name):
    spec = apart(small(name, size=28 if name == "cifar-towers" else None))
    network, x = started(spec), pictures(spec)
    last = spec.dense[-1].name
    before = inputs(network, x)[last]
    for layer, (tower, other) in itertools.product(spec.layers[:-1], ((0, 1), (1, 0))):
        part = spec.tower_slices(layer.name)[tower]
        kept = {kind: network.get_parameter(f"{layer.name}.{kind}").detach().clone() for kind in ("weight", "bias")}
        with torch.no_grad():
            for kind in kept:
                network.get_parameter(f"{layer.name}.{kind}")[part] += 1.0
        after = inputs(network, x)[last].chunk(2, dim=1)
        assert torch.equal(after[other], before.chunk(2, dim=1)[other]), layer.name
        assert not torch.equal(after[tower], before.chunk(2, dim=1)[tower]), layer.name
        with torch.no_grad():
            for kind, value in kept.items():
                network.get_parameter(f"{layer.name}.{kind}").copy_(value)


def test_that_joined_towers_talk_from_conv2_on():
    spec = joined(small(PAPER))
    network, x = started(spec), pictures(spec)
    part = spec.tower_slices("conv1")[0]
    before = inputs(network, x)
    with torch.no_grad():
        network.get_parameter("conv1.weight")[part] *= -2
    after = inputs(network, x)
    a, b = spec.tower_slices("conv2")
    changed = (before["conv3"] != after["conv3"]).transpose(0, 1).flatten(1).any(1)
    assert changed[a].any()
    assert changed[b].any()
    assert all(each.sees == "both" for each in spec.layers)


def test_that_a_layer_of_two_towers_is_two_layers():
    ours = TowerLinear(5, 6)
    halves = nn.Linear(5, 3), nn.Linear(5, 3)
    for number, parameter in enumerate(ours.parameters()):
        nn.init.normal_(parameter, generator=chance(number))
    with torch.no_grad():
        for half, weight, bias in zip(halves, ours.weight.chunk(2), ours.bias.chunk(2), strict=True):
            half.weight.copy_(weight)
            half.bias.copy_(bias)
    x = torch.randn(4, 10, generator=chance(9))
    mine, theirs = x.clone().requires_grad_(), x.clone().requires_grad_()
    y = ours(mine)
    expected = torch.cat([half(part) for half, part in zip(halves, theirs.chunk(2, dim=1), strict=True)], dim=1)
    torch.testing.assert_close(y, expected)
    weights = torch.randn(4, 6, generator=chance(3))
    (y * weights).sum().backward()
    (expected * weights).sum().backward()
    torch.testing.assert_close(mine.grad, theirs.grad)
    torch.testing.assert_close(ours.weight.grad, torch.cat([half.weight.grad for half in halves]))
    torch.testing.assert_close(ours.bias.grad, torch.cat([half.bias.grad for half in halves]))


def model(spec):
    network = started(spec)
    classes = tuple(str(number) for number in range(spec.classes))
    return Bundle(spec, classes, torch.zeros(3, 1, 1), plain_weights(network))


@pytest.mark.parametrize("change", [one_tower, apart, joined, without_normalization, without_overlap, gain_only])
def test_that_an_ablated_model_survives_its_file(tmp_path, change):
    written = model(change(dataclasses.replace(small("shapes-towers", size=56), pool=Pool(ceil=True))))
    write_bundle(tmp_path / "a.alexnet", written)
    read = read_bundle(tmp_path / "a.alexnet")
    x = pictures(read.spec)
    with torch.no_grad():
        assert torch.equal(read.network()(x), written.network()(x))
    assert read.spec == written.spec


def test_that_a_scale_for_each_colour_survives_its_file(tmp_path):
    scales = (0.017, 0.0175, 0.0174)
    spec = dataclasses.replace(small("shapes-towers", size=56), input_scale=scales)
    assert NetworkSpec.from_dict(spec.to_dict()) == spec
    write_bundle(tmp_path / "a.alexnet", model(spec))
    assert read_bundle(tmp_path / "a.alexnet").spec.input_scale == scales
    assert len(VARIANTS["torchvision"].input_scale) == 3


NEW = {"": ("map_norm",), "dense": ("sees", "then"), "norm": ("across",)}


def without_what_is_new(spec):
    """The description of a network as it was written before these fields were there."""
    values = {key: value for key, value in spec.items() if key not in NEW[""]}
    values["dense"] = [{k: v for k, v in each.items() if k not in NEW["dense"]} for each in spec["dense"]]
    values["norm"] = {k: v for k, v in spec["norm"].items() if k not in NEW["norm"]}
    return values


def test_that_models_written_before_are_read_as_they_were(tmp_path):
    written = model(small("shapes-towers", size=56))
    write_bundle(tmp_path / "new.alexnet", written)
    with safe_open(tmp_path / "new.alexnet", framework="pt") as file:
        tensors, metadata = {name: file.get_tensor(name) for name in file.keys()}, file.metadata()  # noqa: SIM118
    metadata["spec"] = json.dumps(without_what_is_new(json.loads(metadata["spec"])))
    del metadata["checksum"]
    save_file(tensors, tmp_path / "old.alexnet", metadata)
    assert "map_norm" not in metadata["spec"]
    assert read_bundle(tmp_path / "old.alexnet").spec == written.spec


@pytest.mark.parametrize("path", bundled_models(), ids=lambda path: path.stem)
def test_that_the_bundled_models_are_of_the_variants_of_today(path):
    with safe_open(path, framework="pt") as file:
        kept = json.loads(file.metadata()["spec"])
    spec = read_bundle(path).spec
    assert spec == VARIANTS[path.stem]
    assert kept in (without_what_is_new(json.loads(json.dumps(spec.to_dict()))), json.loads(json.dumps(spec.to_dict())))


def test_that_one_tower_keeps_what_most_numbers_hang_on():
    whole, half = VARIANTS[PAPER], one_tower(VARIANTS[PAPER])
    assert [each.kernels for each in half.convolutions] == [48, 128, 192, 192, 256]
    assert [each.units for each in half.dense] == [4096, 4096, 1000]
    assert half.figures()[5:] == whole.figures()[5:]  # the dense layers see as much as before
    assert half.parameters == pytest.approx(61e6, rel=0.025)
    assert half.multiply_adds < 0.7 * whole.multiply_adds
    one, both = AlexNet(half, "meta"), AlexNet(whole, "meta")
    for name in ("conv1", "conv2", "conv4"):  # a unit reads what it read in its tower
        assert one.get_parameter(f"{name}.weight").shape[1:] == both.get_parameter(f"{name}.weight").shape[1:]


@pytest.mark.parametrize("name", VARIANTS)
def test_that_tanh_is_everywhere(name, monkeypatch):
    spec, calls = with_activation(VARIANTS[name], "tanh"), []
    tanh = torch.tanh
    monkeypatch.setattr(torch, "tanh", lambda x: calls.append(x.shape) or tanh(x))
    monkeypatch.setattr(F, "relu", lambda *_, **__: pytest.fail("a ReLU is left"))
    AlexNet(spec, "meta").eval()(torch.empty(1, 3, spec.input_size, spec.input_size, device="meta"))
    assert len(calls) == len(spec.layers) - 1
    with_relu = with_activation(spec, "relu")
    with pytest.raises(pytest.fail.Exception):
        AlexNet(with_relu, "meta").eval()(torch.empty(1, 3, spec.input_size, spec.input_size, device="meta"))


def test_that_tanh_bounds_what_goes_on():
    spec = with_activation(small(PAPER), "tanh")
    found = inputs(started(spec), 10 * pictures(spec))
    for name in ("conv4", "conv5", "fc7", "fc8"):
        assert found[name].abs().max() <= 1
        assert found[name].min() < -0.5


@pytest.mark.parametrize(
    ("setting", "field", "value"),
    [
        ("ablation.towers=one", "towers", "one"),
        ("ablation.towers=apart", "towers", "apart"),
        ("ablation.normalization=false", "normalization", False),
        ("ablation.gain=true", "gain", True),
        ("ablation.dropout=false", "dropout", False),
        ('ablation.activation="tanh"', "activation", "tanh"),
    ],
)
def test_that_an_ablation_is_set_and_kept(setting, field, value):
    config = with_settings(load_config("cifar-towers"), [setting])
    assert config.ablation == dataclasses.replace(Ablation(), **{field: value})
    assert from_toml(to_toml(config), "a file") == config
    assert config.spec() != VARIANTS["cifar-towers"]
    assert config.spec().name == "cifar-towers"


@pytest.mark.parametrize(
    ("settings", "key", "said"),
    [
        (["network=one-column", "ablation.towers=one"], "ablation.towers", "one-column has one column, no towers"),
        (["network=cifar-2012", "ablation.towers=joined"], "ablation.towers", "cifar-2012 has one column, no towers"),
        (["network=torchvision", "ablation.normalization=false"], "ablation.normalization", "torchvision has none"),
        (["ablation.overlap=false"], "ablation.overlap", "14, 14, 7, 7, 7, 7, 3 instead of 28, 13, 13"),
        (["network=cifar-13pct", "ablation.gain=true"], "ablation.gain", "no normalization"),
        (["network=cifar-11pct", "ablation.gain=true"], "ablation.gain", "cifar-11pct has k = 1"),
        (["ablation.normalization=false", "ablation.gain=true"], "ablation.gain", "no normalization"),
        (["network=cifar-13pct", "ablation.dropout=false"], "ablation.dropout", "cifar-13pct has none"),
        (["ablation.towers=three"], "ablation.towers", "the closest is"),
        (["ablation.activation=sigmoid"], "ablation.activation", "it can be variant, relu, tanh"),
    ],
)
def test_that_what_makes_no_sense_is_told_at_once(settings, key, said):
    with pytest.raises(UserError) as caught:
        check_new(with_settings(TrainConfig(), settings))
    assert caught.value.values["key"] == key
    assert said in str(caught.value)
    assert caught.value.hint


def test_that_settings_need_to_make_sense_together_only():
    orders = itertools.permutations(["network=cifar-towers", "ablation.towers=apart", "ablation.normalization=false"])
    configs = [with_settings(TrainConfig(network="one-column"), order) for order in orders]
    assert all(config == configs[0] for config in configs)
    back = ["network=one-column", "ablation.towers=variant", "ablation.normalization=true"]
    for order in itertools.permutations(back):
        assert with_settings(configs[0], order) == TrainConfig(network="one-column")


def test_that_what_was_changed_is_said_in_words():
    assert Ablation().words() == ()
    assert TrainConfig().title == "cifar-towers"
    words = [word for ablation in ABLATIONS.values() for word in ablation.words()]
    assert len(set(words)) == 7
    assert len(ABLATIONS["everything"].words()) == 4
    config = TrainConfig(network=PAPER, ablation=Ablation(normalization=False, towers="one"))
    assert config.title == "alexnet-2012, without normalization, one tower of half the kernels"


def test_that_a_run_says_what_was_changed_in_its_network(tmp_path, monkeypatch):
    for split in shapes.SPLITS:
        monkeypatch.setitem(shapes.SPLITS, split, 100)
    config = dataclasses.replace(load_config("shapes"), ablation=Ablation(towers="apart"), epochs=1)
    events = train(config, Run.create(tmp_path / "run", to_toml(config)))
    started = next(event for event in events if isinstance(event, RunStarted))
    events.close()
    assert started.network == "shapes-towers, towers never connected"
    assert started.parameters == apart(variant("shapes-towers")).parameters


def test_that_a_dense_layer_of_classes_reads_both_towers():
    *hidden, last = VARIANTS["shapes-towers"].dense
    with pytest.raises(UserError, match="fc8"):
        variant("shapes-towers", dense=(*hidden, dataclasses.replace(last, sees="own")))
    assert Dense("fc6", 10).sees == "both"
