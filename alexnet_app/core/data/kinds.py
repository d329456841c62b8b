"""What a file is, told by its first bytes, whatever it is called: so that it can be read, or named for what it is.

The standard library only.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import PurePath

from alexnet_app.core.data.formats import RAW_SUFFIXES
from alexnet_app.core.errors import Text

HEAD = 1024  # bytes that tell


@dataclass(frozen=True, slots=True)
class FileKind:
    """What files are called: ``one`` with its article, and ``many``. ``is_image`` says that it shows a picture,
    ``package`` names what decodes it where that may be missing ("?" where there is nothing).
    """

    one: Text
    many: Text
    is_image: bool = False
    package: str = ""

    @property
    def can_be_read(self) -> bool:
        """Whether a picture of this kind can be decoded here."""
        return self.is_image and (not self.package or (self.package != "?" and find_spec(self.package) is not None))


IMAGE = FileKind(Text("a picture"), Text("pictures"), is_image=True)
HEIC = FileKind(Text("a HEIC photo"), Text("HEIC photos"), is_image=True, package="pi_heif")
RAW = FileKind(Text("a raw photo of a camera"), Text("raw photos of a camera"), is_image=True, package="rawpy")
JXL = FileKind(Text("a JPEG XL image"), Text("JPEG XL images"), is_image=True, package="?")
PHOTOSHOP = FileKind(Text("a Photoshop document"), Text("Photoshop documents"), is_image=True, package="?")
EXR = FileKind(Text("an OpenEXR image"), Text("OpenEXR images"), is_image=True, package="?")
DICOM = FileKind(Text("a DICOM image"), Text("DICOM images"), is_image=True, package="?")
SVG = FileKind(Text("an SVG drawing"), Text("SVG drawings"))
PDF = FileKind(Text("a PDF"), Text("PDFs"))
POSTSCRIPT = FileKind(Text("a PostScript file"), Text("PostScript files"))
PAGE = FileKind(Text("a web page"), Text("web pages"))
LFS = FileKind(Text("a Git LFS pointer"), Text("Git LFS pointers"))
ANNEX = FileKind(Text("a git-annex pointer"), Text("git-annex pointers"))
APPLE_DOUBLE = FileKind(Text("a resource file of macOS"), Text("resource files of macOS"))
VIDEO = FileKind(Text("a video"), Text("videos"))
ARCHIVE = FileKind(Text("an archive"), Text("archives"))
XML = FileKind(Text("an XML file"), Text("XML files"))
TEXT = FileKind(Text("a text file"), Text("text files"))
EMPTY = FileKind(Text("an empty file"), Text("empty files"))
ZEROS = FileKind(Text("a file of zeros"), Text("files of zeros"))
OTHER = FileKind(Text("a file of an unknown kind"), Text("files of an unknown kind"))

_STARTS: tuple[tuple[bytes, FileKind], ...] = (
    (b"\xff\xd8\xff", IMAGE),
    (b"\x89PNG\r\n\x1a\n", IMAGE),
    (b"GIF87a", IMAGE),
    (b"GIF89a", IMAGE),
    (b"\x00\x00\x00\x0cjP  \r\n\x87\n", IMAGE),
    (b"\xff\x4f\xff\x51", IMAGE),
    (b"\xff\x0a", JXL),
    (b"\x00\x00\x00\x0cJXL \r\n\x87\n", JXL),
    (b"8BPS", PHOTOSHOP),
    (b"\x76\x2f\x31\x01", EXR),
    (b"FUJIFILMCCD-RAW", RAW),
    (b"FOVb", RAW),
    (b"IIRO", RAW),
    (b"IIRS", RAW),
    (b"IIU\x00", RAW),
    (b"MMOR", RAW),
    (b"\x00MRM", RAW),
    (b"%PDF", PDF),
    (b"%!PS", POSTSCRIPT),
    (b"\xc5\xd0\xd3\xc6", POSTSCRIPT),
    (b"version https://git-lfs", LFS),
    (b"/annex/objects/", ANNEX),
    (b"\x00\x05\x16\x07", APPLE_DOUBLE),
    (b"\x00\x05\x16\x00", APPLE_DOUBLE),
    (b"\x1a\x45\xdf\xa3", VIDEO),
    (b"PK\x03\x04", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (b"7z\xbc\xaf", ARCHIVE),
    (b"\xfd7zXZ", ARCHIVE),
)
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00\x08", b"MM\x00+\x00\x08")
_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1")
_BITMAP_HEADERS = (12, 40, 52, 56, 64, 108, 124)  # bytes


def kind_of(head: bytes, name: str = "") -> FileKind:
    """What the file is that begins with ``head`` (``HEAD`` bytes or all of it). Its ``name`` tells raw photos from TIFF
    alone: many cameras write nothing else.
    """
    if not head:
        return EMPTY
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    return next((found for told in _FURTHER if (found := told(head, name)) is not None), OTHER)


def _tiff(head: bytes, name: str) -> FileKind | None:
    if not head.startswith(_TIFF):
        return None
    return RAW if head[8:10] == b"CR" or PurePath(name).suffix.lower() in RAW_SUFFIXES else IMAGE


def _container(head: bytes, name: str) -> FileKind | None:
    """What begins with a box of the type ``ftyp``, as MP4 does."""
    if head[4:8] != b"ftyp":
        return None
    size = int.from_bytes(head[:4], "big")
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, min(size, len(head)), 4))}
    if b"crx " in brands:
        return RAW
    if brands & {b"avif", b"avis"}:
        return IMAGE
    return HEIC if brands.intersection(_HEIF_BRANDS) else VIDEO


def _riff(head: bytes, name: str) -> FileKind | None:
    if not head.startswith(b"RIFF"):
        return None
    return IMAGE if head[8:12] == b"WEBP" else VIDEO if head[8:12] == b"AVI " else OTHER


def _bitmap(head: bytes, name: str) -> FileKind | None:
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS:
        return IMAGE
    if head.startswith(b"\x00\x00\x01\x00") and head[4:6] != b"\x00\x00" and head[9:10] == b"\x00":
        return IMAGE  # an icon: its fourth byte of the first entry is reserved
    if head[:1] == b"P" and head[1:2] in b"1234567fF" and head[2:3] in (b" ", b"\n", b"\t", b"\r"):
        return IMAGE
    return DICOM if head[128:132] == b"DICM" else None


def _text(head: bytes, name: str) -> FileKind | None:
    if not head.strip(b"\0"):
        return ZEROS
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body")):
        return PAGE
    if b"<svg" in start and start.startswith((b"<svg", b"<?xml", b"<!")):
        return SVG
    if start.startswith(b"<?xml") or (start.startswith(b"<") and b">" in start):
        return PAGE if b"<html" in start else XML
    return TEXT if b"\0" not in head else None


_FURTHER: tuple[Callable[[bytes, str], FileKind | None], ...] = (_tiff, _container, _riff, _bitmap, _text)
