"""What is drawn over a picture to say why, and how strongly."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QHBoxLayout, QSlider, QWidget

from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.theme import SPACE

FULL = 100
SAID = Qt.ItemDataRole.UserRole + 1  # what a view is, kept where its tooltip says why it cannot be chosen


class WhyBar(QWidget):
    """A choice of views and a slider. ``view_chosen`` tells the key of a view, ``strength_changed`` 0 to 1."""

    view_chosen = Signal(str)
    strength_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.views, self.strength = EntryBox(), QSlider(Qt.Orientation.Horizontal)
        self.views.setAccessibleName(self.tr("What is drawn over the picture"))
        self.strength.setAccessibleName(self.tr("How strongly it is drawn"))
        set_tip(self.strength, self.tr("From the picture alone to what is drawn over it"))
        self.strength.setRange(0, FULL)
        self.strength.setValue(3 * FULL // 4)
        self.strength.setMinimumWidth(10 * SPACE)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        layout.addWidget(Label(self.tr("Over the picture")))
        layout.addWidget(self.views)
        layout.addWidget(self.strength, stretch=1)
        self.views.activated.connect(lambda: self.view_chosen.emit(self.view()))
        self.strength.valueChanged.connect(lambda value: self.strength_changed.emit(value / FULL))

    def set_views(self, views: Sequence[tuple[str, str, str]]) -> None:
        """What there is to choose from: key, text and tooltip of each. The choice stays where it is among them."""
        chosen = self.view()
        self.views.clear()
        for key, text, said in views:
            self.views.addItem(text, key)
            set_tip(self._item(key), said)
            self._item(key).setData(said, SAID)
        self.views.setCurrentIndex(max(0, self.views.findData(chosen)))

    def offer(self, keys: Sequence[str], possible: bool, otherwise: str) -> None:
        """Whether the views ``keys`` can be chosen; ``otherwise`` is why not."""
        for item in map(self._item, keys):
            if item.isEnabled() != possible:
                item.setEnabled(possible)
                set_tip(item, item.data(SAID) if possible else otherwise)

    def view(self) -> str:
        """The key of the view that is chosen."""
        return self.views.currentData() or ""

    def _item(self, key: str) -> QStandardItem:
        model = self.views.model()
        assert isinstance(model, QStandardItemModel)
        return model.item(self.views.findData(key))
