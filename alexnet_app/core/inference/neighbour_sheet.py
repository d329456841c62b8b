"""Pictures in rows, each with the images that a network finds most like it, as the paper's Figure 4 has them."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from alexnet_app.core.data.decode import fit, read_fitted
from alexnet_app.core.data.sources.addresses import opening_source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.files import replace_file
from alexnet_app.core.inference.answer_page import cut
from alexnet_app.core.inference.labelled import labelled
from alexnet_app.core.inference.neighbours import Index, Neighbour

SIDE = 96  # pixels of an image
GAP, LINE = 12, 16
GREY = (128, 128, 128)
Pixels = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class SheetRow:
    """A picture, uint8 (P, P, 3), and the images nearest to it with what they show: class and distance."""

    picture: Pixels
    images: tuple[Pixels | None, ...]
    captions: tuple[str, ...]


def images_of(
    index: Index, found: Sequence[Sequence[Neighbour]], side: int
) -> Generator[Event, None, list[tuple[Pixels | None, ...]]]:
    """The images of ``found``, uint8 (side, side, 3); None for a file that can no longer be read.

    Where the data set has no files it is opened again: yields what that yields. UserError where it is no longer there,
    or has changed.
    """
    if index.paths:
        return [tuple(_read(Path(each.path), side) for each in row) for row in found]
    source = yield from opening_source(index.address)
    pictures = (yield from labelled(source, index.split, side, alone=True)).arrays.pictures
    if len(pictures) != len(index.labels):
        raise UserError(
            "{name} has {now:,} images, and the index was made of {before:,}",
            "make the index again, with the command index",
            name=index.data,
            now=len(pictures),
            before=len(index.labels),
        )
    return [tuple(np.asarray(pictures[each.place]) for each in row) for row in found]


def write_neighbours(path: Path, rows: Sequence[SheetRow]) -> None:
    """Draws ``rows`` as a PNG: the picture, a gap, the images nearest to it. UserError where it cannot be written."""
    font = ImageFont.load_default(11)
    columns = 1 + max(len(row.images) for row in rows)
    width, height = columns * (SIDE + GAP) + 2 * GAP, len(rows) * (SIDE + LINE + GAP) + GAP
    sheet = Image.new("RGB", (width, height), "white")
    pen = ImageDraw.Draw(sheet)
    for number, row in enumerate(rows):
        top = GAP + number * (SIDE + LINE + GAP)
        for column, image in enumerate((row.picture, *row.images)):
            left = GAP + column * (SIDE + GAP) + (GAP if column else 0)
            sheet.paste(_scaled(image), (left, top))
            if column:
                pen.text((left, top + SIDE + 2), cut(row.captions[column - 1], font, SIDE), fill="black", font=font)
    replace_file(path, lambda temporary: sheet.save(temporary, "PNG"))


def _read(path: Path, side: int) -> Pixels | None:
    try:
        return read_fitted(path, side)
    except (UserError, OSError):
        return None


def _scaled(image: Pixels | None) -> Image.Image:
    """As large as all others, a small one with its pixels to be seen; grey where there is none."""
    if image is None:
        return Image.new("RGB", (SIDE, SIDE), GREY)
    if min(image.shape[:2]) >= SIDE:
        return Image.fromarray(fit(image, SIDE))
    return Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.NEAREST)
