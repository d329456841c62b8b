"""Prepared sets in the window: what is listed, made, continued, verified, repaired and deleted, and how it is left."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from alexnet_app.core.data.prepared import building
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.shelf import prepared_sets
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.events import Progress, RunStarted, Skipped
from alexnet_app.core.network.variants import variant
from alexnet_app.ui import speed
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.parts.wording import size
from alexnet_app.ui.prepared import panel as prepared
from alexnet_app.ui.prepared import use as prepared_use
from alexnet_app.ui.prepared.jobs import WantedSet
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel
from alexnet_app.ui.train.live_run import LiveRun

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 60_000
LEFT = Qt.MouseButton.LeftButton
DATA = Path(os.environ.get("ALEXNET_TEST_DATA", "missing"))
needs_data = pytest.mark.skipif("ALEXNET_TEST_DATA" not in os.environ, reason="needs ALEXNET_TEST_DATA")


@pytest.fixture
def pets(tmp_path):
    """60 pictures in two classes, in blocks of two."""
    chance = np.random.default_rng(0)
    for number in range(60):
        path = tmp_path / "pets" / ("cats", "dogs")[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(chance.integers(0, 256, (40, 50, 3), np.uint8)).save(path)
    return tmp_path / "pets"


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    monkeypatch.setattr(building, "BLOCK", 2)


@pytest.fixture
def panel(qtbot, home):
    jobs = Jobs()
    made = train_panel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1280, 740)
    made.show()
    yield made
    made.control.stop()
    made.leave()
    jobs.abandon_all(but=made.control.job)
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)


@pytest.fixture
def sets(panel, qtbot):
    """The open window of prepared sets; it is empty."""
    panel.prepared.show()
    settle(qtbot, panel.prepared)
    return panel.prepared


def settle(qtbot, sets):
    """Until nothing is done any more and the list is as it will be."""
    qtbot.waitUntil(lambda: not sets.is_on() and not sets.list.is_looking() and sets.list.now is not None, timeout=LONG)


def wanted(folder, side=32, storage="raw"):
    return WantedSet(str(folder), side, storage, folder.name)


def make(qtbot, sets, folder, **how):
    sets.prepare(wanted(folder, **how))
    settle(qtbot, sets)
    (row,) = sets.dialog.table.texts()
    return row


def press(button):
    assert button.isEnabled(), button.toolTip()
    QTest.mouseClick(button, LEFT)


def on_progress(monkeypatch, sets, do, when=lambda words: words.startswith("Preparing") and ": 0 of" not in words):
    """Does something once, at the first progress of which ``when`` holds; gives all that the line says."""
    said, show_progress = [], sets.dialog.show_progress

    def show(where, share, told="", rest=""):
        show_progress(where, share, told, rest)
        said.append((where, share, told, rest))
        if when(where) and do is not None and not done:
            done.append(True)
            do()

    done = []
    monkeypatch.setattr(sets.dialog, "show_progress", show)
    return said


def interrupt(qtbot, monkeypatch, sets, folder, **how):
    """Prepares and cancels in the middle."""
    with monkeypatch.context() as patch:
        said = on_progress(patch, sets, lambda: press(sets.dialog.work.cancel))
        sets.prepare(wanted(folder, **how))
        settle(qtbot, sets)
    return said


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name not in ("lock", "used")}


def whole(folder, cache, side=32, storage="raw"):
    """The bytes of the set when nothing interrupts it."""
    job = prepare(open_source(str(folder)), side, storage=storage, cache=cache)
    for _ in job:
        pass
    (made,) = (cache / "prepared").iterdir()
    return contents(made)


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def labels(widget):
    return " | ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


# what is there


def test_that_the_empty_window_says_what_prepared_sets_are_for(sets, home):
    assert not sets.dialog.isModal()
    assert "No prepared sets yet" in labels(sets.dialog)
    assert "training never waits for images" in labels(sets.dialog)
    assert "Prepared sets will be stored in ~/.cache/alexnet-app/prepared" in labels(sets.dialog)
    assert sets.dialog.prepare.isEnabled()
    assert not sets.dialog.left_out.isVisible()
    for button in (sets.dialog.go_on, sets.dialog.verify, sets.dialog.delete):
        assert not button.isEnabled()
        assert button.toolTip() == "There are no sets yet"


def test_that_it_is_a_command_of_the_training_menu(window, qtbot):
    (training,) = [each.menu() for each in window.menuBar().actions() if each.text() == "&Training"]
    action = window.tabs.train.prepared.action
    assert action in training.actions()
    assert action.shortcut().toString() == "Ctrl+Shift+P"
    action.trigger()
    dialog = window.tabs.train.prepared.dialog
    assert dialog.isVisible()
    window.leave_now()
    assert not dialog.isVisible()


@needs_data
def test_that_real_photos_are_prepared_with_the_form(sets, panel, qtbot, tmp_path, monkeypatch):
    photos = tmp_path / "hymenoptera_256"
    for split, kind in (("train", "ants"), ("train", "bees"), ("val", "ants"), ("val", "bees")):
        (photos / split / kind).mkdir(parents=True)
        for path in sorted((DATA / "hymenoptera_256" / split / kind).iterdir())[:12]:
            shutil.copy(path, photos / split / kind)
    broken = sorted((photos / "train" / "bees").iterdir())[:2]
    broken[0].write_bytes(broken[0].read_bytes()[:200])
    broken[1].write_text("no picture")
    panel.setup.form.set_values({"data": str(photos), "network": "alexnet-2012"})
    press(sets.dialog._begin)
    form = sets.form.dialog
    assert form.isVisible()
    assert form.values() == (str(photos), 256, "raw"), "as the new run has it"
    qtbot.waitUntil(form.start.isEnabled, timeout=LONG)
    assert form.text().startswith(f"48 images need {round(48 * 256 * 256 * 3 / 1e6)} MB of disk space; ")
    said = on_progress(monkeypatch, sets, None)
    press(form.start)
    assert not form.isVisible()
    settle(qtbot, sets)
    (row,) = sets.dialog.table.texts()
    (made,) = prepared_sets()
    assert row[0] == "hymenoptera_256"
    assert row[1] == str(photos)
    assert row[2:4] == ["raw", "complete"]
    assert row[5:] == ["46", "2", "256 × 256", size(made.bytes)]
    assert (
        "Prepared hymenoptera_256: 46 images of 256 × 256 pixels. 2 files could not be read"
        in sets.dialog.banner.text()
    )
    assert f"1 set, {size(made.bytes)}, in ~/.cache/alexnet-app/prepared" in labels(sets.dialog)
    assert [(where, told, rest) for where, _, told, rest in said if told and rest and "2 skipped" in where]
    shares = [share for where, share, _, _ in said if where.startswith("Preparing")]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    press(next(each for each in sets.dialog.banner.findChildren(QPushButton) if each.text() == "Show skipped files"))
    assert sets.dialog.left_out.isChecked()
    qtbot.waitUntil(lambda: sets.dialog.skipped.skipped.rowCount() == 2, timeout=LONG)
    assert [sets.dialog.skipped.skipped.row(place)[0] for place in range(2)] == [
        str(each.relative_to(photos)) for each in broken
    ]
    assert sets.dialog.skipped.skipped.row(1)[1] == "is a text file, not a picture that can be read"


def test_that_the_form_says_what_is_wrong_and_what_there_is_no_room_for(sets, qtbot, pets, tmp_path, monkeypatch):
    press(sets.dialog.prepare)
    form = sets.form.dialog
    assert form.values() == ("", 256, "raw"), "the sample data of the new run need no preparing"
    assert form.start.toolTip() == "Choose the images first"
    (tmp_path / "nothing").mkdir()
    form.data.take(str(tmp_path / "nothing"))
    assert form.start.toolTip() == "The disk space needed is not known yet"
    qtbot.waitUntil(lambda: "has no sub-folders" in form.text(), timeout=LONG)
    assert not form.start.isEnabled()
    monkeypatch.setattr("alexnet_app.core.data.prepared.expecting.free_bytes", lambda _: 2_000_000)
    form.data.take(str(pets))
    qtbot.waitUntil(lambda: "only 2 MB are free" in form.text(), timeout=LONG)
    assert form.text().startswith("60 images need 12 MB of disk space, but")
    assert not form.start.isEnabled()
    form.side.write("32")
    form.side.finished.emit()
    qtbot.waitUntil(form.start.isEnabled, timeout=LONG)
    form.reject()
    assert not sets.is_on()


def test_that_pictures_that_need_no_preparing_and_those_that_have_it_are_told(sets, qtbot, pets):
    make(qtbot, sets, pets)
    press(sets.dialog.prepare)
    form = sets.form.dialog
    form.data.take(str(pets))
    form.side.write("32")
    form.side.finished.emit()
    qtbot.waitUntil(lambda: "This set is already complete" in form.text(), timeout=LONG)
    form.data.take("shapes")
    form.side.write("64")
    form.side.finished.emit()
    qtbot.waitUntil(lambda: "nothing to prepare" in form.text(), timeout=LONG)
    assert not form.start.isEnabled()
    form.reject()


def test_that_a_folder_can_be_dropped_on_the_form(sets, qtbot, pets):
    press(sets.dialog.prepare)
    form, mime = sets.form.dialog, QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(pets))])
    actions, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    form.dropEvent(QDropEvent(QPointF(5, 5), actions, mime, LEFT, keys))
    assert form.values()[0] == str(pets)
    qtbot.waitUntil(form.start.isEnabled, timeout=LONG)
    form.reject()


# cancelled and continued


@pytest.mark.parametrize("storage", ["raw", "jpeg"])
def test_that_what_was_cancelled_goes_on_to_the_same_bytes(sets, qtbot, pets, tmp_path, monkeypatch, storage):
    said = interrupt(qtbot, monkeypatch, sets, pets, storage=storage)
    assert said[-1][0] == "Cancelling…"
    assert "Stopped. The prepared images of “pets” are kept" in sets.dialog.banner.text()
    (begun,) = prepared_sets()
    assert begun.state == "begun"
    assert 0 < begun.pictures < 60
    (row,) = sets.dialog.table.texts()
    assert row[3] == "not complete"
    assert sets.dialog.chosen() == begun.name
    assert "cannot be verified" in sets.dialog.verify.toolTip()
    said = on_progress(monkeypatch, sets, None)
    press(sets.dialog.go_on)
    settle(qtbot, sets)
    first = next(where for where, *_ in said if where.startswith("Preparing"))
    assert int(first.split(": ")[1].split(" of ")[0]) >= begun.pictures, "it goes on where it was"
    assert sets.dialog.table.texts()[0][3] == "complete"
    assert sets.dialog.go_on.toolTip() == "It is complete"
    assert contents(begun.folder) == whole(pets, tmp_path / "whole", storage=storage)


def test_that_only_one_thing_is_done_at_a_time(sets, qtbot, pets, monkeypatch):
    seen = []

    def look():
        dialog = sets.dialog
        seen.append([(each.isEnabled(), each.toolTip()) for each in (dialog.prepare, dialog.verify, dialog.delete)])
        sets.prepare(wanted(pets))

    on_progress(monkeypatch, sets, look)
    sets.prepare(wanted(pets))
    settle(qtbot, sets)
    assert [each for each, _ in seen[0]] == [False] * 3
    assert seen[0][0][1] == "Preparing pets is in progress; cancel it first"
    assert sets.dialog.table.texts()[0][3] == "complete"


# verified and repaired


def test_that_a_whole_set_is_verified(sets, qtbot, pets):
    make(qtbot, sets, pets)
    press(sets.dialog.verify)
    assert sets.dialog.work.isVisible()
    settle(qtbot, sets)
    assert sets.dialog.banner.text() == ("All checksums of pets are correct: none of its 60 images is damaged.")
    assert not sets.dialog.banner.is_error()


def test_that_a_flipped_byte_is_found_and_repaired(sets, qtbot, pets):
    make(qtbot, sets, pets)
    (found,) = prepared_sets()
    before = contents(found.folder)
    flip(found.folder / "train.rgb")
    press(sets.dialog.verify)
    settle(qtbot, sets)
    assert "Damaged images in pets: 2 of 60." in sets.dialog.banner.text()
    assert sets.dialog.table.texts()[0][3] == "damaged"
    assert sets.dialog.go_on.text() == "Repair"
    press(next(each for each in sets.dialog.banner.findChildren(QPushButton) if each.text() == "Repair"))
    settle(qtbot, sets)
    assert contents(found.folder) == before
    assert sets.dialog.table.texts()[0][3] == "complete"


def test_that_a_source_that_is_gone_is_a_sentence(sets, qtbot, pets, monkeypatch):
    interrupt(qtbot, monkeypatch, sets, pets)
    shutil.rmtree(pets)
    press(sets.dialog.go_on)
    settle(qtbot, sets)
    assert sets.dialog.banner.is_error()
    assert sets.dialog.banner.text() == (
        f"The data folder {pets} does not exist; choose a folder with one sub-folder per class, or an archive of "
        "CIFAR-10."
    )
    assert sets.dialog.go_on.isEnabled(), "it can be tried again once the folder is back"


def test_that_a_full_disk_is_a_sentence_and_what_was_made_is_kept(sets, qtbot, pets, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(building, "RECORD_PICTURES", 4)
        append, seen = building._Writer.append, []

        def full(writer, block):
            seen.append(block)
            if len(seen) > 10:
                raise OSError(28, "No space left on device")
            append(writer, block)

        patch.setattr(building._Writer, "append", full)
        sets.prepare(wanted(pets))
        settle(qtbot, sets)
    assert "No space left on device; free some space there and start again" in sets.dialog.banner.text()
    assert sets.dialog.table.texts()[0][3] == "not complete"
    press(sets.dialog.go_on)
    settle(qtbot, sets)
    assert sets.dialog.table.texts()[0][3] == "complete"


# deleted


def test_that_a_set_is_deleted_after_one_question(sets, qtbot, pets):
    make(qtbot, sets, pets, side=256)
    (found,) = prepared_sets()
    press(sets.dialog.delete)
    question = sets.questions.box
    assert question.text() == "Delete the prepared set of “pets”?"
    freed, said = size(found.bytes), question.informativeText()
    assert said.startswith(f"This frees {freed}. The original images are kept")
    QTest.mouseClick(question.no, LEFT)
    assert found.folder.exists()
    assert not sets.is_on()
    sets.dialog.table.setFocus()
    QTest.keyClick(sets.dialog.table, Qt.Key.Key_Delete)
    QTest.mouseClick(sets.questions.box.yes, LEFT)
    settle(qtbot, sets)
    assert prepared_sets() == ()
    assert len(list(pets.rglob("*.png"))) == 60
    assert sets.dialog.banner.text() == f"Deleted the prepared set of pets and freed {freed}."
    assert "No prepared sets yet" in labels(sets.dialog)


def test_that_a_set_that_is_used_since_it_was_asked_is_not_deleted(sets, qtbot, pets, monkeypatch):
    make(qtbot, sets, pets)
    press(sets.dialog.delete)
    monkeypatch.setattr(sets.use, "why", lambda _: "A run in progress uses it; stop the run first")
    QTest.mouseClick(sets.questions.box.yes, LEFT)
    assert sets.dialog.banner.text() == "A run in progress uses it; stop the run first."
    assert len(prepared_sets()) == 1


def test_that_what_nobody_can_read_can_still_be_deleted(sets, qtbot, home):
    old = home / ".cache" / "alexnet-app" / "prepared" / "photos-0123456789abcdef-raw"
    old.mkdir(parents=True)
    (old / "finished.json").write_text("{}")
    sets.list.look_again()
    settle(qtbot, sets)
    (row,) = sets.dialog.table.texts()
    assert row[0] == "photos"
    assert row[3] == "damaged"
    assert "choose them with Prepare, or delete the set" in sets.dialog.go_on.toolTip()
    press(sets.dialog.delete)
    QTest.mouseClick(sets.questions.box.yes, LEFT)
    settle(qtbot, sets)
    assert not old.exists()


def test_that_a_set_that_a_run_uses_is_not_deleted(sets, panel, qtbot, pets, tmp_path, monkeypatch):
    monkeypatch.setattr(prepared_use, "SLACK", 0.0)
    shutil.copytree(pets, tmp_path / "other")
    make(qtbot, sets, tmp_path / "other", side=48)
    values = {"data": str(pets), "network": "cifar-towers", "epochs": 10_000, "batch_size": 4, "threads": 1}
    panel.setup.form.set_values(values | {"learning_rate": 0.001, "device": "cpu"})
    panel.start()
    qtbot.waitUntil(lambda: panel._live is not None and panel._live.state.step > 0, timeout=LONG)
    sets.list.look_again()
    settle(qtbot, sets)
    sets.dialog.table.choose(next(each.name for each in prepared_sets() if each.source == "pets"))
    assert not sets.dialog.delete.isEnabled()
    assert sets.dialog.delete.toolTip() == "A run in progress uses it; stop the run first"
    assert sets.dialog.prepare.toolTip() == "A run is in progress; stop it first"
    sets.dialog.table.choose(next(each.name for each in prepared_sets() if each.source == "other"))
    assert sets.dialog.delete.isEnabled(), "nobody uses that one"
    panel.control.stop()
    qtbot.waitUntil(lambda: not panel._jobs.running(), timeout=LONG)
    sets.dialog.table.choose(next(each.name for each in prepared_sets() if each.source == "pets"))
    assert sets.dialog.delete.isEnabled()
    assert sets.dialog.prepare.isEnabled()


# left


def test_that_closing_while_it_works_asks_and_can_go_on(sets, qtbot, pets, monkeypatch):
    def close_and_go_on():
        sets.dialog.close()
        assert sets.dialog.isVisible()
        assert sets.questions.box.text() == "Preparing “pets” has not finished yet."
        QTest.mouseClick(sets.questions.box.no, LEFT)

    on_progress(monkeypatch, sets, close_and_go_on)
    sets.prepare(wanted(pets))
    settle(qtbot, sets)
    assert sets.dialog.isVisible()
    assert sets.dialog.table.texts()[0][3] == "complete"


def test_that_closing_while_it_works_can_stop_it(sets, qtbot, pets, monkeypatch):
    def close_and_stop():
        QTest.keyClick(sets.dialog, Qt.Key.Key_Escape)
        QTest.mouseClick(sets.questions.box.yes, LEFT)

    on_progress(monkeypatch, sets, close_and_stop)
    sets.prepare(wanted(pets))
    qtbot.waitUntil(lambda: not sets.is_on(), timeout=LONG)
    assert not sets.dialog.isVisible()
    (begun,) = prepared_sets()
    assert begun.state == "begun"
    sets.show()
    settle(qtbot, sets)
    assert sets.dialog.go_on.isEnabled()


def test_that_a_question_goes_when_the_work_ends_first(sets, qtbot, pets, monkeypatch):
    on_progress(monkeypatch, sets, lambda: sets.dialog.close())
    sets.prepare(wanted(pets))
    qtbot.waitUntil(lambda: sets.questions.box is not None, timeout=LONG)
    settle(qtbot, sets)
    assert sets.questions.box is None
    assert sets.dialog.isVisible()


@SLOW
def test_that_the_program_is_left_while_it_works_and_goes_on_the_next_time(open_window, qtbot, pets, monkeypatch):
    first = open_window()
    sets = first.tabs.train.prepared
    sets.show()
    on_progress(monkeypatch, sets, first.close)
    with qtbot.waitSignal(first.left, timeout=LONG):
        sets.prepare(wanted(pets))
    assert not first._jobs.running(), "no thread is left"
    assert not sets.dialog.isVisible()
    (begun,) = prepared_sets()
    assert begun.state == "begun"
    sets = open_window().tabs.train.prepared
    sets.show()
    settle(qtbot, sets)
    press(sets.dialog.go_on)
    settle(qtbot, sets)
    assert prepared_sets()[0].state == "finished"


# how it looks


def test_that_the_folder_is_opened(sets, monkeypatch, home):
    opened = []
    monkeypatch.setattr(prepared.QDesktopServices, "openUrl", opened.append)
    press(sets.dialog.folder)
    assert [each.toLocalFile() for each in opened] == [str(home / ".cache" / "alexnet-app" / "prepared")]
    assert Path(opened[0].toLocalFile()).is_dir()


def test_that_a_cache_that_cannot_be_written_is_a_sentence(sets, home):
    (home / ".cache").mkdir(exist_ok=True)
    shutil.rmtree(home / ".cache" / "alexnet-app", ignore_errors=True)
    (home / ".cache" / "alexnet-app").write_text("no folder")
    press(sets.dialog.folder)
    assert sets.dialog.banner.is_error()
    assert "could not be written" in sets.dialog.banner.text()


@pytest.mark.parametrize("factor", [1.0, 1.5])
def test_that_nothing_is_cut_off(panel, qapp, qtbot, pets, factor):
    before, font = qapp.font(), qapp.font()
    font.setPointSizeF(factor * font.pointSizeF())
    qapp.setFont(font)
    try:
        sets = panel.prepared
        sets.show()
        make(qtbot, sets, pets)
        sets.dialog.show_progress(
            "Preparing pets: 1,281,167 of 1,281,167, 12 skipped", 0.5, "12,345 images/s", "12 h left"
        )
        qtbot.wait(1)
        for each in (*sets.dialog.findChildren(QPushButton), *sets.dialog.findChildren(QLabel)):
            if each.isVisible():
                place = each.rect().translated(each.mapTo(sets.dialog, QPoint(0, 0)))
                assert sets.dialog.rect().contains(place), each.text()
                assert each.width() >= each.minimumSizeHint().width(), each.text()
        table = sets.dialog.table
        assert table.horizontalScrollBar().maximum() == 0
        sets.dialog.show_rest()
    finally:
        qapp.setFont(before)


def test_that_numbers_of_the_list_are_right_aligned(sets, qtbot, pets):
    make(qtbot, sets, pets)
    table = sets.dialog.table
    right = [bool(table.item(0, column).textAlignment() & Qt.AlignmentFlag.AlignRight) for column in range(9)]
    assert right == [False] * 5 + [True] * 4


# a run that prepares


def test_that_a_run_says_what_it_does_with_its_pictures_how_fast_and_how_long(qtbot, monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(speed.time, "monotonic", lambda: float(next(clock)))
    live = LiveRun([])
    qtbot.addWidget(live)
    live.begin(variant("cifar-towers"), 8, live=True)

    def said(*events):
        for event in events:
            live.show_event(event)
        live.refresh()
        return live.bar._where.text(), live.bar._speed.text(), live.bar._rest.text()

    assert said(Progress("check", 3000, 0)) == ("checking the files, 3,000", "", "")
    assert said(Progress("prepare", 1000, 9000)) == ("preparing the images, 1,000 of 9,000", "", "")
    assert said(Progress("prepare", 1500, 9000)) == (
        "preparing the images, 1,500 of 9,000",
        "500 images/s",
        "15 s left",
    )
    assert said(Skipped("a", "is broken"), Progress("prepare", 2000, 9000))[0].endswith("2,000 of 9,000 · 1 skipped")
    assert said(Progress("measure", 20, 90)) == ("measuring the colours, 20 of 90 · 1 skipped", "", "")
    started = RunStarted("cifar-towers", "pets", 1, 54, 6, 0, 7, 3, "cpu", "fp32", 1)
    assert said(started) == ("epoch 1 of 3 · step 0", "", "")
    live.begin(variant("cifar-towers"), 8, live=True)
    assert said(Progress("prepare", 5, 10)) == ("preparing the images, 5 of 10", "", "")
