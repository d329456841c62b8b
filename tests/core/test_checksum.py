"""Damage is noticed: a bit that flipped in a model or a checkpoint, a position that its events contradict."""

import json
import random
import shutil
import tarfile
import unicodedata
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from alexnet_app import cli
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.errors import UserError
from alexnet_app.core.inference.labelled import class_places
from alexnet_app.core.network.bundle import OTHER, read_bundle, write_bundle
from alexnet_app.core.network.checksum import KEY, Checksum, with_checksum
from alexnet_app.core.network.class_names import check_names, distinct, normal
from alexnet_app.core.network.exchange.importing import SAME_NAMES, import_model
from alexnet_app.core.network.header import classes_in
from alexnet_app.core.runs.checkpoint import read_checkpoint, write_checkpoint
from alexnet_app.core.runs.listing import bundled_models, sample_model

SAMPLES = Path(__file__).parents[1] / "samples"


@pytest.fixture
def path(tmp_path):
    return Path(shutil.copy(sample_model(), tmp_path / "model.alexnet"))


@pytest.fixture
def older(tmp_path):
    """A run of a version that knew no checksums."""
    with tarfile.open(SAMPLES / "before-own-networks.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "run"


def _flip(path: Path, place: int, bit: int = 0):
    content = bytearray(path.read_bytes())
    content[place] ^= 1 << bit
    path.write_bytes(content)


def _data_begins(path: Path) -> int:
    return 8 + int.from_bytes(path.read_bytes()[:8], "little")


def _without_checksum(path: Path, **changed: str):
    with safe_open(path, framework="pt") as file:
        metadata = {name: text for name, text in file.metadata().items() if name != KEY}
    save_file(load_file(path), path, metadata | changed)


def test_that_any_flipped_bit_of_the_weights_is_refused_with_the_way_out(path):
    whole, chance = path.read_bytes(), random.Random(3)
    for place in [_data_begins(path), len(whole) - 1, *chance.choices(range(_data_begins(path), len(whole)), k=6)]:
        path.write_bytes(whole)
        _flip(path, place, chance.randrange(8))
        with pytest.raises(UserError, match="the file is damaged") as caught:
            read_bundle(path)
        assert str(path) in str(caught.value)
        assert caught.value.hint == OTHER


@pytest.mark.parametrize("text", [b"airplane", b"validation_error", b"input_scale", b'"format"', b"sha256:"])
def test_that_a_flipped_bit_of_what_a_model_says_is_refused(path, text):
    path.write_bytes(resources_model("cifar-towers").read_bytes())
    _flip(path, path.read_bytes().index(text) + len(text) // 2)
    with pytest.raises(UserError) as caught:
        read_bundle(path)
    assert str(path) in str(caught.value)


def resources_model(name: str) -> Path:
    return next(path for path in bundled_models() if path.stem == name)


def test_that_bundled_models_carry_their_checksum():
    assert all(read_bundle(path).checked for path in bundled_models())


def test_that_a_checksum_tells_names_types_shapes_and_metadata_apart():
    zeros = torch.zeros(4)
    made = [
        Checksum({}),
        Checksum({"a": ""}),
        Checksum({"a": "b"}),
        Checksum({"ab": ""}),
        *(_checksum(name, tensor) for name in ("a", "b") for tensor in (zeros, zeros.view(2, 2), zeros.int())),
        _checksum("a", -zeros),  # the same numbers, other bits
        _checksum("a", zeros.bfloat16()),
        _checksum("a", torch.zeros(0)),
        _checksum("a", torch.tensor(0.0)),
    ]
    assert len({each.text() for each in made}) == len(made)
    assert Checksum({KEY: "x"}).text() == Checksum({}).text(), "it does not cover itself"
    assert with_checksum({"b": zeros, "a": -zeros}, {}) == with_checksum({"a": -zeros, "b": zeros}, {})


def _checksum(name, tensor):
    made = Checksum({})
    made.add(name, tensor)
    return made


def test_that_an_older_model_opens_and_says_so_once(older, tmp_path, capsys):
    model = older / "last.alexnet"
    assert not read_bundle(model).checked
    said = f"{model} was made by an earlier version: it carries no checksum"
    assert cli.main(["filters", "--model", str(model), "--out", str(tmp_path / "a.png")]) == 0
    assert capsys.readouterr().err.count(said) == 1
    assert cli.main(["export", str(model), "--format", "alexnet", "--out", str(tmp_path / "new.alexnet")]) == 0
    again = read_bundle(tmp_path / "new.alexnet")
    assert again.checked
    before = read_bundle(model).weights
    assert all(torch.equal(again.weights[name], tensor) for name, tensor in before.items())


def test_that_a_flipped_bit_of_a_checkpoint_is_refused(older):
    file = older / "resume.safetensors"
    checkpoint = read_checkpoint(file)
    assert not checkpoint.checked
    write_checkpoint(file, checkpoint)
    assert read_checkpoint(file).checked
    _flip(file, _data_begins(file) + 5_000)
    with pytest.raises(UserError, match=r"resume.safetensors cannot .*: the file is damaged .*best\.alexnet"):
        read_checkpoint(file)


TWINS = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]


@pytest.mark.parametrize(
    ("names", "why"),
    [
        (TWINS, "classes 1 and 2 of 10 have the same name"),
        ([" "], "class 1 of 10 has no name"),
        (["a", "a\N{ZERO WIDTH SPACE}"], "classes 1 and 2 of 10 have the same name"),
        (["\N{ZERO WIDTH SPACE}"], "class 1 of 10 has no name"),
    ],
)
def test_that_no_model_is_written_or_believed_whose_classes_cannot_be_told_apart(path, names, why):
    bundle = read_bundle(path)
    bad = (*names, *bundle.classes[len(names) :])
    with pytest.raises(UserError, match=why):
        write_bundle(path, replace(bundle, classes=bad))
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata() | {"classes": json.dumps(bad)}
    tensors = load_file(path)
    save_file(tensors, path, with_checksum(tensors, metadata))
    with pytest.raises(UserError, match=why):
        read_bundle(path)


@pytest.mark.parametrize("name", [None, 3, ["a"], {}])
def test_that_the_name_of_a_class_is_a_text(path, name):
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors, names = load_file(path), json.loads(metadata["classes"])
    save_file(tensors, path, with_checksum(tensors, metadata | {"classes": json.dumps([*names[:-1], name])}))
    with pytest.raises(UserError, match="the name of class 10 of 10 is not a text"):
        read_bundle(path)
    assert classes_in(path) == ()


def test_that_flags_and_joined_names_stay_as_they_are():
    england, scotland = (f"\U0001f3f4\U000e0067\U000e0062{end}\U000e007f" for end in ("\U000e0065", "\U000e0073"))
    joined = "a\N{ZERO WIDTH JOINER}b"
    check_names((england, scotland, joined))
    assert normal(joined) == joined


def test_that_an_older_model_with_such_classes_opens_with_names_that_differ(path):
    names = ["crane", "crane", "", *"defghij"]
    _without_checksum(path, classes=json.dumps(names))
    assert read_bundle(path).classes == ("crane", "crane (2)", "class 3", *"defghij")


def test_that_names_are_told_apart_and_others_stay():
    assert distinct(("a", "a", "a (2)", "a", *TWINS)) == ("a", "a (3)", "a (2)", "a (4)", TWINS[0], f"{TWINS[1]} (2)")
    assert distinct(("class 2", "")) == ("class 2", "class 2 (2)")
    assert distinct(("b", "a")) == ("b", "a")


def test_that_an_import_tells_labels_apart_and_says_so(path, tmp_path):
    torch.save(dict(read_bundle(path).weights), tmp_path / "w.pth")
    labels = tmp_path / "labels.txt"
    labels.write_text("\n".join(["crane", "crane", *"cdefghij"]), encoding="utf-8")
    imported = import_model(tmp_path / "w.pth", names=labels)
    assert imported.bundle.classes[:2] == ("crane", "crane (2)")
    assert SAME_NAMES in imported.notes


def test_that_folders_whose_names_look_alike_are_one_class(tmp_path):
    for place, name in enumerate(("a", *TWINS)):
        (tmp_path / "set" / name).mkdir(parents=True)
        for number in range(2):
            Image.new("RGB", (8, 8), (80 * place, 9 * number, 0)).save(tmp_path / "set" / name / f"{number}{place}.png")
    if len(list((tmp_path / "set").iterdir())) < 3:
        pytest.skip("this file system knows both names as one")
    source = open_source(str(tmp_path / "set"))
    assert [normal(name) for name in source.classes] == ["a", normal(TWINS[0])]
    assert sum(len(split.labels) for split in source.splits.values()) == 6


def test_that_accents_are_matched_however_they_are_stored():
    assert np.array_equal(class_places(("a", TWINS[0]), (TWINS[1], "a"), "it"), [1, 0])
