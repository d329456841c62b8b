"""Labels that a person gave: before the model's in everything, and a table that trainings and evaluations take."""

import csv
import json

import pytest
from tiny_images import noise

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.corrections import corrections_in
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Answered, Prediction, Skipped
from alexnet_app.core.inference.answer_page import MOST_IN_PNG, write_page, write_sheet
from alexnet_app.core.inference.answer_table import row_of, write_answers, write_json
from alexnet_app.core.inference.class_matching import KnownClasses, places_of
from alexnet_app.core.inference.labelling import labelled, relabelled, write_labels
from alexnet_app.core.outputs import ANSWERS, Guard


def answered(path, first=0.9, label="cat"):
    return Answered(str(path), (Prediction(label, first), Prediction("other", 0.1)))


def test_that_a_persons_label_stands_before_the_models_answer_and_gives_one_where_there_was_none():
    events = [answered("a"), answered("b"), Skipped("c", "damaged"), answered("d", 0.15)]
    labels = {"a": "dog", "c": "bird", "elsewhere": "x"}
    assert list(labelled(relabelled(events, labels))) == [("a", "dog"), ("b", "cat"), ("c", "bird")]
    assert list(labelled(relabelled(events, labels, only=True))) == [("a", "dog"), ("c", "bird")]


def test_that_labels_are_data_to_train_on_and_corrections_of_a_folder_of_classes(tmp_path):
    paths = [str(noise(tmp_path / "data" / ("cat", "dog")[place % 2] / f"{place}.png")) for place in range(24)]
    pairs = [(path, "cat" if place < 6 else "dog") for place, path in enumerate(paths)]
    table = tmp_path / "data" / "labels.csv"
    assert write_labels(table, pairs) == 24
    assert ["cat/0.png", "cat"] in list(csv.reader(table.read_text().splitlines()))
    assert len(corrections_in(str(tmp_path / "data"))) == 24
    folder = open_source(str(tmp_path / "data"))
    found = {
        path: folder.classes[label]
        for split in folder.splits.values()
        for path, label in zip(split.paths, split.labels, strict=True)
    }
    assert found == dict(pairs)
    elsewhere = tmp_path / "table.csv"
    write_labels(elsewhere, [(path, label) for path, label in pairs if path])
    source = open_source(str(elsewhere))
    assert sum(len(split.labels) for split in source.splits.values()) == 24
    with pytest.raises(UserError, match="no picture has a label of yours"):
        write_labels(elsewhere, [])


def test_that_exports_say_what_was_corrected(tmp_path):
    rows = [row_of(answered("a/cat/1.png"), corrected="dog"), row_of(answered("2.png")), row_of(Skipped("3", "bad"))]
    assert ["corrected" in row for row in rows] == [True, False, False]
    write_json(tmp_path / "a.json", rows)
    assert json.loads((tmp_path / "a.json").read_text()) == rows
    write_answers(tmp_path / "a.csv", rows, "m", ("cat",))
    table = list(csv.DictReader((tmp_path / "a.csv").read_text().splitlines()))
    assert [(row["folder"], row["corrected"]) for row in table] == [("cat", "dog"), ("", ""), ("", "")]
    write_answers(tmp_path / "b.csv", rows[1:], "m")
    assert (tmp_path / "b.csv").read_text().splitlines()[0].endswith(",sure,reason"), "as without corrections"


@pytest.mark.parametrize("rows", [[], [{"path": "a", "error": "x"}]])
def test_that_only_answers_are_replaced_by_answers(tmp_path, rows):
    path = tmp_path / "a.json"
    write_json(path, rows)
    Guard([], replace=True).file(path, ANSWERS)
    path.write_text('{"somebody": "else"}')
    with pytest.raises(UserError, match="is not answers as JSON"):
        Guard([], replace=True).file(path, ANSWERS)


def test_that_whoever_hears_how_far_a_drawing_is_can_end_it(tmp_path):
    row = row_of(answered(noise(tmp_path / "a.png")))
    heard = []
    write_page(tmp_path / "a.html", [row] * 3, "m", lambda done, total: heard.append((done, total)))
    write_sheet(tmp_path / "a.pdf", [row] * 3, lambda done, total: heard.append((done, total)))
    assert heard == [(1, 3), (2, 3), (3, 3)] * 2

    def stop(done, total):
        raise InterruptedError

    for write, name in (
        (lambda path: write_page(path, [row] * 3, "m", stop), "b.html"),
        (lambda path: write_sheet(path, [row] * 3, stop), "b.png"),
    ):
        with pytest.raises((InterruptedError, UserError)):
            write(tmp_path / name)
    assert not list(tmp_path.glob("b.*"))


def test_that_a_sheet_with_too_many_pictures_for_one_image_is_refused_at_once(tmp_path):
    rows = [row_of(answered("gone.png"))] * (MOST_IN_PNG + 1)
    with pytest.raises(UserError, match="room for 2,000 pictures, not 2,001"):
        write_sheet(tmp_path / "a.png", rows)


def test_that_a_pdf_of_many_pages_is_written_in_parts(tmp_path, monkeypatch):
    from PIL.PdfParser import PdfParser

    monkeypatch.setattr("alexnet_app.core.inference.answer_page.PAGES_AT_ONCE", 2)
    write_sheet(tmp_path / "a.pdf", [row_of(answered("gone.png"))] * 200)
    with PdfParser(str(tmp_path / "a.pdf")) as read:
        assert len(read.pages) == 5


def test_that_a_folder_means_the_class_that_it_is_called_after():
    known = KnownClasses(("Labrador retriever", "cat", "CAT"))
    assert known.of_folder("/a/labrador_retriever/1.png") == "Labrador retriever"
    assert known.of_folder("/a/cat/1.png") == "cat"
    assert known.of_folder("/a/Cat/1.png") == "", "it could be two"
    assert known.of_folder("1.png") == ""
    assert places_of(("a", "b"), ("B", "a", "c")) == [1, 0, None]
