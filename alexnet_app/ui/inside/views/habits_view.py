"""What a unit did on the images of a data set: its strongest and weakest patches, how often it fires, which values."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.inside.views.patch_grid import PatchGrid
from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.histogram import Histogram
from alexnet_app.ui.parts.plain import Label, one_line, set_tip
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE, colours

BROWSE, FILE = "\0browse", "\0file"  # no path can be these


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Pictures uint8 (count, side, side, 3), for each of ``patch_grid.SIDES``, and what is said of each."""

    pictures: Sequence[NDArray[np.uint8]]
    captions: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class HabitsShown:
    """What is shown: ``counts`` are those of values from −``reach`` to ``reach``."""

    strongest: Patches
    guided: Patches
    weakest: Patches
    counts: Sequence[int]
    reach: float
    words: str


class HabitsView(QWidget):
    """``chosen`` tells the address of the images that are wanted, "" for none, also where another split of them is;
    ``cancelled`` that the pass over them is to end; ``opened`` which patch was clicked, of the strongest or of the
    weakest.
    """

    chosen = Signal(str)
    cancelled = Signal()
    opened = Signal(bool, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.images, self.cancel, self.bar = EntryBox(), QPushButton(self.tr("Cancel")), ShareBar()
        self.splits, self._split = EntryBox(), ""
        self._status = ElidedLabel(faint=True)
        self._none = Label(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        self._none.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        accent = colours(self).accent
        self.strongest = PatchGrid(self.tr("Strongest patches"), accent)
        self.guided = PatchGrid(self.tr("What made it fire"), accent)
        self.weakest = PatchGrid(self.tr("Weakest patches"), accent)
        self.histogram, self._words = Histogram(), Label(wordWrap=True, alignment=Qt.AlignmentFlag.AlignTop)
        self._address, self._opened = "", list[tuple[str, str]]()
        self._known: Sequence[tuple[str, str]] = ()
        self._found = QWidget()
        self._lay_out()
        self._connect()
        self.set_images(())
        self.set_splits((), "")
        self.show_none("")

    def set_images(self, known: Sequence[tuple[str, str]]) -> None:
        """What there is to choose from: a label and an address each. The choice stays."""
        self._known = known
        self.images.clear()
        self.images.addItem(self.tr("No images"), "")
        there = {address for _, address in known}
        for label, address in (*known, *(each for each in self._opened if each[1] not in there)):
            self.images.addItem(one_line(label), address)
        self.images.insertSeparator(self.images.count())
        self.images.addItem(self.tr("A folder…"), BROWSE)
        self.images.addItem(self.tr("A file…"), FILE)
        self.images.setCurrentIndex(max(0, self.images.findData(self._address)))

    def address(self) -> str:
        """The images that are chosen; "" for none."""
        return self._address

    def split(self) -> str:
        """Which of them the person wants; "" for those that models are judged by."""
        return self._split

    def set_splits(self, names: Sequence[str], now: str) -> None:
        """What the chosen images are divided into, and which part is shown: "train", "validation" or "test"."""
        words = {"train": self.tr("Training"), "validation": self.tr("Validation"), "test": self.tr("Test")}
        self.splits.clear()
        for each in names:
            self.splits.addItem(words.get(each, each), each)
        self.splits.setCurrentIndex(self.splits.findData(now))
        self.splits.setVisible(len(names) > 1)

    def choose(self, address: str, label: str = "") -> None:
        """Makes these images the choice, and tells it; ``label`` names those that are not in the list yet."""
        if label:
            self._opened = [each for each in self._opened if each[1] != address] + [(label, address)]
        self._address, self._split = address, ""
        self.set_splits((), "")
        self.set_images(self._known)
        self.chosen.emit(address)

    def forget(self) -> None:
        """No images are the choice any more; emits nothing."""
        self._address = self._split = ""
        self.set_splits((), "")
        self.set_images(self._known)

    def show_none(self, why: str) -> None:
        """Nothing is known of images; ``why``."""
        self._none.setText(why)
        self._show(found=False, works=False)
        self._status.show_text("")

    def show_progress(self, text: str, share: float | None) -> None:
        """How far the pass is, 0 to 1; None while nobody knows."""
        self._status.show_text(text)
        self.bar.show_share(share)
        self._none.setText(self.tr("All images are looked at once; then every unit of the layer is known."))
        self._show(found=False, works=True)

    def show_habits(self, found: HabitsShown, status: str) -> None:
        """What the unit did."""
        for grid, patches in (
            (self.strongest, found.strongest),
            (self.guided, found.guided),
            (self.weakest, found.weakest),
        ):
            grid.show_patches(patches.pictures, patches.captions)
        self.histogram.show_counts(found.counts, found.reach, found.words)
        self._words.setText(found.words)
        self._status.show_text(status)
        self._show(found=True, works=False)

    def set_large(self, large: bool) -> None:
        """Whether there is room for large patches."""
        for grid in (self.strongest, self.guided, self.weakest):
            grid.set_large(large)

    def words(self) -> str:
        """What is said of it; why nothing is where that is so."""
        return self._words.text() if self.has_found() else self._none.text()

    def has_found(self) -> bool:
        """Whether patches are shown."""
        return not self._found.isHidden()

    def _show(self, *, found: bool, works: bool) -> None:
        self._found.setVisible(found)
        self._none.setVisible(not found)
        for widget in (self.bar, self.cancel):
            widget.setVisible(works)

    def _connect(self) -> None:
        self.images.activated.connect(self._choose)
        self.splits.activated.connect(self._choose_split)
        self.cancel.clicked.connect(self.cancelled)
        for grid, is_strongest in ((self.strongest, True), (self.guided, True), (self.weakest, False)):
            grid.opened.connect(lambda place, strong=is_strongest: self.opened.emit(strong, place))

    def _choose(self, row: int) -> None:
        address = self.images.itemData(row)
        if address in (BROWSE, FILE):
            self.images.setCurrentIndex(max(0, self.images.findData(self._address)))
            self._browse(file=address == FILE)
        elif address != self._address:
            self.choose(address)

    def _choose_split(self, row: int) -> None:
        split = self.splits.itemData(row)
        if split != self._split:
            self._split = split
            self.chosen.emit(self._address)

    def _browse(self, *, file: bool) -> None:
        folder, table = self.tr("Choose a folder of images"), self.tr("Choose a table of images, or CIFAR-10's archive")
        dialog = QFileDialog(self, table if file else folder)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile if file else QFileDialog.FileMode.Directory)
        if file:
            kinds = (self.tr("Tables and archives"), "*.csv *.tsv *.tar.gz *.tgz *.tar"), (self.tr("All files"), "*")
            dialog.setNameFilters([f"{name} ({ends})" for name, ends in kinds])
        dialog.fileSelected.connect(
            lambda path: self.choose(path, path.replace("\\", "/").rstrip("/").rpartition("/")[2])
        )
        dialog.open()

    def _lay_out(self) -> None:
        self.images.setAccessibleName(self.tr("Images"))
        self.splits.setAccessibleName(self.tr("Split"))
        set_tip(self.splits, self.tr("Which of the images: those of training, of validation or of the test"))
        self.bar.setAccessibleName(self.tr("Progress"))
        set_tip(self.images, self.tr("Images in which the strongest and weakest patches are looked for"))
        set_tip(self.cancel, self.tr("Stop looking at the images"))
        self.cancel.setAutoDefault(False)
        title = Label(self.tr("Images"))
        title.setBuddy(self.images)
        line, grids, below = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for widget in (title, self.images, self.splits, self._status, self.bar, self.cancel):
            line.addWidget(widget, stretch=1 if widget in (self._status, self.bar) else 0)
        for grid in (self.strongest, self.guided, self.weakest):
            grids.addWidget(grid, stretch=1)
        below.addWidget(self.histogram, stretch=1)
        below.addWidget(self._words, stretch=1)
        for each in (line, grids, below):
            each.setSpacing(SPACE)
        found = QVBoxLayout(self._found)
        found.setContentsMargins(0, 0, 0, 0)
        found.setSpacing(SPACE)
        found.addLayout(grids)
        found.addLayout(below)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addLayout(line)
        layout.addWidget(self._none)
        layout.addWidget(self._found)
