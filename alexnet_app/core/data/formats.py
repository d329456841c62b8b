"""The picture files that are read, the one list of them: known without what decodes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of picture file: what Pillow calls it, how names of such files end, and their types (MIME)."""

    name: str
    suffixes: tuple[str, ...]
    types: tuple[str, ...]


FORMATS = (
    Format("JPEG", (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"), ("image/jpeg",)),  # MPO opens as JPEG
    Format("PNG", (".png",), ("image/png",)),
    Format("WEBP", (".webp",), ("image/webp",)),
    Format("GIF", (".gif",), ("image/gif",)),
    Format("BMP", (".bmp", ".dib"), ("image/bmp",)),
    Format("TIFF", (".tif", ".tiff"), ("image/tiff",)),
    Format("ICO", (".ico",), ("image/vnd.microsoft.icon",)),
    Format(
        "PPM",
        (".ppm", ".pgm", ".pbm", ".pnm", ".pfm"),
        tuple(f"image/x-portable-{kind}" for kind in ("anymap", "bitmap", "graymap", "pixmap")),
    ),
    Format("AVIF", (".avif", ".avifs"), ("image/avif",)),
    Format(
        "JPEG2000",
        (".jp2", ".j2k", ".jpc", ".jpf", ".jpx"),
        ("image/jp2", "image/jpx", "image/x-jp2-codestream"),
    ),
    Format("HEIF", (".heic", ".heif", ".hif"), ("image/heic", "image/heif")),
)
# raw photos of cameras, which the package rawpy reads; many of them are TIFF files for everybody else
RAW_SUFFIXES = frozenset(
    (
        *(".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq", ".kdc", ".mef", ".mos", ".mrw"),
        *(".nef", ".nrw", ".orf", ".pef", ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f"),
    )
)
SUFFIXES = frozenset(suffix for each in FORMATS for suffix in each.suffixes)
