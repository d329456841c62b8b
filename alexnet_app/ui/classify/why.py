"""Why the picture that is shown gets its class: only the newest question is answered; answers are kept."""

from collections import OrderedDict
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.classify.explaining import (
    NEAREST,
    SEEN,
    TOWERS,
    Crops,
    Explained,
    Explainers,
    Layer,
    Reason,
    WhyRequest,
    explain,
)
from alexnet_app.ui.classify.nearest import NearestImages
from alexnet_app.ui.classify.views.gallery import Gallery
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.models.opened import Models

KEPT = 64  # questions, with their answers


class Questions(QObject):
    """``explained``, ``drawn`` and ``cropped`` bring an Explained, a Layer and Crops for the question asked last,
    ``failed`` a Failure.
    """

    explained = Signal(object)
    drawn = Signal(object)
    cropped = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, models: Models, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._models, self._explainers = jobs, models, Explainers()
        self._wanted: WhyRequest | None = None
        self._asked: WhyRequest | None = None
        self._job: Job | None = None
        self._kept: OrderedDict[WhyRequest, list[Reason]] = OrderedDict()

    def ask(self, request: WhyRequest | None) -> None:
        """Asks a question, or with None none. The answer to an earlier one is kept but not shown."""
        self._wanted = request
        if request is not None and request in self._kept:
            self._kept.move_to_end(request)
            for each in self._kept[request]:
                self._tell(each)
        else:
            self._start()

    def forget(self) -> None:
        """Forgets all answers: the file of the model, or of a picture, may have changed."""
        self._kept.clear()

    def _start(self) -> None:
        if self._job is None and self._wanted is not None and self._wanted not in self._kept:
            self._asked = self._wanted
            work = partial(explain, self._models, self._explainers, self._asked)
            self._job = self._jobs.start(work, self._take, self._fail, self._ended, name="why")

    def _take(self, found: object) -> None:
        assert isinstance(found, Explained | Layer | Crops)
        self._kept.setdefault(found.request, []).append(found)
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        self._tell(found)

    def _tell(self, found: Reason) -> None:
        if found.request == self._wanted:
            signals = {Explained: self.explained, Layer: self.drawn, Crops: self.cropped}
            signals[type(found)].emit(found)

    def _fail(self, failure: Failure) -> None:
        if self._asked == self._wanted:
            self._wanted = None
            self.failed.emit(failure)

    def _ended(self) -> None:
        self._job = None
        if self._asked != self._wanted:
            self._start()


class WhyOfPicture(QObject):
    """Shows why on the page of ``gallery``, where the person asked for it; ``failed`` brings a Failure."""

    failed = Signal(object)

    def __init__(self, jobs: Jobs, answering: Answering, gallery: Gallery, parent: QWidget) -> None:
        super().__init__(parent)
        self._answering, self._list, self._page = answering, gallery.list, gallery.page
        self._questions = Questions(jobs, answering.models(), self)
        self.nearest = NearestImages(jobs, answering.models(), self._page.nearest, parent)
        self._label = ""  # the class to explain; the first answer where it is empty
        self._page.why.set_views(words.why_views())
        self._page.explain.toggled.connect(self._toggle)
        self._page.why.view_chosen.connect(lambda: self._ask(anew=True))
        self._page.bars.chosen.connect(self._choose)
        self._list.picked.connect(self._next)
        answering.described.connect(self._begin_anew)
        self._questions.explained.connect(self._show)
        self._questions.drawn.connect(self._draw)
        self._questions.cropped.connect(self._crop)
        for source in (self._questions, self.nearest):
            source.failed.connect(self.failed)

    def _toggle(self) -> None:
        self._next()
        if not self._page.explain.isChecked():
            self._questions.ask(None)

    def _next(self) -> None:
        """Another picture: its first answer."""
        self._label = ""
        self._ask()

    def _begin_anew(self) -> None:
        """Another model, or another file under its name."""
        self._questions.forget()
        self.nearest.leave()  # so that it is asked anew
        self._next()

    def _choose(self, label: str) -> None:
        if self._page.explain.isChecked():
            self._label = label
            self._ask()

    def _ask(self, *, anew: bool = False) -> None:
        path, model, view = self._list.path(), self._answering.model(), self._page.why.view()
        asks = self._page.explain.isChecked() and bool(path and model)
        self._page.show_beside(crops=asks and view == SEEN, nearest=asks and view == NEAREST)
        if asks:
            self._page.view.show_layer(QImage(), 1.0)
            ten_view = view == SEEN and self._answering.ten_view()
            self._questions.ask(WhyRequest(model, path, self._label, view, ten_view))
        if asks and view == NEAREST:
            self.nearest.want(model, path, anew=anew)
        else:
            self.nearest.leave()

    def _show(self, found: Explained) -> None:
        has_towers = bool(found.parts)
        self._page.towers.setVisible(has_towers)
        self._page.why.offer(TOWERS, has_towers, words.one_column())
        self._page.towers.show_answers(found.both, found.tower_a, found.tower_b, words.sum_of(found))
        self._page.bars.mark(found.label)

    def _crop(self, found: Crops) -> None:
        names = words.view_names()[: len(found.pictures)] if len(found.pictures) > 1 else [words.tr("centre")]
        self._page.crops.show_crops(names, found.pictures, found.answers)

    def _draw(self, found: Layer) -> None:
        if self._page.explain.isChecked() and found.request.path == self._list.path():
            self._page.view.show_layer(found.picture, found.share)
