"""What the page of a unit has done on threads: what is known of it, what it wants, a pass over images, its note."""

import threading
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Progress, Skipped
from alexnet_app.ui.inside.jobs import Looker, Unit
from alexnet_app.ui.job import Asked

if TYPE_CHECKING:  # torch comes with these: they are imported on the thread that needs them
    import numpy as np
    from numpy.typing import NDArray

    from alexnet_app.core.inference.labelled import Labelled
    from alexnet_app.core.inference.opened import Opened
    from alexnet_app.core.inference.unit_pages import Habits, UnitPage
    from alexnet_app.core.insight.ascent import Wanted
    from alexnet_app.core.insight.tally import LayerTally
    from alexnet_app.core.network.bundle import Bundle


@dataclass(frozen=True, slots=True)
class PageRequest:
    """A unit of a layer, from 0, of the model at the path ``model``."""

    model: str
    layer: str
    unit: int


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """A pass of the images at ``address`` over a layer of a model: of one ``split``, empty for the one that models are
    judged by.
    """

    model: str
    layer: str
    address: str
    split: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of a unit at once."""

    request: PageRequest
    page: "UnitPage"


@dataclass(frozen=True, slots=True, eq=False)
class Noted:
    """What was written about it, in the file of the model with the checksum ``digest``; or why that cannot be read."""

    request: PageRequest
    digest: str
    text: str
    problem: UserError | None = None


@dataclass(frozen=True, slots=True)
class Drawing:
    """How far the gradient ascent is, 0 to 1."""

    share: float


@dataclass(frozen=True, slots=True, eq=False)
class AscentDrawn:
    """What the unit wants, and how that is drawn: ``picture``, uint8 (side, side, 3)."""

    request: PageRequest
    wanted: "Wanted"
    picture: "NDArray[np.uint8]"


@dataclass(frozen=True, slots=True)
class Counted:
    """The pass is over: every unit of the layer can be told of; so many files were ``skipped``. It was over ``split``
    of all ``splits`` of the images.
    """

    request: ScanRequest
    skipped: int
    split: str
    splits: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class HabitsFound:
    """What the unit did on the images at ``address``; ``files`` are all that they are made of, ``is_map``
    whether it has places. ``strongest`` patches, what made it fire in them (``guided``) and ``weakest`` ones are uint8
    (count, side, side, 3) for each side that was asked for.
    """

    request: PageRequest
    address: str
    habits: "Habits"
    files: tuple[str, ...]
    is_map: bool
    strongest: "tuple[NDArray[np.uint8], ...]"
    guided: "tuple[NDArray[np.uint8], ...]"
    weakest: "tuple[NDArray[np.uint8], ...]"


@dataclass(frozen=True, slots=True)
class SavedPage:
    """The picture is at ``path``."""

    path: Path


Pages: TypeAlias = Known | Noted | Drawing | AscentDrawn


class UnitLooker:
    """The images that were chosen last, and the pass over them that was made last: the next unit of the layer needs
    neither again. May be called from any thread.
    """

    def __init__(self, looker: Looker) -> None:
        self._looker, self._lock = looker, threading.Lock()
        self._digest: tuple[Bundle, str] | None = None
        self._images: tuple[tuple[str, str, int], Labelled] | None = None
        self._splits: dict[str, tuple[str, ...]] = {}  # by address
        self._pass: tuple[ScanRequest, Bundle, Labelled, LayerTally] | None = None

    def model(self, path: str) -> "tuple[Bundle, Opened]":
        """The model at ``path``; UserError where it cannot be read."""
        return self._looker.model(path)

    def digest(self, bundle: "Bundle") -> str:
        """The checksum of its weights."""
        from alexnet_app.core.inference.neighbours import digest

        with self._lock:
            if self._digest is None or self._digest[0] is not bundle:
                self._digest = bundle, digest(bundle)
            return self._digest[1]

    def scan(self, request: ScanRequest) -> "Generator[Event, None, tuple[Labelled, LayerTally]]":
        """Looks at all images, or takes what is known of that. UserError where there are none, or no such layer."""
        from alexnet_app.core.inference.unit_patches import scanned

        bundle, _ = self.model(request.model)
        kept = self._pass
        if kept is not None and kept[:2] == (request, bundle):
            return kept[2:]
        images = yield from self._opened(request, bundle.spec.picture_size)
        found = yield from scanned(bundle, images, request.layer)
        self._pass = request, bundle, images, found
        return images, found

    def splits(self, address: str) -> tuple[str, ...]:
        """What the images at ``address``, which were looked at, are divided into."""
        return self._splits[address]

    def _opened(self, request: ScanRequest, side: int) -> "Generator[Event, None, Labelled]":
        from alexnet_app.core.data.sources.addresses import opening_source
        from alexnet_app.core.inference.labelled import labelled

        kept, wanted = self._images, (request.address, request.split, side)
        if kept is not None and kept[0] == wanted:
            return kept[1]
        source = yield from opening_source(request.address, measuring=True)
        images = yield from labelled(source, request.split, side, alone=True)
        self._images, self._splits[request.address] = (wanted, images), tuple(source.splits)
        return images


def look(looker: UnitLooker, request: PageRequest, side: int, asked: Asked) -> Iterator[Pages]:
    """Yields Known, Noted, Drawing as often as it gets further, and Drawn, at most ``side`` pixels large."""
    from alexnet_app.core.generators import Driven
    from alexnet_app.core.inference.unit_pages import check_units, plain_page
    from alexnet_app.core.insight.ascent import ascending

    bundle, opened = looker.model(request.model)
    check_units(bundle, request.layer, (request.unit,))
    yield Known(request, plain_page(opened, request.layer, request.unit))
    yield _noted(request, looker.digest(bundle))
    work = Driven(ascending(opened.network, opened.mean, request.layer, (request.unit,)))
    for event in work:
        if isinstance(event, Progress):
            yield Drawing(event.done / event.total)
    yield AscentDrawn(request, work.result[0], _fitted(work.result[0].picture, side))


def scan(looker: UnitLooker, request: ScanRequest, asked: Asked) -> Iterator[Progress | Counted]:
    """Yields Progress, and Counted."""
    from alexnet_app.core.generators import Driven

    skipped, work = 0, Driven(looker.scan(request))
    for event in work:
        skipped += isinstance(event, Skipped)
        if isinstance(event, Progress):
            yield event
    yield Counted(request, skipped, work.result[0].split, looker.splits(request.address))


def answer(
    looker: UnitLooker, request: PageRequest, images_of: ScanRequest, sides: tuple[int, ...], asked: Asked
) -> Iterator[HabitsFound]:
    """Yields Answered, with patches of so many pixels; the images of ``images_of`` have been looked at."""
    from alexnet_app.core.generators import result_of
    from alexnet_app.core.inference.unit_pages import habits_of
    from alexnet_app.core.inference.unit_sheet import cells

    images, found = result_of(looker.scan(images_of))
    _, opened = looker.model(request.model)
    habits = habits_of(opened, images, request.layer, found, request.unit)
    is_map = request.layer in {each.name for each in opened.spec.convolutions}
    strongest, guided, weakest = zip(
        *(
            (cells(habits.strongest, side), cells(habits.strongest, side, guided=True), cells(habits.weakest, side))
            for side in sides
        ),
        strict=True,
    )
    yield HabitsFound(request, images_of.address, habits, images.paths, is_map, strongest, guided, weakest)


def save(page: "UnitPage", inputs: tuple[str, ...], path: Path, replace: bool, asked: Asked) -> Iterator[SavedPage]:
    """Writes the page as a PNG; ``replace``: the person agreed to replace the one that is there."""
    from alexnet_app.core.files import replace_file
    from alexnet_app.core.inference.unit_sheet import draw_units
    from alexnet_app.core.outputs import PNG, Guard

    guard = Guard(inputs[:1], replace=replace)
    guard.file(path, PNG)
    guard.reads(inputs[1:])
    drawn = draw_units([page])
    guard.confirm()
    replace_file(path, lambda temporary: drawn.save(temporary, format="PNG"))
    yield SavedPage(path)


class NoteBook:
    """Notes on their way to the disk: what was typed last is what is written, whichever thread comes first."""

    def __init__(self) -> None:
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._typed: dict[tuple[str, Unit], str] = {}  # since the window was opened
        self._waiting: dict[tuple[str, Unit], str] = {}

    def put(self, digest: str, unit: Unit, text: str) -> None:
        """A note was typed, about a unit of the model with this checksum."""
        with self._lock:
            self._typed[digest, unit] = self._waiting[digest, unit] = text

    def text(self, digest: str, unit: Unit, kept: str) -> str:
        """The note: what was typed, else what was ``kept``."""
        with self._lock:
            return self._typed.get((digest, unit), kept)

    def is_waiting(self) -> bool:
        """Whether anything is still to be written."""
        return bool(self._waiting)

    def write(self) -> None:
        """Brings what waits to the disk. UserError where that fails: the note waits on then."""
        from alexnet_app.core.inference.unit_notes import keep_notes

        with self._writing:
            with self._lock:
                waiting = dict(self._waiting)
            for digest in dict.fromkeys(each for each, _ in waiting):
                keep_notes(digest, {unit: text for (each, unit), text in waiting.items() if each == digest})
            with self._lock:
                self._waiting = {key: text for key, text in self._waiting.items() if waiting.get(key) != text}


def write_notes(book: NoteBook, asked: Asked) -> Iterator[None]:
    """Yields once they are written."""
    book.write()
    yield None


def _fitted(picture: "NDArray[np.uint8]", side: int) -> "NDArray[np.uint8]":
    """A picture of few pixels as it is, each of which is drawn large; another one as large as there is room."""
    from alexnet_app.core.inference.unit_sheet import FEW, enlarged

    return picture if len(picture) <= FEW and picture.shape[0] == picture.shape[1] else enlarged(picture, side)


def _noted(request: PageRequest, digest: str) -> Noted:
    from alexnet_app.core.inference.unit_notes import notes_of

    try:
        return Noted(request, digest, notes_of(digest).get((request.layer, request.unit), ""))
    except UserError as problem:
        return Noted(request, digest, "", problem)
