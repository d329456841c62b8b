"""What preparing a set would take, told before anything is written."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.data.prepared.building import room_needed
from alexnet_app.core.data.prepared.prepare import SetPlace, is_ready, placed
from alexnet_app.core.data.prepared.record import SUSPECT, read_finished, read_progress
from alexnet_app.core.data.prepared.states import SetState
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.events import Event
from alexnet_app.core.files import free_bytes
from alexnet_app.core.places import cache_folder


@dataclass(frozen=True, slots=True)
class Expected:
    """``left`` of ``pictures`` are to be made yet, which takes about ``need`` bytes where ``free`` are.

    They are kept as ``storage``.
    """

    state: SetState
    pictures: int
    left: int
    need: int
    free: int
    storage: str = "raw"


NOTHING = Expected(SetState.READY, 0, 0, 0, 0)  # for pictures that are there already


def expecting(
    source: Source, side: int, *, storage: str = "auto", cache: Path | None = None
) -> Generator[Event, None, Expected]:
    """What ``prepare`` of the same arguments would do; nothing is written. Of JPEG, a few pictures tell how large all
    are. Yields Progress("check").
    """
    if is_ready(source, side):
        return Expected(SetState.READY, _pictures(source), 0, 0, free_bytes(cache or cache_folder()))
    return expected_at((yield from placed(source, side, storage, cache)), source)


def expected_at(place: SetPlace, source: Source) -> Expected:
    """The same for a set whose place is known."""
    folder, new = place.folder, place.new
    pictures, free = _pictures(source), free_bytes(folder)
    if read_finished(folder) is not None:
        return Expected(
            SetState.DAMAGED if (folder / SUSPECT).exists() else SetState.FINISHED, pictures, 0, 0, free, new.storage
        )
    kept = read_progress(folder)
    record = kept[0] if kept else new
    left = pictures - sum(tally.done for tally in record.tallies.values())
    return Expected(
        SetState.BEGUN if kept else SetState.NEW, pictures, left, round(room_needed(source, record)), free, new.storage
    )


def _pictures(source: Source) -> int:
    return sum(len(split.labels) for split in source.splits.values())
