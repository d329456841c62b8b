"""The command line: what is typed, what comes out on which stream, which exit code, what stays on the disk."""

import csv
import hashlib
import importlib.util
import json
import os
import pkgutil
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import alexnet_app.core
from alexnet_app import cli
from alexnet_app.commands import presets, reading
from alexnet_app.commands.progress import Bars
from alexnet_app.commands.table import COMMANDS
from alexnet_app.core.events import Answered, EpochDone, Event, Prediction, Progress, StepsDone
from alexnet_app.core.inference.answer_table import row_of
from alexnet_app.core.network.bundle import read_bundle, write_bundle
from alexnet_app.core.network.variants import VARIANTS
from alexnet_app.core.runs.checkpoint import read_checkpoint
from alexnet_app.core.training import estimate

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

ROOT = Path(__file__).parents[2]
QUICK = ("--device", "cpu", "--set", "batch_size=8", "--set", "learning_rate=0.001", "--set", "threads=1")


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit code and its two streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The last line of stdout, which must be strict JSON."""
        assert self.out.endswith("\n")
        return json.loads(self.out.removesuffix("\n").split("\n")[-1], parse_constant=pytest.fail)


@pytest.fixture(scope="session")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(autouse=True)
def strange_place(home, tmp_path, monkeypatch):
    """No test reads or writes what belongs to the person who runs it."""
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000")  # the program sets these for its own process
    monkeypatch.setenv("THP_MEM_ALLOC_ENABLE", "1")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(estimate, "measure_speed", lambda *_: 1e11)  # a third of a second each time
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    yield
    assert not (home / "AlexNet").exists()


def draw_pictures(folder: Path, colour: tuple[int, int, int], count: int, seed: int) -> None:
    folder.mkdir(parents=True)
    chance = np.random.default_rng(seed)
    for number in range(count):
        pixels = np.clip(np.array(colour) + chance.normal(0, 40, (32, 32, 3)), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:02d}.png")


@pytest.fixture(scope="session")
def data(tmp_path_factory) -> Path:
    """Two classes of twenty pictures, and some to validate."""
    folder = tmp_path_factory.mktemp("data") / "colours"
    for split, count in (("train", 20), ("val", 8)):
        for seed, (name, colour) in enumerate({"blue": (60, 80, 170), "red": (170, 80, 60)}.items()):
            draw_pictures(folder / split / name, colour, count, seed + 2 * count)
    return folder


@pytest.fixture
def call(capsys):
    """Runs a command in this process."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        code = cli.main([str(each) for each in arguments])
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture
def train(call, data):
    """Trains a new run on the coloured pictures."""

    def run(folder: Path, *arguments: object, where: Path = data, epochs: int = 1) -> Outcome:
        preset = ("train", "--preset", "cifar-towers", *QUICK, "--set", f"epochs={epochs}")
        return call(*preset, "--data", where, "--run", folder, "--json", *arguments)

    return run


def child(*arguments: object, before: str = "", **options: Any) -> subprocess.Popen[bytes]:
    """Starts the program in a process of its own, after the Python statements ``before``."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); {before}\nfrom main import main; sys.exit(main())"
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    return subprocess.Popen([sys.executable, "-c", code, *map(str, arguments)], env=environment, **options)


def finished(*arguments: object, before: str = "") -> Outcome:
    """What the program gives in a process of its own."""
    with child(*arguments, before=before, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        out, err = process.communicate(timeout=120)
        return Outcome(process.returncode, out.decode(), err.decode())


@pytest.fixture(scope="session")
def first_run(tmp_path_factory, data, home) -> tuple[Path, Outcome]:
    """A run of one epoch, made in a process of its own, and what was said meanwhile."""
    folder = tmp_path_factory.mktemp("runs") / "first"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        patch.setenv("XDG_CACHE_HOME", str(home / "cache"))
        outcome = finished(
            *("train", "--preset", "cifar-towers", *QUICK, "--set", "epochs=1", "--data", data),
            *("--run", folder, "--json"),
        )
    assert outcome.code == 0, outcome.err
    return folder, outcome


@pytest.fixture
def run_folder(first_run, tmp_path) -> Path:
    """A copy of that run, to do with as one likes."""
    return Path(shutil.copytree(first_run[0], tmp_path / "run"))


@pytest.fixture
def model(first_run) -> Path:
    return first_run[0] / "last.alexnet"


def contents(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def assert_refused(outcome: Outcome, words: str = "") -> None:
    """Exit code 2, one sentence as the last line on stderr, no trace, no result."""
    assert outcome.code == 2, outcome
    assert outcome.out == ""
    assert "Traceback" not in outcome.err
    last = outcome.err.removesuffix("\n").split("\n")[-1]
    assert last.startswith("alexnet-app")
    assert len(last) > 20
    assert words in last


# what it loads


@SLOW
@pytest.mark.parametrize("arguments", [("--help",), ("--version",), *((command, "--help") for command in COMMANDS)])
def test_that_help_loads_nothing_heavy(arguments):
    heavy = "{'torch', 'torchvision', 'numpy', 'PIL', 'PySide6', 'pyqtgraph', 'matplotlib', 'safetensors', 'tqdm'}"
    before = f"import atexit; atexit.register(lambda: print(sorted({heavy} & set(sys.modules)), file=sys.stderr))"
    outcome = finished(*arguments, before=before)
    assert (outcome.code, outcome.err) == (0, "[]\n")
    assert ("usage: alexnet-app" if "--help" in arguments else "alexnet-app ") in outcome.out


@pytest.mark.parametrize("command", COMMANDS)
def test_that_help_names_every_option_with_what_it_does(call, command):
    outcome = call(command, "--help")
    assert outcome.code == 0
    options = [line for line in outcome.out.split("\n") if line.startswith("  -")]
    assert len(options) >= 2
    assert "--json" in outcome.out


def test_that_workers_which_import_the_main_file_get_only_the_standard_library():
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import main; print([m for m in sys.modules if 'alexnet' in m])"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=60)
    assert [name for name in json.loads(answer.stdout.replace(b"'", b'"')) if not name.startswith("__editable__")] == []


def test_that_no_module_of_the_core_brings_qt_with_it():
    names = [each.name for each in pkgutil.walk_packages(alexnet_app.core.__path__, "alexnet_app.core.")]
    assert len(names) > 25
    if importlib.util.find_spec("triton") is None:  # comes with torch on Linux only
        names.remove("alexnet_app.core.network.functions.lrn_triton")
    code = (
        f"import importlib, sys; sys.path.insert(0, {str(ROOT)!r}); [importlib.import_module(n) for n in {names}];"
        "import alexnet_app.commands.demo; qt = ('PySide6', 'pyqtgraph', 'shiboken6', 'PyQt5', 'PyQt6');"
        "print([name for name in sys.modules if name.split('.')[0] in qt])"
    )
    answer = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, timeout=120)
    assert answer.stdout == b"[]\n"


# what is typed wrongly


def test_what_opens_the_window(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.jpg").touch()
    (tmp_path / "train").mkdir()
    assert cli.wants_window([])
    assert cli.wants_window(["photo.jpg"])
    assert cli.wants_window([str(tmp_path), "anything"])
    assert cli.wants_window(["./train"])
    assert not cli.wants_window(["train"])
    assert not cli.wants_window(["missing.jpg"])
    assert not cli.wants_window(["--help"])
    assert not cli.wants_window(["classify", "photo.jpg"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no display was found"),
        (["fly"], "'fly'"),
        (["--colour"], "COMMAND"),
        (["train"], "with --resume RUN"),
        (["train", "--preset", "shapes", "--resume", "x"], "not allowed with"),
        (["train", "--preset", "shapes", "--colour"], "--colour"),
        (["train", "--preset", "cifer10"], "the closest is 'cifar10'"),
        (["train", "--preset", "missing.toml"], "missing.toml cannot be read"),
        (["train", "--preset", "imagenet-2012"], "--data DIR"),
        (["train", "--preset", "shapes", "--set", "epoch=3"], "the closest is 'epochs'"),
        (["train", "--preset", "shapes", "--set", "epochs"], "write key=value"),
        (["train", "--preset", "shapes", "--set", "epochs=3\nseed=4"], "not a valid TOML value"),
        (["train", "--preset", "shapes", "--set", "learning_rate=37"], "must be at most 10, not 37"),
        (["train", "--resume", "missing"], "missing is not a run folder"),
        (["classify"], "no pictures are named; name picture files"),
        (["classify", "x.png", "--top", "6"], "'6'" if sys.version_info < (3, 11) else "6"),
        (["classify", "x.png", "--top", "0"], "0"),
        (["classify", "x.png", "--model", "missing.alexnet"], "missing.alexnet cannot be read as a model"),
        (["filters", "--out", "x.png"], "--model"),
        (["filters", "--model", "missing.alexnet", "--out", "x.png"], "missing.alexnet cannot be read as a model"),
        (["train", "--preset", "cifar10", "--set", "ablation.towers=one"], "cifar-11pct has one column, no towers"),
        (["networks", "alexnet"], "the closest name is 'alexnet-2012'"),
        (["networks", "caffe", "more"], "more"),
        (["presets", "more"], "more"),
        (["demo", "--seed", "one"], "'one'"),
        (["demo", "--seed", "-1"], "seed must be at least 0, not -1"),
    ],
)
def test_that_what_is_typed_wrongly_gets_one_sentence(call, monkeypatch, arguments, words):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    outcome = call(*arguments)
    assert_refused(outcome, words)
    assert outcome.err.count("\n") == 1
    assert list(Path.cwd().iterdir()) == []


def test_that_it_is_one_sentence_in_a_process_of_its_own_too():
    outcome = finished("train", "--preset", "cifar")
    assert_refused(outcome, "there is no preset named 'cifar'")
    assert outcome.err.count("\n") == 1


def test_that_a_device_that_is_not_there_is_told_and_leaves_no_run(train, tmp_path):
    assert_refused(train(tmp_path / "run", "--device", "tpu"), "there is no device 'tpu'")
    assert not (tmp_path / "run").exists()


def test_that_a_fault_of_ours_is_one_sentence_and_a_file_with_the_trace(call, tmp_path, monkeypatch):
    def broken(_: object) -> int:
        raise RuntimeError("the cat sat on it")

    monkeypatch.setattr(presets, "run", broken)
    outcome = call("presets")
    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.count("\n") == 1
    assert "RuntimeError: the cat sat on it" in outcome.err
    traces = list(tmp_path.glob("*.txt"))
    assert len(traces) == 1
    assert str(traces[0]) in outcome.err
    assert "in broken" in traces[0].read_text(encoding="utf-8")


# presets


@pytest.mark.parametrize(
    "words", [("classify", "--csv=--", "x.png"), ("train", "--preset=--"), ("train", "--preset=shapes", "--set=--")]
)
def test_that_two_dashes_are_no_value_of_an_option(call, words):
    found = call(*words)
    assert (found.code, found.out) == (2, "")
    assert f"argument {words[-1 if words[0] == 'train' else 1].partition('=')[0]}: expected one argument" in found.err


def test_that_presets_are_listed_as_lines_and_as_json(call):
    plain, machine = call("presets"), call("presets", "--json")
    assert (plain.code, plain.err, machine.code, machine.err) == (0, "", 0, "")
    small, large = ["cifar-towers", "cifar10", "cifar10-13pct", "finetune"], ["imagenet-2012", "imagenet-2012-source"]
    assert [row["name"] for row in machine.json] == [*small, *large, "photo-towers", "shapes"]
    assert machine.out.count("\n") == 1
    for row, line in zip(machine.json, plain.out.splitlines(), strict=True):
        assert line.split(maxsplit=1) == [row["name"], row["about"]]


# networks


def test_that_networks_are_listed_and_shown(call):
    plain, machine = call("networks"), call("networks", "caffe", "--json")
    assert (plain.code, plain.err, machine.code, machine.err) == (0, "", 0, "")
    assert plain.out.count("\n") == len(VARIANTS)
    assert machine.json["name"] == "caffe"
    assert machine.out.count("\n") == 1


def test_that_a_network_is_shown_with_a_part_taken_away(call):
    whole, halved = (call("networks", "caffe", "--json", *more) for more in ((), ("--set", "ablation.towers=one")))
    assert halved.json["layers"][0]["parameters"] * 2 == whole.json["layers"][0]["parameters"]
    gain = call("networks", "cifar-towers", "--json", "--set", "ablation.gain=true")
    assert "LRN" not in gain.json["layers"][0]["then"]
    assert "× k^-β" in gain.json["layers"][0]["then"]
    for name, setting in (("caffe", "ablation.gain=true"), ("cifar-towers", "ablation.overlap=false")):
        assert call("networks", name, "--set", setting).code == 2
    refused = call("networks", "caffe", "--set", "epochs=3")
    assert (refused.code, refused.err.count("\n")) == (2, 1)
    assert "ablation" in refused.err
    assert call("networks", "--set", "ablation.towers=one").code == 2


def test_that_nothing_in_a_file_moves_the_terminal(call, tmp_path):
    name = "a\x1b[31m\nb\x07.pth"
    (tmp_path / name).write_bytes(b"no model")
    refused = call("import", str(tmp_path / name), "--out", str(tmp_path / "a.alexnet"))
    assert refused.code == 2
    assert refused.err.count("\n") == 1
    assert refused.err.rstrip("\n").isprintable()


# train


def test_that_training_prints_one_line_of_json_and_tells_the_rest_on_stderr(first_run):
    folder, outcome = first_run
    found = outcome.json
    assert outcome.out.count("\n") == 1
    assert found.keys() == {"run", "epochs", "train_loss", "top1_error", "images_per_second"}
    assert found["run"] == str(folder)
    assert Path(found["run"]).is_absolute()
    assert found["epochs"] == 1
    assert 0 < found["train_loss"] < 100
    assert 0 <= found["top1_error"] <= 1
    assert found["images_per_second"] > 1
    assert re.search(r"^epoch 1: training loss \d", outcome.err, re.MULTILINE)
    assert "40 training images, 16 validation images" in outcome.err


def test_that_no_library_adds_its_own_lines(first_run):
    assert "Warning" not in first_run[1].err


def test_that_the_error_is_that_of_the_last_model_on_the_validation_pictures(first_run, data, call, model):
    outcome = call("classify", "--model", model, "--json", data / "val")
    wrong = [row["predictions"][0]["label"] != Path(row["path"]).parent.name for row in outcome.json]
    assert len(wrong) == 16
    assert sum(wrong) / 16 == first_run[1].json["top1_error"]


def test_that_the_configuration_is_kept_whole(first_run, data):
    kept = tomllib.loads((first_run[0] / "config.toml").read_text(encoding="utf-8"))
    assert (kept["preset"], kept["data"], kept["epochs"], kept["batch_size"]) == ("cifar-towers", str(data), 1, 8)
    assert (kept["device"], kept["learning_rate"], kept["threads"]) == ("cpu", 0.001, 1)


def test_that_a_folder_with_something_in_it_is_not_taken(train, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear", encoding="utf-8")
    before = contents(tmp_path / "mine")
    assert_refused(train(tmp_path / "mine"), "is not empty")
    assert contents(tmp_path / "mine") == before


def test_that_a_run_is_not_begun_again_in_its_folder(train, run_folder):
    before = contents(run_folder)
    assert_refused(train(run_folder), f"--resume {run_folder}")
    assert contents(run_folder) == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "seed=2"],
        ["--set", "epochs=2", "--set", "batch_size=8"],
        ["--set", "epochs=2", "--set", "epochs=x"],
        ["--set", "optimization.momentum=0.5"],
        ["--set", "epochs=0"],
        ["--set", "epochs"],
        ["--data", "elsewhere"],
        ["--run", "elsewhere"],
        ["--download"],
        ["--device", "tpu", "--set", "epochs=2"],
    ],
)
def test_that_a_run_that_goes_on_keeps_its_settings(call, run_folder, arguments):
    before = contents(run_folder)
    assert_refused(call("train", "--resume", run_folder, *arguments))
    after = contents(run_folder)
    if "--device" not in arguments:
        assert after == before
    assert after["resume.safetensors"] == before["resume.safetensors"]


@pytest.mark.parametrize("arguments", [[], ["--set", "epochs=1"]])
def test_that_an_ended_run_is_left_as_it_is(call, run_folder, first_run, arguments):
    before = contents(run_folder)
    outcome = call("train", "--resume", run_folder, "--json", *arguments)
    assert outcome.code == 0
    assert outcome.json == {**first_run[1].json, "run": str(run_folder)}
    assert "--set epochs=N" in outcome.err
    assert contents(run_folder) == before


def test_that_more_epochs_go_on_as_if_there_had_been_no_end(call, train, run_folder, tmp_path):
    resumed = call("train", "--resume", run_folder, "--set", "epochs=2", "--json")
    unbroken = train(tmp_path / "unbroken", epochs=2)
    assert (resumed.code, unbroken.code) == (0, 0)
    assert resumed.json["epochs"] == 2
    assert resumed.json["train_loss"] == unbroken.json["train_loss"]
    one, other = (read_checkpoint(folder / "resume.safetensors") for folder in (run_folder, tmp_path / "unbroken"))
    assert all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)
    assert "continues at step 5, epoch 2 of 2, exactly" in resumed.err
    again = call("train", "--resume", run_folder, "--json")  # the new number of epochs is kept
    assert again.json == resumed.json


def test_that_a_run_whose_batches_go_through_in_parts_can_go_on_with_whole_ones(call, train, tmp_path):
    parts = train(tmp_path / "run", "--set", "micro_batch=3")
    assert parts.code == 0, parts.err
    assert "micro_batch = 3\n" in (tmp_path / "run" / "config.toml").read_text()
    whole = call("train", "--resume", tmp_path / "run", "--set", "micro_batch=0", "--set", "epochs=2", "--json")
    assert whole.code == 0, whole.err
    assert "micro_batch 3 → whole" in whole.err


def test_that_fewer_epochs_than_were_done_are_refused(call, run_folder):
    assert call("train", "--resume", run_folder, "--set", "epochs=2").code == 0
    before = contents(run_folder)
    assert_refused(call("train", "--resume", run_folder, "--set", "epochs=1"), "already done 2 epochs, more than 1")
    assert contents(run_folder) == before


@pytest.mark.parametrize(
    "kept",
    [("config.toml", "filters"), ("config.toml",)],
)
def test_that_a_run_with_a_configuration_and_no_checkpoint_is_started(call, run_folder, first_run, kept):
    for path in run_folder.iterdir():
        if path.name not in kept:
            path.unlink() if path.is_file() else shutil.rmtree(path)
    outcome = call("train", "--resume", run_folder, "--json")
    assert outcome.code == 0
    assert outcome.json["train_loss"] == first_run[1].json["train_loss"]


def test_that_a_damaged_checkpoint_is_told_and_left(call, run_folder):
    file = run_folder / "resume.safetensors"
    file.write_bytes(file.read_bytes()[:-1000])
    models = contents(run_folder)["last.alexnet"]
    assert_refused(call("train", "--resume", run_folder, "--set", "epochs=2"), "cannot be read as a checkpoint")
    assert contents(run_folder)["last.alexnet"] == models
    assert file.exists()


# data that is no good


def no_folder(_: Path) -> str:
    return "does not exist"


def empty_folder(folder: Path) -> str:
    folder.mkdir()
    return "has no sub-folders"


def one_class(folder: Path) -> str:
    draw_pictures(folder / "train" / "cat", (9, 9, 9), 4, 0)
    return "has only one class, cat"


def class_without_pictures(folder: Path) -> str:
    draw_pictures(folder / "cat", (9, 9, 9), 4, 0)
    (folder / "dog").mkdir()
    (folder / "dog" / "notes.txt").write_text("woof", encoding="utf-8")
    return "the class dog is skipped: its folder contains no images"


def class_of_broken_pictures(folder: Path) -> str:
    draw_pictures(folder / "cat", (9, 9, 9), 4, 0)
    (folder / "dog").mkdir()
    for name in "abcd":
        (folder / "dog" / f"{name}.png").write_bytes(b"\x89PNG\r\n\x1a\n cut off")
    return "the class dog is skipped: it has 4 damaged pictures"


def no_archive(folder: Path) -> str:
    folder.write_bytes(b"this is no archive" * 100)
    return str(folder.name)


@pytest.mark.parametrize(
    "spoil", [no_folder, empty_folder, one_class, class_without_pictures, class_of_broken_pictures, no_archive]
)
def test_that_bad_data_is_told_and_the_folder_of_the_run_stays_free(train, tmp_path, spoil):
    words = spoil(tmp_path / "pictures")
    assert_refused(train(tmp_path / "run", where=tmp_path / "pictures"), words)
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are not text")
def test_that_a_data_folder_whose_name_is_no_text_is_told(train, tmp_path):
    where = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    where.mkdir()
    assert_refused(train(tmp_path / "run", where=where), "must be valid Unicode")
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are not text")
def test_that_a_broken_picture_whose_name_is_no_text_is_left_out(train, data, tmp_path):
    where = Path(shutil.copytree(data, tmp_path / "pictures"))
    Path(os.fsdecode(os.fsencode(where) + b"/train/red/caf\xe9.png")).write_bytes(b"no picture")
    outcome = train(tmp_path / "run", where=where)
    assert outcome.code == 0
    assert "skipped" in outcome.err
    assert "Traceback" not in outcome.err


def test_that_broken_pictures_are_left_out_and_named(train, data, tmp_path):
    where = Path(shutil.copytree(data, tmp_path / "pictures"))
    (where / "train" / "red" / "empty.png").write_bytes(b"")
    outcome = train(tmp_path / "run", where=where)
    assert outcome.code == 0
    assert "empty.png" in outcome.err
    assert "40 training images" in outcome.err


# what goes wrong meanwhile


def test_that_a_loss_that_is_no_number_ends_with_advice_and_the_last_good_model(train, call, tmp_path):
    # an epoch is one step: the first ones still have finite weights and are saved
    rate = ("--set", "batch_size=40", "--set", "learning_rate=10", "--set", "optimization.momentum=0.99")
    outcome = train(tmp_path / "run", *rate, epochs=50)
    assert_refused(outcome, "--set learning_rate=1")
    assert "diverged after" in outcome.err
    assert "are kept" in outcome.err
    assert all(
        torch.isfinite(weight).all() for weight in read_bundle(tmp_path / "run" / "last.alexnet").weights.values()
    )
    before = contents(tmp_path / "run")
    refused = call("train", "--resume", tmp_path / "run")
    assert_refused(refused, f'train --resume "{tmp_path / "run"}" --set learning_rate=1')
    assert_refused(call("train", "--resume", tmp_path / "run", "--set", "learning_rate=10"), "diverged after")
    assert contents(tmp_path / "run") == before
    more = call("train", "--resume", tmp_path / "run", "--set", "learning_rate=0.0001")
    assert "learning rate 0.0001 from step" in more.err


@pytest.mark.parametrize("module", ["alexnet_app.core.training.estimate", "alexnet_app.core.data.prepared.building"])
def test_that_a_disk_without_room_is_told_before_anything_is_done(train, data, tmp_path, monkeypatch, module):
    where = Path(shutil.copytree(data, tmp_path / "unprepared"))
    monkeypatch.setattr(f"{module}.free_bytes", lambda _: 50_000)
    assert_refused(train(tmp_path / "run", where=where), "free")
    assert not (tmp_path / "run").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot limit the size of files")
def test_that_a_disk_that_fills_up_costs_nothing_that_was_saved(call, run_folder):
    import resource

    before = contents(run_folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, limits[1]))
    try:
        outcome = call("train", "--resume", run_folder, "--set", "epochs=2", "--json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert_refused(outcome, "could not be written")
    after = contents(run_folder)
    for name in ("resume.safetensors", "last.alexnet", "best.alexnet"):
        assert after[name] == before[name]
    assert not list(run_folder.glob("*.tmp"))
    resumed = call("train", "--resume", run_folder, "--json")
    assert (resumed.code, resumed.json["epochs"]) == (0, 2)


def interrupting(monkeypatch, kind: type[Event], times: int = 1) -> None:
    """Presses Ctrl-C when the first event of ``kind`` is shown."""
    show, pressed = Bars.show, []

    def shown(bars: Bars, event: Event) -> None:
        show(bars, event)
        if isinstance(event, kind) and not pressed:
            pressed.append(event)
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Bars, "show", shown)


@pytest.mark.parametrize("kind", [StepsDone, EpochDone])
def test_that_ctrl_c_saves_and_the_run_goes_on_exactly(train, call, run_folder, tmp_path, monkeypatch, kind):
    with monkeypatch.context() as patch:
        interrupting(patch, kind)
        outcome = train(tmp_path / "new", epochs=2)
    assert outcome.code == 130
    assert outcome.json["run"] == str(tmp_path / "new")
    assert "Traceback" not in outcome.err
    assert f'train --resume "{tmp_path / "new"}"' in outcome.err
    assert read_checkpoint(tmp_path / "new" / "resume.safetensors").position.step > 0
    resumed = call("train", "--resume", tmp_path / "new", "--json")
    unbroken = call("train", "--resume", run_folder, "--set", "epochs=2", "--json")
    assert (resumed.code, resumed.json["epochs"]) == (0, 2)
    assert resumed.json["train_loss"] == unbroken.json["train_loss"]


def test_that_ctrl_c_while_pictures_are_prepared_ends_at_once_and_can_go_on(train, call, data, tmp_path, monkeypatch):
    where = Path(shutil.copytree(data, tmp_path / "unprepared"))
    with monkeypatch.context() as patch:
        interrupting(patch, Progress)
        outcome = train(tmp_path / "run", where=where)
    assert outcome.code == 130
    assert outcome.json == {
        "run": str(tmp_path / "run"),
        "epochs": 0,
        "train_loss": None,
        "top1_error": None,
        "images_per_second": None,
    }
    resumed = call("train", "--resume", tmp_path / "run", "--json")
    assert (resumed.code, resumed.json["epochs"]) == (0, 1)


def test_that_a_second_ctrl_c_breaks_off_and_the_last_checkpoint_holds(train, call, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        interrupting(patch, EpochDone, times=2)
        outcome = train(tmp_path / "run")
    assert (outcome.code, outcome.out) == (130, "")
    assert outcome.err.endswith("alexnet-app: interrupted\n")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert call("train", "--resume", tmp_path / "run").code == 0


@SLOW
def test_that_ctrl_c_in_a_terminal_saves_and_ends_with_130(data, tmp_path, call):
    arguments = ("train", "--preset", "cifar-towers", *QUICK, "--data", data, "--set", "epochs=10000")
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child(*arguments, "--run", tmp_path / "run", "--json", **streams) as process:
        for line in process.stderr:
            if line.startswith(b"epoch 1:"):
                break
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    outcome = Outcome(process.returncode, out.decode(), err.decode())
    assert outcome.code == 130, outcome
    done = outcome.json["epochs"]
    assert done >= 1
    assert "stopped after" in outcome.err
    resumed = call("train", "--resume", tmp_path / "run", "--set", f"epochs={done + 1}", "--json")
    assert (resumed.code, resumed.json["epochs"]) == (0, done + 1)
    assert "continues at step" in resumed.err


# classify


@pytest.fixture
def mixed(data, tmp_path) -> Path:
    """A folder with pictures and everything else that lies in folders."""
    folder = tmp_path / "mixed"
    (folder / "b" / "deep").mkdir(parents=True)
    (folder / "nothing").mkdir()
    for name in ("z.png", "a.png", "b/deep/Übung 图.PNG", "b/.hidden.png", "b-1.png", "no-suffix"):
        shutil.copy(data / "val" / "red" / "00.png", folder / name)
    (folder / "b" / "notes.txt").write_text("no picture", encoding="utf-8")
    (folder / "b" / "empty.png").write_bytes(b"")
    (folder / "b" / "cut.png").write_bytes((folder / "a.png").read_bytes()[:500])
    return folder


def assert_is_row(row: dict[str, Any], answers: int) -> None:
    assert row.keys() in ({"path", "predictions", "sure"}, {"path", "error"})
    if "error" in row:
        assert row["error"]
        return
    assert len(row["predictions"]) == answers
    for each in row["predictions"]:
        assert each.keys() == {"label", "probability"}
        assert each["label"] in ("blue", "red")
        assert 0 <= each["probability"] <= 1
    values = [each["probability"] for each in row["predictions"]]
    assert values == sorted(values, reverse=True)


def test_that_every_file_of_a_folder_gets_a_row_in_the_order_of_paths(call, model, mixed):
    outcome = call("classify", "--model", model, "--json", mixed)
    assert outcome.code == 0
    assert outcome.out.count("\n") == 1
    rows = outcome.json
    files = sorted(os.path.join(mixed, path.relative_to(mixed)) for path in mixed.rglob("*") if path.is_file())  # noqa: PTH118
    assert [row["path"] for row in rows] == files
    for row in rows:
        assert_is_row(row, 2)  # there are two classes
    failed = {Path(row["path"]).name for row in rows if "error" in row}
    assert failed == {"notes.txt", "empty.png", "cut.png"}


def test_that_paths_stay_as_they_were_given(call, model, mixed, monkeypatch):
    monkeypatch.chdir(mixed.parent)
    given = ["mixed/z.png", "mixed/b", "./mixed/../mixed/a.png", "mixed/nothing/", "missing.png", "mixed/b/deep/"]
    rows = call("classify", "--model", model, "--json", *given).json
    assert [row["path"] for row in rows] == [
        "mixed/z.png",
        "mixed/b/.hidden.png",
        "mixed/b/cut.png",
        "mixed/b/deep/Übung 图.PNG",
        "mixed/b/empty.png",
        "mixed/b/notes.txt",
        "./mixed/../mixed/a.png",
        "missing.png",
        "mixed/b/deep/Übung 图.PNG",
    ]
    assert "does not exist" in rows[-2]["error"]
    monkeypatch.chdir(mixed)
    assert call("classify", "--model", model, "--json", ".").json[0]["path"] == "./a.png"


def test_that_the_same_picture_gets_the_same_answer_wherever_it_lies(call, model, mixed, data):
    rows = call("classify", "--model", model, "--json", mixed, data / "val" / "red" / "00.png").json
    answers = [row["predictions"] for row in rows if "predictions" in row]
    assert len(answers) == 7
    for answer in answers:
        assert [each["label"] for each in answer] == [each["label"] for each in answers[0]]
        assert [e["probability"] for e in answer] == pytest.approx([e["probability"] for e in answers[0]], abs=1e-5)
        assert sum(each["probability"] for each in answer) == pytest.approx(1)


def test_that_fewer_answers_and_ten_views_can_be_asked_for(call, model, mixed):
    one = call("classify", "--model", model, "--json", "--top", "1", mixed / "a.png").json
    ten = call("classify", "--model", model, "--json", "--ten-view", mixed / "a.png").json
    centre = call("classify", "--model", model, "--json", mixed / "a.png").json
    assert_is_row(one[0], 1)
    assert_is_row(ten[0], 2)
    assert one[0]["predictions"] == centre[0]["predictions"][:1]
    assert ten != centre


def test_that_answers_in_bf16_are_for_who_asks(call, model, mixed):
    plain, full, half = (
        call("classify", "--model", model, "--json", *how, mixed / "a.png").json[0]["predictions"]
        for how in ((), ("--precision", "fp32"), ("--precision", "bf16"))
    )
    assert plain == full != half
    assert half[0]["probability"] == pytest.approx(full[0]["probability"], abs=0.05)
    assert_refused(call("classify", "--model", model, "--precision", "tf32", mixed), "tf32")


@pytest.mark.parametrize("top", [1, 2, 5])
def test_that_an_answer_that_does_not_stand_out_says_so(call, model, mixed, monkeypatch, top):
    """By the rule of the window, however few answers are asked for."""
    shown = {}

    def classify(self, paths, top=5):
        for path in paths:
            yield Answered(path, shown[Path(path).name][:top])

    monkeypatch.setattr("alexnet_app.core.inference.classifier.Classifier.classify", classify)
    shown["a.png"] = (Prediction("candle", 0.3), Prediction("torch", 0.28), Prediction("lamp", 0.1))
    shown["z.png"] = (Prediction("candle", 0.9), Prediction("torch", 0.05), Prediction("lamp", 0.01))
    command = ("classify", "--model", model, "--top", top, mixed / "a.png", mixed / "z.png")
    doubtful, certain = call(*command).out.splitlines()
    assert doubtful.startswith(f"{mixed / 'a.png'}: not sure: candle 30.0%")
    assert certain.startswith(f"{mixed / 'z.png'}: candle 90.0%")
    rows = call(*command, "--json").json
    assert [row["sure"] for row in rows] == [False, True]
    assert [len(row["predictions"]) for row in rows] == [min(top, 3)] * 2


def test_that_people_get_a_line_for_each_file(call, model, mixed):
    outcome = call("classify", "--model", model, mixed / "a.png", mixed / "b" / "empty.png")
    lines = outcome.out.splitlines()
    assert outcome.code == 0
    assert re.fullmatch(r".*a\.png: (not sure: )?(red|blue) \d+\.\d%, (red|blue) \d+\.\d%", lines[0])
    assert "skipped" in lines[1]
    assert len(lines) == 2


def test_that_it_is_an_error_when_no_file_can_be_answered(call, model, mixed):
    outcome = call("classify", "--model", model, "--json", mixed / "b" / "empty.png", mixed / "b" / "notes.txt")
    assert outcome.code == 2
    assert all("error" in row for row in outcome.json)
    assert "none of the 2 files could be classified" in outcome.err
    nothing = call("classify", "--model", model, "--json", mixed / "nothing")
    assert (nothing.code, nothing.json) == (2, [])
    assert "contains no files" in nothing.err


def test_that_a_copy_of_the_program_without_its_models_says_so(call, mixed, monkeypatch):
    monkeypatch.setattr(reading, "bundled_models", list)
    assert_refused(call("classify", mixed, "--json"), "contains no bundled models")


def test_that_what_is_no_model_is_named(call, model, mixed, tmp_path):
    whole = model.read_bytes()
    for name, content in {"cut": whole[:-500], "text": b"hello", "empty": b"", "header": whole[:100]}.items():
        (tmp_path / f"{name}.alexnet").write_bytes(content)
        assert_refused(call("classify", "--model", tmp_path / f"{name}.alexnet", mixed), f"{name}.alexnet")
    assert_refused(call("classify", "--model", tmp_path, mixed), "it is a folder")
    resume = model.parent / "resume.safetensors"
    assert_refused(call("classify", "--model", resume, mixed), str(resume))


NAMES = ["comma, and.png", 'quote".png', "line\nbreak.png", "Übung 图 🐈.png", " blank .png", "=1+1.png", "semi;.png"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names")
def test_that_the_table_holds_every_row_whatever_the_names(call, model, data, tmp_path):
    folder = tmp_path / "names"
    folder.mkdir()
    for name in NAMES:
        shutil.copy(data / "val" / "blue" / "00.png", folder / name)
    (folder / "bad,\n.png").write_bytes(b"")
    outcome = call("classify", "--model", model, "--json", "--csv", tmp_path / "table.csv", folder)
    assert outcome.out.count("\n") == 1
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header[:5] == ["path", "model", "folder", "label1", "probability1"]
    assert header[-2:] == ["sure", "reason"]
    assert len(rows) == len(NAMES) + 1 == len(outcome.json)
    for cells, row in zip(rows, outcome.json, strict=True):
        assert cells[0] == row["path"]
        assert cells[1:3] == [model.stem, ""]
        assert cells[-1] == row.get("error", "")
        answers = row.get("predictions", [])
        assert len(cells) == len(header)
        assert [cell for cell in cells[3:-2:2] if cell] == [each["label"] for each in answers]
        assert cells[-2] == {True: "yes", False: "no", None: ""}[row.get("sure")]
        assert [float(cell) for cell in cells[4:-2:2] if cell] == pytest.approx(
            [e["probability"] for e in answers], abs=1e-6
        )


def test_that_a_table_that_cannot_be_written_is_named(call, model, mixed, tmp_path):
    outcome = call("classify", "--model", model, "--csv", tmp_path / "no" / "table.csv", mixed / "a.png")
    assert outcome.code == 2
    assert str(tmp_path / "no" / "table.csv") in outcome.err
    assert "Traceback" not in outcome.err


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has file names that are not text")
@pytest.mark.parametrize("form", ["--json", "--ten-view"])
def test_that_a_name_that_is_no_text_does_no_harm(call, model, data, tmp_path, form):
    folder = tmp_path / "old"
    folder.mkdir()
    shutil.copy(data / "val" / "red" / "00.png", os.fsencode(folder) + b"/caf\xe9.png")
    Path(os.fsdecode(os.fsencode(folder) + b"/bro\xffken.png")).write_bytes(b"")
    outcome = call("classify", "--model", model, form, "--csv", tmp_path / "table.csv", folder)
    assert (outcome.code, outcome.err) == (0, "")
    if form == "--json":
        assert [("predictions" in row, Path(row["path"]).name) for row in outcome.json] == [
            (False, "bro?ken.png"),
            (True, "caf?.png"),
        ]
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
@pytest.mark.parametrize("arguments", [("presets",), ("presets", "--json"), ("--help",), ("train", "--help")])
def test_that_a_reader_that_has_gone_already_is_no_fault(arguments):
    reading, writing = os.pipe()
    os.close(reading)
    try:
        with child(*arguments, stdout=writing, stderr=subprocess.PIPE) as process:
            _, err = process.communicate(timeout=60)
    finally:
        os.close(writing)
    assert (process.returncode, err) == (0, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such pipes")
def test_that_a_reader_that_leaves_after_the_first_line_is_no_fault(model, data, tmp_path):
    many = [f"missing-picture-number-{number}.png" for number in range(1500)]  # more than a pipe holds
    picture = data / "val" / "red" / "00.png"
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with child("classify", "--model", model, picture, *many, **streams) as process:
        assert process.stdout.readline().startswith(os.fsencode(picture))
        process.stdout.close()
        err = process.stderr.read()
        assert (process.wait(timeout=60), err) == (0, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize("arguments", [("presets",), ("presets", "--json"), ("--help",)])
def test_that_output_that_finds_no_room_is_told(arguments):
    with Path("/dev/full").open("wb") as full, child(*arguments, stdout=full, stderr=subprocess.PIPE) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith(b"alexnet-app: the output could not be written: No space left")
    assert err.count(b"\n") == 1


# filters


def test_that_the_kernels_of_each_tower_are_drawn(call, model, tmp_path):
    outcome = call("filters", "--model", model, "--out", tmp_path / "kernels.png", "--json")
    assert outcome.code == 0
    told = {**outcome.json}
    towers = told.pop("specialization")["towers"]
    assert told == {
        "out": str(tmp_path / "kernels.png"),
        "layer": "conv1",
        "scale": "own",
        "sheets": {"Tower A": 32, "Tower B": 32},
    }
    assert [(each["name"], each["kernels"], each["needed"]) for each in towers] == [("A", 32, 16), ("B", 32, 16)]
    assert all(0 <= each["learned"] == sum(each["colours"]) <= 32 for each in towers)
    with Image.open(tmp_path / "kernels.png") as picture:
        assert picture.format == "PNG"
        assert picture.width > picture.height > 200
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 500
    assert [path.name for path in tmp_path.glob("kernels*")] == ["kernels.png"]


def test_that_kernels_that_have_not_learned_have_no_verdict(call, model, tmp_path):
    bundle, noisy = read_bundle(model), tmp_path / "noisy.alexnet"
    weights = {**bundle.weights}
    weights["conv1.weight"] = torch.randn(weights["conv1.weight"].shape, generator=torch.Generator().manual_seed(1))
    write_bundle(noisy, replace(bundle, weights=weights))
    outcome = call("filters", "--model", noisy, "--out", tmp_path / "kernels.png")
    assert outcome.out.splitlines()[2:] == [
        "Tower A: 0 of 32 kernels have learned, no clear difference",
        "Tower B: 0 of 32 kernels have learned, no clear difference",
        "no comparison: tower A needs 16 kernels that have learned",
        "no comparison: tower B needs 16 kernels that have learned",
        "medians of A | B: colour – | –, noise 0.67; orientation – | –, noise 0.27",
    ]
    outcome = call("filters", "--model", noisy, "--out", tmp_path / "kernels.png", "--json", "--force")
    told = outcome.json["specialization"]
    assert told["colour_p"] is None
    assert told["towers"][0]["colour"] is None
    assert told["noise"]["colour"] == pytest.approx(2 / 3, abs=0.01)


def test_that_all_kernels_can_be_drawn_on_one_scale(call, model, tmp_path):
    pictures = {}
    for scale in ("own", "common"):
        out = ("--out", tmp_path / "kernels.png", "--force")
        outcome = call("filters", "--model", model, "--scale", scale, *out, "--json")
        assert outcome.json["scale"] == scale
        pictures[scale] = np.asarray(Image.open(tmp_path / "kernels.png").convert("RGB"), int)
    assert pictures["own"].shape == pictures["common"].shape
    drawn = (pictures["own"] < 250).any(axis=2)  # no paper
    strength = {scale: np.abs(picture - 128)[drawn].mean() for scale, picture in pictures.items()}
    assert strength["common"] < strength["own"]


def test_that_later_layers_are_drawn_in_grey(call, model, tmp_path):
    outcome = call("filters", "--model", model, "--layer", "conv2", "--out", tmp_path / "kernels.png")
    assert outcome.code == 0
    assert [line.partition(":")[0] for line in outcome.out.splitlines()] == ["Tower A", "Tower B"]
    pixels = np.asarray(Image.open(tmp_path / "kernels.png").convert("RGB"))
    assert (pixels == pixels[..., :1]).all()


@pytest.mark.parametrize("layer", ["conv9", "fc8", "Conv1", ""])
def test_that_a_layer_without_kernels_is_told_with_those_that_have_some(call, model, tmp_path, layer):
    outcome = call("filters", "--model", model, "--layer", layer, "--out", tmp_path / "kernels.png", "--json")
    assert_refused(outcome, "choose one of conv1, conv2, conv3, conv4, conv5")
    assert repr(layer) in outcome.err
    assert not (tmp_path / "kernels.png").exists()


def test_that_a_place_that_cannot_be_written_is_named(call, model, tmp_path):
    for out in (tmp_path / "no" / "kernels.png", tmp_path):
        outcome = call("filters", "--model", model, "--out", out, "--json")
        assert_refused(outcome, f"{out} could not be written")


# demo


def test_that_the_demo_takes_only_an_empty_folder(call, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear", encoding="utf-8")
    assert_refused(call("demo", "--out", tmp_path / "full"), "is not empty")
    assert_refused(call("demo", "--out", tmp_path / "full" / "letter.txt"), "letter.txt")
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["letter.txt"]


def test_that_what_is_read_is_not_written_over(call, run_folder):
    model, before = run_folder / "last.alexnet", contents(run_folder)
    picture = run_folder.parent / "picture.png"
    Image.new("RGB", (40, 40), "red").save(picture)
    assert_refused(call("filters", "--model", model, "--out", model), "choose another output file")
    assert_refused(call("classify", "--model", model, "--csv", model, picture), "choose another output file")
    assert_refused(call("classify", "--model", model, "--csv", picture, picture), "choose another output file")
    assert contents(run_folder) == before
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("why", ["full", "taken"])
def test_that_the_answers_are_given_even_if_the_table_cannot_be_written(call, model, tmp_path, monkeypatch, why):
    def full_disk(_):
        raise OSError(28, "No space left on device")

    def taken(*arguments):
        (tmp_path / "table.csv").write_text("of someone else\n")
        return row_of(*arguments)

    if why == "full":
        monkeypatch.setattr("alexnet_app.core.files.sync", full_disk)
    else:
        monkeypatch.setattr("alexnet_app.core.inference.answer_table.row_of", taken)
    picture = tmp_path / "picture.png"
    Image.new("RGB", (40, 40), "red").save(picture)
    outcome = call("classify", "--model", model, "--json", "--csv", tmp_path / "table.csv", picture)
    assert outcome.code == 2
    assert ("could not be written" if why == "full" else "exists already") in outcome.err
    assert [each.name for each in tmp_path.glob("table*")] == ([] if why == "full" else ["table.csv"])
    assert [row["path"] for row in json.loads(outcome.out.splitlines()[-1])] == [str(picture)]


def test_that_an_emptied_configuration_is_not_taken_for_all_defaults(call, run_folder):
    (run_folder / "config.toml").write_text("")
    before = contents(run_folder)
    assert_refused(call("train", "--resume", run_folder, "--set", "epochs=9"), "the network and the data")
    assert contents(run_folder) == before


def test_that_a_name_cannot_move_or_colour_the_terminal(call, model, tmp_path):
    picture = tmp_path / "a\x1b[31m\nb.png"
    Image.new("RGB", (40, 40), "red").save(picture)
    outcome = call("classify", "--model", model, picture)
    assert outcome.code == 0
    assert "\x1b" not in outcome.out
    assert len(outcome.out.splitlines()) == 1
