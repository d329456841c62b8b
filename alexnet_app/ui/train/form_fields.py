"""From the configuration of a run to the fields of a form, and back: the one place where both are known."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.variants import KNOWN
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import keys
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.form.fields import FieldKind, FormField, Need, write

translate = QCoreApplication.translate
HIDDEN = ("preset", "about")
FIRST = ("data", "device", "epochs", "batch_size", "learning_rate")  # always in sight, in this order
NETWORK = QT_TRANSLATE_NOOP("form", "Network")
COMPUTING = QT_TRANSLATE_NOOP("form", "Computing")
# The settings in the order in which they are shown, and what people call them. Others follow under their own names.
LABELS: dict[str, Any] = {
    "data": QT_TRANSLATE_NOOP("form", "Data"),
    "device": QT_TRANSLATE_NOOP("form", "Device"),
    "epochs": QT_TRANSLATE_NOOP("form", "Epochs"),
    "batch_size": QT_TRANSLATE_NOOP("form", "Batch size"),
    "learning_rate": QT_TRANSLATE_NOOP("form", "Learning rate"),
    "network": QT_TRANSLATE_NOOP("form", "Variant"),
    "init": QT_TRANSLATE_NOOP("form", "Initialize from"),
    "seed": QT_TRANSLATE_NOOP("form", "Random seed"),
    "ablation.normalization": QT_TRANSLATE_NOOP("form", "Response normalization"),
    "ablation.gain": QT_TRANSLATE_NOOP("form", "Constant gain instead"),
    "ablation.overlap": QT_TRANSLATE_NOOP("form", "Overlapping pooling"),
    "ablation.towers": QT_TRANSLATE_NOOP("form", "Towers"),
    "ablation.activation": QT_TRANSLATE_NOOP("form", "Nonlinearity"),
    "ablation.dropout": QT_TRANSLATE_NOOP("form", "Dropout"),
    "optimization.momentum": QT_TRANSLATE_NOOP("form", "Momentum"),
    "optimization.weight_decay": QT_TRANSLATE_NOOP("form", "Weight decay"),
    "optimization.decay_biases": QT_TRANSLATE_NOOP("form", "Weight decay on biases too"),
    "optimization.bias_rate": QT_TRANSLATE_NOOP("form", "Bias learning rate"),
    "optimization.schedule": QT_TRANSLATE_NOOP("form", "Schedule"),
    "optimization.factor": QT_TRANSLATE_NOOP("form", "Drop factor"),
    "optimization.patience": QT_TRANSLATE_NOOP("form", "Patience"),
    "optimization.drops": QT_TRANSLATE_NOOP("form", "Max. drops"),
    "optimization.milestones": QT_TRANSLATE_NOOP("form", "Milestones"),
    "balance": QT_TRANSLATE_NOOP("form", "Draw images"),
    "stop_after": QT_TRANSLATE_NOOP("form", "Stop early after"),
    "finetune.take": QT_TRANSLATE_NOOP("form", "Take over"),
    "finetune.cache": QT_TRANSLATE_NOOP("form", "Cache the convolutions"),
    "finetune.freeze": QT_TRANSLATE_NOOP("form", "Frozen layers"),
    "finetune.rate_factors": QT_TRANSLATE_NOOP("form", "Layer factors"),
    "augmentation.crop": QT_TRANSLATE_NOOP("form", "Random crop"),
    "augmentation.mirror": QT_TRANSLATE_NOOP("form", "Mirror half of the images"),
    "augmentation.colour_noise": QT_TRANSLATE_NOOP("form", "Colour noise"),
    "augmentation.colour_noise_epochs": QT_TRANSLATE_NOOP("form", "Noise epochs"),
    "augmentation.noise_divides": QT_TRANSLATE_NOOP("form", "Divide by 1 + noise"),
    "augmentation.shared_by": QT_TRANSLATE_NOOP("form", "Shared crop"),
    "storage": QT_TRANSLATE_NOOP("form", "Storage"),
    "placement": QT_TRANSLATE_NOOP("form", "Placement"),
    "devices": QT_TRANSLATE_NOOP("form", "Two devices"),
    "precision": QT_TRANSLATE_NOOP("form", "Precision"),
    "threads": QT_TRANSLATE_NOOP("form", "CPU threads"),
    "micro_batch": QT_TRANSLATE_NOOP("form", "Micro batch"),
    "halve_micro_batch": QT_TRANSLATE_NOOP("form", "Halve it if memory is full"),
    "checkpoint_seconds": QT_TRANSLATE_NOOP("form", "Save interval"),
    "share": QT_TRANSLATE_NOOP("form", "Fraction of images"),
    "validation_joins_after": QT_TRANSLATE_NOOP("form", "Train on all after"),
    "tensorboard": QT_TRANSLATE_NOOP("form", "TensorBoard files"),
    "stop_at_training_error": QT_TRANSLATE_NOOP("form", "Stop at error"),
}
GROUPS: dict[str, Any] = {
    "network": NETWORK,
    "init": NETWORK,
    "seed": NETWORK,
    "finetune": QT_TRANSLATE_NOOP("form", "Fine-tuning"),
    "balance": QT_TRANSLATE_NOOP("form", "Optimization"),
    "stop_after": QT_TRANSLATE_NOOP("form", "Optimization"),
    "ablation": QT_TRANSLATE_NOOP("form", "Ablation"),
    "optimization": QT_TRANSLATE_NOOP("form", "Optimization"),
    "augmentation": QT_TRANSLATE_NOOP("form", "Augmentation"),
}
UNITS: dict[str, Any] = {
    "optimization.bias_rate": QT_TRANSLATE_NOOP("form", "relative"),
    "threads": QT_TRANSLATE_NOOP("form", "0 for all"),
    "micro_batch": QT_TRANSLATE_NOOP("form", "0 for all"),
}
CHOICES: dict[str, dict[str, Any]] = {
    "data": {
        "shapes": QT_TRANSLATE_NOOP("form", "Sample data"),
        "cifar10": QT_TRANSLATE_NOOP("form", "CIFAR-10"),
    },
    "init": {"": QT_TRANSLATE_NOOP("form", "Random weights")},
    "device": {"auto": QT_TRANSLATE_NOOP("form", "Automatic"), "cpu": QT_TRANSLATE_NOOP("form", "CPU")},
    "placement": {
        "one": QT_TRANSLATE_NOOP("form", "Both towers on one device"),
        "towers": QT_TRANSLATE_NOOP("form", "One tower on each GPU"),
    },
    "storage": {
        "auto": QT_TRANSLATE_NOOP("form", "Automatic"),
        "raw": QT_TRANSLATE_NOOP("form", "Raw pixels"),
        "jpeg": QT_TRANSLATE_NOOP("form", "JPEG"),
    },
    "balance": {
        "none": QT_TRANSLATE_NOOP("form", "Each as often"),
        "classes": QT_TRANSLATE_NOOP("form", "Each class as often"),
    },
    "finetune.take": {
        "all": QT_TRANSLATE_NOOP("form", "All layers"),
        "conv": QT_TRANSLATE_NOOP("form", "Convolutions only"),
    },
    "precision": {"auto": QT_TRANSLATE_NOOP("form", "Automatic")},
    "ablation.towers": {
        "variant": QT_TRANSLATE_NOOP("form", "As in the variant"),
        "one": QT_TRANSLATE_NOOP("form", "One, half the kernels"),
        "apart": QT_TRANSLATE_NOOP("form", "Two, never connected"),
        "joined": QT_TRANSLATE_NOOP("form", "Two, always connected"),
    },
    "ablation.activation": {
        "variant": QT_TRANSLATE_NOOP("form", "As in the variant"),
        "relu": QT_TRANSLATE_NOOP("form", "ReLU"),
        "tanh": QT_TRANSLATE_NOOP("form", "tanh"),
    },
    "optimization.schedule": {
        "plateau": QT_TRANSLATE_NOOP("form", "Drop on a plateau"),
        "steps": QT_TRANSLATE_NOOP("form", "Drop at milestones"),
        "constant": QT_TRANSLATE_NOOP("form", "Constant"),
    },
}
PLATEAU = QT_TRANSLATE_NOOP("form", "Used only with the plateau schedule.")
MILESTONES = QT_TRANSLATE_NOOP("form", "Used only with the milestones schedule.")
NEVER = QT_TRANSLATE_NOOP("form", "Not used with a constant learning rate.")
JOINS = QT_TRANSLATE_NOOP("form", "Not used with the plateau schedule, which needs the validation error.")
APART = QT_TRANSLATE_NOOP("form", "Used only if each tower has its own device.")
NO_TOWERS = QT_TRANSLATE_NOOP("form", "Used only with two-tower networks.")
NO_NORM = QT_TRANSLATE_NOOP("form", "Used only with networks that have response normalization.")
NO_DROPOUT = QT_TRANSLATE_NOOP("form", "Used only with networks that have dropout.")
TWO_TOWERS = tuple(name for name, spec in KNOWN.items() if spec.towers == 2)
NORMALIZING = tuple(name for name, spec in KNOWN.items() if any("norm" in each.then for each in spec.convolutions))
DROPPING = tuple(name for name, spec in KNOWN.items() if any(each.dropout for each in spec.dense))
SCHEDULE = "optimization.schedule"
# a setting, the one that it depends on, the values of that with which it means something, and why not otherwise
NEEDS: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "devices": ("placement", ("towers",), APART),
    "ablation.towers": ("network", TWO_TOWERS, NO_TOWERS),
    "ablation.normalization": ("network", NORMALIZING, NO_NORM),
    "ablation.gain": ("network", NORMALIZING, NO_NORM),
    "ablation.dropout": ("network", DROPPING, NO_DROPOUT),
    "validation_joins_after": (SCHEDULE, ("steps", "constant"), JOINS),
    "optimization.factor": (SCHEDULE, ("plateau", "steps"), NEVER),
    "optimization.patience": (SCHEDULE, ("plateau",), PLATEAU),
    "optimization.drops": (SCHEDULE, ("plateau",), PLATEAU),
    "optimization.milestones": (SCHEDULE, ("steps",), MILESTONES),
}
DOUBLES = ("batch_size",)
EXAMPLES = {
    "finetune.freeze": "conv",
    "finetune.rate_factors": "fc8=10",
    "optimization.weight_decay": "5e-4",
    "optimization.milestones": "30, 45",
    "devices": "cuda:0, cuda:1",
}


def fields() -> tuple[FormField, ...]:
    """Every setting that the form shows, in the order in which it shows them."""
    found = dict(_settings(TrainConfig(), ""))
    order = [key for key in LABELS if key in found] + [key for key in found if key not in LABELS]
    return tuple(_field(key, found[key]) for key in order)


def values_of(config: TrainConfig) -> dict[str, object]:
    """The values of ``config`` by dotted key, without its preset and what is said about it."""
    found: dict[str, object] = {}
    for key in keys():
        value: Any = config
        for name in key.split("."):
            value = getattr(value, name)
        found[key] = value
    return {key: value for key, value in found.items() if key not in HIDDEN}


def config_from(values: Mapping[str, object], preset: str, about: str) -> TrainConfig:
    """The configuration of ``values`` by dotted key. Raises UserError for values that make no sense."""
    config = TrainConfig()
    parts: dict[str, Any] = {"preset": preset, "about": about}
    inner: dict[str, dict[str, Any]] = {}
    for key, value in values.items():
        group, dot, name = key.partition(".")
        if dot:
            inner.setdefault(group, {})[name] = value
        else:
            parts[key] = value
    parts |= {group: dataclasses.replace(getattr(config, group), **changes) for group, changes in inner.items()}
    return dataclasses.replace(config, **parts)


def key_of(error: UserError) -> str | None:
    """The field that the error is about; None where it is about none of them."""
    key = error.values.get("key")
    return key if isinstance(key, str) and key in keys() and key not in HIDDEN else None


def problems(values: Mapping[str, object]) -> dict[str, str]:
    """What is wrong with ``values``: a sentence for each key that is, not only for the first."""
    found = {}
    for key, value in values.items():
        try:
            config_from({key: value}, "custom", "")
        except UserError as error:
            found[key] = sentence_for(error)
    return found


def sentence_for(error: UserError) -> str:
    """The sentence of an error, with the setting called as the form calls it."""
    key = key_of(error)
    return sentence_of(error.replaced(key=_label(key)) if key else error)


def _settings(part: Any, prefix: str) -> Iterator[tuple[str, "dataclasses.Field[Any]"]]:
    for field in dataclasses.fields(part):
        if dataclasses.is_dataclass(field.default):
            yield from _settings(field.default, f"{field.name}.")
        elif prefix + field.name not in HIDDEN:
            yield prefix + field.name, field


def _field(key: str, field: "dataclasses.Field[Any]") -> FormField:
    about = field.metadata
    label, unit = _label(key), translate("form", UNITS[key]) if key in UNITS else translate("core", about["unit"])
    return FormField(
        key,
        label,
        _kind(key, field),
        translate("core", about["meaning"]),
        unit if unit.casefold() != label.casefold() else "",
        about["least"],
        about["most"],
        _choices(key, about["of"]),
        _group(key),
        _need(key),
        key in DOUBLES,
        EXAMPLES.get(key, write(field.default)),
    )


def _kind(key: str, field: "dataclasses.Field[Any]") -> FieldKind:
    named = {
        "data": FieldKind.DATA,
        "init": FieldKind.MODEL,
        "device": FieldKind.DEVICE,
        "finetune.rate_factors": FieldKind.FACTORS,
    }
    if key in named or field.metadata["of"] is not None:
        return named.get(key, FieldKind.CHOICE)
    if isinstance(field.default, tuple):
        return FieldKind.NAMES if get_args(field.type)[0] is str else FieldKind.WHOLES
    kinds = {bool: FieldKind.SWITCH, int: FieldKind.WHOLE, float: FieldKind.NUMBER, str: FieldKind.TEXT}
    return kinds[type(field.default)]


def _label(key: str) -> str:
    if key in LABELS:
        return translate("form", LABELS[key])
    return _spoken(key.rpartition(".")[2])


def _group(key: str) -> str:
    if key in FIRST:
        return ""
    part, dot, _ = key.partition(".")
    return translate("form", GROUPS.get(part, _spoken(part) if dot else COMPUTING))


def _spoken(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _choices(key: str, of: tuple[str, ...] | None) -> tuple[tuple[str, str], ...]:
    labels = CHOICES.get(key, {})
    return tuple((value, translate("form", labels.get(value, value))) for value in of or labels)


def _need(key: str) -> Need | None:
    if key not in NEEDS:
        return None
    other, allowed, why = NEEDS[key]
    return Need(other, allowed, translate("form", why))
