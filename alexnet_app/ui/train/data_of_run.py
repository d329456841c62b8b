"""The data of the run that is set up: what the form says of them, and what the page of the data answers."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from alexnet_app.core.errors import UserError
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.ui.train.other_rooms import ShowsData
from alexnet_app.ui.train.pages import Pages
from alexnet_app.ui.train.setup import Setup


class DataOfRun(QObject):
    """Shows the page ``room`` of the data when a person has chosen them, and takes its answers: ``start`` begins a run.

    ``classify_wanted`` tells a folder whose pictures are to be classified instead.
    """

    def __init__(self, room: ShowsData, setup: Setup, pages: Pages, start: Callable[[], None], parent: QObject) -> None:
        super().__init__(parent)
        self._room, self._setup, self._pages, self._start = room, setup, pages, start
        self.action, self.classify_wanted = room.action, room.classify_wanted
        setup.settled.connect(self._follow)
        setup.data_missing.connect(self._ask)
        room.chosen.connect(setup.use_photos)
        room.agreed.connect(self._train)

    def offer(self, folder: str) -> None:
        """Asks whether to train on ``folder``, which was dropped."""
        try:
            config = self._setup.config_for(folder)
        except UserError:
            return
        self._room.offer(folder, config)

    def _follow(self, config: TrainConfig, is_news: bool) -> None:
        if self._room.follow(config) and (is_news or self._pages.is_free()):
            self._pages.setCurrentWidget(self._pages.data())

    def _ask(self, is_news: bool) -> None:
        if is_news:
            self._room.show_none()
            self._pages.setCurrentWidget(self._pages.data())

    def _train(self, folder: str) -> None:
        self._setup.use_photos(folder)
        self._start()
