"""What comes with the program: models, drawings and photos."""

from pathlib import Path

import pytest

from alexnet_app import resources
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.shapes import SPLITS, generate
from alexnet_app.core.data.sources.tree import files_below
from alexnet_app.core.events import Answered
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.runs.listing import bundled_models, sample_model, sample_pictures

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

SAMPLES = resources.path("samples")


def test_that_the_models_are_whole():
    read = {path.stem: read_bundle(path) for path in bundled_models()}
    assert list(read) == ["photo-towers", "cifar-towers", "shapes-towers"]  # the one to begin with first
    assert read["photo-towers"].spec.parameters == 3_296_968
    assert len(read["photo-towers"].classes) == 200
    assert resources.path("models/photo-towers.alexnet").stat().st_size < 7_500_000
    assert read["cifar-towers"].spec.parameters == 1_140_618
    assert len(read["cifar-towers"].classes) == 10


def test_that_the_sample_pictures_are_of_the_kind_that_a_model_knows():
    drawings, photos = resources.path("samples"), resources.path("sample_photos")
    assert sample_pictures(str(sample_model())) == drawings
    assert {sample_pictures(str(path)) for path in bundled_models() if path != sample_model()} == {photos}
    licences = resources.path("sample_photos_licences.md").read_text(encoding="utf-8")
    names = [Path(path).name for path in files_below(str(photos))]
    assert 6 <= len(names) <= 10
    assert all(f"`{name}`" in licences for name in names)


def test_that_an_espresso_is_one():
    (answer,) = Classifier(read_bundle(bundled_models()[0])).classify([str(resources.path("sample_photos/coffee.jpg"))])
    assert isinstance(answer, Answered)
    assert answer.predictions[0].label == "espresso"


def test_that_the_sample_model_names_the_sample_pictures():
    paths = files_below(str(SAMPLES))
    assert len(paths) == 20
    answers = [
        event for event in Classifier(read_bundle(sample_model())).classify(paths) if isinstance(event, Answered)
    ]
    right = [
        answer.predictions[0].label.replace(",", "").replace(" ", "-") in answer.path
        and answer.predictions[0].probability > 0.5
        for answer in answers
    ]
    assert sum(right) >= 19


def test_that_the_sample_model_was_not_lucky():
    test = generate(0, "test", 0, SPLITS["test"])
    rows = Classifier(read_bundle(sample_model())).probabilities(test.pictures)
    wrong = rows.argmax(dim=1).numpy() != test.labels
    assert wrong.mean() < 0.03


@SLOW
@pytest.mark.parametrize(("ten_view", "most"), [(False, 0.185), (True, 0.175)])
def test_the_error_of_the_cifar_model_on_pictures_that_it_has_not_seen(cifar10_folder, ten_view, most):
    test = open_source(str(cifar10_folder)).splits["test"]
    classifier = Classifier(read_bundle(resources.path("models/cifar-towers.alexnet")), ten_view=ten_view)
    rows = classifier.probabilities(test.pictures[:1_000].copy())
    assert (rows.argmax(dim=1).numpy() != test.labels[:1_000]).mean() < most
