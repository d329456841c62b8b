"""Small widgets: what they show, what they tell, and why they cannot be used."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QFileDialog,
    QLabel,
    QMenu,
    QProgressBar,
    QPushButton,
    QToolButton,
)

from alexnet_app.ui.parts.elided_label import ElidedLabel
from alexnet_app.ui.parts.empty_state import EmptyState
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.parts.run_bar import RunBar
from alexnet_app.ui.train.views.folder_row import FolderRow
from alexnet_app.ui.train.views.run_list import RunList, RunRow

LEFT = Qt.MouseButton.LeftButton


def shown(qtbot, widget, width=320, height=480):
    qtbot.addWidget(widget)
    widget.resize(width, height)
    widget.show()
    return widget


def button(widget, text):
    return next(
        each for each in widget.findChildren(QToolButton) + widget.findChildren(QPushButton) if each.text() == text
    )


@pytest.fixture
def runs(qtbot):
    runs = shown(qtbot, RunList())
    runs.set_runs(
        [
            RunRow("/runs/a", "a", "stopped · 2 of 7 epochs", can_resume=True, is_training=False),
            RunRow("/runs/b", "b", "cannot be read", can_resume=False, is_training=False),
            RunRow("/runs/c", "c", "being trained · 1 of 7 epochs", can_resume=True, is_training=True),
        ]
    )
    return runs


def pick(runs, row):
    table = runs.table
    QTest.mouseClick(table.viewport(), LEFT, pos=table.visualRect(table.found.index(row, 0)).center())


def test_that_nothing_can_be_done_before_a_run_is_chosen(qtbot):
    runs = RunList()
    qtbot.addWidget(runs)
    runs.set_runs([RunRow("/runs/a", "a", "stopped", can_resume=True, is_training=False)])
    of_run = runs.acts.all()
    assert len(of_run) == 12
    assert runs.refresh_action.isEnabled()
    for action in of_run:
        assert not action.isEnabled()
        assert action.toolTip() == "Select a run first"


def test_that_the_run_a_button_would_act_on_is_highlighted(runs, qtbot):
    runs.activateWindow()
    qtbot.waitUntil(runs.isActiveWindow)
    runs.table.setFocus(Qt.FocusReason.TabFocusReason)
    assert runs.path() == "/runs/a"
    assert runs.table.paths() == ["/runs/a"]


@pytest.mark.parametrize(("text", "signal"), [("Open", "opened"), ("Resume", "resumed"), ("New run", "repeated")])
def test_that_a_button_tells_the_chosen_run(runs, qtbot, text, signal):
    pick(runs, 0)
    with qtbot.waitSignal(getattr(runs, signal)) as told:
        QTest.mouseClick(button(runs, text), LEFT)
    assert told.args == ["/runs/a"]


def test_that_enter_and_delete_work_in_the_list(runs, qtbot):
    runs.activateWindow()
    qtbot.waitUntil(runs.isActiveWindow)
    pick(runs, 0)
    found = runs.table
    for key, signal in ((Qt.Key.Key_Return, runs.opened), (Qt.Key.Key_Delete, runs.deleted)):
        with qtbot.waitSignal(signal) as told:
            QTest.keyClick(found, key)
        assert told.args in (["/runs/a"], [["/runs/a"]])


def test_that_a_run_says_why_it_cannot_go_on(runs):
    pick(runs, 1)
    assert not runs.resume_action.isEnabled()
    assert "cannot be read" in runs.resume_action.toolTip()
    pick(runs, 2)
    assert "Another process" in runs.resume_action.toolTip()
    assert "stop it first" in runs.delete_action.toolTip()
    assert runs.open_action.isEnabled()


def test_that_while_one_trains_no_other_is_opened(runs):
    pick(runs, 0)
    runs.set_busy(busy=True)
    assert not runs.open_action.isEnabled()
    assert "stop it first" in runs.open_action.toolTip()
    runs.set_busy(busy=False)
    assert runs.open_action.isEnabled()


def test_that_a_run_is_compared_with_another_one_only(runs, qtbot):
    pick(runs, 0)
    assert "Open another run first" in runs.compare_action.toolTip()
    runs.set_shown("/runs/a")
    assert "already shown" in runs.compare_action.toolTip()
    runs.set_shown("/runs/b")
    with qtbot.waitSignal(runs.compared) as told:
        QTest.mouseClick(button(runs, "Compare"), LEFT)
    assert told.args == ["/runs/a"]


def test_that_the_choice_stays_when_the_list_is_read_anew(runs):
    pick(runs, 1)
    runs.set_runs([RunRow("/runs/new", "new", "", True, False), RunRow("/runs/b", "b", "", True, False)])
    assert runs.path() == "/runs/b"
    runs.set_runs([])
    assert runs.path() == ""
    assert "No runs yet" in next(each.text() for each in runs.findChildren(QLabel) if each.isVisible())


def test_that_the_menu_of_a_run_offers_what_the_buttons_do(runs, qtbot):
    pick(runs, 0)
    runs.table.customContextMenuRequested.emit(QPoint(8, 8))
    menu = next(each for each in runs.findChildren(QMenu) if runs.open_action in each.actions())
    qtbot.waitUntil(menu.isVisible)
    of_buttons = {each.defaultAction() for each in runs._own_buttons()} - {None}
    assert of_buttons < set(menu.actions())
    assert [action.text() for action in menu.actions()][-4:] == ["Delete", "", "Show archived", "Refresh"]
    menu.close()


@pytest.fixture
def bar(qtbot):
    actions = [QAction("Pause"), QAction("Stop")]
    bar = shown(qtbot, RunBar(actions), 700, 40)
    bar._kept = actions
    return bar


def texts(bar):
    return [each.text() for each in bar.findChildren(ElidedLabel)]


def test_that_the_line_says_how_far_it_is(bar):
    bar.show_progress("epoch 2 of 7", 0.25, "300 images/s", "5 min left")
    progress = bar.findChild(QProgressBar)
    assert texts(bar) == ["epoch 2 of 7", "300 images/s", "5 min left"]
    assert progress.value() / progress.maximum() == 0.25
    assert progress.accessibleDescription() == "epoch 2 of 7"
    bar.show_progress("reading the images", None)
    assert (progress.minimum(), progress.maximum()) == (0, 0)


class LayoutRequests(QObject):
    """Counts how often a widget is to lay out its parts."""

    def __init__(self, widget):
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, _, event):
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def test_that_a_number_that_has_room_lays_out_nothing_anew(bar, qtbot):
    bar.show_progress("epoch 10 of 60 · step 12,345", 0.5, "1,300 images/s", "59 min left")
    requests = LayoutRequests(bar)
    qtbot.waitUntil(lambda: requests.count > 0)
    requests.count = 0
    bar.show_progress("epoch 10 of 60 · step 12,346", 0.5, "1,301 images/s", "58 min left")
    qtbot.wait(1)
    assert texts(bar) == ["epoch 10 of 60 · step 12,346", "1,301 images/s", "58 min left"]
    assert requests.count == 0
    bar.show_progress("epoch 10 of 60 · step 12,345,678,901", 0.5, "1,301 images/s", "58 min left")
    qtbot.waitUntil(lambda: requests.count > 0)


def test_that_nothing_jumps_when_numbers_get_shorter(bar, qtbot):
    progress = bar.findChild(QProgressBar)
    bar.show_progress("epoch 10 of 60 · step 12,345", 0.5, "1,300 images/s", "59 min left")
    qtbot.waitUntil(lambda: progress.x() > 150)
    before = progress.geometry()
    bar.show_progress("epoch 1 of 60 · step 1", 0.5, "300 images/s", "5 min left")
    qtbot.wait(1)
    assert progress.geometry() == before


def test_that_the_words_of_the_preparation_leave_their_room_to_the_training(bar, qtbot):
    bar.show_progress("preparing the images, 1,281,167 of 1,281,167", 0.5)
    bar.resize(bar.findChild(QProgressBar).minimumWidth() + 490, 40)
    qtbot.wait(1)
    bar.show_progress("epoch 5 of 7 · step 376", 0.5, "220 images/s", "82 s left")
    qtbot.wait(1)
    assert [each.toolTip() for each in bar.findChildren(ElidedLabel)] == ["", "", ""], "nothing is cut short"


def test_that_a_narrow_line_cuts_its_words_and_not_its_buttons(bar, qtbot):
    bar.show_progress("preparing the images, 1,281,167 of 1,281,167", 0.5, "12,345 images/s", "12 h 34 min left")
    bar.resize(320, 40)
    qtbot.wait(1)
    assert bar.width() == 320
    for each in bar.findChildren(QToolButton):
        assert each.geometry().right() <= bar.width()
        assert each.width() >= each.minimumSizeHint().width()
    where = bar.findChildren(ElidedLabel)[0]
    assert "1,281,167" in where.toolTip()


def test_that_an_empty_state_shows_all_its_words(qtbot):
    words = "A sentence that is longer than one line can be, and goes on for a while. " * 4
    empty = shown(qtbot, EmptyState("Nothing here yet", words, [QPushButton("Begin")]), 640, 480)
    for label in empty.findChildren(QLabel):
        assert label.height() >= label.heightForWidth(label.width())
    empty.set_text("Short.")
    assert "Short." in [label.text() for label in empty.findChildren(QLabel)]


def test_that_a_folder_is_chosen(qtbot, tmp_path):
    row = shown(qtbot, FolderRow("Runs folder", Path("/somewhere")), 400, 40)
    row.explain("What it is for")
    QTest.mouseClick(row.findChild(QToolButton), LEFT)
    dialog = row.findChild(QFileDialog)
    with qtbot.waitSignal(row.changed) as told:
        dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert told.args == [str(tmp_path)]
    assert row.folder() == tmp_path
    assert row.toolTip() == "What it is for"


def test_that_a_long_folder_is_cut_in_the_middle_and_told_whole(qtbot):
    path = "/a/folder/with/a/very/long/name" * 6
    row = shown(qtbot, FolderRow("Runs folder", Path(path)), 300, 40)
    label = row.findChildren(QLabel)[-1]
    label = next(each for each in row.findChildren(QLabel) if each.toolTip() == path)
    assert "…" in label.text()
    assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()


def test_that_a_folder_that_cannot_be_changed_says_why(qtbot):
    row = shown(qtbot, FolderRow("Runs folder", Path("/somewhere")), 400, 40)
    row.set_reason("A run is in progress")
    assert not row.findChild(QToolButton).isEnabled()
    assert row.findChild(QToolButton).toolTip() == row.toolTip() == "A run is in progress"
    row.set_reason("")
    assert row.findChild(QToolButton).isEnabled()


@pytest.fixture
def chooser(qtbot):
    return shown(qtbot, ModelChooser(), 300, 40)


def entries(chooser):
    box = chooser.findChild(QComboBox)
    return [box.itemText(place) for place in range(box.count()) if box.itemText(place)]


GET = "Get torchvision's AlexNet (1,000 classes, 233 MB)"


def test_that_the_keys_begin_no_download(chooser, qtbot):
    chooser.set_models([("A", "/a.alexnet")])
    box = chooser.findChild(QComboBox)
    with qtbot.assertNotEmitted(chooser.fetch_wanted):
        QTest.keyClick(box, Qt.Key.Key_End)
    assert box.currentText() == "A"
    assert chooser.findChild(QFileDialog) is None


def test_that_a_chooser_without_models_says_so_and_can_open_one(chooser):
    assert chooser.path() == ""
    assert entries(chooser) == ["No model yet", "Open a model file…", GET]


def test_that_the_first_model_is_taken_and_the_choice_stays(chooser, qtbot):
    with qtbot.assertNotEmitted(chooser.chosen):
        chooser.set_models([("A", "/a.alexnet"), ("B", "/b.alexnet")])
    assert chooser.path() == "/a.alexnet"
    chooser.choose("/b.alexnet")
    chooser.set_models([("New", "/new.alexnet"), ("A", "/a.alexnet"), ("B", "/b.alexnet")])
    assert chooser.path() == "/b.alexnet"
    assert chooser.findChild(QComboBox).currentText() == "B"


def test_that_a_person_chooses_with_the_keys(chooser, qtbot):
    chooser.set_models([("A", "/a.alexnet"), ("B", "/b.alexnet")])
    with qtbot.waitSignal(chooser.chosen) as told:
        QTest.keyClick(chooser.findChild(QComboBox), Qt.Key.Key_Down)
    assert told.args == ["/b.alexnet"]


def test_that_a_file_that_is_opened_becomes_a_choice(chooser, qtbot, tmp_path):
    chooser.set_models([("A", "/a.alexnet")])
    chooser.browse()
    dialog = chooser.findChild(QFileDialog)
    with qtbot.waitSignal(chooser.chosen) as told:
        dialog.fileSelected.emit(str(tmp_path / "mine.alexnet"))
    dialog.close()
    assert told.args == [str(tmp_path / "mine.alexnet")]
    assert entries(chooser) == ["A", "mine.alexnet", "Open a model file…", GET]
    assert chooser.folder == tmp_path
    QApplication.sendPostedEvents()


def test_that_a_run_is_told_in_whole_words_where_the_list_is_narrow(qtbot):
    runs = RunList()
    qtbot.addWidget(runs)
    short, long = "stopped\n2026", "in progress in another process · 1 of 7 epochs · best validation error 63.8 %\n2026"
    runs.set_runs([RunRow(name, name, said, True, False) for name, said in (("a", short), ("b", long))])
    runs.resize(270, 400)
    runs.show()
    runs.choose("b")
    QApplication.sendPostedEvents()
    assert "best validation error 63.8 %".replace(" ", "\N{NO-BREAK SPACE}") in QLabel.text(runs._about)
    assert runs._about.heightForWidth(runs._about.width()) <= runs._about.height()
