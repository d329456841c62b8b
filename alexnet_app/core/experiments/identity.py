"""Whether a run on the disk is the one that an experiment plans: of the same settings and of the same network."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from alexnet_app.core.errors import UserError
from alexnet_app.core.experiments.experiment import NamedRun
from alexnet_app.core.network.spec import NetworkSpec, changes
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.resume import config_of

MAY_DIFFER = ("device", "precision", "threads", "checkpoint_seconds", "storage", "preset", "about")
SAID = 3  # so many values that differ are named


def network_in(run: Run) -> NetworkSpec | None:
    """The network that ``run`` has trained: its checkpoint's, else its last model's; None where there is neither.

    Raises UserError where a checkpoint is there and nothing says of which network it is.
    """
    from alexnet_app.core.network.bundle import spec_in_bundle
    from alexnet_app.core.training.own_network import own_network

    return own_network(run) or spec_in_bundle(run.last_file)


def difference(planned: NamedRun, run: Run, but: tuple[str, ...] = ()) -> str:
    """In what ``run`` is otherwise than ``planned``, for people: "norm.alpha 0.0001, now 0.0064"; empty where it is
    the same, and for a run that was made and never trained with the same settings. The settings ``but`` may differ.
    """
    try:
        kept, own = config_of(run), network_in(run)
    except UserError as error:
        return error.sentence
    known = {name: getattr(planned.config, name) for name in (*MAY_DIFFER, *but)}
    found = [*_settings(replace(kept, **known), planned.config)]
    if own is not None:
        found += _networks(own, planned.config)
    return _said(found)


def changed_network(kept: Mapping[str, Any], config: TrainConfig) -> str:
    """In what the network that was kept as plain values is otherwise than that of ``config``; empty if it is not."""
    try:
        return _said([*_networks(NetworkSpec.from_dict(kept), config)])
    except UserError as error:
        return error.sentence


def _networks(own: NetworkSpec, config: TrainConfig) -> Iterator[str]:
    if not config.init:  # else the network of the model that it begins with
        for name, was, now in changes(own, config.spec(own.classes)):
            yield f"{name} {was}, now {now}"


def _settings(kept: TrainConfig, planned: TrainConfig) -> Iterator[str]:
    before, now = _flat(asdict(kept)), _flat(asdict(planned))
    for name, value in now.items():
        if before[name] != value:
            yield f"{name} {before[name]}, now {value}"


def _flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings by their dotted keys."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(value, f"{name}.") if isinstance(value, Mapping) else {prefix + name: value}
    return found


def _said(found: list[str]) -> str:
    more = f" and {len(found) - SAID} more" if len(found) > SAID else ""
    return "; ".join(found[:SAID]) + more
