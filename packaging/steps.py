"""One step of a set-up: a command whose output goes into a log while its last line stays in sight on stderr."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

IS_WINDOWS = sys.platform == "win32"
QUIET_SECONDS = 15.0  # how often a step that is not watched on a terminal shows that it lives

# A killed start must not leave a child behind that goes on writing beside the next one: the child's standard input is
# a pipe that nobody writes to, and it ends when the pipe closes. Not on Windows, where a pending read blocks the
# child's own children.
LEASHED = """
import os, runpy, signal, sys, threading
def follow():
    os.read(0, 1)
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=follow, daemon=True).start()
del sys.argv[0]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""


class SetUpError(Exception):
    """Something that the person can put right: one sentence that says what failed and the way out."""


class StepError(Exception):
    """A step ended badly; ``lines`` is all that it printed."""

    def __init__(self, code: int, lines: Sequence[str]) -> None:
        super().__init__(code, lines)
        self.code = code
        self.lines = list(lines)

    def said(self, beginning: str) -> bool:
        """Whether one of its lines began so."""
        return any(line.startswith(beginning) for line in self.lines)


def say(text: str) -> None:
    """One plain line for the person; stdout belongs to the app. Whoever listened may have gone, and it goes on."""
    with contextlib.suppress(OSError, ValueError):  # a broken pipe, a closed file
        if sys.stderr is not None:
            print(text, file=sys.stderr, flush=True)


def on_terminal() -> bool:
    """Whether a person reads on a terminal what is said."""
    with contextlib.suppress(ValueError):  # closed
        return sys.stderr is not None and sys.stderr.isatty()
    return False


def draft_of(path: Path) -> Path:
    """Where ``replace_file`` writes what becomes ``path``; a killed one leaves it there."""
    return path.with_name(f"{path.name}.draft")


def replace_file(path: Path, content: bytes) -> None:
    """Write a file in one move, on disk before anyone can see it: there is the old one or the new one, never half."""
    draft = draft_of(path)
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def run_module(python: str, module: Sequence[str], log: Path, cwd: Path, env: dict[str, str]) -> list[str]:
    """Run ``python -m module …``, which ends when this process ends, however that happens."""
    if IS_WINDOWS:
        return run([python, "-I", "-m", *module], log, cwd=cwd, env=env)
    return run([python, "-I", "-c", LEASHED, *module], log, cwd=cwd, env=env, leashed=True)


def run(
    command: Sequence[str],
    log: Path,
    cwd: Path | None = None,
    env: dict[str, str] | None = None,
    leashed: bool = False,
) -> list[str]:
    """Run a command to its end and give back what it printed; StepError if it failed."""
    child = subprocess.Popen(
        list(command),
        cwd=cwd,
        env=env,
        stdin=subprocess.PIPE if leashed else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=leashed,  # so that the leash takes the grandchildren along, and Ctrl-C comes here alone
    )
    with _ended(child), log.open("a", encoding="utf-8", errors="replace") as file:
        assert child.stdout is not None
        lines = list(_shown(_logged(child.stdout, file)))
    if child.returncode:
        raise StepError(child.returncode, lines)
    return lines


@contextlib.contextmanager
def _ended(child: subprocess.Popen[str]) -> Iterator[None]:
    """Wait for the child on the way out; after an interruption, let go of its leash first."""
    try:
        yield
    finally:
        if child.stdin is not None and sys.exc_info()[0] is not None:
            child.stdin.close()
        child.wait()
        if child.stdin is not None:
            child.stdin.close()


def _logged(output: IO[str], log: IO[str]) -> Iterator[str | None]:
    """The lines of the output as they come, kept in the log; None whenever a second went by without one."""
    arrived: queue.SimpleQueue[str | None] = queue.SimpleQueue()

    def read() -> None:
        with output:
            for line in output:
                arrived.put(line.rstrip())
        arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            line = arrived.get(timeout=1.0)
        except queue.Empty:
            yield None
            continue
        if line is None:
            break
        log.write(line + "\n")
        log.flush()
        yield line


def _shown(lines: Iterator[str | None]) -> Iterator[str]:
    """Pass the lines on and keep the last one in sight: in place on a terminal, now and then elsewhere."""
    show = _InPlace() if on_terminal() else _NowAndThen()
    for line in lines:
        if line:
            show.last = line.strip()
        show.refresh()
        if line is not None:
            yield line
    show.clear()


class _NowAndThen:
    """A line in a log file of a machine that builds: often enough to see that it lives."""

    def __init__(self) -> None:
        self.last = ""
        self.started = self.shown = time.monotonic()

    def refresh(self) -> None:
        now = time.monotonic()
        if self.last and now - self.shown >= QUIET_SECONDS:
            self.shown = now
            say(self.text())

    def text(self) -> str:
        return f"  {time.monotonic() - self.started:.0f} s: {self.last[:150]}"

    def clear(self) -> None:
        pass


class _InPlace(_NowAndThen):
    """One line on a terminal, written over and over."""

    def refresh(self) -> None:
        self.write(self.text())

    def clear(self) -> None:
        self.write("")
        self.write("", end="\r")

    def write(self, text: str, end: str = "") -> None:
        width = shutil.get_terminal_size().columns - 1
        sys.stderr.write("\r" + text[:width].ljust(width) + end)
        sys.stderr.flush()
