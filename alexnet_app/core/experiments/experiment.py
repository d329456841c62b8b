"""What an experiment is, as frozen values: its runs, the points of its curves, its finding beside the paper's."""

from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.runs.listing import runs_folder
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig

MOST_SEEDS = 100
TWO_TOWERS = "networks with two towers (not that of the preset cifar10)"


@dataclass(frozen=True, slots=True)
class Scale:
    """How large an experiment is made. Empty or 0 means what the experiment itself has; ``quick`` is a small setting
    for a first look. ``runs`` is where the person's own runs are kept. UserError for numbers below 0.
    """

    data: str = ""
    epochs: int = 0
    seeds: int = 0
    quick: bool = False
    preset: str = ""
    device: str = "auto"
    threads: int = 0
    runs: Path = field(default_factory=runs_folder)

    def __post_init__(self) -> None:
        for name, value, most in (("epochs", self.epochs, 100_000), ("seeds", self.seeds, MOST_SEEDS)):
            if not 0 <= value <= most:
                raise UserError("{name} must be from 1 to {most}, not {value}", name=name, most=most, value=value)


@dataclass(frozen=True, slots=True)
class NamedRun:
    """One training of an experiment: ``name`` is its folder's, ``group`` is what it is compared by, such as "ReLU"."""

    name: str
    group: str
    seed: int
    config: TrainConfig


@dataclass(frozen=True, slots=True)
class Curve:
    """A line of the experiment's picture. ``tower`` is "A" or "B" where it belongs to one; ``dash`` tells curves of one
    colour apart: 0 solid, 1 dashed, 2 dotted.
    """

    name: str
    dash: int = 0
    tower: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """A value of the curve ``curve`` after ``step`` steps, in the unit of the experiment's axis."""

    curve: str
    step: float
    value: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that is over, with its events but for the losses of single steps. ``left_at`` is after how many steps it
    was left because it could no longer matter (``Experiment.leave``); 0 where it went to its end.
    """

    planned: NamedRun
    run: Run
    events: tuple[Event, ...]
    left_at: int = 0


@dataclass(frozen=True, slots=True)
class Spread:
    """How ``count`` measurements lie: ``standard_error`` is that of their mean, NaN where there is only one."""

    count: int
    mean: float
    standard_error: float
    least: float
    most: float


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a finding: what was measured beside what the paper has, both in ``unit``, None where there is none.

    ``digits`` are those after the point that mean something; ``note`` says what else must be known.
    """

    what: str
    measured: float | None
    paper: float | None = None
    unit: str = ""
    digits: int = 1
    spread: Spread | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """What an experiment has shown: ``sentence`` says it, ``conditions`` what it was shown on."""

    experiment: str
    sentence: str
    conditions: str
    rows: tuple[Row, ...]
    quick: bool = False


Plan: TypeAlias = Callable[[Scale], tuple[NamedRun, ...]]
Points: TypeAlias = Callable[[NamedRun, Run, Event], Iterable[Point]]
Conclude: TypeAlias = Callable[[Scale, tuple[Outcome, ...]], Finding]
Leave: TypeAlias = Callable[[NamedRun, Sequence[Event], Sequence[Outcome]], bool]
After: TypeAlias = Callable[[Outcome], Generator[Event, None, None]]


@dataclass(frozen=True, slots=True)
class Experiment:
    """``paper`` is what the paper says, ``where`` where it says it. ``plan`` gives the runs of a scale; ``points`` what
    an event of a run adds to the curves, over an axis called ``axis``; ``conclude`` the finding of all outcomes.
    ``levels`` are heights that matter on that axis; ``towers`` says that it compares the kernels of two towers.
    ``networks`` says with which networks it can be done, for people; empty where with all.

    ``leave`` says at the end of an epoch whether a run with these events need not go on, from the outcomes of the runs
    before it in the plan. It must follow from them alone, so that a run is left at the same step whatever was stopped
    and continued. ``after`` is done once with each run that is over; what it finds out it keeps in the run's folder.
    """

    name: str
    title: str
    question: str
    paper: str
    where: str
    plan: Plan
    points: Points
    conclude: Conclude
    axis: str = ""
    curves: tuple[Curve, ...] = ()
    levels: tuple[float, ...] = ()
    towers: bool = False
    networks: str = ""
    leave: Leave | None = None
    after: After | None = None


@dataclass(frozen=True, slots=True)
class RunBegun(Event):
    """The run ``index`` of ``total`` (from 1) begins, goes on, or, where ``is_over``, was over before. ``points`` are
    those that it has from before.
    """

    name: str
    group: str
    index: int
    total: int
    is_over: bool
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class RunOf(Event):
    """What the run ``index`` of ``total`` reports, and what that adds to the curves."""

    name: str
    index: int
    total: int
    event: Event
    points: tuple[Point, ...] = ()


@dataclass(frozen=True, slots=True)
class RunLeft(Event):
    """The run ``index`` of ``total`` does not go on after ``step`` steps: it can no longer change what is found."""

    name: str
    index: int
    total: int
    step: int


@dataclass(frozen=True, slots=True)
class Concluded(Event):
    """Nothing follows: what the experiment has shown."""

    finding: Finding
