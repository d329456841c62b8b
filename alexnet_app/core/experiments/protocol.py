"""Whether a run was trained as the paper's were: only then a figure of the paper stands beside its own."""

from alexnet_app.core.data.sources.imagenet import is_ilsvrc
from alexnet_app.core.events import RunStarted
from alexnet_app.core.network.header import classes_in
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig

# top-1 test errors in percent that are published with the two files that section 3.3 cites. Both are of ten views:
# cuda-convnet's page Methodology ends the 13 % file's training with --multiview-test=1 and an error of 12.6 %, the 11 %
# file's own comment with the same option
CIFAR_ERRORS = {"cifar-11pct": 11.0, "cifar-13pct": 13.0}
CIFAR_VIEWS = 10
IMAGENET_NETWORKS = ("alexnet-2012", "alexnet-2012-text", "alexnet-2012-source")


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
