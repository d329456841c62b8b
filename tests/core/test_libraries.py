"""What libraries print past Python: in a file, while the terminal has what the program says itself."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.commands import libraries

ROOT = Path(__file__).parents[2]
MODEL = resources.path("models/cifar-towers.alexnet")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX starts them")


@pytest.fixture(autouse=True)
def logs(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    monkeypatch.chdir(tmp_path)
    return libraries.folder()


def kept(logs):
    (file,) = logs.iterdir()
    return file.read_text(encoding="utf-8")


@pytest.fixture
def noisy(tmp_path):
    """Faxes in two classes whose every second row the library that reads them calls a bad one."""
    for index in range(12):
        path = tmp_path / "noisy" / ("even", "odd")[index % 2] / f"{index}.tif"
        path.parent.mkdir(parents=True, exist_ok=True)
        dots = np.random.default_rng(index).integers(0, 2, (48, 48), np.uint8) * 255
        Image.fromarray(dots).convert("1").save(path, compression="group4")
        content = bytearray(path.read_bytes())
        for place in range(200, len(content) - 200, 37):
            content[place] ^= 0x55
        path.write_bytes(content)
    return tmp_path / "noisy"


SETTINGS = ["--set=epochs=1", "--set=batch_size=4", "--set=threads=1", "--set=learning_rate=0.001", "--device", "cpu"]
CALLS = {
    "classify": ["--model", str(MODEL), "noisy"],
    "inspect": ["noisy"],
    "prepare": ["noisy", "--side", "32"],
    "train": ["--preset", "cifar-towers", "--data", "noisy", "--run", "run", *SETTINGS],
}


@pytest.mark.parametrize("command", CALLS)
def test_that_the_warnings_of_a_library_are_kept_and_named_in_a_sentence(command, noisy, logs, capfd):
    assert cli.main([command, *CALLS[command]]) == 0
    said = capfd.readouterr().err
    assert "Decode" not in said
    assert f"is in {logs}" in said.splitlines()[-1]
    assert "Fax4Decode: " in kept(logs)


BODY = """
import os, sys, threading, warnings
from alexnet_app.commands.libraries import kept_apart
from alexnet_app.commands.streams import fill_closed
fill_closed()
with kept_apart():
    os.write(2, b"theirs\\n")
    warnings.warn("a warning")
    {}
"""


def run(last="print('ours', file=sys.stderr)", closing=""):
    words = [sys.executable, "-c", BODY.format(last)]
    return subprocess.run(
        ["sh", "-c", f'exec "$@" {closing}', "sh", *words], capture_output=True, text=True, check=False, cwd=ROOT
    )


@POSIX
def test_that_what_the_program_says_stays_where_it_was(logs):
    ours, sentence = run().stderr.splitlines()
    assert ours == "ours"
    assert sentence.startswith("alexnet-app: what libraries printed (")
    assert kept(logs).startswith("theirs\n")
    assert "UserWarning: a warning" in kept(logs)


@POSIX
def test_that_a_trace_of_python_is_seen(logs):
    said = run("raise RuntimeError('the cat')").stderr
    assert "RuntimeError: the cat" in said
    assert "theirs" not in said


@POSIX
def test_that_a_thread_that_fails_is_seen(logs):
    said = run("t = threading.Thread(target=lambda: 1 / 0); t.start(); t.join()").stderr
    assert "ZeroDivisionError" in said


@POSIX
def test_that_a_crash_says_where_it_was_and_keeps_what_the_library_said(logs):
    said = run("os.abort()").stderr
    assert said.startswith("Fatal Python error: Aborted")
    assert "theirs" in kept(logs)


@POSIX
@pytest.mark.parametrize("closing", ["2>&-", "2>said.txt", "2>/dev/full"])
def test_that_it_does_not_matter_where_stderr_goes(closing, logs, tmp_path):
    if not Path("/dev/full").exists():
        pytest.skip("there is no full device here")
    found = run(closing=closing.replace("said", f"{tmp_path}/said"))
    assert found.stderr == ""
    assert "theirs" in kept(logs)
    if "said" in closing:
        assert (tmp_path / "said.txt").read_text().startswith("ours\nalexnet-app: ")


@POSIX
def test_that_where_no_log_can_be_written_all_stays_as_it_was(logs):
    logs.parent.parent.mkdir(parents=True)
    logs.parent.write_text("in the way")
    assert run().stderr.startswith("theirs\n")


@POSIX
def test_that_an_endless_stream_is_kept_in_part(logs, monkeypatch, capfd):
    monkeypatch.setattr(libraries, "MOST", 1000)
    with libraries.kept_apart():
        for _ in range(500):
            libraries.os.write(2, b"a library again\n")
    assert len(kept(logs)) == 1000
    assert "(the first 63 lines)" in capfd.readouterr().err


def test_that_nothing_is_left_where_nothing_was_printed(logs, capfd):
    with libraries.kept_apart():
        print("ours", file=sys.stderr)
    assert capfd.readouterr().err == "ours\n"
    assert not logs.exists()


def test_that_only_the_newest_files_are_kept(logs, capfd):
    logs.mkdir(parents=True)
    for number in range(30):
        (logs / f"2020-01-01-00-00-{number:02}-1.txt").touch()
    with libraries.kept_apart():
        libraries.os.write(2, b"theirs\n")
    left = sorted(path.name for path in logs.iterdir())
    assert len(left) == libraries.FILES
    assert left[0] == "2020-01-01-00-00-11-1.txt"
