"""The line above a plot: its title and, for each curve, how it is drawn, its name and its value."""

import math

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from alexnet_app.ui.parts.plain import Label, one_line, set_tip
from alexnet_app.ui.theme import SPACE, Colours

GAP = SPACE // 2
LONGEST = 20 * SPACE  # pixels of a name
WIDE = 60 * SPACE  # from here on titles and read-outs are written out


class Sign(QWidget):
    """How a curve or a mark is drawn: "solid", "dashed" or "dotted", maybe with "points" or "squares"; "diamond" and
    "triangle" are marks.
    """

    def __init__(self, form: str) -> None:
        super().__init__()
        self._form = form
        self._colour = QColor()
        self.setFixedSize(self.sizeHint())

    def sizeHint(self) -> QSize:
        """Room for a line and two of its dashes; less for a mark."""
        return QSize(3 * SPACE if self._lines() else SPACE + 2, 2 * SPACE)

    def _lines(self) -> bool:
        return self._form not in ("diamond", "triangle")

    def set_colour(self, colour: QColor) -> None:
        """Draws in ``colour``."""
        self._colour = colour
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the sign in its middle."""
        painter = QPainter(self)
        middle = QPointF(self.width() / 2, self.height() / 2)
        if self._lines():
            pen = QPen(self._colour, 2)
            if "dashed" in self._form:
                pen.setDashPattern([2, 1.5])
            elif "dotted" in self._form:
                pen.setDashPattern([1, 1])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(0, middle.y()), QPointF(self.width(), middle.y()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colour)
        painter.drawPolygon(QPolygonF.fromList([middle + corner * SPACE / 2 for corner in self._corners()]))

    def _corners(self) -> list[QPointF]:
        if "diamond" in self._form:
            return [QPointF(0, -1.2), QPointF(1.2, 0), QPointF(0, 1.2), QPointF(-1.2, 0)]
        if "triangle" in self._form:
            return [QPointF(-1, 0.8), QPointF(0, -1), QPointF(1, 0.8)]
        if "squares" in self._form:
            return [QPointF(-0.8, -0.8), QPointF(0.8, -0.8), QPointF(0.8, 0.8), QPointF(-0.8, 0.8)]
        if "points" in self._form:
            turns = (math.tau * part / 16 for part in range(16))
            return [QPointF(0.9 * math.cos(turn), 0.9 * math.sin(turn)) for turn in turns]
        return []


class LegendEntry(QWidget):
    """A sign, a name and a value that keeps its width; ``widest`` is the widest value, empty if there is none."""

    def __init__(self, form: str, name: str, widest: str = "") -> None:
        super().__init__()
        self._sign, self._name, self._value = Sign(form), Label(), Label()
        self._full_name = one_line(name)
        self._value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._value_width = self.fontMetrics().horizontalAdvance(widest) if widest else 0
        self._value.setFixedSize(self._value_width, self._value.sizeHint().height())  # no value moves anything else
        self._value.setAccessibleName(name)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(GAP)
        for part in (self._sign, self._name, self._value):
            line.addWidget(part)
        self.set_value("")
        self.fit(with_value=True)

    @property
    def full_name(self) -> str:
        """Its name, also where there is no room for all of it."""
        return self._full_name

    def set_name(self, name: str) -> None:
        """Another name; its tooltip tells it whole."""
        self._full_name = one_line(name)
        set_tip(self._name, name)

    def set_value(self, value: str) -> None:
        """What the curve is at the mouse, or now; a dash if that is not known."""
        self._value.setText((value or "–") if self._value_width else "")

    def room(self, *, with_value: bool) -> int:
        """The width that it takes, in pixels, with the gap to the next one."""
        name = min(self.fontMetrics().horizontalAdvance(self._full_name), LONGEST) + 1
        value = GAP + self._value_width if with_value and self._value_width else 0
        return self._sign.width() + GAP + name + value + 2 * SPACE

    def fit(self, *, with_value: bool, missing: int = 0) -> None:
        """Cuts its name to what it should be, less ``missing`` pixels."""
        name = min(self.fontMetrics().horizontalAdvance(self._full_name), LONGEST) + 1 - missing
        self._name.setText(self.fontMetrics().elidedText(self._full_name, Qt.TextElideMode.ElideMiddle, name))
        self._name.setFixedWidth(max(name, 0))
        self._value.setVisible(with_value and self._value_width > 0)

    def text(self) -> str:
        """Name and value."""
        return f"{self._name.text()} {self._value.text()}".strip()

    def set_colour(self, colour: QColor) -> None:
        """Draws its sign in ``colour``."""
        self._sign.set_colour(colour)


class Legend(QWidget):
    """A title and entries. Those that are not ``needed`` give way where there is no room."""

    def __init__(self, title: str, short_title: str) -> None:
        super().__init__()
        self._titles = title, short_title
        self._title = Label(title)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._entries: list[tuple[LegendEntry, str, bool]] = []
        self._absent: set[LegendEntry] = set()
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(SPACE, 0, SPACE, 0)
        self._line.setSpacing(2 * SPACE)
        self._line.addWidget(self._title)
        self._line.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def title(self) -> str:
        """Its title, with the unit."""
        return self._titles[0]

    def set_titles(self, title: str, short_title: str) -> None:
        """Another title."""
        self._titles = title, short_title
        self.make_room()

    def add(self, form: str, role: str, name: str, widest: str = "", *, needed: bool = False) -> LegendEntry:
        """An entry in the theme's colour ``role``."""
        entry = LegendEntry(form, name, widest)
        self._entries.append((entry, role, needed))
        self._line.addWidget(entry)
        return entry

    def set_present(self, entry: LegendEntry, *, present: bool) -> None:
        """Whether there is anything that ``entry`` explains."""
        if present == (entry in self._absent):
            (self._absent.discard if present else self._absent.add)(entry)
            self.make_room()

    def paint_in(self, colours: Colours) -> None:
        """Takes the colours of the theme."""
        for entry, role, _ in self._entries:
            entry.set_colour(getattr(colours, role))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Uses the new width."""
        super().resizeEvent(event)
        self.make_room()

    def make_room(self) -> None:
        """Shows what there is room for: what is needed rather without values, or with the last name cut, than not."""
        self._title.setText(self._titles[self.width() < WIDE])
        room = self.width() - 2 * SPACE - self._title.sizeHint().width()
        present = [(entry, is_needed) for entry, _, is_needed in self._entries if entry not in self._absent]
        needed = [entry for entry, is_needed in present if is_needed]
        values = sum(entry.room(with_value=True) for entry in needed) <= room
        room -= sum(entry.room(with_value=values) for entry in needed)
        for entry, _ in present:
            entry.fit(with_value=values, missing=max(-room, 0) if needed and entry is needed[-1] else 0)
        for entry, is_needed in present:
            room -= 0 if is_needed else entry.room(with_value=values)
            entry.setVisible(is_needed or room >= 0)
        for entry in self._absent:
            entry.hide()
