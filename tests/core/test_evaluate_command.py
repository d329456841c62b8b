"""The command ``evaluate``: which pictures it takes, what it prints, what it writes, what it refuses."""

import csv
import json
import shutil

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_app import cli
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.inference.evaluation_file import read_evaluation, read_evaluations
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.listing import sample_model
from alexnet_app.core.runs.run import Run

CLASSES = ("blue", "red")


@pytest.fixture(autouse=True)
def own_place(tmp_path, monkeypatch):
    """No test reads or writes what belongs to the person who runs it."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for split, count in (("train", 20), ("validation", 20), ("test", 300)):
        monkeypatch.setitem(shapes.SPLITS, split, count)  # the first ones of each: drawn in a moment


@pytest.fixture
def call(capsys):
    def run(*arguments):
        capsys.readouterr()
        code = cli.main(["evaluate", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    """Two classes; ten pictures of each to validate, six to test."""
    folder, chance = tmp_path_factory.mktemp("data") / "colours", np.random.default_rng(0)
    for split, count in (("train", 2), ("val", 10), ("test", 6)):
        for name, colour in zip(CLASSES, ((60, 80, 170), (170, 80, 60)), strict=True):
            (folder / split / name).mkdir(parents=True)
            for number in range(count):
                pixels = (np.array(colour) + chance.normal(0, 60, (40, 32, 3))).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / split / name / f"{number}.png")
    return folder


def write_model(path, classes=CLASSES, seed=1):
    network = AlexNet(variant("cifar-towers", classes=len(classes)))
    network.initialize(torch.Generator().manual_seed(seed))
    mean = torch.full((3, 1, 1), 110.0)
    write_bundle(path, Bundle(network.spec, classes, mean, plain_weights(network), {"step": 7}))
    return path


@pytest.fixture
def run(tmp_path, pictures):
    run = Run.create(tmp_path / "runs" / "colours-1", f'network = "cifar-towers"\ndata = "{pictures}"\n')
    write_model(run.best_file)
    return run


def test_that_a_run_is_judged_by_its_own_test_pictures_and_keeps_it(call, run):
    code, out, err = call(run.folder)
    assert code == 0
    (kept,) = read_evaluations(run)
    assert (kept.data, kept.split, kept.views, kept.pictures) == ("colours", "test", 1, 12)
    assert [(each.name, each.step) for each in kept.members] == [("colours-1", 7)]
    assert out.startswith("colours-1 on 12 test images of colours, single view\n")
    assert f"top-1 error {kept.top1_error:.2%} ± {100 * kept.standard_error:.2f}" in out
    assert "evaluation-test-1.json" in err
    assert kept.mistakes
    assert all(each.path in out for each in kept.mistakes[:10])


def test_that_each_kind_of_evaluation_is_kept_beside_the_others(call, run):
    for arguments in ((), ("--ten-view",), ("--split", "validation"), ()):
        assert call(run.folder, *arguments)[0] == 0
    assert [(each.split, each.views) for each in read_evaluations(run)] == [
        ("test", 1),
        ("test", 10),
        ("validation", 1),
    ]


def test_that_what_was_counted_in_bf16_says_so_and_is_not_kept_with_the_run(call, run, tmp_path):
    code, out, err = call(run.folder, "--precision", "bf16", "--out", tmp_path / "half.json")
    assert code == 0
    assert out.startswith("colours-1 on 12 test images of colours, single view, in bf16\n")
    assert "kept in" not in err
    assert read_evaluations(run) == ()
    assert read_evaluation(tmp_path / "half.json").precision == "bf16"


def test_that_the_best_model_of_a_run_is_the_run(call, run):
    assert call(run.best_file)[0] == 0
    assert read_evaluations(run)[0].members[0].name == "colours-1"


def test_that_what_does_not_judge_the_run_is_not_kept_with_it(call, run, tmp_path):
    shutil.copy(run.best_file, run.last_file)
    shutil.copy(run.best_file, tmp_path / "copy.alexnet")
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(run.folder.parents[1] / "runs", tmp_path / "other")
    for name in CLASSES:
        (elsewhere / name).mkdir(parents=True)
        for number in range(12):
            Image.new("RGB", (32, 32), (number, 0, 0)).save(elsewhere / name / f"{number}.png")
    for arguments in (
        (run.last_file,),
        (run.folder, run.last_file),
        (run.folder, tmp_path / "other" / "colours-1"),
        (run.folder, "--data", elsewhere),
        (tmp_path / "copy.alexnet", "--data", elsewhere),
    ):
        assert call(*arguments)[0] == 0, arguments
        assert read_evaluations(run) == ()


def test_that_several_models_are_one(call, run, tmp_path):
    other = write_model(tmp_path / "other.alexnet", seed=2)
    data = ("--data", run.config_file.read_text().split('"')[3])
    losses = [json.loads(call(*models, *data, "--json")[1])["loss"] for models in ((run.folder,), (other,))]
    both = json.loads(call(run.folder, other, *data, "--json")[1])
    assert [each["name"] for each in both["models"]] == ["colours-1", "other"]
    assert both["loss"] < sum(losses) / 2 + 1e-9, "the logarithm is concave"
    assert losses[0] != losses[1]


def test_that_the_mean_of_runs_is_kept_with_the_first_of_them(call, run):
    other = Run.create(run.folder.parent / "colours-2", run.config_file.read_text())
    write_model(other.best_file, seed=2)
    assert call(run.folder, run.folder)[0] == 0  # one net, twice
    assert list(run.folder.glob("average-*")) == []
    code, _, err = call(run.folder, other.folder)
    assert code == 0
    (kept,) = run.folder.glob("average-test-1-*.json")
    assert str(kept) in err
    assert [each.name for each in read_evaluation(kept).members] == ["colours-1", "colours-2"]
    assert call(run.folder, other.folder, "--ten-view")[0] == call(other.folder, run.folder)[0] == 0
    assert len(list(run.folder.glob("average-*"))) == 2
    assert len(list(other.folder.glob("average-*"))) == 1
    assert read_evaluations(run) == ()


def test_that_json_is_what_is_written(call, run, tmp_path):
    code, out, _ = call(run.folder, "--json", "--out", tmp_path / "all.json")
    assert code == 0
    assert out.count("\n") == 1
    assert json.loads(out) == json.loads((tmp_path / "all.json").read_text())
    assert read_evaluation(tmp_path / "all.json").pictures == 12


def test_that_the_table_of_classes_is_written(call, run, tmp_path):
    assert call(run.folder, "--csv", tmp_path / "classes.csv", "--confusion", tmp_path / "c.png")[0] == 0
    rows = list(csv.DictReader((tmp_path / "classes.csv").read_text(encoding="utf-8").splitlines()))
    kept = read_evaluations(run)[0]
    assert [row["class"] for row in rows] == list(CLASSES)
    assert [int(row["pictures"]) for row in rows] == [6, 6]
    assert [int(row["errors"]) for row in rows] == kept.class_errors.tolist()
    assert [float(row["error"]) for row in rows] == pytest.approx((kept.class_errors / 6).tolist(), abs=1e-6)
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_that_the_bundled_model_knows_the_sample_data(call):
    code, out, _ = call(sample_model(), "--data", "shapes", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["top1_error"] < 0.02
    assert found["pictures"] == 300


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing.alexnet", "--data", "shapes"), "nothing.alexnet"),
        (("empty",), "not a run folder"),
        (("loose.alexnet",), "not known on which images"),
        (("loose.alexnet", "--data", "shapes"), "does not know the class red disc, horizontal stripes"),
        (("unborn",), "has no model yet"),
        (("RUN", "--device", "tpu"), "no device 'tpu'"),
        (("RUN", "--out", "no/such/folder.json"), "there is no folder no/such"),
        (("RUN", "--csv", "same.json", "--out", "same.json"), "is another output file too"),
        (("RUN", "--out", "RUN/best.alexnet"), "ends in .alexnet, but an evaluation of this program is to be written"),
        (("RUN", "other-run"), "trained on different data sets"),
        (("RUN", "--data", "thin", "--split", "validation"), "thin has no validation images"),
    ],
)
def test_that_what_cannot_be_done_is_told_in_a_sentence(call, run, tmp_path, arguments, words):
    (tmp_path / "empty").mkdir()
    write_model(tmp_path / "loose.alexnet")
    Run.create(tmp_path / "unborn", 'network = "cifar-towers"\ndata = "shapes"\n')
    other = Run.create(tmp_path / "other-run", 'network = "cifar-towers"\ndata = "shapes"\n')
    shutil.copy(run.best_file, other.best_file)
    for name in CLASSES:
        (tmp_path / "thin" / name).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (32, 32)).save(tmp_path / "thin" / name / f"{number}.png")
    code, out, err = call(*(each.replace("RUN", str(run.folder)) for each in arguments))
    assert (code, out) == (2, "")
    assert words in err.splitlines()[-1]
    assert "Traceback" not in err
    assert read_evaluations(run) == ()


@pytest.mark.parametrize("how", ["named", "own"])
def test_that_no_image_that_a_table_names_is_replaced(call, run, tmp_path, pictures, how):
    images = shutil.copytree(pictures / "test", tmp_path / "images")
    table = tmp_path / "set.csv"
    rows = [f"images/{name}/{number}.png,{name}" for name in CLASSES for number in range(6)]
    table.write_text("\n".join(["path,label", *rows]))
    if how == "own":
        run.config_file.write_text(f'network = "cifar-towers"\ndata = "{table}"\n')
    target = images / "red" / "0.png"
    before = target.read_bytes()
    asked = ["--data", table] if how == "named" else []
    code, _, err = call(
        run.folder, *asked, "--confusion", target, "--force", *(["--split", "train"] if not asked else [])
    )
    assert code == 2
    assert "is an input file and would be overwritten" in err
    assert target.read_bytes() == before
