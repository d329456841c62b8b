"""What a file of others holds, before it is a model."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.bundle import check_shapes, parameter_shapes
from alexnet_app.core.network.spec import NetworkSpec


@dataclass(slots=True)
class Found:
    """What a file holds; ``mean`` where the file says it, ``classes`` too; ``notes`` say what was taken for granted."""

    spec: NetworkSpec
    weights: dict[str, Tensor]
    blue_first: bool = False
    mean: Tensor | None = None
    classes: tuple[str, ...] | None = None
    synsets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    summary: Mapping[str, Any] = field(default_factory=dict)


def check(found: Found) -> None:
    """Raises UserError unless a bundle can hold it: shapes of its network, finite numbers, a class for each output."""
    spec = found.spec
    check_shapes(
        parameter_shapes(spec),
        {name: tuple(tensor.shape) for name, tensor in found.weights.items()},
    )
    broken = next((name for name, tensor in found.weights.items() if not torch.isfinite(tensor).all()), None)
    if broken:
        raise UserError("the weights of {layer} are not finite", layer=broken)
    if found.classes is not None and len(found.classes) != spec.classes:
        named, units = len(found.classes), spec.classes
        raise UserError("it names {named} classes for {units} outputs", named=named, units=units)
    if found.mean is not None:
        if tuple(found.mean.shape) not in ((3, 1, 1), (3, spec.input_size, spec.input_size)):
            raise UserError("the mean has shape {shape}, not (3, 1, 1)", shape=tuple(found.mean.shape))
        if not torch.isfinite(found.mean).all():
            raise UserError("the mean is not finite")


def red_first(spec: NetworkSpec, weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same network for pixels with red first, where these weights read blue first."""
    first = f"{spec.layers[0].name}.weight"
    return {name: weight.flip(1).contiguous() if name == first else weight for name, weight in weights.items()}
