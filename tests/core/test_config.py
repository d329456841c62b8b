"""Configurations: what comes with the program, what can be changed, what is refused and with which words."""

import dataclasses
import math

import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.variants import VARIANTS
from alexnet_app.core.training.config import Augmentation, Optimization, TrainConfig
from alexnet_app.core.training.config_text import from_toml, keys, load_config, preset_names, to_toml, with_settings


def refusal(*settings: str) -> str:
    with pytest.raises(UserError) as caught:
        with_settings(TrainConfig(), settings)
    text = str(caught.value)
    assert text
    assert "\n" not in text
    return text


def changed(*settings: str) -> TrainConfig:
    return with_settings(TrainConfig(), settings)


def test_that_these_presets_come_with_the_program():
    small = {"shapes", "cifar10", "cifar10-13pct", "cifar-towers", "photo-towers", "finetune"}
    assert set(preset_names()) == {*small, "imagenet-2012", "imagenet-2012-source"}


@pytest.mark.parametrize("name", preset_names())
def test_that_a_preset_can_be_loaded_and_written_and_read_again(name):
    config = load_config(name)
    assert config.preset == name
    assert config.about.endswith(".")
    assert config.network in VARIANTS
    assert from_toml(to_toml(config), name) == config


def test_that_presets_are_of_the_networks_that_they_promise():
    networks = {name: load_config(name).network for name in preset_names()}
    assert networks == {
        "shapes": "shapes-towers",
        "cifar10": "cifar-11pct",
        "cifar10-13pct": "cifar-13pct",
        "photo-towers": "photo-towers",
        "cifar-towers": "cifar-towers",
        "finetune": "cifar-towers",
        "imagenet-2012": "alexnet-2012",
        "imagenet-2012-source": "alexnet-2012-source",
    }


def test_that_a_configuration_with_everything_changed_survives_its_file():
    config = TrainConfig(
        preset="mine",
        about='quotes " and \\ and\nlines, ü 图 \x01',
        network="one-column",
        data="/tmp/it's a [folder]=#1",
        device="cuda:1",
        precision="bf16",
        threads=3,
        epochs=7,
        batch_size=5,
        learning_rate=1e-5,
        seed=2**31 - 1,
        checkpoint_seconds=1.5,
        optimization=Optimization(0.5, 0.1, 2.0, False, "steps", 3.0, 2, 1, (3, 9)),
        augmentation=Augmentation(crop=False, mirror=False, colour_noise=0.0),
    )
    assert from_toml(to_toml(config), "a file") == config


def test_that_what_a_file_leaves_out_is_as_usual():
    config = from_toml("epochs = 3\n[optimization]\nmomentum = 0.5\n", "a file")
    assert config == TrainConfig(epochs=3, optimization=Optimization(momentum=0.5))


@pytest.mark.parametrize(
    ("setting", "key", "value"),
    [
        ("epochs=3", "epochs", 3),
        (" epochs = 3 ", "epochs", 3),
        ("seed=1_000", "seed", 1000),
        ("learning_rate=0.5", "learning_rate", 0.5),
        ("learning_rate=1e-3", "learning_rate", 0.001),
        ("learning_rate=1", "learning_rate", 1.0),
        ("augmentation.mirror=false", "augmentation.mirror", False),
        ("optimization.momentum=0", "optimization.momentum", 0.0),
        ("optimization.schedule=constant", "optimization.schedule", "constant"),
        ("optimization.milestones=[3, 5]", "optimization.milestones", (3, 5)),
        ("optimization.milestones=[]", "optimization.milestones", ()),
        ('device="cpu"', "device", "cpu"),
        ("device='cpu'", "device", "cpu"),
        ("device=cuda:0", "device", "cuda:0"),
        ("data=/home/me/my pictures", "data", "/home/me/my pictures"),
        ("data=C:\\pictures=new", "data", "C:\\pictures=new"),
        ("about=Blumen für Übung", "about", "Blumen für Übung"),
        ('about="a\\nb"', "about", "a\nb"),
    ],
)
def test_that_a_setting_changes_its_value_and_nothing_else(setting, key, value):
    config = changed(setting)
    *group, name = key.split(".")
    holder = getattr(config, group[0]) if group else config
    found = getattr(holder, name)
    assert found == value
    assert type(found) is type(value)
    before = getattr(TrainConfig(), group[0]) if group else TrainConfig()
    holder_before = dataclasses.replace(holder, **{name: getattr(before, name)})
    assert (dataclasses.replace(config, **{group[0]: holder_before}) if group else holder_before) == TrainConfig()


def test_that_settings_are_applied_one_after_the_other():
    config = changed("epochs=3", "optimization.momentum=0.5", "optimization.patience=2", "epochs=4")
    assert config == TrainConfig(epochs=4, optimization=Optimization(momentum=0.5, patience=2))


def test_that_every_key_can_be_set_to_what_it_is():
    config = TrainConfig()
    values = dataclasses.asdict(config)
    for key in keys():
        value = values
        for name in key.split("."):
            value = value[name]
        text = str(value).lower() if isinstance(value, bool) else str(list(value) if value == () else value)
        assert with_settings(config, [f"{key}={text}"]) == config, key


@pytest.mark.parametrize(
    ("setting", "near"),
    [
        ("epoch=3", "epochs"),
        ("Learning-Rate=1", "learning_rate"),
        ("optimization.momentun=0.5", "optimization.momentum"),
        ("momentum=0.5", "optimization.momentum"),
        ("augmentation.colour=0.5", "augmentation.colour_noise"),
        ("optimization=3", None),
        ("optimization={momentum=0.5}", None),
        ("optimization.=3", None),
        (".epochs=3", "epochs"),
        ("epochs.x=3", "epochs"),
        ("optimization.momentum.x=3", "optimization.momentum"),
        ("__class__=3", None),
        ("epochs\nseed=3", None),
    ],
)
def test_that_an_unknown_key_is_told_with_the_nearest_one(setting, near):
    text = refusal(setting)
    assert f"there is no setting {setting.partition('=')[0]!r}" in text
    assert near is None or f"the closest is '{near}'" in text
    assert all(key in text for key in keys())


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("epochs=2.5", "epochs must be a whole number, not 2.5"),
        ("epochs=true", "epochs must be a whole number, not True"),
        ('epochs="3"', "epochs must be a whole number, not '3'"),
        ("epochs=[3]", "epochs must be a whole number"),
        ("epochs={a=1}", "epochs must be a whole number"),
        ("epochs=2026-01-01", "epochs must be a whole number"),
        ("learning_rate=true", "learning_rate must be a number, not True"),
        ("learning_rate=[0.1]", "learning_rate must be a number"),
        ("augmentation.crop=1", "augmentation.crop must be true or false, not 1"),
        ("augmentation.colour_noise=false", "augmentation.colour_noise must be a number"),
        ("optimization.milestones=3", "optimization.milestones must be a list of numbers, not 3"),
        ("optimization.milestones=[3, 4.5]", "optimization.milestones must be a list of numbers"),
        ("optimization.milestones=[true]", "optimization.milestones must be a list of numbers"),
        ("optimization.milestones=[[3]]", "optimization.milestones must be a list of numbers"),
        ("data=3", "data must be a text, not 3"),
        ("network=resnet", "network cannot be 'resnet'"),
        ("precision=fp16", "precision cannot be 'fp16'; the closest is 'bf16'"),
        ("optimization.schedule=step", "the closest is 'steps'"),
    ],
)
def test_that_a_value_of_another_kind_is_refused(setting, words):
    assert words in refusal(setting)


NUMBERS = [
    (prefix + field.name, field.metadata["least"], field.metadata["most"])
    for kind, prefix in ((TrainConfig, ""), (Optimization, "optimization."), (Augmentation, "augmentation."))
    for field in dataclasses.fields(kind)
    if field.metadata and field.metadata["most"] is not None
]


@pytest.mark.parametrize(("key", "least", "most"), NUMBERS)
def test_that_limits_hold_and_are_named(key, least, most):
    whole = type(least) is int
    for limit in (least, most):
        changed("optimization.schedule=steps", f"{key}={limit}")
    below = least - 1 if whole else math.nextafter(least, -math.inf)
    above = most + 1 if whole else math.nextafter(most, math.inf)
    said_least, said_most = (str(limit).removesuffix(".0") for limit in (least, most))
    assert refusal(f"{key}={below}") == f"{key} must be at least {said_least}, not {below}"
    assert refusal(f"{key}={above}") == f"{key} must be at most {said_most}, not {above}"


def test_that_every_number_has_limits():
    limited = {key for key, _, _ in NUMBERS}
    config = TrainConfig()
    parts = {"": config, "optimization.": config.optimization, "augmentation.": config.augmentation}
    values = {
        prefix + field.name: getattr(part, field.name)
        for prefix, part in parts.items()
        for field in dataclasses.fields(part)
    }
    numbers = {key for key, value in values.items() if type(value) in (int, float)}
    assert numbers == limited


@pytest.mark.parametrize("key", ["learning_rate", "optimization.momentum", "augmentation.colour_noise", "epochs"])
@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "+nan", "1e999", "-1e999"])
def test_that_what_is_no_finite_number_is_refused(key, value):
    assert key in refusal(f"{key}={value}")


@pytest.mark.parametrize(
    "value", ["9" * 30, "-" + "9" * 30, "9" * 400, "9" * 6000, "0x" + "f" * 6000, "[" + "9" * 400 + "]", "[" * 5000]
)
@pytest.mark.parametrize("key", ["epochs", "learning_rate", "optimization.milestones", "threads"])
def test_that_giant_numbers_and_lists_are_refused(key, value):
    assert key in refusal(f"{key}={value}")


@pytest.mark.parametrize(
    "setting",
    [
        "epochs=3\nseed=4",
        "epochs=3\r\nseed=4",
        "epochs=3\rseed=4",
        "epochs=3]\n[optimization",
        "epochs=3 seed=4",
        "epochs=3, seed=4",
        "data=a\nb",
        'data="a"\nseed=4',
        "epochs=",
        "epochs=three",
        "epochs=__import__('os')",
        "augmentation.crop=True",
        "augmentation.crop=yes",
        "learning_rate=.5",
    ],
)
def test_that_a_setting_holds_one_value_and_no_more(setting):
    assert "is not a valid TOML value for" in refusal(setting)


@pytest.mark.parametrize("setting", ["", "=", "=3", "epochs", "epochs 3", "  =3"])
def test_that_what_is_no_setting_is_told_with_an_example(setting):
    text = refusal(setting)
    assert "is not a setting" in text
    assert "epochs=3" in text


def test_that_a_name_that_no_file_can_hold_is_refused():
    # how the name b"caf\xe9" of a folder from an old disk arrives
    assert refusal("data=/home/caf\udce9") == "data must be valid Unicode, not '/home/caf\\udce9'; rename it"
    with pytest.raises(UserError, match="valid Unicode"):
        TrainConfig(data="caf\udce9")


def test_that_a_refused_setting_leaves_the_configuration_as_it_was():
    config = TrainConfig()
    with pytest.raises(UserError):
        with_settings(config, ["epochs=3", "seed=-1"])
    assert config == TrainConfig()


def test_that_configurations_are_frozen_and_equal_by_value():
    config = TrainConfig()
    for part, name in ((config, "epochs"), (config.optimization, "momentum"), (config.augmentation, "crop")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, name, 1)
    assert TrainConfig(epochs=3) == TrainConfig(epochs=3) != TrainConfig(epochs=4)
    assert hash(TrainConfig(epochs=3)) == hash(TrainConfig(epochs=3))


def test_that_bad_values_are_refused_when_a_configuration_is_made():
    with pytest.raises(UserError, match="learning_rate must be at most"):
        TrainConfig(learning_rate=37)
    with pytest.raises(UserError, match=r"optimization\.momentum must be at least"):
        TrainConfig(optimization=Optimization(momentum=-1))
    assert TrainConfig(learning_rate=1).learning_rate == 1.0
    assert type(TrainConfig(learning_rate=1).learning_rate) is float


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epochs = ", "is not valid TOML"),
        ("epochs = 3\nepochs = 4", "is not valid TOML"),
        ("epochs = " + "9" * 6000, "is not valid TOML: a number has too many digits"),
        ("x = " + "[" * 5000, "is not valid TOML: it is nested too deeply"),
        ("epoch = 3", "there is no setting 'epoch'; the closest is 'epochs'"),
        ("[optimization]\nmomentun = 0.5", "the closest is 'optimization.momentum'"),
        ("[optimisation]\nmomentum = 0.5", "there is no setting 'optimisation'"),
        ("optimization = 3", "optimization is a group of settings, not 3; write [optimization]"),
        ("[[optimization]]\nmomentum = 0.5", "optimization is a group of settings"),
        ("[epochs]\nx = 3", "epochs must be a whole number"),
        ("epochs = 0", "epochs must be at least 1, not 0"),
        ("learning_rate = nan", "learning_rate must be at least"),
        ("[augmentation]\ncrop = 1", "augmentation.crop must be true or false"),
    ],
)
def test_that_what_is_wrong_in_a_file_is_told(tmp_path, text, words):
    file = tmp_path / "mine.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_config(str(file))
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_that_a_file_of_ones_own_is_loaded(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text('network = "shapes-towers"\ndata = "shapes"\n[augmentation]\nmirror = false\n', encoding="utf-8")
    expected = TrainConfig(network="shapes-towers", data="shapes", augmentation=Augmentation(mirror=False))
    assert load_config(str(file)) == expected


def test_that_a_file_that_cannot_be_read_is_named(tmp_path):
    (tmp_path / "binary.toml").write_bytes(bytes(range(256)))
    (tmp_path / "folder.toml").mkdir()
    for name in ("missing.toml", "binary.toml", "folder.toml"):
        with pytest.raises(UserError, match="cannot be read") as caught:
            load_config(str(tmp_path / name))
        assert str(tmp_path / name) in str(caught.value)


@pytest.mark.parametrize("name", ["cifar", "", "../presets/shapes", "shapes/", "Shapes", "{name}"])
def test_that_an_unknown_preset_is_told_with_the_known_ones(name):
    with pytest.raises(UserError) as caught:
        load_config(name)
    text = str(caught.value)
    assert f"there is no preset named {name!r}" in text
    assert all(known in text for known in preset_names())


def test_that_a_decimal_comma_on_the_command_line_is_named_with_the_number_that_was_meant():
    with pytest.raises(UserError, match="'0,01' for learning_rate has a decimal comma") as told:
        with_settings(load_config("shapes"), ["learning_rate=0,01"])
    assert told.value.filled(told.value.hint).endswith("as in files: 0.01")
