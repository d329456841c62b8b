"""What a person meets in the form of a configuration."""

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QPalette, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from alexnet_app.ui import theme
from alexnet_app.ui.parts.form.config_form import ConfigForm
from alexnet_app.ui.parts.form.editors import ChoiceBox, Switch
from alexnet_app.ui.parts.form.fields import FieldKind, FormField, Need, limits, read, write
from alexnet_app.ui.parts.form.path_box import FOLDER

FIELDS = (
    FormField("data", "Data", FieldKind.DATA, choices=(("shapes", "Sample data"), ("cifar10", "CIFAR-10"))),
    FormField("device", "Device", FieldKind.DEVICE, choices=(("auto", "Automatic"), ("cpu", "CPU"))),
    FormField("epochs", "Epochs", FieldKind.WHOLE, "how often every picture is seen", "", 1, 100_000),
    FormField("batch_size", "Batch size", FieldKind.WHOLE, "", "pictures", 1, 65_536, doubles=True),
    FormField("learning_rate", "Learning rate", FieldKind.NUMBER, "the ε of the rule", "", 1e-9, 10.0, example="0.01"),
    FormField("name", "Name", FieldKind.TEXT, group="Network"),
    FormField("o.decay", "Weight decay", FieldKind.NUMBER, "", "", 0.0, 1.0, group="Optimization", example="5e-4"),
    FormField("o.biases", "Decay on biases too", FieldKind.SWITCH, group="Optimization"),
    FormField(
        "o.when",
        "Schedule",
        FieldKind.CHOICE,
        choices=(("plateau", "Drop on a plateau"), ("steps", "Drop at milestones")),
    ),
    FormField(
        "o.at",
        "Milestones",
        FieldKind.WHOLES,
        unit="epochs",
        least=1,
        group="Optimization",
        needs=Need("o.when", ("steps",), "Only at milestones."),
        example="30, 45",
    ),
)
VALUES = {
    "data": "shapes",
    "device": "auto",
    "epochs": 60_000,
    "batch_size": 128,
    "learning_rate": 1e-5,
    "name": "one",
    "o.decay": 0.0005,
    "o.biases": True,
    "o.when": "steps",
    "o.at": (30, 45),
}


@pytest.fixture
def form(qtbot):
    area = QScrollArea()
    qtbot.addWidget(area)
    made = ConfigForm(FIELDS)
    made.set_presets([("small", "A small one."), ("large", "A large one.")])
    made.set_preset("small", VALUES)
    area.setWidgetResizable(True)
    area.setWidget(made)
    area.resize(300, 640)
    area.show()
    qtbot.waitExposed(area)
    area.activateWindow()
    qtbot.waitUntil(area.isActiveWindow)
    made.area = area  # keeps it
    return made


def enter(form, key, text):
    """Types ``text`` in place of what is there and leaves the field."""
    editor = form.row(key).editor
    editor.setFocus()
    QTest.keySequence(editor, "Ctrl+A")
    QTest.keyClick(editor, Qt.Key.Key_Delete)
    QTest.keyClicks(editor, text)
    editor.clearFocus()


def shown(form, key):
    return form.row(key).editor.text()


@pytest.fixture
def pick(qtlog):
    """Opens a choice and takes the entry so many steps below the first."""

    def picked(combo, steps):
        with qtlog.disabled():  # Qt's offscreen plugin says that it cannot grab the keyboard for a list
            QTest.mouseClick(combo, Qt.MouseButton.LeftButton)
        QTest.keyClick(combo.view(), Qt.Key.Key_Home)
        for _ in range(steps):
            QTest.keyClick(combo.view(), Qt.Key.Key_Down)
        QTest.keyClick(combo.view(), Qt.Key.Key_Return)

    return picked


def turn_wheel(widget):
    middle = QPointF(widget.rect().center())
    turned = QWheelEvent(
        middle,
        QPointF(widget.mapToGlobal(widget.rect().center())),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, turned)
    return turned.isAccepted()


def drop(widget, *paths):
    """Drags files over ``widget`` and lets go where they are taken; whether they were."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    about = Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPoint(5, 5), *about)
    entered.ignore()
    QApplication.sendEvent(widget, entered)
    if entered.isAccepted():
        QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), *about))
    return entered.isAccepted()


def test_that_values_come_back_as_they_were_set(form):
    assert form.values() == VALUES


def test_that_setting_values_says_nothing(form, qtbot):
    with qtbot.assertNotEmitted(form.changed):
        form.set_values({"epochs": 3, "o.when": "plateau"})
    assert form.values() == VALUES | {"epochs": 3, "o.when": "plateau"}


def test_that_numbers_are_written_for_people(form):
    assert shown(form, "epochs") == "60,000"
    assert shown(form, "learning_rate") == "1e-5"
    assert shown(form, "o.decay") == "0.0005"
    assert shown(form, "o.at") == "30, 45"


@pytest.mark.parametrize("value", [0.1, 1e-9, 5e-4, 123456.789, 0.1 + 0.2, 1e22, 300.0, -2.5e-7, 60_000, 0, (), (5,)])
def test_that_what_is_written_is_read_as_the_same_value(value):
    kind = {int: FieldKind.WHOLE, float: FieldKind.NUMBER, tuple: FieldKind.WHOLES}[type(value)]
    again = read(kind, write(value))
    assert again == value
    assert type(again) is type(value)


def test_that_each_letter_typed_reports_its_field(form, qtbot):
    with qtbot.waitSignal(form.changed) as said:
        QTest.keyClicks(form.row("learning_rate").editor, "0")
    assert said.args == ["learning_rate"]


def test_that_scientific_entry_is_read(form):
    enter(form, "learning_rate", "5e-4")
    assert form.values()["learning_rate"] == 5e-4
    assert shown(form, "learning_rate") == "0.0005"
    assert form.is_valid()


@pytest.mark.parametrize(
    ("key", "text", "sentence"),
    [
        ("learning_rate", "37", "Learning rate must be at most 10, not 37."),
        ("learning_rate", "0", "Learning rate must be at least 1e-9, not 0."),
        ("learning_rate", "nan", "Learning rate must be at least 1e-9, not nan."),
        ("learning_rate", "0,0,1", "Learning rate must be a number such as 0.01, not “0,0,1”."),
        ("learning_rate", "", "Learning rate is empty; write a number such as 0.01."),
        ("epochs", "200000", "Epochs must be at most 100,000, not 200,000."),
        ("epochs", "1.5", "Epochs must be a whole number, not “1.5”."),
        ("epochs", "", "Epochs is empty; write a whole number."),
        ("o.at", "30 45", "Milestones must be whole numbers such as 30, 45, not “30 45”."),
        ("o.at", "30, 0", "Milestones must be at least 1, not 0."),
    ],
)
def test_that_a_wrong_text_stays_and_is_explained_under_its_field(form, key, text, sentence):
    form.fold("Optimization").set_open(True)
    enter(form, key, text)
    assert shown(form, key) == text
    assert form.errors() == {key: sentence}
    assert not form.is_valid()
    assert sentence in form.row(key).editor.accessibleDescription()


def test_that_an_unfinished_number_is_not_yet_called_wrong(form):
    editor = form.row("learning_rate").editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "5e-")
    assert form.errors() == {}
    assert not form.is_valid()
    QTest.keyClicks(editor, "3")
    assert form.is_valid()


def test_that_an_error_goes_as_soon_as_the_text_is_right(form):
    enter(form, "learning_rate", "37")
    editor = form.row("learning_rate").editor
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, "3")
    assert form.errors() == {}
    assert form.is_valid()


def test_that_no_milestones_are_the_empty_list(form):
    form.fold("Optimization").set_open(True)
    enter(form, "o.at", "")
    assert form.values()["o.at"] == ()
    assert form.is_valid()


def test_that_an_error_from_outside_opens_its_fold_and_goes_with_the_next_change(form):
    assert not form.row("o.decay").isVisible()
    form.set_error("o.decay", "Too much.")
    assert form.row("o.decay").isVisible()
    assert not form.is_valid()
    enter(form, "o.decay", "0.1")
    assert form.errors() == {}
    assert form.is_valid()


def test_that_clearing_takes_away_only_what_was_said_from_outside(form):
    enter(form, "learning_rate", "37")
    form.set_error("epochs", "No.")
    form.clear_errors()
    assert form.errors() == {"learning_rate": "Learning rate must be at most 10, not 37."}


def test_that_a_check_shows_every_error_and_goes_to_the_first(form):
    form.set_values({"epochs": 0, "o.decay": 7.0})
    assert form.errors() == {}
    assert not form.check()
    assert list(form.errors()) == ["epochs", "o.decay"]
    assert form.row("epochs").editor.hasFocus()
    assert form.fold("Optimization").is_open()


def test_that_a_check_scrolls_to_what_is_wrong(form, qtbot):
    form.area.resize(300, 200)
    form.set_values({"o.decay": 7.0})
    assert not form.check()
    qtbot.waitUntil(lambda: not form.row("o.decay").visibleRegion().isEmpty())


def test_that_the_field_in_error_is_marked_in_both_schemes(form, scheme):
    form.set_error("epochs", "No.")
    form.set_error("device", "No.")
    wrong = (theme.DARK if scheme == "dark" else theme.LIGHT).error
    assert form.row("epochs").editor.palette().color(QPalette.ColorRole.Base) == wrong
    assert form.row("device").editor.palette().color(QPalette.ColorRole.Button) == wrong
    form.clear_errors()
    assert form.errors() == {}
    assert form.row("epochs").editor.palette().color(QPalette.ColorRole.Base) != wrong


def test_that_the_mark_follows_a_change_of_the_scheme(form, qapp, qtbot):
    form.set_error("epochs", "No.")
    for dark, drawn in ((True, theme.DARK), (False, theme.LIGHT)):
        theme.use(qapp, dark=dark)
        qtbot.waitUntil(lambda wrong=drawn.error: form.row("epochs").editor.palette().base().color() == wrong)


def test_that_steps_go_by_one_or_to_the_next_power_of_two_and_end_at_the_limits(form):
    for key, pressed, value in (
        ("epochs", Qt.Key.Key_Up, 60_001),
        ("batch_size", Qt.Key.Key_Up, 256),
        ("batch_size", Qt.Key.Key_Down, 128),
    ):
        QTest.keyClick(form.row(key).editor, pressed)
        assert form.values()[key] == value
    form.set_values({"batch_size": 100})
    QTest.keyClick(form.row("batch_size").editor, Qt.Key.Key_Down)
    assert form.values()["batch_size"] == 64
    form.set_values({"batch_size": 65_000, "epochs": 1})
    QTest.keyClick(form.row("batch_size").editor, Qt.Key.Key_PageUp)
    QTest.keyClick(form.row("epochs").editor, Qt.Key.Key_Down)
    assert form.values()["batch_size"] == 65_536
    assert form.values()["epochs"] == 1


@pytest.mark.parametrize("key", ["epochs", "device", "data"])
def test_that_the_wheel_changes_nothing_that_is_not_in_focus(form, key):
    form.set_values({"device": "cpu", "data": "cifar10"})
    before = form.values()
    assert not turn_wheel(form.row(key).editor)
    assert form.values() == before
    form.row(key).editor.setFocus()
    assert turn_wheel(form.row(key).editor)
    assert form.values() != before


def test_that_enter_in_a_field_starts_nothing(form, qtbot):
    heard = []

    class Panel(QWidget):
        def keyPressEvent(self, event):
            heard.append(event.key())

    panel = Panel()
    qtbot.addWidget(panel)
    QVBoxLayout(panel).addWidget(form)
    for key in ("epochs", "learning_rate", "device", "o.biases"):
        QTest.keyClick(form.row(key).editor, Qt.Key.Key_Return)
    assert heard == []
    QTest.keyClick(form.row("learning_rate").editor, Qt.Key.Key_F9)
    assert heard == [Qt.Key.Key_F9]


def test_that_tab_goes_down_the_form(form):
    form.fold("Optimization").set_open(True)
    combo = form.findChild(ChoiceBox)
    combo.setFocus()
    tops = []
    for _ in range(12):
        focused = QApplication.focusWidget()
        tops.append(focused.mapTo(form, QPoint(0, 0)).y())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert tops == sorted(tops)
    assert len(set(tops)) == 12


def test_that_every_control_has_a_name_for_a_screen_reader(form):
    for field in FIELDS:
        row = form.row(field.key)
        assert row.editor.accessibleName() == field.label
        if not isinstance(row.editor, Switch):
            assert row.label.buddy() is row.editor


def test_that_a_tooltip_has_the_meaning_the_limits_and_the_key(form):
    said = form.row("learning_rate").toolTip()
    for part in ("The ε of the rule", "From 1e-9 to 10", "learning_rate"):
        assert part in said
    assert limits(FormField("a", "A", FieldKind.WHOLE, least=1)) == "At least 1"
    assert limits(FormField("a", "A", FieldKind.WHOLE, most=9)) == "At most 9"
    assert limits(FormField("a", "A", FieldKind.WHOLE)) == ""


def test_that_a_setting_that_means_nothing_now_is_disabled_and_says_why(form, pick):
    assert form.row("o.at").editor.isEnabled()
    pick(form.row("o.when").editor, 0)
    assert form.values()["o.when"] == "plateau"
    assert not form.row("o.at").editor.isEnabled()
    assert "Only at milestones." in form.row("o.at").toolTip()


def test_that_a_wrong_setting_can_be_put_right_though_it_means_nothing(form):
    form.fold("Optimization").set_open(True)
    enter(form, "o.at", "thirty")
    form.set_values({"o.when": "plateau"})
    assert form.row("o.at").editor.isEnabled()


def test_that_nothing_can_be_changed_while_a_run_is_on(form):
    form.set_error("epochs", "No.")
    form.set_enabled_for_run(False)
    for field in FIELDS:
        assert not form.row(field.key).editor.isEnabled()
        assert "A run is in progress" in form.row(field.key).toolTip()
    assert form.fold("Optimization").title.isEnabled()
    form.set_enabled_for_run(True)
    assert form.row("epochs").editor.isEnabled()
    assert "A run is in progress" not in form.row("epochs").toolTip()


def test_that_what_is_locked_can_still_be_read_in_both_schemes(form, qapp, qtbot):
    def locked_text():
        return form.row("epochs").editor.palette().color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)

    form.set_enabled_for_run(False)
    for dark, drawn in ((True, theme.DARK), (False, theme.LIGHT)):
        theme.use(qapp, dark=dark)
        qtbot.waitUntil(lambda faint=drawn.faint: locked_text() == faint)
    form.set_enabled_for_run(True)
    assert locked_text() != theme.LIGHT.faint


def test_that_a_preset_is_asked_for_and_told_about(form, qtbot, pick):
    combo = form.findChild(ChoiceBox)
    with qtbot.waitSignal(form.preset_chosen) as said:
        pick(combo, 1)
    assert said.args == ["large"]
    form.set_preset("large", VALUES | {"epochs": 9})
    assert form.preset() == "large"
    assert form.values()["epochs"] == 9
    assert "A large one." in texts(form)


def texts(form):
    return [label.text() for label in form.findChildren(QLabel) if label.isVisible()]


def reset_button(form):
    return form.findChild(QPushButton)


def test_that_no_preset_is_shown_before_one_is_set(qtbot):
    form = ConfigForm(FIELDS)
    qtbot.addWidget(form)
    form.set_presets([("small", "A small one.")])
    assert form.preset() == form.findChild(ChoiceBox).currentText() == ""
    assert form.changed_keys() == []


def test_that_changes_to_a_preset_are_seen_and_taken_back(form, qtbot):
    assert "No settings changed" in texts(form)
    assert not reset_button(form).isEnabled()
    enter(form, "epochs", "7")
    form.fold("Optimization").set_open(True)
    QTest.mouseClick(form.row("o.biases").editor, Qt.MouseButton.LeftButton, pos=QPoint(8, 10))
    assert form.changed_keys() == ["epochs", "o.biases"]
    assert "2 settings changed" in texts(form)
    assert form.row("epochs").label.font().bold()
    assert "small has 60,000" in form.row("epochs").toolTip()
    assert "small has on" in form.row("o.biases").toolTip()
    assert form.fold("Optimization").title.note() == "1 changed"
    with qtbot.waitSignals([form.changed, form.changed]):
        QTest.mouseClick(reset_button(form), Qt.MouseButton.LeftButton)
    assert form.values() == VALUES
    assert "No settings changed" in texts(form)
    assert not form.row("epochs").label.font().bold()


def test_that_choosing_the_preset_again_takes_changes_back(form, qtbot, pick):
    enter(form, "epochs", "7")
    with qtbot.assertNotEmitted(form.preset_chosen):
        pick(form.findChild(ChoiceBox), 0)
    assert form.values() == VALUES


def test_that_settings_that_a_reset_replaced_can_be_had_back(form):
    enter(form, "epochs", "7")
    QTest.mouseClick(reset_button(form), Qt.MouseButton.LeftButton)
    undo = reset_button(form)
    assert (undo.text(), undo.isEnabled()) == ("Undo", True)
    QTest.mouseClick(undo, Qt.MouseButton.LeftButton)
    assert form.values() == VALUES | {"epochs": 7}
    assert undo.text() == "Reset"


def test_that_settings_that_another_preset_replaced_can_be_had_back_until_the_next_entry(form, pick):
    large = VALUES | {"epochs": 9}
    form.preset_chosen.connect(lambda name: form.set_preset(name, large if name == "large" else VALUES))
    enter(form, "epochs", "7")
    pick(form.findChild(ChoiceBox), 1)
    assert (form.preset(), form.values()) == ("large", large)
    QTest.mouseClick(reset_button(form), Qt.MouseButton.LeftButton)
    assert (form.preset(), form.values()) == ("small", VALUES | {"epochs": 7})
    pick(form.findChild(ChoiceBox), 1)
    enter(form, "epochs", "8")
    assert reset_button(form).text() == "Reset"


def test_that_a_configuration_of_ones_own_is_a_choice_only_while_it_is_shown(form):
    combo = form.findChild(ChoiceBox)
    form.set_preset("mine", VALUES, "From a file.")
    assert combo.currentText() == "mine"
    assert "From a file." in texts(form)
    form.set_preset("small", VALUES)
    assert [combo.itemText(index) for index in range(combo.count())] == ["small", "large"]


def test_that_devices_come_later_and_the_chosen_one_stays(form, pick):
    form.set_values({"device": "cuda:7"})
    form.set_devices([("auto", ""), ("cpu", "CPU, 8 threads"), ("cuda:0", "Big GPU (cuda:0)")])
    combo = form.row("device").editor
    assert form.values()["device"] == "cuda:7"
    assert "not on this computer" in combo.currentText()
    assert [combo.itemText(index) for index in range(3)] == ["Automatic", "CPU, 8 threads", "Big GPU (cuda:0)"]
    pick(combo, 2)
    assert form.values()["device"] == "cuda:0"


def test_that_a_folder_is_looked_for_without_blocking(form, qtbot, tmp_path, pick):
    combo = form.row("data").editor
    with qtbot.waitSignal(form.browse_requested) as said:
        pick(combo, combo.findText("Image folder…") - 1)  # the separator is passed over
    assert said.args == [FOLDER]
    assert form.values()["data"] == "shapes"
    dialog = combo.findChild(QFileDialog)
    with qtbot.waitSignal(form.changed):
        dialog.fileSelected.emit(str(tmp_path))
    dialog.close()
    assert form.values()["data"] == str(tmp_path)
    assert str(tmp_path) in form.row("data").toolTip()


def test_that_a_dialog_that_is_cancelled_changes_nothing(form, qtbot, pick):
    combo = form.row("data").editor
    pick(combo, combo.findText("Archive…") - 1)
    dialog = combo.findChild(QFileDialog)
    with qtbot.assertNotEmitted(form.changed):
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert combo.currentText() == "Sample data"


def test_that_the_keys_pass_over_the_ways_to_a_dialog(form, qtbot):
    combo = form.row("data").editor
    combo.setFocus()
    with qtbot.assertNotEmitted(form.browse_requested):
        for _ in range(5):
            QTest.keyClick(combo, Qt.Key.Key_Down)
    assert form.values()["data"] == "cifar10"
    assert combo.currentText() == "CIFAR-10"


def test_that_a_folder_or_an_archive_can_be_dropped(form, tmp_path):
    row = form.row("data")
    archive = tmp_path / "cifar-10-binary.tar.gz"
    archive.touch()
    assert drop(row, tmp_path)
    assert form.values()["data"] == str(tmp_path)
    assert drop(row, archive)
    assert form.values()["data"] == str(archive)


def test_that_anything_else_is_not_taken(form, tmp_path):
    row = form.row("data")
    picture = tmp_path / "cat.png"
    picture.touch()
    assert not drop(row, picture)
    assert not drop(row, tmp_path, tmp_path)
    assert not drop(row, tmp_path / "gone")
    form.set_enabled_for_run(False)
    assert not drop(row, tmp_path)
    assert form.values()["data"] == "shapes"


def test_that_used_paths_stay_among_the_choices_but_not_for_ever(form):
    for index in range(7):
        form.set_values({"data": f"/pictures/{index}"})
    combo = form.row("data").editor
    found = [combo.itemData(index) for index in range(combo.count()) if str(combo.itemData(index)).startswith("/")]
    assert found == [f"/pictures/{index}" for index in range(2, 7)]


def test_that_new_data_choices_keep_what_is_chosen(form, pick):
    form.set_values({"data": "/pictures/a"})
    form.set_data_choices([("Sample data", "shapes"), ("b", "/pictures/b")])
    assert form.values()["data"] == "/pictures/a"
    pick(form.row("data").editor, 1)
    assert form.values()["data"] == "/pictures/b"


def test_that_a_fold_opens_and_closes_by_keys_and_by_a_click(form):
    fold = form.fold("Optimization")
    for pressed, opened in (
        (Qt.Key.Key_Right, True),
        (Qt.Key.Key_Right, True),
        (Qt.Key.Key_Left, False),
        (Qt.Key.Key_Left, False),
        (Qt.Key.Key_Return, True),
        (Qt.Key.Key_Space, False),
    ):
        QTest.keyClick(fold.title, pressed)
        assert fold.is_open() is opened
        assert form.row("o.decay").isVisible() is opened
        assert fold.title.accessibleName() == f"Optimization, {'open' if opened else 'closed'}"
    QTest.mouseClick(fold.title, Qt.MouseButton.LeftButton)
    assert fold.is_open()
