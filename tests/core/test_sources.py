import os
import sys
import types
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tiny_images import numbered, touch

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.values import Files, Holdout, Source, held_out
from alexnet_app.core.errors import UserError

DATA = Path(os.environ.get("ALEXNET_TEST_DATA", "missing"))
IMAGENETTE = [
    "n01440764",
    "n02102040",
    "n02979186",
    "n03000684",
    "n03028079",
    "n03394916",
    "n03417042",
    "n03425413",
    "n03445777",
    "n03888257",
]
needs_data = pytest.mark.skipif("ALEXNET_TEST_DATA" not in os.environ, reason="needs ALEXNET_TEST_DATA")


def names_in(files: Files, root: Path):
    return [Path(path).relative_to(root).as_posix() for path in files.paths]


def refusal(where):
    with pytest.raises(UserError) as caught:
        open_source(str(where))
    return str(caught.value)


@needs_data
def test_that_a_folder_with_splits_of_its_own_keeps_them():
    source = open_source(str(DATA / "hymenoptera_256"))
    assert (source.name, source.classes) == ("hymenoptera_256", ("ants", "bees"))
    assert {name: len(split.paths) for name, split in source.splits.items()} == {"train": 244, "validation": 153}
    for split in source.splits.values():
        assert [Path(path).parent.name for path in split.paths] == [source.classes[label] for label in split.labels]
        assert list(split.paths) == sorted(split.paths)


@needs_data
def test_that_ten_imagenet_classes_are_found():
    source = open_source(str(DATA / "imagenette224_subset"))
    assert source.classes[:3] == ("tench", "English springer", "cassette player")
    assert len(source.classes) == 10
    for split in source.splits.values():
        assert [Path(path).parent.name for path in split.paths] == [IMAGENETTE[label] for label in split.labels]
    assert sum(len(split.paths) for split in source.splits.values()) == 1900


def test_that_a_tenth_of_each_class_is_held_out_whatever_the_order_of_the_disk(tmp_path, monkeypatch):
    touch(tmp_path, *numbered("cat", 40), *numbered("dog/deep/er", 25), *numbered("eel", 3))
    one = open_source(str(tmp_path))
    listing = os.scandir

    class Backwards(list):
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

    def backwards(path):
        with listing(path) as entries:
            return Backwards(reversed(list(entries)))

    monkeypatch.setattr(os, "scandir", backwards)
    other = open_source(str(tmp_path))
    assert one.classes == ("cat", "dog", "eel")
    for name, counts in {"train": [36, 23, 2], "validation": [4, 2, 1]}.items():
        assert one.splits[name].paths == other.splits[name].paths
        assert np.bincount(one.splits[name].labels).tolist() == counts
        assert one.splits[name].labels.dtype == np.int64
    assert not set(one.splits["train"].paths) & set(one.splits["validation"].paths)
    assert set(open_source(str(tmp_path), split_seed=1).splits["validation"].paths) != set(
        one.splits["validation"].paths
    )


def test_that_the_same_folder_elsewhere_is_divided_alike(tmp_path):
    roots = [touch(tmp_path / name, *numbered("a", 30), *numbered("b", 30)) for name in ("here", "there")]
    here, there = (names_in(open_source(str(root)).splits["validation"], root) for root in roots)
    assert here == there


def test_that_a_tenth_is_rounded_down_but_at_least_one_and_never_changes():
    labels = np.repeat([0, 2, 5], [1000, 19, 1])
    held = held_out((str(i).encode() for i in range(1020)), labels, Holdout(2012, 1))
    assert np.bincount(labels[held], minlength=6).tolist() == [100, 0, 1, 0, 0, 1]
    assert np.flatnonzero(held)[:4].tolist() == [5, 23, 29, 44]


def test_that_the_second_rule_takes_two_at_least_half_at_most_and_never_changes():
    labels = np.repeat([0, 2, 5, 6], [1000, 19, 1, 3])
    held = held_out((str(i).encode() for i in range(1023)), labels, Holdout(2012, 2))
    assert np.bincount(labels[held], minlength=7).tolist() == [100, 0, 2, 0, 0, 0, 1]
    assert np.flatnonzero(held)[:4].tolist() == [5, 23, 29, 44]


def test_that_images_of_the_same_content_stay_on_one_side():
    labels, twins = np.repeat([0, 1], 40), np.arange(80) // 4
    twins[38] = twins[41] = 99  # across classes
    held = held_out((str(i).encode() for i in range(80)), labels, Holdout(2012, 2), twins)
    for twin in np.unique(twins):
        assert len(set(held[twins == twin].tolist())) == 1
    assert np.bincount(labels[held]).tolist() == [4, 4]


def test_that_copies_are_told_apart_where_there_is_nothing_else():
    labels = np.repeat([0, 1], 10)
    held = held_out((str(i).encode() for i in range(20)), labels, Holdout(2012, 2), np.zeros(20, np.int64))
    assert np.bincount(labels[held]).tolist() == [2, 2]


def test_that_what_began_by_the_first_rule_is_read_as_it_was(tmp_path):
    """Endings decide, a folder is called train, and damaged images are drawn too: nothing moves under an old run."""
    root = touch(
        tmp_path, *numbered("Training/a", 10), *numbered("Training/b", 10), *numbered("Testing/a", 10), "Testing/a/x"
    )
    (root / "Testing" / "a" / "0.jpg").write_bytes(b"")
    source = open_source(str(root), split_rule=1)
    assert source.classes == ("Testing", "Training")
    assert {name: np.bincount(split.labels).tolist() for name, split in source.splits.items()} == {
        "train": [9, 18],
        "validation": [1, 2],
    }
    assert names_in(source.splits["validation"], root) == ["Testing/a/0.jpg", "Training/a/7.jpg", "Training/b/9.jpg"]


@pytest.mark.parametrize("name", ["val", "validation", "valid"])
def test_that_every_name_of_the_validation_folder_is_known(tmp_path, name):
    touch(tmp_path, "train/a/1.jpg", "train/b/2.PNG", f"{name}/a/3.jpg", f"{name}/b/4.JPEG", "test/b/5.webp")
    source = open_source(str(tmp_path))
    assert list(source.splits) == ["train", "validation", "test"]
    assert source.splits["test"].labels.tolist() == [1]


def test_that_a_train_folder_alone_is_divided(tmp_path):
    touch(tmp_path, *numbered("train/a", 10), *numbered("train/b", 10), "test/a/x.jpg")
    source = open_source(str(tmp_path))
    assert [(name, len(split.paths)) for name, split in source.splits.items()] == [
        ("train", 16), ("validation", 4), ("test", 1)
    ]  # fmt: skip


def test_that_a_class_may_be_called_train(tmp_path):
    touch(tmp_path, *numbered("boat", 3), *numbered("car", 3), *numbered("train", 3))
    assert open_source(str(tmp_path)).classes == ("boat", "car", "train")


def test_that_hidden_files_and_other_files_are_left_out(tmp_path):
    touch(tmp_path, *numbered("a", 2), *numbered("b", 2))
    touch(tmp_path, "a/.hidden.jpg", "a/notes.txt", "a/._1.jpg", "a/.cache/x.jpg", "a/jpg", ".git/x.jpg", "readme.md")
    touch(tmp_path, "__MACOSX/a/1.jpg")
    source = open_source(str(tmp_path))
    assert source.classes == ("a", "b")
    assert sum(len(split.paths) for split in source.splits.values()) == 4


def test_that_loops_of_links_end_and_never_mix_classes(tmp_path):
    root = touch(tmp_path / "set", *numbered("a/more", 3), *numbered("b", 3))
    elsewhere = touch(tmp_path / "elsewhere", *numbered(".", 2))
    for name, target in {
        "a/up": root, "a/more/self": root / "a", "b/top": tmp_path, "b/all": Path("/"), "b/linked": elsewhere,
        "a/loop": root / "a/loop", "a/loop.jpg": root / "a/loop.jpg", "b/gone.jpg": root / "gone.jpg",
    }.items():  # fmt: skip
        (root / name).symlink_to(target)
    source = open_source(str(root))
    labels = np.concatenate([split.labels for split in source.splits.values()])
    assert np.bincount(labels).tolist() == [3, 5]


@pytest.mark.parametrize("target", ["train/cat", "train", "."])
@pytest.mark.parametrize("link", ["train/tiger", "val/cat/more"])
def test_that_a_link_makes_no_second_class_of_the_same_pictures(tmp_path, link, target):
    root = touch(tmp_path / "set", *numbered("train/cat", 4), *numbered("train/dog", 4))
    touch(root, "val/cat/1.jpg", "val/dog/1.jpg")
    (root / link).symlink_to(root / target, target_is_directory=True)
    if link == "train/tiger":
        said = refusal(root)
        assert "are the same folder" in said
        assert str(root / link) in said
    else:
        assert len(open_source(str(root)).splits["validation"].paths) == 2


def test_that_a_link_between_classes_of_a_folder_without_splits_is_told_too(tmp_path):
    root = touch(tmp_path / "set", *numbered("cat", 4), *numbered("dog", 4))
    (root / "tiger").symlink_to(root / "cat", target_is_directory=True)
    assert "are the same folder" in refusal(root)
    (root / "tiger").unlink()
    (root / "tiger").symlink_to(touch(tmp_path / "elsewhere", *numbered(".", 3)), target_is_directory=True)
    assert open_source(str(root)).classes == ("cat", "dog", "tiger")


@pytest.mark.parametrize(("link", "target"), [("val/cat", "train/cat"), ("test/dog", "train/dog")])
def test_that_a_class_of_another_split_is_not_that_of_train_again(tmp_path, link, target):
    root = touch(tmp_path / "set", *numbered("train/cat", 4), *numbered("train/dog", 4), "val/dog/1.jpg")
    (root / link).parent.mkdir(exist_ok=True)
    (root / link).symlink_to(root / target, target_is_directory=True)
    assert "are the same folder" in refusal(root)


def test_that_no_split_reaches_into_another_through_a_link(tmp_path):
    root = touch(tmp_path / "set", *numbered("train/cat", 4), *numbered("train/dog", 4))
    touch(root, "val/cat/1.jpg", "val/dog/1.jpg", "test/dog/1.jpg")
    for link, target in {"train/cat/more": "val/cat", "val/dog/all": "train", "test/dog/more": "train/dog"}.items():
        (root / link).symlink_to(root / target, target_is_directory=True)
    source = open_source(str(root))
    assert {name: len(split.paths) for name, split in source.splits.items()} == {"train": 8, "validation": 2, "test": 1}


@pytest.mark.parametrize("split", ["val", "test"])
def test_that_the_training_pictures_do_not_judge_themselves_through_a_link(tmp_path, split):
    root = touch(tmp_path / "set", *numbered("train/cat", 4), *numbered("train/dog", 4))
    (root / split).symlink_to(root / "train", target_is_directory=True)
    assert "are the same folder" in refusal(root)


def test_that_odd_names_are_no_problem(tmp_path):
    odd = ["a/{x} %s.jpg", "a/ä ñ 猫.jpg", "b/1.jpg", "b/2.jpg"]
    if os.name == "posix":
        touch(tmp_path, os.fsdecode(b"a/\xff\xfe.jpg"))
    assert len(open_source(str(touch(tmp_path, *odd))).classes) == 2


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "is empty: it has no sub-folders"),
        ([".DS_Store", "@eaDir/1.jpg"], "contains only system files and has no sub-folders"),
        (["1.jpg", "2.jpg"], "no sub-folders"),
        (numbered("a", 3), "only one class, a; at least 2 are needed; add images of another class"),
        ([*numbered("a", 3), "b/notes.txt"], "only one class, a; at least 2 are needed (the class b is skipped"),
        (["a/1.jpg", "b/1.jpg"], "no class has two images"),
        ([*numbered("val/a", 3), *numbered("val/b", 3)], "nothing to train on"),
        (["train/a/1.jpg", "train/b/1.jpg", "val/a/1.jpg", "valid/a/1.jpg"], "more than one validation folder"),
    ],
)
def test_that_a_folder_that_is_no_data_set_says_why(tmp_path, files, words):
    assert words in refusal(touch(tmp_path, *files))


def test_that_what_is_no_folder_says_so(tmp_path, monkeypatch):
    assert "does not exist" in refusal(tmp_path / "gone")
    assert "not a CIFAR-10 archive" in refusal(touch(tmp_path, "one.jpg") / "one.jpg")
    monkeypatch.setattr(os, "scandir", lambda _: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    assert "Permission denied" in refusal(tmp_path)


def test_that_shapes_is_the_embedded_set(monkeypatch):
    embedded = Source("shapes", ("disc", "square"), {})

    def drawing():
        yield from ()
        return embedded

    monkeypatch.setitem(sys.modules, "alexnet_app.core.data.sources.shapes", types.SimpleNamespace(drawing=drawing))
    assert open_source("shapes") == replace(embedded, address="shapes")


def test_that_loose_pictures_in_train_beside_a_validation_folder_make_no_classes(tmp_path):
    touch(tmp_path, "train/1.png", "val/a/1.png", "val/b/1.png")
    with pytest.raises(UserError, match="belong to no class"):
        open_source(str(tmp_path))
