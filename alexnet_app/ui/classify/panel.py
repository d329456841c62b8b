"""The Classify panel: pictures in, answers out."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QGuiApplication, QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from alexnet_app.core.events import Answered, Skipped
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.core.runs.listing import sample_pictures
from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.actions import ClassifyActions
from alexnet_app.ui.classify.album import Change
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.classify.decoding import Decoded
from alexnet_app.ui.classify.folder_question import FolderQuestion
from alexnet_app.ui.classify.jobs import FoundFiles, ModelAbout, Unusable, Written, keep, write_answers
from alexnet_app.ui.classify.notes import Notes, show_progress
from alexnet_app.ui.classify.paste import PastedPictures, paths_in
from alexnet_app.ui.classify.pictures import LargePicture, Thumbnails
from alexnet_app.ui.classify.questions import ask_to_clear
from alexnet_app.ui.classify.views.answer_bar import AnswerBar
from alexnet_app.ui.classify.views.gallery import Gallery
from alexnet_app.ui.classify.views.model_line import ModelLine
from alexnet_app.ui.classify.views.picture_list import THUMBNAIL
from alexnet_app.ui.classify.why import WhyOfPicture
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import Banner, worded
from alexnet_app.ui.models.exchange import ModelImport
from alexnet_app.ui.parts.drop_area import DropArea, addresses_of, paths_of
from alexnet_app.ui.parts.plain import copy_tip
from alexnet_app.ui.parts.skipped_table import SkippedTable
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import SPACE

SPLIT = "classify split"


class ClassifyPanel(QWidget):
    """``wants_training``: the person has no model and wants to train one on the sample data.

    ``model_refused`` tells the path of a model that cannot be used, and the Failure.
    """

    wants_training = Signal()
    model_refused = Signal(str, object)

    def __init__(self, jobs: Jobs, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._settings = jobs, settings
        self._pasted = PastedPictures()
        self.answering = Answering(jobs, self)
        self._thumbnails, self._large = Thumbnails(jobs, self), LargePicture(jobs, self)
        self.commands = ClassifyActions(self, settings)
        self.addActions(self.commands.all())
        self.banner = Banner()
        self.folders = FolderQuestion(jobs, self.classify, self)
        self._lay_out()
        self.why = WhyOfPicture(jobs, self.answering, self.gallery, self)
        self._notes = Notes(self.banner, self.bar, self.skipped, self)
        self.importing = ModelImport(jobs, self.chooser, self.banner, self)
        self._connect()
        self._refresh()

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from: a label and a path each. The choice stays; without one the first is taken."""
        self.chooser.set_models(models)
        self._take_model(self.chooser.path())

    def choose_model(self, path: str) -> None:
        """Answers with the model at ``path`` from now on, also what has been answered."""
        self.chooser.choose(path)
        self._take_model(path)

    def refuse_model(self, path: str) -> None:
        """The model at ``path`` cannot be used: the one before it goes on. Whoever found out tells why."""
        self.chooser.refuse(path)
        if path != self.answering.model():
            return
        self._take_model(self.chooser.path())
        if path == self.answering.model():
            self._say_while_waiting(self.tr("not classified: the model cannot be read"))

    def classify(self, paths: Sequence[str]) -> None:
        """Appends these pictures, and those in these folders, to the list, and answers them."""
        if paths:
            self.banner.hide()
            self.answering.add(paths)

    def set_sparing(self, sparing: bool) -> None:
        """Leaves the processors to a training, or takes them again."""
        self.answering.set_sparing(sparing)

    def paste(self) -> None:
        """Classifies what is on the clipboard: files, a picture, or paths as text."""
        mime = QGuiApplication.clipboard().mimeData()
        picture = QGuiApplication.clipboard().image() if mime.hasImage() else None
        paths = paths_of(mime)
        if not paths and picture is not None and not picture.isNull():
            self._jobs.start(
                partial(keep, picture, self._pasted.next_path()), self._kept, self.banner.show_failure, name="paste"
            )
            return
        paths = paths or addresses_of(mime) or paths_in(mime.text())
        self.classify(paths)
        if not paths:
            self.banner.show_note(self.tr("The clipboard contains no picture and no path to one."))

    def _lay_out(self) -> None:
        self.top, self.gallery, self.area, self.skipped = ModelLine(), Gallery(), DropArea(), SkippedTable()
        self.list, self.page, self.chooser = self.gallery.list, self.gallery.page, self.top.chooser
        copy_tip(self.commands.ten_views, self.top.ten_views)
        copy_tip(self.commands.why, self.page.explain)
        self.chooser.folder = self._settings.folder("models", Path.home())
        self.gallery.restoreState(self._settings.bytes_of(SPLIT))
        self.skipped.hide()
        self.bar = AnswerBar([self.commands.cancel, self.commands.export, self.commands.clear])
        self._pages = QStackedWidget()
        self._pages.addWidget(self.area)
        self._pages.addWidget(self.gallery)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        for widget in (self.banner, self.folders.bar, self.top, self._pages, self.skipped, self.bar):
            layout.addWidget(widget, stretch=1 if widget is self._pages else 0)

    def _connect(self) -> None:
        self._connect_commands()
        self.chooser.chosen.connect(self._take_model)
        self.chooser.browsed.connect(self._settings.keep_model_folder)
        self.area.pictures_wanted.connect(self.commands.ask_pictures)
        self.area.samples_wanted.connect(self._classify_samples)
        self.area.training_wanted.connect(self.wants_training)
        self.list.picked.connect(self._show_picture)
        self.list.pictures.thumbnail_wanted.connect(self._want_thumbnail)
        self.bar.skipped_shown.connect(self.skipped.setVisible)
        self.bar.skipped_shown.connect(self._notes.forget_skipped)
        self._notes.wants_training.connect(self.wants_training)
        self.gallery.splitterMoved.connect(self._keep_split)
        self._thumbnails.read.connect(self._show_thumbnail)
        self._large.read.connect(self._show_large)
        self.answering.found.connect(self._list)
        self.answering.refused.connect(self._list_skipped)
        self.answering.regained.connect(self._list_skipped_anew)
        self.answering.answered.connect(self._show_change)
        self.answering.described.connect(self._describe)
        self.answering.unusable.connect(self._refuse)
        self.answering.failed.connect(self.banner.show_failure)
        self.why.failed.connect(self.banner.show_failure)
        self.answering.moved.connect(self._refresh)
        self.answering.settled.connect(self._notes.sum_up)
        self.destroyed.connect(self._pasted.remove)

    def _connect_commands(self) -> None:
        commands = self.commands
        commands.chosen.connect(self.classify)
        commands.table_chosen.connect(self._export)
        commands.paste.triggered.connect(self.paste)
        commands.cancel.triggered.connect(self.answering.cancel)
        commands.go_on.triggered.connect(self.answering.go_on)
        commands.clear.triggered.connect(lambda: ask_to_clear(self, self.answering, self._clear))
        commands.ten_views.toggled.connect(self.top.ten_views.setChecked)
        self.top.ten_views.toggled.connect(commands.ten_views.setChecked)
        commands.why.toggled.connect(self.page.explain.setChecked)
        self.page.explain.toggled.connect(commands.why.setChecked)
        self.top.ten_views.toggled.connect(self._take_views)

    def showEvent(self, event: QShowEvent) -> None:
        """The sample pictures may be there now."""
        super().showEvent(event)
        self._refresh()

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
        self.list.pictures.wait()
        self.list.pictures.set_answers({event.path: words.answer(event) for event in self.answering.album.answered()})
        self._say_while_waiting("")
        self._refresh()

    def _say_while_waiting(self, reason: str) -> None:
        self.list.pictures.set_reason(reason)
        self.page.set_reason(reason)
        self._show_answer()

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

    def _kept(self, written: object) -> None:
        assert isinstance(written, Written)
        self.classify([written.path])

    def _clear(self) -> None:
        self.answering.clear()
        self._thumbnails.forget()
        self._large.forget()
        self.gallery.filter.clear()
        self.list.pictures.clear()
        self.skipped.skipped.set_rows(())
        self.banner.hide()
        self._refresh()

    def _list(self, found: FoundFiles) -> None:
        self.list.pictures.add((path, words.name(path)) for path in found.paths)
        for path in found.paths:
            self._large.forget(path)
        if found.first:
            self.list.pick(found.paths[0])
            self._show_picture(self.list.path())
            if not self.answering.model():
                self._notes.tell_model_missing()

    def _list_skipped(self, events: Sequence[Skipped]) -> None:
        self.skipped.skipped.add(words.row(event) for event in events)

    def _list_skipped_anew(self) -> None:
        self.skipped.skipped.set_rows(words.row(event) for event in self.answering.album.skipped())

    def _show_change(self, change: Change) -> None:
        self.list.pictures.add((path, words.name(path)) for path in change.regained)
        self.list.pictures.set_answers({event.path: words.answer(event) for event in change.answered})
        self.list.pictures.remove(event.path for event in change.skipped)
        if change.regained:
            self._list_skipped_anew()
        else:
            self._list_skipped(change.skipped)
        if self.list.path() in {event.path for event in change.answered}:
            self._show_answer()

    def _show_picture(self, path: str) -> None:
        if not path:
            self.page.clear()
            return
        self.page.expect(words.name(path), path)
        self._show_answer()
        pixels = self.screen().size() * self.devicePixelRatioF()
        self._large.want(path, (pixels.width(), pixels.height()))

    def _show_answer(self) -> None:
        event = self.answering.album.event(self.list.path())
        if isinstance(event, Answered):
            pairs = [(each.label, each.probability) for each in event.predictions]
            self.page.show_answers(pairs, unsure=unsure(event.predictions))
        elif self.list.path():
            self.page.show_waiting()

    def _want_thumbnail(self, path: str) -> None:
        self._thumbnails.want(path, round(THUMBNAIL * self.devicePixelRatioF()))

    def _show_thumbnail(self, found: Decoded) -> None:
        self.list.pictures.set_thumbnail(found.path, found.picture)

    def _show_large(self, found: Decoded) -> None:
        if found.path == self.list.path():
            if found.picture is None:
                self.page.show_reason(worded(found.reason))
            else:
                self.page.show_picture(found.picture, words.name(found.path), found.width, found.height, found.path)

    def _export(self, path: str, bom: bool, replace: bool) -> None:
        answers, model = self.answering.album.known(), self.answering.known_model()
        work = partial(write_answers, Path(path), answers, model, bom, replace)
        self._jobs.start(work, self._notes.tell_written, self.banner.show_failure, name="export")

    def _keep_split(self) -> None:
        self._settings.keep_bytes(SPLIT, self.gallery.saveState())

    def _refresh(self) -> None:
        """Everything that depends on how far it is."""
        album = self.answering.album
        has_pictures = self.list.pictures.total() > 0
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
        commands.enable(commands.cancel, busy, self.tr("Nothing is being classified"))
        commands.enable(
            commands.go_on, not busy and album.left() > 0, self.tr("There are no pictures left to classify")
        )
        self.bar.offer(commands.go_on if commands.go_on.isEnabled() else commands.cancel)
        commands.enable(commands.export, album.has_results(), self.tr("There are no results yet"))
        commands.enable(commands.clear, not album.is_empty(), self.tr("The list is empty"))
