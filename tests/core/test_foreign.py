"""Files of others at the border: what comes in, what is refused, and that nothing waits or asks for all the memory."""

import json
import os
import socket
import zipfile
from io import BytesIO

import numpy as np
import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.foreign import MissingError, UnreadableError, open_regular, parse_json, read_bytes, read_text
from alexnet_app.core.foreign_arrays import array_in, arrays_in
from alexnet_app.core.insight.snapshot import read_parts, read_snapshot
from alexnet_app.core.network.bundle import read_bundle, spec_in_bundle
from alexnet_app.core.network.header import classes_in, network_in, summary_in
from alexnet_app.core.runs.checkpoint import read_checkpoint, said_in_checkpoint
from alexnet_app.core.training.config_text import load_config

POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes and devices among its files")
KINDS = ["folder", "pipe", "device", "socket"]


@pytest.fixture(params=KINDS)
def odd(request, tmp_path, monkeypatch):
    """Something that is no regular file, and what it is called."""
    path = tmp_path / "odd.toml"
    if request.param == "folder":
        path.mkdir()
    elif os.name == "nt":
        pytest.skip("Windows has none")
    elif request.param == "pipe":
        os.mkfifo(path)
    elif request.param == "device":
        path.symlink_to("/dev/zero")
    else:
        monkeypatch.chdir(tmp_path)  # the name of a socket must be short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(path.name)
    return path, f"it is a {request.param}"


def test_that_only_regular_files_are_opened_and_nothing_is_waited_for(odd):
    path, why = odd
    with pytest.raises(UnreadableError) as refused:
        open_regular(path)
    assert refused.value.why == why


def test_that_every_reader_refuses_what_is_no_regular_file(odd):
    path, why = odd
    for read in (read_text, read_bundle, lambda path: load_config(str(path))):
        with pytest.raises(UserError, match=why):
            read(path)
    with pytest.raises(UserError, match="cannot be read as a checkpoint"):
        read_checkpoint(path)
    assert spec_in_bundle(path) is None
    assert (network_in(path), summary_in(path)) == ("", {})
    assert said_in_checkpoint(path).spec is None
    assert read_snapshot(path) is None


@POSIX
def test_that_links_are_followed_only_where_they_may_lead_elsewhere(tmp_path):
    (tmp_path / "text").write_text("hello")
    link = tmp_path / "link"
    link.symlink_to("text")
    assert read_text(link) == "hello"
    with pytest.raises(UnreadableError, match="it is a link"):
        read_text(link, links=False)


def test_that_a_missing_file_is_told_apart_from_one_that_cannot_be_read(tmp_path):
    with pytest.raises(MissingError):
        read_text(tmp_path / "none")


@pytest.mark.parametrize("text", ["a." * 20_000 + "b = 1", "epochs = 3\n" * 10_000])
def test_that_settings_that_nobody_writes_are_refused_before_they_are_read(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UnreadableError, match=r"more than [\d,]+"):
        load_config(str(path))


def test_that_no_more_is_read_than_was_allowed(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(b"x" * 101)
    assert len(read_bytes(path, 101)) == 101
    with pytest.raises(UnreadableError, match="101 bytes, more than 100"):
        read_bytes(path, 100)
    os.truncate(path, 1 << 40)  # a file with holes
    with pytest.raises(UnreadableError, match=r"more than 100"):
        read_bytes(path, 100)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "[" * 200_000 + "]" * 200_000,
        '{"a":' * 100 + "1" + "}" * 100,
        '[[["' + '\\"' * 100 + "[" * 70,
        "1" * 400,
        "-" + "9" * 30,
        "1e400",
        "NaN",
        "[-Infinity]",
        '{"a": 1, "a": 2}',
        '"\\ud8',
        "[1, 2",
        "\ufeff{",
        "",
    ],
)
def test_that_json_of_no_honest_writer_is_a_value_error(text):
    with pytest.raises(ValueError):  # noqa: PT011  (the sentence is for people)
        parse_json(text)
    with pytest.raises(ValueError):  # noqa: PT011
        parse_json(text.encode())


def test_that_honest_json_is_read_as_it_was_written():
    value = {"brackets": ']]][[[{\\"{' * 50, "many": [[each, each / 3] for each in range(1_000)], "none": None}
    value |= {"deep": [[[[{"a": [1]}]]]], "seed": 2**64 - 1, "name": "photo \udcff.png", "text": "Größe"}
    assert parse_json(json.dumps(value)) == value
    assert parse_json(b"\xef\xbb\xbf" + json.dumps(value).encode()) == value
    assert parse_json("[NaN, 1]", gaps=True)[1] == 1


def npy(header: bytes, content: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    return b"\x93NUMPY" + version + len(header).to_bytes(2, "little") + header + content


def test_that_arrays_are_read_as_they_were_written():
    for value in (np.arange(12.0).reshape(3, 4), np.asfortranarray(np.arange(6).reshape(2, 3)), np.zeros((0, 3))):
        file = BytesIO()
        np.save(file, value)
        assert np.array_equal(array_in(BytesIO(file.getvalue()), len(file.getvalue())), value)


HEADS = [
    b"{'descr': '|u1', 'fortran_order': False, 'shape': (1000000, 1000000, 7, 3), }",
    b"{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }",
    b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }",
    b"{'descr': '|u1', 'fortran_order': False, 'shape': (-1,), }",
    b"{'descr': '|u1', 'fortran_order': False, 'shape': (1.5,), }",
    b"[" * 5_000,
    b"",
]


@pytest.mark.parametrize("head", HEADS)
def test_that_an_array_that_asks_for_more_than_there_is_is_refused_before_there_is_room_for_it(tmp_path, head):
    path = tmp_path / "step.npy"
    path.write_bytes(npy(head, b"12345678"))
    assert read_parts(path) is None
    assert read_snapshot(path) is None
    packed = tmp_path / "packed.npz"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.npy", npy(head, b"12345678"))
    with pytest.raises(UnreadableError, match="it is damaged, or not a file of arrays"):
        arrays_in(packed, 1 << 20)


def test_that_a_packed_file_that_would_grow_is_refused(tmp_path):
    packed = tmp_path / "packed.npz"
    np.savez_compressed(packed, a=np.zeros(10 << 20, np.uint8))
    assert packed.stat().st_size < 1 << 20
    with pytest.raises(UnreadableError):
        arrays_in(packed, 1 << 20)
    assert len(arrays_in(packed, 11 << 20)["a"]) == 10 << 20


@pytest.mark.parametrize("value", [1, 0.5, None, True, [], ["a"], {}, {"a": 1}])
def test_that_a_head_whose_texts_are_none_says_nothing(tmp_path, value):
    path = tmp_path / "model.alexnet"
    for said in ({"spec": value, "classes": value, "summary": value}, value):
        head = json.dumps({"__metadata__": said}).encode()
        path.write_bytes(len(head).to_bytes(8, "little") + head)
        assert (network_in(path), classes_in(path), summary_in(path)) == ("", (), {})


def test_that_a_head_of_terabytes_makes_no_room(tmp_path):
    path = tmp_path / "model.alexnet"
    path.write_bytes((1 << 43).to_bytes(8, "little") + b"{}")
    assert summary_in(path) == {}
    with pytest.raises(UserError, match="cannot be read as a model: the file is damaged"):
        read_bundle(path)
    head = b'{"weights.w": {"dtype": "F32", "shape": [1099511627776], "data_offsets": [0, 4398046511104]}}'
    path.write_bytes(len(head).to_bytes(8, "little") + head)
    with pytest.raises(UserError):
        read_checkpoint(path)
