"""What the plots show, as plain values: for a picture of them on paper."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from alexnet_app.ui.curves.compared import ComparedRuns
from alexnet_app.ui.curves.looks import CurveLook
from alexnet_app.ui.curves.losses import Numbers
from alexnet_app.ui.curves.plot import Item, Plot, colour_of, mixed
from alexnet_app.ui.curves.scale import Unit
from alexnet_app.ui.curves.sight import Sight
from alexnet_app.ui.curves.words import axis_name
from alexnet_app.ui.theme import LIGHT

STYLES = {Qt.PenStyle.DashLine: (5.0, 2.5), Qt.PenStyle.DotLine: (1.0, 1.5)}
MARKERS = {"o": "o", "s": "s", "d": "D"}


@dataclass(frozen=True, slots=True, eq=False)
class DrawnLine:
    """A line at ``places`` and ``heights``, NaN for a gap, or, with a ``marker``, points. ``name`` is empty for what
    the legend leaves out. A run behind is ``shared``: all plots have it, and one entry tells of it.
    """

    places: Numbers
    heights: Numbers
    colour: str
    dashes: tuple[float, ...]
    marker: str
    layer: float
    name: str
    shared: bool


@dataclass(frozen=True, slots=True)
class DrawnPlot:
    """A plot: its ``title``, its lines, the lower and upper end of both axes, and whether heights are logarithmic."""

    title: str
    lines: tuple[DrawnLine, ...]
    heights: tuple[float, float]
    logarithmic: bool


@dataclass(frozen=True, slots=True)
class CurveDrawing:
    """Plots above each other over one axis."""

    title: str
    plots: tuple[DrawnPlot, ...]
    axis: str
    places: tuple[float, float]
    logarithmic: bool
    timed: bool


def drawing_of(
    runs: ComparedRuns, sight: Sight, titles: Sequence[str], plots: Sequence[Plot], names: Sequence[dict[object, str]]
) -> CurveDrawing:
    """What ``plots`` under ``titles`` show now, in the colours for paper; ``names`` are those of the lines of each."""
    shared = {run.look: run.name for run in runs.seen()}
    log_x = sight.scale.logarithmic
    drawn = []
    for title, plot, named in zip(titles, plots, names, strict=True):
        log_y = plot.is_logarithmic
        lines = tuple(_line(each, named, shared, log_x=log_x, log_y=log_y) for each in plot.shown_items())
        heights = _ends(plot.plotItem.vb.viewRange()[1], logarithmic=log_y)
        drawn.append(DrawnPlot(title, lines, heights, log_y))
    return CurveDrawing(
        runs.front.name,
        tuple(drawn),
        axis_name(sight.scale.unit),
        _ends(plots[0].plotItem.vb.viewRange()[0], logarithmic=log_x),
        log_x,
        sight.scale.unit == Unit.TIME,
    )


def _plain(values: Numbers, *, logarithmic: bool) -> Numbers:
    """What is drawn at ``values``."""
    return 10.0**values if logarithmic else values


def _ends(ends: Sequence[float], *, logarithmic: bool) -> tuple[float, float]:
    low, high = _plain(np.array(ends, np.float64), logarithmic=logarithmic)
    return float(low), float(high)


def _line(
    drawn: Item, named: dict[object, str], shared: dict[CurveLook, str], *, log_x: bool, log_y: bool
) -> DrawnLine:
    colour = mixed(colour_of(drawn.role, LIGHT), LIGHT.paper, drawn.part)
    is_points = isinstance(drawn.item, pg.ScatterPlotItem)
    places, heights = drawn.places, drawn.heights
    if drawn.in_pairs:
        gaps = np.full(len(places) // 2, np.nan)
        places = np.stack([places[::2], places[1::2], gaps], axis=1).ravel()
        heights = np.stack([heights[::2], heights[1::2], gaps], axis=1).ravel()
    look = drawn.role if isinstance(drawn.role, CurveLook) else None
    is_main = look is not None and not is_points and drawn.part == 1
    name = shared.get(look, "") if look is not None and is_main else named.get(drawn.item, "")
    return DrawnLine(
        _plain(places, logarithmic=log_x),
        _plain(heights, logarithmic=log_y),
        colour.name(),
        look.dashes if look is not None else STYLES.get(drawn.style, ()),
        MARKERS.get(drawn.item.opts["symbol"], "o") if is_points else "",
        drawn.item.zValue(),
        name,
        look is not None,
    )
