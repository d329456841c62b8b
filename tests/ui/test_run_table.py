"""The table of past runs: found, sorted, marked, put away, several at once, and remembered."""

import time

import pytest
from PySide6.QtCore import QItemSelectionModel
from PySide6.QtWidgets import QInputDialog

from alexnet_app.core.events import EpochDone, RunEnded, RunStarted
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.naming import label_of, relabel
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.parts.questions import Question
from alexnet_app.ui.remembering import keep, of_past_runs, restore
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.train.past_runs import PastRuns
from alexnet_app.ui.train.views.run_list import RunCell, RunList, RunRow
from alexnet_app.ui.train.views.run_table import NAME, USUAL

LONG = 60_000


def make_run(parent, name, error=0.5, rate=0.01, seed=1, ended=True):
    text = f'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\nlearning_rate = {rate}\nseed = {seed}\n'
    run = Run.create(parent / name, text)
    with holding(run) as log:
        log.append(RunStarted("shapes-towers", "shapes", 1000, 64, 16, 16, 1, 7, "cpu", "float32", 1))
        log.append(EpochDone(1, 4, 1.0, 0.5, 1.0, error, 0.1, True, 10.0))
        if ended:
            log.append(RunEnded("stopped", 4, 1))
    return run


@pytest.fixture
def past(qtbot, jobs, home):
    parent = home / "runs"
    for name, error, rate in (("ants", 0.5, 0.1), ("bees", 0.2, 0.001), ("cows", 0.9, 0.01)):
        make_run(parent, name, error, rate)
    shown = PastRuns(jobs, parent)
    qtbot.addWidget(shown)
    look(qtbot, shown, 3)
    return shown


def look(qtbot, past, count):
    past.look_again()
    qtbot.waitUntil(lambda: not past._looking and len(past.list.rows()) == count, timeout=LONG)


def names(past):
    return [row.name for row in past.list.table.shown()]


def choose(past, *wanted):
    past.list.table.clearSelection()
    past.list.table.select({row.path for row in past.list.rows() if row.name in wanted}, "")
    past.list._refresh()


def test_that_runs_are_sorted_by_any_column_with_nothing_last(past):
    table = past.list.table
    for order, wanted in (
        ("error ascending", ["bees", "ants", "cows"]),
        ("error descending", ["cows", "ants", "bees"]),
        ("rate ascending", ["bees", "cows", "ants"]),
        ("name descending", ["cows", "bees", "ants"]),
    ):
        table.want_order(order)
        assert names(past) == wanted
        assert table.order_wanted() == order
    with pytest.raises(ValueError, match="not in tuple"):
        table.want_order("nothing ascending")
    rows = [
        RunRow(name, name, "", True, False, {"error": RunCell("", value)}) for name, value in (("a", None), ("b", 2.0))
    ]
    past.list.set_runs(rows)
    for how in ("ascending", "descending"):
        table.want_order(f"error {how}")
        assert names(past) == ["b", "a"]


def test_that_runs_are_found_by_name_tag_note_data_and_network(past, qtbot):
    relabel(Run(past._parent_folder / "bees"), note="of the garden", tags=["Summer"])
    look(qtbot, past, 3)
    for text, wanted in (
        ("ant", {"ants"}),
        ("SUMMER", {"bees"}),
        ("garden be", {"bees"}),
        ("shapes-tow", {"ants", "bees", "cows"}),
        ("horses", set()),
    ):
        past.list.search.setText(text)
        assert set(names(past)) == wanted
    assert past.list._empty.text() == "No run matches."
    past.list.search.clear()
    assert len(names(past)) == 3


def test_that_columns_are_chosen_and_all_is_remembered(past, qtbot, home, jobs):
    table, settings = past.list.table, Settings()
    assert table.columns_wanted() == ",".join(USUAL)
    table.want_columns("seed,device,nonsense")
    assert table.columns_wanted() == f"{NAME},seed,device"
    hidden = [name for place, name in enumerate(table.runs.columns) if table.isColumnHidden(place)]
    assert set(table.runs.columns) - set(hidden) == {NAME, "seed", "device"}
    table.want_order("seed descending")
    past.list.acts.show_archived.setChecked(True)
    keep(settings, of_past_runs(past.list))
    other = RunList()
    qtbot.addWidget(other)
    restore(Settings(), of_past_runs(other))
    assert other.table.columns_wanted() == f"{NAME},seed,device"
    assert other.table.order_wanted() == "seed descending"
    assert other.acts.show_archived.isChecked()


def test_that_an_archived_run_is_left_out_until_it_is_asked_for_and_stays_where_it_is(past, qtbot):
    choose(past, "ants", "cows")
    past.list.archive_action.trigger()
    qtbot.waitUntil(lambda: names(past) == ["bees"], timeout=LONG)
    assert all(label_of(past._parent_folder / name).archived for name in ("ants", "cows"))
    past.list.acts.show_archived.setChecked(True)
    assert set(names(past)) == {"ants", "bees", "cows"}
    choose(past, "ants")
    assert past.list.archive_action.text() == "Take out of the archive"
    past.list.archive_action.trigger()
    qtbot.waitUntil(lambda: not label_of(past._parent_folder / "ants").archived, timeout=LONG)
    qtbot.waitUntil(lambda: not past._looking, timeout=LONG)


def test_that_several_runs_get_tags_and_keep_their_own(past, qtbot):
    for name, tags in (("ants", ["old", "mine"]), ("bees", ["old"])):
        relabel(Run(past._parent_folder / name), tags=tags)
    look(qtbot, past, 3)
    choose(past, "ants", "bees")
    past.list.acts.tags.trigger()
    dialog = past.findChild(QInputDialog)
    assert dialog.textValue() == "old"
    dialog.setTextValue("new, Best")
    dialog.accept()
    wanted = {"ants": ("mine", "new", "Best"), "bees": ("new", "Best"), "cows": ()}
    for name, tags in wanted.items():
        qtbot.waitUntil(lambda n=name, t=tags: label_of(past._parent_folder / n).tags == t, timeout=LONG)
    qtbot.waitUntil(lambda: not past._looking, timeout=LONG)


def test_that_several_runs_go_to_the_trash_together(past, qtbot, home, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(home / ".local" / "share"))
    gone = []
    past.gone.connect(gone.append)
    choose(past, "ants", "cows")
    past.list.delete_action.trigger()
    question = past.findChild(Question)
    assert "Move 2 runs to the trash?" in question.text()
    question.yes.click()
    qtbot.waitUntil(lambda: names(past) == ["bees"], timeout=LONG)
    assert {each.name for each in gone} == {"ants", "cows"}
    qtbot.waitUntil(lambda: not past._looking, timeout=LONG)


def test_that_what_is_of_one_run_cannot_be_done_with_two(past):
    choose(past, "ants", "cows")
    for action in (past.list.open_action, past.list.resume_action, past.list.rename_action, past.list.again_action):
        assert not action.isEnabled()
        assert action.toolTip() == "Select one run only"
    past.list.set_shown(str(past._parent_folder / "bees"))
    told = []
    past.list.compared.connect(told.append)
    past.list._compare()
    assert {each.rpartition("/")[2] for each in told} == {"ants", "cows"}


def test_that_a_thousand_runs_are_shown_found_and_sorted_at_once(qtbot):
    runs = RunList()
    qtbot.addWidget(runs)
    rows = [
        RunRow(
            f"/r/{count}",
            f"run {count}",
            "stopped",
            True,
            False,
            {"error": RunCell("", count * 7 % 1000 / 1.0)},
            words=f"run {count}",
        )
        for count in range(1_000)
    ]
    began = time.process_time()
    runs.set_runs(rows)
    runs.table.want_order("error descending")
    runs.search.setText("run 99")
    assert len(runs.table.shown()) == 19
    runs.search.clear()
    runs.choose("/r/500")
    runs.set_runs([*rows[:-1], rows[0]])
    assert runs.path() == "/r/500"
    assert time.process_time() - began < 5  # a tenth of that on a quiet machine


def test_that_the_choice_of_several_stays_when_the_list_is_read_anew(past, qtbot):
    choose(past, "ants", "cows")
    make_run(past._parent_folder, "dogs")
    look(qtbot, past, 4)
    assert {row.name for row in past.list.table.chosen()} == {"ants", "cows"}
    flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
    past.list.table.selectionModel().select(past.list.table.found.index(0, 0), flags)
    assert len(past.list.table.paths()) == 1
