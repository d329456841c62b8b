import json
import os
import subprocess
import sys
import tracemalloc
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from alexnet_app.core.data import decode
from alexnet_app.core.data.decode import MAX_PIXELS, fit, read_fitted, read_picture
from alexnet_app.core.data.formats import FORMATS, SUFFIXES
from alexnet_app.core.errors import UserError

DATA = Path(os.environ.get("ALEXNET_TEST_DATA", "missing"))
NASTY = DATA / "nasty_images"
DESKTOP_FILE = Path(__file__).parents[2] / "packaging" / "linux" / "alexnet-app.desktop"
needs_data = pytest.mark.skipif("ALEXNET_TEST_DATA" not in os.environ, reason="needs ALEXNET_TEST_DATA")


def nasty(pattern="*"):
    manifest = json.loads((NASTY / "manifest.json").read_text()) if NASTY.is_dir() else []
    return [record for record in manifest if Path(record["file"]).match(pattern)]


def photo(height=120, width=160):
    """A smooth picture that survives JPEG."""
    y, x = np.mgrid[:height, :width] / [[[height]], [[width]]]
    return np.stack([255 * x, 255 * y, 127 + 80 * np.sin(8 * x + 4 * y)], axis=-1).astype(np.uint8)


def save(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


def refusal(path, **options):
    with pytest.raises(UserError) as caught:
        read_picture(path, **options)
    assert path.name in str(caught.value)
    return str(caught.value)


def read_or_refuse(path):
    """The picture, or the sentence where there is none: never anything else."""
    try:
        picture = read_picture(path)
    except UserError as error:
        return str(error)
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    assert picture.flags.writeable
    return picture


def distance(one, other):
    return np.abs(one.astype(float) - other.astype(float)).mean()


@needs_data
def test_that_every_odd_file_is_a_picture_or_a_sentence():
    refused = set()
    for record in nasty():
        result = read_or_refuse(NASTY / record["file"])
        if isinstance(result, str):
            assert Path(record["file"]).name in result
            refused.add(record["file"])
    known = {record["file"] for record in nasty() if record["pillow"].startswith("error")}
    assert refused == known - {"truncated_or_corrupt/truncated_jpeg.jpg"}, "of this one only the end marker is missing"


@needs_data
def test_that_odd_files_read_the_same_with_warnings_as_errors_in_many_threads_and_say_nothing(capfd):
    paths = [NASTY / record["file"] for record in nasty()]

    def outcome(path):
        try:
            return read_picture(path, shorter_side=32).tobytes()
        except UserError as error:
            return str(error)

    with warnings.catch_warnings(), ThreadPoolExecutor(8) as pool:
        warnings.simplefilter("error")
        assert list(pool.map(outcome, paths)) == [outcome(path) for path in paths]
    assert capfd.readouterr() == ("", "")


@needs_data
@pytest.mark.parametrize("kind", ["jpg", "webp"])
def test_that_all_orientations_give_the_upright_picture(kind):
    upright = read_picture(NASTY / "exif_orientation" / f"hopper.{kind}")
    for number in range(2, 9):
        assert distance(read_picture(NASTY / f"exif_orientation/hopper_orientation_{number}.{kind}"), upright) < 8


@needs_data
def test_that_orientation_works_in_tiff_and_in_xmp():
    upright = read_picture(NASTY / "exif_orientation/g4_orientation_1.tif")
    for number in range(2, 9):
        assert distance(read_picture(NASTY / f"exif_orientation/g4_orientation_{number}.tif"), upright) < 1
    turned = NASTY / "exif_orientation/xmp_tags_orientation.png"
    with Image.open(turned) as stored:
        as_stored = np.array(stored.convert("RGB"))
    assert distance(read_picture(turned), as_stored[::-1, ::-1]) < distance(read_picture(turned), as_stored)


@needs_data
def test_that_lab_and_cmyk_look_like_the_rgb_original():
    original = read_picture(NASTY / "exif_orientation/hopper.jpg")
    assert distance(read_picture(NASTY / "cmyk_lab_16bit_float/hopper.Lab.tif"), original) < 8
    jpeg = read_picture(NASTY / "cmyk_lab_16bit_float/pil_sample_cmyk.jpg")
    tiff = read_picture(NASTY / "cmyk_lab_16bit_float/tiff_tiled_cmyk_jpeg.tif")
    assert distance(jpeg, tiff) < 5


@needs_data
def test_that_bombs_take_no_memory():
    script = f"""
import resource
from pathlib import Path
from alexnet_app.core.data.decode import read_picture
from alexnet_app.core.errors import UserError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in [*Path({str(NASTY)!r}, "decompression_bomb").iterdir(), *Path({str(NASTY)!r}).glob("generated/bomb*")]:
    try:
        read_picture(path)
    except UserError:
        pass
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    pytest.importorskip("resource")
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert int(done.stdout) < 50_000  # kilobytes, most of them Pillow's plugins


def test_that_too_many_pixels_are_refused_from_the_header(tmp_path):
    path = tmp_path / "huge.pbm"
    path.write_bytes(b"P4\n20000 6000\n" + bytes(1000))
    tracemalloc.start()
    sentence = refusal(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "120,000,000 pixels" in sentence
    assert f"{MAX_PIXELS:,}" in sentence
    assert peak < 2_000_000


def test_that_a_torn_jpeg_is_named_as_cut_off(tmp_path):
    path = save(tmp_path / "torn.jpg", photo())
    for left in (0.9, 0.5, 0.2):
        path.write_bytes(path.read_bytes()[: int(left * path.stat().st_size)])
        assert "truncated" in refusal(path)


@pytest.mark.parametrize("suffix", ["png", "gif", "bmp", "tif", "webp", "ppm", "jp2", "avif", "ico"])
def test_that_any_file_cut_anywhere_is_a_picture_or_a_sentence(tmp_path, suffix):
    path = save(tmp_path / f"torn.{suffix}", photo(48, 64))
    data = path.read_bytes()
    assert read_picture(path).ndim == 3
    for size in range(1, len(data), max(1, len(data) // 40)):
        path.write_bytes(data[:size])
        result = read_or_refuse(path)
        assert not isinstance(result, str) or path.name in result
    path.write_bytes(data[: len(data) // 2])
    refusal(path)


def test_that_flipped_bytes_never_give_anything_but_a_sentence(tmp_path):
    chance = np.random.default_rng(1)
    for suffix in ["jpg", "png", "gif", "tif", "webp"]:
        path = save(tmp_path / f"odd.{suffix}", photo(48, 64))
        data = np.frombuffer(path.read_bytes(), np.uint8)
        for _ in range(60):
            damaged = data.copy()
            damaged[chance.integers(0, len(data), 8)] = chance.integers(0, 256, 8)
            path.write_bytes(damaged.tobytes())
            result = read_or_refuse(path)
            assert not isinstance(result, str) or path.name in result


def test_that_what_is_no_regular_file_is_refused(tmp_path):
    assert "does not exist" in refusal(tmp_path / "gone.jpg")
    assert "folder" in refusal(tmp_path)
    (tmp_path / "empty.jpg").touch()
    assert "0 bytes" in refusal(tmp_path / "empty.jpg")
    (tmp_path / "text.jpg").write_text("no picture at all, only words")
    assert "not a picture" in refusal(tmp_path / "text.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_that_a_named_pipe_and_a_device_do_not_hang(tmp_path):
    os.mkfifo(tmp_path / "pipe.jpg")
    assert "pipe" in refusal(tmp_path / "pipe.jpg")
    assert "device" in refusal(Path("/dev/zero"))


def test_that_a_forbidden_file_says_why(tmp_path, monkeypatch):
    path = save(tmp_path / "secret.png", photo())
    monkeypatch.setattr(Path, "open", lambda *_, **__: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    assert "Permission denied" in refusal(path)


@pytest.mark.parametrize("error", [MemoryError(), SyntaxError("odd"), RecursionError(), KeyError("x"), EOFError()])
def test_that_whatever_a_reader_raises_becomes_a_sentence(tmp_path, monkeypatch, error):
    path = save(tmp_path / "odd.png", photo())
    monkeypatch.setattr(Image.Image, "load", lambda *_: (_ for _ in ()).throw(error))
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda *_: (_ for _ in ()).throw(error))
    assert ("memory" in refusal(path)) == isinstance(error, MemoryError)


def test_that_postscript_and_pdf_are_not_opened(tmp_path):
    for suffix in ("eps", "pdf"):
        assert "not a picture" in refusal(save(tmp_path / f"page.{suffix}", photo()))
        assert f".{suffix}" not in SUFFIXES


def test_that_16_bit_grey_keeps_its_scale(tmp_path):
    ramp = np.linspace(0, 65535, 64 * 64).round().astype(np.uint16).reshape(64, 64)
    for suffix in ("png", "tif", "pgm"):
        picture = read_picture(save(tmp_path / f"ramp.{suffix}", ramp))
        assert np.abs(picture[..., 0] - ramp / 257).max() <= 0.5
    big_endian = tmp_path / "big.tif"
    Image.frombytes("I;16B", (64, 64), ramp.astype(">u2").tobytes()).save(big_endian)
    assert np.abs(read_picture(big_endian)[..., 0] - ramp / 257).max() <= 0.5


def test_that_float_and_32_bit_grey_are_stretched(tmp_path):
    wave = np.sin(np.arange(4096, dtype=np.float32)).reshape(64, 64)
    picture = read_picture(save(tmp_path / "wave.tif", wave))
    assert picture.min() == 0
    assert picture.max() == 255
    counts = np.arange(4096, dtype=np.int32).reshape(64, 64) * 1000 - 2_000_000
    picture = read_picture(save(tmp_path / "counts.tif", counts))
    assert list(picture[[0, 31, 63], [0, 63, 63], 0]) == [0, 127, 255]
    assert not read_picture(save(tmp_path / "flat.tif", np.full((8, 8), 7, np.float32))).any()


@pytest.mark.parametrize("suffix", ["tif", "pfm"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_that_a_picture_with_values_that_are_not_numbers_is_none(tmp_path, value, suffix):
    """No grey stands for them: as black it would get an answer."""
    pixels = np.linspace(0, 1, 64, dtype=np.float32).reshape(8, 8)
    pixels[2, 3] = value
    said = refusal(save(tmp_path / f"one.{suffix}", pixels))
    assert f"one.{suffix} contains invalid values: 1 of 64 pixels" in said
    assert "64 of 64" in refusal(save(tmp_path / f"all.{suffix}", np.full((8, 8), value, np.float32)))


def test_that_the_formats_that_are_read_are_those_of_the_one_list():
    """Decoding, what is found in folders, the dialogs and the desktop's files follow ``formats``."""
    Image.init()
    unregistered = {".mpo": "JPEG", ".dib": "BMP"}  # Pillow has readers of their own for these
    for each in FORMATS:
        assert each.name in (*Image.OPEN, "AVIF", "JPEG2000", "HEIF")
        for suffix in each.suffixes:
            assert Image.registered_extensions().get(suffix, each.name) == each.name or suffix in unregistered
    assert set(decode._formats()) == {each.name for each in FORMATS} & set(Image.OPEN)
    assert {suffix for each in FORMATS for suffix in each.suffixes} == SUFFIXES
    (line,) = [line for line in DESKTOP_FILE.read_text(encoding="utf-8").splitlines() if line.startswith("MimeType=")]
    types = sorted(kind for each in FORMATS for kind in each.types)
    assert line == f"MimeType=application/x-alexnet;{';'.join(types)};"


def test_that_transparent_parts_lie_on_white(tmp_path):
    clear = np.dstack([photo(), np.zeros((120, 160), np.uint8)])
    assert read_picture(save(tmp_path / "clear.png", clear)).min() == 255
    palette = Image.new("P", (4, 4))
    palette.putpalette([10, 20, 30, 200, 0, 0])
    palette.putpixel((1, 0), 1)
    palette.save(tmp_path / "palette.png", transparency=0)
    picture = read_picture(tmp_path / "palette.png")
    assert picture[0, 0].tolist() == [255, 255, 255]
    assert picture[0, 1].tolist() == [200, 0, 0]


def test_that_the_first_frame_of_an_animation_is_taken(tmp_path):
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    for suffix in ("gif", "png", "webp", "tif"):
        path = tmp_path / f"moving.{suffix}"
        options = {"lossless": True} if suffix == "webp" else {}
        frames[0].save(path, save_all=True, append_images=frames[1:], **options)
        assert read_picture(path)[0, 0].tolist() == [255, 0, 0]


def test_that_a_colour_profile_is_applied_and_a_broken_one_ignored(tmp_path):
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for name, profile in {"none": None, "srgb": srgb, "broken": b"junk", "cut": srgb[:300], "other": lab}.items():
        assert np.array_equal(read_picture(save(tmp_path / f"{name}.png", photo(), icc_profile=profile)), photo())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")
def test_that_a_profile_that_counts_more_texts_than_it_has_takes_no_memory(tmp_path):
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes())
    counts = profile.index(b"mluc") + 8
    profile[counts : counts + 4] = (30_000_000).to_bytes(4, "big")
    plain, lying = save(tmp_path / "a.png", photo()), save(tmp_path / "b.png", photo(), icc_profile=bytes(profile))
    script = f"""
from pathlib import Path
from alexnet_app.core.data.decode import read_picture
def highest():
    return next(int(line.split()[1]) for line in Path("/proc/self/status").open() if line.startswith("VmHWM"))
plain = read_picture(Path({str(plain)!r}))
before = highest()
print((read_picture(Path({str(lying)!r})) == plain).all(), highest() - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    same, kilobytes = done.stdout.split()
    assert same == "True"
    assert int(kilobytes) < 30_000


def test_that_a_profile_with_other_primaries_changes_the_colours(tmp_path):
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = {
        bytes(profile[i : i + 4]): int.from_bytes(profile[i + 4 : i + 8], "big")
        for i in range(132, 132 + 12 * int.from_bytes(profile[128:132], "big"), 12)
    }
    red, blue = tags[b"rXYZ"], tags[b"bXYZ"]  # a camera that swaps red and blue
    profile[red : red + 20], profile[blue : blue + 20] = profile[blue : blue + 20], profile[red : red + 20]
    name = tags[b"desc"]
    profile[name:] = bytes(profile[name:]).replace("sRGB".encode("utf-16-be"), "odd!".encode("utf-16-be"))
    picture = read_picture(save(tmp_path / "swapped.png", photo(), icc_profile=bytes(profile)))
    assert distance(picture, photo()[..., ::-1]) < 2


def test_that_a_large_jpeg_is_decoded_at_a_reduced_scale(tmp_path):
    path = save(tmp_path / "large.jpg", photo(600, 800))
    assert read_picture(path).shape == (600, 800, 3)
    assert read_picture(path, shorter_side=207).shape == (600, 800, 3)
    assert read_picture(path, shorter_side=206).shape == (300, 400, 3)
    assert read_picture(path, shorter_side=10).shape == (75, 100, 3)
    assert read_picture(path, shorter_side=2000).shape == (600, 800, 3)


@pytest.mark.parametrize(("width", "height"), [(2000, 1500), (4000, 3000), (1500, 2000)])
def test_that_a_reduced_scale_gives_the_picture_that_the_whole_one_gives(tmp_path, width, height):
    detail = np.random.default_rng(1).integers(0, 256, (256 * height // 1500, 256 * width // 1500, 3), dtype=np.uint8)
    large = Image.fromarray(detail).resize((width, height), Image.Resampling.BICUBIC)
    large.save(tmp_path / "large.jpg", quality=92)
    whole = fit(read_picture(tmp_path / "large.jpg"), 256).astype(float)
    reduced = fit(read_picture(tmp_path / "large.jpg", shorter_side=256), 256)
    assert read_picture(tmp_path / "large.jpg", shorter_side=256).shape[:2] != (height, width)
    # noise has more of the finest detail than any photo; where the centre is half a pixel off it is 12 to 17
    assert ((reduced - whole) ** 2).mean() ** 0.5 < 6


@pytest.mark.parametrize("size", [(2000, 1500), (300, 700), (64, 64), (64, 101), (20, 30)])
def test_that_reading_and_fitting_at_once_gives_the_same_bits(tmp_path, size):
    path = save(tmp_path / "photo.jpg", photo(*size))
    found = read_fitted(path, 64)
    assert np.array_equal(found, fit(read_picture(path, shorter_side=64), 64))
    assert found.flags.writeable
    with pytest.raises(UserError, match=r"gone.jpg does not exist"):
        read_fitted(tmp_path / "gone.jpg", 64)


def test_that_a_fitting_picture_stays_bit_for_bit():
    square, wide = photo(64, 64), photo(64, 101)
    assert np.array_equal(fit(square, 64), square)
    assert np.array_equal(fit(wide, 64), wide[:, 18:82])


@pytest.mark.parametrize(("height", "width"), [(120, 160), (160, 120), (375, 500), (33, 500)])
def test_that_fit_scales_the_shorter_side_and_takes_the_centre(height, width):
    side, short = 32, min(height, width)
    whole = Image.fromarray(photo(height, width)).resize(
        (round(width * side / short), round(height * side / short)), Image.Resampling.BILINEAR
    )
    left, top = (whole.width - side) // 2, (whole.height - side) // 2
    assert distance(fit(photo(height, width), side), np.array(whole)[top : top + side, left : left + side]) < 3


@pytest.mark.parametrize("shape", [(1, 1), (2, 6000), (5000, 3), (1, 100_000)])
def test_that_thin_pictures_fit_without_giant_intermediates(shape):
    strip = np.full((*shape, 3), 77, np.uint8)
    tracemalloc.start()
    picture = fit(strip, 224)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert picture.shape == (224, 224, 3)
    assert (picture == 77).all()
    assert peak < 1_000_000


def test_that_a_folder_that_may_not_be_entered_is_called_so(tmp_path, monkeypatch):
    def refused(path):
        raise PermissionError(13, "Permission denied")  # root, as which tests run in a container, may do all

    assert "is a folder, not a picture" in refusal(tmp_path)
    monkeypatch.setattr(os, "scandir", refused)
    assert "is a folder that you have no permission to open" in refusal(tmp_path)
