"""What is drawn of a run beside losses and errors: a row for each family of series."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication

from alexnet_app.ui.parts.numbers import local


@dataclass(frozen=True, slots=True)
class Measure:
    """A family of series: its name in the events, how it is called, what its values are multiplied by, its least
    height in a plot, and how a value reads. ``own`` is whether it has a plot of its own, to be chosen.
    """

    family: str
    title: str
    factor: float = 1.0
    least: float = 1e-9
    logarithmic: bool = False
    text: Callable[[float], str] = "{:.4g}".format
    own: bool = True


def measures() -> tuple[Measure, ...]:
    """All families that have a row, in the order in which they are offered."""
    return (
        Measure("rate", tr("Learning rate"), logarithmic=True, text=_short),
        Measure("silent", tr("Units that never fire (%)"), 100.0, 1.0, text=_percent),
        Measure("lrn-cut", tr("Cut by LRN, median (%)"), 100.0, 1.0, text=_percent),
        Measure("chance", "", own=False),  # lines in the plots of loss and error
    )


def measure_of(family: str) -> Measure:
    """The row of a family; one that this version does not know is drawn under its own name."""
    return next((row for row in measures() if row.family == family), Measure(family, family))


def tr(text: str) -> str:
    """Translates a text of the curves."""
    return QCoreApplication.translate("LearningCurves", text)


def _short(value: float) -> str:
    return local(f"{value:.3g}") if math.isfinite(value) else ""


def _percent(share: float) -> str:
    return local(f"{100 * share:.1f} %") if math.isfinite(share) else ""
