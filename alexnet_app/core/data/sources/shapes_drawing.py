"""How the embedded data set is drawn: a scene is numbers, and painting it is arithmetic on whole batches.

Lengths are in pixels, measured from the middle of the picture, x to the right and y downwards: to mirror a scene is to
change signs. Colours are red, green, blue in 0…1. ``B`` pictures are painted together; a plane is (B, SIZE, SIZE).

Per pixel only +, −, ×, ÷, square root, floor, minimum and maximum are used, which IEEE 754 rounds in one way only: a
picture depends neither on the batch it is painted in nor on the mathematics library. Sines are taken once per angle, by
the caller.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

SIZE = 64
NODES = 4  # colours along each side of the picture between which the background is interpolated
OUTLINES = ("disc", "star", "ring")

Floats: TypeAlias = NDArray[np.float32]

_AXIS: Floats = np.arange(SIZE, dtype=np.float32) - np.float32((SIZE - 1) / 2)
_SHADOW_DROP = 2.5  # px downwards: light from above, which a mirror leaves as it is
_SHADOW_BLUR = 6.0  # px
_RIM = 1.5  # px: a dark border sets the object off from a background of its own colour


@dataclass(frozen=True, slots=True)
class Spots:
    """Round clutter, ``K`` in each picture: arrays (B, K), colour (B, K, 3)."""

    x: Floats
    y: Floats
    radius: Floats
    softness: Floats  # px over which the border fades
    strength: Floats  # 0 unseen … 1 covers what lies below
    colour: Floats


@dataclass(frozen=True, slots=True)
class Strokes:
    """Straight clutter, ``K`` in each picture: arrays (B, K), colour (B, K, 3); (along_x, along_y) is a unit vector."""

    x: Floats
    y: Floats
    along_x: Floats
    along_y: Floats
    half_length: Floats
    half_width: Floats
    strength: Floats
    colour: Floats


@dataclass(frozen=True, slots=True)
class Body:
    """The object that gives a picture its class: arrays (B,), colours (B, 3)."""

    outline: NDArray[np.int64]  # index into OUTLINES
    x: Floats
    y: Floats
    radius: Floats  # of the disc; star and ring have about its area
    up_x: Floats  # unit vector: where the outline's own upward axis points
    up_y: Floats
    across_x: Floats  # unit vector from stripe to stripe, in the picture's frame: it does not turn with the outline
    across_y: Floats
    period: Floats  # px from stripe to stripe
    phase: Floats  # 0…1 of a period
    light: Floats  # colour of every other stripe
    dark: Floats  # colour of the stripes between


@dataclass(frozen=True, slots=True)
class Exposure:
    """What the camera does to the whole picture: arrays (B,), grain (B, 3, SIZE, SIZE) in −128…127."""

    brightness: Floats  # added, in 0…1 of full scale
    contrast: Floats  # factor around middle grey
    saturation: Floats  # factor around each pixel's own grey
    noise: Floats  # what a grain of 127 adds, in 0…1 of full scale
    grain: NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything that is in ``B`` pictures."""

    background: Floats  # (B, 3, NODES, NODES)
    spots: Spots
    strokes: Strokes
    body: Body
    front: Strokes  # clutter that hides parts of the object
    exposure: Exposure


def mirrored(scene: Scene) -> Scene:
    """The scene as seen in a mirror: ``paint`` of it is ``paint(scene)`` with left and right exchanged."""
    spots, body = scene.spots, scene.body
    return Scene(
        scene.background[..., ::-1],
        replace(spots, x=-spots.x),
        _mirrored_strokes(scene.strokes),
        replace(body, x=-body.x, up_x=-body.up_x, across_x=-body.across_x),
        _mirrored_strokes(scene.front),
        replace(scene.exposure, grain=scene.exposure.grain[..., ::-1]),
    )


def _mirrored_strokes(strokes: Strokes) -> Strokes:
    return replace(strokes, x=-strokes.x, along_x=-strokes.along_x)


def paint(scene: Scene) -> NDArray[np.uint8]:
    """Pictures (B, SIZE, SIZE, 3), from the background to the front."""
    canvas = _gradient(scene.background)
    _add_spots(canvas, scene.spots)
    _add_strokes(canvas, scene.strokes)
    _add_body(canvas, scene.body)
    _add_strokes(canvas, scene.front)
    return _expose(canvas, scene.exposure)


def _gradient(nodes: Floats) -> Floats:
    """Colours (B, 3, SIZE, SIZE) that pass smoothly from node to node."""
    place = np.linspace(0, NODES - 1, SIZE)
    near = np.maximum(1 - np.abs(place - np.arange(NODES)[:, None]), 0)
    weight = (near * near * (3 - 2 * near)).astype(np.float32)  # level at the nodes, so that no kink shows
    rows = np.zeros((*nodes.shape[:2], NODES, SIZE), np.float32)
    canvas = np.zeros((*nodes.shape[:2], SIZE, SIZE), np.float32)
    for j in range(NODES):
        rows += nodes[:, :, :, j, None] * weight[j]
    for j in range(NODES):
        canvas += rows[:, :, j, None, :] * weight[j, :, None]
    return canvas


def _add_spots(canvas: Floats, spots: Spots) -> None:
    for k in range(spots.x.shape[1]):
        dx, dy = _offsets(spots.x[:, k], spots.y[:, k])
        outside = np.sqrt(dx * dx + dy * dy)
        outside -= _plane(spots.radius[:, k])
        cover = _cover(outside, spots.softness[:, k])
        cover *= _plane(spots.strength[:, k])
        _blend(canvas, spots.colour[:, k], cover)


def _add_strokes(canvas: Floats, strokes: Strokes) -> None:
    for k in range(strokes.x.shape[1]):
        dx, dy = _offsets(strokes.x[:, k], strokes.y[:, k])
        along_x, along_y = _plane(strokes.along_x[:, k]), _plane(strokes.along_y[:, k])
        outside = np.abs(dx * along_x + dy * along_y)
        outside -= _plane(strokes.half_length[:, k])
        beside = np.abs(dx * along_y - dy * along_x)
        beside -= _plane(strokes.half_width[:, k])
        cover = _cover(np.maximum(outside, beside, out=outside), 1.0)
        cover *= _plane(strokes.strength[:, k])
        _blend(canvas, strokes.colour[:, k], cover)


def _add_body(canvas: Floats, body: Body) -> None:
    black = np.zeros_like(body.light)
    shadow = _cover(_outside(replace(body, y=body.y + np.float32(_SHADOW_DROP))), _SHADOW_BLUR)
    _blend(canvas, black, shadow * np.float32(0.45))
    outside = _outside(body)
    rim = _cover(outside, 1.0)
    _blend(canvas, body.dark * np.float32(0.35), rim)
    outside += np.float32(_RIM)
    inside = _cover(outside, 1.0)
    _blend(canvas, body.dark, inside)
    inside *= _stripes(body)
    _blend(canvas, body.light, inside)


def _stripes(body: Body) -> Floats:
    """A plane: 1 in every other stripe, 0 between, with soft borders one pixel wide."""
    dx, dy = _offsets(body.x, body.y)
    period = _plane(body.period)
    turns = (dx * _plane(body.across_x) + dy * _plane(body.across_y)) / period + _plane(body.phase)
    turns -= np.floor(turns)
    from_border = np.abs(turns - np.float32(0.5)) - np.float32(0.25)
    return _cover(from_border * period, 1.0)


def _outside(body: Body) -> Floats:
    """A plane: how many pixels outside the object's outline a point lies; negative inside."""
    dx, dy = _offsets(body.x, body.y)
    radius, up_x, up_y = _plane(body.radius), _plane(body.up_x), _plane(body.up_y)
    across = (dx * up_y - dy * up_x) / radius
    up = (dx * up_x + dy * up_y) / radius
    distance: Floats = np.empty(across.shape, np.float32)
    for kind, measure in enumerate((_outside_disc, _outside_star, _outside_ring)):
        chosen = body.outline == kind
        distance[chosen] = measure(np.abs(across[chosen]), up[chosen])
    distance *= radius
    return distance


def _outside_disc(across: Floats, up: Floats) -> Floats:
    radius: Floats = np.sqrt(across * across + up * up)
    return radius - np.float32(1)


def _outside_star(across: Floats, up: Floats) -> Floats:
    """A star of five points, folded into the tenth of it that holds half a point."""
    tip, waist = np.float32(1.5), np.float32(0.47)  # radius of the points; of the notches between, as a share of it
    cos36, sin36 = np.float32(0.80901699), np.float32(0.58778525)
    for side in (np.float32(1), np.float32(-1)):
        beyond = np.maximum(side * cos36 * across - sin36 * up, 0) * np.float32(2)
        across = across - beyond * side * cos36
        up = up + beyond * sin36
    edge_x, edge_y = waist * sin36, waist * cos36 - np.float32(1)  # from tip to notch
    length = np.sqrt(edge_x * edge_x + edge_y * edge_y)
    beyond_edge: Floats = ((up - tip) * edge_x - np.abs(across) * edge_y) / length
    return beyond_edge


def _outside_ring(across: Floats, up: Floats) -> Floats:
    middle, half_width = np.float32(0.82), np.float32(0.36)
    return np.abs(np.sqrt(across * across + up * up) - middle) - half_width


def _expose(canvas: Floats, exposure: Exposure) -> NDArray[np.uint8]:
    grey = canvas.sum(axis=1, keepdims=True) / np.float32(3)
    canvas -= grey
    canvas *= _volume(exposure.saturation)
    canvas += grey
    canvas -= np.float32(0.5)
    canvas *= _volume(exposure.contrast)
    canvas += _volume(exposure.brightness + np.float32(0.5))
    canvas += exposure.grain * _volume(exposure.noise / np.float32(127))
    canvas *= np.float32(255)
    canvas += np.float32(0.5)
    levels = np.clip(canvas, 0, 255, out=canvas).astype(np.uint8)
    return np.ascontiguousarray(levels.transpose(0, 2, 3, 1))


def _blend(canvas: Floats, colour: Floats, cover: Floats) -> None:
    """Lay ``colour`` (B, 3) over the canvas where ``cover`` (a plane, 0…1) says so."""
    step = colour[:, :, None, None] - canvas
    step *= cover[:, None]
    canvas += step


def _cover(outside: Floats, softness: Floats | float) -> Floats:
    """How much of a pixel lies inside a border that fades over ``softness`` pixels: 0…1."""
    width = _plane(softness) if isinstance(softness, np.ndarray) else np.float32(softness)
    cover = np.float32(0.5) - outside / width
    return np.clip(cover, 0, 1, out=cover)


def _offsets(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Pixels right of x as (B, 1, SIZE) and below y as (B, SIZE, 1)."""
    return _AXIS[None, None, :] - _plane(x), _AXIS[None, :, None] - _plane(y)


def _plane(value: Floats) -> Floats:
    return value[:, None, None]


def _volume(value: Floats) -> Floats:
    return value[:, None, None, None]
