"""The same network as it is and with one thing changed, from several seeds: plan, curves and finding."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from alexnet_app.core.events import EpochDone, Event
from alexnet_app.core.experiments.experiment import Finding, NamedRun, Outcome, Point, Row, Scale, Spread
from alexnet_app.core.experiments.plans import IMAGENET, check_two_towers, compressed, conditions, seeds_of, start
from alexnet_app.core.experiments.protocol import departures, is_on_cifar10, is_on_ilsvrc
from alexnet_app.core.experiments.sizes import networks_of, side_effects, size_rows
from alexnet_app.core.experiments.statistics_of_runs import (
    has_diverged,
    is_beyond_chance,
    left_out,
    spread,
    started,
    test_error,
    validation_error,
)
from alexnet_app.core.experiments.ten_views import ten_view_error
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig, check_new

ILSVRC, CIFAR10 = "ILSVRC-2010", "CIFAR-10"
Measure = Callable[[Outcome], float | None]
OF_TEN_VIEWS = "with ten views"


@dataclass(frozen=True, slots=True)
class Arm:
    """What is compared with the network as it is: ``change`` takes the thing away. ``gain`` is what the paper says it
    is worth, in points of top-1 error, ``gain_words`` where it says it otherwise, ``error`` the paper's error without
    it, in percent; ``of_another`` where these are of another network than is trained here: such as "with the 13 %
    file". ``why_not`` says for a configuration why it is not trained; empty where it is.
    """

    name: str
    change: Callable[[TrainConfig], TrainConfig]
    gain: float | None = None
    gain_words: str = ""
    error: float | None = None
    of_another: str = ""
    why_not: Callable[[TrainConfig], str] = lambda _: ""

    @property
    def worth(self) -> str:
        """What the paper says it is worth, in words; empty where it says nothing."""
        return self.gain_words or f"{self.gain:g}" if self.gain is not None else ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """``plain`` is what the network is called as it is, ``error`` the paper's error of it in percent; all of the
    paper's figures are on ``paper_data``, and with ``ten_views`` they are errors of ten views, which then are measured
    too. ``towers`` where the network must have two. ``remark`` is said where the paper's figures stand beside.
    """

    name: str
    preset: str
    plain: str
    arms: tuple[Arm, ...]
    error: float | None = None
    paper_data: str = ILSVRC
    epochs: int = 60
    towers: bool = False
    ten_views: bool = False
    remark: str = ""

    @property
    def groups(self) -> tuple[str, ...]:
        """All that are compared, the network as it is first."""
        return (self.plain, *(arm.name for arm in self.arms))

    def plan(self, scale: Scale) -> tuple[NamedRun, ...]:
        """All of them for each seed, one after the other, so that whatever is there after a stop can be compared."""
        base = compressed(start(scale, self.preset, self.epochs, quick_epochs=6, quick_share=0.2, others=IMAGENET))
        if self.towers:
            check_two_towers(base)
        configs = {self.plain: base, **{arm.name: arm.change(base) for arm in self.arms if not arm.why_not(base)}}
        for config in configs.values():
            check_new(config)
        return tuple(
            NamedRun(f"{group.replace(' ', '-')}-seed-{seed}", group, seed, replace(config, seed=seed))
            for seed in seeds_of(scale, 3, 2)
            for group, config in configs.items()
        )

    def conclude(self, scale: Scale, outcomes: tuple[Outcome, ...]) -> Finding:
        """The errors over the seeds, and their differences seed by seed. Test errors where every run has one, else
        validation errors of all: never one less the other. Runs that diverged are left out.
        """
        whole = [each for each in outcomes if not has_diverged(each)]
        is_same = self._is_as_in_the_paper(outcomes)
        kind, measure = ("test error", test_error) if _all_have(whole, test_error) else _VALIDATION
        rows = list(self._rows(outcomes, kind, measure, is_same=is_same, is_papers=not self.ten_views))
        if self.ten_views and _all_have(whole, ten_view_error):
            kind, measure = "test error, ten views", ten_view_error
            rows = [*self._rows(outcomes, kind, measure, is_same=is_same, is_papers=True), *rows]
        networks = networks_of([each.planned for each in outcomes])
        sentence = " ".join(filter(None, self._sentences(outcomes, kind, measure, is_same=is_same)))
        return Finding(self.name, sentence, conditions(outcomes), (*rows, *size_rows(networks)), scale.quick)

    def _rows(
        self, outcomes: Sequence[Outcome], kind: str, measure: Measure, *, is_same: bool, is_papers: bool
    ) -> Iterator[Row]:
        """The error of each, then how much worse each change is. ``is_same`` says that the paper's figures are of such
        data and such a network, ``is_papers`` that they are errors of this kind. They stand in the paper's column where
        the training was the paper's too, else in the note, with what was otherwise there.
        """
        apart = ((OF_TEN_VIEWS,) if not is_papers else ()) + (_departures(outcomes) if is_same else ())
        trained = self._trained(outcomes)
        for arm in (Arm(self.plain, lambda config: config, error=self.error), *trained):
            how = (*apart, arm.of_another) if arm.of_another else apart
            published = _published(arm.error, "%", how) if is_same and arm.error is not None and how else ""
            note = "; ".join(filter(None, (left_out(outcomes, arm.name), published)))
            found = spread(list(_percent(outcomes, arm.name, measure).values()))
            yield _row(f"{kind}, {arm.name}", found, arm.error if is_same and not how else None, note=note)
        for arm in trained:
            how = (*apart, arm.of_another) if arm.of_another else apart
            found = self._difference(outcomes, arm, measure)
            what = f"how much worse {arm.name} is" + (", ten views" if measure is ten_view_error else "")
            worth = arm.gain_words or arm.gain
            note = _published(worth, "points", how) if is_same and how and worth else ""
            said = note or self._said_of_the_paper(arm, is_same=is_same)
            yield _row(what, found, arm.gain if is_same and not how else None, "points", said)

    def _trained(self, outcomes: Sequence[Outcome]) -> list[Arm]:
        names = {each.planned.group for each in outcomes}
        return [arm for arm in self.arms if arm.name in names]

    def _difference(self, outcomes: Sequence[Outcome], arm: Arm, measure: Measure) -> Spread | None:
        """In points, seed by seed; positive where the change is worse."""
        with_, without = (_percent(outcomes, group, measure) for group in (self.plain, arm.name))
        return spread([without[seed] - with_[seed] for seed in sorted(with_) if seed in without])

    def _sentences(self, outcomes: Sequence[Outcome], kind: str, measure: Measure, *, is_same: bool) -> Iterator[str]:
        trained = self._trained(outcomes)
        for arm in trained:
            yield _sentence(self, arm, self._difference(outcomes, arm, measure), kind)
        plain = [each.planned for each in outcomes if each.planned.group == self.plain][:1]
        yield from (arm.why_not(each.config) for each in plain for arm in self.arms if arm not in trained)
        yield self.remark if is_same else ""
        networks = networks_of([each.planned for each in outcomes])
        yield from (
            side_effects(networks[each.group], networks[arm.name], arm.name) for each in plain for arm in trained
        )
        for group in self.groups:
            said = left_out(outcomes, group)
            yield f"{said}." if said else ""

    def _is_as_in_the_paper(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether the paper's figures are of the same data and a network like that of these runs."""
        if self.paper_data == ILSVRC:
            return all(is_on_ilsvrc(each.planned.config, each.run) for each in outcomes)
        return all(is_on_cifar10(each.planned.config, started(each)) for each in outcomes)

    def _said_of_the_paper(self, arm: Arm, *, is_same: bool) -> str:
        """What stands in the row of the difference for what the paper found, and on what."""
        if not arm.worth:
            return ""
        where = f"the paper, on {self.paper_data}{' with ten views' if self.ten_views else ''}"
        return where if is_same and not arm.gain_words else f"{where}: {arm.worth} points"


def points(planned: NamedRun, run: Run, event: Event) -> Iterable[Point]:
    """The validation error of each epoch."""
    if isinstance(event, EpochDone):
        yield Point(planned.group, event.step, 100 * event.validation_error)


def _departures(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """In what the published networks were trained otherwise than these runs; each way once."""
    return tuple(dict.fromkeys(how for each in outcomes for how in departures(each.planned.config)))


def _published(figure: float | str | None, unit: str, how: Sequence[str]) -> str:
    """What is published and how it came about, where that is not how it was done here."""
    value = figure if isinstance(figure, str) else f"{figure:g}"
    return f"published: {value} {unit} {', '.join(how)}"


_VALIDATION: tuple[str, Measure] = ("validation error", validation_error)


def _all_have(outcomes: Sequence[Outcome], measure: Measure) -> bool:
    return all(measure(each) is not None for each in outcomes)


def _percent(outcomes: Sequence[Outcome], group: str, measure: Measure) -> dict[int, float]:
    """The error that ``measure`` finds, in percent, by seed; without runs that diverged or have none."""
    own = [each for each in outcomes if each.planned.group == group and not has_diverged(each)]
    found = ((each.planned.seed, measure(each)) for each in own)
    return {seed: 100 * error for seed, error in found if error is not None}


def _row(what: str, measured: Spread | None, paper: float | None, unit: str = "%", note: str = "") -> Row:
    return Row(what, measured.mean if measured else None, paper, unit, 2, measured, note)


def _sentence(pair: Comparison, arm: Arm, difference: Spread | None, kind: str) -> str:
    if difference is None:
        return "No random seed has an error for both kinds of run to compare."
    paper = f"; the paper, on {pair.paper_data}, found {arm.worth}" if arm.worth else "; the paper has no figure for it"
    how = "worse" if difference.mean >= 0 else "better"
    said = f"{arm.name[:1].upper()}{arm.name[1:]} is {abs(difference.mean):.2f} points {how}"
    if pair.ten_views:
        said += " with ten views" if "ten views" in kind else " with a single view"
    if difference.count < 2:
        return f"{said}{paper}. One pair of runs cannot rule out chance."
    doubt = "" if is_beyond_chance(difference) else ", which could be chance"
    return f"{said} (standard error {difference.standard_error:.2f}){doubt}{paper}."
