"""The two small windows of the main window: what is asked when it is closed during a training, and About."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QMessageBox, QSizePolicy, QSpacerItem, QWidget

from alexnet_app.ui.theme import SPACE

LEAST = 50 * SPACE  # pixels: the frame cuts a title that is wider than what is in it


class LeaveQuestion(QMessageBox):
    """``leave_wanted``: the person wants to stop the run, save it, and leave. All else keeps the window open."""

    leave_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle(self.tr("A run is being trained"))
        self.setText(self.tr("A run is being trained."))
        self.setInformativeText(self.tr("It can be saved and resumed later, or the window stays open and it goes on."))
        self._leave = self.addButton(self.tr("Stop and save"), QMessageBox.ButtonRole.AcceptRole)
        stay = self.addButton(self.tr("Keep training"), QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(stay)
        self.setEscapeButton(stay)
        _widen(self)
        self.finished.connect(self._tell)

    def _tell(self, _: int) -> None:
        if self.clickedButton() is self._leave:
            self.leave_wanted.emit()


class About(QMessageBox):
    """Says what the program is."""

    def __init__(self, parent: QWidget, version: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About AlexNet App"))
        self.setText(self.tr("AlexNet App {version}").format(version=version))
        self.setInformativeText(
            self.tr(
                "Train the network of Krizhevsky, Sutskever and Hinton (2012), watch it learn, show it pictures, and "
                "see what each of its two towers has learned."
            )
        )
        _widen(self)


def _widen(box: QMessageBox) -> None:
    """Gives ``box`` room for its title; it is always as wide as its layout needs and heeds no minimum of its own."""
    layout = box.layout()
    assert isinstance(layout, QGridLayout)
    room = QSpacerItem(LEAST, 0, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
    layout.addItem(room, layout.rowCount(), 0, 1, layout.columnCount())
