"""A long list of pictures: a thumbnail, the name and the answer of each. Several can be chosen, and dragged out."""

from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QMimeData, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.classify.views.picture_model import Index
from alexnet_app.ui.classify.views.rows_and_tiles import RowsAndTiles

EDGES = (Qt.Key.Key_Left, Qt.Key.Key_Right)


class PictureList(RowsAndTiles):
    """``picked`` tells the path of the picture chosen last, empty where there is none; ``chosen_changed`` that others
    are chosen; ``opened`` the path of one that was double clicked.
    """

    picked = Signal(str)
    chosen_changed = Signal()
    opened = Signal(str)
    _path = ""  # here, as Qt tells of a current row before anything else can be done

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._kept: list[str] = []  # chosen before a reset
        self.setAccessibleName(self.tr("Pictures"))
        self.pictures.modelAboutToBeReset.connect(self._keep)
        self.pictures.modelReset.connect(self._restore)
        self.pictures.rowsInserted.connect(self._pick_first)
        self.doubleClicked.connect(self._open)

    def pick(self, path: str) -> None:
        """Makes ``path`` the current row and the only chosen one, if it is shown."""
        index = self.pictures.index_of(path)
        if index.isValid():
            self.setCurrentIndex(index)

    def pick_near(self, row: int) -> None:
        """Makes the picture that is in ``row`` now the current one, or the last before it."""
        for each in range(min(row, self.pictures.rowCount() - 1), -1, -1):
            if self.pictures.picture(each) is not None:
                self.setCurrentIndex(self.pictures.index(each))
                return

    def path(self) -> str:
        """The path of the picture that was chosen last, if it is shown; empty where there is none."""
        return self._path

    def chosen(self) -> list[str]:
        """The paths of all that are chosen, from top to bottom."""
        selection = self.selectionModel().selection()
        ranges = [selection.at(place) for place in range(selection.count())]
        rows = {row for each in ranges for row in range(each.top(), each.bottom() + 1)}
        found = (self.pictures.picture(row) for row in sorted(rows))
        return [each.path for each in found if each is not None]

    def choose(self, paths: Iterable[str]) -> None:
        """Chooses those of ``paths`` that are shown, and no others."""
        rows = sorted(row for row in self.pictures.rows_of(list(paths)) if row >= 0)
        selection, begin = QItemSelection(), 0
        for place in range(1, len(rows) + 1):
            if place == len(rows) or rows[place] != rows[place - 1] + 1:
                selection.select(self.pictures.index(rows[begin]), self.pictures.index(rows[place - 1]))
                begin = place
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def selectionChanged(self, chosen: QItemSelection, left: QItemSelection) -> None:
        """Tells it."""
        super().selectionChanged(chosen, left)
        self.chosen_changed.emit()

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Tells the new one."""
        super().currentChanged(current, previous)
        self._tell()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and Right, Space and Return fold a group whose heading is reached."""
        row = self.currentIndex().row()
        group = self.pictures.group(row) if row >= 0 else None
        if group is not None and event.key() in (*EDGES, Qt.Key.Key_Space, Qt.Key.Key_Return):
            is_wanted = event.key() not in EDGES or (event.key() == Qt.Key.Key_Right) is not bool(group.shown)
            if is_wanted:
                self._fold(row)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on a heading folds its group."""
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self.pictures.group(index.row()) is not None:
            if event.button() == Qt.MouseButton.LeftButton:
                self._fold(index.row())
            return
        super().mousePressEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:
        """Offers the files of all that are chosen to other programs, which copy them."""
        drag = QDrag(self)
        drag.setMimeData(files_of(self.chosen()))
        thumbnail = self.pictures.thumbnail(self._path)
        if thumbnail is not None:
            drag.setPixmap(thumbnail)
        drag.exec(Qt.DropAction.CopyAction)

    def _fold(self, row: int) -> None:
        group = self.pictures.group(row)
        self.pictures.fold(row)
        rows = [each.row for each in self.pictures.groups() if group is not None and each.key == group.key]
        if rows:
            self.selectionModel().setCurrentIndex(
                self.pictures.index(rows[0]), QItemSelectionModel.SelectionFlag.NoUpdate
            )

    def _pick_first(self) -> None:
        """Makes the first of all pictures the current one."""
        first = next((each.first for each in self.pictures.groups() if each.shown), -1)
        if not self.currentIndex().isValid() and first >= 0:
            self.setCurrentIndex(self.pictures.index(first))
        elif first < 0:
            self._tell_path("")

    def _keep(self) -> None:
        """A reset forgets what is chosen, and whether it was in sight."""
        self._kept = self.chosen()

    def _restore(self) -> None:
        """Brings back what was chosen and the current row, in sight where it was."""
        index = self.pictures.index_of(self._path)
        if index.isValid():
            self.setAutoScroll(False)
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.setAutoScroll(True)
            self.choose(self._kept or [self._path])
        elif not self.pictures.is_folded(self._path):
            self._pick_first()

    def _tell(self) -> None:
        path = self.pictures.path_at(self.currentIndex())
        if path or not self.currentIndex().isValid():  # at a heading the picture of before stays
            self._tell_path(path)

    def _tell_path(self, path: str) -> None:
        if path != self._path:
            self._path = path
            self.picked.emit(path)

    def _open(self, index: Index) -> None:
        path = self.pictures.path_at(index)
        if path:
            self.opened.emit(path)


def files_of(paths: Iterable[str]) -> QMimeData:
    """Files as other programs take them, dropped or pasted."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(path) for path in paths])
    return mime
