"""A slider over the snapshots of a run, with what plays it."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QSlider, QToolButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.theme import SPACE

SPEEDS = (2, 5, 10, 20)  # snapshots a second
USUAL = 10


class FilmBar(QWidget):
    """``moved`` tells the place of the slider, from 0. The actions play and step; they are for menus too."""

    moved = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName(self.tr("Snapshot of the training"))
        self.play_action = self._action(self.tr("Play the training"), "Ctrl+Alt+Space")
        self.previous_action = self._action(self.tr("Previous snapshot"), "Alt+Left")
        self.next_action = self._action(self.tr("Next snapshot"), "Alt+Right")
        self.save_action = self._action(self.tr("Save film…"), "Ctrl+Alt+V")
        self.previous_action.setIconText(self.tr("Previous"))
        self.next_action.setIconText(self.tr("Next"))
        self.save_action.setIconText(self.tr("Save film…"))
        self.speed = EntryBox()
        for each in SPEEDS:
            self.speed.addItem(self.tr("{count:,} per second").format(**shown(count=each)), each)
        self.speed.setCurrentIndex(SPEEDS.index(USUAL))
        self.speed.setAccessibleName(self.tr("Speed"))
        set_tip(self.speed, self.tr("How many snapshots are played per second"))
        self._where = ElidedLabel(faint=True)
        self._playing = QTimer(self, interval=1000 // USUAL)
        self._lay_out()
        self._connect()
        self.set_length(0)

    def _action(self, text: str, key: str) -> QAction:
        action = QAction(text, self)
        action.setShortcut(QKeySequence(key))
        return action

    def actions_of_menu(self) -> tuple[QAction, ...]:
        """Those that belong into a menu."""
        return self.play_action, self.previous_action, self.next_action, self.save_action

    def set_length(self, count: int) -> None:
        """There are ``count`` snapshots; the last one is shown. Emits nothing."""
        self.pause()
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(0, count - 1))
        self.slider.setPageStep(max(1, count // 10))
        self.slider.setValue(count - 1)
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

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        for action in (self.previous_action, self.play_action, self.next_action):
            line.addWidget(self._button(action))
        line.addWidget(self.speed)
        line.addWidget(self._where, stretch=1)
        line.addWidget(self._button(self.save_action))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addWidget(self.slider)
        layout.addLayout(line)

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
