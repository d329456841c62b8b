"""What a network makes of one picture: every map and unit after every step, and which are the strongest."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.insight.receptive import Field, field
from alexnet_app.core.network.spec import NetworkSpec

if TYPE_CHECKING:  # torch comes with these; what was looked at is drawn without it
    from torch import Tensor

    from alexnet_app.core.insight.stepwise import Silence
    from alexnet_app.core.network.alexnet import AlexNet

ACTIVATIONS = ("relu", "tanh")


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """What is there after ``after`` of the steps that follow ``layer``, the last of which is ``step``: "" and 0 for the
    products with the bias. ``values`` are maps (K, H, W) or units (U,), tower A in the first half.
    """

    layer: str
    step: str
    after: int
    values: NDArray[np.float32]

    @property
    def peaks(self) -> NDArray[np.float32]:
        """The largest value of each map, (K,); of units they themselves."""
        peaks: NDArray[np.float32] = self.values.reshape(len(self.values), -1).max(axis=1)
        return peaks


@dataclass(frozen=True, slots=True)
class StrongUnit:
    """A unit of ``layer``, from 0 within it: its largest ``value`` for a picture, at (``row``, ``column``) of its map,
    and the ``field`` on the network's input that made it.
    """

    layer: str
    unit: int
    tower: str
    value: float
    row: int
    column: int
    field: Field


def looked(network: "AlexNet", picture: "Tensor", silent: "Silence | None" = None) -> tuple[Shown, ...]:
    """Everything that is there for ``picture`` (3, S, S), as it goes into the network, from the first layer to the
    scores of the classes; with ``silent`` some of it is switched off.
    """
    import torch

    from alexnet_app.core.insight.stepwise import stages

    found: list[Shown] = []
    with torch.inference_mode():
        for stage in stages(network, picture[None], silent):
            after = found[-1].after + 1 if found and found[-1].layer == stage.layer else 0
            values = np.ascontiguousarray(stage.value[0].float().cpu().numpy())
            found.append(Shown(stage.layer, stage.step, after, values))
    return tuple(found)


def answers(shown: tuple[Shown, ...], layer: str) -> Shown:
    """Of what is ``shown`` that after which a unit of ``layer`` is said to fire: its activation, else the last step."""
    own = [each for each in shown if each.layer == layer]
    return next((each for each in own if each.step in ACTIVATIONS), own[-1])


def order(shown: Shown, spec: NetworkSpec) -> tuple[NDArray[np.intp], ...]:
    """For each tower its units, from 0 within the layer, the one with the largest value first; ties in their order."""
    peaks = shown.peaks
    return tuple(
        part.start + np.argsort(-peaks[part], kind="stable").astype(np.intp) for part in spec.tower_slices(shown.layer)
    )


def strongest(shown: Shown, spec: NetworkSpec, count: int) -> tuple[tuple[StrongUnit, ...], ...]:
    """For each tower its ``count`` strongest units in ``shown``, the strongest first."""
    return tuple(tuple(strong_unit(shown, spec, int(unit)) for unit in units[:count]) for units in order(shown, spec))


def strong_unit(shown: Shown, spec: NetworkSpec, unit: int) -> StrongUnit:
    """Where unit ``unit`` of ``shown`` is strongest; the first place of several that are."""
    values = shown.values[unit].reshape(shown.values.shape[1:] or (1, 1))
    row, column = divmod(int(values.argmax()), values.shape[1])
    return StrongUnit(
        shown.layer,
        unit,
        spec.tower_of(shown.layer, unit),
        float(values[row, column]),
        row,
        column,
        field(spec, shown.layer, row, column, shown.after),
    )
