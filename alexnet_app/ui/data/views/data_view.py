"""The page of the data: what was understood, samples as the network will see them, what is skipped and why."""

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.data.views.count_table import CountTable
from alexnet_app.ui.data.views.skipped_tree import SkippedReason, SkippedTree
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.picture_strip import PictureStrip
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.parts.question_bar import QuestionBar
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE

NARROW = 90 * SPACE  # pixels: table and notes lie below each other
LARGE = 1.4  # times the window's font


@dataclass(frozen=True, slots=True)
class DataSummary:
    """What was understood, in words: ``title`` such as "ants-bees", ``lines`` below it, ``rows`` are the classes with
    their training, validation and test images, ``notes`` what may spoil a training.
    """

    title: str
    lines: tuple[str, ...]
    rows: tuple[tuple[str, int, int, int], ...]
    notes: tuple[str, ...]
    skipped: tuple[SkippedReason, ...]
    path: str = ""


class DataView(QScrollArea):
    """``next_wanted`` asks for other samples, ``cancelled`` ends the reading; ``back`` and ``browse`` are buttons."""

    next_wanted = Signal()
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ElidedLabel(Qt.TextElideMode.ElideMiddle)
        self.summary = Label(wordWrap=True)
        self.summary.setAccessibleName(self.tr("What was understood"))
        self.browse = QPushButton(self.tr("Choose a folder…"))
        self.back = QPushButton(self.tr("Back"))
        self.question = QuestionBar()
        self.plan = Label(wordWrap=True)
        self.plan.setAccessibleName(self.tr("The settings chosen for these images, and why"))
        self.strip = PictureStrip(2)
        self.strip.setAccessibleName(self.tr("Samples as the network will see them"))
        self.next = QPushButton(self.tr("Next samples"))
        set_tip(self.next, self.tr("Draw other training images, cropped and varied anew"))
        self.table, self.skipped = CountTable(), SkippedTree()
        self.notes = Label(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self.notes.setAccessibleName(self.tr("Notes on these data"))
        self.cancel = QPushButton(self.tr("Cancel"))
        set_tip(self.cancel, self.tr("Stop reading; what was counted so far stays"))
        self._doing, self._bar = ElidedLabel(faint=True), ShareBar()
        self._bar.setAccessibleName(self.tr("Progress of reading the data"))
        self._lay_out()
        self.next.clicked.connect(self.next_wanted)
        self.cancel.clicked.connect(self.cancelled)
        self.clear("")

    def _lay_out(self) -> None:
        font = self.title.font()
        font.setPointSizeF(font.pointSizeF() * LARGE)
        self.title.setFont(font)
        head = QHBoxLayout()
        head.addWidget(self.title, stretch=1)
        head.addWidget(self.browse)
        head.addWidget(self.back)
        self._progress = QWidget()
        line = QHBoxLayout(self._progress)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._doing, stretch=1)
        line.addWidget(self._bar, stretch=1)
        line.addWidget(self.cancel)
        self._body = QWidget()
        inner = QVBoxLayout(self._body)
        inner.setContentsMargins(0, 0, 0, 0)
        above = QHBoxLayout()
        above.addWidget(Label(self.tr("Training images as the network will see them")), stretch=1)
        above.addWidget(self.next)
        inner.addLayout(above)
        inner.addWidget(self.strip)
        self._two = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        inner.addLayout(self._two, stretch=1)
        left, column = QWidget(), QVBoxLayout()
        left.setLayout(column)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table)
        column.addStretch()
        self._two.addWidget(left, stretch=1)
        self._two.addWidget(self._right(), stretch=1)
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        for each in (head, line, inner, above, self._two, layout):
            each.setSpacing(SPACE)
        layout.addLayout(head)
        for widget in (self.summary, self.plan, self.question, self._progress):
            layout.addWidget(widget)
        layout.addWidget(self._body, stretch=1)
        layout.addStretch()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(self.tr("Data"))
        self.setWidget(content)

    def _right(self) -> QWidget:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(SPACE)
        column.addWidget(self.notes)
        column.addWidget(self.skipped)
        column.addStretch()
        self.table.setMinimumHeight(14 * SPACE)
        self.skipped.setMinimumHeight(22 * SPACE)
        for widget in (self.table, self.skipped):
            widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        return right

    def clear(self, title: str, text: str = "") -> None:
        """Shows no data: ``title`` says which are read, ``text`` what to do."""
        self.title.show_text(title)
        self.summary.setText(text)
        self.summary.setVisible(bool(text))
        self.question.hide()
        self.show_plan(())
        self._body.hide()
        self.strip.clear()
        self.show_rest()

    def show_summary(self, data: DataSummary) -> None:
        """What was understood; the samples stay."""
        self.title.show_text(data.title, data.path)
        self.summary.setText("\n".join(data.lines))
        self.summary.show()
        self.table.show_counts(data.rows)
        self.notes.setText("\n".join(data.notes))
        self.notes.setVisible(bool(data.notes))
        self.skipped.show_reasons(data.skipped)
        self.skipped.setVisible(bool(data.skipped))
        rows = max(4, min(14, len(data.rows)))
        self.table.setMaximumHeight((rows + 2) * self.table.verticalHeader().defaultSectionSize())
        self._body.show()

    def show_plan(self, lines: tuple[str, ...]) -> None:
        """The settings that were chosen for these images, and why; nothing where none were."""
        self.plan.setText("\n".join(lines))
        self.plan.setVisible(bool(lines))

    def show_progress(self, words: str, share: float | None) -> None:
        """How far reading is; ``share`` 0 to 1, None while that is not known."""
        self._doing.show_text(words)
        self._bar.show_share(share)
        self._progress.show()

    def show_rest(self) -> None:
        """Nothing is being read."""
        self._progress.hide()

    def is_reading(self) -> bool:
        """Whether it shows how far reading is."""
        return not self._progress.isHidden()

    def minimumSizeHint(self) -> QSize:
        """It scrolls."""
        return QSize(40 * SPACE, 20 * SPACE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """In a narrow window the notes lie below the table."""
        super().resizeEvent(event)
        wide = event.size().width() >= NARROW
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._two.setDirection(way)
