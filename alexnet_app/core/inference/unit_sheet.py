"""Pages of units as a picture: kernel, patches, what made them fire, what the unit wants, its numbers and its note."""

import math
import textwrap
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from alexnet_app.core.inference.unit_pages import PatchCut, UnitPage
from alexnet_app.core.insight.tally import BINS

CELL, GAP, TITLE, NAME, MARGIN = 60, 3, 22, 14, 14
COLUMNS = 3  # patches in a row
PICTURE = COLUMNS * CELL + (COLUMNS - 1) * GAP
TEXT = 310  # width of the numbers
FEW = 24  # pixels of a side
NEUTRAL = 210  # what lies beside the picture, where a unit sees padding
BAR, ZERO = (90, 90, 90), (213, 94, 0)
MOST_COLUMNS = 2
LINE, LETTERS = 16, 46  # pixels of a line of numbers, and its letters
HISTOGRAM = 64  # pixels of its height
MOST_TITLE = 70  # letters
MOST_LINES = 24  # of numbers and note together


def draw_units(pages: Sequence[UnitPage]) -> Image.Image:
    """All ``pages`` under each other, two beside each other where there are many."""
    blocks = [_block(each) for each in pages]
    columns = min(MOST_COLUMNS, 1 + len(blocks) // 4)
    width, height = max(each.width for each in blocks) + MARGIN, max(each.height for each in blocks) + MARGIN
    rows = -(-len(blocks) // columns)
    sheet = Image.new("RGB", (columns * width + MARGIN, rows * height + MARGIN), "white")
    for place, block in enumerate(blocks):
        column, row = divmod(place, rows)
        sheet.paste(block, (MARGIN + column * width, MARGIN + row * height))
    return sheet


def titled(page: UnitPage) -> str:
    """The name of a unit, such as "conv5, unit 17, tower A"."""
    parts = [page.layer, f"unit {page.unit + 1}", f"tower {page.tower}" if page.tower else page.label]
    return ", ".join(part for part in parts if part)


def numbers(page: UnitPage) -> list[str]:
    """What is known of a unit in short lines."""
    lines = []
    if page.habits is not None:
        habits = page.habits
        lines.append(f"fires in {habits.fires:.1%} of {habits.pictures:,} images")
        lines.append("dead: it never fires" if habits.is_dead else f"at {habits.fires_at:.2%} of all places")
        lines.append(f"from {habits.weakest[0].patch.value:.3g} to {habits.strongest[0].patch.value:.3g}")
    if page.wanted is not None:
        lines.append(f"what it wants: {page.wanted.value:.3g}")
    if page.use is not None:
        used = ", ".join(f"{each.unit + 1}{each.tower}" for each in page.use.users)
        lines.append(f"used in {page.use.layer} by {used}")
        shares = [f"{share:.0%} tower {tower}" for tower, share in page.use.shares.items() if tower]
        lines += [" and ".join(shares)] if shares else []
    if page.note:
        lines.append(f"note: {' '.join(page.note.split())}")
    return lines


def enlarged(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """A picture (h, w, 3) in a square of ``side`` pixels: sharp where it has few pixels."""
    return _scaled(_square(picture, max(picture.shape[:2])), side)


def cells(cuts: Sequence[PatchCut], side: int, *, guided: bool = False) -> NDArray[np.uint8]:
    """The patches in squares of ``side`` pixels, (count, side, side, 3), all on one scale; grey is beside the picture.
    With ``guided`` what of them made the unit fire: 0 is grey.
    """
    size = max((max(each.pixels.shape[:2]) for each in cuts), default=1)
    drawn = [_cell(each, _guided(each) if guided else each.pixels, max(1, size), side) for each in cuts]
    return np.stack(drawn) if drawn else np.zeros((0, side, side, 3), np.uint8)


def _block(page: UnitPage) -> Image.Image:
    """One unit: its pictures from left to right, the numbers last."""
    parts: list[tuple[str, Image.Image]] = []
    if page.kernel is not None:
        parts.append(("kernel", Image.fromarray(enlarged(page.kernel, PICTURE))))
    if page.wanted is not None:
        parts.append(("what it wants", Image.fromarray(enlarged(page.wanted.picture, PICTURE))))
    if page.habits is not None:
        strongest, weakest = page.habits.strongest, page.habits.weakest
        parts.append(("strongest patches", _grid(cells(strongest, CELL))))
        parts.append(("what made it fire", _grid(cells(strongest, CELL, guided=True))))
        parts.append(("weakest patches", _grid(cells(weakest, CELL))))
    lines = [part for line in numbers(page) for part in textwrap.wrap(_printable(line), LETTERS)][:MOST_LINES]
    beside = LINE * len(lines) + (HISTOGRAM + 8 if page.habits is not None else 0)
    height = TITLE + NAME + max(PICTURE if parts else LINE, beside)
    block = Image.new("RGB", (len(parts) * (PICTURE + MARGIN) + TEXT, height), "white")
    pen, left = ImageDraw.Draw(block), 0
    pen.text((0, 0), _printable(titled(page))[:MOST_TITLE], fill="black", font=ImageFont.load_default(15))
    for name, part in parts:
        pen.text((left, TITLE), name, fill=BAR, font=ImageFont.load_default(11))
        block.paste(part, (left, TITLE + NAME))
        left += PICTURE + MARGIN
    _numbers(page, lines, pen, left)
    return block


def _printable(text: str) -> str:
    """``text`` without what the font does not have."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)


def _numbers(page: UnitPage, lines: Iterable[str], pen: ImageDraw.ImageDraw, left: int) -> None:
    top = TITLE + NAME
    if page.habits is not None:
        top = _histogram(page.habits.histogram, pen, left, top) + 8
    for line in lines:
        pen.text((left, top), line, fill="black", font=ImageFont.load_default(12))
        top += LINE


def _histogram(counts: NDArray[np.int64], pen: ImageDraw.ImageDraw, left: int, top: int) -> int:
    """Draws how often which values are there, in a scale of logarithms; gives where the next thing begins."""
    high, wide = HISTOGRAM, (TEXT - MARGIN) / BINS
    heights = np.log1p(counts) / max(math.log1p(int(counts.max(initial=0))), 1e-9)
    for place, share in enumerate(heights.tolist()):
        if share > 0:
            box = (left + place * wide, top + high * (1 - share), left + (place + 1) * wide - 1, top + high)
            pen.rectangle(box, fill=BAR)
    middle = left + BINS // 2 * wide
    pen.line((middle, top, middle, top + high), fill=ZERO)
    return top + high


def _grid(drawn: NDArray[np.uint8]) -> Image.Image:
    grid = Image.new("RGB", (PICTURE, PICTURE), "white")
    for place, cell in enumerate(drawn):
        row, column = divmod(place, COLUMNS)
        grid.paste(Image.fromarray(cell), (column * (CELL + GAP), row * (CELL + GAP)))
    return grid


def _cell(cut: PatchCut, drawn: NDArray[np.uint8], size: int, side: int) -> NDArray[np.uint8]:
    seen = cut.patch.field
    return _scaled(_square(drawn, size, above=seen.top == 0, before=seen.left == 0), side)


def _guided(cut: PatchCut) -> NDArray[np.uint8]:
    """What made the unit fire: 0 is grey."""
    found = cut.guided if cut.guided is not None else np.zeros_like(cut.pixels, np.float32)
    share = found / max(float(np.abs(found).max(initial=0.0)), 1e-12)
    return np.asarray(np.rint(128 + 127 * share), np.uint8)


def _square(pixels: NDArray[np.uint8], size: int, *, above: bool = False, before: bool = False) -> NDArray[np.uint8]:
    """``pixels`` in a square of ``size``; what is beside them, where the unit saw padding, lies ``above`` and
    ``before`` them, or behind.
    """
    height, width = pixels.shape[:2]
    square = np.full((size, size, 3), NEUTRAL, np.uint8)
    top, left = (size - height if above else 0), (size - width if before else 0)
    square[top : top + height, left : left + width] = pixels
    return square


def _scaled(pixels: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Enlarged, with sharp pixels where there are few, or made smaller."""
    way = Image.Resampling.NEAREST if len(pixels) <= FEW else Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(pixels).resize((side, side), way))
