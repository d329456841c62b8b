"""The snapshots of conv1 that a run on the screen has kept: read on threads, held within bounds for its film."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alexnet_app.core.events import Event, FiltersSeen
from alexnet_app.core.runs.border import snapshot_file
from alexnet_app.core.runs.run import Run
from alexnet_app.ui.job import Asked

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MOST = 300  # that the slider moves over: from more, so many are chosen evenly
MOST_BYTES = 64 << 20  # of all pictures that are held: AlexNet's 300 take 10 MB
BUNCH = 32  # that are told at once of those that are read from a folder


@dataclass(frozen=True, slots=True)
class Kernels:
    """conv1 after ``step`` steps, uint8 (K, h, w, 3), tower A first, and each kernel's largest weight, fp32 (K,)."""

    step: int
    pictures: "NDArray[np.uint8]"
    scales: "NDArray[np.float32]"


@dataclass(frozen=True, slots=True)
class KeptSnapshots:
    """The snapshots that ``run`` kept until now, in order: only the last one was read."""

    run: Run
    seen: tuple[FiltersSeen, ...]


def with_pictures(run: Run, events: Iterator[Event], *, only_last: bool = False) -> Iterator[object]:
    """The events, each FiltersSeen followed by what its file shows. With ``only_last`` the last one alone is read and
    shown, after all others and after Kept: there can be one for each step of a long past.
    """
    seen: dict[int, FiltersSeen] = {}
    try:
        for event in events:
            if only_last and isinstance(event, FiltersSeen):
                seen[event.step] = event
                continue
            yield event
            if isinstance(event, FiltersSeen):
                yield from _kernels(run, event)
    finally:
        close = getattr(events, "close", None)
        if close is not None:
            close()
    if seen:
        past = tuple(seen[step] for step in sorted(seen))
        yield KeptSnapshots(run, past)
        yield past[-1]
        yield from _kernels(run, past[-1])


def reading(kept: KeptSnapshots, asked: Asked) -> Iterator[tuple[Kernels, ...]]:
    """Those of ``kept`` that the slider moves over, in bunches; without those that cannot be read."""
    from alexnet_app.core.insight.strip import evenly

    wanted = evenly(kept.seen, MOST)
    for first in range(0, len(wanted), BUNCH):
        yield tuple(found for each in wanted[first : first + BUNCH] for found in _kernels(kept.run, each))


def _kernels(run: Run, seen: FiltersSeen) -> Iterator[Kernels]:
    """Nothing where the file is gone or torn, or lies elsewhere: it only shows."""
    from alexnet_app.core.insight.snapshot import read_parts

    path = snapshot_file(run, seen.file)
    found = None if path is None else read_parts(path)
    if found is not None:
        yield Kernels(seen.step, *found)


class Reel:
    """Snapshots by their steps: ``MOST`` of them and ``MOST_BYTES`` at most, give or take a third."""

    def __init__(self) -> None:
        self._held: dict[int, Kernels] = {}
        self._steps: list[int] = []

    def __len__(self) -> int:
        return len(self._steps)

    def at(self, place: int) -> Kernels:
        """The snapshot at ``place``, from 0."""
        return self._held[self._steps[place]]

    def place_of(self, step: int) -> int:
        """Where the snapshot after ``step`` steps is, or would be."""
        return bisect_left(self._steps, step)

    def add(self, snapshots: Iterable[Kernels], but: int | None = None) -> None:
        """Takes more, in any order; of one step the latest counts. Where they become too many the one of step ``but``
        stays.
        """
        for each in snapshots:
            if each.step not in self._held:
                insort(self._steps, each.step)
            self._held[each.step] = each
        most = self._room()
        if len(self) > most + most // 3:
            self._thin(most, but)

    def cut(self, step: int) -> None:
        """Drops all after ``step``: a run goes on from its checkpoint."""
        self._keep(self._steps[: bisect_left(self._steps, step + 1)])

    def _room(self) -> int:
        largest = max((each.pictures.nbytes for each in self._held.values()), default=1)
        return max(2, min(MOST, MOST_BYTES // max(1, largest)))

    def _thin(self, most: int, but: int | None) -> None:
        from alexnet_app.core.insight.strip import evenly

        kept = set(evenly(self._steps, most))
        self._keep([step for step in self._steps if step in kept or step == but])

    def _keep(self, steps: list[int]) -> None:
        self._steps, self._held = steps, {step: self._held[step] for step in steps}
