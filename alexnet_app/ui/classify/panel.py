"""The Classify panel: classifies pictures and shows the results."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from alexnet_app.core.runs.listing import sample_pictures
from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.actions import ClassifyActions
from alexnet_app.ui.classify.comparing import Comparing
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.classify.folder_question import FolderQuestion
from alexnet_app.ui.classify.jobs import FoundFiles, ModelAbout, Unusable
from alexnet_app.ui.classify.listing import Listing
from alexnet_app.ui.classify.notes import Notes, show_progress
from alexnet_app.ui.classify.results import Results
from alexnet_app.ui.classify.showing import Showing
from alexnet_app.ui.classify.taking import Taking
from alexnet_app.ui.classify.views.answer_bar import AnswerBar
from alexnet_app.ui.classify.views.gallery import Gallery
from alexnet_app.ui.classify.views.model_line import ModelLine
from alexnet_app.ui.classify.why import WhyOfPicture
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.models.exchange import ModelImport
from alexnet_app.ui.offered import Offered
from alexnet_app.ui.parts.drop_area import DropArea
from alexnet_app.ui.parts.plain import copy_tip
from alexnet_app.ui.parts.skipped_table import SkippedTable
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import SPACE

SPLIT, GRID_SPLIT = "classify split", "classify split of tiles"


class ClassifyPanel(QWidget):
    """``wants_training``: the person has no model and wants to train one on the sample data.

    ``model_refused`` tells the path of a model that cannot be used, and the Failure; ``inside_wanted`` the path of a
    picture that is to be looked at inside the network, and that of the model.
    """

    wants_training = Signal()
    inside_wanted = Signal(str, str)
    model_refused = Signal(str, object)

    def __init__(self, jobs: Jobs, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._settings = jobs, settings
        self.answering = Answering(jobs, self)
        self.commands = ClassifyActions(self, settings)
        self.addActions([*self.commands.all(), *self.commands.pictures.all()])
        self.banner = Banner()
        self.taking = Taking(jobs, self.banner, self.classify, self.answering.add, self)
        self.links = self.taking.links
        self.comparing = Comparing(jobs, self.answering, self)
        self.addAction(self.comparing.action)
        self.folders = FolderQuestion(jobs, self.classify, self)
        self._lay_out()
        self._listing = Listing(self.answering, self.list, self.skipped, self)
        self.showing = Showing(jobs, self.answering, self.gallery, self)
        self.results = Results(jobs, settings, self.answering, self._listing, self.list, self.commands, self)
        self.why = WhyOfPicture(jobs, self.answering, self.gallery, self)
        self._notes = Notes(self.banner, self.bar, self.skipped, self)
        self.importing = ModelImport(jobs, self.chooser, self.banner, self)
        self._connect()
        self._refresh()

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from: a label and a path each. The choice stays; without one the first is taken."""
        self.chooser.set_models(models)
        self.comparing.set_models(models)
        self._take_model(self.chooser.path())

    def choose_model(self, path: str) -> None:
        """Answers with the model at ``path`` from now on, also what has been answered."""
        self.chooser.choose(path)
        self._take_model(path)

    def refuse_model(self, path: str) -> None:
        """Returns to the model before ``path``, which cannot be used. The caller says why."""
        self.chooser.refuse(path)
        if path != self.answering.model():
            return
        self._take_model(self.chooser.path())
        if path == self.answering.model():
            self._say_while_waiting(self.tr("not classified: the model cannot be read"))

    def classify(self, paths: Sequence[str]) -> None:
        """Adds these pictures, and those in these folders, to the list and classifies them."""
        files = self.taking.files_of(paths)
        if files:
            self.banner.hide()
            self.answering.add(files)

    def set_sparing(self, sparing: bool) -> None:
        """Computes on one thread while a training needs the processors."""
        self.answering.set_sparing(sparing)

    def paste(self) -> None:
        """Classifies the picture or the files on the clipboard."""
        self.taking.paste()

    def take(self, given: Offered) -> None:
        """Takes what was dropped."""
        self.taking.take(given)

    def leave(self) -> None:
        """Ends what is still in progress: the window is being closed."""
        self.taking.leave()
        self.comparing.close()

    def _lay_out(self) -> None:
        self.top, self.area, self.skipped = ModelLine(), DropArea(), SkippedTable()
        self.gallery = Gallery([self.commands.group, self.commands.grid])
        self.list, self.page, self.chooser = self.gallery.list, self.gallery.page, self.top.chooser
        copy_tip(self.commands.ten_views, self.top.ten_views)
        copy_tip(self.commands.why, self.page.explain)
        self.chooser.folder = self._settings.folder("models", Path.home())
        self.gallery.restoreState(self._settings.bytes_of(SPLIT))
        self.skipped.hide()
        self.bar = AnswerBar([self.commands.cancel, self.commands.file, self.commands.export, self.commands.clear])
        self._pages = QStackedWidget()
        self._pages.addWidget(self.area)
        self._pages.addWidget(self.gallery)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        for widget in (self.banner, self.folders.bar, self.links.bar, self.top, self._pages, self.skipped, self.bar):
            layout.addWidget(widget, stretch=1 if widget is self._pages else 0)

    def _connect(self) -> None:
        self._connect_commands()
        self.chooser.chosen.connect(self._take_model)
        self.chooser.browsed.connect(self._settings.keep_model_folder)
        self.area.pictures_wanted.connect(self.commands.ask_pictures)
        self.area.samples_wanted.connect(self._classify_samples)
        self.area.training_wanted.connect(self.wants_training)
        self.comparing.picked.connect(self.list.pick)
        self._listing.known.connect(self.showing.show_answer)
        self._listing.begun.connect(self._begin)
        self.bar.skipped_shown.connect(self.skipped.setVisible)
        self.bar.skipped_shown.connect(self._notes.forget_skipped)
        self._notes.wants_training.connect(self.wants_training)
        self.gallery.splitterMoved.connect(self._keep_split)
        self.answering.found.connect(self._forget_files)
        self.answering.described.connect(self._describe)
        self.answering.unusable.connect(self._refuse)
        self.answering.failed.connect(self.banner.show_failure)
        self.why.failed.connect(self.banner.show_failure)
        for changing in (self.links, self.why.nearest):
            changing.changed.connect(self._refresh)
        self.answering.moved.connect(self._refresh)
        self.answering.settled.connect(self._notes.sum_up)

    def _connect_commands(self) -> None:
        commands = self.commands
        commands.chosen.connect(self.classify)
        commands.paste.triggered.connect(self.paste)
        commands.cancel.triggered.connect(self.answering.cancel)
        for other in (self.links, self.why.nearest):
            commands.cancel.triggered.connect(other.cancel)
        commands.go_on.triggered.connect(self.answering.go_on)
        commands.group.toggled.connect(self.list.pictures.set_grouped)
        commands.grid.toggled.connect(self._show_grid)
        self.results.connect_to(self._notes, self.banner, self._forget)
        commands.ten_views.toggled.connect(self.top.ten_views.setChecked)
        self.top.ten_views.toggled.connect(commands.ten_views.setChecked)
        commands.why.toggled.connect(self.page.explain.setChecked)
        self.page.explain.toggled.connect(commands.why.setChecked)
        self.top.ten_views.toggled.connect(self._take_views)
        commands.pictures.inside.triggered.connect(self._look_inside)
        self.page.inside.clicked.connect(commands.pictures.inside.trigger)

    def showEvent(self, event: QShowEvent) -> None:
        """The sample pictures may be there now."""
        super().showEvent(event)
        self._refresh()

    def _look_inside(self) -> None:
        self.inside_wanted.emit(self.list.path(), self.answering.model())

    def _take_model(self, path: str) -> None:
        if path != self.answering.model():
            self.top.about.show_text("")
            self.answering.set_model(path, self.list.path())
            self._notes.forget_model_missing()
            self._wait_again()

    def _take_views(self, ten_view: bool) -> None:
        self.answering.set_ten_view(ten_view, self.list.path())
        self._wait_again()

    def _wait_again(self) -> None:
        self._listing.wait()
        self._say_while_waiting("")
        self._refresh()

    def _say_while_waiting(self, reason: str) -> None:
        self.list.pictures.set_reason(reason)
        self.page.set_reason(reason)
        self.showing.show_answer()

    def _refuse(self, model: Unusable) -> None:
        self.refuse_model(model.path)
        self.banner.show_failure(model.failure)
        self.model_refused.emit(model.path, model.failure)

    def _describe(self, model: ModelAbout) -> None:
        self.chooser.confirm()
        self._say_while_waiting("")
        self.top.about.show_text(words.about(model), words.classes(model))

    def _classify_samples(self) -> None:
        self.classify([str(sample_pictures(self.chooser.path()))])

    def _forget(self) -> None:
        """The list was cleared."""
        self.showing.forget()
        self.gallery.filter.clear()
        self.banner.hide()
        self.setFocus()  # so that the keys that undo it are heard

    def _forget_files(self, found: FoundFiles) -> None:
        """Files that are given again may be other ones now."""
        for path in found.paths:
            self.showing.forget(path)

    def _begin(self, path: str) -> None:
        self.showing.show_picture(self.list.path())
        if not self.answering.model():
            self._notes.tell_model_missing()

    def _show_grid(self, is_grid: bool) -> None:
        self.list.set_grid(is_grid)
        kept = self._settings.bytes_of(GRID_SPLIT if is_grid else SPLIT)
        if kept.isEmpty() or not self.gallery.restoreState(kept):
            self.gallery.share_width(is_grid=is_grid)

    def _keep_split(self) -> None:
        self._settings.keep_bytes(GRID_SPLIT if self.list.is_grid() else SPLIT, self.gallery.saveState())

    def _refresh(self) -> None:
        """Everything that depends on how far it is."""
        album = self.answering.album
        has_pictures = album.pictures() > 0
        self._pages.setCurrentIndex(1 if has_pictures else 0)
        if not has_pictures:
            self.area.show_state(has_model=bool(self.answering.model()), samples_missing=words.samples_missing())
        self.bar.setVisible(self.answering.is_busy() or not album.is_empty())
        count = words.pictures(album.pictures()) if not album.is_empty() else ""
        self.bar.show_counts(count, words.skipped(album.skipped_count()))
        show_progress(self.bar, self.answering)
        self._refresh_commands()

    def _refresh_commands(self) -> None:
        commands, album, busy = self.commands, self.answering.album, self.answering.is_busy()
        can_end = busy or self.links.is_active() or self.why.nearest.is_building()
        commands.enable(commands.cancel, can_end, self.tr("Nothing is being classified"))
        commands.enable(
            commands.go_on, not busy and album.left() > 0, self.tr("There are no pictures left to classify")
        )
        self.bar.offer(commands.go_on if commands.go_on.isEnabled() else commands.cancel)
        self.results.refresh()
