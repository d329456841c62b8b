"""What the panel Inside has done on threads: a photo on its way through a network. No torch until then."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.ui.job import Asked
from alexnet_app.ui.models.opened import Models, file_state

if TYPE_CHECKING:  # torch comes with these: they are imported on the thread that needs them
    import numpy as np
    from numpy.typing import NDArray

    from alexnet_app.core.inference.inside import Inside, Look
    from alexnet_app.core.inference.lecture.values import Lecture
    from alexnet_app.core.inference.opened import Opened
    from alexnet_app.core.insight.activations import Shown
    from alexnet_app.core.insight.arithmetic import Arithmetic
    from alexnet_app.core.insight.flow import Meeting
    from alexnet_app.core.insight.stepwise import Silence
    from alexnet_app.core.network.bundle import Bundle

Answers: TypeAlias = tuple[tuple[str, float], ...]  # label and probability (0 to 1), the likeliest first
Unit: TypeAlias = tuple[str, int]  # a layer, and a unit of it from 0


@dataclass(frozen=True, slots=True)
class Off:
    """What is switched off: a ``tower`` (0 for A, 1 for B), single ``units``, ``normalization``; at first nothing."""

    tower: int | None = None
    units: tuple[Unit, ...] = ()
    normalization: bool = True

    def is_nothing(self) -> bool:
        """Whether everything is on."""
        return self == Off()


@dataclass(frozen=True, slots=True)
class LookRequest:
    """A photo, the model that it goes through, and what of that is off."""

    model: str
    path: str
    off: Off


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Everything that is ``shown`` of a photo from the first layer to the scores. ``crop`` is what the network sees of
    it, uint8 (S, S, 3). ``before`` are the answers with everything on.
    """

    request: LookRequest
    spec: NetworkSpec
    crop: "NDArray[np.uint8]"
    shown: "tuple[Shown, ...]"
    answers: Answers
    before: Answers


@dataclass(frozen=True, slots=True, eq=False)
class Met:
    """What flows between the towers in what was ``Seen`` with the same request."""

    request: LookRequest
    meetings: "tuple[Meeting, ...]"


@dataclass(frozen=True, slots=True)
class NumberRequest:
    """One number: that at (``row``, ``column``) of map ``unit`` of ``layer``, from 0."""

    look: LookRequest
    layer: str
    unit: int
    row: int
    column: int


@dataclass(frozen=True, slots=True, eq=False)
class Number:
    """How the number that was asked for comes about."""

    request: NumberRequest
    walk: "Arithmetic"


class Looker:
    """The photo that was looked at last, in the model that it went through: what is asked of it next needs neither read
    again. May be called from any thread; one at a time is served.
    """

    def __init__(self) -> None:
        self._models, self._lock = Models(), threading.Lock()
        self._bundle: Bundle | None = None
        self._inside: Inside | None = None
        self._file: object = None
        self._picture: NDArray[np.uint8] | None = None
        self._plain: Look | None = None

    def look(self, request: LookRequest) -> Iterator[Seen | Met]:
        """Yields what is seen, then what flows between the towers. UserError for a model or a photo that is none."""
        with self._lock:
            inside, picture = self._opened(request.model), self._read(request.path)
            if self._plain is None:
                self._plain = inside.look(picture)
            plain = self._plain
            found = plain if request.off.is_nothing() else inside.look(picture, _silence(request.off))
        yield Seen(request, inside.spec, found.seen, found.shown, _pairs(found), _pairs(plain))
        with self._lock:
            met = inside.meetings(found)
        yield Met(request, met)

    def number(self, request: NumberRequest) -> Number:
        """One number of the photo with everything on; it must be the one that was looked at."""
        with self._lock:
            inside, picture = self._opened(request.look.model), self._read(request.look.path)
            if self._plain is None:
                self._plain = inside.look(picture)
            place = (request.layer, request.unit, request.row, request.column)
            return Number(request, inside.arithmetic(self._plain, *place))

    def lecture(self, model: str, path: str) -> "Lecture":
        """What is told of the photo at ``path`` in the model, page by page, with everything on."""
        from alexnet_app.core.inference.lecture.made import lecture

        with self._lock:
            inside = self._opened(model)
            assert self._bundle is not None
            return lecture(self._bundle, inside, Path(path), Path(model))

    def model(self, path: str) -> "tuple[Bundle, Opened]":
        """The model at ``path``, and its network opened to be looked into, which any thread may use then."""
        with self._lock:
            inside = self._opened(path)
            assert self._bundle is not None
            return self._bundle, inside.model

    def _opened(self, path: str) -> "Inside":
        from alexnet_app.core.inference.inside import Inside

        bundle = self._models.bundle(path)
        if self._inside is None or bundle is not self._bundle:
            self._plain = self._picture = None
            self._bundle, self._inside = bundle, Inside(bundle)
        return self._inside

    def _read(self, path: str) -> "NDArray[np.uint8]":
        from alexnet_app.core.data.decode import read_fitted

        assert self._inside is not None
        file = file_state(path)
        if self._picture is None or file is None or file != self._file:
            self._plain = None
            self._picture, self._file = read_fitted(Path(path), self._inside.spec.picture_size), file
        return self._picture


def look(looker: Looker, request: LookRequest, asked: Asked) -> Iterator[Seen | Met]:
    """Yields Seen, then Met."""
    yield from looker.look(request)


def number(looker: Looker, request: NumberRequest, asked: Asked) -> Iterator[Number]:
    """Yields the Number."""
    yield looker.number(request)


def _silence(off: Off) -> "Silence":
    from alexnet_app.core.insight.stepwise import Silence

    return Silence(off.tower, off.units, off.normalization)


def _pairs(look: "Look") -> Answers:
    return tuple((each.label, each.probability) for each in look.predictions)
