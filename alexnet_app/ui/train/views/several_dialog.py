"""Lists of values for a few settings: how many runs they make, and what these are called."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QGridLayout, QLineEdit, QListWidget, QVBoxLayout, QWidget

from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.plain import Label, one_line, set_title
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.theme import SPACE

LINES = 3
FIRST = ("learning_rate", "seed", "")  # the settings that are offered first


class SeveralDialog(QDialog):
    """``settings`` are the keys and names of what can be varied, ``values`` gives the one that a key has in the form.
    ``preview`` gives the names of the runs for the lists, each a text such as "seed=1..3", or raises ValueError with
    the sentence that says what is wrong. ``agreed`` tells the lists.
    """

    agreed = Signal(list)

    def __init__(
        self,
        settings: Sequence[tuple[str, str]],
        values: Callable[[str], str],
        preview: Callable[[list[str]], list[str]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Several runs"))
        self._values, self._preview = values, preview
        self.lines: list[tuple[EntryBox, QLineEdit]] = []
        self.said = Label(wordWrap=True)
        self.names = QListWidget()
        self.names.setAccessibleName(self.tr("The runs"))
        self._lay_out(settings)
        for box, _ in self.lines:
            box.currentIndexChanged.connect(self._chosen)
        for _, text in self.lines:
            text.textChanged.connect(self._look)
        self._chosen()
        begin_with(self, self.sizeHint().expandedTo(self.minimumSizeHint()))

    def _lay_out(self, settings: Sequence[tuple[str, str]]) -> None:
        grid = QGridLayout()
        grid.setSpacing(SPACE)
        for row in range(LINES):
            box, text = EntryBox(), QLineEdit()
            box.setAccessibleName(self.tr("Setting"))
            text.setAccessibleName(self.tr("Values"))
            box.addItem(self.tr("–"), "")
            for key, name in settings:
                box.addItem(name, key)
            box.setCurrentIndex(max(0, box.findData(FIRST[row])))
            text.setMinimumWidth(30 * SPACE)
            self.lines.append((box, text))
            grid.addWidget(box, row, 0)
            grid.addWidget(text, row, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add = buttons.addButton(self.tr("Add to queue"), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.agreed.emit(self.lists()))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        about = Label(
            self.tr(
                "A run for each combination: values with commas, whole numbers also as a range such as 1..3. All other "
                "settings are those of the form. Decimals are written with a point."
            ),
            wordWrap=True,
        )
        layout.addWidget(about)
        layout.addLayout(grid)
        layout.addWidget(self.said)
        layout.addWidget(self.names, stretch=1)
        layout.addWidget(buttons)

    def lists(self) -> list[str]:
        """The lists as they were entered: "learning_rate=0.01,0.003"."""
        found = [(str(box.currentData()), text.text().strip()) for box, text in self.lines]
        return [f"{key}={values}" for key, values in found if key and values]

    def _chosen(self) -> None:
        """A setting begins with the value that the form has."""
        for box, text in self.lines:
            key = str(box.currentData())
            text.setEnabled(bool(key))
            if key and not text.text():
                text.setText(self._values(key))
        self._look()

    def _look(self) -> None:
        try:
            names = self._preview(self.lists()) if self.lists() else []
            said = (
                self.tr("{count} runs").format(count=len(names)) if len(names) > 1 else self.tr("Name several values.")
            )
        except ValueError as error:
            names, said = [], str(error)
        self.said.setText(said)
        self.names.clear()
        self.names.addItems([one_line(name) for name in names])
        self.add.setEnabled(len(names) > 1)
