"""Which classes are taken for which, as a picture file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.files import replace_file

NUMBERED = 25  # up to so many classes every cell has its count
NAMED = 100  # up to so many every row has its name; above, the numbers of classes are marked


def write_confusion(confusion: NDArray[np.int64], classes: Sequence[str], path: Path) -> None:
    """Draws ``confusion`` (classes, classes), row the true class, column the answer, into the PNG ``path``.

    A row is shaded by the share of its class, so that rare classes are seen too.
    """
    from matplotlib.figure import Figure

    count = len(classes)
    side = min(24.0, max(5.0, 0.34 * count + 3)) if count <= NAMED else 12.0
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    shares = confusion / np.maximum(1, confusion.sum(axis=1, keepdims=True))
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, interpolation="nearest")
    figure.colorbar(image, ax=axes, shrink=0.6, label="share of the class")
    axes.set(xlabel="answer", ylabel="true class")
    if count <= NAMED:
        names = [_plain(name) for name in classes]
        axes.set_xticks(range(count), names, rotation=90)
        axes.set_yticks(range(count), names)
    if count <= NUMBERED:
        for row, column in np.argwhere(confusion > 0).tolist():
            colour = "white" if shares[row, column] > 0.5 else "black"
            axes.text(column, row, f"{confusion[row, column]}", ha="center", va="center", color=colour, fontsize=8)
    replace_file(path, lambda temporary: figure.savefig(temporary, format="png", dpi=110, bbox_inches="tight"))


def _plain(name: str) -> str:
    """A class's name that any font can draw: no mathematics, no bytes that are no text, not too long."""
    text = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in name).replace("$", r"\$")
    return text if len(text) <= 32 else f"{text[:31]}…"
