"""``inspect``: what a training would understand, as a person and a script read it."""

import json

import pytest
from tiny_images import image_bytes, numbered, touch

from alexnet_app import cli
from alexnet_app.core.data.sources import labelled_files, understood


@pytest.fixture
def call(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def run(*arguments):
        capsys.readouterr()
        return cli.main(["inspect", *map(str, arguments)]), *capsys.readouterr()

    return run


def value(out):
    return json.loads(out.splitlines()[-1])


@pytest.fixture
def pets(tmp_path):
    root = touch(tmp_path / "pets", *numbered("cat", 30), *numbered("dog", 20), "cat/.DS_Store", "dog/notes.txt")
    (root / "dog" / "torn.jpg").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(9))
    return root


def test_that_the_last_line_is_the_object_that_scripts_read(call, pets):
    code, out, err = call(pets, "--json")
    assert code == 0
    assert value(out) == {
        "classes": [
            {"name": "cat", "train": 27, "validation": 3, "test": 0},
            {"name": "dog", "train": 18, "validation": 2, "test": 0},
        ],
        "skipped": [
            {"reason": "system files and folders", "count": 1, "examples": ["cat/.DS_Store"]},
            {"reason": "not images: text files", "count": 1, "examples": ["dog/notes.txt"]},
            {"reason": "cannot be decoded: damaged pictures", "count": 1, "examples": ["dog/torn.jpg"]},
        ],
        "warnings": ["5 validation images are few: the error measured on them may be off by 45%"],
        "majority": {"name": "cat", "share": 0.6},
    }
    assert "torn.jpg" in err


def test_that_people_read_the_same(call, pets):
    code, out, _ = call(pets)
    assert code == 0
    for words in ("2 classes; images: 45 train, 5 validation", "always answering cat is right for 60.0%", "notes.txt"):
        assert words in out


def test_that_a_set_that_is_too_large_to_be_decoded_before_is_decoded_here(call, pets, monkeypatch):
    for module in (labelled_files, understood):
        monkeypatch.setattr(module, "CHECKED_SET", 0)
    monkeypatch.setattr(labelled_files, "CHECKED_CLASS", 0)
    code, out, err = call(pets, "--json")
    dog = value(out)["classes"][1]
    assert (code, dog["train"] + dog["validation"]) == (0, 20)
    assert "torn.jpg" in err
    monkeypatch.setattr(understood, "DECODED", 10)
    assert "too many to be decoded" in value(call(pets, "--json")[1])["warnings"][0]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (numbered("cat", 3), "only one class, cat"),
        (numbered("val/a", 3), "nothing to train on"),
        ([], "no sub-folders"),
    ],
)
def test_that_where_no_training_is_possible_the_code_is_2_and_a_sentence_says_why(call, tmp_path, files, words):
    (tmp_path / "set").mkdir()
    code, out, err = call(touch(tmp_path / "set", *files), "--json")
    assert (code, out) == (2, "")
    assert words in err.splitlines()[-1]


def test_that_the_sample_data_are_told_too(call, monkeypatch):
    from alexnet_app.core.data.sources import shapes

    for name in ("train", "validation", "test"):
        monkeypatch.setitem(shapes.SPLITS, name, 20)
    monkeypatch.setattr(shapes, "_drawn", {})
    code, out, _ = call("shapes", "--json")
    assert code == 0
    assert sum(each["train"] for each in value(out)["classes"]) == 20


def test_that_train_prepare_and_evaluate_say_what_they_understood(call, pets, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cli.main(["prepare", str(pets), "--side", "8"]) == 0
    said = capsys.readouterr().err
    assert (
        "pets: 2 classes (cat 30, dog 20); images: 45 training, 5 validation (drawn from the training images)" in said
    )
    assert "not used: 1 system files and folders; 1 not images: text files; 1 cannot be decoded" in said
    assert "note: 5 validation images are few" in said
    model = ["evaluate", "bundled:photo-towers"]
    from alexnet_app.core.runs.listing import bundled_models

    (touch(tmp_path / "own", "goldfish/1.jpg", "dog/1.jpg") / "goldfish" / "2.jpg").write_bytes(image_bytes("2"))
    model[1] = str(next(path for path in bundled_models() if path.stem == "photo-towers"))
    assert cli.main([*model, "--data", str(tmp_path / "own"), "--device", "cpu"]) == 0
    told = capsys.readouterr()
    assert "own: 2 classes (dog 1, goldfish 2); images: 3 test" in told.err
    assert "the class dog: photo-towers does not know it" in told.err
    assert "on 2 test images of own" in told.out
