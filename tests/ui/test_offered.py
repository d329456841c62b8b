"""What drags and the clipboard hold, as browsers, file managers and editors give it: one path for all."""

import base64
import io
import json
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QColor, QImage

from alexnet_app.ui.offered import is_welcome, offered, paths_in

RECORDED = json.loads((Path(__file__).parent / "dragged_out_of_chromium.json").read_text())  # 150, under Xvfb
WIDE = "utf-16-le"  # as Firefox writes text


def mime_of(formats):
    made = QMimeData()
    for form, value in formats.items():
        plain = value.encode() if isinstance(value, str) else value
        made.setData(form, base64.b64decode(value[7:]) if plain.startswith(b"base64:") else plain)
    return made


def picture(kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (6, 4), "red").save(buffer, kind)
    return buffer.getvalue()


def test_that_an_image_dragged_out_of_a_browser_is_its_bytes():
    found = offered(mime_of(RECORDED["image"]))
    assert Image.open(io.BytesIO(found.content)).size == (200, 150)
    assert (found.name, found.paths) == ("wild cat.png", ())


def test_that_of_a_linked_image_the_image_is_taken_not_the_page():
    found = offered(mime_of(RECORDED["linked image"]))
    assert Image.open(io.BytesIO(found.content)).format == "JPEG"
    assert found.name == "photo.jpg"
    without = {form: value for form, value in RECORDED["linked image"].items() if form != "application/octet-stream"}
    assert offered(mime_of(without)).paths == ("https://cats.example.org/photo.jpg?size=3",)


def test_that_an_embedded_image_is_taken_with_and_without_its_bytes():
    assert offered(mime_of(RECORDED["embedded image"])).content.startswith(b"\x89PNG")
    for form in ("text/uri-list", "text/html", "text/plain"):
        found = offered(mime_of({form: RECORDED["embedded image"][form]}))
        assert found.address.startswith("data:image/png;base64,iVBOR")
        assert not found.paths


def test_that_a_link_is_a_link():
    assert offered(mime_of(RECORDED["link"])).paths == ("https://cats.example.org/photo.jpg",)


def test_that_an_image_out_of_firefox_is_found_in_its_wide_text():
    image = '<a href="https://b.org/"><img alt="" src="https://a.org/c&amp;d.jpg"></a>'
    firefox = {
        "text/x-moz-url": "https://b.org/\nA page".encode(WIDE),
        "text/html": image.encode(WIDE),
        "text/uri-list": "https://b.org/\r\n",
        "text/plain": "https://b.org/",
    }
    assert offered(mime_of(firefox)).paths == ("https://a.org/c&d.jpg",)
    embedded = {"text/x-moz-url": "data:image/gif;base64,R0lGOD\n".encode(WIDE)}
    assert offered(mime_of(embedded)).address == "data:image/gif;base64,R0lGOD"


def test_that_files_come_before_pictures_of_them(tmp_path):
    made = mime_of({"image/png": picture(), "application/octet-stream": picture()})
    made.setUrls([QUrl.fromLocalFile("/a b/c.png"), QUrl("https://example.org/cat.png")])
    assert offered(made).paths == ("/a b/c.png", "https://example.org/cat.png")


def test_that_a_picture_file_comes_before_a_decoded_image():
    image = QImage(5, 4, QImage.Format.Format_RGB32)
    image.fill(QColor("red"))
    made = mime_of({"image/jpeg": picture("JPEG"), "image/x-unknown": b"?"})
    made.setImageData(image)
    assert offered(made).content == picture("JPEG")
    plain = QMimeData()
    plain.setImageData(image)
    assert offered(plain).image.size() == image.size()


def test_that_bytes_of_something_else_are_not_taken_for_a_picture():
    formats = {"application/octet-stream": b"some program's own", "text/uri-list": "https://a.org/b.png"}
    assert offered(mime_of(formats)).paths == ("https://a.org/b.png",)
    assert not offered(mime_of({"application/octet-stream": b"nothing else"}))


@pytest.mark.parametrize("text", ["/a/b.png", "https://a.org/b.png\nhttps://a.org/c.png", "file:///a/b.png"])
def test_that_paths_and_links_that_somebody_wrote_are_taken(text):
    made = QMimeData()
    made.setText(text)
    assert is_welcome(made)
    assert offered(made).paths == tuple(line.removeprefix("file://") for line in text.splitlines())


@pytest.mark.parametrize("text", ["what is this?", "", "cats/1.png", "see https://a.org/b.png", "javascript:x"])
def test_that_other_text_is_not(text):
    made = QMimeData()
    made.setText(text)
    made.setHtml(f"<p>{text}</p>")
    assert not is_welcome(made)
    assert not offered(made)


def test_that_everything_that_is_taken_is_welcome_in_a_drag():
    for formats in (*RECORDED.values(), {"image/webp": b"x"}, {"text/html": '<img src="https://a.org/b.png">'}):
        assert is_welcome(mime_of(formats))


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        ("/a/b.png", ["/a/b.png"]),
        ("  '/a b/c.png'  \n/d\n", ["/a b/c.png", "/d"]),
        ("file:///a%20b.png", ["/a b.png"]),
        ("C:\\pictures\\x.png", ["C:\\pictures\\x.png"]),
        ("\\\\server\\x.png", ["\\\\server\\x.png"]),
        ("/a/b.png\nhello", []),
        ("hello", []),
        ("", []),
    ],
)
def test_that_only_whole_paths_are_taken_from_text(text, paths):
    assert paths_in(text) == paths


def test_that_the_home_folder_may_be_short(home):
    assert paths_in("~/x.png") == [str(home / "x.png")]
