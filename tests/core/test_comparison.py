"""Two models on the same pictures: which class each finds, and where they differ first."""

import json

import numpy as np
import pytest
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Answered, Prediction, Skipped
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.inference.comparison import Compared, by_difference, compare, compared, same_classes
from alexnet_app.core.network.bundle import read_bundle

SAME = {"cat": "cat", "dog": "dog"}


def answer(path="a.png", **shares):
    ordered = sorted(shares.items(), key=lambda each: -each[1])
    return Answered(path, tuple(Prediction(label, share) for label, share in ordered))


def test_that_the_difference_is_that_of_the_likeliest_classes():
    found = compared(answer(cat=0.9, dog=0.1), answer(cat=0.3, dog=0.7), SAME)
    assert (found.differs, found.apart) == (True, pytest.approx(0.6))
    found = compared(answer(cat=0.9, dog=0.1), answer(cat=0.8, dog=0.2), SAME)
    assert (found.differs, found.apart) == (False, pytest.approx(0.1))


def test_that_a_class_that_one_does_not_know_has_no_probability_with_it():
    found = compared(answer(cat=0.6, dog=0.4), answer(car=0.7, cat=0.3), {"cat": "cat"})
    assert (found.differs, found.apart) == (True, pytest.approx(0.7))


def test_that_what_one_skips_is_skipped():
    skipped = Skipped("a.png", "broken")
    assert compared(skipped, answer(cat=1.0), SAME) is skipped
    assert compared(answer(cat=1.0), skipped, SAME) is skipped


def test_that_differences_come_first_and_the_farthest_of_them():
    pairs = [
        compared(answer("same", cat=0.9), answer("same", cat=0.9), SAME),
        compared(answer("near", cat=0.5, dog=0.4), answer("near", dog=0.5, cat=0.4), SAME),
        Skipped("broken", "x"),
        compared(answer("far", cat=0.9, dog=0.1), answer("far", dog=0.9, cat=0.1), SAME),
        compared(answer("surer", cat=0.9), answer("surer", cat=0.2), SAME),
    ]
    assert [each.path for each in by_difference(pairs)] == ["far", "near", "surer", "same"]


def test_that_classes_are_the_same_by_name_and_by_synset():
    assert same_classes(("Cat", "n02085620"), ("cat", "Chihuahua", "ship")) == {"cat": "Cat", "Chihuahua": "n02085620"}
    with pytest.raises(UserError, match="no class in common: one knows a, b, the other c"):
        same_classes(("a", "b"), ("c",))


@pytest.fixture
def pictures(tmp_path):
    made = np.random.default_rng(1)
    for place in range(5):
        Image.fromarray(made.integers(0, 256, (40, 40, 3), np.uint8)).save(tmp_path / f"{place}.png")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    return sorted(map(str, tmp_path.iterdir()))


def test_that_a_model_is_its_own_equal(pictures):
    bundle = read_bundle(resources.path("models") / "cifar-towers.alexnet")
    pairs = [each for batch in compare(Classifier(bundle), Classifier(bundle), pictures) for each in batch]
    found = by_difference(pairs)
    assert len(pairs) == 6
    assert [(each.differs, each.apart) for each in found] == [(False, 0.0)] * 5
    assert all(isinstance(each, Compared) and len(each.first) == 5 for each in found)


def test_that_the_command_tells_on_how_many_they_differ(pictures, capsys):
    words = ["--model", "bundled:cifar-towers", "--compare", "bundled:cifar-towers"]
    assert cli.main(["classify", *words, *pictures]) == 0
    told = capsys.readouterr()
    assert told.out.count(": same, ") == 5
    assert "the models differ on 0 of 5 pictures" in told.err
    assert "broken.png: skipped" in told.err
    assert cli.main(["classify", *words, "--json", *pictures]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["pictures"], found["differ"], len(found["rows"])) == (5, 0, 6)
    assert len(found["rows"][0]["second"]) == 5
    assert cli.main(["classify", *words, "--csv", "x.csv", *pictures]) == 2
    assert "leave one of them out" in capsys.readouterr().err


def test_that_two_models_of_other_things_are_refused(pictures, capsys):
    words = ["--model", "bundled:cifar-towers", "--compare", "bundled:shapes-towers"]
    assert cli.main(["classify", *words, *pictures]) == 2
    assert "no class in common" in capsys.readouterr().err
