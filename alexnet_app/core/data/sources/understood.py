"""What was understood of a data set before anything is trained: its classes, what is skipped, what may spoil it."""

from collections.abc import Container, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources.labelled_files import CHECKED_SET, scaled_remarks, short
from alexnet_app.core.data.sources.readable import checking
from alexnet_app.core.data.sources.remarks import Concern, Remark, SkippedFiles, Tally, Why, listed
from alexnet_app.core.data.sources.split_names import TEST, TRAIN, VALIDATION
from alexnet_app.core.data.sources.values import Files, Source, Split
from alexnet_app.core.errors import Lines, Sentence, UserError
from alexnet_app.core.events import DataUnderstood, Event, Skipped

FEW = 20  # images of a set, or validation images: an error that is measured on them says little
FEW_OF_CLASS = 10  # training images
IMBALANCE = 5  # times as many images in the largest class as in the smallest one
DECODED = 20_000  # images that are decoded to be counted; of larger sets only the small classes


@dataclass(frozen=True, slots=True)
class ClassCount:
    """How many images a class has in each split, as a training uses them."""

    name: str
    train: int
    validation: int
    test: int

    @property
    def total(self) -> int:
        """In all splits."""
        return self.train + self.validation + self.test


@dataclass(frozen=True, slots=True)
class Majority:
    """The class with most images, and its share (0 to 1) of all: who always answers with it has the rest as error."""

    name: str
    share: float


@dataclass(frozen=True, slots=True)
class Understood:
    """A data set as a training would use it. ``drawn`` says that its validation images were drawn from those to train
    on, ``undivided`` that it has no splits and all images are to be measured.
    """

    name: str
    classes: tuple[ClassCount, ...]
    skipped: tuple[SkippedFiles, ...]
    remarks: tuple[Remark, ...]
    majority: Majority
    drawn: bool = False
    undivided: bool = False

    def total(self, split: str) -> int:
        """Images of all classes in "train", "validation" or "test"."""
        return sum(int(getattr(each, split)) for each in self.classes)

    @property
    def skipped_files(self) -> int:
        """How many files and folders are not used."""
        return sum(each.count for each in self.skipped)


def understood(source: Source) -> Understood:
    """What ``source`` says, at no cost: nothing is opened."""
    damaged = {each.path for each in source.damaged}
    counts = {role: _readable(source, source.splits.get(role), damaged) for role in (TRAIN, VALIDATION, TEST)}
    rows = zip(source.classes, *(counts[role].tolist() for role in (TRAIN, VALIDATION, TEST)), strict=True)
    classes = tuple(ClassCount(*row) for row in rows)
    largest = max(classes, key=lambda each: each.total)
    share = largest.total / max(1, sum(each.total for each in classes))
    remarks = (*source.remarks, *_concerns(source, classes))
    majority = Majority(largest.name, share)
    return Understood(source.name, classes, source.skipped, remarks, majority, source.drawn, source.undivided)


def inspecting(source: Source) -> Generator[Event, None, Source]:
    """``source`` with all files that cannot be decoded known as ``damaged``, as preparing leaves them out; those of
    small sets and classes are already. Sets of more than ``DECODED`` images are not decoded, which is said.

    Yields Progress("check") and Skipped. Raises UserError where a class loses all its training images.
    """
    yield from source.damaged
    files = {name: split for name, split in source.splits.items() if isinstance(split, Files)}
    total = sum(len(split.labels) for split in files.values())
    if total > DECODED:
        remark = Remark(
            Concern.NOT_CHECKED,
            "damaged files may be among these counts: {count:,} images were too many to be decoded",
            {"count": total},
        )
        return replace(source, remarks=(remark, *source.remarks))
    return source if total <= CHECKED_SET else (yield from _decoded(source, files))


def _decoded(source: Source, files: Mapping[str, Files]) -> Generator[Event, None, Source]:
    tally, scaled = Tally(), list[Sentence]()
    damaged = {each.path: each for each in source.damaged}
    for name, split in files.items():
        for path, verdict in zip(split.paths, (yield from checking(split.paths)), strict=True):
            scaled += filter(None, [verdict.scaled])
            if verdict.reason and path not in damaged:
                damaged[path] = Skipped(path, verdict.reason)
                tally.add(Why.UNREADABLE, [short(path)], verdict.what)
                yield damaged[path]
        _check_left(source, name, split, damaged)
    skipped = _merged(source.skipped, tally.found())
    known = tuple(each for each in source.remarks if each.concern != Concern.SCALED_VALUES)
    return replace(source, damaged=tuple(damaged.values()), skipped=skipped, remarks=(*scaled_remarks(scaled), *known))


def _check_left(source: Source, name: str, split: Files, damaged: Container[str]) -> None:
    left = _readable(source, split, damaged)
    emptied = np.flatnonzero((np.bincount(split.labels, minlength=len(source.classes)) > 0) & (left == 0))
    if name == TRAIN and emptied.size:
        raise UserError(
            "no training image of the class {name} can be decoded",
            "replace them, or remove the folder of the class",
            name=source.classes[emptied[0]],
        )


def _readable(source: Source, split: Split | None, damaged: Container[str]) -> NDArray[np.int64]:
    """Images of each class (classes,) of a split, without those that are ``damaged``."""
    labels = np.zeros(0, np.int64) if split is None else split.labels
    if damaged and isinstance(split, Files):
        labels = labels[[path not in damaged for path in split.paths]]
    found: NDArray[np.int64] = np.bincount(labels, minlength=len(source.classes))
    return found


def _merged(one: tuple[SkippedFiles, ...], other: tuple[SkippedFiles, ...]) -> tuple[SkippedFiles, ...]:
    tally = Tally()
    for each in (*one, *other):
        tally.add(each.why, each.examples, each.what, each.count)
    return tally.found()


def as_event(found: Understood) -> DataUnderstood:
    """The same in short, for whoever watches a job."""
    return DataUnderstood(
        data=found.name,
        classes=len(found.classes),
        names=str(listed(f"{each.name} {each.total:,}" for each in found.classes)),
        train_pictures=found.total(TRAIN),
        validation_pictures=found.total(VALIDATION),
        test_pictures=found.total(TEST),
        drawn=found.drawn,
        skipped="; ".join(f"{each.count:,} {each.reason}" for each in found.skipped),
        warnings=Lines.of(each.said for each in found.remarks),
    )


def as_plain(found: Understood) -> dict[str, object]:
    """As ``inspect --json`` gives it."""
    return {
        "classes": [
            {"name": each.name, "train": each.train, "validation": each.validation, "test": each.test}
            for each in found.classes
        ],
        "skipped": [
            {"reason": each.reason, "count": each.count, "examples": list(each.examples)} for each in found.skipped
        ],
        "warnings": [each.sentence for each in found.remarks],
        "majority": {"name": found.majority.name, "share": found.majority.share},
    }


def _concerns(source: Source, classes: Sequence[ClassCount]) -> Iterator[Remark]:
    """What the counts alone tell."""
    total = sum(each.total for each in classes)
    if total < FEW:
        yield Remark(Concern.FEW_IMAGES, "{count:,} images in all are very few", {"count": total})
    if len(classes) == 1:
        yield Remark(
            Concern.ONE_CLASS,
            "there is only one class, {name}: nothing can be confused with it",
            {"name": classes[0].name},
        )
    if TRAIN in source.splits and not source.undivided:
        yield from _training_concerns(source, classes)


def _training_concerns(source: Source, classes: Sequence[ClassCount]) -> Iterator[Remark]:
    validation = sum(each.validation for each in classes)
    if VALIDATION in source.splits and validation < FEW:
        yield Remark(
            Concern.FEW_VALIDATION,
            "{count:,} validation images are few: the error measured on them may be off by {off:.0%}",
            {"count": validation, "off": 1 / max(1, validation) ** 0.5},
        )
    few = [f"{each.name} ({each.train:,})" for each in classes if each.train < FEW_OF_CLASS]
    if few:
        yield Remark(
            Concern.FEW_IMAGES,
            "classes with fewer than {limit} training images: {names}",
            {"limit": FEW_OF_CLASS, "names": listed(few)},
        )
    most, least = max(classes, key=lambda each: each.train), min(classes, key=lambda each: each.train)
    if most.train >= IMBALANCE * max(1, least.train):
        yield Remark(
            Concern.IMBALANCE,
            "the classes are very unequal: {most} has {many:,} training images, {least} has {few:,}",
            {"most": most.name, "many": most.train, "least": least.name, "few": least.train},
        )
