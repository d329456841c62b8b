"""What is said of a run that another machine writes: that there are no news, that its folder cannot be read, and that
it is back.
"""

from PySide6.QtCore import QObject, Signal

from alexnet_app.core.runs.afar import NewsAgain, NoNews, OutOfReach
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.parts.wording import duration


class FarRun(QObject):
    """``told`` brings a sentence for the banner, ``back`` one that takes its place for good."""

    told = Signal(str)
    back = Signal(str)

    def take(self, event: object) -> None:
        """Says what is to be said of ``event``; all others pass."""
        match event:
            case NoNews(seconds, step):
                text = self.tr("No news of this run for {time}; the last was of step {step:,}. It is still looked for.")
                self.told.emit(text.format(time=duration(seconds), **shown(step=step)))
            case OutOfReach(why, step):
                text = self.tr(
                    "The folder of this run cannot be read now ({why}); the last news was of step {step:,}. "
                    "It continues when the folder is back."
                )
                self.told.emit(text.format(why=one_line(why), **shown(step=step)))
            case NewsAgain():
                self.back.emit(self.tr("The folder of this run can be read again; it is followed on."))
