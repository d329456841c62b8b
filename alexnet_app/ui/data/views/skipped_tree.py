"""What is not used of a data set: a line for each reason with the count, and examples below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTreeWidget, QTreeWidgetItem, QWidget

from alexnet_app.ui.parts.plain import TEXT, one_line, tip


@dataclass(frozen=True, slots=True)
class SkippedReason:
    """``count`` such as "12", ``examples`` are names of files."""

    reason: str
    count: str
    examples: tuple[str, ...]


class SkippedTree(QTreeWidget):
    """Reasons, the examples of each folded away."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("What is not used, and why"))
        self.setColumnCount(2)
        self.setHeaderLabels([self.tr("Not used"), self.tr("Files")])
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setUniformRowHeights(True)
        self.setTabKeyNavigation(False)
        self.header().setStretchLastSection(False)
        self.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)

    def show_reasons(self, reasons: Sequence[SkippedReason]) -> None:
        """These; what was unfolded is unfolded again."""
        items = [self.topLevelItem(place) for place in range(self.topLevelItemCount())]
        opened = {item.text(0) for item in items if item is not None and item.isExpanded()}
        self.clear()
        for each in reasons:
            item = QTreeWidgetItem([one_line(each.reason, TEXT), each.count])
            item.setData(0, Qt.ItemDataRole.ToolTipRole, tip(one_line(each.reason, TEXT)))
            for example in each.examples:
                below = QTreeWidgetItem([one_line(example, TEXT), ""])
                below.setData(0, Qt.ItemDataRole.ToolTipRole, tip(one_line(example, TEXT)))
                item.addChild(below)
            self.addTopLevelItem(item)
            item.setExpanded(item.text(0) in opened)
