"""A start from a desktop: the set-up, and what goes wrong, reach a person who sees no terminal."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))

import environment
import in_sight
import progress_window
import start
import steps

PACKAGING = Path(start.__file__).parent

# A set-up that says what the real one says, and then waits to be cancelled, fails or ends.
SET_UP = r"""
import signal, sys
signal.signal(signal.SIGTERM, signal.default_int_handler)
for line in ("setting up .venv (once, some minutes)", "installing the packages …", "  3 s: Collecting torch"):
    print(line, file=sys.stderr, flush=True)
if sys.argv[1] == "wait":
    try:
        signal.pause()
    except KeyboardInterrupt:
        sys.exit(130)
if sys.argv[1] == "fail":
    print("installing the packages failed: the network is down")
    sys.exit(1)
if sys.argv[1] == "crash":
    sys.exit("MemoryError")
"""


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def until(condition, seconds: float = 30.0) -> None:
    """Wait for what is to come."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def set_up_that(ends: str, log: Path) -> progress_window.SetUp:
    return progress_window.SetUp([sys.executable, "-c", SET_UP, ends], log)


def ended(task: progress_window.SetUp) -> bool:
    task.look()
    return task.code is not None


# What the window shows


def test_that_the_set_up_is_followed_to_its_good_end(tmp_path, capsys):
    task = set_up_that("end", tmp_path / "none")
    until(lambda: ended(task))
    assert (task.code, task.problem) == (0, "")
    assert task.about == "setting up .venv (once, some minutes)"
    assert (task.doing, task.last_line) == ("installing the packages …", "Collecting torch")
    assert capsys.readouterr().err == "setting up .venv (once, some minutes)\ninstalling the packages …\n"


def test_that_a_failure_is_shown_with_its_reason_and_the_log(tmp_path, capsys):
    (tmp_path / "setup.log").touch()
    task = set_up_that("fail", tmp_path / "setup.log")
    until(lambda: ended(task))
    assert task.problem == f"installing the packages failed: the network is down\nthe whole log: {tmp_path}/setup.log"
    assert capsys.readouterr().err.endswith(task.problem + "\n")


def test_that_a_set_up_that_breaks_is_told_by_its_last_words(tmp_path):
    task = set_up_that("crash", tmp_path / "none")
    until(lambda: ended(task))
    assert task.problem == "the set-up ended with 1: MemoryError; start again to go on"


def test_that_cancel_stops_the_set_up_without_a_complaint(tmp_path):
    task = set_up_that("wait", tmp_path / "none")
    until(lambda: task.look() or task.last_line)
    task.cancel()
    task.cancel()
    until(lambda: ended(task))
    assert (task.code, task.problem) == (130, "")


@pytest.fixture(scope="module")
def screen():
    """A screen without a monitor, with a window manager: its DISPLAY."""
    if importlib.util.find_spec("tkinter") is None or importlib.util.find_spec("_tkinter") is None:
        pytest.skip("needs tkinter in this Python")
    if not all(shutil.which(name) for name in ("Xvfb", "openbox", "xdotool")):
        pytest.skip("needs Xvfb, openbox and xdotool")
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", "1024x768x24", "-nolisten", "tcp", "-noreset"]
    quiet = {"stdin": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **quiet) as server:
        display = f":{server.stdout.readline().strip()}"
        variables = {**os.environ, "DISPLAY": display}
        with subprocess.Popen(["openbox"], env=variables, stdout=subprocess.DEVNULL, **quiet) as manager:
            yield display
            manager.terminate()
        server.terminate()


def escape(window: str, display: str, child: subprocess.Popen) -> None:
    """Wait for a window with this title, and press its button by the keyboard until the child has taken notice."""

    def xdotool(*words: str) -> bool:
        done = subprocess.run(["xdotool", *words], check=False, capture_output=True, env={"DISPLAY": display})
        return done.returncode == 0

    until(lambda: xdotool("search", "--onlyvisible", "--name", window))
    until(lambda: child.poll() is not None or (xdotool("key", "Escape") and False))


@pytest.mark.parametrize(
    ("ends", "title", "outcome"),
    [("wait", "Setting up AlexNet App", "130"), ("fail", "AlexNet App could not be set up", "1"), ("end", "", "None")],
)
def test_that_the_window_shows_the_set_up_until_it_ended(screen, tmp_path, ends, title, outcome):
    words = [sys.executable, "-c", SET_UP, ends]
    code = f"import progress_window as p, pathlib; print(p.set_up({words!r}, pathlib.Path({str(tmp_path / 'no')!r})))"
    variables = {**os.environ, "DISPLAY": screen, "PYTHONPATH": str(PACKAGING)}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=variables) as child:
        if title:
            escape(title, screen, child)
        assert child.communicate(timeout=60)[0].strip() == outcome


def test_that_a_sentence_is_shown_until_it_is_closed(screen):
    variables = {**os.environ, "DISPLAY": screen, "PYTHONPATH": str(PACKAGING)}
    code = "import progress_window; progress_window.tell('Python is too old')"
    with subprocess.Popen([sys.executable, "-c", code], env=variables) as child:
        escape("AlexNet App: something is missing", screen, child)
        assert child.returncode == 0


def test_that_a_screen_out_of_reach_means_no_window(monkeypatch):
    monkeypatch.setenv("DISPLAY", ":99999")
    with pytest.raises(progress_window.NoWindow):
        progress_window.tell("nobody sees this")


# Where there can be no such window


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """A desktop without tkinter, and with no programs but those that a test puts into this folder."""

    def no_window(*_):
        raise progress_window.NoWindow

    monkeypatch.setattr(progress_window, "Window", no_window)
    monkeypatch.setattr(in_sight, "PATIENCE", 20.0)
    monkeypatch.setenv("PATH", f"{tmp_path}")
    return tmp_path


def note(folder: Path, name: str, code: int = 0) -> None:
    script(folder / name, f'echo "{name} $*" >> "{folder}/ran"; exit {code}')


def ran(folder: Path) -> list[str]:
    until((folder / "ran").exists)
    return (folder / "ran").read_text().splitlines()


def test_that_a_terminal_is_opened_where_there_is_no_tkinter(bare):
    note(bare, "konsole")
    assert in_sight.set_up(["python3", "start.py"], ["a b.jpg"], bare / "log") == 0
    assert ran(bare) == ["konsole -e python3 start.py --in-terminal a b.jpg"]


def test_that_a_terminal_that_does_not_open_is_followed_by_the_next(bare):
    note(bare, "x-terminal-emulator", code=1)
    note(bare, "gnome-terminal")
    assert in_sight.set_up(["start"], [], bare / "log") == 0
    assert ran(bare) == ["x-terminal-emulator -e start --in-terminal", "gnome-terminal -- start --in-terminal"]


@pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")
def test_that_a_terminal_that_stays_open_is_not_waited_for(bare, monkeypatch):
    monkeypatch.setattr(in_sight, "PATIENCE", 0.2)
    os.mkfifo(bare / "gate")
    script(bare / "xterm", f'read -r line < "{bare}/gate"; echo closed > "{bare}/ran"')
    assert in_sight.set_up(["start"], [], bare / "log") == 0
    assert not (bare / "ran").exists()
    (bare / "gate").write_text("\n")
    assert ran(bare) == ["closed"]


def test_that_with_nothing_to_show_it_a_notice_is_given_and_the_start_goes_on(bare):
    assert in_sight.set_up(["start"], [], bare / "log") is None
    note(bare, "notify-send")
    assert in_sight.set_up(["start"], [], bare / "log") is None
    assert "AlexNet App is being set up" in ran(bare)[0]


@pytest.mark.parametrize(
    ("program", "words"),
    [("zenity", "--text it is"), ("kdialog", "--error it is"), ("xterm", "sh it is"), ("notify-send", "App it is")],
)
def test_that_a_sentence_is_told_by_what_is_there(bare, program, words):
    note(bare, program)
    in_sight.tell("it is so")
    assert ran(bare)[0].startswith(program)
    assert ran(bare)[-1].endswith(f"{words} so")


# What start.py makes of it


@pytest.fixture
def desktop(tmp_path, monkeypatch):
    """A start from a desktop in a checkout that is not set up; what it would do is noted."""
    done = []
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(environment.Environment, "is_ready", lambda self: False)
    monkeypatch.setattr(environment.Environment, "ensure", lambda self: done.append("ensure"))
    monkeypatch.setattr(start, "provide_for_window", lambda venv: None)
    monkeypatch.setattr(start, "run_app", lambda _, arguments: done.append(["app", *arguments]) or 0)
    monkeypatch.setattr(in_sight, "tell", lambda sentence: done.append(sentence))
    monkeypatch.setattr(in_sight, "set_up", lambda *_: done.append("shown"))
    return done


def test_that_a_first_start_from_a_desktop_is_shown_and_then_starts_the_app(desktop):
    assert start.main([]) == 0
    assert desktop == ["shown", "ensure", ["app"]]


def test_that_a_start_that_is_ready_shows_nothing(desktop, monkeypatch):
    monkeypatch.setattr(environment.Environment, "is_ready", lambda self: True)
    assert start.main([]) == 0
    assert desktop == [["app"]]


def test_that_a_set_up_that_was_cancelled_starts_no_app(desktop, monkeypatch):
    monkeypatch.setattr(in_sight, "set_up", lambda *_: 130)
    assert start.main([]) == 130
    assert desktop == []


@pytest.mark.parametrize("settings", [{"QT_QPA_PLATFORM": "offscreen"}, {"DISPLAY": ""}])
def test_that_without_a_screen_nothing_is_shown(desktop, monkeypatch, settings):
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    start.main([])
    assert "shown" not in desktop


def test_that_on_a_terminal_nothing_is_shown(desktop, monkeypatch):
    monkeypatch.setattr(steps, "on_terminal", lambda: True)
    assert start.main([]) == 0
    assert desktop == ["ensure", ["app"]]


def test_that_a_command_shows_nothing(desktop):
    assert start.main(["presets"]) == 0
    assert desktop == ["ensure", ["app", "presets"]]


def test_that_an_old_python_is_told_in_a_window(desktop, monkeypatch, capsys):
    monkeypatch.setattr(start, "NEEDED", (3, 90))
    monkeypatch.setattr(start, "newer_python", lambda: None)
    assert start.main([]) == 1
    assert desktop[0].startswith("AlexNet App needs Python 3.90 or newer")
    assert capsys.readouterr().err == desktop[0] + "\n"


class ReplacedError(Exception):
    """This process was given over to another program."""


def replacing(name: str, command: list[str]) -> None:
    raise ReplacedError(name, *command[2:])


def test_that_an_old_python_on_a_desktop_goes_on_with_a_newer_one(desktop, monkeypatch):
    monkeypatch.setattr(start, "NEEDED", (3, 90))
    monkeypatch.setattr(start, "newer_python", lambda: "python3.90")
    monkeypatch.setattr(os, "execvp", replacing)
    with pytest.raises(ReplacedError) as replaced:
        start.main([str(start.START)])
    assert replaced.value.args == ("python3.90", str(start.START))


def test_that_a_desktop_with_another_python_does_not_throw_the_environment_away(desktop, tmp_path, monkeypatch):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    (tmp_path / ".venv/.complete").touch()
    python = tmp_path / ".venv/bin/python"
    script(python, "exit 1")
    assert start.main([]) == 0  # it does not run: a new environment is made
    script(python, "exit 0")
    monkeypatch.setattr(os, "execv", replacing)
    with pytest.raises(ReplacedError) as replaced:
        start.main([])
    assert replaced.value.args == (str(python),)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    assert start.main([]) == 0  # it is this one already


def test_that_missing_libraries_are_told_in_a_window_and_the_app_starts_all_the_same(desktop, monkeypatch, capsys):
    monkeypatch.setattr(start, "provide_for_window", lambda venv: steps.say("missing: libxcb-cursor0"))
    assert start.main([]) == 0
    assert desktop[-2:] == ["missing: libxcb-cursor0", ["app"]]
    assert "missing: libxcb-cursor0" in capsys.readouterr().err


def test_that_the_shown_set_up_gives_its_reason_on_stdout(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(start, "ROOT", tmp_path / "gone")
    monkeypatch.setattr(steps, "QUIET_SECONDS", 15.0)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    assert start.main([start.SET_UP_ONLY]) == 1
    assert "could not be set up: No such file or directory" in capsys.readouterr().out


def test_that_a_terminal_opened_for_the_set_up_stays_until_its_error_was_read(tmp_path, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(start, "ROOT", tmp_path / "gone")
    monkeypatch.setattr("builtins.input", asked.append)
    assert start.main([start.IN_TERMINAL]) == 1
    assert asked == ["Press Enter to close this window."]
    assert "could not be set up" in capsys.readouterr().err


def test_that_the_app_outlives_the_terminal_that_set_it_up(desktop, monkeypatch):
    started = []
    monkeypatch.setattr(subprocess, "Popen", lambda command, **how: started.append((command, how)))
    assert start.main([start.IN_TERMINAL, "a b.jpg"]) == 0
    ((command, how),) = started
    assert command == [sys.executable, str(start.START), "a b.jpg"]
    assert how["start_new_session"]


def test_that_saying_something_to_nobody_is_no_error(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    steps.say("nobody hears this")
    assert not steps.on_terminal()
    with Path(os.devnull).open("w") as closed:
        pass
    monkeypatch.setattr(sys, "stderr", closed)
    steps.say("nobody hears this")
    assert not steps.on_terminal()
