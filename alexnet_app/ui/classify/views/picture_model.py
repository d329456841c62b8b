"""The pictures of a long list: what is known of each, and which of them the filter lets through."""

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import TEXT, one_line, tip

KEPT = 1000  # thumbnails
MANY = 1000  # from so many changes on, showing all anew costs the view less
Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole


@dataclass(slots=True)
class Picture:
    """A row. ``answer`` is empty while it waits; ``share`` is the probability (0 to 1) of a class that stands out.

    ``place`` is its rank among all; ``is_shown`` whether the filter lets it through.
    """

    path: str
    name: str
    place: int
    answer: str = ""
    share: float | None = None
    is_shown: bool = False

    def matches(self, words: Sequence[str]) -> bool:
        """Whether all ``words`` (in small letters) are in the name or the answer."""
        text = f"{self.name}\n{self.answer}".lower()
        return all(word in text for word in words)


class PictureModel(QAbstractListModel):
    """The rows, those that match the filter. What changes comes in chunks; a chunk costs no more in a longer list."""

    thumbnail_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._all: dict[str, Picture] = {}
        self._shown: list[Picture] = []  # by place
        self._next_place = 0
        self._words: list[str] = []
        self._reason = ""
        self._thumbnails: OrderedDict[str, QPixmap | None] = OrderedDict()

    def add(self, pictures: Iterable[tuple[str, str]]) -> None:
        """Appends path and name of each; they wait for an answer. A path that is there already waits again."""
        again: dict[str, tuple[str, float | None]] = {}
        new: list[Picture] = []
        for path, name in pictures:
            if path in self._all:
                again[path] = ("", None)
                self._thumbnails.pop(path, None)  # the file may be another one now
            else:
                new.append(Picture(path, one_line(name), self._next_place))
                self._all[path] = new[-1]
                self._next_place += 1
        self._append([each for each in new if not self._words or each.matches(self._words)])
        if again:
            self.set_answers(again)

    def set_answers(self, answers: Mapping[str, tuple[str, float | None]]) -> None:
        """Text and share of the answer, by path; others are left as they are."""
        touched = [self._all[path] for path in answers if path in self._all]
        for each in touched:
            answer, each.share = answers[each.path]
            each.answer = one_line(answer)
        if self._words and len(touched) > MANY:
            self._show_anew()
        elif self._words:
            matching = {each.path for each in touched if each.matches(self._words)}
            self._take_out([each for each in touched if each.is_shown and each.path not in matching])
            self._insert([each for each in touched if not each.is_shown and each.path in matching])
        self._redraw()

    def wait(self) -> None:
        """Forgets all answers."""
        self.set_answers(dict.fromkeys(self._all, ("", None)))

    def set_reason(self, reason: str) -> None:
        """What is said of those without an answer; an empty one says that they wait for it."""
        reason = one_line(reason)
        if reason != self._reason:
            self._reason = reason
            self._redraw()

    def remove(self, paths: Iterable[str]) -> None:
        """Takes these out."""
        gone = [self._all.pop(path) for path in paths if path in self._all]
        if len(gone) > MANY:
            self._show_anew()
        else:
            self._take_out([each for each in gone if each.is_shown])

    def clear(self) -> None:
        """Takes all out."""
        self._all = {}
        self._thumbnails.clear()
        self._show_anew()

    def set_filter(self, text: str) -> None:
        """Shows only pictures that have every word of ``text`` in their name or their answer."""
        self._words = text.lower().split()
        self._show_anew()

    def set_thumbnail(self, path: str, picture: QImage | None) -> None:
        """Shows ``picture`` from now on, an empty square where there is none."""
        self._thumbnails[path] = None if picture is None else QPixmap.fromImage(picture)
        if len(self._thumbnails) > KEPT:
            self._thumbnails.popitem(last=False)
        self._redraw()

    def forget_thumbnails(self) -> None:
        """They are wanted anew, for a screen with other pixels."""
        self._thumbnails.clear()
        self._redraw()

    def total(self) -> int:
        """How many there are, shown or not."""
        return len(self._all)

    def path_at(self, index: Index) -> str:
        """The path of a row; empty where there is none."""
        return self._shown[index.row()].path if index.isValid() else ""

    def index_of(self, path: str) -> QModelIndex:
        """The row of ``path``; invalid if it is not shown."""
        picture = self._all.get(path)
        return self.index(self._row(picture)) if picture is not None and picture.is_shown else QModelIndex()

    def picture(self, row: int) -> Picture:
        """The picture in a row."""
        return self._shown[row]

    def thumbnail(self, path: str) -> QPixmap | None:
        """The thumbnail; where there is none, it is wanted."""
        if path not in self._thumbnails:
            self.thumbnail_wanted.emit(path)
            return None
        self._thumbnails.move_to_end(path)
        return self._thumbnails[path]

    def answer_of(self, picture: Picture) -> str:
        """The answer, or why there is none."""
        return picture.answer or self._reason or self.tr("waiting")

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  (Qt's own default)
        """How many are shown."""
        return 0 if parent.isValid() else len(self._shown)

    def data(self, index: Index, role: int = Role.DisplayRole) -> object:
        """Name, path, thumbnail, and the line that a screen reader speaks."""
        if not index.isValid():
            return None
        picture = self._shown[index.row()]
        match role:
            case Role.DisplayRole:
                return picture.name
            case Role.ToolTipRole:
                return tip(one_line(picture.path, TEXT))
            case Role.DecorationRole:
                return self.thumbnail(picture.path)
            case Role.AccessibleTextRole:
                parts = (picture.name, self.answer_of(picture), percent(picture.share))
                return ", ".join(part for part in parts if part)
        return None

    def _row(self, picture: Picture) -> int:
        """Where it is, or would be, among those that are shown."""
        return bisect_left(self._shown, picture.place, key=_place)

    def _insert(self, pictures: list[Picture]) -> None:
        """Shows these; each unbroken run of them is one change."""
        rows = [(self._row(each), each) for each in sorted(pictures, key=_place)]
        for _, run in _runs(rows, step=0):
            row = self._row(run[0])
            self.beginInsertRows(QModelIndex(), row, row + len(run) - 1)
            self._shown[row:row] = run
            for each in run:
                each.is_shown = True
            self.endInsertRows()

    def _append(self, pictures: list[Picture]) -> None:
        """Shows these after all others."""
        if pictures:
            self.beginInsertRows(QModelIndex(), len(self._shown), len(self._shown) + len(pictures) - 1)
            for each in pictures:
                each.is_shown = True
            self._shown += pictures
            self.endInsertRows()

    def _take_out(self, pictures: list[Picture]) -> None:
        """Shows these no more; each unbroken run of them is one change."""
        for row, run in reversed(
            list(_runs([(self._row(each), each) for each in sorted(pictures, key=_place)], step=1))
        ):
            self.beginRemoveRows(QModelIndex(), row, row + len(run) - 1)
            del self._shown[row : row + len(run)]
            for each in run:
                each.is_shown = False
            self.endRemoveRows()

    def _show_anew(self) -> None:
        self.beginResetModel()
        for each in self._all.values():
            each.is_shown = each.matches(self._words)
        self._shown = [each for each in self._all.values() if each.is_shown]
        self.endResetModel()

    def _redraw(self) -> None:
        if self._shown:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))


def percent(share: float | None, decimals: int = 0) -> str:
    """A share of 1 in per cent, with a space that does not break; empty for None."""
    return "" if share is None else local(f"{100 * share:.{decimals}f}\N{NO-BREAK SPACE}%")


def _place(picture: Picture) -> int:
    return picture.place


def _runs(rows: Iterable[tuple[int, Picture]], step: int) -> Iterator[tuple[int, list[Picture]]]:
    """Unbroken runs, each with its first row; from one picture to the next in a run the row grows by ``step``."""
    first, run = 0, list[Picture]()
    for row, picture in rows:
        if run and row != first + step * len(run):
            yield first, run
            run = []
        first = first if run else row
        run.append(picture)
    if run:
        yield first, run
