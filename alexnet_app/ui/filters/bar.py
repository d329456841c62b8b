"""The top line of the Filters panel: which model, which layer, in which order, on which scale."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QPushButton, QWidget

from alexnet_app.core.insight.filters import OF_PICTURES, ORDERS, WEIGHT_SCALES, Order, WeightScale, layers_with_kernels
from alexnet_app.ui.filters.jobs import FilterRequest, FilterView, sees_colours
from alexnet_app.ui.filters.words import FilterWords
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.kernel_sheet import MARGIN
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.parts.plain import Label, set_tip, tip
from alexnet_app.ui.theme import SPACE

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.network.bundle import Bundle


class FilterBar(QWidget):
    """``changed`` tells that another layer, order or scale is wanted.

    ``wanted_layer`` and ``wanted_order`` stay when a model or a layer cannot have them, for the next one that can.
    """

    changed = Signal()

    def __init__(self, words: FilterWords, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._words = words
        self.wanted_layer = ""
        self.wanted_order: Order = "learned"
        self.wanted_scale: WeightScale = "own"
        self.chooser = ModelChooser()
        self.layer, self.order, self.scale = EntryBox(), EntryBox(), EntryBox()
        self.save = QPushButton(self.tr("Save image…"))
        self._fill(self.order, ORDERS, self._words.orders(), self._words.orders_mean())
        self._fill(self.scale, WEIGHT_SCALES, self._words.scales(), self._words.scales_mean())
        self._lay_out()
        self.show_view(None)
        self.layer.activated.connect(self._take_layer)
        self.order.activated.connect(self._take_order)
        self.scale.activated.connect(self._take_scale)

    def show_view(self, view: FilterView | None) -> None:
        """What is shown now; None for nothing, and then nothing can be chosen but a model."""
        if view is not None:
            self.layer.clear()
            self.layer.addItems(layers_with_kernels(view.bundle.spec))
            self.layer.setCurrentText(view.layer)
            self.order.setCurrentIndex(self.order.findData(view.order))
            self.scale.setCurrentIndex(self.scale.findData(view.scale))
            self._offer_colour(view)
        self._explain(usable=view is not None)

    def request(self, path: str, bundle: "Bundle | None") -> FilterRequest:
        """What is wanted of the model at ``path``; ``bundle`` where it was read before."""
        return FilterRequest(path, self.wanted_layer, self.wanted_order, bundle, self.wanted_scale)

    def can_step(self, by: int) -> bool:
        """Whether there is a layer ``by`` places further on."""
        return self.layer.isEnabled() and 0 <= self.layer.currentIndex() + by < self.layer.count()

    def step_layer(self, by: int) -> None:
        """Chooses the layer ``by`` places further on."""
        if self.can_step(by):
            self.layer.setCurrentIndex(self.layer.currentIndex() + by)
            self._take_layer()

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(MARGIN, 0, MARGIN, 0)
        line.setSpacing(SPACE)
        self.chooser.setMaximumWidth(50 * SPACE)
        for text, control in (
            (self.tr("Model"), self.chooser),
            (self.tr("Layer"), self.layer),
            (self.tr("Sort"), self.order),
            (self.tr("Scale"), self.scale),
        ):
            label = Label(text)
            label.setBuddy(control)
            control.setAccessibleName(text)
            if line.count():
                line.addSpacing(SPACE)
            line.addWidget(label)
            line.addWidget(control, stretch=100 if control is self.chooser else 0)
        line.addStretch(1)
        line.addWidget(self.save)

    @staticmethod
    def _fill(box: QComboBox, values: Sequence[str], texts: Sequence[str], meanings: Sequence[str]) -> None:
        for value, text, means in zip(values, texts, meanings, strict=True):
            box.addItem(text, value)
            box.setItemData(box.count() - 1, tip(means), Qt.ItemDataRole.ToolTipRole)

    def _offer_colour(self, view: FilterView) -> None:
        """Sorting by colour or direction is for kernels that see a picture; the others say why not."""
        entries, spec = self.order.model(), view.bundle.spec
        assert isinstance(entries, QStandardItemModel)
        in_colour = sees_colours(spec, view.layer)
        for place, (order, means) in enumerate(zip(ORDERS, self._words.orders_mean(), strict=True)):
            can_have = in_colour or order not in OF_PICTURES
            entries.item(place).setEnabled(can_have)
            why = means if can_have else self._words.no_colour(spec.convolutions[0].name)
            self.order.setItemData(place, tip(why), Qt.ItemDataRole.ToolTipRole)

    def _explain(self, *, usable: bool) -> None:
        for control, means in (
            (self.layer, self.tr("Layer whose kernels are shown")),
            (self.order, self.tr("Order of the kernels within each tower")),
            (self.scale, self.tr("What sets the contrast: each kernel's largest weight, or that of the layer")),
            (self.save, self.tr("Save both towers as shown, as a PNG image, or as an SVG or PDF with a caption")),
        ):
            control.setEnabled(usable)
            set_tip(control, means if usable else self.tr("Choose a model first"))

    def _take_layer(self) -> None:
        self.wanted_layer = self.layer.currentText()
        self.changed.emit()

    def _take_scale(self) -> None:
        self.wanted_scale = self.scale.currentData()
        self.changed.emit()

    def _take_order(self) -> None:
        self.wanted_order = self.order.currentData()
        self.changed.emit()
