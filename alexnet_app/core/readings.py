"""How the machine is while it works: processors, main memory, disk, and NVIDIA's GPUs as their driver tells it.

What cannot be read is left out, and nobody is told: a computer without such a GPU has no such readings.
"""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from alexnet_app.core import machine
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

SHORTEST, LONGEST = 5.0, 15.0  # seconds between two readings: at the start, and after half an hour
SLOWING = 120.0  # a reading of the last so many parts of the time is enough
KINDS = ("GPU", "MIG")  # what the driver writes before the number of a device, and torch leaves out


class Readings:
    """Of the machine, for work in ``folder`` on the GPUs with these ``uuids``, by their names such as "GPU 0"."""

    def __init__(
        self, folder: Callable[[], Path], gpus: dict[str, str], clock: Callable[[], float] = time.monotonic
    ) -> None:
        import psutil

        self._folder, self._clock = folder, clock
        self._process = psutil.Process()
        self._gpus = Gpus(gpus)
        self._begun = self._last = clock()
        self._worked = self._work()

    def due(self) -> dict[str, float]:
        """What ``read`` gives, where the last reading is old enough; else nothing."""
        now = self._clock()
        age = min(LONGEST, max(SHORTEST, (now - self._begun) / SLOWING))
        return self.read() if now - self._last >= age else {}

    def read(self) -> dict[str, float]:
        """Values of named series (``measures.py``); of the processors the mean since the last reading."""
        now, worked = self._clock(), self._work()
        seconds = now - self._last
        before, self._worked, self._last = self._worked, worked, now
        found = {
            f"{CPU}/{who}": round((worked[who] - before[who]) / seconds, 3)
            for who in worked.keys() & before.keys()
            if seconds > 0 and worked[who] >= before[who]
        }
        return {**dict(sorted(found.items(), reverse=True)), **self._memory(), **self._disk(), **self._gpus.read()}

    def close(self) -> None:
        """Lets the driver go."""
        self._gpus.close()

    def _work(self) -> dict[str, float]:
        """Seconds of work so far."""
        import psutil

        found = {}
        with suppress(psutil.Error, OSError):
            times = self._process.cpu_times()
            found["process"] = float(times.user + times.system)
        with suppress(psutil.Error, OSError, RuntimeError):
            found["machine"] = machine.processor_seconds()
        return found

    def _memory(self) -> dict[str, float]:
        import psutil

        found = {}
        with suppress(psutil.Error, OSError):
            found[f"{MEMORY}/process"] = float(self._process.memory_info().rss)
        with suppress(psutil.Error, OSError):
            limit = machine.memory_limit()
            found |= {f"{MEMORY}/machine": float(limit - machine.free_memory()), f"{MEMORY}/limit": float(limit)}
        return found

    def _disk(self) -> dict[str, float]:
        try:
            return {DISK: float(shutil.disk_usage(self._folder()).free)}
        except OSError:
            return {}


class Gpus:
    """The GPUs with these numbers of their own, by their names. Each question that is not answered is left out."""

    def __init__(self, numbers: dict[str, str]) -> None:
        self._library = _library() if numbers else None
        self._found = {name: handle for name, number in numbers.items() if (handle := self._handle(number)) is not None}

    def read(self) -> dict[str, float]:
        """Values of named series."""
        found: dict[str, float] = {}
        for name, handle in self._found.items():
            found |= {f"{family}/{name}": value for family, value in self._told(handle)}
        return found

    def close(self) -> None:
        """Lets the driver go."""
        if self._library is not None:
            self._ask(self._library.nvmlShutdown)
        self._library, self._found = None, {}

    def _handle(self, number: str) -> Any:
        """What the driver knows the GPU by; None where it does not know it."""
        library = self._library
        if library is None:
            return None
        named = (number, *(f"{kind}-{number}" for kind in KINDS))
        return next((found for each in named if (found := self._ask(library.nvmlDeviceGetHandleByUUID, each))), None)

    def _told(self, handle: Any) -> Iterator[tuple[str, float]]:
        library = self._library
        assert library is not None
        load = self._ask(library.nvmlDeviceGetUtilizationRates, handle)
        if load is not None:
            yield GPU_LOAD, load.gpu / 100
        memory = self._ask(library.nvmlDeviceGetMemoryInfo, handle)
        if memory is not None:
            yield GPU_MEMORY, float(memory.used)
            yield GPU_MEMORY_LIMIT, float(memory.total)
        temperature = self._ask(library.nvmlDeviceGetTemperature, handle, library.NVML_TEMPERATURE_GPU)
        if temperature is not None:
            yield GPU_TEMPERATURE, float(temperature)
        power = self._ask(library.nvmlDeviceGetPowerUsage, handle)
        if power is not None:
            yield GPU_POWER, power / 1000

    def _ask(self, question: Callable[..., Any], *what: object) -> Any:
        """The answer; None where there is none: not for this GPU, not now, or not any more."""
        assert self._library is not None
        try:
            return question(*what)
        except (self._library.NVMLError, OSError, UnicodeDecodeError):
            return None


def _library() -> Any:
    """NVIDIA's own, ready to be asked; None where it or its driver is not there."""
    try:
        import pynvml

        pynvml.nvmlInit()
    except (ImportError, OSError, AttributeError):
        return None
    except pynvml.NVMLError:
        return None
    return pynvml


def gpu_numbers(devices: Sequence[Any]) -> dict[str, str]:
    """The numbers of their own that the driver knows the GPUs among ``devices`` by, by what people call them."""
    import torch

    found = {}
    for device in dict.fromkeys(devices):
        if device.type == "cuda":
            index = device.index or 0
            number = getattr(torch.cuda.get_device_properties(index), "uuid", None)
            if number is not None:
                found[f"GPU {index}"] = str(number)
    return found
