"""What preparing would take, what was left out, what a set is opened with again, how far a verification is."""

from pathlib import Path

import numpy as np
import pytest
from preparing import finish, result

from alexnet_app.core.data.prepared import building
from alexnet_app.core.data.prepared.expecting import expecting
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.shelf import left_out, prepared_sets, sets_folder
from alexnet_app.core.data.prepared.verifying import verify
from alexnet_app.core.data.sources.addresses import open_source, opening_source
from alexnet_app.core.data.sources.values import Arrays, Source
from alexnet_app.core.events import Progress
from alexnet_app.core.inference.labelled import labelled

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    monkeypatch.setattr(building, "BLOCK", 4)
    monkeypatch.setattr(building, "RECORD_PICTURES", 4)


def size_of(cache, *names):
    (folder,) = sets_folder(cache).iterdir()
    return sum((folder / name).stat().st_size for name in names)


@pytest.mark.parametrize(("storage", "names"), [("raw", ("train.rgb", "validation.rgb")), ("jpeg", ("train.jpg",))])
def test_that_the_room_is_told_before_anything_is_written(photos, tmp_path, storage, names):
    cache = tmp_path / "cache"
    told = result(expecting(photos, 16, storage=storage, cache=cache))
    assert not cache.exists()
    assert (told.state, told.pictures, told.left) == ("new", 60, 60)
    assert told.free > 0
    result(prepare(photos, 16, storage=storage, cache=cache))
    if storage == "raw":
        assert told.need == size_of(cache, *names)
    else:
        assert size_of(cache, *names) < told.need < 2 * size_of(cache, *names)
    again = result(expecting(photos, 16, storage=storage, cache=cache))
    assert (again.state, again.left, again.need) == ("finished", 0, 0)


def test_that_what_was_begun_takes_only_what_is_left(photos, tmp_path):
    job = prepare(photos, 16, storage="raw", cache=tmp_path)
    next(event for event in job if event.task == "prepare" and event.done >= 20)
    job.close()
    told = result(expecting(photos, 16, storage="raw", cache=tmp_path))
    assert told.state == "begun"
    assert 0 < told.left <= 40
    assert told.need == told.left * 16 * 16 * 3


def test_that_a_damaged_set_and_one_that_needs_nothing_are_told(photos, tmp_path):
    prepared = result(prepare(photos, 16, storage="raw", cache=tmp_path))
    data = bytearray((prepared.folder / "train.rgb").read_bytes())
    data[5] ^= 1
    (prepared.folder / "train.rgb").write_bytes(data)
    assert result(verify(prepared.folder)) == 4
    assert result(expecting(photos, 16, storage="raw", cache=tmp_path)).state == "damaged"
    ready = Arrays(np.zeros((9, 8, 8, 3), np.uint8), np.arange(9, dtype=np.int64) % 2)
    assert result(expecting(Source("noise", ("a", "b"), {"train": ready}), 8, cache=tmp_path)).state == "ready"


def test_that_a_verification_counts_through_all_splits(photos, tmp_path):
    prepared = result(prepare(photos, 16, storage="raw", cache=tmp_path))
    events, damaged = finish(verify(prepared.folder))
    counts = [event.done for event in events if isinstance(event, Progress)]
    assert damaged == 0
    assert counts == sorted(set(counts))
    assert {event.total for event in events} == {60}
    assert counts[-1] == 60


@SLOW
def test_that_a_set_knows_what_it_is_opened_with_again(photos, tmp_path, monkeypatch):
    result(prepare(photos, 16, cache=tmp_path / "cache"))
    (found,) = prepared_sets(tmp_path / "cache")
    assert found.address == str(tmp_path / "photos")
    again = result(expecting(open_source(found.address), 16, storage=found.storage, cache=tmp_path / "cache"))
    assert again.state == "finished"
    monkeypatch.chdir(tmp_path)
    assert open_source("photos").address == str(tmp_path / "photos")
    assert open_source("photos", split_seed=1).address == "", "the same folder would be divided in another way"
    assert result(opening_source("shapes")).address == "shapes"


def test_that_a_set_of_one_split_has_no_address(photos, tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.data.prepared.prepare.cache_folder", lambda: tmp_path / "cache")
    result(labelled(photos, "validation", 16, alone=True))
    (found,) = prepared_sets(tmp_path / "cache")
    assert (found.pictures, found.address) == (6, "")


def test_that_what_was_left_out_is_told_with_its_reason(photos, tmp_path):
    broken = [Path(photos.splits["train"].paths[place]) for place in (3, 9, 20)]
    for each in broken:
        each.write_text("no picture")
    prepared = result(prepare(photos, 16, cache=tmp_path))
    told = left_out(prepared.folder, 2)
    assert [path for path, _ in told] == [str(each) for each in broken[:2]]
    assert all(reason for _, reason in told)
    with (prepared.folder / "skipped.jsonl").open("a") as file:
        file.write('{"split": "train", "ind')
    assert len(left_out(prepared.folder, 9)) == 3
    assert left_out(tmp_path / "nowhere", 9) == ()
