"""A run as TensorBoard reads it: event files, written beside the run while it is trained, or afterwards of all of it.

They hold nothing that the run does not: a run that is resumed writes them anew from its own events, so that no step is
there twice.
"""

import logging
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from PIL import Image

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Event, FiltersSeen, Notice, Resumed, RunEnded, RunStarted, StepsDone, Warned
from alexnet_app.core.files import fresh_file
from alexnet_app.core.foreign import kind_of
from alexnet_app.core.insight.filters import tiled
from alexnet_app.core.insight.snapshot import read_parts
from alexnet_app.core.network.layers import TOWERS
from alexnet_app.core.runs.border import snapshot_file
from alexnet_app.core.runs.points import (
    VALIDATION_ERROR,
    VALIDATION_LOSS,
    Steps,
    points_in,
    points_of,
    step_after,
    timed_events,
)
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig

if TYPE_CHECKING:
    from tensorboardX.proto.event_pb2 import Event as Record
    from tensorboardX.proto.summary_pb2 import Summary

FOLDER = "tensorboard"  # of a run
PREFIX, ENDING = "events.out.tfevents.", ".alexnet-app"  # TensorBoard knows them by the first
EVERY_SECONDS = 2.0  # until what was written is passed on to readers
ZOOM, COLUMNS = 4, 8  # pixels of a weight, and kernels in a row
METRICS = {VALIDATION_ERROR: 0.0, VALIDATION_LOSS: 0.0}  # beside the settings; their values are those of the series

log = logging.getLogger(__name__)


class BoardFile:
    """One event file that is written. Its methods raise OSError."""

    def __init__(self, folder: Path) -> None:
        from tensorboardX.proto import event_pb2
        from tensorboardX.record_writer import masked_crc32c

        self._events, self._crc = event_pb2, masked_crc32c
        self._file: BinaryIO = fresh_file(folder / f"{PREFIX}{time.time():.6f}{ENDING}")
        self._steps = Steps()
        self._write(event_pb2.Event(wall_time=time.time(), file_version="brain.Event:2"))
        start = event_pb2.SessionLog(status=event_pb2.SessionLog.START)
        self._write(event_pb2.Event(wall_time=time.time(), step=0, session_log=start))  # what was read before is gone

    def settings(self, config: TrainConfig, at: float) -> None:
        """What the run is trained with, for the page of hyperparameters."""
        from tensorboardX.summary import hparams

        experiment, begun, _ = hparams(flat(config), METRICS)
        for summary in (experiment, begun):
            self._put(summary, 0, at)

    def ended(self, config: TrainConfig, step: int, at: float) -> None:
        """That the run is over."""
        from tensorboardX.summary import hparams

        self._put(hparams(flat(config), METRICS)[2], step, at)

    def scalar(self, name: str, step: int, value: float, at: float) -> None:
        """A value of the series ``name``, unless that step was written already."""
        from tensorboardX.proto.summary_pb2 import Summary

        if self._steps.is_new(name, step):
            self._put(Summary(value=[Summary.Value(tag=name, simple_value=value)]), step, at)

    def image(self, name: str, step: int, pixels: "np.ndarray[Any, np.dtype[np.uint8]]", at: float) -> None:
        """A picture, uint8 (height, width, 3)."""
        from tensorboardX.proto.summary_pb2 import Summary

        if not self._steps.is_new(name, step):
            return
        content = BytesIO()
        Image.fromarray(pixels).save(content, "PNG")
        height, width, channels = pixels.shape
        image = Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=content.getvalue())
        self._put(Summary(value=[Summary.Value(tag=name, image=image)]), step, at)

    def flush(self) -> None:
        """Passes on what was written."""
        self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        self._file.close()

    def _put(self, summary: "Summary", step: int, at: float) -> None:
        self._write(self._events.Event(wall_time=at, step=step, summary=summary))

    def _write(self, record: "Record") -> None:
        data = record.SerializeToString()
        head = struct.pack("<Q", len(data))
        self._file.write(head + struct.pack("<I", self._crc(head)) + data + struct.pack("<I", self._crc(data)))


def write_past(
    file: BoardFile, run: Run, config: TrainConfig, told: Callable[[int, int], object] = lambda *_: None
) -> int:
    """Writes all that ``run`` has measured so far; how many steps it has made. ``told`` hears how many events are
    written, of how many.
    """
    events = timed_events(run)
    file.settings(config, events[0][0] if events else time.time())
    for point in points_in(events):
        file.scalar(point.name, point.step, point.value, point.time)
    step = 0
    for done, (at, event) in enumerate(events, 1):
        step = step_after(event, step)
        if isinstance(event, FiltersSeen):
            kernels(file, run, config, event, at)
            told(done, len(events))
    last = events[-1][1] if events else None
    if isinstance(last, RunEnded):
        file.ended(config, step, events[-1][0])
    file.flush()
    return step


def kernels(file: BoardFile, run: Run, config: TrainConfig, seen: FiltersSeen, at: float) -> None:
    """conv1's kernels as they were kept, a picture for each tower; nothing where they cannot be read."""
    path = snapshot_file(run, seen.file)
    found = None if path is None else read_parts(path)
    if found is None:
        return
    pictures = found[0]
    spec = config.spec()
    slices = spec.tower_slices(spec.convolutions[0].name)
    fits = slices[-1].stop == len(pictures)
    parts = slices if fits else (slice(0, len(pictures)),)
    names = [f"conv1/tower_{name}" for name in TOWERS] if len(parts) == 2 else ["conv1"]
    for name, part in zip(names, parts, strict=True):
        sheet = tiled(pictures[part], COLUMNS).repeat(ZOOM, axis=0).repeat(ZOOM, axis=1)
        file.image(name, seen.step, sheet, at)


def flat(config: TrainConfig) -> dict[str, str | float | bool]:
    """Every setting by its dotted name; lists as texts."""
    found: dict[str, str | float | bool] = {}
    for name, value in asdict(config).items():
        inner = {f"{name}.{each}": part for each, part in value.items()} if isinstance(value, dict) else {name: value}
        for key, part in inner.items():
            found[key] = part if isinstance(part, str | float | bool | int) else ", ".join(map(str, part))
    return found


class Board:
    """Writes what happens to ``run`` for TensorBoard. What cannot be written ends no training: it is told once."""

    def __init__(self, run: Run, config: TrainConfig) -> None:
        self._run, self._config = run, config
        self._file: BoardFile | None = None
        self._notices: list[Warned] = []
        self._is_off = not config.tensorboard
        self._step, self._flushed = 0, 0.0

    def notices(self) -> list[Warned]:
        """What the person should know, once."""
        found, self._notices = self._notices, []
        return found

    def take(self, event: Event) -> None:
        """Writes what ``event``, which is in the run's own events, brings. The file is begun with the first step."""
        if self._is_off:
            return
        try:
            self._take(event)
        except (OSError, UserError, ImportError, ValueError, TypeError) as error:
            log.warning("TensorBoard's files cannot be written", exc_info=True)
            self._notices.append(Warned(Notice.NO_BOARD, text=cause(error)))
            self._is_off = True
            self.close()

    def close(self) -> None:
        """Ends the file."""
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _take(self, event: Event) -> None:
        lost = isinstance(event, Warned) and event.notice == Notice.FOLDER_LOST
        if lost or isinstance(event, RunStarted | Resumed):
            self.close()
        if self._file is None:
            if not isinstance(event, StepsDone):
                return
            self._file = BoardFile(_emptied(self._run.folder / FOLDER))
            self._step = write_past(self._file, self._run, self._config)
        self._add(self._file, event, time.time())
        if time.monotonic() - self._flushed > EVERY_SECONDS or isinstance(event, RunEnded):
            self._flushed = time.monotonic()
            self._file.flush()

    def _add(self, file: BoardFile, event: Event, now: float) -> None:
        for name, step, value in points_of(event, self._step):
            file.scalar(name, step, value, now)
        self._step = step_after(event, self._step)
        if isinstance(event, FiltersSeen):
            kernels(file, self._run, self._config, event, now)
        elif isinstance(event, RunEnded):
            file.ended(self._config, self._step, now)


@contextmanager
def board_of(run: Run, config: TrainConfig) -> Iterator[Board]:
    """What writes TensorBoard's files of ``run``, if ``config`` wants them."""
    board = Board(run, config)
    try:
        yield board
    finally:
        board.close()


def _emptied(folder: Path) -> Path:
    """``folder``, made where it is missing, without the event files that this program has written. Raises OSError."""
    folder.mkdir(exist_ok=True)
    kind = kind_of(folder.lstat())
    if kind != "a folder":
        raise OSError(f"{folder} is {kind or 'a file'}")
    for path in folder.glob(f"{PREFIX}*{ENDING}"):
        path.unlink()
    return folder
