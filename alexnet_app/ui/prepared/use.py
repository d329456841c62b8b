"""Which prepared sets are used now, as far as this window's jobs tell."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from alexnet_app.ui.job import Jobs

if TYPE_CHECKING:
    from alexnet_app.core.data.prepared.shelf import PreparedSet

SLACK = 1.0  # seconds that the clock of a disk may be behind


class UseOfSets(QObject):
    """A job that reads or makes prepared sets uses all that were opened or written since it began.

    ``changed`` when such a job begins or is over.
    """

    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._since: dict[str, float] = {}
        self._reasons = {
            "training": self.tr("A run in progress uses it; stop the run first"),
            "experiment": self.tr("An experiment under Paper uses it; stop the experiment first"),
            "evaluation": self.tr("An evaluation uses it; cancel the evaluation first"),
            "preparing": self.tr("It is being prepared; cancel it first"),
        }
        jobs.changed.connect(self._follow)

    def why(self, each: "PreparedSet") -> str:
        """Why ``each`` is to be left alone; empty where nothing uses it."""
        for name, since in self._since.items():
            if not each.made or max(each.made, each.used) >= since - SLACK:
                return self._reasons[name]
        return ""

    def is_any(self) -> bool:
        """Whether there is such a job."""
        return bool(self._since)

    def why_nothing_new(self) -> str:
        """Why no set can be made: a training needs the processors, and may read what would be made anew."""
        if "training" in self._since:
            return self.tr("A run is in progress; stop it first")
        return self.tr("An experiment is running under Paper; stop it first") if "experiment" in self._since else ""

    def _follow(self) -> None:
        before, begun = self._since, self._jobs.begun()
        self._since = {name: since for name, since in begun.items() if name in self._reasons}
        if self._since != before:
            self.changed.emit()
