"""The core's sentences as templates: each can be collected for translators, and each place in it gets its value."""

import sys
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))

import texts

from alexnet_app.core.errors import Sentence, Text, UserError, Way


def problems(source):
    return [each.partition(": ")[2] for each in texts.found_in(textwrap.dedent(source), "core/it.py").problems]


def said(source):
    return [each.text for each in texts.found_in(textwrap.dedent(source), "core/it.py").texts]


def test_that_every_text_of_the_core_can_be_collected_and_filled():
    found, wrong = texts.collected()
    assert wrong == []
    assert {"{path} does not exist", "random seed", "it is a folder"} <= {each.text for each in found}
    assert len(found) > 300, "it reads the whole core"


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('raise UserError(f"no {what}")', "its template is no literal"),
        ('raise UserError("no {what}".format(what=1))', "its template is no literal"),
        ("def f(text):\n    raise UserError(text)", "its template is no literal"),
        ('raise UserError("no", hint=f"take {x}")', "its hint is no literal and no way out"),
        ('raise UserError("no {what}")', "there is no value for {what}"),
        ('raise UserError("no", "take {what}", why=1)', "there is no value for {what}"),
        ('raise UserError("no {what}", **values)', "its values are not written out"),
        ('raise UserError("no {what}", what=error.sentence)', "what is formatted before it is handed over"),
        ('raise UserError("no {what}", what=f"{x:,}")', "what is formatted before it is handed over"),
        ('raise UserError("no {what}", what="a b" if x else y)', "what is formatted before it is handed over"),
        ('w = f"{a} of {b}"\nraise UserError("no {what}", what=w)', "what is formatted before it is handed over"),
        ('Remark(X, "no {what}", {"what": f"{a} of {b}"})', "what is formatted before it is handed over"),
        ('raise error.within("{path}: {why}") from error', "there is no value for {path}"),
        ("raise error.replaced(hint=some(thing))", "its hint is no literal and no way out"),
        ("note = Text(some)", "its text is no literal"),
    ],
)
def test_that_what_cannot_be_collected_or_filled_is_told(source, problem):
    assert problem in problems(source)


def test_that_literals_are_followed_to_where_they_are_written():
    source = """
        NOTE = Text("a note")
        def e():
            raise UserError("zero", NOTE)
        RATE = setting(0.1, "the rate", unit="nats")
        def f(x):
            hint = "try {again}"
            raise UserError("one {a:,}" if x else "two {b.c}", hint, a=1, b=2, again=3, key=f"x.{x}")
        def g(hint: Text):
            raise UserError("three", hint)
    """
    assert problems(source) == []
    assert said(source) == [
        "a note",
        "zero",
        "a note",
        "the rate",
        "nats",
        "one {a:,}",
        "two {b.c}",
        "try {again}",
        "three",
    ]


def test_that_a_way_out_gets_the_values_of_all_its_wordings():
    assert set(texts.ways_worded()) == {way.name for way in Way}
    assert all(len(worded) == 3 for worded in texts.ways_worded().values()), "in the core, a terminal and the window"


def test_that_a_file_for_translators_keeps_what_is_translated(tmp_path):
    path = tmp_path / "core.ts"
    one, two = texts.Text("{path} is gone", "core/it.py", 3), texts.Text("try again", "core/it.py", 4)
    assert texts.write(path, [one, two, one]) == 2
    written = path.read_text(encoding="utf-8")
    path.write_text(
        written.replace('version="2.1"', 'version="2.1" language="de"').replace(
            '<translation type="unfinished" />', "<translation>{path} ist weg</translation>"
        ),
        encoding="utf-8",
    )
    assert texts.write(path, [one]) == 1
    (message,) = ET.parse(path).getroot().iter("message")
    assert message.findtext("translation") == "{path} ist weg"
    assert message.find("translation").attrib == {}
    assert ET.parse(path).getroot().get("language") == "de"
    assert len(message.findall("location")) == 1


def test_that_an_error_in_a_sentence_is_worded_where_it_is_read():
    part = UserError("{what} is not {kind}", "try {again}", what="x", kind=Text("a number"), again="y")
    whole = part.within("{path}: {why}", path="f")
    assert str(whole) == "f: x is not a number; try y"
    assert whole.filled(whole.template, "<{}>".format) == "<f: <x is not <a number>>>"
    other = whole.replaced(Way.CPU, path="g")
    assert (other.sentence, other.hint) == ("g: x is not a number", Way.CPU)


def test_that_remarks_statements_and_reasons_are_collected():
    source = """
        class Why(StrEnum):
            SYSTEM = "system files"
        def f(few):
            yield Remark(Concern.X, "{count:,} images" if few else "all {count:,}", {"count": 3})
            yield Sentence("right on {right:,}", right=1)
    """
    assert problems(source) == []
    assert said(source) == ["system files", "{count:,} images", "all {count:,}", "right on {right:,}"]


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("Remark(Concern.X, template, {})", "its template is no literal"),
        ('Remark(Concern.X, "{count} images", {"number": 3})', "there is no value for {count}"),
        ('Sentence("right on {right}", wrong=1)', "there is no value for {right}"),
        ("Sentence(template)", "its template is no literal"),
    ],
)
def test_that_statements_that_cannot_be_collected_are_told(source, problem):
    assert problem in problems(source)


def test_that_a_statement_is_translated_and_filled():
    said_so = Sentence("{count:,} images: {why}", count=1000, why=Text("few"))
    assert str(said_so) == "1,000 images: few"
    assert said_so.filled({"{count:,} images: {why}": "{why}, {count}", "few": "wenige"}.get) == "wenige, 1000"
    assert said_so == Sentence.of("{count:,} images: {why}", {"count": 1000, "why": Text("few")})
