import os
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_app.core.data.sources import imagenet
from alexnet_app.core.data.sources import kept_listing as listing
from alexnet_app.core.data.sources.addresses import open_source


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data set that is large enough for its list to be kept, and older than a moment."""
    monkeypatch.setattr(listing, "KEPT_FROM", 10)
    monkeypatch.setattr(listing, "cache_folder", lambda: tmp_path / "cache")
    for name in ("cats", "dogs"):
        for index in range(12):
            path = tmp_path / "pets" / name / "more" / f"{index}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (4, 3)).save(path)
    (tmp_path / "pets" / "dogs" / "nothing yet").mkdir()
    settle(tmp_path / "pets")
    return tmp_path / "pets"


def settle(top):
    """As if nothing had changed for a while."""
    for path in (top, *top.rglob("*")):
        os.utime(path, (time.time() - 60, time.time() - 60))


@pytest.fixture
def listed(monkeypatch):
    """How often a folder was really listed."""
    calls = []
    real = imagenet.opening_classes
    monkeypatch.setattr(imagenet, "opening_classes", lambda *given: calls.append(given) or real(*given))
    return calls


def test_that_a_large_folder_is_listed_once(folder, listed):
    first, second = open_source(str(folder)), open_source(str(folder))
    assert len(listed) == 1
    assert (first.name, first.classes, list(first.splits)) == (second.name, second.classes, list(second.splits))
    for name, split in first.splits.items():
        assert split.paths == second.splits[name].paths
        assert np.array_equal(split.labels, second.splits[name].labels)
    open_source(str(folder), split_seed=5)  # holds out others
    assert len(listed) == 2


@pytest.mark.parametrize("change", ["added", "removed", "renamed", "class", "below", "damaged", "truth"])
def test_that_a_change_is_noticed(folder, listed, change):
    open_source(str(folder))
    match change:
        case "added":
            Image.new("RGB", (4, 3)).save(folder / "cats" / "more" / "new.png")
        case "removed":
            (folder / "cats" / "more" / "3.png").unlink()
        case "renamed":
            (folder / "cats" / "more" / "3.png").rename(folder / "cats" / "more" / "33.png")
        case "class":
            (folder / "cats").rename(folder / "tigers")
        case "below":
            Image.new("RGB", (4, 3)).save(folder / "dogs" / "nothing yet" / "a.png")
        case "damaged":
            (kept,) = folder.parent.glob("cache/listings/*.npz")
            kept.write_bytes(kept.read_bytes()[:-50])
        case "truth":
            (folder.parent / imagenet.SOLUTION).write_text("ImageId,PredictionString\n")
    found = open_source(str(folder))
    assert len(listed) == 2
    assert {path for split in found.splits.values() for path in split.paths} == set(map(str, folder.rglob("*.png")))


def test_that_a_folder_that_just_changed_is_listed_again(folder, listed):
    Path(folder / "cats" / "more").touch()
    open_source(str(folder))
    open_source(str(folder))
    assert len(listed) == 2


@pytest.mark.parametrize("name", ["val", "validation", "valid"])
@pytest.mark.parametrize("place", ["above the real folder", "in the split", "above a folder below"])
def test_that_other_labels_of_a_flat_split_are_noticed_behind_a_link(folder, listed, tmp_path, name, place):
    top, truth = tmp_path / "disk" / "ILSVRC", tmp_path / "disk" / imagenet.SOLUTION
    synsets = [each.synset for each in imagenet.synsets()[:2]]
    for synset, old in zip(synsets, ("cats", "dogs"), strict=True):
        (top / "train").mkdir(parents=True, exist_ok=True)
        (folder / old).rename(top / "train" / synset)
    (top / name).mkdir()
    for index in range(4):
        Image.new("RGB", (4, 3)).save(top / name / f"{index}.png")
    if place == "in the split":
        truth = top / name / imagenet.SOLUTION
    (tmp_path / "home").mkdir()
    link = tmp_path / "home" / "imagenet"
    if place == "above a folder below":
        (link / "ILSVRC" / "Data").mkdir(parents=True)
        (link / "ILSVRC" / "Data" / "CLS-LOC").symlink_to(top)
    else:
        link.symlink_to(top)
    for first in (0, 1):
        rows = [f"{index},{synsets[(index + first) % 2]} 0 0 1 1" for index in range(4)]
        truth.write_text("\n".join(["ImageId,PredictionString", *rows]))
        if not first:
            settle(tmp_path)
        os.utime(truth, (time.time() - 30 + first, time.time() - 30 + first))
        found = open_source(str(link))
        assert found.splits["validation"].labels.tolist() == [(index + first) % 2 for index in range(4)]
    assert len(listed) == 2
