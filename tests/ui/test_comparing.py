"""Two models on the same pictures, in the window: where they differ first, and on how many."""

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from test_classify import LEFT, write_model
from test_nearest import draw

from alexnet_app import resources
from alexnet_app.ui.classify.panel import ClassifyPanel
from alexnet_app.ui.classify.views.compare_table import APART, SIDE, ComparedRow, CompareModel
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.settings import Settings

LONG = 60_000


@pytest.fixture
def panel(qtbot, tmp_path, home):
    jobs = Jobs()
    made = ClassifyPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    paths = {name: write_model(tmp_path / f"{name}.alexnet", seed=seed) for seed, name in enumerate(("one", "other"))}
    made.set_models(list(paths.items()))
    for place in range(8):
        draw(tmp_path / "photos" / f"{place}.png", place)
    (tmp_path / "photos" / "broken.png").write_bytes(b"no picture")
    made.classify([str(tmp_path / "photos")])
    qtbot.waitUntil(lambda: not made.answering.is_busy() and len(made.answering.album.answered()) == 8, timeout=LONG)
    yield made
    made.leave()
    jobs.abandon_all()
    jobs.wait()


def opened(panel):
    panel.comparing.action.trigger()
    return panel.comparing.dialog


def choose(dialog, label):
    row = dialog.models.findText(label)
    dialog.models.setCurrentIndex(row)
    dialog.models.activated.emit(row)


def result(qtbot, dialog):
    qtbot.waitUntil(lambda: dialog.again.isVisible() and "differ on" in dialog.summary.text(), timeout=LONG)
    return [dialog.table.rows.row(place) for place in range(dialog.table.rows.rowCount())]


def test_that_nothing_is_compared_before_a_model_is_chosen(panel):
    dialog = opened(panel)
    assert dialog.isVisible()
    assert dialog.summary.text() == "Choose the model to compare with."
    labels = [dialog.models.itemText(row) for row in range(dialog.models.count())]
    assert [each for each in labels if each] == ["Choose a model", "other", "Open a model file…"]
    assert not dialog.again.isEnabled()
    assert "compare" not in panel._jobs.begun()


def test_that_the_pictures_on_which_they_differ_come_first(qtbot, panel):
    dialog = opened(panel)
    choose(dialog, "other")
    rows = result(qtbot, dialog)
    assert len(rows) == 8
    differ = [row.differs for row in rows]
    assert differ == sorted(differ, reverse=True)
    assert [row.apart for row in rows if row.differs] == sorted(
        (row.apart for row in rows if row.differs), reverse=True
    )
    assert dialog.summary.text() == f"The models differ on {sum(differ)} of 8 pictures"
    known = {event.path: event.predictions[0].label for event in panel.answering.album.answered()}
    assert all(row.first == known[row.path] for row in rows)
    header = [dialog.table.rows.headerData(at, Qt.Orientation.Horizontal).strip() for at in range(APART + 1)]
    assert header == ["Picture", "one", "Probability", "other", "Probability", "Difference"]


def test_that_a_chosen_row_is_shown_in_the_panel_and_copied_whole(qtbot, panel):
    dialog = opened(panel)
    choose(dialog, "other")
    rows = result(qtbot, dialog)
    dialog.table.setCurrentIndex(dialog.table.rows.index(5, 0))
    assert panel.list.path() == rows[5].path
    QTest.keyClick(dialog.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text().startswith(rows[5].name)


def test_that_another_model_in_the_panel_is_compared_instead(qtbot, panel):
    dialog = opened(panel)
    choose(dialog, "other")
    result(qtbot, dialog)
    panel.choose_model(dict(panel.comparing._listed)["other"])
    qtbot.waitUntil(lambda: dialog.summary.text().startswith("The models differ on 0 of 8 pictures"), timeout=LONG)
    assert dialog.table.rows.headerData(1, Qt.Orientation.Horizontal) == "other"


def test_that_models_of_other_classes_are_refused(qtbot, panel):
    dialog = opened(panel)
    dialog.choose(str(resources.path("models") / "shapes-towers.alexnet"), "shapes")
    qtbot.waitUntil(lambda: "no class in common" in dialog.banner.text(), timeout=LONG)
    assert dialog.models.currentText() == "shapes"
    assert dialog.again.isVisible()


def test_that_it_can_be_left_in_the_middle(qtbot, panel, monkeypatch):
    from alexnet_app.core.events import Skipped
    from alexnet_app.core.inference import comparison

    def endless(*_):
        while True:
            time.sleep(0.001)
            yield (Skipped("x", "y"),)

    monkeypatch.setattr(comparison, "compare", endless)
    dialog = opened(panel)
    choose(dialog, "other")
    qtbot.waitUntil(lambda: "skipped" in dialog.summary.text(), timeout=LONG)
    QTest.mouseClick(dialog.cancel, LEFT)
    qtbot.waitUntil(lambda: dialog.again.isVisible() and "compare" not in panel._jobs.begun(), timeout=LONG)


def test_that_what_was_left_is_not_begun_again_when_its_model_is_described_late(qtbot, panel):
    dialog = opened(panel)
    choose(dialog, "other")
    qtbot.waitUntil(lambda: "differ on" in dialog.summary.text() and dialog.again.isVisible(), timeout=LONG)
    panel.answering.described.emit(panel.answering.known_model())
    assert "compare" not in panel._jobs.begun()


def test_that_a_closed_window_ends_the_work(qtbot, panel):
    dialog = opened(panel)
    choose(dialog, "other")
    dialog.close()
    qtbot.waitUntil(lambda: "compare" not in panel._jobs.begun(), timeout=LONG)


def test_that_a_thumbnail_has_the_pixels_of_the_screen_and_one_size(qtbot):
    model = CompareModel()
    model.set_rows([ComparedRow("/7", "7", "cat", 0.5, "dog", 0.5, True, 0.5)])
    for side, wide in ((SIDE, SIDE), (2 * SIDE, SIDE), (5, 5)):
        model.set_thumbnail("/7", QImage(side, side, QImage.Format.Format_RGB32))
        assert model.data(model.index(0, 0), Qt.ItemDataRole.DecorationRole).deviceIndependentSize().width() == wide


def test_that_many_rows_cost_the_table_little(qtbot):
    model = CompareModel()
    rows = [ComparedRow(f"/{n}", str(n), "cat", 0.5, "dog", 0.5, True, 0.5) for n in range(100_000)]
    model.set_rows(rows)
    wanted = []
    model.thumbnail_wanted.connect(wanted.append)
    assert model.rowCount() == 100_000
    assert wanted == []  # only what is drawn is read
    model.data(model.index(7, 0), Qt.ItemDataRole.DecorationRole)
    assert wanted == ["/7"]
