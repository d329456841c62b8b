"""What a drag or the clipboard holds, one for both: whatever can be dropped can be pasted, and the other way round."""

import html
import re
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QImage, QPixmap

from alexnet_app.core.data.kinds import HEAD, kind_of
from alexnet_app.ui.parts.drop_area import addresses_of, paths_of

ROOTED = re.compile(r"/|~[/\\]|\\\\|[A-Za-z]:[/\\]")  # how a whole path begins, here or on Windows
LINK = re.compile(r"https?://", re.IGNORECASE)
EMBEDDED = re.compile(r"data:", re.IGNORECASE)
MOST_TEXT = 1_000_000  # characters of a text that is looked through
MOST_HTML = 8_000_000
# A dragged picture as a file holds it: browsers on Linux, and what Qt calls the same on Windows.
CONTENT = ("application/octet-stream", 'application/x-qt-windows-mime;value="FileContents"')
PREFERRED = ("image/png", "image/jpeg", "image/webp")  # of one picture in several formats
_PICTURE = re.compile(r"<img\b[^>]{0,2000}?\bsrc\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"']+))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Offered:
    """``paths`` of files, with addresses in the web among them. Or one picture that is no file: ``content``, the bytes
    of one, an ``address`` that has it written out (``data:``), or an ``image``; ``name`` is what it is called, empty
    where nobody says. Or nothing at all.
    """

    paths: tuple[str, ...] = ()
    content: bytes = b""
    address: str = ""
    image: QImage | None = None
    name: str = ""

    def __bool__(self) -> bool:
        return bool(self.paths or self.content or self.address or self.image is not None)


def is_welcome(mime: QMimeData) -> bool:
    """Whether there is something to take in ``mime``, without reading what may be large."""
    formats = mime.formats()
    if mime.hasUrls() or mime.hasImage() or any(each in CONTENT or each.startswith("image/") for each in formats):
        return True
    return bool(_addresses(mime) or _in_text(mime))


def offered(mime: QMimeData) -> Offered:
    """What is in ``mime``: the files; else the picture itself; else where it is."""
    files = paths_of(mime)
    if files:  # before pictures: a file manager may add an icon, and a file has its own name and place
        return Offered(paths=(*files, *addresses_of(mime)))
    addresses = _addresses(mime)
    name = _name(addresses)
    content = _content(mime)
    if content:
        return Offered(content=content, name=name)
    image = _image(mime)
    if image is not None:
        return Offered(image=image)
    embedded = next((each for each in addresses if EMBEDDED.match(each)), "")
    if embedded:
        return Offered(address=embedded)
    picture = _picture_in(_text(mime, "text/html"))
    if LINK.match(picture):  # not the page that it is a link to
        return Offered(paths=(picture,))
    return Offered(paths=tuple(addresses_of(mime) or _in_text(mime)))


def paths_in(text: str) -> list[str]:
    """The paths in ``text``, a line each, plain, quoted or as file:// addresses; none if any line is something else."""
    lines = [line.strip().strip("\"'") for line in text.splitlines() if line.strip()]
    paths = [_path_in(line) for line in lines]
    return paths if all(paths) else []


def _path_in(line: str) -> str:
    if line.startswith("file:"):
        return QUrl(line).toLocalFile()
    if not ROOTED.match(line):
        return ""
    return str(Path(line).expanduser()) if line.startswith("~") else line


def _in_text(mime: QMimeData) -> list[str]:
    """Paths, or links, that somebody wrote."""
    text = mime.text()
    if not mime.hasText() or len(text) > MOST_TEXT:
        return []
    lines = text.split()
    return paths_in(text) or (lines if all(LINK.match(each) for each in lines) else [])


def _addresses(mime: QMimeData) -> list[str]:
    """All that say where the picture is, the picture in a page before what it is a link to."""
    uris = [line for line in _text(mime, "text/uri-list").splitlines() if line and not line.startswith("#")]
    others = [_text(mime, form).partition("\n")[0] for form in ("text/x-moz-url", "_NETSCAPE_URL")]
    found = [_picture_in(_text(mime, "text/html")), *uris, *others]
    if EMBEDDED.match(plain := _text(mime, "text/plain")):
        found.append(plain)
    return [each.strip() for each in found if LINK.match(each) or EMBEDDED.match(each)]


def _text(mime: QMimeData, form: str) -> str:
    """A text as its bytes say: some programs write UTF-16, with or without a mark at the beginning."""
    data = bytes(mime.data(form).data()) if mime.hasFormat(form) else b""
    is_wide = data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[1:2] == b"\x00"
    coding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-16-le" if is_wide else "utf-8-sig"
    return data.decode(coding, errors="replace").rstrip("\x00")


def _picture_in(page: str) -> str:
    found = _PICTURE.search(page[:MOST_HTML])
    return html.unescape(next(filter(None, found.groups()), "")) if found else ""


def _content(mime: QMimeData) -> bytes:
    """The bytes of a picture file, of one that can be read where there are several; empty where there are none."""
    pictures = [each for each in mime.formats() if each.startswith("image/")]
    other = b""
    for form in (*CONTENT, *sorted(pictures, key=lambda each: each not in PREFERRED)):
        content = bytes(mime.data(form).data()) if mime.hasFormat(form) else b""
        kind = kind_of(content[:HEAD])
        if kind.can_be_read:
            return content
        other = other or (content if kind.is_image else b"")
    return other


def _image(mime: QMimeData) -> QImage | None:
    found = mime.imageData() if mime.hasImage() else None
    image = found.toImage() if isinstance(found, QPixmap) else found
    return image if isinstance(image, QImage) and not image.isNull() else None


def _name(addresses: list[str]) -> str:
    from alexnet_app.core.data.from_web import picture_name

    return next(filter(None, map(picture_name, addresses)), "")
