"""Grey images of more than 8 bits, of floating point and of signed values, to 8 bits."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

from alexnet_app.core.errors import Sentence, UserError

_BITS_PER_SAMPLE, _SAMPLES, _PHOTOMETRIC, _FORMAT = 258, 277, 262, 339  # TIFF tags
FEWER_BANDS = "save the three bands that show its colours as RGB in 8 bits"
SIGNED, FLOATS = 2, 3  # of _FORMAT
USED_BITS = (8, 10, 12, 14)  # what cameras and scanners write into 16
_BANDS = {0: 2, 1: 2, 2: 4, 3: 2, 5: 5, 6: 4, 8: 4}  # most samples of each photometric: colours and transparency
BY_RANGE = Sentence(
    "{count:,} of the images have values without a scale: in each image the lowest is shown black, the highest white",
    count=1,
)


def eight_bits(picture: Image.Image, path: Path) -> tuple[Image.Image, Sentence | None]:
    """``picture`` (mode I, F or I;16…) in 8 bits, and how its values were scaled; None where by their own 16 bits.

    Raises UserError where values are not finite.
    """
    values = np.asarray(picture)
    broken = values.size - int(np.count_nonzero(np.isfinite(values)))
    if broken:  # no grey stands for them, and a black picture would be answered as if it showed something
        raise UserError(
            "{path} contains invalid values: {count:,} of {pixels:,} pixels are NaN or infinite",
            "replace them with numbers and save the picture again",
            path=path,
            count=broken,
            pixels=values.size,
        )
    low, high, how = _range(picture, values)
    scaled = values.astype(np.float64)
    scaled -= low
    scaled *= 255 / (high - low) if high > low else 0.0
    grey = np.rint(scaled, out=scaled).clip(0, 255).astype(np.uint8)
    transparent = picture.info.get("transparency")
    if isinstance(transparent, int):
        grey[values == transparent] = 255  # on white
    return Image.fromarray(grey), how


def _range(picture: Image.Image, values: NDArray[np.generic]) -> tuple[float, float, Sentence | None]:
    """The values that are shown black and white, and in words where they are not those of 16 bits."""
    if picture.mode.startswith("I;16") or (picture.mode == "I" and picture.format in ("PNG", "PPM")):
        bits = 16
        if isinstance(picture, TiffImagePlugin.TiffImageFile):
            bits = picture.tag_v2.get(_BITS_PER_SAMPLE, (16,))[0]
        most = int(values.max())
        used = next((each for each in USED_BITS if most < 2**each), bits) if bits == 16 else bits
        how = Sentence(
            "{count:,} of the images have 16 bits of which {used} are used: {white:,} is shown white",
            count=1,
            used=used,
            white=2**used - 1,
        )
        return 0.0, 2.0**used - 1, None if used == 16 else how
    return float(values.min()), float(values.max()), BY_RANGE


def check_bands(picture: Image.Image, path: Path) -> None:
    """Raises UserError for a TIFF of more bands than a picture has: three of them would be taken for its colours."""
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        samples, photometric = picture.tag_v2.get(_SAMPLES, 1), picture.tag_v2.get(_PHOTOMETRIC, 1)
        if samples > _BANDS.get(photometric, 4):
            raise UserError(
                "{path} is a TIFF of {samples} bands, which cannot be shown as a picture",
                FEWER_BANDS,
                path=path,
                samples=samples,
            )


def refused_tiff(path: Path) -> UserError | None:
    """What a TIFF is that Pillow does not read; None where its tags do not tell."""
    try:
        with path.open("rb") as file:
            head = file.read(8)
            tags = TiffImagePlugin.ImageFileDirectory_v2(head)
            file.seek(tags.next)
            tags.load(file)
        samples, bits = int(tags.get(_SAMPLES, 1)), int(tags.get(_BITS_PER_SAMPLE, (1,))[0])
        form = int(tags.get(_FORMAT, (1,))[0])
    except Exception:  # the border: a damaged file makes Pillow stumble over anything
        return None
    text = (
        "{path} is a TIFF of {samples} bands of {bits} bits floating point, which cannot be shown as a picture"
        if form == FLOATS
        else "{path} is a TIFF of {samples} bands of {bits} bits signed, which cannot be shown as a picture"
        if form == SIGNED
        else "{path} is a TIFF of {samples} bands of {bits} bits, which cannot be shown as a picture"
    )
    return UserError(text, FEWER_BANDS, path=path, samples=samples, bits=bits)
