"""One kernel large, its parts and its numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.ui.parts.fact_table import FactTable
from alexnet_app.ui.parts.kernel_sheet import MARGIN, KernelSheet, Swatch, lone_sheet
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import Label
from alexnet_app.ui.theme import SPACE

LEAST, MOST = 15 * SPACE, 48 * SPACE  # pixels: the height of the picture


@dataclass(frozen=True, slots=True)
class Kernel:
    """What there is to see of one kernel.

    ``weights`` are fp32 (maps, height, width), ``maps`` their names. ``whole`` is the kernel in colour, uint8 (height,
    width, 3), where its maps are red, green and blue; ``slices`` each map in grey, uint8 (maps, height, width, 3).
    ``bias`` is None where it is not known. ``facts`` are further rows of the table: a label and a value each.
    """

    title: str
    colour: QColor
    weights: NDArray[np.float32]
    bias: float | None
    maps: Sequence[str]
    slices: NDArray[np.uint8]
    whole: NDArray[np.uint8] | None = None
    facts: Sequence[tuple[str, str]] = ()


class KernelView(QWidget):
    """A kernel of the first layer in colour and its three channels in grey, or a later layer's slices; its numbers.

    A pixel under the pointer tells its weights.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("The selected kernel"))
        self._kernel: Kernel | None = None
        self._placeholder = Label(self.tr("Select a kernel to enlarge it and read its values"))
        self._title = Label()
        self._swatch = Swatch(QColor())
        self._picture = lone_sheet(self.tr("The kernel, enlarged"))
        self._channels = [lone_sheet("") for _ in range(3)]
        self._names = [Label() for _ in range(3)]
        self._channel_row = QWidget()
        self._place, self._weight = Label(), Label()
        self._table = FactTable()
        self._pages = QStackedLayout(self)
        self._lay_out()
        self._picture.pointed.connect(self._point)
        for each in self._channels:
            each.pointed.connect(self._point_at_channel)
        self.clear()

    def show_kernel(self, kernel: Kernel) -> None:
        """Shows ``kernel``."""
        self._kernel = kernel
        self._title.setText(kernel.title)
        self._swatch.set_colour(kernel.colour)
        in_colour = kernel.whole is not None
        self._picture.set_pictures(kernel.slices if kernel.whole is None else kernel.whole[None])
        self._channel_row.setVisible(in_colour)
        if in_colour:
            for sheet, label, name, picture in zip(
                self._channels, self._names, kernel.maps, kernel.slices, strict=True
            ):
                label.setText(name)
                sheet.set_pictures(picture[None])
                sheet.setAccessibleName(name)
        self._table.show_rows([*kernel.facts, *self._figures(kernel)])
        self.setAccessibleDescription(kernel.title)
        self._point(-1, -1, -1)
        self._pages.setCurrentIndex(1)

    def clear(self) -> None:
        """Shows the placeholder."""
        self._kernel = None
        self.setAccessibleDescription(self._placeholder.text())
        self._pages.setCurrentIndex(0)

    def set_placeholder(self, text: str) -> None:
        """What is said while no kernel is shown."""
        self._placeholder.setText(text)

    def kernel(self) -> Kernel | None:
        """The kernel that is shown."""
        return self._kernel

    def rows(self) -> list[tuple[str, str]]:
        """The table as it is shown."""
        return self._table.rows() if self._kernel else []

    def told(self) -> str:
        """What is said of the pixel under the pointer."""
        return f"{self._place.text()}\n{self._weight.text()}"

    def picture(self) -> KernelSheet:
        """The large picture."""
        return self._picture

    def channels(self) -> list[KernelSheet]:
        """The three small ones."""
        return list(self._channels)

    def _lay_out(self) -> None:
        self._placeholder.setWordWrap(True)
        self._placeholder.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._placeholder.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._picture.setMinimumHeight(LEAST)
        self._weight.setFixedHeight(2 * QFontMetrics(self.font()).lineSpacing())  # nothing jumps when it fills
        self._weight.setWordWrap(True)
        self._weight.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._place.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE // 2)
        layout.addLayout(self._heading())
        layout.addWidget(self._picture, stretch=1000)
        layout.addWidget(self._channels_beside())
        for label in (self._place, self._weight):
            label.setContentsMargins(MARGIN, 0, MARGIN, 0)
            layout.addWidget(label)
        layout.addWidget(self._table)
        layout.addStretch(1)
        self._pages.addWidget(self._placeholder)
        self._pages.addWidget(page)

    def _heading(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(MARGIN, 0, MARGIN, 0)
        line.setSpacing(SPACE)
        line.addWidget(self._swatch)
        line.addWidget(self._title, stretch=1)
        return line

    def _channels_beside(self) -> QWidget:
        self._channel_row.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        grid = QGridLayout(self._channel_row)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.setHorizontalSpacing(SPACE // 2)
        for column, (sheet, name) in enumerate(zip(self._channels, self._names, strict=True)):
            name.setContentsMargins(MARGIN, 0, 0, 0)
            sheet.setFixedHeight(10 * SPACE)
            grid.addWidget(name, 0, column)
            grid.addWidget(sheet, 1, column)
        return self._channel_row

    def _figures(self, kernel: Kernel) -> list[tuple[str, str]]:
        weights = kernel.weights
        return [
            (self.tr("Largest weight"), signed(float(weights.max()))),
            (self.tr("Smallest weight"), signed(float(weights.min()))),
            (self.tr("Mean"), signed(float(weights.mean(dtype=np.float64)))),
            (self.tr("L2 norm"), plain(float(np.sqrt(np.square(weights, dtype=np.float64).sum())))),
            (self.tr("Bias"), self.tr("not kept") if kernel.bias is None else signed(kernel.bias)),
        ]

    def _point(self, picture: int, row: int, column: int) -> None:
        """Tells the weights of a pixel: of all colours at once, or of one map."""
        kernel = self._kernel
        if kernel is None or picture < 0:
            self._place.setText(self.tr("Point at a pixel to read its weight"))
            self._weight.setText("")
            return
        maps = range(len(kernel.maps)) if kernel.whole is not None else (picture,)
        self._tell(kernel, maps, row, column)

    def _point_at_channel(self, picture: int, row: int, column: int) -> None:
        if self._kernel is None or picture < 0:
            self._point(-1, -1, -1)
            return
        self._tell(self._kernel, [self._channels.index(self.sender())], row, column)  # type: ignore[arg-type]

    def _tell(self, kernel: Kernel, maps: Sequence[int], row: int, column: int) -> None:
        self._place.setText(self.tr("Row {row}, column {column}").format(row=row + 1, column=column + 1))
        parts = (f"{kernel.maps[each]} {signed(float(kernel.weights[each, row, column]))}" for each in maps)
        self._weight.setText("   ".join(parts))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keeps the picture about square, so that the numbers stay near it."""
        super().resizeEvent(event)
        self._picture.setMaximumHeight(max(LEAST, min(self.width(), MOST)))

    def sizeHint(self) -> QSize:
        """Wide enough for the table."""
        return QSize(36 * SPACE, super().sizeHint().height())


def scrolled(view: QWidget, width: int) -> QScrollArea:
    """``view`` in an area of at least ``width`` pixels that scrolls down where it is too high."""
    scroll = QScrollArea()
    scroll.setWidget(view)
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setMinimumWidth(width)
    return scroll


def plain(value: float) -> str:
    """Four digits behind the point, three that count of a small number, and a power of ten of a tiny one."""
    if value == 0 or value >= 1e-3:
        return local(f"{value:.4f}")
    if value >= 1e-6:
        return local(np.format_float_positional(value, precision=3, unique=False, fractional=False))
    return local(f"{value:.2e}").replace("-", "−")


def signed(value: float) -> str:
    """``value`` with its sign, the minus as wide as the plus."""
    sign = "−" if value < 0 else "+" if value > 0 else ""
    return f"{sign}{plain(abs(value))}"
