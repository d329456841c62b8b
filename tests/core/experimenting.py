"""What tests of experiments have in common: a small data set, and runs that nobody trained."""

import json
from collections.abc import Generator
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path

import numpy as np

from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.events import EpochDone, Evaluated, Event, RunEnded, RunStarted
from alexnet_app.core.experiments.experiment import NamedRun, Outcome
from alexnet_app.core.ilsvrc import synsets
from alexnet_app.core.inference.evaluation import Evaluation, Member
from alexnet_app.core.inference.evaluation_file import kept_file, write_evaluation
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml


@cache
def small_source() -> Source:
    """A tenth of a second of the embedded set."""
    counts = {"train": 128, "validation": 30, "test": 40}
    splits = {name: shapes.generate(0, name, 0, count) for name, count in counts.items()}
    return Source("shapes", shapes.CLASSES, splits)


def small_drawing(_: int = 0) -> Generator[Event, None, Source]:
    """The same, as it is asked for by a run."""
    yield from ()
    return small_source()


def flat(config: TrainConfig) -> dict[str, object]:
    values = asdict(config)
    inner = {
        f"{group}.{name}": each
        for group in values
        if isinstance(values[group], dict)
        for name, each in values[group].items()
    }
    return {name: value for name, value in values.items() if not isinstance(value, dict)} | inner


def differences(first: TrainConfig, second: TrainConfig) -> set[str]:
    one, other = flat(first), flat(second)
    return {name for name in one if one[name] != other[name]}


def outcome(group: str, seed: int, events: list[Event], folder: Path = Path("none"), **changes: object) -> Outcome:
    config = replace(load_config("cifar10"), seed=seed, **changes)
    return Outcome(NamedRun(f"{group}-{seed}", group, seed, config), Run(folder), tuple(events))


def epochs(*errors: float, steps: int = 100) -> list[Event]:
    return [
        EpochDone(number, number * steps, 1.0, error, 1.0, error + 0.1, 0.1, True, 10.0)
        for number, error in enumerate(errors, start=1)
    ]


def evaluated(error: float) -> list[Event]:
    return [*epochs(0.5), Evaluated("test", 100, 1.0, error, 0.01)]


def diverged(error: float) -> list[Event]:
    return [*epochs(error), RunEnded("diverged", 100, 1)]


def write_head(file: Path, classes: tuple[str, ...]) -> None:
    """As much of a model as says what it tells apart."""
    head = json.dumps({"__metadata__": {"classes": json.dumps(classes)}}).encode()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(len(head).to_bytes(8, "little") + head)


ILSVRC = tuple(each.name for each in synsets())


def scored_run(folder: Path, config: TrainConfig, data: str, events: list[Event], *evaluations: Evaluation) -> Run:
    run = Run.create(folder, to_toml(config))
    spec = config.spec(1000 if data != "CIFAR-10" else 10)
    with holding(run) as log:
        log.append(RunStarted(config.network, data, spec.parameters, 9, 9, 9, 1, 1, "cpu", "fp32", 1))
        for event in events:
            log.append(event)
    for each in evaluations:
        write_evaluation(kept_file(run, each.split, each.views), each)
    return run


def judged(split: str, views: int, top1: float, top5: float, names: tuple[str, ...] = ("net",)) -> Evaluation:
    """An evaluation of 100 pictures of one class."""
    wrong = round(100 * top1)
    confusion, members = np.array([[100 - wrong, wrong], [0, 0]]), tuple(Member(name, 9) for name in names)
    return Evaluation("photos", split, views, members, ("a", "b"), 1.0, top1, top5, confusion, ())
