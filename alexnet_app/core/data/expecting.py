"""What preparing a set would take, told before anything is written."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.data.building import room_needed
from alexnet_app.core.data.download import cache_folder
from alexnet_app.core.data.prepared import is_ready, placed
from alexnet_app.core.data.record import SUSPECT, read_finished, read_progress
from alexnet_app.core.data.sources import Source
from alexnet_app.core.events import Event
from alexnet_app.core.files import free_bytes


@dataclass(frozen=True, slots=True)
class Expected:
    """``left`` of ``pictures`` are to be made yet, which takes about ``need`` bytes where ``free`` are.

    ``state`` is "new", "begun", "damaged" (some are to be made again in their places), "finished", or "ready" where the
    source itself has pictures of that size.
    """

    state: str
    pictures: int
    left: int
    need: int
    free: int


def expecting(
    source: Source, side: int, *, storage: str = "auto", cache: Path | None = None
) -> Generator[Event, None, Expected]:
    """What ``prepare`` of the same arguments would do; nothing is written. Of JPEG, a few pictures tell how large all
    are. Yields Progress("check").
    """
    top = cache or cache_folder()
    pictures, free = sum(len(split.labels) for split in source.splits.values()), free_bytes(top)
    if is_ready(source, side):
        return Expected("ready", pictures, 0, 0, free)
    folder, new = yield from placed(source, side, storage, top)
    if read_finished(folder) is not None:
        return Expected("damaged" if (folder / SUSPECT).exists() else "finished", pictures, 0, 0, free)
    kept = read_progress(folder)
    record = kept[0] if kept else new
    left = pictures - sum(tally.done for tally in record.tallies.values())
    return Expected("begun" if kept else "new", pictures, left, round(room_needed(source, record)), free)
