"""A slider over the snapshots of a run, with what plays it."""

from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QHideEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSlider, QToolButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.theme import SPACE

SPEEDS = (2, 5, 10, 20)  # snapshots a second
USUAL = 10


@dataclass(frozen=True, slots=True)
class FilmKeys:
    """What is pressed to play and to step: no two bars of a window have the same."""

    play: str
    previous: str
    next: str


class FilmBar(QWidget):
    """``moved`` tells the place of the slider, from 0; ``seen`` whether the bar is on the screen. The actions play and
    step; they are for menus too, as is ``last``, which stands at the end. A ``flat`` bar is one line, else two.
    """

    moved = Signal(int)
    seen = Signal(bool)

    def __init__(self, keys: FilmKeys, last: QAction, *, flat: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Snapshot of the training"))
        self.play_action = self._action(self.tr("Play the training"), keys.play)
        self.previous_action = self._action(self.tr("Previous snapshot"), keys.previous)
        self.next_action = self._action(self.tr("Next snapshot"), keys.next)
        self.previous_action.setIconText(self.tr("Previous"))
        self.next_action.setIconText(self.tr("Next"))
        self._last = last
        self.speed = EntryBox()
        for each in SPEEDS:
            self.speed.addItem(self.tr("{count:,} per second").format(**shown(count=each)), each)
        self.speed.setCurrentIndex(SPEEDS.index(USUAL))
        self.speed.setAccessibleName(self.tr("Speed"))
        set_tip(self.speed, self.tr("How many snapshots are played per second"))
        self._where = ElidedLabel(faint=True)
        self._playing = QTimer(self, interval=1000 // USUAL)
        self._lay_out(flat=flat)
        self._connect()
        self.set_length(0)

    def _action(self, text: str, key: str) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        return action

    def actions_of_menu(self) -> tuple[QAction, ...]:
        """Those that belong into a menu."""
        return self.play_action, self.previous_action, self.next_action, self._last

    def set_length(self, count: int) -> None:
        """There are ``count`` snapshots; the last one is shown. Emits nothing."""
        self.pause()
        self.grow(count, count - 1)

    def grow(self, count: int, place: int) -> None:
        """There are ``count`` snapshots now, of which that at ``place`` is shown; playing goes on. Emits nothing."""
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, count - 1))
        self.slider.setPageStep(max(1, count // 10))
        self.slider.setValue(place)
        self.slider.blockSignals(False)

    def place(self) -> int:
        """Where the slider is."""
        return self.slider.value()

    def go_to(self, place: int) -> None:
        """Moves the slider."""
        self.pause()
        self.slider.setValue(place)

    def say(self, where: str) -> None:
        """What the slider stands at."""
        self._where.show_text(where)
        self.slider.setAccessibleDescription(where)

    def said(self) -> str:
        """What was said."""
        return self._where.text()

    def is_playing(self) -> bool:
        """Whether it moves by itself."""
        return self._playing.isActive()

    def pause(self) -> None:
        """Stays where it is."""
        self._playing.stop()
        self._name_play()

    def _lay_out(self, *, flat: bool) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        for action in (self.previous_action, self.play_action, self.next_action):
            line.addWidget(self._button(action))
        if flat:
            line.addWidget(self.slider, stretch=2)
        line.addWidget(self.speed)
        line.addWidget(self._where, stretch=3)
        line.addWidget(self._button(self._last))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        if not flat:
            layout.addWidget(self.slider)
        layout.addLayout(line)

    def showEvent(self, event: QShowEvent) -> None:
        """Its actions can be used now."""
        super().showEvent(event)
        self.seen.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nobody looks at it: nothing is played, and its actions wait."""
        super().hideEvent(event)
        self.pause()
        self.seen.emit(False)

    def _button(self, action: QAction) -> QToolButton:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def _connect(self) -> None:
        self.slider.valueChanged.connect(self.moved)
        self.slider.sliderPressed.connect(self.pause)
        self.play_action.triggered.connect(self._play)
        self.previous_action.triggered.connect(lambda: self.go_to(self.place() - 1))
        self.next_action.triggered.connect(lambda: self.go_to(self.place() + 1))
        self.speed.activated.connect(lambda _: self._playing.setInterval(1000 // self.speed.currentData()))
        self._playing.timeout.connect(self._step)

    def _play(self) -> None:
        """Plays from here, at the end from the beginning, or pauses."""
        if self.is_playing():
            self.pause()
            return
        if self.place() == self.slider.maximum():
            self.slider.setValue(0)
        self._playing.start()
        self._name_play()

    def _step(self) -> None:
        self.slider.setValue(self.place() + 1)
        if self.place() == self.slider.maximum():
            self.pause()

    def _name_play(self) -> None:
        is_on = self.is_playing()
        self.play_action.setText(self.tr("Pause the film") if is_on else self.tr("Play the training"))
        self.play_action.setIconText(self.tr("Pause") if is_on else self.tr("Play"))
