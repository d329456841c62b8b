"""The film of conv1's learning: the kernels of both towers from a run's snapshots, as a GIF or a video."""

import shutil
import subprocess
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.files import replace_file
from alexnet_app.core.insight.filters import Sheet, draw
from alexnet_app.core.insight.strip import Strip, evenly
from alexnet_app.core.network.layers import TOWERS

LIMIT = 1_500_000  # bytes of a film
SPEED = 10  # snapshots a second
HELD = 2.0  # seconds that the last one stays
LEAST = 12  # fewer are no film
COLOURS = 64  # of a GIF, for all of its pictures
SEEN = 24  # of 255: a smaller change of a colour is not worth its bytes
SAME = 255  # in a GIF: as in the picture before
WHITE = 0.995  # the quantile of all weights' sizes that is white: one large weight does not darken all
ZOOM, MARGIN, TITLE = 3, 12, 26


@dataclass(frozen=True, slots=True)
class Film:
    """A film that was written: how many snapshots it shows of how many, from the first to the last epoch, how long it
    takes in seconds, and its size in bytes.
    """

    shown: int
    snapshots: int
    first_epoch: float
    last_epoch: float
    seconds: float
    size: int


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A picture of a film: uint8 (height, width, 3), even in both, after how many steps and epochs."""

    step: int
    epoch: float
    pixels: NDArray[np.uint8]


def filming(strip: Strip, path: Path, limit: int = LIMIT) -> Generator[Event, None, Film]:
    """Writes the film of ``strip`` into ``path``: an MP4 by ffmpeg where it is called so, else a GIF. It has
    ``limit`` bytes at most: where all snapshots are too many, those between are left out, evenly. Yields Progress.

    UserError where ffmpeg is wanted and missing, where there are no snapshots, or the limit is too small.
    """
    is_video = path.suffix.lower() == ".mp4"
    coder = _ffmpeg() if is_video else ""
    frames = yield from frames_of(strip)
    chosen: Sequence[Frame] = frames
    while True:
        yield Progress(Task.DRAW, len(chosen), 0, "snapshots")  # how often it will be tried is not known
        content = _video(chosen, coder) if is_video else _gif(chosen)
        if len(content) <= limit:
            break
        if len(chosen) <= LEAST:
            raise UserError(
                "a film of {path} takes more than {limit:,} bytes", "allow it more", path=path.name, limit=limit
            )
        fewer = max(LEAST, min(len(chosen) - 1, int(0.95 * len(chosen) * limit / len(content))))
        chosen = evenly(frames, fewer)
    replace_file(path, lambda temporary: temporary.write_bytes(content))
    seconds = (len(chosen) - 1) / SPEED + HELD
    return Film(len(chosen), strip.kept, chosen[0].epoch, chosen[-1].epoch, seconds, len(content))


def frames_of(strip: Strip) -> Generator[Event, None, tuple[Frame, ...]]:
    """The pictures of a film, all on one scale: white and black are the same weight in every kernel at every time.
    UserError where there are no snapshots.
    """
    if not len(strip):
        raise UserError("there are no snapshots to show", "choose a run that has been trained")
    white = max(float(np.quantile(np.abs(strip.kernels(place)), WHITE)) for place in range(len(strip))) or 1.0
    frames = []
    for place, (step, epoch) in enumerate(zip(strip.steps, strip.epochs, strict=True)):
        frames.append(Frame(step, epoch, _picture(strip.kernels(place), strip.slices, step, epoch, white)))
        yield Progress(Task.DRAW, place + 1, len(strip), "snapshots")
    return tuple(frames)


def _picture(
    kernels: NDArray[np.float32], slices: Sequence[slice], step: int, epoch: float, white: float
) -> NDArray[np.uint8]:
    """The kernels of each tower beside each other, with the epoch above."""
    shown = np.rint(128 + 127 * np.clip(kernels / np.float32(white), -1, 1)).astype(np.uint8).transpose(0, 2, 3, 1)
    names = [f"tower {name}" for name in TOWERS] if len(slices) > 1 else ["all kernels"]
    columns = int(np.ceil(np.sqrt((slices[0].stop - slices[0].start) * 4 / 3)))
    drawn = [draw(Sheet(name, shown[part], columns), ZOOM) for name, part in zip(names, slices, strict=True)]
    height, width = drawn[0].shape[:2]
    size = (len(drawn) * (width + MARGIN) + MARGIN + 1) // 2 * 2, (height + 2 * TITLE + MARGIN + 1) // 2 * 2
    page = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(page), ImageFont.load_default(16)
    pen.text((MARGIN, 5), f"epoch {epoch:.1f}, step {step:,}", fill="black", font=font)
    for place, (name, part) in enumerate(zip(names, drawn, strict=True)):
        left = MARGIN + place * (width + MARGIN)
        pen.text((left, TITLE), name, fill="black", font=font)
        page.paste(Image.fromarray(part), (left, 2 * TITLE))
    return np.asarray(page)


def _gif(frames: Sequence[Frame]) -> bytes:
    """A GIF in one palette, of each picture only what has changed enough to be seen; of the last one all of it."""
    palette = _palette(frames)
    colours = np.array(palette.getpalette(), np.int16).reshape(-1, 3)
    pictures: list[Image.Image] = []
    shown: NDArray[np.uint8] | None = None
    for frame in frames:
        now = np.asarray(Image.fromarray(frame.pixels).quantize(palette=palette, dither=Image.Dither.NONE))
        least = SEEN if frame is not frames[-1] else 0
        keeps = shown is not None and _is_near(colours[shown], frame.pixels, least) | (now == shown)
        shown = np.where(keeps, shown, now).astype(np.uint8) if shown is not None else now
        picture = Image.fromarray(np.where(keeps, SAME, now).astype(np.uint8))
        picture.putpalette(palette.getpalette() or [])
        pictures.append(picture)
    return _animated(pictures)


def _is_near(shown: NDArray[np.int16], pixels: NDArray[np.uint8], least: int) -> NDArray[np.bool_]:
    """Where the colours that are ``shown`` are less than ``least`` away from those of ``pixels``."""
    return np.asarray(np.abs(shown - pixels).max(axis=2) < least, np.bool_)


def _animated(pictures: Sequence[Image.Image]) -> bytes:
    file = BytesIO()
    pictures[0].save(
        file,
        format="GIF",
        save_all=True,
        append_images=pictures[1:],
        duration=[1000 // SPEED] * (len(pictures) - 1) + [int(1000 * HELD)],
        loop=0,
        disposal=1,
        transparency=SAME,
        optimize=False,
    )
    return file.getvalue()


def _palette(frames: Sequence[Frame]) -> Image.Image:
    """The colours of all pictures, found in some of those that are no longer noise: median cuts would pale them."""
    some = np.concatenate([each.pixels for each in evenly(frames[len(frames) // 3 :], 9)])
    return Image.fromarray(some).quantize(COLOURS, Image.Quantize.FASTOCTREE)


def _ffmpeg() -> str:
    found = shutil.which("ffmpeg")
    if found is None:
        raise UserError("a video is made by ffmpeg, which was not found", "install ffmpeg, or write a .gif")
    return found


def _video(frames: Sequence[Frame], coder: str) -> bytes:
    """An MP4 that players and browsers show."""
    import tempfile

    height, width = frames[0].pixels.shape[:2]
    source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(SPEED), "-i", "-"]
    made = ["-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4"]
    pictures = [each.pixels.tobytes() for each in frames]
    content = b"".join(pictures + pictures[-1:] * int(HELD * SPEED))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "film.mp4"
        words = [coder, "-hide_banner", "-loglevel", "error", "-y", *source, *made, str(out)]
        try:
            subprocess.run(words, input=content, capture_output=True, check=True)
            return out.read_bytes()
        except subprocess.CalledProcessError as error:
            said = error.stderr.decode(errors="replace").strip().splitlines() or [cause(error)]
            raise UserError("ffmpeg could not make the video: {why}", "write a .gif", why=said[-1]) from error
        except OSError as error:
            raise UserError("ffmpeg could not make the video: {why}", "write a .gif", why=cause(error)) from error
