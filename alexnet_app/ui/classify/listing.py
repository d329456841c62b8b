"""The list of pictures and the table of skipped files, kept in step with what is known of them."""

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from alexnet_app.core.events import Answered, Skipped
from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.album import Change
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.classify.jobs import FoundFiles
from alexnet_app.ui.classify.views.arrangement import PictureSaid
from alexnet_app.ui.classify.views.picture_list import PictureList
from alexnet_app.ui.parts.skipped_table import SkippedTable


class Listing(QObject):
    """``known`` when something else is known of the picture that is shown; ``begun`` with the first path of what was
    given.
    """

    known = Signal()
    begun = Signal(str)

    def __init__(self, answering: Answering, pictures: PictureList, skipped: SkippedTable, parent: QObject) -> None:
        super().__init__(parent)
        self._answering, self._list, self._skipped = answering, pictures, skipped
        answering.found.connect(self._add)
        answering.refused.connect(self._add_skipped)
        answering.regained.connect(self._show_skipped)
        answering.answered.connect(self._show_change)

    def wait(self) -> None:
        """Another model is to answer: shows the answers that there are already."""
        self._list.pictures.wait()
        self._list.pictures.set_said(self._said(self._answering.album.answered()))

    def fill(self) -> None:
        """Shows all anew."""
        album = self._answering.album
        self._list.pictures.fill(
            (path, words.name(path), words.said(album.event(path), album.truth(path)), album.label(path))
            for path in album.files()
        )
        self._show_skipped()
        self.known.emit()

    def remove(self, paths: Sequence[str]) -> None:
        """Shows these no more; the one that was below them is shown then."""
        index = self._list.pictures.index_of(self._list.path())
        self._list.pictures.remove(paths)
        self._list.pick_near(index.row())
        self._show_skipped()

    def clear(self) -> None:
        """Shows nothing."""
        self._list.pictures.clear()
        self._skipped.skipped.set_rows(())

    def label(self, given: Mapping[str, str]) -> None:
        """Shows the classes that a person gave, by path."""
        self._list.pictures.set_given(given)
        self.known.emit()

    def _add(self, found: FoundFiles) -> None:
        self._list.pictures.add((path, words.name(path)) for path in found.paths)
        if found.first:
            self._list.pick(found.paths[0])
            self.begun.emit(found.paths[0])

    def _add_skipped(self, events: Iterable[Skipped]) -> None:
        self._skipped.skipped.add(words.row(event) for event in events)

    def _show_skipped(self) -> None:
        self._skipped.skipped.set_rows(words.row(event) for event in self._answering.album.skipped())

    def _show_change(self, change: Change) -> None:
        self._list.pictures.set_said(self._said((*change.answered, *change.skipped)))
        if change.regained:
            self._show_skipped()
        else:
            self._add_skipped(change.skipped)
        if self._list.path() in {event.path for event in change.answered}:
            self.known.emit()

    def _said(self, events: Iterable[Answered | Skipped]) -> dict[str, PictureSaid]:
        album = self._answering.album
        return {event.path: words.said(event, album.truth(event.path)) for event in events}
