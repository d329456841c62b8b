"""Answers to pictures, and how often they are wrong, against plain computations."""

import queue
import threading

import numpy as np
import pytest
import torch
from PIL import Image
from tiny_images import touch

from alexnet_app.core.data.sources.shapes import generate
from alexnet_app.core.data.sources.tree import files_below
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.events import Answered, Skipped
from alexnet_app.core.inference import classifier as classifiers
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.inference.evaluate import Errors, evaluate
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights
from alexnet_app.core.network.variants import variant
from alexnet_app.core.steering import Pause, Stop

SIDE, CROP = 64, 56


def model(classes=10, **changes):
    """A model whose answers differ from picture to picture."""
    network = AlexNet(variant("shapes-towers", classes=classes, **changes))
    network.initialize(torch.Generator().manual_seed(1))
    weights = plain_weights(network)
    weights["fc8.weight"] *= 3
    mean = torch.tensor([100.0, 110.0, 90.0]).reshape(3, 1, 1)
    return Bundle(network.spec, tuple(f"class {number}" for number in range(classes)), mean, weights)


@pytest.fixture(scope="module")
def bundle():
    return model()


@pytest.fixture(scope="module")
def split():
    return generate(0, "test", 0, 70)


def by_hand(bundle, crops):
    """Probabilities for crops of pixels (N, S, S, 3), in float32 and one by one."""
    network, rows = bundle.network(), []
    for crop in crops:
        x = (torch.from_numpy(crop.astype(np.float32)).permute(2, 0, 1) - bundle.mean) * bundle.spec.input_scale
        with torch.no_grad():
            rows.append(network(x[None])[0].double().softmax(0))
    return torch.stack(rows)


def saved(folder, pictures):
    """The pictures as PNG files, their names in reverse order."""
    paths = []
    for number, picture in enumerate(pictures):
        paths.append(str(folder / f"{len(pictures) - number:03}.png"))
        Image.fromarray(picture).save(paths[-1])
    return paths


def test_that_the_single_view_is_the_centre(bundle, split):
    pictures = split.pictures[:4]
    found = Classifier(bundle).probabilities(pictures)
    margin = (SIDE - CROP) // 2
    expected = by_hand(bundle, pictures[:, margin:-margin, margin:-margin])
    assert found.dtype == torch.float32
    assert found.shape == (4, 10)
    torch.testing.assert_close(found.double(), expected, rtol=1e-4, atol=1e-6)
    assert (found[0] - found[1]).abs().max() > 0.01  # the network tells them apart


def test_that_ten_views_are_the_mean_of_ten_answers(bundle, split):
    pictures = split.pictures[:3]
    expected = []
    for picture in pictures:
        views = []
        for top, left in ((0, 0), (0, 8), (8, 0), (8, 8), (4, 4)):  # four corners and the centre, section 4.1
            view = picture[top : top + CROP, left : left + CROP]
            views += [view, view[:, ::-1].copy()]
        expected.append(by_hand(bundle, views).mean(0))
    found = Classifier(bundle, ten_view=True).probabilities(pictures)
    torch.testing.assert_close(found.double(), torch.stack(expected), rtol=1e-4, atol=1e-6)
    assert (found - Classifier(bundle).probabilities(pictures)).abs().max() > 1e-3


def test_that_ten_views_do_not_care_for_a_mirror_image(bundle, split):
    ten = Classifier(bundle, ten_view=True)
    mirrored = np.ascontiguousarray(split.pictures[:3, :, ::-1])
    torch.testing.assert_close(ten.probabilities(split.pictures[:3]), ten.probabilities(mirrored), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("ten_view", [False, True])
def test_that_a_picture_is_answered_alike_alone_and_among_others(bundle, split, ten_view):
    asked = Classifier(bundle, ten_view=ten_view)
    together = asked.probabilities(split.pictures[:5])
    alone = torch.cat([asked.probabilities(split.pictures[i : i + 1]) for i in range(5)])
    torch.testing.assert_close(alone, together, rtol=1e-4, atol=1e-6)


def test_that_a_mean_picture_is_subtracted_place_by_place(split):
    plain = model()
    mean = torch.rand(3, CROP, CROP, generator=torch.Generator().manual_seed(2)) * 255
    bundle = Bundle(plain.spec, plain.classes, mean, plain.weights)
    expected = by_hand(bundle, split.pictures[:2, 4:60, 4:60])
    torch.testing.assert_close(
        Classifier(bundle).probabilities(split.pictures[:2]).double(), expected, rtol=1e-4, atol=1e-6
    )


def test_that_answers_come_in_the_order_of_the_paths(bundle, split, tmp_path):
    paths = saved(tmp_path, split.pictures)
    assert len(paths) > 2 * classifiers.BATCH  # several batches, the last one not full
    asked = Classifier(bundle)
    answers = list(asked.classify(iter(paths)))
    assert [answer.path for answer in answers] == paths
    expected = asked.probabilities(split.pictures)
    for answer, row in zip(answers, expected, strict=True):
        assert isinstance(answer, Answered)
        best = answer.predictions[0]
        assert best.probability == pytest.approx(row.max().item(), rel=1e-4)
        assert best.label == bundle.classes[row.argmax()]
    assert len({answer.predictions[0].label for answer in answers}) > 2


def test_that_probabilities_descend_and_sum_to_one(bundle, split, tmp_path):
    for answer in Classifier(bundle).classify(saved(tmp_path, split.pictures[:5]), top=10):
        values = [prediction.probability for prediction in answer.predictions]
        assert values == sorted(values, reverse=True)
        assert sum(values) == pytest.approx(1, abs=1e-5)
        assert {prediction.label for prediction in answer.predictions} == set(bundle.classes)
        assert all(type(value) is float for value in values)


def test_that_only_the_top_is_given(bundle, split, tmp_path):
    paths = saved(tmp_path, split.pictures[:1])
    asked = Classifier(bundle)
    counts = {top: len(next(iter(asked.classify(paths, top))).predictions) for top in (1, 3, 5, 10, 50)}
    assert counts == {1: 1, 3: 3, 5: 5, 10: 10, 50: 10}
    assert len(next(iter(asked.classify(paths))).predictions) == 5
    whole = next(iter(asked.classify(paths, 10))).predictions
    assert next(iter(asked.classify(paths, 3))).predictions == whole[:3]


def test_that_a_model_of_two_classes_answers_with_two(split, tmp_path):
    (answer,) = Classifier(model(classes=2)).classify(saved(tmp_path, split.pictures[:1]))
    assert len(answer.predictions) == 2


def test_that_pictures_that_cannot_be_read_are_named_among_the_others(bundle, split, tmp_path):
    paths = saved(tmp_path, split.pictures[:4])
    (tmp_path / "torn.png").write_bytes((tmp_path / "004.png").read_bytes()[:100])
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "empty.png").touch()
    bad = [str(tmp_path / name) for name in ("torn.png", "text.png", "empty.png", "missing.png")]
    bad += [str(tmp_path), "", "with\0zero"]
    mixed = [paths[0], *bad[:3], paths[1], paths[2], *bad[3:], paths[3]]
    answers = list(Classifier(bundle).classify(mixed))
    assert [answer.path for answer in answers] == mixed
    assert [answer.path for answer in answers if isinstance(answer, Skipped)] == bad
    assert all(answer.reason and "\n" not in answer.reason for answer in answers if isinstance(answer, Skipped))
    good = [answer for answer in answers if isinstance(answer, Answered)]
    expected = Classifier(bundle).probabilities(split.pictures[:4])
    for answer, row in zip(good, expected, strict=True):
        assert answer.predictions[0].label == bundle.classes[row.argmax()]
        assert answer.predictions[0].probability == pytest.approx(row.max().item(), rel=1e-4)


def test_that_a_batch_without_one_readable_picture_goes_on(bundle, split, tmp_path):
    missing = [str(tmp_path / f"{number}.png") for number in range(classifiers.FIRST)]
    answers = list(Classifier(bundle).classify([*missing, *saved(tmp_path, split.pictures[:1])]))
    assert [type(answer) for answer in answers] == [Skipped] * classifiers.FIRST + [Answered]


def test_that_nothing_asked_is_nothing_answered(bundle):
    assert list(Classifier(bundle).classify([])) == []


def test_that_a_model_without_finite_answers_says_so(split, tmp_path):
    plain = model()
    broken = {**plain.weights, "fc8.bias": torch.full((10,), float("inf"))}
    asked = Classifier(Bundle(plain.spec, plain.classes, plain.mean, broken))
    (answer,) = asked.classify(saved(tmp_path, split.pictures[:1]))
    assert isinstance(answer, Skipped)
    assert "finite" in answer.reason


def test_that_larger_pictures_are_fitted_to_the_network(bundle, split, tmp_path):
    picture = Image.fromarray(split.pictures[0]).resize((256, 256), Image.Resampling.NEAREST)
    wide = Image.new("RGB", (400, 256), "white")
    wide.paste(picture, (72, 0))
    wide.save(tmp_path / "wide.png")
    picture.save(tmp_path / "large.png")
    answers = list(Classifier(bundle).classify([str(tmp_path / "wide.png"), str(tmp_path / "large.png")]))
    assert answers[0].predictions == answers[1].predictions


def test_that_stop_ends_it_between_batches(bundle, split, tmp_path):
    (path,) = saved(tmp_path, split.pictures[:1])
    handed = []

    def endless():
        while True:
            handed.append(path)
            yield path

    asked = queue.SimpleQueue()
    answers = Classifier(bundle).classify(endless(), asked=asked)
    for _ in range(classifiers.FIRST + 1):  # the second batch is under way
        next(answers)
    asked.put(Stop())
    assert len(list(answers)) == 2 * classifiers.FIRST - 1
    assert len(handed) == 7 * classifiers.FIRST  # the third one was being decoded


def test_that_stop_is_heard_behind_another_command(bundle, split, tmp_path):
    (path,) = saved(tmp_path, split.pictures[:1])
    asked = queue.SimpleQueue()
    asked.put(Pause())
    asked.put(Stop())
    answers = list(Classifier(bundle).classify([path] * (5 * classifiers.BATCH), asked=asked))
    assert len(answers) == classifiers.FIRST


@pytest.mark.parametrize(("ten_view", "most"), [(False, 32), (True, 8)])
def test_that_batches_grow_from_a_few_and_no_more_views_than_fit_are_shown(bundle, split, tmp_path, ten_view, most):
    asked = Classifier(bundle, ten_view=ten_view)
    shown = []
    asked._network.register_forward_pre_hook(lambda network, inputs: shown.append(len(inputs[0])))
    (path,) = saved(tmp_path, split.pictures[:1])
    sizes = [len(events) for events in asked.batches([path] * 70)]
    grown = [4, 8, 16, 32, 10] if most == 32 else [4, *[8] * 8, 2]
    assert sizes == grown
    assert shown == [size * (10 if ten_view else 1) for size in grown]
    shown.clear()
    assert len(asked.probabilities(split.pictures[:70])) == 70
    assert max(shown) <= classifiers.VIEWS_AT_ONCE
    assert asked.probabilities(split.pictures[:0]).shape == (0, 10)


def test_that_the_next_batch_is_decoded_while_one_is_answered_and_no_more(bundle, split, tmp_path, monkeypatch):
    paths = saved(tmp_path, split.pictures)
    whole, read = classifiers.read_fitted, queue.SimpleQueue()
    seen = set()

    def noted(path, side):
        read.put(str(path))
        return whole(path, side)

    class Watched(Classifier):
        def probabilities(self, pictures):
            done = len(self.answered)
            self.answered += pictures.tolist()
            following = paths[done + len(pictures) :][: min(classifiers.BATCH, 2 * len(pictures))]
            while not seen.issuperset(following):  # they come although nobody asks for answers now
                seen.add(read.get(timeout=60))
            assert seen <= {*paths[:done], *paths[done : done + len(pictures)], *following}
            return super().probabilities(pictures)

    monkeypatch.setattr(classifiers, "read_fitted", noted)
    watched = Watched(bundle)
    watched.answered = []
    assert [answer.path for answer in watched.classify(paths)] == paths


def test_that_order_is_kept_when_pictures_are_ready_in_another_one(bundle, split, tmp_path, monkeypatch):
    paths = saved(tmp_path, split.pictures[:4])
    others = threading.Semaphore(0)
    whole = classifiers.read_fitted

    def first_is_last(path, side):
        picture = whole(path, side)
        if str(path) == paths[0]:
            for _ in paths[1:]:
                assert others.acquire(timeout=60)
        else:
            others.release()
        return picture

    monkeypatch.setattr(torch, "get_num_threads", lambda: 2)
    monkeypatch.setattr(classifiers, "read_fitted", first_is_last)
    asked = Classifier(bundle)
    answers = list(asked.classify(paths))
    assert [answer.path for answer in answers] == paths
    labels = [bundle.classes[each] for each in asked.probabilities(split.pictures[:4]).argmax(dim=1)]
    assert [answer.predictions[0].label for answer in answers] == labels


def test_that_one_thread_decodes_where_one_computes(bundle, split, tmp_path, monkeypatch):
    whole, readers = classifiers.read_fitted, set()

    def noted(path, side):
        readers.add(threading.get_ident())
        return whole(path, side)

    monkeypatch.setattr(classifiers, "read_fitted", noted)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    assert len(list(Classifier(bundle).classify(saved(tmp_path, split.pictures[:20])))) == 20
    assert len(readers) == 1
    assert readers != {threading.get_ident()}


def test_that_a_single_picture_is_decoded_where_it_is_asked_for(bundle, split, tmp_path, monkeypatch):
    whole, readers = classifiers.read_fitted, set()

    def noted(path, side):
        readers.add(threading.get_ident())
        return whole(path, side)

    monkeypatch.setattr(classifiers, "read_fitted", noted)
    paths = saved(tmp_path, split.pictures[:2])
    (alone,) = Classifier(bundle).classify(paths[:1])
    assert readers == {threading.get_ident()}
    first, _ = Classifier(bundle).classify(paths)
    assert readers != {threading.get_ident()}
    assert (alone.path, alone.predictions[0].label) == (first.path, first.predictions[0].label)


def test_that_a_single_picture_that_cannot_be_read_is_named(bundle, tmp_path):
    path = str(tmp_path / "nowhere.png")
    assert list(Classifier(bundle).classify([path])) == [Skipped(path, f"{path} does not exist")]


def test_that_abandoning_it_leaves_no_thread(bundle, split, tmp_path):
    answers = Classifier(bundle).classify(saved(tmp_path, split.pictures[:40]))
    next(answers)
    answers.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("decode")]


def finished(work):
    """What a generator returns, and what it yielded."""
    seen = []
    while True:
        try:
            seen.append(next(work))
        except StopIteration as end:
            return end.value, seen


def test_that_errors_are_those_of_plain_numpy(bundle):
    split = generate(0, "test", 0, 300)  # a full batch and a rest
    errors, seen = finished(evaluate(bundle.network(), split, bundle.mean, "fp32"))
    assert seen == [250, 300]
    network = bundle.network()
    x = split.pictures[:, 4:60, 4:60].astype(np.float32).transpose(0, 3, 1, 2)
    with torch.no_grad():
        scores = network((torch.from_numpy(x) - bundle.mean) * bundle.spec.input_scale).double().numpy()
    shifted = scores - scores.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    order = np.argsort(-scores, axis=1)
    assert errors.pictures == 300
    assert errors.loss == pytest.approx(-logs[np.arange(300), split.labels].mean(), rel=1e-4)
    assert errors.top1_error == pytest.approx((order[:, 0] != split.labels).mean(), abs=1e-12)
    assert errors.top5_error == pytest.approx((order[:, :5] != split.labels[:, None]).all(axis=1).mean(), abs=1e-12)
    assert 0 < errors.top5_error < errors.top1_error < 1


def test_that_few_classes_have_no_top_5_error(split):
    bundle = model(classes=3)
    errors, _ = finished(evaluate(bundle.network(), Arrays(split.pictures, split.labels % 3), bundle.mean, "fp32"))
    assert errors.top5_error == 0.0
    assert 0 < errors.top1_error < 1


def test_that_bf16_is_nearly_the_same(bundle, split):
    full, half = (finished(evaluate(bundle.network(), split, bundle.mean, each))[0] for each in ("fp32", "bf16"))
    assert half.loss == pytest.approx(full.loss, rel=0.05)
    assert half.loss != full.loss


def test_that_evaluate_and_classify_agree(bundle, split, tmp_path):
    errors, _ = finished(evaluate(bundle.network(), split, bundle.mean, "fp32"))
    answers = list(Classifier(bundle).classify(saved(tmp_path, split.pictures)))
    truth = [bundle.classes[label] for label in split.labels]
    named = [[prediction.label for prediction in answer.predictions] for answer in answers]
    wrong = sum(label != labels[0] for label, labels in zip(truth, named, strict=True))
    missed = sum(label not in labels for label, labels in zip(truth, named, strict=True))
    assert errors == Errors(len(truth), errors.loss, wrong / len(truth), missed / len(truth))


@pytest.mark.parametrize("training", [True, False])
def test_that_evaluate_puts_the_mode_back(bundle, split, training):
    network = bundle.network().train(training)
    work = evaluate(network, split, bundle.mean, "fp32")
    next(work)
    assert not network.training
    finished(work)
    assert network.training == training


@pytest.mark.parametrize("training", [True, False])
def test_that_an_abandoned_evaluation_puts_the_mode_back(bundle, training):
    network = bundle.network().train(training)
    work = evaluate(network, generate(0, "test", 0, 10), bundle.mean, "fp32")
    next(work)
    assert not network.training
    work.close()
    assert network.training == training
    assert network.fc7.training == training


def test_that_a_failing_evaluation_puts_the_mode_back(bundle, split):
    network = bundle.network().train()
    with pytest.raises(RuntimeError):
        finished(evaluate(network, split, torch.zeros(5, 1, 1), "fp32"))
    assert network.training


def test_that_evaluating_leaves_weights_and_gradients_alone(bundle, split):
    network = bundle.network().train()
    before = plain_weights(network)
    finished(evaluate(network, split, bundle.mean, "fp32"))
    assert all(torch.equal(before[name], tensor) for name, tensor in plain_weights(network).items())
    assert all(parameter.requires_grad and parameter.grad is None for parameter in network.parameters())
    assert torch.is_grad_enabled()


def test_that_files_are_found_below_and_sorted(tmp_path):
    names = ["b/2.png", "b/10.png", "a.txt", "b/c/deep.png", "z", "B/x.png"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    found = files_below(str(tmp_path))
    assert found == sorted(str(tmp_path / name) for name in names)


def test_that_a_file_is_itself_and_so_is_a_path_of_nothing(tmp_path):
    (tmp_path / "a.png").touch()
    assert files_below(str(tmp_path / "a.png")) == [str(tmp_path / "a.png")]
    assert files_below(str(tmp_path / "missing")) == [str(tmp_path / "missing")]
    assert files_below("./x//y") == ["./x//y"]


def test_that_an_empty_folder_has_no_files(tmp_path):
    assert files_below(str(tmp_path)) == []


def test_that_links_in_a_circle_do_not_trap_it(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").touch()
    try:
        (tmp_path / "in" / "back").symlink_to(tmp_path, target_is_directory=True)
    except OSError:
        pytest.skip("this system makes no links")
    assert str(tmp_path / "in" / "a.png") in files_below(str(tmp_path))
    assert len(files_below(str(tmp_path))) <= 2


def test_that_linked_folders_are_followed_and_what_systems_leave_is_nobodys(tmp_path):
    touch(tmp_path / "elsewhere", "b.jpg", "@eaDir/b.jpg/SYNOPHOTO_THUMB_M.jpg")
    root = touch(tmp_path / "photos", "a.jpg", "._a.jpg", ".DS_Store", "Thumbs.db", "desktop.ini", "__MACOSX/a.jpg")
    touch(
        root, ".ipynb_checkpoints/a.jpg", "$RECYCLE.BIN/a.jpg", "lost+found/a.jpg", "@__thumb/a.jpg", "c", ".hidden.jpg"
    )
    (root / "linked").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (root / "gone.jpg").symlink_to(tmp_path / "nothing")
    found = files_below(str(root))
    assert found == [str(root / name) for name in (".hidden.jpg", "a.jpg", "c", "gone.jpg", "linked/b.jpg")]


def test_that_a_missing_path_gets_an_answer_of_its_own(bundle, tmp_path):
    (answer,) = Classifier(bundle).classify(files_below(str(tmp_path / "missing")))
    assert isinstance(answer, Skipped)
    assert "does not exist" in answer.reason
