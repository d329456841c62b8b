"""What can be done with the chosen pictures: open them elsewhere, copy, remove, give the right class."""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, QProcess, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QWidget

from alexnet_app.core.data.formats import RAW_SUFFIXES, SUFFIXES
from alexnet_app.core.events import Answered
from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.control import Answering, TakenOut
from alexnet_app.ui.classify.decoding import Decoded, whole
from alexnet_app.ui.classify.history import History, UndoStep
from alexnet_app.ui.classify.listing import Listing
from alexnet_app.ui.classify.picture_actions import PictureActions
from alexnet_app.ui.classify.views.label_dialog import LabelDialog
from alexnet_app.ui.classify.views.picture_list import PictureList
from alexnet_app.ui.clipboard import copy_rows
from alexnet_app.ui.job import Jobs

LARGEST = (8192, 8192)  # pixels: a picture that is copied to the clipboard is scaled down to fit


class Handling(QObject):
    """Does what ``actions`` ask for with what is chosen in the list. What it did to the list is in ``history``.

    ``failed`` brings a Failure, ``told`` a sentence.
    """

    failed = Signal(object)
    told = Signal(str)

    def __init__(
        self,
        jobs: Jobs,
        answering: Answering,
        listing: Listing,
        pictures: PictureList,
        actions: PictureActions,
        panel: QWidget,
    ) -> None:
        super().__init__(panel)
        self._jobs, self._answering, self._listing = jobs, answering, listing
        self._list, self._actions, self._panel = pictures, actions, panel
        self.history = History(self)
        self.show_file: Callable[[str], object] = lambda path: QDesktopServices.openUrl(QUrl.fromLocalFile(path))
        self._connect()
        self.refresh()

    def _connect(self) -> None:
        actions = self._actions
        actions.open.triggered.connect(lambda: self.open(self._list.path()))
        self._list.opened.connect(self.open)
        actions.show_folder.triggered.connect(self._show_in_folder)
        actions.copy_picture.triggered.connect(self._copy_picture)
        actions.copy_answer.triggered.connect(self._copy_answers)
        actions.remove.triggered.connect(self.remove)
        for place, action in enumerate(actions.right):
            action.triggered.connect(partial(self._give_answer, place))
        actions.other.triggered.connect(self._ask_label)
        actions.own.triggered.connect(lambda: self.label(""))
        self._list.customContextMenuRequested.connect(self._show_menu)
        self._list.picked.connect(self.refresh)
        self._list.chosen_changed.connect(self.refresh)
        self._listing.known.connect(self.refresh)

    def refresh(self) -> None:
        """Which actions are possible."""
        has_chosen = self._list.selectionModel().hasSelection()
        answers = self._answers()
        self._actions.offer(answers, has_chosen=has_chosen, has_answer=bool(answers))

    def open(self, path: str) -> None:
        """Opens a picture in the default program; never a file whose name is not that of a picture."""
        if Path(path).suffix.lower() in SUFFIXES | RAW_SUFFIXES:
            self.show_file(path)
        else:
            text = self.tr("{name} is not opened: by its name it is no picture.")
            self.told.emit(text.format(name=words.name(path)))

    def remove(self) -> None:
        """Takes what is chosen out of the list; the files stay where they are."""
        paths, taken = self._list.chosen(), list[TakenOut]()

        def do() -> None:
            taken[:] = [self._answering.remove(paths)]
            self._listing.remove(paths)

        def undo() -> None:
            self._put_back(taken.pop(), paths)

        if paths:
            self.history.do(
                UndoStep(self.tr("Remove {pictures}").format(pictures=words.pictures(len(paths))), do, undo)
            )

    def clear(self, forget: Callable[[], None]) -> None:
        """Empties the list; ``forget`` is called for whatever else depends on it."""
        count, taken = self._answering.album.pictures(), list[TakenOut]()

        def do() -> None:
            taken[:] = [self._answering.clear()]
            self._listing.clear()
            forget()

        def undo() -> None:
            self._put_back(taken.pop(), ())

        self.history.do(UndoStep(self.tr("Clear {pictures}").format(pictures=words.pictures(count)), do, undo))

    def label(self, label: str) -> None:
        """Gives the chosen pictures the class ``label``; an empty one restores that of the model."""
        paths = self._list.chosen()
        before = {path: self._answering.album.label(path) for path in paths}
        if paths and any(each != label for each in before.values()):
            do = partial(self._relabel, dict.fromkeys(paths, label))
            self.history.do(UndoStep(self.tr("Right class"), do, partial(self._relabel, before)))

    def _relabel(self, labels: dict[str, str]) -> None:
        self._answering.album.relabel(labels)
        self._listing.label(labels)

    def _put_back(self, taken: TakenOut, chosen: Sequence[str]) -> None:
        self._answering.put_back(taken)
        self._listing.fill()
        if chosen:
            self._list.pick(chosen[0])
            self._list.choose(chosen)

    def _answers(self) -> list[str]:
        event = self._answering.album.event(self._list.path())
        return [each.label for each in event.predictions] if isinstance(event, Answered) else []

    def _give_answer(self, place: int) -> None:
        answers = self._answers()
        if place < len(answers):
            self.label(answers[place])

    def _ask_label(self) -> None:
        model, paths = self._answering.known_model(), self._list.chosen()
        now = self._answering.album.label(self._list.path())
        sentence = self.tr("Class of {pictures}").format(pictures=words.pictures(len(paths)))
        dialog = LabelDialog(self._panel, sentence, model.classes if model else (), now)
        dialog.given.connect(self.label)
        dialog.open()

    def _show_menu(self, at: QPoint) -> None:
        if self._list.chosen():
            self._actions.menu.popup(self._list.viewport().mapToGlobal(at))

    def _show_in_folder(self) -> None:
        path = self._list.path()
        if sys.platform == "win32":
            QProcess.startDetached("explorer", ["/select,", str(Path(path))])
        elif sys.platform == "darwin":
            QProcess.startDetached("open", ["-R", path])
        else:
            self.show_file(str(Path(path).parent))

    def _copy_picture(self) -> None:
        work = partial(whole, self._list.path(), LARGEST)
        self._jobs.start(work, self._take_picture, self.failed.emit, name="copy")

    def _take_picture(self, found: object) -> None:
        assert isinstance(found, Decoded)
        if found.picture is None:
            self.told.emit(found.reason)
        else:
            QGuiApplication.clipboard().setImage(found.picture)

    def _copy_answers(self) -> None:
        album = self._answering.album
        events = (album.event(path) for path in self._list.chosen())
        copy_rows(words.copied(event, album.label(event.path)) for event in events if isinstance(event, Answered))
