"""A prepared set is that of the files as they are, though their sizes and times may be those of others."""

import os
import shutil
import time

import numpy as np
import pytest
from PIL import Image
from preparing import finish, result

from alexnet_app.core.data.prepared import exchanged
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.values import Arrays, Source


@pytest.fixture
def folder(tmp_path):
    """Two classes of images of the same size and time."""
    for name, value in (("dark", 40), ("light", 200)):
        for index in range(12):
            path = tmp_path / "grey" / name / f"{index:02}.bmp"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (8, 8), (value + index, value, value)).save(path)
            os.utime(path, (1_000_000, 1_000_000))
    return tmp_path / "grey"


def prepared(folder, cache):
    return result(prepare(open_source(str(folder)), 8, cache=cache, storage="raw"))


def exchange(one, other):
    """As ``mv`` does it: sizes and times stay."""
    one.rename(one.with_suffix(".away"))
    other.rename(one)
    one.with_suffix(".away").rename(other)


def means(data):
    return [float(data.splits["train"].pictures[row].mean()) for row in range(len(data.splits["train"].labels))]


def tick(path):
    """Until the clock of the disk has moved on: what changes within one tick has the same time."""
    before = path.stat().st_ctime_ns
    probe = path.with_suffix(".probe")
    while True:
        probe.touch()
        moved = probe.stat().st_ctime_ns > before
        probe.unlink()
        if moved:
            return
        time.sleep(0.001)


def test_that_files_exchanged_by_mv_are_noticed(folder, tmp_path):
    first = prepared(folder, tmp_path / "cache")
    source = open_source(str(folder))
    dark, light = (next(p for p in source.splits["train"].paths if f"/{name}/" in p) for name in ("dark", "light"))
    dark, light = folder / dark, folder / light
    tick(light)
    exchange(dark, light)
    again = prepared(folder, tmp_path / "cache")
    assert again.folder == first.folder
    where = [source.splits["train"].paths.index(str(path)) for path in (dark, light)]
    found = means(again)
    assert found[where[0]] > 150 > found[where[1]]


@pytest.mark.skipif(os.name != "posix", reason="rights are those of POSIX")
def test_that_other_rights_cost_a_look_and_no_new_set(folder, tmp_path, monkeypatch):
    first = prepared(folder, tmp_path / "cache")
    data = first.folder / "train.rgb"
    before = data.stat().st_mtime_ns, data.stat().st_ino
    path = sorted(folder.rglob("*.bmp"))[0]
    tick(path)
    path.chmod(0o600)
    looked = []
    real = exchanged.make_block
    monkeypatch.setattr(exchanged, "make_block", lambda *given: looked.append(given) or real(*given))
    for _ in range(2):
        prepared(folder, tmp_path / "cache")
    assert (data.stat().st_mtime_ns, data.stat().st_ino) == before
    assert len(looked) == 1, "once, and its block alone"


def test_that_a_set_of_before_is_kept_and_watched_from_then_on(folder, tmp_path):
    first = prepared(folder, tmp_path / "cache")
    for path in first.folder.glob("*.times"):
        path.unlink()
    events, again = finish(prepare(open_source(str(folder)), 8, cache=tmp_path / "cache", storage="raw"))
    assert again.folder == first.folder
    assert not [event for event in events if getattr(event, "task", "") == "prepare"]
    assert np.fromfile(first.folder / "train.times", "<i8").size == len(first.splits["train"].labels)


def test_that_what_was_begun_of_other_images_is_not_gone_on_with(folder, tmp_path):
    source = open_source(str(folder))
    job = prepare(source, 8, cache=tmp_path / "cache", storage="raw")
    for event in job:
        if getattr(event, "task", "") == "prepare" and event.done:
            break
    job.close()
    paths = [folder / path for path in source.splits["train"].paths]
    dark, light = paths[0], paths[-1]
    tick(light)
    exchange(dark, light)
    found = means(prepared(folder, tmp_path / "cache"))
    assert found[0] > 150 > found[-1]


@pytest.mark.parametrize("kind", ["other pictures", "other side", "begun of another side"])
@pytest.mark.parametrize("storage", ["raw", "jpeg"])
def test_that_the_files_of_another_set_in_the_folder_of_one_are_noticed(tmp_path, kind, storage):
    chance = np.random.default_rng(0)
    labels = np.arange(12) % 2
    splits = [
        {name: Arrays(chance.integers(0, 256, (12, 20, 20, 3), np.uint8), labels) for name in ("train", "validation")}
        for _ in range(2)
    ]
    one, other = (Source("noise", ("a", "b"), each) for each in splits)
    mine = result(prepare(one, 16, cache=tmp_path / "mine", storage=storage))
    theirs = other if kind == "other pictures" else one
    wrong = result(prepare(theirs, 16 if theirs is other else 18, cache=tmp_path / "theirs", storage=storage))
    wanted = mine.splits["train"].pictures[:].copy()
    del mine
    (folder,) = (tmp_path / "mine" / "prepared").iterdir()
    shutil.rmtree(folder)
    shutil.copytree(wrong.folder, folder)
    if kind.startswith("begun"):
        (folder / "finished.json").unlink()
    again = result(prepare(one, 16, cache=tmp_path / "mine", storage=storage))
    assert np.array_equal(again.splits["train"].pictures[:], wanted)


@pytest.mark.skipif(os.name == "nt", reason="pipes are no files there")
@pytest.mark.parametrize("kind", ["pipe", "endless"])
def test_that_times_that_nobody_wrote_are_not_waited_for_and_not_read(folder, tmp_path, kind):
    first = prepared(folder, tmp_path / "cache")
    times = exchanged.times_file(first.folder, "train")
    size = times.stat().st_size
    times.unlink()
    if kind == "pipe":
        os.mkfifo(times)
    else:
        with times.open("wb") as file:
            file.truncate(6 << 30)  # of holes
    again = prepared(folder, tmp_path / "cache")
    assert means(again) == means(first)
    assert times.stat().st_size == size  # written down anew
