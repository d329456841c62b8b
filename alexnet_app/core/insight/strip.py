"""The snapshots of conv1 in memory, one after the other: what a film is drawn from, and a slider moves over."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.insight.learning import IndexPoint, Snapshots, index_point, parts_at
from alexnet_app.core.insight.snapshot import kernels_of

MOST = 300  # snapshots of a strip
Some = TypeVar("Some")


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """Snapshots of conv1 in order: after ``steps`` steps and ``epochs`` epochs (fractions), (n,) each.

    ``pictures`` are uint8 (n, K, h, w, 3), each kernel by its own largest weight, which ``scales``, fp32 (n, K), tells.
    ``slices`` are the kernels of tower A and tower B, or the one slice without towers; ``kept`` is how many snapshots
    there were, of which these are evenly chosen.
    """

    steps: tuple[int, ...]
    epochs: tuple[float, ...]
    pictures: NDArray[np.uint8]
    scales: NDArray[np.float32]
    slices: tuple[slice, ...]
    kept: int

    def __len__(self) -> int:
        return len(self.steps)

    def kernels(self, place: int) -> NDArray[np.float32]:
        """The kernels (K, 3, h, w) of the snapshot at ``place``, from 0."""
        return kernels_of(self.pictures[place], self.scales[place])

    @property
    def has_scales(self) -> bool:
        """Whether largest weights are known; older runs kept none, and all are 1."""
        return bool((self.scales != 1).any())

    def before(self, step: int) -> "Strip":
        """Only what was kept before ``step``, which may be nothing."""
        found = self.some([place for place, each in enumerate(self.steps) if each < step])
        return replace(found, kept=self.kept - (len(self) - len(found)))

    def then(self, step: int, epoch: float, pictures: NDArray[np.uint8], scales: NDArray[np.float32]) -> "Strip":
        """With one snapshot more: its ``pictures`` (K, h, w, 3) and ``scales`` (K,)."""
        return replace(
            self,
            steps=(*self.steps, step),
            epochs=(*self.epochs, epoch),
            pictures=np.concatenate([self.pictures, pictures[None]]),
            scales=np.concatenate([self.scales, scales[None]]),
            kept=self.kept + 1,
        )

    def some(self, places: Sequence[int]) -> "Strip":
        """Only the snapshots at ``places``."""
        steps, epochs = tuple(self.steps[each] for each in places), tuple(self.epochs[each] for each in places)
        chosen = list(places)
        return replace(self, steps=steps, epochs=epochs, pictures=self.pictures[chosen], scales=self.scales[chosen])


def strip_of(snapshots: Snapshots, most: int = MOST) -> Generator[Event, None, Strip]:
    """Reads ``most`` of ``snapshots`` at most, evenly chosen; those that cannot be read are passed over. Yields
    Progress. UserError where fewer than two can be read, or kernels change their size.
    """
    wanted = evenly(snapshots.marks, most)
    steps, epochs, pictures, scales = [], [], [], []
    for number, mark in enumerate(wanted):
        found = parts_at(snapshots, mark)
        if found is not None:
            steps.append(mark.step)
            epochs.append(mark.epoch)
            pictures.append(found[0])
            scales.append(found[1])
        yield Progress(Task.CHECK, number + 1, len(wanted), "snapshots")
    if len({each.shape for each in pictures}) != 1 or len(pictures) < min(2, len(wanted)):
        raise UserError("the snapshots cannot be read: they are gone or damaged", "choose another run")
    kept = len(snapshots.marks)
    return Strip(tuple(steps), tuple(epochs), np.stack(pictures), np.stack(scales), snapshots.slices, kept)


def indices_of(strip: Strip) -> Generator[Event, None, tuple[IndexPoint, ...]]:
    """Both indices of each tower at every snapshot of ``strip``. Yields Progress."""
    points = []
    for place, (step, epoch) in enumerate(zip(strip.steps, strip.epochs, strict=True)):
        points.append(index_point(strip.kernels(place), strip.slices, step, epoch))
        yield Progress(Task.MEASURE, place + 1, len(strip), "snapshots")
    return tuple(points)


def evenly(all_of_them: Sequence[Some], most: int) -> Sequence[Some]:
    """``most`` of them at most, evenly spread, with the first and the last."""
    if len(all_of_them) <= most:
        return all_of_them
    return [all_of_them[each] for each in np.linspace(0, len(all_of_them) - 1, max(1, most)).round().astype(int)]
