"""Pictures that are out of reach for a while, sets that are there already, and shares of them."""

import os
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from preparing import contents, finish, refusal, result

from alexnet_app.core import files
from alexnet_app.core.data.decode import read_picture
from alexnet_app.core.data.feed.batches import Batches
from alexnet_app.core.data.feed.feeding import fits
from alexnet_app.core.data.feed.reading import ChosenRows, is_raw
from alexnet_app.core.data.feed.share import part_of
from alexnet_app.core.data.prepared import blocks, building, fingerprint, verifying
from alexnet_app.core.data.prepared import prepare as prepared
from alexnet_app.core.data.prepared.expecting import expecting
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.record import PROGRESS, SUSPECT, read_progress
from alexnet_app.core.data.prepared.shelf import prepared_sets
from alexnet_app.core.data.prepared.verifying import verify
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Damaged, RunEnded, Skipped
from alexnet_app.core.experiments.experiment import NamedRun
from alexnet_app.core.experiments.identity import difference
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training import estimate as estimate_module
from alexnet_app.core.training import train as train_module
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.estimate import check_room, estimate
from alexnet_app.core.training.resume import config_of
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

BOTH = pytest.mark.parametrize("storage", ["raw", "jpeg"])
CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def small_steps(monkeypatch):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    monkeypatch.setattr(building, "BLOCK", 4)
    monkeypatch.setattr(building, "RECORD_PICTURES", 4)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder for whoever names none."""
    for module in ("download", "data.prepared.prepare", "data.prepared.shelf", "data.prepared.expecting"):
        monkeypatch.setattr(f"alexnet_app.core.{module}.cache_folder", lambda: tmp_path / "cache")
    monkeypatch.setattr(estimate_module, "cache_folder", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def until_prepared(job, count):
    """Prepares ``count`` pictures, and stands still there."""
    next(event for event in job if getattr(event, "task", "") == "prepare" and event.done >= count)


@BOTH
@pytest.mark.parametrize("after", [4, 20, 40, 56])
def test_that_a_source_that_is_gone_for_a_while_lacks_nothing_later(photos, tmp_path, storage, after):
    whole = contents_of(result(prepare(photos, 16, storage=storage, cache=tmp_path / "whole")))
    folder, away = tmp_path / "photos", tmp_path / "away"
    job = prepare(photos, 16, storage=storage, cache=tmp_path / "parts")
    until_prepared(job, after)
    folder.rename(away)
    said = refusal(job)  # unless all of it was read already, which blocks ahead may have
    assert "does not exist, although it was there when preparing started" in said
    assert "connected" in said
    away.rename(folder)
    events, found = finish(prepare(photos, 16, storage=storage, cache=tmp_path / "parts"))
    assert not [event for event in events if isinstance(event, Skipped)]
    assert contents_of(found) == whole


@pytest.fixture(autouse=True)
def few_ahead(monkeypatch):
    monkeypatch.setattr(blocks, "AHEAD", 0)


def contents_of(found):
    return {path.name: path.read_bytes() for path in found.folder.iterdir() if path.name not in ("lock", "used")}


def test_that_a_picture_that_was_missing_from_the_start_is_left_out(photos, tmp_path):
    Path(photos.splits["train"].paths[3]).unlink()
    events, found = finish(prepare(photos, 16, cache=tmp_path / "cache"))
    (left_out,) = (event for event in events if isinstance(event, Skipped))
    assert "does not exist" in left_out.reason
    assert sum(len(split.labels) for split in found.splits.values()) == 59
    before = contents(tmp_path / "cache")
    data = bytearray((found.folder / "train.rgb").read_bytes())
    data[5] ^= 1
    (found.folder / "train.rgb").write_bytes(data)
    (found.folder / SUSPECT).touch()
    result(prepare(photos, 16, cache=tmp_path / "cache"))  # in whose block it would be
    assert contents(tmp_path / "cache") == before


def test_that_a_disk_that_fails_is_no_reason_to_leave_pictures_out(photos, tmp_path, monkeypatch):
    real = blocks.read_fitted
    broken = photos.splits["train"].paths[30]

    def read_fitted(path, side):
        if str(path) == broken:
            raise blocks.OutOfReachError("{path} cannot be read: Input/output error", path=path)
        return real(path, side)

    monkeypatch.setattr(blocks, "read_fitted", read_fitted)
    assert "Input/output error" in refusal(prepare(photos, 16, cache=tmp_path / "cache"))
    monkeypatch.setattr(blocks, "read_fitted", real)
    assert len(result(prepare(photos, 16, cache=tmp_path / "cache")).splits["train"].labels) == len(
        photos.splits["train"].labels
    )


def test_that_what_was_not_recorded_gives_its_room_back_before_the_disk_is_measured(photos, tmp_path, monkeypatch):
    job = prepare(photos, 16, storage="raw", cache=tmp_path / "cache")
    until_prepared(job, 20)
    job.close()
    (folder,) = (tmp_path / "cache" / "prepared").iterdir()
    with (folder / "train.rgb").open("ab") as file:
        file.write(bytes(100_000))
    sizes = []
    monkeypatch.setattr(building, "check_space", lambda *_: sizes.append((folder / "train.rgb").stat().st_size))
    result(prepare(photos, 16, storage="raw", cache=tmp_path / "cache"))
    assert sizes[0] < 100_000


@pytest.mark.parametrize(("place", "value"), [(8, 99), (6, 1)])  # the method of a member, and that it has a password
def test_that_a_record_with_any_bit_flipped_is_no_fault(photos, tmp_path, place, value):
    job = prepare(photos, 16, storage="raw", cache=tmp_path / "cache")
    until_prepared(job, 20)
    job.close()
    (folder,) = (tmp_path / "cache" / "prepared").iterdir()
    data = bytearray((folder / PROGRESS).read_bytes())
    head = data.index(b"PK\1\2")  # of the first member, in the list of all
    data[head + place + 2] = value
    (folder / PROGRESS).write_bytes(data)
    (listed,) = prepared_sets(tmp_path / "cache")
    assert listed.state == "damaged"
    assert len(result(prepare(photos, 16, storage="raw", cache=tmp_path / "cache")).splits) == 2


def test_that_a_set_is_suspect_while_it_is_mended(photos, tmp_path, monkeypatch):
    found = result(prepare(photos, 16, storage="raw", cache=tmp_path / "cache"))
    before = contents(tmp_path / "cache")
    os.truncate(found.folder / "train.rgb", 1000)
    seen = []
    real = verifying.make_block
    monkeypatch.setattr(
        verifying, "make_block", lambda *given: seen.append((found.folder / SUSPECT).exists()) or real(*given)
    )
    result(prepare(photos, 16, storage="raw", cache=tmp_path / "cache"))
    assert seen
    assert all(seen)
    assert contents(tmp_path / "cache") == before


def test_that_mending_tells_what_is_left_out(photos, tmp_path):
    Path(photos.splits["train"].paths[3]).write_text("no picture")
    found = result(prepare(photos, 16, storage="raw", cache=tmp_path / "cache"))
    os.truncate(found.folder / "train.rgb", 1000)
    events, _ = finish(prepare(photos, 16, storage="raw", cache=tmp_path / "cache"))
    assert [Path(event.path) for event in events if isinstance(event, Skipped)] == [
        Path(photos.splits["train"].paths[3])
    ]


def test_that_damage_is_told_where_nothing_can_be_written(photos, tmp_path, monkeypatch):
    found = result(prepare(photos, 16, storage="raw", cache=tmp_path / "cache"))
    data = bytearray((found.folder / "train.rgb").read_bytes())
    data[5] ^= 1
    (found.folder / "train.rgb").write_bytes(data)

    def refuse(_):
        raise UserError("no")

    monkeypatch.setattr(verifying, "_suspect", refuse)
    job = verify(found.folder)
    assert any(isinstance(event, Damaged) for event in until_refused(job))


def until_refused(job):
    events = []
    with pytest.raises(UserError):
        events.extend(job)
    return events


def test_that_a_set_that_was_deleted_meanwhile_is_a_sentence(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "_open_finished", lambda *_: None)
    assert "has been deleted in the meantime" in refusal(prepare(photos, 16, cache=tmp_path / "cache"))


def test_that_a_large_source_that_goes_while_it_is_looked_at_spoils_no_set(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "SINGLY", 4)
    result(prepare(photos, 16, storage="raw", cache=tmp_path / "cache"))
    before = contents(tmp_path / "cache")
    job = prepare(photos, 16, storage="raw", cache=tmp_path / "cache", thorough=True)
    real = prepared.trace_of_files

    def gone(*given):
        (tmp_path / "photos").rename(tmp_path / "away")
        return real(*given)

    monkeypatch.setattr(prepared, "trace_of_files", gone)
    assert "although it was there when preparing started" in refusal(job)
    assert contents(tmp_path / "cache") == before
    (tmp_path / "away").rename(tmp_path / "photos")
    new = prepare(photos, 16, storage="raw", cache=tmp_path / "other")
    assert "although it was there when preparing started" in refusal(new)  # nor is one begun without them
    (tmp_path / "away").rename(tmp_path / "photos")
    monkeypatch.setattr(prepared, "trace_of_files", real)
    assert (
        sum(len(split.labels) for split in result(prepare(photos, 16, cache=tmp_path / "other")).splits.values()) == 60
    )


def test_that_links_that_lead_nowhere_are_left_out_of_a_large_source(photos, tmp_path, monkeypatch):
    monkeypatch.setattr(fingerprint, "SINGLY", 2)
    path = Path(photos.splits["train"].paths[20])
    path.unlink()
    path.symlink_to(tmp_path / "nowhere.png")
    events, _ = finish(prepare(photos, 16, cache=tmp_path / "cache"))
    assert [event.path for event in events if isinstance(event, Skipped)] == [str(path)]


def test_that_a_file_which_the_system_says_may_be_read_and_refuses_is_left_out(photos, tmp_path, monkeypatch):
    real, closed = blocks.read_fitted, photos.splits["train"].paths[20]

    def read_fitted(path, side):
        if str(path) == closed:
            raise blocks.OutOfReachError("{path} cannot be read: Permission denied", path=path) from PermissionError()
        return real(path, side)

    monkeypatch.setattr(blocks, "read_fitted", read_fitted)
    events, _ = finish(prepare(photos, 16, cache=tmp_path / "cache"))
    assert [event.path for event in events if isinstance(event, Skipped)] == [closed]
    monkeypatch.setattr(os, "access", lambda *_: False)  # it was closed meanwhile
    with pytest.raises(UserError) as caught:
        read_fitted(Path(closed), 16)
    assert blocks._was_there(closed, caught.value, ())
    assert not blocks._was_there(closed, caught.value, {closed})


def test_that_a_picture_with_senseless_offsets_is_broken_and_not_away(photos, tmp_path):
    path = Path(photos.splits["train"].paths[20])
    entries = [(256, 3, 1, 4), (257, 3, 1, 4), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (273, 9, 1, -5)]
    entries += [(277, 3, 1, 1), (278, 3, 1, 4), (279, 4, 1, 16)]
    rows = b"".join(struct.pack("<HHii", *entry) for entry in entries)
    path.write_bytes(struct.pack("<2sHI", b"II", 42, 8) + struct.pack("<H", len(entries)) + rows + bytes(4))
    with pytest.raises(UserError) as caught:
        read_picture(path)
    assert not isinstance(caught.value, blocks.OutOfReachError)
    events, _ = finish(prepare(photos, 16, cache=tmp_path / "cache"))
    assert [event.path for event in events if isinstance(event, Skipped)] == [str(path)]


def test_that_no_flipped_bit_in_the_head_of_an_array_is_a_fault(photos, tmp_path):
    job = prepare(photos, 64, storage="raw", cache=tmp_path / "cache")
    until_prepared(job, 20)
    job.close()
    (folder,) = (tmp_path / "cache" / "prepared").iterdir()
    whole = (folder / PROGRESS).read_bytes()
    head = whole.index(b"\x93NUMPY", whole.index(b"pictures.npy"))
    for place in range(head, head + 128):
        for bit in (0, 4, 7):
            data = bytearray(whole)
            data[place] ^= 1 << bit
            (folder / PROGRESS).write_bytes(data)
            read_progress(folder)
    (listed,) = prepared_sets(tmp_path / "cache")
    assert listed.state == "damaged"


def test_that_two_folders_are_on_one_disk_or_not(tmp_path):
    assert files.on_one_disk(tmp_path / "new", tmp_path / "other" / "new")
    assert not files.on_one_disk(tmp_path, Path("/proc/self"))


# Room


def estimated(config, source):
    expected = result(expecting(source, config.spec().picture_size, storage=config.storage))
    return estimate(config, source, CPU, "fp32", expected)


def test_that_a_set_that_is_there_takes_no_more_room(photos, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(estimate_module, "measure_speed", lambda *_: 1e12)
    config = with_settings(load_config("cifar-towers"), ["storage=raw"])
    before = estimated(config, photos)
    assert before.prepared_bytes == 60 * 32 * 32 * 3
    job = prepare(photos, 32, storage="raw")
    until_prepared(job, 20)
    job.close()
    assert 0 < estimated(config, photos).prepared_bytes <= 40 * 32 * 32 * 3
    result(prepare(photos, 32, storage="raw"))
    after = estimated(config, photos)
    assert after.prepared_bytes == 0
    assert after.disk_bytes == before.disk_bytes - before.prepared_bytes
    monkeypatch.setattr(estimate_module, "free_bytes", lambda _: after.disk_bytes + 1)
    assert check_room(after, [CPU], tmp_path) is after
    with pytest.raises(UserError, match="the run needs about"):
        check_room(before, [CPU], tmp_path)


def test_that_the_set_and_the_run_need_room_on_their_own_disks(cache, tmp_path, monkeypatch):
    free = {cache: 100, tmp_path: 10}
    monkeypatch.setattr(estimate_module, "free_bytes", free.__getitem__)
    monkeypatch.setattr(estimate_module, "on_one_disk", lambda *_: False)
    told = estimate_module.Estimated(1.0, 1, 110, "", 100)
    assert check_room(told, [CPU], tmp_path) is told
    with pytest.raises(UserError, match="prepared images need about"):
        check_room(replace(told, disk_bytes=111, prepared_bytes=101), [CPU], tmp_path)
    with pytest.raises(UserError, match="the run needs about"):
        check_room(replace(told, disk_bytes=111), [CPU], tmp_path)


# Shares


class Unread:
    """Pictures that nobody may read."""

    shape = (1000, 8, 8, 3)

    def __len__(self):
        return 1000

    def __getitem__(self, chosen):
        raise AssertionError("read")


def whole_set(split):
    return prepared.Prepared("x", ("a", "b"), {"train": split, "test": split}, None, None, None)


def test_that_a_share_is_not_read_before_it_is_asked_for():
    split = Arrays(Unread(), np.arange(1000, dtype=np.int64) % 2)
    fewer = part_of(whole_set(split), 0.1)
    assert len(fewer.splits["train"].labels) == len(fewer.splits["train"].pictures) == 100
    assert fewer.splits["train"].pictures.shape == (100, 8, 8, 3)
    assert fewer.splits["test"] is split
    assert not is_raw(fewer.splits["train"].pictures)


@BOTH
def test_that_a_share_reads_as_an_array_of_the_chosen_does(photos, tmp_path, storage):
    kept = result(prepare(photos, 16, storage=storage, cache=tmp_path / "cache")).splits["train"]
    rows = np.arange(1, len(kept.labels), 3)
    plain, chosen = (Arrays(each, kept.labels[rows]) for each in (kept.pictures[rows], ChosenRows(kept.pictures, rows)))
    for part in (2, -1, slice(1, 5), slice(None, None, 4), np.array([3, 0, 3])):
        assert np.array_equal(chosen.pictures[part], plain.pictures[part])
    assert is_raw(chosen.pictures) == (storage == "raw")
    assert fits(chosen, CPU) == (storage == "raw")
    with Batches(plain, 4, seed=1) as one, Batches(chosen, 4, seed=1) as other:
        for _ in range(3 * one.steps_per_epoch):
            a, b = next(one), next(other)
            assert torch.equal(a.pictures, b.pictures)
            assert torch.equal(a.labels, b.labels)


# A run keeps to the set that it began on


def test_that_a_run_begun_on_jpeg_goes_on_there_once_there_is_a_raw_set(photos, cache, tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "ROOM", 1e12)  # no disk has so much more than a raw set takes
    settings = [f"data={photos.splits['train'].paths[0].rsplit(os.sep, 2)[0]}", "epochs=2", "batch_size=8"]
    config = with_settings(load_config("cifar-towers"), [*settings, "device=cpu", "precision=fp32"])
    run = Run.create(tmp_path / "run", to_toml(config))
    for event in (job := train(config, run)):
        if type(event).__name__ == "CheckpointSaved":
            break
    job.close()
    assert [each.storage for each in prepared_sets()] == ["jpeg"]
    result(prepare(open_source(config.data), 32, storage="raw"))
    monkeypatch.undo()
    for module in ("download", "data.prepared.prepare", "data.prepared.shelf", "data.prepared.expecting"):
        monkeypatch.setattr(f"alexnet_app.core.{module}.cache_folder", lambda: cache)
    *_, last = train(config, run)  # as it was asked for at first: "auto"
    assert isinstance(last, RunEnded)
    assert last.reason == "finished"


@SLOW
def test_that_a_run_of_before_which_kept_no_storage_goes_on(photos, cache, tmp_path, monkeypatch):
    settings = [f"data={tmp_path / 'photos'}", "epochs=2", "batch_size=8", "device=cpu", "precision=fp32"]
    config = with_settings(load_config("cifar-towers"), settings)
    run = Run.create(tmp_path / "run", to_toml(config))
    with monkeypatch.context() as before:
        before.setattr(train_module, "replace", lambda config, **_: config)
        for event in (job := train(config, run)):
            if type(event).__name__ == "CheckpointSaved":
                break
        job.close()
    assert config_of(run).storage == "auto"
    *_, last = train(config, run)
    assert last.reason == "finished"


def test_that_a_run_of_an_experiment_may_have_chosen_its_storage(tmp_path):
    config = load_config("cifar-towers")
    planned = NamedRun("run", "plain", 1, config)
    for name, changed, what in (
        ("jpeg", replace(config, storage="jpeg"), ""),
        ("short", replace(config, epochs=3), "epochs 3, now 60"),
    ):
        assert difference(planned, Run.create(tmp_path / name, to_toml(changed))) == what


def test_that_a_file_that_somebody_reads_is_replaced_a_little_later(monkeypatch):
    class Busy:
        tries = 0

        def replace(self, path):
            self.tries += 1
            if self.tries < 4:
                raise PermissionError(path)

    monkeypatch.setattr(files, "PAUSE", 0.0)
    busy = Busy()
    with pytest.raises(PermissionError):  # where that never comes to an end, or is no matter of time
        files._rename(busy, Path("x"))
    monkeypatch.setattr(files, "TRIES", 5)
    files._rename(busy, Path("x"))
    assert busy.tries == 4
