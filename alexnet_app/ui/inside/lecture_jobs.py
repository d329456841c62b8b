"""A lecture made and written on threads. No torch until then."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.outputs import PAGE, Guard
from alexnet_app.ui.inside.jobs import Looker
from alexnet_app.ui.job import Asked
from alexnet_app.ui.messages import said

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.lecture.values import Lecture


@dataclass(frozen=True, slots=True)
class LectureRequest:
    """The paths of a model and of a photo."""

    model: str
    photo: str


@dataclass(frozen=True, slots=True)
class LectureWish:
    """Where a lecture goes; ``replace``: the person agreed to replace the file there."""

    path: str
    replace: bool


@dataclass(frozen=True, slots=True, eq=False)
class LectureMade:
    """The lecture that was asked for."""

    request: LectureRequest
    lecture: "Lecture"


@dataclass(frozen=True, slots=True)
class LectureExported:
    """The lecture is in the file at ``path``."""

    path: Path


def make(looker: Looker, request: LectureRequest, asked: Asked) -> Iterator[LectureMade]:
    """Yields the lecture. UserError for a model or a photo that is none."""
    yield LectureMade(request, looker.lecture(request.model, request.photo))


def export(
    looker: Looker, request: LectureRequest, made: "Lecture | None", wish: LectureWish, asked: Asked
) -> Iterator[LectureExported]:
    """Writes the lecture that was ``made``, or makes it before; yields Exported. UserError where it cannot be."""
    from alexnet_app.core.inference.lecture.web_page import write_lecture

    guard = Guard([request.model, request.photo], replace=wish.replace)
    path = guard.file(wish.path, PAGE)
    lecture = made or looker.lecture(request.model, request.photo)
    guard.confirm()
    write_lecture(path, lecture, said)
    yield LectureExported(path)
