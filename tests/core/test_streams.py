"""A process that is started oddly: streams that are closed or broken, no working directory, little address space."""

import io
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.commands import needs, presets
from alexnet_app.commands.table import COMMANDS

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

ROOT = Path(__file__).parents[2]
MODEL = resources.path("models/cifar-towers.alexnet")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX starts them")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    here = tmp_path / "here"
    (here / "data").mkdir(parents=True)
    Image.new("RGB", (40, 40), "red").save(here / "a.png")
    monkeypatch.chdir(here)
    return here


# one way to call each command that is over soon and has something to say
CALLS = {
    "train": ["train", "--preset", "shapes", "--run", "data/..", "--json"],
    "prepare": ["prepare", "--list"],
    "classify": ["classify", "--model", str(MODEL), "a.png", "--csv", "t.csv", "--json"],
    "explain": ["explain", "a.png", "--model", str(MODEL), "--out", "w.png"],
    "activations": ["activations", "a.png", "--model", str(MODEL), "--out", "maps", "--lecture", "l.html"],
    "units": ["units", "--model", str(MODEL), "--layer", "conv1", "--unit", "3", "--steps", "2", "--out", "u.png"],
    "index": ["index", "shapes", "--model", str(MODEL), "--out", "data"],
    "neighbours": ["neighbours", "a.png", "--index", "a.png"],
    "runs": ["runs", "--folder", "data", "--json"],
    "queue": ["queue", "--json"],
    "lr-range": ["lr-range", "--preset", "nowhere"],
    "rename": ["rename", "nowhere", "name"],
    "evaluate": ["evaluate", str(resources.path("models/shapes-towers.alexnet")), "--data", "shapes", "--csv", "t.csv"],
    "filters": ["filters", str(MODEL), "--against", "bundled:shapes-towers", "--out", "f.png"],
    "networks": ["networks", "caffe"],
    "import": ["import", "m.onnx", "--out", "i.alexnet"],
    "export": ["export", str(MODEL), "--format", "alexnet", "--half", "--out", "h.alexnet"],
    "presets": ["presets", "--json"],
    "experiment": ["experiment"],
    "bench": ["bench", "--list"],
    "inspect": ["inspect", "shapes", "--json"],
    "ask": ["ask", "nowhere", "--save"],
    "demo": ["demo", "--out", "data/.."],
}
REFUSED = (
    "lr-range",
    "train",
    "import",
    "ask",
    "demo",
    "index",
    "neighbours",
    "rename",
)  # what they have to say is a sentence on stderr


def whole(lacking):
    return pytest.param(lacking, marks=pytest.mark.whole("alexnet_app/commands"))


class Broken(io.TextIOWrapper):
    """A stream whose reader has gone."""

    def __init__(self):
        super().__init__(io.BytesIO(), encoding="utf-8")

    def write(self, _):
        raise BrokenPipeError(32, "Broken pipe")

    def flush(self):
        pass


@pytest.mark.parametrize("lacking", ["both", "broken stdout", *map(whole, ("stdout", "stderr", "broken stderr"))])
@pytest.mark.parametrize("command", COMMANDS)
def test_that_no_command_fails_for_a_stream_that_is_closed(command, lacking, monkeypatch, place):
    for name in ("stdout", "stderr"):
        if lacking.endswith(name) or lacking == "both":
            monkeypatch.setattr(sys, name, Broken() if lacking.startswith("broken") else None)
    assert cli.main(CALLS[command]) == (2 if command in REFUSED else 0)
    written = {path.name for path in place.iterdir()} - {"data", "a.png"}
    if lacking != "broken stdout":  # where the reader of results has gone, nothing more is to be done
        expected = {"classify": {"t.csv"}, "evaluate": {"t.csv"}, "filters": {"f.png"}, "export": {"h.alexnet"}}
        expected |= {"explain": {"w.png"}, "activations": {"maps", "l.html"}, "units": {"u.png"}}
        assert written == expected.get(command, set())


def shell(script, *arguments, **options):
    """Runs the program as ``script`` says, which calls it "$@"."""
    words = [sys.executable, str(ROOT / "main.py"), *map(str, arguments)]
    return subprocess.run(
        ["sh", "-c", script, "sh", *words], capture_output=True, text=True, timeout=120, check=False, **options
    )


@SLOW
@POSIX
@pytest.mark.parametrize("closing", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_that_nothing_that_is_printed_lands_in_a_file(closing, place):
    found = shell(f'exec "$@" {closing}', "classify", "--model", MODEL, "a.png", "--csv", "t.csv", "--json")
    assert found.returncode == 0
    assert (place / "t.csv").read_text(encoding="utf-8").startswith("path,model,folder,")
    assert (place / "t.csv").read_text(encoding="utf-8").count("\n") == 2
    if closing == "2>&-":
        assert json.loads(found.stdout)[0]["path"] == "a.png"


@POSIX
def test_that_a_sentence_is_said_where_stdout_cannot_be_written():
    with Path(os.devnull).open("rb") as unwritable:
        words = [sys.executable, str(ROOT / "main.py"), "presets"]
        found = subprocess.run(words, stdout=unwritable, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert found.returncode == 2
    assert found.stderr.startswith("alexnet-app: the output could not be written: ")
    assert found.stderr.count("\n") == 1


@SLOW
@POSIX
def test_that_remarks_that_nobody_reads_stop_no_training(place):
    """The reader of stderr is gone after the first line, as in ``2> >(head -1)``."""
    for number, colour in enumerate(("red", "blue")):
        (place / "data" / colour).mkdir()
        for index in range(20):
            Image.new("RGB", (32, 32), (index, 9, 99 * number)).save(place / "data" / colour / f"{index}.png")
    settings = [f"--set={each}" for each in ("epochs=1", "batch_size=8", "threads=1", "learning_rate=0.001")]
    command = ["train", "--preset", "cifar-towers", "--data", "data", "--run", "run", "--device", "cpu", "--json"]
    read, write = os.pipe()
    os.close(read)
    words = [sys.executable, str(ROOT / "main.py"), *command, *settings]
    found = subprocess.run(words, stdout=subprocess.PIPE, stderr=write, text=True, timeout=120, check=False)
    os.close(write)
    assert found.returncode == 0
    assert json.loads(found.stdout)["epochs"] == 1
    assert (place / "run" / "last.alexnet").is_file()


@POSIX
@pytest.mark.parametrize(
    "arguments", [("classify", "a.png"), ("train", "--preset", "shapes"), ("filters", "--model", "m", "--out", "x.png")]
)
def test_that_a_deleted_working_directory_is_a_sentence(arguments, place):
    (place / "gone").mkdir()
    found = shell('cd gone && rmdir "$PWD" && exec "$@"', *arguments)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("alexnet-app: the working directory has been deleted; change to another")
    assert found.stderr.count("\n") == 1


@POSIX
def test_that_what_needs_no_folder_works_without_one(place):
    (place / "gone").mkdir()
    found = shell('cd gone && rmdir "$PWD" && exec "$@"', "presets")
    assert (found.returncode, found.stderr) == (0, "")


@POSIX
def test_that_a_folder_that_goes_while_a_command_runs_is_a_sentence(place, monkeypatch, capsys):
    (place / "gone").mkdir()
    monkeypatch.chdir(place / "gone")

    def work(_):
        shutil.rmtree(place / "gone")
        return len(str(Path("x").absolute()))

    monkeypatch.setattr(presets, "run", work)
    assert cli.main(["presets"]) == 2
    assert "the working directory has been deleted" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="others do not hold a process to it")
@pytest.mark.parametrize(
    ("limit", "before", "words"),
    [
        (1_000_000, "", "the address space is limited to 1 GB, this needs"),
        (1_000_000, "from alexnet_app.commands import needs; needs.check = lambda _: None;", "limited to 1 GB; raise"),
    ],
)
def test_that_little_address_space_is_a_sentence(limit, before, words, place):
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {before} from main import main; sys.exit(main())"
    command = ["sh", "-c", f'ulimit -v {limit} && exec "$@"', "sh", sys.executable, "-c", code, "classify", "a.png"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith("alexnet-app: ")
    assert words in found.stderr
    assert "ulimit -v unlimited" in found.stderr
    assert found.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "there is not enough memory"),
        (OSError(12, "Cannot allocate memory"), "there is not enough memory"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried"), "there is not enough memory"),
    ],
)
def test_that_too_little_memory_is_a_sentence(error, words, monkeypatch, capsys):
    def work(_):
        raise error

    monkeypatch.setattr(needs, "address_space", lambda: None)
    monkeypatch.setattr(presets, "run", work)
    assert cli.main(["presets"]) == 2
    assert words in capsys.readouterr().err


def test_that_a_trace_that_cannot_be_saved_hides_nothing(monkeypatch, capsys):
    def work(_):
        raise RuntimeError("the cat")

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(presets, "run", work)
    monkeypatch.setattr("tempfile.NamedTemporaryFile", full)
    assert cli.main(["presets"]) == 1
    said = capsys.readouterr().err
    assert "internal error: RuntimeError: the cat; the details could not be saved: No space left" in said
