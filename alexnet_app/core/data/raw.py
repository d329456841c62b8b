"""Raw photos of cameras, read by the package rawpy where it is installed."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageOps

from alexnet_app.core.data.kinds import RAW
from alexnet_app.core.errors import Sentence, UserError, cause

FROM_PREVIEW = Sentence("{count:,} of the images have been read from the preview that the camera made", count=1)
DEVELOPED = Sentence("{count:,} of the images have been developed from the camera's raw data", count=1)
SUFFICES = 0.5  # of the sensor's height: a preview of at least that is taken; cameras make them as their own JPEGs


def read_raw(path: Path, shorter_side: int | None) -> tuple[Image.Image, Sentence]:
    """The photo, upright, in sRGB, and how it was read: the camera's own preview where that is large enough for
    ``shorter_side`` or nearly the whole, else developed with the camera's white balance.

    Raises UserError where rawpy is missing or cannot read it.
    """
    if not RAW.can_be_read:
        raise UserError(
            "{path} is a raw photo of a camera, which cannot be decoded: the package rawpy is not installed",
            "install it (pip install rawpy), or save the photo as JPEG",
            path=path,
        )
    import rawpy

    try:
        with rawpy.imread(str(path)) as photo:
            preview = _preview(rawpy, photo)
            wanted = SUFFICES * photo.sizes.height if shorter_side is None else min(shorter_side, photo.sizes.height)
            if preview is not None and min(preview.size) >= wanted:
                return preview, FROM_PREVIEW
            return Image.fromarray(photo.postprocess(use_camera_wb=True)), DEVELOPED
    except rawpy.LibRawError as error:
        raise UserError(
            "{path} is a raw photo of a camera, which cannot be decoded: {reason}",
            "save it as JPEG",
            path=path,
            reason=_reason(error),
        ) from error


def _reason(error: Exception) -> str:
    """What LibRaw says, which comes as bytes."""
    said = error.args[0] if error.args else ""
    return said.decode(errors="replace") if isinstance(said, bytes) else cause(error)


def _preview(rawpy: Any, photo: Any) -> Image.Image | None:
    try:
        found = photo.extract_thumb()
    except rawpy.LibRawError:
        return None
    if found.format == rawpy.ThumbFormat.JPEG:
        with Image.open(BytesIO(found.data)) as picture:
            picture.load()
            return ImageOps.exif_transpose(picture).convert("RGB")
    return Image.fromarray(found.data)
