"""What an ONNX graph does to pixels before its first layer, as the mean and the scale of a model."""

import torch
from torch import Tensor

UNIT_MEAN = 1.5  # a mean up to this is one of pixels on 0 to 1, with room for what lies beside the middle


class Pixels:
    """Collects steps into ``(pixel - mean) * scale``; ``mean`` and ``scale`` are None where no step gave one.

    ``mean`` is (3, 1, 1) or (3, height, width), ``scale`` has one number or three. The colours are in the order of
    what comes next.
    """

    def __init__(self) -> None:
        self.mean: Tensor | None = None
        self.scale: Tensor | None = None

    def take(self, kind: str, value: Tensor, *, first: bool, colours_last: bool) -> bool:
        """Adds one step, "Sub", "Add", "Mul" or "Div" with ``value``, which with ``first`` stands before the pixels and
        with ``colours_last`` has the colours as its last dimension; False where that is no such step.
        """
        value = _colours_first(value, last=colours_last)
        match kind:
            case "Add":
                return self._shift(-value)
            case "Sub" if not first:
                return self._shift(value)
            case "Mul":
                return self._multiply(value)
            case "Div" if not first:
                return bool((value != 0).all()) and self._multiply(1 / value)
        return False

    def normalize(self, weight: Tensor, bias: Tensor, mean: Tensor, variance: Tensor) -> bool:
        """A normalization of batches with three colours, which is a shift and a scale once it has learned."""
        if any(each.shape != (3,) for each in (weight, bias, mean, variance)) or not (variance > 0).all():
            return False
        scale = weight / variance.sqrt()
        return self._shift(_of_colours(mean)) and self._multiply(_of_colours(scale)) and self._shift(-_of_colours(bias))

    def turn_colours(self) -> None:
        """Blue becomes red from here on."""
        self.mean = None if self.mean is None else self.mean.flip(0)
        self.scale = None if self.scale is None else self.scale.flip(0)

    def from_unit(self) -> bool:
        """Makes it of pixels on 0 to 255 where it is of pixels on 0 to 1; whether that was so.

        A graph does not say what it is given: a mean of up to one and a half, or a scale above 1 without a mean, would
        do next to nothing to pixels on 0 to 255.
        """
        mean, scale = self.mean, self.scale
        largest = 0.0 if mean is None else float(mean.abs().max())
        unit = largest <= UNIT_MEAN if largest else scale is not None and float(scale.max()) > 1
        if unit:
            self.mean = None if mean is None else mean * 255
            self.scale = (torch.ones(1) if scale is None else scale) / 255
        return unit

    def _shift(self, value: Tensor) -> bool:
        by = value.expand(3, 1, 1) if value.numel() == 1 else value
        if by.dim() != 3 or by.shape[0] != 3:
            return False
        by = by if self.scale is None else by / _of_colours(self.scale)
        self.mean = by if self.mean is None else self.mean + by
        return True

    def _multiply(self, value: Tensor) -> bool:
        if value.numel() != 1 and tuple(value.shape) != (3, 1, 1):
            return False
        if not (value > 0).all() or not torch.isfinite(value).all():
            return False
        self.scale = value.flatten() if self.scale is None else self.scale * value.flatten()
        return True


def _colours_first(value: Tensor, *, last: bool) -> Tensor:
    """Numbers as they are spread over pixels, without the dimension of the images."""
    value = value.reshape(value.shape[-3:]) if value.dim() > 3 and value.shape[:-3].numel() == 1 else value
    if not last or value.numel() == 1:
        return value
    while value.dim() < 3:
        value = value[None]
    return value.permute(2, 0, 1) if value.dim() == 3 else value


def _of_colours(numbers: Tensor) -> Tensor:
    return numbers.reshape(-1, 1, 1)
