"""The learning-rate range test (Smith 2015): a short training whose learning rate grows from tiny to huge.

Fresh weights are trained for some hundred steps, and the rate is multiplied by the same factor after each. Where the
loss falls fastest the rate suits the network; where it rises again it is too large. Nothing of the weights is kept.
"""

import math
import queue
import tempfile
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from alexnet_app.core.errors import Sentence, UserError
from alexnet_app.core.events import Event, StepsDone
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import LEAST_RATE, MOST_RATE, Command, Leave, Stop
from alexnet_app.core.training.config import TrainConfig, check_new

if TYPE_CHECKING:
    from alexnet_app.core.runs.holding import Held
    from alexnet_app.core.training.trainer import Trainer

LEAST, MOST, STEPS = 1e-5, 1.0, 300
FEWEST, MOST_STEPS = 20, 10_000
SMOOTH = 40  # the losses of this share of all steps are averaged
LEARNED = 0.03  # of the loss at the start: what falls less has learned nothing
LOST = 0.5  # of what was learned: from there on a rate is too large
RUNAWAY = 4.0  # times the loss at the start: the rest would tell nothing more
AT_ONCE = 10  # steps between two reports
BELOW = 10.0  # a rate keeps this distance to one that is too large


@dataclass(frozen=True, slots=True)
class RateRange:
    """What came of it: the rates that were tried, one a step, the loss of each step, and ``smooth``, the mean over its
    neighbours, all as long. ``steepest`` is the rate at which that falls fastest, ``too_large`` the one from which on
    it has lost half of what it had learned, ``suggested`` the one to use; None where there is none.
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smooth: tuple[float, ...]
    steepest: float | None = None
    too_large: float | None = None
    suggested: float | None = None

    @property
    def reason(self) -> Sentence:
        """Why this one, as a person reads it."""
        least, most = (self.rates[0], self.rates[-1]) if self.rates else (0.0, 0.0)
        steepest, too_large = self.steepest or 0.0, self.too_large or 0.0
        if self.suggested is None:
            return Sentence(
                "no learning rate from {least:.2g} to {most:.2g} has lowered the loss in so few steps",
                least=least,
                most=most,
            )
        if self.too_large is None:
            return Sentence(
                "the loss falls fastest at {steepest:.2g}, and no rate up to {most:.2g} was too large",
                steepest=steepest,
                most=most,
            )
        if self.steepest is not None and self.suggested < self.steepest / 1.5:
            return Sentence(
                "the loss falls fastest at {steepest:.2g}, but from {too_large:.2g} on it rises again: a tenth of that "
                "keeps its distance",
                steepest=steepest,
                too_large=too_large,
            )
        return Sentence(
            "the loss falls fastest at {steepest:.2g}, well below {too_large:.2g}, from which on it rises again",
            steepest=steepest,
            too_large=too_large,
        )


def rate_at(step: int, least: float, most: float, steps: int) -> float:
    """The learning rate of ``step``, from 0 to ``steps`` - 1: each the same factor larger than the one before."""
    return float(least * (most / least) ** (step / (steps - 1)))


def rate_range(
    config: TrainConfig,
    asked: "queue.SimpleQueue[Command] | None" = None,
    *,
    least: float = LEAST,
    most: float = MOST,
    steps: int = STEPS,
) -> Generator[Event, None, RateRange]:
    """Tries ``steps`` rates from ``least`` to ``most`` on a network of ``config``; yields what is prepared and the
    losses, returns what came of it. Stop and Leave end it with what was tried so far. The same configuration gives the
    same numbers. UserError for rates or steps out of their limits, and where such a run could not be trained.
    """
    _check(least, most, steps)
    check_new(config)
    losses: list[float] = []
    for event in _events(config, least, most, steps):
        yield event
        if isinstance(event, StepsDone):
            losses += event.losses
            if _is_over(losses) or _wants_end(asked):
                break
    return judged([rate_at(step, least, most, steps) for step in range(len(losses))], losses)


def judged(rates: Sequence[float], losses: Sequence[float]) -> RateRange:
    """What ``losses`` say of ``rates``, one for each."""
    finite = next((place for place, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
    bounded = [min(loss, RUNAWAY * max(losses[0], 1e-9)) for loss in losses[:finite]]  # one of 10¹³ is all of a mean
    smooth = smoothed(bounded, max(1.0, len(losses) / SMOOTH))
    kept = tuple(rates), tuple(losses), (*smooth, *(math.nan for _ in losses[finite:]))
    if len(smooth) < FEWEST:
        return RateRange(*kept)
    start = sum(smooth[: len(smooth) // 10]) / (len(smooth) // 10)
    lowest = min(range(len(smooth)), key=smooth.__getitem__)
    learned = start - smooth[lowest]
    if learned < LEARNED * start:
        return RateRange(*kept)
    falls = [smooth[place + 1] - smooth[place - 1] for place in range(1, max(2, lowest))]
    steepest = rates[1 + min(range(len(falls)), key=falls.__getitem__)]
    risen = (place for place in range(lowest, len(smooth)) if smooth[place] > smooth[lowest] + LOST * learned)
    place = next(risen, finite if finite < len(rates) else None)
    too_large = None if place is None else rates[place]
    suggested = steepest if too_large is None else min(steepest, too_large / BELOW)
    return RateRange(*kept, steepest, too_large, float(f"{suggested:.2g}"))


def smoothed(values: Sequence[float], width: float) -> list[float]:
    """Each value as the mean of those around it, weighted by a bell ``width`` wide: it shifts nothing to one side."""
    reach = math.ceil(3 * width)
    bell = [math.exp(-((offset / width) ** 2) / 2) for offset in range(-reach, reach + 1)]
    found = []
    for place in range(len(values)):
        around = range(max(0, place - reach), min(len(values), place + reach + 1))
        weights = [bell[other - place + reach] for other in around]
        found.append(sum(w * values[other] for w, other in zip(weights, around, strict=True)) / sum(weights))
    return found


def _events(config: TrainConfig, least: float, most: float, steps: int) -> Iterator[Event]:
    """What is prepared, then the losses of all steps."""
    from alexnet_app.core.data.feed.share import part_of
    from alexnet_app.core.data.prepared.prepare import is_ready, placed, prepare
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.device import choose_precision, computing, give_back_memory
    from alexnet_app.core.training.finetune import opened_model
    from alexnet_app.core.training.parallel import choose_devices
    from alexnet_app.core.training.trainer import Trainer

    devices = choose_devices(config)
    precision = choose_precision(config.precision, devices[0])
    with computing(precision, config.threads), tempfile.TemporaryDirectory() as nowhere:
        model = opened_model(config)
        source = yield from opening_source(config.data)
        side = (model.spec if model else config.spec()).picture_size
        place = None if is_ready(source, side) else (yield from placed(source, side, config.storage))
        data = part_of((yield from prepare(source, side, place=place)), config.share)
        give_back_memory()
        unkept = cast("Held", None)  # nothing is saved
        with Trainer(config, data, devices, precision, Run(Path(nowhere)), unkept, model) as trainer:
            yield from _tried(trainer, least, most, steps)


def _tried(trainer: "Trainer", least: float, most: float, steps: int) -> Iterator[Event]:
    for step in range(steps):
        trainer.set_rate(rate_at(step, least, most, steps))
        trainer.train_step()
        if (step + 1) % AT_ONCE == 0 or step + 1 == steps:
            yield trainer.report()


def _is_over(losses: Sequence[float]) -> bool:
    """Whether the network has run away: nothing is learned from what would follow."""
    last = losses[-1]
    return not math.isfinite(last) or last > RUNAWAY * max(losses[0], 1e-9)


def _wants_end(asked: "queue.SimpleQueue[Command] | None") -> bool:
    with suppress(queue.Empty):
        while asked is not None:
            if isinstance(asked.get_nowait(), Stop | Leave):
                return True
    return False


def _check(least: float, most: float, steps: int) -> None:
    if not (LEAST_RATE <= least < most <= MOST_RATE):
        raise UserError(
            "the learning rates must grow from at least {low:g} to at most {high:g}, not from {least:g} to {most:g}",
            "for example from 1e-5 to 1",
            low=LEAST_RATE,
            high=MOST_RATE,
            least=least,
            most=most,
        )
    if not FEWEST <= steps <= MOST_STEPS:
        raise UserError(
            "a range test has {fewest} to {most:,} steps, not {steps:,}",
            "300 are usual",
            fewest=FEWEST,
            most=MOST_STEPS,
            steps=steps,
        )
