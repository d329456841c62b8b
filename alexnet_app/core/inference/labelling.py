"""Labels that a person gave to answered pictures: what is filed by them, and tables to train and evaluate on."""

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Answered, Event, Prediction, Skipped
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.core.tables import write_csv

HEADING = ("path", "label")


def relabelled(events: Iterable[Event], labels: Mapping[str, str], *, only: bool = False) -> Iterator[Event]:
    """``events`` in which the answer for a path in ``labels`` is the label there, with probability 1. ``only`` gives
    those alone.
    """
    for event in events:
        if isinstance(event, Answered | Skipped) and (label := labels.get(event.path)):
            yield Answered(event.path, (Prediction(label, 1.0),))
        elif not only:
            yield event


def labelled(events: Iterable[Event]) -> Iterator[tuple[str, str]]:
    """Path and label of every event with a sure answer."""
    for event in events:
        if isinstance(event, Answered) and not unsure(event.predictions):
            yield event.path, event.predictions[0].label


def write_labels(path: Path, pairs: Iterable[tuple[str, str]]) -> int:
    """Writes a table of paths and labels, and gives how many rows it has. ``--data`` takes it; called ``labels.csv`` in
    a folder of classes it corrects theirs. Paths below its folder are relative to it, with slashes, so that both can
    move together. UserError where there is nothing to write.
    """
    top = os.path.join(os.path.abspath(path.parent), "")  # noqa: PTH100, PTH118  (no links are resolved)
    rows = sorted(
        (file[len(top) :].replace(os.sep, "/") if file.startswith(top) else file, label) for file, label in pairs
    )
    if not rows:
        raise UserError("no picture has a label of yours yet", "give some the right class first")
    write_csv(path, HEADING, rows)
    return len(rows)
