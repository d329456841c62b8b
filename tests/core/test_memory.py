"""What the C library does with memory that a computation frees."""

import platform
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from alexnet_app.core import memory as memory

ROOT = Path(__file__).parents[2]
needs_glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has these options")

# a "step" fills 64 MB and frees it: 32 large pages or more where the system gives it anew, none where it was kept
MEASURED = """
import resource, threading
from alexnet_app.core import memory

memory.share_one_heap()
import numpy as np

def faults(steps=5):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(steps):
        np.ones(64 << 20, np.uint8)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) // steps

def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize() >> 20

def work():
    found = [faults()]
    with memory.keeping_freed():
        faults(1)
        found.append(faults())
        with memory.keeping_freed():
            pass
        found += [faults(), resident()]
    memory.release()
    print(*found, resident(), faults())

thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


@needs_glibc
def test_that_a_step_on_any_thread_lies_where_the_one_before_lay_until_nobody_wants_that():
    done = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, check=True, cwd=ROOT)
    before, kept, still_kept, held, left, after = map(int, done.stdout.split())
    assert min(before, after) >= 32
    assert max(kept, still_kept) < 8
    assert held > left + 60, "megabytes are given back"


def test_that_it_is_switched_once_for_all_who_want_it(monkeypatch):
    switched = []
    monkeypatch.setattr(memory, "_set", switched.append)
    monkeypatch.setattr(memory, "_keepers", 0)
    inside, leave = threading.Event(), threading.Event()

    def other() -> None:
        with memory.keeping_freed():
            inside.set()
            leave.wait(60)

    thread = threading.Thread(target=other)
    with memory.keeping_freed():
        thread.start()
        inside.wait(60)
    assert switched == [memory.KEEPING]
    leave.set()
    thread.join()
    assert switched == [memory.KEEPING, memory.AS_EVER]


@pytest.mark.parametrize("broken", [OSError, TypeError, AttributeError])
def test_that_other_c_libraries_are_left_alone(monkeypatch, broken):
    def none(_: object) -> object:
        raise broken("there is none")

    monkeypatch.setattr(memory.ctypes, "CDLL", none)
    memory.share_one_heap()
    with memory.keeping_freed():
        memory.release()
