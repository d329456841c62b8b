"""What stands to the right of the plots when it is wanted: the legend of many runs, and the table of values."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSplitter, QToolButton, QVBoxLayout, QWidget

from alexnet_app.ui.curves.plot_actions import PlotActions
from alexnet_app.ui.curves.run_legend import RunLegend
from alexnet_app.ui.curves.sight import Which
from alexnet_app.ui.curves.values_view import ValuesPane
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.parts.turning_row import TurningRow
from alexnet_app.ui.theme import SPACE


class Beside(QSplitter):
    """``legend`` with the choice of curves above it, ``values`` below; each is hidden until it is wanted."""

    def __init__(self, actions: PlotActions, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.legend, self.values = RunLegend(), ValuesPane(actions.save_values)
        self.which = EntryBox()
        self.which.setAccessibleName(self.tr("Curves of compared runs"))
        set_tip(self.which, self.tr("Which curves of the compared runs to draw"))
        for which, text in (
            (Which.USUAL, self.tr("Training loss, validation error")),
            (Which.TRAINING, self.tr("Training")),
            (Which.VALIDATION, self.tr("Validation")),
            (Which.BOTH, self.tr("Training and validation")),
        ):
            self.which.addItem(text, str(which))
        self._runs = QWidget()
        layout = QVBoxLayout(self._runs)
        layout.setContentsMargins(SPACE // 2, 0, SPACE // 2, 0)
        layout.setSpacing(SPACE // 2)
        settings = self._button(actions.settings, self.tr("Settings…"))
        layout.addWidget(
            TurningRow(self.which, settings, lambda: self.which.sizeHint().width() + settings.sizeHint().width() + 4)
        )
        layout.addWidget(self.legend)
        self.addWidget(self._runs)
        self.addWidget(self.values)
        self.setChildrenCollapsible(False)
        self.show_parts(runs=False, values=False)

    def _button(self, action: QAction, text: str) -> QToolButton:
        button = QToolButton()
        action.setIconText(text)
        button.setDefaultAction(action)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        return button

    def show_parts(self, *, runs: bool, values: bool) -> None:
        """Shows what is wanted, itself only where anything is."""
        self._runs.setVisible(runs)
        self.values.setVisible(values)
        self.setVisible(runs or values)

    def curves(self) -> Which:
        """The curves that are drawn of compared runs."""
        return Which(self.which.currentData())

    def set_curves(self, which: str) -> None:
        """Draws others; ValueError for what there is not."""
        self.which.setCurrentIndex(self.which.findData(str(Which(which))))
        self.which.activated.emit(self.which.currentIndex())
