"""What is said of images and files goes through one translation, whatever it is put together from, and comes back."""

import json

import numpy as np
import pytest
from PIL import Image
from tiny_images import numbered, touch

from alexnet_app.core.data.kinds import HEIC, JXL
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.labelled_files import undecodable_class
from alexnet_app.core.data.sources.remarks import Concern, Remark, SkippedFiles, Why, listed
from alexnet_app.core.errors import Lines, Sentence, Text, Told, UserError


def shouted(text):
    """A translation: all but the places in capitals."""
    return "".join(part if part.startswith("{") else part.upper() for part in parts_of(text))


def parts_of(text):
    while text:
        before, place, rest = text.partition("{")
        inside, _, text = rest.partition("}")
        yield before
        yield f"{{{inside}}}" if place else ""


@pytest.fixture
def scaled(tmp_path, monkeypatch):
    """12 bits in 16, floats, and 16 bits that are all used."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    root = touch(tmp_path / "scans", *numbered("a", 4), *numbered("b", 4))
    Image.fromarray(np.arange(1024, 1124, dtype=np.uint16).reshape(10, 10)).save(root / "a" / "twelve.tif")
    Image.fromarray(np.linspace(0, 1, 100, dtype=np.float32).reshape(10, 10)).save(root / "b" / "floats.tif")
    Image.fromarray(np.full((10, 10), 65_535, np.uint16)).save(root / "b" / "whole.tif")
    return [each for each in open_source(str(root)).remarks if each.concern is Concern.SCALED_VALUES]


def test_that_what_is_done_to_values_is_a_sentence_that_is_translated_whole(scaled):
    assert [each.sentence for each in scaled] == [
        "1 of the images have 16 bits of which 12 are used: 4,095 is shown white",
        "1 of the images have values without a scale: in each image the lowest is shown black, the highest white",
    ]
    assert scaled[0].said.filled(shouted) == "1 OF THE IMAGES HAVE 16 BITS OF WHICH 12 ARE USED: 4,095 IS SHOWN WHITE"


def test_that_kinds_that_cannot_be_decoded_are_translated_in_every_sentence_that_counts_them():
    said = undecodable_class("dog", {HEIC.many: 10, JXL.many: 2}).said
    assert (
        str(said) == "the class dog is skipped: it has 10 HEIC photos, 2 JPEG XL images, none of which can be decoded"
    )
    assert "10 HEIC PHOTOS, 2 JPEG XL IMAGES" in said.filled(shouted)
    skipped = SkippedFiles(Why.UNREADABLE, 3, (), HEIC.many)
    assert skipped.reason == "cannot be decoded: HEIC photos"
    assert skipped.said.filled(shouted) == "CANNOT BE DECODED: HEIC PHOTOS"


def test_that_how_many_more_there_are_is_translated_and_names_are_not():
    names = listed(["ant", "bee", "cat"], 2)
    assert str(names) == "ant, bee and 1 more"
    assert Remark(Concern.LAYOUT, "classes: {names}", {"names": names}).said.filled(shouted) == (
        "CLASSES: ant, bee AND 1 MORE"
    )


@pytest.mark.parametrize("remark", [undecodable_class("dog", {HEIC.many: 10}), Remark(Concern.LAYOUT, "{a}", {"a": 3})])
def test_that_a_remark_that_was_kept_is_still_translated(remark):
    back = Remark.kept(json.loads(json.dumps(remark.plain())))
    assert back == remark
    assert back.said.filled(shouted) == remark.said.filled(shouted)


def test_that_a_reason_in_events_is_text_that_knows_what_it_was_made_of():
    inner = UserError("{kind} is missing", kind=Text("the package"))
    told = Told.of(inner.within("{path}: {why}", path="a.heic"))
    assert json.dumps(told) == '"a.heic: the package is missing"'
    assert told.error.filled(told.error.template, shouted) == "a.heic: THE PACKAGE IS MISSING"
    assert Told.of(UserError("no", "take another"), hint=False) == "no"


def test_that_what_is_told_keeps_no_frames_alive():
    with pytest.raises(UserError) as caught:
        open_source("/no/such/folder")
    assert caught.value.__traceback__ is not None
    told = Told.of(caught.value.within("{why}!"))
    assert told.error.__traceback__ is None
    assert told.error.values["why"].__traceback__ is None


def test_that_the_lines_of_an_event_are_text_that_knows_its_sentences():
    lines = Lines.of([Sentence("{count:,} images are few", count=9), Sentence("no")])
    assert json.dumps(lines) == '"9 images are few\\nno"'
    assert [each.filled(shouted) for each in lines.sentences] == ["9 IMAGES ARE FEW", "NO"]


def test_that_a_shape_in_a_sentence_stays_a_shape():
    assert str(Sentence("it has {shape}", shape=(3, 11, 11))) == "it has (3, 11, 11)"
