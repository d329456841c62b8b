"""What a trainer measures of itself while it trains: what steps do to the weights, where the time goes, the machine.

It looks at few steps, and from beside them: the training is bit for bit the one that nobody looks at.
"""

import logging
import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from alexnet_app.core.events import Measured
from alexnet_app.core.measures import GRADIENT, GRADIENTS, QUANTILES, SPEED, TIME, UPDATE, WEIGHTS
from alexnet_app.core.network.towers import whole
from alexnet_app.core.readings import Readings
from alexnet_app.core.training.optimizer import PaperSGD
from alexnet_app.core.training.step_watch import StepWatch

GROWTH = 1.2  # a step is watched whenever their number has grown by so much: weights change fast at first
EVERY = 1_000  # steps, later on
SAMPLE = 16_384  # weights of a layer that stand for all of them, but for the smallest and the largest
BEFORE_TIMED = 3  # steps after the start: they build kernels and fill caches
log = logging.getLogger(__name__)


def is_watched(step: int, steps_per_epoch: int) -> bool:
    """Whether the step ``step``, from 0, is watched: its number alone decides, and the last one of each epoch is."""
    done = step + 1
    if done % steps_per_epoch == 0 or done % EVERY == 0 or done == 1:
        return True
    return done < EVERY / (GROWTH - 1) and int(math.log(done, GROWTH)) != int(math.log(done - 1, GROWTH))


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a watched step has left on the device, to be read with the losses."""

    step: int
    norms: dict[str, Tensor]  # named series
    weights: dict[str, tuple[Tensor, ...]]  # of each layer: some, the smallest, the largest
    watch: StepWatch


class Measuring:
    """Beside a trainer: ``expect`` before a step, ``waited`` when it has its batch, ``watch`` and ``take`` around it,
    ``reported`` with each report, ``told`` for what there is to say then.
    """

    def __init__(self, optimizer: PaperSGD, device: torch.device, readings: Readings) -> None:
        self._optimizer, self._device, self._readings = optimizer, device, readings
        self._seen: list[_Seen] = []
        self._made, self._is_expected = 0, False
        self._waited = self._seconds = 0.0  # since times were told
        self._images, self._image_seconds = 0, 0.0  # since the machine was read

    def expect(self, watched: bool) -> None:
        """Whether the next step is watched."""
        self._is_expected = watched

    def watch(self) -> StepWatch | None:
        """For the step that begins now; None where nobody watches it."""
        if not self._is_expected:
            return None
        self._is_expected = False
        return StepWatch(self._device if self._made > BEFORE_TIMED else None)

    def take(self, watch: StepWatch, step: int) -> None:
        """Keeps what ``watch`` saw of the step after which ``step`` are done. Without room for it there is nothing."""
        try:
            seen = _Seen(step, norms(self._optimizer, watch.gradients), _samples(self._optimizer), watch)
        except torch.OutOfMemoryError as error:
            log.warning("step %d is not measured: %s", step, error)
        else:
            self._seen.append(seen)
        watch.gradients = {}

    def waited(self, seconds: float) -> None:
        """A step has begun, ``seconds`` after it asked for its batch."""
        self._made += 1
        self._waited += seconds

    def reported(self, images: int, seconds: float) -> None:
        """So many images were learned from in so many ``seconds`` of steps, since the last call."""
        self._images += images
        self._image_seconds += seconds
        self._seconds += seconds

    def told(self, step: int) -> Iterator[Measured]:
        """What was seen since the last call, and how the machine is after ``step`` steps where it is time to say so."""
        seen, self._seen = self._seen, []
        for each in seen:
            yield Measured(each.step, {**_read(each), **self._times(each.watch)})
        machine = self._readings.due()
        if machine:
            speed = {SPEED: _short(self._images / self._image_seconds)} if self._image_seconds else {}
            self._images, self._image_seconds = 0, 0.0
            yield Measured(step, {**speed, **machine})

    def close(self) -> None:
        """Nothing more is measured."""
        self._seen = []
        self._readings.close()

    def _times(self, watch: StepWatch) -> dict[str, float]:
        """Where the time went: of all steps since the last call what they waited for batches; the rest as the watched
        step divides it.
        """
        parts = watch.seconds()
        whole_step = sum(parts.values())
        if not (whole_step and self._seconds):
            return {}
        data = min(1.0, self._waited / self._seconds)
        self._waited = self._seconds = 0.0
        shares = {part: (1 - data) * seconds / whole_step for part, seconds in parts.items()}
        return {f"{TIME}/{part}": round(share, 4) for part, share in {"data": data, **shares}.items()}


def norms(optimizer: PaperSGD, gradients: Mapping[str, tuple[Tensor, ...]]) -> dict[str, Tensor]:
    """Named series of the step that ``gradients`` were used for, on the device: ‖Δw‖ / ‖w‖ of each layer's weights, and
    the norm of its gradient and of all.
    """
    home = next((parts[0].device for parts in gradients.values()), None)
    if home is None:
        return {}
    moved, weights = optimizer.moved(gradients), optimizer.parts()
    slopes: dict[str, list[Tensor]] = {}
    found = {}
    for name, parts in gradients.items():
        layer, _, kind = name.rpartition(".")
        slopes.setdefault(layer, []).extend(torch.linalg.vector_norm(part) for part in parts)
        if kind == "weight":
            length = _together(map(torch.linalg.vector_norm, (part.detach() for part in weights[name])), home)
            found[f"{UPDATE}/{layer}"] = _together(moved[name], home) / length
    found |= {f"{GRADIENTS}/{layer}": _together(each, home) for layer, each in slopes.items()}
    return found | {GRADIENT: _together((part for each in slopes.values() for part in each), home)}


def quantiles(some: np.ndarray, smallest: float, largest: float) -> dict[str, float]:
    """How weights are distributed, by the names of ``QUANTILES``: the ends are those of all, the rest that of ``some``
    (N,).
    """
    middle = {name: share for name, share in QUANTILES.items() if 0 < share < 1}
    with np.errstate(invalid="ignore"):  # between infinities there is nothing
        found = dict(zip(middle, np.quantile(some, list(middle.values())).tolist(), strict=True))
    return {name: {"min": smallest, "max": largest, **found}[name] for name in QUANTILES}


def evenly(values: Tensor, most: int) -> Tensor:
    """About ``most`` of ``values``, a copy (N,): always the same ones, and from everywhere in them."""
    values = values.detach()
    in_order = values.dim() == 4 and values.is_contiguous(memory_format=torch.channels_last)
    flat = (values.permute(0, 2, 3, 1) if in_order else values).reshape(-1)  # no copy of them all
    stride = max(1, math.ceil(len(flat) / most))
    while math.gcd(stride, len(flat)) > 1:  # else it would always meet the same places of a kernel
        stride += 1
    return flat[::stride].clone()


def _samples(optimizer: PaperSGD) -> dict[str, tuple[Tensor, ...]]:
    found = {}
    for name, parts in optimizer.parts().items():
        layer, _, kind = name.rpartition(".")
        if kind == "weight":
            ends = [end for part in parts for end in torch.aminmax(part.detach())]
            found[layer] = (whole([evenly(part, SAMPLE // len(parts)) for part in parts]), *ends)
    return found


def _read(seen: _Seen) -> dict[str, float]:
    """The values of a step, of which a GPU sends all norms at once."""
    values = torch.stack(list(seen.norms.values())).tolist() if seen.norms else []
    found = dict(zip(seen.norms, map(_short, values), strict=True))
    for layer, (some, *ends) in seen.weights.items():
        limits = [float(end) for end in ends]
        spread = quantiles(some.cpu().numpy(), min(limits), max(limits))
        found |= {f"{WEIGHTS}-{layer}/{name}": _short(value) for name, value in spread.items()}
    return found


def _together(parts: Iterable[Tensor], home: torch.device) -> Tensor:
    """The norm of what has its norms in ``parts``."""
    length: Tensor = torch.linalg.vector_norm(torch.stack([part.to(home) for part in parts]))
    return length


def _short(value: float) -> float:
    """Five figures: a curve has no more, and the line of an event is half as long."""
    return float(f"{value:.5g}")
