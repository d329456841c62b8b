"""What every panel owes to the person: names, keys, reasons, room, and words that can be translated."""

import ast
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolButton,
    QWidget,
)

import alexnet_app.ui
from alexnet_app.core.events import EpochDone, RunEnded, StepsDone
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.parts.elided_label import ElidedLabel

SLOW = pytest.mark.whole("alexnet_app/ui")

LONG = 30_000
HERE = Qt.ShortcutContext.WidgetWithChildrenShortcut
SLACK = 2  # pixels: of the margin around a text, not of the text
SIZES = ((952, 500), (1016, 560), (1280, 800))  # within the frame of Full HD at 200 %, 1024 × 600, and more
SPIN_BOX, SCROLL = "qt_spinbox_lineedit", ("qt_scrollarea_viewport", "qt_scrollarea_hcontainer")


def write_model(path):
    network = AlexNet(variant("shapes-towers", classes=10))
    network.initialize(torch.Generator().manual_seed(1))
    classes = tuple(f"a class with a name {number}" for number in range(10))
    write_bundle(path, Bundle(network.spec, classes, torch.zeros(3, 1, 1), plain_weights(network), {}))


def write_run(folder):
    run = Run.create(folder, 'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n')
    with holding(run) as log:
        log.append(StepsDone(0, tuple(float(loss) for loss in np.linspace(3, 1, 100)), 0.01, 12_345.0))
        log.append(EpochDone(1, 100, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0))
        log.append(RunEnded("stopped", 100, 1))
    return str(run.folder)


def write_pictures(folder):
    folder.mkdir()
    for number in range(4):
        pixels = np.random.default_rng(number).integers(0, 255, (64, 64, 3), np.uint8)
        Image.fromarray(pixels).save(folder / f"picture-{number}.png")
    (folder / "torn.png").write_bytes(b"no picture")
    return str(folder)


def fill(window, qtbot, folder):
    """Gives every panel something to show: a run, four answers and one file that was skipped, a model."""
    model = folder / "a model with a rather long name.alexnet"
    write_model(model)
    run = write_run(window.tabs.train.setup.runs.folder() / "a run with a rather long name-20261124-101112")
    window.open_paths([str(model), write_pictures(folder / "pictures"), run])
    qtbot.waitUntil(lambda: len(window.tabs.classify.answering.album.known()) == 5, timeout=LONG)
    qtbot.waitUntil(lambda: not window.tabs.train.control.is_on(), timeout=LONG)
    window.tabs.classify.bar.show_skipped()
    window.tabs.train.past.look_again()
    qtbot.waitUntil(lambda: bool(window.tabs.train.past.list.rows()), timeout=LONG)
    window.tabs.train.past.list.choose(run)
    window.tabs.setCurrentWidget(window.tabs.filters)
    qtbot.waitUntil(lambda: window.tabs.filters.view() is not None, timeout=LONG)
    window.tabs.setCurrentWidget(window.tabs.inside)
    window.tabs.inside.show_photo(str(folder / "pictures" / "picture-0.png"), str(model))
    qtbot.waitUntil(lambda: window.tabs.inside._met is not None, timeout=LONG)


@pytest.fixture(params=["empty", "full"])
def state(request, window, qtbot, tmp_path):
    if request.param == "full":
        fill(window, qtbot, tmp_path)
    qtbot.waitUntil(lambda: "memory" in window.tabs.train.setup._takes.text(), timeout=LONG)
    return window


def scenes(window):
    """Each tab and each tab in it, one after the other, with all folds open."""
    for fold in window.tabs.train.setup.form._folds.values():
        fold.set_open(True)
    for place in range(window.tabs.count()):
        window.tabs.setCurrentIndex(place)
        if window.tabs.widget(place) is window.tabs.train:
            for inner in range(window.tabs.train.side.count()):
                window.tabs.train.side.setCurrentIndex(inner)
                yield f"train {inner}"
        else:
            yield window.tabs.tabText(place)


def parts(window, *kinds):
    """What is on the screen and is not a part of another control."""
    for each in window.findChildren(QWidget):
        owned = isinstance(each.parentWidget(), QAbstractSpinBox | QComboBox | QTabBar | QLineEdit)
        if each.isVisible() and not owned and isinstance(each, kinds or QWidget):
            yield each


def settle(qtbot):
    qtbot.wait(1)  # what was asked to be laid out is laid out
    QApplication.sendPostedEvents()


def called(widget):
    return f"{type(widget).__name__} {getattr(widget, 'text', str)()!r} in {type(widget.parentWidget()).__name__}"


def spoken(widget):
    return QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name)


def takes_focus(widget):
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.focusProxy() is None


@SLOW
def test_that_whatever_takes_the_focus_has_a_name(state, qtbot):
    nameless = set()
    for scene in scenes(state):
        nameless |= {f"{scene}: {called(each)}" for each in parts(state) if takes_focus(each) and not spoken(each)}
    assert not nameless


def tooltip(widget):
    """What Qt shows: a widget's own tooltip, or that of what it lies in."""
    while widget is not None and not widget.toolTip() and not widget.isWindow():
        widget = widget.parentWidget()
    return widget.toolTip() if widget is not None else ""


@SLOW
def test_that_what_cannot_be_used_says_why(state, qtbot):
    silent = set()
    controls = (QAbstractButton, QComboBox, QAbstractSpinBox, QLineEdit, QAbstractSlider)
    for scene in scenes(state):
        for each in parts(state, *controls):
            in_bar = isinstance(each.parentWidget(), QAbstractScrollArea) or each.parentWidget().objectName() in SCROLL
            why = tooltip(each)
            if not each.isEnabled() and not in_bar and why in ("", getattr(each, "text", str)()):
                silent.add(f"{scene}: {called(each)}")
    assert not silent


@SLOW
def test_that_a_run_that_is_on_says_why_its_folder_cannot_be_changed(state, qtbot):
    setup = state.tabs.train.setup
    setup.set_running(running=True)
    state.tabs.train.finding.follow(busy=True)
    state.tabs.setCurrentWidget(state.tabs.train)
    state.tabs.train.side.setCurrentIndex(0)
    locked = [*parts(setup.runs, QAbstractButton), state.tabs.train.finding.button]
    assert len(locked) == 2
    for each in locked:
        assert not each.isEnabled()
        assert "stop it first" in tooltip(each), called(each)
    setup.set_running(running=False)
    state.tabs.train.finding.follow(busy=False)


def menus(window):
    """All actions of all menus, with those of the menus inside."""
    waiting = [action.menu() for action in window.menuBar().actions()]
    while waiting:
        for action in waiting.pop().actions():
            if action.menu() is not None:
                waiting.append(action.menu())
            if not action.isSeparator():
                yield action


def panel_of(action):
    """The widget in which a key of its own is heard."""
    (widget,) = [
        each
        for each in action.associatedObjects()
        if isinstance(each, QWidget) and not isinstance(each, QMenu | QToolButton)
    ]
    return widget


def is_foreign(action):
    """Whether it belongs to a control as it comes: to a line edit, or to the plots, which never show their menu."""
    if action.text() == "Export..." or action.objectName().startswith("_q"):
        return True
    return type(action.parent()).__module__.startswith("pyqtgraph")


def test_that_every_command_is_in_a_menu(state):
    in_menus = set(menus(state))
    own = [each for each in state.findChildren(QAction) if each.text() and not is_foreign(each)]
    titles = {each.menuAction() for each in state.findChildren(QMenu)}
    assert not [each.text() for each in own if each not in in_menus | titles and not each.isSeparator()]
    assert len(in_menus) > 20


def test_that_every_command_has_words_and_a_reason_when_it_cannot_be_used(state):
    for action in menus(state):
        assert action.text()
        if not action.isEnabled() and action.menu() is None:
            assert action.toolTip().rstrip("…") != action.text().rstrip("…"), action.text()


def test_that_no_two_commands_have_the_same_key(state):
    keyed = [(key.toString(), each) for each in set(menus(state)) for key in each.shortcuts() if not key.isEmpty()]
    keys = [key for key, _ in keyed]
    own = {key for key, each in keyed if each.shortcutContext() == HERE}
    everywhere = [key for key, each in keyed if each.shortcutContext() != HERE]
    assert sorted(everywhere) == sorted(set(everywhere) - own), "a key of one panel means nothing else everywhere"
    of_panels = [(key, panel_of(each)) for key, each in keyed if each.shortcutContext() == HERE]
    assert len(of_panels) == len(set(of_panels))
    mine = [*state.tabs.classify.commands.all(), *state.tabs.filters.actions()]
    assert not [each.text() for each in mine if not (each.isSeparator() or each.menu()) and each.shortcut().isEmpty()]
    assert {"Ctrl+S", "Ctrl+Shift+S", "Ctrl+O", "Ctrl+V", "Ctrl+Return", "Ctrl+1", "Ctrl+2", "Ctrl+3"} <= set(keys)


@SLOW
def test_that_tab_reaches_everything_and_comes_round(state, qtbot):
    state.activateWindow()
    qtbot.waitUntil(state.isActiveWindow, timeout=LONG)
    for scene in scenes(state):
        settle(qtbot)
        wanted = {each for each in parts(state) if takes_focus(each) and each.isEnabled()}
        first = min(wanted, key=lambda each: each.mapTo(state, each.rect().topLeft()).toTuple()[::-1])
        first.setFocus(Qt.FocusReason.TabFocusReason)
        visited, now = set(), first
        while now not in visited:
            visited.add(now)
            QTest.keyClick(now, Qt.Key.Key_Tab)
            now = QApplication.focusWidget()
        missed = [called(each) for each in wanted - visited]
        assert now is first, f"{scene}: Tab stays in {called(now)}"
        assert not missed, scene


def tells_all(widget):
    """Whether all of its text can be read: there is room for it, or it is in the tooltip."""
    if isinstance(widget, ElidedLabel):
        return widget.fontMetrics().horizontalAdvance(widget.text()) <= widget.width() or widget.text() in tooltip(
            widget
        )
    if isinstance(widget, QComboBox):
        return room_in(widget) >= widget.fontMetrics().horizontalAdvance(widget.currentText()) or bool(tooltip(widget))
    if isinstance(widget, QLabel) and widget.wordWrap():
        return widget.heightForWidth(widget.width()) <= widget.height()
    if isinstance(widget, QLabel) and "…" in widget.text() and widget.toolTip():
        return True
    hint = widget.minimumSizeHint()
    return hint.width() <= widget.width() + SLACK and hint.height() <= widget.height() + SLACK


def room_in(box):
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    place = QStyle.SubControl.SC_ComboBoxEditField
    return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, place, box).width()


def within(widget, window):
    """Whether nothing of it is beyond the window's edge, or, sideways, beyond that of what scrolls it."""
    inner = widget.parentWidget()
    while inner is not window and not isinstance(inner.parentWidget(), QScrollArea):
        inner = inner.parentWidget()
    place = widget.rect().translated(widget.mapTo(inner, widget.rect().topLeft()))
    frame = inner.rect()
    sideways = frame.left() <= place.left() and place.right() <= frame.right()
    return sideways and (inner is not window or (frame.top() <= place.top() and place.bottom() <= frame.bottom()))


def cut_off(window, scene):
    return {
        f"{scene}: {called(each)} {each.minimumSizeHint().toTuple()} in {each.size().toTuple()}"
        for each in parts(window, QLabel, QAbstractButton, QComboBox)
        if not (tells_all(each) and within(each, window))
    }


@SLOW
@pytest.mark.parametrize("size", SIZES)
def test_that_nothing_is_cut_off(state, qtbot, size):
    state.resize(*size)
    found = set()
    for scene in scenes(state):
        settle(qtbot)
        assert state.size().toTuple() == size, f"{scene} needs more room than there is"
        found |= cut_off(state, scene)
    assert not found


@pytest.fixture
def large_font(qapp):
    before = qapp.font()
    font = qapp.font()
    font.setPointSizeF(1.5 * font.pointSizeF())
    qapp.setFont(font)
    yield
    qapp.setFont(before)


@pytest.mark.usefixtures("large_font")
@pytest.mark.parametrize("size", SIZES[1:])
def test_that_nothing_is_cut_off_in_a_large_font(open_window, qtbot, tmp_path, size):
    window = open_window()
    fill(window, qtbot, tmp_path)
    window.resize(*size)
    found = set()
    for scene in scenes(window):
        settle(qtbot)
        assert window.size().toTuple() == size, f"{scene} needs more room than there is"
        if scene != "Filters":  # where the numbers of a kernel scroll sideways then
            found |= cut_off(window, scene)
    assert not found


SAYS = {
    "setText",
    "setWindowTitle",
    "setTitle",
    "setToolTip",
    "setAccessibleName",
    "setAccessibleDescription",
    "setInformativeText",
    "setLabelText",
    "setPlaceholderText",
    "setStatusTip",
    "QAction",
    "QLabel",
    "QPushButton",
    "QToolButton",
    "QCheckBox",
    "QRadioButton",
    "QGroupBox",
    "addTab",
    "addMenu",
    "addItem",
    "addButton",
    "show_note",
    "show_error",
}
NO_WORDS = {"", "…"}


def called_by(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_that_all_words_can_be_translated():
    untranslated = []
    for file in sorted(Path(alexnet_app.ui.__file__).parent.rglob("*.py")):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and called_by(call) in SAYS:
                said = [each for each in call.args if isinstance(each, ast.Constant | ast.JoinedStr)]
                words = [ast.unparse(each) for each in said if getattr(each, "value", None) not in NO_WORDS]
                untranslated += [
                    f"{file.name}:{call.lineno} {each}" for each in words if any(map(str.isalpha, each[1:]))
                ]
    assert not [each for each in untranslated if not each.endswith((" True", " False", " None"))]
