"""A run that is trained by a process of its own, which outlives the window or the terminal that started it."""

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import open_to_append, unwritable
from alexnet_app.core.runs.run import Run

PATIENCE = 120.0  # seconds until it trains or says why not: torch is loaded first
LOOK = 0.1  # seconds between two looks
LOWER = 10  # of POSIX's niceness
LAST = 2000  # characters of what it printed that are read again
PROGRAM = "import sys; sys.path.insert(0, sys.argv.pop(1)); from alexnet_app.cli import main; sys.exit(main())"


def started_detached(run: Run, command: Sequence[str], *, low_priority: bool = False) -> "subprocess.Popen[bytes]":
    """Starts ``command``, which trains ``run`` on from where it is, and gives its process once it has the run.

    The process has its own session, no terminal, and prints into ``background.txt`` of the run's folder. With
    ``low_priority`` it leaves the processors to others. UserError where it ends before it trains.
    """
    said = run.said_file
    try:
        with open_to_append(said) as file:
            before = file.tell()
            child = _started(command, file.fileno())
    except OSError as error:
        raise unwritable(said, error) from error
    if low_priority:
        _lower(child.pid)
    end = time.monotonic() + PATIENCE
    while not run.is_being_written() and time.monotonic() < end:
        if child.poll() is not None:
            if child.returncode == 0:  # there was nothing left to train
                break
            raise ended_badly(run, child.returncode, before)
        time.sleep(LOOK)
    return child


def started_apart(command: Sequence[str], said: Path) -> "subprocess.Popen[bytes]":
    """Starts ``command`` in a session of its own; what it prints is added to the file ``said``."""
    try:
        said.parent.mkdir(parents=True, exist_ok=True)
        with open_to_append(said) as file:
            return _started(command, file.fileno())
    except OSError as error:
        raise unwritable(said, error) from error


def last_words(run: Run) -> str:
    """The last line that a process printed which trained ``run``; empty where there is none."""
    return _last_line(run.said_file, 0)


def ended_badly(run: Run, code: int, begin: int = 0) -> UserError:
    """Why the process that was to train ``run`` has ended with ``code``: the last that it printed after ``begin``
    bytes.
    """
    return UserError(
        "the run in {folder} could not be continued in the background: {why}",
        "see {file}",
        folder=run.folder,
        why=_last_line(run.said_file, begin) or f"exit code {code}",
        file=run.said_file,
    )


def interrupt(child: "subprocess.Popen[bytes]") -> None:
    """Asks the process to save what it has and to end, as Ctrl-C does."""
    with suppress(OSError):  # it has ended meanwhile
        if sys.platform == "win32":
            child.send_signal(signal.CTRL_BREAK_EVENT)
        else:
            child.send_signal(signal.SIGINT)


def this_program() -> list[str]:
    """The words that start this program once more."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-c", PROGRAM, str(Path(__file__).resolve().parents[3])]


def _started(command: Sequence[str], said: int) -> "subprocess.Popen[bytes]":
    streams = {"stdin": subprocess.DEVNULL, "stdout": said, "stderr": said}
    if sys.platform == "win32":
        apart = subprocess.DETACHED_PROCESS | subprocess.CREATE_NEW_PROCESS_GROUP
        return subprocess.Popen(list(command), creationflags=apart, **streams)  # type: ignore[call-overload,no-any-return]
    return subprocess.Popen(list(command), start_new_session=True, **streams)  # type: ignore[call-overload,no-any-return]


def _lower(process: int) -> None:
    """Leaves the processors to others where the system lets us; it is a wish."""
    import psutil

    with suppress(psutil.Error, OSError):
        lowest = psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else LOWER
        psutil.Process(process).nice(lowest)


def _last_line(said: Path, begin: int) -> str:
    """The last line that was printed after ``begin`` bytes, empty where there is none."""
    with suppress(OSError), said.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(begin, size - LAST))
        lines = file.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")
    return ""
