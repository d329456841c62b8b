"""The list of past runs, with what a run folder of somebody else says."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QInputDialog

from alexnet_app.core.runs.lines import event_from_line
from alexnet_app.core.runs.listing import RunSummary, Standing
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.train.jobs import FoundRuns
from alexnet_app.ui.train.past_runs import MOST_EPOCHS, PastRuns


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
