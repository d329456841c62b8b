"""Files that have every pixel and yet are refused by the decoder: what it stumbles over is not the picture."""

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_END = b"\xff\xd9"  # of a JPEG
# what could follow where data are missing: at least one of these is taken for coefficients that are not 0
_NOISES = (b"\x55" * 4096, b"\xaa" * 4096, b"\x12\x9c\x71\xe3" * 1024)
_NEEDED = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT")
_HELPFUL = (b"iCCP", b"eXIf", b"sRGB", b"gAMA", b"cHRM")  # colours and orientation
_ZEROS = bytes(512)  # 21 blocks of a JPEG at least
_MOST = 1 << 28  # bytes: what is longer is left as it is


def mended(file: BinaryIO) -> Iterator[BytesIO]:
    """``file`` in ways in which it may be decoded, the best one first, where no pixel is missing.

    A JPEG without its end marker gets one. A PNG loses its remarks, which may be too large or damaged.
    """
    file.seek(0)
    data = file.read(_MOST + 1)
    if len(data) > _MOST:
        return
    if data.startswith(_JPEG):
        yield from _with_end(data)
    elif data.startswith(_PNG):
        for wanted in ((*_NEEDED, *_HELPFUL), _NEEDED):
            yield _with_chunks(data, wanted)


def has_hole(file: BinaryIO) -> bool:
    """Whether a part of a JPEG is filled with zeros, as disks and downloads leave it; decoders do not notice.

    Zeros in a row mean one coefficient after the other there, which no picture has, unless its table of codes has "no
    more coefficients" first, as some optimized ones have, or it is a progressive one.
    """
    file.seek(0)
    data = file.read(_MOST)
    if not data.startswith(_JPEG) or _ZEROS not in data:
        return False
    at, first_code = 2, None
    while data[at : at + 1] == b"\xff" and data[at + 1] != 0xDA:
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xC4:
            first_code = _first_code(data[at + 4 : at + 2 + size], first_code)
        elif data[at + 1] in (0xC2, 0xC6, 0xCA, 0xCE):
            return False
        at += 2 + size
    end = data.find(_END, at)
    return bool(first_code) and _ZEROS in data[at : end if end > 0 else None]


def _first_code(tables: bytes, known: int | None) -> int | None:
    """What a code of zeros means in the table of luminance coefficients, if it is one of ``tables``; else ``known``."""
    while len(tables) > 17:
        count = sum(tables[1:17])
        if tables[0] == 0x10:
            known = tables[17]
        tables = tables[17 + count :]
    return known


def _with_end(data: bytes) -> Iterator[BytesIO]:
    """Where the last pixels do not depend on what follows the data, nothing of them is missing."""
    data = data.rstrip(b"\xff")  # the first half of a marker
    wanted = _pixels(BytesIO(data + _END))
    others = (_pixels(BytesIO(data + noise + _END)) for noise in _NOISES)
    if wanted is not None and all(other is not None and np.array_equal(wanted, other) for other in others):
        yield BytesIO(data + _END)


def _pixels(file: BytesIO) -> NDArray[np.uint8] | None:
    try:
        with Image.open(file, formats=("JPEG",)) as picture:
            return np.asarray(picture)
    except Exception:  # the border: Pillow's readers raise whatever a broken file makes them stumble over
        return None


def _with_chunks(data: bytes, wanted: tuple[bytes, ...]) -> BytesIO:
    """Those chunks of a PNG that are ``wanted``: of others than the picture only whole ones."""
    kept, at = [_PNG], len(_PNG)
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        whole = zlib.crc32(data[at + 4 : end - 4]) == int.from_bytes(data[end - 4 : end], "big")
        if kind in wanted and (whole or kind in _NEEDED):
            kept.append(data[at:end])
        at = end
        if kind == b"IEND":
            break
    return BytesIO(b"".join(kept))
