"""A map of where a score comes from, drawn over the picture that it belongs to."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from alexnet_app.core.files import replace_file

FOR, AGAINST = (213, 94, 0), (0, 114, 178)  # tell apart for every eye
STRONGEST = 0.75  # of the colour at most, so that the picture stays to be seen
EXTREME = 0.995  # the quantile that gets the full colour: a single pixel does not pale all others
MARGIN, TITLE, WIDTH = 16, 28, 320


def tinted(heat: NDArray[np.float32], strongest: float = 0.0) -> NDArray[np.uint8]:
    """``heat`` (H, W) as RGBA (H, W, 4): orange speaks for the class, blue against it, the stronger the less clear.

    It is the full colour at ``strongest``, or where that is 0 at the strongest places of this map.
    """
    most = strongest or float(np.quantile(np.abs(heat), EXTREME))
    share = np.clip(np.abs(heat) / most, 0, 1) if most > 0 else np.zeros_like(heat)
    colour = np.where(heat[..., None] >= 0, np.array(FOR), np.array(AGAINST))
    return np.concatenate([colour, np.rint(255 * share)[..., None]], axis=2).astype(np.uint8)


def over(picture: NDArray[np.uint8], heat: NDArray[np.float32], strongest: float = 0.0) -> NDArray[np.uint8]:
    """``picture`` (H, W, 3) in grey under ``tinted`` of ``heat`` (H, W); a map of zeros leaves the grey picture."""
    grey = np.repeat((picture @ np.array([0.299, 0.587, 0.114]))[..., None], 3, axis=2)
    layer = tinted(heat, strongest).astype(np.float64)
    share = STRONGEST * layer[..., 3:] / 255
    return np.asarray(np.rint(grey * (1 - share) + layer[..., :3] * share), np.uint8)


def write_heat(picture: NDArray[np.uint8], heats: Sequence[tuple[str, NDArray[np.float32]]], path: Path) -> None:
    """Draws ``picture`` (S, S, 3), as the network sees it, and beside it each of ``heats``, a title and a map (S, S),
    over it, all maps in one scale, into the PNG ``path``.
    """
    strongest = max(float(np.quantile(np.abs(heat), EXTREME)) for _, heat in heats)
    shown = [("as the network sees it", picture)]
    shown += [(title, over(picture, heat, strongest)) for title, heat in heats]
    zoom = max(1, round(WIDTH / len(picture)))
    side = zoom * len(picture)
    page = Image.new("RGB", ((side + MARGIN) * len(shown) + MARGIN, side + TITLE + 2 * MARGIN), "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(18)
    for place, (title, pixels) in enumerate(shown):
        left = MARGIN + place * (side + MARGIN)
        pen.text((left, MARGIN // 2), title, fill="black", font=font)
        page.paste(Image.fromarray(pixels).resize((side, side), Image.Resampling.NEAREST), (left, TITLE + MARGIN))
    replace_file(path, lambda temporary: page.save(temporary, format="PNG"))
