"""What the commands give: exit codes, rows of answers, the summary of a run; as lines, tables and JSON."""

import json
import math
import shlex
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

from alexnet_app.core.events import CheckpointSaved, EpochDone, Evaluated, Event, StepsDone
from alexnet_app.core.runs.model import unseen_epochs
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.state import epochs_done

OK, OURS, THEIRS, INTERRUPTED = 0, 1, 2, 130  # THEIRS: what the person can put right


def summary(run: Run) -> dict[str, Any]:
    """What ``train --json`` prints, from the run's events; null for what has not been measured: the error of images
    that were trained on is none.
    """
    events = run.events()
    epochs = [event for event in events if isinstance(event, EpochDone)]
    tested = [event for event in events if isinstance(event, Evaluated)]
    last = epochs[-1] if epochs else None
    saved = [event.step for event in events if isinstance(event, CheckpointSaved)]
    measured = last if last and saved and saved[-1] <= last.step else None  # the model that was saved, no newer one
    measured = measured if measured in unseen_epochs(events) else None
    return {
        "run": str(run.folder),
        "epochs": epochs_done(events),
        "train_loss": last.train_loss if last else None,
        "top1_error": tested[-1].top1_error if tested else measured.validation_error if measured else None,
        "images_per_second": _speed(events),
    }


def typed(words: Sequence[str]) -> str:
    """``words`` as they are typed into a shell of this system, quoted where one needs it."""
    return subprocess.list2cmdline(words) if sys.platform == "win32" else shlex.join(words)


def print_json(value: Any) -> None:
    """One JSON value on one line; what is not a finite number is null."""
    sys.stdout.write(json.dumps(_finite(value), ensure_ascii=False, allow_nan=False) + "\n")


def _speed(events: list[Event]) -> float | None:
    """Training pictures by the time in steps, over all epochs; of an unfinished first epoch, what was last seen."""
    speeds = [event.images_per_second for event in events if isinstance(event, EpochDone)]
    paces = [1 / speed for speed in speeds if 0 < speed < math.inf]
    if paces:
        return len(paces) / sum(paces)
    return next((event.images_per_second for event in reversed(events) if isinstance(event, StepsDone)), None)


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {key: _finite(each) for key, each in value.items()}
    return [_finite(each) for each in value] if isinstance(value, list) else value
