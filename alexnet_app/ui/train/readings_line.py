"""How the machine is while it trains, in one line: what there is of it, at widths that stay the same."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.measures import (
    CPU,
    DISK,
    GPU_LOAD,
    GPU_MEMORY,
    GPU_MEMORY_LIMIT,
    GPU_POWER,
    GPU_TEMPERATURE,
    MEMORY,
)
from alexnet_app.ui.parts.elided_label import PART
from alexnet_app.ui.parts.numbers import local

GIB = 2**30
LITTLE = 20 * GIB  # of disk space: less is said
FIGURE_SPACE = "\N{FIGURE SPACE}"  # as wide as a digit
GPU_FAMILIES = (GPU_LOAD, GPU_TEMPERATURE, GPU_POWER, GPU_MEMORY)


def readings_line(measured: Mapping[str, float]) -> str:
    """The newest values of named series, such as "GPU 96 %, 71 °C, 12.3 of 80.0 GiB · CPU 180 %"; empty where none is
    one of the machine.
    """
    names = [name.partition("/")[2] for name in measured if name.partition("/")[0] in GPU_FAMILIES]
    gpus = list(dict.fromkeys(names))
    parts = [_gpu(measured, name, _tr("GPU") if len(gpus) == 1 else name) for name in gpus]
    if f"{CPU}/process" in measured:
        parts.append(_tr("CPU {load}").format(load=_percent(measured[f"{CPU}/process"])))
    parts.append(_memory(measured))
    free = measured.get(DISK)
    if free is not None and free < LITTLE:
        parts.append(_tr("{free} GiB of disk space left").format(free=_gib(free, free)))
    return PART.join(filter(None, parts))


def _gpu(measured: Mapping[str, float], name: str, called: str) -> str:
    load, degrees, watts, used, limit = (
        measured.get(f"{family}/{name}") for family in (*GPU_FAMILIES, GPU_MEMORY_LIMIT)
    )
    parts = []
    if load is not None:
        parts.append(_percent(load))
    if degrees is not None:
        parts.append(_tr("{degrees} °C").format(degrees=_padded(f"{degrees:.0f}", 2)))
    if watts is not None:
        parts.append(_tr("{watts} W").format(watts=_padded(f"{watts:.0f}", 3)))
    if used is not None and limit is not None:
        parts.append(_of(used, limit))
    return f"{called} {', '.join(parts)}" if parts else ""


def _memory(measured: Mapping[str, float]) -> str:
    own, used, limit = (measured.get(f"{MEMORY}/{who}") for who in ("process", "machine", "limit"))
    parts = []
    if own is not None:
        parts.append(_tr("memory {own} GiB").format(own=_gib(own, limit or own)))
    if used is not None and limit is not None:
        parts.append(_tr("{used_of_limit} in use").format(used_of_limit=_of(used, limit)))
    return ", ".join(parts)


def _of(used: float, limit: float) -> str:
    return _tr("{used} of {limit} GiB").format(used=_gib(used, limit), limit=_gib(limit, limit))


def _gib(count: float, most: float) -> str:
    """Bytes in GiB, as wide as ``most`` are."""
    return _padded(f"{count / GIB:.1f}", len(f"{most / GIB:.1f}"))


def _percent(share: float) -> str:
    return f"{_padded(f'{100 * share:.0f}', 3)}\N{NO-BREAK SPACE}%"


def _padded(number: str, width: int) -> str:
    return local(number.rjust(width, FIGURE_SPACE))


def _tr(text: str) -> str:
    return QCoreApplication.translate("readings", text)
