"""Whether a run was trained as the paper's were: only then a figure of the paper stands beside its own."""

from dataclasses import replace

from alexnet_app.core.data.sources.imagenet import is_ilsvrc
from alexnet_app.core.events import RunStarted
from alexnet_app.core.network.header import classes_in
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config

# top-1 test errors in percent that are published with the two files that section 3.3 cites. Both are of ten views:
# cuda-convnet's page Methodology ends the 13 % file's training with --multiview-test=1 and an error of 12.6 %, the 11 %
# file's own comment with the same option
CIFAR_ERRORS = {"cifar-11pct": 11.0, "cifar-13pct": 13.0}
CIFAR_VIEWS = 10
IMAGENET_NETWORKS = ("alexnet-2012", "alexnet-2012-text", "alexnet-2012-source")


# the presets that train as the published figures of these networks were trained
PRESETS = {
    "cifar-11pct": "cifar10",
    "cifar-13pct": "cifar10-13pct",
    "alexnet-2012": "imagenet-2012",
    "alexnet-2012-text": "imagenet-2012",
    "alexnet-2012-source": "imagenet-2012-source",
}
SETTINGS = ("batch_size", "learning_rate", "optimization", "validation_joins_after", "init", "stop_at_training_error")


def departures(config: TrainConfig) -> tuple[str, ...]:
    """In what a network with published errors was trained for these otherwise than ``config`` says: "after 520 epochs"
    where it has fewer, "with other settings" for rates, batches, decay or stages that are not the preset's; empty where
    the protocol is the published one, more epochs of it included. Ablations and augmentation are not looked at: they
    are what is compared. KeyError for another network.
    """
    published = load_config(PRESETS[config.network])
    fewer = f"after {published.epochs} epochs" if config.epochs < published.epochs else ""
    if all(getattr(config, name) == getattr(published, name) for name in SETTINGS):
        return (fewer,) if fewer else ()
    # stages that were drawn together for fewer epochs are said with these
    stages = replace(config.optimization, milestones=published.optimization.milestones)
    joins = published.validation_joins_after
    alike = replace(config, optimization=stages, validation_joins_after=joins) if fewer else config
    other = not all(getattr(alike, name) == getattr(published, name) for name in SETTINGS)
    return tuple(filter(None, (fewer, "with other settings" if other else "")))


def is_on_cifar10(config: TrainConfig, started: RunStarted | None) -> bool:
    """Whether a run shows a network of section 3.3 all pictures of CIFAR-10."""
    data = started.data == "CIFAR-10" if started is not None else config.data == "cifar10"
    return data and config.share == 1 and config.network in CIFAR_ERRORS


def is_on_ilsvrc(config: TrainConfig, run: Run) -> bool:
    """Whether a run shows a network of section 3.5 all pictures of ILSVRC: its model has those classes."""
    return config.share == 1 and config.network in IMAGENET_NETWORKS and knows_ilsvrc(run)


def knows_ilsvrc(run: Run) -> bool:
    """Whether a model of ``run`` tells the classes of ILSVRC2012 apart."""
    return any(is_ilsvrc(classes_in(file)) for file in (run.best_file, run.last_file) if file.is_file())
