"""What a run needs to go on: its own configuration, and a state from which there is something left to do."""

import os
import tomllib

from alexnet_app.core.data.sources.named import is_gone
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import CheckpointSaved
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import check_regular
from alexnet_app.core.runs.border import check_own
from alexnet_app.core.runs.divergence import divergence_of
from alexnet_app.core.runs.run import Run, read_config_text
from alexnet_app.core.runs.state import epochs_done
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import from_toml, to_toml


def config_of(run: Run) -> TrainConfig:
    """The configuration of ``run``; UserError if it does not say which network and data."""
    text = read_config_text(run)
    config = from_toml(text, str(run.config_file))
    if not {"network", "data"} <= tomllib.loads(text).keys():
        raise UserError("{path} does not name the network and the data", hint="restore them", path=run.config_file)
    return config


def keep_config(config: TrainConfig, run: Run) -> None:
    """Writes ``config`` as that of ``run`` where it is another one, now that nothing has refused it."""
    text = to_toml(config)
    if text != read_config_text(run):
        replace_file(run.config_file, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def check_data_is_there(config: TrainConfig) -> None:
    """Raises UserError where the images that a run was trained on are no longer in their place."""
    if is_gone(config.data):
        raise UserError(
            "the images of this run are no longer in {path}", hint=Way.MOVED_DATA, path=config.data, key="data"
        )


def check_can_go_on(run: Run, config: TrainConfig, rate: float | None = None) -> None:
    """Raises UserError where ``run`` cannot go on with ``config`` and the learning rate ``rate``, None for that of its
    checkpoint: what has diverged would diverge again.
    """
    done = epochs_done(run.outline().lasting())
    if config.epochs < done:
        raise UserError("the run has already done {done} epochs, more than {asked}", done=done, asked=config.epochs)
    diverged = divergence_of(run)
    if diverged is not None and (rate is None or rate >= diverged.rate or diverged.saved is None):
        raise diverged.told()


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
        elif any(isinstance(event, CheckpointSaved) for event in run.outline().lasting()):
            return f"{run.resume_file.name} is missing"
        before = said_in_checkpoint(run.resume_file).conditions
        check_data_is_there(config)
        now = settings_of(config)
        changed = next((name for name, value in now.items() if before.get(name, value) != value), None)
    except UserError as error:
        return error.sentence
    return f"the {changed} in {run.config_file.name} has changed" if changed else ""
