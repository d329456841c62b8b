"""What a person does with answers: remove, undo, correct, copy, export, put into folders and take back."""

import csv
import json
import shutil
from pathlib import Path

import pytest
import torch
from PIL import Image
from PySide6.QtCore import QEvent, QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.shapes import generate
from alexnet_app.core.events import Answered
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.ui.classify import filing_away, filing_jobs
from alexnet_app.ui.classify.export_jobs import ExportKind
from alexnet_app.ui.classify.exporting import kind_of
from alexnet_app.ui.classify.history import History, UndoStep
from alexnet_app.ui.classify.panel import ClassifyPanel
from alexnet_app.ui.classify.scopes import Scope
from alexnet_app.ui.classify.views.label_dialog import LabelDialog
from alexnet_app.ui.settings import Settings

NAMES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
LEFT, CONTROL = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.ControlModifier
SPOKEN = Qt.ItemDataRole.AccessibleTextRole


@pytest.fixture(scope="session")
def model(tmp_path_factory):
    network = AlexNet(variant("shapes-towers", classes=len(NAMES)))
    network.initialize(torch.Generator().manual_seed(1))
    weights = plain_weights(network)
    weights["fc8.weight"] *= 36.0
    path = tmp_path_factory.mktemp("models") / "first.alexnet"
    write_bundle(path, Bundle(network.spec, NAMES, torch.full((3, 1, 1), 100.0), weights, {}))
    return str(path)


@pytest.fixture
def photos(tmp_path):
    """Twelve pictures in two folders, one of which has the name of a class."""
    for number, picture in enumerate(generate(0, "test", 0, 12).pictures):
        path = tmp_path / "photos" / ("cat", "mixed")[number % 2] / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
    return tmp_path / "photos"


@pytest.fixture
def rest(qtbot, jobs):
    return lambda: qtbot.waitUntil(lambda: not jobs.running(), timeout=20_000)


@pytest.fixture
def panel(qtbot, jobs, model, photos, rest):
    """The panel on the screen, with answers to the twelve."""
    panel = ClassifyPanel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.resize(1024, 600)
    panel.show()
    panel.set_models([("First", model)])
    rest()
    panel.classify([str(photos)])
    rest()
    panel.activateWindow()
    panel.list.setFocus()
    return panel


def paths(panel):
    model = panel.list.pictures
    return [path for row in range(model.rowCount()) if (path := model.path_at(model.index(row)))]


def contents(folder):
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def test_that_what_is_removed_comes_back_where_it_was_and_goes_again(panel):
    before = paths(panel)
    panel.list.choose(before[3:6])
    panel.list.pick(before[4])
    panel.list.choose(before[3:6])
    QTest.keyClick(panel.list, Qt.Key.Key_Delete)
    assert paths(panel) == before[:3] + before[6:]
    assert panel.bar.text() == "9 pictures"
    assert panel.list.path() == before[7], "the one that is in its place now"
    assert all(Path(path).exists() for path in before)
    QTest.keyClick(panel.list, Qt.Key.Key_Z, CONTROL)
    assert paths(panel) == before
    assert panel.list.chosen() == before[3:6]
    panel.commands.redo.trigger()
    assert len(paths(panel)) == 9
    panel.commands.undo.trigger()
    assert [event.path for event in panel.answering.album.known()] == before, "the order of dropping"


def test_that_answers_of_a_model_that_is_no_longer_chosen_do_not_come_back(panel, rest):
    before = paths(panel)
    panel.list.pick(before[0])
    panel.commands.pictures.remove.trigger()
    panel.answering.set_ten_view(True)
    rest()
    panel.commands.undo.trigger()
    assert panel.answering.album.event(before[0]) is None
    rest()
    assert isinstance(panel.answering.album.event(before[0]), Answered)


def test_that_keys_give_the_right_class_and_that_is_undone(panel):
    first = paths(panel)[0]
    panel.list.pick(first)
    panel.list.choose(paths(panel)[:2])
    answers = [each.label for each in panel.answering.album.event(panel.list.path()).predictions]
    QTest.keyClick(panel.list, Qt.Key.Key_3)
    assert set(panel.answering.album.labels().values()) == {answers[2]}
    assert len(panel.answering.album.labels()) == 2
    assert f"corrected to {answers[2]}" in panel.list.pictures.index(0).data(SPOKEN)
    assert panel.page.remark.text().endswith(f"Corrected to {answers[2]}")
    QTest.keyClick(panel.list, Qt.Key.Key_0)
    assert not panel.answering.album.labels()
    panel.commands.undo.trigger()
    assert len(panel.answering.album.labels()) == 2
    panel.commands.undo.trigger()
    assert not panel.answering.album.labels()
    QTest.keyClicks(panel.gallery.filter, "3")
    assert not panel.answering.album.labels(), "typed in the filter it is a text"


def test_that_any_class_can_be_given_by_name(panel):
    panel.list.pick(paths(panel)[0])
    QTest.keyClick(panel.list, Qt.Key.Key_L)
    dialog = panel.findChild(LabelDialog)
    QTest.keyClicks(dialog.name, "<b>my own</b>")
    dialog.accept()
    assert panel.answering.album.label(paths(panel)[0]) == "<b>my own</b>"


def test_that_the_folder_tells_right_from_wrong(panel):
    of_cats = [path for path in paths(panel) if Path(path).parent.name == "cat"]
    assert len(of_cats) == 6
    for path in of_cats:
        assert panel.answering.album.truth(path) == "cat"
        event = panel.answering.album.event(path)
        panel.list.pick(path)
        is_right = event.predictions[0].label == "cat"
        assert ("Right" if is_right else "Wrong") + ": the folder says cat" in panel.page.remark.text()
    assert not panel.answering.album.truth(next(path for path in paths(panel) if path not in of_cats))


def test_that_the_count_that_remains_is_beside_the_filter(panel):
    assert panel.gallery.bar.count() == ""
    panel.gallery.filter.setText("01.png")
    assert panel.gallery.bar.count() == "1 of 12"


def test_that_pictures_and_answers_are_copied(panel, rest):
    first, second = paths(panel)[:2]
    panel.list.pick(first)
    panel.commands.pictures.copy_picture.trigger()
    rest()
    assert QGuiApplication.clipboard().image().width() == 64
    panel.list.choose([first, second])
    panel.commands.pictures.copy_answer.trigger()
    rows = [line.split("\t") for line in QGuiApplication.clipboard().text().splitlines()]
    assert [row[0] for row in rows] == [Path(first).name, Path(second).name]
    assert all(row[1] in NAMES and row[2].endswith("%") for row in rows)


def test_that_only_pictures_are_opened(panel, tmp_path):
    opened = []
    panel.results.handling.show_file = opened.append
    panel.list.opened.emit(paths(panel)[0])
    assert opened == [paths(panel)[0]]
    program = tmp_path / "photos" / "run.exe"
    shutil.copy(paths(panel)[0], program)
    panel.results.handling.open(str(program))
    assert len(opened) == 1
    assert "by its name it is no picture" in panel.banner.text()


@pytest.mark.parametrize("is_own", [True, False])
def test_that_files_dragged_out_of_the_list_are_not_taken_for_new_ones(window, photos, qtbot, is_own):
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(photos / "cat" / "00.png"))])
    where, copy, keys = QPoint(5, 5), Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier

    class Entering(QDragEnterEvent):
        def source(self):
            return window.tabs.classify.list if is_own else None

    class Dropped(QDropEvent):
        source = Entering.source

    window.dragEnterEvent(Entering(where, copy, mime, LEFT, keys))
    assert window._overlay.isVisibleTo(window) is not is_own
    window.dropEvent(Dropped(QPointF(where), copy, mime, LEFT, keys, QEvent.Type.Drop))
    assert window.tabs.classify.answering.is_busy() is not is_own
    qtbot.waitUntil(lambda: not window.tabs.classify.answering.is_busy(), timeout=20_000)


@pytest.mark.parametrize("kind", list(ExportKind))
def test_that_answers_are_written_as_every_kind_of_file(panel, tmp_path, rest, kind):
    panel.list.choose(paths(panel)[1:3])
    panel.results.handling.label("kitten")
    suffix = {"json": "json", "page": "html", "sheet": "png", "pages": "pdf"}.get(kind, "csv")
    path = tmp_path / f"out.{suffix}"
    panel.results.exporting.export(str(path), kind, Scope.ALL, replace=False)
    rest()
    assert str(path) in panel.banner.text()
    if kind == ExportKind.JSON:
        rows = json.loads(path.read_text())
        assert [row.get("corrected", "") for row in rows][:4] == ["", "kitten", "kitten", ""]
    if kind in (ExportKind.TABLE, ExportKind.SPREADSHEET):
        rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
        assert [row["corrected"] for row in rows][:4] == ["", "kitten", "kitten", ""]
        assert {row["folder"] for row in rows} == {"cat", ""}
    if kind == ExportKind.PAGE:
        assert "kitten (corrected)" in path.read_text()


def test_that_only_what_is_shown_or_chosen_is_exported(panel, tmp_path, rest):
    assert not panel.commands.export_shown.isEnabled()
    panel.gallery.filter.setText("0")
    panel.list.choose(paths(panel)[2:4])
    for scope, count in ((Scope.SHOWN, len(paths(panel))), (Scope.CHOSEN, 2), (Scope.ALL, 12)):
        path = tmp_path / f"{scope}.json"
        panel.results.exporting.export(str(path), ExportKind.JSON, scope, replace=False)
        rest()
        assert len(json.loads(path.read_text())) == count
    assert panel.commands.export_shown.isEnabled()
    assert panel.commands.export_chosen.isEnabled()


def test_that_the_ending_that_is_typed_decides_what_is_written():
    assert kind_of("a.html", ExportKind.TABLE) == ExportKind.PAGE
    assert kind_of("a.csv", ExportKind.LABELS) == ExportKind.LABELS
    assert kind_of("a.csv", ExportKind.PAGE) == ExportKind.TABLE
    assert kind_of("a.txt", ExportKind.JSON) == ExportKind.JSON


def test_that_a_drawing_can_be_cancelled_and_leaves_nothing(panel, tmp_path, rest, monkeypatch):
    monkeypatch.setattr("alexnet_app.ui.classify.export_jobs.is_to_end", lambda asked: True)
    path = tmp_path / "out.html"
    panel.results.exporting.export(str(path), ExportKind.PAGE, Scope.ALL, replace=False)
    rest()
    assert not list(tmp_path.glob("out.*"))
    assert panel.results.exporting.work is None


def test_that_corrected_classes_are_a_table_to_train_on(panel, photos, rest):
    of = {"kitten": paths(panel)[:6], "plane": paths(panel)[6:]}
    for label, some in of.items():
        panel.list.choose(some)
        panel.results.handling.label(label)
    table = photos / "mine.csv"
    panel.results.exporting.export(str(table), ExportKind.LABELS, Scope.ALL, replace=False)
    rest()
    rows = list(csv.reader(table.read_text().splitlines()))
    assert rows[0] == ["path", "label"]
    assert rows[1] == [Path(of["kitten"][0]).relative_to(photos).as_posix(), "kitten"]
    source = open_source(str(table))
    assert source.classes == ("kitten", "plane")
    assert sum(len(split.labels) for split in source.splits.values()) == 12


def file_all(panel, rest, qtbot, target, *, moves):
    panel.commands.file.trigger()
    dialog = panel.results.filing.dialog
    dialog.target.setText(str(target))
    dialog.moves.setChecked(moves)
    dialog.apart.setChecked(True)
    assert not dialog.file.isEnabled()
    qtbot.waitUntil(dialog.file.isEnabled, timeout=10_000)
    counts = {
        dialog.preview.item(row, 0).text(): int(dialog.preview.item(row, 1).text())
        for row in range(dialog.preview.rowCount())
    }
    assert not target.exists(), "nothing happens before it was agreed to"
    QTest.mouseClick(dialog.file, LEFT)
    rest()
    return counts


@pytest.mark.parametrize("moves", [True, False])
def test_that_pictures_are_put_into_folders_and_come_back(panel, photos, tmp_path, rest, qtbot, moves):
    before, listed = contents(photos), paths(panel)
    panel.list.choose(listed[:1])
    panel.results.handling.label("my own")
    counts = file_all(panel, rest, qtbot, tmp_path / "sorted", moves=moves)
    assert counts["my own"] == 1
    assert sum(counts.values()) == 12
    found = {folder.name: len(list(folder.iterdir())) for folder in (tmp_path / "sorted").iterdir() if folder.is_dir()}
    assert found == counts
    word = "Moved" if moves else "Copied"
    assert panel.banner.text() == f"{word} 12 pictures into {tmp_path / 'sorted'}."
    assert (contents(photos) == before) is not moves
    assert all(Path(path).exists() for path in paths(panel)), "the list follows them"
    assert panel.answering.album.label(paths(panel)[0]) == "my own"
    panel.banner._action.click()
    rest()
    assert contents(photos) == before
    assert not (tmp_path / "sorted").exists()
    assert paths(panel) == listed
    assert panel.banner.text() == "Took back 12 pictures."


def test_that_a_journal_is_found_again_by_another_start(panel, photos, tmp_path, rest, qtbot, jobs, model):
    before = contents(photos)
    file_all(panel, rest, qtbot, tmp_path / "sorted", moves=True)
    other = ClassifyPanel(jobs, Settings())
    qtbot.addWidget(other)
    other.show()
    other.commands.unfile.trigger()
    dialog = next(each for each in other.findChildren(QFileDialog) if each.isVisible())
    assert Path(dialog.directory().absolutePath()) == tmp_path / "sorted"
    (journal,) = (tmp_path / "sorted").glob("*.json")
    dialog.selectFile(str(journal))
    dialog.accept()
    rest()
    assert contents(photos) == before
    assert other.banner.text() == "Took back 12 pictures."


def test_that_a_clear_is_not_undone_where_the_files_are_elsewhere_now(panel, photos, tmp_path, rest, qtbot):
    file_all(panel, rest, qtbot, tmp_path / "sorted", moves=True)
    panel.commands.clear.trigger()
    assert panel.commands.undo.isEnabled()
    (journal,) = (tmp_path / "sorted").glob("*.json")
    panel.results.filing.undo(str(journal))
    rest()
    assert not panel.commands.undo.isEnabled()
    assert all(Path(path).exists() for path in paths(panel))


def test_that_the_offer_to_undo_a_clear_goes_with_it(panel):
    listed = paths(panel)
    panel.list.choose(listed[:1])
    panel.results.handling.label("my own")
    panel.commands.clear.trigger()
    assert panel.banner.text().startswith("Cleared 12 pictures.")
    panel.commands.undo.trigger()
    assert panel.banner.isHidden(), "its Undo would take the class back"
    assert panel.answering.album.label(listed[0]) == "my own"


def test_that_filing_can_be_cancelled_and_what_was_done_is_undone(panel, photos, tmp_path, rest, qtbot, monkeypatch):
    before, asked = contents(photos), []
    monkeypatch.setattr(filing_jobs, "is_to_end", lambda _: asked.append(1) or len(asked) == 5)
    file_all(panel, rest, qtbot, tmp_path / "sorted", moves=True)
    assert panel.banner.text() == f"Moved 5 pictures into {tmp_path / 'sorted'}. Cancelled before 7 pictures."
    assert sum(1 for path in paths(panel) if "sorted" in path) == 5
    panel.banner._action.click()
    rest()
    assert contents(photos) == before


def test_that_the_threshold_of_not_sure_is_previewed_and_a_file_as_the_target_is_told(panel, photos, rest, qtbot):
    panel.commands.file.trigger()
    dialog = panel.results.filing.dialog
    qtbot.waitUntil(dialog.file.isEnabled, timeout=10_000)
    sure = dialog.file.text()
    dialog.least.setValue(99)
    qtbot.waitUntil(lambda: dialog.file.text() != sure, timeout=10_000)
    qtbot.waitUntil(lambda: "stay" in dialog.remark.text(), timeout=10_000)
    dialog.target.setText("somewhere")
    qtbot.waitUntil(lambda: "whole path" in dialog.remark.text(), timeout=10_000)
    assert not dialog.file.isEnabled()
    dialog.reject()
    rest()
    assert panel.results.filing.dialog is None
    assert filing_away.SETTLED < 1000


def test_that_skipped_files_are_not_counted_among_the_pictures_to_file(panel, photos, rest, qtbot):
    broken = photos / "broken.png"
    broken.write_bytes(b"no picture")
    panel.classify([str(broken)])
    rest()
    panel.commands.file.trigger()
    dialog = panel.results.filing.dialog
    qtbot.waitUntil(dialog.file.isEnabled, timeout=10_000)
    assert dialog.scope.currentText() == "All, 12 pictures"
    planned = sum(int(dialog.preview.item(row, 1).text()) for row in range(dialog.preview.rowCount()))
    assert str(12 - planned) in dialog.remark.text() if planned < 12 else "stay" not in dialog.remark.text()
    dialog.show_plan([("cat", 2)], 1)
    assert "1 picture stays where it is" in dialog.remark.text()
    header = dialog.preview.horizontalHeaderItem(1)
    assert header.textAlignment() == dialog.preview.item(0, 1).textAlignment()
    dialog.reject()


def test_that_a_history_is_bounded_and_forgets_what_was_undone():
    history, state = History(), []
    for number in range(30):
        history.do(UndoStep(f"{number}", lambda number=number: state.append(number), state.pop))
    for _ in range(30):
        history.undo()
    assert state == list(range(10))
    history.redo()
    assert state[-1] == 10
    history.do(UndoStep("new", lambda: state.append("new"), state.pop))
    assert (history.to_undo(), history.to_redo()) == ("new", "")
