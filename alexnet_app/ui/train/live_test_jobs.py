"""The live test of a run, on threads: which images it is made with, and what the saved model answers now."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Answered, Event
from alexnet_app.core.training.config import TrainConfig

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COUNT = 12  # images of the run's own data
SIDE = 128  # pixels of the shorter side of a photo: two for each that is shown


@dataclass(frozen=True, slots=True, eq=False)
class LivePhotos:
    """``paths`` with what their labels are, empty where nobody knows, and their pictures, uint8 (height, width, 3)."""

    paths: tuple[str, ...]
    labels: tuple[str, ...]
    pictures: "tuple[NDArray[np.uint8], ...]"


@dataclass(frozen=True, slots=True)
class LiveAnswers:
    """What the model answered that was saved after ``epoch`` whole epochs: by path, the class and how sure, 0 to 1."""

    epoch: int
    answers: dict[str, tuple[str, float]]


def picking(config: TrainConfig) -> Iterator[Event | LivePhotos | None]:
    """A few images of the data of ``config`` outside the training split, from one class after the other."""
    from alexnet_app.core.data.feed.preview import by_turns
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.data.sources.values import Files
    from alexnet_app.core.inference.labelled import default_split

    source = yield from opening_source(config.data)
    split = source.splits[default_split(source)]
    if isinstance(split, Files):
        places = list(by_turns(split.labels, config.seed, 0, COUNT))[:COUNT]
        labels = [source.classes[int(split.labels[place])] for place in places]
        yield from showing([split.paths[place] for place in places], labels)


def showing(paths: list[str], labels: list[str]) -> Iterator[LivePhotos | None]:
    """Those of ``paths`` that can be read."""
    from alexnet_app.core.data.decode import read_picture

    found = []
    for path, label in zip(paths, labels, strict=True):
        try:
            found.append((path, label, read_picture(Path(path), shorter_side=SIDE)))
        except (UserError, OSError, ValueError, MemoryError):  # it only shows
            continue
        yield None
    if found:
        kept, named, pictures = zip(*found, strict=True)
        yield LivePhotos(kept, named, pictures)


def answering_now(model: Path, paths: tuple[str, ...], epoch: int) -> Iterator[Event | LiveAnswers]:
    """Shows ``paths`` to the ``model`` that was saved last, on one thread: the training has the others."""
    from alexnet_app.core.device import compute_on_one_thread
    from alexnet_app.core.inference.classifier import Classifier
    from alexnet_app.core.network.bundle import read_bundle

    compute_on_one_thread()
    answers = {}
    for event in Classifier(read_bundle(model)).classify(paths, top=1):
        if isinstance(event, Answered):
            answers[event.path] = (event.predictions[0].label, event.predictions[0].probability)
        yield event
    yield LiveAnswers(epoch, answers)
