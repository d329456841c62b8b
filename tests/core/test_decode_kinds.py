"""What a file is, told by its content: read where no pixel is missing, else named for what it is."""

import base64
import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from tiny_images import noise

from alexnet_app.core.data.decode import checked, read_picture
from alexnet_app.core.data.kinds import JXL, kind_of
from alexnet_app.core.errors import UserError

# 32 rows of 48 pixels: green above, red below on the left, blue on the right; encoded with libheif and x265
HEIC = zlib.decompress(
    base64.b64decode(
        "eNpjYGCQSSupLMhIzUxmAILczDRDEDs3MzGNgYGxNje1JJEBAhQzUnKKoGyGgszkEgY0oJSZkw82xMWBgREIgYBxIYQGglAgVs7M"
        "zEsD80CiokBOKhOUl1GWbAhi8hVkluTClfzNLCgqANJ3MwuS84F0GVCZMyMzSGgCWJHcB4Y/f3/8YGDgZ04A6pBwYORh/P8fpIAZ"
        "pIIZhOR2MTkkAiW1nBgZ0WQWKDSyTnv1ZNnOHRwZBgpAIWYQwaCYBFTO5sJ4sPhAJ9AS4eT8nKK85JwKoCgvA1sDUEgks7ggFeoz"
        "ByjWSM5JBLnMAOp4BRD9////D0CaCUg/ANFALFCQWZEJ0sjMwcEBpCQyC3JhgQwMN9ZGJmbWFiA7NjclERTIgRqM6zkfiFbbn/3/"
        "T/v/b4sgD4Z/Z/SnlPzdk1O+QOz+07+uCdnu8R1iHt51Jv8Ls6fE1fyfnvrVI2SFt7B6yOZHHc32HgIsKr+ifj4N0+RNeeEzjwcA"
        "xvFz3g=="
    )
)


def refusal(path):
    with pytest.raises(UserError) as caught:
        read_picture(path)
    return str(caught.value)


def jpeg(**options):
    file = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (120, 160, 3)).astype(np.uint8)
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


def chunk(kind, data, *, damaged=False):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ damaged)


def png(*extra):
    """A PNG of 4 × 3 red pixels with ``extra`` chunks."""
    head = struct.pack(">IIBBBBB", 4, 3, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\0\0" * 4) * 3)
    chunks = [chunk(b"IHDR", head), *extra, chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def tiff(pixels, *, photometric, sample_format=1, others=None):
    """An uncompressed TIFF of ``pixels`` (height, width, bands), with ``others`` among its tags."""
    height, width, bands = pixels.shape
    bits = pixels.dtype.itemsize * 8
    tags = {256: (3, [width]), 257: (3, [height]), 258: (3, [bits] * bands), 259: (3, [1]), 262: (3, [photometric])}
    tags |= {273: (4, [8]), 277: (3, [bands]), 278: (3, [height]), 279: (4, [pixels.nbytes]), 284: (3, [1])}
    tags |= {339: (3, [sample_format] * bands)} | (others or {})
    at, more = 8 + pixels.nbytes, b""
    entries = b""
    beyond = at + 2 + 12 * len(tags) + 4
    for tag, (kind, values) in sorted(tags.items()):
        raw = struct.pack("<" + {1: "B", 2: "B", 3: "H", 4: "I", 5: "II", 10: "ii"}[kind] * len(values), *flat(values))
        if len(raw) > 4:
            raw, more = struct.pack("<I", beyond + len(more)), more + raw
        entries += struct.pack("<HHI", tag, kind, len(values)) + raw.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<I", at)
    return head + pixels.tobytes() + struct.pack("<H", len(tags)) + entries + b"\0\0\0\0" + more


def flat(values):
    return [part for value in values for part in (value if isinstance(value, tuple) else (value,))]


def dng(mosaic):
    """A raw photo of (height, width) uint16 as a camera with red, green, green, blue filters writes it."""
    whole = [(numerator, 1) for numerator in (1, 0, 0, 0, 1, 0, 0, 0, 1)]
    others = {
        50706: (1, [1, 4, 0, 0]),  # the version
        50708: (2, b"Camera\0"),
        33421: (3, [2, 2]),  # rows and columns of the filters' pattern
        33422: (1, [0, 1, 1, 2]),
        50717: (4, [65535]),  # white
        50721: (10, whole),  # from XYZ to the camera's colours
        50728: (5, [(1, 1)] * 3),  # what is neutral
        50778: (3, [21]),  # in daylight
    }
    return tiff(mosaic[:, :, None], photometric=32803, others=others)


def test_that_photos_of_phones_are_read(tmp_path):
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(HEIC)
    picture = read_picture(path).astype(int)
    assert picture.shape == (32, 48, 3)
    for (row, column), colour in {(2, 5): (30, 180, 30), (28, 5): (200, 30, 30), (28, 40): (30, 30, 200)}.items():
        assert np.abs(picture[row, column] - colour).max() < 12


def test_that_avif_is_read_and_upright(tmp_path):
    exif = Image.Exif()
    exif[0x112] = 6
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:20] = 255
    Image.fromarray(pixels).save(tmp_path / "a.avif", exif=exif, quality=90)
    picture = read_picture(tmp_path / "a.avif")
    assert picture.shape == (60, 40, 3)
    assert picture[:, -5].min() > 200 > 50 > picture[:, 5].max()


@pytest.mark.parametrize(
    "options", [{}, {"progressive": True}, {"optimize": True}], ids=["plain", "progressive", "own"]
)
def test_that_a_jpeg_without_its_end_marker_is_read_and_a_cut_one_is_not(tmp_path, options):
    whole = jpeg(**options)
    (tmp_path / "whole.jpg").write_bytes(whole)
    for end in (-2, -1):
        (tmp_path / "open.jpg").write_bytes(whole[:end])
        assert np.array_equal(read_picture(tmp_path / "open.jpg"), read_picture(tmp_path / "whole.jpg"))
    for end in (-4, -12, -100, len(whole) // 2):
        (tmp_path / "cut.jpg").write_bytes(whole[:end])
        assert "truncated" in refusal(tmp_path / "cut.jpg")


def test_that_what_follows_a_picture_does_not_matter(tmp_path):
    (tmp_path / "motion.jpg").write_bytes(jpeg() + b"\0\0\0\x18ftypmp42" + bytes(5000))
    assert read_picture(tmp_path / "motion.jpg").shape == (120, 160, 3)
    (tmp_path / "trailing.png").write_bytes(png() + bytes(1000))
    assert read_picture(tmp_path / "trailing.png").shape == (3, 4, 3)


def test_that_a_hole_of_zeros_is_damage_and_a_blank_page_is_not(tmp_path):
    data = jpeg()
    third = len(data) // 3
    (tmp_path / "hole.jpg").write_bytes(data[:third] + bytes(1000) + data[third + 1000 :])
    assert "filled with zeros" in refusal(tmp_path / "hole.jpg")
    for name, options in {"plain": {}, "own": {"optimize": True}, "progressive": {"progressive": True}}.items():
        Image.new("RGB", (3000, 2000), "white").save(tmp_path / f"{name}.jpg", **options)
        assert read_picture(tmp_path / f"{name}.jpg").min() == 255


@pytest.mark.parametrize(
    "extra",
    [
        chunk(b"zTXt", b"prompt\0\0" + zlib.compress(b"x" * 3_000_000)),
        chunk(b"iCCP", b"icc\0\0" + zlib.compress(b"x" * 3_000_000)),
        chunk(b"tEXt", b"Comment\0hi", damaged=True),
        chunk(b"gAMA", b"\0\0\0\1", damaged=True),
    ],
    ids=["text", "profile", "damaged text", "damaged gamma"],
)
def test_that_remarks_beside_a_png_do_not_spoil_it(tmp_path, extra):
    (tmp_path / "a.png").write_bytes(png(extra))
    assert np.array_equal(read_picture(tmp_path / "a.png"), np.full((3, 4, 3), (255, 0, 0)))


def test_that_a_mended_png_keeps_its_orientation(tmp_path):
    exif = Image.Exif()
    exif[0x112] = 6
    info = PngImagePlugin.PngInfo()
    info.add_text("prompt", "x" * 3_000_000, zip=True)
    Image.new("RGB", (4, 3)).save(tmp_path / "a.png", exif=exif, pnginfo=info)
    assert read_picture(tmp_path / "a.png").shape == (4, 3, 3)


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.jpg", b"<!DOCTYPE html><html></html>", "a web page"),
        ("b.jpg", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "a Git LFS pointer"),
        (
            "c.jpg",
            b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(400),
            "a HEIC photo, which cannot be decoded: its data",
        ),
        ("d.pdf", b"%PDF-1.4\n", "a PDF"),
        ("e.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
        ("f.jxl", b"\xff\x0a" + bytes(100), "a JPEG XL image, which cannot be decoded"),
        ("g.CR2", b"II*\0\x10\0\0\0CR\2\0" + bytes(100), "a raw photo of a camera, which cannot be decoded"),
        ("h.NEF", b"MM\0*" + bytes(100), "a raw photo of a camera"),
        ("i.mp4", b"\0\0\0\x18ftypisom" + bytes(100), "a video"),
        ("j.jpg", b"PK\3\4" + bytes(30), "an archive"),
        ("k.jpg", b"some words\n", "a text file"),
        ("l.jpg", bytes(300), "a file of zeros"),
        ("m.tif", tiff(np.zeros((6, 8, 5), np.uint8), photometric=2), "a TIFF of 5 bands"),
        ("n.tif", tiff(np.zeros((6, 8, 13), np.uint16), photometric=1), "a TIFF of 13 bands"),
        ("o.tif", tiff(np.zeros((6, 8, 3), np.float32), photometric=2, sample_format=3), "3 bands of 32 bits floating"),
    ],
)
def test_that_what_cannot_be_read_is_named_for_what_it_is(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    assert words in refusal(tmp_path / name)


def test_that_pictures_are_known_by_their_first_bytes(tmp_path):
    for suffix in ("jpg", "png", "gif", "bmp", "tif", "webp", "ico", "ppm", "avif", "jp2"):
        path = noise(tmp_path / f"a.{suffix}")
        assert kind_of(path.read_bytes()[:1024]).can_be_read, suffix
    assert not JXL.can_be_read


@pytest.mark.parametrize(("most", "white"), [(200, 255), (900, 1023), (4000, 4095), (9000, 16383), (40000, 65535)])
@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_that_the_bits_that_are_used_are_the_scale(tmp_path, most, white, suffix):
    ramp = np.linspace(0, most, 256).astype(np.uint16).reshape(16, 16)
    path = tmp_path / f"a.{suffix}"
    Image.fromarray(ramp).save(path)
    assert np.abs(read_picture(path)[..., 0] - ramp * (255 / white)).max() <= 0.5
    assert (f"{white:,} is shown white" in str(checked(path))) == (white < 65535)


def test_that_values_without_a_scale_are_told(tmp_path):
    Image.fromarray(np.linspace(-1, 1, 64, dtype=np.float32).reshape(8, 8)).save(tmp_path / "a.tif")
    assert "the lowest is shown black" in str(checked(tmp_path / "a.tif"))
    (tmp_path / "b.tif").write_bytes(
        tiff(np.arange(-32, 32, dtype=np.int16).reshape(8, 8, 1), photometric=1, sample_format=2)
    )
    assert "the lowest is shown black" in str(checked(tmp_path / "b.tif"))
    assert read_picture(tmp_path / "b.tif")[[0, 7], [0, 7], 0].tolist() == [0, 255]
    assert not checked(noise(tmp_path / "c.png"))


def test_that_a_raw_photo_is_developed(tmp_path):
    mosaic = np.full((120, 160), 4000, np.uint16)
    mosaic[::2, :80:2] = 40000  # red on the left
    mosaic[1::2, 81::2] = 40000  # blue on the right
    (tmp_path / "a.dng").write_bytes(dng(mosaic))
    picture = read_picture(tmp_path / "a.dng").astype(int)
    assert picture.shape == (120, 160, 3)
    left, right = picture[:, 20:60].mean((0, 1)), picture[:, 100:140].mean((0, 1))
    assert left[0] - left[2] > 100
    assert right[2] - right[0] > 100
    assert "developed from the camera's raw data" in str(checked(tmp_path / "a.dng"))


def test_that_a_damaged_raw_photo_is_named(tmp_path):
    (tmp_path / "a.dng").write_bytes(b"II*\0" + bytes(100))
    assert "a raw photo of a camera, which cannot be decoded" in refusal(tmp_path / "a.dng")
