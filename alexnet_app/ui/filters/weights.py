"""The page Weights beside the kernels: a layer's weights in numbers, the towers they read, dead units by layer."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from alexnet_app.ui.filters import weight_jobs, weight_words
from alexnet_app.ui.filters.jobs import FilterView
from alexnet_app.ui.filters.views.energy_matrix import EnergyMatrix
from alexnet_app.ui.filters.weight_jobs import WeightsRead
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.fact_table import FactTable
from alexnet_app.ui.parts.histogram import Histogram
from alexnet_app.ui.parts.kernel_sheet import MARGIN
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE


class WeightsPane(QWidget):
    """Reads the weights when it is seen. ``failed`` brings a Failure."""

    failed = Signal(object)

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self._view: FilterView | None = None
        self._file: tuple[str, int] | None = None
        self._read: tuple[str, int] | None = None  # what ``_found`` is of, or what is being read
        self._found: WeightsRead | None = None
        self.layer, self.histogram, self.matrix = EntryBox(), Histogram(), EnergyMatrix()
        self.facts, self.dead = FactTable(), FactTable()
        self._about, self._about_energy, self._about_dead = (_note() for _ in range(3))
        self._waiting = _note()
        self._full = QWidget()
        self._lay_out()
        self.layer.activated.connect(self._draw)

    def follow(self, view: FilterView | None, file: tuple[str, int] | None) -> None:
        """Is of the model and the layer that ``view`` shows, read from ``file`` when that was written."""
        layer_changed = view is not None and (self._view is None or view.layer != self._view.layer)
        self._view, self._file = view, file
        if file != self._read:
            self._forget()
        if view is not None:
            self._offer(view, view.layer if layer_changed else self.layer.currentText())
        self._look()

    def choose(self, layer: str) -> None:
        """Shows ``layer``, also one without kernels."""
        self.layer.setCurrentIndex(max(0, self.layer.findText(layer)))
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the weights now that somebody looks."""
        super().showEvent(event)
        self._look()

    def notes(self) -> tuple[str, str, str]:
        """What is said below the numbers, the matrix and the dead units."""
        return self._about.text(), self._about_energy.text(), self._about_dead.text()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setContentsMargins(MARGIN, 0, MARGIN, 0)
        label = Label(self.tr("Layer"))
        label.setBuddy(self.layer)
        self.layer.setAccessibleName(self.tr("Layer whose weights are shown"))
        set_tip(self.layer, self.tr("Layer whose weights are shown, dense layers too"))
        line.addWidget(label)
        line.addWidget(self.layer)
        line.addStretch()
        inner = QVBoxLayout(self._full)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(SPACE)
        inner.addLayout(line)
        inner.addLayout(_indented(self.histogram))
        inner.addWidget(self.facts)
        inner.addWidget(self._about)
        for title, widget, note in (
            (self.tr("Where the towers meet"), _indented(self.matrix), self._about_energy),
            (self.tr("Dead units"), _indented(self.dead, by=0), self._about_dead),
        ):
            inner.addWidget(_heading(title))
            inner.addLayout(widget)
            inner.addWidget(note)
        inner.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, SPACE, 0, 0)
        layout.addWidget(self._waiting)
        layout.addWidget(self._full)
        layout.addStretch()
        self._show_page()

    def _offer(self, view: FilterView, wanted: str) -> None:
        names = [each.name for each in view.bundle.spec.layers]
        if [self.layer.itemText(place) for place in range(self.layer.count())] != names:
            self.layer.clear()
            self.layer.addItems(names)
        self.choose(wanted if wanted in names else view.layer)

    def _look(self) -> None:
        if self._view is None or not self.isVisible() or self._file == self._read:
            return
        self._read = self._file
        self._waiting.setText(self.tr("Reading the weights…"))
        work = partial(weight_jobs.weigh, self._view.path)
        self._job = self._jobs.start(work, self._take, self._fail, self._end, name="weights")
        self._show_page()

    def _take(self, found: object) -> None:
        assert isinstance(found, WeightsRead)
        self._found = found
        self._draw()
        self._show_page()

    def _fail(self, failure: Failure) -> None:
        self._waiting.setText(self.tr("No weights to show"))
        self.failed.emit(failure)

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None

    def _forget(self) -> None:
        if self._job is not None:
            self._job.abandon()
            self._job = None
        self._found = self._read = None
        self._show_page()

    def _show_page(self) -> None:
        self._full.setVisible(self._found is not None)
        self._waiting.setVisible(self._found is None)

    def _draw(self, _: int = 0) -> None:
        known = {each.layer: each for each in self._found.layers} if self._found is not None else {}
        layer = known.get(self.layer.currentText())
        if layer is None or self._found is None or self._view is None:
            return
        self.histogram.show_counts(layer.histogram, layer.reach, weight_words.histogram(layer))
        self.facts.show_rows(weight_words.facts(layer))
        self._about.setText(weight_words.near_zero())
        shares = layer.energy.tolist() if layer.energy is not None else []
        said = weight_words.energy(layer)
        self.matrix.show_shares(weight_words.readers(layer), weight_words.sources(), shares, said)
        self.matrix.setVisible(bool(shares))
        self._about_energy.setText(weight_words.about_energy(layer, towers=len(self._view.towers) > 1))
        order = {name: self._found.dead[name] for name in known if name in self._found.dead}
        self.dead.show_rows(weight_words.dead(order))
        self.dead.setVisible(bool(order))
        self._about_dead.setText(weight_words.about_dead(order))


def _heading(text: str) -> Label:
    label = Label(text)
    font = label.font()
    font.setBold(True)
    label.setFont(font)
    label.setContentsMargins(MARGIN, SPACE, MARGIN, 0)
    return label


def _indented(widget: QWidget, by: int = MARGIN) -> QHBoxLayout:
    """``widget`` where the texts above and below it begin."""
    line = QHBoxLayout()
    line.setContentsMargins(by, 0, by, 0)
    line.addWidget(widget)
    return line


def _note() -> Label:
    label = Label(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setContentsMargins(MARGIN, 0, MARGIN, 0)
    return label
