"""Models from files of others and files of others from models, as a person does it in the window."""

import onnx
import pytest
import torch
from PySide6.QtWidgets import QApplication, QComboBox, QFileDialog

from alexnet_app import resources
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.network.exchange.exporting import export_model
from alexnet_app.core.network.exchange.importing import SUFFIXES
from alexnet_app.ui.filters.panel import FiltersPanel
from alexnet_app.ui.parts import model_chooser
from alexnet_app.ui.parts.questions import ReplaceQuestion
from alexnet_app.ui.settings import Settings

SLOW = pytest.mark.whole("alexnet_app/ui")

MODEL = resources.path("models/cifar-towers.alexnet")


@pytest.fixture
def foreign(tmp_path):
    export_model(read_bundle(MODEL), "onnx", tmp_path / "mine.onnx")
    return tmp_path / "mine.onnx"


@pytest.fixture
def panel(qtbot, jobs, home):
    """The Filters panel with the bundled model."""
    made = FiltersPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.show()
    made.set_models([("bundled", str(MODEL))])
    qtbot.waitUntil(lambda: made.view() is not None, timeout=20_000)
    return made


def open_file(panel, path):
    """What the dialog of "Open a model file…" does when a file was chosen."""
    chooser = panel.bar.chooser if isinstance(panel, FiltersPanel) else panel.chooser
    chooser.browse()
    dialog = chooser.findChild(QFileDialog)
    assert "*.caffemodel" in dialog.nameFilters()[0]
    dialog.fileSelected.emit(str(path))
    dialog.close()
    QApplication.sendPostedEvents()


def export_to(panel, path, kind=None):
    panel.exporting.action.trigger()
    dialog = panel.findChild(QFileDialog)
    if kind:
        dialog.filterSelected.emit(next(text for text in dialog.nameFilters() if kind in text))
        assert dialog.defaultSuffix() == kind.removeprefix("*.")
    dialog.fileSelected.emit(str(path))
    dialog.close()
    QApplication.sendPostedEvents()


def agree(panel):
    """Presses Replace."""
    next(each for each in panel.findChildren(ReplaceQuestion) if each.isVisible()).yes.click()


def test_that_the_window_and_the_core_know_the_same_files():
    assert set(model_chooser.FOREIGN) == set(SUFFIXES)


@SLOW
@pytest.mark.parametrize("where", ["classify", "filters"])
def test_that_a_file_of_others_becomes_the_model_of_both_panels(window, foreign, home, qtbot, where):
    panel = getattr(window.tabs, where)
    window.tabs.setCurrentWidget(panel)
    open_file(panel, foreign)
    kept = home / "AlexNet" / "models" / "mine.alexnet"
    assert panel.banner.text() == f"Reading the weights in {foreign}…"
    qtbot.waitUntil(lambda: "Imported " in panel.banner.text(), timeout=20_000)
    assert panel.banner.text() == f"Imported mine.onnx: cifar-towers with 10 classes, saved as {kept}."
    assert window.tabs.classify.chooser.path() == window.tabs.filters.bar.chooser.path() == str(kept)
    assert torch.equal(read_bundle(kept).weights["fc8.bias"], read_bundle(MODEL).weights["fc8.bias"])
    for chooser in (window.tabs.classify.chooser, window.tabs.filters.bar.chooser):
        box = chooser.findChild(QComboBox)
        qtbot.waitUntil(lambda box=box: box.currentText().startswith("mine, imported · "), timeout=20_000)
    window.tabs.setCurrentWidget(window.tabs.filters)
    qtbot.waitUntil(lambda: window.tabs.filters.view() and window.tabs.filters.view().path == str(kept), timeout=20_000)


def test_that_weights_exported_for_torch_are_opened_again(panel, home, tmp_path, qtbot):
    export_to(panel, tmp_path / "mine.pth", "*.pth")
    qtbot.waitUntil(lambda: panel.banner.text().startswith("The model was exported"), timeout=20_000)
    open_file(panel, tmp_path / "mine.pth")
    kept = home / "AlexNet" / "models" / "mine.alexnet"
    qtbot.waitUntil(lambda: "Imported " in panel.banner.text(), timeout=20_000)
    assert panel.banner.text() == f"Imported mine.pth: cifar-towers with 10 classes, saved as {kept}."
    assert read_bundle(kept).classes == read_bundle(MODEL).classes


def test_that_what_weights_alone_do_not_say_is_told(panel, tmp_path, qtbot):
    torch.save(dict(read_bundle(MODEL).weights), tmp_path / "bare.pth")
    open_file(panel, tmp_path / "bare.pth")
    qtbot.waitUntil(lambda: "Imported " in panel.banner.text(), timeout=20_000)
    assert "The file does not record how pixels are scaled: (pixel − mean) × 0.0625 is used" in panel.banner.text()


def test_that_a_second_file_of_the_same_name_does_not_replace_the_first(window, foreign, home, qtbot):
    window.tabs.setCurrentWidget(window.tabs.train)
    window.open_paths([str(foreign)])  # as when it is dropped
    assert window.tabs.currentWidget() is window.tabs.classify
    qtbot.waitUntil(lambda: window.tabs.classify.chooser.path().endswith("mine.alexnet"), timeout=20_000)
    window.open_paths([str(foreign)])
    qtbot.waitUntil(lambda: window.tabs.classify.chooser.path().endswith("mine-2.alexnet"), timeout=20_000)
    assert len(list((home / "AlexNet" / "models").iterdir())) == 2


def test_that_a_broken_file_is_told_and_the_choice_stays(panel, home, tmp_path, qtbot):
    broken = tmp_path / "broken.caffemodel"
    broken.write_bytes(b"nonsense" * 100)
    with qtbot.assertNotEmitted(panel.importing.imported):
        open_file(panel, broken)
        qtbot.waitUntil(lambda: "damaged or not" in panel.banner.text(), timeout=20_000)
    assert str(broken) in panel.banner.text()
    assert panel.bar.chooser.path() == str(MODEL)
    assert not (home / "AlexNet").exists()


@pytest.mark.parametrize(("kind", "name"), [(None, "out.onnx"), ("*.pth", "out.pth"), ("*.alexnet", "out.alexnet")])
def test_that_the_chosen_model_is_exported(panel, jobs, tmp_path, qtbot, kind, name):
    export_to(panel, tmp_path / name, kind)
    qtbot.waitUntil(lambda: "exported" in panel.banner.text(), timeout=20_000)
    assert panel.banner.text().startswith(f"The model was exported to {tmp_path / name}")
    assert name.endswith("pth") == ("gets the weights alone" in panel.banner.text())
    wanted = read_bundle(MODEL).weights
    if name.endswith("onnx"):
        assert [each.name for each in onnx.load(tmp_path / name).graph.output] == ["scores"]
    elif name.endswith("pth"):
        assert torch.load(tmp_path / name, weights_only=True).keys() == wanted.keys()
    else:
        assert read_bundle(tmp_path / name).weights.keys() == wanted.keys()


def test_that_a_model_is_not_exported_over_itself(panel, foreign, tmp_path, qtbot):
    own = tmp_path / "own.alexnet"
    own.write_bytes(MODEL.read_bytes())
    panel.choose_model(str(own))
    qtbot.waitUntil(lambda: panel.view() is not None and panel.view().path == str(own), timeout=20_000)
    export_to(panel, own, "*.alexnet")
    agree(panel)
    qtbot.waitUntil(lambda: "overwritten" in panel.banner.text(), timeout=20_000)
    export_to(panel, foreign)
    agree(panel)
    qtbot.waitUntil(lambda: "exported" in panel.banner.text(), timeout=20_000)
    assert onnx.load(foreign).graph.output
    export_to(panel, tmp_path / "none" / "a.onnx")
    qtbot.waitUntil(lambda: "there is no folder" in panel.banner.text().lower(), timeout=20_000)
    assert own.read_bytes() == MODEL.read_bytes()


def test_that_exporting_waits_for_a_model(qtbot, jobs, home):
    panel = FiltersPanel(jobs, Settings())
    qtbot.addWidget(panel)
    action = panel.exporting.action
    assert (action.isEnabled(), action.toolTip()) == (False, "Go to Filters first")
    panel.show()
    assert (action.isEnabled(), action.toolTip()) == (False, "Choose a model first")
    panel.set_models([("bundled", str(MODEL))])
    qtbot.waitUntil(action.isEnabled, timeout=20_000)
    assert action in panel.actions()
