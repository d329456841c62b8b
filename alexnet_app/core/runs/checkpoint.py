"""The one file from which a run goes on exactly: weights, momentum, position, in the safetensors format."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import UnreadableError, check_regular, parse_json
from alexnet_app.core.network.checksum import read_checked, with_checksum
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.runs.lines import LARGEST

# what reading a file of another program, or of somebody, can raise
UNREADABLE = (
    SafetensorError,
    OSError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    RecursionError,
    UserError,
)
RULE = re.compile("[0-9]{1,4}")  # by which validation images were drawn


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands: plain numbers, all that is not a tensor.

    ``step`` steps and ``epoch`` epochs are done; ``epoch_losses`` and ``epoch_wrong`` are the sums over the steps of
    the epoch that is under way, ``epoch_seconds`` the time in them; ``rate`` is the learning rate; ``waited`` and
    ``dropped`` belong to the schedule; ``best_error`` is the best validation error and ``best_epoch`` when it was (0:
    none yet); ``train_loss`` and ``validation_error`` are those of the last whole epoch; ``seconds`` is the time spent
    in all steps; ``events`` is the size of ``events.jsonl`` at this moment; ``block_steps`` and
    ``block_losses`` are the steps and the sum of losses of the block under way in which it is looked whether the loss
    is that of guessing, ``told_chance`` is 1 once a person was told so.
    """

    step: int = 0
    epoch: int = 0
    epoch_losses: float = 0.0
    epoch_wrong: int = 0
    epoch_seconds: float = 0.0
    rate: float = 0.0
    waited: int = 0
    dropped: int = 0
    best_error: float = 1.0
    best_epoch: int = 0
    seconds: float = 0.0
    train_loss: float = 0.0
    validation_error: float = 1.0
    events: int = 0
    block_steps: int = 0
    block_losses: float = 0.0
    told_chance: int = 0


LATER = ("block_steps", "block_losses", "told_chance")  # numbers of a position that older versions did not write


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What ``resume.safetensors`` holds. ``conditions`` are what an exact resume needs to find again; ``spec`` is the
    run's own network, None where an older version wrote it. ``checked`` is False where it was read from a file that
    an earlier version wrote without a checksum.
    """

    weights: Mapping[str, Tensor]
    momentum: Mapping[str, Tensor]
    position: Position
    conditions: Mapping[str, str] = field(default_factory=dict)
    spec: NetworkSpec | None = None
    checked: bool = True


def conditions(devices: Sequence[torch.device], precision: str, placement: str) -> dict[str, str]:
    """What decides whether a resumed run is the same bit for bit. ``placement`` is how
    the network lies on ``devices``.
    """
    names = dict.fromkeys(torch.cuda.get_device_name(each) if each.type == "cuda" else "CPU" for each in devices)
    return {
        "device": " and ".join(names),
        "precision": precision,
        "threads": str(torch.get_num_threads()) if devices[0].type == "cpu" else "any",
        "torch": torch.__version__,
        "placement": placement,
    }


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes the checkpoint, with a checksum, so that ``path`` is always a whole one: the last or this."""
    tensors = {f"weights.{name}": tensor for name, tensor in checkpoint.weights.items()}
    tensors |= {f"momentum.{name}": tensor.detach().cpu().contiguous() for name, tensor in checkpoint.momentum.items()}
    metadata = {
        "position": json.dumps(asdict(checkpoint.position)),
        "conditions": json.dumps(dict(checkpoint.conditions)),
    }
    if checkpoint.spec is not None:
        metadata["spec"] = json.dumps(checkpoint.spec.to_dict())
    metadata = with_checksum(tensors, metadata)
    replace_file(path, lambda temporary: save_file(tensors, temporary, metadata))


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in ``path``. Raises UserError for a file that is not one, or that is damaged."""
    try:
        check_regular(path, links=False)
        with safe_open(path, framework="pt") as file:
            metadata: dict[str, Any] = file.metadata() or {}
            tensors, holds = read_checked(file, list(file.keys()))
        if holds is False:
            raise UserError("the file is damaged (its checksum does not match)")
        position = _position(parse_json(metadata["position"]))
        said = _said(metadata)
    except UNREADABLE as error:
        raise UserError(
            "{path} cannot be read as a checkpoint: {why}",
            hint="the models last.alexnet and best.alexnet beside it can still be used",
            path=path,
            why=_why(error),
        ) from error
    weights, momentum = _part(tensors, "weights."), _part(tensors, "momentum.")
    return Checkpoint(weights, momentum, position, said.conditions, said.spec, checked=bool(holds))


def _why(error: BaseException) -> UserError | str:
    if isinstance(error, UnreadableError):
        return error.why
    return error if isinstance(error, UserError) else cause(error)


@dataclass(frozen=True, slots=True)
class HeadSaid:
    """What the head of a checkpoint says: ``spec`` is None where an older version wrote it."""

    spec: NetworkSpec | None = None
    conditions: Mapping[str, str] = field(default_factory=dict)


def said_in_checkpoint(path: Path) -> HeadSaid:
    """What ``path`` says without its tensors; nothing where it cannot be read: whoever restores it says why."""
    try:
        check_regular(path, links=False)
        with safe_open(path, framework="pt") as file:
            return _said(file.metadata() or {})
    except UNREADABLE:
        return HeadSaid()


def position_in_checkpoint(path: Path) -> Position | None:
    """Where the checkpoint ``path`` stands, without its tensors; None where it cannot be read."""
    try:
        check_regular(path, links=False)
        with safe_open(path, framework="pt") as file:
            return _position(parse_json((file.metadata() or {})["position"]))
    except UNREADABLE:
        return None


def _said(metadata: Mapping[str, Any]) -> HeadSaid:
    spec = NetworkSpec.from_dict(parse_json(metadata["spec"])) if "spec" in metadata else None
    conditions = {str(name): str(value) for name, value in dict(parse_json(metadata["conditions"])).items()}
    for name in ("split rule", "share rule"):
        if not RULE.fullmatch(conditions.get(name, "1")):
            raise ValueError(f"the {name} is not a number")
    return HeadSaid(spec, conditions)


def _position(values: Mapping[str, Any]) -> Position:
    """The numbers of a position; ValueError for what no run can have written."""
    checked: dict[str, Any] = {}
    for name, default in asdict(Position()).items():
        value = values.get(name, default) if name in LATER else values[name]
        value = float(value) if isinstance(default, float) and type(value) is int else value
        most = LARGEST if isinstance(default, int) else math.inf
        if type(value) is not type(default) or not 0 <= value <= most or value == math.inf:
            raise ValueError(f"{name} cannot be {value!r}")
        checked[name] = value
    return Position(**checked)


def _part(tensors: Mapping[str, Tensor], prefix: str) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
