"""Listing a folder says how far it is, and can be left on the way: a slow disk takes minutes for a large one."""

import itertools

import pytest
from tiny_images import numbered, touch

from alexnet_app.core import pace
from alexnet_app.core.data.sources import contents, tree, twins
from alexnet_app.core.data.sources.addresses import opening_files
from alexnet_app.core.data.sources.glance import glancing_at_classes
from alexnet_app.core.data.sources.tree import files_below, finding_files
from alexnet_app.core.events import Progress, Task
from alexnet_app.core.generators import Driven

JOBS = {"training": lambda root: opening_files(str(root)), "glance": glancing_at_classes}
JOBS["classify"] = lambda root: finding_files(str(root))


@pytest.fixture
def photos(tmp_path, monkeypatch):
    """Two classes of 20 images; every look at the clock is a report."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(pace, "PERIOD", 0.0)
    for module in (tree, contents, twins):
        monkeypatch.setattr(module, "AT_ONCE", 4)
    return touch(tmp_path / "photos", *numbered("ant", 20), *numbered("bee", 20))


def counts(events, task):
    return [event.done for event in events if isinstance(event, Progress) and event.task is task]


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_that_the_count_of_what_is_listed_grows_to_all_of_it(photos, job):
    found = counts(job(photos), Task.LIST)
    assert all(one < other for one, other in itertools.pairwise(found))
    assert (len(found), found[-1]) == (11, 42), "2 folders and 40 files, 4 at a time"


@pytest.mark.parametrize("job", JOBS.values(), ids=JOBS)
def test_that_it_can_be_left_after_a_few_of_many(photos, job, monkeypatch):
    begun = []
    monkeypatch.setattr(tree, "_inner", lambda path, *_: begun.append(path) or iter(()))
    work = job(photos)
    assert next(work).done == 2
    work.close()
    assert not begun, "no folder in it was looked at"


def test_that_looking_into_files_and_for_copies_says_how_far_it_is_of_all(photos):
    touch(photos, *(f"ant/{number}" for number in range(9)))
    events = list(opening_files(str(photos)))
    assert counts(events, Task.CHECK)[-1] == 40, "the images, which are decoded"
    assert Progress(Task.CHECK, 8, 49, "files") in events, "the files that no ending tells"
    assert Progress(Task.COMPARE, 40, 40, "files") in events


def test_that_all_at_once_finds_the_same(photos):
    driven = Driven(finding_files(str(photos)))
    assert counts(driven, Task.LIST)
    assert driven.result == files_below(str(photos))
    assert len(driven.result) == 40
