"""No window is larger than its screen, and small screens are used for what matters."""

import pytest
from PySide6.QtCore import QRect, QSize
from PySide6.QtWidgets import QDialog, QMessageBox

from alexnet_app.ui import main_window
from alexnet_app.ui.help.manual import ManualWindow
from alexnet_app.ui.help.shortcuts import ShortcutsWindow
from alexnet_app.ui.parts import screens
from alexnet_app.ui.parts.progress_line import PlaceLabel, ProgressLine
from alexnet_app.ui.parts.questions import AboutBox, LeaveQuestion
from alexnet_app.ui.parts.run_bar import RunBar
from alexnet_app.ui.prepared.views.prepare_form import PrepareForm
from alexnet_app.ui.prepared.views.prepared_dialog import PreparedDialog
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.train.views.network_dialog import NetworkDialog

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 60_000
SMALL = ((1366, 768), (1024, 768), (1024, 600), (960, 540))  # the last is Full HD at 200 %


@pytest.fixture(params=SMALL, ids=str)
def small(request, monkeypatch):
    monkeypatch.setattr(screens, "available", lambda _: QRect(0, 0, *request.param))
    return QSize(*request.param) - screens.FRAME


def fits(widget, room):
    return widget.width() <= room.width() and widget.height() <= room.height()


@SLOW
def test_that_the_first_size_fits_and_the_start_button_is_in_it(small, open_window):
    window = open_window()
    assert fits(window, small)
    assert fits(window.minimumSize(), small)
    button = window.tabs.train.setup.button
    assert window.rect().contains(QRect(button.mapTo(window, button.rect().topLeft()), button.size()))


@SLOW
def test_that_a_remembered_size_of_a_larger_screen_fits(small, open_window, qtbot, monkeypatch):
    with monkeypatch.context() as before:
        before.setattr(screens, "available", lambda _: QRect(0, 0, 1920, 1200))
        large = open_window()
        large.resize(1900, 1100)
        with qtbot.waitSignal(large.left, timeout=LONG):
            large.close()
    assert not fits(QSize(1900, 1100), small)
    assert fits(open_window(), small)


@pytest.mark.parametrize(
    "make",
    [
        PreparedDialog,
        PrepareForm,
        NetworkDialog,
        ManualWindow,
        lambda parent: ShortcutsWindow([("View", "Train", "Ctrl+1")], parent),
        LeaveQuestion,
        lambda parent: AboutBox(parent, "1.0"),
    ],
)
def test_that_every_dialog_fits(small, qtbot, make):
    parent = main_window.QMainWindow()
    qtbot.addWidget(parent)
    dialog = make(parent)
    assert isinstance(dialog, QDialog)
    dialog.adjustSize() if isinstance(dialog, QMessageBox) else None
    assert fits(dialog, small)
    assert dialog.minimumSizeHint().width() <= small.width()
    assert dialog.minimumSizeHint().height() <= small.height()


@SLOW
@pytest.mark.parametrize("size", [(1016, 728), (1016, 560), (952, 500)])
def test_that_the_curves_get_the_room_of_a_small_window(open_window, qtbot, size):
    window = open_window()
    window.resize(*size)
    train = window.tabs.train
    live = train.pages.run()
    train.pages.setCurrentWidget(live)
    qtbot.waitUntil(lambda: live.curves.width() > 0.6 * window.width(), timeout=LONG)
    assert live.curves.height() > 1.3 * live.split.towers.height()
    train.split.side_action.trigger()
    qtbot.waitUntil(lambda: live.curves.width() > 0.98 * window.width(), timeout=LONG)


def test_that_a_hidden_form_stays_hidden_and_comes_back_for_an_error(open_window, qtbot):
    first = open_window()
    first.tabs.train.split.side_action.trigger()
    assert not first.tabs.train.side.isVisible()
    with qtbot.waitSignal(first.left, timeout=LONG):
        first.close()
    second = open_window()
    assert not second.tabs.train.side.isVisible()
    second.tabs.train.setup.form.set_values({"learning_rate": 37.0})
    second.tabs.train.start_action.trigger()
    assert second.tabs.train.side.isVisible()


def test_that_the_form_can_be_narrowed_as_far_as_it_can_be_read(window):
    split = window.tabs.train.split
    split.setSizes([1, 2000])
    form = window.tabs.train.setup.form
    assert 0 < split.sizes()[0] < 320
    assert form.width() >= form.minimumSizeHint().width()


def test_that_the_line_of_a_run_leaves_out_whole_parts(qtbot):
    label = PlaceLabel()
    qtbot.addWidget(label)
    label.show()
    label.tell("epoch 12 of 60 · step 3,456")
    width = label.fontMetrics().horizontalAdvance
    for room, seen in (
        (width("epoch 12 of 60 · step 3,456"), "epoch 12 of 60 · step 3,456"),
        (width("epoch 12 of 60 · step 3,45"), "epoch 12 of 60"),
        (width("epoch 12 of…"), "epoch 12 of…"),
        (width("epoch 12"), "epoch…"),
        (3, ""),
    ):
        label.resize(room, 20)
        assert label.fitting() == seen
    assert "step 3,456" in label.toolTip()


def test_that_the_line_gives_up_the_speed_before_the_rest_of_the_time(qtbot):
    line = ProgressLine(("a", "b", "c", "d"))
    qtbot.addWidget(line)
    line.resize(1000, 30)
    line.show()
    line.show_progress("epoch 12 of 60 · step 3,456", 0.5, "2,310 images/s", "6 min left")
    assert line._speed.isVisible()
    widths = []
    for width in range(1000, 100, -20):
        line.resize(width, 30)
        line._outer.activate()
        widths.append((line._speed.isVisible(), line._rest.isVisible()))
        for part in (line._speed, line._rest):
            assert not part.isVisible() or part.fitting() == part.text()
    assert sorted(set(widths), reverse=True) == [(True, True), (False, True), (False, False)]


def test_that_the_buttons_of_a_run_go_below_where_there_is_no_room_beside(qtbot, window):
    bar = RunBar(window.tabs.train.control.buttons)
    qtbot.addWidget(bar)
    bar.resize(1200, 30)
    bar.show()
    wide = bar.sizeHint().height()
    bar.resize(500, 60)
    assert bar.sizeHint().height() > wide
    assert bar.minimumSizeHint().width() < 500


def test_that_the_memory_of_a_first_start_is_empty():
    assert Settings().text("train side") == ""
