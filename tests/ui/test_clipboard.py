"""What is copied from a table of the window is harmless where it is pasted."""

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from alexnet_app.ui.paper.views.finding_table import FindingTable
from alexnet_app.ui.parts.read_table import ReadTable
from alexnet_app.ui.parts.skipped_table import SkippedTable

EVIL = '=HYPERLINK("http://x","y")'


def read_table():
    table = ReadTable(["name", "error"], 1)
    table.fill([[EVIL, "12.5 %"]])
    return table


def skipped_table():
    table = SkippedTable()
    table.skipped.add([(EVIL, "12.5 %")])
    return table


def finding_table():
    table = FindingTable()
    table.set_rows([(EVIL, "12.5 %", "", "")])
    return table


@pytest.mark.parametrize("make", [read_table, skipped_table, finding_table])
def test_that_a_copied_name_is_no_formula(make, qtbot):
    table = make()
    qtbot.addWidget(table)
    table.show()
    table.selectAll()
    (copy, *_) = QKeySequence.keyBindings(QKeySequence.StandardKey.Copy)
    QTest.keyClick(table, copy[0].key(), copy[0].keyboardModifiers())
    assert QApplication.clipboard().text().split("\t")[:2] == [f"'{EVIL}", "12.5 %"]
