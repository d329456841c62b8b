"""Asking a run that another process trains, and hearing what it did."""

import time
from collections.abc import Mapping

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import CheckpointSaved, Continued, Event, Paused, RateChanged, RunEnded, StepsDone
from alexnet_app.core.runs.lines import event_from_line
from alexnet_app.core.runs.run import FOLLOW_SECONDS, Run
from alexnet_app.core.runs.state import Phase, RunState
from alexnet_app.core.steering import Command, Continue, DivideRate, Pause, SaveNow, SetRate, Stop, UndoRate

ANSWERS: Mapping[type[Command], type[Event]] = {
    DivideRate: RateChanged,
    SetRate: RateChanged,
    UndoRate: RateChanged,
    Pause: Paused,
    Continue: Continued,
    SaveNow: CheckpointSaved,
    Stop: RunEnded,
}


def ask(run: Run, command: Command, seconds: float) -> Event | None:
    """Asks the process that trains ``run``; gives the event that it answers with, None where none came within
    ``seconds``. UserError where no process trains it, or where what is asked would change nothing.
    """
    if not run.is_being_written():
        raise UserError(
            "no process is training the run in {folder}",
            hint="resume it first",
            folder=run.folder,
        )
    _check_changes(run, command)
    place = run.events_file.stat().st_size if run.events_file.exists() else 0
    run.ask(command)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for event in map(event_from_line, run.lines_from(place)):
            if isinstance(event, ANSWERS[type(command)] | RunEnded):
                return event
        time.sleep(FOLLOW_SECONDS)
    return None


def _check_changes(run: Run, command: Command) -> None:
    state = RunState(batch_size=1)
    events = run.events()
    for event in events:
        state.take(event)
    begun = any(isinstance(event, StepsDone) for event in events)
    if isinstance(command, UndoRate) and begun and state.asked_rates.undone(state.rate) is None:
        raise UserError(
            "no change of the learning rate is left to undo",
            hint="a resumed run has forgotten its changes; set the rate that you want",
        )
    if isinstance(command, Pause) and state.phase == Phase.PAUSED:
        raise UserError("the run is paused already", hint="continue it, or stop it")
    if isinstance(command, Continue) and state.phase != Phase.PAUSED:
        raise UserError("the run is not paused", hint="pause it first")
