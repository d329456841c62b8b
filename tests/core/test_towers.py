"""Two towers on two devices: the same numbers as on one, the bytes that they exchange, what cannot be put on two."""

import dataclasses

import pytest
import torch
import torch.nn.functional as F

from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.network.ablations import apart, joined, without_normalization
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.meetings import exchanged_bytes
from alexnet_app.core.network.towers import TowersApart
from alexnet_app.core.network.variants import VARIANTS, variant
from alexnet_app.core.training.config import Optimization, TrainConfig
from alexnet_app.core.training.config_text import with_settings
from alexnet_app.core.training.optimizer import PaperSGD
from alexnet_app.core.training.parallel import choose_devices

CPUS = ("cpu", "cpu")
SMALL = ["cifar-towers", "shapes-towers"]
CLOSE = 1e-5


def chance(seed=1, device="cpu"):
    return torch.Generator(device).manual_seed(seed)


def pair(spec, device="cpu"):
    """The network on one device and on two, with the same start."""
    one, two = AlexNet(spec, device), TowersApart(spec, (device, device))
    for network in (one, two):
        network.to(memory_format=torch.channels_last).train().initialize(chance())
    return one, two


def pictures(spec, count=4, seed=0):
    drawn = torch.randn(count, 3, spec.input_size, spec.input_size, generator=chance(seed)) * 50
    scale = torch.tensor(spec.input_scale).reshape(-1, 1, 1)
    return (drawn * scale).contiguous(memory_format=torch.channels_last)


def small(spec):
    """A network of the same topology that takes a hundredth of the time."""
    convolutions = [dataclasses.replace(each, kernels=8) for each in spec.convolutions]
    *hidden, classes = [dataclasses.replace(each, units=12) for each in spec.dense]
    classes = dataclasses.replace(classes, units=7)
    return dataclasses.replace(spec, convolutions=tuple(convolutions), dense=(*hidden, classes))


def step(network, optimizer, x, seed):
    labels = torch.arange(len(x), device=x.device) % network.spec.classes
    loss = F.cross_entropy(network(x, chance(seed, x.device)), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


def assert_that_three_steps_agree(spec, device="cpu", kind=torch.float32, close=CLOSE, count=4):
    networks = [network.to(kind) for network in pair(spec, device)]
    optimizers = [PaperSGD(network, Optimization(), 0.01) for network in networks]
    for seed in range(3):
        x = pictures(spec, count, seed).to(device, kind)
        first, second = (step(*each, x, seed) for each in zip(networks, optimizers, strict=True))
        assert second == pytest.approx(first, rel=close, abs=close)
    one, two = (network.state_dict() for network in networks)
    assert list(two) == list(one)
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, atol=close, rtol=0)
    one, two = (optimizer.momentum() for optimizer in optimizers)
    assert list(two) == list(one) == list(networks[0].state_dict())
    for name, tensor in one.items():
        torch.testing.assert_close(two[name], tensor, atol=close * max(1, tensor.abs().max().item()), rtol=0)


def assert_that_three_steps_agree_exactly(spec):
    """What is no rounding shows in double precision."""
    assert_that_three_steps_agree(spec, kind=torch.float64, close=1e-12, count=2)


@pytest.mark.parametrize("name", SMALL)
def test_that_three_steps_with_dropout_are_those_of_one_device(name):
    assert_that_three_steps_agree(variant(name))


@pytest.mark.parametrize("change", [apart, joined, without_normalization])
@pytest.mark.parametrize("name", ["alexnet-2012", "alexnet-2012-source", "cifar-towers"])
def test_that_ablations_and_norms_agree_as_well(name, change):
    assert_that_three_steps_agree_exactly(small(change(variant(name))))


def test_that_the_paper_s_network_answers_as_on_one_device():
    one, two = pair(variant("alexnet-2012"))
    x = pictures(one.spec, 2)
    with torch.inference_mode():
        torch.testing.assert_close(two(x, chance(3)), one(x, chance(3)), atol=CLOSE, rtol=CLOSE)
        torch.testing.assert_close(two.eval()(x), one.eval()(x), atol=CLOSE, rtol=CLOSE)


def test_that_dropout_drops_the_same_units():
    spec = small(variant("shapes-towers"))
    one, two = pair(spec)
    x = pictures(spec)
    with torch.no_grad():
        same, other = two(x, chance(1)), two(x, chance(2))
        torch.testing.assert_close(same, one(x, chance(1)))
        assert not torch.allclose(same, other)


def test_that_each_tower_lies_on_its_device_and_holds_its_half():
    two = TowersApart(variant("alexnet-2012"), ("meta", "cpu"))  # two kinds of device, to tell them apart
    for layer in two.spec.layers[:-1]:
        weights = two.parts(f"{layer.name}.weight")
        assert [part.device.type for part in weights] == ["meta", "cpu"]
        assert weights[0].shape == weights[1].shape
    assert [part.device.type for part in two.parts("fc8.weight")] == ["meta"]
    assert two.parts("conv2.weight")[0].shape == (128, 48, 5, 5)
    assert two.parts("conv3.weight")[0].shape == (192, 256, 3, 3)
    assert sum(parameter.numel() for parameter in two.parameters()) == two.spec.parameters


@pytest.mark.parametrize("change", [lambda spec: spec, apart, joined])
def test_that_weights_go_from_one_form_to_the_other_and_back(change):
    one, two = pair(small(change(variant("alexnet-2012"))))
    state = one.state_dict()
    assert list(two.state_dict()) == list(state)
    assert all(torch.equal(tensor, state[name]) for name, tensor in two.state_dict().items())
    other = AlexNet(one.spec)
    other.load_state_dict(two.state_dict())
    assert all(torch.equal(tensor, state[name]) for name, tensor in other.state_dict().items())


def test_that_weights_of_another_network_are_not_taken():
    one, two = pair(small(variant("shapes-towers")))
    state = one.state_dict()
    with pytest.raises(RuntimeError, match="conv1"):
        two.load_state_dict({name: tensor for name, tensor in state.items() if name != "conv1.bias"})
    with pytest.raises(RuntimeError, match="conv2"):
        two.load_state_dict({**state, "conv2.weight": state["conv2.weight"][:, :1]})


@pytest.mark.parametrize(
    "name", [name for name, spec in VARIANTS.items() if spec.towers == 2 and spec.norm.across == "tower"]
)
@pytest.mark.parametrize("change", [lambda spec: spec, apart, joined])
def test_that_a_step_exchanges_the_bytes_that_follow_from_the_spec(name, change):
    spec = small(change(variant(name)))
    _, two = pair(spec)
    step(two, PaperSGD(two, Optimization(), 0.01), pictures(spec), 0)
    assert two.exchanged() == exchanged_bytes(spec, 4) > 0
    with torch.inference_mode():
        two.eval()(pictures(spec, 3))
    assert two.exchanged() == exchanged_bytes(spec, 3) // 2  # nothing goes back


def test_that_bf16_exchanges_half_of_the_bytes():
    spec = small(variant("alexnet-2012-source"))
    _, two = pair(spec)
    with torch.autocast("cpu", torch.bfloat16):
        loss = two(pictures(spec), chance()).sum()
    loss.backward()
    assert two.exchanged() == exchanged_bytes(spec, 4, width=2)
    assert all(torch.isfinite(parameter.grad).all() for parameter in two.parameters())


def test_that_the_paper_s_network_exchanges_60_megabytes_with_its_batch():
    # before conv3 256 maps of 13 × 13, before fc6 256 of 6 × 6, before fc7 4,096 units, before fc8 those of tower B
    values = 256 * 13**2 + 256 * 6**2 + 4096 + 2048
    assert exchanged_bytes(variant("alexnet-2012"), 128) == 2 * 4 * 128 * values == 60_030_976


def test_that_towers_apart_exchange_only_what_the_classes_need():
    assert exchanged_bytes(apart(variant("alexnet-2012")), 128) == 2 * 4 * 128 * 2048


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ("one-column", "one-column has one column and no towers"),
        ("cifar-2012", "cifar-2012 has one column and no towers"),
        ("caffe", "caffe normalizes across both towers; on two devices each tower normalizes alone"),
    ],
)
def test_that_a_network_without_two_towers_is_refused_with_a_way_out(network, said):
    with pytest.raises(UserError, match=said) as caught:
        choose_devices(TrainConfig(network=network, placement="towers", devices=CPUS))
    assert caught.value.hint is Way.ONE_DEVICE
    with pytest.raises(UserError, match=said):
        TowersApart(variant(network), CPUS)


def test_that_a_network_without_its_common_norm_is_not_refused():
    assert_that_three_steps_agree_exactly(small(without_normalization(variant("caffe"))))


def test_that_the_ablation_of_one_tower_is_refused():
    config = with_settings(TrainConfig(placement="towers", devices=CPUS), ["ablation.towers=one"])
    with pytest.raises(UserError, match="has one column"):
        choose_devices(config)


@pytest.mark.parametrize(
    ("devices", "said", "key"),
    [
        (("cpu",), "two towers need two devices, not 1", "devices"),
        (("cpu",) * 3, "two towers need two devices, not 3", "devices"),
        (("cpu", "cuda:97"), "there is no device 'cuda:97'", "devices"),
    ],
)
def test_that_two_devices_must_be_named_that_are_there(devices, said, key):
    with pytest.raises(UserError, match=said) as caught:
        choose_devices(TrainConfig(placement="towers", devices=devices))
    assert caught.value.values["key"] == key


def test_that_devices_of_two_kinds_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(UserError, match="cpu and cuda:0 are not of the same kind; choose two devices of the same kind"):
        choose_devices(TrainConfig(placement="towers", devices=("cpu", "cuda:0")))


def test_that_without_names_the_first_two_gpus_are_taken(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    assert choose_devices(TrainConfig(placement="towers")) == (torch.device("cuda:0"), torch.device("cuda:1"))
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(UserError, match="needs two GPUs, but this computer has 1") as caught:
        choose_devices(TrainConfig(placement="towers"))
    assert caught.value.values["key"] == "placement"


def test_that_placement_and_devices_are_set_in_any_order_and_kept():
    settings = ["placement=towers", 'devices=["cpu", "cpu"]']
    config = with_settings(TrainConfig(), settings)
    assert with_settings(TrainConfig(), settings[::-1]) == config
    assert choose_devices(config) == (torch.device("cpu"), torch.device("cpu"))


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("placement=both", "placement cannot be 'both'"),
        ("devices=[0, 1]", "devices must be a list of texts, not"),
        ("devices=cpu", "is not a valid TOML value for devices"),
        ('devices="cpu"', "devices must be a list of texts"),
        ('optimization.milestones=["3"]', "optimization.milestones must be a list of numbers"),
    ],
)
def test_that_wrong_values_are_told(setting, said):
    with pytest.raises(UserError, match=said):
        with_settings(TrainConfig(), [setting])


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that answers")
def test_that_one_gpu_named_twice_computes_as_one():
    assert_that_three_steps_agree(variant("shapes-towers"), "cuda:0")
