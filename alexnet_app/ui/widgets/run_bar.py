"""The line under a run: how far it is, how fast, how long still, and what can be asked of it."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QSizePolicy, QToolButton, QWidget

from alexnet_app.ui.theme import SPACE
from alexnet_app.ui.widgets.elided_label import ElidedLabel

PARTS = 1000  # of the progress bar


class Place(ElidedLabel):
    """A text's place: as wide as the widest text of its kind, so that nothing jumps; narrower where it must be.

    Texts that begin with the same word, or with a number, are of one kind.
    """

    def __init__(self) -> None:
        super().__init__()
        self._widest, self._kind = 0, ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def tell(self, text: str) -> None:
        """Shows ``text``; an empty one gives the place back."""
        self.show_text(text)
        first = text.partition(" ")[0]
        kind = first if first.isalpha() else ""
        self._widest = max(self._widest if kind == self._kind and text else 0, super().sizeHint().width())
        self._kind = kind
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Room for the widest text."""
        hint = super().sizeHint()
        return QSize(max(self._widest, hint.width()), hint.height())


class RunBar(QWidget):
    """Texts come ready to be read."""

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._where, self._speed, self._rest = Place(), Place(), Place()
        self._bar = QProgressBar()
        self._bar.setRange(0, PARTS)
        self._bar.setTextVisible(False)
        self._bar.setMinimumWidth(8 * SPACE)
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for widget, name in (
            (self._where, self.tr("Where the run stands")),
            (self._bar, self.tr("Progress of the run")),
            (self._speed, self.tr("Speed")),
            (self._rest, self.tr("Remaining time")),
        ):
            widget.setAccessibleName(name)
        for label in (self._speed, self._rest):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE // 2, SPACE, SPACE // 2)
        layout.setSpacing(SPACE)
        for widget in (self._where, self._bar, self._speed, self._rest):
            layout.addWidget(widget, stretch=1 if widget is self._bar else 0)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            layout.addWidget(button)

    def show_progress(self, where: str, share: float | None, speed: str = "", rest: str = "") -> None:
        """``share`` is 0 to 1, None while it is not known how much there is to do."""
        self._bar.setRange(0, 0 if share is None else PARTS)
        if share is not None:
            self._bar.setValue(round(share * PARTS))
        for label, text in ((self._where, where), (self._speed, speed), (self._rest, rest)):
            label.tell(text)
        self._bar.setAccessibleDescription(where)
