"""The window that says what the network of the form is: what it shows, that it follows the form, that it goes."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from alexnet_app.core.network.ablations import one_tower
from alexnet_app.core.network.differences import differences
from alexnet_app.core.network.layer_table import layer_table
from alexnet_app.core.network.variants import VARIANTS
from alexnet_app.ui import theme
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.tabs import train_panel
from alexnet_app.ui.train.views.network_dialog import NetworkDialog

LONG = 60_000


@pytest.fixture
def panel(qtbot, home):
    jobs = Jobs()
    made = train_panel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1280, 740)
    made.show()
    yield made
    made.setup.network.close()
    jobs.abandon_all()
    qtbot.waitUntil(lambda: not jobs.running(), timeout=LONG)


@pytest.fixture
def about(panel, qtbot):
    """The open window of alexnet-2012."""
    panel.setup.form.fold("Network").set_open(True)
    panel.setup.form.set_values({"network": "alexnet-2012"})
    qtbot.waitUntil(lambda: panel.setup.network.button.height() > 0, timeout=LONG)  # it has its place
    QTest.mouseClick(panel.setup.network.button, Qt.MouseButton.LeftButton)
    return panel.setup.network.dialog


def choose(panel, key, value):
    """Takes an entry of a list of the form with the keyboard, as a person does."""
    box = panel.setup.form.row(key).editor
    QTest.keyClick(box, Qt.Key.Key_Home)
    while panel.setup.form.values()[key] != value:
        before = box.currentIndex()
        QTest.keyClick(box, Qt.Key.Key_Down)
        assert box.currentIndex() != before, f"{value} cannot be reached"


def test_that_the_button_opens_the_layers_of_the_variant(about):
    assert about.isVisible()
    assert not about.isModal()
    assert about.windowTitle() == "alexnet-2012"
    rows = about.layers.texts()
    assert [row[0] for row in rows] == [layer.name for layer in VARIANTS["alexnet-2012"].layers] + ["Total"]
    assert rows[0][1:4] == ["96 × 55 × 55", "96 of 11 × 11 × 3, stride 4, padding 0", "the image"]
    assert (rows[-1][5], rows[-1][8]) == ("60,965,224", "724,406,816")
    assert "4.136 GFLOP" in about.note.text()
    told = [tuple(row) for row in about.differences.texts()]
    cells = [[about.differences.item(row, column).text() for column in range(4)] for row in range(len(told))]
    assert cells == about.differences.texts()
    assert told == [(each.what, each.paper, each.here, each.reason) for each in differences(VARIANTS["alexnet-2012"])]


def test_that_numbers_are_right_aligned_and_sums_bold(about):
    table = about.layers
    right = [bool(table.item(0, column).textAlignment() & Qt.AlignmentFlag.AlignRight) for column in range(9)]
    heads = [bool(table.horizontalHeaderItem(c).textAlignment() & Qt.AlignmentFlag.AlignRight) for c in range(9)]
    assert right == heads == [False] * 5 + [True] * 4
    bold = [table.item(row, 5).font().bold() for row in range(table.rowCount())]
    assert bold == [False] * 8 + [True]


def test_that_it_follows_the_form(about, panel):
    choose(panel, "network", "cifar-towers")
    assert about.windowTitle() == "cifar-towers"
    choose(panel, "ablation.towers", "one")
    spec = one_tower(VARIANTS["cifar-towers"])
    assert about.windowTitle() == "cifar-towers, one tower of half the kernels"
    assert about.layers.texts()[-1][5] == f"{layer_table(spec).parameters:,}"
    assert "Towers" in [row[0] for row in about.differences.texts()]
    assert "one tower of half the kernels" in about.heading.text()
    panel.setup.use_preset("imagenet-2012")
    assert about.windowTitle() == "alexnet-2012"


def test_that_other_settings_that_are_wrong_do_not_matter(about, panel):
    panel.setup.form.set_values({"learning_rate": 37.0, "network": "caffe"})
    panel.setup.network.follow()
    assert about.windowTitle() == "caffe"
    assert about.layers.rowCount() == 9


def test_that_a_combination_without_sense_is_told_there_and_at_its_field(about, panel, qtbot):
    form = panel.setup.form
    form.set_values({"network": "one-column", "ablation.towers": "one"})
    panel.setup.network.follow()
    assert about.heading.text().startswith("Towers cannot be 'one': one-column has one column, no towers")
    assert about.layers.rowCount() == about.differences.rowCount() == 0
    panel.setup.estimate_anew()
    assert "no towers" in form.errors()["ablation.towers"]
    assert form.row("ablation.towers").editor.isEnabled()  # so that it can be put right
    choose(panel, "ablation.towers", "variant")
    assert form.errors() == {}
    assert not form.row("ablation.towers").editor.isEnabled()
    assert "two-tower networks" in form.row("ablation.towers").toolTip()
    assert about.windowTitle() == "one-column"


def test_that_it_is_told_while_the_last_settings_are_still_measured(panel, qtbot):
    setup = panel.setup
    setup.set_devices([("auto", "CPU"), ("cpu", "CPU")])
    qtbot.waitUntil(lambda: setup._estimate is not None, timeout=LONG)
    setup.form.set_values({"network": "one-column", "ablation.towers": "one"})
    setup.estimate_anew()
    assert "no towers" in setup._takes.text()
    qtbot.waitUntil(lambda: setup._estimate is None, timeout=LONG)
    assert "no towers" in setup._takes.text()


def test_that_a_fold_in_that_never_happens_is_told_until_there_are_epochs_enough(panel):
    setup = panel.setup
    setup.set_devices([("auto", "CPU"), ("cpu", "CPU")])
    setup.form.set_values({"validation_joins_after": 7, "optimization.schedule": "steps", "epochs": 7})
    setup.estimate_anew()
    assert "finishes after 7 epochs" in setup.form.errors()["validation_joins_after"]
    setup.form.set_values({"epochs": 8})
    setup.form.changed.emit("epochs")
    assert setup.form.errors() == {}
    assert setup._config().epochs == 8


def test_that_a_constant_gain_is_not_called_lrn(panel, about):
    choose(panel, "network", "cifar-towers")
    panel.setup.form.set_values({"ablation.gain": True})
    panel.setup.network.follow()
    then = [row[4] for row in about.layers.texts()]
    assert any("× k^-β" in each for each in then)
    assert not any("LRN" in each for each in then)


def test_that_what_a_variant_lacks_cannot_be_changed(panel):
    form = panel.setup.form
    for network, towers, norm in (("one-column", False, False), ("cifar-2012", False, True), ("caffe", True, True)):
        form.set_values({"network": network})
        assert form.row("ablation.towers").editor.isEnabled() == towers
        assert form.row("ablation.normalization").editor.isEnabled() == norm


def test_that_rows_can_be_copied(about):
    about.layers.selectRow(0)
    QTest.keyClick(about.layers, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text()
    assert copied.split("\t") == about.layers.texts()[0]


def test_that_every_text_of_a_difference_can_be_read(qtbot, about, panel):
    choose(panel, "network", "cifar-11pct")
    about.tabs.setCurrentIndex(1)
    about.resize(700, 400)
    table = about.differences
    qtbot.waitUntil(lambda: table.horizontalScrollBar().maximum() == 0)
    metrics = table.fontMetrics()
    for row in range(table.rowCount()):
        for column in range(4):
            width = table.columnWidth(column) - theme.SPACE
            text = table.item(row, column).text()
            needed = metrics.boundingRect(0, 0, width, 10_000, Qt.TextFlag.TextWordWrap, text).height()
            assert needed <= table.rowHeight(row), text


def test_that_it_has_names_for_those_who_cannot_see_it(about):
    assert about.layers.accessibleName() == "Layers"
    assert about.differences.accessibleName() == "Differences"
    assert [about.tabs.tabText(place) for place in range(2)] == ["Layers", "Differences"]


def test_that_it_goes_with_the_window(window, qtbot):
    window.tabs.train.setup.network.action.trigger()
    dialog = window.tabs.train.setup.network.dialog
    assert dialog.isVisible()
    assert window.tabs.train.setup.network.action in [
        action for menu in window.menuBar().actions() for action in menu.menu().actions()
    ]
    window.leave_now()
    qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=LONG)


def test_that_it_follows_the_colour_scheme(qtbot, scheme):
    dialog = NetworkDialog()
    qtbot.addWidget(dialog)
    layers, sums = [["conv1", *"abcdefgh"]], ["Total", *"abcdefgh"]
    dialog.show_network("net", "about", layers, sums, [["what", "paper", "here", "why"]], "note")
    dialog.show()
    image = dialog.layers.viewport().grab().toImage()
    paper = theme.palette(dark=scheme == "dark").base().color()
    assert image.pixelColor(image.width() - 2, image.height() - 2) == paper
