"""Lists to choose from: what is chosen can be read, whole or in the tooltip."""

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication

from alexnet_app.ui.parts import entry_box
from alexnet_app.ui.parts.entry_box import EntryBox
from alexnet_app.ui.parts.plain import set_tip

LONGEST = "Units that never fire"


@pytest.fixture
def box(qtbot):
    box = EntryBox()
    qtbot.addWidget(box)
    box.addItem("No third plot")
    box.show()
    return box


def test_that_it_has_room_for_its_longest_entry_also_for_one_that_came_later(box):
    box.addItem(LONGEST)
    box.resize(box.sizeHint())
    box.setCurrentIndex(1)
    assert box.shown() == LONGEST


def test_that_an_entry_that_is_cut_is_in_the_tooltip(box, monkeypatch):
    told = []
    monkeypatch.setattr(entry_box, "show_tip", lambda _at, text, _owner: told.append(text))
    set_tip(box, "What to plot below, <b>if</b> anything")
    box.addItem(f"{LONGEST} {LONGEST} {LONGEST}")
    box.setCurrentIndex(1)
    box.resize(box.minimumSizeHint())
    assert box.shown().endswith("…")
    QApplication.sendEvent(box, QHelpEvent(QEvent.Type.ToolTip, QPoint(2, 2), box.mapToGlobal(QPoint(2, 2))))
    (text,) = told
    assert box.currentText() in text
    assert "What to plot below, &lt;b&gt;if" in text


def test_that_it_can_be_narrowed_and_never_stretches_a_window(box):
    box.addItem("a very long name of a class " * 20)
    assert box.minimumSizeHint().width() < box.sizeHint().width() < 60 * box.fontMetrics().averageCharWidth()


def test_that_every_list_of_the_window_is_such_a_one():
    window = Path(entry_box.__file__).parents[1]
    plain = {
        path.relative_to(window).as_posix()
        for path in window.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call | ast.ClassDef)
        for named in (node.bases if isinstance(node, ast.ClassDef) else [node.func])
        if isinstance(named, ast.Name) and named.id == "QComboBox"
    }
    assert plain == {"parts/entry_box.py"}
