"""What the page Weights has done on a thread: reading all weights of a model, and what is known of its dead units."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.ui.job import Asked

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.dead_units import DeadUnits
    from alexnet_app.core.insight.weights import LayerWeights


@dataclass(frozen=True, slots=True, eq=False)
class WeightsRead:
    """The layers of a model, and of those of which it is known how many units are dead."""

    layers: "tuple[LayerWeights, ...]"
    dead: "dict[str, DeadUnits]"


def weigh(path: str, asked: Asked) -> Iterator[WeightsRead]:
    """Reads the model at ``path`` with its dense layers."""
    from alexnet_app.core.inference.dead_units import dead_units
    from alexnet_app.core.insight.weights import layer_weights
    from alexnet_app.core.network.bundle import read_bundle

    bundle = read_bundle(Path(path))
    yield WeightsRead(tuple(layer_weights(bundle)), dead_units(bundle, Path(path)))
