"""ImageNet as it is downloaded: the classes, their names, and what the pictures of a flat validation folder show."""

import csv
import json
import os
from pathlib import Path

import pytest
from tiny_images import touch

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.ilsvrc import synsets

DATA = Path(os.environ.get("ALEXNET_TEST_DATA", "missing"))
needs_data = pytest.mark.skipif("ALEXNET_TEST_DATA" not in os.environ, reason="needs ALEXNET_TEST_DATA")
TENCH, BIRD, MACHINE = "n01440764", "n02012849", "n03126707"  # two of them are cranes
NUMBERS = {"n02119789": 1, "n02100735": 2, "n01751748": 490, "n09193705": 361, "n02105855": 171}
SHOWN = [BIRD, TENCH, MACHINE, BIRD, "n02119789"]  # by validation pictures 1 to 5; the last is no class of train


def train(root: Path) -> Path:
    return touch(
        root, *(f"train/{synset}/{synset}_{index}.JPEG" for synset in (TENCH, BIRD, MACHINE) for index in (7, 8))
    )


def flat(root: Path) -> Path:
    return touch(train(root), *(f"val/ILSVRC2012_val_{number:08d}.JPEG" for number in range(1, 6)))


def solution(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "LOC_val_solution.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ImageId", "PredictionString"])
        for number, synset in reversed(list(enumerate(SHOWN, 1))):
            rows.writerow([f"ILSVRC2012_val_{number:08d}", f"{synset} 85 1 499 272 {synset} 3 4 5 6 "])


def ground_truth(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {each.synset: each.number for each in synsets()}
    text = "".join(f"{numbers[synset]}\n" for synset in SHOWN)
    (folder / "ILSVRC2012_validation_ground_truth.txt").write_text(text, encoding="utf-8")


def shown(source: Source, split: str = "validation") -> dict[str, str]:
    files = source.splits[split]
    return {Path(path).stem: source.classes[label] for path, label in zip(files.paths, files.labels, strict=True)}


WANTED = {
    "ILSVRC2012_val_00000001": "crane bird",
    "ILSVRC2012_val_00000002": "tench",
    "ILSVRC2012_val_00000003": "crane",
    "ILSVRC2012_val_00000004": "crane bird",
}


@needs_data
def test_that_the_list_of_classes_is_that_of_the_collections():
    known = json.loads((DATA / "imagenet_classes" / "imagenet1k_classes.json").read_text(encoding="utf-8"))
    order = (DATA / "imagenet_classes" / "bvlc_synset_words.txt").read_text(encoding="utf-8").splitlines()
    assert [each.synset for each in synsets()] == [line.split()[0] for line in order]
    assert [each.name for each in synsets()] == [each["torchvision"] for each in known]
    assert [each.synset for each in synsets()] == sorted(each["synset"] for each in known)


@needs_data
def test_that_the_names_are_those_on_real_pictures():
    names = {each.synset: each.name for each in synsets()}
    files = [path.stem.split("_", 1) for path in (DATA / "imagenet1000_256").glob("*.JPEG")]
    other = [(name, names[synset]) for synset, name in files if names[synset].replace(" ", "_") != name]
    assert len(files) == 1000
    assert len(other) <= 2


def test_that_names_and_numbers_are_all_different():
    assert len({each.name for each in synsets()}) == 1000
    assert sorted(each.number for each in synsets()) == list(range(1, 1001))
    assert NUMBERS.items() <= {each.synset: each.number for each in synsets()}.items()


def test_that_folders_of_synsets_become_classes_that_people_can_read(tmp_path):
    touch(train(tmp_path), *(f"val/{synset}/{index}.JPEG" for synset in (TENCH, BIRD, MACHINE) for index in (1, 2)))
    source = open_source(str(tmp_path))
    assert source.classes == ("tench", "crane bird", "crane")
    assert source.splits["train"].labels.tolist() == [0, 0, 1, 1, 2, 2]
    assert source.splits["validation"].labels.tolist() == [0, 0, 1, 1, 2, 2]


def test_that_a_synset_of_another_collection_keeps_its_name_and_other_folders_theirs(tmp_path):
    touch(tmp_path / "a", f"{TENCH}/1.jpg", f"{TENCH}/2.jpg", "n99999999/1.jpg", "n99999999/2.jpg")
    assert open_source(str(tmp_path / "a")).classes == ("tench", "n99999999")
    touch(tmp_path / "b", f"{TENCH}/1.jpg", f"{TENCH}/2.jpg", "perch/1.jpg", "perch/2.jpg")
    assert open_source(str(tmp_path / "b")).classes == (TENCH, "perch")


@pytest.mark.parametrize(
    ("truth", "place"),
    [
        (solution, ""),
        (solution, "val"),
        (ground_truth, ""),
        (ground_truth, "val"),
        (ground_truth, "ILSVRC2012_devkit_t12/data"),
        (ground_truth, "devkit/data"),
    ],
)
def test_that_a_flat_validation_folder_is_told_by_what_lies_beside_it(tmp_path, truth, place):
    flat(tmp_path)
    truth(tmp_path / place)
    source = open_source(str(tmp_path))
    assert shown(source) == WANTED
    assert set(source.splits) == {"train", "validation"}
    assert len(source.splits["train"].paths) == 6


@pytest.mark.parametrize("given", ["", "ILSVRC", "ILSVRC/Data/CLS-LOC"])
def test_that_the_nesting_of_the_archives_is_found_from_any_of_its_folders(tmp_path, given):
    root = tmp_path / "imagenet"
    flat(root / "ILSVRC/Data/CLS-LOC")
    touch(root, *(f"ILSVRC/Data/CLS-LOC/test/ILSVRC2012_test_{number:08d}.JPEG" for number in range(3)))
    solution(root)
    source = open_source(str(root / given))
    assert shown(source) == WANTED
    assert set(source.splits) == {"train", "validation"}  # nobody can tell the test pictures
    assert source.name == (root / given).name


def test_that_a_validation_folder_that_nothing_tells_says_what_helps(tmp_path):
    with pytest.raises(UserError, match=r"LOC_val_solution\.csv or .*ILSVRC2012_validation_ground_truth\.txt"):
        open_source(str(flat(tmp_path)))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("ILSVRC2012_validation_ground_truth.txt", "490\n1001\n", "line 2 .* names no class: '1001'"),
        ("ILSVRC2012_validation_ground_truth.txt", "490\n361\n", "00000003.JPEG is not in .*ground_truth.txt"),
        ("ILSVRC2012_validation_ground_truth.txt", "1\n1\n1\n1\n1\n", "no images of the classes in train"),
        ("LOC_val_solution.csv", "ImageId,PredictionString\nILSVRC2012_val_00000001,\n", "line 2 .* names no class"),
        ("LOC_val_solution.csv", f"a,b\nILSVRC2012_val_00000001,{TENCH} 1 2 3 4\n", "00000002.JPEG is not in"),
        ("LOC_val_solution.csv", "\udce4", "cannot be read"),
    ],
)
def test_that_a_file_that_tells_nothing_is_refused(tmp_path, name, text, words):
    (flat(tmp_path) / name).write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=words):
        open_source(str(tmp_path))


def test_that_without_a_validation_folder_a_tenth_is_held_out(tmp_path):
    source = open_source(str(train(tmp_path)))
    assert source.splits["validation"].labels.tolist() == [0, 1, 2]
    assert source.classes == ("tench", "crane bird", "crane")


def test_that_a_solution_larger_than_any_is_not_read(tmp_path):
    flat(tmp_path)
    solution(tmp_path)
    os.truncate(tmp_path / "LOC_val_solution.csv", 6 << 30)
    with pytest.raises(UserError, match="more than"):
        open_source(str(tmp_path))
