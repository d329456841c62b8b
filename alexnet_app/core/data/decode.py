"""Any picture file to RGB uint8, safely.

Pictures come from anywhere: cameras, scanners, the web, other people's disks. What is wrong with one is a sentence
that names the file, never a traceback, a warning on the console, a hanging open or a gigabyte of memory.
"""

import errno
import logging
import os
import re
import stat
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from alexnet_app.core.data.depth import check_bands, eight_bits, refused_tiff
from alexnet_app.core.data.formats import FORMATS
from alexnet_app.core.data.kinds import EMPTY, HEAD, RAW, FileKind, kind_of
from alexnet_app.core.data.mending import has_hole, mended
from alexnet_app.core.data.raw import read_raw
from alexnet_app.core.errors import OutOfReachError, Sentence, Text, UserError, cause
from alexnet_app.core.quiet import hush

MAX_PIXELS = 100_000_000  # a 100-megapixel camera; decoding needs up to some 12 bytes for each
# a JPEG is decoded at a smaller scale that leaves so many times the side that is wanted: 1500 or 3000 pixels just leave
# 375 for a side of 256. Scaled down from there, photos with all the detail that 256 pixels can have are the whole ones
# scaled down to 45 dB and more (median 50), closer than bilinear and bicubic scaling are to each other (38 to 52)
DETAIL = 1.45
CHECKED_SIDE = 8  # whatever the scale, all of the data are decoded
AGAIN = "copy or download it again"
SENSELESS = (errno.EINVAL, errno.EOVERFLOW, errno.ESPIPE)  # what is asked of the system for a file with wrong offsets
_BITS_PER_SAMPLE = 258  # the TIFF tag
_TEXTS = re.compile(rb"mluc.{4}(.{4})", re.DOTALL)  # in a colour profile: in how many languages, 12 bytes for each
Made = TypeVar("Made")


class _Decoded(NamedTuple):
    """A picture, upright and in sRGB, and what was done to its values; None where nothing is to be told."""

    picture: Image.Image
    scaled: Sentence | None
    format: str | None = None


def read_picture(path: Path, *, shorter_side: int | None = None) -> NDArray[np.uint8]:
    """The picture in ``path`` as sRGB pixels (height, width, 3), 0–255, upright.

    Orientation and colour profile are applied, transparent parts lie on white, of an animation the first frame is
    taken. 16-bit grey keeps its scale (65,535 becomes 255), unless only its lower 8, 10, 12 or 14 bits are used;
    floating point, signed and 32-bit grey, which have none, are stretched from their lowest to their highest value. A
    JPEG without its end marker and a PNG with damaged remarks are read, since no pixel is missing. With
    ``shorter_side`` a large JPEG is decoded at the smallest of its scales 1, 1/2, 1/4, 1/8 whose shorter side has at
    least ``DETAIL`` times that many pixels.

    Raises UserError with the path and the reason for whatever cannot be read: missing, no regular file (a pipe would
    wait for ever), not a picture, cut off, broken, above ``MAX_PIXELS``, or with values that are not finite numbers.
    """
    return _read(path, shorter_side, lambda decoded: np.array(decoded.picture))


def read_fitted(path: Path, side: int) -> NDArray[np.uint8]:
    """``fit(read_picture(path, shorter_side=side), side)``, sooner. Raises UserError as ``read_picture`` does."""
    return _read(path, side, lambda decoded: _fitted(decoded.picture, side))


def checked(path: Path) -> Sentence | None:
    """What is to be told of how the picture in ``path`` is read, such as of which of its bits are used, of a count of
    1; None for most.

    All of it is decoded. Raises UserError as ``read_picture`` does.
    """
    return _read(path, CHECKED_SIDE, lambda decoded: decoded.scaled)


def fit(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """``picture`` (height, width, 3) as (side, side, 3): shorter side scaled to ``side``, then the centre (section 2).

    Bilinear over the whole area that a pixel covers (antialiased), as torchvision does by default: no ringing. The
    centre is that of the picture to half a pixel, so it is the same at every scale that a JPEG was decoded at. A
    picture whose shorter side is ``side`` already is only cut, bit for bit; the result may then share memory with
    ``picture``.
    """
    height, width = picture.shape[:2]
    if min(height, width) != side:
        return _fitted(Image.fromarray(picture), side)
    left, top, right, bottom = map(int, square_of(width, height, side))
    return np.ascontiguousarray(picture[top:bottom, left:right])


def square_of(width: int, height: int, side: int) -> tuple[float, float, float, float]:
    """The square of a picture of ``width`` × ``height`` that ``fit`` scales to ``side``: left, top, right, bottom.

    In whole pixels where nothing is scaled.
    """
    short = min(height, width)
    left, top = ((length - short) // 2 if short == side else (length - short) / 2 for length in (width, height))
    return left, top, left + short, top + short


def _fitted(picture: Image.Image, side: int) -> NDArray[np.uint8]:
    if min(picture.size) == side:
        return fit(np.array(picture), side)
    return np.array(picture.resize((side, side), Image.Resampling.BILINEAR, square_of(*picture.size, side)))


def _read(path: Path, shorter_side: int | None, made: Callable[[_Decoded], Made]) -> Made:
    """What is ``made`` of the picture in ``path``."""
    _hush_pillow()
    try:
        with _open_regular(path) as file:
            if kind_of(file.read(HEAD), path.name) is RAW:
                return made(_Decoded(*read_raw(path, shorter_side)))
            return made(_decoded(file, path, shorter_side))
    except UserError:
        raise
    except Exception as error:  # the border: Pillow's readers raise whatever a broken file makes them stumble over
        raise _refusal(path, error) from error


def _decoded(file: BinaryIO, path: Path, shorter_side: int | None) -> _Decoded:
    """What is in ``file``, mended where that loses nothing."""
    file.seek(0)
    try:
        decoded = _decode(file, path, shorter_side)
        _check_whole(decoded, file, path)
        return decoded  # noqa: TRY300 - what is checked belongs to it
    except UserError:
        raise
    except Exception:
        for other in mended(file):
            with suppress(Exception):
                return _decode(other, path, shorter_side)
        raise


def _check_whole(decoded: _Decoded, file: BinaryIO, path: Path) -> None:
    if decoded.format == "JPEG" and has_hole(file):
        raise UserError("{path} is damaged: a part of it is filled with zeros", AGAIN, path=path)


def _hush_pillow() -> None:
    """Keep Pillow's remarks about odd files off the console, for the whole process."""
    if not logging.getLogger("PIL").handlers:
        logging.getLogger("PIL").addHandler(logging.NullHandler())  # else logging's last resort is stderr
    hush(r"PIL\.", UserWarning, Image.DecompressionBombWarning)


def _open_regular(path: Path) -> BinaryIO:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        with suppress(PermissionError), os.scandir(path):
            raise UserError("{path} is a folder, not a picture", path=path)
        raise UserError("{path} is a folder that you have no permission to open", path=path)
    if not stat.S_ISREG(status.st_mode):
        raise UserError("{path} is a pipe or a device, not a picture", path=path)
    if status.st_size == 0:
        raise UserError("{path} is empty: it has 0 bytes", path=path)
    return path.open("rb")


def _decode(file: BinaryIO, path: Path, shorter_side: int | None) -> _Decoded:
    with Image.open(file, formats=_formats()) as picture:
        check_bands(picture, path)
        width, height = picture.size
        if width * height > MAX_PIXELS:
            raise _too_large(path, width * height)
        if shorter_side is not None:
            scale = DETAIL * shorter_side / min(width, height)
            picture.draft(None, (int(np.ceil(width * scale)), int(np.ceil(height * scale))))  # only JPEG can
        picture.load()
        with suppress(Exception):  # orientation is a remark beside the picture: if that is broken, the picture is not
            ImageOps.exif_transpose(picture, in_place=True)
        return _to_srgb(picture, path)._replace(format=picture.format)


@cache
def _formats() -> tuple[str, ...]:
    Image.init()
    with suppress(ImportError):
        import pi_heif

        pi_heif.register_heif_opener()
    # Pillow may be built without AVIF or JPEG 2000
    return tuple(each.name for each in FORMATS if each.name in Image.OPEN)


def _to_srgb(picture: Image.Image, path: Path) -> _Decoded:
    profile, scaled = picture.info.get("icc_profile"), None
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        picture, scaled = eight_bits(picture, path)
    elif picture.has_transparency_data:
        picture = _on_white(picture)
    return _Decoded(_coloured(picture, profile), scaled)


def _coloured(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if picture.mode == "LAB":
        return _converted(picture, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if profile and _is_plausible(profile):
        if picture.mode not in ("L", "RGB", "CMYK"):
            picture = picture.convert("RGB")
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):  # a broken profile is as good as none
            source = ImageCms.ImageCmsProfile(BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                return _converted(picture, source)
    return picture.convert("RGB")


def _is_plausible(profile: bytes) -> bool:
    """Whether it has room for the texts that it counts: memory for all of them is taken before the first is read."""
    return all(12 * int.from_bytes(count, "big") <= len(profile) for count in _TEXTS.findall(profile))


def _converted(picture: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return ImageCms.buildTransform(profile, srgb, picture.mode, "RGB").apply(picture)


def _on_white(picture: Image.Image) -> Image.Image:
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    return white.convert("RGB")


def _refusal(path: Path, error: Exception) -> UserError:
    """What ``error`` means to the person."""
    reason = cause(error)
    match error:
        case FileNotFoundError():
            return OutOfReachError("{path} does not exist", path=path)
        case Image.DecompressionBombError():
            pixels = re.search(r"(\d+) pixels", reason)
            return _too_large(path, int(pixels[1]) if pixels else None)
        case UnidentifiedImageError():
            return _unidentified(path)
        case MemoryError():
            return UserError("there is not enough memory to decode {path}", "scale it down first", path=path)
        case OSError(errno=int() as number) if number not in SENSELESS or getattr(error, "winerror", None):
            return OutOfReachError("{path} cannot be read: {reason}", path=path, reason=reason)
        case EOFError() | OSError() if isinstance(error, EOFError) or "truncated" in reason.lower():
            return UserError("{path} is truncated: its data ends early", AGAIN, path=path)
    return UserError("{path} is damaged: {reason}", AGAIN, path=path, reason=reason)


def _unidentified(path: Path) -> UserError:
    """What a file is that no reader takes for its own."""
    known = ", ".join(each.name for each in FORMATS)
    kind = _kind(path)
    if not kind.is_image:
        return UserError(
            "{path} is {kind}, not a picture that can be read",
            "supported formats are {known}",
            path=path,
            kind=kind.one,
            known=known,
        )
    if not kind.package:
        return refused_tiff(path) or UserError(
            "{path} is damaged, so it is not a picture that can be read", AGAIN, path=path
        )
    missing = Sentence("the package {package} is not installed", package=kind.package.replace("_", "-"))
    lacking = Text("no decoder for this format is included") if kind.package == "?" else missing
    reason = Text("its data are damaged") if kind.can_be_read else lacking
    return UserError(
        "{path} is {kind}, which cannot be decoded: {reason}",
        "save it as JPEG or PNG",
        path=path,
        kind=kind.one,
        reason=reason,
    )


def _kind(path: Path) -> FileKind:
    with suppress(OSError), path.open("rb") as file:
        return kind_of(file.read(HEAD), path.name)
    return EMPTY


def _too_large(path: Path, pixels: int | None) -> UserError:
    if pixels is None:
        return UserError(
            "{path} has far more pixels than the limit of {limit:,}",
            "scale it down first",
            path=path,
            limit=MAX_PIXELS,
        )
    return UserError(
        "{path} has {pixels:,} pixels, more than the limit of {limit:,}",
        "scale it down first",
        path=path,
        pixels=pixels,
        limit=MAX_PIXELS,
    )
