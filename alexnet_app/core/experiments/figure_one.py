"""Figure 1: how much sooner a network of ReLUs learns than one of tanh."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
from alexnet_app.core.experiments.plans import conditions, seeds_of, start
from alexnet_app.core.experiments.statistics_of_runs import crossing, has_diverged, spread, training_curve
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
    """Each activation with each of its rates: whole images, no decay, no dropout, no variation, no normalization."""
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
    """``config`` without regularization and normalization, to the last level. The source of 2012 always shifts and
    mirrors its crops, so that only whole images are trained on as they are.
    """
    network = WHOLE if config.network == CROPPED else config.network
    spec = variant(network)
    steps = {step for each in spec.convolutions for step in each.then}
    normalization, dropout = not steps & {"norm", "map-norm"}, not any(each.dropout for each in spec.dense)
    return replace(
        config,
        network=network,
        stop_at_training_error=min(LEVELS),
        validation_joins_after=0,
        optimization=replace(config.optimization, weight_decay=0.0, schedule="constant", milestones=()),
        augmentation=replace(config.augmentation, crop=False, mirror=False, colour_noise=0.0),
        ablation=replace(config.ablation, normalization=normalization, dropout=dropout),
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
    found = _compared(outcomes, level)
    what = f"how many times faster ReLU is at {100 * level:g} %"
    paper = SIX if level == LEVEL else None
    mean = found.ratios.mean if found.ratios and not found.missing["tanh"] else None
    ratio = Row(what, mean, paper, "×", 1, None if mean is None else found.ratios, _ratio_note(found))
    return [*(_steps_row(name, level, found, outcomes) for name in NAMES.values()), ratio]


@dataclass(frozen=True, slots=True)
class _Compared:
    """What the runs say of a level. ``fastest`` is, by activation and seed, the fewest steps to it and the rate that
    needed them; ``missing`` are the seeds, of ``seeds``, in which an activation never got there.

    ``ratios`` is how many times the steps of ReLU tanh needs, over the seeds in which both got there; ``least`` what
    the mean over all seeds in which ReLU got there exceeds, where tanh did not in some of them: for these the steps
    that its runs had stand for those that it needs. None where there is nothing to divide.
    """

    level: float
    seeds: int
    fastest: Mapping[str, Mapping[int, tuple[float, float]]]
    missing: Mapping[str, tuple[int, ...]]
    ratios: Spread | None
    least: float | None


def _compared(outcomes: Sequence[Outcome], level: float) -> _Compared:
    seeds = sorted({each.planned.seed for each in outcomes})
    fastest = {name: _fastest(outcomes, name, level) for name in NAMES.values()}
    missing = {name: tuple(seed for seed in seeds if seed not in found) for name, found in fastest.items()}
    relu, tanh = (fastest[name] for name in NAMES.values())
    both = {seed: tanh[seed][0] / relu[seed][0] for seed in relu if seed in tanh}
    waited = {seed: _waited(outcomes, "tanh", seed) for seed in relu if seed not in tanh}
    beyond = [steps / relu[seed][0] for seed, steps in waited.items() if steps is not None]
    is_bound = bool(waited) and len(beyond) == len(waited)
    least = spread([*both.values(), *beyond]) if is_bound else None
    return _Compared(level, len(seeds), fastest, missing, spread(list(both.values())), least.mean if least else None)


def _ratio_note(found: _Compared) -> str:
    """In how many seeds something is missing from the ratio, and what is known all the same."""
    said = [f"more than {found.least:.1f}"] if found.least is not None else []
    said += [_not_reached(found, name) for name, seeds in found.missing.items() if seeds]
    if found.missing["tanh"] and found.ratios:
        said.append(f"{_told(found.ratios)} in {_seeds(found.ratios.count)} alone")
    return "; ".join(said)


def _not_reached(found: _Compared, group: str) -> str:
    """That ``group`` did not get there, such as "tanh did not reach it in 1 of 3 seeds"."""
    return f"{group} did not reach it in {len(found.missing[group])} of {_seeds(found.seeds)}"


def _seeds(count: int) -> str:
    return "1 seed" if count == 1 else f"{count} seeds"


def _fastest(outcomes: Sequence[Outcome], group: str, level: float) -> dict[int, tuple[float, float]]:
    """By seed: the fewest steps to the level, and the rate that needed them; without a seed that never got there."""
    fastest: dict[int, tuple[float, float]] = {}
    for each in outcomes:
        steps = crossing(training_curve(each.events), level)
        if each.planned.group == group and steps is not None:
            pair = steps, each.planned.config.learning_rate
            fastest[each.planned.seed] = min(fastest.get(each.planned.seed, pair), pair)
    return fastest


def _waited(outcomes: Sequence[Outcome], group: str, seed: int) -> float | None:
    """For how many steps at least every run of ``group`` from ``seed`` stayed above a level that none of them reached;
    None where all of them diverged.
    """
    own = [each for each in outcomes if (each.planned.group, each.planned.seed) == (group, seed)]
    curves = [training_curve(each.events) for each in own if not has_diverged(each)]
    return min((curve[-1][0] for curve in curves if curve), default=None)


def _steps_row(group: str, level: float, found: _Compared, outcomes: Sequence[Outcome]) -> Row:
    what = f"steps to {100 * level:g} % training error, {group}"
    fastest = found.fastest[group]
    if not fastest:
        return Row(what, None, unit="steps", digits=0, note=_why_never(group, outcomes))
    steps = spread([each[0] for each in fastest.values()])
    rates = sorted({rate for _, rate in fastest.values()})
    note = f"best learning rate {', '.join(f'{rate:g}' for rate in rates)}{_edge(group, rates, outcomes)}"
    missing = found.missing[group]
    if missing:
        note += f"; not reached in {len(missing)} of {_seeds(found.seeds)}, which are excluded"
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
    found = {level: _compared(outcomes, level) for level in LEVELS}
    at = found[LEVEL]
    said = _how_much_sooner(at)
    if not said:
        who = " and ".join(_not_reached(at, name) for name, seeds in at.missing.items() if seeds)
        return f"To 25 % training error: {who}. More epochs or other learning rates are needed for a comparison."
    others = [
        f"{each} at {100 * level:g} %" for level, one in found.items() if level != LEVEL and (each := _short(one))
    ]
    also = f" ({', '.join(others)})" if others else ""
    missing = "; ".join(_not_reached(at, name) for name, seeds in at.missing.items() if seeds)
    why = f": {missing}" if missing else ""
    paper = f"the paper found six times.{_left(outcomes)}"
    return f"ReLU reaches 25 % training error {said} times faster than tanh{also}{why}; {paper}"


def _how_much_sooner(found: _Compared) -> str:
    """Such as "4.0 ± 0.3", or "more than 3.5" where tanh never got there in some seed; empty where nothing is known."""
    if found.missing["tanh"]:
        return f"more than {found.least:.1f}" if found.least is not None and found.least > 1 else ""
    return _told(found.ratios) if found.ratios else ""


def _short(found: _Compared) -> str:
    """The same without its standard error."""
    if found.missing["tanh"] or not found.ratios:
        return _how_much_sooner(found)
    return f"{found.ratios.mean:.1f}"


def _told(ratio: Spread) -> str:
    return f"{ratio.mean:.1f} ± {ratio.standard_error:.1f}" if ratio.count > 1 else f"{ratio.mean:.1f}"


def _left(outcomes: Sequence[Outcome]) -> str:
    """How many rates were left before they came down, and by which rule; empty for none."""
    count = sum(each.left_at > 0 for each in outcomes)
    if not count:
        return ""
    return (
        f" {count} of {len(outcomes)} runs were stopped early: they had not reached a level after {BEHIND} times the "
        "steps that an earlier learning rate of the same activation and seed needed for it."
    )


FIGURE_ONE = Experiment(
    name="figure-1",
    title="ReLU versus tanh",
    question="How much faster does a network with ReLUs learn than the same network with tanh units?",
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
