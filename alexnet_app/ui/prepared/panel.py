"""Prepared sets in a window of their own: listed, made, verified, deleted."""

import time
from dataclasses import dataclass, field
from functools import partial

from PySide6.QtCore import QEvent, QObject, QUrl
from PySide6.QtGui import QAction, QDesktopServices, QKeySequence
from PySide6.QtWidgets import QWidget

from alexnet_app.core.events import Progress, Skipped
from alexnet_app.core.files import unwritable
from alexnet_app.ui.job import Failure, Job, Jobs, Work
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.form.config_form import ConfigForm
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.prepared import words
from alexnet_app.ui.prepared.form import FormOfSets
from alexnet_app.ui.prepared.jobs import (
    Deleted,
    LeftOut,
    Made,
    Verified,
    WantedSet,
    deleting,
    naming_left_out,
    preparing,
    verifying,
)
from alexnet_app.ui.prepared.listing import ListOfSets
from alexnet_app.ui.prepared.questions import QuestionsOfSets
from alexnet_app.ui.prepared.use import UseOfSets
from alexnet_app.ui.prepared.views.prepared_dialog import PreparedDialog
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.speed import PicturePace


class PreparedSets(QObject):
    """``action`` opens the window. One thing is done at a time."""

    def __init__(self, jobs: Jobs, settings: Settings, form: ConfigForm, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs, self._owner = jobs, parent
        self._job: Job | None = None
        self._doing = _Doing()
        self.dialog: PreparedDialog | None = None
        self.list = ListOfSets(jobs, self._is_seen, self)
        self.use, self.questions = UseOfSets(jobs, self), QuestionsOfSets(self)
        self.form = FormOfSets(jobs, settings, form, self)
        self.form.begun.connect(self.prepare)
        self.action = QAction(self.tr("Prepared sets…"), self)
        self.action.setShortcut(QKeySequence("Ctrl+Shift+P"))
        set_tip(self.action, self.tr("Create, verify and delete decoded copies of data sets"))
        self.action.triggered.connect(self.show)
        self.list.listed.connect(self._show_sets)
        self.list.listed.connect(self._choose_made)
        self.list.failed.connect(self._tell_failure)
        self.use.changed.connect(self._follow_use)

    def show(self) -> None:
        """Opens the window, or brings it to the front."""
        dialog = self._window()
        dialog.show()
        dialog.raise_()
        dialog.activateWindow()
        self.list.look_again()

    def is_on(self) -> bool:
        """Whether something is being done."""
        return self._job is not None

    def leave(self) -> None:
        """The main window closes and ends all jobs; what was made is kept."""
        for window in (self.questions.box, self.form.dialog, self.dialog):
            if window is not None:
                window.hide()

    def prepare(self, wanted: WantedSet) -> None:
        """Makes the set, goes on with it, or repairs it."""
        doing = _Doing(wanted.name, self.tr("Preparing"), prepares=True)
        self._start(doing, lambda _: preparing(wanted), "preparing", self.tr("Reading {name}…"))

    def cancel(self) -> None:
        """Ends what is on; what was made is kept."""
        if self._job is not None and not self._doing.cancelled:
            self._doing.cancelled = True
            self._job.abandon()
            self._window().show_progress(self.tr("Cancelling…"), None)
            self._refresh()

    def _is_seen(self) -> bool:
        return self.dialog is not None and self.dialog.isVisible()

    def _window(self) -> PreparedDialog:
        if self.dialog is None:
            self.dialog = made = PreparedDialog(self._owner)
            made.installEventFilter(self)
            made.prepare_wanted.connect(partial(self.form.open, made))
            made.continue_wanted.connect(self._continue)
            made.verify_wanted.connect(self._verify)
            made.delete_wanted.connect(self._ask_to_delete)
            made.left_out_wanted.connect(self._name_left_out)
            made.close_wanted.connect(self._ask_to_stop)
            made.folder.clicked.connect(self._open_folder)
            made.work.cancel.clicked.connect(self.cancel)
            self._refresh()
        return self.dialog

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Looks again when the person comes back to the window."""
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.Hide):
            self.list.watch(on=self.use.is_any())
            self.list.look_again()
        return super().eventFilter(watched, event)

    def _start(self, doing: "_Doing", work: Work, job: str, text: str) -> None:
        window = self._window()
        why = self._busy() or (self.use.why_nothing_new() if doing.prepares else "")
        if why:  # since the button was pressed
            window.banner.show_error(self.tr("{why}.").format(why=why))
            return
        window.banner.hide()
        self._doing = doing
        window.show_progress(text.format(name=doing.name), None)
        self._job = self._jobs.start(work, self._report, self._fail, self._end, job)
        self._refresh()

    def _continue(self, key: str) -> None:
        found = self.list.named(key)
        if found is not None:
            self.prepare(words.wanted_again(found))

    def _verify(self, key: str) -> None:
        found = self.list.named(key)
        if found is not None:
            doing = _Doing(found.source, self.tr("Verifying"))
            self._start(doing, lambda _: verifying(found), "verifying", self.tr("Reading {name}…"))

    def _delete(self, key: str) -> None:
        found = self.list.named(key)
        why = self.use.why(found) if found is not None else ""
        if why:  # since it was asked
            self._window().banner.show_error(self.tr("{why}.").format(why=why))
        elif found is not None:
            doing = _Doing(found.source, self.tr("Deleting"), can_end=False)
            self._start(doing, lambda _: deleting(found), "deleting", self.tr("Deleting {name}…"))

    def _name_left_out(self, key: str) -> None:
        found = self.list.named(key)
        if found is not None:
            self._jobs.start(lambda _: naming_left_out(found), self._show_left_out, self._tell_failure, name="left out")

    def _show_left_out(self, event: object) -> None:
        if isinstance(event, LeftOut):
            found = self.list.named(event.key)
            files = words.left_out(event.files, found.where if found else "")
            self._window().show_left_out(event.key, files)

    def _report(self, event: object) -> None:
        if self._doing.cancelled:
            return
        match event:
            case Progress():
                self._show_progress(event)
            case Skipped():
                self._doing.pace.take(event)
            case Made():
                self._doing.made = event.key
                self._tell_made(event)
            case Verified():
                self._tell_verified(event)
            case Deleted():
                self._window().banner.show_note(words.deleted(event))

    def _show_progress(self, event: Progress) -> None:
        doing = self._doing
        doing.pace.take(event)
        share = event.done / event.total if event.total else None
        text = words.doing(event, doing.name, doing.pace.left_out)
        self._window().show_progress(text, share, doing.pace.speed(), doing.pace.rest())

    def _tell_made(self, event: Made) -> None:
        window, text = self._window(), words.made(event)
        if event.left_out and event.key:
            window.banner.show_note(text, self.tr("Show skipped files"), partial(window.left_out.setChecked, True))
        else:
            window.banner.show_note(text)

    def _tell_verified(self, event: Verified) -> None:
        banner, text = self._window().banner, words.verified(event, self._doing.name)
        found = self.list.named(event.key)
        if event.damaged and found is not None and found.address:
            banner.show_note(text, self.tr("Repair"), partial(self._continue, event.key))
        else:
            banner.show_note(text)

    def _fail(self, failure: Failure) -> None:
        if not self._doing.cancelled:
            self._tell_failure(failure)

    def _tell_failure(self, failure: Failure) -> None:
        self._window().banner.show_failure(failure)

    def _end(self) -> None:
        window, doing = self._window(), self._doing
        self._job = None
        window.show_rest()
        if doing.cancelled and doing.prepares:
            window.banner.show_note(words.stopped(doing.name))
        if doing.closes is not None:
            self.questions.close()
        if doing.closes:
            window.reject()
        self._refresh()
        self.list.look_again()

    def _choose_made(self) -> None:
        """The set that is being made, or was made last, is the one that is chosen, until the person chooses another."""
        doing = self._doing
        if doing.prepares and not doing.made:
            doing.made = self.list.newest(doing.since)
        if doing.made and doing.chosen != doing.made and self.list.named(doing.made):
            doing.chosen = doing.made
            self._window().table.choose(doing.made)

    def _show_sets(self) -> None:
        now = self.list.now
        if now is not None:
            rows = [words.row(each, self.use.why(each)) for each in now.sets]
            self._window().show_sets(rows, words.summary(now))

    def _follow_use(self) -> None:
        if self.dialog is not None:
            self.list.watch(on=self.use.is_any())
            self._show_sets()
            self._refresh()
            self.list.look_again()

    def _busy(self) -> str:
        """Why nothing else can be done now."""
        if self._job is None:
            return ""
        if self._doing.cancelled or not self._doing.can_end:
            return self.tr("Wait until the current task has finished")
        return self.tr("{doing} {name} is in progress; cancel it first").format(
            doing=self._doing.what, name=self._doing.name
        )

    def _refresh(self) -> None:
        if self.dialog is not None:
            self.dialog.set_reasons(self._busy(), self.use.why_nothing_new())
            self.dialog.work.allow(self._busy() if self._doing.cancelled or not self._doing.can_end else "")

    def _ask_to_delete(self, key: str) -> None:
        found = self.list.named(key)
        if found is not None:
            self.questions.ask_to_delete(self._window(), found, partial(self._delete, key))

    def _ask_to_stop(self) -> None:
        doing = self._doing
        doing.closes = doing.cancelled or not doing.can_end
        if not doing.closes:
            self.questions.ask_to_stop(self._window(), doing.what, doing.name, doing.prepares, self._stop_and_close)

    def _stop_and_close(self) -> None:
        if self._job is None:
            self._window().reject()
        else:
            self._doing.closes = True
            self.cancel()

    def _open_folder(self) -> None:
        from alexnet_app.core.data.prepared.shelf import sets_folder

        folder = sets_folder()
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._window().banner.show_error(sentence_of(unwritable(folder, error)))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))


@dataclass(slots=True)
class _Doing:
    """What is being done with which set. ``what`` is said of it; ``closes``: whether the window closes when it is over,
    None while nobody has asked.
    """

    name: str = ""
    what: str = ""
    prepares: bool = False
    can_end: bool = True
    cancelled: bool = False
    closes: bool | None = None
    made: str = ""  # the key of the set, once it is known
    chosen: str = ""  # the one that was chosen because of it
    since: float = field(default_factory=time.time)
    pace: PicturePace = field(default_factory=PicturePace)
