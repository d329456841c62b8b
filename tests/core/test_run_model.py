"""Which model of a run is judged, and what is said of errors on images that it was trained on."""

import json
import queue
import shutil

import pytest

from alexnet_app import cli
from alexnet_app.commands.progress import Bars
from alexnet_app.commands.results import summary
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.events import BegunWith, EpochDone, Evaluated, NormalizationSeen, ValidationJoined
from alexnet_app.core.experiments.experiment import NamedRun, Outcome
from alexnet_app.core.experiments.scoreboard import kept_scores
from alexnet_app.core.experiments.ten_views import evaluating_ten_views, ten_view_error
from alexnet_app.core.inference.evaluation_file import kept_file, read_evaluation
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.runs.listing import model_path, models, summarize
from alexnet_app.core.runs.model import model_of, trained_splits
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Stop
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train
from alexnet_app.ui.evaluation.jobs import KeptEvaluations, evaluating_run
from alexnet_app.ui.evaluation.words import model_name, score

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

STEPS = 3  # of an epoch; the validation images join after two
SETTINGS = ["epochs=4", "batch_size=16", "threads=1", "device=cpu", "precision=fp32", "validation_joins_after=2"]


def _drawing(_: int = 0):
    yield from ()
    counts = {"train": 48, "validation": 20, "test": 30}
    return Source(
        "shapes", shapes.CLASSES, {name: shapes.generate(0, name, 0, count) for name, count in counts.items()}, "shapes"
    )


@pytest.fixture(autouse=True)
def few_images(monkeypatch):
    monkeypatch.setattr(shapes, "drawing", _drawing)


def _trained(folder, stops_after: int = 9, settings=SETTINGS) -> Run:
    config = with_settings(load_config("shapes"), settings)
    run, asked = Run.create(folder, to_toml(config)), queue.SimpleQueue()
    for event in train(config, run, asked):
        if isinstance(event, EpochDone) and event.epoch == stops_after:
            asked.put(Stop())
    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shapes, "drawing", _drawing)
        return _trained(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(finished, tmp_path):
    shutil.copytree(finished.folder, tmp_path / "runs" / "run")
    return Run.existing(tmp_path / "runs" / "run")


def _outcome(run: Run) -> Outcome:
    config = with_settings(load_config("shapes"), SETTINGS)
    return Outcome(NamedRun("run", "run", 1, config), run, tuple(run.events()))


@SLOW
def test_that_the_model_of_a_run_is_the_last_one_once_validation_images_were_trained_on(run):
    found = model_of(run)
    assert (found.kind, found.path, found.epoch, found.step) == ("last", run.last_file, 4, 4 * STEPS)
    assert found.name == "last.alexnet, after epoch 4 (step 12)"
    assert model_path(str(run.folder)) == run.last_file
    assert model_path(str(run.best_file)) == run.best_file
    own = [each.kind for each in models(run.folder.parent) if each.name == "run"]
    assert own == ["last", "best"]


@SLOW
def test_that_it_is_the_best_one_before_they_join(tmp_path):
    run = _trained(tmp_path / "run", settings=[*SETTINGS[1:-1], "epochs=2"])
    best = read_bundle(run.best_file).summary
    found = model_of(run)
    assert (found.kind, found.path, found.epoch, found.step) == ("best", run.best_file, best["epoch"], best["step"])
    assert model_path(str(run.folder)) == run.best_file
    assert model_name(found) == f"the best model (epoch {best['epoch']})"


def test_that_everything_that_judges_a_run_judges_that_model(run, capsys):
    assert cli.main(["evaluate", str(run.folder), "--json"]) == 0
    said = capsys.readouterr()
    (member,) = json.loads(said.out)["models"]
    assert (member["step"], member["epoch"]) == (4 * STEPS, 4)
    assert "run: evaluates last.alexnet, after epoch 4 (step 12); the validation images were trained on" in said.err
    assert read_evaluation(kept_file(run, "test", 1)).members[0].step == 4 * STEPS
    *_, kept = evaluating_run(run.folder, "test", ten_view=False)
    assert isinstance(kept, KeptEvaluations)
    assert (kept.fresh.members[0].step, kept.model.step) == (4 * STEPS, 4 * STEPS)
    assert model_name(kept.model).endswith("(epoch 4)")
    list(evaluating_ten_views(_outcome(run)))
    assert read_evaluation(kept_file(run, "test", 10)).members[0].step == 4 * STEPS
    assert ten_view_error(_outcome(run)) is not None


def test_that_the_best_model_given_as_a_file_is_not_kept_as_the_runs(run, capsys):
    assert cli.main(["evaluate", str(run.best_file)]) == 0
    assert capsys.readouterr().out.startswith("best on 30 test")
    assert read_evaluation(kept_file(run, "test", 1)) is None


def test_that_a_score_of_an_earlier_model_or_of_seen_images_is_none(run, tmp_path):
    (closing,) = (event for event in run.events() if isinstance(event, Evaluated))
    scores = kept_scores(run).scores
    assert [(each.split, each.views, each.top1_error) for each in scores] == [("test", 1, closing.top1_error)]
    assert scores[0].model == "last.alexnet, after epoch 4 (step 12)"
    for model, split in ((run.best_file, "test"), (run.last_file, "validation")):
        told = tmp_path / f"{split}.json"
        assert cli.main(["evaluate", str(model), "--split", split, "--out", str(told)]) == 0
        told.replace(kept_file(run, split, 10))  # which no command would write
    assert kept_scores(run).scores == scores


@SLOW
@pytest.mark.parametrize(
    ("model", "split", "seen"),
    [
        ("RUN", "validation", True),
        ("RUN", "train", True),
        ("RUN", "test", False),
        ("RUN/best.alexnet", "validation", False),
        ("RUN/best.alexnet", "train", True),
    ],
)
def test_that_images_that_were_trained_on_are_called_so(run, capsys, model, split, seen):
    arguments = ["evaluate", model.replace("RUN", str(run.folder)), "--split", split]
    assert cli.main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trained_on"] is seen
    assert cli.main(arguments) == 0
    assert ("these images were trained on" in capsys.readouterr().out) is seen


def test_that_the_window_says_so_and_the_kept_file_too(run):
    *_, kept = evaluating_run(run.folder, "validation", ten_view=False)
    assert read_evaluation(kept_file(run, "validation", 1)).trained_on
    assert "these images were trained on" in score(kept.fresh, kept.model.step).title
    *_, kept = evaluating_run(run.folder, "test", ten_view=False)
    assert "trained on" not in score(kept.fresh, kept.model.step).title


def test_that_the_default_split_says_so_where_there_is_no_test_split(run, capsys, monkeypatch):
    def without_test():
        source = yield from _drawing()
        return Source(source.name, source.classes, {k: v for k, v in source.splits.items() if k != "test"}, "shapes")

    monkeypatch.setattr(shapes, "drawing", without_test)
    assert cli.main(["evaluate", str(run.folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["split"], found["trained_on"]) == ("validation", True)


def test_that_a_model_says_what_it_was_trained_on(run):
    assert trained_splits(read_bundle(run.last_file).summary) == ("train", "validation")
    assert trained_splits(read_bundle(run.best_file).summary) == ("train",)
    older = {"epoch": 3, "config": {"validation_joins_after": 2}}
    assert trained_splits(older) == ("train", "validation")
    assert trained_splits({**older, "epoch": 2}) == ("train",)
    assert trained_splits({}) == ()


@SLOW
@pytest.mark.parametrize("joins", [2, 0])
def test_that_a_summary_has_no_error_of_images_that_were_trained_on(tmp_path, capsys, joins):
    run = _trained(tmp_path / "run", settings=[*SETTINGS, f"validation_joins_after={joins}"])
    lines = run.events_file.read_text().splitlines(keepends=True)
    run.events_file.write_text("".join(each for each in lines if '"event": "Evaluated"' not in each))
    epochs = [event for event in run.events() if isinstance(event, EpochDone)]
    assert summary(run)["top1_error"] == (None if joins else epochs[-1].validation_error)
    assert summarize(run).best_error == min(each.validation_error for each in epochs[: joins or None])
    assert cli.main(["train", "--resume", str(run.folder)]) == 0
    assert ("the validation images were trained on" in capsys.readouterr().out) is bool(joins)


def test_that_a_training_can_begin_with_a_run(run, tmp_path):
    config = with_settings(load_config("shapes"), [*SETTINGS[1:-1], "epochs=1", f'init="{run.folder}"'])
    begun = next(
        event for event in train(config, Run.create(tmp_path / "next", to_toml(config))) if isinstance(event, BegunWith)
    )
    assert begun.model == str(run.last_file)


def test_that_the_line_of_an_epoch_says_that_its_images_were_trained_on(capsys):
    done = EpochDone(3, 9, 1.0, 0.5, 1.0, 0.4, 0.1, best=False, images_per_second=9.0)
    with Bars() as bars:
        bars.show(done)
        bars.show(ValidationJoined(6, 2, 20))
        bars.show(done)
    first, _, second = capsys.readouterr().err.splitlines()
    assert "trained on" not in first
    assert "error 40.0% (on images that are trained on)" in second


def test_that_a_constant_gain_is_not_called_lrn(tmp_path, capsys):
    from alexnet_app.ui.train.run_end import _cut

    config = with_settings(load_config("shapes"), [*SETTINGS[1:-1], "epochs=1", "ablation.gain=true"])
    events = list(train(config, Run.create(tmp_path / "run", to_toml(config))))
    seen = [event for event in events if isinstance(event, NormalizationSeen)]
    assert [event.layer for event in seen] == ["conv1", "conv2"]
    assert all(event.is_gain for event in seen)
    with Bars() as bars:
        bars.show(seen[0])
    assert capsys.readouterr().err == "conv1: a constant gain, × k^-β, instead of LRN\n"
    assert _cut(seen[0]).startswith("conv1: a constant gain")


def test_that_a_fold_in_that_never_happens_is_refused_for_a_new_run(tmp_path, capsys):
    arguments = ["train", "--preset", "shapes", "--set", "epochs=3", "--set", "validation_joins_after=3"]
    assert cli.main([*arguments, "--run", str(tmp_path / "run")]) == 2
    said = capsys.readouterr().err
    assert "validation_joins_after is 3, but the run finishes after 3 epochs" in said
    assert not (tmp_path / "run").exists()
