"""The experiments there are, each with how it stands."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QWidget

from alexnet_app.ui.parts.plain import set_tip, visible

ROLE = Qt.ItemDataRole.UserRole


class ExperimentList(QListWidget):
    """``picked`` tells the name of the chosen one. Each has a title and below it a second line."""

    picked = Signal(str)

    def __init__(self, titles: Sequence[tuple[str, str]], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Experiments"))
        self.setAlternatingRowColors(True)
        self.setSpacing(2)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._titles = dict(titles)
        for name, title in titles:
            item = QListWidgetItem(title)
            item.setData(ROLE, name)
            self.addItem(item)
        self.currentItemChanged.connect(self._pick)

    def set_detail(self, name: str, detail: str) -> None:
        """The second line of an experiment."""
        for place in range(self.count()):
            item = self.item(place)
            if item.data(ROLE) == name:
                item.setText("\n".join((self._titles[name], visible(detail))))
                set_tip(item, detail)

    def name(self) -> str:
        """The chosen experiment; empty where none is chosen."""
        item = self.currentItem()
        return str(item.data(ROLE)) if item is not None else ""

    def choose(self, name: str) -> None:
        """Selects an experiment."""
        for place in range(self.count()):
            if self.item(place).data(ROLE) == name:
                self.setCurrentRow(place)

    def _pick(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            item.setSelected(True)
            self.picked.emit(str(item.data(ROLE)))
