"""The machine: processors and memory that this process may use, within its affinity and the limits of its container."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
OWN = Path("/proc/self/cgroup")


def cores() -> int:
    """Processors that this process may use, at least 1."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else psutil.cpu_count() or 1
    return max(1, min([allowed, *(round(limit) for limit in _processor_limits())]))


def free_memory() -> int:
    """Bytes of main memory that could be had now: what the system has, or what its container has left."""
    import psutil

    available: int = psutil.virtual_memory().available
    return max(0, min([available, *_memory_left()]))


def _processor_limits() -> Iterator[float]:
    """Processors' worth of time that each control group around this process gives it."""
    for folder in _groups("cpu"):
        with suppress(OSError, ValueError, ZeroDivisionError):
            given, per = (folder / "cpu.max").read_text("ascii").split()
            yield int(given) / int(per)  # ValueError for "max": there is no limit
        with suppress(OSError, ValueError, ZeroDivisionError):
            quota, period = (int((folder / f"cpu.cfs_{name}_us").read_text("ascii")) for name in ("quota", "period"))
            if quota > 0:
                yield quota / period


def _memory_left() -> Iterator[int]:
    """Bytes that each control group around this process has left; pages of files that can be dropped count as left."""
    for folder in _groups("memory"):
        for limit, used, droppable in (
            ("memory.max", "memory.current", "inactive_file"),
            ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"),
        ):
            with suppress(OSError, ValueError):
                most = int((folder / limit).read_text(encoding="ascii"))
                taken = int((folder / used).read_text(encoding="ascii"))
                yield most - taken + _counted(folder / "memory.stat", droppable)


def _counted(path: Path, name: str) -> int:
    with suppress(OSError, ValueError):
        lines = (line.split() for line in path.read_text(encoding="ascii").splitlines())
        return next((int(value) for key, value in lines if key == name), 0)
    return 0


def _groups(controller: str) -> Iterator[Path]:
    """The folders of the control groups around this process, from its own up to the root: version 2, then version 1."""
    with suppress(OSError):
        for line in OWN.read_text(encoding="utf-8").splitlines():
            number, names, path = line.split(":", 2)
            if number == "0" and not names:
                root = GROUPS
            elif controller in names.split(","):
                root = GROUPS / controller
            else:
                continue
            own = root / path.lstrip("/")
            yield from (each for each in (own, *own.parents) if each == root or root in each.parents)
