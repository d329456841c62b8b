"""The prepared sets, a row each, to choose one."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.read_table import ReadTable
from alexnet_app.ui.theme import SPACE

WORDS, NAME, FROM = 5, 0, 1  # columns that are words; numbers follow
NAME_WIDTH = 24 * SPACE  # at most; what is longer is whole in the tooltip


@dataclass(frozen=True, slots=True)
class SetRow:
    """A prepared set as it is shown: ``cells`` as the table's columns, ``tip`` all that there is no room for.

    ``to_continue`` is what going on with it is called, such as "Repair". Each of the three reasons says why that cannot
    be done now, and is empty where it can.
    """

    key: str
    cells: tuple[str, ...]
    tip: str
    to_continue: str
    why_not_continued: str
    why_not_verified: str
    why_not_deleted: str
    left_out: int


class SetTable(ReadTable):
    """``chosen`` when the choice changes, ``delete_wanted`` when the Delete key is pressed."""

    chosen = Signal()
    delete_wanted = Signal()

    def __init__(self) -> None:
        super().__init__(_columns(), WORDS)
        self._sets: list[SetRow] = []
        self.setAccessibleName(self.tr("Prepared sets"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header = self.horizontalHeader()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(FROM, QHeaderView.ResizeMode.Stretch)
        header.setMinimumSectionSize(5 * SPACE)
        header.setMaximumSectionSize(NAME_WIDTH)
        self.itemSelectionChanged.connect(self.chosen)

    def show_sets(self, rows: Sequence[SetRow]) -> None:
        """Shows these; the choice stays where its set is still there, else it is the first one."""
        before = self.set()
        self._sets = list(rows)
        self.blockSignals(True)
        self.fill([row.cells for row in rows])
        for place, row in enumerate(rows):
            for column in range(self.columnCount()):
                item = self.item(place, column)
                assert item is not None
                set_tip(item, row.tip)
        self.blockSignals(False)
        self.choose(before.key if before else "")

    def choose(self, key: str) -> None:
        """Chooses the set ``key``, or the first one."""
        keys = [row.key for row in self._sets]
        if keys:
            self.selectRow(keys.index(key) if key in keys else 0)
        self.chosen.emit()

    def set(self) -> SetRow | None:
        """The one that is chosen."""
        rows = self.selectionModel().selectedRows()
        return self._sets[rows[0].row()] if rows and rows[0].row() < len(self._sets) else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Delete means the chosen set."""
        if event.key() == Qt.Key.Key_Delete:
            self.delete_wanted.emit()
        else:
            super().keyPressEvent(event)


def _columns() -> tuple[str, ...]:
    return (
        QCoreApplication.translate("SetTable", "Data set"),
        QCoreApplication.translate("SetTable", "Source"),
        QCoreApplication.translate("SetTable", "Format"),
        QCoreApplication.translate("SetTable", "State"),
        QCoreApplication.translate("SetTable", "Created"),
        QCoreApplication.translate("SetTable", "Images"),
        QCoreApplication.translate("SetTable", "Skipped"),
        QCoreApplication.translate("SetTable", "Pixels"),
        QCoreApplication.translate("SetTable", "On disk"),
    )
