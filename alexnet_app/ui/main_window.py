"""The window: four tabs, the menus, drops anywhere, and what happens when it is closed."""

from collections.abc import Iterable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import QMainWindow, QTabWidget, QWidget

from alexnet_app.ui.job import Failure, Jobs
from alexnet_app.ui.menus import Menus
from alexnet_app.ui.messages import Uncaught
from alexnet_app.ui.panels.wording import model_label
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.warm import Warm, warming
from alexnet_app.ui.widgets.drop_area import DropOverlay, addresses_of, leave_drops_to, paths_of
from alexnet_app.ui.widgets.headline import Headline
from alexnet_app.ui.widgets.questions import LeaveQuestion

if TYPE_CHECKING:
    from alexnet_app.ui.panels.classify import ClassifyPanel
    from alexnet_app.ui.panels.filters import FiltersPanel
    from alexnet_app.ui.panels.paper import PaperPanel
    from alexnet_app.ui.panels.train import TrainPanel

Panel = TypeVar("Panel", bound=QWidget)
TRAIN, CLASSIFY, FILTERS, PAPER = range(4)  # tabs
LEAST = (1024, 640)
FIRST = (1280, 800)


class MainWindow(QMainWindow):
    """Knows the panels and joins them; ``left`` when every thread is over and the program may end.

    At first it has the panel that is seen. The others, with what they need, come once it has been painted (or when
    they are asked for): they would keep the first picture from the screen.
    """

    left = Signal()

    def __init__(self, settings: Settings, uncaught: Uncaught) -> None:
        super().__init__()
        self._settings = settings
        self._jobs = Jobs(self)
        self._leaving = self._shown = self._whole = False
        self._question: LeaveQuestion | None = None
        self.setAcceptDrops(True)
        self._overlay = DropOverlay(self)
        self._lay_out()
        self._name_menus()
        self._restore()
        uncaught.told.connect(self._tell)
        self._jobs.emptied.connect(self._leave_if_empty)
        leave_drops_to(self)
        self._say(self.tr("loading torch …"))

    @cached_property
    def train(self) -> "TrainPanel":
        """The panel Train."""
        from alexnet_app.ui.panels.train import TrainPanel

        return self._placed(TRAIN, TrainPanel(self._jobs, self._settings))

    @cached_property
    def classify(self) -> "ClassifyPanel":
        """The panel Classify."""
        from alexnet_app.ui.panels.classify import ClassifyPanel

        return self._placed(CLASSIFY, ClassifyPanel(self._jobs, self._settings))

    @cached_property
    def filters(self) -> "FiltersPanel":
        """The panel Filters."""
        from alexnet_app.ui.panels.filters import FiltersPanel

        return self._placed(FILTERS, FiltersPanel(self._jobs, self._settings))

    @cached_property
    def paper(self) -> "PaperPanel":
        """The panel Paper."""
        from alexnet_app.ui.panels.paper import PaperPanel

        return self._placed(PAPER, PaperPanel(self._jobs, self._settings))

    def _panel(self, place: int) -> "TrainPanel | ClassifyPanel | FiltersPanel | PaperPanel":
        if place == CLASSIFY:
            return self.classify
        if place == FILTERS:
            return self.filters
        return self.paper if place == PAPER else self.train

    def _placed(self, place: int, panel: Panel) -> Panel:
        """``panel``, in the tab that has been empty so far."""
        title, shown = self.tabs.tabText(place), self.tabs.currentIndex()
        empty = self.tabs.widget(place)
        assert empty is not None
        self.tabs.removeTab(place)
        self.tabs.insertTab(place, panel, title)
        self.tabs.setCurrentIndex(shown)
        empty.deleteLater()
        return panel

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Tasks"))
        for title in (self.tr("Train"), self.tr("Classify"), self.tr("Filters"), self.tr("Paper")):
            self.tabs.addTab(QWidget(), title)
        self._headline = Headline(self.tabs.tabBar())
        self.tabs.setCornerWidget(self._headline, Qt.Corner.TopRightCorner)
        self.setCentralWidget(self.tabs)

    def _name_menus(self) -> None:
        self._menus = Menus(self.menuBar(), self._settings)
        titles = (self.tr("&Pictures"), self.tr("&Training"), self.tr("&Filters"), self.tr("Pa&per"))
        self._of_panels = [self._menus.add(title) for title in titles]
        self._menus.add_view(self.tabs)
        self._menus.fill(self._menus.add(self.tr("&Help")), [self._menus.about])
        self._menus.quit.triggered.connect(self.close)
        self._menus.show_runs.triggered.connect(self._show_runs_folder)

    def complete(self) -> None:
        """Builds what is not seen at first, and joins all."""
        if not self._whole:
            self._whole = True
            self._fill_menus()
            self._connect()
            leave_drops_to(self)

    def _fill_menus(self) -> None:
        menus, (pictures, training, filters, paper) = self._menus, self._of_panels
        menus.fill(training, [*self.train.actions_of_runs, menus.show_runs])
        menus.add_past(training, self.train.past.list.actions())
        menus.fill(pictures, [*self.classify.actions(), None, menus.quit])
        menus.fill(filters, self.filters.actions())
        menus.fill(paper, self.paper.command_actions())

    def _connect(self) -> None:
        self.train.models_found.connect(self._set_models)
        self.train.headline_changed.connect(self._say)
        self.paper.headline_changed.connect(self._say)
        for changed in (self.train.training_changed, self.paper.running_changed):
            changed.connect(self._follow_training)
        self.train.classify_wanted.connect(self._classify_with)
        for panel in (self.train, self.paper):
            panel.control.failed.connect(partial(self._stay, panel))
        self._bring_up(self.classify, self.classify.actions())
        train = self.train
        self._bring_up(train, (train.start_action, train.sample_action, train.open_action, train.download_action))
        self._bring_up(train, (train.evaluations.action,))
        self._bring_up(train, train.past.list.actions())
        self._bring_up(self.paper, (self.paper.start_action,))
        self.paper.set_download(train.download_action)
        train.download.arrived.connect(self.paper.arrived)
        for asking in (self.classify, self.filters):
            asking.wants_training.connect(self._train_on_samples)
            asking.importing.imported.connect(self._take_imported)
        self.classify.model_refused.connect(self.filters.refuse_model)
        self.filters.model_refused.connect(self.classify.refuse_model)

    def _bring_up(self, panel: QWidget, actions: Iterable[QAction]) -> None:
        """What is asked for with a menu or a key is seen where it happens."""
        for action in actions:
            action.triggered.connect(partial(self.tabs.setCurrentWidget, panel))

    def _restore(self) -> None:
        self.setMinimumSize(*LEAST)
        self.resize(*FIRST)
        self.restoreGeometry(self._settings.bytes_of("geometry"))
        kept = self._settings.text("tab")
        self.tabs.setCurrentIndex(int(kept) if kept.isdecimal() else 0)
        self._panel(self.tabs.currentIndex())

    def _keep(self) -> None:
        self._settings.keep_bytes("geometry", self.saveGeometry())
        self._settings.keep_text("tab", str(self.tabs.currentIndex()))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Completes the window and loads torch once it has been painted: before, they would keep it from the screen."""
        super().paintEvent(event)
        if not self._shown:
            self._shown = True
            QTimer.singleShot(0, self, self._warm_up)

    def _warm_up(self, place: int = TRAIN) -> None:
        """One panel after another, so that the window can be used in between; then torch."""
        if self._leaving:
            return
        if place <= PAPER:
            self._panel(place)
            QTimer.singleShot(0, self, partial(self._warm_up, place + 1))
            return
        self.complete()
        self.train.past.look_again()
        self._jobs.start(lambda _: warming(), self._warmed, self._not_warmed, name="warm-up")

    def _warmed(self, found: object) -> None:
        assert isinstance(found, Warm)
        self._say("")
        self.train.warm_up(list(found.devices))
        self.paper.warm_up()
        self._menus.add_to_view(self.train.view_actions())
        leave_drops_to(self)

    def _not_warmed(self, failure: Failure) -> None:
        self._say("")
        self.train.banner.show_failure(failure)

    def _say(self, headline: str) -> None:
        """What is going on stands beside the tabs, and in the title for those who look at another window."""
        self._headline.setText(headline)
        name = self.tr("AlexNet App")
        self.setWindowTitle(self.tr("{what} – {name}").format(what=headline, name=name) if headline else name)

    def open_paths(self, paths: Sequence[str]) -> None:
        """Models become the model, weights of others too, run folders open in Train, everything else is classified."""
        if not paths:
            return
        from alexnet_app.ui.panels.given import told_apart

        self.complete()
        given = told_apart(paths)
        for path in given.models:
            self._open_model(path)
        for path in given.foreign:
            self._leave_train()
            (self.filters if self.filters.isVisible() else self.classify).importing.bring_in(path)
        for path in given.runs:
            self.tabs.setCurrentWidget(self.train)
            self.train.open_run(path)
        if given.pictures:
            self.tabs.setCurrentWidget(self.classify)
            self.classify.classify(given.pictures)

    def _open_model(self, path: str) -> None:
        self.classify.choose_model(path)
        self.filters.choose_model(path)
        self._leave_train()

    def _take_imported(self, path: str) -> None:
        self.classify.choose_model(path)
        self.filters.choose_model(path)
        self.train.past.look_again()

    def _leave_train(self) -> None:
        """Models are shown elsewhere."""
        if self.tabs.currentWidget() is self.train:
            self.tabs.setCurrentWidget(self.classify)

    def _classify_with(self, path: str) -> None:
        self.classify.choose_model(path)
        self.tabs.setCurrentWidget(self.classify)

    def _train_on_samples(self) -> None:
        self.tabs.setCurrentWidget(self.train)
        self.train.train_on_samples()

    def _set_models(self, found: list[tuple[str, str, str]]) -> None:
        models = [(model_label(kind, name), path) for kind, name, path in found]
        self.classify.set_models(models)
        self.filters.set_models(models)

    def _follow_training(self) -> None:
        """Only one part of the window trains at a time, and the others know of it."""
        self.paper.set_training(self.train.is_training())
        self.train.set_experiment(self.paper.is_running())
        self.classify.set_sparing(self._trains())
        if self._question is not None and not self._trains():
            self._question.close()

    def _trains(self) -> bool:
        return self._whole and (self.train.is_training() or self.paper.is_running())

    def _tell(self, sentence: str, details: str) -> None:
        self._panel(self.tabs.currentIndex()).banner.show_error(sentence, details)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcomes files."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self._overlay.show_over(self.tabs)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """The files went elsewhere."""
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Takes files."""
        self._overlay.hide()
        event.acceptProposedAction()
        self.open_paths([*paths_of(event.mimeData()), *addresses_of(event.mimeData())])

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks while a run is trained; else waits for all threads, out of sight, before the program ends."""
        if not self._leaving and self._trains():
            event.ignore()
            self._ask()
            return
        if not self._leaving:
            self._leave()
        if self._jobs.running():
            event.ignore()

    def leave_now(self) -> None:
        """Saves and ends without a question: the system wants it."""
        self._leave()

    def _leave(self) -> None:
        self.complete()
        self._leaving = True
        if self._question is not None:
            self._question.close()
        self._keep()
        self.train.leave()
        self.paper.leave()
        self._jobs.abandon_all(but=self.paper.control.job or self.train.control.job)
        self.hide()
        self._leave_if_empty()

    def _stay(self, panel: QWidget, _: Failure) -> None:
        """What could not be saved is told; then the person decides anew."""
        if self._leaving:
            self._leaving = False
            self.tabs.setCurrentWidget(panel)
            self.show()

    def _leave_if_empty(self) -> None:
        if self._leaving and not self._jobs.running():
            self.left.emit()

    def _ask(self) -> None:
        if self._question is not None:
            self._question.raise_()
            return
        self._question = LeaveQuestion(self)
        self._question.agreed.connect(self._leave)
        self._question.finished.connect(self._answered)
        self._question.open()

    def _answered(self, _: int) -> None:
        self._question = None

    def _show_runs_folder(self) -> None:
        folder = self.train.setup.runs.folder()
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
