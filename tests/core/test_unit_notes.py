"""What a person has written about units: kept by the model's weights, read whole or refused with a sentence."""

import json
import threading

import pytest
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.core.errors import UserError
from alexnet_app.core.foreign import UnreadableError
from alexnet_app.core.inference.neighbours import digest
from alexnet_app.core.inference.unit_notes import MOST_BYTES, keep_notes, notes_file, notes_of
from alexnet_app.core.network.bundle import read_bundle

MODEL = "sha256:" + "ab" * 32
OTHER = "sha256:" + "cd" * 32


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)


def written(notes, model=MODEL, form="alexnet-app unit notes 1"):
    return json.dumps({"format": form, "model": model, "notes": notes}).encode()


def put(content):
    notes_file(MODEL).parent.mkdir(parents=True, exist_ok=True)
    notes_file(MODEL).write_bytes(content)


def test_that_notes_are_kept_for_each_model_and_an_empty_one_goes():
    assert notes_of(MODEL) == {}
    keep_notes(MODEL, {("conv5", 16): "eyes,\nor <b>wheels</b>", ("conv1", 0): "Kanten: schräg"})
    keep_notes(OTHER, {("conv5", 16): "other"})
    keep_notes(MODEL, {("conv1", 0): " "})
    assert notes_of(MODEL) == {("conv5", 16): "eyes,\nor <b>wheels</b>"}
    assert notes_of(OTHER) == {("conv5", 16): "other"}
    assert json.loads(notes_file(MODEL).read_text(encoding="utf-8"))["notes"] == {
        "conv5": {"17": "eyes,\nor <b>wheels</b>"}
    }


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        written({}, form="other"),
        written({}, model=OTHER),
        written([]),
        written({"conv5": []}),
        written({"conv5": {"0": "x"}}),
        written({"conv5": {"1.5": "x"}}),
        written({"conv5": {"1000000": "x"}}),
        written({"conv5": {"1": 7}}),
        written({"conv5": {"1": "x" * 2001}}),
        written({"conv5": {"1": "\u202e"}}),
        b"[" * 100_000,
        b" " * (MOST_BYTES + 1),
    ],
)
def test_that_a_damaged_file_is_a_sentence_and_is_never_written_over(content):
    put(content)
    with pytest.raises(UnreadableError, match=r"\.json cannot be read"):
        notes_of(MODEL)
    with pytest.raises(UnreadableError):
        keep_notes(MODEL, {("conv5", 1): "new"})
    assert notes_file(MODEL).read_bytes() == content


def test_that_a_link_is_not_followed(tmp_path):
    (tmp_path / "mine.json").write_bytes(written({"conv5": {"1": "x"}}))
    notes_file(MODEL).parent.mkdir(parents=True)
    notes_file(MODEL).symlink_to(tmp_path / "mine.json")
    with pytest.raises(UserError, match="link"):
        keep_notes(MODEL, {("conv5", 1): "new"})
    assert b"new" not in (tmp_path / "mine.json").read_bytes()


def test_that_what_is_too_much_is_a_sentence(monkeypatch):
    with pytest.raises(UserError, match="limit is 2,000"):
        keep_notes(MODEL, {("conv5", 1): "x" * 2001})
    with pytest.raises(UserError, match="cannot be shown"):
        keep_notes(MODEL, {("conv5", 1): "\0"})
    monkeypatch.setattr("alexnet_app.core.inference.unit_notes.MOST_BYTES", 300)
    with pytest.raises(UserError, match="300 bytes"):
        keep_notes(MODEL, {("conv5", 1): "x" * 300})
    assert not notes_file(MODEL).exists()


def test_that_notes_that_are_written_at_the_same_time_are_all_kept():
    threads = [threading.Thread(target=keep_notes, args=(MODEL, {("conv1", unit): "x"})) for unit in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(notes_of(MODEL)) == 8


def test_that_the_command_tells_a_note_and_draws_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = resources.path("models") / "shapes-towers.alexnet"
    model = digest(read_bundle(path))
    words = ["units", "--model", str(path), "--layer", "conv1", "--unit", "3", "--steps", "1", "--json"]
    assert cli.main([*words, "--out", str(tmp_path / "before.png")]) == 0
    assert json.loads(capsys.readouterr().out)["units"][0]["note"] is None
    keep_notes(model, {("conv1", 2): "edges\n" + 20 * "and a word " + 300 * "x"})
    assert cli.main([*words, "--out", str(tmp_path / "after.png")]) == 0
    assert json.loads(capsys.readouterr().out)["units"][0]["note"].startswith("edges\nand")
    with Image.open(tmp_path / "before.png") as before, Image.open(tmp_path / "after.png") as after:
        assert after.height > before.height, "all of it has room"
        assert after.width == before.width
    notes_file(model).write_bytes(b"damaged")
    assert cli.main([*words, "--out", str(tmp_path / "damaged.png")]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["units"][0]["note"] is None
    assert "warning: " in said.err
    assert "cannot be read" in said.err
