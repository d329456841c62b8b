"""What decides which pictures of a list are shown, and how."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from alexnet_app.ui.classify.views.arrangement import Order
from alexnet_app.ui.classify.views.row_words import orders
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import Label, copy_tip, set_tip
from alexnet_app.ui.theme import SPACE


class ArrangeBar(QWidget):
    """``filter`` with the count that remains, above the order and a box for each of ``toggles``.

    ``sorted_by`` tells an Order and whether it is reversed.
    """

    sorted_by = Signal(Order, bool)

    def __init__(self, toggles: Sequence[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.filter, self.order, self.reverse = QLineEdit(), EntryBox(), QToolButton()
        self._count = Label()
        self._count.setAccessibleName(self.tr("Number of pictures that match the filter"))
        self.filter.setPlaceholderText(self.tr("Filter by name or class"))
        self.filter.setAccessibleName(self.tr("Filter by name or class"))
        self.filter.setClearButtonEnabled(True)
        self.order.setAccessibleName(self.tr("Sort by"))
        set_tip(self.order, self.tr("Sort by; the margin is the lead of the first class over the second"))
        for order, text in orders():
            self.order.addItem(text, order)
        self.reverse.setCheckable(True)
        self.reverse.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.reverse.setAccessibleName(self.tr("Reverse the order"))
        set_tip(self.reverse, self.tr("Reverse the order"))
        self._lay_out(toggles)
        self._show_direction(False)
        self.order.activated.connect(self._tell)
        self.reverse.toggled.connect(self._show_direction)
        self.reverse.toggled.connect(self._tell)

    def _lay_out(self, toggles: Sequence[QAction]) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        first, line = QHBoxLayout(), QHBoxLayout()
        for each in (first, line):
            each.setSpacing(SPACE)
            layout.addLayout(each)
        first.addWidget(self.filter)
        first.addWidget(self._count)
        line.addWidget(self.order, stretch=1)
        line.addWidget(self.reverse)
        for action in toggles:
            box = QCheckBox(action.text())
            copy_tip(action, box)
            box.toggled.connect(action.setChecked)
            action.toggled.connect(box.setChecked)
            line.addWidget(box)

    def show_count(self, matching: int, total: int) -> None:
        """How many of all match the filter; nothing where all do."""
        text = self.tr("{matching} of {total}").format(matching=local(f"{matching:,}"), total=local(f"{total:,}"))
        self._count.setText(text if self.filter.text().strip() else "")
        self._count.setVisible(bool(self._count.text()))

    def count(self) -> str:
        """The count, as it is shown."""
        return self._count.text()

    def wanted(self) -> Order:
        """What pictures are sorted by."""
        return Order(self.order.currentData())

    def want(self, order: Order) -> None:
        """Sorts by ``order``."""
        self.order.setCurrentIndex(self.order.findData(order))
        self._tell()

    def _show_direction(self, is_reversed: bool) -> None:
        self.reverse.setArrowType(Qt.ArrowType.UpArrow if is_reversed else Qt.ArrowType.DownArrow)

    def _tell(self) -> None:
        self.sorted_by.emit(self.wanted(), self.reverse.isChecked())
