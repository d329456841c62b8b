"""The headline numbers of evaluations, side by side; the one that is chosen is shown in detail."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from alexnet_app.ui.parts.plain import set_tip
from alexnet_app.ui.theme import SPACE, colours

LARGE = 1.8  # times the window's font
WIDTH = 36 * SPACE


@dataclass(frozen=True, slots=True)
class ShownScore:
    """One evaluation in a few words: ``title`` such as "Ten views", ``number`` "13.36 %", ``spread`` "± 0.34",
    ``detail`` the line below; ``meaning`` is told when the pointer rests on it.
    """

    title: str
    number: str
    spread: str
    detail: str
    meaning: str


class ScoreCard(QAbstractButton):
    """A score that can be chosen."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._score = ShownScore("", "", "", "", "")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_score(self, score: ShownScore) -> None:
        """Another score."""
        self._score = score
        words = (score.title, score.number, score.spread)
        self.setText(" ".join(words))
        self.setAccessibleDescription(score.detail)
        set_tip(self, "\n".join((score.title, score.detail, score.meaning)))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Room for its three lines."""
        widest = max(map(self.fontMetrics().horizontalAdvance, (self._score.title, self._score.detail)))
        least = self.minimumSizeHint()
        return QSize(max(WIDTH, widest + 3 * SPACE, least.width()), least.height())

    def minimumSizeHint(self) -> QSize:
        """Room for the number, which is never cut; what is cut is in the tooltip."""
        small, large = self.fontMetrics(), QFontMetrics(self._large())
        first = large.horizontalAdvance(self._score.number) + SPACE + small.horizontalAdvance(self._score.spread)
        return QSize(first + 3 * SPACE, large.height() + 2 * small.height() + 2 * SPACE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draws the card; the chosen one has a frame in the accent's colour."""
        painter, drawn = QPainter(self), colours(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen, focused = self.isChecked(), self.hasFocus()
        painter.setBrush(drawn.paper)
        painter.setPen(QPen(drawn.accent if chosen or focused else drawn.grid, 1 + chosen + focused))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 4, 4)
        room = self.rect().adjusted(SPACE + SPACE // 2, SPACE, -SPACE, -SPACE)
        small, large = self.fontMetrics(), QFontMetrics(self._large())
        painter.setPen(drawn.faint)
        line = QRect(room.left(), room.top(), room.width(), small.height())
        for text, top in ((self._score.title, line.top()), (self._score.detail, room.bottom() - line.height() + 1)):
            line.moveTop(top)
            painter.drawText(line, 0, small.elidedText(text, Qt.TextElideMode.ElideRight, line.width()))
        baseline = room.top() + small.height() + large.ascent()
        spread = room.left() + large.horizontalAdvance(self._score.number) + SPACE
        painter.drawText(spread, baseline, self._score.spread)
        painter.setPen(drawn.text)
        painter.setFont(self._large())
        painter.drawText(room.left(), baseline, self._score.number)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme and the font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self.updateGeometry()
            self.update()

    def _large(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * LARGE)
        return font


class ScoreCards(QWidget):
    """A row of scores. ``chosen`` tells the place of the one that was clicked."""

    chosen = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._cards: list[ScoreCard] = []
        self._group = QButtonGroup(self)
        self._group.idClicked.connect(self.chosen)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(SPACE)
        self._row.addStretch()

    def show_scores(self, scores: Sequence[ShownScore], chosen: int) -> None:
        """These, the one at ``chosen`` in its frame."""
        for place in range(len(self._cards), len(scores)):
            card = ScoreCard()
            self._group.addButton(card, place)
            self._row.insertWidget(place, card)
            self._cards.append(card)
        for place, card in enumerate(self._cards):
            card.setVisible(place < len(scores))
            if place < len(scores):
                card.show_score(scores[place])
        if scores:
            self._cards[chosen].setChecked(True)

    def texts(self) -> list[str]:
        """What the cards say."""
        return [card.text() for card in self._cards if not card.isHidden()]
