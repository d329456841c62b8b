"""Figure 1: how much sooner a network of ReLUs learns than one of tanh."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from alexnet_app.core.events import EpochDone, Event
from alexnet_app.core.experiments.experiment import (
    Curve,
    Experiment,
    Finding,
    NamedRun,
    Outcome,
    Point,
    Row,
    Scale,
    Spread,
)
from alexnet_app.core.experiments.measures import crossing, has_diverged, spread, training_curve
from alexnet_app.core.experiments.plans import conditions, seeds_of, start
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig

LEVELS = (0.40, 0.25, 0.15)
LEVEL = 0.25  # the paper's
SIX = 6.0
BEHIND = 3  # times the fewest steps to a level: then a rate is left
NAMES = {"relu": "ReLU", "tanh": "tanh"}
# In steps of 2; those that are likely to be fast come first, so that the others are left soon. Where the best one lies
# at an edge the finding says so.
RATES = {
    "relu": (0.002, 0.004, 0.001, 0.008, 0.0005, 0.016),
    "tanh": (0.008, 0.004, 0.016, 0.002, 0.032, 0.001, 0.0005),
}
QUICK = {"relu": (0.004, 0.002, 0.008), "tanh": (0.032, 0.016, 0.064)}  # around what was fastest on a twentieth
CROPPED, WHOLE = "cifar-13pct", "cifar-13pct-whole"


def plan(scale: Scale) -> tuple[NamedRun, ...]:
    """Each activation with each of its rates: whole images, no decay, no variation, no normalization."""
    bare = _bare(start(scale, "cifar10-13pct", 120, quick_epochs=40, quick_share=0.05))
    runs = []
    for seed in seeds_of(scale, 3, 1):
        for activation, rates in (QUICK if scale.quick else RATES).items():
            for rate in rates:
                ablation = replace(bare.ablation, activation=activation)
                config = replace(bare, seed=seed, learning_rate=rate, ablation=ablation)
                runs.append(NamedRun(f"{activation}-rate-{rate:g}-seed-{seed}", NAMES[activation], seed, config))
    return tuple(runs)


def _bare(config: TrainConfig) -> TrainConfig:
    """``config`` without regularization, to the last level. The source of 2012 always shifts and mirrors its crops, so
    that only whole images are trained on as they are.
    """
    network = WHOLE if config.network == CROPPED else config.network
    steps = {step for each in variant(network).convolutions for step in each.then}
    return replace(
        config,
        network=network,
        stop_at_training_error=min(LEVELS),
        validation_joins_after=0,
        optimization=replace(config.optimization, weight_decay=0.0, schedule="constant", milestones=()),
        augmentation=replace(config.augmentation, crop=False, mirror=False, colour_noise=0.0),
        ablation=replace(config.ablation, normalization=not steps & {"norm", "map-norm"}),
    )


def points(planned: NamedRun, run: Run, event: Event) -> Iterable[Point]:
    """The training error of each epoch, at the middle of its steps."""
    if isinstance(event, EpochDone):
        middle = event.step * (event.epoch - 0.5) / event.epoch
        yield Point(planned.group, middle, 100 * event.train_error)


def is_far_behind(planned: NamedRun, events: Sequence[Event], earlier: Sequence[Outcome]) -> bool:
    """Whether a rate is left: at the end of an epoch it has had at least three times the fewest steps in which an
    earlier run of the same activation and seed came down to a level of training error, and is itself still above it.
    """
    done = max((event.step for event in events if isinstance(event, EpochDone)), default=0)
    curve = training_curve(events)
    rivals = [
        training_curve(each.events)
        for each in earlier
        if (each.planned.group, each.planned.seed) == (planned.group, planned.seed)
    ]
    for level in LEVELS:
        found = [steps for rival in rivals if (steps := crossing(rival, level)) is not None]
        if found and crossing(curve, level) is None and done >= BEHIND * min(found):
            return True
    return False


def conclude(scale: Scale, outcomes: tuple[Outcome, ...]) -> Finding:
    """For each level and activation the steps of its fastest rate, and their ratio."""
    rows = [row for level in LEVELS for row in _rows(level, outcomes)]
    return Finding("figure-1", _sentence(outcomes), conditions(outcomes), tuple(rows), scale.quick)


def _rows(level: float, outcomes: Sequence[Outcome]) -> list[Row]:
    best = {name: _fastest(outcomes, name, level) for name in NAMES.values()}
    ratios, least = _ratios(outcomes, level), _least(outcomes, level)
    note = f"more than {least:.1f}: tanh had not got there when its runs ended" if least else ""
    what = f"how many times sooner ReLU is at {100 * level:g} %"
    paper = SIX if level == LEVEL else None
    ratio = Row(what, ratios.mean if ratios else None, paper, "×", 1, ratios, note)
    return [*(_steps_row(name, level, best[name], outcomes) for name in NAMES.values()), ratio]


def _fastest(outcomes: Sequence[Outcome], group: str, level: float) -> dict[int, tuple[float, float]]:
    """By seed: the fewest steps to the level, and the rate that needed them; without a seed that never got there."""
    fastest: dict[int, tuple[float, float]] = {}
    for each in outcomes:
        steps = crossing(training_curve(each.events), level)
        if each.planned.group == group and steps is not None:
            pair = steps, each.planned.config.learning_rate
            fastest[each.planned.seed] = min(fastest.get(each.planned.seed, pair), pair)
    return fastest


def _ratios(outcomes: Sequence[Outcome], level: float) -> Spread | None:
    """How many times the steps of ReLU tanh needs, seed by seed; None where no seed has both."""
    relu, tanh = (_fastest(outcomes, name, level) for name in NAMES.values())
    return spread([tanh[seed][0] / relu[seed][0] for seed in sorted(relu) if seed in tanh])


def _least(outcomes: Sequence[Outcome], level: float) -> float | None:
    """What the ratio exceeds at least where ReLU got to the level and tanh never did; else None."""
    relu, tanh = (_fastest(outcomes, name, level) for name in NAMES.values())
    waited = _waited(outcomes, "tanh") if relu and not tanh else None
    found = spread([steps for steps, _ in relu.values()])
    return waited / found.mean if waited and found else None


def _waited(outcomes: Sequence[Outcome], group: str) -> float | None:
    """For how many steps at least every run of ``group`` stayed above the level; None where all of them diverged."""
    own = [each for each in outcomes if each.planned.group == group and not has_diverged(each)]
    return min((curve[-1][0] for each in own if (curve := training_curve(each.events))), default=None)


def _steps_row(group: str, level: float, fastest: dict[int, tuple[float, float]], outcomes: Sequence[Outcome]) -> Row:
    what = f"steps to {100 * level:g} % training error, {group}"
    if not fastest:
        return Row(what, None, unit="steps", digits=0, note=_why_never(group, outcomes))
    steps = spread([each[0] for each in fastest.values()])
    rates = sorted({rate for _, rate in fastest.values()})
    note = f"best rate {', '.join(f'{rate:g}' for rate in rates)}{_edge(group, rates, outcomes)}"
    return Row(what, steps.mean if steps else None, None, "steps", 0, steps, note)


def _edge(group: str, best: Sequence[float], outcomes: Sequence[Outcome]) -> str:
    """What must be known where no slower or no faster rate was tried: the best one may lie beyond."""
    tried = [each.planned.config.learning_rate for each in outcomes if each.planned.group == group]
    if best[-1] == max(tried):
        return ", the largest tried: a larger one may be better"
    return ", the smallest tried: a smaller one may be better" if best[0] == min(tried) else ""


def _why_never(group: str, outcomes: Sequence[Outcome]) -> str:
    own = [each for each in outcomes if each.planned.group == group]
    diverged = sum(has_diverged(each) for each in own)
    least = min((error for each in own for _, error in training_curve(each.events)), default=None)
    said = f"not reached: least training error {least:.1%}" if least is not None else "not reached"
    return f"{said}; {diverged} of {len(own)} runs diverged" if diverged else said


def _sentence(outcomes: Sequence[Outcome]) -> str:
    ratios = {level: _ratios(outcomes, level) for level in LEVELS}
    paper, least = ratios[LEVEL], _least(outcomes, LEVEL)
    if paper is not None:
        others = [f"{each.mean:.1f} at {100 * level:g} %" for level, each in ratios.items() if each and level != LEVEL]
        also = f" ({', '.join(others)})" if others else ""
        said = (
            f"ReLU reaches 25 % training error {_told(paper)} times sooner than tanh{also}; the paper found six times."
        )
        return f"{said}{_left(outcomes)}"
    if least is not None and least > 1:
        return (
            f"ReLU reaches 25 % training error more than {least:.1f} times sooner than tanh, which did not reach it in "
            "these epochs; the paper found six times."
        )
    missing = " and ".join(name for name in NAMES.values() if not _fastest(outcomes, name, LEVEL))
    return f"{missing} did not reach 25 % training error: more epochs, or other rates, are needed to compare."


def _told(ratio: Spread) -> str:
    return f"{ratio.mean:.1f} ± {ratio.standard_error:.1f}" if ratio.count > 1 else f"{ratio.mean:.1f}"


def _left(outcomes: Sequence[Outcome]) -> str:
    """How many rates were left before they came down, and by which rule; empty for none."""
    count = sum(each.left_at > 0 for each in outcomes)
    if not count:
        return ""
    return (
        f" {count} of {len(outcomes)} runs were left once they had had {BEHIND} times the steps in which an earlier "
        "rate of the same activation and seed reached a level that they had not."
    )


FIGURE_ONE = Experiment(
    name="figure-1",
    title="ReLU against tanh",
    question="How much sooner does a network of ReLUs learn than the same network of tanh units?",
    paper="A four-layer network with ReLUs reaches 25 % training error on CIFAR-10 six times faster than one with "
    "tanh, each at its own best learning rate, without any regularization.",
    where="Figure 1, section 3.1",
    plan=plan,
    points=points,
    conclude=conclude,
    axis="training error (%)",
    curves=(Curve("ReLU"), Curve("tanh", dash=1)),
    levels=tuple(100 * level for level in LEVELS),
    leave=is_far_behind,
)
