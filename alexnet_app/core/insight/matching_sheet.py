"""The matched kernels of two models as a picture and as a table, the most alike first."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.insight.filters import PAPER, Sheet, draw, kernel_pictures
from alexnet_app.core.insight.matching import Matching, Pair
from alexnet_app.core.insight.pictures import ZOOM, caption_of, in_lines, save_figure
from alexnet_app.core.network.layers import TOWERS

if TYPE_CHECKING:  # torch comes with it
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from alexnet_app.core.network.bundle import Bundle

COLUMNS = (
    "unit",
    "tower",
    "partner",
    "partner_tower",
    "correlation",
    "down",
    "right",
    "chance_99",
    "better_than_chance",
    "learned",
    "partner_learned",
)  # of the table
BELOW = 4  # pixels of a kernel, below each pair, for its numbers
INCHES = 3.6  # how wide one tower is in a figure
PAIRS_IN_A_ROW = 6


def rows_of(found: Matching) -> list[tuple[object, ...]]:
    """The pairs as rows under ``COLUMNS``, the most alike first; units count from 1, as everywhere people see them."""
    return [
        (
            each.unit + 1,
            each.tower,
            each.partner + 1,
            each.partner_tower,
            round(each.correlation, 4),
            *each.shift,
            round(each.chance, 4),
            int(each.is_real),
            int(each.learned),
            int(each.partner_learned),
        )
        for each in found.sorted()
    ]


def by_tower(found: Matching) -> tuple[tuple[str, tuple[Pair, ...]], ...]:
    """The pairs of each tower of the model, the most alike first; under "" where it has one column."""
    names = TOWERS if any(each.tower for each in found.pairs) else ("",)
    return tuple((name, tuple(each for each in found.sorted() if each.tower == name)) for name in names)


def kernels_of_pairs(
    pairs: Sequence[Pair], bundle: "Bundle", other: "Bundle"
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The pictures of the units and of their partners, uint8 (pairs, h, w, 3) each, each kernel by its own largest
    weight.
    """
    first, second = (
        kernel_pictures(each.weights[f"{each.spec.convolutions[0].name}.weight"]) for each in (bundle, other)
    )
    return first[[each.unit for each in pairs]], second[[each.partner for each in pairs]]


def side_by_side(
    kernels: NDArray[np.uint8], partners: NDArray[np.uint8], between: tuple[int, int, int] = (PAPER, PAPER, PAPER)
) -> NDArray[np.uint8]:
    """Each of ``kernels`` (pairs, h, w, 3) beside its partner, uint8 (pairs, h, 2 w + 1, 3), a line of the colour
    ``between`` them.
    """
    line = np.empty((len(kernels), kernels.shape[1], 1, 3), np.uint8)
    line[:] = between
    return np.concatenate([kernels, line, partners], axis=2)


def write_pairs(found: Matching, bundle: "Bundle", other: "Bundle", path: Path, caption: str) -> None:
    """Draws all pairs with their numbers and correlations into ``path``: a PNG, or as its name ends an SVG or a PDF,
    with ``caption`` below. The numbers of pairs that are no better than chance are grey.
    """
    towers = by_tower(found)

    def fill(figure: "Figure") -> None:
        across = figure.subplots(1, len(towers), squeeze=False)[0]
        for axes, (name, pairs) in zip(across, towers, strict=True):
            axes.set_title(f"Tower {name}" if name else "all kernels", loc="left", fontsize=10, parse_math=False)
            _draw(axes, pairs, side_by_side(*kernels_of_pairs(pairs, bundle, other)))
        figure.supxlabel(in_lines(caption, 42 * len(towers)), fontsize=8, parse_math=False)

    side = bundle.spec.convolutions[0].size
    height, width = side, 2 * side + 1
    rows = -(-max(len(pairs) for _, pairs in towers) // PAIRS_IN_A_ROW)
    high = INCHES * rows * (height + BELOW + 1) / (PAIRS_IN_A_ROW * (width + 1))
    save_figure(path, (INCHES * len(towers), min(50.0, 0.7 + high)), fill)


def _draw(axes: "Axes", pairs: Sequence[Pair], pictures: NDArray[np.uint8]) -> None:
    axes.axis("off")
    if not pairs:
        return
    _, height, width, _ = pictures.shape
    spaced = np.pad(pictures, ((0, 0), (0, BELOW), (0, 0), (0, 0)), constant_values=PAPER)
    axes.imshow(draw(Sheet("", spaced, PAIRS_IN_A_ROW), ZOOM), interpolation="none")
    for place, each in enumerate(pairs):
        row, column = divmod(place, PAIRS_IN_A_ROW)
        left, top = column * (width + 1) * ZOOM, (row * (height + BELOW + 1) + height) * ZOOM
        said = f"{each.unit + 1} – {each.partner + 1}{each.partner_tower}  {each.correlation:.2f}"
        middle = left + width * ZOOM / 2
        shade = "black" if each.is_real else "0.55"
        axes.text(middle, top + 2, said, fontsize=4.5, ha="center", va="top", color=shade, parse_math=False)


def caption_of_pairs(found: Matching, bundle: "Bundle", other: "Bundle") -> str:
    """What a drawing of the pairs is of: both models, and how many units are found again."""
    one, two = (caption_of(each, each.spec.convolutions[0].name) for each in (bundle, other))
    return (
        f"{one}, each beside its partner in {two}. Black: better than 99 % of chance, {found.real} of "
        f"{len(found.pairs)}. Median correlation {found.median:.2f}, by chance {found.chance_median:.2f}."
    )
