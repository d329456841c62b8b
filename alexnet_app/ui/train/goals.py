"""What people train for, and the settings that each begins with."""

from dataclasses import replace
from enum import StrEnum

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.data.sources.named import CIFAR10, NAMES, NOT_CHOSEN, SHAPES
from alexnet_app.core.network.header import network_in
from alexnet_app.core.runs.listing import BUNDLED, bundled_models
from alexnet_app.core.training.config import OWN_PHOTOS, TrainConfig
from alexnet_app.core.training.config_text import load_config

translate = QCoreApplication.translate


class Goal(StrEnum):
    """The first question of the form."""

    SAMPLES = "samples"
    PHOTOS = "photos"
    CIFAR10 = "cifar10"
    IMAGENET = "imagenet"


PRESETS = {
    Goal.SAMPLES: "shapes",
    Goal.PHOTOS: OWN_PHOTOS,
    Goal.CIFAR10: "cifar-towers",
    Goal.IMAGENET: "imagenet-2012",
}
SAMPLES_OF = {Goal.SAMPLES: SHAPES, Goal.CIFAR10: CIFAR10}  # the data sets that go by a name
OF_PRESET = {
    "shapes": Goal.SAMPLES,
    OWN_PHOTOS: Goal.PHOTOS,
    "finetune": Goal.PHOTOS,
    "photo-towers": Goal.PHOTOS,
    "imagenet-2012": Goal.IMAGENET,
    "imagenet-2012-source": Goal.IMAGENET,
}


def loaded(preset: str) -> TrainConfig:
    """The preset of that name. That of one's own photos depends on them: until they were counted it begins with the
    bundled model of photos.
    """
    if preset != OWN_PHOTOS:
        return load_config(preset)
    base, about = bundled_models()[0], translate("goals", "The settings are chosen once the photos have been counted.")
    init = f"{BUNDLED}{base.stem}"
    return replace(load_config("finetune"), preset=OWN_PHOTOS, about=about, network=network_in(base), init=init)


def goals() -> list[tuple[str, str, str]]:
    """Key, words and meaning of each, in the order in which they are shown."""
    return [
        (
            Goal.SAMPLES,
            translate("goals", "Sample data"),
            translate("goals", "Generated images of striped figures: learned in about a minute"),
        ),
        (
            Goal.PHOTOS,
            translate("goals", "My photos"),
            translate("goals", "A folder with one sub-folder per class: fine-tunes a trained network in minutes"),
        ),
        (
            Goal.CIFAR10,
            translate("goals", "CIFAR-10"),
            translate("goals", "60,000 small images in ten classes, the usual benchmark"),
        ),
        (
            Goal.IMAGENET,
            translate("goals", "ImageNet"),
            translate("goals", "The network of 2012 on its 1.2 million images: days on a GPU"),
        ),
    ]


def goal_of(preset: str, data: str) -> Goal | None:
    """What a run of ``preset`` on ``data`` is for; None where that cannot be told."""
    if data in NAMES:
        return Goal.SAMPLES if data == SHAPES else Goal.CIFAR10
    known = OF_PRESET.get(preset)
    if known in (Goal.PHOTOS, Goal.IMAGENET):
        return known
    return None if data in NOT_CHOSEN else Goal.PHOTOS
