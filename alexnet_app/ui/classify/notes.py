"""What the Classify panel's banner says when something has finished, and what it offers to do next."""

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.control import Answering, AnswerTally
from alexnet_app.ui.classify.export_jobs import ExportKind
from alexnet_app.ui.classify.filing_jobs import FiledAway, TakenBack
from alexnet_app.ui.classify.jobs import Written
from alexnet_app.ui.classify.views.answer_bar import AnswerBar
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.skipped_table import SkippedTable


def show_progress(bar: AnswerBar, answering: Answering) -> None:
    """How far it is, on ``bar``."""
    if not answering.is_busy():
        bar.hide_progress()
        return
    tally, waiting = answering.tally, answering.album.waiting_count()
    done = tally.answered + tally.skipped
    if done and not answering.is_finding():
        bar.show_progress(words.progress(done, done + waiting, tally.per_second), done / (done + waiting))
    else:
        text = words.looking(answering.files_seen) if answering.is_finding() else words.tr("Loading the model")
        bar.show_progress(text, None)


class Notes(QObject):
    """Writes in ``banner``; ``wants_training`` when the offer to train a first model was taken."""

    wants_training = Signal()

    def __init__(self, banner: Banner, bar: AnswerBar, skipped: SkippedTable, parent: QObject) -> None:
        super().__init__(parent)
        self._banner, self._bar, self._skipped = banner, bar, skipped
        self._of_skipped = ""
        self._of_model = self._of_cleared = ""

    def sum_up(self, tally: AnswerTally) -> None:
        """Says which files were skipped, unless the list of them or an error is shown."""
        sentence = words.summary(tally)
        if not sentence or (tally.answered and (self._banner.is_error() or not self._skipped.isHidden())):
            return
        details = words.whole(tally)
        if tally.answered or tally.skipped > 1:
            self._of_skipped = sentence
            self._banner.show_note(sentence, self.tr("Show all"), self._bar.show_skipped, details)
        else:
            self._banner.show_note(sentence, details=details)

    def forget_skipped(self, shown: bool) -> None:
        """Removes the note on skipped files once the list of them is ``shown``."""
        if shown and self._of_skipped and self._banner.text() == self._of_skipped:
            self._banner.hide()

    def tell_model_missing(self) -> None:
        """Says that there are pictures but no model."""
        self._of_model = self.tr("There is no model to classify them with. Train one, or open a model file above.")
        self._banner.show_note(self._of_model, self.tr("Train on the sample data"), self.wants_training.emit)

    def forget_model_missing(self) -> None:
        """Removes that note: pictures from the command line are listed before the models are."""
        if self._of_model and self._banner.text() == self._of_model:
            self._banner.hide()

    def tell_written(self, written: Written, kind: ExportKind) -> None:
        """Says what was written."""
        text = self.tr("Exported {rows} to {path}.")
        is_drawn = kind in (ExportKind.PAGE, ExportKind.SHEET, ExportKind.PAGES)
        rows = words.pictures(written.rows) if is_drawn else words.rows(written.rows)
        self._banner.show_note(text.format(rows=rows, path=written.path))

    def tell_cleared(self, count: int, undo: Callable[[], None]) -> None:
        """Says that the list was cleared, and offers to undo it."""
        text = self.tr("Cleared {pictures}. The files are where they were.")
        self._of_cleared = text.format(pictures=words.pictures(count))
        self._banner.show_note(self._of_cleared, self.tr("Undo"), undo)

    def forget_cleared(self) -> None:
        """It was undone, or something else was done since: Undo would undo that."""
        if self._of_cleared and self._banner.text() == self._of_cleared:
            self._banner.hide()

    def tell_filed(self, done: FiledAway, undo: Callable[[], None]) -> None:
        """Says how many pictures were put into folders."""
        text = self.tr("Moved {pictures} into {folder}.") if done.moves else self.tr("Copied {pictures} into {folder}.")
        said = text.format(pictures=words.pictures(done.count), folder=Path(done.journal).parent)
        self._tell_files(said, done.total - done.count - len(done.stayed), done.stayed, self.tr("Undo"), undo)

    def tell_taken_back(self, done: TakenBack) -> None:
        """Says how many pictures were taken back."""
        said = self.tr("Took back {pictures}.").format(pictures=words.pictures(done.count))
        self._tell_files(said, 0, done.stayed)

    def _tell_files(
        self, said: str, left: int, stayed: Mapping[str, str], action: str = "", do: Callable[[], None] | None = None
    ) -> None:
        parts = [said]
        if left > 0:
            parts.append(self.tr("Cancelled before {pictures}.").format(pictures=words.pictures(left)))
        if stayed:
            text = self.tr("{pictures} had to stay.")
            parts.append(text.format(pictures=words.pictures(len(stayed))))
        details = "\n".join(f"{path}: {reason}" for path, reason in stayed.items())
        self._banner.show_note(" ".join(parts), action, do, details)
