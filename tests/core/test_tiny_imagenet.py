"""Tiny ImageNet as it is downloaded."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.errors import UserError

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
    from alexnet_app.core.data.sources.imagenet import synsets

    names = {each.synset: each.name for each in synsets()}
    assert open_source(str(tiny)).classes == tuple(names[synset] for synset in SYNSETS)


def test_that_the_unlabelled_images_are_left_out(tiny):
    source = open_source(str(tiny))
    assert not any("test_0" in path for name in source.splits for path in _paths(source, name))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("n01443537", "n99999999", 1), r"line 1 of .*val_annotations\.txt names no class"),
        (lambda text: text.replace("val_1.JPEG", "val_77.JPEG"), r"names 1 pictures that are not in .*val_77\.JPEG"),
        (lambda text: text.split("\n", 1)[1], r"val_0\.JPEG is not in"),
        (lambda text: "\udcff", "cannot be read"),
    ],
    ids=["class", "missing", "unnamed", "bytes"],
)
def test_that_annotations_that_do_not_fit_are_refused(tiny, change, words):
    file = tiny / "val" / "val_annotations.txt"
    file.write_text(change(file.read_text()), errors="surrogateescape")
    with pytest.raises(UserError, match=words):
        open_source(str(tiny))


def test_that_images_sorted_into_folders_by_hand_validate(tiny):
    """Without the annotations it is a folder like any other."""
    for index in range(VALIDATION):
        target = tiny / "val" / list(SYNSETS)[index % 3] / f"val_{index}.JPEG"
        target.parent.mkdir(exist_ok=True)
        (tiny / "val" / "images" / f"val_{index}.JPEG").rename(target)
    (tiny / "val" / "images").rmdir()
    (tiny / "val" / "val_annotations.txt").unlink()
    (tiny / "test" / "images" / "test_0.JPEG").unlink()
    (tiny / "test" / "images").rmdir()
    (tiny / "test").rmdir()
    source = open_source(str(tiny))
    assert {name: len(split.labels) for name, split in source.splits.items()} == {"train": 60, "validation": 6}


def _paths(source, name):
    return source.splits[name].paths
