"""Which model answers, how, and what it is."""

from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE


class ModelLine(QWidget):
    """The ``chooser``, the box for ``ten_views``, and a line ``about`` the model."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chooser, self.ten_views = ModelChooser(), QCheckBox(self.tr("Ten views"))
        self.about = ElidedLabel(faint=True)
        self.about.setAccessibleName(self.tr("About the model"))
        self.chooser.setMaximumWidth(40 * SPACE)
        label = Label(self.tr("Model"))
        label.setBuddy(self.chooser)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for widget, stretch in ((label, 0), (self.chooser, 2), (self.ten_views, 0), (self.about, 3)):
            layout.addWidget(widget, stretch)
