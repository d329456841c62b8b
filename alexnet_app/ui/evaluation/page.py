"""The page of an evaluation: what to evaluate, how far it is, what came of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.evaluation.views.evaluation_view import EvaluationView
from alexnet_app.ui.evaluation.words import FOLDER, details, score, split_name
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.plain import Label, one_line, set_tip
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE

if TYPE_CHECKING:
    from alexnet_app.core.inference.evaluation import Evaluation


class EvaluationPage(QWidget):
    """What to evaluate, how far it is, what came of it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.view = EvaluationView()
        self.back = QPushButton(self.tr("Back to the curves"))
        self.title = ElidedLabel()
        self.split = EntryBox()
        self.split.setAccessibleName(self.tr("Split"))
        self.ten_view = QCheckBox(self.tr("Ten views"))
        self.start = QPushButton(self.tr("Evaluate"))
        self.folder = QPushButton(self.tr("A folder…"))
        self._named = ""  # the folder that was evaluated
        self.note = Label(wordWrap=True)
        self.note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.note.hide()
        self.cancel = QPushButton(self.tr("Cancel"))
        set_tip(self.cancel, self.tr("Cancel the evaluation; no result is saved"))
        self._doing = ElidedLabel(faint=True)
        self._bar = ShareBar()
        self._bar.setAccessibleName(self.tr("Progress of the evaluation"))
        self._none = Label(alignment=Qt.AlignmentFlag.AlignCenter, wordWrap=True)
        self._none.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._is_on, self._why_not, self._to_do, self._model = False, "", "", ""
        self._lay_out()
        self.set_splits(("test",), "test")
        self.show_rest()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        for widget in (self.back, self.title, self.split, self.ten_view, self.folder, self.start):
            line.addWidget(widget, stretch=1 if widget is self.title else 0)
        self.progress = QWidget()
        under_way = QHBoxLayout(self.progress)
        under_way.setContentsMargins(0, 0, 0, 0)
        under_way.setSpacing(SPACE)
        under_way.addWidget(self._doing, stretch=1)
        under_way.addWidget(self._bar, stretch=1)
        under_way.addWidget(self.cancel)
        self._pages = QStackedWidget()
        self._pages.addWidget(self._none)
        self._scroll = QScrollArea()  # else this page decides how small the window can be
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidgetResizable(True)
        self._scroll.setWidget(self.view)
        beside = self._scroll.verticalScrollBar().sizeHint().width()
        self._scroll.setMinimumWidth(self.view.minimumSizeHint().width() + beside)
        self._pages.addWidget(self._scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(line)
        layout.addWidget(self.progress)
        layout.addWidget(self.note)
        layout.addWidget(self._pages, stretch=1)

    def begin(self, name: str) -> None:
        """For the run ``name``, of which nothing is known yet."""
        self.title.show_text(self.tr("Evaluation of {name}").format(name=name))
        self._to_do = self._model = self._named = ""
        self._refresh()
        self._pages.setCurrentWidget(self._none)

    def tell_model(self, name: str, model: str) -> None:
        """Which ``model`` of the run ``name`` is evaluated."""
        self.title.show_text(self.tr("{name} · {model}").format(name=name, model=model))
        self._model = model
        self._refresh()

    def set_splits(self, splits: tuple[str, ...], chosen: str) -> None:
        """What there is to choose from."""
        self.split.blockSignals(True)
        self.split.clear()
        for each in splits:
            self.split.addItem(split_name(each), each)
        if self._named:
            self.split.addItem(one_line(self._named), FOLDER)
        self.split.setCurrentIndex(max(0, self.split.findData(chosen)))
        self.split.blockSignals(False)

    def offer_folder(self, name: str) -> None:
        """The folder ``name`` was evaluated: it is among the pictures to choose from until ``begin``."""
        self._named = name

    def show_note(self, text: str) -> None:
        """What has to be known beside the numbers; nothing where it is empty."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def chosen_split(self) -> str:
        """Which pictures are chosen; ``FOLDER`` for those of the folder that was evaluated."""
        return str(self.split.currentData())

    def show_none(self, split: str) -> None:
        """Of these pictures nothing is kept."""
        text = self.tr("Not evaluated on the {split} yet. Press Evaluate; the result is saved with the run.")
        self._to_do = text.format(split=split_name(split).lower())
        self._refresh()
        self._pages.setCurrentWidget(self._none)

    def show_scores(self, evaluations: "Sequence[Evaluation]", step: int | None, place: int) -> None:
        """What came of it, that of ``place`` chosen; ``step`` is that of the run's model now."""
        self.view.cards.show_scores([score(each, step) for each in evaluations], place)
        self._pages.setCurrentWidget(self._scroll)

    def show_details(self, evaluation: "Evaluation") -> None:
        """The classes and the mistakes of one of them."""
        self.view.show_details(details(evaluation))

    def show_progress(self, words: str, share: float | None) -> None:
        """How far it is; ``share`` 0 to 1, None while that is not known."""
        self._is_on = True
        self._doing.show_text(words)
        self._bar.show_share(share)
        self._refresh()

    def show_rest(self) -> None:
        """Nothing is being evaluated."""
        self._is_on = False
        self._refresh()

    def allow(self, why_not: str) -> None:
        """Whether an evaluation can be started; why not, where it cannot."""
        self._why_not = why_not
        self._refresh()

    def _refresh(self) -> None:
        self.progress.setVisible(self._is_on)
        self._none.setText("" if self._is_on else self._to_do)
        why = self.tr("An evaluation is in progress; cancel it first") if self._is_on else self._why_not
        for widget in (self.split, self.ten_view, self.start, self.folder):
            widget.setEnabled(not why)
        own = self.tr("Measure this model on a folder of your own, with one sub-folder per class")
        set_tip(self.folder, why or own)
        what = self.tr("Evaluate the model of this run on this split: {model}").format(model=self._model)
        set_tip(self.start, why or what.rstrip(": "))
        set_tip(self.split, why or self.tr("The split to evaluate on"))
        ten = self.tr(
            "Average the predictions over ten views of each image (section 4.1): slower, usually more accurate"
        )
        set_tip(self.ten_view, why or ten)
