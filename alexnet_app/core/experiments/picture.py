"""An experiment as a picture file: its curves above, what was measured beside what the paper has below."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from alexnet_app.core.experiments.experiment import Curve, Experiment, Finding, Point, Scale
from alexnet_app.core.experiments.stored import PICTURE, points_of
from alexnet_app.core.experiments.wording import COLUMNS, measured_text, note_text, paper_text
from alexnet_app.core.files import replace_file

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLOURS = ("#2a62c9", "#00795a", "#8a5a9e")
TOWERS = {"A": "#0072B2", "B": "#D55E00"}  # these two mean the same everywhere
DASHES = ("-", "--", ":")
LINE_INCHES = 0.24
LONGEST = 74  # letters of a note: the finding has it whole


def write_figure(experiment: Experiment, scale: Scale, folder: Path, finding: Finding) -> Path:
    """Draws the runs in ``folder`` and ``finding`` into the folder's PNG; its path."""
    from matplotlib.figure import Figure

    path, table = folder / PICTURE, LINE_INCHES * (len(finding.rows) + 3)
    curves = 4.5 if experiment.curves else 0.0
    figure = Figure(figsize=(9.6, curves + table + 0.8), layout="constrained")
    parts = figure.subplots(2 if curves else 1, 1, squeeze=False, height_ratios=(curves, table) if curves else (1,))
    figure.suptitle(f"{experiment.title} ({experiment.where})")
    if curves:
        _draw_curves(parts[0, 0], experiment, _all_points(experiment, scale, folder))
    _draw_table(parts[-1, 0], finding)
    replace_file(path, lambda temporary: figure.savefig(temporary, format="png", dpi=110))
    return path


def _all_points(experiment: Experiment, scale: Scale, folder: Path) -> list[tuple[Point, ...]]:
    return [points_of(experiment, each, folder) for each in experiment.plan(scale)]


def _draw_curves(axes: "Axes", experiment: Experiment, runs: Sequence[Sequence[Point]]) -> None:
    """A line for each run and curve; one entry of the legend for each curve."""
    styles = style_of(experiment.curves)
    named: set[str] = set()
    for run in runs:
        for curve in dict.fromkeys(point.curve for point in run):
            own = [point for point in run if point.curve == curve]
            colour, dash = styles[curve]
            label = "" if curve in named else curve
            named.add(curve)
            steps, values = [point.step for point in own], [point.value for point in own]
            axes.plot(steps, values, dash, color=colour, linewidth=1.3, label=label)
    for level in experiment.levels:
        axes.axhline(level, color="0.4", linewidth=1, linestyle="-.")
        axes.annotate(f"{level:g} %", (1, level), xycoords=("axes fraction", "data"), va="bottom", ha="right")
    axes.set(xlabel="training steps", ylabel=experiment.axis, xlim=(0, None), ylim=(0, None))
    axes.grid(color="0.92")
    if named:  # kernels that have not learned make no point
        axes.legend(frameon=False)


def style_of(curves: Sequence[Curve]) -> Mapping[str, tuple[str, str]]:
    """The colour and the dashes of each curve by its name."""
    return {
        each.name: (TOWERS.get(each.tower, COLOURS[place % len(COLOURS)]), DASHES[each.dash % len(DASHES)])
        for place, each in enumerate(curves)
    }


def _draw_table(axes: "Axes", finding: Finding) -> None:
    axes.axis("off")
    cells = [[row.what, measured_text(row), paper_text(row), shorten(note_text(row), LONGEST)] for row in finding.rows]
    table = axes.table(
        cells or [[""] * len(COLUMNS)],
        colLabels=COLUMNS,
        colWidths=(0.37, 0.13, 0.06, 0.44),
        colLoc="left",
        cellLoc="left",
        loc="upper center",
        edges="horizontal",
    )
    table.auto_set_font_size(False)
    table.set_fontsize(7)
    quick = "quick setting, not the paper's: " if finding.quick else ""
    axes.set_title(f"{finding.sentence}\n{quick}{finding.conditions}", fontsize=8, loc="left", wrap=True)
