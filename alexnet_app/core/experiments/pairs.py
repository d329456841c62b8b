"""Experiments that train the same network with and without one thing, from several seeds."""

from collections.abc import Callable, Iterable, Sequence
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
from alexnet_app.core.experiments.measures import (
    has_diverged,
    is_beyond_chance,
    left_out,
    spread,
    started,
    test_error,
    validation_error,
)
from alexnet_app.core.experiments.plans import IMAGENET, check_two_towers, conditions, seeds_of, start
from alexnet_app.core.experiments.protocol import is_on_cifar10, is_on_ilsvrc
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig

ILSVRC, CIFAR10 = "ILSVRC-2010", "CIFAR-10"


@dataclass(frozen=True, slots=True)
class Pair:
    """``plain`` is what the network is called as it is, ``changed`` what it is called without the thing, and ``change``
    takes the thing away. ``errors`` are the paper's two, in percent; ``gain`` what the paper says it is worth, in
    points of top-1 error, ``gain_words`` where it says it otherwise; all of them on ``paper_data``. ``towers`` where
    the network must have two.
    """

    name: str
    preset: str
    plain: str
    changed: str
    change: Callable[[TrainConfig], TrainConfig]
    gain: float | None = None
    gain_words: str = ""
    paper_data: str = ILSVRC
    errors: tuple[float | None, float | None] = (None, None)
    epochs: int = 60
    towers: bool = False

    def plan(self, scale: Scale) -> tuple[NamedRun, ...]:
        """Both for each seed, one after the other, so that whatever is there after a stop can be compared."""
        base = start(scale, self.preset, self.epochs, quick_epochs=6, quick_share=0.2, others=IMAGENET)
        if self.towers:
            check_two_towers(base)
        runs = []
        for seed in seeds_of(scale, 3, 2):
            for group in (self.plain, self.changed):
                config = replace(base if group == self.plain else self.change(base), seed=seed)
                runs.append(NamedRun(f"{group.replace(' ', '-')}-seed-{seed}", group, seed, config))
        return tuple(runs)

    def conclude(self, scale: Scale, outcomes: tuple[Outcome, ...]) -> Finding:
        """Both errors over the seeds, and their difference seed by seed. Test errors where every run has one, else
        validation errors of all: never one less the other. Runs that diverged are left out.
        """
        whole = [each for each in outcomes if not has_diverged(each)]
        kind, measure = ("test", test_error) if all(map(_is_tested, whole)) else ("validation", validation_error)
        with_, without = (_percent(whole, group, measure) for group in (self.plain, self.changed))
        lost = {group: left_out(outcomes, group) for group in (self.plain, self.changed)}
        is_same = self._is_as_in_the_paper(outcomes)
        rows = [
            _row(f"{kind} error, {group}", spread(list(found.values())), paper if is_same else None, note=lost[group])
            for group, found, paper in zip((self.plain, self.changed), (with_, without), self.errors, strict=True)
        ]
        difference = spread([without[seed] - with_[seed] for seed in sorted(with_) if seed in without])
        what = f"how much worse {self.changed} is"
        gain = self.gain if is_same else None
        rows.append(_row(what, difference, gain, "points", self._said_of_the_paper(is_same=is_same)))
        text = " ".join((_sentence(self, difference), *(f"{note}." for note in lost.values() if note)))
        return Finding(self.name, text, conditions(outcomes), tuple(rows), scale.quick)

    def _is_as_in_the_paper(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether the paper's figures are of the same data and a network like that of these runs."""
        if self.paper_data == ILSVRC:
            return all(is_on_ilsvrc(each.planned.config, each.run) for each in outcomes)
        return all(is_on_cifar10(each.planned.config, started(each)) for each in outcomes)

    def _said_of_the_paper(self, *, is_same: bool) -> str:
        """What stands in the row of the difference for what the paper found, and on what."""
        if self.gain is None:
            return ""
        words = self.gain_words or f"{self.gain:g}"
        if is_same:
            return f"the paper, on {self.paper_data}" + (f": {words} points" if self.gain_words else "")
        return f"the paper, on {self.paper_data}: {words} points"


def points(planned: NamedRun, run: Run, event: Event) -> Iterable[Point]:
    """The validation error of each epoch."""
    if isinstance(event, EpochDone):
        yield Point(planned.group, event.step, 100 * event.validation_error)


def _is_tested(outcome: Outcome) -> bool:
    return test_error(outcome) is not None


def _percent(outcomes: Sequence[Outcome], group: str, measure: Callable[[Outcome], float | None]) -> dict[int, float]:
    """The error that ``measure`` finds, in percent, by seed; without runs that have none."""
    found = ((each.planned.seed, measure(each)) for each in outcomes if each.planned.group == group)
    return {seed: 100 * error for seed, error in found if error is not None}


def _row(what: str, measured: Spread | None, paper: float | None, unit: str = "%", note: str = "") -> Row:
    return Row(what, measured.mean if measured else None, paper, unit, 2, measured, note)


def _sentence(pair: Pair, difference: Spread | None) -> str:
    if difference is None:
        return "No seed has an error of both kinds of run to compare."
    found = pair.gain_words or f"{pair.gain:g}" if pair.gain is not None else ""
    paper = f"; the paper, on {pair.paper_data}, found {found}" if found else "; the paper has no figure for it"
    how = "worse" if difference.mean >= 0 else "better"
    said = f"{pair.changed[:1].upper()}{pair.changed[1:]} is {abs(difference.mean):.2f} points {how}"
    if difference.count < 2:
        return f"{said}{paper}. One pair of runs tells nothing of chance."
    doubt = "" if is_beyond_chance(difference) else ", which chance alone could make"
    return f"{said} (standard error {difference.standard_error:.2f}){doubt}{paper}."


def _without_normalization(config: TrainConfig) -> TrainConfig:
    return replace(config, ablation=replace(config.ablation, normalization=False))


def _without_overlap(config: TrainConfig) -> TrainConfig:
    return replace(config, ablation=replace(config.ablation, overlap=False))


def _one_tower(config: TrainConfig) -> TrainConfig:
    return replace(config, ablation=replace(config.ablation, towers="one"))


def _apart(config: TrainConfig) -> TrainConfig:
    return replace(config, ablation=replace(config.ablation, towers="apart"))


def _without_colour_noise(config: TrainConfig) -> TrainConfig:
    return replace(config, augmentation=replace(config.augmentation, colour_noise=0.0))


def _experiment(pair: Pair, title: str, question: str, paper: str, where: str) -> Experiment:
    return Experiment(
        name=pair.name,
        title=title,
        question=question,
        paper=paper,
        where=where,
        plan=pair.plan,
        points=points,
        conclude=pair.conclude,
        axis="validation error (%)",
        curves=(Curve(pair.plain), Curve(pair.changed, dash=1)),
    )


PAIRS: tuple[Experiment, ...] = (
    _experiment(
        Pair(
            "normalization",
            "cifar10",
            "with normalization",
            "without normalization",
            _without_normalization,
            gain=2.0,
            errors=(11.0, 13.0),
            paper_data=CIFAR10,
            epochs=120,
        ),
        "Response normalization",
        "How much does local response normalization lower the test error?",
        "On CIFAR-10 a four-layer network had a test error of 13 % without normalization and of 11 % with it.",
        "Section 3.3",
    ),
    _experiment(
        Pair(
            "overlap",
            "cifar-towers",
            "overlapping pools",
            "pools without overlap",
            _without_overlap,
            gain=0.4,
        ),
        "Overlapping pools",
        "Are pools of 3 × 3 that overlap better than pools of 2 × 2 that do not?",
        "Overlapping pools lower the top-1 error by 0.4 and the top-5 error by 0.3 points on ILSVRC-2010.",
        "Section 3.4",
    ),
    _experiment(
        Pair(
            "one-tower",
            "cifar-towers",
            "two towers",
            "one tower",
            _one_tower,
            gain=1.7,
            towers=True,
        ),
        "Two towers against one",
        "How much better are two towers than one with half of the kernels?",
        "Two towers lower the top-1 error by 1.7 and the top-5 error by 1.2 points against one net with half as many "
        "kernels in each convolution, on ILSVRC-2010.",
        "Section 3.2",
    ),
    _experiment(
        Pair("towers-apart", "cifar-towers", "towers that meet", "towers apart", _apart, towers=True),
        "Towers that never meet",
        "What are the layers worth in which the towers read each other?",
        "The towers meet in the third convolution and in the dense layers. The paper has no figure for towers that "
        "never do.",
        "Section 3.2, Figure 2",
    ),
    _experiment(
        Pair(
            "colour-noise",
            "cifar-towers",
            "with colour noise",
            "without colour noise",
            _without_colour_noise,
            gain=1.0,
            gain_words="over 1",
        ),
        "Colour noise",
        "How much does noise along the colour components lower the test error?",
        "Altering the colours of training pictures lowers the top-1 error by over 1 %, on ILSVRC-2010.",
        "Section 4.1",
    ),
)
