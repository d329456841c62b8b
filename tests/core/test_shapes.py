"""The embedded data set: the same for the same seed, and not to be told apart by single pixels or single cues."""

from itertools import combinations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.shapes_drawing import SIZE, mirrored, paint
from alexnet_app.core.data.sources.values import Arrays, Source

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

# mean and standard deviation of red, green and blue in the first training pictures of seed 0, one of each class
SIGNATURE = (
    (123.65, 97.02, 109.16, 41.35, 48.57, 44.79),
    (129.15, 99.72, 85.31, 55.45, 52.66, 47.13),
    (104.53, 109.59, 127.59, 35.12, 34.42, 41.29),
    (104.68, 115.82, 124.04, 42.66, 40.6, 39.6),
    (91.04, 98.82, 101.04, 41.13, 33.83, 32.06),
    (106.22, 117.92, 110.42, 30.03, 32.21, 34.89),
    (94.58, 98.85, 97.27, 36.1, 31.84, 34.81),
    (99.69, 112.16, 100.87, 34.11, 28.89, 30.5),
    (101.06, 76.54, 88.54, 43.54, 37.77, 42.53),
    (114.3, 99.68, 103.12, 44.55, 53.49, 54.79),
)


@pytest.fixture(scope="module")
def source():
    return shapes.shapes_source(seed=0)


def test_that_the_source_is_balanced_and_typed(source):
    assert isinstance(source, Source)
    assert source.classes == shapes.CLASSES
    assert {name: len(split.labels) for name, split in source.splits.items()} == shapes.SPLITS
    for split in source.splits.values():
        assert isinstance(split, Arrays)
        assert split.pictures.shape == (len(split.labels), SIZE, SIZE, 3)
        assert (split.pictures.dtype, split.labels.dtype) == (np.uint8, np.int64)
        assert set(np.bincount(split.labels, minlength=10)) == {len(split.labels) // 10}


def test_that_no_picture_occurs_twice(source):
    pictures = [picture.tobytes() for split in source.splits.values() for picture in split.pictures]
    assert len(set(pictures)) == len(pictures)


def test_that_a_picture_is_the_same_in_every_call(source):
    train = source.splits["train"].pictures
    assert np.array_equal(shapes.generate(0, "train", 0, 30).pictures, train[:30])
    assert np.array_equal(shapes.generate(0, "train", 17, 1).pictures[0], train[17])
    assert np.array_equal(shapes.generate(0, "train", 5990, 10).pictures, train[5990:])


def test_that_a_label_follows_its_picture():
    assert shapes.generate(0, "test", 17, 5).labels.tolist() == [7, 8, 9, 0, 1]


@pytest.mark.parametrize(("seed", "split"), [(1, "train"), (0, "validation"), (0, "test")])
def test_that_another_seed_or_split_shows_other_pictures(source, seed, split):
    here, there = source.splits["train"].pictures[:50], shapes.generate(seed, split, 0, 50).pictures
    assert all(np.abs(a.astype(int) - b).mean() > 10 for a, b in zip(here, there, strict=True))


def test_that_the_pictures_have_not_changed_unnoticed(source):
    # Not a hash: a mathematics library may round a sine differently, which moves single pixels by one grey level.
    pictures = source.splits["train"].pictures[:10].astype(np.float64)
    found = np.concatenate([pictures.mean((1, 2)), pictures.std((1, 2))], axis=1)
    np.testing.assert_allclose(found, SIGNATURE, atol=0.02)


def test_that_each_class_differs_from_the_next_in_one_cue_only():
    kinds = shapes.KINDS
    for kind, following in zip(kinds, kinds[1:] + kinds[:1], strict=True):
        assert sum(a != b for a, b in zip(kind, following, strict=True)) == 1


@pytest.mark.parametrize("cues", list(combinations(range(3), 2)))
def test_that_two_cues_leave_eight_classes_in_doubt(cues):
    seen = [tuple(kind[cue] for cue in cues) for kind in shapes.KINDS]
    assert len(set(shapes.KINDS)) == 10
    assert sum(seen.count(pair) > 1 for pair in seen) == 8


def test_that_a_mirror_keeps_the_class():
    scene = shapes.imagine(0, "train", np.arange(100))
    image = mirrored(scene)
    # The flipped picture is the picture of a scene with the same outlines and colours …
    assert np.abs(paint(image).astype(int) - paint(scene)[:, :, ::-1]).max() <= 1
    assert image.body.outline is scene.body.outline
    assert image.body.light is scene.body.light
    # … whose stripes run the way they did: horizontal ones are those that change mostly from top to bottom.
    horizontal = np.array([shapes.KINDS[i % 10][2] == "horizontal" for i in range(100)])
    for body in (scene.body, image.body):
        assert np.array_equal(np.abs(body.across_y) > np.abs(body.across_x), horizontal)


@pytest.fixture
def one_thread():
    """The same sums on every machine, and no threads that wait for each other where other work runs beside."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@SLOW
@pytest.mark.usefixtures("one_thread")
def test_that_a_linear_classifier_on_pixels_stays_above_half_wrong(source):
    """Multinomial logistic regression on the whole training split, the best of several resolutions and decays."""
    train, test = source.splits["train"], source.splits["test"]
    errors = {}
    for pool, decays in {1: (100.0,), 2: (1.0,), 4: (0.1, 0.3)}.items():
        seen, held_out = _standardized(train.pictures, test.pictures, pool)
        for decay in decays:
            errors[pool, decay] = _errors(seen, train.labels, held_out, test.labels, decay)
    print(errors)  # training and held-out error
    assert min(wrong for _, wrong in errors.values()) > 0.5, errors
    assert min(wrong for wrong, _ in errors.values()) < 0.5, f"the classifier is badly trained: {errors}"


def _standardized(train, test, pool):
    """Both splits as (N, features), averaged over pool × pool pixels, by the training split's mean and deviation."""
    seen, held_out = (
        F.avg_pool2d(torch.from_numpy(part.copy()).permute(0, 3, 1, 2).float(), pool).flatten(1)
        for part in (train, test)
    )
    mean, deviation = seen.mean(0), seen.std(0)
    return (seen - mean) / deviation, (held_out - mean) / deviation


def _errors(seen, labels, held_out, held_out_labels, decay):
    """Training and held-out error of the linear classifier that minimizes cross-entropy + decay/2 · |weight|²."""
    weight = torch.zeros(seen.shape[1], 10, requires_grad=True)
    bias = torch.zeros(10, requires_grad=True)
    labels = torch.tensor(labels)
    optimizer = torch.optim.LBFGS([weight, bias], max_iter=40, line_search_fn="strong_wolfe")

    def loss():
        optimizer.zero_grad()
        value = F.cross_entropy(seen @ weight + bias, labels) + decay / 2 * weight.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    with torch.no_grad():
        wrong = [
            ((part @ weight + bias).argmax(1).numpy() != truth).mean()
            for part, truth in ((seen, labels.numpy()), (held_out, held_out_labels))
        ]
    return tuple(map(float, wrong))
