"""A bar that shows which share of something is done."""

import math

from PySide6.QtWidgets import QProgressBar, QWidget

PARTS = 1000  # of the bar


class ShareBar(QProgressBar):
    """Without a text in it; whoever uses it says in words what is done."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, textVisible=False)
        self.setRange(0, PARTS)

    def show_share(self, share: float | None) -> None:
        """``share`` is 0 to 1, None while it is not known how much there is to do. What a file of others says beyond
        these is shown as the nearest of them.
        """
        known = share is not None and not math.isnan(share)
        self.setRange(0, PARTS if known else 0)
        if share is not None and known:
            self.setValue(round(min(max(share, 0.0), 1.0) * PARTS))
