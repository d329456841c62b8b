"""A lecture on one photo in one network: its numbers are those of the network, its web page needs nothing else."""

import json
import re
import subprocess
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
import torch

from alexnet_app import cli, resources
from alexnet_app.core.data.decode import read_fitted
from alexnet_app.core.errors import Sentence
from alexnet_app.core.inference.inside import Inside
from alexnet_app.core.inference.lecture.made import lecture, name_of
from alexnet_app.core.inference.lecture.values import AnswerBars, Crossing, LecturePicture
from alexnet_app.core.inference.lecture.web_page import web_page
from alexnet_app.core.insight.activations import answers
from alexnet_app.core.insight.arithmetic import normalized_at
from alexnet_app.core.insight.stepwise import Silence
from alexnet_app.core.network.ablations import apart, joined, one_tower, with_activation, without_normalization
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.naming import relabel
from alexnet_app.core.runs.run import Run

PHOTO_TOWERS = resources.path("models") / "photo-towers.alexnet"
COFFEE = resources.path("sample_photos") / "coffee.jpg"
ALL = (
    "photo",
    "kernels",
    "maps",
    "number",
    "activation",
    "normalization",
    "pool",
    "crossing",
    "dense",
    "answer",
    "silence",
)
SMALL = variant("shapes-towers", classes=3)
HOSTILE = '<script src="https://elsewhere.example/x.js">alert(1)</script>'


class Told:
    """The lecture on the coffee in a model, and what the core says of it."""

    def __init__(self, bundle, name="m"):
        self.inside, self.spec = Inside(bundle), bundle.spec
        self.picture = read_fitted(COFFEE, self.spec.picture_size)
        self.look = self.inside.look(self.picture)
        self.lecture = lecture(bundle, self.inside, COFFEE, PHOTO_TOWERS.with_stem(name))
        self.pages = {page.name: page for page in self.lecture.pages}

    def values(self, page):
        """The values of all sentences of a page."""
        return {name: value for each in self.pages[page].sentences for name, value in each.values.items()}

    def shown(self, layer, step):
        (found,) = (each for each in self.look.shown if (each.layer, each.step) == (layer, step))
        return found.values


def new(spec, classes=("one", "two", "three")):
    network = AlexNet(spec)
    network.initialize(torch.Generator().manual_seed(1))
    return Bundle(spec, classes, torch.full((3, 1, 1), 110.0), plain_weights(network), {})


@pytest.fixture(scope="module")
def towers():
    return Told(read_bundle(PHOTO_TOWERS), "photo-towers")


@pytest.fixture(scope="module")
def column():
    return Told(new(one_tower(SMALL)))


@pytest.fixture(params=["towers", "column"])
def told(request):
    return request.getfixturevalue(request.param)


def test_that_it_has_a_page_for_each_thing_and_leaves_out_what_is_not_there(towers, column):
    assert tuple(towers.pages) == ALL
    assert tuple(column.pages) == tuple(name for name in ALL if name not in ("crossing", "silence"))
    assert str(towers.lecture.title) == "coffee.jpg in photo-towers"


def test_that_the_answer_and_what_is_seen_are_those_of_the_network(told):
    expected = tuple((each.label, each.probability) for each in told.look.predictions)
    seen, bars = told.pages["answer"].exhibits
    assert bars.rows == expected
    assert np.array_equal(seen.pixels, told.look.seen)
    assert (told.values("answer")["label"], told.values("answer")["share"]) == expected[0]
    assert told.values("photo")["size"] == told.spec.input_size


def test_that_the_strongest_maps_are_those_of_each_tower(told):
    shown = answers(told.look.shown, "conv1")
    for part, picture, name in zip(
        told.spec.tower_slices("conv1"), told.pages["maps"].exhibits, ("a", "b"), strict=False
    ):
        best = part.start + np.argsort(-shown.peaks[part], kind="stable")
        assert tuple(picture.caption.values["numbers"]) == tuple((best[:6] + 1).tolist())
        assert told.values("maps")[name] == best[0] + 1
        assert told.values("maps")[f"most_{name}"] == shown.peaks[best[0]]


def test_that_the_products_add_up_to_the_number(told):
    values, sums = told.values("number"), told.shown("conv1", "")
    assert values["value"] == sums.max()
    assert values["total"] + values["bias"] == pytest.approx(values["value"], rel=1e-5)
    assert np.unravel_index(sums.argmax(), sums.shape)[0] == values["unit"] - 1


def test_that_relu_normalization_and_pool_are_told_with_their_numbers(told):
    relu, norm, pool = (told.shown("conv1", step) for step in ("relu", "norm", "pool"))
    activation, unit = told.values("activation"), told.values("number")["unit"] - 1
    assert activation["zero"] == (relu == 0).mean()
    assert activation["own"] == (relu[unit] == 0).mean()
    at = np.unravel_index(relu[unit].argmax(), relu[unit].shape)
    found, values = normalized_at(told.spec, torch.from_numpy(relu), unit, *map(int, at)), told.values("normalization")
    assert (values["before"], values["constant"], values["cut"]) == (found.before, found.constant, found.cut)
    assert values["before"] == relu[unit].max()
    assert values["after"] == pytest.approx(float(norm[unit][at]), rel=1e-5)
    assert (told.values("pool")["before"], told.values("pool")["after"]) == (relu.shape[1], pool.shape[1])


def test_that_the_crossing_is_what_was_measured(towers):
    met = next(each for each in towers.inside.meetings(towers.look) if each.layer == "conv3")
    (crossing,) = towers.pages["crossing"].exhibits
    assert isinstance(crossing, Crossing)
    assert (crossing.before, crossing.layer) == ("conv2", "conv3")
    assert np.array_equal(crossing.shares, met.flow_shares)
    lines = {(each.reader, each.tower): each for each in crossing.lines()}
    assert lines["A", "B"].share == met.flow_shares[0, 1] == towers.pages["crossing"].sentences[0].values["b"]
    assert lines["B", "A"].width / lines["B", "B"].width == pytest.approx(met.flow_shares[1, 0] / met.flow_shares[1, 1])


def test_that_the_dense_layers_are_told_with_their_dropout(told):
    fire = np.concatenate([told.shown(layer, "relu") for layer in ("fc6", "fc7")]) > 0
    assert told.values("dense")["fire"] == fire.mean()
    assert "of what fc7 reads and" in str(told.pages["dense"].sentences[1])
    assert len(told.pages["dense"].exhibits) == 2 * told.spec.towers


def test_that_each_tower_alone_stands_beside_both(towers):
    both, a, b = towers.pages["silence"].exhibits
    for bars, silent in ((both, None), (a, 1), (b, 0)):
        found = towers.inside.look(towers.picture, Silence(silent)).predictions
        assert isinstance(bars, AnswerBars)
        assert bars.rows == tuple((each.label, each.probability) for each in found)
    assert (both.tower, a.tower, b.tower) == ("", "A", "B")


@pytest.mark.parametrize(
    ("spec", "lacks"),
    [
        (without_normalization(SMALL), {"normalization"}),
        (with_activation(SMALL, "tanh"), set()),
        (apart(SMALL), {"crossing"}),
        (joined(SMALL), set()),
        (variant("cifar-11pct", classes=3), {"crossing", "dense", "silence"}),
    ],
    ids=["without LRN", "tanh", "apart", "joined", "locally connected"],
)
def test_that_every_kind_of_network_can_be_told(spec, lacks):
    pages = {page.name: page for page in Told(new(spec)).lecture.pages}
    assert set(ALL) - set(pages) == lacks
    for page in pages.values():
        assert str(page.title)
        assert all(map(str, page.sentences))
        assert len(page.sentences) <= 2
        for each in page.exhibits:
            assert str(each.caption)
            assert not isinstance(each, LecturePicture) or each.pixels.dtype == np.uint8


def test_that_steps_are_told_in_the_order_of_the_network():
    names = [page.name for page in Told(new(variant("cifar-11pct", classes=3))).lecture.pages]
    assert names.index("pool") < names.index("normalization")


class Reader(HTMLParser):
    """What a page refers to, the tags it has, and its text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.sources, self.text = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.sources += [value for name, value in attrs if name in ("src", "href", "srcset", "action", "data")]

    def handle_data(self, data):
        self.text.append(data)


def test_that_the_web_page_needs_nothing_else_and_is_small(towers):
    text = web_page(towers.lecture)
    assert len(text) < 3_000_000
    found = Reader(text)
    assert found.sources
    assert all(each.startswith("data:image/") for each in found.sources)
    assert not re.search(r"url\(|@import|https?:", text)
    assert set(found.tags).isdisjoint({"link", "iframe", "object", "base"})
    assert found.tags.count("section") == len(ALL)
    assert found.tags.count("img") == 22
    said = " ".join(found.text)
    assert all(str(page.title) in said for page in towers.lecture.pages)


def test_that_the_one_script_is_the_one_that_is_allowed(towers):
    import base64
    import hashlib

    text = web_page(towers.lecture)
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in text


def test_that_text_from_files_is_text(tmp_path):
    photo = tmp_path / "a <b>&.jpg"
    photo.write_bytes(COFFEE.read_bytes())
    bundle = new(SMALL, (HOSTILE, "two", "three \ud800"))
    text = web_page(lecture(bundle, Inside(bundle), photo, tmp_path / "m<i>.alexnet"))
    assert Reader(text).tags.count("script") == 1
    assert "&lt;script src=&quot;https" in text
    assert "a &lt;b&gt;&amp;.jpg in m&lt;i&gt;" in text
    assert "<b>" not in text
    assert "m<i>" not in text


def test_that_the_front_end_words_it(towers):
    def loud(sentence: Sentence) -> str:
        return str(sentence).upper()

    text = web_page(towers.lecture, loud)
    assert "<h1>THE ANSWER</h1>" in text
    assert "<td>" not in text
    assert "<span>espresso</span>" in text  # what a file has is nobody's to word


def test_that_a_model_of_a_run_is_called_as_the_run(tmp_path):
    run = Run.create(tmp_path / "runs" / "20261130", 'network = "shapes-towers"\ndata = "shapes"\n')
    assert name_of(run.best_file) == "20261130"
    relabel(run, name="the one with colours")
    assert name_of(run.best_file) == "the one with colours"
    assert name_of(tmp_path / "best.alexnet") == "best"


def test_that_the_command_writes_it_and_never_over_an_input(tmp_path, capsys):
    model, page = tmp_path / "small.alexnet", tmp_path / "lecture.html"
    write_bundle(model, new(SMALL))
    words = ["activations", str(COFFEE), "--model", str(model)]
    assert cli.main(words) == 2
    assert "nothing is to be written" in capsys.readouterr().err
    assert cli.main([*words, "--lecture", str(page), "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["lecture"], found["files"]) == (str(page), [])
    assert "coffee.jpg in small" in page.read_text(encoding="utf-8")
    assert cli.main([*words, "--lecture", str(page)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert cli.main([*words, "--lecture", str(page), "--force"]) == 0
    assert cli.main([*words, "--lecture", str(model), "--force"]) == 2
    read_bundle(model)


def test_that_it_is_made_without_the_window():
    script = (
        "import sys; from pathlib import Path; from alexnet_app.core.inference.lecture import made, web_page; "
        "assert not any(name.startswith('PySide6') for name in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
