"""Numbers are taken as people type them, shown as their country writes them, and kept in files with the point."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QLocale

from alexnet_app.core.errors import UserError
from alexnet_app.core.training.config_text import to_toml
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.form.fields import FieldKind, read, write
from alexnet_app.ui.parts.numbers import decimal, local, shown, whole
from alexnet_app.ui.parts.wording import duration, percent, size

PLACES = ("C", "en_US", "de_DE", "de_CH", "fr_FR", "pt_BR", "sv_SE", "en_IN")


@pytest.fixture
def in_place():
    before = QLocale()
    yield lambda name: QLocale.setDefault(QLocale(name))
    QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("place", "typed", "meant"),
    [
        ("de_DE", "0,01", 0.01),
        ("de_DE", "0.01", 0.01),  # as in papers and files
        ("de_DE", "1.000", 1000.0),
        ("de_DE", "1.000,5", 1000.5),
        ("de_DE", "1,000", 1.0),
        ("de_DE", "5e-4", 5e-4),
        ("de_DE", "5,5e-4", 5.5e-4),
        ("en_US", "0,01", 0.01),
        ("en_US", "1,000", 1000.0),
        ("en_US", "1,000.5", 1000.5),
        ("C", "0.001", 0.001),
        ("fr_FR", "1\u202f000,5", 1000.5),
        ("fr_FR", "1 000,5", 1000.5),
        ("de_CH", "1’000.5", 1000.5),
        ("en_US", "-0,5", -0.5),
    ],
)
def test_that_a_number_is_read_with_either_sign(in_place, place, typed, meant):
    in_place(place)
    assert decimal(typed) == meant


@pytest.mark.parametrize("typed", ["", "1,2,3", "1.2.3", "1,2.3,4", "fast", "0,0,1", "1 0", "1.00,000,5"])
def test_that_what_is_no_number_in_any_country_is_none(in_place, typed):
    for place in PLACES:
        in_place(place)
        assert isinstance(read(FieldKind.NUMBER, typed), str)


@pytest.mark.parametrize("typed", ["60000", "60,000", "60.000", "60 000", "60’000", "60\u202f000"])
def test_that_a_whole_number_is_read_with_any_sign_between_thousands(typed):
    assert whole(typed) == 60_000


@pytest.mark.parametrize("typed", ["1.5", "1,5", "60.00", "6,0000"])
def test_that_a_part_is_no_whole_number(typed):
    assert read(FieldKind.WHOLE, typed) == typed


@pytest.mark.parametrize("place", PLACES)
@given(value=st.floats(min_value=1e-9, max_value=1e6), count=st.integers(0, 10**9))
def test_that_what_a_form_shows_it_reads_back(place, value, count):
    before = QLocale()
    QLocale.setDefault(QLocale(place))
    try:
        assert read(FieldKind.NUMBER, write(value)) == value
        assert read(FieldKind.WHOLE, write(count)) == count
    finally:
        QLocale.setDefault(before)


@pytest.mark.parametrize(
    ("place", "typed", "meant", "shown_as"),
    [
        ("de_DE", "fc8=0,5, fc7=2", "fc8=0.5, fc7=2", "fc8=0,5, fc7=2"),
        ("de_DE", "fc8=0,5;fc7=1,5e-4", "fc8=0.5,fc7=0.00015", "fc8=0,5,fc7=0,00015"),
        ("de_DE", "fc8=0.5,fc7=2", "fc8=0.5,fc7=2", "fc8=0,5,fc7=2"),
        ("en_US", "fc8=10,fc7=2", "fc8=10,fc7=2", "fc8=10,fc7=2"),
        ("en_US", "fc8=10,5", "fc8=10.5", "fc8=10.5"),
        ("en_US", "fc8=much", "fc8=much", "fc8=much"),
    ],
)
def test_that_factors_of_layers_are_read_and_shown_with_either_sign(in_place, place, typed, meant, shown_as):
    in_place(place)
    assert read(FieldKind.FACTORS, typed) == meant
    assert write(meant, FieldKind.FACTORS) == shown_as
    assert read(FieldKind.FACTORS, shown_as) == meant


@pytest.mark.parametrize("typed", ["30, 45", "30;45", "30; 45"])
def test_that_a_list_of_whole_numbers_may_have_semicolons(typed):
    assert read(FieldKind.WHOLES, typed) == (30, 45)


def test_that_numbers_are_shown_with_the_signs_of_the_country(in_place):
    in_place("de_DE")
    assert (local("1,234.5"), percent(0.0312), size(1_600_000_000)) == ("1.234,5", "3,1 %", "1,6 GB")
    assert duration(3.5 * 3600) == "3,5 h"
    assert "{step:,} · {rate:g}".format(**shown(step=12_345, rate=0.001)) == "12.345 · 0,001"
    assert "{off:.1%}".format(**shown(off=0.2345)) == percent(0.2345) == "23,4 %"
    inner = UserError("{count:,} files", count=2_000)
    error = UserError("{key} must be at most {limit:g}: {why}", hint="try {limit:g}", limit=0.5, key="a.b", why=inner)
    assert sentence_of(error) == "a.b must be at most 0,5: 2.000 files; try 0,5."


def test_that_a_form_in_germany_takes_a_comma_and_files_keep_the_point(in_place, qtbot):
    in_place("de_DE")
    from alexnet_app.core.training.config_text import load_config
    from alexnet_app.ui.parts.form.config_form import ConfigForm
    from alexnet_app.ui.train.form_fields import config_from, fields, values_of

    form = ConfigForm(fields())
    qtbot.addWidget(form)
    form.set_preset("shapes", values_of(load_config("shapes")))
    editor = form.row("learning_rate").editor
    editor.selectAll()
    qtbot.keyClicks(editor, "0,025")
    editor.editingFinished.emit()
    assert form.is_valid()
    assert editor.text() == "0,025"
    assert "learning_rate = 0.025" in to_toml(config_from(form.values(), "shapes", ""))
