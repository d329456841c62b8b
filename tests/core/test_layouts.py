"""Folders as people have them: what is understood of each, and what is said."""

import os
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from tiny_images import image_bytes, numbered, touch

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.litter import is_litter
from alexnet_app.core.data.sources.remarks import Concern, Why
from alexnet_app.core.data.sources.split_names import role_of
from alexnet_app.core.data.sources.understood import understood
from alexnet_app.core.errors import UserError

SYSTEM_FILES = ("._0.jpg", ".DS_Store", "Thumbs.db", "desktop.ini", "ehthumbs.db", "Icon\r")
SYSTEM_FOLDERS = (
    *("__MACOSX", "@eaDir", "@__thumb", "#recycle", "$RECYCLE.BIN", "System Volume Information", "lost+found"),
    *(".Trash-1000", ".Trashes", ".ipynb_checkpoints", ".git", "@Recycle"),
)


def pair(folder="", count=5, names=("cat", "dog")):
    """Images of two classes in ``folder``."""
    return [name for each in names for name in numbered(f"{folder}/{each}".lstrip("/"), count)]


def counts(source):
    found = understood(source).classes
    return {name: [getattr(each, name) for each in found] for name in source.splits}


def concerns(source):
    return {each.concern for each in source.remarks}


def skipped(source):
    return {each.why: each.count for each in source.skipped}


def refusal(where):
    with pytest.raises(UserError) as caught:
        open_source(str(where))
    return str(caught.value)


OWN, DRAWN = {"train": [5, 5], "validation": [2, 2]}, {"train": [3, 3], "validation": [2, 2]}
LAYOUTS = {
    "in any case": ([*pair("TRAIN"), *pair("Val", 2)], OWN, set()),
    "by synonyms": ([*pair("training_set"), *pair("Validation Images", 2)], OWN, set()),
    "dev and testing": ([*pair("trn"), *pair("dev", 2), *pair("Testing", 1)], {**OWN, "test": [1, 1]}, set()),
    "wrapped": (pair("archive/PetImages"), DRAWN, {Concern.LAYOUT}),
    "wrapped splits": ([*pair("a/b/train"), *pair("a/b/val", 2)], OWN, {Concern.LAYOUT}),
    "doubled archive": ([*pair("pets/pets/train"), *pair("pets/pets/val", 2), "pets/x.txt"], OWN, {Concern.LAYOUT}),
    "archive beside its copy": ([*pair("train"), *pair("val", 2), *pair("pets/train", 1)], OWN, {Concern.LAYOUT}),
    "prefixed and doubled": ([*pair("seg_train/seg_train"), *pair("seg_val/seg_val", 2)], OWN, set()),
    "prefixed with unlabelled": (
        [*pair("seg_train/seg_train"), *pair("seg_test/seg_test", 2), *numbered("seg_pred/seg_pred", 4)],
        {**DRAWN, "test": [2, 2]},
        {Concern.LAYOUT},
    ),
    "suffixed": ([*pair("train_pets"), *pair("val_pets", 2)], OWN, set()),
    "images beside labels": (
        [*pair("images/train"), *pair("images/val", 2), "labels/train/1.txt", "readme.md"],
        OWN,
        {Concern.LAYOUT},
    ),
    "images within splits": ([*pair("train/images"), *pair("val/images", 2)], OWN, set()),
    "train alone": (pair("train"), DRAWN, set()),
    "classes beside a test folder": ([*pair(), *pair("test", 2)], {**DRAWN, "test": [2, 2]}, set()),
    "flat test": ([*pair("train"), *numbered("test", 3)], DRAWN, set()),
    "flat validation": ([*pair("train"), *numbered("val", 3)], DRAWN, {Concern.NO_VALIDATION}),
    "test in a folder": ([*pair("train"), *numbered("test/unknown", 3)], DRAWN, set()),
    "class in another case": ([*pair("train"), *pair("val", 2, ("Cat", "DOG"))], OWN, set()),
    "unknown class": ([*pair("train"), *pair("val", 2, ("cat", "dog", "bird"))], OWN, {Concern.CLASS_LEFT_OUT}),
    "class without validation": (
        [*pair("train"), *numbered("val/cat", 2)],
        {"train": [5, 5], "validation": [2, 0]},
        {Concern.CLASS_LACKS},
    ),
    "a class of one image": (
        [*numbered("cat", 5), "dog/0.jpg"],
        {"train": [3, 1], "validation": [2, 0]},
        {Concern.CLASS_LACKS},
    ),
    "empty class": ([*pair(), "cow/notes.txt"], DRAWN, {Concern.CLASS_LEFT_OUT}),
    "deep in a class": ([*numbered("cat/2012/may", 5), *numbered("dog", 5)], DRAWN, set()),
    "loose images": ([*pair("train"), *pair("val", 2), "train/stray.jpg", "cover.jpg"], OWN, set()),
    "without endings": ([*pair(), *(f"bird/{n}" for n in range(5))], None, {Concern.CLASS_LEFT_OUT}),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_that_what_people_have_is_understood(tmp_path, name):
    files, wanted, told = LAYOUTS[name]
    source = open_source(str(touch(tmp_path / "set", *files)))
    assert source.classes == ("cat", "dog")
    assert counts(source) == (DRAWN if wanted is None else wanted)
    assert concerns(source) == told
    assert source.drawn == (counts(source)["train"][0] == 3)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([*pair("val"), *pair("test")], "nothing to train on: it has only test and val"),
        ([*numbered("bus", 3), *pair("train", 3, ("diesel", "steam"))], "can be the training images or a class"),
        ([*pair("cat_train"), *pair("cat_test"), *pair("dog_train"), *pair("dog_test")], "several data sets"),
        ([*numbered("train", 3), *numbered("test", 3)], "belong to no class"),
        ([*numbered("cat", 3), *numbered("dog", 3), *pair("test", 2, ("a", "b"))], "can be a split or a class"),
        ([*pair("train"), *pair("training")], "more than one training folder"),
        ([*pair("train"), *pair("val"), *pair("valid")], "more than one validation folder: val and valid"),
        ([*numbered("all", 3), "labels.csv"], "only one class, all"),
        (["1.jpg", "2.jpg", "labels.csv"], "choose the table labels.csv"),
    ],
)
def test_that_what_cannot_be_told_is_refused_with_the_way_out(tmp_path, files, words):
    said = refusal(touch(tmp_path / "set", *files))
    assert words in said
    assert ";" in said, "what to do"


@pytest.mark.parametrize("third", ["train", "test"])
def test_that_a_class_called_like_a_split_is_understood_from_its_siblings(tmp_path, third):
    source = open_source(str(touch(tmp_path, *pair("", 4, ("boat", "car", third)))))
    assert source.classes == tuple(sorted(("boat", "car", third)))
    assert concerns(source) == {Concern.LAYOUT}, "it may have been meant as a split"


def test_that_accents_make_no_other_class(tmp_path):
    composed, apart = (unicodedata.normalize(form, "café") for form in ("NFC", "NFD"))
    source = open_source(str(touch(tmp_path, *pair("train", 5, (composed, "thé")), *pair("val", 2, (apart, "thé")))))
    assert source.classes == (composed, unicodedata.normalize("NFC", "thé"))
    assert counts(source) == OWN


@pytest.mark.parametrize("name", [*SYSTEM_FILES, *SYSTEM_FOLDERS])
def test_that_what_systems_leave_is_nobodys(tmp_path, name):
    assert is_litter(name)
    path = f"cat/{name}" if name in SYSTEM_FILES else f"cat/{name}/1.jpg"
    source = open_source(str(touch(tmp_path, *pair(), path, *([] if name in SYSTEM_FILES else [f"{name}/cat/2.jpg"]))))
    assert (source.classes, counts(source)) == (("cat", "dog"), DRAWN)
    assert set(skipped(source)) == {Why.SYSTEM}


def test_that_content_decides_and_not_the_ending(tmp_path):
    touch(tmp_path, *pair())
    for name in ("a.jpg_large", "b", "c.jpg.1", "d.txt", "e.JPG?w=640"):
        (tmp_path / "cat" / name).write_bytes(image_bytes(name))
    (tmp_path / "dog" / "page.jpg").write_text("<!DOCTYPE html><html></html>")
    (tmp_path / "dog" / "notes").write_text("no image")
    source = open_source(str(tmp_path))
    assert sum(np.array(each) for each in counts(source).values()).tolist() == [10, 5]
    assert {(each.why, each.what) for each in source.skipped} == {
        (Why.UNREADABLE, "web pages"),
        (Why.NOT_IMAGE, "text files"),
    }


def test_that_which_image_is_damaged_never_decides_whether_training_can_start(tmp_path):
    for broken in range(3):
        root = touch(tmp_path / str(broken), *numbered("cat", 3), *numbered("dog", 3))
        for index in range(3):
            if index != broken:
                (root / "cat" / f"{index}.jpg").write_bytes(b"BM torn")
        source = open_source(str(touch(root, "cat/9.jpg")))
        assert counts(source) == {"train": [1, 2], "validation": [1, 1]}
        assert len(source.damaged) == 2


def test_that_a_class_of_undecodable_images_is_named_with_what_they_are(tmp_path):
    touch(tmp_path, *numbered("cat", 5))
    (tmp_path / "dog").mkdir()
    for index in range(3):
        (tmp_path / "dog" / f"{index}.HEIC").write_bytes(b"\0\0\0\x18ftypheic" + bytes(100))
    assert "the class dog is skipped: it has 3 HEIC photos, none of which can be decoded" in refusal(tmp_path)
    touch(tmp_path, *numbered("cow", 5))
    source = open_source(str(tmp_path))
    assert source.classes == ("cat", "cow")
    assert concerns(source) == {Concern.CLASS_LEFT_OUT}


def test_that_copies_are_told_within_and_across_classes_and_splits(tmp_path):
    touch(tmp_path, *pair("train"), *pair("val", 2))
    for name in ("train/cat/copy.jpg", "train/dog/copy.jpg", "val/cat/copy.jpg"):
        (tmp_path / name).write_bytes((tmp_path / "train" / "cat" / "0.jpg").read_bytes())
    found = {each.concern: each.values["count"] for each in open_source(str(tmp_path)).remarks}
    assert found == {
        Concern.DUPLICATES: 3,
        Concern.DUPLICATES_ACROSS_CLASSES: 1,
        Concern.DUPLICATES_ACROSS_SPLITS: 1,
    }


def test_that_drawn_copies_stay_on_one_side(tmp_path):
    touch(tmp_path, *pair("", 20))
    for index in range(20):
        (tmp_path / "cat" / f"copy{index}.jpg").write_bytes((tmp_path / "cat" / f"{index}.jpg").read_bytes())
    source = open_source(str(tmp_path))
    sides = [{Path(path).read_bytes() for path in source.splits[name].paths} for name in ("train", "validation")]
    assert not sides[0] & sides[1]
    assert counts(source)["validation"] == [4, 2]


def test_that_linked_folders_are_followed_and_loops_end(tmp_path):
    elsewhere = touch(tmp_path / "elsewhere", *numbered("more", 4))
    root = touch(tmp_path / "set", *pair())
    (root / "cat" / "linked").symlink_to(elsewhere, target_is_directory=True)
    (root / "cat" / "up").symlink_to(root, target_is_directory=True)
    (elsewhere / "back").symlink_to(root / "dog", target_is_directory=True)
    (root / "dog" / "gone.jpg").symlink_to(root / "nothing")
    source = open_source(str(root))
    assert sum(np.array(each) for each in counts(source).values()).tolist() == [9, 5]
    assert skipped(source) == {Why.NO_FILE: 1}


def test_that_what_is_told_of_a_set_is_what_a_training_uses(tmp_path):
    found = understood(open_source(str(touch(tmp_path, *numbered("cat", 60), *numbered("dog", 10)))))
    assert [(each.name, each.train, each.validation, each.test) for each in found.classes] == [
        ("cat", 54, 6, 0),
        ("dog", 8, 2, 0),
    ]
    assert (found.majority.name, found.majority.share) == ("cat", 60 / 70)
    assert {each.concern for each in found.remarks} == {
        Concern.IMBALANCE,
        Concern.FEW_VALIDATION,
        Concern.FEW_IMAGES,
    }
    assert all("{" not in each.sentence for each in found.remarks)


@pytest.mark.parametrize("split", ["test", "dev"])
def test_that_all_images_are_measured_where_there_are_no_splits(tmp_path, split):
    one = open_source(str(touch(tmp_path / "a", "cat/1.jpg", "dog/1.jpg")), measuring=True)
    assert (counts(one), one.undivided) == ({"test": [1, 1]}, True)
    single = open_source(str(touch(tmp_path / "b", *numbered("cat", 3))), measuring=True)
    assert (single.classes, counts(single)) == (("cat",), {"test": [3]})
    splits = open_source(str(touch(tmp_path / "c", *pair("train"), *pair(split, 2))), measuring=True)
    assert counts(splits) == {"train": [5, 5], {"dev": "validation"}.get(split, split): [2, 2]}


def test_that_a_model_says_which_classes_it_knows_and_not_the_training_images(tmp_path):
    files = [*pair("train"), *pair("val", 2, ("bird", "cat"))]
    source = open_source(str(touch(tmp_path, *files)), measuring=True)
    assert source.classes == ("cat", "dog", "bird")
    assert counts(source) == {"train": [5, 5, 0], "validation": [2, 0, 2]}
    assert open_source(str(tmp_path)).classes == ("cat", "dog")


def test_that_names_of_splits_are_known():
    known = {"Train": "train", "TRAINING": "train", "train_set": "train", "TrainingData": "train", "val": "validation"}
    known |= {"valid": "validation", "Validation Images": "validation", "dev": "validation", "testset": "test"}
    assert {name: role_of(name) for name in known} == known
    assert {role_of(name) for name in ("trains", "station", "value", "tests a", "trainer", "detest", "bus")} == {""}


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_that_a_folder_that_may_not_be_listed_is_named(tmp_path, monkeypatch):
    touch(tmp_path, *pair())
    listing = os.scandir

    def closed(path):
        if str(path).endswith("dog"):
            raise PermissionError(13, "Permission denied")
        return listing(path)

    monkeypatch.setattr(os, "scandir", closed)
    assert "dog cannot be listed: Permission denied" in refusal(tmp_path)


def test_that_classes_of_folders_of_folders_are_told(tmp_path):
    touch(tmp_path, *(name for top in "ab" for inner in "cd" for name in numbered(f"{top}/{inner}", 3)))
    source = open_source(str(tmp_path))
    assert source.classes == ("a", "b")
    (told,) = [each.sentence for each in source.remarks if each.concern is Concern.LAYOUT]
    assert "count as these classes: a/c, a/d, b/c, b/d" in told


def test_that_one_folder_of_images_in_each_class_needs_no_word(tmp_path):
    touch(tmp_path, *numbered("a/images", 3), *numbered("b/images", 3), *numbered("b/more", 0))
    assert not [each for each in open_source(str(tmp_path)).remarks if each.concern is Concern.LAYOUT]
