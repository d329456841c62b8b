"""The list of past runs, with what a run folder of somebody else says."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QInputDialog

from alexnet_app.core.foreign import UnreadableError
from alexnet_app.core.runs.lines import event_from_line
from alexnet_app.core.runs.listing import RunSummary, Standing
from alexnet_app.core.runs.reading import MOST_BYTES
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.train.jobs import FoundRuns, finding
from alexnet_app.ui.train.past_runs import MOST_EPOCHS, PastRuns
from alexnet_app.ui.train.run_rows import detail


@pytest.mark.parametrize("done", [MOST_EPOCHS - 1, MOST_EPOCHS, 1 << 40, 1 << 53])
def test_that_a_finished_run_gets_no_more_epochs_than_a_run_can_have(qtbot, tmp_path, done):
    past = PastRuns(Jobs(), tmp_path)
    qtbot.addWidget(past)
    past._found(FoundRuns((RunSummary(Path("r"), Standing.FINISHED, "n", "d", done, done, 0.5, 0.0),), ()))
    failures = []
    past.failed.connect(failures.append)
    past._resume("r")
    dialog = past.findChild(QInputDialog)
    assert (dialog is None) == (done >= MOST_EPOCHS)
    assert [each.sentence for each in failures] == (
        [] if dialog else [f"r has finished {done:,} epochs; a run has 100,000 at most"]
    )
    if dialog:
        assert (dialog.intMinimum(), dialog.intMaximum()) == (MOST_EPOCHS, MOST_EPOCHS)


def test_that_counts_beyond_what_numbers_hold_are_no_events():
    line = '{"event": "CheckpointSaved", "step": %d, "epoch": 1}'
    assert event_from_line(line % (1 << 53)) is not None
    assert event_from_line(line % ((1 << 53) + 1)) is None


def test_that_runs_are_shown_as_they_are_read_and_each_is_read_once(qtbot, tmp_path, monkeypatch):
    for name in "ab":
        Run.create(tmp_path / name, "").last_file.write_bytes(b"1")
    read, real = [], Run.outline
    monkeypatch.setattr(Run, "outline", lambda run: (read.append(run.folder.name), real(run))[1])
    monkeypatch.setattr("alexnet_app.ui.train.jobs.FIND_SECONDS", 0.0)
    found = list(finding(tmp_path))
    assert [(len(each.runs), each.models is None) for each in found] == [(1, True), (2, True), (2, False)]
    assert sorted(read) == ["a", "b"]
    past = PastRuns(Jobs(), tmp_path)
    qtbot.addWidget(past)
    for each, rows in zip((found[0], found[-1], found[0]), (1, 2, 2), strict=True):
        past._found(each)
        assert len(past._runs) == rows


def test_that_the_row_of_a_long_run_says_that_its_best_error_is_not_known(qtbot, tmp_path):
    past = PastRuns(Jobs(), tmp_path)
    qtbot.addWidget(past)
    said = "of its many events only the first and the last were read"
    for whole, error, is_said in ((False, None, True), (False, 0.5, False), (True, None, False)):
        run = RunSummary(Path("r"), Standing.STOPPED, "n", "d", 3, 9, error, 0.0, whole=whole)
        assert (said in detail(run, run.state, is_here=False)) == is_said


def test_that_events_of_endless_size_are_refused_before_they_are_read(tmp_path, monkeypatch):
    run = Run.create(tmp_path / "run", "")
    with run.events_file.open("wb") as file:
        file.truncate(MOST_BYTES + 1)  # of holes
    for name in ("lines_in", "_lines_at_ends"):
        monkeypatch.setattr(f"alexnet_app.core.runs.reading.{name}", lambda *_: pytest.fail("it is read"))
    with pytest.raises(UnreadableError, match="it has more than"):
        run.outline()
