"""Pictures in folders by their answers: nothing is written over, and all of it comes back, whenever it ended."""

import itertools
import json
import os
import random
import shutil
import signal
import sys
import warnings
from pathlib import Path

import pytest
from tiny_images import noise

from alexnet_app import cli, resources
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.remarks import Why
from alexnet_app.core.data.sources.tree import files_below
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Answered, Prediction, Skipped
from alexnet_app.core.generators import Driven
from alexnet_app.core.inference import filing as module
from alexnet_app.core.inference.filing import Plan, filing, planned, undone
from alexnet_app.core.inference.filing_journal import Filed
from alexnet_app.core.inference.folder_names import folder_name, folder_names
from alexnet_app.core.inference.labelling import relabelled

KILLS = 12


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def photos(tmp_path):
    """Forty files in two folders, some with one name."""
    folder = tmp_path / "photos"
    for place in range(40):
        path = folder / ("one", "two")[place % 2] / f"{place // 4}.jpg"
        path = path.with_name(f"{place // 4}{'ab'[place // 2 % 2]}.jpg") if place < 20 else path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(f"{place}".encode() * 50)
    return folder


def answered(folder):
    """Sure answers by turns, one that is not sure, one skipped."""
    paths = sorted(str(path) for path in folder.rglob("*.jpg"))
    for place, path in enumerate(paths):
        if place == 5:
            yield Skipped(path, "damaged")
        else:
            first = 0.15 if place == 6 else 0.9
            yield Answered(path, (Prediction(("cat", "dog/fox")[place % 2], first), Prediction("other", 0.1)))


def done(plan):
    work = Driven(filing(plan))
    told = list(work)
    return work.result, [event for event in told if isinstance(event, Skipped)]


def back(journal):
    work = Driven(undone(journal))
    told = list(work)
    return work.result, [event for event in told if isinstance(event, Skipped)]


def contents(folder):
    """Every file below with its bytes and time, every folder."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


@pytest.mark.parametrize("moves", [True, False])
def test_that_files_go_into_folders_and_come_back_byte_for_byte(tmp_path, photos, moves):
    before = contents(photos)
    plan = planned(answered(photos), tmp_path / "sorted", moves=moves, not_sure="not sure")
    assert list(plan.counts) == ["cat", "dog_fox", "not sure"]
    assert sum(plan.counts.values()) == len(list(photos.rglob("*.jpg"))) - 1
    journal, skipped = done(plan)
    assert not skipped
    assert sum(1 for _ in (tmp_path / "sorted").rglob("*.jpg")) == len(plan.files)
    assert (contents(photos) == before) is not moves
    assert back(journal) == (len(plan.files), [])
    assert contents(photos) == before
    assert not (tmp_path / "sorted").exists()


def test_that_nothing_is_written_over(tmp_path, photos):
    target = tmp_path / "sorted"
    (target / "cat").mkdir(parents=True)
    first = next(path for path in sorted(photos.rglob("*.jpg")))
    (target / "cat" / first.name).write_bytes(b"mine")
    plan = planned(answered(photos), target, moves=True)
    names = [each.to.casefold() for each in plan.files]
    assert len(set(names)) == len(names)
    late = target / plan.files[3].to
    late.parent.mkdir(exist_ok=True)
    late.write_bytes(b"somebody was faster")
    _journal, skipped = done(plan)
    assert [event.path for event in skipped] == [plan.files[3].source]
    assert (target / "cat" / first.name).read_bytes() == b"mine"
    assert late.read_bytes() == b"somebody was faster"
    assert Path(plan.files[3].source).exists()


def test_that_an_undo_leaves_what_was_changed_and_can_be_repeated(tmp_path, photos):
    before = contents(photos)
    plan = planned(answered(photos), tmp_path / "sorted", moves=True)
    journal, _ = done(plan)
    taken = Path(plan.files[0].source)
    taken.write_bytes(b"another one is here now")
    count, skipped = back(journal)
    assert (count, len(skipped)) == (len(plan.files) - 1, 1)
    assert taken.read_bytes() == b"another one is here now"
    taken.unlink()
    assert back(journal) == (1, [])
    assert contents(photos) == before


def killed_at(moment, work, given):
    """Does ``work`` with what is ``given`` until place number ``moment`` was reserved."""
    real, left = module._reserve, itertools.count(-moment)

    def reserve(path):
        real(path)
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    module._reserve = reserve
    work(given)


def in_a_process(work, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of threads beside it, which the child does not need
        child = os.fork()
    if child == 0:
        try:
            work(*arguments)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGKILL


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and SIGKILL")
def test_that_whenever_it_is_killed_and_its_undo_too_all_comes_back(tmp_path, photos):
    before, chance = contents(photos), random.Random(7)
    for _ in range(KILLS):
        plan = planned(answered(photos), tmp_path / "sorted", moves=True)
        moment = chance.randrange(2, len(plan.files))
        in_a_process(killed_at, moment, done, plan)
        (journal,) = (tmp_path / "sorted").glob("*.json")
        in_a_process(killed_at, chance.randrange(moment - 1), back, journal)
        assert back(journal)[1] == []
        assert contents(photos) == before
        assert not (tmp_path / "sorted").exists()


def test_that_the_undo_of_a_copy_keeps_the_last_one(tmp_path, photos):
    plan = planned(answered(photos), tmp_path / "sorted", moves=False)
    journal, _ = done(plan)
    Path(plan.files[0].source).unlink()
    count, skipped = back(journal)
    assert (count, len(skipped)) == (len(plan.files) - 1, 1)
    assert (tmp_path / "sorted" / plan.files[0].to).exists()


def test_that_a_copy_to_another_disk_is_whole_or_not_there(tmp_path, photos, monkeypatch):
    monkeypatch.setattr(module, "_renamed", lambda source, to: False)
    before = contents(photos)
    plan = planned(answered(photos), tmp_path / "sorted", moves=True)
    real, calls = shutil.copy2, []

    def fails(source, to, **options):
        calls.append(source)
        if len(calls) == 4:
            Path(to).write_bytes(b"half")
            raise OSError(28, "No space left on device")
        return real(source, to, **options)

    monkeypatch.setattr(shutil, "copy2", fails)
    journal, skipped = done(plan)
    assert [event.path for event in skipped] == [plan.files[3].source]
    assert not (tmp_path / "sorted" / plan.files[3].to).exists()
    assert back(journal) == (len(plan.files) - 1, [])
    assert contents(photos) == before


def test_that_a_journal_of_somebody_else_moves_nothing(tmp_path, photos, monkeypatch):
    journal, _ = done(planned(answered(photos), tmp_path / "sorted", moves=True))
    moved = contents(tmp_path / "sorted")
    lines = [json.loads(line) for line in journal.read_text().splitlines()]
    lines[1]["source"] = str(tmp_path / "elsewhere.jpg")
    other = journal.with_name("alexnet-app-filed-other.json")
    other.write_text("\n".join(map(json.dumps, lines)))
    for path, said in ((other, "was changed, or was written by somebody else"), (photos, "is no journal")):
        with pytest.raises(UserError, match=said):
            back(path)
    other.unlink()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "of another person"))
    with pytest.raises(UserError, match="somebody else"):
        back(journal)
    assert contents(tmp_path / "sorted") == moved


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("dog/fox", "dog_fox"),
        ("..", "_"),
        ("a\\b:c", "a_b_c"),
        ("con", "con_"),
        ("tail. ", "tail"),
        ("\u202eevil\n", "_evil_"),
        ("x" * 300, "x" * 100),
    ],
)
def test_that_any_class_makes_one_harmless_folder(label, name):
    assert folder_name(label) == name


def test_that_classes_that_would_share_a_folder_get_two():
    assert folder_names(["a/b", "a:b", "A_B"]) == {"a/b": "a_b", "a:b": "a_b (2)", "A_B": "A_B (3)"}


def test_that_the_command_sorts_and_takes_back(tmp_path, capsys):
    photos = tmp_path / "photos"
    shutil.copytree(resources.path("sample_photos"), photos)
    before = contents(photos)
    target = tmp_path / "by class"
    assert cli.main(["classify", str(photos), "--sort-into", str(target), "--move", "--unsure", "not sure"]) == 0
    said = capsys.readouterr().err
    assert "take it back with: classify --undo " in said
    assert not list(photos.rglob("*.jpg"))
    (journal,) = target.glob("*.json")
    assert cli.main(["classify", "--undo", str(journal), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found == {"undone": len([path for path in before if path.endswith(".jpg")]), "stayed": 0}
    assert contents(photos) == before
    assert cli.main(["classify"]) == 2
    assert "no pictures are named" in capsys.readouterr().err


def test_that_a_threshold_makes_more_of_them_not_sure(tmp_path, photos):
    events = [
        Answered(str(path), (Prediction("cat", 0.1 * place), Prediction("dog", 0.0)))
        for place, path in enumerate(sorted(photos.rglob("*.jpg"))[:10])
    ]
    counts = {
        least: planned(events, tmp_path / "x", moves=False, not_sure="apart", least=least).counts
        for least in (0.0, 0.65, 1.0)
    }
    assert counts == {0.0: {"apart": 2, "cat": 8}, 0.65: {"apart": 7, "cat": 3}, 1.0: {"apart": 10}}
    assert planned(events, tmp_path / "x", moves=False, least=0.65).counts == {"cat": 3}


def test_that_filing_that_is_left_in_the_middle_comes_back(tmp_path, photos):
    before = contents(photos)
    plan = planned(answered(photos), tmp_path / "sorted", moves=True)
    journal = module.begun(plan)
    for event in module.put_away(plan):
        if event.done == 7:
            break
    assert sum(1 for _ in (tmp_path / "sorted").rglob("*.jpg")) == 7
    assert back(journal) == (7, [])
    assert contents(photos) == before


def test_that_a_folder_of_filed_pictures_is_data_to_train_on_and_its_journal_no_file_of_it(tmp_path):
    pictures = [noise(tmp_path / "in" / f"{place}.png") for place in range(24)]
    events = [Answered(str(path), (Prediction("cat", 0.9), Prediction("dog", 0.1))) for path in pictures]
    labels = {str(path): "dog" for path in pictures[::2]}
    done(planned(relabelled(events, labels), tmp_path / "sorted", moves=False))
    source = open_source(str(tmp_path / "sorted"))
    assert source.classes == ("cat", "dog")
    assert [each.why for each in source.skipped] == [Why.SYSTEM]
    assert not [path for path in files_below(str(tmp_path / "sorted")) if path.endswith(".json")]


@pytest.mark.parametrize("given", ["2", "-0.1", "nan", "much"])
def test_that_a_threshold_is_a_probability(given, tmp_path, capsys):
    assert cli.main(["classify", str(tmp_path), "--sort-into", str(tmp_path / "x"), "--unsure-below", given]) == 2
    assert "--unsure-below" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="names are counted in letters there")
@pytest.mark.parametrize("moves", [True, False])
def test_that_the_longest_name_is_copied_too_and_gets_a_number(tmp_path, moves):
    photos = tmp_path / "photos"
    longest = f"{'ü' * 125}x.jpg"
    for folder in ("one", "two"):
        (photos / folder).mkdir(parents=True)
        (photos / folder / longest).write_bytes(folder.encode() * 50)
    before = contents(photos)
    journal, skipped = done(planned(answered(photos), tmp_path / "sorted", moves=moves, not_sure="x", least=1.0))
    assert not skipped
    assert sorted(path.name for path in (tmp_path / "sorted" / "x").iterdir()) == [f"{'ü' * 123} (2).jpg", longest]
    assert back(journal) == (2, [])
    assert contents(photos) == before


def test_that_a_file_that_changed_since_it_was_planned_stays(tmp_path, photos):
    plan = planned(answered(photos), tmp_path / "sorted", moves=True)
    changed = Path(plan.files[2].source)
    changed.write_bytes(b"another picture")
    _, skipped = done(plan)
    assert [(event.path, event.reason) for event in skipped] == [(str(changed), "it was changed since")]
    assert changed.read_bytes() == b"another picture"


def test_that_a_copy_writes_over_nothing_beside_it_and_through_no_link(tmp_path, photos):
    plan = planned(answered(photos), tmp_path / "sorted", moves=False)
    to = tmp_path / "sorted" / plan.files[0].to
    to.parent.mkdir(parents=True)
    (tmp_path / "mine").write_bytes(b"mine")
    to.with_name(f".{to.name}.part").write_bytes(b"a download")
    module._part(to).symlink_to(tmp_path / "mine")
    assert done(plan)[1] == []
    assert (tmp_path / "mine").read_bytes() == b"mine"
    assert to.with_name(f".{to.name}.part").read_bytes() == b"a download"


def test_that_a_file_that_was_given_twice_goes_to_one_place(tmp_path, photos):
    answers = list(answered(photos))
    once, twice = (planned(each, tmp_path / "sorted", moves=False) for each in (answers, answers + answers))
    assert twice == once


def test_that_folders_are_listed_as_people_sort_names():
    files = tuple(Filed(name, f"{name}/a.jpg", 1, 0) for name in ("bee", "Chihuahua", "ant", "Zebra"))
    assert list(Plan(Path("sorted"), False, files).counts) == ["ant", "bee", "Chihuahua", "Zebra"]


def test_that_a_target_that_cannot_be_is_refused_before_any_work(tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("dear")
    photos = str(resources.path("sample_photos"))
    assert cli.main(["classify", photos, "--sort-into", str(tmp_path / "letter.txt")]) == 2
    told = capsys.readouterr()
    assert "is no folder" in told.err
    assert told.out == ""


def test_that_one_picture_is_one_picture(tmp_path, capsys):
    photo, target = tmp_path / "a.jpg", tmp_path / "by class"
    shutil.copy(resources.path("sample_photos") / "astronaut.jpg", photo)
    assert cli.main(["classify", str(photo), "--sort-into", str(target), "--unsure", "not sure"]) == 0
    assert "1 picture copied" in capsys.readouterr().err
    (journal,) = target.glob("*.json")
    assert cli.main(["classify", "--undo", str(journal)]) == 0
    assert "1 picture taken back" in capsys.readouterr().err
