"""The line under the answers: how many there are, how far the rest is, and what can be done with them."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE

PATIENCE = 250  # milliseconds: work that takes less is not worth a bar that flashes


class AnswerBar(QWidget):
    """Texts come ready to be read. ``skipped_shown`` tells whether the person wants to see what was skipped."""

    skipped_shown = Signal(bool)

    def __init__(self, actions: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._count, self._progress, self._bar = Label(), Label(), ShareBar()
        self._bar.setMinimumWidth(8 * SPACE)
        self._progress.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._buttons: list[QToolButton] = []
        self._skipped = QToolButton()
        self._skipped.setCheckable(True)
        self._skipped.setAutoRaise(True)
        self._skipped.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._skipped.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_tip(self._skipped, self.tr("Show which files were skipped, and why"))
        self._skipped.toggled.connect(self._toggled)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(PATIENCE)
        self._patience.timeout.connect(self._show_progress)
        for widget, name in (
            (self._count, self.tr("Number of pictures")),
            (self._bar, self.tr("Progress")),
            (self._progress, self.tr("Speed and remaining time")),
        ):
            widget.setAccessibleName(name)
        self._lay_out(actions)
        self._toggled(False)
        self.show_counts("", "")
        self.hide_progress()

    def _lay_out(self, actions: Sequence[QAction]) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for widget, stretch in ((self._count, 0), (self._skipped, 0), (self._bar, 1), (self._progress, 0)):
            policy = widget.sizePolicy()
            policy.setRetainSizeWhenHidden(widget is self._bar)
            widget.setSizePolicy(policy)
            layout.addWidget(widget, stretch)
        for action in actions:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            layout.addWidget(button)
            self._buttons.append(button)

    def offer(self, action: QAction) -> None:
        """Puts ``action`` on the first button, in the place of what was there."""
        button = self._buttons[0]
        before = button.defaultAction()
        if before is not action:
            button.removeAction(before)
            button.setDefaultAction(action)

    def show_counts(self, count: str, skipped: str) -> None:
        """The two numbers, such as "412 pictures" and "3 skipped"; an empty text hides the second."""
        self._count.setText(count)
        self._skipped.setText(skipped)
        self._skipped.setAccessibleName(self.tr("Skipped files: {count}").format(count=skipped))
        self._skipped.setVisible(bool(skipped))
        if not skipped:
            self._skipped.setChecked(False)

    def show_skipped(self) -> None:
        """Opens the list of what was skipped."""
        self._skipped.setChecked(True)

    def show_progress(self, text: str, share: float | None) -> None:
        """``share`` is 0 to 1, None while it is not known how much there is to do. It appears after a short while."""
        self._bar.show_share(share)
        self._bar.setAccessibleDescription(text)
        self._progress.setText(text)
        self._progress.setMinimumWidth(max(self._progress.minimumWidth(), self._progress.sizeHint().width()))
        if self._bar.isHidden() and not self._patience.isActive():
            self._patience.start()

    def hide_progress(self) -> None:
        """Nothing is under way."""
        self._patience.stop()
        self._bar.hide()
        self._progress.hide()
        self._progress.setMinimumWidth(0)

    def text(self) -> str:
        """What it says, all in one."""
        texts = (self._count.text(), self._skipped.text(), self._progress.text() if self._patience.isActive() else "")
        return " · ".join(text for text in texts if text)

    def _show_progress(self) -> None:
        self._bar.show()
        self._progress.show()

    def _toggled(self, shown: bool) -> None:
        self._skipped.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self.skipped_shown.emit(shown)
