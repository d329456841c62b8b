"""What a unit wants: a picture that is changed, from noise, until the unit answers to it as strongly as it can.

The picture is made of waves, each as large as natural pictures have it (Olah, Mordvintsev and Schubert 2017), so that
coarse shapes come first; it is moved about and softened a little meanwhile, so that the unit's own pattern stays and
fine patterns that only trick the network do not.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.chance import stream
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.insight.receptive import Field, field
from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.spec import NetworkSpec

STEPS = 128
RATE = 0.15  # of Adam, on the waves
SETTLED = 0.85  # of the steps: after them the picture is neither moved nor softened
JITTER = 14  # what a unit sees is so many times as large as it is moved at most
SPREAD = 4.0  # of the picture before it is brought to 0 to 1, at most: so no pixel is stuck at black or white
START = 0.02  # spread of the waves in the beginning
SOFT = (0.25, 0.5, 0.25)  # in each direction
WORK_AT_ONCE = 4e9  # multiply-adds of the units that are looked at together
# how red, green and blue of natural pictures go together (from many photos): mostly grey, then blue against yellow
COLOURS = torch.tensor([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]]) / 0.47


@dataclass(frozen=True, slots=True, eq=False)
class Wanted:
    """What a unit wants: ``picture`` is what it sees of the network's input, uint8 (height, width, 3), ``field`` where
    that lies, ``value`` what the unit answers to it, before what follows its layer.
    """

    unit: int
    picture: NDArray[np.uint8]
    field: Field
    value: float


def ascending(
    network: AlexNet, mean: Tensor, layer: str, units: Sequence[int], *, seed: int = 0, steps: int = STEPS
) -> Generator[Event, None, tuple[Wanted, ...]]:
    """A picture for each of ``units`` of ``layer``, from 0 within it, at the middle of their maps.

    ``mean`` is that of the pixels, as the model has it. The same ``seed`` gives the same pictures. Yields Progress in
    steps. IndexError for a unit that is not there, KeyError for a layer.
    """
    size = max(1, int(WORK_AT_ONCE / network.spec.multiply_adds))
    parts = [units[at : at + size] for at in range(0, len(units), size)]
    found: list[Wanted] = []
    for number, part in enumerate(parts):
        climb = _Climb(network, mean, layer, part, seed)
        for step in range(steps):
            climb.step(step, steps)
            yield Progress(Task.DRAW, number * steps + step + 1, len(parts) * steps, "steps")
        found += climb.result()
    return tuple(found)


class _Climb:
    """Some units on their way up, together."""

    def __init__(self, network: AlexNet, mean: Tensor, layer: str, units: Sequence[int], seed: int) -> None:
        spec = network.spec
        figure = {row.name: row for row in spec.figures()}[layer]
        if any(not 0 <= unit < figure.maps for unit in units):
            raise IndexError(tuple(units))
        self._network, self._layer, self._units, self._seed = network, layer, tuple(units), seed
        self._chosen = torch.tensor(self._units, device=mean.device)[:, None]
        self._place = figure.side // 2
        self._field = field(spec, layer, self._place, self._place)
        self._mean = mean.detach()
        self._scale = _factor(spec, self._mean)
        side = spec.input_size
        waves = [torch.randn(3, side, side // 2 + 1, 2, generator=stream(seed, "ascent", unit)) for unit in self._units]
        self._waves = (START * torch.stack(waves)).to(self._mean.device).requires_grad_()
        self._natural = _natural(side).to(self._mean.device)
        self._ascent = torch.optim.Adam([self._waves], lr=RATE)

    def step(self, step: int, steps: int) -> None:
        """A step up."""
        with torch.enable_grad():
            picture = self._picture()
            if step < SETTLED * steps:
                picture = self._moved(_softened(picture), step)
            loss = -self._values(picture).sum()
        (gradient,) = torch.autograd.grad(loss, self._waves)
        # of each unit by itself: how strongly it answers must not decide how far it goes
        self._waves.grad = gradient / gradient.flatten(1).norm(dim=1).clamp(min=1e-12)[:, None, None, None, None]
        self._ascent.step()

    def result(self) -> list[Wanted]:
        """What has been found, in whole steps of brightness, as they can be shown."""
        with torch.no_grad():
            pixels = self._picture().mul(255).round()
            values = self._values(pixels / 255).tolist()
        shown = pixels.permute(0, 2, 3, 1).to("cpu", torch.uint8).numpy()
        rows = zip(self._units, shown, values, strict=True)
        return [Wanted(unit, self._field.cut(each).copy(), self._field, value) for unit, each, value in rows]

    def _picture(self) -> Tensor:
        """The pictures that the waves make, (N, 3, S, S) from 0 to 1."""
        side = self._waves.shape[2]
        waves = torch.view_as_complex(self._waves.contiguous()) * self._natural
        planes = torch.fft.irfft2(waves, s=(side, side), norm="ortho")
        pixels = torch.einsum("rc,nchw->nrhw", COLOURS.to(planes.device), planes)
        seen = pixels[..., self._field.top : self._field.bottom, self._field.left : self._field.right]
        spread = seen.flatten(1).std(1)[:, None, None, None]
        return (pixels / (spread / SPREAD).clamp(min=1)).sigmoid()

    def _values(self, picture: Tensor) -> Tensor:
        """What each unit answers to its picture (N,)."""
        inside = (255 * picture - self._mean) * self._scale
        value = next(stage.value for stage in stages(self._network, inside) if stage.layer == self._layer)
        value = value if value.dim() == 4 else value[:, :, None, None]
        answers: Tensor = value[:, :, self._place, self._place].gather(1, self._chosen)
        return answers[:, 0]

    def _moved(self, picture: Tensor, step: int) -> Tensor:
        most = (self._field.bottom - self._field.top) // JITTER
        shift = torch.randint(-most, most + 1, (2,), generator=stream(self._seed, "ascent moved", step)).tolist()
        return picture.roll(shift, (2, 3))


def _natural(side: int) -> Tensor:
    """How large the waves of natural pictures are, by their frequency: (side, side // 2 + 1)."""
    rows, columns = torch.fft.fftfreq(side)[:, None], torch.fft.rfftfreq(side)[None]
    frequency = (rows.square() + columns.square()).sqrt()
    natural: Tensor = side / 8 / (frequency * side).clamp(min=1)
    return natural


def _softened(picture: Tensor) -> Tensor:
    soft = torch.tensor(SOFT, device=picture.device)
    kernel = (soft[:, None] * soft).expand(3, 1, -1, -1)
    return F.conv2d(F.pad(picture, (1, 1, 1, 1), mode="replicate"), kernel, groups=3)


def _factor(spec: NetworkSpec, mean: Tensor) -> Tensor:
    """What centred pixels are multiplied by, (1 or 3, 1, 1)."""
    return torch.as_tensor(spec.input_scale, dtype=mean.dtype, device=mean.device).reshape(-1, 1, 1)
