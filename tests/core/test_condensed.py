"""The past of a run in arrays: the same as its events say, also from what was kept of it."""

import json
import os
import random

import numpy as np
import pytest

from alexnet_app.core.events import (
    CheckpointSaved,
    EpochDone,
    Measured,
    NormalizationSeen,
    Resumed,
    RunEnded,
    StepsDone,
)
from alexnet_app.core.foreign import UnreadableError
from alexnet_app.core.measures import series_of
from alexnet_app.core.runs import condensed_file
from alexnet_app.core.runs.condensed_file import condensed, kept_file
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.step_lines import StepTable


@pytest.fixture(autouse=True)
def _cache(tmp_path, monkeypatch):
    monkeypatch.setattr(condensed_file, "cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(condensed_file, "KEPT_FROM", 1)


def steps(first, count, rate=0.01):
    return StepsDone(first, tuple(2 - 0.001 * each for each in range(first, first + count)), rate, 100.0)


def run_with(folder, events, ending=b""):
    run = Run.create(folder, 'network = "shapes-towers"\ndata = "shapes"\n')
    write(run, events, ending)
    return run


def write(run, events, ending=b""):
    with run.events_file.open("ab") as file:
        for event in events:
            file.write(to_line(event, 1.0).encode() + b"\n")
        file.write(ending)


def told(run):
    """The losses by their steps, the series, and all other events, as ``Run.events`` has them."""
    losses, series, others = {}, {}, []
    for event in run.events():
        for name, step, value in series_of(event):
            if not isinstance(event, StepsDone):
                series.setdefault(name, []).append((step, value))
        if isinstance(event, StepsDone):
            losses = {step: loss for step, loss in losses.items() if step < event.first}
            losses |= {event.first + at: np.float32(loss) for at, loss in enumerate(event.losses) if loss == loss}
        elif not isinstance(event, Measured):
            others.append(event)
    return losses, series, others


def read(run):
    kept = condensed(run)
    losses = {kept.first + at: loss for at, loss in enumerate(kept.losses) if not np.isnan(loss)}
    series = {name: list(zip(*map(np.ndarray.tolist, pair), strict=True)) for name, pair in kept.series.items()}
    return losses, series, [event for event in kept.events if not isinstance(event, StepsDone)]


def one(kind, chance, step, saved):
    match kind:
        case "steps":
            return steps(step, chance.randint(1, 30))
        case "measured":
            return Measured(step, {"silent/conv1": chance.random(), "loss scale": 2.0})
        case "lrn":
            return NormalizationSeen(step, "conv1", chance.random(), 0.5)
        case "saved":
            return CheckpointSaved(step, 0)
        case "epoch":
            return EpochDone(1, step, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0)
    return Resumed(saved[1], 0, saved[0], 5, 10)


def stormy(seed):
    """A run that was killed and resumed again and again."""
    chance = random.Random(seed)
    found, place, step, saved = [], 0, 0, (0, 0)
    for _ in range(60):
        kind = chance.choice(["steps"] * 4 + ["measured", "lrn", "saved", "epoch", "resumed"])
        event = one(kind, chance, step, saved)
        if kind == "saved":
            saved = (place, step)
        found.append(event)
        place += len(to_line(event, 1.0).encode()) + 1
        step = step + len(event.losses) if kind == "steps" else saved[1] if kind == "resumed" else step
    return found


@pytest.mark.parametrize("seed", range(8))
def test_that_what_holds_is_what_the_events_say_at_first_and_from_what_was_kept(tmp_path, seed):
    events = stormy(seed)
    run = run_with(tmp_path / "run", events[:40])
    assert read(run) == told(run)
    assert kept_file(run).is_file()
    assert read(run) == told(run)
    write(run, events[40:])
    assert read(run) == told(run)
    assert read(run) == told(run)


def test_that_the_last_step_before_each_event_is_told(tmp_path):
    end = RunEnded("stopped", 12, 0)
    kept = condensed(
        run_with(tmp_path / "run", [steps(0, 5), steps(5, 5, 0.1), CheckpointSaved(10, 0), steps(10, 2), end])
    )
    said = [(event.first, event.rate) if isinstance(event, StepsDone) else event for event in kept.events]
    assert said == [(9, 0.1), CheckpointSaved(10, 0), (11, 0.01), end]
    assert kept.ends.tolist() == [5, 10, 12]
    assert kept.counts.tolist() == [5, 5, 2]
    assert kept.end == (tmp_path / "run" / "events.jsonl").stat().st_size


def test_that_lines_of_any_form_are_read_as_events_are(tmp_path):
    form = '{"event": "StepsDone", "time": 1.0, "first": %s, "losses": [%s], "rate": 0.1, "images_per_second": %s}'
    forms = [
        form % (0, "1.0, null, 2e-3", "null"),
        json.dumps({"images_per_second": 1.0, "rate": 0.1, "losses": [4], "first": 3, "event": "StepsDone"}),
        form % (4, "1.0, nul", 1.0),
        form % (4, "", 1.0),
        form % (4, "1.0, 1e41", 1.0),
        form % (-4, "1.0", 1.0),
        form % (4, "1.0, 2.0", 1.0),
        '{"event": "StepsDone", "time": 1.0, "first": 6, "los',
    ]
    run = run_with(tmp_path / "run", [], "\n".join(forms).encode())
    assert read(run) == told(run)
    assert condensed(run).losses.tolist()[:1] == [1.0]
    assert np.isnan(condensed(run).losses[1])


def test_that_what_was_kept_of_another_file_or_was_damaged_is_read_anew(tmp_path):
    run = run_with(tmp_path / "run", [steps(0, 5_000)])
    condensed(run)
    path = kept_file(run)
    for damage in (b"", path.read_bytes()[:-100], path.read_bytes()[:2_000] + b"?" + path.read_bytes()[2_001:], b"no"):
        path.write_bytes(damage)
        assert read(run) == told(run)
    changed = run.events_file.read_bytes().replace(b"1.999", b"1.111", 1)
    run.events_file.write_bytes(changed)
    os.utime(run.events_file, ns=(1, 1))
    assert read(run) == told(run)
    run.events_file.write_bytes(b"")
    assert read(run) == told(run)


def test_that_nothing_is_written_into_the_folder_and_a_full_disk_shows_the_run_all_the_same(tmp_path, monkeypatch):
    run = run_with(tmp_path / "run", [steps(0, 50)])
    before = sorted(run.folder.rglob("*"))
    condensed(run)
    assert sorted(run.folder.rglob("*")) == before

    def full(*_):
        raise OSError(28, "No space left on device")

    kept_file(run).unlink()
    monkeypatch.setattr(condensed_file, "replace_file", full)
    assert read(run) == told(run)


def test_that_the_oldest_that_was_kept_makes_room(tmp_path, monkeypatch):
    monkeypatch.setattr(condensed_file, "MOST_IN_ALL", 1)
    runs = [run_with(tmp_path / f"run {place}", [steps(0, 50)]) for place in range(3)]
    for run in runs:
        condensed(run)
    assert [kept_file(run).exists() for run in runs] == [False, False, True]


def test_that_a_run_of_too_many_bytes_is_refused(tmp_path, monkeypatch):
    run = run_with(tmp_path / "run", [steps(0, 50)])
    monkeypatch.setattr("alexnet_app.core.runs.reading.MOST_BYTES", 10)
    with pytest.raises(UnreadableError, match="bytes"):
        condensed(run)


def test_that_ten_thousand_lines_are_read_together():
    table = StepTable()
    for place in range(1_000):
        assert table.put(place, to_line(steps(10 * place, 10), 1.0).encode() + b"\n")
    table.flush()
    assert np.concatenate(table.losses).tolist() == [np.float32(2 - 0.001 * each) for each in range(10_000)]
    assert not table.put(0, b'{"event": "RunEnded"}\n')
