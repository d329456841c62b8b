"""Asks how pictures are to be put into folders, and shows what would be done before anything is."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import TEXT, Label, one_line, set_tip, set_title
from alexnet_app.ui.theme import SPACE, make_primary

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class FilingChoice:
    """What the person chose: the key of a ``scope``, a folder, move or copy, only pictures with a corrected class, the
    folder of what is not sure ("" leaves it), and the least probability (0 to 1) of what is sure.
    """

    scope: str
    target: str
    moves: bool
    only: bool
    not_sure: str
    least: float


class FilingDialog(QDialog):
    """``changed`` when something else was chosen, ``browsed`` when a folder is to be looked for, ``agreed`` when it is
    to be done.
    """

    changed = Signal()
    browsed = Signal()
    agreed = Signal()

    def __init__(self, parent: QWidget, scopes: Sequence[tuple[str, str]]) -> None:
        """``scopes`` are keys with the words for them."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_title(self, self.tr("Put pictures into folders"))
        self.scope, self.target, self.browse = EntryBox(), QLineEdit(), QPushButton(self.tr("Browse…"))
        for key, text in scopes:
            self.scope.addItem(text, key)
        self.copies, self.moves = QRadioButton(self.tr("Copy")), QRadioButton(self.tr("Move"))
        self.copies.setChecked(True)
        self.only = QCheckBox(self.tr("Only pictures whose class you corrected"))
        self.apart = QCheckBox(self.tr("Put those that are not sure into the folder"))
        self.not_sure, self.least = QLineEdit(self.tr("not sure")), QSpinBox()
        self.least.setSuffix(self.tr(" %"))
        self.least.setMaximum(100)
        self.preview, self.remark = QTableWidget(0, 2), Label(wordWrap=True)
        self.file, self.close_button = QPushButton(), QPushButton(self.tr("Close"))
        self._name()
        self._lay_out()
        self._connect()
        self.resize(70 * SPACE, 68 * SPACE)
        self.expect()

    def choice(self) -> FilingChoice:
        """What is chosen now."""
        name = self.not_sure.text().strip() if self.apart.isChecked() else ""
        target = self.target.text().strip()
        return FilingChoice(
            self.scope.currentData(),
            target,
            self.moves.isChecked(),
            self.only.isChecked(),
            name,
            self.least.value() / 100,
        )

    def expect(self) -> None:
        """What would be done is not known yet."""
        self._allow(0, self.tr("The preview is not ready yet"))

    def show_plan(self, counts: Sequence[tuple[str, int]], stay: int) -> None:
        """How many pictures would go into each folder, and how many ``stay`` where they are."""
        self.preview.setRowCount(len(counts))
        for row, (name, count) in enumerate(counts):
            number = QTableWidgetItem(local(f"{count:,}"))
            number.setTextAlignment(RIGHT)
            item = QTableWidgetItem(one_line(name))
            set_tip(item, one_line(name, TEXT))
            self.preview.setItem(row, 0, item)
            self.preview.setItem(row, 1, number)
        total = sum(count for _, count in counts)
        folders = self.tr("1 folder") if len(counts) == 1 else self.tr("{count} folders")
        text = self.tr("Into {folders}. No file is overwritten.")
        if stay:
            text = self.tr("Into {folders}; {stay} of the pictures stay where they are. No file is overwritten.")
        if stay == 1:
            text = self.tr("Into {folders}; 1 picture stays where it is. No file is overwritten.")
        values = {"folders": folders.format(count=local(f"{len(counts):,}")), "stay": local(f"{stay:,}")}
        self.remark.setText(text.format(**values))
        self._allow(total, self.tr("No picture would go anywhere"))

    def show_reason(self, reason: str) -> None:
        """Why there is no preview."""
        self.preview.setRowCount(0)
        self.remark.setText(reason)
        self._allow(0, reason)

    def _allow(self, count: int, otherwise: str) -> None:
        moves = self.moves.isChecked()
        text = self.tr("Move {count} pictures") if moves else self.tr("Copy {count} pictures")
        if count == 1:
            text = self.tr("Move 1 picture") if moves else self.tr("Copy 1 picture")
        plain = self.tr("Move") if moves else self.tr("Copy")
        self.file.setText(text.format(count=local(f"{count:,}")) if count else plain)
        self.file.setEnabled(count > 0)
        set_tip(self.file, "" if count else otherwise)

    def _name(self) -> None:
        self.target.setPlaceholderText(self.tr("A new folder, or one that is there"))
        for widget, name in (
            (self.target, self.tr("Target folder")),
            (self.not_sure, self.tr("Folder of pictures that are not sure")),
            (self.preview, self.tr("Pictures in each folder")),
            (self.scope, self.tr("Which pictures")),
            (self.least, self.tr("Not sure below a probability of")),
        ):
            widget.setAccessibleName(name)

    def _lay_out(self) -> None:
        number = QTableWidgetItem(self.tr("Pictures"))
        number.setTextAlignment(RIGHT)
        self.preview.setHorizontalHeaderItem(0, QTableWidgetItem(self.tr("Folder")))
        self.preview.setHorizontalHeaderItem(1, number)
        self.preview.verticalHeader().hide()
        self.preview.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.preview.horizontalHeader().setHighlightSections(False)
        self.preview.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.preview.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.preview.setShowGrid(False)
        self.preview.setTabKeyNavigation(False)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setSpacing(SPACE)
        form.addRow(self.tr("Pictures"), self.scope)
        form.addRow("", self.only)
        form.addRow(self.tr("Into"), _line(self.target, self.browse))
        form.addRow(self.tr("How"), _line(self.copies, self.moves, None))
        form.addRow(self.tr("Not sure"), _line(self.apart, self.not_sure))
        form.addRow("", _line(Label(self.tr("Not sure below a probability of")), self.least, None))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * SPACE, 2 * SPACE, 2 * SPACE, 2 * SPACE)
        layout.setSpacing(SPACE)
        layout.addLayout(form)
        layout.addWidget(self.preview, stretch=1)
        layout.addWidget(self.remark)
        layout.addLayout(_line(None, self.close_button, self.file))
        make_primary(self.file)
        self.close_button.setMinimumHeight(self.file.minimumHeight())
        self.file.setDefault(True)

    def _connect(self) -> None:
        self.not_sure.setEnabled(False)
        set_tip(self.not_sure, self.tr("Those that are not sure stay where they are"))
        self.apart.toggled.connect(self.not_sure.setEnabled)
        for signal in (
            self.scope.activated,
            self.target.textChanged,
            self.moves.toggled,
            self.only.toggled,
            self.apart.toggled,
            self.not_sure.textChanged,
            self.least.valueChanged,
        ):
            signal.connect(self.changed)
        self.changed.connect(self.expect)
        self.browse.clicked.connect(self.browsed)
        self.close_button.clicked.connect(self.reject)
        self.file.clicked.connect(self.agreed)


def _line(*widgets: QWidget | None) -> QHBoxLayout:
    """``widgets`` beside each other; None is room."""
    line = QHBoxLayout()
    line.setSpacing(SPACE)
    for each in widgets:
        line.addStretch() if each is None else line.addWidget(each)
    return line
