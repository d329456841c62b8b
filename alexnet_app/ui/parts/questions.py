"""Small windows: what is asked before something is given up, and About."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QSpacerItem, QWidget

from alexnet_app.ui.parts.plain import TEXT, Box, one_line, set_tip, set_title
from alexnet_app.ui.theme import SPACE

LEAST = 50 * SPACE  # pixels: the frame cuts a title that is wider than what is in it


class Question(Box):
    """``agreed``: the person pressed ``yes``. All else means ``no``, which is what Return and Escape do."""

    agreed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setIcon(Box.Icon.Question)
        self.yes = self.addButton("", Box.ButtonRole.AcceptRole)
        self.no = self.addButton("", Box.ButtonRole.RejectRole)
        self.setDefaultButton(self.no)
        self.setEscapeButton(self.no)
        self.finished.connect(self._tell)

    def word(self, title: str, sentence: str, more: str, yes: str, no: str) -> None:
        """What is asked, what is to be known before it is answered, and the two answers."""
        set_title(self, title)
        self.setText(one_line(sentence, TEXT))
        self.setInformativeText(more)
        self.yes.setText(yes)
        self.no.setText(no)
        _widen(self)  # now: each of its texts makes its layout anew

    def _tell(self, _: int) -> None:
        if self.clickedButton() is self.yes:
            self.agreed.emit()


class LeaveQuestion(Question):
    """Whether to stop the run, save it, and leave the window. ``kept_on``: leave it, and let the run go on without it;
    ``why_not`` is why it cannot.
    """

    kept_on = Signal()

    def __init__(self, parent: QWidget, why_not: str = "") -> None:
        super().__init__(parent)
        self.background = self.addButton("", Box.ButtonRole.AcceptRole)
        self.background.setText(self.tr("Keep training in the background"))
        self.background.setEnabled(not why_not)
        set_tip(self.background, why_not or self.tr("The next window shows it, and can pause and stop it"))
        self.word(
            self.tr("A run is in progress"),
            self.tr("A run is in progress."),
            self.tr("Save it now and resume it later, let it continue without the window, or keep the window open."),
            self.tr("Stop and save"),
            self.tr("Stay"),
        )

    def _tell(self, result: int) -> None:
        super()._tell(result)
        if self.clickedButton() is self.background:
            self.kept_on.emit()


class ReplaceQuestion(Question):
    """Whether to replace the file at ``path``."""

    def __init__(self, parent: QWidget, path: str) -> None:
        super().__init__(parent)
        self.word(
            self.tr("Replace the file?"),
            self.tr("{path} exists already.").format(path=path),
            self.tr("Its contents will be lost."),
            self.tr("Replace"),
            self.tr("Keep it"),
        )


class AboutBox(Box):
    """Says what the program is."""

    def __init__(self, parent: QWidget, version: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_title(self, self.tr("About AlexNet App"))
        self.setText(self.tr("AlexNet App {version}").format(version=version))
        self.setInformativeText(
            self.tr(
                "Train the network of Krizhevsky, Sutskever and Hinton (2012), watch it learn, classify pictures "
                "with it, and see what each of its two towers has learned."
            )
        )
        _widen(self)


def _widen(box: Box) -> None:
    """Gives ``box`` room for its title; it is always as wide as its layout needs and heeds no minimum of its own."""
    layout = box.layout()
    assert isinstance(layout, QGridLayout)
    room = QSpacerItem(LEAST, 0, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
    layout.addItem(room, layout.rowCount(), 0, 1, layout.columnCount())
