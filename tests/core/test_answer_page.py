"""Answers with their pictures: a page that needs nothing else and trusts no name, and a contact sheet."""

import re
from html.parser import HTMLParser

import pytest
from PIL import Image
from tiny_images import noise

from alexnet_app import cli, resources
from alexnet_app.core.errors import UserError
from alexnet_app.core.inference.answer_page import COLUMNS, ROWS, grouped, write_page, write_sheet

PLAIN = set("html head meta title style body h1 h2 section figure img figcaption strong br".split())  # noqa: SIM905
EVIL = '<img src=x onerror=alert(1)>"&'


def row(path, label="cat", probability=0.9, sure=True):
    return {"path": str(path), "predictions": [{"label": label, "probability": probability}], "sure": sure}


class Parsed(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))


def test_that_a_page_has_every_picture_in_its_group(tmp_path):
    paths = [noise(tmp_path / f"{place}.png") for place in range(4)]
    rows = [row(paths[0], "dog"), row(paths[1]), row(paths[2], "cat", 0.3, sure=False)]
    rows += [{"path": str(paths[3]), "error": "damaged"}]
    assert list(grouped(rows)) == ["cat", "dog", "not sure", "skipped"]
    write_page(tmp_path / "a.html", rows, "photo-towers")
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert re.findall("<h2>(.*?)</h2>", text) == ["cat (1)", "dog (1)", "not sure (1)", "skipped (1)"]
    images = [values["src"] for tag, values in Parsed(text).tags if tag == "img"]
    assert len(images) == 3
    assert all(src.startswith("data:image/jpeg;base64,") for src in images)
    assert "damaged" in text


def test_that_names_are_text_and_nothing_is_fetched(tmp_path):
    path = noise(tmp_path / "a.png")
    rows = [row(path, EVIL), {"path": f"{EVIL}/{EVIL}\udcff", "error": EVIL}]
    write_page(tmp_path / "a.html", rows, EVIL)
    tags = Parsed((tmp_path / "a.html").read_text(encoding="utf-8")).tags
    assert {tag for tag, _ in tags} <= {
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "h1",
        "h2",
        "section",
        "figure",
        "img",
        "figcaption",
        "strong",
        "br",
    }
    assert not [values for _, values in tags if "onerror" in values or values.get("src", "data:")[:5] != "data:"]


def test_that_a_picture_that_went_away_leaves_its_line(tmp_path):
    write_page(tmp_path / "a.html", [row(tmp_path / "gone.png")], "m")
    assert "gone.png" in (tmp_path / "a.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("count", [1, COLUMNS + 1, COLUMNS * ROWS + 3])
def test_that_a_sheet_has_room_for_all(tmp_path, count):
    path = noise(tmp_path / "a_very_long_name_that_has_to_be_cut_in_its_middle.png")
    write_sheet(tmp_path / "a.png", [row(path)] * count)
    with Image.open(tmp_path / "a.png") as sheet:
        assert sheet.height > -(-count // COLUMNS) * 160
    write_sheet(tmp_path / "a.pdf", [row(path)] * count)
    content = (tmp_path / "a.pdf").read_bytes()
    assert content.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type /Page\b", content)) == -(-count // (COLUMNS * ROWS))


def test_that_there_is_no_sheet_of_nothing(tmp_path):
    with pytest.raises(UserError, match="no answered picture"):
        write_sheet(tmp_path / "a.png", [{"path": "a", "error": "damaged"}])


def test_that_the_command_writes_all_three(tmp_path, capsys):
    photos = resources.path("sample_photos")
    out = [str(tmp_path / name) for name in ("a.html", "a.pdf", "a.csv")]
    assert cli.main(["classify", str(photos), "--csv", out[2], "--html", out[0], "--sheet", out[1]]) == 0
    assert "astronaut.jpg" in (tmp_path / "a.html").read_text(encoding="utf-8")
    assert (tmp_path / "a.pdf").stat().st_size > 10_000
    assert (tmp_path / "a.csv").stat().st_size > 500
    assert cli.main(["classify", str(photos), "--html", out[0]]) == 2
    assert "exists already" in capsys.readouterr().err
