"""What models get wrong, against a plain count in numpy; how it is kept; how classes are matched."""

import json

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.data.prepared import prepare as prepared
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.shapes import generate
from alexnet_app.core.data.sources.values import Arrays, Files, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress, Skipped
from alexnet_app.core.inference import evaluation as evaluations
from alexnet_app.core.inference.evaluate import evaluate
from alexnet_app.core.inference.evaluation import evaluating
from alexnet_app.core.inference.evaluation_file import (
    MOST_FILES,
    kept_file,
    read_evaluation,
    read_evaluations,
    to_plain,
    write_evaluation,
)
from alexnet_app.core.inference.labelled import Labelled, labelled
from alexnet_app.core.insight.confusion import write_confusion
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.model import RunModel, model_of
from alexnet_app.core.runs.run import Run

CLASSES = tuple(f"class {number}" for number in range(10))
CROP, ROOM = 56, 8
PLACES = ((0, 0), (0, ROOM), (ROOM, 0), (ROOM, ROOM), (ROOM // 2, ROOM // 2))  # section 4.1


def model(seed=1, classes=CLASSES, **summary):
    """A model whose answers differ from picture to picture."""
    network = AlexNet(variant("shapes-towers", classes=len(classes)))
    network.initialize(torch.Generator().manual_seed(seed))
    weights = plain_weights(network)
    weights["fc8.weight"] *= 3
    mean = torch.tensor([100.0, 110.0, 90.0]).reshape(3, 1, 1)
    return Bundle(network.spec, classes, mean, weights, summary)


def reordered(bundle, order):
    """The same model with its classes in another order."""
    weights = {**bundle.weights}
    for name in ("fc8.weight", "fc8.bias"):
        weights[name] = weights[name][order]
    return Bundle(bundle.spec, tuple(bundle.classes[at] for at in order), bundle.mean, weights, bundle.summary)


@pytest.fixture(scope="module")
def bundle():
    return model(step=120)


@pytest.fixture(scope="module")
def data():
    return Labelled("shapes", "test", CLASSES, generate(0, "test", 0, 60))


def ended(work):
    """What a generator gives in the end, and what it yields before."""
    events = []
    while True:
        try:
            events.append(next(work))
        except StopIteration as end:
            return end.value, events


def found(bundles, data, **options):
    return ended(evaluating(bundles if isinstance(bundles, list) else [bundles], data, **options))[0]


def by_hand(bundle, data, *, ten_view=False):
    """Probabilities (N, classes), view after view, picture after picture, in float64 where the network does not."""
    network, rows = bundle.network(), []
    for picture in data.arrays.pictures:
        views = []
        for top, left in PLACES if ten_view else PLACES[-1:]:
            crop = picture[top : top + CROP, left : left + CROP].astype(np.float32)
            views += [crop, crop[:, ::-1]] if ten_view else [crop]
        answers = []
        for view in views:
            x = (torch.from_numpy(view.copy()).permute(2, 0, 1) - bundle.mean) * bundle.spec.input_scale
            with torch.no_grad():
                scores = network(x[None])[0].double().numpy()
            answers.append(np.exp(scores) / np.exp(scores).sum())
        rows.append(np.mean(answers, axis=0))
    return np.array(rows)


def assert_counted(evaluation, rows, labels):
    """Every number of ``evaluation``, counted one picture at a time."""
    confusion = np.zeros((10, 10), int)
    wrong, missed, losses, mistakes = 0, 0, [], []
    for index, (row, label) in enumerate(zip(rows, labels, strict=True)):
        order = np.argsort(-row)
        confusion[label, order[0]] += 1
        missed += label not in order[:5]
        losses.append(-np.log(row[label]))
        if order[0] != label:
            wrong += 1
            mistakes.append((row[order[0]], index, label, order[0]))
    mistakes.sort(reverse=True)
    assert (evaluation.confusion == confusion).all()
    assert evaluation.top1_error == pytest.approx(wrong / len(labels))
    assert evaluation.top5_error == pytest.approx(missed / len(labels))
    assert evaluation.loss == pytest.approx(np.mean(losses), rel=1e-4)
    assert [each.index for each in evaluation.mistakes] == [index for _, index, _, _ in mistakes]
    assert [(each.true, each.answered) for each in evaluation.mistakes] == [each[2:] for each in mistakes]
    assert [each.probability for each in evaluation.mistakes] == pytest.approx([each[0] for each in mistakes], rel=1e-3)
    assert 0 < wrong < len(labels)
    assert 0 < missed < wrong


@pytest.mark.parametrize("ten_view", [False, True])
def test_that_every_number_is_what_one_counts_by_hand(bundle, data, ten_view):
    evaluation = found(bundle, data, ten_view=ten_view)
    assert_counted(evaluation, by_hand(bundle, data, ten_view=ten_view), data.arrays.labels)
    assert evaluation.views == (10 if ten_view else 1)
    assert (evaluation.split, evaluation.data, evaluation.pictures) == ("test", "shapes", 60)
    assert [each.step for each in evaluation.members] == [120]


def test_that_it_agrees_with_the_quick_look_of_training(bundle, data):
    errors, _ = ended(evaluate(bundle.network(), data.arrays, bundle.mean, "fp32"))
    evaluation = found(bundle, data)
    assert evaluation.loss == pytest.approx(errors.loss, rel=1e-5)
    assert (evaluation.top1_error, evaluation.top5_error) == (errors.top1_error, errors.top5_error)


def test_that_bf16_counts_nearly_the_same(bundle, data):
    full, half = (found([bundle], data, precision=each) for each in ("fp32", "bf16"))
    assert half.loss == pytest.approx(full.loss, rel=0.05)
    assert half.loss != full.loss
    assert (full.precision, half.precision) == ("fp32", "bf16")


def test_that_auto_counts_in_fp32(bundle, data):
    auto, full = (to_plain(found([bundle], data, precision=each)) for each in ("auto", "fp32"))
    assert auto == full


def test_that_confusions_sum_to_the_classes(bundle, data):
    evaluation = found(bundle, data)
    assert evaluation.class_pictures.tolist() == np.bincount(data.arrays.labels, minlength=10).tolist()
    assert evaluation.class_errors.sum() == round(evaluation.top1_error * 60)
    assert evaluation.confusion.dtype == np.int64
    worst = evaluation.worst_confusions(5)
    often = [count for _, _, count in worst]
    assert often == sorted(often, reverse=True)
    assert all(true != answered for true, answered, _ in worst)
    off = [evaluation.confusion[at, to] for at in range(10) for to in range(10) if at != to]
    assert often[0] == max(off)


def test_that_the_standard_error_is_that_of_so_many_draws(bundle, data):
    evaluation = found(bundle, data)
    draws = np.random.default_rng(1).random((20_000, 60)) < evaluation.top1_error
    assert evaluation.standard_error == pytest.approx(draws.mean(axis=1).std(), rel=0.05)


def test_that_several_models_are_averaged_in_probability(bundle, data):
    other = model(seed=2)
    evaluation = found([bundle, other], data, names=["one", "two"])
    assert_counted(evaluation, (by_hand(bundle, data) + by_hand(other, data)) / 2, data.arrays.labels)
    assert [each.name for each in evaluation.members] == ["one", "two"]
    assert evaluation.top1_error != found(other, data).top1_error or evaluation.loss != found(other, data).loss


def test_that_classes_are_matched_by_name(bundle, data):
    order = np.random.default_rng(3).permutation(10)
    other = reordered(bundle, order)
    plain, turned = found(bundle, data), found(other, data)
    assert turned.classes == other.classes
    assert (turned.confusion == plain.confusion[np.ix_(order, order)]).all()
    assert turned.loss == pytest.approx(plain.loss, rel=1e-5)
    both = found([bundle, other], data)
    assert both.loss == pytest.approx(plain.loss, rel=1e-5), "one model twice is that model"
    assert (both.confusion == plain.confusion).all()


def test_that_pictures_of_some_of_the_classes_are_enough(bundle, data):
    kept = np.flatnonzero(data.arrays.labels >= 7)
    arrays = Arrays(data.arrays.pictures[kept], data.arrays.labels[kept] - 7)
    some = found(bundle, Labelled("some", "test", CLASSES[7:], arrays))
    assert some.confusion[:7].sum() == 0
    assert (some.confusion[7:] == found(bundle, data).confusion[7:]).all()


def test_that_a_class_that_the_model_does_not_know_is_named(bundle, data):
    classes = (*CLASSES[:4], "walrus", *CLASSES[5:9], "newt")
    with pytest.raises(UserError, match="cat-net does not know the class walrus"):
        found(bundle, Labelled("zoo", "test", classes, data.arrays), names=["cat-net"])


def test_that_classes_of_one_name_in_another_order_are_refused(data):
    twice = model(classes=("crane", *CLASSES[1:9], "crane"))
    assert found(twice, Labelled("birds", "test", twice.classes, data.arrays)).pictures == 60
    with pytest.raises(UserError, match="two classes called crane"):
        found(twice, Labelled("birds", "test", twice.classes[::-1], data.arrays))


def test_that_models_that_do_not_fit_together_are_refused(bundle, data):
    with pytest.raises(UserError, match="10 and 11 classes"):
        found([bundle, model(classes=(*CLASSES, "more"))], data)
    network = AlexNet(variant("cifar-towers", classes=10))
    small = Bundle(network.spec, CLASSES, bundle.mean, plain_weights(network))
    with pytest.raises(UserError, match="of 64 and 32 pixels"):
        found([bundle, small], data)


def test_that_a_model_without_finite_answers_is_refused(bundle, data):
    weights = {name: tensor * (1e20 if name.startswith("fc") else 1) for name, tensor in bundle.weights.items()}
    with pytest.raises(UserError, match="for image 0 is not finite"):
        found(Bundle(bundle.spec, CLASSES, bundle.mean, weights), data)


def test_that_answers_beyond_doubt_still_have_a_finite_loss(bundle, data):
    weights = {**bundle.weights, "fc8.weight": bundle.weights["fc8.weight"] * 1e4}
    evaluation = found(Bundle(bundle.spec, CLASSES, bundle.mean, weights), data, ten_view=True)
    assert 100 < evaluation.loss < 1e9
    assert all(0 < each.probability <= 1 for each in evaluation.mistakes)


@pytest.mark.parametrize("at_once", [1, 7, 30, 1000])
def test_that_batches_change_nothing_and_progress_goes_to_the_end(bundle, data, monkeypatch, at_once):
    monkeypatch.setattr(evaluations, "VIEWS_AT_ONCE", at_once)
    evaluation, events = ended(evaluating([bundle], data))
    assert all(isinstance(event, Progress) and event.task == "evaluate" for event in events)
    done = [event.done for event in events]
    assert done == [*range(at_once, 60, at_once), 60]
    assert (evaluation.confusion == found(bundle, data).confusion).all()


def test_that_it_can_be_left_in_between_and_leaves_torch_as_it_was(bundle, data, monkeypatch):
    monkeypatch.setattr(evaluations, "VIEWS_AT_ONCE", 10)
    threads = torch.get_num_threads()
    work = evaluating([bundle], data, threads=1)
    next(work)
    work.close()
    assert torch.get_num_threads() == threads
    with pytest.raises(StopIteration):
        next(work)


# which pictures


def write_pictures(folder, sides=(40, 64)):
    chance = np.random.default_rng(5)
    for split, count in (("train", 3), ("val", 2), ("test", 4)):
        for name in ("newt", "walrus"):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = chance.integers(0, 256, (*sides, 3), np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{number}.png")
    (folder / "test" / "newt" / "1.png").write_bytes(b"torn")
    return folder


def test_that_paths_stay_with_their_pictures_when_one_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "cache_folder", lambda: tmp_path / "cache")
    source = open_source(str(write_pictures(tmp_path / "zoo")))
    for alone in (False, True, False, True):  # built, then opened
        data, events = ended(labelled(source, "", 32, alone=alone))
        assert data.split == "test"
        assert any(isinstance(event, Skipped) and event.path.endswith("1.png") for event in events)
        assert [path.split("/test/")[1] for path in data.paths] == [
            *("newt/0.png", "newt/2.png", "newt/3.png"),
            *(f"walrus/{number}.png" for number in range(4)),
        ]
        assert data.arrays.labels.tolist() == [0, 0, 0, 1, 1, 1, 1]
        assert data.arrays.pictures.shape == (7, 32, 32, 3)
    files = sorted(path.name for path in (tmp_path / "cache").rglob("*.rgb"))
    assert files == ["test.rgb", "test.rgb", "train.rgb", "validation.rgb"], "alone, the other splits are not decoded"


def test_that_validation_stands_in_where_there_is_no_test_split(data):
    source = Source("few", CLASSES, {"train": data.arrays, "validation": data.arrays})
    assert ended(labelled(source, "", 64))[0].split == "validation"
    with pytest.raises(UserError, match="few has no test images; it has train, validation"):
        ended(labelled(source, "test", 64))


def test_that_mistakes_name_their_files(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(prepared, "cache_folder", lambda: tmp_path / "cache")
    shown = generate(0, "test", 0, 20)
    paths = []
    for number, picture in enumerate(shown.pictures):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.fromarray(picture).save(paths[-1])
    source = Source("files", CLASSES, {"test": Files(tuple(paths), shown.labels)})
    evaluation = found(bundle, ended(labelled(source, "test", 64, alone=True))[0])
    assert evaluation.mistakes
    assert all(each.path == paths[each.index] for each in evaluation.mistakes)


# the file


def assert_same(one, other):
    assert to_plain(one) == to_plain(other)
    assert (one.confusion == other.confusion).all()
    assert one.mistakes == other.mistakes
    assert one.members == other.members


def test_that_an_evaluation_is_kept_with_its_run_and_read_back(bundle, data, tmp_path):
    run = Run.create(tmp_path / "run", "")
    ten, single = found(bundle, data, ten_view=True, names=["run"]), found(bundle, data, names=["run"])
    for each in (ten, single):
        write_evaluation(kept_file(run, each.split, each.views), each)
    assert sorted(path.name for path in run.folder.glob("*.json")) == [
        "evaluation-test-1.json",
        "evaluation-test-10.json",
    ]
    kept = read_evaluations(run)
    assert [each.views for each in kept] == [1, 10]
    for one, other in zip(kept, (single, ten), strict=True):
        assert_same(one, other)


def test_that_the_counts_of_many_classes_are_kept_without_the_zeros(data, tmp_path):
    classes = tuple(f"class {number}" for number in range(300))
    many = model(classes=classes)
    evaluation = found(many, Labelled("many", "test", classes, data.arrays))
    write_evaluation(tmp_path / "many.json", evaluation)
    assert (tmp_path / "many.json").stat().st_size < 60_000
    assert_same(read_evaluation(tmp_path / "many.json"), evaluation)


def test_that_names_that_are_no_text_are_kept(bundle, data, tmp_path):
    classes = ("caf\udce9", *CLASSES[1:])
    evaluation = found(model(classes=classes), Labelled("\udcff", "test", classes, data.arrays))
    write_evaluation(tmp_path / "odd.json", evaluation)
    assert read_evaluation(tmp_path / "odd.json").classes == classes


def broken_records(plain):
    """What another program, a person or a bad disk may have made of it."""
    # the first follow from the others, older versions did not write the others
    derived = ("standard_error", "calibration")
    optional = (*derived, "precision", "trained_on", "answers")
    yield from (
        {key: value for key, value in plain.items() if key != missing} for missing in plain if missing not in optional
    )
    for key in plain:
        if key not in derived:
            yield from ({**plain, key: strange} for strange in (None, -1, "x", [], {}, [None], 1e400, True))
    yield {**plain, "top1_error": 0.0}
    yield {**plain, "pictures": plain["pictures"] + 1}
    yield {**plain, "confusion": {"rows": [[1]]}}
    yield {**plain, "confusion": {"rows": [[-1] * 10] * 10}}
    yield {**plain, "confusion": {"counts": [[0, 99, 60]]}}
    yield {**plain, "classes": plain["classes"] * 5000}
    yield {**plain, "mistakes": [{**plain["mistakes"][0], "true_class": 10}]}
    yield {**plain, "mistakes": [{**plain["mistakes"][0], "probability": 2}]}


def test_that_a_broken_file_is_passed_over(bundle, data, tmp_path):
    run = Run.create(tmp_path / "run", "")
    evaluation = found(bundle, data)
    file = kept_file(run, "test", 1)
    write_evaluation(file, evaluation)
    whole, plain = file.read_bytes(), json.loads(file.read_bytes())
    for length in (0, 1, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:length])
        assert read_evaluations(run) == ()
    for text in (b"\xff\xfe", b"[]", b"null", b"1", b"[" * 100_000):
        file.write_bytes(text)
        assert read_evaluations(run) == ()
    harmless = {"split": "x", "data": "x", "mistakes": [], "trained_on": True}
    for record in broken_records(plain):
        if any(record.get(key) == value for key, value in harmless.items()):
            continue  # says something else, but is whole
        file.write_text(json.dumps(record))
        assert read_evaluations(run) == (), record
    file.unlink()
    file.mkdir()
    assert read_evaluations(run) == ()


def test_that_a_run_folder_that_is_gone_has_none(tmp_path):
    assert read_evaluations(Run(tmp_path / "gone")) == ()


def test_that_the_step_of_a_runs_model_is_read_from_its_header(bundle, tmp_path):
    run = Run(tmp_path)
    assert model_of(run) == RunModel("best", run.best_file)
    write_bundle(run.best_file, bundle)
    assert model_of(run).step == 120
    for broken in (run.best_file.read_bytes()[:100], _with_summary("[" * 100_000), _with_summary("[1]")):
        run.best_file.write_bytes(broken)
        assert model_of(run).step is None


def _with_summary(text: str) -> bytes:
    head = json.dumps({"__metadata__": {"summary": text}}).encode()
    return len(head).to_bytes(8, "little") + head


@pytest.mark.parametrize("count", [3, 40, 150])
def test_that_confusions_are_drawn(tmp_path, count):
    chance = np.random.default_rng(2)
    confusion = chance.integers(0, 9, (count, count))
    confusion[0] = 0  # a class without pictures
    names = [f"a $class$ {number} \udce9" for number in range(count)]
    write_confusion(confusion, names, tmp_path / "c.png")
    shades = np.asarray(Image.open(tmp_path / "c.png").convert("L"))
    assert min(shades.shape) > 300
    assert len(np.unique(shades)) > 20


def test_that_views_are_shown_as_they_are_everywhere(bundle, data, monkeypatch):
    """The crops go through the one function that crops for every other part."""
    seen = []
    monkeypatch.setattr(evaluations, "centre", lambda *given: seen.append(given[1]) or centre(*given))
    found(bundle, data)
    assert set(seen) == {CROP}


def test_that_a_folder_of_many_or_large_evaluations_is_read_in_part(bundle, data, tmp_path, monkeypatch):
    run = Run.create(tmp_path / "run", "")
    evaluation = found(bundle, data)
    for number in range(MOST_FILES["evaluation"] + 3):
        write_evaluation(run.folder / f"evaluation-test-{number}.json", evaluation)
    assert len(read_evaluations(run)) == MOST_FILES["evaluation"]
    plain = json.loads(kept_file(run, "test", 1).read_bytes())
    plain["mistakes"] = plain["mistakes"][:1] * 1_000
    kept_file(run, "test", 1).write_text(json.dumps(plain))
    assert max(len(each.mistakes) for each in read_evaluations(run)) == evaluations.MISTAKES
    monkeypatch.setattr("alexnet_app.core.inference.evaluation_file.MOST_CLASSES", 20)
    assert len(read_evaluations(run)) == 4, "those of ten classes have 100 counts each, of 400"
