"""Reports of crashes: what is in them, what is not, and how many are kept."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from alexnet_app.core import crash_reports
from alexnet_app.core.events import (
    DataUnderstood,
    EpochDone,
    Notice,
    RunStarted,
    Skipped,
    StepsDone,
    Warned,
)
from alexnet_app.core.runs.event_log import EventLog
from alexnet_app.core.runs.run import Run

ROOT = Path(__file__).resolve().parents[2]
CONFIG = (
    'network = "shapes-towers"\ndata = "/home/ada/cats"\ninit = "/home/ada/m.alexnet"\nepochs = 7\nabout = "Ada\'s"\n'
)
STARTED = RunStarted("shapes-towers", "cats", 1000, 64, 16, 16, 4, 7, "CPU, 1 thread", "fp32", 1)


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(crash_reports, "state_folder", lambda: tmp_path / "state" / "alexnet-app")
    return tmp_path / "state" / "alexnet-app" / "crashes"


@pytest.fixture
def run(tmp_path):
    run = Run.create(tmp_path / "ada-run", CONFIG)
    with EventLog(run.events_file) as log:
        for event in (
            DataUnderstood("/home/ada/cats", 2, "secret-class", 1, 1, 1, True, "", ""),
            Skipped("/home/ada/cats/private.jpg", "it is none"),
            STARTED,
            StepsDone(0, (2.5, 2.25), 0.01, 10.0),
            EpochDone(1, 4, 2.0, 0.5, 2.0, 0.5, 0.1, True, 10.0),
            Warned(Notice.DATA_GONE, "/home/ada/cats/train.rgb"),
        ):
            log.append(event)
    return run


def texts(state):
    return [path.read_text(encoding="utf-8") for path in sorted(state.glob("*.txt"))]


CRASH = """
import ctypes, sys, threading
from pathlib import Path
sys.path.insert(0, {root!r})
from alexnet_app.core import crash_reports
crash_reports.state_folder = lambda: Path({state!r})
with crash_reports.reporting("train"), crash_reports.noting(Path({run!r})):
    {what}
"""
WORKER = "t = threading.Thread(target=lambda: ctypes.string_at(0), name='worker'); t.start(); t.join()"


def crashed(state, run, what):
    code = CRASH.format(root=str(ROOT), state=str(state.parent), run=str(run.folder), what=what)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert done.returncode != 0
    return done


@pytest.mark.parametrize("what", ["ctypes.string_at(0)", WORKER, "import os; os.abort()"])
def test_that_a_crash_is_a_report_at_the_next_start_with_what_helps_and_without_what_is_private(state, run, what):
    crashed(state, run, what)
    with crash_reports.reporting("window"):
        (report,) = crash_reports.untold()
        text = report.read_text(encoding="utf-8")
    assert "AlexNet App" in text
    assert "Python 3." in text
    assert "Fatal Python error" in text
    assert "string_at" in text or "Aborted" in text
    assert 'network = "shapes-towers"' in text
    assert "epochs = 7" in text
    assert "RunStarted on CPU, 1 thread, fp32" in text
    assert "steps to 2, loss 2.25" in text
    assert "EpochDone(epoch=1" in text
    assert "Warned: data gone" in text
    for private in ("ada", "Ada", "cats", "private", "secret-class", ".rgb"):
        assert private not in text.replace(str(ROOT), "")
    assert crash_reports.mark_told().read_text(encoding="utf-8") == text
    assert not crash_reports.untold()


def test_that_a_program_that_ends_well_or_was_killed_leaves_no_report(state, run):
    code = CRASH.format(root=str(ROOT), state=str(state.parent), run=str(run.folder), what="pass")
    subprocess.run([sys.executable, "-c", code], check=True)
    assert not state.exists()
    if hasattr(os, "kill") and sys.platform != "win32":
        crashed(state, run, "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        assert len(list(state.iterdir())) == 1
    with crash_reports.reporting("window"):
        assert not crash_reports.untold()
    assert not state.exists()


def test_that_the_file_of_a_program_that_runs_is_left_alone(state):
    with crash_reports.reporting("train"):
        (mine,) = state.iterdir()
        crash_reports.finish()
        assert mine.exists()


def raised(error):
    try:
        raise error
    except (OSError, ValueError) as caught:
        return caught


def test_that_an_error_that_nobody_expected_is_a_report_without_paths_and_quoted_names(state, run):
    with crash_reports.reporting("train"), crash_reports.noting(run.folder):
        report = crash_reports.write(raised(OSError(2, "No such file", "/home/ada/cats/private.jpg")), ends=True)
        crash_reports.write(raised(ValueError("cannot read C:\\cats\\private.jpg of 'ada'")))
        assert crash_reports.write(KeyboardInterrupt()) is None
    assert report is not None
    for text in texts(state):
        assert "test_crash_reports.py" in text
        assert "private" not in text
    assert any("FileNotFoundError: [Errno 2] No such file: …" in text for text in texts(state))
    assert any("ValueError: cannot read … of …" in text for text in texts(state))
    assert crash_reports.write(ValueError()) is None, "the program is over"


def test_that_what_a_thread_does_not_catch_is_a_report_and_is_printed_all_the_same(state, monkeypatch):
    printed = []
    monkeypatch.setattr(threading, "excepthook", printed.append)
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    with crash_reports.reporting("train"):
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
        sys.excepthook(ValueError, ValueError("x"), None)
    assert len(printed) == 1
    assert sorted(text.count("ZeroDivisionError") for text in texts(state)) == [0, 1]


def test_that_only_the_newest_are_kept_each_of_bounded_size_and_that_they_can_be_forgotten(state, monkeypatch):
    monkeypatch.setattr(crash_reports, "KEPT", 3)
    monkeypatch.setattr(crash_reports, "MOST", 500)
    with crash_reports.reporting("train"):
        for number in range(5):
            monkeypatch.setattr(time, "time", lambda number=number: 1_000_000.0 + number)
            crash_reports.write(ValueError("x" * 1000 + str(number)))
    found = sorted(state.glob("*.txt"), key=crash_reports.when)
    assert [crash_reports.when(path) for path in found] == [1_000_002, 1_000_003, 1_000_004]
    assert all(path.stat().st_size <= 500 for path in found)
    crash_reports.forget()
    assert not list(state.glob("*.txt"))


def test_that_the_program_works_where_no_report_can_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(crash_reports, "state_folder", lambda: tmp_path / "file")
    with crash_reports.reporting("train"):
        assert crash_reports.write(ValueError("x")) is None


@pytest.mark.skipif(sys.platform == "win32", reason="the crash is of POSIX")
def test_that_a_command_that_crashes_leaves_its_report(tmp_path, state):
    place = tmp_path / "sitecustomize.py"
    place.write_text(
        "import sys, importlib.abc\n"
        "class Crash(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'alexnet_app.commands.presets':\n"
        "            import ctypes; ctypes.string_at(0)\n"
        "sys.meta_path.insert(0, Crash())\n"
    )
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        "XDG_STATE_HOME": str(tmp_path / "state"),
    }
    words = [sys.executable, str(ROOT / "main.py"), "presets"]
    assert subprocess.run(words, env=environment, capture_output=True, check=False).returncode < 0
    crash_reports.finish()
    assert "AlexNet App" in crash_reports.untold()[0].read_text()
