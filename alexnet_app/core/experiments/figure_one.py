"""Figure 1: how much sooner a network of ReLUs learns than one of tanh."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from statistics import fmean

from alexnet_app.core.events import EpochDone, Event
from alexnet_app.core.experiments.experiment import Curve, Experiment, Finding, NamedRun, Outcome, Point, Row, Scale
from alexnet_app.core.experiments.measures import crossing, has_diverged, spread, training_curve
from alexnet_app.core.experiments.plans import conditions, seeds_of, start
from alexnet_app.core.runs.run import Run

LEVEL = 0.25
SIX = 6.0
NAMES = {"relu": "ReLU", "tanh": "tanh"}
# Around what was fastest on all of CIFAR-10, and on a twentieth; where the best one lies at an edge the finding says so
RATES = {"relu": (0.001, 0.002, 0.004, 0.008), "tanh": (0.004, 0.008, 0.016, 0.032)}
QUICK = {"relu": (0.002, 0.004, 0.008), "tanh": (0.016, 0.032, 0.064)}


def plan(scale: Scale) -> tuple[NamedRun, ...]:
    """Each activation with each of its rates; no decay, no dropout, no variation of the pictures, no normalization."""
    base = start(scale, "cifar10", 120, quick_epochs=40, quick_share=0.05)
    bare = replace(
        base,
        stop_at_training_error=LEVEL,
        optimization=replace(base.optimization, weight_decay=0.0, schedule="constant"),
        augmentation=replace(base.augmentation, crop=False, mirror=False, colour_noise=0.0),
    )
    runs = []
    for seed in seeds_of(scale, 1, 1):
        for activation, rates in (QUICK if scale.quick else RATES).items():
            for rate in rates:
                ablation = replace(bare.ablation, activation=activation, normalization=False)
                config = replace(bare, seed=seed, learning_rate=rate, ablation=ablation)
                runs.append(NamedRun(f"{activation}-rate-{rate:g}-seed-{seed}", NAMES[activation], seed, config))
    return tuple(runs)


def points(planned: NamedRun, run: Run, event: Event) -> Iterable[Point]:
    """The training error of each epoch, at the middle of its steps."""
    if isinstance(event, EpochDone):
        middle = event.step * (event.epoch - 0.5) / event.epoch
        yield Point(planned.group, middle, 100 * event.train_error)


def conclude(scale: Scale, outcomes: tuple[Outcome, ...]) -> Finding:
    """For each activation the steps of its fastest rate, and their ratio."""
    best = {name: _fastest(outcomes, name) for name in NAMES.values()}
    rows = [_steps_row(name, best[name], outcomes) for name in NAMES.values()]
    found = [(best["ReLU"][seed][0], best["tanh"][seed][0]) for seed in sorted(best["ReLU"]) if seed in best["tanh"]]
    ratios = spread([tanh / relu for relu, tanh in found])
    waited = _waited(outcomes, "tanh") if best["ReLU"] and not best["tanh"] else None
    least = waited / fmean(steps for steps, _ in best["ReLU"].values()) if waited else None
    note = f"more than {least:.1f}: tanh had not got there after {waited:,.0f} steps" if least else ""
    what = "how many times sooner ReLU is there"
    rows.append(Row(what, ratios.mean if ratios else None, SIX, "×", 1, ratios, note))
    return Finding("figure-1", _sentence(rows, least), conditions(outcomes), tuple(rows), scale.quick)


def _fastest(outcomes: Sequence[Outcome], group: str) -> dict[int, tuple[float, float]]:
    """By seed: the fewest steps to the level, and the rate that needed them; without a seed that never got there."""
    fastest: dict[int, tuple[float, float]] = {}
    for each in outcomes:
        steps = crossing(training_curve(each.events), LEVEL)
        if each.planned.group == group and steps is not None:
            pair = steps, each.planned.config.learning_rate
            fastest[each.planned.seed] = min(fastest.get(each.planned.seed, pair), pair)
    return fastest


def _waited(outcomes: Sequence[Outcome], group: str) -> float | None:
    """For how many steps at least every run of ``group`` stayed above the level; None where all of them diverged."""
    own = [each for each in outcomes if each.planned.group == group and not has_diverged(each)]
    return min((curve[-1][0] for each in own if (curve := training_curve(each.events))), default=None)


def _steps_row(group: str, fastest: dict[int, tuple[float, float]], outcomes: Sequence[Outcome]) -> Row:
    what = f"steps to 25 % training error, {group}"
    if not fastest:
        return Row(what, None, unit="steps", digits=0, note=_why_never(group, outcomes))
    steps = spread([each[0] for each in fastest.values()])
    rates = sorted({rate for _, rate in fastest.values()})
    note = f"best rate {', '.join(f'{rate:g}' for rate in rates)}{_edge(group, rates, outcomes)}"
    return Row(what, fmean(each[0] for each in fastest.values()), None, "steps", 0, steps, note)


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


def _sentence(rows: Sequence[Row], least: float | None) -> str:
    """``least`` is what the ratio exceeds where tanh never got there."""
    relu, tanh, ratio = (row.measured for row in rows)
    if ratio is not None:
        return f"ReLU reaches 25 % training error {ratio:.1f} times sooner than tanh; the paper found six times."
    if least is not None and least > 1:
        return (
            f"ReLU reaches 25 % training error more than {least:.1f} times sooner than tanh, which did not reach it in "
            "these epochs; the paper found six times."
        )
    missing = " and ".join(name for name, steps in (("ReLU", relu), ("tanh", tanh)) if steps is None)
    return f"{missing} did not reach 25 % training error: more epochs, or other rates, are needed to compare."


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
    line=100 * LEVEL,
)
