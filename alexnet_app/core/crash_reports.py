"""How the program ended unexpectedly, or what went wrong inside it: a few local text files. Nothing is ever sent.

A report has versions, the device, the settings of the run and its last events without any path, and where in the code
it was: no picture, and no name of one. It is begun when the program starts, since a library that crashes leaves no time
to write one: what Python then says of its threads is the last that comes into the file. The next start makes a report
of it.
"""

import faulthandler
import os
import platform
import re
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO

from alexnet_app import __version__
from alexnet_app.core.places import state_folder

KEPT = 10  # reports, the newest
MOST = 256 << 10  # bytes of one
MOST_EVENTS = 40
CRASH, ERROR, TOLD, RUNNING = "crash", "error", "told", "running"  # how the names of files begin
FATAL = re.compile(r"^(Fatal Python error|Windows fatal exception)", re.MULTILINE)
RUN, OVER = "run folder: ", "run over"  # lines that are for the next start alone
OWN = ("shapes", "cifar10", "")  # data and models that go by a name of the program
LIBRARIES = ("torch", "torchvision", "numpy", "PIL", "PySide6", "pyqtgraph")

_lock = threading.Lock()
_begun: "_Begun | None" = None  # of the process, as the handlers of its signals are


class _Begun:
    """What was begun by this process."""

    def __init__(self, path: Path, file: BinaryIO) -> None:
        self.path, self.file = path, file
        self.head = self.run = ""

    def add(self, text: str) -> None:
        with suppress(OSError, ValueError):
            self.file.write(text.encode(errors="backslashreplace") + b"\n")


def folder() -> Path:
    """Where the reports lie."""
    return state_folder() / "crashes"


@contextmanager
def reporting(what: str) -> Iterator[None]:
    """While this is entered a crash, and whatever nobody caught on any thread, leaves a report; ``what`` is the
    command. Where none can be written the program works without.
    """
    global _begun
    with suppress(OSError):
        finish()
    begun = _begin(what)
    if begun is None:
        yield
        return
    _begun = begun
    asked_elsewhere = faulthandler.is_enabled()  # by who started Python: it is to say it on the terminal
    if not asked_elsewhere:
        faulthandler.enable(begun.file)
    hooks = sys.excepthook, threading.excepthook
    sys.excepthook, threading.excepthook = _main_hook(hooks[0]), _thread_hook(hooks[1])
    try:
        yield
    finally:
        sys.excepthook, threading.excepthook = hooks
        if not asked_elsewhere:
            faulthandler.disable()
        _begun = None
        begun.file.close()
        with suppress(OSError):
            begun.path.unlink()
            begun.path.parent.rmdir()  # where there is no report no folder is needed


def _begin(what: str) -> _Begun | None:
    try:
        folder().mkdir(parents=True, exist_ok=True)
        path = folder() / f"{RUNNING}-{int(time.time())}-{os.getpid()}"
        begun = _Begun(path, path.open("xb", buffering=0))
    except OSError:
        return None
    system = f"{platform.system()} {platform.release()} {platform.machine()}, {os.cpu_count()} processors"
    python = f"Python {platform.python_version()}"
    begun.head = f"AlexNet App {__version__}, {what or 'window'}\n{python}, {system}"
    begun.add(begun.head)
    return begun


@contextmanager
def noting(run: Path) -> Iterator[None]:
    """A report that is written meanwhile tells of the run in this folder."""
    begun = _begun
    if begun is None:
        yield
        return
    begun.run = str(run)
    begun.add(f"{_versions()}\n{RUN}{run}")
    try:
        yield
    finally:
        begun.run = ""
        begun.add(OVER)


def write(error: BaseException, *, ends: bool = False) -> Path | None:
    """A report of ``error``, which nobody expected; ``ends`` where the program ends with it. None where the program
    does not report, or none can be written.
    """
    begun = _begun
    if begun is None or isinstance(error, KeyboardInterrupt | SystemExit):
        return None
    parts = [begun.head, _versions(), *_of_run(begun.run), _trace(error)]
    kind = TOLD if ends and sys.stderr is not None and sys.stderr.isatty() else CRASH if ends else ERROR
    with _lock, suppress(OSError):
        return _kept(kind, time.time(), "\n\n".join(filter(None, parts)))
    return None


def untold() -> list[Path]:
    """The reports of how the program ended that nobody was told of, the newest last."""
    return sorted(folder().glob(f"{CRASH}-*.txt"))


def when(report: Path) -> float:
    """When that was, in seconds since 1970."""
    found = re.search(r"-([0-9]{1,12})-", report.name)
    return float(found[1]) if found else 0.0


def mark_told() -> Path:
    """The person is told of all of them: the newest one, as it is called from now on."""
    newest = folder()
    for path in untold():
        newest = path.with_name(path.name.replace(CRASH, TOLD, 1))
        with suppress(OSError):
            path.rename(newest)
    return newest


def forget() -> None:
    """Removes all reports."""
    for path in folder().glob("*.txt"):
        with suppress(OSError):
            path.unlink()


def finish() -> None:
    """Makes reports of what processes that crashed have begun; of those that were killed nothing is known."""
    for path in folder().glob(f"{RUNNING}-*"):
        if _is_running(path):
            continue
        with path.open("rb") as file:
            text = file.read(MOST).decode(errors="replace")
        at = path.stat().st_mtime
        path.unlink()  # first: of two starts at once one makes the report
        if FATAL.search(text):
            _kept(CRASH, at, _composed(text))


def _is_running(path: Path) -> bool:
    import psutil

    began, process = (int(part) for part in path.name.split("-")[1:3])
    with suppress(psutil.Error):
        return bool(psutil.Process(process).create_time() <= began + 1)  # else it is another one of that number
    return False


def _composed(text: str) -> str:
    """The report of what a process has written until it crashed."""
    fatal = FATAL.search(text)
    assert fatal is not None
    said, run = [], ""
    for line in text[: fatal.start()].splitlines():
        if line.startswith(RUN):
            run = line.removeprefix(RUN)
        elif line == OVER:
            run = ""
        else:
            said.append(line)
    return "\n\n".join(["\n".join(said), *_of_run(run), _homeless(text[fatal.start() :])])


def _kept(kind: str, at: float, text: str) -> Path:
    """Writes a report and removes the oldest ones."""
    folder().mkdir(parents=True, exist_ok=True)
    path = folder() / f"{kind}-{int(at)}-{os.getpid()}-{time.monotonic_ns()}.txt"
    date = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at))
    path.write_text(f"{date}\n{text}\n"[:MOST], encoding="utf-8", errors="backslashreplace")
    for old in sorted(folder().glob("*.txt"), key=when)[:-KEPT]:
        with suppress(OSError):
            old.unlink()
    return path


def _versions() -> str:
    """Of what is loaded by now: to ask for others would load them."""
    found = ((name, getattr(sys.modules.get(name), "__version__", "")) for name in LIBRARIES)
    return ", ".join(f"{name} {version}" for name, version in found if version)


def _of_run(place: str) -> list[str]:
    """The settings of the run in the folder ``place`` and its last events, without a path; nothing where there is
    none.
    """
    if not place:
        return []
    from alexnet_app.core.runs.run import Run

    found = []
    run = Run(Path(place))
    with suppress(Exception):  # a report that has less is better than none
        found.append("Settings of the run:\n" + _settings(run.config_file.read_text(encoding="utf-8")))
    with suppress(Exception):
        told = list(filter(None, map(_said, run.events()[-10 * MOST_EVENTS :])))
        found.append("Its last events:\n" + "\n".join(told[-MOST_EVENTS:]))
    return found


def _settings(text: str) -> str:
    import tomllib

    hidden = [name for name in ("data", "init") if tomllib.loads(text).get(name, "") not in OWN]
    hidden += ["about", "preset"]
    lines = text.splitlines()
    return "\n".join(line for line in lines if line.partition("=")[0].strip() not in hidden)


def _said(event: Any) -> str:
    """An event as a line; empty for those that name files, or come in masses."""
    from alexnet_app.core import events as kinds

    if isinstance(event, kinds.StepsDone):
        return f"steps to {event.first + len(event.losses)}, loss {event.losses[-1]:.4g}, rate {event.rate:g}"
    if isinstance(event, kinds.RunStarted):
        how = f"{event.precision}, {event.train_pictures} images, {event.parameters} weights"
        return f"RunStarted on {event.device}, {how}"
    if isinstance(event, kinds.Warned):
        return f"Warned: {event.notice}"
    plain = (
        kinds.EpochDone,
        kinds.RateChanged,
        kinds.CheckpointSaved,
        kinds.Paused,
        kinds.Continued,
        kinds.MemoryShort,
    )
    if isinstance(event, plain):
        return str(event)
    ends = (kinds.Resumed, kinds.RunEnded, kinds.Evaluated)
    return f"{type(event).__name__}, step {getattr(event, 'step', '')}" if isinstance(event, ends) else ""


def _trace(error: BaseException) -> str:
    """Where it was, and what it is, without what stands in quotes or looks like a path: that can be anybody's."""
    chain: list[str] = []
    seen: BaseException | None = error
    while seen is not None and len(chain) < MOST_EVENTS:
        where = "".join(traceback.format_tb(seen.__traceback__))
        what = re.sub(r"(['\"]).*?\1|\S*[/\\]\S*", "…", str(seen), flags=re.DOTALL)
        chain.insert(0, f"{where}{type(seen).__name__}: {what}")
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return _homeless("\n\n".join(chain))


def _homeless(text: str) -> str:
    """Without the name of the person that is in the path of the home folder."""
    home = os.path.expanduser("~")  # noqa: PTH111 - Path has an error where there is none
    return text.replace(home, "~") if len(home) > 1 else text


def _main_hook(before: Any) -> Any:
    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        write(error)
        before(kind, error, trace)

    return hook


def _thread_hook(before: Any) -> Any:
    def hook(args: Any) -> None:
        if args.exc_value is not None:
            write(args.exc_value)
        before(args)

    return hook
