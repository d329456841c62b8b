"""Pages of units as a picture: kernel, patches, what made them fire, what the unit wants, and its numbers."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from alexnet_app.core.inference.unit_pages import Cut, UnitPage
from alexnet_app.core.insight.tally import BINS

CELL, GAP, TITLE, NAME, MARGIN = 60, 3, 22, 14, 14
COLUMNS = 3  # patches in a row
PICTURE = COLUMNS * CELL + (COLUMNS - 1) * GAP
TEXT = 310  # width of the numbers
FEW = 24  # pixels of a side
NEUTRAL = 210  # what lies beside the picture, where a unit sees padding
BAR, ZERO = (90, 90, 90), (213, 94, 0)
MOST_COLUMNS = 2


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
    return lines


def _block(page: UnitPage) -> Image.Image:
    """One unit: its pictures from left to right, the numbers last."""
    parts: list[tuple[str, Image.Image]] = []
    if page.kernel is not None:
        parts.append(("kernel", _large(page.kernel)))
    if page.wanted is not None:
        parts.append(("what it wants", _large(page.wanted.picture)))
    if page.habits is not None:
        size = max(max(each.pixels.shape[:2]) for each in page.habits.strongest + page.habits.weakest)
        parts.append(("strongest patches", _grid(page.habits.strongest, size, lambda cut: cut.pixels)))
        parts.append(("what made it fire", _grid(page.habits.strongest, size, _guided)))
        parts.append(("weakest patches", _grid(page.habits.weakest, size, lambda cut: cut.pixels)))
    block = Image.new("RGB", (len(parts) * (PICTURE + MARGIN) + TEXT, TITLE + NAME + PICTURE), "white")
    pen, left = ImageDraw.Draw(block), 0
    pen.text((0, 0), _fitting(titled(page)), fill="black", font=ImageFont.load_default(15))
    for name, part in parts:
        pen.text((left, TITLE), name, fill=BAR, font=ImageFont.load_default(11))
        block.paste(part, (left, TITLE + NAME))
        left += PICTURE + MARGIN
    _numbers(page, pen, left)
    return block


def _fitting(text: str) -> str:
    """``text``, short enough for a title and without what the font does not have."""
    return "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)[:70]


def _numbers(page: UnitPage, pen: ImageDraw.ImageDraw, left: int) -> None:
    top = TITLE + NAME
    if page.habits is not None:
        top = _histogram(page.habits.histogram, pen, left, top) + 8
    for line in numbers(page):
        pen.text((left, top), line, fill="black", font=ImageFont.load_default(12))
        top += 16


def _histogram(counts: NDArray[np.int64], pen: ImageDraw.ImageDraw, left: int, top: int) -> int:
    """Draws how often which values are there, in a scale of logarithms; gives where the next thing begins."""
    high, wide = 64, (TEXT - MARGIN) / BINS
    heights = np.log1p(counts) / max(math.log1p(int(counts.max(initial=0))), 1e-9)
    for place, share in enumerate(heights.tolist()):
        if share > 0:
            box = (left + place * wide, top + high * (1 - share), left + (place + 1) * wide - 1, top + high)
            pen.rectangle(box, fill=BAR)
    middle = left + BINS // 2 * wide
    pen.line((middle, top, middle, top + high), fill=ZERO)
    return top + high


def _large(picture: NDArray[np.uint8]) -> Image.Image:
    return _scaled(_square(picture, max(picture.shape[:2])), PICTURE)


def _grid(cuts: Sequence[Cut], size: int, drawn: Callable[[Cut], NDArray[np.uint8]]) -> Image.Image:
    grid = Image.new("RGB", (PICTURE, PICTURE), "white")
    for place, cut in enumerate(cuts):
        row, column = divmod(place, COLUMNS)
        seen = cut.patch.field
        cell = _scaled(_square(drawn(cut), size, above=seen.top == 0, before=seen.left == 0), CELL)
        grid.paste(cell, (column * (CELL + GAP), row * (CELL + GAP)))
    return grid


def _guided(cut: Cut) -> NDArray[np.uint8]:
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


def _scaled(pixels: NDArray[np.uint8], side: int) -> Image.Image:
    """Enlarged, with sharp pixels where there are few, or made smaller."""
    way = Image.Resampling.NEAREST if len(pixels) <= FEW else Image.Resampling.BICUBIC
    return Image.fromarray(pixels).resize((side, side), way)
