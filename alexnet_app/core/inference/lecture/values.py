"""What a page of a lecture is made of. The window and the web page show the same values, each in its own way."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import Sentence
from alexnet_app.core.network.layers import TOWERS

LEFT, RIGHT = 0.27, 0.73  # of a crossing's width: where the boxes of the towers end, and where those of readers begin
HEADS = 0.06  # of its height: the middle of the names of the layers
ROWS = (0.3, 0.8)  # the middle of tower A's boxes and of tower B's
BOX = 0.26  # of its height: that of a box
WIDEST = 0.16  # of its height: a line that carries everything
TOLD_AT = 0.66  # of a line's way: where its share stands
SHAPE = 2.0  # its width over its height


@dataclass(frozen=True, slots=True, eq=False)
class LecturePicture:
    """``pixels`` uint8 (H, W, 3), or (H, W, 4) where what is behind is seen through gaps. ``tower`` is "A", "B" or "".
    A photo is enlarged smoothly, so that it looks like one; of everything else each pixel is a number, and stays a
    square.
    """

    pixels: NDArray[np.uint8]
    caption: Sentence
    tower: str = ""
    is_photo: bool = False


@dataclass(frozen=True, slots=True)
class AnswerBars:
    """Classes and their probabilities (0 to 1), the likeliest first."""

    rows: tuple[tuple[str, float], ...]
    caption: Sentence
    tower: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a crossing from ``tower`` to ``reader``: what ``share`` (0 to 1) of its input the reader has
    from there.

    ``start``, ``end`` and ``told``, where the share is written, are (x, y) as shares of the drawing's width and height;
    ``width`` is a share of its height.
    """

    tower: str
    reader: str
    share: float
    start: tuple[float, float]
    end: tuple[float, float]
    told: tuple[float, float]
    width: float


@dataclass(frozen=True, slots=True)
class Crossing:
    """Where towers meet: ``shares`` (0 to 1) has for reader A and reader B what of its input comes from tower A and
    from tower B. ``before`` and ``layer`` are the layer that is read, and the one that reads.
    """

    shares: tuple[tuple[float, ...], ...]
    before: str
    layer: str
    caption: Sentence

    def lines(self) -> Iterator[Line]:
        """The four lines."""
        for row, reader in enumerate(TOWERS):
            for column, tower in enumerate(TOWERS):
                start, end = (LEFT, ROWS[column]), (RIGHT, ROWS[row])
                told = (LEFT + TOLD_AT * (RIGHT - LEFT), ROWS[column] + TOLD_AT * (ROWS[row] - ROWS[column]))
                share = self.shares[row][column]
                yield Line(tower, reader, share, start, end, told, WIDEST * share)


Exhibit: TypeAlias = LecturePicture | AnswerBars | Crossing


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """One thing: ``name`` says which, for the program. A title, a sentence or two, and what there is to look at."""

    name: str
    title: Sentence
    sentences: tuple[Sentence, ...]
    exhibits: tuple[Exhibit, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lecture:
    """All pages, in the order in which they are told; ``title`` names the photo and the model."""

    title: Sentence
    pages: tuple[Page, ...]
