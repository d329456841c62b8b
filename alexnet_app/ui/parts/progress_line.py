"""What lines that tell of work have in common: where it stands, a bar, how fast it is, how long still."""

import re
from collections.abc import Iterator, Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QSizePolicy, QWidget

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.plain import TEXT, one_line
from alexnet_app.ui.parts.share_bar import ShareBar
from alexnet_app.ui.theme import SPACE


class PlaceLabel(ElidedLabel):
    """A text's place: as wide as the widest text of its kind, so that nothing jumps; narrower where it must be.

    Texts that begin with the same word, or with a number, are of one kind. A text that has room in its place is drawn
    without a word to the layouts around it: they would lay out the whole window anew, several times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._widest, self._kind, self._said = 0, "", ""
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def text(self) -> str:
        """What is said."""
        return self._said

    def tell(self, text: str) -> None:
        """Shows ``text``; an empty one gives the place back."""
        text = one_line(text, TEXT)
        if text == self._said:
            return
        first = text.partition(" ")[0]
        kind = first if first.isalpha() else ""
        self._said = text
        if text and kind == self._kind and self.fontMetrics().horizontalAdvance(text) <= self._widest:
            self._explain()
            self.update()
            return
        self.show_text(text)
        self._widest = max(self._widest if kind == self._kind and text else 0, super().sizeHint().width())
        self._kind = kind
        self.updateGeometry()

    def fitting(self) -> str:
        """Whole parts of the text, such as the epoch without the step; whole words of the first where not even that
        fits: half a word or number says something else.
        """
        metrics = self.fontMetrics()
        return next((each for each in _shorter(self._said) if metrics.horizontalAdvance(each) <= self.width()), "")

    def sizeHint(self) -> QSize:
        """Room for the widest text."""
        hint = super().sizeHint()
        return QSize(max(self._widest, hint.width()), hint.height())


def _shorter(text: str) -> Iterator[str]:
    """``text``, then with fewer and fewer of its parts, then with fewer and fewer words of the first one."""
    yield text
    ends = [found.start() for found in re.finditer(" · |, ", text)]
    yield from (text[:end] for end in reversed(ends))
    first = text[: ends[0]] if ends else text
    for end in reversed([found.start() for found in re.finditer(" ", first)]):
        if first[end - 1].isalpha():  # "epoch 12…" would be another epoch
            yield f"{first[:end]}…"


class ProgressLine(QWidget):
    """Texts come ready to be read; ``names`` are those of its four parts, for a screen reader. Where not all have room
    the speed is left out first, then of the remaining time what stands behind a comma, then all of it.
    """

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._where, self._speed, self._rest = PlaceLabel(), PlaceLabel(), PlaceLabel()
        self._whole_rest, self._longest_rest, self._is_short = "", 0, False
        self._bar = ShareBar()
        self._bar.setMinimumWidth(8 * SPACE)
        self._bar.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        parts = (self._where, self._bar, self._speed, self._rest)
        for part, name in zip(parts, names, strict=True):
            part.setAccessibleName(name)
        for label in (self._speed, self._rest):
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._outer = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._line = QHBoxLayout()
        self._line.setSpacing(SPACE)
        self._outer.setSpacing(SPACE // 2)
        self._behind: list[QWidget] = []
        self._outer.addLayout(self._line, stretch=1)
        for part in parts:
            self._line.addWidget(part, stretch=1 if part is self._bar else 0)

    def add_behind(self, widget: QWidget) -> None:
        """Puts ``widget`` at the end of the line."""
        self._behind.append(widget)
        self._line.addWidget(widget)

    def show_progress(self, where: str, share: float | None, speed: str = "", rest: str = "") -> None:
        """``share`` is 0 to 1, None while it is not known how much there is to do."""
        self._bar.show_share(share)
        self._whole_rest = rest
        for label, text in ((self._where, where), (self._speed, speed)):
            label.tell(text)
        self._bar.setAccessibleDescription(where)
        self._leave_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """There may be room for more, or for less."""
        super().resizeEvent(event)
        self._leave_out()

    def _leave_out(self) -> None:
        taken = self._where.sizeHint().width() + 8 * SPACE  # the bar is never narrower
        taken += sum(each.minimumSizeHint().width() for each in self._behind) + (3 + len(self._behind)) * SPACE
        room = self._line.geometry().width() - taken
        self._tell_rest(room)
        for label in (self._rest, self._speed):
            room -= label.sizeHint().width()
            if label.isHidden() is not (room < 0):
                label.setVisible(room >= 0)

    def _tell_rest(self, room: int) -> None:
        """How long still, and until when where there is room for the longest that was said of that."""
        whole = self._whole_rest
        short = whole.partition(", ")[0]
        needed = self.fontMetrics().horizontalAdvance(whole) + SPACE // 2
        self._longest_rest = max(self._longest_rest, needed) if whole else 0
        is_short = self._longest_rest > room
        if is_short is not self._is_short:
            self._is_short = is_short
            self._rest.tell("")  # gives the place of the longer one back
        self._rest.tell(short if is_short else whole)
