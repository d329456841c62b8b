"""Image files as small as can be, each with a content of its own, whatever they are called."""

import struct
import zlib
from pathlib import Path

import numpy as np
from PIL import Image

IMAGES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".gif")


def image_bytes(text: str) -> bytes:
    """A bitmap of 2 × 2 pixels whose colours come from ``text``."""
    pixels = struct.pack("<IIII", *(zlib.crc32(text.encode(errors="surrogateescape"), seed) for seed in range(4)))
    head = b"BM" + struct.pack("<IHHI", 54 + len(pixels), 0, 0, 54)
    return head + struct.pack("<IiiHHIIiiII", 40, 2, 2, 1, 24, 0, len(pixels), 0, 0, 0, 0) + pixels


def touch(root: Path, *names: str) -> Path:
    """Writes a tiny image for each of ``names`` that ends like one, a line of text for all others; gives ``root``."""
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        is_image = name.lower().endswith(IMAGES)
        path.write_bytes(image_bytes(name) if is_image else b"a line of text\n")
    return root


def numbered(folder: str, count: int, ending: str = "jpg") -> list[str]:
    """Names of ``count`` images in ``folder``."""
    return [f"{folder}/{index}.{ending}" for index in range(count)]


def noise(path: Path, seed: int = 0, size: tuple[int, int] = (24, 20), **options: object) -> Path:
    """A picture of random colours in the format that its name says."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (*size, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(path, **options)
    return path
