"""Labels that a person corrected: a table beside the class folders, which moves nothing."""

import csv
import sys

import numpy as np
import pytest
from tiny_images import numbered, touch

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.corrections import FILE, Correction, correct, corrections_in, undo
from alexnet_app.core.data.sources.remarks import Concern
from alexnet_app.core.errors import UserError

CLASSES = ("cat", "dog")


@pytest.fixture
def pets(tmp_path):
    return touch(tmp_path / "pets", *numbered("cat", 12), *numbered("dog", 12))


def labels(source):
    """The class of each image, and the split that it is in."""
    return {
        path: (source.classes[label], name)
        for name, split in source.splits.items()
        for path, label in zip(split.paths, split.labels, strict=True)
    }


def told(source, concern):
    return [each.sentence for each in source.remarks if each.concern == concern]


def test_that_a_corrected_label_is_used_and_told_and_moves_nothing(pets):
    before = labels(open_source(str(pets)))
    image = next(path for path, (name, _) in before.items() if name == "cat")
    correct(str(pets), image, "dog", CLASSES)
    source = open_source(str(pets))
    after = labels(source)
    assert after[image] == ("dog", before[image][1]), "its split stays"
    assert {path: found for path, found in after.items() if path != image} == {
        path: found for path, found in before.items() if path != image
    }
    assert told(source, Concern.CORRECTED) == ["1 label corrected by labels.csv"]
    assert not source.skipped, "the table is ours, and no stranger's file"


def test_that_undo_removes_the_row_and_with_the_last_one_the_table(pets):
    first, second = sorted(labels(open_source(str(pets))))[:2]
    correct(str(pets), first, "dog", CLASSES)
    assert len(correct(str(pets), second, "dog", CLASSES)) == 2
    assert undo(str(pets), first) == (Correction(second.removeprefix(f"{pets}/"), "dog"),)
    assert undo(str(pets), second) == ()
    assert not (pets / FILE).exists()


def test_that_an_image_has_one_row_and_the_last_word_holds(pets):
    image = next(iter(labels(open_source(str(pets)))))
    correct(str(pets), image, "dog", CLASSES)
    correct(str(pets), image, "cat", CLASSES)
    (row,) = corrections_in(str(pets))
    assert row.label == "cat"


def test_that_a_table_of_the_person_s_own_is_named_and_left_alone(pets):
    own = "image;species\nx.jpg;cat\n"
    (pets / FILE).write_text(own)
    source = open_source(str(pets))
    assert told(source, Concern.NOT_CORRECTIONS)
    assert not told(source, Concern.CORRECTED)
    with pytest.raises(UserError, match="not a list of corrected labels"):
        correct(str(pets), str(pets / "cat" / "0.png"), "dog", CLASSES)
    assert (pets / FILE).read_text() == own


def test_that_a_list_of_other_images_is_not_taken(pets):
    (pets / FILE).write_text("path,label\nelsewhere/1.jpg,spoon\n")
    assert told(open_source(str(pets)), Concern.NOT_CORRECTIONS)


def test_that_rows_that_name_nothing_are_counted(pets):
    image = next(iter(labels(open_source(str(pets)))))
    correct(str(pets), image, "dog", CLASSES)
    with (pets / FILE).open("a") as file:
        file.write("cat/gone.png,dog\n")
    assert any("name no image" in each for each in told(open_source(str(pets)), Concern.CORRECTED))


def test_that_names_which_spreadsheets_compute_are_matched_again(tmp_path):
    root = touch(tmp_path / "sums", *numbered("=1+1", 6), *numbered("plain", 6))
    image = next(path for path, (name, _) in labels(open_source(str(root))).items() if name == "=1+1")
    correct(str(root), image, "plain", ("=1+1", "plain"))
    assert labels(open_source(str(root)))[image][0] == "plain"
    with (root / FILE).open(newline="") as file:
        assert all(cell[:1] not in "=+-@" for row in csv.reader(file) for cell in row)


def test_that_a_class_does_not_lose_all_its_training_images(tmp_path):
    root = touch(tmp_path / "few", *numbered("cat", 4), *numbered("dog", 4))
    for image, (name, split) in labels(open_source(str(root))).items():
        if (name, split) == ("cat", "train"):
            correct(str(root), image, "dog", CLASSES)
    with pytest.raises(UserError, match="no training image of the class cat"):
        open_source(str(root))


@pytest.mark.parametrize(("image", "label"), [("cat/0.png", "bird"), ("../x.png", "dog")])
def test_that_what_cannot_be_corrected_is_refused(pets, image, label):
    with pytest.raises(UserError):
        correct(str(pets), str(pets / image), label, CLASSES)
    assert not (pets / FILE).exists()


def test_that_a_table_of_paths_has_no_corrections_beside_it(tmp_path):
    (tmp_path / "set.csv").write_text("path,label\n")
    with pytest.raises(UserError, match="not a folder"):
        correct(str(tmp_path / "set.csv"), str(tmp_path / "1.png"), "cat", CLASSES)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_that_a_link_is_not_written_through(pets, tmp_path):
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text("path,label\ncat/gone.png,dog\n")
    (pets / FILE).symlink_to(elsewhere)
    image = next(iter(labels(open_source(str(pets)))))
    with pytest.raises(UserError):
        correct(str(pets), image, "dog", CLASSES)
    assert elsewhere.read_text() == "path,label\ncat/gone.png,dog\n"


def test_that_corrections_make_another_set(pets):
    before = open_source(str(pets)).splits["train"].labels
    source = open_source(str(pets))
    image = source.splits["train"].paths[0]
    other = "dog" if source.classes[int(before[0])] == "cat" else "cat"
    correct(str(pets), image, other, CLASSES)
    assert not np.array_equal(open_source(str(pets)).splits["train"].labels, before)
