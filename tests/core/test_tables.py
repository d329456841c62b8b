"""Tables for people: what comes from names of files, classes and runs is never a formula in them."""

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.core.inference.answer_table import write_answers
from alexnet_app.core.inference.evaluation_file import read_evaluation
from alexnet_app.core.network.bundle import read_bundle, write_bundle
from alexnet_app.core.tables import harmless, pasted, write_csv

MODEL = resources.path("models/cifar-towers.alexnet")
HOSTILE = [
    *("=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", '"=1', ' " =1', "=cmd|' /C calc'!A0"),
    *("＝1+1", "a;=1+1", "a; @x", "a\n=1", "a\r\n+1", '=HYPERLINK("http://x","y")', "\ttab", "\rCR"),
]
PLAIN = ["tench, Tinca tinca", "a=b", "well-known", "x@y", "a - b", "50 % + 1", "'=1", "", "–", "C:\\a;b", "Übung 图"]
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def is_dangerous(cell):
    """Whether a spreadsheet could compute it: by its beginning, or by that of what follows a separator."""
    begins = [cell, *cell.replace("\t", ";").replace("\r", ";").replace("\n", ";").split(";")]
    return cell[:1] in ("\t", "\r", "\n") or any(each.lstrip(' \t\r\n"').startswith(DANGEROUS) for each in begins)


@pytest.mark.parametrize("text", HOSTILE)
def test_that_no_text_is_a_formula(text):
    assert is_dangerous(text)
    assert not is_dangerous(harmless(text))
    assert harmless(text).replace("'", "") == text.replace("'", "")


@pytest.mark.parametrize("text", PLAIN)
def test_that_other_texts_stay_as_they_are(text):
    assert harmless(text) == text


@given(st.text(st.sampled_from("=+-@\t\r\n;,\"' ax＝"), max_size=12))
def test_that_no_text_at_all_is_a_formula(text):
    assert not is_dangerous(harmless(text))
    assert not any(is_dangerous(cell) for cell in pasted([[text, "x"]]).split("\t"))


def test_that_numbers_stay_numbers(tmp_path):
    write_csv(tmp_path / "t.csv", ["a", "b", "c"], [(-1, -0.5, "-0.5")])
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines() == ["a,b,c", "-1,-0.5,'-0.5"]
    assert pasted([["-1.5", "+3 %", "-1,000", "-x"]]) == "-1.5\t+3 %\t-1,000\t'-x"


def test_that_a_copied_row_is_one_row():
    assert pasted([["a\nb", "c\td"], ["=1", "x"]]) == "a b\tc d\n'=1\tx"


@pytest.fixture
def hostile_model(tmp_path):
    """A model whose classes are called like formulas."""
    bundle = read_bundle(MODEL)
    write_bundle(tmp_path / "m.alexnet", replace(bundle, classes=tuple(HOSTILE[: len(bundle.classes)])))
    return tmp_path / "m.alexnet"


def cells_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names")
def test_that_names_of_files_and_classes_are_no_formulas_in_the_table_of_answers(
    hostile_model, tmp_path, monkeypatch, capsys
):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    names = [name.replace("/", "_") + ".png" for name in HOSTILE]
    for name in names:
        Image.new("RGB", (40, 40)).save(tmp_path / "here" / name)
    Path("=broken.png").write_bytes(b"no picture")
    command = ["classify", "--model", str(hostile_model), "--csv", "../t.csv", "--json", "--"]
    assert cli.main([*command, *names, "=broken.png"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["path"] for row in told] == [*names, "=broken.png"]  # what programs read keeps paths as they are
    header, *rows = cells_of(tmp_path / "t.csv")
    assert len(rows) == len(names) + 1
    texts = [cell for row in rows for name, cell in zip(header, row, strict=True) if "probability" not in name]
    assert not [cell for cell in texts if is_dangerous(cell)]
    assert {cell.replace("'", "") for row in rows[:-1] for cell in row[3:-2:2]} <= {
        name.replace("'", "") for name in HOSTILE
    }
    assert all(0 <= float(cell) <= 1 for row in rows[:-1] for cell in row[4:-2:2])


@pytest.mark.parametrize("bom", [False, True])
def test_that_every_row_of_answers_has_all_columns(tmp_path, bom):
    answer = {"predictions": [{"label": "red", "probability": 0.9}], "sure": True}
    rows = [{"path": "/x/Red/1.png", **answer}, {"path": "/x/else/2.png", "error": "no picture"}]
    write_answers(tmp_path / "t.csv", rows, "mine", ("blue", "red"), bom=bom)
    assert (tmp_path / "t.csv").read_bytes().startswith(b"\xef\xbb\xbf") == bom
    with (tmp_path / "t.csv").open(encoding="utf-8-sig", newline="") as file:
        header, *found = csv.reader(file)
    assert {len(row) for row in found} == {len(header)} == {15}
    first, second = (dict(zip(header, row, strict=True)) for row in found)
    assert (first["model"], first["folder"], first["label1"], first["sure"]) == ("mine", "red", "red", "yes")
    assert (second["model"], second["folder"], second["sure"], second["reason"]) == ("mine", "", "", "no picture")
    with pytest.raises(ValueError, match="a row of 1 cells under 2 columns"):
        write_csv(tmp_path / "u.csv", ["a", "b"], [["1"]])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such file names")
def test_that_names_of_classes_and_runs_are_no_formulas_in_the_table_of_an_evaluation(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    names = tuple(sorted(name.replace("/", "_") for name in (*HOSTILE[:9], HOSTILE[10])))
    for number, name in enumerate(names * 10):
        folder = tmp_path / "data" / name
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (32, 32), (2 * number, 9, 9)).save(folder / f"{number}.png")
    write_bundle(tmp_path / "=run.alexnet", replace(read_bundle(MODEL), classes=names))
    command = ["evaluate", "=run.alexnet", "--data", "data", "--csv", "t.csv", "--out", "e.json"]
    assert cli.main(command) == 0, capsys.readouterr().err
    header, *rows = cells_of(tmp_path / "t.csv")
    assert header == ["class", "pictures", "errors", "error", "low", "high"]
    assert not [row[0] for row in rows if is_dangerous(row[0])]
    assert all(float(cell) >= 0 for row in rows for cell in row[1:])
    kept = read_evaluation(tmp_path / "e.json")  # read again by the program: as they are
    assert kept.classes == names
    assert kept.members[0].name == "=run"
