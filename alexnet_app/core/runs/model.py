"""The model of a run: the one that is judged, listed first and begun with where a run is named."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alexnet_app.core.events import CheckpointSaved, EpochDone, Event, ValidationJoined
from alexnet_app.core.network.header import summary_in
from alexnet_app.core.runs.reading import Past
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.state import epochs_done


@dataclass(frozen=True, slots=True)
class RunModel:
    """``kind`` is "best" (of the validation images) or "last" (those were trained on); ``path`` is its file, which need
    not be there yet. ``epoch`` whole epochs and ``step`` steps were done when it was saved, None where nothing says.
    """

    kind: str
    path: Path
    epoch: int | None = None
    step: int | None = None

    @property
    def name(self) -> str:
        """Which it is, for people: "best.alexnet, after epoch 3 (step 120)"."""
        epoch = "" if self.epoch is None else f", after epoch {self.epoch:,}"
        return f"{self.path.name}{epoch}{'' if self.step is None else f' (step {self.step:,})'}"


def model_of(run: Run) -> RunModel:
    """The best model of ``run``; its last one where a saved model was trained on the validation images, because then
    no later epoch can be called the best, and the best one is of before.
    """
    return model_by(run, run.outline())


def model_by(run: Run, outline: Past) -> RunModel:
    """``model_of`` where the ``outline`` of ``run`` has been read already. Of a long run it may lack that the
    validation images have joined; the last model says it too.
    """
    events = outline.lasting()
    saved = _saved_after_joining(events)
    if saved is not None:
        return _as_its_file_says(RunModel("last", run.last_file, saved.epoch, saved.step))
    if not outline.whole and "validation" in trained_splits(summary_in(run.last_file)):
        return _as_its_file_says(RunModel("last", run.last_file))
    best = next((event for event in reversed(events) if isinstance(event, EpochDone) and event.best), None)
    known = (best.epoch, best.step) if best is not None else ()
    return _as_its_file_says(RunModel("best", run.best_file, *known))


def unseen_epochs(events: Sequence[Event]) -> list[EpochDone]:
    """The epochs whose validation images were not trained on: only their validation errors are errors of new images."""
    joined = min((event.step for event in events if isinstance(event, ValidationJoined)), default=None)
    done = [event for event in events if isinstance(event, EpochDone)]
    return [event for event in done if joined is None or event.step <= joined]


def best_error(run: Run, outline: Past) -> float | None:
    """The best validation error of ``run``, 0 to 1, of images that were not trained on; None where there is none yet.
    Where the best epoch may not be in the ``outline``, of a long run or of one whose lines are gone, it is that of its
    best model, where there is one.
    """
    events = outline.lasting()
    told = sum(isinstance(event, EpochDone) for event in events)
    if outline.whole and told >= epochs_done(events):
        return min((event.validation_error for event in unseen_epochs(events)), default=None)
    said = summary_in(run.best_file).get("validation_error")
    return float(said) if isinstance(said, int | float) and 0 <= said <= 1 else None


def trained_splits(summary: Mapping[str, Any]) -> tuple[str, ...]:
    """Of which splits of its data a model has seen images in training, by its summary; none where it does not say."""
    said, config = summary.get("trained_on"), summary.get("config")
    if isinstance(said, list):
        return tuple(map(str, said))
    if not isinstance(config, dict):
        return ()
    joins, epoch = config.get("validation_joins_after"), summary.get("epoch")
    has_joined = isinstance(joins, int) and isinstance(epoch, int) and 0 < joins < epoch
    return ("train", "validation") if has_joined else ("train",)


def _saved_after_joining(events: Sequence[Event]) -> CheckpointSaved | None:
    """The last checkpoint, where that is of after the validation images have joined."""
    joined = min((event.step for event in events if isinstance(event, ValidationJoined)), default=None)
    last = next((event for event in reversed(events) if isinstance(event, CheckpointSaved)), None)
    return last if joined is not None and last is not None and last.step > joined else None


def _as_its_file_says(model: RunModel) -> RunModel:
    """What the head of the file says is so, whatever the events say: it may be of another moment."""
    said = summary_in(model.path)
    epoch, step = said.get("epoch"), said.get("step")
    return RunModel(
        model.kind,
        model.path,
        epoch if isinstance(epoch, int) else model.epoch,
        step if isinstance(step, int) else model.step,
    )
