"""What a person has the program write: never over an input, never over something else, and only where it was agreed."""

import hashlib
import os
import shutil
import stat
import sys

import pytest
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.network.exchange.exporting import export_model
from alexnet_app.core.outputs import EVALUATION, EXPORTS, MODEL, ONNX, PNG, TABLE, TORCH, Guard

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

SHIPPED = resources.path("models/cifar-towers.alexnet")
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes are made otherwise there")


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """A working folder with two photos, a model and a letter."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    here = tmp_path / "here"
    (here / "photos" / "deep").mkdir(parents=True)
    for name in ("photos/a.png", "photos/deep/b.png", "own.png"):
        Image.new("RGB", (40, 40), "red").save(here / name)
    shutil.copy(SHIPPED, here / "m.alexnet")
    (here / "letter.txt").write_text("dear\n")
    (here / "old.csv").write_text("a,b\n")
    monkeypatch.chdir(here)
    return here


def contents(folder):
    """Every name below ``folder``, with what it is and what it holds."""
    found = {}
    for path in sorted(folder.rglob("*")):
        kind = stat.S_IFMT(os.lstat(path).st_mode)
        held = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(kind) else ""
        found[str(path.relative_to(folder))] = (kind, held)
    return found


def refusal(*arguments, kind=TABLE, replace=True, inputs=()):
    with pytest.raises(UserError) as caught:
        Guard(inputs, replace=replace).output(*arguments, kind)
    return caught.value


COMMANDS = {
    "csv": ("classify", "--model", "m.alexnet", "photos", "--csv"),
    "filters": ("filters", "--model", "m.alexnet", "--out"),
    "evaluation": ("evaluate", "m.alexnet", "--data", "shapes", "--out"),
    "classes": ("evaluate", "m.alexnet", "--data", "shapes", "--csv"),
    "confusion": ("evaluate", "m.alexnet", "--data", "shapes", "--confusion"),
    "onnx": ("export", "m.alexnet", "--format", "onnx", "--out"),
    "torch": ("export", "m.alexnet", "--format", "torch", "--out"),
    "alexnet": ("export", "m.alexnet", "--format", "alexnet", "--out"),
    "import": ("import", "m.onnx", "--out"),
}
SUFFIX = {
    "csv": ".csv",
    "classes": ".csv",
    "filters": ".png",
    "confusion": ".png",
    "evaluation": ".json",
    "onnx": ".onnx",
    "torch": ".pth",
    "alexnet": ".alexnet",
    "import": ".alexnet",
}


@SLOW
@pytest.mark.parametrize("force", [(), ("--force",)])
@pytest.mark.parametrize("command", COMMANDS)
def test_that_no_command_writes_over_an_input_or_another_kind_of_file(place, command, force, capsys, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.network.bundle.read_bundle", lambda _: pytest.fail("work has begun"))
    (place / f"folder{SUFFIX[command]}").mkdir()
    (place / f"fake{SUFFIX[command]}").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    targets = ["photos/a.png" if SUFFIX[command] != ".png" else "own.jpg", "letter.txt", "m.alexnet", "m.onnx"]
    targets += [f"folder{SUFFIX[command]}", f"fake{SUFFIX[command]}", f"none/x{SUFFIX[command]}", ""]
    targets = [name for name in targets if name != "m.onnx" or command == "import"]
    (place / "own.jpg").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF")
    before = contents(place)
    for target in targets:
        assert cli.main([*COMMANDS[command], target, *force]) == 2, target
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.startswith("alexnet-app: ")
        assert said.err.count("\n") == 1
    assert contents(place) == before


def test_that_a_photo_is_no_table_even_where_the_shell_says_so(place, capsys):
    before = contents(place)
    assert cli.main(["classify", "--csv", "photos/a.png", "photos/deep/b.png"]) == 2
    assert "photos/a.png ends in .png, but a CSV table is to be written" in capsys.readouterr().err
    assert cli.main(["classify", "--csv", "new.png", "photos"]) == 2
    assert contents(place) == before


def test_that_an_existing_file_of_the_same_kind_is_replaced_only_with_force(place, capsys):
    (place / "old.csv").write_text("path,error\n")
    command = ["classify", "--model", "m.alexnet", "photos", "--csv", "old.csv"]
    assert cli.main(command) == 2
    assert "old.csv exists already; choose another output file, or replace it with --force" in capsys.readouterr().err
    assert (place / "old.csv").read_text() == "path,error\n"
    assert cli.main([*command, "--force"]) == 0
    assert (place / "old.csv").read_text().count("\n") == 3
    shutil.copy("own.png", "kernels.png")
    before = (place / "kernels.png").read_bytes()
    assert cli.main(["filters", "--model", "m.alexnet", "--out", "kernels.png"]) == 2
    assert (place / "kernels.png").read_bytes() == before
    assert cli.main(["filters", "--model", "m.alexnet", "--out", "kernels.png", "--force"]) == 0
    assert (place / "kernels.png").read_bytes() != before
    assert not list(place.glob("*.tmp"))


def test_that_what_each_export_writes_is_known_again(place):
    from alexnet_app.core.network.bundle import read_bundle

    bundle = read_bundle(SHIPPED)
    for name, kind in EXPORTS.items():
        path = place / f"again{kind.suffixes[0]}"
        export_model(bundle, name, path)
        assert Guard([], replace=True).output(path, kind) == path
        assert refusal(path, kind=kind, replace=False).hint == Way.REPLACE_FILE
        others = [other for other in (TABLE, PNG, EVALUATION, MODEL, ONNX, TORCH) if other is not kind]
        assert all(not other.is_head(path.read_bytes()[:99]) for other in others if other is not ONNX)


def test_that_an_evaluation_replaces_only_an_evaluation(place):
    (place / "package.json").write_text('{"name": "mine"}')
    assert "exists and is not an evaluation" in str(refusal("package.json", kind=EVALUATION))
    (place / "e.json").write_text('{"format":"alexnet-app evaluation 1"}')
    assert Guard([], replace=True).output("e.json", EVALUATION) == place / "e.json"


@POSIX
@pytest.mark.parametrize("how", ["itself", "hard", "soft", "below", "hard-below", "soft-below", "round"])
def test_that_an_input_is_known_under_every_name(place, how):
    source, target = place / "photos" / "x.csv", place / "target.csv"
    source.write_text("a,b\n")
    inputs = [source] if how in ("itself", "hard", "soft") else [place / "photos"]
    if how in ("itself", "below"):
        target = place / "photos" / ".." / "photos" / "x.csv"
    elif how.startswith("hard"):
        os.link(source, target)
    elif how == "soft":
        target.symlink_to(source)
    elif how == "soft-below":  # a folder that is linked from the input
        (place / "far").mkdir()
        source.rename(place / "far" / "x.csv")
        (place / "photos" / "deep" / "link").symlink_to(place / "far")
        target = place / "far" / "x.csv"
    else:  # links that lead round do not keep it from finding what is beyond them
        (place / "photos" / "again").symlink_to(place / "photos")
        (place / "photos" / "loop").symlink_to(place / "photos" / "loop")
        os.link(source, target)
    assert "is an input file and would be overwritten" in str(refusal(target, inputs=inputs))


@POSIX
def test_that_links_pipes_and_devices_are_refused(place):
    os.mkfifo(place / "pipe.csv")
    (place / "link.csv").symlink_to("old.csv")
    (place / "lost.csv").symlink_to("nowhere.csv")
    assert "is a pipe or a device" in str(refusal("pipe.csv"))
    assert "is a link to old.csv" in str(refusal("link.csv"))
    assert "is a link to nowhere.csv" in str(refusal("lost.csv"))
    assert "is a pipe or a device" in str(refusal("/dev/null"))


@POSIX
def test_that_a_name_is_as_long_as_the_system_takes_it(place, capsys):
    from alexnet_app.core.tables import write_csv

    longest = place / f"{'ü' * 125}.csv"
    assert Guard([]).output(longest, TABLE) == longest
    write_csv(longest, ["a"], [])
    assert longest.read_text() == "a\n"
    assert "too long" in str(refusal("x" * 300 + ".csv"))


@POSIX
def test_that_a_temporary_file_is_written_through_no_link(place):
    from alexnet_app.core.files import ENDING, replace_file

    (place / f"new.csv.{os.getpid()}{ENDING}").symlink_to(place / "letter.txt")
    replace_file(place / "new.csv", lambda path: path.write_text("a\n"))
    assert (place / "letter.txt").read_text() == "dear\n"
    assert not (place / "new.csv").is_symlink()


@POSIX
def test_that_names_that_the_program_makes_up_are_free(place, monkeypatch):
    from alexnet_app.commands.demo import _folder
    from alexnet_app.core.runs.listing import new_folder, new_model_file

    (place / "alexnet-demo").symlink_to("nowhere")
    (place / "alexnet-demo-2").write_text("")
    assert _folder(None) == place / "alexnet-demo-3"
    (place / "mine.alexnet").symlink_to("nowhere")
    assert new_model_file(place, "mine") == place / "mine-2.alexnet"
    assert new_model_file(place, "mine") == place / "mine-3.alexnet"  # the second is taken, though nothing is in it yet
    first = new_folder(place, "p")
    first.symlink_to("nowhere")
    assert new_folder(place, "p") != first


def test_that_two_outputs_are_not_one_file(place):
    guard = Guard([])
    assert guard.output("new.csv", TABLE) == place / "new.csv"
    with pytest.raises(UserError, match="another output file"):
        guard.output("photos/../new.csv", PNG)


@pytest.mark.parametrize("name", ["foo", "foo.", ".csv", "foo.dat", "foo.png"])
def test_that_nothing_is_written_that_could_not_be_replaced(place, name):
    refused = refusal(name)
    assert "but a CSV table is to be written" in str(refused)
    assert "choose a name that ends in .csv" in str(refused)


def test_that_the_files_a_run_keeps_stay_its_own(place):
    (place / "run").mkdir()
    (place / "run" / "config.toml").write_text("")
    for name, kind in (("last.alexnet", MODEL), ("best.alexnet", MODEL), ("evaluation-test-1.json", EVALUATION)):
        assert "is the name of a file that the run" in str(refusal(f"run/{name}", kind=kind))
    assert Guard([]).output("run/mine.alexnet", MODEL) == place / "run" / "mine.alexnet"


def test_that_what_came_meanwhile_is_not_replaced(place):
    guard = Guard([])
    guard.output("new.csv", TABLE)
    guard.confirm()
    (place / "new.csv").write_text("mine\n")
    with pytest.raises(UserError, match="exists already"):
        guard.confirm()


def test_that_an_input_that_is_not_there_is_still_an_input():
    assert "is an input file" in str(refusal("none.csv", inputs=["../here/none.csv"]))


def test_that_a_full_folder_is_no_place_for_a_run_a_demo_or_an_experiment(place, capsys):
    before = contents(place)
    for arguments in (
        ("train", "--preset", "shapes", "--run"),
        ("demo", "--out"),
        ("experiment", "figure-1", "--quick", "--data", "shapes", "--out"),
    ):
        for target in ("photos", "letter.txt"):
            assert cli.main([*arguments, target]) == 2, (arguments, target)
            said = capsys.readouterr().err
            assert said.count("\n") == 1
            assert f"/{target}" in said or f" {target}" in said
    assert contents(place) == before
