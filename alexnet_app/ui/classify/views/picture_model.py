"""The pictures of a long list: what is known of each, and the rows in which they are shown."""

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.classify.views import row_words
from alexnet_app.ui.classify.views.arrangement import (
    WAITING,
    Arranging,
    Group,
    ListedPicture,
    Order,
    PictureSaid,
    arranged,
    matches,
)
from alexnet_app.ui.classify.views.thumbnail_store import ThumbnailStore
from alexnet_app.ui.parts.plain import one_line, tip

FEW = 2000  # pictures: so many are arranged anew at every change; more of them now and then
EVERY = 0.3  # seconds at least between two arrangements of many …
SHARE = 0.1  # … and no more of the time than this for them
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


class PictureModel(QAbstractListModel):
    """The rows: pictures, and headings where they are grouped. ``counted`` when other pictures match."""

    thumbnail_wanted = Signal(str)
    counted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: dict[str, ListedPicture] = {}
        self._wanted = Arranging()
        self._arranged = arranged((), self._wanted, "")
        self._reason = ""
        self._thumbnails = ThumbnailStore()
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.arrange)
        self._took = 0.0  # seconds, the last time

    def add(self, pictures: Iterable[tuple[str, str]]) -> None:
        """Appends path and name of each; they wait for an answer. A path that is there already waits again."""
        again: dict[str, PictureSaid] = {}
        new: list[ListedPicture] = []
        for path, name in pictures:
            if path in self._all:
                again[path] = WAITING
                self._thumbnails.drop(path)  # the file may be another one now
            else:
                new.append(ListedPicture(path, one_line(name)))
                self._all[path] = new[-1]
        if self._wanted.is_plain():
            words, unsure = self._wanted.words, row_words.unsure()
            self._append([each for each in new if matches(each, words, unsure)] if words else new)
        elif new:
            self._arrange_soon()
        if again:
            self.set_said(again)

    def set_said(self, said: Mapping[str, PictureSaid]) -> None:
        """What is known of each picture now, by path; others are left as they are."""
        moved = not self._wanted.is_plain() or bool(self._wanted.words)
        for path, what in said.items():
            picture = self._all.get(path)
            if picture is not None:
                moved = moved or bool(what.reason) is not bool(picture.said.reason)
                picture.said = row_words.plain(what)
        if moved:
            self._arrange_soon()
        else:
            self.redraw()

    def set_given(self, given: Mapping[str, str]) -> None:
        """The classes that a person gave, by path; an empty one takes it back."""
        for path, label in given.items():
            if path in self._all:
                self._all[path].given = one_line(label)
        if given:
            self.arrange()

    def fill(self, pictures: Iterable[tuple[str, str, PictureSaid, str]]) -> None:
        """Replaces all; path, name, what is known and the class that a person gave, of each."""
        self._all = {
            path: ListedPicture(path, one_line(name), row_words.plain(said), one_line(given))
            for path, name, said, given in pictures
        }
        self.arrange()

    def wait(self) -> None:
        """Forgets all answers."""
        self.set_said({path: WAITING for path, each in self._all.items() if not each.said.reason})

    def set_reason(self, reason: str) -> None:
        """What is said of those without an answer; an empty one says that they wait for it."""
        reason = one_line(reason)
        if reason != self._reason:
            self._reason = reason
            self.redraw()

    def remove(self, paths: Iterable[str]) -> None:
        """Takes these out."""
        for path in paths:
            self._all.pop(path, None)
            self._thumbnails.drop(path)
        self.arrange()

    def clear(self) -> None:
        """Takes all out."""
        self._all = {}
        self._thumbnails.clear()
        self.arrange()

    def set_filter(self, text: str) -> None:
        """Shows only pictures that have every word of ``text`` in their name or their answer."""
        self._want(replace(self._wanted, words=tuple(text.lower().split())))

    def set_order(self, order: Order, *, is_reversed: bool) -> None:
        """Sorts by ``order``, or the other way round."""
        self._want(replace(self._wanted, order=order, is_reversed=is_reversed))

    def set_grouped(self, is_grouped: bool) -> None:
        """Whether pictures with one answer stand together, under a heading."""
        self._want(replace(self._wanted, is_grouped=is_grouped, folded=frozenset()))

    def wanted(self) -> Arranging:
        """How they are shown."""
        return self._wanted

    def fold(self, row: int) -> None:
        """Hides the pictures of the group whose heading is in a row, or shows them again."""
        group = self.group(row)
        if group is not None:
            self._want(replace(self._wanted, folded=self._wanted.folded ^ {group.key}))

    def set_thumbnail(self, path: str, picture: QImage | None) -> None:
        """Shows ``picture`` from now on, an empty square where there is none."""
        self._thumbnails.put(path, picture)
        self.redraw()

    def forget_thumbnails(self) -> None:
        """They are wanted anew, in another size."""
        self._thumbnails.clear()
        self.redraw()

    def total(self) -> int:
        """How many there are, shown or not, without those that were skipped."""
        return sum(1 for each in self._all.values() if not each.said.reason)

    def matching(self) -> int:
        """How many of them match the filter."""
        return self._arranged.matching

    def groups(self) -> Sequence[Group]:
        """The groups from top to bottom; one without a heading where nothing is grouped."""
        return self._arranged.groups

    def matching_paths(self) -> list[str]:
        """The paths of all that match the filter, in their order, also of those in folded groups."""
        wanted = replace(self._wanted, folded=frozenset())
        rows = (
            arranged(self._all.values(), wanted, row_words.unsure()).rows
            if self._wanted.folded
            else self._arranged.rows
        )
        return [each.path for each in rows if isinstance(each, ListedPicture)]

    def path_at(self, index: Index) -> str:
        """The path of a row; empty where there is none, or a heading."""
        picture = self.picture(index.row()) if index.isValid() else None
        return picture.path if picture is not None else ""

    def index_of(self, path: str) -> QModelIndex:
        """The row of ``path``; invalid if it is not shown."""
        (row,) = self.rows_of([path])
        return self.index(row)

    def rows_of(self, paths: Sequence[str]) -> list[int]:
        """The row of each of ``paths``; −1 for one that is not shown. They are looked for: nothing keeps them."""
        wanted = {id(self._all[path]): path for path in paths if path in self._all}
        found: dict[str, int] = {}
        if len(wanted) == 1:
            with suppress(ValueError):
                (path,) = wanted.values()
                found[path] = self._arranged.rows.index(self._all[path])
        elif wanted:
            rows = enumerate(map(id, self._arranged.rows))
            found = {wanted[number]: row for row, number in rows if number in wanted}
        return [found.get(path, -1) for path in paths]

    def picture(self, row: int) -> ListedPicture | None:
        """The picture in a row; None for a heading."""
        found = self._arranged.rows[row]
        return found if isinstance(found, ListedPicture) else None

    def group(self, row: int) -> Group | None:
        """The group whose heading is in a row; None for a picture."""
        found = self._arranged.rows[row]
        return found if isinstance(found, Group) else None

    def is_folded(self, path: str) -> bool:
        """Whether ``path`` is there, in a folded group."""
        picture = self._all.get(path)
        return picture is not None and picture.key() in self._wanted.folded

    def thumbnail(self, path: str) -> QPixmap | None:
        """The thumbnail; where there is none, it is wanted."""
        if path not in self._thumbnails:
            self.thumbnail_wanted.emit(path)
            return None
        return self._thumbnails.take(path)

    def waiting(self) -> str:
        """Why pictures wait; empty where they wait for the answer."""
        return self._reason

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings can be reached, and not be chosen."""
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        enabled = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        if self.group(index.row()) is not None:
            return enabled
        return enabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsDragEnabled

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own default)
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._arranged.rows)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Name, path, thumbnail, and the line that a screen reader speaks."""
        if not index.isValid():
            return None
        picture = self.picture(index.row())
        if picture is None:
            group = self.group(index.row())
            assert group is not None
            said = {Role.DisplayRole: row_words.title, Role.AccessibleTextRole: row_words.spoken_title}.get(Role(role))
            return said(group) if said is not None else None
        match role:
            case Role.DisplayRole:
                return picture.name
            case Role.ToolTipRole:
                return tip(row_words.hint(picture))
            case Role.DecorationRole:
                return self.thumbnail(picture.path)
            case Role.AccessibleTextRole:
                return row_words.spoken(picture, self._reason)
        return None

    def _want(self, wanted: Arranging) -> None:
        if wanted != self._wanted:
            self._wanted = wanted
            self.arrange()

    def _append(self, pictures: list[ListedPicture]) -> None:
        """Shows these after all others."""
        if pictures:
            rows, (group,) = self._arranged.rows, self._arranged.groups
            self.beginInsertRows(QModelIndex(), len(rows), len(rows) + len(pictures) - 1)
            rows += pictures
            group.count = group.shown = len(rows)
            self._arranged = replace(self._arranged, matching=len(rows))
            self.endInsertRows()
            self.counted.emit()

    def _arrange_soon(self) -> None:
        """At once where that takes no time; else after a while, so that many answers cost no more than they must."""
        if len(self._all) <= FEW:
            self.arrange()
        else:
            self.redraw()
            if not self._later.isActive():
                self._later.start(round(1000 * max(EVERY, self._took / SHARE)))

    def arrange(self) -> None:
        """Puts all in their rows anew."""
        begun = time.perf_counter()
        self._later.stop()
        self.beginResetModel()
        self._arranged = arranged(self._all.values(), self._wanted, row_words.unsure())
        self.endResetModel()
        self._took = time.perf_counter() - begun
        self.counted.emit()

    def redraw(self) -> None:
        """Shows the rows anew; they are where they were."""
        if self._arranged.rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._arranged.rows) - 1))
