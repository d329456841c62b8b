"""The Filters panel: what it reads and when, what it shows of a model, what a person can do with it."""

import subprocess
import sys
import threading

import numpy as np
import pytest
import torch
from PIL import Image
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog, QPushButton

from alexnet_app.core.errors import UserError
from alexnet_app.core.insight.filters import colourfulness, sheets
from alexnet_app.core.insight.pictures import beside
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.ui import theme
from alexnet_app.ui.filters import jobs as filters_jobs
from alexnet_app.ui.filters.panel import FiltersPanel
from alexnet_app.ui.job import Failure
from alexnet_app.ui.settings import Settings

CONTROL = Qt.KeyboardModifier.ControlModifier
SUMMARY = {"data": "CIFAR-10", "epoch": 12, "step": 4212, "validation_error": 0.241}


def model(name, seed=1, summary=SUMMARY):
    network = AlexNet(variant(name))
    network.initialize(torch.Generator().manual_seed(seed))
    weights = plain_weights(network)
    weights["conv1.bias"] += torch.linspace(-0.2, 0.2, len(weights["conv1.bias"]))
    size = network.spec.input_size
    mean = torch.zeros(3, size, size) if network.spec.mean == "picture" else torch.zeros(3, 1, 1)
    classes = tuple(str(number) for number in range(network.spec.classes))
    return Bundle(network.spec, classes, mean, weights, summary)


@pytest.fixture(scope="module")
def bundles():
    return {
        "towers": model("shapes-towers"),
        "other": model("shapes-towers", seed=2, summary={}),
        "column": model("cifar-2012"),
    }


@pytest.fixture(scope="module")
def files(bundles, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    paths = {name: folder / f"{name}.alexnet" for name in bundles}
    for name, path in paths.items():
        write_bundle(path, bundles[name])
    return {name: str(path) for name, path in paths.items()}


@pytest.fixture
def hidden(qtbot, jobs, home):
    panel = FiltersPanel(jobs, Settings())
    qtbot.addWidget(panel)
    panel.resize(1200, 700)
    return panel


@pytest.fixture
def panel(hidden):
    hidden.show()
    hidden.activateWindow()
    return hidden


@pytest.fixture
def full(panel, files, jobs, qtbot):
    """The panel with a model of two towers."""
    panel.set_models([("two towers", files["towers"]), ("one column", files["column"])])
    settle(panel, jobs, qtbot)
    return panel


def settle(panel, jobs, qtbot):
    qtbot.waitUntil(lambda: not jobs.running(), timeout=20_000)


def choose(box, text):
    """Takes an entry of a list with the keyboard, as a person does."""
    box.setFocus()
    target = box.findText(text)
    assert target >= 0
    QTest.keyClick(box, Qt.Key.Key_Home)
    for _ in range(box.count()):
        if box.currentIndex() == target:
            return
        QTest.keyClick(box, Qt.Key.Key_Down)
    pytest.fail(f"{text} cannot be reached")


def click(grid, picture):
    place = grid.sheet().cell(picture).center()
    QTest.mouseClick(grid.sheet(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def point(widget, place):
    on_screen = QPointF(widget.mapToGlobal(place))
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(QEvent.Type.MouseMove, QPointF(place), on_screen, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(widget, event)


def test_that_the_panel_comes_without_torch():
    code = (
        "import sys, alexnet_app.ui.filters.panel as f\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from alexnet_app.ui.job import Jobs\n"
        "from alexnet_app.ui.settings import Settings\n"
        "app = QApplication([]); panel = f.FiltersPanel(Jobs(), Settings()); panel.show()\n"
        "sys.exit(bool({'torch', 'torchvision', 'pyqtgraph', 'matplotlib'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_that_an_empty_panel_offers_a_training(panel, qtbot):
    button = next(each for each in panel.findChildren(QPushButton) if each.text() == "Train on the sample data")
    assert button.isVisible()
    with qtbot.waitSignal(panel.wants_training):
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    for control in (panel.bar.layer, panel.bar.order, panel.bar.scale, panel.bar.save):
        assert not control.isEnabled()
        assert control.toolTip() == "Choose a model first"
    assert not any(action.isEnabled() for action in panel.actions())


def test_that_a_model_is_read_when_the_panel_is_seen_and_not_before(hidden, files, jobs, qtbot):
    hidden.set_models([("two towers", files["towers"])])
    hidden.choose_model(files["other"])
    assert not jobs.running()
    assert hidden.view() is None
    hidden.show()
    settle(hidden, jobs, qtbot)
    assert hidden.view().path == files["other"]
    before = hidden.view()
    hidden.hide()
    hidden.show()
    settle(hidden, jobs, qtbot)
    assert hidden.view() is before, "it is not read again"


def test_that_both_towers_are_shown_beside_each_other(full, bundles):
    first, second = full.towers.grids
    assert (first.count(), second.count()) == (24, 24)
    assert first.accessibleName() == "Tower A, 24 kernels of conv1"
    assert second.accessibleName() == "Tower B, 24 kernels of conv1"
    assert first.isVisible()
    assert second.isVisible()
    assert abs(first.width() - second.width()) <= 1
    assert full.about.text() == "shapes-towers · CIFAR-10 · after epoch 12, 4,212 steps · validation error 24.1 %"
    assert full.banner.text() == ""


def test_that_one_column_has_one_grid(full, files, jobs, qtbot):
    full.choose_model(files["column"])
    settle(full, jobs, qtbot)
    assert full.towers.grids[0].accessibleName() == "One column, 64 kernels of conv1"
    assert not full.towers.grids[1].isVisible()
    assert full.kernel_view.kernel().title == "Kernel 1"
    layers = [full.bar.layer.itemText(index) for index in range(full.bar.layer.count())]
    assert layers == ["conv1", "conv2"]  # the locally connected ones have no kernels
    full.choose_model(files["towers"])
    settle(full, jobs, qtbot)
    assert full.towers.grids[1].isVisible()
    assert full.towers.grids[0].accessibleName() == "Tower A, 24 kernels of conv1"


def test_that_one_column_follows_the_colour_scheme(full, files, jobs, qtbot, qapp):
    full.choose_model(files["column"])
    settle(full, jobs, qtbot)
    assert full.kernel_view.kernel().colour == theme.LIGHT.accent
    theme.use(qapp, dark=True)
    qtbot.waitUntil(lambda: full.kernel_view.kernel().colour == theme.DARK.accent)
    theme.use(qapp, dark=False)


def test_that_a_model_without_a_past_is_named_by_its_network(full, files, jobs, qtbot):
    full.choose_model(files["other"])
    settle(full, jobs, qtbot)
    assert full.about.text() == "shapes-towers"


def test_that_a_kernel_can_be_picked_in_either_tower(full, bundles):
    click(full.towers.grids[1], 6)
    assert full.towers.grids[0].picked_index() is None
    kernel = full.kernel_view.kernel()
    weights = bundles["towers"].weights
    assert kernel.title == "Kernel 31 of tower B"
    assert np.array_equal(kernel.weights, weights["conv1.weight"][24 + 6].numpy())
    rows = dict(full.kernel_view.rows())
    assert rows["Number in conv1"] == "31 of 48"
    assert rows["Shape"] == "7 × 7 × 3"
    assert rows["Input"] == "the image"
    assert rows["Largest weight"] == f"+{kernel.weights.max():.4f}"
    assert rows["Smallest weight"] == f"−{-kernel.weights.min():.4f}"
    assert rows["L2 norm"] == f"{np.linalg.norm(kernel.weights):.4f}"
    assert rows["Bias"] == f"+{float(weights['conv1.bias'][30]):.4f}"
    assert float(rows["Mean"].replace("−", "-")) == pytest.approx(kernel.weights.mean(), rel=0.01, abs=1e-4)
    QTest.keyClick(full.towers.grids[1].sheet(), Qt.Key.Key_Right)
    assert full.kernel_view.kernel().title == "Kernel 32 of tower B"


def test_that_the_weights_of_a_pixel_are_told(full):
    view, kernel = full.kernel_view, full.kernel_view.kernel()
    sheet = view.picture()
    cell, zoom = sheet.cell(0), sheet.grid().zoom
    point(sheet, cell.topLeft() + QPoint(int(4.5 * zoom), int(2.5 * zoom)))
    red, green, blue = (f"{abs(value):.4f}" for value in kernel.weights[:, 2, 4])
    place, weights = view.told().split("\n")
    assert place == "Row 3, column 5"
    assert [each[3:] for each in weights.split("   ")] == [red, green, blue]
    assert [each[0] for each in weights.split("   ")] == ["R", "G", "B"]
    signs = ["−" if value < 0 else "+" for value in kernel.weights[:, 2, 4]]
    assert [each[2] for each in weights.split("   ")] == signs
    channel = view.channels()[2]
    point(channel, channel.cell(0).topLeft() + QPoint(1, 1))
    assert view.told().split("\n")[1].startswith("B ")
    assert view.told().split("\n")[1].endswith(f"{abs(kernel.weights[2, 0, 0]):.4f}")
    QApplication.sendEvent(channel, QEvent(QEvent.Type.Leave))
    assert view.told() == "Point at a pixel to read its weight\n"


def test_that_layers_are_chosen_from_the_list_and_with_keys(full, jobs, qtbot):
    choose(full.bar.layer, "conv3")
    settle(full, jobs, qtbot)
    assert full.view().layer == "conv3"
    QTest.keyClick(full, Qt.Key.Key_Up, CONTROL)
    settle(full, jobs, qtbot)
    assert full.view().layer == full.bar.layer.currentText() == "conv2"
    QTest.keyClick(full, Qt.Key.Key_Up, CONTROL)
    settle(full, jobs, qtbot)
    assert full.view().layer == "conv1"
    assert not full.previous_action.isEnabled()
    for _ in range(6):
        QTest.keyClick(full, Qt.Key.Key_Down, CONTROL)
        settle(full, jobs, qtbot)
    assert full.view().layer == "conv5"
    assert not full.next_action.isEnabled()


@pytest.mark.parametrize(
    ("layer", "sees", "slices", "last"),
    [("conv2", "tower B only", 24, "Tower B, map 48"), ("conv3", "both towers", 96, "Tower B, map 96")],
)
def test_that_a_later_layer_is_shown_slice_by_slice(full, jobs, qtbot, layer, sees, slices, last, bundles):
    choose(full.bar.layer, layer)
    settle(full, jobs, qtbot)
    grid = full.towers.grids[1]
    assert grid.sheet().grid().columns == slices
    click(grid, 2 * slices + 3)
    kernel = full.kernel_view.kernel()
    half = len(bundles["towers"].weights[f"{layer}.weight"]) // 2
    assert kernel.title == f"Kernel {half + 3} of tower B"
    assert np.array_equal(kernel.weights, bundles["towers"].weights[f"{layer}.weight"][half + 2].numpy())
    assert dict(full.kernel_view.rows())["Input"] == sees
    assert kernel.maps[-1] == last
    assert full.kernel_view.picture().count() == slices
    assert not any(each.isVisible() for each in full.kernel_view.channels())
    sheet = full.kernel_view.picture()
    point(sheet, sheet.cell(slices - 1).topLeft() + QPoint(1, 1))
    place, weight = full.kernel_view.told().split("\n")
    assert place == "Row 1, column 1"
    assert weight.startswith(last)
    assert float(weight.split()[-1].replace("−", "-")) == pytest.approx(kernel.weights[-1, 0, 0], abs=1e-4)


def test_that_a_sheet_that_shows_only_some_kernels_says_so(full, jobs, qtbot):
    choose(full.bar.layer, "conv3")
    settle(full, jobs, qtbot)
    told = full.towers.grids[0].note()
    assert told == "41 of 64 kernels · 96 slices each · a row per kernel"
    choose(full.bar.layer, "conv2")
    settle(full, jobs, qtbot)
    assert full.towers.grids[0].note() == "48 kernels · 24 slices each · a row per kernel"


def test_that_kernels_are_sorted_and_the_picked_one_stays(full, jobs, qtbot, bundles):
    click(full.towers.grids[0], 9)
    choose(full.bar.order, "by colourfulness")
    settle(full, jobs, qtbot)
    weights = bundles["towers"].weights["conv1.weight"].numpy()
    numbers = full.view().sheets[0].numbers
    shares = colourfulness(weights[:24])[np.array(numbers) - 1]
    assert shares.tolist() == sorted(shares, reverse=True)
    assert full.kernel_view.kernel().title == "Kernel 10 of tower A"
    assert full.towers.grids[0].picked_index() == numbers.index(10)
    click(full.towers.grids[0], 0)
    assert full.kernel_view.kernel().title == f"Kernel {numbers[0]} of tower A"
    assert full.towers.grids[0].sheet().accessibleDescription() == f"Kernel {numbers[0]}"


def test_that_all_kernels_are_shown_and_saved_on_one_scale(full, bundles, tmp_path, jobs, qtbot):
    own = [sheet.kernels for sheet in full.view().sheets]
    choose(full.bar.scale, "per layer")
    settle(full, jobs, qtbot)
    common = sheets(bundles["towers"], "conv1", scale="common")
    for sheet, wanted, before in zip(full.view().sheets, common, own, strict=True):
        assert np.array_equal(sheet.kernels, wanted.kernels)
        assert not np.array_equal(sheet.kernels, before)
    save_as(full, tmp_path / "kernels.png")
    settle(full, jobs, qtbot)
    with Image.open(tmp_path / "kernels.png") as opened:
        assert np.array_equal(np.asarray(opened), np.asarray(beside(common)))
    choose(full.bar.layer, "conv2")
    settle(full, jobs, qtbot)
    assert full.bar.scale.currentText() == "per layer"
    assert np.array_equal(full.view().sheets[0].kernels, sheets(bundles["towers"], "conv2", scale="common")[0].kernels)


def test_that_sorting_by_colour_waits_for_kernels_that_see_colours(full, jobs, qtbot):
    choose(full.bar.order, "by colourfulness")
    settle(full, jobs, qtbot)
    choose(full.bar.layer, "conv2")
    settle(full, jobs, qtbot)
    assert full.bar.order.currentText() == "as learned"
    entry = full.bar.order.findText("by colourfulness")
    assert not full.bar.order.model().item(entry).isEnabled()
    assert full.bar.order.itemData(entry, Qt.ItemDataRole.ToolTipRole) == "Only the kernels of conv1 read colours"
    choose(full.bar.layer, "conv1")
    settle(full, jobs, qtbot)
    assert full.bar.order.currentText() == "by colourfulness"
    assert full.view().order == "colour"


def test_that_a_layer_stays_chosen_for_the_next_model(full, files, jobs, qtbot):
    choose(full.bar.layer, "conv4")
    settle(full, jobs, qtbot)
    full.choose_model(files["column"])
    settle(full, jobs, qtbot)
    assert full.view().layer == "conv1"
    full.choose_model(files["other"])
    settle(full, jobs, qtbot)
    assert full.view().layer == "conv4"


def test_that_a_person_chooses_a_model_from_the_list(full, files, jobs, qtbot):
    choose(full.bar.chooser.findChild(QComboBox), "one column")
    settle(full, jobs, qtbot)
    assert full.view().path == files["column"]


@pytest.fixture
def broken(tmp_path):
    path = tmp_path / "broken.alexnet"
    path.write_bytes(b"no model")
    return str(path)


def test_that_a_model_that_cannot_be_read_is_a_sentence(panel, files, broken, jobs, qtbot):
    panel.choose_model(broken)
    settle(panel, jobs, qtbot)
    assert broken in panel.banner.text()
    assert panel.view() is None
    assert not panel.towers.grids[0].isVisible()
    assert not panel.save_action.isEnabled()
    panel.choose_model(files["towers"])
    settle(panel, jobs, qtbot)
    assert panel.banner.text() == ""
    assert panel.towers.grids[0].isVisible()
    assert panel.save_action.isEnabled()


@pytest.mark.parametrize("slow", [False, True])
def test_that_the_model_before_one_that_cannot_be_read_stays(full, files, broken, jobs, qtbot, monkeypatch, slow):
    gate, looked = threading.Event(), filters_jobs.look

    def look(request, asked):
        if slow and request.path == broken:
            gate.wait(20)
        yield from looked(request, asked)

    monkeypatch.setattr(filters_jobs, "look", look)
    full.choose_model(files["column"])
    settle(full, jobs, qtbot)
    with qtbot.waitSignal(full.model_refused) as heard:
        full.choose_model(broken)
        if slow:
            qtbot.waitUntil(lambda: full.view() is None)
        gate.set()
    settle(full, jobs, qtbot)
    assert heard.args[0] == broken
    assert broken in full.banner.text()
    assert full.bar.chooser.path() == full.view().path == files["column"]
    assert full.towers.grids[0].isVisible()
    full.hide()
    full.show()
    settle(full, jobs, qtbot)
    assert broken in full.banner.text(), "nothing was read again"
    choose(full.bar.layer, "conv2")
    settle(full, jobs, qtbot)
    assert full.view().layer == "conv2"


def test_that_a_model_that_was_refused_elsewhere_is_left_before_it_is_read(full, files, broken, jobs, qtbot):
    full.hide()
    full.choose_model(broken)
    full.refuse_model(broken, Failure(UserError("it is torn"), ""))
    assert full.bar.chooser.path() == files["towers"]
    full.show()
    settle(full, jobs, qtbot)
    assert full.view().path == files["towers"]
    assert full.banner.text() == ""


def test_that_the_folder_of_models_is_remembered(jobs, qtbot, tmp_path):
    Settings().keep_model_folder(str(tmp_path))
    again = FiltersPanel(jobs, Settings())
    qtbot.addWidget(again)
    assert again.bar.chooser.folder == tmp_path


@pytest.mark.parametrize("late", ["other", "missing"])
def test_that_an_answer_that_comes_too_late_is_dropped(panel, files, jobs, qtbot, monkeypatch, late):
    gate, looked = threading.Event(), filters_jobs.look
    slow = files.get(late, "/nowhere/missing.alexnet")

    def look(request, asked):
        if request.path == slow:
            gate.wait(20)
        yield from looked(request, asked)

    monkeypatch.setattr(filters_jobs, "look", look)
    panel.choose_model(slow)
    panel.choose_model(files["towers"])
    qtbot.waitUntil(lambda: panel.view() is not None, timeout=20_000)
    gate.set()
    settle(panel, jobs, qtbot)
    assert panel.view().path == files["towers"]
    assert panel.banner.text() == ""


def test_that_it_says_so_while_a_model_is_read_for_long(full, files, jobs, qtbot, monkeypatch):
    gate, looked = threading.Event(), filters_jobs.look

    def look(request, asked):
        gate.wait(20)
        yield from looked(request, asked)

    monkeypatch.setattr(filters_jobs, "look", look)
    full.choose_model(files["other"])
    assert full.towers.grids[0].isVisible()  # the last model stays for a moment
    qtbot.waitUntil(lambda: not full.towers.grids[0].isVisible())
    assert full.findChild(type(full._waiting), "waiting").text() == "Reading the model…"
    gate.set()
    settle(full, jobs, qtbot)
    assert full.towers.grids[0].isVisible()


def test_that_a_file_that_was_written_anew_is_read_anew(panel, bundles, tmp_path, jobs, qtbot):
    path = tmp_path / "last.alexnet"
    write_bundle(path, bundles["towers"])
    panel.choose_model(str(path))
    settle(panel, jobs, qtbot)
    before = panel.kernel_view.kernel().weights
    write_bundle(path, bundles["other"])
    panel.set_models([("last", str(path))])
    settle(panel, jobs, qtbot)
    assert np.array_equal(panel.kernel_view.kernel().weights, bundles["other"].weights["conv1.weight"][0].numpy())
    assert not np.array_equal(panel.kernel_view.kernel().weights, before)


def save_as(panel, path):
    QTest.keyClick(panel, Qt.Key.Key_S, CONTROL)
    dialog = panel.findChild(QFileDialog)
    assert dialog.isVisible()
    dialog.selectFile(str(path))
    dialog.accept()


def test_that_a_picture_is_saved_as_it_is_shown(full, bundles, tmp_path, jobs, qtbot):
    choose(full.bar.order, "by strength")
    settle(full, jobs, qtbot)
    path = tmp_path / "kernels.png"
    save_as(full, path)
    settle(full, jobs, qtbot)
    with Image.open(path) as opened:
        shown = np.asarray(opened)
    assert np.array_equal(shown, np.asarray(beside(sheets(bundles["towers"], "conv1", "strength"))))
    assert full.banner.text() == f"Saved the kernels as {path}"
    assert Settings().folder("pictures", tmp_path.parent) == tmp_path


def test_that_a_picture_that_cannot_be_saved_is_a_sentence(full, tmp_path, jobs, qtbot, monkeypatch):
    from alexnet_app.core import files as core_files

    def full_disk(path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(core_files, "sync", full_disk)
    save_as(full, tmp_path / "kernels.png")
    settle(full, jobs, qtbot)
    assert "kernels.png could not be written" in full.banner.text()


def test_that_its_actions_wait_until_it_is_seen(full):
    usable = [True, True, False, True, *4 * [False], True, True, True]  # there is no film
    assert [action.isEnabled() for action in full.actions()] == usable
    assert full.previous_action.toolTip() == "This is the first layer"
    full.hide()
    assert not any(action.isEnabled() for action in full.actions())
    assert {action.toolTip() for action in full.actions()} == {"Go to Filters first"}
    full.show()
    assert [action.isEnabled() for action in full.actions()] == usable


def test_that_the_focus_goes_from_the_model_to_the_kernels(full, qtbot):
    full.bar.chooser.setFocus()
    seen = [QApplication.focusWidget()]
    for _ in range(6):
        QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        seen.append(QApplication.focusWidget())
    names = [each.accessibleName() or each.text() for each in seen]
    towers = [f"Tower {name}, 24 kernels of conv1" for name in "AB"]
    assert names == ["Model", "Layer", "Sort", "Scale", "Save image…", *towers]


@pytest.mark.parametrize("size", [(1008, 500), (1264, 660), (3800, 2000)])
def test_that_nothing_is_cut_off(full, size, scheme):
    full.resize(*size)
    assert (full.width(), full.height()) == size
    for grid in full.towers.grids:
        sheet = grid.sheet()
        assert sheet.visibleRegion().boundingRect().contains(sheet.cell(grid.count() - 1).center())
    bar = full.bar
    for control in (bar.chooser, bar.layer, bar.order, bar.scale, bar.save):
        assert control.width() >= control.minimumSizeHint().width()
        assert bar.rect().contains(control.geometry())
