"""A pass over a data set as a file: what was counted of a layer's units, with a checksum.

It lies in a folder that others may write, and a disk may tear it: what is read is bounded, and nothing is believed that
does not fit the layer and the images.
"""

import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from alexnet_app.core.errors import UserError
from alexnet_app.core.foreign import open_regular
from alexnet_app.core.insight.tally import BINS, KEPT, Extremes, LayerTally
from alexnet_app.core.network.checksum import read_checked, with_checksum

FORMAT = "alexnet-app tally 1"
ENDS = ("strongest", "weakest")
PARTS = ("values", "pictures", "places")
NAMES = [*(f"{end}.{part}" for end in ENDS for part in PARTS), "fires", "fires_at", "histogram"]
MOST_BYTES = 128 << 20  # a layer of 100,000 units, the largest, takes 89 million


def write_tally(path: Path, tally: LayerTally, model: str = "", layer: str = "") -> None:
    """Writes ``path`` (safetensors), of a ``layer`` of the model with the checksum ``model``. Raises OSError or
    SafetensorError.
    """
    arrays = {"fires": tally.fires, "fires_at": tally.fires_at, "histogram": tally.histogram}
    for end in ENDS:
        arrays |= {f"{end}.{part}": getattr(getattr(tally, end), part) for part in PARTS}
    tensors = {name: torch.from_numpy(each).contiguous() for name, each in arrays.items()}
    metadata = {"format": FORMAT, "pictures": str(tally.pictures), "reach": repr(tally.reach)}
    metadata |= {"model": model, "layer": layer}
    save_file(tensors, path, with_checksum(tensors, metadata))


def read_tally(path: Path, units: int, places: int, pictures: int) -> LayerTally | None:
    """What ``write_tally`` wrote of a layer of so many ``units``, each with so many ``places``, and of ``pictures``
    images; None where it is gone, damaged or something else: it can be counted again.
    """
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_size > MOST_BYTES:
                return None
        with safe_open(path, framework="pt") as tensors:
            return _tally(tensors, units, places, pictures)
    except (UserError, SafetensorError, OSError, ValueError, TypeError, RuntimeError, KeyError):
        return None


def counted_of(path: Path, model: str) -> tuple[str, int] | None:
    """The layer that the tally in ``path`` is of and how many images were counted, where it is one of ``model``; None
    where it is not, or cannot be read.
    """
    try:
        with open_regular(path) as file:
            if os.fstat(file.fileno()).st_size > MOST_BYTES:
                return None
        with safe_open(path, framework="pt") as tensors:
            said = tensors.metadata() or {}
        is_of_it = said.get("format") == FORMAT and said.get("model") == model
        return (said["layer"], int(said["pictures"])) if is_of_it else None
    except (UserError, SafetensorError, OSError, ValueError, TypeError, RuntimeError, KeyError):
        return None


def _tally(file: Any, units: int, places: int, pictures: int) -> LayerTally | None:
    metadata = file.metadata() or {}
    if (
        metadata.get("format") != FORMAT
        or metadata["pictures"] != str(pictures)
        or sorted(file.keys()) != sorted(NAMES)
    ):
        return None
    tensors, holds = read_checked(file, NAMES)
    found = {name: tensor.numpy() for name, tensor in tensors.items()}
    reach = float(metadata["reach"])
    if holds is False or not (0 <= reach < math.inf and _fits(found, units, places, pictures)):
        return None
    strongest, weakest = (Extremes(*(found[f"{end}.{part}"] for part in PARTS)) for end in ENDS)
    return LayerTally(pictures, strongest, weakest, found["fires"], found["fires_at"], found["histogram"], reach)


def _fits(found: Mapping[str, NDArray[Any]], units: int, places: int, pictures: int) -> bool:
    """Whether the arrays have the shapes, kinds and ranges that they must have."""
    kept = (units, min(KEPT, pictures))
    wanted: dict[str, tuple[tuple[int, ...], type, float]] = {
        **{f"{end}.values": (kept, np.float32, math.inf) for end in ENDS},
        **{f"{end}.pictures": (kept, np.int64, pictures) for end in ENDS},
        **{f"{end}.places": (kept, np.int64, places) for end in ENDS},
        **dict.fromkeys(("fires", "fires_at"), ((units,), np.float64, 1 + 1e-9)),
        "histogram": ((units, BINS), np.int64, math.inf),
    }
    return all(_is_within(found[name], *each, signed=name.endswith("values")) for name, each in wanted.items())


def _is_within(array: NDArray[Any], shape: tuple[int, ...], kind: type, below: float, *, signed: bool) -> bool:
    if array.shape != shape or array.dtype != kind:
        return False
    low = -math.inf if signed else 0
    return bool(np.isfinite(array).all() and (array >= low).all() and (array < below).all())
