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


def memory_limit() -> int:
    """Bytes of main memory that could be had if nobody else used any: what there is, or what its container may have."""
    import psutil

    most: int = psutil.virtual_memory().total
    return min([most, *_memory_limits()])


def processor_seconds() -> float:
    """Seconds of work that processors have done so far, each of them counted: for the container of this process where
    that is limited, else for all programs.
    """
    import psutil

    if next(_processor_limits(), None) is not None:
        with suppress(StopIteration):
            return next(_group_seconds())
    times = psutil.cpu_times()
    idle = times.idle + getattr(times, "iowait", 0.0)
    guests = getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # they are in user and nice, too
    return float(sum(times) - idle - guests)


def _group_seconds() -> Iterator[float]:
    """What the control group around this process has worked, in seconds: version 2, then version 1."""
    for folder in _groups("cpu"):
        micro = _counted(folder / "cpu.stat", "usage_usec")
        if micro:
            yield micro / 1e6
    for folder in _groups("cpuacct"):
        with suppress(OSError, ValueError):
            yield int((folder / "cpuacct.usage").read_text(encoding="ascii")) / 1e9


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


def _memory_limits() -> Iterator[int]:
    """Bytes that each control group around this process may have."""
    for folder in _groups("memory"):
        for limit in ("memory.max", "memory.limit_in_bytes"):
            with suppress(OSError, ValueError):
                yield int((folder / limit).read_text(encoding="ascii"))


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
