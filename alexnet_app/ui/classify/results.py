"""What is done with all that was answered: exported, put into folders and taken back, cleared, and undone."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.classify.actions import ClassifyActions
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.classify.exporting import Exporting
from alexnet_app.ui.classify.filing_away import FilingAway
from alexnet_app.ui.classify.filing_jobs import FiledAway, TakenBack
from alexnet_app.ui.classify.handling import Handling
from alexnet_app.ui.classify.listing import Listing
from alexnet_app.ui.classify.notes import Notes
from alexnet_app.ui.classify.scopes import Scope, Scopes
from alexnet_app.ui.classify.views.picture_list import PictureList
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.settings import Settings


class Results(QObject):
    """Joins the ``commands`` with what does them; ``forget`` is what else is forgotten when the list is cleared."""

    def __init__(
        self,
        jobs: Jobs,
        settings: Settings,
        answering: Answering,
        listing: Listing,
        pictures: PictureList,
        commands: ClassifyActions,
        panel: QWidget,
    ) -> None:
        super().__init__(panel)
        self._answering, self._listing, self._list, self._commands = answering, listing, pictures, commands
        self._scopes = Scopes(answering, pictures)
        self.handling = Handling(jobs, answering, listing, pictures, commands.pictures, panel)
        self.exporting = Exporting(jobs, answering, self._scopes, settings, panel)
        self.filing = FilingAway(jobs, self._scopes, settings, panel)

    def connect_to(self, notes: Notes, banner: Banner, forget: Callable[[], None]) -> None:
        """Says in ``notes`` what was done; ``forget`` is called when the list is cleared."""
        commands, history, filing = self._commands, self.handling.history, self.filing
        for source in (self.handling, self.exporting, filing):
            source.failed.connect(banner.show_failure)
        self.handling.told.connect(banner.show_note)
        self.exporting.written.connect(notes.tell_written)
        filing.filed.connect(self._take_filed)
        filing.filed.connect(lambda done: notes.tell_filed(done, partial(filing.undo, done.journal)))
        filing.taken_back.connect(self._take_back)
        filing.taken_back.connect(notes.tell_taken_back)
        for action, scope in (
            (commands.export, Scope.ALL),
            (commands.export_shown, Scope.SHOWN),
            (commands.export_chosen, Scope.CHOSEN),
        ):
            action.triggered.connect(partial(self._export, scope))
        commands.file.triggered.connect(lambda: filing.ask())
        commands.unfile.triggered.connect(lambda: filing.ask_journal())
        commands.undo.triggered.connect(history.undo)
        commands.redo.triggered.connect(history.redo)
        history.changed.connect(notes.forget_cleared)
        commands.clear.triggered.connect(lambda: self._clear(notes, forget))
        for changed in (history.changed, self._list.chosen_changed, self._list.pictures.counted):
            changed.connect(self.refresh)

    def refresh(self) -> None:
        """Which commands are possible now."""
        commands, album, history = self._commands, self._answering.album, self.handling.history
        nothing = self.tr("There are no results yet")
        has_results = album.has_results()
        commands.enable(commands.export, has_results, nothing)
        commands.enable(commands.file, album.has_answers(), nothing)
        filtered, chosen = self._scopes.is_filtered(), self._scopes.has_chosen()
        commands.enable(commands.export_shown, has_results and filtered, self.tr("Nothing is filtered"))
        commands.enable(commands.export_chosen, has_results and chosen, self.tr("No picture is chosen"))
        commands.enable(commands.clear, not album.is_empty(), self.tr("The list is empty"))
        for action, word, name in (
            (commands.undo, self.tr("Undo"), history.to_undo()),
            (commands.redo, self.tr("Redo"), history.to_redo()),
        ):
            action.setText(f"{word}: {name}" if name else word)
            commands.enable(action, bool(name), self.tr("Nothing was changed yet"))

    def _export(self, scope: Scope) -> None:
        self.exporting.ask(scope)

    def _clear(self, notes: Notes, forget: Callable[[], None]) -> None:
        count = self._answering.album.pictures()
        self.handling.clear(forget)
        if count:
            notes.tell_cleared(count, self.handling.history.undo)

    def _take_filed(self, done: FiledAway) -> None:
        self._rename(dict(done.places))

    def _take_back(self, done: TakenBack) -> None:
        self._rename(dict(done.places))

    def _rename(self, places: dict[str, str]) -> None:
        """The list follows files that were moved. What was removed or cleared before cannot come back: those files may
        be among them.
        """
        if places:
            self.handling.history.forget()
        files = set(self._answering.album.files())
        known = {old: new for old, new in places.items() if old in files}
        if known:
            path = self._list.path()
            self._answering.album.rename(known)
            self._listing.fill()
            self._list.pick(known.get(path, path))
