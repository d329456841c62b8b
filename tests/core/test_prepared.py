import errno
import json
import os
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from preparing import contents, finish, refusal, result

from alexnet_app.core.data.decode import fit, read_picture
from alexnet_app.core.data.prepared import blocks, building, statistics
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.record import read_progress
from alexnet_app.core.data.prepared.shelf import prepared_sets
from alexnet_app.core.data.prepared.statistics import components_of, measure
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.values import Arrays, Files, Source
from alexnet_app.core.events import Progress, Skipped

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

DATA = Path(os.environ.get("ALEXNET_TEST_DATA", "missing"))
needs_data = pytest.mark.skipif("ALEXNET_TEST_DATA" not in os.environ, reason="needs ALEXNET_TEST_DATA")


def random_arrays(count, side, seed=0):
    chance = np.random.default_rng(seed)
    return Arrays(chance.integers(0, 256, (count, side, side, 3), np.uint8), np.arange(count, dtype=np.int64) % 2)


@needs_data
def test_that_real_photos_are_prepared_as_they_are_read(tmp_path):
    source = open_source(str(DATA / "hymenoptera_256"))
    events, prepared = finish(prepare(source, 64, cache=tmp_path))
    assert all(isinstance(event, Progress) for event in events)
    assert {name: split.pictures.shape for name, split in prepared.splits.items()} == {
        "train": (244, 64, 64, 3),
        "validation": (153, 64, 64, 3),
    }
    for name, split in prepared.splits.items():
        assert np.array_equal(split.labels, source.splits[name].labels)
        for row in (0, 77, len(split.labels) - 1):
            picture = read_picture(Path(source.splits[name].paths[row]), shorter_side=64)
            assert np.array_equal(split.pictures[row], fit(picture, 64))


def test_that_a_finished_set_is_opened_at_once(photos, tmp_path, monkeypatch):
    first = result(prepare(photos, 16, cache=tmp_path / "cache"))
    monkeypatch.setattr(blocks, "read_fitted", None)  # would fail if it were used
    events, second = finish(prepare(photos, 16, cache=tmp_path / "cache"))
    assert not events
    for name, split in first.splits.items():
        assert np.array_equal(split.pictures[:], second.splits[name].pictures[:])
        assert np.array_equal(split.labels, second.splits[name].labels)
    assert np.array_equal(first.mean_picture, second.mean_picture)
    assert np.array_equal(first.components.directions, second.components.directions)


@SLOW
@pytest.mark.parametrize("storage", ["raw", "jpeg"])
@pytest.mark.parametrize("events_before", [1, 2, 5, 10, 15, 20])
def test_that_an_interrupted_build_goes_on_to_the_same_bytes(photos, tmp_path, monkeypatch, events_before, storage):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    monkeypatch.setattr(building, "BLOCK", 3)
    monkeypatch.setattr(building, "RECORD_PICTURES", 7)
    damaged = Path(photos.splits["train"].paths[4])
    damaged.write_bytes(damaged.read_bytes()[:60])
    result(prepare(photos, 16, storage=storage, cache=tmp_path / "whole"))
    for _ in range(2):
        job = prepare(photos, 16, storage=storage, cache=tmp_path / "parts")
        preparing = (event for event in job if getattr(event, "task", "prepare") != "check")
        for _ in range(events_before):
            next(preparing, None)
        job.close()
    result(prepare(photos, 16, storage=storage, cache=tmp_path / "parts"))
    assert contents(tmp_path / "whole") == contents(tmp_path / "parts")


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("storage", ["raw", "jpeg"])
def test_that_a_killed_build_goes_on_where_it_was(photos, tmp_path, storage):
    script = f"""
from pathlib import Path
from alexnet_app.core import pace
from alexnet_app.core.data.prepared import building
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.record import read_progress
from alexnet_app.core.data.sources.addresses import open_source
pace.PERIOD, building.BLOCK, building.RECORD_PICTURES = 0.0, 3, 3
source, cache = open_source({str(tmp_path / "photos")!r}), Path({str(tmp_path / "parts")!r})
for event in prepare(source, 16, storage={storage!r}, cache=cache):
    print(event.task, event.done, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            if line == "prepare 33\n":
                child.kill()
                break
    assert child.returncode == -signal.SIGKILL
    (folder,) = (tmp_path / "parts" / "prepared").iterdir()
    record, sums = read_progress(folder)
    assert record.tallies["train"].done == sums.count >= 30
    result(prepare(photos, 16, storage=storage, cache=tmp_path / "whole"))
    result(prepare(photos, 16, storage=storage, cache=tmp_path / "parts"))
    assert contents(tmp_path / "whole") == contents(tmp_path / "parts")


def test_that_only_what_is_left_is_decoded_again(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    monkeypatch.setattr(building, "BLOCK", 5)
    monkeypatch.setattr(building, "RECORD_PICTURES", 10)
    job = prepare(photos, 16, cache=tmp_path / "cache")
    next(event for event in job if event.task == "prepare" and event.done == 40)
    job.close()
    read = []
    black = np.zeros((16, 16, 3), np.uint8)
    monkeypatch.setattr(blocks, "read_fitted", lambda path, _: read.append(path) or black)
    result(prepare(photos, 16, cache=tmp_path / "cache"))
    assert len(read) == 20


def test_that_what_was_written_behind_the_record_is_made_again(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    monkeypatch.setattr(building, "BLOCK", 5)
    monkeypatch.setattr(building, "RECORD_PICTURES", 10)
    result(prepare(photos, 16, cache=tmp_path / "whole"))
    job = prepare(photos, 16, cache=tmp_path / "parts")
    next(event for event in job if event.task == "prepare" and event.done == 30)
    job.close()
    for path in (tmp_path / "parts").glob("prepared/*/*[!z]"):
        with path.open("ab") as file:
            file.write(b"torn")
    result(prepare(photos, 16, cache=tmp_path / "parts"))
    assert contents(tmp_path / "whole") == contents(tmp_path / "parts")


def test_that_unreadable_pictures_are_left_out_and_listed(photos, tmp_path):
    paths = photos.splits["train"].paths
    damaged = [paths[0], paths[20], paths[-1]]
    for path in damaged:
        Path(path).write_text("no picture")
    for _ in range(2):  # while building and of the finished set
        events, prepared = finish(prepare(photos, 16, cache=tmp_path / "cache"))
        assert [event.path for event in events if isinstance(event, Skipped)] == damaged
    train = prepared.splits["train"]
    kept = [row for row, path in enumerate(paths) if path not in damaged]
    assert train.labels.tolist() == photos.splits["train"].labels[kept].tolist()
    assert len(train.pictures) == len(kept)
    for row, index in enumerate(kept):
        assert np.array_equal(train.pictures[row], fit(read_picture(Path(paths[index])), 16))
    listed = [json.loads(line) for line in contents(tmp_path / "cache")["skipped.jsonl"].splitlines()]
    assert [entry["path"] for entry in listed] == damaged
    assert all("not a picture" in entry["reason"] for entry in listed)


def test_that_a_class_without_a_readable_picture_is_named(photos, tmp_path):
    for path, label in zip(photos.splits["train"].paths, photos.splits["train"].labels, strict=True):
        if label == 1:
            Path(path).write_bytes(b"")
    sentence = refusal(prepare(photos, 16, cache=tmp_path / "cache"))
    assert "no image of the class odd in train can be read" in sentence
    assert "0 bytes" in sentence


def test_that_a_changed_file_or_side_makes_another_set(photos, tmp_path):
    result(prepare(photos, 16, cache=tmp_path / "cache"))
    result(prepare(photos, 12, cache=tmp_path / "cache"))
    Image.new("RGB", (9, 9)).save(photos.splits["train"].paths[3])
    changed = result(prepare(photos, 16, cache=tmp_path / "cache"))
    assert not changed.splits["train"].pictures[3].any()
    assert len(list((tmp_path / "cache" / "prepared").iterdir())) == 3


@pytest.mark.parametrize("name", ["train.rgb", "train.blocks", "skipped.jsonl", "statistics.npz", "finished.json"])
def test_that_a_damaged_set_is_built_again(photos, tmp_path, name):
    Path(photos.splits["train"].paths[3]).write_text("no picture")
    result(prepare(photos, 16, cache=tmp_path / "cache"))
    before = contents(tmp_path / "cache")
    (path,) = (tmp_path / "cache").glob(f"prepared/*/{name}")
    path.write_bytes(path.read_bytes()[:-40])
    result(prepare(photos, 16, cache=tmp_path / "cache"))
    assert contents(tmp_path / "cache") == before


def test_that_a_full_disk_is_noticed_before(photos, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9, 10**9, 10**6))
    assert "needs 11.8 MB" in refusal(prepare(photos, 256, cache=tmp_path / "cache", storage="raw"))
    assert prepared_sets(tmp_path / "cache") == ()  # a refusal leaves no set


def test_that_a_disk_that_fills_up_is_a_sentence_and_the_build_goes_on_later(photos, tmp_path, monkeypatch):
    whole = result(prepare(photos, 16, cache=tmp_path / "whole"))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
        assert "No space left" in refusal(prepare(photos, 16, cache=tmp_path / "cache"))
    prepared = result(prepare(photos, 16, cache=tmp_path / "cache"))
    assert np.array_equal(prepared.splits["train"].pictures[:], whole.splits["train"].pictures[:])


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits of the file size")
@pytest.mark.parametrize("limit", [5000, 10_000, 16_384])
def test_that_a_write_that_fails_half_way_is_a_sentence_too(photos, tmp_path, limit):
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        sentence = refusal(prepare(photos, 16, cache=tmp_path / "cache"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "File too large" in sentence
    prepared = result(prepare(photos, 16, cache=tmp_path / "cache"))
    whole = result(prepare(photos, 16, cache=tmp_path / "whole"))
    assert np.array_equal(prepared.splits["train"].pictures[:], whole.splits["train"].pictures[:])


def test_that_two_builders_of_one_set_are_kept_apart(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    first = prepare(photos, 16, cache=tmp_path / "cache")
    next(event for event in first if event.task == "prepare")
    assert "already being prepared" in refusal(prepare(photos, 16, cache=tmp_path / "cache"))
    first.close()
    result(prepare(photos, 16, cache=tmp_path / "cache"))


def test_that_a_folder_that_cannot_be_written_is_a_sentence(photos, tmp_path):
    (tmp_path / "taken").touch()
    assert "could not be written" in refusal(prepare(photos, 16, cache=tmp_path / "taken"))


def test_that_arrays_of_the_right_side_pass_through(tmp_path):
    source = Source("noise", ("a", "b"), {"train": random_arrays(50, 8), "validation": random_arrays(10, 8, 1)})
    _, prepared = finish(prepare(source, 8, cache=tmp_path))
    assert prepared.splits["train"] is source.splits["train"]
    assert list(tmp_path.iterdir()) == []


def test_that_arrays_of_another_side_are_resized(tmp_path):
    source = Source("a/b: c", ("a", "b"), {"train": random_arrays(50, 8), "validation": random_arrays(10, 8, 1)})
    prepared = result(prepare(source, 12, cache=tmp_path))
    assert prepared.splits["train"].pictures.shape == (50, 12, 12, 3)
    assert np.array_equal(prepared.splits["train"].pictures[7], fit(source.splits["train"].pictures[7], 12))
    other = Source("a/b: c", ("a", "b"), {**source.splits, "validation": random_arrays(10, 8, 2)})
    assert not np.array_equal(
        result(prepare(other, 12, cache=tmp_path)).splits["validation"].pictures[:],
        prepared.splits["validation"].pictures[:],
    )


def test_that_reports_come_at_most_every_50_ms(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("time.monotonic", lambda: 0.0)  # no time passes
    events, _ = finish(prepare(photos, 16, cache=tmp_path))
    tasks = [event.task for event in events]
    assert len(tasks) <= 5
    assert Progress("prepare", 60, 60) in events


def test_that_statistics_agree_with_numpy(monkeypatch):
    monkeypatch.setattr(statistics, "_CHUNK", 5000)
    pictures = random_arrays(40, 16).pictures
    pictures[..., 1] = pictures[..., 0] // 2 + pictures[..., 2] // 3
    found = result(measure(pictures))
    pixels = pictures.reshape(-1, 3).astype(np.float64)
    covariance = np.cov(pixels.T, bias=True)
    eigenvalues, vectors = np.linalg.eigh(covariance)
    assert found.mean == pytest.approx(pixels.mean(axis=0), rel=1e-6)
    assert np.array_equal(found.mean_picture, pictures.mean(axis=0).astype(np.float32))
    assert found.components.standard_deviations == pytest.approx(np.sqrt(eigenvalues[::-1]), rel=1e-9)
    assert np.abs(vectors[:, ::-1].T @ found.components.directions) == pytest.approx(np.eye(3), abs=1e-9)
    assert all(column[np.abs(column).argmax()] > 0 for column in found.components.directions.T)


def test_that_statistics_do_not_depend_on_the_order_of_the_pictures():
    pictures = random_arrays(64, 16).pictures
    one, other = result(measure(pictures)), result(measure(pictures[::-1]))
    assert np.array_equal(one.components.directions, other.components.directions)
    assert np.array_equal(one.components.standard_deviations, other.components.standard_deviations)


def test_that_pictures_of_one_colour_have_components_too():
    grey = components_of(np.ones((3, 3)) * 100.0)
    assert grey.directions[:, 0] == pytest.approx([3**-0.5] * 3)
    assert result(measure(np.zeros((2, 4, 4, 3), np.uint8))).components.standard_deviations.tolist() == [0, 0, 0]


@needs_data
def test_that_components_of_imagenet_are_those_of_the_2012_code(tmp_path):
    paths = tuple(str(path) for path in sorted((DATA / "imagenet1000_256").glob("*.JPEG")))
    source = Source("imagenet1000", ("any",), {"train": Files(paths, np.zeros(len(paths), np.int64))})
    prepared = result(prepare(source, 64, cache=tmp_path))
    published = np.load(DATA / "imagenet_stats" / "krizhevsky_cuda_convnet2_input_meta.npz")
    order = np.argsort(published["color_pca_stdevs"])[::-1]
    columns = published["color_pca_eigvecs_columns"][:, order]
    cosines = np.abs((columns * prepared.components.directions).sum(axis=0))
    assert cosines.min() >= 0.99
    ratio = prepared.components.standard_deviations / published["color_pca_stdevs"][order]
    assert ratio == pytest.approx([1, 1, 1], abs=0.2)
