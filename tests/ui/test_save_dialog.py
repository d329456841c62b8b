"""Saving from the window: the name that is written is the one that was asked about, and it is nobody else's."""

import os

import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Skipped
from alexnet_app.ui.classify.export_jobs import ExportKind, ExportWish, export
from alexnet_app.ui.parts.questions import ReplaceQuestion
from alexnet_app.ui.parts.save_dialog import SaveDialog

KINDS = {"Tables (*.csv)": "csv", "Lists (*.txt)": "txt"}


@pytest.fixture
def panel(qtbot):
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


@pytest.fixture
def save(panel, tmp_path):
    """Chooses a name in the dialog; what it agreed to."""
    agreed = []

    def choose(name):
        dialog = SaveDialog(panel, "Save", str(tmp_path), KINDS, lambda *told: agreed.append(told))
        dialog.open()
        dialog.selectFile(str(tmp_path / name))
        dialog.accept()
        return agreed

    return choose


def question(panel):
    return next((each for each in panel.findChildren(ReplaceQuestion) if each.isVisible()), None)


def test_that_a_new_name_is_completed_and_not_asked_about(save, panel, tmp_path):
    assert save("new") == [(str(tmp_path / "new.csv"), "csv", False)]
    assert question(panel) is None


@pytest.mark.parametrize("name", ["old", "old.csv"])
def test_that_the_file_that_is_written_is_the_one_asked_about(save, panel, tmp_path, name):
    (tmp_path / "old.csv").write_text("a,b\n")
    assert save(name) == []
    asked = question(panel)
    assert asked.text() == f"{tmp_path / 'old.csv'} exists already."
    assert asked.textFormat() == Qt.TextFormat.PlainText
    asked.no.click()
    assert save(name) == []
    question(panel).yes.click()
    assert save("new")[0] == (str(tmp_path / "old.csv"), "csv", True)


def test_that_a_link_to_nowhere_is_asked_about_too(save, panel, tmp_path):
    (tmp_path / "link.csv").symlink_to("nowhere")
    assert save("link.csv") == []
    question(panel).no.click()


def test_that_a_table_of_the_window_replaces_no_photo_and_no_input(tmp_path, panel):
    photo, table = tmp_path / "a.png", tmp_path / "b.csv"
    Image.new("RGB", (4, 4)).save(photo)
    table.write_text("a,b\n")
    os.link(table, tmp_path / "c.csv")
    events = [Skipped(str(each), "no picture") for each in (photo, table)]
    before = photo.read_bytes()
    for target, words in ((photo, "is an input file"), (table, "is an input file"), (tmp_path / "c.csv", "input file")):
        with pytest.raises(UserError, match=words):
            list(export(ExportWish(str(target), ExportKind.TABLE, events, {}, None, True), None, None))
    assert photo.read_bytes() == before
    assert table.read_text() == "a,b\n"
    (written,) = export(ExportWish(str(tmp_path / "new.csv"), ExportKind.TABLE, events, {}, None, False), None, None)
    assert written.path == str(tmp_path / "new.csv")
