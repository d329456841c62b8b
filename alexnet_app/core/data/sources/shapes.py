"""The embedded data set: ten classes of striped objects on clutter, drawn from a seed, nothing on disk.

A class is an outline, the direction of the stripes and a hue. The ten stand in a circle: each differs from the next in
one of the three only. Every outline, direction and hue belongs to three classes or more, and any two of the three cues
leave eight classes in doubt: edges and colours are both needed, in which AlexNet's two towers come to specialize.

Stripes keep to the picture's frame while the outline turns. Horizontal and vertical stripes stay what they are in a
mirror, and so do the outlines: mirroring, which training does at random, never changes a class.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources.shapes_drawing import (
    NODES,
    OUTLINES,
    SIZE,
    Body,
    Exposure,
    Floats,
    Scene,
    Spots,
    Strokes,
    paint,
)
from alexnet_app.core.generators import result_of

if TYPE_CHECKING:
    from collections.abc import Generator

    from alexnet_app.core.data.sources.values import Arrays, Source
    from alexnet_app.core.events import Event

HUES = {"red": 0.0, "green": 125.0, "blue": 220.0}  # middle of each family, in degrees of the colour circle
SPLITS = {"train": 6000, "validation": 1000, "test": 1000}

# (hue, outline, direction), each one step from the next and the last from the first
KINDS = (
    ("red", "disc", "horizontal"),
    ("red", "disc", "vertical"),
    ("blue", "disc", "vertical"),
    ("blue", "star", "vertical"),
    ("blue", "star", "horizontal"),
    ("green", "star", "horizontal"),
    ("green", "ring", "horizontal"),
    ("green", "ring", "vertical"),
    ("red", "ring", "vertical"),
    ("red", "ring", "horizontal"),
)
CLASSES = tuple(f"{hue} {outline}, {direction} stripes" for hue, outline, direction in KINDS)

_HUE_SPREAD = 14.0  # degrees either side
_TILT = 12.0  # degrees by which stripes may lean
_SPOTS = 6
_STROKES = 4
_FRONT_STROKES = 1
_NUMBERS = 200  # drawn for each picture, more than a scene uses
_BLOCK = 200  # pictures between two reports
_CHUNK = 20  # pictures painted together: what they need stays in one core's cache


@dataclass(slots=True)
class _Chance:
    """Evenly distributed numbers, one row a picture, handed out from left to right."""

    rows: NDArray[np.float64]
    used: int = field(default=0)

    def between(self, low: float, high: float, *shape: int) -> Floats:
        """The next numbers of each picture, in low…high: (B, *shape)."""
        count = int(np.prod(shape))
        part = self.rows[:, self.used : self.used + count]
        self.used += count
        assert part.shape[1] == count, "a scene uses more chance than was drawn"
        return (low + (high - low) * part.reshape(-1, *shape)).astype(np.float32)

    def direction(self, low: float, high: float, *shape: int) -> tuple[Floats, Floats]:
        """Sine and cosine of angles in low…high degrees."""
        angle = np.deg2rad(self.between(low, high, *shape).astype(np.float64))
        return np.sin(angle).astype(np.float32), np.cos(angle).astype(np.float32)


_drawn: dict[tuple[object, ...], "Source"] = {}  # the last one: an estimate and the run after it draw once


def shapes_source(seed: int = 0) -> "Source":
    """The whole data set, 8,000 pictures of SIZE × SIZE, in a few seconds; the same for the same seed. Read-only."""
    return result_of(drawing(seed))


def drawing(seed: int = 0) -> "Generator[Event, None, Source]":
    """Draws the data set as ``shapes_source`` gives it; yields Progress("draw"), so that it can be left in between."""
    from alexnet_app.core.data.sources.values import Arrays, Source
    from alexnet_app.core.events import Progress, Task

    key = (seed, *SPLITS.items())
    source = _drawn.get(key)
    if source is None:
        total, done = sum(SPLITS.values()), 0
        splits = {}
        for split, count in SPLITS.items():
            parts = []
            for first in range(0, count, _BLOCK):
                parts.append(generate(seed, split, first, min(_BLOCK, count - first)))
                done += len(parts[-1].labels)
                yield Progress(Task.DRAW, done, total)
            pictures = np.concatenate([part.pictures for part in parts])
            labels = np.concatenate([part.labels for part in parts])
            pictures.setflags(write=False)
            labels.setflags(write=False)
            splits[split] = Arrays(pictures, labels)
        source = Source("shapes", CLASSES, splits)
        _drawn.clear()
        _drawn[key] = source
    return source


def generate(seed: int, split: str, first: int, count: int) -> "Arrays":
    """Pictures ``first`` … ``first + count − 1`` of a split: picture i is always the same, its label i modulo 10."""
    from alexnet_app.core.data.sources.values import Arrays

    index = np.arange(first, first + count)
    pictures = np.empty((count, SIZE, SIZE, 3), np.uint8)
    for start in range(0, count, _CHUNK):
        part = slice(start, start + _CHUNK)
        pictures[part] = paint(imagine(seed, split, index[part]))
    return Arrays(pictures, index % len(CLASSES))


def imagine(seed: int, split: str, index: NDArray[np.int64]) -> Scene:
    """What pictures ``index`` of a split show: each has its own stream of chance, so its neighbours do not matter."""
    streams = [np.random.Generator(np.random.PCG64([seed, list(SPLITS).index(split), int(i)])) for i in index]
    chance = _Chance(np.stack([stream.random(_NUMBERS) for stream in streams]))
    grain = np.stack([stream.integers(-128, 128, (3, SIZE, SIZE), np.int8) for stream in streams])
    return Scene(
        background=_background(chance),
        spots=_spots(chance),
        strokes=_strokes(chance, _STROKES),
        body=_body(chance, index % len(CLASSES)),
        front=_strokes(chance, _FRONT_STROKES),
        exposure=_exposure(chance, grain),
    )


def _background(chance: _Chance) -> Floats:
    colours = _rgb(
        chance.between(0, 360, NODES, NODES),
        chance.between(0.1, 0.6, NODES, NODES),
        chance.between(0.3, 0.95, NODES, NODES),
    )
    return np.ascontiguousarray(colours.transpose(0, 3, 1, 2))


def _spots(chance: _Chance) -> Spots:
    return Spots(
        x=chance.between(-34, 34, _SPOTS),
        y=chance.between(-34, 34, _SPOTS),
        radius=chance.between(2, 11, _SPOTS),
        softness=chance.between(1, 8, _SPOTS),
        strength=chance.between(0.35, 0.9, _SPOTS),
        colour=_any_colour(chance, _SPOTS),
    )


def _strokes(chance: _Chance, count: int) -> Strokes:
    along_y, along_x = chance.direction(0, 180, count)
    return Strokes(
        x=chance.between(-32, 32, count),
        y=chance.between(-32, 32, count),
        along_x=along_x,
        along_y=along_y,
        half_length=chance.between(6, 30, count),
        half_width=chance.between(0.6, 2.2, count),
        strength=chance.between(0.4, 0.95, count),
        colour=_any_colour(chance, count),
    )


def _body(chance: _Chance, label: NDArray[np.int64]) -> Body:
    hues, outlines, directions = (np.array(cue)[label] for cue in zip(*KINDS, strict=True))
    up_x, up_y = chance.direction(0, 360)
    lean, straight = chance.direction(-_TILT, _TILT)
    horizontal = directions == "horizontal"
    family = np.array([HUES[hue] for hue in hues], np.float32)
    hue = family + chance.between(-_HUE_SPREAD, _HUE_SPREAD)
    pale = chance.between(0, 1) < np.float32(0.5)
    saturation, value = chance.between(0.7, 1.0), chance.between(0.75, 1.0)
    strong = _rgb(hue, saturation, value)
    light = np.where(pale[:, None], _rgb(hue, saturation * np.float32(0.25), np.ones_like(value)), strong)
    dark = np.where(pale[:, None], strong, _rgb(hue, saturation, value * np.float32(0.35)))
    return Body(
        outline=np.array([OUTLINES.index(outline) for outline in outlines]),
        x=chance.between(-12, 12),
        y=chance.between(-12, 12),
        radius=chance.between(10, 19),
        up_x=up_x,
        up_y=up_y,
        across_x=np.where(horizontal, lean, straight),
        across_y=np.where(horizontal, straight, lean),
        period=chance.between(7, 12),
        phase=chance.between(0, 1),
        light=light,
        dark=dark,
    )


def _exposure(chance: _Chance, grain: NDArray[np.int8]) -> Exposure:
    return Exposure(
        brightness=chance.between(-0.12, 0.1),
        contrast=chance.between(0.6, 1.2),
        saturation=chance.between(0.55, 1.15),
        noise=chance.between(0.01, 0.07),
        grain=grain,
    )


def _any_colour(chance: _Chance, *shape: int) -> Floats:
    return _rgb(chance.between(0, 360, *shape), chance.between(0.1, 1, *shape), chance.between(0.15, 1, *shape))


def _rgb(hue: Floats, saturation: Floats, value: Floats) -> Floats:
    """Colours (…, 3) in 0…1 from hue in degrees, saturation and value in 0…1."""
    sixths = hue[..., None] / np.float32(60) + np.array([0, 4, 2], np.float32)
    sixths = sixths - np.float32(6) * np.floor(sixths / np.float32(6))
    pure = np.clip(np.abs(sixths - np.float32(3)) - np.float32(1), 0, 1)
    colours: Floats = value[..., None] * (np.float32(1) - saturation[..., None] * (np.float32(1) - pure))
    return colours
