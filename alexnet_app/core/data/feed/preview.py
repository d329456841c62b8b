"""A few training images as the network will see them, before anything is prepared."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_app.core.chance import stream
from alexnet_app.core.data.decode import fit, read_fitted
from alexnet_app.core.data.feed.variation import Variation, VariationSettings
from alexnet_app.core.data.prepared.statistics import Sums
from alexnet_app.core.data.sources.split_names import TEST, TRAIN
from alexnet_app.core.data.sources.values import Files, Source, Split
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.spec import NetworkSpec

COUNT = 8  # samples at a time
TRIES = 3  # files for each of them: some may be damaged


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """A training image of the class ``name``: ``picture`` (size, size, 3) RGB 0–255 as it goes into the network but for
    the mean and the scale, ``path`` its file, empty where it has none.
    """

    name: str
    path: str
    picture: NDArray[np.uint8]


def sampled(
    source: Source, spec: NetworkSpec, settings: VariationSettings, seed: int, number: int, count: int = COUNT
) -> Generator[None, None, tuple[Sample, ...]]:
    """The ``number``-th handful of at most ``count`` images of ``source``, cropped, mirrored and coloured as
    ``settings`` say; one class after the other has its turn. Yields None after each file, so that it can be left.

    The colours vary along the components of these few images: those of the whole set are measured when it is prepared.
    """
    split = source.splits.get(TRAIN) or source.splits.get(TEST)
    if split is None or not len(split.labels):
        return ()
    damaged = {each.path for each in source.damaged}
    found: list[tuple[str, str, NDArray[np.uint8]]] = []
    for place in by_turns(split.labels, seed, number, count):
        path = split.paths[place] if isinstance(split, Files) else ""
        picture = None if path in damaged else _read(split, place, path, spec.picture_size)
        if picture is not None:
            found.append((source.classes[int(split.labels[place])], path, picture))
        if len(found) == count:
            break
        yield
    if not found:
        return ()
    seen = _varied(np.stack([picture for _, _, picture in found]), spec, settings, seed, number)
    return tuple(Sample(name, path, picture) for (name, path, _), picture in zip(found, seen, strict=True))


def by_turns(labels: NDArray[np.int64], seed: int, number: int, count: int) -> Iterator[int]:
    """The places of images in ``labels`` (N,) by chance, none twice, of classes by turns: some more than ``count``, as
    not all can be read.
    """
    chance = np.random.default_rng((seed, number))
    order = chance.permutation(len(labels))[: 50 * count]  # enough to meet several classes, of sets of any size
    rank: dict[int, int] = {}
    turns = []
    for place in order.tolist():
        label = int(labels[place])
        rank[label] = rank.get(label, -1) + 1
        turns.append((rank[label], place))
    yield from (place for _, place in sorted(turns, key=lambda each: each[0])[: TRIES * count])


def _read(split: Split, place: int, path: str, side: int) -> NDArray[np.uint8] | None:
    try:
        return read_fitted(Path(path), side) if isinstance(split, Files) else fit(split.pictures[place], side)
    except (UserError, OSError, ValueError, MemoryError):  # it only shows; what is wrong is told by who counts
        return None


def _varied(
    pictures: NDArray[np.uint8], spec: NetworkSpec, settings: VariationSettings, seed: int, number: int
) -> NDArray[np.uint8]:
    components = Sums.of(pictures).statistics().components
    variation = Variation(
        settings,
        int(stream(seed, "samples", number).initial_seed() % (1 << 31)),
        side=spec.picture_size,
        size=spec.input_size,
        mean=torch.zeros(3, 1, 1),
        scale=1.0,
        components=torch.from_numpy(components.directions * components.standard_deviations).float(),
    )
    seen = variation.varied(torch.from_numpy(pictures), variation.draws(0, 1, len(pictures)), 1)
    shown = seen.mul(variation.divisor(1)).clamp(0, 255).permute(0, 2, 3, 1)
    return np.ascontiguousarray(shown.to(torch.uint8).numpy())
