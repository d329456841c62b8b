"""A strip of snapshots in one small file, as the film of a bundled model is: each snapshot by what has changed."""

import zipfile
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import unreadable
from alexnet_app.core.foreign_arrays import arrays_in
from alexnet_app.core.insight.learning import MOST_WEIGHTS
from alexnet_app.core.insight.strip import MOST, Strip, evenly

LIMIT = 1_500_000  # bytes of a file
MOST_BYTES = 64 << 20  # of the arrays in it
LEAST = 12  # snapshots: fewer are no film
SEEN = 3  # of 255: a smaller change of a pixel waits until it is larger, and is no byte until then


def write_strip(path: Path, strip: Strip, limit: int = LIMIT) -> Strip:
    """Writes ``strip`` into ``path`` with as many of its snapshots as ``limit`` bytes have room for, evenly chosen.

    Gives what was written: no pixel is more than SEEN of 255 away from what it was. UserError where not even LEAST
    snapshots have room.
    """
    chosen = strip.some(evenly(range(len(strip)), MOST))
    while True:
        held = _held(chosen.pictures)
        content = _packed(chosen, held)
        if len(content) <= limit:
            break
        if len(chosen) <= LEAST:
            raise UserError("{count} snapshots take more than {limit:,} bytes", count=len(chosen), limit=limit)
        fewer = max(LEAST, min(len(chosen) - 1, int(0.99 * len(chosen) * limit / len(content))))
        chosen = strip.some(evenly(range(len(strip)), fewer))
    replace_file(path, lambda temporary: temporary.write_bytes(content))
    return Strip(chosen.steps, chosen.epochs, held, chosen.scales, chosen.slices, chosen.kept)


def read_strip(path: Path, slices: tuple[slice, ...]) -> Strip:
    """The strip in ``path``, of a network whose towers have the kernels ``slices``. UnreadableError where the file is
    none, too large, or contradicts itself.
    """
    arrays = arrays_in(path, MOST_BYTES)
    steps, epochs, scales = (arrays.get(name, np.zeros(0)) for name in ("steps", "epochs", "scales"))
    changes, kept = arrays.get("changes", np.zeros(0)), arrays.get("kept", np.zeros(0))
    if not (_are_times(steps, epochs) and _are_kernels(changes, scales, len(steps), slices[-1].stop)):
        raise unreadable(path, "it is no film of conv1 of this network")
    if kept.dtype != np.int64 or kept.shape != () or int(kept) < len(steps):
        raise unreadable(path, "it is no film of conv1 of this network")
    pictures = np.cumsum(changes, axis=0, dtype=np.uint8)  # goes round at 256, as the differences did
    times = tuple(int(each) for each in steps), tuple(float(each) for each in epochs)
    return Strip(*times, pictures, scales, slices, int(kept))


def _are_times(steps: NDArray[Any], epochs: NDArray[Any]) -> bool:
    """Whether both rise from 0 or later, and are as many as a strip may have."""
    if steps.dtype != np.int64 or epochs.dtype != np.float64 or steps.ndim != 1 or steps.shape != epochs.shape:
        return False
    rise = bool((np.diff(steps) > 0).all() and (np.diff(epochs) >= 0).all())
    return 2 <= len(steps) <= MOST and rise and bool(np.isfinite(epochs).all() and steps[0] >= 0 and epochs[0] >= 0)


def _are_kernels(changes: NDArray[Any], scales: NDArray[Any], count: int, kernels: int) -> bool:
    if changes.dtype != np.uint8 or changes.ndim != 5 or changes.shape[:2] != (count, kernels):
        return False
    if changes.shape[4] != 3 or changes[0].size > MOST_WEIGHTS or scales.dtype != np.float32:
        return False
    return scales.shape == (count, kernels) and bool(np.isfinite(scales).all() and (scales >= 0).all())


def _held(pictures: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """``pictures`` (n, …) in which a pixel stays as it was until it has changed by more than SEEN."""
    shown = pictures.copy()
    for before, now in pairwise(shown):
        stays = np.abs(now.astype(np.int16) - before) <= SEEN
        now[stays] = before[stays]
    return shown


def _packed(strip: Strip, pictures: NDArray[np.uint8]) -> bytes:
    changes = pictures.copy()
    changes[1:] -= pictures[:-1]
    arrays: dict[str, NDArray[Any]] = {
        "steps": np.array(strip.steps, np.int64),
        "epochs": np.array(strip.epochs, np.float64),
        "scales": strip.scales,
        "kept": np.array(strip.kept, np.int64),
        "changes": changes,
    }
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in arrays.items():
            written = BytesIO()
            np.save(written, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), written.getvalue(), zipfile.ZIP_DEFLATED, 9)
    return file.getvalue()
