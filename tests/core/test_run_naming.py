"""What a person calls a run, kept in its folder."""

import json

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


def test_that_tags_are_each_once_and_what_is_none_is_refused(run):
    relabel(run, tags=[" lrn ", "LRN", "", "grid"])
    assert label_of(run.folder).tags == ("lrn", "grid")
    relabel(run, name="Ants")
    assert label_of(run.folder).tags == ("lrn", "grid")
    for tags in (["x" * 31], ["a,b"], ["\u202e"], [str(count) for count in range(21)]):
        with pytest.raises(UserError, match="tag"):
            relabel(run, tags=tags)
    run.name_file.write_text('{"tags": ["ok", 3, "a\\u0000", "x,y"], "archived": "yes"}')
    assert label_of(run.folder) == RunLabel(tags=("ok",))


def test_that_runs_are_listed_by_tag_and_order_and_archived_ones_when_asked(run, capsys):
    parent = run.folder.parent
    for name, tags, archived in (("bees", "grid, lrn", False), ("cows", "Grid", False), ("dogs", "", True)):
        Run.create(parent / name, 'network = "cifar-towers"\nlearning_rate = 0.5\n')
        words = ["rename", str(parent / name), "--tags", tags, *(["--archive"] if archived else [])]
        assert cli.main(words) == 0
    capsys.readouterr()

    def listed(*options):
        assert cli.main(["runs", "--folder", str(parent), "--json", *options]) == 0
        return {each["name"]: each for each in json.loads(capsys.readouterr().out)}

    assert list(listed("--sort", "name")) == ["ants-bees-2026-11-30", "bees", "cows"]
    assert set(listed("--tag", "GRID")) == {"bees", "cows"}
    assert set(listed("--tag", "grid", "--tag", "lrn")) == {"bees"}
    found = listed("--archived")
    assert found["dogs"]["archived"]
    assert (found["bees"]["tags"], found["bees"]["learning_rate"]) == (["grid", "lrn"], 0.5)
    assert cli.main(["runs", "--folder", str(parent)]) == 0
    assert "grid, lrn" in capsys.readouterr().out
    assert cli.main(["runs", "--folder", str(parent), "--tag", "none"]) == 0
    assert "none of the 4 runs" in capsys.readouterr().err
    assert cli.main(["runs", "import"]) == 2
    (parent / "cows" / "config.toml").write_text("seed = 2026-11-30\nlearning_rate = [1]\n")  # a stranger's
    assert listed()["cows"]["seed"] is None
    assert cli.main(["rename", str(parent / "dogs"), "--no-archive"]) == 0
    capsys.readouterr()
    assert "dogs" in listed()
