"""How each of many runs is drawn: its colour and its dashes, the same in every plot, legend and table."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from alexnet_app.ui.theme import Colours

# apart from the run in front (accent, second) and from the towers; the darker ones are for white, the lighter for dark
HUES = (
    ("#8a5a9e", "#c79bd8"),  # purple, as another run always was
    ("#b8530c", "#f0944d"),  # orange
    ("#b3265e", "#ff7fae"),  # pink
    ("#6b6f00", "#c9cc4a"),  # olive
    ("#00768f", "#4fc6df"),  # cyan
    ("#7a4a2b", "#c79a78"),  # brown
    ("#c0261c", "#ff8176"),  # red
)
DASHES = (  # in pixels of a line: drawn, left out, drawn …
    (),
    (6.0, 3.0),
    (2.0, 2.0),
    (8.0, 2.0, 2.0, 2.0),
)
FRONT = -1  # the look of the run in front


@dataclass(frozen=True, slots=True)
class CurveLook:
    """The look at ``place``: first the colours change, then the dashes; FRONT for the run in front."""

    place: int = FRONT

    def colour(self, drawn: Colours) -> QColor:
        """The colour on the theme's paper."""
        if self.place == FRONT:
            return drawn.accent
        light, dark = HUES[self.place % len(HUES)]
        return QColor(dark if drawn.paper.lightness() < 128 else light)

    @property
    def dashes(self) -> tuple[float, ...]:
        """The dash pattern; empty for a solid line."""
        return () if self.place == FRONT else DASHES[self.place // len(HUES) % len(DASHES)]

    @property
    def style(self) -> Qt.PenStyle:
        """The style of the pen."""
        return Qt.PenStyle.CustomDashLine if self.dashes else Qt.PenStyle.SolidLine


class Looks:
    """Which look each run has: one that is taken away and comes back has the same again."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def of(self, key: str, used: frozenset[int]) -> CurveLook:
        """The look of the run ``key``: the one that it had, else the first one that is not among ``used``."""
        place = self._places.get(key)
        if place is None or place in used:
            taken = used | frozenset(self._places.values()) if len(self._places) < len(HUES) * len(DASHES) else used
            place = next(place for place in range(len(taken) + 1) if place not in taken)
            self._places[key] = place
        return CurveLook(place)
