"""What a unit sees: its receptive field on the network's input and on the photo, exactly, from the layers alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.decode import square_of
from alexnet_app.core.network.layers import Convolution, pooled_side
from alexnet_app.core.network.spec import NetworkSpec

Spans: TypeAlias = tuple[tuple[int, int], ...]  # of each row of a map: the first pixel that it sees, and that behind
NOTHING = (0, 0)


@dataclass(frozen=True, slots=True)
class Field:
    """A rectangle of pixels: rows ``top`` to ``bottom``, columns ``left`` to ``right``, the last ones not included."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def is_empty(self) -> bool:
        """Whether the unit sees nothing of the picture, but padding."""
        return self.bottom <= self.top or self.right <= self.left

    def moved(self, by: int) -> "Field":
        """The same rectangle ``by`` pixels further down and to the right."""
        return Field(self.top + by, self.left + by, self.bottom + by, self.right + by)

    def cut(self, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """What of ``picture`` (H, W, 3) lies in it."""
        return picture[self.top : self.bottom, self.left : self.right]


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle on a photo, in its pixels, from its top left corner."""

    top: float
    left: float
    bottom: float
    right: float


def field(spec: NetworkSpec, layer: str, row: int, column: int, after: int = 0) -> Field:
    """What the unit of ``layer`` at (``row``, ``column``) of its maps sees of the crop that goes into the network.

    ``after`` is how many of the steps that follow the layer are done: 0 for its products, the length of its ``then``
    for what the next layer reads. A dense layer has one place, (0, 0). The smallest rectangle that holds every pixel
    the unit depends on: no other pixel can change it. Empty where it reads padding only. IndexError for a place that
    is not there, KeyError for a layer.
    """
    found = spans(spec)[layer][after]
    if row < 0 or column < 0:
        raise IndexError((row, column))
    (top, bottom), (left, right) = found[row], found[column]
    return Field(top, left, bottom, right) if top < bottom and left < right else Field(0, 0, 0, 0)


@lru_cache(maxsize=32)
def spans(spec: NetworkSpec) -> dict[str, tuple[Spans, ...]]:
    """For each layer the spans of the rows of its maps: of its products, then after each step that follows.

    Columns have the same ones, since everything is square.
    """
    side = spec.input_size
    now: Spans = (*((place, place + 1) for place in range(side)), *[NOTHING] * spec.overhang)
    found: dict[str, tuple[Spans, ...]] = {}
    for layer, figure in zip(spec.convolutions, spec.figures(), strict=False):
        now = _windows(now, figure.side, layer.size, layer.stride, layer.padding)
        found[layer.name], now = _followed(spec, layer, now)
    whole = (_joined(now),)
    return found | {dense.name: (whole, whole) for dense in spec.dense}


def on_picture(seen: Field, spec: NetworkSpec) -> Field:
    """``seen`` of the centre crop as a rectangle on the square picture of ``spec.picture_size`` that it is cut from."""
    return seen.moved((spec.picture_size - spec.input_size) // 2)


def on_photo(seen: Field, spec: NetworkSpec, width: int, height: int) -> Area:
    """``seen`` of the centre crop as an area on the upright photo of ``width`` × ``height`` pixels that was scaled to
    the square. Scaling blends at its edges with up to a pixel of the square picture beyond them.
    """
    left, top, right, _ = square_of(width, height, spec.picture_size)
    scale = (right - left) / spec.picture_size
    there = on_picture(seen, spec)
    return Area(
        top + scale * there.top, left + scale * there.left, top + scale * there.bottom, left + scale * there.right
    )


def _followed(spec: NetworkSpec, layer: Convolution, now: Spans) -> tuple[tuple[Spans, ...], Spans]:
    """The spans of ``layer`` and after each step that follows it; the last ones once more."""
    found = [now]
    for step in layer.then:
        if step == "pool":
            now = _windows(now, pooled_side(len(now), spec.pool), spec.pool.size, spec.pool.stride, 0)
        elif step == "map-norm":
            now = _windows(now, len(now), spec.map_norm.size, 1, spec.map_norm.size // 2)
        found.append(now)
    return tuple(found), now


def _windows(before: Spans, count: int, size: int, stride: int, padding: int) -> Spans:
    """What each of ``count`` windows over ``before`` sees; what hangs over its edges is not there."""
    starts = (place * stride - padding for place in range(count))
    return tuple(_joined(before[max(0, start) : max(0, start + size)]) for start in starts)


def _joined(parts: Sequence[tuple[int, int]]) -> tuple[int, int]:
    seen = [each for each in parts if each != NOTHING]
    return (min(first for first, _ in seen), max(last for _, last in seen)) if seen else NOTHING
