"""The window of prepared sets: which there are, what can be done with them, what is being done."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QStackedWidget, QToolButton, QVBoxLayout, QWidget

from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.empty_state import EmptyState
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import set_tip, set_title
from alexnet_app.ui.parts.progress_line import ProgressLine
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.parts.skipped_table import SkippedTable
from alexnet_app.ui.prepared.views.set_table import SetRow, SetTable
from alexnet_app.ui.theme import SPACE

FIRST_SIZE = QSize(124 * SPACE, 56 * SPACE)


class PreparedDialog(QDialog):
    """The signals that bring a text bring the key of the chosen set. ``close_wanted``: the person wants it to close
    while something is being done.
    """

    prepare_wanted = Signal()
    continue_wanted = Signal(str)
    verify_wanted = Signal(str)
    delete_wanted = Signal(str)
    left_out_wanted = Signal(str)
    close_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Prepared sets"))
        self._busy = self._why_no_new = ""
        self._rows: list[SetRow] | None = None
        self._shown: tuple[str, int] = ("", 0)  # the set whose files that were left out are listed, and their number
        self.banner = Banner()
        self.table = SetTable()
        self.work = _WorkLine()
        self.skipped = SkippedTable()
        self._summary = ElidedLabel(Qt.TextElideMode.ElideMiddle, faint=True)
        self._summary.setAccessibleName(self.tr("All prepared sets"))
        self.prepare = QPushButton(self.tr("Prepare…"))
        self.go_on = QPushButton(self.tr("Continue"))
        self.verify = QPushButton(self.tr("Verify"))
        self.delete = QPushButton(self.tr("Delete"))
        self.folder = QPushButton(self.tr("Open folder"))
        self.shut = QPushButton(self.tr("Close"))
        self._begin = QPushButton(self.tr("Prepare…"))
        self._make_toggle()
        self._lay_out()
        self._connect()
        set_tip(self.folder, self.tr("Show the folder of all prepared sets"))
        for each in (self.work, self.skipped, self.left_out):
            each.hide()
        begin_with(self, FIRST_SIZE)
        self.show_sets([], "")

    def _make_toggle(self) -> None:
        self.left_out = QToolButton()
        self.left_out.setCheckable(True)
        self.left_out.setAutoRaise(True)
        self.left_out.setArrowType(Qt.ArrowType.RightArrow)
        self.left_out.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.left_out.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        set_tip(self.left_out, self.tr("Show which files of the selected set were skipped, and why"))

    def _lay_out(self) -> None:
        self._empty = EmptyState(
            self.tr("No prepared sets yet"),
            self.tr(
                "A network reads small squares, but photos are large files. A prepared set contains every image "
                "of a data set, decoded and cropped once, so that training never waits for images. Training "
                "creates a set when it needs one. Here you can create it in advance and see how much space all "
                "sets take."
            ),
            [self._begin],
        )
        self.pages = QStackedWidget()
        self.pages.addWidget(self._empty)
        self.pages.addWidget(self.table)
        about, buttons = QHBoxLayout(), QHBoxLayout()
        for row in (about, buttons):
            row.setSpacing(SPACE)
        about.addWidget(self._summary, stretch=1)
        about.addWidget(self.left_out)
        for button in (self.prepare, self.go_on, self.verify, self.delete):
            buttons.addWidget(button)
        buttons.addStretch()
        for button in (self.folder, self.shut):
            buttons.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.banner)
        layout.addWidget(self.pages, stretch=1)
        layout.addLayout(about)
        layout.addWidget(self.skipped)
        layout.addWidget(self.work)
        layout.addLayout(buttons)

    def _connect(self) -> None:
        for button in (self.prepare, self.go_on, self.verify, self.delete, self.folder, self.shut, self._begin):
            button.setAutoDefault(False)  # Return in the table must not begin anything
        self.prepare.clicked.connect(self.prepare_wanted)
        self._begin.clicked.connect(self.prepare_wanted)
        self.go_on.clicked.connect(lambda: self.continue_wanted.emit(self.chosen()))
        self.verify.clicked.connect(lambda: self.verify_wanted.emit(self.chosen()))
        self.delete.clicked.connect(lambda: self.delete_wanted.emit(self.chosen()))
        self.table.delete_wanted.connect(self.delete.click)  # does nothing while the button is disabled
        self.table.chosen.connect(self._choose)
        self.left_out.toggled.connect(self._toggle)
        self.shut.clicked.connect(self.reject)

    def show_sets(self, rows: Sequence[SetRow], summary: str) -> None:
        """Shows these sets, and a line about all of them."""
        self._summary.show_text(summary)
        if list(rows) != self._rows:
            self._rows = list(rows)
            self.pages.setCurrentWidget(self.table if rows else self._empty)
            self.table.show_sets(rows)

    def chosen(self) -> str:
        """The key of the set that is chosen; empty where none is."""
        row = self.table.set()
        return row.key if row else ""

    def show_progress(self, where: str, share: float | None, speed: str = "", rest: str = "") -> None:
        """Something is being done, so far; ``share`` 0 to 1, None while that is not known."""
        self.work.show_progress(where, share, speed, rest)
        self.work.show()

    def show_rest(self) -> None:
        """Nothing is being done."""
        self.work.hide()

    def set_reasons(self, busy: str, why_no_new: str) -> None:
        """Why nothing can be done now, and why nothing can be prepared; empty where it can."""
        self._busy, self._why_no_new = busy, why_no_new
        self._refresh()

    def show_left_out(self, key: str, files: Sequence[tuple[str, str]]) -> None:
        """The files that are not in the set ``key``, each with its reason."""
        if key == self.chosen():
            self.skipped.skipped.set_rows(files)

    def reject(self) -> None:
        """Escape, Close and the frame's button end the window, but not while something is being done."""
        if self.work.isHidden():
            super().reject()
        else:
            self.close_wanted.emit()

    def _choose(self) -> None:
        row = self.table.set()
        count = row.left_out if row else 0
        before, self._shown = self._shown, (self.chosen(), count)
        if self._shown == before:
            self._refresh()
            return
        self.left_out.setText(self.tr("{count:,} skipped").format(**shown(count=count)))
        self.left_out.setVisible(bool(count))
        self.skipped.skipped.set_rows([])
        if not count:
            self.left_out.setChecked(False)
        elif self.left_out.isChecked():
            self.left_out_wanted.emit(self.chosen())
        self._refresh()

    def _toggle(self, shown: bool) -> None:
        self.left_out.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)
        self.skipped.setVisible(shown)
        if shown:
            self.left_out_wanted.emit(self.chosen())

    def _refresh(self) -> None:
        row = self.table.set()
        none = "" if row else self.tr("There are no sets yet") if not self.table.rowCount() else self.tr("Select a set")
        new = self._busy or self._why_no_new
        meaning = self.tr("Decode and crop all images of a data set before training needs them")
        _allow(self.prepare, new, meaning)
        _allow(self._begin, new, meaning)
        self.go_on.setText(row.to_continue if row and row.to_continue else self.tr("Continue"))
        why = none or new or (row.why_not_continued if row else "")
        _allow(self.go_on, why, self.tr("Prepare the images that are missing or damaged"))
        why = none or self._busy or (row.why_not_verified if row else "")
        _allow(self.verify, why, self.tr("Read the whole set and compare its checksums"))
        why = none or self._busy or (row.why_not_deleted if row else "")
        _allow(self.delete, why, self.tr("Free its disk space; the original images are kept"))


def _allow(button: QPushButton, reason: str, meaning: str) -> None:
    """Enables ``button`` where there is no ``reason`` against it; its tooltip says what it does, or why it cannot."""
    button.setEnabled(not reason)
    set_tip(button, reason or meaning)


class _WorkLine(ProgressLine):
    """What is being done, how far it is, how fast, how long still; ``cancel`` is the button at its end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        names = self.tr("Current task"), self.tr("Progress"), self.tr("Speed"), self.tr("Remaining time")
        super().__init__(names, parent)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self.cancel = QPushButton(self.tr("Cancel"))
        self.cancel.setAutoDefault(False)
        self.add_behind(self.cancel)

    def allow(self, why_not: str) -> None:
        """Whether it can be cancelled; why not, where it cannot."""
        self.cancel.setEnabled(not why_not)
        set_tip(self.cancel, why_not or self.tr("Cancel; the images prepared so far are kept"))

    def texts(self) -> tuple[str, str, str]:
        """What it says: what is done and how far, the speed, the remaining time."""
        return self._where.text(), self._speed.text(), self._rest.text()
