"""The window: three tabs, the menus, drops anywhere, and what happens when it is closed."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDesktopServices,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QLabel,
    QLineEdit,
    QMainWindow,
    QMenu,
    QMessageBox,
    QTabWidget,
    QWidget,
)

from alexnet_app import __version__
from alexnet_app.ui.job import Failure, Jobs
from alexnet_app.ui.messages import Uncaught
from alexnet_app.ui.panels.classify import ClassifyPanel
from alexnet_app.ui.panels.filters import FiltersPanel
from alexnet_app.ui.panels.train import TrainPanel
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import SPACE
from alexnet_app.ui.warm import Warm, warming
from alexnet_app.ui.widgets.drop_area import DropOverlay, addresses_of, paths_of

LEAST = (1024, 640)
FIRST = (1280, 800)


class MainWindow(QMainWindow):
    """Knows the panels and joins them; ``left`` when every thread is over and the program may end."""

    left = Signal()

    def __init__(self, settings: Settings, uncaught: Uncaught) -> None:
        super().__init__()
        self._settings = settings
        self._jobs = Jobs(self)
        self._leaving = self._shown = False
        self._question: QMessageBox | None = None
        self.setWindowTitle(self.tr("AlexNet App"))
        self.setAcceptDrops(True)
        self.train = TrainPanel(self._jobs, settings)
        self.classify = ClassifyPanel(self._jobs, settings)
        self.filters = FiltersPanel(self._jobs, settings)
        self._overlay = DropOverlay(self)
        self._lay_out()
        self._make_menus()
        self._connect(uncaught)
        self._take_drops()
        self._restore()

    def _lay_out(self) -> None:
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.setAccessibleName(self.tr("Tasks"))
        for panel, title in (
            (self.train, self.tr("Train")),
            (self.classify, self.tr("Classify")),
            (self.filters, self.tr("Filters")),
        ):
            self.tabs.addTab(panel, title)
        self._headline = QLabel(self.tr("loading torch …"))
        self._headline.setContentsMargins(SPACE, 0, SPACE, 0)
        self._headline.setAccessibleName(self.tr("What is going on"))
        self.tabs.setCornerWidget(self._headline, Qt.Corner.TopRightCorner)
        self.setCentralWidget(self.tabs)

    def _make_menus(self) -> None:
        end = self._action(self.tr("Quit"), self.close, QKeySequence(QKeySequence.StandardKey.Quit))
        runs = self._action(self.tr("Show the folder of runs"), self._show_runs_folder)
        about = self._action(self.tr("About AlexNet App"), self._tell_about)
        views = [
            self._action(title, lambda _=False, place=place: self.tabs.setCurrentIndex(place), f"Ctrl+{place + 1}")
            for place, title in enumerate((self.tr("Train"), self.tr("Classify"), self.tr("Filters")))
        ]
        self._menu(self.tr("&Pictures"), [*self.classify.actions(), None, end])
        self._menu(self.tr("&Training"), [*self.train.actions_of_runs, runs])
        self._menu(self.tr("&Filters"), self.filters.actions())
        self._view = self._menu(self.tr("&View"), views)
        self._menu(self.tr("&Help"), [about])

    def _menu(self, title: str, actions: Sequence[QAction | None]) -> QMenu:
        menu = self.menuBar().addMenu(title)
        menu.setToolTipsVisible(True)
        for action in actions:
            menu.addSeparator() if action is None else menu.addAction(action)
        return menu

    def _action(self, text: str, do: object, shortcut: QKeySequence | str | None = None) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(do)
        if shortcut is not None:
            action.setShortcut(QKeySequence(shortcut))
        return action

    def _connect(self, uncaught: Uncaught) -> None:
        self.train.models_found.connect(self._set_models)
        self.train.headline_changed.connect(self._headline.setText)
        self.train.training_changed.connect(self.classify.set_sparing)
        self.train.training_changed.connect(self._follow_training)
        self.train.classify_wanted.connect(self._classify_with)
        self.train.control.failed.connect(self._stay)
        for panel in (self.classify, self.filters):
            panel.wants_training.connect(self._train_on_samples)
        uncaught.told.connect(self._tell)
        self._jobs.emptied.connect(self._leave_if_empty)

    def _restore(self) -> None:
        self.setMinimumSize(*LEAST)
        self.resize(*FIRST)
        self.restoreGeometry(self._settings.bytes_of("geometry"))
        self.tabs.setCurrentIndex(int(self._settings.text("tab", "0") or 0))

    def _keep(self) -> None:
        self._settings.keep_bytes("geometry", self.saveGeometry())
        self._settings.keep_text("tab", str(self.tabs.currentIndex()))

    def showEvent(self, event: QShowEvent) -> None:
        """Loads torch once the window has been painted."""
        super().showEvent(event)
        if not self._shown:
            self._shown = True
            self.train.past.look_again()
            QTimer.singleShot(0, self, self._warm_up)

    def _warm_up(self) -> None:
        self._jobs.start(lambda _: warming(), self._warmed, self._not_warmed, name="warm-up")

    def _warmed(self, found: object) -> None:
        assert isinstance(found, Warm)
        self._headline.setText("")
        self.train.warm_up(list(found.devices))
        self._view.addSeparator()
        self._view.addActions(self.train.view_actions())
        self._take_drops()

    def _not_warmed(self, failure: Failure) -> None:
        self._headline.setText("")
        self.train.banner.show_failure(failure)

    def open_paths(self, paths: Sequence[str]) -> None:
        """Models become the model, run folders open in Train, everything else is classified."""
        pictures: list[str] = []
        for path in paths:
            if path.lower().endswith(".alexnet"):
                self._open_model(path)
            elif (Path(path) / "config.toml").is_file():
                self.tabs.setCurrentWidget(self.train)
                self.train.open_run(path)
            else:
                pictures.append(path)
        if pictures:
            self.tabs.setCurrentWidget(self.classify)
            self.classify.classify(pictures)

    def _open_model(self, path: str) -> None:
        self.classify.choose_model(path)
        self.filters.choose_model(path)
        if self.tabs.currentWidget() is self.train:
            self.tabs.setCurrentWidget(self.classify)

    def _classify_with(self, path: str) -> None:
        self.classify.choose_model(path)
        self.tabs.setCurrentWidget(self.classify)

    def _train_on_samples(self) -> None:
        self.tabs.setCurrentWidget(self.train)
        self.train.train_on_samples()

    def _set_models(self, found: list[tuple[str, str, str]]) -> None:
        kinds = {
            "bundled": self.tr("{name}, bundled"),
            "best": self.tr("{name}, best"),
            "last": self.tr("{name}, last"),
        }
        models = [(kinds[kind].format(name=name), path) for kind, name, path in found]
        self.classify.set_models(models)
        self.filters.set_models(models)

    def _follow_training(self, training: bool) -> None:
        if self._question is not None and not training:
            self._question.close()

    def _tell(self, sentence: str, details: str) -> None:
        panel = self.tabs.currentWidget()
        assert isinstance(panel, TrainPanel | ClassifyPanel | FiltersPanel)
        panel.banner.show_error(sentence, details)

    def _take_drops(self) -> None:
        """Pictures can be dropped anywhere: fields and plots must not keep them for themselves."""
        for child in _keepers(self):
            child.setAcceptDrops(False)

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
        if not self._leaving and self.train.is_training():
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
        self._leaving = True
        self._keep()
        self.train.leave()
        self._jobs.abandon_all(but=self.train.control.job)
        self.hide()
        self._leave_if_empty()

    def _stay(self, _: Failure) -> None:
        """What could not be saved is told; then the person decides anew."""
        if self._leaving:
            self._leaving = False
            self.show()

    def _leave_if_empty(self) -> None:
        if self._leaving and not self._jobs.running():
            self.left.emit()

    def _ask(self) -> None:
        if self._question is not None:
            self._question.raise_()
            return
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setWindowTitle(self.tr("A run is being trained"))
        box.setText(self.tr("A run is being trained."))
        box.setInformativeText(self.tr("It can be saved and resumed later, or the window stays open and it goes on."))
        leave = box.addButton(self.tr("Stop and save"), QMessageBox.ButtonRole.AcceptRole)
        stay = box.addButton(self.tr("Keep training"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(stay)
        box.setEscapeButton(stay)
        leave.clicked.connect(self._leave)
        box.finished.connect(self._answered)
        self._question = box
        box.open()

    def _answered(self, _: int) -> None:
        self._question = None

    def _show_runs_folder(self) -> None:
        folder = self.train.setup.runs.folder()
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _tell_about(self) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(self.tr("About AlexNet App"))
        box.setText(self.tr("AlexNet App {version}").format(version=__version__))
        box.setInformativeText(
            self.tr(
                "Train the network of Krizhevsky, Sutskever and Hinton (2012), watch it learn, show it pictures, and "
                "see what each of its two towers has learned."
            )
        )
        box.open()


def _keepers(window: QWidget) -> Iterator[QWidget]:
    """Children that would take a drop of files for text or for nothing."""
    for child in window.findChildren(QWidget):
        if isinstance(child, QLineEdit) and child.acceptDrops():
            yield child
        elif isinstance(child, QAbstractScrollArea):
            yield from (each for each in (child, child.viewport()) if each.acceptDrops())
