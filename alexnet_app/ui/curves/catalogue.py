"""What is drawn of a run beside losses and errors: a row for each family of series."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from PySide6.QtCore import QCoreApplication

from alexnet_app.ui.parts.numbers import local

GIB = 2**30
WEIGHTS = "weights-"  # families of a layer each: how its weights are distributed


@dataclass(frozen=True, slots=True)
class Measure:
    """A family of series: its name in the events, how it is called, what its values are multiplied by, its least
    height in a plot, and how a value reads. ``own`` is whether it has a plot of its own, to be chosen; ``members`` are
    names for its series where those in the events say too little, ``signed`` where values below zero mean something.
    """

    family: str
    title: str
    factor: float = 1.0
    least: float = 1e-9
    logarithmic: bool = False
    text: Callable[[float], str] = "{:.4g}".format
    own: bool = True
    signed: bool = False
    members: Mapping[str, str] = field(default_factory=dict)


def measures() -> tuple[Measure, ...]:
    """All families that have a row, in the order in which they are offered."""
    return (
        Measure("rate", tr("Learning rate"), logarithmic=True, text=_short),
        *_of_steps(),
        Measure("silent", tr("Units that never fire (%)"), 100.0, 1.0, text=_percent),
        Measure("lrn-cut", tr("Cut by LRN, median (%)"), 100.0, 1.0, text=_percent),
        Measure("chance", "", own=False),  # lines in the plots of loss and error
        *_of_the_machine(),
    )


def _of_steps() -> tuple[Measure, ...]:
    """What training steps do, and how long they take."""
    parts = {
        "data": tr("waiting for data"),
        "forward": tr("forward"),
        "backward": tr("backward"),
        "update": tr("update"),
        "step": tr("step"),
    }
    return (
        Measure("update", tr("Update-to-weight ratio"), logarithmic=True, text=_brief),
        Measure("gradient", tr("Gradient norm"), logarithmic=True, text=_short),
        Measure("gradients", tr("Gradient norm by layer"), logarithmic=True, text=_short),
        Measure("speed", tr("Images per second"), least=1.0, text=_count),
        Measure("time", tr("Where the time goes (%)"), 100.0, 1.0, text=_percent, members=parts),
    )


def _of_the_machine() -> tuple[Measure, ...]:
    """How hard the machine works."""
    who = {"process": tr("this program"), "machine": tr("all programs"), "limit": tr("total")}
    return (
        Measure("gpu-load", tr("GPU load (%)"), 100.0, 1.0, text=_percent),
        Measure("gpu-memory", tr("GPU memory (GiB)"), 1 / GIB, 0.1, text=_gib),
        Measure("gpu-memory-limit", "", own=False),
        Measure("gpu-temperature", tr("GPU temperature (°C)"), least=5.0, text=_degrees),
        Measure("gpu-power", tr("GPU power (W)"), least=5.0, text=_watts),
        Measure("cpu", tr("CPU load (%)"), 100.0, 5.0, text=_percent, members=who),
        Measure("memory", tr("Memory (GiB)"), 1 / GIB, 0.1, text=_gib, members=who),
        Measure("disk", tr("Free disk space (GiB)"), 1 / GIB, 0.1, text=_gib),
    )


def measure_of(family: str) -> Measure:
    """The row of a family; one that this version does not know is drawn under its own name."""
    layer = family.removeprefix(WEIGHTS)
    if layer != family:
        title = tr("Weights of {layer}").format(layer=layer)
        return Measure(family, title, text=_brief, signed=True, members=_quantiles())
    return next((row for row in measures() if row.family == family), Measure(family, family))


def _quantiles() -> dict[str, str]:
    """How the parts of a distribution are called."""
    percentiles = {f"p{share}": tr("{share} %").format(share=share) for share in (1, 10, 90, 99)}
    return {"min": tr("least"), **percentiles, "p50": tr("median"), "max": tr("most")}


def tr(text: str) -> str:
    """Translates a text of the curves."""
    return QCoreApplication.translate("LearningCurves", text)


def _short(value: float) -> str:
    return local(f"{value:.3g}") if math.isfinite(value) else ""


def _brief(value: float) -> str:
    """In six signs at most: "0.0012", "3e-04"."""
    if not math.isfinite(value):
        return ""
    return local(f"{value:.2g}" if abs(value) >= 0.001 or not value else f"{value:.0e}")


def _count(value: float) -> str:
    return local(f"{value:,.0f}") if math.isfinite(value) else ""


def _gib(count: float) -> str:
    return local(f"{count / GIB:.1f}") if math.isfinite(count) else ""


def _degrees(value: float) -> str:
    return f"{value:.0f} °C" if math.isfinite(value) else ""


def _watts(value: float) -> str:
    return f"{value:.0f} W" if math.isfinite(value) else ""


def _percent(share: float) -> str:
    return local(f"{100 * share:.{1 if share < 1 else 0}f} %") if math.isfinite(share) else ""
