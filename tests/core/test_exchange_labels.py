"""Lists of class names as people keep them: what is read of each, in which order, and what is said."""

import json
import os
from pathlib import Path

import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.ilsvrc import synsets
from alexnet_app.core.network.exchange import label_list
from alexnet_app.core.network.exchange.label_list import read_labels
from alexnet_app.core.network.exchange.label_text import LATIN

DATA = os.environ.get("ALEXNET_TEST_DATA")
ANIMALS = ("cat", "dog", "cow")
KIT = sorted(synsets(), key=lambda each: each.number)


def listed(folder, content, count=3, name="names.txt"):
    (folder / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_labels(folder / name, count)


PLAIN = {
    "lines": "cat\ndog\ncow\n",
    "lines of Windows, with empty ones at the end": "cat\r\ndog\r\ncow\r\n\r\n \r\n",
    "marked UTF-8": "cat\ndog\ncow\n".encode("utf-8-sig"),
    "marked UTF-16": "cat\ndog\ncow\n".encode("utf-16"),
    "UTF-16 of the other order": b"\xfe\xff" + "cat\ndog\ncow\n".encode("utf-16-be"),
    "UTF-16 without a mark": "cat\ndog\ncow\n".encode("utf-16-le"),
    "numbers before": "0 cat\n1 dog\n2 cow\n",
    "numbers and colons": "0: cat\n1: dog\n2: cow",
    "numbers from 1": "1. cat\n2. dog\n3. cow",
    "numbers after": "cat,0\ndog,1\ncow,2",
    "a table": "index,name\n0,cat\n1,dog\n2,cow\n",
    "a table with tabs and marks": 'id\tlabel\n0\t"cat"\n1\t"dog"\n2\t"cow"\n',
    "a dictionary of Python": "{0: 'cat',\n 1: 'dog',\n 2: 'cow'}\n",
    "a dictionary in a script": "classes = {0: 'cat', 1: 'dog', 2: 'cow',}",
    "lines of a dictionary": "0: 'cat',\n1: 'dog',\n2: \"cow\",\n",
    "a list of Python": "['cat', 'dog', 'cow']",
    "JSON": '["cat", "dog", "cow"]',
    "a dictionary of JSON": '{"0": "cat", "1": "dog", "2": "cow"}',
    "numbers of names": '{"cat": 0, "dog": 1, "cow": 2}',
    "a model's configuration": '{"model_type": "x", "id2label": {"0": "cat", "1": "dog", "2": "cow"}}',
    "rows with a name": '[{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 3, "name": "cow"}]',
}


@pytest.mark.parametrize("content", PLAIN.values(), ids=PLAIN)
def test_that_only_the_names_are_read(tmp_path, content):
    assert listed(tmp_path, content) == label_list.Names(ANIMALS)


@pytest.mark.parametrize(
    "names",
    [
        ("class 0", "class 1", "class 2"),
        ("0", "1", "2"),
        ("big class 0", "big class 1", "small class 2"),
        ("7 up", "3 pigs", "101 dalmatians"),
        ("cat, house cat", "dog: big", "cow - brown"),
        ("it's", "'quoted' word", "n0144 x"),
    ],
)
def test_that_numbers_and_marks_of_a_name_stay(tmp_path, names):
    assert listed(tmp_path, "\n".join(names)).names == names


def test_that_western_text_is_read_and_told(tmp_path):
    found = listed(tmp_path, "Bär\nHund\nKuh\n".encode("latin-1"))
    assert found == label_list.Names(("Bär", "Hund", "Kuh"), (), (LATIN,))


@pytest.mark.parametrize("content", ["2 cow\n0 cat\n1 dog\n", '{"2": "cow", "0": "cat", "1": "dog"}'])
def test_that_numbers_give_the_order(tmp_path, content):
    assert listed(tmp_path, content) == label_list.Names(ANIMALS, (), (label_list.BY_NUMBER,))


def test_that_empty_lines_between_and_tensorflow_s_first_class_are_skipped_and_told(tmp_path):
    found = listed(tmp_path, "cat\n\ndog\ncow\n")
    assert found == label_list.Names(ANIMALS, (), (label_list.EMPTY_LINES.format(count=1),))
    found = listed(tmp_path, "background\ncat\ndog\ncow\n")
    assert found == label_list.Names(ANIMALS, (), (label_list.BACKGROUND.format(name="background"),))


def test_that_names_that_are_there_twice_are_told(tmp_path):
    found = listed(tmp_path, "crane\ndog\ncrane\n")
    assert found.names == ("crane", "dog", "crane")
    assert found.notes == (label_list.TWICE.format(names="'crane'"),)


SYNSETS = ("n01440764", "n01443537", "n01484850")


@pytest.mark.parametrize("line", ["{} {}", "{}\t{}", "{}: {}", "{},{}"])
def test_that_synsets_are_left_out_of_names(tmp_path, line):
    content = "\n".join(map(line.format, SYNSETS, ("tench, Tinca tinca", "goldfish", "shark"))) + "\n\n"
    assert listed(tmp_path, content) == label_list.Names(("tench, Tinca tinca", "goldfish", "shark"), SYNSETS)


def test_that_numbers_of_names_behind_synsets_stay(tmp_path):
    found = listed(tmp_path, "\n".join(f"{synset} thing {number}" for number, synset in enumerate(SYNSETS)))
    assert found == label_list.Names(("thing 0", "thing 1", "thing 2"), SYNSETS)


def test_that_synsets_alone_have_imagenet_s_names(tmp_path):
    found = listed(tmp_path, "\n".join(SYNSETS))
    assert found == label_list.Names(("tench", "goldfish", "great white shark"), SYNSETS, (label_list.NAMED,))
    unknown = listed(tmp_path, "n00000001\nn00000002\nn01440764")
    assert unknown.names == ("n00000001", "n00000002", "n01440764")


def test_that_synsets_give_the_order(tmp_path):
    found = listed(tmp_path, "n01443537 goldfish\nn01440764 tench\nn01484850 shark\n")
    assert found == label_list.Names(("tench", "goldfish", "shark"), SYNSETS, (label_list.BY_SYNSET,))
    kit = listed(tmp_path, "n02119789 1 kit_fox\nn02100735 2 English_setter\nn02110185 3 Siberian_husky\n")
    assert kit.names == ("English_setter", "Siberian_husky", "kit_fox")
    assert kit.notes == (label_list.BY_KIT,)
    few = listed(tmp_path, "n01484850 442 shark\nn01440764 449 tench\nn01443537 450 goldfish\n")
    assert few == label_list.Names(("tench", "goldfish", "shark"), SYNSETS, (label_list.BY_KIT,))


def test_that_numbers_from_0_are_above_synsets(tmp_path):
    found = listed(tmp_path, "0 n01443537 goldfish\n1 n01440764 tench\n2 n01484850 shark\n")
    assert found.names == ("goldfish", "tench", "shark")
    assert found.notes == (label_list.NOT_BY_SYNSET,)
    keras = {"1": ["n01443537", "goldfish"], "0": ["n01440764", "tench"], "2": ["n01484850", "shark"]}
    assert listed(tmp_path, json.dumps(keras)).names == ("tench", "goldfish", "shark")


@pytest.mark.parametrize("line", ["{0.synset} {0.number} {1}", "{0.synset} {1}", "{1}", "{0.number} {1}"])
def test_that_the_order_of_the_development_kit_is_never_taken(tmp_path, line):
    content = "\n".join(line.format(each, each.name.replace(" ", "_")) for each in KIT)
    found = listed(tmp_path, content, 1000)
    assert found.names == tuple(each.name.replace(" ", "_") for each in synsets())
    assert found.notes == (label_list.BY_KIT,)


def test_that_imagenet_s_two_cranes_are_told_apart(tmp_path):
    names = [{"crane bird": "crane", "maillot tank suit": "maillot"}.get(each.name, each.name) for each in synsets()]
    for line in ("{1}", "{0.synset} {1}", '"{1}",'):
        content = "\n".join(map(line.format, synsets(), names))
        found = listed(tmp_path, content, 1000)
        assert found.names == tuple(each.name for each in synsets())
        apart = "'crane bird' and 'crane' and 'maillot' and 'maillot tank suit'"
        assert found.notes == (label_list.TOLD_APART.format(names=apart),)


@pytest.mark.skipif(not DATA, reason="needs ALEXNET_TEST_DATA")
@pytest.mark.parametrize("name", ["bvlc_synset_words.txt", "timm_imagenet_synsets.txt", "imagenet1k_classes.json"])
def test_that_the_lists_that_people_have_are_read(name):
    found = read_labels(Path(DATA) / "imagenet_classes" / name, 1000)
    assert found.synsets == tuple(each.synset for each in synsets())
    assert found.names[0].split(",")[0] == "tench"
    assert len(set(found.names)) == 1000


@pytest.mark.parametrize(
    "text", [b"one\ntwo\n", b"", b"a\n\nb\n", b"a\nb\nc\nd", b"\xff\xfe\xff", b"{}", b"[[[", b"17"]
)
def test_that_labels_that_do_not_fit_are_refused(tmp_path, text):
    with pytest.raises(UserError, match=r"names\.txt (has . names for 3 classes|cannot be read as a list of names)"):
        listed(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        *(b"\x89PNG\r\n\x1a\n\x00", b"a\x00b\nc\nd", b"\x81\xff\n", b"-" * 100_000, b"[" * 100_000),
        *(b"{'a': " * 50_000, b"[" + b"-" * 100_000 + b"1]", b"x = (" + b"not " * 50_000 + b"1)"),
        b'{"0": {"1": {"names": [1]}}}',
    ],
    ids=range(9),
)
def test_that_what_is_no_list_is_a_sentence(tmp_path, text):
    with pytest.raises(UserError, match=r"names\.txt"):
        listed(tmp_path, text)


@pytest.mark.parametrize("text", [b"a\n" * 300, b"a\r" * 300, b'{"names": [' + b'"a",' * 300 + b'"a"]}'], ids=range(3))
def test_that_a_list_without_end_is_not_taken_apart(tmp_path, monkeypatch, text):
    monkeypatch.setattr("alexnet_app.core.network.exchange.label_text.MOST_ENTRIES", 250)
    monkeypatch.setattr("alexnet_app.core.network.exchange.label_text.LabelEntry", lambda *_: pytest.fail("it is"))
    with pytest.raises(UserError, match=r"names\.txt cannot be read as a list of names: it has more than 250"):
        listed(tmp_path, text)
