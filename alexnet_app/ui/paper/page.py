"""One experiment on the screen: its question, what the paper says, its settings, its curves, its finding."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from alexnet_app.core.experiments.experiment import Experiment, Finding
from alexnet_app.core.experiments.wording import measured_text, note_text, paper_text
from alexnet_app.ui.paper.settings import PaperSettings
from alexnet_app.ui.paper.views.finding_table import FindingTable
from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE, colours

if TYPE_CHECKING:
    from alexnet_app.ui.paper.views.experiment_plot import ExperimentPlot

translate = QCoreApplication.translate
PLOT_HEIGHT = 40 * SPACE


class PaperPage(QScrollArea):
    """Scrolls where the window is small. Curves are there from ``warm_up`` on."""

    def __init__(self, settings: PaperSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._experiment: Experiment | None = None
        self._plot: ExperimentPlot | None = None
        self._lines: Mapping[tuple[str, str], list[tuple[float, float]]] = {}
        self._settings = settings
        self._title, self._question, self._paper = Label(), Label(), Label()
        self.takes, self._sentence, self._conditions = Label(), Label(), Label()
        self.table = FindingTable()
        self._faint = (self._paper, self.takes, self._conditions)
        self._lay_out()
        self._paint()

    def _lay_out(self) -> None:
        font = self._title.font()
        font.setPointSizeF(font.pointSizeF() * 1.4)
        self._title.setFont(font)
        self._body = QWidget()
        self._inner = QVBoxLayout(self._body)
        self._inner.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        self._inner.setSpacing(SPACE)
        self.takes.setAccessibleName(self.tr("Estimated time, memory and disk space"))
        for label in (self._title, self._question, self._paper, self.takes, self._sentence, self._conditions):
            label.setWordWrap(True)
        above = (self._title, self._question, self._paper, self._settings, self.takes)
        for widget in (*above, self._sentence, self._conditions, self.table):
            self._inner.addWidget(widget)
        self._inner.addStretch(1)
        self.setWidget(self._body)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("The experiment"))

    def warm_up(self) -> None:
        """Makes the plot, now that what it needs is loaded."""
        from alexnet_app.ui.paper.views.experiment_plot import ExperimentPlot

        self._plot = ExperimentPlot()
        self._plot.setFixedHeight(PLOT_HEIGHT)
        self._inner.insertWidget(self._inner.indexOf(self._sentence), self._plot)
        self._set_curves()

    def show_experiment(self, experiment: Experiment) -> None:
        """Tells of ``experiment``; its curves and its finding come with the next calls."""
        self._experiment = experiment
        self._title.setText(translate("experiments", experiment.title))
        self._question.setText(translate("experiments", experiment.question))
        said = self.tr("The paper ({where}): {what}")
        where, what = translate("experiments", experiment.where), translate("experiments", experiment.paper)
        networks = self.tr("\nSupported: {networks}.") if experiment.networks else ""
        about = networks.format(networks=translate("experiments", experiment.networks))
        self._paper.setText(said.format(where=where, what=what) + about)
        for widget in (self._settings, self.takes):
            widget.setVisible(bool(experiment.curves))
        self._lines = {}
        self._set_curves()
        self.show_finding(None)
        self.verticalScrollBar().setValue(0)

    def show_lines(self, lines: Mapping[tuple[str, str], list[tuple[float, float]]]) -> None:
        """Draws the curves of its runs."""
        self._lines = lines
        if self._plot is not None and self._experiment is not None and self._experiment.curves:
            self._plot.show_lines(lines)

    def show_finding(self, finding: Finding | None) -> None:
        """Shows what was measured beside what the paper has; nothing for None."""
        for widget in (self._sentence, self._conditions, self.table):
            widget.setVisible(finding is not None)
        if finding is None:
            return
        self._sentence.setText(finding.sentence)
        quick = self.tr("Quick look, not comparable with the paper: ") if finding.quick else ""
        self._conditions.setText(quick + finding.conditions)
        self.table.set_rows([(row.what, measured_text(row), paper_text(row), note_text(row)) for row in finding.rows])

    def _set_curves(self) -> None:
        if self._plot is None or self._experiment is None:
            return
        from alexnet_app.ui.paper.views.experiment_plot import CurveStyle

        curves = [CurveStyle(each.name, each.dash, each.tower) for each in self._experiment.curves]
        self._plot.setVisible(bool(curves))
        self._plot.set_curves(translate("experiments", self._experiment.axis), curves, self._experiment.levels)
        self._plot.show_lines(self._lines if curves else {})

    def _paint(self) -> None:
        for label in self._faint:
            palette = QPalette(self.palette())
            palette.setColor(QPalette.ColorRole.WindowText, colours(self).faint)
            label.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_faint"):
            self._paint()
