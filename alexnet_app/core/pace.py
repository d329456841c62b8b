"""How often long jobs report."""

import time

PERIOD = 0.05  # seconds: 20 reports a second look smooth and cost nothing


class Pace:
    """Lets the first report through and then one in ``period`` seconds at most."""

    def __init__(self, period: float | None = None) -> None:
        self._period = PERIOD if period is None else period
        self._last = float("-inf")

    def due(self) -> bool:
        """Whether to report now; if so, the period starts again."""
        now = time.monotonic()
        if now - self._last < self._period:
            return False
        self._last = now
        return True
