"""A past run as a row of the table, in words and numbers."""

import math
from pathlib import Path
from typing import Any

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.runs.listing import RunSummary, Standing
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.parts.wording import date, duration, percent
from alexnet_app.ui.train.views.run_list import RunCell, RunRow

tr = QCoreApplication.translate
LARGEST = 1e15  # of numbers that are shown; a stranger may have written any


def row_of(run: RunSummary, *, is_here: bool) -> RunRow:
    """``run`` as it is shown; ``is_here``: this window trains it, before its folder says so."""
    state = Standing.TRAINING if is_here else run.state
    label = run.label
    words = (run.name, run.folder.name, *label.tags, label.note, run.data, run.network, _text(run, "preset"))
    return RunRow(
        str(run.folder),
        run.name,
        detail(run, state, is_here=is_here),
        state != Standing.UNREADABLE,
        is_training=state == Standing.TRAINING,
        cells=_cells(run, state, is_here=is_here),
        tags=label.tags,
        archived=label.archived,
        words="\n".join(words).casefold(),
    )


def state_word(how: Standing, *, is_here: bool) -> str:
    """How a run stands."""
    elsewhere = tr("past runs", "in progress in another process")
    return {
        Standing.FINISHED: tr("past runs", "finished"),
        Standing.STOPPED: tr("past runs", "stopped"),
        Standing.DIVERGED: tr("past runs", "diverged"),
        Standing.TRAINING: tr("past runs", "in progress") if is_here else elsewhere,
        Standing.BROKEN_OFF: tr("past runs", "interrupted"),
        Standing.UNREADABLE: tr("past runs", "cannot be read"),
    }[how]


def detail(run: RunSummary, how: Standing, *, is_here: bool) -> str:
    """All that is said of a run, in lines."""
    if how == Standing.UNREADABLE:
        return tr("past runs", "cannot be read: {why}").format(why=run.problem) + "\n" + date(run.changed)
    epochs = tr("past runs", "{done:,} of {all:,} epochs").format(**shown(done=run.epoch, all=run.epochs))
    parts = [state_word(how, is_here=is_here), epochs]
    if run.best_error is not None:
        parts.append(tr("past runs", "best validation error {error}").format(error=percent(run.best_error)))
    if run.newer:
        parts.append(
            tr("past runs", "{count:,} events of a newer version are skipped").format(**shown(count=run.newer))
        )
    if not run.whole and (run.newer or run.best_error is None):
        parts.append(tr("past runs", "of its many events only the first and the last were read"))
    tags = tr("past runs", "tags {tags}").format(tags=", ".join(run.label.tags)) if run.label.tags else ""
    archived = tr("past runs", "archived") if run.label.archived else ""
    lines = (" · ".join(parts), date(run.changed), archived, tags, one_line(run.label.note))
    return "\n".join(line for line in lines if line)


def _cells(run: RunSummary, state: Standing, *, is_here: bool) -> dict[str, RunCell]:
    error, label = run.best_error, run.label
    short = tr("past runs", "in progress") if state == Standing.TRAINING else state_word(state, is_here=is_here)
    epochs = tr("past runs", "{done:,} of {all:,}").format(**shown(done=run.epoch, all=run.epochs))
    return {
        "name": RunCell(run.name, run.name),
        "error": RunCell("", None) if error is None else RunCell(percent(error), float(error)),
        "state": RunCell(short, short),
        "epochs": RunCell(epochs, float(run.epoch)) if run.epochs else RunCell("", None),
        "changed": RunCell(date(run.changed), float(run.changed)),
        "tags": _words(", ".join(label.tags)),
        "network": _words(run.network),
        "data": RunCell(Path(run.data).name or run.data, run.data or None),
        "preset": _words(_text(run, "preset")),
        "rate": _number(run, "learning_rate"),
        "batch": _number(run, "batch_size"),
        "seed": _number(run, "seed"),
        "device": _words(run.device),
        "duration": RunCell(duration(run.seconds), run.seconds) if run.seconds else RunCell("", None),
        "note": _words(one_line(label.note)),
    }


def _words(text: str) -> RunCell:
    return RunCell(text, text or None)


def _text(run: RunSummary, key: str) -> str:
    value = run.settings.get(key)
    return value if isinstance(value, str) else ""


def _number(run: RunSummary, key: str) -> RunCell:
    value: Any = run.settings.get(key)
    if (
        isinstance(value, bool)
        or not isinstance(value, int | float)
        or not math.isfinite(value)
        or abs(value) > LARGEST
    ):
        return RunCell("", None)
    text = "{value:g}" if isinstance(value, float) else "{value:,}"
    return RunCell(text.format(**shown(value=value)), float(value))
