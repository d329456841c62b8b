"""What a run needs to go on: its own configuration, and a state from which there is something left to do."""

import os
import tomllib

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import CheckpointSaved, Ending, EpochDone, StepsDone
from alexnet_app.core.foreign import check_regular
from alexnet_app.core.runs.border import check_own
from alexnet_app.core.runs.run import Run, read_config_text
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import from_toml


def config_of(run: Run) -> TrainConfig:
    """The configuration of ``run``; UserError if it does not say which network and data."""
    text = read_config_text(run)
    config = from_toml(text, str(run.config_file))
    if not {"network", "data"} <= tomllib.loads(text).keys():
        raise UserError("{path} does not name the network and the data", hint="restore them", path=run.config_file)
    return config


def check_can_go_on(run: Run, config: TrainConfig) -> None:
    """Raises UserError where ``run`` cannot go on with ``config``."""
    events = run.events(StepsDone)
    done = sum(isinstance(event, EpochDone) for event in events)
    if config.epochs < done:
        raise UserError("the run has already done {done} epochs, more than {asked}", done=done, asked=config.epochs)
    ended = run.ended()
    if ended is not None and ended.reason == Ending.DIVERGED:
        raise UserError("this run cannot be continued: {advice}", advice=ended.advice)


def why_not_resumed(run: Run) -> str:
    """Why ``run`` could not be resumed as it lies there now; empty where it can. Nothing of its data is read."""
    from alexnet_app.core.runs.checkpoint import said_in_checkpoint
    from alexnet_app.core.training.identity import settings_of

    try:
        check_own(Run.existing(run.folder))
        config = config_of(run)
        check_can_go_on(run, config)
        if os.path.lexists(run.resume_file):
            check_regular(run.resume_file, links=False)
        elif any(isinstance(event, CheckpointSaved) for event in run.events(StepsDone)):
            return f"{run.resume_file.name} is missing"
        before = said_in_checkpoint(run.resume_file).conditions
        now = settings_of(config)
        changed = next((name for name, value in now.items() if before.get(name, value) != value), None)
    except UserError as error:
        return error.sentence
    return f"the {changed} in {run.config_file.name} has changed" if changed else ""
