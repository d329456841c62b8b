"""The data of the run that is set up: what the form says of them, and what the page of the data answers."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from alexnet_app.core.data.sources.values import Files
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.header import network_in
from alexnet_app.core.runs.listing import model_path
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.my_photos import Base, ChosenTraining, base_of, choose
from alexnet_app.ui.messages import said, sentence_of
from alexnet_app.ui.train.goals import PRESETS, Goal
from alexnet_app.ui.train.other_rooms import ShowsData
from alexnet_app.ui.train.pages import Pages
from alexnet_app.ui.train.setup import Setup

if TYPE_CHECKING:
    from alexnet_app.core.data.sources.understood import Understood


class DataOfRun(QObject):
    """Shows the page ``room`` of the data when a person has chosen them, chooses settings for photos by what was
    understood of them, and takes the person's answers: ``start`` begins a run.

    ``classify_wanted`` tells a folder whose pictures are to be classified instead.
    """

    def __init__(self, room: ShowsData, setup: Setup, pages: Pages, start: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._room, self._setup, self._pages, self._start = room, setup, pages, start
        self._found: tuple[str, Understood] | None = None  # of photos, with where they are
        self._chosen: ChosenTraining | None = None
        self._waiting: Callable[[], None] | None = None  # is begun once the settings are chosen
        self.action, self.classify_wanted = room.action, room.classify_wanted
        setup.settled.connect(self._follow)
        setup.data_missing.connect(self._ask)
        room.understood.connect(self._understand)
        room.chosen.connect(self._take)
        room.accepted.connect(self._use)
        room.agreed.connect(self._train)

    def offer(self, folder: str) -> None:
        """Asks whether to train on ``folder``, which was dropped."""
        try:
            config = self._setup.config_for(folder)
        except UserError:
            return
        self._room.offer(folder, config)

    def train_again(self, folder: str) -> None:
        """Reads the photos in ``folder`` again, labels may have been corrected, and begins a new run on them."""
        self._chosen = self._found = None
        self._setup.use_photos(folder)
        self._waiting = self._start
        self._room.read_again(folder, self._setup.config_for(folder))

    def waits_for(self, begin: Callable[[], None]) -> bool:
        """Whether the settings of one's own photos are still to be chosen; then ``begin`` is called when they are."""
        data = str(self._setup.form.values()["data"])
        is_new = self._setup.form.preset() == PRESETS[Goal.PHOTOS] and (self._chosen is None or not self._fits(data))
        if is_new and self._room.is_reading() and not self._room.is_offered(data):
            self._waiting = begin
            return True
        return False

    def _fits(self, data: str) -> bool:
        return self._chosen is not None and self._chosen.config.data == data

    def _follow(self, config: TrainConfig, is_news: bool) -> None:
        if self._room.follow(config) and (is_news or self._pages.is_free()):
            self._pages.setCurrentWidget(self._pages.data())
        if self._chosen is not None and self._is_for_photos(config.data) and self._fits(config.data):
            base = _base(config.init)
            if base is not None and base.init != self._chosen.base.init:
                self._choose(base)

    def _understand(self, read: object) -> None:
        """Settings for the photos that were read; a set of arrays, such as CIFAR-10, is none of photos."""
        data, source, found = read.data, read.source, read.found  # type: ignore[attr-defined]
        if not any(isinstance(split, Files) for split in source.splits.values()):
            if self._setup.form.preset() == PRESETS[Goal.PHOTOS] and self._is_for_photos(data):
                self._setup.use_preset(PRESETS[Goal.CIFAR10])
            return
        if self._room.is_offered(data) or self._is_for_photos(data):
            self._found = data, found
            self._choose(_base(self._setup.chosen_model()))

    def _choose(self, base: Base | None) -> None:
        assert self._found is not None
        data, found = self._found
        try:
            self._chosen = chosen = choose(found, data, base)
        except UserError as error:
            self._chosen = None
            self._room.refuse(sentence_of(error))
            return
        if self._is_for_photos(data):
            self._setup.use_chosen(chosen)
        self._room.plan(chosen.config, tuple(map(said, chosen.reasons)))
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()

    def _is_for_photos(self, data: str) -> bool:
        """Whether the run that is set up is one on the photos ``data``."""
        return self._setup.form.preset() == PRESETS[Goal.PHOTOS] and self._setup.form.values()["data"] == data

    def _ask(self, is_news: bool) -> None:
        if is_news:
            self._room.show_none(own=self._setup.goals.goal() != Goal.IMAGENET)
            self._pages.setCurrentWidget(self._pages.data())

    def _take(self, folder: str) -> None:
        """A folder that was looked for: for ImageNet where that is the goal, else of photos."""
        if self._setup.goals.goal() == Goal.IMAGENET:
            self._setup.use_data(folder)
        else:
            self._use(folder)

    def _use(self, folder: str) -> None:
        self._setup.use_photos(folder)
        if self._chosen is not None and self._fits(folder):
            self._setup.use_chosen(self._chosen)

    def _train(self, folder: str) -> None:
        self._use(folder)
        self._start()


def _base(init: str) -> Base | None:
    """The model that the person has chosen to begin with; None where none, or where its head does not say what it is:
    a training tells that.
    """
    try:
        return base_of(init) if init and network_in(model_path(init)) else None
    except UserError:
        return None
