"""A run keeps the rule by which its validation images were drawn, though newer versions draw them in another way."""

import json
import os
import time

import numpy as np
import pytest
from PIL import Image
from preparing import result

from alexnet_app import cli
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.shelf import prepared_sets
from alexnet_app.core.data.sources import kept_listing, values
from alexnet_app.core.data.sources.addresses import open_source, opening_source
from alexnet_app.core.errors import UserError
from alexnet_app.core.training import estimate

NEWER = 3  # a rule that a newer version may have


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A data set without validation images, large enough for its list to be kept."""
    monkeypatch.setattr(kept_listing, "KEPT_FROM", 10)
    monkeypatch.setattr(kept_listing, "cache_folder", lambda: tmp_path / "cache")
    for name in ("cats", "dogs"):
        for index in range(30):
            path = tmp_path / "pets" / name / f"{index:02}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (9, 8), (index, 0, 0)).save(path)
    for path in (tmp_path / "pets", *(tmp_path / "pets").rglob("*")):
        os.utime(path, (time.time() - 60, time.time() - 60))
    return tmp_path / "pets"


@pytest.fixture
def newer(monkeypatch):
    """A version that draws the last tenth of each class."""

    def last_tenth(drawn, seed):
        labels = drawn.labels
        held = np.zeros(len(labels), np.bool_)
        for label in np.unique(labels):
            of_class = np.flatnonzero(labels == label)
            held[of_class[-max(1, len(of_class) // 10) :]] = True
        return held

    monkeypatch.setitem(values.SPLIT_RULES, NEWER, last_tenth)


def validated(source):
    return set(source.splits["validation"].paths)


@pytest.mark.usefixtures("newer")
def test_that_each_rule_draws_its_own_images_and_no_list_of_the_other_is_read(folder):
    listings = folder.parent / "cache" / "listings"
    first = open_source(str(folder), split_rule=1)
    assert len(list(listings.glob("*"))) == 1
    newest = open_source(str(folder))
    assert len(list(listings.glob("*"))) == 2
    assert (first.split_rule, newest.split_rule) == (1, NEWER)
    assert {path[-6:] for path in validated(newest)} == {"27.png", "28.png", "29.png"}
    assert validated(first) != validated(newest)
    for rule, source in ((1, first), (NEWER, newest)):  # now from the lists
        again = result(opening_source(str(folder), split_rule=rule))
        assert (again.split_rule, validated(again)) == (rule, validated(source))
    one, other = listings.glob("*")
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())  # a list in the place of the other one
    other.write_bytes(kept)
    assert validated(open_source(str(folder), split_rule=1)) == validated(first)
    assert validated(open_source(str(folder), split_rule=NEWER)) == validated(newest)


def test_that_cifar10_is_drawn_by_the_rule_that_is_asked_for(cifar10_folder, newer):
    first, newest = open_source(str(cifar10_folder), split_rule=1), open_source(str(cifar10_folder))
    assert (first.split_rule, newest.split_rule) == (1, NEWER)
    assert len(newest.splits["validation"].labels) == 5000
    assert first.splits["validation"].pictures.tobytes() != newest.splits["validation"].pictures.tobytes()


@pytest.mark.usefixtures("newer")
def test_that_the_sample_data_say_the_rule_that_was_asked_for():
    assert result(opening_source("shapes", split_rule=1)).split_rule == 1
    assert open_source("shapes").split_rule == NEWER


@pytest.mark.usefixtures("newer")
def test_that_a_prepared_set_belongs_to_its_rule_and_is_made_again_by_it(folder, tmp_path):
    cache = tmp_path / "sets"
    for rule in (1, NEWER):
        assert result(prepare(open_source(str(folder), split_rule=rule), 8, cache=cache)).split_rule == rule
    found = prepared_sets(cache)
    assert sorted(each.split_rule for each in found) == [1, NEWER]
    for each in found:
        source = open_source(each.address, split_rule=each.split_rule)
        assert result(prepare(source, 8, cache=cache)).folder == each.folder


@pytest.mark.usefixtures("newer")
def test_that_a_rule_makes_another_set_even_where_it_draws_the_same_images(folder, tmp_path, monkeypatch):
    monkeypatch.setitem(values.SPLIT_RULES, NEWER, values.SPLIT_RULES[2])
    folders = {
        result(prepare(open_source(str(folder), split_rule=rule), 8, cache=tmp_path / "sets")).folder
        for rule in (2, NEWER)
    }
    assert len(folders) == 2


def test_that_a_set_of_the_first_rule_keeps_its_name(folder, tmp_path, monkeypatch):
    """Those that were prepared before there was a second rule are found."""
    before = result(prepare(open_source(str(folder), split_rule=1), 8, cache=tmp_path / "sets")).folder
    monkeypatch.setitem(values.SPLIT_RULES, NEWER, values.SPLIT_RULES[2])
    assert result(prepare(open_source(str(folder), split_rule=1), 8, cache=tmp_path / "sets")).folder == before


def test_that_a_rule_of_a_newer_version_is_refused(folder):
    with pytest.raises(UserError, match="drawn by rule 3, but this version knows only the rules up to 2"):
        open_source(str(folder), split_rule=NEWER)
    with pytest.raises(UserError, match="drawn by rule 3"):
        result(opening_source("shapes", split_rule=NEWER))


def test_that_an_old_run_keeps_its_images_when_it_goes_on_and_is_evaluated(folder, tmp_path, monkeypatch, request):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home" / "cache"))
    monkeypatch.setattr(estimate, "measure_speed", lambda *_: 1e11)
    run = tmp_path / "run"
    quick = [f"--set={each}" for each in ("batch_size=8", "threads=1", "epochs=1")]
    begin = ["train", "--preset", "cifar-towers", "--device", "cpu", "--data", str(folder), "--run", str(run)]
    assert cli.main([*begin, *quick]) == 0
    first = validated(open_source(str(folder)))
    request.getfixturevalue("newer")
    assert validated(open_source(str(folder))) != first
    assert cli.main(["train", "--resume", str(run), "--set", "epochs=2"]) == 0, "the same training pictures"
    out = tmp_path / "out.json"
    assert cli.main(["evaluate", str(run), "--split", "validation", "--device", "cpu", "--out", str(out)]) == 0
    mistakes = {each["path"] for each in json.loads(out.read_text())["mistakes"]}
    assert mistakes <= first
