"""The work of the Classify panel on threads: finding files, classifying, writing. torch is first imported there."""

import os
import re
import time
import traceback
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Answered, Event, Skipped
from alexnet_app.core.generators import Driven
from alexnet_app.core.steering import Leave, Stop
from alexnet_app.ui.job import Asked, Failure
from alexnet_app.ui.models.opened import Models

if TYPE_CHECKING:  # torch comes with these: they are imported on the thread that needs them
    from alexnet_app.core.inference.class_matching import KnownClasses
    from alexnet_app.core.network.bundle import Bundle

FOUND_AT_ONCE = 1000  # files in one report
REPORT_EVERY = 0.05  # seconds
LONG = 96  # letters that a banner shows on one line
ADDRESS = re.compile(r"data:|blob:|[A-Za-z0-9]+://")


@dataclass(frozen=True, slots=True)
class FoundFiles:
    """Files to answer, in the order in which they are listed; ``first`` with the first of what was given."""

    number: int
    paths: tuple[str, ...]
    first: bool = False


@dataclass(frozen=True, slots=True)
class FoundAll:
    """All files have been found."""


@dataclass(frozen=True, slots=True)
class ModelAbout:
    """What a model says of itself; ``epoch`` is 0, ``error`` (0 to 1) None and ``data`` empty where it does not.

    ``checked`` is False where an earlier version wrote it, without a checksum.
    """

    path: str
    network: str
    classes: tuple[str, ...]
    data: str
    epoch: int
    error: float | None
    checked: bool = True


@dataclass(frozen=True, slots=True)
class Unusable:
    """The model at ``path`` gives no answers, and why."""

    path: str
    failure: Failure


@dataclass(frozen=True, slots=True)
class Answers:
    """Answered and Skipped, of the request ``number``; ``per_second`` is the speed so far, in pictures. ``truths`` are
    the classes of the model that the folders of some files name, by path.
    """

    number: int
    events: tuple[Event, ...]
    per_second: float = 0.0
    is_last: bool = False
    truths: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassifyRequest:
    """Which pictures to answer, with which model, and how; ``sparing`` leaves the processors to a training."""

    number: int
    model: str
    paths: tuple[str, ...]
    ten_view: bool = False
    sparing: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is there now, with so many ``rows``."""

    path: str
    rows: int = 0


def describe(models: Models, path: str, asked: Asked) -> Iterator[ModelAbout | Unusable]:
    """Reads a model and yields what it says of itself, or why it cannot."""
    try:
        yield _about(path, models.bundle(path))
    except Exception as error:  # a file from anywhere can fail in any way; the model before stays in use
        yield _unusable(path, error)


def find(given: Sequence[str], number: int, asked: Asked) -> Iterator[object]:
    """Yields FoundFiles for what is given and all that lies in it, Answers with Skipped where there is none, FoundAll;
    Progress meanwhile.
    """
    files: list[str] = []
    refused: list[Skipped] = []
    is_first, reported = True, time.monotonic()
    for place, path in enumerate(given, start=1):
        driven = Driven(_files_in(path))
        for event in driven:
            if is_to_end(asked):
                return
            yield event
        found, reason = driven.result
        files += found
        refused += [Skipped(shortened(path) if path.startswith(("data:", "blob:")) else path, reason)] if reason else []
        if len(files) < FOUND_AT_ONCE and place < len(given) and time.monotonic() - reported < REPORT_EVERY:
            continue
        if refused:
            yield Answers(number, tuple(refused))
        for first in range(0, len(files), FOUND_AT_ONCE):
            if is_to_end(asked):
                return
            yield FoundFiles(number, tuple(files[first : first + FOUND_AT_ONCE]), is_first)
            is_first = False
        files, refused, reported = [], [], time.monotonic()
    yield FoundAll()


def answer(models: Models, request: ClassifyRequest, asked: Asked) -> Iterator[object]:
    """Yields About, then Answers until all is answered; Stop ends it after the batch under way. Or only Unusable."""
    if request.sparing:
        from alexnet_app.core.device import compute_on_one_thread

        compute_on_one_thread()
    try:
        classifier = models.classifier(request.model, ten_view=request.ten_view)
        about = _about(request.model, models.bundle(request.model))
    except Exception as error:  # as in ``describe``
        yield _unusable(request.model, error)
        return
    from alexnet_app.core.inference.class_matching import KnownClasses

    yield about
    known = KnownClasses(about.classes)
    pending: list[Event] = []
    begun = reported = time.monotonic()
    done = 0
    with closing(classifier.batches(request.paths)) as batches:
        for events in batches:
            pending += events
            done += len(events)
            now = time.monotonic()
            stopped, is_last = is_to_end(asked), done == len(request.paths)
            if stopped or is_last or now - reported >= REPORT_EVERY:
                speed = done / max(now - begun, 1e-6)
                yield Answers(request.number, tuple(pending), speed, is_last, _truths(known, pending))
                pending, reported = [], now
            if stopped:
                return


def _truths(known: "KnownClasses", events: Sequence[Event]) -> dict[str, str]:
    found = ((event.path, known.of_folder(event.path)) for event in events if isinstance(event, Answered))
    return {path: truth for path, truth in found if truth}


def keep(picture: QImage, path: Path, asked: Asked) -> Iterator[Written]:
    """Writes a picture that was pasted to ``path``, as PNG."""
    if not picture.save(str(path), "PNG"):  # type: ignore[call-overload]
        raise UserError("the pasted picture cannot be saved in {folder}", "free some space there", folder=path.parent)
    yield Written(str(path))


def shortened(text: str) -> str:
    """A path or an address as long as a line, cut in the middle: both its ends tell something."""
    half = LONG // 2
    return text if len(text) <= LONG else f"{text[: half - 1]}…{text[-half:]}"


def _unusable(path: str, error: Exception) -> Unusable:
    return Unusable(path, Failure(error.with_traceback(None), traceback.format_exc()))


def _about(path: str, bundle: "Bundle") -> ModelAbout:
    said = bundle.summary
    error, epoch, data = said.get("validation_error"), said.get("epoch"), said.get("data")
    return ModelAbout(
        path,
        bundle.spec.name,
        bundle.classes,
        data if isinstance(data, str) else "",
        epoch if isinstance(epoch, int) else 0,
        error if isinstance(error, float) and 0 <= error <= 1 else None,
        bundle.checked,
    )


def _files_in(path: str) -> Generator[Event, None, tuple[list[str], str]]:
    """``path`` or the files below it; where there are none, the reason. Yields Progress."""
    from alexnet_app.core.data.sources.tree import finding_files

    if path.startswith("data:"):
        return [], "this is a picture embedded in a link, not a file on this computer: save the picture first"
    if ADDRESS.match(path):
        return [], "this is a web address, not a file on this computer: save the picture first"
    files = yield from finding_files(os.path.abspath(path))  # noqa: PTH100  (keeps links as they are)
    return files, "" if files else "this folder contains no files"


def is_to_end(asked: Asked) -> bool:
    """Whether the job was asked to end."""
    stopped = False
    while not asked.empty():
        stopped = isinstance(asked.get(), Stop | Leave) or stopped
    return stopped
