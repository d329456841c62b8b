"""A drawing of the plots as a file for paper or a slide: SVG and PDF are vectors with words as text, PNG is 300 dpi."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.ui.curves.axes import in_words, time_text
from alexnet_app.ui.curves.drawing import CurveDrawing, DrawnLine, DrawnPlot
from alexnet_app.ui.parts.plain import one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE, TALL = 180 / 25.4, 62 / 25.4  # inches: the width of a page without its margins, the height of a plot
LINE = 0.17  # inches: the height of an entry of the legend
COLUMNS = 2  # of the legend of runs
DPI = 300  # of a PNG
SIZE = 8  # points of the letters


def write(drawing: CurveDrawing, path: Path, kind: str) -> None:
    """Draws into ``path`` as a file of ``kind``, "png", "svg" or "pdf"; OSError where it cannot be written."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    plain: Any = {"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "alexnet", "font.size": SIZE}
    with rc_context(plain):
        shared = _shared(drawing)
        rows = -(-len(shared) // COLUMNS)
        height = len(drawing.plots) * TALL + rows * LINE + 0.5
        figure = Figure(figsize=(WIDE, height), layout="constrained", facecolor="white")
        axes = figure.subplots(len(drawing.plots), 1, sharex=True, squeeze=False)[:, 0]
        for each, plot in zip(axes, drawing.plots, strict=True):
            _draw(each, plot)
        _name_axis(axes[-1], drawing)
        figure.suptitle(_text(drawing.title), fontsize=SIZE + 2, parse_math=False)
        if shared:
            _explain(figure, shared)
        stamp = {"png": {}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}[kind]  # the same is the same file
        figure.savefig(path, format=kind, dpi=DPI, metadata=stamp)


def _shared(drawing: CurveDrawing) -> dict[str, DrawnLine]:
    """A line of each run behind, by its name and look."""
    lines = [line for plot in drawing.plots for line in plot.lines if line.shared and line.name]
    lines.sort(key=lambda line: -line.layer)  # the first run is in front of the others
    return {f"{line.name}\0{line.colour}{line.dashes}": line for line in lines}


def _draw(axes: "Axes", plot: DrawnPlot) -> None:
    axes.set_ylabel(_text(plot.title), parse_math=False)
    if plot.logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: in_words(value))
    axes.grid(color="0.9", linewidth=0.5)
    axes.set_axisbelow(True)
    named = [(handle, line.name) for line in plot.lines if (handle := _put(axes, line)) and not line.shared]
    handles = [(handle, name) for handle, name in named if name]
    axes.set_ylim(*plot.heights)
    if handles:
        found = axes.legend(*zip(*((handle, _text(name)) for handle, name in handles), strict=True), frameon=False)
        for text in found.get_texts():
            text.set_parse_math(False)


def _put(axes: "Axes", line: DrawnLine) -> Any:
    look: dict[str, Any] = {"color": line.colour, "zorder": 100 + line.layer, "linewidth": 0.9}
    if line.marker:
        size = 4 if line.marker == "D" else 2.5
        look |= {"linestyle": "none", "marker": line.marker, "markersize": size, "markeredgewidth": 0}
    elif line.dashes:
        look |= {"dashes": line.dashes}
    return axes.plot(line.places, line.heights, **look)[0]


def _name_axis(axes: "Axes", drawing: CurveDrawing) -> None:
    axes.set_xlabel(_text(drawing.axis), parse_math=False)
    if drawing.logarithmic:
        axes.set_xscale("log")
    axes.set_xlim(*drawing.places)
    if drawing.timed:
        axes.xaxis.set_major_formatter(lambda value, _: time_text(value))
    elif not drawing.logarithmic:
        axes.xaxis.set_major_formatter(lambda value, _: in_words(value) if value < 1000 else f"{value:,.0f}")


def _explain(figure: "Figure", shared: dict[str, DrawnLine]) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for line in shared.values():
        handle = Line2D([], [], color=line.colour, linewidth=1.2)
        if line.dashes:
            handle.set_dashes(line.dashes)
        handles.append(handle)
    names = [_text(line.name) for line in shared.values()]
    found = figure.legend(handles, names, loc="outside lower left", ncols=COLUMNS, frameon=False, handlelength=3.5)
    for text in found.get_texts():
        text.set_parse_math(False)


def _text(text: str) -> str:
    return one_line(text, 60)
