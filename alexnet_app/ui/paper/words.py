"""The words of the Paper panel for numbers and states."""

from collections.abc import Sequence

from PySide6.QtCore import QObject

from alexnet_app.core.events import Estimated
from alexnet_app.core.experiments.experiment import Experiment, NamedRun
from alexnet_app.core.experiments.sizes import size_lines
from alexnet_app.core.runs.state import Phase
from alexnet_app.ui.messages import lines
from alexnet_app.ui.paper.state import PaperState
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.wording import duration, size
from alexnet_app.ui.speed import EndTime


class PaperWords(QObject):
    """Texts ready to be read."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._end = EndTime()

    def detail(self, experiment: Experiment, state: PaperState | None, *, is_on: bool) -> str:
        """The second line of an experiment in the list."""
        if state is None or (state.finding is None and not is_on):
            return experiment.where
        if is_on:
            return self.tr("running, {done:.0f} %").format(**shown(done=100 * state.share()))
        return self.tr("measured (quick look)") if state.finding and state.finding.quick else self.tr("measured")

    def where(self, state: PaperState) -> str:
        """Where a running experiment stands."""
        if not state.total:
            return self.tr("begins")
        run = self.tr("run {index} of {total}, {name}").format(index=state.index, total=state.total, name=state.name)
        if state.run.phase in (Phase.WAITING, Phase.PREPARING):
            return self.tr("{run} · reading the images").format(run=run)
        epoch = min(state.run.epoch + 1, state.run.epochs)
        return self.tr("{run} · epoch {epoch:,} of {epochs:,}").format(
            **shown(run=run, epoch=epoch, epochs=state.run.epochs)
        )

    def rest(self, state: PaperState) -> str:
        """The remaining time; empty while it is not known."""
        return self._end.left(state.remaining_seconds(), waits=state.run.phase == Phase.PAUSED)

    def standing(self, state: PaperState | None) -> str:
        """How an experiment that does not run stands."""
        if state is None:
            return self.tr("not measured yet")
        return self.tr("measured") if state.finding is not None else self.tr("stopped early")

    def headline(self, title: str, state: PaperState) -> str:
        """What the window's corner says."""
        if not state.total:
            return title
        return self.tr("{title} · run {index} of {total}").format(title=title, index=state.index, total=state.total)

    def takes(self, event: Estimated, planned: Sequence[NamedRun]) -> str:
        """What the missing runs will take, the preset that all runs start from, and how large their networks are."""
        return "\n".join((self._takes(event, planned[0].config.preset), *size_lines(planned)))

    def _takes(self, event: Estimated, preset: str) -> str:
        if not event.seconds:
            return self.tr("All runs are finished. Start only reads their results again.")
        text = self.tr("At most about {time}, {memory} of memory, {disk} of disk space").format(
            time=duration(event.seconds), memory=size(event.memory_bytes), disk=size(event.disk_bytes)
        )
        text = self.tr("{what}; from the preset {preset}").format(what=text, preset=preset)
        return "\n".join((text, *lines(event.advice)))
