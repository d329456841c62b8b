import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from preparing import contents, finish, refusal, result

from alexnet_app.core.data.decode import fit, read_fitted, read_picture
from alexnet_app.core.data.feed.batches import Batches
from alexnet_app.core.data.prepared import blocks, building, fingerprint
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.record import PROGRESS
from alexnet_app.core.data.prepared.shelf import delete_set, prepared_sets
from alexnet_app.core.data.prepared.statistics import measure
from alexnet_app.core.data.prepared.storage import from_jpeg, to_jpeg
from alexnet_app.core.data.prepared.verifying import verify
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.values import Arrays, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Damaged, Progress, Skipped
from alexnet_app.core.files import ENDING

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

DATA = Path(os.environ.get("ALEXNET_TEST_DATA", "missing"))
needs_data = pytest.mark.skipif("ALEXNET_TEST_DATA" not in os.environ, reason="needs ALEXNET_TEST_DATA")
BOTH = pytest.mark.parametrize("storage", ["raw", "jpeg"])


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(building, "BLOCK", 4)


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 0x40
    path.write_bytes(data)


def data_of(prepared):
    return next(path for path in prepared.folder.iterdir() if path.name in ("train.rgb", "train.jpg"))


@SLOW
@needs_data
def test_that_jpeg_pictures_look_like_the_raw_ones_and_have_their_labels(tmp_path):
    source = open_source(str(DATA / "hymenoptera_256"))
    raw = result(prepare(source, 256, storage="raw", cache=tmp_path))
    jpeg = result(prepare(source, 256, storage="jpeg", cache=tmp_path))
    for name, split in jpeg.splits.items():
        assert split.pictures.shape == raw.splits[name].pictures.shape
        assert np.array_equal(split.labels, raw.splits[name].labels)
        error = split.pictures[:50].astype(np.float64) - raw.splits[name].pictures[:50]
        assert (10 * np.log10(255**2 / (error**2).mean(axis=(1, 2, 3)))).min() > 28
    sizes = {each.storage: each.bytes for each in prepared_sets(tmp_path)}
    assert sizes["jpeg"] < sizes["raw"] / 5


def test_that_jpeg_pictures_are_read_as_an_array_is(photos, tmp_path):
    split = result(prepare(photos, 16, storage="jpeg", cache=tmp_path)).splits["train"]
    pictures, paths = split.pictures, photos.splits["train"].paths
    whole = np.stack([from_jpeg(to_jpeg(fit(read_picture(Path(path)), 16))) for path in paths])
    assert len(pictures) == len(whole)
    for chosen in (3, -1, slice(2, 3), slice(0, 0), slice(None, None, 7), np.array([5, 1, 1]), np.arange(40)):
        assert np.array_equal(pictures[chosen], whole[chosen])
    with pytest.raises(IndexError):
        pictures[len(whole)]
    with Batches(split, 8, seed=1) as ready:
        batch = next(ready)
    places = [int(np.flatnonzero((whole == each).all(axis=(1, 2, 3)))[0]) for each in batch.pictures.numpy()]
    assert batch.labels.tolist() == split.labels[places].tolist()


@BOTH
def test_that_statistics_are_those_of_what_is_read(photos, tmp_path, storage):
    prepared = result(prepare(photos, 16, storage=storage, cache=tmp_path))
    found = result(measure(prepared.splits["train"].pictures))
    assert np.array_equal(prepared.mean, found.mean)
    assert np.array_equal(prepared.mean_picture, found.mean_picture)
    assert np.array_equal(prepared.components.directions, found.components.directions)
    assert np.array_equal(prepared.components.standard_deviations, found.components.standard_deviations)


@BOTH
def test_that_a_flipped_byte_is_found_named_and_made_again_alone(photos, tmp_path, monkeypatch, storage):
    Path(photos.splits["train"].paths[1]).write_text("no picture")
    prepared = result(prepare(photos, 16, storage=storage, cache=tmp_path / "cache"))
    before, path = contents(tmp_path / "cache"), data_of(prepared)
    flip(path, path.stat().st_size // 2)
    events, damaged = finish(verify(prepared.folder))
    (found,) = (event for event in events if isinstance(event, Damaged))
    assert (found.split, found.count) == ("train", damaged == found.count and 4)
    read = []
    monkeypatch.setattr(blocks, "read_fitted", lambda path, side: read.append(path) or read_fitted(path, side))
    mended = result(prepare(photos, 16, storage=storage, cache=tmp_path / "cache"))
    assert contents(tmp_path / "cache") == before
    assert len(read) == 4
    assert np.array_equal(mended.splits["train"].labels, prepared.splits["train"].labels)
    assert result(verify(prepared.folder)) == 0


@SLOW
@BOTH
@pytest.mark.parametrize("part", ["data", "train.blocks", "train.ends", "finished.json"])
def test_that_a_cut_file_is_made_again_to_the_same_bytes(photos, tmp_path, storage, part):
    prepared = result(prepare(photos, 16, storage=storage, cache=tmp_path / "cache"))
    before = contents(tmp_path / "cache")
    path = data_of(prepared) if part == "data" else prepared.folder / part
    if path.exists():  # raw sets have no ends
        os.truncate(path, path.stat().st_size - 9)
    again = result(prepare(photos, 16, storage=storage, cache=tmp_path / "cache"))
    assert contents(tmp_path / "cache") == before
    assert np.array_equal(again.splits["train"].labels, photos.splits["train"].labels)


def test_that_a_record_that_names_another_picture_as_skipped_is_not_believed(photos, tmp_path):
    Path(photos.splits["train"].paths[1]).write_text("no picture")
    prepared = result(prepare(photos, 16, cache=tmp_path))
    kept = prepared.folder / "skipped.jsonl"
    kept.write_bytes(kept.read_bytes().replace(b'"index": 1,', b'"index": 40,'.replace(b"40", b"2")))
    again = result(prepare(photos, 16, cache=tmp_path))
    assert again.splits["train"].labels.tolist() == np.delete(photos.splits["train"].labels, 1).tolist()


def test_that_a_picture_that_may_be_read_now_is_prepared(photos, tmp_path):
    closed, allowed, read = photos.splits["train"].paths[3], os.access, blocks.read_fitted

    def reading(path, side):
        if str(path) == closed:
            raise UserError("{path} cannot be read", path=path)
        return read(path, side)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "access", lambda path, how: path != closed and allowed(path, how))
        patch.setattr(blocks, "read_fitted", reading)
        events, without = finish(prepare(photos, 16, cache=tmp_path))
    assert [event.path for event in events if isinstance(event, Skipped)] == [closed]
    again = result(prepare(photos, 16, cache=tmp_path))
    assert len(again.splits["train"].labels) == 1 + len(without.splits["train"].labels)


@BOTH
def test_that_a_data_file_of_a_set_that_was_begun_is_not_filled_up_with_nothing(photos, tmp_path, monkeypatch, storage):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    result(prepare(photos, 16, storage=storage, cache=tmp_path / "whole"))
    job = prepare(photos, 16, storage=storage, cache=tmp_path / "parts")
    next(event for event in job if isinstance(event, Progress) and event.done == 40)
    job.close()
    (path,) = (tmp_path / "parts" / "prepared").glob("*/train.[rj]*")
    os.truncate(path, path.stat().st_size - 9)
    result(prepare(photos, 16, storage=storage, cache=tmp_path / "parts"))
    assert contents(tmp_path / "whole") == contents(tmp_path / "parts")


@BOTH
def test_that_a_block_that_the_disk_cannot_read_is_damaged(photos, tmp_path, monkeypatch, storage):
    prepared = result(prepare(photos, 16, storage=storage, cache=tmp_path))

    class Failing(io.FileIO):
        def read(self, *_):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    opened = Path.open

    def opening(path, *how, **more):
        return Failing(path) if path == data_of(prepared) else opened(path, *how, **more)

    monkeypatch.setattr(Path, "open", opening)
    assert result(verify(prepared.folder)) == len(prepared.splits["train"].labels)


@pytest.mark.parametrize("part", ["train.rgb", "finished.json", "train.blocks"])
def test_that_a_set_that_cannot_be_written_over_is_a_sentence(photos, tmp_path, part):
    path = result(prepare(photos, 16, storage="raw", cache=tmp_path)).folder / part
    path.unlink()
    path.mkdir()
    assert f"{part} is a folder, not a regular file" in refusal(prepare(photos, 16, cache=tmp_path))


def test_that_what_a_killed_writer_left_is_removed(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    job = prepare(photos, 16, cache=tmp_path)
    next(event for event in job if isinstance(event, Progress) and event.done == 40)
    job.close()
    (folder,) = (tmp_path / "prepared").iterdir()
    (folder / f"{PROGRESS}.999999999{ENDING}").write_text("half")
    result(prepare(photos, 16, cache=tmp_path))
    assert not list(folder.glob("*.tmp"))


@SLOW
@BOTH
@pytest.mark.parametrize("part", ["skipped.jsonl", "train.blocks", "train.ends"])
def test_that_a_flipped_byte_in_a_set_that_was_begun_is_noticed_when_it_goes_on(
    photos, tmp_path, monkeypatch, storage, part
):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    Path(photos.splits["train"].paths[1]).write_text("no picture")
    result(prepare(photos, 16, storage=storage, cache=tmp_path / "whole"))
    job = prepare(photos, 16, storage=storage, cache=tmp_path / "parts")
    next(event for event in job if isinstance(event, Progress) and event.done == 40)
    job.close()
    for path in (tmp_path / "parts" / "prepared").glob(f"*/{part}"):  # raw sets have no ends
        data = path.read_bytes()
        place, bit = (data.index(b'1, "path"'), 0x02) if part == "skipped.jsonl" else (64, 0x40)
        path.write_bytes(data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :])
    result(prepare(photos, 16, storage=storage, cache=tmp_path / "parts"))
    assert contents(tmp_path / "whole") == contents(tmp_path / "parts")


@BOTH
def test_that_a_picture_that_became_unreadable_is_named_when_its_block_is_made_again(photos, tmp_path, storage):
    prepared = result(prepare(photos, 16, storage=storage, cache=tmp_path))
    broken = Path(photos.splits["train"].paths[20])
    status = broken.stat()
    broken.write_bytes(b"x" * status.st_size)
    os.utime(broken, ns=(status.st_atime_ns, status.st_mtime_ns))  # as a disk does that goes bad
    flip(data_of(prepared), data_of(prepared).stat().st_size * 2 // 5)
    assert result(verify(prepared.folder))
    events, again = finish(prepare(photos, 16, storage=storage, cache=tmp_path))
    assert [event.path for event in events if isinstance(event, Skipped)] == [str(broken)]
    assert again.splits["train"].labels.tolist() == np.delete(photos.splits["train"].labels, 20).tolist()
    assert len(again.splits["train"].pictures) == len(photos.splits["train"].labels) - 1


def test_that_a_damaged_jpeg_is_a_sentence_that_says_what_to_do(photos, tmp_path):
    prepared = result(prepare(photos, 16, storage="jpeg", cache=tmp_path))
    path = data_of(prepared)
    path.write_bytes(bytes(path.stat().st_size))
    again = result(prepare(photos, 16, storage="jpeg", cache=tmp_path))  # of the right size: nothing is noticed yet
    assert "verify the prepared set" in refusal(iter(lambda: again.splits["train"].pictures[np.arange(20)], None))


def test_that_the_storage_is_jpeg_where_the_disk_has_no_room_for_raw(photos, tmp_path, monkeypatch):
    free = 60 * 64 * 64 * 3
    monkeypatch.setattr("alexnet_app.core.data.prepared.prepare.free_bytes", lambda _: free)
    monkeypatch.setattr("alexnet_app.core.data.prepared.building.free_bytes", lambda _: free)
    assert result(prepare(photos, 64, cache=tmp_path)).folder.name.endswith("-jpeg")
    monkeypatch.undo()
    assert result(prepare(photos, 64, cache=tmp_path)).folder.name.endswith("-jpeg")  # it is there already
    assert result(prepare(photos, 32, cache=tmp_path)).folder.name.endswith("-raw")


def test_that_a_disk_too_small_even_for_jpeg_is_noticed_before(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.data.prepared.building.free_bytes", lambda _: 1000)
    assert "preparing these images needs" in refusal(prepare(photos, 16, storage="jpeg", cache=tmp_path))


@BOTH
@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="needs root, to mount a small disk")
def test_that_a_real_full_disk_is_a_sentence_and_the_build_goes_on_with_room(photos, tmp_path, monkeypatch, storage):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk], capture_output=True).returncode:
        pytest.skip("nothing can be mounted here")
    monkeypatch.setattr(
        "alexnet_app.core.data.prepared.building.free_bytes", lambda _: 10**12
    )  # somebody else fills it up
    monkeypatch.setattr(building, "RECORD_PICTURES", 4)
    try:
        assert "No space left" in refusal(prepare(photos, 96, storage=storage, cache=disk))
        subprocess.run(["mount", "-o", "remount,size=32m", disk], check=True)
        result(prepare(photos, 96, storage=storage, cache=disk))
        result(prepare(photos, 96, storage=storage, cache=tmp_path / "whole"))
        assert contents(disk) == contents(tmp_path / "whole")
    finally:
        subprocess.run(["umount", disk], check=True)


def test_that_of_a_large_source_a_changed_file_is_found_by_a_thorough_look(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "SINGLY", 5)
    result(prepare(photos, 16, cache=tmp_path))
    Image.new("RGB", (9, 9)).save(photos.splits["train"].paths[3])  # none of those that are looked at singly
    assert result(prepare(photos, 16, cache=tmp_path)).splits["train"].pictures[3].any()
    changed = result(prepare(photos, 16, cache=tmp_path, thorough=True))
    assert not changed.splits["train"].pictures[3].any()
    events, _ = finish(prepare(photos, 16, cache=tmp_path, thorough=True))
    assert not any(isinstance(event, Progress) and event.task == "prepare" for event in events)


def test_that_sets_are_listed_with_their_source_and_deleted_by_name(photos, tmp_path):
    assert prepared_sets(tmp_path) == ()
    result(prepare(photos, 16, storage="jpeg", cache=tmp_path))
    noise = Arrays(np.zeros((9, 8, 8, 3), np.uint8), np.arange(9, dtype=np.int64) % 2)
    result(prepare(Source("noise", ("a", "b"), {"train": noise}), 12, cache=tmp_path))
    found = {each.source: each for each in prepared_sets(tmp_path)}
    assert (found["photos"].side, found["photos"].storage, found["photos"].pictures) == (16, "jpeg", 60)
    assert found["photos"].where == str(Path(photos.splits["train"].paths[0]).parent.parent)
    assert found["noise"].bytes >= 9 * 12 * 12 * 3
    assert {each.state for each in found.values()} == {"finished"}
    assert delete_set(found["photos"].name, tmp_path) == found["photos"].bytes
    assert [each.source for each in prepared_sets(tmp_path)] == ["noise"]
    with pytest.raises(Exception, match="no prepared set called"):
        delete_set(found["photos"].name, tmp_path)
    assert len(result(prepare(photos, 16, storage="jpeg", cache=tmp_path)).splits["train"].pictures) == 54


def test_that_sets_are_listed_while_files_and_sets_go(photos, tmp_path, monkeypatch):
    kept = result(prepare(photos, 16, cache=tmp_path)).folder
    gone = tmp_path / "prepared" / "gone-raw"
    gone.mkdir()
    (kept / f"{PROGRESS}.1{ENDING}").symlink_to("a file that another process has renamed")
    listed = Path.iterdir

    def going(folder):
        if folder == gone:
            gone.rmdir()
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", going)
    assert [each.folder for each in prepared_sets(tmp_path)] == [kept]


def test_that_a_set_that_is_being_built_is_not_deleted(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    job = prepare(photos, 16, cache=tmp_path)
    next(event for event in job if event.task == "prepare" and event.done)
    (begun,) = prepared_sets(tmp_path)
    with pytest.raises(Exception, match="being prepared now"):
        delete_set(begun.name, tmp_path)
    job.close()
    (begun,) = prepared_sets(tmp_path)
    assert begun.state == "begun"
    delete_set(begun.name, tmp_path)
    assert prepared_sets(tmp_path) == ()


def test_that_what_lies_in_the_cache_from_older_versions_can_be_deleted(tmp_path):
    old = tmp_path / "prepared" / "photos-0123456789abcdef"
    old.mkdir(parents=True)
    (old / "finished.json").write_text('{"train": {"done": 3, "skipped": {}}}')
    (listed,) = prepared_sets(tmp_path)
    assert (listed.name, listed.state) == (old.name, "damaged")
    delete_set(old.name, tmp_path)
    assert not old.exists()


@pytest.mark.parametrize("whole", [True, False])
def test_that_a_set_of_another_version_is_told_from_a_damaged_one(photos, tmp_path, monkeypatch, whole):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    with monkeypatch.context() as other:
        other.setattr("alexnet_app.core.data.prepared.record.FORMAT", 99)
        job = prepare(photos, 16, cache=tmp_path)
        if whole:
            finish(job)
        else:
            next(event for event in job if event.task == "prepare" and event.done)
            job.close()
        assert [each.state for each in prepared_sets(tmp_path)] == ["finished" if whole else "begun"]
    (found,) = prepared_sets(tmp_path)
    assert found.state == "old"
    assert delete_set(found.name, tmp_path) > 0


@needs_data
def test_that_decoding_at_reduced_scale_costs_no_quality(tmp_path):
    source = DATA / "imagenet1000_256"
    for path in sorted(source.glob("*.JPEG"))[::200]:
        large = tmp_path / "large.jpg"
        with Image.open(path) as picture:
            picture.convert("RGB").resize((2000, 1500), Image.Resampling.BICUBIC).save(large, quality=92)
        whole = read_picture(large)
        fitted = fit(whole, 256).astype(np.float64)
        reduced = fit(read_picture(large, shorter_side=256), 256)
        sharper = Image.fromarray(whole).resize((256, 256), Image.Resampling.BICUBIC, (250, 0, 1750, 1500))
        off = ((fitted - reduced) ** 2).mean()
        assert 10 * np.log10(255**2 / off) > 44
        assert off < ((fitted - np.asarray(sharper)) ** 2).mean()  # less than another way of scaling
