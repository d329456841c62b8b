"""Figure 3: whether one tower becomes colour-agnostic and the other colour-specific, and what that needs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.events import Event, FiltersSeen
from alexnet_app.core.experiments.experiment import Curve, Experiment, Finding, NamedRun, Outcome, Point, Row, Scale
from alexnet_app.core.experiments.measures import has_diverged, left_out, spread
from alexnet_app.core.experiments.plans import IMAGENET, check_two_towers, conditions, seeds_of, start
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig

GROUPS = {"variant": "as published", "apart": "never meeting", "joined": "always meeting"}
LIMIT = 0.05


@dataclass(frozen=True, slots=True)
class Towers:
    """conv1 of one run: the median indices of the more coloured tower and of the other one, and the permutation test's
    p for each difference.
    """

    colour: tuple[float, float]
    orientation: tuple[float, float]
    colour_p: float
    orientation_p: float


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
    """The median colour index of each tower, from the pictures of conv1 that the run keeps."""
    from alexnet_app.core.insight.selectivity import colour_index

    if not isinstance(event, FiltersSeen):
        return
    kernels = _snapshot(run.folder / event.file)
    if kernels is None:
        return
    index = colour_index(kernels)
    for tower, part in zip("AB", _spec(planned.config).tower_slices("conv1"), strict=True):
        yield Point(f"{planned.group}, tower {tower}", event.step, float(np.median(index[part])))


def measure(outcome: Outcome) -> Towers:
    """The towers of a run that is over, from its last model. UserError where that cannot be read."""
    from alexnet_app.core.insight.selectivity import colour_index, orientation_index, permutation_p
    from alexnet_app.core.network.bundle import read_bundle

    bundle = read_bundle(outcome.run.last_file)
    weights = bundle.weights["conv1.weight"].float().numpy()
    parts = bundle.spec.tower_slices("conv1")
    colour, orientation = ([index(weights)[part] for part in parts] for index in (colour_index, orientation_index))
    more = int(np.argmax([np.median(each) for each in colour]))
    return Towers(
        (float(np.median(colour[more])), float(np.median(colour[1 - more]))),
        (float(np.median(orientation[more])), float(np.median(orientation[1 - more]))),
        permutation_p(colour[0], colour[1]),
        permutation_p(orientation[0], orientation[1]),
    )


def conclude(scale: Scale, outcomes: tuple[Outcome, ...]) -> Finding:
    """For each of the three: both indices of both towers, and in how many runs the towers differ. Runs that diverged
    are left out.
    """
    found = {
        group: {each.planned.seed: measure(each) for each in outcomes if _is_measured(each, group)}
        for group in GROUPS.values()
    }
    rows = [row for group in GROUPS.values() for row in _rows(group, found[group])]
    text = " ".join((_sentence(found), *(f"{said}." for group in found if (said := left_out(outcomes, group)))))
    return Finding("specialization", text, conditions(outcomes), tuple(rows), scale.quick)


def _config(base: TrainConfig, towers: str, seed: int) -> TrainConfig:
    return replace(base, seed=seed, ablation=replace(base.ablation, towers=towers))


def _is_measured(outcome: Outcome, group: str) -> bool:
    return outcome.planned.group == group and not has_diverged(outcome) and outcome.run.last_file.is_file()


@lru_cache(maxsize=8)
def _spec(config: TrainConfig) -> NetworkSpec:
    return config.spec()


def _snapshot(path: Path) -> NDArray[np.float32] | None:
    """conv1 (K, 3, h, w) from a picture of it, each kernel by its largest weight; None where the file is gone or torn:
    it only shows.
    """
    try:
        pictures = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    if pictures.dtype != np.uint8 or pictures.ndim != 4 or pictures.shape[3] != 3:
        return None
    kernels: NDArray[np.float32] = ((pictures.astype(np.float32) - 128) / 127).transpose(0, 3, 1, 2)
    return kernels


def _rows(group: str, found: dict[int, Towers]) -> list[Row]:
    """An index's two medians, a tower each, are means over the seeds."""
    rows = []
    for name, index in (("colour", 0), ("orientation", 1)):
        for tower, which in (("more coloured tower", 0), ("other tower", 1)):
            values = spread([(each.colour, each.orientation)[index][which] for each in found.values()])
            what = f"{group}: {name} index, {tower}"
            rows.append(Row(what, values.mean if values else None, None, "", 2, values))
    for name in ("colour", "orientation"):
        chances = {seed: getattr(each, f"{name}_p") for seed, each in found.items()}
        count = sum(each < LIMIT for each in chances.values())
        paper = len(found) if group == GROUPS["variant"] and name == "colour" else None
        what = f"{group}: runs whose towers differ in {name}"
        rows.append(Row(what, count if found else None, paper, f"of {len(found)}", 0, None, _chances(chances)))
    return rows


def _chances(chances: dict[int, float]) -> str:
    """The p of each seed: "p = 0.36, 0.011 for seeds 1, 2"."""
    if not chances:
        return ""
    seeds = sorted(chances)
    named = f"{seeds[0]} to {seeds[-1]}" if len(seeds) == seeds[-1] - seeds[0] + 1 > 2 else ", ".join(map(str, seeds))
    values = ", ".join(f"{chances[seed]:.2g}" for seed in seeds)
    return f"p = {values} for {'seed' if len(seeds) == 1 else 'seeds'} {named}"


def _sentence(found: dict[str, dict[int, Towers]]) -> str:
    said = [_count(group, list(towers.values())) for group, towers in found.items() if towers]
    if not said:
        return "No run left a model to measure."
    return f"The colour indices of the towers differ (p < {LIMIT:g}) in {'; '.join(said)}. The paper: in every run."


def _count(group: str, towers: Sequence[Towers]) -> str:
    count = sum(each.colour_p < LIMIT for each in towers)
    return f"{count} of {len(towers)} runs {group}"


SPECIALIZATION = Experiment(
    name="specialization",
    title="What each tower learns",
    question="Does one tower become colour-agnostic and the other one colour-specific, and what does that need?",
    paper="The kernels of the first GPU are largely colour-agnostic, those of the second largely colour-specific. "
    "This happens in every run, whatever the random start, up to a renumbering of the GPUs.",
    where="Figure 3, section 6.1",
    plan=plan,
    points=points,
    conclude=conclude,
    axis="median colour index of conv1",
    curves=tuple(
        Curve(f"{group}, tower {tower}", dash, tower) for dash, group in enumerate(GROUPS.values()) for tower in "AB"
    ),
    towers=True,
)
