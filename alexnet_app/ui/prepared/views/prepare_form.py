"""What to prepare: which pictures, how large, kept how; and what that will take."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPalette
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from alexnet_app.ui.parts.form.editors import ChoiceBox
from alexnet_app.ui.parts.form.path_box import DataBox
from alexnet_app.ui.parts.plain import Label, set_tip, set_title
from alexnet_app.ui.parts.screens import begin_with
from alexnet_app.ui.theme import SPACE, colours, make_primary

FIRST_SIZE = QSize(72 * SPACE, 30 * SPACE)


class PrepareForm(QDialog):
    """``changed`` after each change, ``begun`` when the person wants what is entered to be prepared."""

    changed = Signal()
    begun = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        set_title(self, self.tr("Prepare images"))
        self._is_error = False
        self.data, self.side, self.storage = DataBox(), ChoiceBox(), ChoiceBox()
        self._told = Label(wordWrap=True)
        self._told.setAccessibleName(self.tr("Disk space needed"))
        self.start, self.cancel = QPushButton(self.tr("Prepare")), QPushButton(self.tr("Cancel"))
        self._lay_out()
        self.setAcceptDrops(True)
        for control in (self.data, self.side, self.storage):
            control.finished.connect(self.changed)
        self.start.clicked.connect(self._begin)
        self.cancel.clicked.connect(self.reject)
        begin_with(self, FIRST_SIZE)
        self.tell("", why_not=self.tr("Choose the images first"))

    def _lay_out(self) -> None:
        grid, buttons = QGridLayout(), QHBoxLayout()
        grid.setHorizontalSpacing(2 * SPACE)
        grid.setVerticalSpacing(SPACE)
        grid.setColumnStretch(1, 1)
        for row, (text, control, meaning) in enumerate(
            (
                (self.tr("Images"), self.data, self.tr("A folder with a sub-folder for each class, or an archive")),
                (
                    self.tr("Size"),
                    self.side,
                    self.tr("The shorter side is scaled to this size and the centre is cropped"),
                ),
                (self.tr("Store as"), self.storage, self.tr("Raw is faster to read, JPEG takes less space")),
            )
        ):
            label = Label(text)
            label.setBuddy(control)
            control.setAccessibleName(text)
            set_tip(control, meaning)
            grid.addWidget(label, row, 0)
            grid.addWidget(control, row, 1)
        buttons.setSpacing(SPACE)
        buttons.addStretch()
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.start)
        self.start.setDefault(True)
        self.cancel.setMinimumHeight(5 * SPACE)  # as high as the one beside it
        self._told.setMinimumHeight(3 * self._told.fontMetrics().lineSpacing())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(2 * SPACE)
        layout.addLayout(grid)
        layout.addWidget(self._told)
        layout.addStretch()
        layout.addLayout(buttons)

    def offer(
        self,
        data: Sequence[tuple[str, str]],
        sides: Sequence[tuple[str, str]],
        storages: Sequence[tuple[str, str]],
        first: tuple[str, int, str],
    ) -> None:
        """What there is to choose from, values and labels, and what is chosen at first."""
        where, side, storage = first
        for control, choices, value in (
            (self.data, data, where),
            (self.side, sides, str(side)),
            (self.storage, storages, storage),
        ):
            control.set_choices(tuple(choices))
            control.write(value)

    def values(self) -> tuple[str, int, str]:
        """Data set, side in pixels, storage."""
        return str(self.data.read()), int(str(self.side.read())), str(self.storage.read())

    def tell(self, text: str, *, is_error: bool = False, why_not: str = "") -> None:
        """What it will take, or what is wrong; ``why_not`` says why it cannot be begun."""
        self._told.setText(text)
        self._is_error = is_error
        self.start.setEnabled(not why_not)
        set_tip(self.start, why_not)
        self._paint()

    def text(self) -> str:
        """What is told."""
        return self._told.text()

    def _begin(self) -> None:
        self.accept()
        self.begun.emit()

    def _paint(self) -> None:
        palette = QPalette(self.palette())
        palette.setColor(QPalette.ColorRole.Window, colours(self).error)
        if not self._is_error:
            palette.setColor(QPalette.ColorRole.WindowText, colours(self).faint)
        self._told.setAutoFillBackground(self._is_error)
        self._told.setMargin(SPACE // 2 if self._is_error else 0)
        self._told.setPalette(palette)
        make_primary(self.start)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "start"):
            self._paint()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcomes one folder or archive."""
        if _dropped(event, self.data):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Takes it as the pictures."""
        event.acceptProposedAction()
        self.data.take(_dropped(event, self.data))


def _dropped(event: QDropEvent, data: DataBox) -> str:
    paths = [url.toLocalFile() for url in event.mimeData().urls()]
    return paths[0] if len(paths) == 1 and data.takes(paths[0]) else ""
