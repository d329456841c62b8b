"""What the page of the data lets run on worker threads: reading a data set, and showing some of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alexnet_app.core.events import Event
from alexnet_app.core.training.config import TrainConfig

if TYPE_CHECKING:
    from alexnet_app.core.data.feed.preview import Sample
    from alexnet_app.core.data.sources.understood import Understood
    from alexnet_app.core.data.sources.values import Source


@dataclass(frozen=True, slots=True, eq=False)
class ReadData:
    """What was understood of ``data``; ``whole`` once every image was decoded that will be."""

    data: str
    source: "Source"
    found: "Understood"
    whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """A handful of training images as the network of ``config`` will see them."""

    number: int
    samples: "tuple[Sample, ...]"


@dataclass(frozen=True, slots=True)
class Timed:
    """What a training of ``config`` takes at most, in seconds."""

    config: TrainConfig
    seconds: float


def timing(source: "Source", config: TrainConfig) -> Iterator[Timed]:
    """Measures it: a third of a second."""
    from alexnet_app.core.training.my_photos import estimated

    yield Timed(config, estimated(config, source).seconds)


def reading(data: str) -> Iterator[Event | ReadData]:
    """Counts first, then again once the files were looked at. UserError where it is no data set that can be trained
    on.
    """
    from alexnet_app.core.data.sources.addresses import opening_files
    from alexnet_app.core.data.sources.understood import inspecting, understood

    source = yield from opening_files(data)
    yield ReadData(data, source, understood(source), whole=False)
    checked = yield from inspecting(source)
    yield ReadData(data, checked, understood(checked), whole=True)


def sampling(source: "Source", config: TrainConfig, number: int) -> Iterator[Sampled | None]:
    """The ``number``-th handful of images of ``source`` for a training of ``config``."""
    from alexnet_app.core.data.feed.preview import sampled

    samples = yield from sampled(source, config.spec(), config.augmentation, config.seed, number)
    yield Sampled(number, samples)
