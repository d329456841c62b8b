"""Two models unit by unit, in the window: what is shown, what is said, what is saved, what is refused."""

import csv

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from alexnet_app.core.insight import matching
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.ui.filters.panel import FiltersPanel
from alexnet_app.ui.settings import Settings

NEW_NUMBERS = np.concatenate([np.random.default_rng(1).permutation(24) + first for first in (24, 0)])


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Fewer rounds of chance: what they are for is tested elsewhere."""
    monkeypatch.setattr(matching.matching, "__kwdefaults__", {**matching.matching.__kwdefaults__, "rounds": 5})


def saved(path, name, numbers=None):
    network = AlexNet(variant(name))
    network.initialize(torch.Generator().manual_seed(1))
    weights = plain_weights(network)
    if numbers is not None:
        weights["conv1.weight"] = weights["conv1.weight"][torch.from_numpy(numbers)]
    size = network.spec.input_size if network.spec.mean == "picture" else 1
    classes = tuple(str(number) for number in range(network.spec.classes))
    write_bundle(path, Bundle(network.spec, classes, torch.zeros(3, size, size), weights))
    return str(path)


@pytest.fixture
def paths(tmp_path):
    """A model, the same with towers swapped and new numbers, and one with kernels of another size."""
    return {
        "one": saved(tmp_path / "one.alexnet", "shapes-towers"),
        "renumbered": saved(tmp_path / "renumbered.alexnet", "shapes-towers", NEW_NUMBERS),
        "larger": saved(tmp_path / "larger.alexnet", "photo-towers"),
    }


@pytest.fixture
def panel(qtbot, jobs, home, paths):
    made = FiltersPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    made.set_models(list(paths.items()))
    settle(jobs, qtbot)
    made.pairing.action.trigger()
    return made


def settle(jobs, qtbot):
    qtbot.waitUntil(lambda: not jobs.running(), timeout=60_000)


def choose(panel, label, jobs, qtbot):
    box = panel.pairing.dialog.models
    box.setCurrentIndex(box.findText(label))
    box.activated.emit(box.currentIndex())
    settle(jobs, qtbot)


def test_that_the_pairs_are_shown_and_said(panel, jobs, qtbot):
    dialog = panel.pairing.dialog
    assert dialog.summary.text() == "Choose the model to compare with."
    labels = [dialog.models.itemText(row) for row in range(dialog.models.count())]
    assert "renumbered" in labels
    assert "one" not in labels, "a model is not compared with itself"
    choose(panel, "renumbered", jobs, qtbot)
    said = dialog.summary.text()
    assert "Most units are found again, up to renumbering: 48 of 48" in said
    assert "The towers correspond the other way round" in said
    assert "same number" not in said
    assert [grid.count() for grid in dialog.grids] == [24, 24]
    assert dialog.grids[0].note() == "24 of 24 found again"
    partners = {row[0]: row[1] for row in dialog.table.texts()}
    assert partners == {
        f"{unit + 1} {'AB'[unit // 24]}": f"{place + 1} {'AB'[place // 24]}" for place, unit in enumerate(NEW_NUMBERS)
    }
    assert all(row[2] == "1.00" for row in dialog.table.texts())


def test_that_a_pair_is_chosen_in_the_grid_and_in_the_table(panel, jobs, qtbot):
    choose(panel, "renumbered", jobs, qtbot)
    dialog = panel.pairing.dialog
    grid = dialog.grids[1]
    QTest.mouseClick(grid.sheet(), Qt.MouseButton.LeftButton, pos=grid.sheet().cell(2).center())
    (chosen,) = dialog.table.selectionModel().selectedRows()
    unit = dialog.table.texts()[chosen.row()][0]
    assert unit.endswith(" B")
    assert panel.kernel_view.kernel().title == f"Kernel {unit.split()[0]} of tower B"
    assert grid.picked_index() == 2
    assert grid.sheet().named(2).startswith(f"Unit {unit} and its partner")
    row = next(place for place, row in enumerate(dialog.table.texts()) if row[0] == "5 A")
    dialog.table.selectRow(row)
    assert (grid.picked_index(), dialog.grids[0].picked_index() is not None) == (None, True)
    assert panel.kernel_view.kernel().title == "Kernel 5 of tower A"
    QTest.keySequence(dialog.table, "Ctrl+C")
    assert QApplication.clipboard().text().startswith("5 A\t")


@pytest.mark.parametrize(("button", "name"), [("save_table", "pairs.csv"), ("save_image", "pairs.png")])
def test_that_the_pairs_are_saved(panel, jobs, qtbot, tmp_path, button, name):
    dialog = panel.pairing.dialog
    assert not getattr(dialog, button).isEnabled()
    assert getattr(dialog, button).toolTip().startswith("There are no pairs yet")
    choose(panel, "renumbered", jobs, qtbot)
    QTest.mouseClick(getattr(dialog, button), Qt.MouseButton.LeftButton)
    asked = dialog.findChild(QFileDialog)
    asked.fileSelected.emit(str(tmp_path / name))
    asked.close()
    settle(jobs, qtbot)
    assert f"Saved the pairs as {tmp_path / name}" in dialog.banner.text()
    if name.endswith("csv"):
        with (tmp_path / name).open(encoding="utf-8-sig", newline="") as file:
            assert {int(row["unit"]) for row in csv.DictReader(file)} == set(range(1, 49))
    else:
        with Image.open(tmp_path / name) as picture:
            assert min(picture.size) > 500


def test_that_kernels_of_another_size_are_refused(panel, jobs, qtbot):
    choose(panel, "larger", jobs, qtbot)
    dialog = panel.pairing.dialog
    assert "those of shapes-towers have 7 × 7 pixels, those of photo-towers 11 × 11" in dialog.banner.text()
    assert dialog.summary.text() == "The models could not be compared."
    assert not dialog.save_table.isEnabled()


def test_that_it_follows_the_model_of_the_panel(panel, jobs, qtbot, paths):
    choose(panel, "renumbered", jobs, qtbot)
    panel.choose_model(paths["larger"])
    settle(jobs, qtbot)
    dialog = panel.pairing.dialog
    assert "cannot be compared" in dialog.banner.text()
    assert dialog.table.rowCount() == 0
    panel.choose_model(paths["one"])
    settle(jobs, qtbot)
    assert dialog.banner.isHidden()
    assert dialog.table.rowCount() == 48


def test_that_matching_can_be_cancelled(panel, jobs, qtbot, monkeypatch):
    monkeypatch.setattr(matching.matching, "__kwdefaults__", {**matching.matching.__kwdefaults__, "rounds": 100_000})
    dialog, box = panel.pairing.dialog, panel.pairing.dialog.models
    box.setCurrentIndex(box.findText("renumbered"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: "Comparing with chance" in dialog.summary.text(), timeout=60_000)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    settle(jobs, qtbot)
    assert dialog.isVisible()
    assert dialog.summary.text().startswith("Cancelled.")
    assert dialog.table.rowCount() == 0
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_that_whatever_takes_the_focus_has_a_name(panel, jobs, qtbot):
    choose(panel, "renumbered", jobs, qtbot)
    panel.side.show_weights()
    settle(jobs, qtbot)
    nameless = []
    for each in (*panel.pairing.dialog.findChildren(QWidget), *panel.side.findChildren(QWidget)):
        takes_focus = bool(each.focusPolicy() & Qt.FocusPolicy.TabFocus) and each.focusProxy() is None
        name = QAccessible.queryAccessibleInterface(each).text(QAccessible.Text.Name)
        if takes_focus and each.isVisible() and not name:
            nameless.append(f"{type(each).__name__} in {type(each.parentWidget()).__name__}")
    assert not nameless


def test_that_the_windows_close_with_the_main_window(open_window, qtbot):
    window = open_window()
    filters = window.tabs.filters
    window.tabs.setCurrentWidget(filters)
    qtbot.waitUntil(lambda: filters.split.action.isEnabled(), timeout=60_000)
    filters.split.action.trigger()
    filters.pairing.action.trigger()
    assert filters.split.dialog.isVisible()
    assert filters.pairing.dialog.isVisible()
    window.leave_now()
    assert not filters.split.dialog.isVisible()
    assert not filters.pairing.dialog.isVisible()


def test_that_both_schemes_have_their_own_paper_between_kernels(panel, jobs, qtbot, scheme):
    choose(panel, "renumbered", jobs, qtbot)
    grid = panel.pairing.dialog.grids[0]
    cell = grid.sheet().cell(0)
    seen = grid.sheet().grab().toImage().pixelColor(cell.center())
    assert seen == grid.palette().window().color()
