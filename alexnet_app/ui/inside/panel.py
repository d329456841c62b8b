"""The panel Inside: one photo on its way through the two towers, as in the paper's Figure 2."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QColor, QImage, QPalette, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.images import to_qimage
from alexnet_app.ui.inside import drawing, words
from alexnet_app.ui.inside import jobs as inside_jobs
from alexnet_app.ui.inside.bar import InsideBar
from alexnet_app.ui.inside.commands import InsideCommands
from alexnet_app.ui.inside.jobs import Looker, LookRequest, Met, Seen
from alexnet_app.ui.inside.layer_pane import LayerPane
from alexnet_app.ui.inside.lecturing import Lecturing
from alexnet_app.ui.inside.unit_page import UnitPages
from alexnet_app.ui.inside.unit_pane import UnitPane
from alexnet_app.ui.inside.views.both_answers import BothAnswers
from alexnet_app.ui.inside.views.network_figure import NetworkFigure
from alexnet_app.ui.inside.views.unit_view import UnitView
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.models.exchange import ModelImport
from alexnet_app.ui.models.model_panel import ModelPanel
from alexnet_app.ui.models.opened import file_state
from alexnet_app.ui.parts.down_scroll import DownScroll
from alexnet_app.ui.parts.empty_state import EmptyState
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.parts.plain import TEXT, Label, one_line
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import SPACE, TOWER_A, TOWER_B, colours

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.insight.flow import Meeting

SOON = 250  # milliseconds: a photo that is there sooner takes the place of the last one without a blank between
EMPTY, WAITING, FULL = 0, 1, 2  # pages
SPLIT = "inside"


class InsidePanel(ModelPanel):
    """Looks at the chosen photo when it is on screen."""

    def __init__(self, jobs: Jobs, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._settings, self._looker = jobs, settings, Looker()
        self._job: Job | None = None
        self._path = ""
        self._asked: tuple[object, ...] | None = None  # what was looked at, or could not be
        self._seen: Seen | None = None
        self._met: Met | None = None
        self._crop = QImage()
        self._layer, self._unit = "", 0
        self._slow = QTimer(self, singleShot=True, interval=SOON)
        self.commands = InsideCommands(settings, self)
        self.banner = Banner()
        self.lecture = Lecturing(jobs, settings, self._looker, self.banner, self)
        self.bar = InsideBar(self.commands.open_action, self.lecture.open_action)
        self.bar.chooser.folder = settings.folder("models", Path.home())
        self.figure, self.layer = NetworkFigure(), LayerPane()
        self.said = BothAnswers()
        self.unit = UnitPane(jobs, self._looker, UnitView(), self)
        self.pages = UnitPages(jobs, settings, self._looker, self)
        self.importing = ModelImport(jobs, self.bar.chooser, self.banner, self)
        self._lay_out()
        self._connect()
        self._refresh()

    def actions_of_menu(self) -> list[QAction]:
        """What the menu has."""
        return [*self.commands.all(), *self.lecture.actions_of_menu()]

    def leave(self) -> None:
        """The window closes: what was typed is kept."""
        self.pages.close()

    def show_photo(self, path: str, model: str = "") -> None:
        """Looks at the photo at ``path``, in ``model`` where one is named, as soon as the panel is on screen."""
        self._path = path
        self._name_photo()
        if model:
            self.bar.chooser.choose(model)
        self.banner.hide()
        self._look()

    def seen(self) -> Seen | None:
        """What is shown."""
        return self._seen

    def _lay_out(self) -> None:
        commands = self.commands
        self._open, self._sample = (QPushButton(each.text()) for each in (commands.open_action, commands.sample_action))
        text = self.tr("Drop a photo here and follow it through the two towers, layer by layer.")
        self._waiting = Label(self.tr("Looking…"), alignment=Qt.AlignmentFlag.AlignCenter)
        self._waiting.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self._pages = QStackedWidget()
        self._pages.addWidget(EmptyState(self.tr("No photo yet"), text, [self._open, self._sample]))
        self._pages.addWidget(self._waiting)
        self._pages.addWidget(self._full_page())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        for widget in (self.banner, self.bar, self._pages):
            layout.addWidget(widget, stretch=1 if widget is self._pages else 0)

    def _full_page(self) -> QSplitter:
        upper, lower = QWidget(), QSplitter(Qt.Orientation.Horizontal)
        line = QHBoxLayout(upper)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE)
        line.addWidget(self.figure, stretch=4)
        line.addWidget(self.said, stretch=1)
        _fill(lower, (DownScroll(self.layer), 5), (DownScroll(self.unit.view), 3))
        self._split = QSplitter(Qt.Orientation.Vertical)
        _fill(self._split, (upper, 1), (lower, 1))
        self._split.restoreState(self._settings.bytes_of(SPLIT))
        return self._split

    def _connect(self) -> None:
        commands = self.commands
        for button, action in ((self._open, commands.open_action), (self._sample, commands.sample_action)):
            button.clicked.connect(action.trigger)
        commands.photo_chosen.connect(self.show_photo)
        commands.take_samples_for(self.bar.chooser)
        commands.next_action.triggered.connect(partial(self._step_layer, 1))
        commands.previous_action.triggered.connect(partial(self._step_layer, -1))
        commands.about_action.triggered.connect(self._open_page)
        commands.on_action.triggered.connect(self.bar.switch_everything_on)
        self.bar.chooser.chosen.connect(self._look)
        self.bar.chooser.browsed.connect(self._settings.keep_model_folder)
        self.bar.changed.connect(self._look)
        self.figure.layer_picked.connect(self._show_layer)
        self.figure.unit_picked.connect(self._pick)
        self.figure.unit_opened.connect(self._open_page_of)
        self.layer.opened.connect(lambda unit: self._open_page_of(self._layer, unit))
        self.unit.view.about_wanted.connect(self._open_page)
        self.pages.photo_wanted.connect(self.show_photo)
        self.layer.picked.connect(lambda unit: self._pick(self._layer, unit))
        self.layer.shown_changed.connect(lambda: self._pick(self._layer, self._unit))
        self.unit.view.switched.connect(self._switch_unit)
        self.unit.failed.connect(self.banner.show_failure)
        self._slow.timeout.connect(self._wait)
        self._split.splitterMoved.connect(self._keep_split)

    def showEvent(self, event: QShowEvent) -> None:
        """Looks at the photo now that it is seen."""
        super().showEvent(event)
        self._look()

    def _name_photo(self) -> None:
        self.bar.photo.show_text(one_line(Path(self._path).name), one_line(self._path, TEXT))

    def _chooser(self) -> ModelChooser:
        return self.bar.chooser

    def _leave_model(self, path: str) -> None:
        if self._chooser().path() != path:
            self._look()

    def _look(self) -> None:
        """Looks at the photo, unless nobody would see it or it is what is shown."""
        request = LookRequest(self.bar.chooser.path(), self._path, self.bar.off())
        wanted = (request, file_state(request.model), file_state(request.path))
        if self.isVisible() and request.model and request.path and wanted != self._asked:
            self._asked = wanted
            if self._job is not None:
                self._job.abandon()
            self._slow.start()
            work = partial(inside_jobs.look, self._looker, request)
            self._job = self._jobs.start(work, self._take, self._fail, self._end, name="inside")
        self._refresh()

    def _take(self, found: object) -> None:
        if isinstance(found, Met):
            self._show_meetings(found)
        else:
            assert isinstance(found, Seen)
            self._show(found)

    def _show(self, seen: Seen) -> None:
        self._slow.stop()
        self.bar.chooser.confirm()
        self._seen, self._met = seen, None
        self._crop = to_qimage(seen.crop)
        self.figure.show_columns(self._crop, drawing.columns(seen))
        off = seen.request.off
        self.said.show_answers(seen.answers, words.off(off, seen.spec), seen.before, is_off=not off.is_nothing())
        layers = [each.name for each in seen.spec.layers]
        kept = self._layer if self._layer in layers else layers[0]
        self._show_layer(kept, self._unit if kept == self._layer else None)
        self.pages.follow(seen.request.model, seen.spec)
        self._refresh()

    def _show_meetings(self, met: Met) -> None:
        self._met = met
        self.figure.show_flows({each.layer: each.flow_shares.tolist() for each in met.meetings})
        if self._seen is not None:
            self.layer.about.setText(words.about_layer(self._seen, self._layer, self._meeting()))

    def _meeting(self) -> "Meeting | None":
        found = self._met.meetings if self._met is not None else ()
        return next((each for each in found if each.layer == self._layer), None)

    def _show_layer(self, layer: str, unit: int | None = None) -> None:
        """Shows a layer, and of it ``unit``, or the strongest one."""
        if self._seen is None:
            return
        self._layer = layer
        self.layer.show_layer(self._seen, layer, self._meeting())
        shown = self.layer.shown()
        count = len(shown.values) if shown is not None else 0
        self._pick(layer, unit if unit is not None and unit < count else drawing.strongest(self._seen, layer))

    def _pick(self, layer: str, unit: int) -> None:
        if self._seen is None:
            return
        if layer != self._layer:
            self._show_layer(layer, unit)
            return
        self._unit = unit
        self.figure.pick(layer, unit)
        self.layer.set_picked(unit)
        shown = self.layer.shown()
        assert shown is not None
        self.unit.show_unit(self._seen, shown, unit, self._colour(layer, unit), self._crop)

    def _colour(self, layer: str, unit: int) -> QColor:
        assert self._seen is not None
        tower = self._seen.spec.tower_of(layer, unit)
        return {"A": TOWER_A, "B": TOWER_B}.get(tower, colours(self).accent)

    def _step_layer(self, by: int) -> None:
        layers = self.figure.layers()
        if self._seen is not None and self._layer in layers:
            at = layers.index(self._layer) + by
            if 0 <= at < len(layers):
                self._show_layer(layers[at])

    def _open_page(self) -> None:
        self._open_page_of(self._layer, self._unit)

    def _open_page_of(self, layer: str, unit: int) -> None:
        if self._seen is not None:
            self._pick(layer, unit)
            self.pages.open(self._seen.request.model, self._seen.spec, layer, unit)

    def _switch_unit(self, off: bool) -> None:
        self.bar.switch_unit(self._layer, self._unit, off=off)

    def _fail(self, failure: Failure) -> None:
        self._slow.stop()
        self.banner.show_failure(failure)
        self._asked = None
        self._path = "" if self._seen is None else self._seen.request.path
        self._name_photo()
        self._refresh()

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None

    def _wait(self) -> None:
        if self._seen is None:
            self._pages.setCurrentIndex(WAITING)

    def _keep_split(self) -> None:
        self._settings.keep_bytes(SPLIT, self._split.saveState())

    def _refresh(self) -> None:
        """What is on screen and what can be done now."""
        seen = self._seen
        self._pages.setCurrentIndex(FULL if seen is not None else WAITING if self._job is not None else EMPTY)
        has_norm = seen is not None and any("norm" in each.then for each in seen.spec.convolutions)
        self.bar.offer(has_towers=seen is not None and seen.spec.towers > 1, has_norm=has_norm)
        visible = self.isVisible()
        self.lecture.offer(seen if visible else None)
        is_off = visible and not self.bar.off().is_nothing()
        also = self.lecture.actions_of_menu()
        self.commands.offer(also, has_photo=visible and seen is not None, is_off=is_off)


def _fill(split: QSplitter, *parts: tuple[QWidget, int]) -> None:
    """Puts widgets into ``split``, each with its share of the room; none of them can be made to vanish."""
    for place, (widget, stretch) in enumerate(parts):
        split.addWidget(widget)
        split.setStretchFactor(place, stretch)
        split.setCollapsible(place, False)
    split.setSizes([1000 * stretch for _, stretch in parts])  # shares: it fits them to what there is
