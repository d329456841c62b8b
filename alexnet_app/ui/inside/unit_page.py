"""The window with the page of a unit: which one, the way there and back, and what is asked for it on threads."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QStandardPaths, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QWidget

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.runs.naming import check_note
from alexnet_app.ui.inside import unit_jobs, unit_words, words
from alexnet_app.ui.inside.jobs import Looker, Unit
from alexnet_app.ui.inside.unit_data import UnitData
from alexnet_app.ui.inside.unit_jobs import (
    AscentDrawn,
    Drawing,
    HabitsFound,
    Known,
    NoteBook,
    Noted,
    PageRequest,
    SavedPage,
    UnitLooker,
)
from alexnet_app.ui.inside.views.unit_dialog import PICTURE, UnitDialog
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.kernel_sheet import MARGIN
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import TOWER_A, TOWER_B, colours

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.unit_pages import UnitPage

NOTE_SOON = 1000  # milliseconds after the last letter of a note
MOST_BACK = 100  # pages


class UnitPages(QObject):
    """One window, built when it is first wanted. ``photo_wanted`` tells the file of a patch that is to be looked at."""

    photo_wanted = Signal(str)

    def __init__(self, jobs: Jobs, settings: Settings, looker: Looker, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs, self._settings, self._panel = jobs, settings, parent
        self._looker, self.notes = UnitLooker(looker), NoteBook()
        self.dialog: UnitDialog | None = None
        self._data: UnitData | None = None
        self._model = ""
        self._spec: NetworkSpec | None = None
        self._at: PageRequest | None = None
        self._past: list[Unit] = []
        self._future: list[Unit] = []
        self._page: UnitPage | None = None
        self._digest = ""
        self._is_refused = False  # the note, as it is typed
        self._job: Job | None = None
        self._soon = QTimer(self, singleShot=True, interval=NOTE_SOON)
        self._soon.timeout.connect(self.write_notes)

    def open(self, model: str, spec: NetworkSpec, layer: str, unit: int) -> None:
        """Shows the page of a unit, from 0, of the model at the path ``model``."""
        self._take_model(model, spec)
        dialog = self._built()
        self._data_of().offer()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        self.go(layer, unit)

    def follow(self, model: str, spec: NetworkSpec) -> None:
        """Another model is looked through: the page is that of the same unit in it, or of its first one."""
        is_other = (model, spec) != (self._model, self._spec)
        if self.dialog is None or not self.dialog.isVisible() or not is_other or self._at is None:
            return
        layer, unit = self._at.layer, self._at.unit
        self._take_model(model, spec)
        units = self.units()
        layer = layer if layer in units else next(iter(units))
        self._show(layer, unit if unit < units[layer] else 0)

    def go(self, layer: str, unit: int) -> None:
        """Goes to another page; the way back leads to the one that is shown."""
        if self._at is not None and (self._at.layer, self._at.unit) != (layer, unit):
            self._past = [*self._past, (self._at.layer, self._at.unit)][-MOST_BACK:]
            self._future = []
        self._show(layer, unit)

    def units(self) -> dict[str, int]:
        """How many units each layer of the model has."""
        assert self._spec is not None
        return {row.name: row.maps for row in self._spec.figures()}

    def page(self) -> "UnitPage | None":
        """All that is known of the unit so far."""
        return self._page

    def close(self) -> None:
        """The window goes with the one that it belongs to; what was typed is kept."""
        if self.dialog is not None:
            self.dialog.hide()
        self._leave()

    def write_notes(self) -> None:
        """Brings what was typed to the disk."""
        self._soon.stop()
        if self.notes.is_waiting():
            work = partial(unit_jobs.write_notes, self.notes)
            self._jobs.start(work, lambda _: None, self._fail, name="notes")

    def _built(self) -> UnitDialog:
        if self.dialog is None:
            self.dialog = dialog = UnitDialog(self._panel)
            self._data = UnitData(self._jobs, self._looker, dialog.habits, self)
            self._data.answered.connect(self._take_answer)
            self._data.failed.connect(self._fail)
            dialog.went.connect(self.go)
            dialog.bar.went.connect(self.go)
            dialog.bar.back.clicked.connect(self._go_back)
            dialog.bar.forward.clicked.connect(self._go_forward)
            dialog.bar.save.clicked.connect(self._ask_where)
            dialog.noted.connect(self._note)
            dialog.closed.connect(self._leave)
            dialog.habits.opened.connect(self._open_patch)
        return self.dialog

    def _data_of(self) -> UnitData:
        assert self._data is not None
        return self._data

    def _take_model(self, model: str, spec: NetworkSpec) -> None:
        """What was looked at of another model is no way back: its units are others."""
        if (model, spec) != (self._model, self._spec):
            self._model, self._spec, self._at = model, spec, None
            self._past, self._future = [], []

    def _go_back(self) -> None:
        if self._past and self._at is not None:
            self._future.append((self._at.layer, self._at.unit))
            self._show(*self._past.pop())

    def _go_forward(self) -> None:
        if self._future and self._at is not None:
            self._past.append((self._at.layer, self._at.unit))
            self._show(*self._future.pop())

    def _show(self, layer: str, unit: int) -> None:
        assert self.dialog is not None
        assert self._spec is not None
        self.write_notes()
        self._at, self._page, self._digest = PageRequest(self._model, layer, unit), None, ""
        self.dialog.banner.hide()
        can_go = bool(self._past), bool(self._future)
        self.dialog.bar.show_unit(self.units(), layer, unit, can_go=can_go)
        self.dialog.bar.save.setEnabled(False)
        title = words.unit_title(self._spec, layer, unit)
        self.dialog.show_unit(title, Path(self._model).stem, self._colour(layer, unit))
        if self._job is not None:
            self._job.abandon()
        work = partial(unit_jobs.look, self._looker, self._at, PICTURE - 2 * MARGIN)
        self._job = self._jobs.start(work, self._take, self._fail_page, self._end, name="unit")
        self._data_of().show(self._at)

    def _take(self, found: object) -> None:
        assert self.dialog is not None
        match found:
            case Known():
                self._take_known(found.page)
            case Noted():
                self._take_note(found)
            case Drawing():
                self.dialog.show_climb(found.share)
            case AscentDrawn():
                self.dialog.show_wanted(found.picture, unit_words.wanted(found.wanted.value))
                if self._page is not None:
                    self._page = replace(self._page, wanted=found.wanted)

    def _take_known(self, page: "UnitPage") -> None:
        assert self.dialog is not None
        assert self._spec is not None
        self._page = page
        spec, use = self._spec, page.use
        self.dialog.show_unit(unit_words.title(spec, page), Path(self._model).stem, self._colour(page.layer, page.unit))
        self.dialog.show_kernel(page.kernel)
        self.dialog.bar.save.setEnabled(True)
        links = [unit_words.link(spec, use.layer, each) for each in use.users] if use is not None else []
        shares = unit_words.shares(use) if use is not None else ""
        self.dialog.show_users(unit_words.users_title(use), links, shares)
        if self._data_of().answer is not None:
            self._take_answer(self._data_of().answer)

    def _take_note(self, noted: Noted) -> None:
        assert self.dialog is not None
        if noted.problem is not None:
            self.dialog.show_note("", why_not=sentence_of(noted.problem))
            self.dialog.banner.show_error(sentence_of(noted.problem))
            return
        unit = noted.request.layer, noted.request.unit
        self._digest = noted.digest
        self.dialog.show_note(self.notes.text(noted.digest, unit, noted.text))

    def _take_answer(self, answer: object) -> None:
        assert isinstance(answer, HabitsFound)
        if self._page is not None and answer.request == self._at:
            self._page = replace(self._page, habits=answer.habits)

    def _note(self, text: str) -> None:
        if self._at is None or self.dialog is None or not self._digest:
            return
        try:
            check_note(text)
        except UserError as error:  # what is kept is the last that can be
            self._is_refused = True
            self.dialog.banner.show_error(sentence_of(error))
        else:
            if self._is_refused:
                self.dialog.banner.hide()
            self._is_refused = False
            self.notes.put(self._digest, (self._at.layer, self._at.unit), text)
            self._soon.start()

    def _open_patch(self, is_strongest: bool, place: int) -> None:
        answer = self._data_of().answer
        if answer is not None:
            cuts = answer.habits.strongest if is_strongest else answer.habits.weakest
            path = cuts[place].patch.path if place < len(cuts) else ""
            if path:
                self.photo_wanted.emit(path)

    def _colour(self, layer: str, unit: int) -> QColor:
        assert self._spec is not None
        tower = self._spec.tower_of(layer, unit)
        return {"A": TOWER_A, "B": TOWER_B}.get(tower, colours(self._panel).accent)

    def _ask_where(self) -> None:
        if self._page is None or self.dialog is None or self._at is None:
            return
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        folder = self._settings.folder("pictures", Path(pictures))
        kinds = {self.tr("Images (*.png)"): "png"}
        dialog = SaveDialog(self.dialog, self.tr("Save the page as an image"), str(folder), kinds, self._save_as)
        name = f"{Path(self._model).stem}-{self._at.layer}-{self._at.unit + 1}.png"
        dialog.selectFile(str(folder / name))
        dialog.open()

    def _save_as(self, path: str, _: str, replace_it: bool) -> None:
        """Saves what is shown now, with the note as it is typed."""
        if self._page is None or self.dialog is None:
            return
        self._settings.keep_folder("pictures", Path(path).parent)
        note = "" if self.dialog.note.isReadOnly() else self.dialog.note.toPlainText()
        answer = self._data_of().answer
        inputs: Sequence[str] = (self._model, *(answer.files if answer is not None else ()))
        work = partial(unit_jobs.save, replace(self._page, note=note), tuple(inputs), Path(path), replace_it)
        self._jobs.start(work, self._tell_saved, self._fail, name="save unit")

    def _tell_saved(self, saved: object) -> None:
        assert isinstance(saved, SavedPage)
        if self.dialog is not None:
            self.dialog.banner.show_note(self.tr("Saved the page as {path}").format(path=saved.path))

    def _fail_page(self, failure: Failure) -> None:
        assert self.dialog is not None
        self.dialog.show_wanted(None, self.tr("What it wants"))
        self._fail(failure)

    def _fail(self, failure: Failure) -> None:
        if self.dialog is not None:
            self.dialog.banner.show_failure(failure)

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None

    def _leave(self) -> None:
        """Nobody looks any more: nothing is drawn or looked at for nobody, and what was typed is kept."""
        if self._job is not None:
            self._job.abandon()
        if self._data is not None:
            self._data.leave()
        self.write_notes()
