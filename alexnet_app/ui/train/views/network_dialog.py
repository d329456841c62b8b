"""A window beside the form: the layers of a network with what they cost, and in what it differs from the paper."""

from collections.abc import Sequence

from PySide6.QtCore import QSize
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog, QTabWidget, QVBoxLayout, QWidget

from alexnet_app.ui.parts.plain import Label, set_title
from alexnet_app.ui.parts.read_table import ReadTable
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.theme import SPACE

WORDS = 5  # columns of the layer table that are words; numbers follow
SHARES = (20, 22, 22, 36)  # of the width, for what, paper, here, why
FIRST_SIZE = QSize(148 * SPACE, 60 * SPACE)


class NetworkDialog(QDialog):
    """Two tables under a heading, to read, to select and to copy. It stays open while the form is used."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.heading = Label(wordWrap=True)
        self.note = Label(wordWrap=True)
        self.layers = ReadTable(
            (
                self.tr("Layer"),
                self.tr("Output"),
                self.tr("Kernels"),
                self.tr("Input"),
                self.tr("Then"),
                self.tr("Parameters"),
                self.tr("Outputs"),
                self.tr("Weights"),
                self.tr("Multiply-adds"),
            ),
            WORDS,
        )
        self.differences = ReadTable(
            (self.tr("Property"), self.tr("In the paper"), self.tr("Here"), self.tr("Why")), shares=SHARES
        )
        self.tabs = QTabWidget()
        self._lay_out()
        begin_with(self, FIRST_SIZE)

    def _lay_out(self) -> None:
        self.layers.setAccessibleName(self.tr("Layers"))
        self.differences.setAccessibleName(self.tr("Differences"))
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.layers, self.tr("Layers"))
        self.tabs.addTab(self.differences, self.tr("Differences"))
        self.note.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(self.heading)
        layout.addWidget(self.tabs, stretch=1)
        layout.addWidget(self.note)

    def show_network(
        self,
        title: str,
        about: str,
        layers: Sequence[Sequence[str]],
        totals: Sequence[str],
        differences: Sequence[Sequence[str]],
        note: str,
    ) -> None:
        """The network ``title``: a row a layer, their sums, a row a difference, and a note under the tables."""
        set_title(self, title)
        self.heading.setText(about)
        self.note.setText(note)
        self.layers.fill([*layers, totals], last_is_sum=True)
        self.differences.fill(differences)

    def show_problem(self, title: str, sentence: str) -> None:
        """Says why there is no network to show."""
        self.show_network(title, sentence, [], [], [], "")
