"""A pass over a data set as a file: what was counted of a layer's units, with a checksum."""

from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from alexnet_app.core.errors import UserError
from alexnet_app.core.foreign import open_regular
from alexnet_app.core.insight.tally import BINS, Extremes, LayerTally
from alexnet_app.core.network.checksum import read_checked, with_checksum

FORMAT = "alexnet-app tally 1"
ENDS = ("strongest", "weakest")
PARTS = ("values", "pictures", "places")
NAMES = [*(f"{end}.{part}" for end in ENDS for part in PARTS), "fires", "fires_at", "histogram"]


def write_tally(path: Path, tally: LayerTally) -> None:
    """Writes ``path`` (safetensors). Raises OSError or SafetensorError."""
    arrays = {"fires": tally.fires, "fires_at": tally.fires_at, "histogram": tally.histogram}
    for end in ENDS:
        arrays |= {f"{end}.{part}": getattr(getattr(tally, end), part) for part in PARTS}
    tensors = {name: torch.from_numpy(each).contiguous() for name, each in arrays.items()}
    metadata = {"format": FORMAT, "pictures": str(tally.pictures), "reach": repr(tally.reach)}
    save_file(tensors, path, with_checksum(tensors, metadata))


def read_tally(path: Path) -> LayerTally | None:
    """What ``write_tally`` wrote; None where it is gone, damaged or something else: it can be counted again."""
    try:
        open_regular(path).close()
        with safe_open(path, framework="pt") as file:
            return _tally(file)
    except (UserError, SafetensorError, OSError, ValueError, RuntimeError, KeyError):
        return None


def _tally(file: Any) -> LayerTally | None:
    metadata = file.metadata() or {}
    if metadata.get("format") != FORMAT:
        return None
    tensors, holds = read_checked(file, NAMES)
    if not holds:
        return None
    found = {name: tensor.numpy() for name, tensor in tensors.items()}
    strongest, weakest = (Extremes(*(found[f"{end}.{part}"] for part in PARTS)) for end in ENDS)
    units = len(found["histogram"])
    if found["histogram"].shape != (units, BINS) or any(len(each) != units for each in found.values()):
        return None
    reach = float(metadata["reach"])
    return LayerTally(
        int(metadata["pictures"]),
        strongest,
        weakest,
        found["fires"],
        found["fires_at"],
        found["histogram"],
        reach,
    )
