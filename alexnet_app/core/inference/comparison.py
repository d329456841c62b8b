"""Two models on the same pictures: where they differ first."""

import queue
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Answered, Event, Prediction, Skipped
from alexnet_app.core.inference.class_matching import places_of
from alexnet_app.core.inference.classifier import Classifier, stop_is_in
from alexnet_app.core.steering import Command

SHOWN = 5  # answers that are kept of each


@dataclass(frozen=True, slots=True)
class Compared:
    """What two models say of the picture ``path``, up to five classes each, the likeliest first. ``differs``: their
    likeliest classes are not the same. ``apart`` (0 to 1) is the larger of the two differences between the
    probabilities that they give to these classes; a class that a model does not know has none with it.
    """

    path: str
    first: tuple[Prediction, ...]
    second: tuple[Prediction, ...]
    differs: bool
    apart: float


Pair: TypeAlias = Compared | Skipped


def compare(
    first: Classifier, second: Classifier, paths: Sequence[str], asked: queue.SimpleQueue[Command] | None = None
) -> Iterator[tuple[Pair, ...]]:
    """Yields Compared or Skipped for each of ``paths``, in order, those of a batch together. Stop in ``asked`` ends it
    between batches. UserError where the two have no class in common.
    """
    same = same_classes(first.classes, second.classes)
    size = min(first.batch_size, second.batch_size)
    for at in range(0, len(paths), size):
        part = paths[at : at + size]
        ones = first.classify(part, top=len(first.classes))
        others = second.classify(part, top=len(second.classes))
        yield tuple(compared(one, other, same) for one, other in zip(list(ones), list(others), strict=True))
        if asked is not None and stop_is_in(asked):
            return


def same_classes(first: Sequence[str], second: Sequence[str]) -> dict[str, str]:
    """What the classes of ``second`` are called in ``first``, for those that it has too. UserError where it has none:
    then two models differ on every picture.
    """
    places = places_of(first, second)
    same = {name: first[place] for name, place in zip(second, places, strict=True) if place is not None}
    if not same:
        raise UserError(
            "the two models have no class in common: one knows {first}, the other {second}",
            "choose two models that were trained on the same classes",
            first=", ".join(first[:3]),
            second=", ".join(second[:3]),
        )
    return same


def compared(one: Event, other: Event, same: Mapping[str, str]) -> Pair:
    """Both answers to one picture; Skipped where either is. ``same`` is as ``same_classes`` gives it."""
    for event in (one, other):
        if isinstance(event, Skipped):
            return event
    assert isinstance(one, Answered)
    assert isinstance(other, Answered)
    first = {each.label: each.probability for each in one.predictions}
    second = {same.get(each.label, f"\0{each.label}"): each.probability for each in other.predictions}
    best, theirs = one.predictions[0].label, next(iter(second))
    apart = max(abs(first.get(name, 0.0) - second.get(name, 0.0)) for name in (best, theirs))
    return Compared(one.path, one.predictions[:SHOWN], other.predictions[:SHOWN], best != theirs, apart)


def by_difference(pairs: Iterable[Pair]) -> list[Compared]:
    """Those with two answers: first where the likeliest classes differ, then by how far they are apart, the farthest
    first; equal ones in their order.
    """
    found = [each for each in pairs if isinstance(each, Compared)]
    return sorted(found, key=lambda each: (not each.differs, -each.apart))
