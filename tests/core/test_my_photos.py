"""A training on a person's own photos: what is chosen from what was understood, and the whole path in a terminal."""

import json

import pytest
from PIL import Image

from alexnet_app import cli
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.corrections import correct
from alexnet_app.core.data.sources.understood import ClassCount, Majority, Understood, understood
from alexnet_app.core.errors import UserError
from alexnet_app.core.generators import result_of
from alexnet_app.core.runs.listing import models, runs_below
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training import my_photos
from alexnet_app.core.training.config import check_new
from alexnet_app.core.training.judging import judging
from alexnet_app.core.training.my_photos import Base, base_of, bases, begun, choose, estimated, name_for

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

BUNDLED = Base("bundled:photo-towers", "photo-towers", "photo-towers", 200)
CONVOLUTIONS = Base("/somewhere/features.pth", "features", "torchvision")


def counted(*images, validation=5, names="abcdefgh"):
    classes = tuple(ClassCount(name, count, validation, 0) for name, count in zip(names, images, strict=False))
    return Understood("photos", classes, (), (), Majority("a", 0.5))


@pytest.mark.parametrize(
    ("images", "frozen", "cache"), [(12, "conv", True), (200, "conv1,conv2", False), (900, "", False)]
)
def test_that_more_layers_learn_where_there_are_more_images(images, frozen, cache):
    config = choose(counted(images, images), "photos", BUNDLED).config
    check_new(config)
    assert (config.finetune.freeze, config.finetune.cache) == (frozen, cache)
    assert config.augmentation.crop != cache
    assert config.stop_after > 0
    assert config.finetune.factors == {"fc8": 5}


def test_that_convolutions_alone_stay_as_they_are_and_this_is_said():
    chosen = choose(counted(900, 900), "photos", CONVOLUTIONS)
    assert (chosen.config.network, chosen.config.init) == ("torchvision", CONVOLUTIONS.init)
    assert chosen.config.finetune.freeze == "conv"
    assert not chosen.config.finetune.factors
    assert chosen.config.learning_rate < choose(counted(12, 12), "photos", BUNDLED).config.learning_rate
    assert "dense layers start from random weights" in str(chosen.reasons[0])


def test_that_maps_which_would_fill_the_memory_are_not_kept(monkeypatch):
    monkeypatch.setattr(my_photos, "MOST_KEPT", 1000)
    assert not choose(counted(12, 12), "photos", BUNDLED).config.finetune.cache


def test_that_unequal_classes_come_equally_often():
    chosen = choose(counted(100, 20), "photos", BUNDLED)
    assert chosen.config.balance == "classes"
    assert "b (20) come as often as those of a (100)" in str(chosen.reasons[-1])
    assert choose(counted(100, 90), "photos", BUNDLED).config.balance == "none"


def test_that_a_batch_leaves_some_steps_in_an_epoch():
    assert [choose(counted(each, each), "photos", BUNDLED).config.batch_size for each in (6, 70, 500)] == [8, 16, 32]


@pytest.mark.parametrize("found", [counted(12), counted(12, 12, validation=0)])
def test_that_what_cannot_be_trained_is_refused(found):
    with pytest.raises(UserError):
        choose(found, "photos", BUNDLED)


def test_that_a_run_is_named_after_its_classes_or_its_folder():
    assert name_for(counted(9, 9, names=("ants", "bees"))) == "ants-bees"
    assert name_for(counted(9, 9, names=("black ant, Lasius niger", "../bee"))) == "black_ant-bee"
    assert name_for(counted(*[9] * 8)) == "photos"


def test_that_every_given_model_is_a_base(tmp_path):
    assert base_of("bundled:photo-towers") == BUNDLED
    assert BUNDLED in bases()
    with pytest.raises(UserError):
        base_of(str(tmp_path / "gone.alexnet"))


def photos(root):
    for name, colour in (("ants", (90, 40, 20)), ("bees", (220, 180, 30))):
        (root / name).mkdir(parents=True)
        for index in range(10):
            Image.new("RGB", (40, 40), tuple(each + index for each in colour)).save(root / name / f"{index}.png")
    return root


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("alexnet_app.core.runs.listing.runs_folder", lambda: tmp_path / "runs")
    monkeypatch.setattr("alexnet_app.commands.own_photos.runs_folder", lambda: tmp_path / "runs")
    return tmp_path


QUICK = ["--init", "bundled:shapes-towers", "--set", "epochs=2", "--set", "threads=1", "--device", "cpu"]


def test_that_a_folder_alone_is_trained_judged_and_named(home, capsys):
    folder = photos(home / "photos")
    assert cli.main(["train", "--data", str(folder), *QUICK]) == 0
    out, err = capsys.readouterr()
    assert "It begins with shapes-towers" in err
    assert "This takes at most about" in err
    assert out.startswith("Right on ")
    assert "always answering" in out
    (run,) = runs_below(home / "runs")
    assert run.name == "ants-bees"
    assert "ants-bees" in [each.name for each in models(home / "runs")]


@SLOW
def test_that_json_has_the_outcome_and_a_second_run_gets_the_next_name(home, capsys):
    folder = photos(home / "photos")
    for name in ("ants-bees", "ants-bees 2"):
        assert cli.main(["train", "--data", str(folder), *QUICK, "--json"]) == 0
        outcome = json.loads(capsys.readouterr().out.splitlines()[-1])["outcome"]
        assert outcome["images"] == 4
        assert outcome["chosen_by_these"]
        assert name in [each.name for each in runs_below(home / "runs")]


def test_that_a_finished_run_says_so_where_its_images_are_gone(home, capsys):
    folder = photos(home / "photos")
    assert cli.main(["train", "--data", str(folder), *QUICK, "--run", str(home / "run")]) == 0
    folder.rename(home / "elsewhere")
    capsys.readouterr()
    assert cli.main(["train", "--resume", str(home / "run")]) == 0
    out, err = capsys.readouterr()
    assert "it was not measured how good the model is" in err
    assert "top-1 error" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--data", "shapes"], "comes with presets of its own"),
        (["--data", "cifar10"], "--preset cifar-towers"),
        ([], "nothing was chosen"),
    ],
)
def test_that_sample_data_and_nothing_at_all_need_a_preset(words, said, capsys):
    assert cli.main(["train", *words]) == 2
    assert said in capsys.readouterr().err


def test_that_corrected_labels_are_trained_on_and_the_images_of_a_run_stay_unseen(home):
    folder = photos(home / "photos")
    source = open_source(str(folder))
    image = source.splits["validation"].paths[0]
    true = source.classes[int(source.splits["validation"].labels[0])]
    other = next(name for name in source.classes if name != true)
    chosen = choose(understood(source), str(folder), base_of("bundled:shapes-towers"))
    assert estimated(chosen.config, source).seconds > 0
    run = begun(chosen, home / "runs")
    assert (run.folder.name.startswith("ants-bees-"), Run.existing(run.folder).name_file.is_file()) == (True, True)
    correct(str(folder), image, other, source.classes)
    again = open_source(str(folder))
    assert again.splits["validation"].paths == source.splits["validation"].paths
    assert again.splits["train"].paths == source.splits["train"].paths
    with pytest.raises(UserError, match="no model yet"):
        result_of(judging(run))
