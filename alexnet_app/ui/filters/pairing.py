"""Compares the kernels of the shown model with those of another one, unit by unit, in a window of its own."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from alexnet_app.core.events import Progress
from alexnet_app.ui.filters import pair_jobs, pair_words
from alexnet_app.ui.filters.jobs import FilterView
from alexnet_app.ui.filters.pair_jobs import PairsFound, SavedPairs, TowerPairs
from alexnet_app.ui.filters.views.pairs_dialog import GridShown, PairsDialog
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.progress import how_far
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import TOWER_A, TOWER_B, colours


class Pairing(QObject):
    """Its ``action`` opens the window, which follows the panel's model. ``picked`` tells the tower (0 or 1) and the
    number of a unit that was chosen there.
    """

    picked = Signal(int, int)

    def __init__(self, jobs: Jobs, settings: Settings, panel: QWidget) -> None:
        super().__init__(panel)
        self._jobs, self._settings, self._panel = jobs, settings, panel
        self._job: Job | None = None
        self._view: FilterView | None = None
        self._asked: tuple[str, str] | None = None
        self._listed: list[tuple[str, str]] = []
        self.found: PairsFound | None = None
        self.dialog: PairsDialog | None = None
        self.action = QAction(self.tr("Compare with another model…"), panel)
        self.action.setShortcut(QKeySequence("Ctrl+Alt+Shift+M"))
        self.action.triggered.connect(self.open)

    def set_models(self, models: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from: label and path each."""
        self._listed = list(models)
        self._offer()

    def follow(self, view: FilterView | None) -> None:
        """The panel shows a layer of this model; None while it shows none."""
        self._view = view
        self._offer()
        if self.dialog is not None and self.dialog.isVisible():
            self._compare()

    def explain(self, *, seen: bool) -> None:
        """What can be done now; ``seen``: the panel is on the screen."""
        there = seen and self._view is not None
        self.action.setEnabled(there)
        means = self.tr("Match the kernels of conv1 with those of another model one to one: which are found again")
        where = self.tr("Choose a model first") if seen else self.tr("Go to Filters first")
        set_tip(self.action, means if there else where)

    def open(self) -> None:
        """Shows the window."""
        if self.dialog is None:
            self.dialog = self._made()
        self._offer()
        self.dialog.show()
        self.dialog.raise_()
        self._compare()

    def close(self) -> None:
        """Closes the window with the main one."""
        self._abandon()
        if self.dialog is not None:
            self.dialog.hide()

    def cancel(self) -> None:
        """Matches no more."""
        self._abandon()
        if self.dialog is not None:
            self.dialog.say(self.tr("Cancelled. Choose the model to compare with."))

    def _made(self) -> PairsDialog:
        dialog = PairsDialog(pair_words.columns(), self._panel)
        dialog.model_chosen.connect(self._compare)
        dialog.cancel_wanted.connect(self.cancel)
        dialog.closed.connect(self._abandon)
        dialog.picked.connect(self._pick)
        dialog.save_image.clicked.connect(self._save_image)
        dialog.save_table.clicked.connect(self._save_table)
        return dialog

    def _offer(self) -> None:
        if self.dialog is not None:
            own = self._view.path if self._view is not None else ""
            self.dialog.models.set_models([each for each in self._listed if each[1] != own])

    def _compare(self, _: str = "") -> None:
        """Matches the two models that are chosen now, unless they are the ones that were matched."""
        assert self.dialog is not None
        other = self.dialog.models.path()
        if self._view is None or not other:
            self.dialog.say(self.tr("Choose the model to compare with."))
            return
        if (wanted := (self._view.path, other)) == self._asked:
            return
        self._abandon()
        self.found, self._asked = None, wanted
        self.dialog.banner.hide()
        self.dialog.clear()
        self.dialog.pair.show_text(pair_words.names(*wanted))
        self.dialog.show_progress(self.tr("Reading the model…"), None)
        work = partial(pair_jobs.match, self._view, other)
        self._job = self._jobs.start(work, self._take, self._fail, self._end, name="pairs")

    def _take(self, told: object) -> None:
        assert self.dialog is not None
        match told:
            case Progress(_, done, total):
                self.dialog.show_progress(how_far(self.tr("Comparing with chance"), done, total), done / total)
            case PairsFound(found=found, towers=towers):
                self.found = told
                rows = [pair_words.row(each) for each in found.sorted()]
                self.dialog.show_pairs([self._grid(each) for each in towers], rows, pair_words.told(found))
                for grid, each in zip(self.dialog.grids, towers, strict=False):
                    grid.set_note(pair_words.note(each.pairs))

    def _grid(self, tower: TowerPairs) -> GridShown:
        assert self.found is not None
        place = {each.unit: row for row, each in enumerate(self.found.found.sorted())}
        title = self.tr("Tower {name}").format(name=tower.tower) if tower.tower else self.tr("One column")
        colour = {"A": TOWER_A, "B": TOWER_B}.get(tower.tower) or colours(self._panel).accent
        captions = tuple(map(pair_words.caption, tower.pairs))
        rows = tuple(place[each.unit] for each in tower.pairs)
        return GridShown(title, colour, tower.kernels, tower.partners, captions, rows)

    def _fail(self, failure: Failure) -> None:
        assert self.dialog is not None
        self.dialog.say(self.tr("The models could not be compared."))
        self.dialog.banner.show_failure(failure)

    def _end(self) -> None:
        if self.sender() is self._job:
            self._job = None

    def _abandon(self) -> None:
        if self._job is not None:
            self._job.abandon()
            self._job = self._asked = None

    def _pick(self, row: int) -> None:
        if self.found is not None and self._view is not None and self.found.path == self._view.path:
            pair = self.found.found.sorted()[row]
            self.picked.emit(int(pair.tower == "B"), pair.unit + 1)

    def _save_image(self) -> None:
        kinds = {
            self.tr("Images (*.png)"): "png",
            self.tr("SVG drawings (*.svg)"): "svg",
            self.tr("PDF pages (*.pdf)"): "pdf",
        }
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        self._ask(self.tr("Save the pairs as an image"), "pictures", Path(pictures), kinds)

    def _save_table(self) -> None:
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self._ask(self.tr("Save the pairs as a table"), "tables", Path(documents), {self.tr("Tables (*.csv)"): "csv"})

    def _ask(self, title: str, place: str, usual: Path, kinds: dict[str, str]) -> None:
        assert self.dialog is not None
        if self.found is None:
            return
        folder = self._settings.folder(place, usual)
        save = partial(self._save, self.found, place)
        dialog = SaveDialog(self.dialog, title, str(folder), kinds, save)
        ending = next(iter(kinds.values()))
        dialog.selectFile(str(folder / f"{self.found.bundle.spec.name}-pairs.{ending}"))
        dialog.open()

    def _save(self, found: PairsFound, place: str, to: str, _: str, replace: bool) -> None:
        assert self.dialog is not None
        self._settings.keep_folder(place, Path(to).parent)
        work = partial(pair_jobs.save, found, Path(to), replace)
        self._jobs.start(work, self._tell_saved, self.dialog.banner.show_failure, name="save pairs")

    def _tell_saved(self, saved: object) -> None:
        assert isinstance(saved, SavedPairs)
        assert self.dialog is not None
        self.dialog.banner.show_note(self.tr("Saved the pairs as {path}").format(path=saved.path))
