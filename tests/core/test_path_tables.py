"""Tables of paths and labels."""

import os
from pathlib import Path

import numpy as np
import pytest
from tiny_images import touch

from alexnet_app.core.data.sources import labelled_files
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.remarks import Concern
from alexnet_app.core.data.sources.understood import understood
from alexnet_app.core.errors import UserError
from alexnet_app.core.training.config_text import load_config

ROWS = [(f"pictures/{name}{number}.jpg", name) for name in ("cat", "dog") for number in range(5)]


@pytest.fixture
def folder(tmp_path):
    return touch(tmp_path, *(path for path, _ in ROWS))


def written(folder, text, name="labels.csv", encoding="utf-8"):
    (folder / name).write_text(text, encoding=encoding)
    return str(folder / name)


def rows(separator=",", heading="", quote="", rows=ROWS):
    lines = [separator.join(f"{quote}{cell}{quote}" for cell in row) for row in rows]
    return "\n".join([*([heading] if heading else []), *lines]) + "\n"


def counts(source):
    return {
        name: np.bincount(split.labels, minlength=len(source.classes)).tolist() for name, split in source.splits.items()
    }


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (rows(), "utf-8"),
        (rows(heading="path,label"), "utf-8"),
        (rows(";", "Filename;Category"), "utf-8-sig"),
        (rows("\t"), "utf-16"),
        (rows(quote='"', heading='"image","class"'), "utf-8"),
        (rows(heading="label,path", rows=[(label, path) for path, label in ROWS]), "utf-8"),
        (rows(rows=[(label, path) for path, label in ROWS]), "utf-8"),
        (rows(rows=[(path.replace("/", "\\"), label) for path, label in ROWS]), "utf-8"),
        (rows(heading="one,two"), "utf-8"),
        (rows(rows=[(f" {path} ", f" {label} ") for path, label in ROWS]) + "\n\n", "utf-8"),
    ],
    ids=["bare", "heading", "semicolon", "tabs", "quoted", "named", "swapped", "windows", "odd heading", "spaces"],
)
def test_that_a_table_is_read_however_it_was_saved(folder, text, encoding):
    source = open_source(written(folder, text, encoding=encoding))
    assert source.classes == ("cat", "dog")
    assert counts(source) == {"train": [3, 3], "validation": [2, 2]}
    assert not source.remarks


def test_that_a_column_divides_it(folder):
    parts = ["train", "Train", "val", "validation", "test"]
    text = rows(heading="path,label,split", rows=[(*row, parts[at % 5]) for at, row in enumerate(ROWS)])
    assert counts(open_source(written(folder, text))) == {"train": [2, 2], "validation": [2, 2], "test": [1, 1]}


def test_that_numbers_are_classes_in_their_order(folder):
    text = rows(rows=[(path, "10" if label == "cat" else "2") for path, label in ROWS])
    assert open_source(written(folder, text)).classes == ("2", "10")


def test_that_a_number_has_any_number_of_digits(folder):
    long = "9" * 5000
    text = rows(rows=[(path, long if label == "cat" else "010") for path, label in ROWS])
    assert open_source(written(folder, text)).classes == ("010", long)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that opens and cannot be read")
def test_that_a_file_that_cannot_be_read_is_named_and_left_out(folder):
    source = open_source(written(folder, rows() + "/proc/self/mem,cat\n"))
    assert [each.path for each in source.damaged] == ["/proc/self/mem"]


def test_that_a_table_larger_than_any_is_not_read(folder):
    path = written(folder, rows())
    os.truncate(path, 6 << 30)
    with pytest.raises(UserError, match="more than"):
        open_source(path)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_that_more_classes_than_can_be_told_apart_are_refused_before_any_image_is_decoded(folder, monkeypatch):
    monkeypatch.setattr(labelled_files, "MOST_CLASSES", 9)
    monkeypatch.setattr(labelled_files, "checking", lambda _: pytest.fail("images are decoded"))
    each = written(folder, rows(rows=[(path, f"{number}") for number, (path, _) in enumerate(ROWS)]))
    with pytest.raises(UserError, match=r"labels\.csv has 10 classes; 9 at most can be told apart"):
        open_source(each)


def test_that_a_pipe_and_a_device_are_called_so(folder):
    os.mkfifo(folder / "pipe.csv")
    for path, kind in ((folder / "pipe.csv", "a pipe"), ("/dev/zero", "a device")):
        with pytest.raises(UserError, match=f"cannot be read: it is {kind}"):
            open_source(str(path))
        with pytest.raises(UserError, match=f"cannot be read: it is {kind}"):
            load_config(str(path))


def test_that_all_of_it_can_be_measured(folder):
    source = open_source(written(folder, rows(rows=ROWS[:1])), measuring=True)
    assert (source.classes, counts(source)) == (("cat",), {"test": [1]})


def test_that_rows_that_cannot_be_used_are_told(folder):
    (folder / "pictures" / "cat0.jpg").write_text("<html></html>")
    text = rows() + "pictures/gone.jpg,cat\npictures/dog0.jpg,\n" + rows(rows=ROWS[4:6])
    source = open_source(written(folder, text))
    assert sum(each.total for each in understood(source).classes) == 9
    assert [each.concern for each in source.remarks] == [Concern.LAYOUT] * 2
    assert [each.path.endswith("cat0.jpg") for each in source.damaged] == [True]


def test_that_one_image_with_two_labels_is_told(folder):
    source = open_source(written(folder, rows() + "pictures/dog0.jpg,cat\n"))
    assert Concern.DUPLICATES_ACROSS_CLASSES in {each.concern for each in source.remarks}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("pictures/cat0.jpg\n", "has only one column"),
        ("path,label\nno/a.jpg,cat\nno/b.jpg,dog\n", "names no image that is there"),
        (rows(rows=ROWS[:5]), "only one class, cat"),
        (rows(heading="path,label,split", rows=[(*row, "test") for row in ROWS]), "names no training images"),
    ],
)
def test_that_a_table_that_is_no_data_set_says_why(folder, text, words):
    with pytest.raises(UserError) as caught:
        open_source(written(folder, text))
    assert words in str(caught.value)
    assert "; " in str(caught.value), "what to do"
