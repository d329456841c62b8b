"""The axes of the learning curves: whole steps with thousands separators, losses also on a logarithmic scale."""

import math

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QFontMetrics

from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.theme import Colours


def even(spacing: float) -> float:
    """The next of 1, 2, 5, 10 … times a power of ten that is at least ``spacing``."""
    power = 10.0 ** math.floor(math.log10(spacing))
    return next(power * by for by in (1, 2, 5, 10) if power * by >= spacing * (1 - 1e-9))


def linear_ticks(low: float, high: float, spacing: float) -> list[float]:
    """The multiples of ``spacing`` from ``low`` to ``high``."""
    first, last = math.ceil(low / spacing - 1e-9), math.floor(high / spacing + 1e-9)
    return [round(count * spacing, 12) for count in range(first, last + 1)]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Decimal logarithms of even numbers between ``10 ** low`` and ``10 ** high``: ``most`` of them, roughly."""
    decades = high - low
    if decades < 0.7:
        least, largest = 10**low, 10**high
        return [
            math.log10(value) for value in linear_ticks(least, largest, even((largest - least) / most)) if value > 0
        ]
    within = next((some for some in ((1, 2, 5), (1, 3), (1,)) if decades * len(some) <= most), ())
    if within:
        powers = range(math.floor(low), math.ceil(high) + 1)
        ticks = [power + math.log10(by) for power in powers for by in within]
    else:
        ticks = linear_ticks(low, high, even(decades / most))
    return [tick for tick in ticks if low <= tick <= high]


def in_words(value: float, spacing: float = 0.0) -> str:
    """A number on an axis, with the decimals that ``spacing`` needs; as many as it has if that is 0."""
    if abs(value) >= 100_000:
        return local(f"{value:.0e}")
    if not spacing:
        return local(f"{value:.4g}")
    return local(f"{value:,.{max(0, -math.floor(math.log10(spacing) + 1e-9))}f}")


class Axis(pg.AxisItem):  # type: ignore[misc]
    """An axis in the theme's colours; its ticks are the grid of the plot."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)
        self.setGrid(255)
        self.setStyle(tickAlpha=255, tickLength=0, tickTextOffset=4, hideOverlappingLabels=False)

    def paint_in(self, colours: Colours) -> None:
        """Takes the colours of the theme."""
        self.setPen(colours.grid)
        self.setTickPen(colours.grid)
        self.setTextPen(colours.faint)


class StepAxis(Axis):
    """What the curves are drawn over, below: whole steps or images; epochs, with decimals where it is ``fine``;
    training time in seconds where it is ``timed``. With ``logarithmic``, what it is given are decimal logarithms.
    """

    def __init__(self) -> None:
        super().__init__("bottom")
        self.fine = self.timed = self.logarithmic = False

    def count(self, *, fine: bool, timed: bool, logarithmic: bool) -> None:
        """Counts something else from now on."""
        if (fine, timed, logarithmic) != (self.fine, self.timed, self.logarithmic):
            self.fine, self.timed, self.logarithmic = fine, timed, logarithmic
            self.picture = None
            self.update()

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Even numbers, far enough apart for their labels."""
        width = QFontMetrics(self.style["tickFont"]).horizontalAdvance("00,000,000") + 8
        if self.logarithmic:
            return [(0.0, log_ticks(low, high, max(3, int(size / width))))]
        spacing = (high - low) * width / max(size, width)
        spacing = even_time(spacing) if self.timed else even(spacing)
        spacing = spacing if self.fine else max(1.0, spacing)
        return [(spacing, linear_ticks(low, high, spacing))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """With thousands separators; times as 1:30:00."""
        return [self._said(10.0**value if self.logarithmic else value, spacing) for value in values]

    def _said(self, value: float, spacing: float) -> str:
        if self.timed:
            return time_text(value)
        if self.fine and (spacing < 1 or value < 1):
            return in_words(value, spacing)
        return local(f"{round(value):,}")


def even_time(spacing: float) -> float:
    """The next round time that is at least ``spacing`` seconds."""
    known = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
    return next((float(each) for each in known if each >= spacing), 86_400 * even(max(spacing, 86_400) / 86_400))


def time_text(seconds: float) -> str:
    """A training time as hours, minutes and seconds: 1:30:00; below a minute with tenths."""
    if abs(seconds) < 60 and seconds % 1:
        return local(f"0:{seconds:04.1f}")
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return local(f"{hours:,}:{minutes:02}:{rest:02}") if hours else f"{minutes}:{rest:02}"


class ValueAxis(Axis):
    """Losses or errors, on the left. With ``logarithmic``, what it is given are decimal logarithms."""

    def __init__(self) -> None:
        super().__init__("left")
        self.logarithmic = False
        self.signed = False

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Even numbers, a comfortable distance apart."""
        most = max(3, int(size / 32))
        if self.logarithmic:
            return [(0.0, log_ticks(low, high, most))]
        least = low if self.signed else max(low, 0)
        spacing = even((high - low) / most)
        margin = (high - low) * 8 / max(size, 32)  # nearer to an edge a label is cut off
        if len(linear_ticks(least + margin, high - margin, spacing)) < 2:  # a single one tells no scale
            spacing = even((high - low) / most / 2.5)
        return [(spacing, linear_ticks(least, high, spacing))]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        """In as few digits as tell them apart."""
        if self.logarithmic:
            return [in_words(10.0**value) for value in values]
        return [in_words(value, spacing) for value in values]


def logarithms(values: np.ndarray) -> np.ndarray:
    """Decimal logarithms; NaN for what has none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log10(values)
    return np.where(np.isfinite(found), found, np.nan)
