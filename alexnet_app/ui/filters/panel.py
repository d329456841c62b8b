"""The Filters panel: the kernels that each tower has learned, side by side, and any one of them large."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QHideEvent, QKeySequence, QPalette, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from alexnet_app.ui.filters import jobs as filters_jobs
from alexnet_app.ui.filters.bar import FilterBar
from alexnet_app.ui.filters.film import FilmPane
from alexnet_app.ui.filters.jobs import FilterView, file_of
from alexnet_app.ui.filters.pairing import Pairing
from alexnet_app.ui.filters.saving import Saving
from alexnet_app.ui.filters.side import VIEW_WIDTH, Side
from alexnet_app.ui.filters.split import Split
from alexnet_app.ui.filters.towers import TowerGrids
from alexnet_app.ui.filters.words import FilterWords
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.models.exchange import ModelExport, ModelImport
from alexnet_app.ui.models.model_panel import ModelPanel
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.empty_state import EmptyState
from alexnet_app.ui.parts.kernel_sheet import MARGIN
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import SPACE, TOWER_A, TOWER_B, colours

SOON = 250  # milliseconds: a model that is read sooner takes the place of the last one without a blank between
EMPTY, WAITING, FULL = 0, 1, 2  # pages


class FiltersPanel(ModelPanel):
    """Reads the chosen model when it is on screen. ``wants_training`` asks for a first model."""

    wants_training = Signal()

    def __init__(self, jobs: Jobs, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._settings = jobs, settings
        self._job: Job | None = None
        self._view: FilterView | None = None  # the model
        self._now: FilterView | None = None  # what is shown of it: itself, or a snapshot on the way to it
        self._file: tuple[str, int] | None = None  # what was read, or could not be, and when it had been written
        self._shown: tuple[str, int] | None = None  # what ``_view`` is of
        self._picked = (0, 1)  # tower, and the kernel's number
        self._words = FilterWords(self)
        self._slow = QTimer(self, singleShot=True, interval=SOON)
        self.bar = FilterBar(self._words)
        self.bar.chooser.folder = settings.folder("models", Path.home())
        self.about = ElidedLabel(faint=True)
        self.towers = TowerGrids(self._words)
        self.banner = Banner()
        self.side = Side(jobs)
        self.kernel_view = self.side.kernel
        self.film = FilmPane(jobs, settings, self._words, self.banner)
        self._saving = Saving(jobs, settings, self.banner, self)
        self.importing = ModelImport(jobs, self.bar.chooser, self.banner, self)
        self.exporting = ModelExport(jobs, settings, self.bar.chooser, self.banner, self)
        self.split = Split(self._words, self)
        self.pairing = Pairing(jobs, settings, self)
        self._make_actions()
        self._lay_out()
        self._connect()
        self._refresh()

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """As ``ModelPanel.set_models``; the same can be compared with."""
        self.pairing.set_models(models)
        super().set_models(models)

    def view(self) -> FilterView | None:
        """What is shown."""
        return self._now

    def leave(self) -> None:
        """Its windows close with the main window."""
        self.split.close()
        self.pairing.close()

    def _make_actions(self) -> None:
        self.save_action = QAction(self.tr("Save image…"), self)
        self.save_action.setShortcut(QKeySequence("Ctrl+S"))
        self.next_action = QAction(self.tr("Next layer"), self)
        self.next_action.setShortcut(QKeySequence("Ctrl+Down"))
        self.previous_action = QAction(self.tr("Previous layer"), self)
        self.previous_action.setShortcut(QKeySequence("Ctrl+Up"))
        self.addActions([self.save_action, self.next_action, self.previous_action, self.exporting.action])
        self.addActions([*self.film.bar.actions_of_menu(), self.split.action, self.pairing.action, self.side.action])

    def _lay_out(self) -> None:
        self._train = QPushButton(self.tr("Train on the sample data"))
        self._waiting = Label(alignment=Qt.AlignmentFlag.AlignCenter)
        self._waiting.setObjectName("waiting")
        self._waiting.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._pages = QStackedWidget()
        self._pages.addWidget(
            EmptyState(
                self.tr("No trained model yet"), self.tr("The kernels appear here after training."), [self._train]
            )
        )
        self._pages.addWidget(self._waiting)
        self._pages.addWidget(self._full_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE - MARGIN, SPACE, SPACE - MARGIN, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.banner)
        layout.addWidget(self.bar)
        layout.addWidget(self._pages, stretch=1)

    def _full_page(self) -> QWidget:
        line = QHBoxLayout()
        line.setContentsMargins(MARGIN, 0, MARGIN, 0)
        line.addWidget(self.about)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(line)
        layout.addWidget(self._towers_and_kernel(), stretch=1)
        layout.addWidget(self.film)
        return page

    def _towers_and_kernel(self) -> QSplitter:
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self.towers)
        self._split.addWidget(self.side)
        self._split.setStretchFactor(0, 1)
        self._split.setSizes([100 * VIEW_WIDTH, VIEW_WIDTH])
        self._split.restoreState(self._settings.bytes_of("filters"))
        return self._split

    def _connect(self) -> None:
        self.bar.chooser.chosen.connect(self._look)
        self.bar.chooser.browsed.connect(self._settings.keep_model_folder)
        self.bar.changed.connect(self._redraw)
        self.bar.save.clicked.connect(self.save_action.trigger)
        self.save_action.triggered.connect(self._save)
        self.next_action.triggered.connect(lambda: self.bar.step_layer(1))
        self.previous_action.triggered.connect(lambda: self.bar.step_layer(-1))
        self.towers.picked.connect(self._pick)
        self.film.changed.connect(self._draw)
        self.split.picked.connect(self._pick)
        self.pairing.picked.connect(self._pick)
        self.side.weights.failed.connect(self.banner.show_failure)
        self._slow.timeout.connect(self._wait)
        self._train.clicked.connect(self.wants_training)
        self._split.splitterMoved.connect(lambda: self._settings.keep_bytes("filters", self._split.saveState()))

    def showEvent(self, event: QShowEvent) -> None:
        """Reads the model now that it is seen, also where its file has changed since."""
        super().showEvent(event)
        self._look()

    def hideEvent(self, event: QHideEvent) -> None:
        """Its actions wait until it is seen again."""
        super().hideEvent(event)
        self._refresh()

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme, which one column has its colour from."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and self._view is not None:
            self._draw()

    def _chooser(self) -> ModelChooser:
        return self.bar.chooser

    def _look(self) -> None:
        """Reads the chosen model, unless nobody looks or it is the one that is shown."""
        file = file_of(path := self.bar.chooser.path())
        if self.isVisible() and path and file != self._file:
            self._file = file
            self.banner.hide()
            if self._view is None:
                self._wait()
            elif self._view.path != path:
                self._slow.start()
            self._ask(path)
        self._refresh()

    def _redraw(self) -> None:
        """Shows another layer, order or scale of the model that was read."""
        if self._view is not None and self._view.path == self.bar.chooser.path():
            self._ask(self._view.path, self._view)

    def _ask(self, path: str, of: FilterView | None = None) -> None:
        request = self.bar.request(path, None if of is None else of.bundle)
        if self._job is not None:
            self._job.abandon()
        work = partial(filters_jobs.look, request)
        self._job = self._jobs.start(work, self._show, self._fail, self._end, name="filters")

    def _show(self, view: object) -> None:
        assert isinstance(view, FilterView)
        self._slow.stop()
        self._view, self._shown = view, self._file
        self.bar.chooser.confirm()
        self._follow(view)
        self._draw()
        self._refresh()

    def _follow(self, view: FilterView | None) -> None:
        """What else is of the model knows it too."""
        file = self._file if view is not None else None
        self.film.follow(view, file)
        self.side.weights.follow(view, file)
        self.pairing.follow(view)

    def _draw(self) -> None:
        """Shows the model, or a snapshot on the way to it."""
        if self._view is not None:
            self._now = now = self.film.now(self._view)
            self.about.show_text(self._words.about(now), now.path)
            self.towers.show_view(now, self._colours(now))
            self._pick(*self._picked)

    def _fail(self, failure: Failure) -> None:
        path = self.bar.chooser.path()
        self.refuse_model(path, failure)
        self.model_refused.emit(path, failure)

    def _leave_model(self, path: str) -> None:
        """Leaves ``path`` for the model that is chosen now; shows nothing where that is the same."""
        if self._job is not None:
            self._job.abandon()
            self._job = None
        self._slow.stop()
        now = self.bar.chooser.path()
        if now == path:
            self._forget(self.tr("No kernels to show"))
        else:
            self._file = self._shown if self._view is not None and self._view.path == now else None
            self._look()

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None

    def _wait(self) -> None:
        self._forget(self.tr("Reading the model…"))

    def _forget(self, why: str) -> None:
        self._slow.stop()
        self._view = self._now = None
        self._follow(None)
        self._waiting.setText(why)
        self._refresh()

    def _colours(self, view: FilterView) -> tuple[QColor, ...]:
        """Those of the towers; one column has that of the scheme."""
        return (TOWER_A, TOWER_B) if len(view.towers) == 2 else (colours(self).accent,)

    def _pick(self, tower: int, number: int) -> None:
        """Shows a kernel large; the first one where that one is not shown."""
        if self._now is not None:
            self._picked = self.towers.set_picked(tower, number)
            colour = self._colours(self._now)[self._picked[0]]
            self.kernel_view.show_kernel(self._words.kernel(self._now, *self._picked, colour))
            self.split.show_view(self._now, self._picked)

    def _save(self) -> None:
        if self._now is not None:
            self._saving.ask(self._now, self._words.caption(self._now))

    def _why_not(self, action: QAction) -> str:
        if self.isVisible() and self._view is not None:
            last = action is self.next_action
            return self.tr("This is the last layer") if last else self.tr("This is the first layer")
        return self.tr("Choose a model first") if self.isVisible() else self.tr("Go to Filters first")

    def _refresh(self) -> None:
        """What is on screen and what can be done now."""
        page = FULL if self._view is not None else WAITING if self.bar.chooser.path() else EMPTY
        self._pages.setCurrentIndex(page)
        self.bar.show_view(self._view)
        seen = self.isVisible()  # the menu and its shortcuts are there all the time
        self.save_action.setEnabled(seen and self._view is not None)
        self.exporting.action.setEnabled(seen and self._view is not None)
        self.next_action.setEnabled(seen and self.bar.can_step(1))
        self.previous_action.setEnabled(seen and self.bar.can_step(-1))
        self.film.explain(seen=seen)
        self.split.explain(seen=seen and self._view is not None)
        self.pairing.explain(seen=seen)
        self.side.explain(seen=seen, there=self._view is not None)
        for action in (self.save_action, self.exporting.action, self.next_action, self.previous_action):
            set_tip(action, action.text() if action.isEnabled() else self._why_not(action))
