"""Indexes that the program keeps: bound to the model and to the images, found again, and said to be stale."""

import numpy as np
import pytest
from PIL import Image

from alexnet_app import resources
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress
from alexnet_app.core.generators import Driven, result_of
from alexnet_app.core.inference import kept_index as module
from alexnet_app.core.inference.kept_index import build, find, images_of, own_data
from alexnet_app.core.network.bundle import read_bundle


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def shapes():
    return read_bundle(resources.path("models") / "shapes-towers.alexnet")


def draw(path, place):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:, :: place + 2, place % 3] = 255
    Image.fromarray(pixels).save(path)


@pytest.fixture(params=["classes", "flat"])
def folder(request, tmp_path):
    for place in range(6):
        name = f"{place}.png" if request.param == "flat" else f"{'ab'[place % 2]}/{place}.png"
        draw(tmp_path / "photos" / name, place)
    (tmp_path / "photos" / "notes.txt").write_text("no picture")
    return tmp_path / "photos"


def test_that_an_index_is_kept_and_found_again(folder, shapes):
    assert result_of(find(shapes, str(folder))).index is None
    work = Driven(build(shapes, str(folder)))
    events = list(work)
    assert any(isinstance(each, Progress) for each in events)
    assert len(work.result.index.paths) == 6
    again = result_of(find(shapes, str(folder)))
    assert again.index.paths == work.result.index.paths
    assert not again.is_stale
    assert len(result_of(images_of(shapes, str(folder))).paths) == 6


@pytest.mark.parametrize("change", ["new", "gone", "other"])
def test_that_images_that_changed_make_it_stale_until_it_is_made_again(folder, shapes, change):
    first = result_of(build(shapes, str(folder))).index.paths[0]
    if change == "new":
        draw((folder / first).with_name("new.png"), 7)
    elif change == "gone":
        (folder / first).unlink()
    else:
        (folder / first).write_bytes((folder / first).read_bytes() + b"more")
    assert result_of(find(shapes, str(folder))).is_stale
    result_of(build(shapes, str(folder)))
    assert not result_of(find(shapes, str(folder))).is_stale


def test_that_another_model_has_an_index_of_its_own(folder, shapes):
    result_of(build(shapes, str(folder)))
    other = read_bundle(resources.path("models") / "cifar-towers.alexnet")
    assert result_of(find(other, str(folder))).index is None


def test_that_a_damaged_one_is_none(folder, shapes, cache):
    result_of(build(shapes, str(folder)))
    (kept,) = cache.rglob("*.index")
    kept.write_bytes(kept.read_bytes()[:-9])
    assert result_of(find(shapes, str(folder))).index is None


def test_that_one_that_is_cancelled_leaves_nothing(folder, shapes, cache):
    work = build(shapes, str(folder))
    for event in work:
        if isinstance(event, Progress) and event.task == "index":
            break
    work.close()
    assert not list(cache.rglob("*.index"))


def test_that_the_oldest_goes(folder, shapes, cache, monkeypatch):
    monkeypatch.setattr(module, "KEPT", 2)
    names = []
    for place in range(3):
        draw(folder.parent / f"more{place}" / "x.png", place)
        result_of(build(shapes, str(folder.parent / f"more{place}")))
        names.append(result_of(find(shapes, str(folder.parent / f"more{place}"))).index is not None)
    assert names == [True] * 3
    assert len(list(cache.rglob("*.index"))) == 2
    assert result_of(find(shapes, str(folder.parent / "more0"))).index is None


def test_that_a_folder_without_images_is_a_sentence(tmp_path, shapes):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError):
        result_of(build(shapes, str(tmp_path / "empty")))


def test_that_the_images_of_a_model_are_known_where_they_are(tmp_path, shapes):
    assert own_data(shapes.summary) == "shapes"
    assert own_data({"config": {"data": str(tmp_path)}}) == str(tmp_path)
    for other in ({}, {"config": 3}, {"config": {"data": str(tmp_path / "gone")}}, {"config": {"data": "a\0b"}}):
        assert own_data(other) == ""


def test_that_a_model_makes_nobody_ask_another_computer(monkeypatch):
    monkeypatch.setattr(module, "is_gone", lambda _: False)
    for address in ("\\\\other\\share", "//other/share"):
        assert own_data({"config": {"data": address}}) == ""
