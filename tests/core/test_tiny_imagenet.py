"""Tiny ImageNet as it is downloaded."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from preparing import finish

from alexnet_app.core.data.sources.addresses import open_source, opening_source
from alexnet_app.core.data.sources.remarks import Why
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Skipped

SYNSETS = {"n01443537": "goldfish", "n01629819": "fire salamander", "n01641577": "bullfrog"}
TRAIN, VALIDATION = 20, 6


def _picture(path: Path, value: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((64, 64, 3), value, np.uint8)).save(path)


@pytest.fixture
def tiny(tmp_path):
    root = tmp_path / "tiny-imagenet-200"
    for number, synset in enumerate(SYNSETS):
        for index in range(TRAIN):
            _picture(root / "train" / synset / "images" / f"{synset}_{index}.JPEG", 40 * number + index)
        (root / "train" / synset / f"{synset}_boxes.txt").write_text(f"{synset}_0.JPEG\t0\t0\t63\t63\n")
    lines = []
    for index in range(VALIDATION):
        _picture(root / "val" / "images" / f"val_{index}.JPEG", index)
        lines.append(f"val_{index}.JPEG\t{list(SYNSETS)[index % 3]}\t0\t32\t44\t62\n")
    (root / "val" / "val_annotations.txt").write_text("".join(lines))
    _picture(root / "test" / "images" / "test_0.JPEG", 9)
    (root / "wnids.txt").write_text("\n".join(SYNSETS))
    return root


def test_that_a_tenth_of_training_validates_and_the_annotated_images_are_the_test(tiny):
    source = open_source(str(tiny))
    counts = {name: np.bincount(split.labels).tolist() for name, split in source.splits.items()}
    assert counts == {"train": [18] * 3, "validation": [2] * 3, "test": [2] * 3}
    assert all(
        path.startswith(str(tiny / "train")) for name in ("train", "validation") for path in _paths(source, name)
    )
    assert [Path(path).name for path in _paths(source, "test")] == [f"val_{index}.JPEG" for index in range(VALIDATION)]
    assert source.splits["test"].labels.tolist() == [0, 1, 2, 0, 1, 2]


def test_that_its_classes_have_the_names_that_people_use(tiny):
    from alexnet_app.core.ilsvrc import synsets

    names = {each.synset: each.name for each in synsets()}
    assert open_source(str(tiny)).classes == tuple(names[synset] for synset in SYNSETS)


def test_that_the_unlabelled_images_are_left_out(tiny):
    source = open_source(str(tiny))
    assert not any("test_0" in path for name in source.splits for path in _paths(source, name))
    told = {each.why: (each.count, each.examples) for each in source.skipped}
    assert told[Why.UNLABELLED] == (1, ("test/images/test_0.JPEG",))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("n01443537", "n99999999", 1), r"line 1 of .*val_annotations\.txt names no class"),
        (lambda text: text.replace("val_1.JPEG", "val_77.JPEG"), r"names 1 images that are not in .*val_77\.JPEG"),
        (lambda text: text.split("\n", 1)[1], r"val_0\.JPEG is not in"),
        (lambda text: "\udcff", "cannot be read"),
        (lambda text: text + text.split("\n")[0], r"line 7 of .*val_annotations\.txt names val_0\.JPEG again"),
        (lambda text: text + "val_2.JPEG\tn01443537\n", r"line 7 of .*val_annotations\.txt names val_2\.JPEG again"),
        (lambda text: "\n", r"val_annotations\.txt is empty"),
    ],
    ids=["class", "missing", "unnamed", "bytes", "twice", "of two classes", "empty"],
)
def test_that_annotations_that_do_not_fit_are_refused(tiny, change, words):
    file = tiny / "val" / "val_annotations.txt"
    file.write_text(change(file.read_text()), errors="surrogateescape")
    with pytest.raises(UserError, match=words):
        open_source(str(tiny))


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_that_annotations_may_come_from_an_editor_of_windows(tiny, ending, mark):
    file = tiny / "val" / "val_annotations.txt"
    file.write_bytes(mark + file.read_text().replace("\n", ending).encode())
    assert open_source(str(tiny)).splits["test"].labels.tolist() == [0, 1, 2, 0, 1, 2]


def _sort(tiny, inside=""):
    """What people do to the validation images before they train with them."""
    for index in range(VALIDATION):
        target = tiny / "val" / list(SYNSETS)[index % 3] / inside / f"val_{index}.JPEG"
        target.parent.mkdir(parents=True, exist_ok=True)
        (tiny / "val" / "images" / f"val_{index}.JPEG").rename(target)


@pytest.mark.parametrize("inside", ["", "images"])
@pytest.mark.parametrize("annotations", [True, False], ids=["annotated", "bare"])
@pytest.mark.parametrize("emptied", [True, False], ids=["emptied", "gone"])
def test_that_images_sorted_into_folders_by_hand_validate(tiny, inside, annotations, emptied):
    """Whatever was left behind, and though ``test`` has no labels."""
    _sort(tiny, inside)
    if not emptied:
        (tiny / "val" / "images").rmdir()
    if not annotations:
        (tiny / "val" / "val_annotations.txt").unlink()
    source = open_source(str(tiny))
    assert {name: len(split.labels) for name, split in source.splits.items()} == {"train": 60, "validation": 6}
    assert source.splits["validation"].labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert [each.path for each in source.left_out] == [str(tiny / "test")]


@pytest.mark.parametrize("kept", [True, False], ids=["downloaded", "sorted"])
def test_that_it_is_said_that_the_unlabelled_images_are_left_out(tiny, kept):
    if not kept:
        _sort(tiny)
    said = [event for event in finish(opening_source(str(tiny)))[0] if isinstance(event, Skipped)]
    assert [each.path for each in said] == [str(tiny / "test")]
    assert "the classes of its images are unknown" in said[0].reason


def test_that_images_without_annotations_say_what_is_missing(tiny):
    (tiny / "val" / "val_annotations.txt").unlink()
    with pytest.raises(UserError, match=r"val_annotations\.txt is missing in .*val; unpack the archive again"):
        open_source(str(tiny))


def _paths(source, name):
    return source.splits[name].paths


def test_that_annotations_larger_than_any_are_not_read(tiny):
    os.truncate(tiny / "val" / "val_annotations.txt", 6 << 30)
    with pytest.raises(UserError, match="more than"):
        open_source(str(tiny))
