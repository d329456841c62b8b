"""The line above the learning curves: which step is told, and how the curves are drawn."""

from collections.abc import Iterable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QSlider, QToolButton, QWidget

from alexnet_app.ui.curves.catalogue import measure_of, measures
from alexnet_app.ui.curves.legend import WIDE
from alexnet_app.ui.curves.plot_actions import PlotActions
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import Label, copy_tip, set_tip
from alexnet_app.ui.theme import SPACE

HALF_WINDOWS = (0, 2, 5, 10, 25, 50, 100, 250, 500, 1000, 2500)  # steps before and after each that a mean is over
MILD = 4  # the slider at the start


class Controls(QWidget):
    """Log scale, smoothing, marks, whole run; on the left the step at the mouse, or the newest one.

    ``smoothed`` says that the smoothing is another one, ``chosen`` which family of series is drawn below, "" for none.
    What there is no room for on the line is in the menu of *More*, which has all.
    """

    smoothed = Signal()
    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.actions_of_plots = actions = PlotActions(self)
        self.log_action, self.marks_action, self.whole_action = actions.log, actions.marks, actions.whole
        self._drawn = ""
        self._wanted = ""  # the family to be drawn below, as soon as there is such a one
        self._place = Label()
        self._place.setAccessibleName(self.tr("Step of the values shown"))
        self._smooth_name = Label(self.tr("Smoothing"))
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._whole = QToolButton()
        self._below = EntryBox()
        self._below.setAccessibleName(self.tr("Third plot"))
        set_tip(self._below, self.tr("What to plot below loss and error"))
        self._below.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._below.activated.connect(self._take)
        self._axis = EntryBox()
        self._boxes = [self._box(self.log_action), self._box(self.marks_action)]
        self._more, self._table, self._save = QToolButton(), QToolButton(), QToolButton()
        self._extras: tuple[QWidget, ...] = (self._axis, self._table, self._save)  # all in the menu, too
        self._prepare()
        self._lay_out()
        self.offer(())
        self.set_zoomed(False)
        self.tell(None)

    def _box(self, action: QAction) -> QCheckBox:
        box = QCheckBox(action.text())
        copy_tip(action, box)
        box.setChecked(action.isChecked())
        box.toggled.connect(action.setChecked)
        action.toggled.connect(box.setChecked)
        return box

    def _prepare(self) -> None:
        self._slider.setRange(0, len(HALF_WINDOWS) - 1)
        self._slider.setPageStep(2)
        self._slider.setValue(MILD)
        self._slider.setAccessibleName(self.tr("Smoothing"))
        self._slider.valueChanged.connect(self._say_window)
        self._slider.valueChanged.connect(self.smoothed)
        self._smooth_name.setBuddy(self._slider)
        self._say_window()
        self._whole.setDefaultAction(self.whole_action)
        self._table.setDefaultAction(self.actions_of_plots.table)
        self._save.setDefaultAction(self.actions_of_plots.save)
        self._more.setText(self.tr("More"))
        self._more.setMenu(self.actions_of_plots.menu)
        self._more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        set_tip(self._more, self.tr("X axis, table, compared runs, and saving of plots and values"))
        for button in (self._whole, self._table, self._save, self._more):
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._prepare_axis()

    def _prepare_axis(self) -> None:
        actions = self.actions_of_plots
        self._axis.setAccessibleName(self.tr("X axis"))
        set_tip(self._axis, self.tr("What the curves are drawn over"))
        self._axis.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        for unit, action in actions.units.items():
            self._axis.addItem(action.text(), str(unit))
        self._axis.activated.connect(lambda _: actions.set_unit(self._axis.currentData()))
        actions.unit_changed.connect(lambda: self._axis.setCurrentIndex(self._axis.findData(str(actions.unit()))))

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(SPACE, 0, SPACE, 0)
        line.setSpacing(SPACE // 2)
        line.addWidget(self._place)
        line.addStretch(1)
        for part in (self._below, self._axis, self._boxes[0], self._smooth_name, self._slider, self._boxes[1]):
            line.addWidget(part)
        for button in (self._whole, self._table, self._save, self._more):
            line.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def offer(self, families: Iterable[str]) -> None:
        """The families of series that can be drawn below; the one that was chosen is drawn if it is among them."""
        known = [row.family for row in measures()]
        own = [each for each in families if measure_of(each).own]
        own.sort(key=lambda each: known.index(each) if each in known else len(known))
        self._below.clear()
        self._below.addItem(self.tr("No third plot"), "")
        for each in own:
            self._below.addItem(measure_of(each).title, each)
        self._below.setCurrentIndex(max(0, self._below.findData(self._wanted)))
        self._below.setEnabled(bool(own))
        self._choose()

    def _choose(self) -> None:
        """Draws below what is wanted, where there is such a family, and room for the choice: else nobody could leave
        it.
        """
        narrowed = self._below.sizeHint().width() - self._below.minimumSizeHint().width()
        has_room = self._is_wide() and self.room_for_all() - narrowed <= self.width()
        self._below.setVisible(has_room)
        self._show_extras()
        now = (self._below.currentData() or "") if has_room else ""
        if now != self._drawn:
            self._drawn = now
            self.chosen.emit(now)

    def _show_extras(self) -> None:
        """Shows what is in the menu also on the line, as far as there is room."""
        self._boxes[1].setVisible(self._least() <= self.width())
        left = self.width() - self.room_for_all() + (0 if self._below.isVisibleTo(self) else self._below_width())
        for part in self._extras:
            left -= part.sizeHint().width() + SPACE
            part.setVisible(left >= 0)

    def _least(self) -> int:
        """The width of what stands there by itself, close together."""
        names = (self._smooth_name,) if self._is_wide() else ()
        parts = (*self._boxes, *names, self._whole, self._more)
        hints: int = sum(each.sizeHint().width() + SPACE // 2 for each in parts)
        return hints + self._place.width() + self._slider.width() + 3 * SPACE

    def _below_width(self) -> int:
        return self._below.sizeHint().width() + SPACE

    def _take(self, _: int) -> None:
        self._wanted = self._below.currentData()
        self._choose()

    def wanted(self) -> str:
        """The family of series that is drawn below, or will be as soon as there is one; "" for none."""
        return self._wanted

    def set_wanted(self, family: str) -> None:
        """Draws a family of series below, now or as soon as there is one."""
        self._wanted = family
        self._below.setCurrentIndex(max(0, self._below.findData(family)))
        self._choose()

    def smoothing(self) -> str:
        """How strong the smoothing is, as a number without unit."""
        return str(self._slider.value())

    def set_smoothing(self, strength: str) -> None:
        """Takes what ``smoothing`` gave; ValueError for what it cannot have given."""
        self._slider.setValue(max(0, min(int(strength[:9]), len(HALF_WINDOWS) - 1)))

    def half_window(self) -> int:
        """How many steps before and after each its mean is over; 0 if nothing is smoothed."""
        return HALF_WINDOWS[self._slider.value()]

    def _say_window(self) -> None:
        half = self.half_window()
        said = (
            self.tr("Mean over {steps} steps").format(steps=local(f"{2 * half + 1:,}"))
            if half
            else self.tr("No smoothing")
        )
        set_tip(self._slider, said)
        self._slider.setAccessibleDescription(said)

    def set_zoomed(self, zoomed: bool) -> None:
        """Whether there is a way back to the whole run."""
        self.whole_action.setEnabled(zoomed)
        set_tip(
            self.whole_action,
            self.tr("Show the whole run and follow it (or double-click the plot)")
            if zoomed
            else self.tr("The whole run is shown; drag over a range or scroll to zoom in"),
        )

    def tell(self, step: int | None, count: str = "") -> None:
        """Shows at which step the values in the legends are, and what ``count`` says of it, such as its epoch."""
        if step is None:
            said = ""
        elif count:
            form = self.tr("{step} · {count}") if self._is_wide() else self.tr("{step}\n{count}")
            said = form.format(step=self._step(step), count=count if self._is_wide() else count[:1].upper() + count[1:])
        else:
            said = self._step(step)
        self._place.setText(said)

    def _step(self, step: int) -> str:
        return self.tr("Step {step}").format(step=local(f"{step:,}"))

    def text(self) -> str:
        """What ``tell`` shows."""
        return self._place.text()

    def _is_wide(self) -> bool:
        return self.width() >= WIDE

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leaves out what explains itself where there is little room."""
        super().resizeEvent(event)
        metrics, wide = QFontMetrics(self.font()), self._is_wide()
        widest = "Step 0,000,000 · epoch 0,000.0" if wide else "Step 0,000,000"
        width, height = metrics.horizontalAdvance(widest), metrics.height()
        self._place.setFixedSize(width, 2 * height)  # no step moves anything else
        self.setFixedHeight(max(2 * height, 3 * SPACE + 4))
        self._smooth_name.setVisible(wide)
        self._slider.setFixedWidth((9 if wide else 7) * SPACE)
        self._boxes[0].setText(self.log_action.text() if wide else self.tr("Log"))
        self._choose()

    def room_for_all(self) -> int:
        """The width of everything on the line, in whatever font, where none of its names is shortened."""
        parts = (*self._boxes, self._smooth_name, self._whole, self._more, self._below)
        return (
            self._place.width()
            + self._slider.width()
            + sum(each.sizeHint().width() + SPACE for each in parts)
            + 4 * SPACE
        )
