"""Which steps are shown: all of them, or a stretch that the person chose."""

from dataclasses import dataclass


@dataclass(slots=True)
class Span:
    """The x range of the curves. ``whole`` grows with the run and is followed until a stretch of it is ``chosen``, at
    least ``least`` long.
    """

    whole: tuple[float, float] = (0.0, 100.0)
    chosen: tuple[float, float] | None = None
    least: float = 4.0  # steps; closer there is nothing to see

    @property
    def shown(self) -> tuple[float, float]:
        """The first and the last step in view."""
        return self.chosen or self.whole

    def choose(self, start: float, stop: float) -> None:
        """Shows ``start`` to ``stop``, within the run; the whole run if that is all of it."""
        low, high = self.whole
        length = max(stop - start, self.least)
        if length >= high - low:
            self.chosen = None
            return
        middle = (start + stop) / 2
        start = min(max(middle - length / 2, low), high - length)
        self.chosen = (start, start + length)

    def zoom(self, centre: float, factor: float) -> None:
        """Shows ``factor`` times as many steps; what is at ``centre`` stays where it is."""
        start, stop = self.shown
        self.choose(centre - (centre - start) * factor, centre + (stop - centre) * factor)

    def move(self, part: float) -> None:
        """Goes on by ``part`` of what is in view; backwards if that is negative."""
        start, stop = self.shown
        if self.chosen is not None:
            by = (stop - start) * part
            self.choose(start + by, stop + by)
