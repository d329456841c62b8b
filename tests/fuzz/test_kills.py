"""The program killed at any moment of a save: what it saved is the old or the new, never half of one."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

SLOW = pytest.mark.whole("alexnet_app/core")

ALL = {"checkpoint": 17, "model": 17, "configuration": 14, "window": 14, "prepared": 12, "table": 14, "launcher": 12}
FEW = 2
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs fork, SIGKILL and files of Linux")


class Forking:
    """A process that has loaded all that saves, and forks those that are killed."""

    def __init__(self, process):
        self.process = process

    def begin(self, kind, what, folder, version=0):
        """The number of a process that does it, see ``saving.py``."""
        self.process.stdin.write(json.dumps([kind, what, str(folder), version]) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def told(self):
        """What it says next: a version, or how it ended."""
        return self.process.stdout.readline().rstrip()

    def once(self, *asked):
        """What a process that is not killed tells."""
        self.begin(*asked)
        version = self.told()
        assert not version.startswith("ended"), "see what it wrote to stderr"
        assert self.told() == "ended 0"
        return int(version)

    def killed(self, kind, folder, version, moment):
        """Saves versions from ``version`` on until it is killed, ``moment`` seconds after the first; the last one that
        it told to be saved.
        """
        child = self.begin(kind, "saves", folder, version)
        told = [self.told()]
        threading.Event().wait(moment)
        os.kill(child, signal.SIGKILL)
        while not told[-1].startswith("ended"):
            told.append(self.told())
        assert told[-1] == f"ended {-signal.SIGKILL}"
        return int(told[-2])


@pytest.fixture(scope="module")
def forking():
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(Path(__file__).with_name("saving.py"))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=environment, **pipes) as process:
        yield Forking(process)
        process.stdin.close()


def kill_again_and_again(forking, kind, folder, count):
    folder.mkdir()
    version = forking.once(kind, "read", folder)
    chance = random.Random(f"{kind} {count}")
    for _ in range(count):
        told = forking.killed(kind, folder, version + 1, chance.uniform(0, 0.08))
        version = forking.once(kind, "read", folder)
        assert told <= version <= told + 1, "neither the last that was told nor the one that was being saved"
    forking.once(kind, "save", folder, version + 1)
    left = [path for pattern in ("*.tmp", "*.draft") for path in folder.rglob(pattern)]
    assert not left  # what the killed ones left is gone with the next save


@SLOW
@pytest.mark.parametrize("kind", ALL)
def test_that_a_save_that_is_killed_leaves_the_old_or_the_new(forking, tmp_path, kind):
    kill_again_and_again(forking, kind, tmp_path / "saved", FEW)


@pytest.mark.whole("alexnet_app/core/files.py", "packaging/steps.py")
@pytest.mark.parametrize("kind", ALL)
def test_that_a_hundred_kills_leave_nothing_torn(forking, tmp_path, kind):
    assert sum(ALL.values()) == 100
    kill_again_and_again(forking, kind, tmp_path / "saved", ALL[kind])
