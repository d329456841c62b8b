"""What a person calls a run, kept in its folder."""

import pytest

from alexnet_app import cli
from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.listing import models, summarize
from alexnet_app.core.runs.naming import RunLabel, called, free_name, label_of, relabel
from alexnet_app.core.runs.run import Run


@pytest.fixture
def run(tmp_path):
    return Run.create(tmp_path / "runs" / "ants-bees-2026-11-30", 'network = "cifar-towers"\n')


def test_that_a_run_is_called_as_its_folder_until_it_is_named(run):
    assert called(run.folder) == "ants-bees-2026-11-30"
    relabel(run, name="  Ants and bees ")
    assert called(run.folder) == summarize(run).name == "Ants and bees"
    relabel(run, note="with the garden's photos\nof May")
    assert label_of(run.folder) == RunLabel("Ants and bees", "with the garden's photos\nof May")
    relabel(run, name="")
    assert called(run.folder) == "ants-bees-2026-11-30"


def test_that_its_model_is_offered_by_that_name(run):
    run.best_file.write_bytes(b"")
    relabel(run, name="Ants and bees")
    assert "Ants and bees" in [each.name for each in models(run.folder.parent)]


@pytest.mark.parametrize("name", ["x" * 81, "two\nlines", "turned \u202e round", "\x1b[31m"])
def test_that_what_is_no_name_is_refused(run, name):
    with pytest.raises(UserError, match="cannot be called"):
        relabel(run, name=name)
    assert not run.name_file.exists()


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"name": 3}', '{"name": "a\\u0000b", "note": ""}', '{"name": "' + "x" * 20_000 + '"}']
)
def test_that_a_file_of_others_names_nothing_and_hides_nothing(run, text):
    run.name_file.write_text(text)
    assert summarize(run).name == ("3" if "3" in text else run.folder.name)


def test_that_names_are_counted_where_they_are_taken():
    assert free_name("ants", []) == "ants"
    assert free_name("ants", ["ants", "ants 2", "bees"]) == "ants 3"


def test_that_the_command_line_renames(run, capsys):
    assert cli.main(["rename", str(run.folder), "Ants", "--note", "of May"]) == 0
    assert capsys.readouterr().out.strip() == "ants-bees-2026-11-30 is called Ants: of May"
    assert cli.main(["rename", str(run.folder / "gone"), "Ants"]) == 2
