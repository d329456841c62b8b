"""The five tabs, one for each task, and the panels in them."""

from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from PySide6.QtWidgets import QTabWidget, QWidget

from alexnet_app.ui.job import Jobs
from alexnet_app.ui.remembering import (
    keep,
    of_classify,
    of_curves,
    of_filters,
    of_inside,
    of_paper,
    of_past_runs,
    of_train,
    restore,
)
from alexnet_app.ui.settings import Settings

if TYPE_CHECKING:
    from alexnet_app.ui.classify.panel import ClassifyPanel
    from alexnet_app.ui.filters.panel import FiltersPanel
    from alexnet_app.ui.inside.panel import InsidePanel
    from alexnet_app.ui.paper.panel import PaperPanel
    from alexnet_app.ui.train.panel import TrainPanel

    AnyPanel: TypeAlias = TrainPanel | ClassifyPanel | FiltersPanel | InsidePanel | PaperPanel

Panel = TypeVar("Panel", bound=QWidget)
PLACES = TRAIN, CLASSIFY, FILTERS, INSIDE, PAPER = range(5)
MANUAL = (
    "training.md",
    "classify.md",
    "filters-and-towers.md",
    "inside.md",
    "paper-experiments.md",
)  # the page of each


class Tabs(QTabWidget):
    """A panel is built when it is first asked for: with all that they need they would keep the window from the screen
    for seconds.
    """

    def __init__(self, jobs: Jobs, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._jobs, self._settings = jobs, settings
        self.setDocumentMode(True)
        self.setAccessibleName(self.tr("Tasks"))
        for title in (self.tr("Train"), self.tr("Classify"), self.tr("Filters"), self.tr("Inside"), self.tr("Paper")):
            self.addTab(QWidget(), title)

    @cached_property
    def train(self) -> "TrainPanel":
        """The panel Train."""
        panel = self._placed(TRAIN, train_panel(self._jobs, self._settings))
        restore(self._settings, [*of_train(panel.setup), *of_past_runs(panel.past.list)])
        return panel

    @cached_property
    def classify(self) -> "ClassifyPanel":
        """The panel Classify."""
        from alexnet_app.ui.classify.panel import ClassifyPanel

        panel = self._placed(CLASSIFY, ClassifyPanel(self._jobs, self._settings))
        restore(self._settings, of_classify(panel))
        return panel

    @cached_property
    def filters(self) -> "FiltersPanel":
        """The panel Filters."""
        from alexnet_app.ui.filters.panel import FiltersPanel

        panel = self._placed(FILTERS, FiltersPanel(self._jobs, self._settings))
        restore(self._settings, of_filters(panel))
        return panel

    @cached_property
    def inside(self) -> "InsidePanel":
        """The panel Inside."""
        from alexnet_app.ui.inside.panel import InsidePanel

        panel = self._placed(INSIDE, InsidePanel(self._jobs, self._settings))
        restore(self._settings, of_inside(panel))
        return panel

    @cached_property
    def paper(self) -> "PaperPanel":
        """The panel Paper."""
        from alexnet_app.ui.paper.panel import PaperPanel

        panel = self._placed(PAPER, PaperPanel(self._jobs, self._settings))
        restore(self._settings, of_paper(panel))
        return panel

    def restore_curves(self) -> None:
        """Draws curves as they were drawn; once what they need is loaded."""
        live = self.train.pages.live
        if live is not None:
            restore(self._settings, of_curves(live.curves))

    def keep(self) -> None:
        """Remembers what was chosen in each panel."""
        live = self.train.pages.live
        entries = (of_train(self.train.setup), of_classify(self.classify), of_filters(self.filters))
        for each in (
            *entries,
            of_past_runs(self.train.past.list),
            of_inside(self.inside),
            of_paper(self.paper),
            of_curves(live.curves) if live is not None else [],
        ):
            keep(self._settings, each)

    def panel(self, place: int) -> "AnyPanel":
        """The panel of the tab at ``place``."""
        if place == CLASSIFY:
            return self.classify
        if place == FILTERS:
            return self.filters
        if place == INSIDE:
            return self.inside
        return self.paper if place == PAPER else self.train

    def shown(self) -> "AnyPanel":
        """The panel that is seen."""
        return self.panel(self.currentIndex())

    def manual_page(self) -> str:
        """The page of the manual about the panel that is seen."""
        return MANUAL[self.currentIndex()]

    def _placed(self, place: int, panel: Panel) -> Panel:
        """``panel``, in the tab that has been empty so far."""
        title, shown, empty = self.tabText(place), self.currentIndex(), self.widget(place)
        assert empty is not None
        self.removeTab(place)
        self.insertTab(place, panel, title)
        self.setCurrentIndex(shown)
        empty.deleteLater()
        return panel


def train_panel(jobs: Jobs, settings: Settings) -> "TrainPanel":
    """The panel Train with the rooms that it opens beside it, of which it knows no more than what it asks of them."""
    from alexnet_app.ui.data.panel import DataPane
    from alexnet_app.ui.evaluation.panel import Evaluations
    from alexnet_app.ui.prepared.panel import PreparedSets
    from alexnet_app.ui.train.panel import TrainPanel

    evaluations, data = Evaluations(jobs), DataPane(jobs)
    panel = TrainPanel(jobs, settings, evaluations, data, partial(PreparedSets, jobs, settings))
    for room in (evaluations, data):
        room.setParent(panel)
    return panel
