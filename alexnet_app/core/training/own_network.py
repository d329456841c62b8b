"""What a run keeps though the program may change: its network and how its images were chosen."""

from alexnet_app.core.data.sources.values import SHARE_RULE, newest_rule
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.bundle import Bundle, spec_in_bundle
from alexnet_app.core.network.spec import NetworkSpec, changes
from alexnet_app.core.runs.checkpoint import read_checkpoint, said_in_checkpoint
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig


def network_of(config: TrainConfig, run: Run, model: Bundle | None = None) -> NetworkSpec:
    """The network that ``run`` trains: its own where it has a checkpoint, else that of ``model`` or of ``config``.

    Raises UserError where a checkpoint is there and nothing says of which network it is.
    """
    own = own_network(run)
    if own is not None:
        return own
    return model.spec if model else config.spec()


def own_network(run: Run) -> NetworkSpec | None:
    """The network in the checkpoint of ``run``, or, where an older version wrote that, in its last model; None where
    there is no checkpoint. Raises UserError where neither says.
    """
    if not run.resume_file.exists():
        return None
    own = said_in_checkpoint(run.resume_file).spec or spec_in_bundle(run.last_file)
    if own is None:
        read_checkpoint(run.resume_file)  # says what is wrong with it, if it is damaged
        raise UserError(
            "the checkpoint in {folder} does not record its network: an older version stored that in {name}, "
            "which cannot be read",
            hint="restore the file, or start a new run",
            folder=run.folder,
            name=run.last_file.name,
        )
    return own


def split_rule_of(run: Run) -> int:
    """By which rule the validation images of ``run`` were drawn: its own where it has a checkpoint, else the newest.

    Raises UserError for a checkpoint that cannot be read.
    """
    return _rule(run, "split rule") or newest_rule()


def share_rule_of(run: Run) -> int:
    """By which rule the share of images of ``run`` was chosen: its own where it has a checkpoint, else today's."""
    return _rule(run, "share rule") or SHARE_RULE


def _rule(run: Run, name: str) -> int | None:
    """The number of a rule by which images of ``run`` were chosen; None without a checkpoint."""
    if not run.resume_file.exists():
        return None
    conditions = said_in_checkpoint(run.resume_file).conditions
    if not conditions:
        read_checkpoint(run.resume_file)  # says what is wrong with it, if it is damaged
    return int(conditions.get(name, "1"))


def kept_back(own: NetworkSpec, config: TrainConfig) -> str:
    """What is otherwise in a run's ``own`` network than in what ``config`` means today; empty where nothing is.

    For people: "norm.alpha 0.0001, today 0.0256".
    """
    if config.init:  # the network of the model that it began with
        return ""
    return ", ".join(f"{name} {was}, today {now}" for name, was, now in changes(own, config.spec(own.classes)))
