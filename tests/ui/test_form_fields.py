"""The settings of a run as fields of a form."""

import dataclasses
import subprocess
import sys

import hypothesis
import hypothesis.strategies as st
import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QScrollArea

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.variants import OLDER, VARIANTS
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import keys, load_config, preset_names
from alexnet_app.core.training.setting_limits import setting
from alexnet_app.ui.parts.form.config_form import ConfigForm
from alexnet_app.ui.parts.form.fields import FieldKind, problem
from alexnet_app.ui.train import form_fields

FIELDS = {field.key: field for field in form_fields.fields()}


def test_that_every_setting_appears_once():
    shown = [field.key for field in form_fields.fields()]
    assert sorted(shown) == sorted(set(keys()) - {"preset", "about"})


def test_that_what_matters_to_a_newcomer_comes_first():
    in_sight = [field.key for field in form_fields.fields() if not field.group]
    assert in_sight == ["data", "device", "epochs", "batch_size", "learning_rate"]


def test_that_a_new_setting_of_the_core_appears_by_itself(monkeypatch):
    more = dataclasses.make_dataclass(
        "More",
        [("warm_up", int, setting(0, "epochs of a rising rate", unit="epochs", least=0, most=9))],
        bases=(TrainConfig,),
        frozen=True,
    )
    monkeypatch.setattr(form_fields, "TrainConfig", more)
    field = form_fields.fields()[-1]
    assert (field.key, field.label, field.kind, field.least, field.most) == (
        "warm_up",
        "Warm up",
        FieldKind.WHOLE,
        0,
        9,
    )


def test_that_every_name_in_the_tables_is_a_setting():
    for table in (form_fields.LABELS, form_fields.UNITS, form_fields.CHOICES, form_fields.NEEDS, form_fields.EXAMPLES):
        assert set(table) <= set(FIELDS)


def test_that_limits_choices_and_meanings_are_those_of_the_core():
    assert (FIELDS["learning_rate"].least, FIELDS["learning_rate"].most) == (1e-9, 10.0)
    assert [value for value, _ in FIELDS["optimization.schedule"].choices] == ["plateau", "steps", "constant"]
    assert all(field.meaning for field in FIELDS.values())
    kinds = {
        key: FIELDS[key].kind for key in ("data", "device", "seed", "augmentation.crop", "optimization.milestones")
    }
    assert list(kinds.values()) == [
        FieldKind.DATA,
        FieldKind.DEVICE,
        FieldKind.WHOLE,
        FieldKind.SWITCH,
        FieldKind.WHOLES,
    ]


def test_that_settings_that_need_another_one_name_values_that_it_has():
    needs = {field.key: field.needs for field in FIELDS.values() if field.needs}
    assert len(needs) == 10
    for need in needs.values():
        assert set(need.values) < {value for value, _ in FIELDS[need.key].choices} | set(OLDER)
        assert need.values
    assert "one-column" not in needs["ablation.towers"].values
    assert "cifar-2012" in needs["ablation.normalization"].values


@pytest.mark.parametrize("network", VARIANTS)
def test_that_what_the_form_offers_to_change_in_a_variant_can_be_changed(network):
    for key, value in (("ablation.towers", "one"), ("ablation.normalization", False), ("ablation.dropout", False)):
        offered = network in FIELDS[key].needs.values
        try:
            form_fields.config_from({"network": network, key: value}, "custom", "")
        except UserError as error:
            assert not offered
            assert form_fields.key_of(error) == key  # noqa: PT017
        else:
            assert offered


def test_that_a_network_of_older_versions_is_there_while_a_run_has_it_and_not_offered(qtbot):
    form = ConfigForm(form_fields.fields())
    qtbot.addWidget(form)
    box = form.row("network").editor
    assert [box.itemData(place) for place in range(box.count())] == list(VARIANTS)
    (older,) = OLDER
    form.set_values({"network": older})
    assert form.values()["network"] == older
    assert form_fields.problems({"network": older}) == {}
    form.set_values({"network": "caffe"})
    assert box.findData(older) < 0
    assert older not in form_fields.problems({"network": "cifar-2013"})["network"]


def test_that_devices_are_named_only_where_each_tower_has_its_own(qtbot):
    assert dict(FIELDS["placement"].choices)["towers"] == "One tower on each GPU"
    assert FIELDS["placement"].group == FIELDS["devices"].group == FIELDS["threads"].group
    form = ConfigForm(form_fields.fields())
    qtbot.addWidget(form)
    form.set_preset("small", form_fields.values_of(TrainConfig()))
    assert not form.row("devices").editor.isEnabled()
    form.set_values({"placement": "towers"})
    editor = form.row("devices").editor
    assert editor.isEnabled()
    editor.setText(" cuda:0, cuda:1 ,")
    assert form_fields.config_from(form.values(), "custom", "").devices == ("cuda:0", "cuda:1")


@pytest.mark.parametrize("name", preset_names())
def test_that_a_preset_goes_through_the_form_unchanged(qtbot, name):
    config = load_config(name)
    form = ConfigForm(form_fields.fields())
    qtbot.addWidget(form)
    form.set_preset(name, form_fields.values_of(config))
    assert form.changed_keys() == []
    assert form.is_valid()
    assert form_fields.config_from(form.values(), config.preset, config.about) == config


@hypothesis.given(
    rate=st.floats(1e-9, 10.0),
    decay=st.floats(0.0, 1.0),
    seed=st.integers(0, 2**31 - 1),
    milestones=st.lists(st.integers(1, 10_000), max_size=5),
)
@hypothesis.settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
)
def test_that_any_number_goes_through_the_form_unchanged(qtbot, rate, decay, seed, milestones):
    values = form_fields.values_of(TrainConfig()) | {
        "learning_rate": rate,
        "optimization.weight_decay": decay,
        "seed": seed,
        "optimization.milestones": tuple(milestones),
    }
    form = ConfigForm(form_fields.fields())
    qtbot.addWidget(form)
    form.set_values(values)
    assert form.values() == values


def test_that_a_wrong_value_raises_and_names_its_field():
    with pytest.raises(UserError) as raised:
        form_fields.config_from({"optimization.momentum": 2.0}, "custom", "")
    assert form_fields.key_of(raised.value) == "optimization.momentum"


def test_that_an_error_about_something_else_has_no_field():
    assert form_fields.key_of(UserError("there is no device {name!r}", name="cuda:9")) is None
    assert form_fields.key_of(UserError("{key} is no file", key="about")) is None
    assert form_fields.key_of(UserError("{key} is no file", key=7)) is None


def test_that_every_error_is_found_and_called_as_in_the_form():
    values = form_fields.values_of(TrainConfig()) | {
        "epochs": "many",
        "learning_rate": 37.0,
        "optimization.milestones": (2**70,),
        "network": "alexnet-2013",
    }
    found = form_fields.problems(values)
    assert sorted(found) == ["epochs", "learning_rate", "network", "optimization.milestones"]
    assert found["learning_rate"] == "Learning rate must be at most 10, not 37."
    assert found["epochs"] == "Epochs must be a whole number, not 'many'."
    assert form_fields.problems(form_fields.values_of(TrainConfig())) == {}


@pytest.mark.parametrize("key", [key for key, field in FIELDS.items() if field.least is not None])
def test_that_the_form_and_the_core_draw_the_same_limits(key):
    field = FIELDS[key]
    whole = field.kind is not FieldKind.NUMBER
    step = 1 if whole else 1e-12
    for value in (field.least, field.least - step, *((field.most, field.most + 1) if field.most is not None else ())):
        entered = (value,) if field.kind is FieldKind.WHOLES else value
        assert bool(problem(field, entered)) == bool(form_fields.problems({key: entered}))


def test_that_the_fields_are_there_before_torch_is():
    script = (
        "import sys; from alexnet_app.ui.train import form_fields; form_fields.fields(); print('torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "False"


def test_that_nothing_is_cut_off_in_a_narrow_column(qtbot):
    area = QScrollArea()
    qtbot.addWidget(area)
    form = ConfigForm(form_fields.fields())
    form.set_presets([("small", "A sentence that is long enough to need more than one line in a column like this.")])
    form.set_preset("small", form_fields.values_of(TrainConfig()))
    form.set_values({"data": "/a/very/long/path/" + "of/many/folders/" * 20, "batch_size": 65_536})
    for group in {field.group for field in FIELDS.values()} - {""}:
        form.fold(group).set_open(True)
    form.set_error("epochs", "A long sentence that says what is wrong, why, and what can be done about it.")
    area.setWidgetResizable(True)
    area.setWidget(form)
    area.resize(260, 400)
    area.show()
    qtbot.waitUntil(area.verticalScrollBar().isVisible)
    assert area.horizontalScrollBar().maximum() == 0
    for field in FIELDS.values():
        row = form.row(field.key)
        right = row.mapTo(form, QPoint(row.width(), 0)).x()
        assert row.minimumSizeHint().width() <= row.width()
        assert right <= area.viewport().width()
