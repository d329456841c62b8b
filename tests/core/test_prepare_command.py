import json

import pytest
from PIL import Image

from alexnet_app import cli
from alexnet_app.core.data.prepared.shelf import prepared_sets
from alexnet_app.core.data.sources import shapes


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data set, and a cache folder of its own."""
    monkeypatch.setattr("alexnet_app.core.download.cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr("alexnet_app.core.data.prepared.prepare.cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr("alexnet_app.core.data.prepared.shelf.cache_folder", lambda: tmp_path / "cache")
    for name in ("cats", "dogs"):
        for index in range(12):
            path = tmp_path / "pets" / name / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (40, 30), (9 * index, 99, 20)).save(path)
    return tmp_path / "pets"


def last_json(capsys):
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_that_a_set_is_prepared_verified_listed_and_deleted(folder, capsys):
    assert cli.main(["prepare", str(folder), "--side", "32", "--storage", "jpeg", "--verify", "--json"]) == 0
    made = last_json(capsys)
    assert (made["side"], made["storage"], made["pictures"], made["damaged"]) == (32, "jpeg", 24, 0)
    assert made["where"] == str(folder)
    assert cli.main(["prepare", "--list", "--json"]) == 0
    (listed,) = last_json(capsys)
    assert listed["name"] == made["name"]
    assert cli.main(["prepare", "--delete", made["name"]]) == 0
    assert prepared_sets() == ()
    assert cli.main(["prepare", "--delete", made["name"]]) == 2
    assert "no prepared set" in capsys.readouterr().err


def test_that_damage_is_told_by_the_exit_code_and_repaired_by_the_same_command(folder, capsys):
    command = ["prepare", str(folder), "--network", "cifar-towers", "--storage", "raw", "--verify"]
    assert cli.main(command) == 0
    (made,) = prepared_sets()
    pixels = made.folder / "train.rgb"
    data = bytearray(pixels.read_bytes())
    data[100] ^= 1
    pixels.write_bytes(data)
    capsys.readouterr()
    assert cli.main(command) == 2
    assert "damaged: images 0 to" in capsys.readouterr().err
    assert cli.main(command) == 0
    assert "all checksums are correct" in capsys.readouterr().out


def test_that_what_is_left_out_is_told(folder, capsys):
    (folder / "cats" / "5.png").write_text("no picture")
    assert cli.main(["prepare", str(folder), "--side", "16", "--json"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out.splitlines()[-1])["skipped"] == 1
    assert "5.png" in told.err


@pytest.mark.parametrize(("arguments", "side"), [([], 64), (["--side", "48"], 48)])
def test_that_pictures_which_are_there_already_stay_as_large_as_they_are(folder, monkeypatch, capsys, arguments, side):
    for name in ("train", "validation", "test"):
        monkeypatch.setitem(shapes.SPLITS, name, 20)
    monkeypatch.setattr(shapes, "_drawn", {})
    assert cli.main(["prepare", "shapes", *arguments]) == 0
    told = capsys.readouterr().out
    assert ("there is nothing to prepare" in told) == (side == 64)
    assert [each.side for each in prepared_sets()] == ([] if side == 64 else [48])


@pytest.mark.parametrize("name", ["-r", "\U00020000" * 63, "漢" * 85, "?", "a\nb"])
def test_that_a_set_of_any_name_is_made_and_deleted_by_it(folder, capsys, name):
    named = folder.rename(folder.with_name(name))
    assert cli.main(["prepare", str(named), "--side", "16", "--json"]) == 0
    assert cli.main(["prepare", "--delete", last_json(capsys)["name"]]) == 0
    assert prepared_sets() == ()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "needs one of"),
        (["shapes", "--list"], "needs one of"),
        (["shapes", "--side", "0"], "1 to 1024"),
        (["shapes", "--side", "8", "--network", "cifar-towers"], "both set"),
        (["shapes", "--network", "resnet"], "resnet"),
        (["--delete", ""], "no prepared set called ''"),
    ],
)
def test_that_senseless_options_are_refused(folder, capsys, arguments, sentence):
    assert cli.main(["prepare", *arguments]) == 2
    assert sentence in capsys.readouterr().err
