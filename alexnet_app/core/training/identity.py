"""What makes a run the same run at a resume: its settings, its images, a checkpoint that fits itself."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor

from alexnet_app.core.data.feed.reading import read_into
from alexnet_app.core.data.prepared.prepare import Prepared
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.checkpoint import Checkpoint, Position
from alexnet_app.core.steering import MOST_RATE
from alexnet_app.core.training.config import TrainConfig

# at a resume, which then is not bit for bit
MAY_DIFFER = ("device", "precision", "threads", "torch", "placement", "micro_batch", "kernels", "scores")
FREE = (
    "epochs",
    "device",
    "placement",
    "devices",
    "precision",
    "threads",
    "micro_batch",
    "halve_micro_batch",
    "checkpoint_seconds",
    "tensorboard",
)
ALWAYS = ("device", "precision", "threads", "torch", "data")  # conditions that every checkpoint has
OLDER = {
    "placement": "one",
    "micro_batch": "whole",
    "kernels": "any",
    "split rule": "1",
    "share rule": "1",
}  # all there was for older ones
TRACED = 256 << 20  # bytes of validation images whose pixels are traced: of more images some, at even distances
AT_ONCE = 64  # images that are read for that


def identity(config: TrainConfig, data: Prepared) -> dict[str, str]:
    """What a run cannot change and still be the same run: its settings and the images that it is trained on."""
    split = data.splits["train"]
    trace = _trace(split.labels.tobytes() + data.mean_picture.tobytes())
    images = {"data": f"{len(split.labels)} training pictures of {len(data.classes)} classes, {trace}"}
    if config.validation_joins_after:
        images["validation images"] = _described(data.splits["validation"])
    rules = {"split rule": str(data.split_rule)}
    if config.share < 1:
        rules["share rule"] = str(data.share_rule)
    return {**images, **rules, **settings_of(config)}


def settings_of(config: TrainConfig) -> dict[str, str]:
    """Every setting that is not FREE, as "setting optimization.momentum": "0.9"."""
    values: dict[str, Any] = asdict(config)
    for name in (*FREE, "preset", "about", "data"):
        del values[name]
    flat = {name: value for name, value in values.items() if not isinstance(value, dict)}
    flat |= {f"{group}.{name}": each for group in values if group not in flat for name, each in values[group].items()}
    return {f"setting {name}": repr(value) for name, value in flat.items()}


def _described(split: Arrays) -> str:
    """The number of images in ``split`` and a trace of their labels and pixels."""
    count, size = len(split.labels), int(np.prod(split.pictures.shape[1:]))
    rows = np.linspace(0, count, min(count, max(1, TRACED // size)), endpoint=False).astype(np.intp)
    parts = [split.labels.tobytes()]
    for first in range(0, len(rows), AT_ONCE):
        chosen = rows[first : first + AT_ONCE]
        held = np.empty((len(chosen), *split.pictures.shape[1:]), np.uint8)
        read_into(held, split.pictures, chosen)
        parts.append(hashlib.blake2b(held.tobytes()).digest())
    return f"{count} that are trained on too, {_trace(b''.join(parts))}"


def _trace(content: bytes) -> str:
    return hashlib.blake2b(content, digest_size=8).hexdigest()


def check_identity(before: Mapping[str, str], now: Mapping[str, str]) -> None:
    """Raises UserError where the conditions ``before``, of a checkpoint, are not those of ``now``.

    A setting that the checkpoint does not name was not known when it was written: the run had what is the default now.
    """
    missing = next((name for name in ALWAYS if name not in before), None)
    if missing is not None:
        raise UserError(
            "the checkpoint does not record its {name}, so it is unknown whether the run would be the same",
            hint="start a new run; the models last.alexnet and best.alexnet beside it can still be used",
            name=missing,
        )
    older = {
        **now,
        **OLDER,
        **settings_of(TrainConfig()),
    }  # other conditions were not written down: they are not compared
    for name, value in now.items():
        was = before.get(name, older[name])
        if name not in MAY_DIFFER and was != value:
            raise UserError(
                "the {name} changed since this run was saved: now {value}, before {before}",
                hint="restore it, or start a new run",
                name=name,
                value=value,
                before=was,
            )


def difference(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """What is not as it was when the checkpoint was written, for people; empty if the run goes on bit for bit."""
    # before "scores" was written down, the scores of the classes were computed as everything else in bf16
    scores = "bf16" if before.get("precision") == "bf16" else "fp32"
    known = {**OLDER, "scores": scores, **before}
    return ", ".join(f"{key} {known.get(key)} → {now[key]}" for key in MAY_DIFFER if known.get(key) != now[key])


def contradiction(
    checkpoint: Checkpoint, own: Mapping[str, Tensor], learned: tuple[str, ...], config: TrainConfig, steps: int
) -> str:
    """In what ``checkpoint`` contradicts itself or ``config``, in words; empty where it does not.

    ``own`` are the parameters of its network, ``learned`` the names of those that are not frozen, ``steps`` an epoch
    has. Weights are kept in fp32, momentum as the network computes it.
    """
    position = checkpoint.position
    moving = learned if position.step else ()  # there is no momentum before the first step
    return (
        _tensors("weight", checkpoint.weights, {name: each.float() for name, each in own.items()})
        or _tensors("momentum", checkpoint.momentum, {name: own[name] for name in moving})
        or ("" if all(map(_is_finite, checkpoint.weights.values())) else "a weight is not finite")
        or ("" if all(map(_is_finite, checkpoint.momentum.values())) else "a momentum is not finite")
        or _place(position, config, steps)
    )


def _tensors(what: str, found: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> str:
    for name in (*wanted, *found):
        if name not in found:
            return f"the {what} of {name} is missing"
        if name not in wanted:
            return f"the {what} of {name} belongs to no layer that is trained"
        if found[name].shape != wanted[name].shape:
            return f"the {what} of {name} has another shape"
        if found[name].dtype != wanted[name].dtype:
            return f"the {what} of {name} is {found[name].dtype}, not {wanted[name].dtype}"
    return ""


def _is_finite(tensor: Tensor) -> bool:
    return bool(torch.isfinite(tensor).all())


def _place(position: Position, config: TrainConfig, steps: int) -> str:
    """What no run of ``config`` with ``steps`` steps in an epoch can have written as its position."""
    inside = position.step - position.epoch * steps
    if not 0 <= inside <= steps:
        return f"{position.step} steps are not in the epoch after {position.epoch} epochs of {steps} steps"
    if position.epoch > config.epochs:
        return f"{position.epoch} epochs are done, of {config.epochs} that are planned"
    if (inside > 0) != (position.epoch_seconds > 0) or position.epoch_wrong > inside * config.batch_size:
        return f"the sums of its epoch are not those of {inside} steps"
    if not 0 < position.rate <= MOST_RATE:
        return f"its learning rate is {position.rate:g}"
    if position.best_epoch > position.epoch or max(position.best_error, position.validation_error) > 1:
        return "its errors are not those of the epochs that are done"
    if position.best_error < 1 and not position.best_epoch:
        return "its best error is of no epoch"
    if position.waited > position.epoch or position.block_steps > position.step or position.told_chance > 1:
        return "its counts are not those of the steps that are done"
    return ""
