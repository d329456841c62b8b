"""The plots of the learning curves with their legends: everything that a picture of them shows."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from alexnet_app.ui.curves.chosen import ChosenLines
from alexnet_app.ui.curves.compared import ComparedRuns
from alexnet_app.ui.curves.lines import ErrorLines, LossLines
from alexnet_app.ui.curves.mark_strip import MarkStrip
from alexnet_app.ui.curves.marks import MarkItems
from alexnet_app.ui.curves.plot import NOTCH, Plot
from alexnet_app.ui.curves.run import DrawnRun, Epoch, Marks
from alexnet_app.ui.curves.scale import Unit
from alexnet_app.ui.curves.sight import Sight
from alexnet_app.ui.curves.words import axis_name
from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE, colours

TALL = 38 * SPACE  # from here on the axis of steps has its name below
WIDEST_NUMBER = "0.0000"


class CurveSheet(QWidget):
    """Loss above, error below, and a third plot where one was chosen. Mouse and keys ask for other steps by signals, in
    the words of Plot.
    """

    turned = Signal(float, float)
    zoomed = Signal(float)  # a key: show so many times as many steps
    picked = Signal(float, float)
    moved = Signal(float)
    pointed = Signal(object)
    asked = Signal(QPoint, float, float)
    stretched = Signal()
    whole_wanted = Signal()
    focused = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.losses, self.errors, self.chosen = LossLines(), ErrorLines(), ChosenLines()
        self._all: tuple[LossLines | ErrorLines | ChosenLines, ...] = (self.losses, self.errors, self.chosen)
        self._chosen = ""
        self.losses.plot.setAccessibleName(self.tr("Loss by step"))
        self.errors.plot.setAccessibleName(self.tr("Error by step"))
        self._marks = [MarkItems(lines.plot, labelled=lines is self.losses) for lines in self._all]
        self.strip = MarkStrip()
        self.strip.asked.connect(self.asked)
        self._is_smooth = False
        self._name = Label(axis_name(Unit.STEPS), alignment=Qt.AlignmentFlag.AlignHCenter)
        self._empty = Label(self.tr("The curves appear after the first training steps"), self)
        self._empty.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        for lines in self._all:
            self._connect(lines.plot)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)  # for the focus frame
        layout.setSpacing(2)
        for lines in self._all:
            layout.addWidget(lines.legend)
            layout.addWidget(lines.plot, stretch=1)
        layout.addWidget(self.strip)
        layout.addWidget(self._name)
        self.choose("")

    @property
    def plots(self) -> tuple[Plot, ...]:
        """Those that are shown."""
        return tuple(lines.plot for lines in self._all[: 3 if self._chosen else 2])

    def choose(self, family: str) -> None:
        """Shows a family of series below losses and errors; none for ""."""
        self._chosen = family
        self.chosen.choose(family)
        for part in (self.chosen.legend, self.chosen.plot):
            part.setVisible(bool(family))
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance(WIDEST_NUMBER) + SPACE
        for plot in self.plots:  # the numbers of steps stand below the last one
            plot.lay_out(width, metrics.height() + SPACE // 2 if plot is self.plots[-1] else 0)

    def _connect(self, plot: Plot) -> None:
        plot.turned.connect(self.turned)
        plot.picked.connect(self.picked)
        plot.moved.connect(self.moved)
        plot.pointed.connect(self.pointed)
        plot.asked.connect(self.asked)
        plot.stretched.connect(self.stretched)
        plot.whole_wanted.connect(self.whole_wanted)

    def draw(
        self,
        runs: ComparedRuns,
        marks: Marks | None,
        shown: tuple[float, float],
        sight: Sight,
        parts: Sequence[int] = (0, 1, 2),
    ) -> None:
        """Shows the runs over the stretch ``shown`` of the axis; without marks if ``marks`` is None. Only in the plots
        ``parts`` of those that are shown.
        """
        front, scale = runs.front.drawn, sight.scale
        if self._is_smooth != bool(sight.half):
            self._is_smooth = bool(sight.half)
            self.paint()
        for part in parts[: len(self.plots)]:
            self.plots[part].count(
                fine=scale.unit in (Unit.EPOCHS, Unit.TIME),
                timed=scale.unit == Unit.TIME,
                logarithmic=scale.logarithmic,
            )
            self.plots[part].start(*shown)
            if part == 0:
                self.losses.draw(runs, marks, sight)
            elif part == 1:
                self.errors.draw(runs, marks, sight)
            else:
                self.chosen.draw(runs, sight)
            self._marks[part].show(marks, front, scale)
        if 0 in parts:
            if self._name.text() != axis_name(scale.unit):
                self._name.setText(axis_name(scale.unit))
            last = self.plots[-1]
            box = last.plotItem.vb.sceneBoundingRect()
            left, span = last.x() - self.strip.x() + round(box.left()), self.plots[0].plotItem.vb.viewRange()[0]
            self.strip.show_marks(marks, front, scale, (span[0], span[1]), left, round(box.width()))
        self._show_empty(all(run.drawn.span() is None for run in runs))

    def _show_empty(self, empty: bool) -> None:
        self._empty.setVisible(empty)
        self._empty.raise_()
        place = self._empty.rect()
        place.moveCenter(self.plots[0].geometry().center())
        self._empty.move(place.topLeft())

    def tell(
        self, place: float | None, at: float | None, loss: float, mean: float, epoch: Epoch, run: DrawnRun
    ) -> None:
        """Shows values in the legends, and a line at the ``place`` of the mouse, which is the step ``at``."""
        for plot in self.plots:
            plot.point_at(place)
        self.losses.tell(loss, mean, epoch)
        self.errors.tell(epoch)
        self.chosen.tell(run, at)

    def set_logarithmic(self, logarithmic: bool) -> None:
        """Draws losses on a logarithmic scale, or no longer."""
        self.losses.plot.set_logarithmic(logarithmic)

    def titles(self) -> tuple[str, ...]:
        """What the plots that are shown are called, above them."""
        row = self.chosen.row
        titles = (self.losses.legend.title, self.errors.legend.title, row.title if row is not None else "")
        return titles[: len(self.plots)]

    def named(self) -> tuple[dict[object, str], ...]:
        """What the lines of the run in front are called in each plot."""
        return tuple(lines.named() for lines in self._all[: len(self.plots)])

    def is_stretched(self) -> bool:
        """Whether the height of a plot was chosen."""
        return any(plot.is_stretched for plot in self.plots)

    def fit(self) -> None:
        """Goes back to heights that fit."""
        for plot in self.plots:
            plot.fit()

    def paint(self) -> None:
        """Takes the colours of the theme."""
        drawn = colours(self)
        self.losses.paint_in(drawn, smooth=self._is_smooth)
        self.errors.paint_in(drawn)
        self.chosen.paint_in(drawn)
        for items in self._marks:
            items.paint_in(drawn)
        for label in (self._name, self._empty):
            label.setStyleSheet(f"color: {drawn.faint.name()}; background: {drawn.paper.name()}; padding: 0 {SPACE}px")
        self._empty.adjustSize()

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.paint()

    def event(self, event: QEvent) -> bool:
        """Follows from one screen to another with finer or coarser pixels."""
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.paint()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Names the axis where there is room."""
        super().resizeEvent(event)
        self._name.setVisible(self.height() >= TALL)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Plus and minus zoom, arrows move, Home shows the whole run."""
        match event.key():
            case Qt.Key.Key_Plus | Qt.Key.Key_Equal:
                self.zoomed.emit(NOTCH)
            case Qt.Key.Key_Minus:
                self.zoomed.emit(1 / NOTCH)
            case Qt.Key.Key_Left | Qt.Key.Key_Right:
                self.moved.emit(0.1 if event.key() == Qt.Key.Key_Right else -0.1)
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._move_up(0.1 if event.key() == Qt.Key.Key_Up else -0.1)
            case Qt.Key.Key_Home:
                self.whole_wanted.emit()
            case _:
                super().keyPressEvent(event)

    def _move_up(self, part: float) -> None:
        for plot in self.plots:
            plot.move_up(part)
        self.stretched.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Shows that keys go here."""
        super().focusInEvent(event)
        self.update()
        self.focused.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Shows that keys go elsewhere."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the focus frame."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(colours(self).accent, 2))
            painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
