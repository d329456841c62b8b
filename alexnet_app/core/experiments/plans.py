"""What the plans of all experiments have in common: where they start from, and how they are made small."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from alexnet_app.core.data.sources.cifar import batches_folder
from alexnet_app.core.data.sources.named import CIFAR10, SHAPES, whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import RunStarted
from alexnet_app.core.experiments.experiment import Outcome, Scale
from alexnet_app.core.experiments.protocol import CIFAR_ERRORS
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, preset_names

IMAGENET = "imagenet-2012"  # the paper's own setting for large pictures
DROPS = (0.8, 0.9)  # after so much of the epochs, where the stages of a file are drawn together: 80 + 10 + 10 of 100


def start(
    scale: Scale, preset: str, epochs: int, *, quick_epochs: int, quick_share: float, others: str = ""
) -> TrainConfig:
    """The configuration that all runs of an experiment share: ``preset`` on CIFAR-10 for ``epochs`` epochs, or what
    ``scale`` asks for instead. The sample data have a preset of their own; other data have ``others`` and its epochs,
    where the experiment has one.
    """
    data = whole(scale.data or CIFAR10)
    usual = SHAPES if data == SHAPES else others if others and not _is_cifar10(data) else preset
    config = load_config(scale.preset or usual)
    if usual == others:
        epochs = config.epochs
    return replace(
        scaled(config, scale.epochs or (quick_epochs if scale.quick else epochs)),
        data=data,
        device=scale.device,
        threads=scale.threads,
        share=quick_share if scale.quick else 1.0,
    )


def scaled(config: TrainConfig, epochs: int) -> TrainConfig:
    """``config`` for another number of ``epochs``, with its stages in proportion: where the learning rate drops at
    milestones, each drops after the same share of the epochs, in the same order, and each stage has at least one epoch;
    of more stages than there are epochs the last ones are left out. Colour noise that ends, ends after its share too.
    The stages of a cited CIFAR-10 file stay (``compressed`` draws them together).
    """
    if config.network in CIFAR_ERRORS:
        return replace(config, epochs=epochs)
    optimization, augmentation = config.optimization, config.augmentation
    if optimization.schedule == "steps":
        optimization = replace(optimization, milestones=_in_proportion(optimization.milestones, config.epochs, epochs))
    if augmentation.colour_noise_epochs:
        until = max(1, round(augmentation.colour_noise_epochs * epochs / config.epochs))
        augmentation = replace(augmentation, colour_noise_epochs=until)
    return replace(config, epochs=epochs, optimization=optimization, augmentation=augmentation)


def _in_proportion(milestones: Sequence[int], before: int, epochs: int) -> tuple[int, ...]:
    """The ``milestones`` of ``before`` epochs for other ``epochs``, rising; those that find no room are left out."""
    found: list[int] = []
    for place, each in enumerate(sorted(milestones)):
        latest = epochs - (len(milestones) - place)  # so that each later one finds an epoch, and the last stage too
        found.append(max(found[-1] + 1 if found else 1, min(round(each * epochs / before), latest)))
    return tuple(each for each in found if each < epochs)


def compressed(config: TrainConfig) -> TrainConfig:
    """``config`` with the stages of a cited CIFAR-10 file drawn together where its epochs are too few for them: the
    learning rate drops after 80 % and 90 % of them, and validation images are never trained on, so that they judge
    every epoch. Any other configuration stays as it is.
    """
    if config.network not in CIFAR_ERRORS or config.epochs > max(config.optimization.milestones, default=0):
        return config
    drops = sorted({max(1, round(share * config.epochs)) for share in DROPS})
    return replace(
        config,
        validation_joins_after=0,
        optimization=replace(config.optimization, milestones=tuple(drops)),
    )


def _is_cifar10(data: str) -> bool:
    """Whether the whole address ``data`` is CIFAR-10 itself, its archive or its extracted folder."""
    path = Path(data)
    return data == CIFAR10 or path.is_file() or batches_folder(path) is not None


def seeds_of(scale: Scale, usual: int, quick: int) -> range:
    """The seeds of the runs: 1, 2, 3 …"""
    return range(1, (scale.seeds or (quick if scale.quick else usual)) + 1)


def conditions(outcomes: Sequence[Outcome]) -> str:
    """On what, with what and for how long the runs were trained, and how many were left early, in one sentence."""
    first = outcomes[0]
    config = first.planned.config
    started = next((event for event in first.events if isinstance(event, RunStarted)), None)
    pictures = f"{started.train_pictures:,} training images of {started.data}" if started else config.data
    seeds = len({each.planned.seed for each in outcomes})
    left = sum(each.left_at > 0 for each in outcomes)
    early = f", {left} of them stopped early" if left else ""
    return (
        f"{config.network}, {pictures}, at most {config.epochs} epochs{_stages(config)}, "
        f"{seeds} {'seed' if seeds == 1 else 'seeds'}, {len(outcomes)} runs{early}"
    )


def _stages(config: TrainConfig) -> str:
    """Where the learning rate drops, if that is not where the preset has it; else empty."""
    usual = load_config(config.preset) if config.preset in preset_names() else None
    if config.optimization.schedule != "steps" or (usual and usual.optimization == config.optimization):
        return ""
    drops = config.optimization.milestones
    said = f"after {_and(drops)}" if drops else "at no epoch"
    where = f" (the preset: after {_and(usual.optimization.milestones)} of {usual.epochs})" if usual else ""
    return f", the learning rate drops {said}{where}"


def _and(numbers: Sequence[int]) -> str:
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last}" if first else last


def check_two_towers(config: TrainConfig) -> None:
    """Raises UserError where the network of ``config`` has no towers to compare."""
    if config.spec().towers == 1:
        raise UserError(
            "the network {name} has one column, but this experiment compares two towers",
            hint="choose another preset, for example cifar-towers",
            name=config.network,
        )
