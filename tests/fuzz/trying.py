"""One input after the other: made from a seed and a number, read within bounds, and what came of it."""

import random
import signal
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

from mutators import mutated
from targets import TARGETS, Target

from alexnet_app.core.errors import UserError

READ, REFUSED = "read", "refused"
HANGING = 20  # times the seconds that are allowed: then it is broken off, where Python still can
HERE = "python tests/fuzz/long.py"


class FoundError(Exception):
    """An input that does what no input may; its text says how to see it again."""


def made(name: str, seed: str, number: int) -> bytes:
    """The input ``number`` of the target ``name``: always the same bytes."""
    chance = random.Random(f"{seed}/{name}/{number}")
    target = TARGETS[name]
    return mutated(chance.choice(target.whole()), chance, target.shaped)


def tried(name: str, seed: str, number: int, folder: Path) -> str:
    """Reads that input, which lies in ``folder`` then: READ, or REFUSED with a sentence. Raises FoundError."""
    target = TARGETS[name]
    path = folder / target.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(made(name, seed, number))
    try:
        return judged(target, path)
    except FoundError as error:
        again = f"{HERE} {name} --seed {seed} --only {number}"
        raise FoundError(f"{error}\nthe input is {path}; to see it again: {again}") from error.__cause__


def judged(target: Target, path: Path) -> str:
    """What the reader of ``target`` makes of ``path``. Raises FoundError for all but a result and a sentence."""
    _reset_peak()
    before, began = _peak(), time.thread_time()
    with _broken_off(target.seconds * HANGING):
        try:
            target.read(path)
            outcome = READ
        except UserError as error:
            if not str(error) or error.sentence not in str(error):
                raise FoundError(f"a sentence without words: {error!r}") from error
            outcome = REFUSED
        except Exception as error:
            raise FoundError(f"it raised {type(error).__name__}: {str(error)[:300]}") from error
    took, grown = time.thread_time() - began, _peak() - before
    if took > target.seconds:
        raise FoundError(f"it took {took:.1f} s of processor time, more than {target.seconds:g}")
    if grown > target.memory:
        raise FoundError(f"it took {grown / 2**20:.0f} MiB of memory, more than {target.memory / 2**20:.0f}")
    return outcome


@contextmanager
def _broken_off(seconds: float):
    """Raises within what runs for longer than ``seconds`` of processor time."""
    if not hasattr(signal, "setitimer"):
        yield
        return

    def fail(*_: object) -> None:
        raise FoundError(f"it was still reading after {seconds:g} s")

    before = signal.signal(signal.SIGVTALRM, fail)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _reset_peak() -> None:
    if sys.platform.startswith("linux"):
        with suppress(OSError):  # some containers forbid it: growth above the highest so far is seen still
            Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    """The most memory this process has had, in bytes, since it was reset; 0 where the system does not say."""
    if not sys.platform.startswith("linux"):
        return 0
    with Path("/proc/self/status").open(encoding="ascii") as file:
        return next((int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM")), 0)
