"""The images nearest to the picture that is shown, or to one of them: which set is searched, and its index."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.core.events import Progress
from alexnet_app.ui.classify import alike_words as words
from alexnet_app.ui.classify.alike import (
    Indexes,
    IndexState,
    Nearest,
    NearestPictures,
    NearestRequest,
    nearest,
    share_of,
)
from alexnet_app.ui.classify.views.nearest_pane import NearestPane
from alexnet_app.ui.classify.words import name
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.models.opened import Models


class NearestImages(QObject):
    """Fills ``pane``. Only the newest question is answered, but building an index is not interrupted for it.

    ``failed`` brings a Failure, ``changed`` when it begins or ends to build.
    """

    failed = Signal(object)
    changed = Signal()

    def __init__(self, jobs: Jobs, models: Models, pane: NearestPane, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs, self._models, self._pane = jobs, models, pane
        self._indexes = Indexes()
        self._running: Job | None = None
        self._wanted: NearestRequest | None = None  # what the pane is to show; None while it is hidden
        self._is_answered = False
        self._asked: NearestRequest | None = None  # the question of the present job
        self._address = self._own = ""
        self._folders: list[str] = []  # that were chosen
        self._before: list[tuple[int, str]] = []  # what was asked for before: place and name of each
        self._shown: Nearest | None = None
        pane.source_chosen.connect(self._choose)
        pane.folder_wanted.connect(self._ask_folder)
        pane.build_wanted.connect(self._build)
        pane.cancel_wanted.connect(self.cancel)
        pane.picked.connect(self._pick)
        pane.back_wanted.connect(self._back)

    def want(self, model: str, path: str, *, anew: bool = False) -> None:
        """Shows the images that the model at ``model`` finds most like the picture ``path``. ``anew``: the person has
        just opened this view, so the index is checked for changes of the images.
        """
        same = self._wanted is not None and (self._wanted.model, self._wanted.path) == (model, path)
        if same and not anew:
            return
        self._before = []
        self._ask(NearestRequest(model, self._address, path, looks_again=anew))

    def leave(self) -> None:
        """The images are not shown now; building an index continues."""
        self._wanted = None

    def is_building(self) -> bool:
        """Whether an index is being built."""
        return self._asked is not None and self._asked.builds

    def cancel(self) -> None:
        """Stops building the index."""
        if self._running is not None and self._asked is not None and self._asked.builds:
            self._running.abandon()
            if self._wanted == self._asked:  # says again that there is none
                self._wanted, self._is_answered = replace(self._asked, builds=False), False

    def _ask(self, request: NearestRequest) -> None:
        self._wanted, self._is_answered, self._shown = request, False, None
        before = self._before[-1][1] if self._before else name(request.path)
        self._pane.show_query(words.nearest_to(before), has_before=bool(self._before))
        self._pane.show_images(())
        if not (self.is_building() or request.builds):
            self._pane.show_state(words.looking(), "")
        self._start()

    def _start(self) -> None:
        if self._running is None and self._wanted is not None and not self._is_answered:
            self._asked = self._wanted
            work = partial(nearest, self._models, self._indexes, self._asked)
            self._running = self._jobs.start(work, self._take, self._fail, self._ended, name="nearest")
            self.changed.emit()

    def _take(self, told: object) -> None:
        match told:
            case Progress() if self.is_building():
                self._pane.show_progress(words.building(told), share_of(told))
            case IndexState(request=request) if request == self._wanted:
                self._show_state(told)
            case Nearest(request=request) if request == self._wanted:
                self._shown = told
                self._pane.show_images(words.captions(told.images))
            case NearestPictures(request=request) if request == self._wanted:
                self._pane.show_pictures(told.pictures)

    def _show_state(self, state: IndexState) -> None:
        self._own = state.own
        sources = [(words.own_data(state.own), state.own)] if state.own else []
        sources += [(name(each), each) for each in self._folders if each != state.own]
        self._pane.show_sources(sources, state.address)
        self._pane.show_state(words.state(state), words.build(state))

    def _fail(self, failure: Failure) -> None:
        if self._wanted is not None and self._wanted == self._asked:
            has_source = bool(self._wanted.address or self._own)
            self._pane.show_state(words.nothing(), words.build_index() if has_source else "")
        self.failed.emit(failure)

    def _ended(self) -> None:
        self._is_answered = self._is_answered or self._wanted == self._asked
        self._running = self._asked = None
        self._start()
        self.changed.emit()

    def _choose(self, address: str) -> None:
        self._address = address
        self._ask_again(looks_again=True)

    def _ask_folder(self) -> None:
        dialog = QFileDialog(self._pane, self.tr("Choose a folder of images"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        if self._wanted is not None:
            dialog.setDirectory(str(Path(self._wanted.path).parent))
        dialog.fileSelected.connect(self.search_folder)
        dialog.open()

    def search_folder(self, folder: str) -> None:
        """Searches the images in ``folder``."""
        if folder not in self._folders:
            self._folders.append(folder)
        self._choose(folder)

    def _build(self) -> None:
        self._pane.show_progress(words.reading(), None)
        self._ask_again(builds=True)

    def _ask_again(self, *, builds: bool = False, looks_again: bool = False) -> None:
        """Asks for the picture itself again: places in another index mean other images."""
        if self._wanted is not None:
            self._before = []
            self._ask(NearestRequest(self._wanted.model, self._address, self._wanted.path, -1, builds, looks_again))

    def _pick(self, place: int) -> None:
        """Makes the image at ``place`` of those shown the query."""
        if self._shown is None or not 0 <= place < len(self._shown.images) or self._wanted is None:
            return
        image = self._shown.images[place]
        self._before.append((image.place, words.called(image)))
        self._ask(replace(self._wanted, place=image.place, looks_again=False))

    def _back(self) -> None:
        if self._before and self._wanted is not None:
            self._before.pop()
            place = self._before[-1][0] if self._before else -1
            self._ask(replace(self._wanted, place=place, looks_again=False))
