"""Figure 3: whether one tower becomes colour-agnostic and the other colour-specific, and what that needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from alexnet_app.core.events import Event, FiltersSeen
from alexnet_app.core.experiments.against_control import COUNTED, group_p, least_group_p, least_p, run_p
from alexnet_app.core.experiments.experiment import (
    TWO_TOWERS,
    Curve,
    Experiment,
    Finding,
    NamedRun,
    Outcome,
    Point,
    Row,
    Scale,
)
from alexnet_app.core.experiments.plans import IMAGENET, check_two_towers, conditions, seeds_of, start
from alexnet_app.core.experiments.statistics_of_runs import has_diverged, left_out, spread
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.runs.border import snapshot_file
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig

GROUPS = {"variant": "as published", "apart": "never meeting", "joined": "always meeting"}
CONTROL = GROUPS["joined"]  # its towers are halves by name only: whatever they differ in is chance
LIMIT = 0.05


@dataclass(frozen=True, slots=True)
class Towers:
    """conv1 of one run, of the more coloured tower and of the other one: how many of their kernels have learned, the
    median indices of these, and the permutation test's p for each difference.

    The indices are None where a tower has no kernel that has learned; both p are None where it has too few.
    """

    learned: tuple[int, int]
    kernels: int
    colour: tuple[float | None, float | None]
    orientation: tuple[float | None, float | None]
    colour_p: float | None
    orientation_p: float | None

    @property
    def difference(self) -> float | None:
        """How far apart the median colour indices are; None where too few kernels have learned to compare them."""
        more, less = self.colour
        return None if self.colour_p is None or more is None or less is None else more - less


def plan(scale: Scale) -> tuple[NamedRun, ...]:
    """Towers as published, towers that never meet and towers that always do, from each seed."""
    base = start(scale, "cifar-towers", 30, quick_epochs=4, quick_share=0.1, others=IMAGENET)
    check_two_towers(base)
    return tuple(
        NamedRun(f"{towers}-seed-{seed}", group, seed, _config(base, towers, seed))
        for seed in seeds_of(scale, 5, 5)
        for towers, group in GROUPS.items()
    )


def points(planned: NamedRun, run: Run, event: Event) -> Iterable[Point]:
    """The median colour index of each tower, from conv1 as the run keeps it, by the rules by which its last model is
    judged; none of a tower before so many of its kernels have learned that it can be judged. A run of an older version
    does not keep how strong its kernels are: there none is dead.
    """
    from alexnet_app.core.insight.selectivity import colour_index, needed, typical
    from alexnet_app.core.insight.smoothness import has_learned
    from alexnet_app.core.insight.snapshot import read_snapshot

    if not isinstance(event, FiltersSeen):
        return
    path = snapshot_file(run, event.file)
    kernels = None if path is None else read_snapshot(path)
    if kernels is None:
        return
    index, learned = colour_index(kernels), has_learned(kernels)
    for tower, part in zip("AB", _spec(planned.config).tower_slices("conv1"), strict=True):
        if learned[part].sum() >= needed(len(learned[part])):
            yield Point(f"{planned.group}, tower {tower}", event.step, typical(index[part][learned[part]]))


def measure(outcome: Outcome) -> Towers:
    """The towers of a run that is over, from its last model. UserError where that cannot be read."""
    from alexnet_app.core.insight.selectivity import specialization
    from alexnet_app.core.network.bundle import read_bundle

    bundle = read_bundle(outcome.run.last_file)
    found = specialization(bundle.weights["conv1.weight"].float().numpy(), bundle.spec.tower_slices("conv1"))
    more, other = sorted(found.towers, key=lambda each: -1.0 if each.colour is None else each.colour, reverse=True)
    return Towers(
        (more.learned, other.learned),
        more.kernels,
        (more.colour, other.colour),
        (more.orientation, other.orientation),
        found.colour_p,
        found.orientation_p,
    )


def conclude(scale: Scale, outcomes: tuple[Outcome, ...]) -> Finding:
    """For each of the three: how many kernels have learned, both indices of both towers, in how many runs the towers
    differ, and whether they differ more than those of the control, towers by name only. Runs that diverged are left
    out.
    """
    found = {
        group: {each.planned.seed: measure(each) for each in outcomes if _is_measured(each, group)}
        for group in GROUPS.values()
    }
    rows = [row for group in GROUPS.values() for row in _rows(group, found[group])]
    rows += _against_control(found)
    said = [_sentence(found), _control_sentence(found)]
    said += [f"{each}." for group in found if (each := left_out(outcomes, group))]
    return Finding("specialization", " ".join(filter(None, said)), conditions(outcomes), tuple(rows), scale.quick)


def _config(base: TrainConfig, towers: str, seed: int) -> TrainConfig:
    return replace(base, seed=seed, ablation=replace(base.ablation, towers=towers))


def _is_measured(outcome: Outcome, group: str) -> bool:
    return outcome.planned.group == group and not has_diverged(outcome) and outcome.run.last_file.is_file()


@lru_cache(maxsize=8)
def _spec(config: TrainConfig) -> NetworkSpec:
    return config.spec()


def _rows(group: str, found: dict[int, Towers]) -> list[Row]:
    """Counts and an index's two medians, a tower each, are means over the seeds."""
    towers = ("more coloured tower", "other tower")
    rows = [
        _mean(
            f"{group}: learned kernels, {tower}",
            [each.learned[which] for each in found.values()],
            0,
            f"of {next(iter(found.values())).kernels}" if found else "",
        )
        for which, tower in enumerate(towers)
    ]
    for name, index in (("colour", 0), ("orientation", 1)):
        for which, tower in enumerate(towers):
            values = [(each.colour, each.orientation)[index][which] for each in found.values()]
            rows.append(_mean(f"{group}: {name} index, {tower}", values, 2))
    for name in ("colour", "orientation"):
        chances = {seed: getattr(each, f"{name}_p") for seed, each in found.items()}
        count = sum(each is not None and each < LIMIT for each in chances.values())
        paper = len(found) if group == GROUPS["variant"] and name == "colour" else None
        what = f"{group}: runs whose towers differ in {name}"
        rows.append(Row(what, count if found else None, paper, f"of {len(found)}", 0, None, _chances(chances)))
    return rows


def _mean(what: str, given: Sequence[float | None], digits: int, unit: str = "") -> Row:
    values = spread([each for each in given if each is not None])
    return Row(what, values.mean if values else None, None, unit, digits, values)


def _differences(found: dict[int, Towers]) -> dict[int, float]:
    return {seed: each.difference for seed, each in found.items() if each.difference is not None}


def _against_control(found: dict[str, dict[int, Towers]]) -> list[Row]:
    """How far apart the towers' medians of the colour index are, and in how many runs further than in every control."""
    controls = list(_differences(found[CONTROL]).values())
    rows = []
    for group, runs in found.items():
        values = _differences(runs)
        row = _mean(f"{group}: difference of the colour indices", list(values.values()), 2)
        if group == CONTROL or not (values and controls):
            rows.append(row)
            continue
        beyond = sum(each > max(controls) for each in values.values())
        what = f"{group}: runs further apart than all {len(controls)} controls"
        chances = _chances({seed: run_p(each, controls) for seed, each in values.items()})
        note = f"{chances}; at least {least_p(len(controls)):.2g} with {len(controls)} controls"
        rows += [
            replace(row, note=_together(list(values.values()), controls)),
            Row(what, beyond, None, f"of {len(values)}", 0, None, note),
        ]
    return rows


def _together(values: Sequence[float], controls: Sequence[float]) -> str:
    least = least_group_p(len(values), len(controls))
    why = "with so few runs" if least >= 1 / COUNTED else f"of {COUNTED:,} drawn ways to deal them"
    return f"p = {group_p(values, controls):.2g} against the control, at least {least:.2g} {why}"


def _control_sentence(found: dict[str, dict[int, Towers]]) -> str:
    """What the comparison with the control shows, and what so few runs can show; empty where there is none."""
    controls = list(_differences(found[CONTROL]).values())
    said = []
    for group, runs in found.items():
        values = list(_differences(runs).values())
        if group != CONTROL and values and controls:
            beyond = sum(each > max(controls) for each in values)
            said.append(f"{beyond} of {len(values)} runs {group} (all together p = {group_p(values, controls):.2g})")
    if not said:
        return ""
    return (
        f"They are further apart than in all {len(controls)} runs {CONTROL}, whose towers exist in name only, in "
        f"{'; '.join(said)}. With {len(controls)} control runs no single run can have a p below "
        f"{least_p(len(controls)):.2g}."
    )


def _chances(chances: dict[int, float | None]) -> str:
    """The p of each seed: "p = 0.36, 0.011 for seeds 1, 2"."""
    if not chances:
        return ""
    seeds = sorted(chances)
    named = f"{seeds[0]} to {seeds[-1]}" if len(seeds) == seeds[-1] - seeds[0] + 1 > 2 else ", ".join(map(str, seeds))
    values = ", ".join("–" if (p := chances[seed]) is None else f"{p:.2g}" for seed in seeds)
    few = " (–: too few kernels have learned)" if None in chances.values() else ""
    return f"p = {values} for {'seed' if len(seeds) == 1 else 'seeds'} {named}{few}"


def _sentence(found: dict[str, dict[int, Towers]]) -> str:
    said = [_count(group, list(towers.values())) for group, towers in found.items() if towers]
    if not said:
        return "No run has a model to measure."
    return f"The colour indices of the towers differ (p < {LIMIT:g}) in {'; '.join(said)}. The paper: in every run."


def _count(group: str, towers: Sequence[Towers]) -> str:
    count = sum(each.colour_p is not None and each.colour_p < LIMIT for each in towers)
    few = sum(each.colour_p is None for each in towers)
    return f"{count} of {len(towers)} runs {group}" + (f" ({few} with too few learned kernels)" if few else "")


SPECIALIZATION = Experiment(
    name="specialization",
    title="What each tower learns",
    question="Does one tower become colour-agnostic and the other one colour-specific, and what does that require?",
    paper="The kernels of the first GPU are largely colour-agnostic, those of the second largely colour-specific. "
    "This happens in every run, whatever the random start, up to a renumbering of the GPUs.",
    where="Figure 3, section 6.1",
    plan=plan,
    points=points,
    conclude=conclude,
    axis="median colour index of conv1's learned kernels",
    curves=tuple(
        Curve(f"{group}, tower {tower}", dash, tower) for dash, group in enumerate(GROUPS.values()) for tower in "AB"
    ),
    towers=True,
    networks=TWO_TOWERS,
)
