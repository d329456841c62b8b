"""The plot of the family of series that a person chose to see below losses and errors."""

import numpy as np
from PySide6.QtCore import Qt

from alexnet_app.ui.curves.behind import RunsBehind
from alexnet_app.ui.curves.catalogue import Measure, measure_of
from alexnet_app.ui.curves.compared import ComparedRuns
from alexnet_app.ui.curves.legend import Legend, LegendEntry
from alexnet_app.ui.curves.plot import Plot
from alexnet_app.ui.curves.run import DrawnRun
from alexnet_app.ui.curves.series import Series
from alexnet_app.ui.curves.sight import Sight
from alexnet_app.ui.theme import Colours

LOOKS = (  # colour, dashes, the sign in the legend: the first layers differ most
    ("accent", Qt.PenStyle.SolidLine, "solid"),
    ("second", Qt.PenStyle.DashLine, "dashed"),
    ("text", Qt.PenStyle.DotLine, "dotted"),
    ("accent", Qt.PenStyle.DashLine, "dashed"),
    ("second", Qt.PenStyle.DotLine, "dotted"),
    ("text", Qt.PenStyle.SolidLine, "solid"),
    ("faint", Qt.PenStyle.SolidLine, "solid"),
    ("faint", Qt.PenStyle.DashLine, "dashed"),
)


class ChosenLines:
    """The members of one family, each a line: no more than there are looks."""

    def __init__(self) -> None:
        self.plot = Plot(1.0)
        self.legend = Legend("", "")
        self._row: Measure | None = None
        self.behind = RunsBehind(self.plot)
        lines = [self.plot.add_line(role, -2 * place, style) for place, (role, style, _) in enumerate(LOOKS)]
        entries = [self.legend.add(sign, role, "", "00.0 %") for role, _, sign in LOOKS]
        self._parts: list[tuple[object, LegendEntry]] = list(zip(lines, entries, strict=True))

    def choose(self, family: str) -> None:
        """Which family is drawn; none for ""."""
        self._row = measure_of(family) if family else None
        if self._row is not None:
            self.legend.set_titles(self._row.title, self._row.title)
            self.plot.setAccessibleName(self._row.title)
            self.plot.set_logarithmic(self._row.logarithmic)
            self.plot.set_signed(self._row.signed)
            self.plot.fit()

    def draw(self, runs: ComparedRuns, sight: Sight) -> None:
        """Shows the family over what the plot now shows; of the other runs where it is a single series."""
        if self._row is None:
            return
        run, box = runs.front.drawn, self.plot.plotItem.vb
        view = [sight.scale.steps(run, float(each)) for each in box.viewRange()[0]]
        members = list(run.series.of(self._row.family).items())[: len(LOOKS)]
        for place, (line, entry) in enumerate(self._parts):
            there = place < len(members)
            name, one = members[place] if there else ("", Series())
            steps, values = one.drawn(view[0], view[1], max(int(box.width()), 128))
            places = sight.scale.places(run, steps)
            known = np.isfinite(places)
            self.plot.draw(line, places[known], values[known] * self._row.factor)
            if (called := self._row.members.get(name, name)) != entry.full_name:
                entry.set_name(called)
            self.legend.set_present(entry, present=there)
        self.behind.draw_series(runs.seen(), sight, self._row.family, self._row.factor)
        self.legend.make_room()
        self.plot.end(self._row.least)

    @property
    def row(self) -> Measure | None:
        """The family that is drawn."""
        return self._row

    def tell(self, run: DrawnRun, at: float | None) -> None:
        """Puts the values of ``run`` at a step, or the newest ones, into the legend."""
        if self._row is not None:
            members = list(run.series.of(self._row.family).values())
            for (_, entry), each in zip(self._parts, members, strict=False):
                entry.set_value(self._row.text(each.at(at)))

    def named(self) -> dict[object, str]:
        """What the lines of the run in front are called."""
        return {line: entry.full_name for line, entry in self._parts if entry.full_name}

    def paint_in(self, colours: Colours) -> None:
        """Takes the colours of the theme."""
        self.plot.paint_in(colours)
        self.legend.paint_in(colours)
