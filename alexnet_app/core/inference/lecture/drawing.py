"""The pictures of a lecture, from numbers."""

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from alexnet_app.core.insight.filters import tiled
from alexnet_app.core.insight.map_sheets import in_grey
from alexnet_app.core.insight.receptive import Area

FRAMED = 400  # pixels that a picture has at least before a frame is drawn on it, which is thin then
CLEAR = 0  # of every channel: what is behind is seen


def coloured(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey (…) as red, green and blue (…, 3)."""
    return np.repeat(grey[..., None], 3, axis=-1)


def map_picture(values: NDArray[np.float32], largest: float | None = None, *, signed: bool = True) -> NDArray[np.uint8]:
    """One map (H, W) as uint8 (H, W, 3). White is ``largest``; 0 is grey, or black where it is not ``signed``."""
    return coloured(in_grey(values, largest, signed=signed))


def in_rows(pictures: NDArray[np.uint8], columns: int) -> NDArray[np.uint8]:
    """Pictures uint8 (N, h, w, 3) side by side in rows, as RGBA with gaps one sees through."""
    whole = np.full((*pictures.shape[:3], 1), 255, np.uint8)
    return tiled(np.concatenate([pictures, whole], axis=3), columns, CLEAR)


def units_picture(values: NDArray[np.float32], largest: float) -> NDArray[np.uint8]:
    """Units (U,) in about as many rows as columns, RGBA: black for 0 and below, white for ``largest``; behind the last
    one there is nothing.
    """
    side = math.ceil(math.sqrt(len(values)))
    drawn = np.zeros((-(-len(values) // side) * side, 4), np.uint8)
    drawn[: len(values), :3] = coloured(in_grey(np.maximum(values, 0), largest))
    drawn[: len(values), 3] = 255
    return drawn.reshape(-1, side, 4)


def framed(picture: NDArray[np.uint8], area: Area, least: int = FRAMED) -> NDArray[np.uint8]:
    """A copy of ``picture`` (H, W, 3) with a frame around ``area`` of it, enlarged where its shorter side has fewer
    than ``least`` pixels.
    """
    zoom = max(1, math.ceil(least / min(picture.shape[:2])))
    drawn = Image.fromarray(np.ascontiguousarray(picture.repeat(zoom, axis=0).repeat(zoom, axis=1)))
    width = max(2, round(min(drawn.size) / 120))
    box = [zoom * area.left, zoom * area.top, zoom * area.right - 1, zoom * area.bottom - 1]
    pen = ImageDraw.Draw(drawn)
    pen.rectangle(_within(box, 0, drawn.size), outline="black", width=2 * width)
    pen.rectangle(_within(box, width // 2, drawn.size), outline="white", width=width)
    return np.array(drawn)


def _within(box: list[float], by: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """The box made smaller on each side, and kept on the picture; it never turns inside out."""
    left, top = max(0, round(box[0]) + by), max(0, round(box[1]) + by)
    right, bottom = min(size[0] - 1, round(box[2]) - by), min(size[1] - 1, round(box[3]) - by)
    return left, top, max(left, right), max(top, bottom)
