"""The command that says why: its lines, its JSON and its picture."""

import json

import numpy as np
import pytest
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.inference.explanation import Explainer
from alexnet_app.core.network.bundle import read_bundle

CAT = str(resources.path("sample_photos") / "cat.jpg")


def explained(capsys, *options):
    assert cli.main(["explain", CAT, *options, "--json"]) == 0
    return json.loads(capsys.readouterr().out.splitlines()[-1])


def test_that_answers_of_both_towers_and_of_each_are_told_with_what_they_add(capsys):
    found = explained(capsys)
    assert [len(found[each]) for each in ("both", "tower_a", "tower_b")] == [5, 5, 5]
    assert found["label"] == found["both"][0]["label"]
    parts = found["contributions"]
    assert parts["tower_a"] + parts["tower_b"] + parts["bias"] == pytest.approx(parts["score"], abs=1e-5)


def test_that_any_class_can_be_explained(capsys):
    found = explained(capsys, "--label", "Chihuahua")
    assert found["label"] == "Chihuahua"
    assert cli.main(["explain", CAT, "--label", "no such thing"]) == 2
    assert "does not know the class no such thing" in capsys.readouterr().err


@pytest.mark.parametrize(("method", "maps"), [("occlusion", 1), ("gradients", 1), ("grad-cam", 1), ("towers", 2)])
def test_that_each_method_draws_its_maps_beside_what_the_network_sees(tmp_path, capsys, method, maps):
    out = tmp_path / "why.png"
    assert cli.main(["explain", CAT, "--method", method, "--out", str(out)]) == 0
    with Image.open(out) as drawn:
        width, height = drawn.size
    assert round(width / height) == round((maps + 1) * 0.9)
    said = capsys.readouterr().out
    assert "tower A alone: " in said
    assert f"{out} shows where the score of " in said
    assert cli.main(["explain", CAT, "--out", str(out)]) == 2, "an existing file is not replaced unasked"


@pytest.mark.parametrize("model", ["shapes-towers", "cifar-towers"])
def test_that_the_ten_answers_of_ten_views_have_the_mean_that_is_the_answer(monkeypatch, model):
    monkeypatch.setattr("alexnet_app.core.inference.opened.TOP", 10)  # all classes
    bundle = read_bundle(resources.path("models") / f"{model}.alexnet")
    side, inside = bundle.spec.picture_size, bundle.spec.input_size
    picture = np.random.default_rng(3).integers(0, 256, (side, side, 3), np.uint8)
    views = Explainer(bundle).views(picture, ten_view=True)
    assert len(views) == 10
    room = side - inside
    corner = picture[:inside, room:]
    assert np.array_equal(views[1].picture, corner)
    assert np.array_equal(views[6].picture, corner[:, ::-1])
    mean = Classifier(bundle, ten_view=True).probabilities(picture[None])[0]
    shares = [{each.label: each.probability for each in view.predictions} for view in views]
    found = [sum(share[label] for share in shares) / 10 for label in bundle.classes]
    assert found == pytest.approx(mean.tolist(), abs=1e-5)
    (one,) = Explainer(bundle).views(picture)
    assert np.array_equal(one.picture, Explainer(bundle).seen(picture))
    assert one.predictions == Explainer(bundle).explain(picture).both
