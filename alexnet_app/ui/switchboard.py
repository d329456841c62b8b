"""What one panel has to say to another: no panel knows of the others."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.models.download_line import DownloadLine
from alexnet_app.ui.models.jobs import Brought
from alexnet_app.ui.offered import Offered
from alexnet_app.ui.parts.wording import model_label
from alexnet_app.ui.tabs import Tabs


class Switchboard(QObject):
    """Joins the panels in ``tabs``. ``training_ended`` when a training or an experiment is over and none is left;
    ``headline_changed`` what the window's corner says; ``save_failed`` the panel whose run could not be saved.
    """

    training_ended = Signal()
    headline_changed = Signal(str)
    save_failed = Signal(QWidget)

    def __init__(self, tabs: Tabs, fetch: DownloadLine) -> None:
        super().__init__(tabs)
        self._tabs, self.fetch = tabs, fetch
        self._use_fetched: Callable[[str], None] | None = None  # takes torchvision's AlexNet where it was asked for
        self._join_training()
        self._join_models()
        self._join_fetch()
        self._bring_up_panels()

    def _join_training(self) -> None:
        train, paper = self._tabs.train, self._tabs.paper
        train.training_changed.connect(self._follow_training)
        paper.running_changed.connect(self._follow_training)
        for panel in (train, paper):
            panel.headline_changed.connect(self.headline_changed)
            panel.control.failed.connect(partial(self._tell_failed, panel))
        train.control.stuck.connect(lambda: self.save_failed.emit(train))
        paper.set_download(train.download_action)
        train.download.arrived.connect(paper.arrived)

    def _join_models(self) -> None:
        train, classify, filters = self._tabs.train, self._tabs.classify, self._tabs.filters
        panels = (classify, filters, self._tabs.inside)
        train.models_found.connect(self._set_models)
        train.classify_wanted.connect(self._classify_with)
        train.data.classify_wanted.connect(self._classify_folder)
        classify.folders.train_wanted.connect(self._train_on)
        classify.taking.open_paths = self.open_paths
        for asking in (classify, filters):
            asking.wants_training.connect(self._train_on_samples)
        for panel in panels:
            panel.importing.imported.connect(self._take_imported)
        classify.inside_wanted.connect(self._look_inside)
        for one, other in ((one, other) for one in panels for other in panels if one is not other):
            one.model_refused.connect(other.refuse_model)

    def _bring_up_panels(self) -> None:
        """What is asked for with a menu or a key is seen where it happens."""
        train, classify, paper = self._tabs.train, self._tabs.classify, self._tabs.paper
        leaves = classify.commands.pictures.inside  # what it shows is elsewhere
        self._bring_up(classify, (each for each in classify.actions() if each is not leaves))
        self._bring_up(train, (train.start_action, train.sample_action, train.open_action, train.download_action))
        self._bring_up(train, (train.data.action, train.result.action, train.begin.watch, train.begin.bring_in))
        self._bring_up(train, (train.evaluations.action, *train.past.list.actions()))
        self._bring_up(paper, (paper.start_action,))
        inside = self._tabs.inside
        self._bring_up(inside, (inside.commands.open_action, inside.commands.sample_action))
        inside.pages.photo_wanted.connect(lambda _: self._tabs.setCurrentWidget(inside))

    def _bring_up(self, panel: QWidget, actions: Iterable[QAction]) -> None:
        for action in actions:
            action.triggered.connect(partial(self._tabs.setCurrentWidget, panel))

    def trains(self) -> bool:
        """Whether this window trains, in a run or in an experiment."""
        return self._tabs.train.is_training() or self._tabs.paper.is_running()

    def open_paths(self, paths: Sequence[str], *, dropped: bool = False) -> None:
        """Models become the model, weights of others too, run folders open in Train; a folder may be trained on,
        everything else is classified.
        """
        from alexnet_app.ui.dropped import told_apart

        given, tabs = told_apart(paths), self._tabs
        on_train = dropped and tabs.currentWidget() is tabs.train and len(given.pictures) == len(paths)
        for path in given.models:
            self._use_model(path)
            self._leave_train()
        for path in given.foreign:
            self._leave_train()
            (tabs.filters if tabs.filters.isVisible() else tabs.classify).importing.bring_in(path)
        for path in given.runs:
            tabs.setCurrentWidget(tabs.train)
            tabs.train.open_run(path)
        for path in given.packed:
            tabs.setCurrentWidget(tabs.train)
            tabs.train.past.bring_in(path)
        if given.pictures:
            self._take_pictures(given.pictures, on_train=on_train)

    def take(self, given: Offered) -> None:
        """Takes what was dropped on the window: files where they belong, a picture that is no file to be classified."""
        if given.paths:
            self.open_paths(given.paths, dropped=True)
        else:
            self._tabs.setCurrentWidget(self._tabs.classify)
            self._tabs.classify.take(given)

    def what_a_drop_does(self, paths: Sequence[str]) -> str:
        """In a few words, while ``paths`` are dragged over the window: only a glance at the first of them."""
        from alexnet_app.ui.dropped import is_picture, told_apart

        given, tabs = told_apart(paths[:1]), self._tabs
        if given.runs:
            return self.tr("Drop to open this run")
        if given.packed:
            return self.tr("Drop to import this run")
        if given.models or given.foreign:
            return self.tr("Drop to use this model")
        if tabs.currentWidget() is tabs.inside and len(paths) == 1 and is_picture(paths[0]):
            return self.tr("Drop to look at this photo inside the network")
        if not tabs.train.can_be_offered(paths):
            return self.tr("Drop to classify")
        on_train = tabs.currentWidget() is tabs.train
        return self.tr("Drop to train on this folder") if on_train else self.tr("Drop to classify, or to train on it")

    def _take_pictures(self, paths: Sequence[str], *, on_train: bool) -> None:
        """A folder that is dropped on Train is offered to be trained on, a photo that is given while Inside is seen is
        looked at there; all else is to be classified.
        """
        from alexnet_app.ui.dropped import is_picture

        tabs = self._tabs
        if on_train and tabs.train.can_be_offered(paths):
            tabs.train.data.offer(paths[0])
            return
        if tabs.currentWidget() is tabs.inside and len(paths) == 1 and is_picture(paths[0]):
            tabs.inside.show_photo(paths[0])
            return
        tabs.setCurrentWidget(tabs.classify)
        if self.trains():
            tabs.classify.classify(paths)
        else:
            tabs.classify.folders.take(paths)

    def _train_on(self, folder: str) -> None:
        self._tabs.setCurrentWidget(self._tabs.train)
        self._tabs.train.data.offer(folder)

    def _classify_folder(self, folder: str) -> None:
        self._tabs.setCurrentWidget(self._tabs.classify)
        self._tabs.classify.classify([folder])

    def _use_model(self, path: str) -> None:
        for panel in (self._tabs.classify, self._tabs.filters, self._tabs.inside):
            panel.choose_model(path)

    def _take_imported(self, path: str) -> None:
        self._use_model(path)
        self._tabs.train.past.look_again()

    def _leave_train(self) -> None:
        """Models are shown elsewhere."""
        if self._tabs.currentWidget() is self._tabs.train:
            self._tabs.setCurrentWidget(self._tabs.classify)

    def _look_inside(self, path: str, model: str) -> None:
        self._tabs.setCurrentWidget(self._tabs.inside)
        self._tabs.inside.show_photo(path, model)

    def _classify_with(self, path: str) -> None:
        self._tabs.classify.choose_model(path)
        self._tabs.setCurrentWidget(self._tabs.classify)

    def _train_on_samples(self) -> None:
        self._tabs.setCurrentWidget(self._tabs.train)
        self._tabs.train.train_on_samples()

    def _set_models(self, found: list[tuple[str, str, str, str]]) -> None:
        models = [(model_label(kind, name, knows), path) for kind, name, path, knows in found]
        for panel in (self._tabs.classify, self._tabs.filters, self._tabs.inside):
            panel.set_models(models)

    def _join_fetch(self) -> None:
        """Torchvision's AlexNet is offered in every list of models; where it was asked for it becomes the choice."""
        train, classify, filters = self._tabs.train, self._tabs.classify, self._tabs.filters
        classify.chooser.fetch_wanted.connect(partial(self._get, classify.choose_model))
        filters.bar.chooser.fetch_wanted.connect(partial(self._get, filters.choose_model))
        inside = self._tabs.inside
        inside.bar.chooser.fetch_wanted.connect(partial(self._get, inside.choose_model))
        train.setup.fetch_wanted.connect(partial(self._get, train.setup.use_model))
        self.fetch.failed.connect(lambda failure: self._tabs.shown().banner.show_failure(failure))
        self.fetch.arrived.connect(self._take_fetched)

    def _get(self, use: Callable[[str], None]) -> None:
        self._use_fetched = use
        self.fetch.start()

    def _take_fetched(self, brought: object) -> None:
        assert isinstance(brought, Brought)
        self._tabs.train.past.look_again()
        if self._use_fetched is not None:
            self._use_fetched(str(brought.path))
        self._use_fetched = None

    def _follow_training(self) -> None:
        """Only one part of the window trains at a time, and the others know of it."""
        tabs = self._tabs
        tabs.paper.set_training(tabs.train.is_training())
        tabs.train.set_experiment(tabs.paper.is_running())
        tabs.classify.set_sparing(self.trains())
        if not self.trains():
            self.training_ended.emit()

    def _tell_failed(self, panel: QWidget, _: object) -> None:
        self.save_failed.emit(panel)
