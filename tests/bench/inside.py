"""How fast this process trains, and what its threads spend processor time on, the window's thread in particular."""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

KINDS = {  # of what the window's thread does, by the methods that do it
    "window: drawing and painting curves": (
        "curves.learning_curves:LearningCurves._draw",
        "curves.plot:Plot.paintEvent",
    ),
    "window: kernels": (
        "parts.filter_grid:FilterGrid.set_kernels",
        "parts.kernel_sheet:KernelSheet.paintEvent",
    ),
    "window: numbers in their places": (
        "parts.progress_line:ProgressLine.show_progress",
        "parts.elided_label:ElidedLabel.paintEvent",
    ),
}


SKIPPED = 3.0  # seconds of training before it counts


class Rate:
    """Pictures by time in steps, from ``SKIPPED`` seconds after the first step on."""

    def __init__(self):
        self.begun = None
        self._pictures = self._seconds = 0.0
        self.reports = 0

    def take(self, event, batch_size):
        """Counts a StepsDone; gives the seconds since the first one."""
        now = time.monotonic()
        self.begun = self.begun or now
        if now - self.begun >= SKIPPED:
            pictures = len(event.losses) * batch_size
            self._pictures += pictures
            self._seconds += pictures / event.images_per_second
            self.reports += 1
        return now - self.begun

    def value(self):
        """Pictures a second."""
        return self._pictures / self._seconds


class Book:
    """What the system notes of this thread: how long it has run, and how long it has waited for a processor."""

    def __init__(self):
        try:
            self._file = os.open(f"/proc/self/task/{threading.get_native_id()}/schedstat", os.O_RDONLY)
        except OSError:
            self._file = None
        self._last = self._read()

    def since(self):
        """Both since the last call, in seconds; 0 where the system does not say."""
        before, self._last = self._last, self._read()
        return tuple(now - then for now, then in zip(self._last, before, strict=True))

    def _read(self):
        if self._file is None:
            return 0.0, 0.0
        run, waited, _ = os.pread(self._file, 100, 0).split()
        return int(run) / 1e9, int(waited) / 1e9


class Threads:
    """Processor time of every thread since ``begin``, in seconds; empty where the system does not keep book of it."""

    def __init__(self) -> None:
        self._spent: Counter[str] = Counter()
        self._depth = 0
        for kind, methods in KINDS.items():
            for each in methods:
                self._watch(kind, each)

    def begin(self) -> None:
        """Forgets what was before."""
        self._before, self._since = books(), time.perf_counter()
        self._spent.clear()

    def parts(self) -> dict[str, float]:
        """Seconds of each part. All processors together make the whole: what nobody used is a part too."""
        python = {each.native_id: each.name for each in threading.enumerate()}
        parts: Counter[str] = Counter(self._spent)
        for thread, (run, _) in books().items():
            seconds = run - self._before.get(thread, (0.0, 0.0))[0]
            if thread == os.getpid():
                parts["window: Qt's own events and painting"] += max(0.0, seconds - self._spent.total())
            else:
                parts[_kind(python.get(thread))] += seconds
        whole = (time.perf_counter() - self._since) * len(os.sched_getaffinity(0))
        parts["no thread of this program"] = max(0.0, whole - parts.total())
        return dict(parts)

    def waited(self) -> float:
        """How long the thread that waited most for a processor, but for the window's, did so, in seconds."""
        now = books()
        return max(
            waited - self._before.get(thread, (0.0, 0.0))[1]
            for thread, (_, waited) in now.items()
            if thread != os.getpid()
        )

    def _watch(self, kind: str, path: str) -> None:
        from importlib import import_module

        module, names = path.split(":")
        class_, name = names.split(".")
        owner = getattr(import_module(f"alexnet_app.ui.{module}"), class_)
        setattr(owner, name, self._timed(kind, getattr(owner, name)))

    def _timed(self, kind: str, done: Callable[..., object]) -> Callable[..., object]:
        def timed(*given: object, **named: object) -> object:
            begun, outermost = time.thread_time(), not self._depth
            self._depth += 1
            try:
                return done(*given, **named)
            finally:
                self._depth -= 1
                if outermost:
                    self._spent[kind] += time.thread_time() - begun

        return timed


def books() -> dict[int, tuple[float, float]]:
    """Of each thread: how long it has run, and how long it has waited for a processor, in seconds."""
    found = {}
    for task in Path("/proc/self/task").glob("*/schedstat"):
        try:
            run, waited, _ = task.read_text().split()
        except (OSError, ValueError):  # it is over
            continue
        found[int(task.parent.name)] = int(run) / 1e9, int(waited) / 1e9
    return found


def _kind(name: str | None) -> str:
    if name is None:
        return "torch's other threads"
    return "reading batches ahead" if name.startswith("batches") else "the training's thread"
