"""The command that compares two models unit by unit: what it tells, what it writes, what it refuses."""

import csv
import json

import pytest
from PIL import Image

from alexnet_app import cli
from alexnet_app.commands import pairing
from alexnet_app.core.insight import matching
from alexnet_app.core.runs.listing import model_path

SHAPES, CIFAR = "bundled:shapes-towers", "bundled:cifar-towers"


@pytest.fixture(autouse=True)
def few(monkeypatch):
    """Fewer rounds of chance: what they are for is tested elsewhere."""
    monkeypatch.setattr(matching.matching, "__kwdefaults__", {**matching.matching.__kwdefaults__, "rounds": 5})


def test_that_a_model_is_found_in_itself(tmp_path, capsys):
    out, table = tmp_path / "pairs.png", tmp_path / "pairs.csv"
    assert cli.main(["filters", SHAPES, "--against", SHAPES, "--out", str(out), "--csv", str(table)]) == 0
    said = capsys.readouterr().out
    assert "most units are found again, up to renumbering: 48 of 48 have a partner" in said
    assert "both trainings must have begun with the same weights" in said
    assert "the towers correspond, A to A and B to B: of the units found again A→A 24, A→B 0, B→A 0, B→B 24" in said
    with Image.open(out) as picture:
        assert min(picture.size) > 500
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(int(row["unit"]) for row in rows) == list(range(1, 49))
    assert all(row["unit"] == row["partner"] and row["correlation"] == "1.0" for row in rows)
    assert {row["tower"] for row in rows if int(row["unit"]) <= 24} == {"A"}


def test_that_another_training_is_told_with_its_numbers(tmp_path, capsys):
    assert cli.main(["filters", CIFAR, "--against", SHAPES, "--json", "--shift", "0"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["models"] == [str(model_path(CIFAR)), str(model_path(SHAPES))]
    assert (found["units"], found["others"], len(found["pairs"]), found["shift"]) == (64, 48, 48, 0)
    values = [each["correlation"] for each in found["pairs"]]
    assert values == sorted(values, reverse=True)
    assert found["verdict"] in ("some", "chance")
    assert cli.main(["filters", CIFAR, "--against", SHAPES]) == 0
    assert "of 64 and 48 kernels 48 have a partner" in capsys.readouterr().out


@pytest.mark.parametrize("ending", ["svg", "pdf"])
def test_that_the_pairs_are_drawn_with_their_numbers(tmp_path, ending):
    path = tmp_path / f"pairs.{ending}"
    assert cli.main(["filters", SHAPES, "--against", SHAPES, "--out", str(path)]) == 0
    if ending == "svg":
        text = path.read_text(encoding="utf-8")
        assert "48 – 48B  1.00" in text
        assert "Median correlation 1.00" in text
    assert cli.main(["filters", SHAPES, "--against", SHAPES, "--out", str(path)]) == 2, "it exists already"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["bundled:photo-towers", "--against", CIFAR],
            "of photo-towers have 11 × 11 pixels, those of cifar-towers 7 × 7",
        ),
        ([SHAPES, "--against", CIFAR, "--shift", "4"], "a kernel can be shifted by 0 to 3 pixels, not 4"),
        ([SHAPES, "--against", CIFAR, "--csv", "t.txt"], "t.txt ends in .txt, but a CSV table"),
        ([SHAPES, "--against", "bundled:none"], "no model named 'none'"),
    ],
)
def test_that_what_cannot_be_compared_is_a_sentence(words, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["filters", *words]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_that_every_mapping_is_worded():
    assert set(pairing.MAPPINGS) == {"kept", "swapped", "unclear"}
