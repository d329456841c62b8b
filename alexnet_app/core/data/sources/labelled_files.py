"""Labelled image files to a source: damaged ones left out, copies found, validation images drawn if there are none."""

import os
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources.readable import Verdict, checking
from alexnet_app.core.data.sources.remarks import Concern, Remark, Tally, Why, listed
from alexnet_app.core.data.sources.split_names import TEST, TRAIN, VALIDATION
from alexnet_app.core.data.sources.twins import MOST, finding_twins
from alexnet_app.core.data.sources.values import Files, Holdout, Source, Split, held_out
from alexnet_app.core.errors import Parts, Sentence, Text, UserError
from alexnet_app.core.events import Event, Skipped

MOST_CLASSES = 25_000  # all of ImageNet has 21,841
CHECKED_SET = 2_000  # images: sets of no more are decoded before anything is drawn …
CHECKED_CLASS = 20  # … and in larger ones the classes of no more, where one damaged image can decide
PAIRS = 3  # of copies that are named
SPLITS = {TRAIN: Text("train"), VALIDATION: Text("validation"), TEST: Text("test")}


@dataclass(frozen=True, slots=True)
class How:
    """How a data set is read: ``holdout`` draws validation images; with ``measuring`` nothing is drawn, and a set
    without splits is all test images, of one class too.
    """

    holdout: Holdout
    measuring: bool = False


@dataclass(slots=True)
class LabelledFiles:
    """Labelled paths by split, as far as they are known. ``where`` is the folder or table that they come from, ``top``
    the folder that the keys of images are relative to. ``good`` says of each file of a split (N,) whether it can be
    decoded, ``verdicts`` why others cannot.
    """

    where: str
    top: str
    classes: tuple[str, ...]
    splits: dict[str, Files]
    remarks: list[Remark] = field(default_factory=list)
    left_out: list[Skipped] = field(default_factory=list)
    good: dict[str, NDArray[np.bool_]] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)

    def relative(self, path: str) -> str:
        """``path`` as people find it in the data set."""
        top = f"{self.where.rstrip(os.sep)}{os.sep}"
        return path.removeprefix(top) if path.startswith(top) else short(path)

    def counts(self, role: str) -> NDArray[np.int64]:
        """Images of each class (classes,) in a split that can be decoded."""
        labels = self.splits[role].labels[self.good[role]]
        found: NDArray[np.int64] = np.bincount(labels, minlength=len(self.classes))
        return found

    def bad(self, role: str) -> Iterator[tuple[str, int]]:
        """Paths and labels of the files of a split that cannot be decoded."""
        files = self.splits[role]
        return ((files.paths[place], int(files.labels[place])) for place in np.flatnonzero(~self.good[role]).tolist())

    def keep(self, role: str, wanted: NDArray[np.bool_]) -> None:
        """Leaves out those files of a split that are not ``wanted`` (N,)."""
        files = self.splits[role]
        lost = {files.paths[place] for place in np.flatnonzero(~wanted & ~self.good[role]).tolist()}
        self.left_out += (Skipped(path, self.verdicts[path].reason) for path in sorted(lost))
        self.splits[role], self.good[role] = chosen(files, wanted), self.good[role][wanted]


def finishing(found: LabelledFiles, tally: Tally, how: How) -> Generator[Event, None, Source]:
    """The source of ``found``. Files that cannot be decoded stay in it, for whoever decodes them to say so, but are
    drawn for nothing and save no class. Yields Progress. Raises UserError where no training is possible.
    """
    if len(found.classes) > MOST_CLASSES:  # told before their images are decoded
        raise UserError(
            "{where} has {count:,} classes; {most:,} at most can be told apart",
            "choose a label that many images share, such as the kind of what they show",
            where=found.where,
            count=len(found.classes),
            most=MOST_CLASSES,
        )
    yield from _look_for_damaged(found, tally)
    _drop_empty_classes(found, how)
    _check_classes(found, how)
    if not how.measuring:
        _tell_lacking(found)
    return _source(found, tally, how, (yield from _twins(found)))


def _look_for_damaged(found: LabelledFiles, tally: Tally) -> Generator[Event, None, None]:
    """Decodes what is to be decoded before anything is drawn."""
    total = sum(len(files.labels) for files in found.splits.values())
    scaled: list[Sentence] = []
    for role, files in found.splits.items():
        counts = np.bincount(files.labels, minlength=len(found.classes))
        wanted = np.flatnonzero((counts[files.labels] <= CHECKED_CLASS) | (total <= CHECKED_SET)).tolist()
        verdicts = yield from checking([files.paths[place] for place in wanted])
        found.good[role] = np.ones(len(files.labels), np.bool_)
        for place, verdict in zip(wanted, verdicts, strict=True):
            scaled += filter(None, [verdict.scaled])
            if verdict.reason:
                found.good[role][place] = False
                found.verdicts[files.paths[place]] = verdict
                tally.add(Why.UNREADABLE, [found.relative(files.paths[place])], verdict.what)
    found.remarks += scaled_remarks(scaled)


def scaled_remarks(scaled: Sequence[Sentence]) -> list[Remark]:
    """What is to be told of how the values of images were brought to 8 bits, from what was told of each."""
    counts = Counter(scaled)
    return [Remark.of(Concern.SCALED_VALUES, how, count=counts[how]) for how in sorted(counts, key=str)]


def chosen(files: Files, keep: NDArray[np.bool_]) -> Files:
    """Those of ``files`` that ``keep`` (N,) says."""
    return Files(tuple(path for path, kept in zip(files.paths, keep, strict=True) if kept), files.labels[keep])


def _main(found: LabelledFiles) -> str:
    return TRAIN if TRAIN in found.splits else next(iter(found.splits))


def _drop_empty_classes(found: LabelledFiles, how: How) -> None:
    """Leaves out classes whose images to train on, or to measure, cannot be decoded, all of them, and splits without
    images.
    """
    wanted = found.splits if how.measuring else (_main(found),)
    counts = sum((found.counts(role) for role in wanted), np.zeros(len(found.classes), np.int64))
    kinds: dict[int, Counter[str]] = {label: Counter() for label in np.flatnonzero(counts == 0).tolist()}
    for role in wanted:
        for path, label in found.bad(role):
            if label in kinds:
                kinds[label][found.verdicts[path].what] += 1
    for label, counted in kinds.items():
        found.remarks.append(undecodable_class(found.classes[label], dict(sorted(counted.items()))))
    if (counts == 0).any():
        places = np.cumsum(counts > 0) - 1
        for role in found.splits:
            found.keep(role, counts[found.splits[role].labels] > 0)
            files = found.splits[role]
            found.splits[role] = Files(files.paths, places[files.labels].astype(np.int64))
        found.classes = tuple(name for name, count in zip(found.classes, counts.tolist(), strict=True) if count)
    for role in [role for role in found.splits if role != _main(found) and not found.good[role].any()]:
        found.keep(role, np.zeros(len(found.good[role]), np.bool_))
        del found.splits[role]


def undecodable_class(name: str, counts: Mapping[str, int]) -> Remark:
    """``counts`` of what it has instead of images that can be decoded, such as 10 "HEIC photos"."""
    what = Parts(Sentence("{count:,} {what}", count=count, what=kind) for kind, count in counts.items())
    return Remark(
        Concern.CLASS_LEFT_OUT,
        "the class {name} is skipped: it has {what}, none of which can be decoded",
        {"name": name, "what": what},
    )


def _check_classes(found: LabelledFiles, how: How) -> None:
    if len(found.classes) > 1 or (found.classes and how.measuring):
        return
    reasons = why_left_out(found.remarks)
    if not found.classes:
        raise UserError(
            "none of the images in {where} can be decoded{reasons}",
            "copy or download them again, or choose other images",
            where=found.where,
            reasons=reasons,
        )
    raise UserError(
        "{where} has only one class, {only}; at least 2 are needed{reasons}",
        "add images of another class beside it",
        where=found.where,
        only=found.classes[0],
        reasons=reasons,
    )


def why_left_out(remarks: Iterable[Remark]) -> Sentence | str:
    """What to say in brackets where classes were left out; nothing where none was."""
    return in_brackets(each for each in remarks if each.concern == Concern.CLASS_LEFT_OUT)


def in_brackets(remarks: Iterable[Remark]) -> Sentence | str:
    """What they say, after what they explain; nothing where there are none."""
    why = [each.said for each in remarks]
    return Sentence(" ({why})", why=listed(why)) if why else ""


def _tell_lacking(found: LabelledFiles) -> None:
    for role in found.splits:
        lacking = [found.classes[label] for label in np.flatnonzero(found.counts(role) == 0).tolist()]
        if lacking:
            found.remarks.append(
                Remark(
                    Concern.CLASS_LACKS,
                    "there are no {split} images of {names}",
                    {"split": SPLITS[role], "names": listed(lacking)},
                )
            )


def _source(found: LabelledFiles, tally: Tally, how: How, same: dict[str, NDArray[np.int64]] | None) -> Source:
    """``same``: see ``_twins``."""
    splits: Mapping[str, Files] = found.splits
    damaged = [Skipped(path, found.verdicts[path].reason) for role in splits for path, _ in found.bad(role)]
    undivided = how.measuring and set(splits) == {TRAIN}
    drawn = not how.measuring and VALIDATION not in splits
    if undivided:
        splits = {TEST: splits[TRAIN]}
    elif drawn:
        splits = {**splits, **_divided(found, None if same is None else same[TRAIN], how.holdout)}
    in_order: dict[str, Split] = {name: splits[name] for name in (TRAIN, VALIDATION, TEST) if name in splits}
    return Source(
        Path(found.where).name,
        found.classes,
        in_order,
        split_rule=how.holdout.rule,
        left_out=tuple(found.left_out),
        damaged=tuple(damaged),
        skipped=tally.found(),
        remarks=tuple(found.remarks),
        drawn=drawn,
        undivided=undivided,
    )


def _twins(found: LabelledFiles) -> Generator[Event, None, dict[str, NDArray[np.int64]] | None]:
    """The twins of the good files of each split, numbered together, None where they are not looked for; tells copies
    within and across splits and classes.
    """
    good = {role: chosen(files, found.good[role]) for role, files in found.splits.items()}
    paths = [path for files in good.values() for path in files.paths]
    if len(paths) > MOST:
        found.remarks.append(
            Remark(
                Concern.NOT_CHECKED,
                "copies of images were not looked for among {count:,} files",
                {"count": len(paths)},
            )
        )
        return None
    same = yield from finding_twins(paths)
    sizes = [len(files.labels) for files in good.values()]
    labels = np.concatenate([files.labels for files in good.values()])
    found.remarks += _copies(paths, same, labels, np.repeat(np.arange(len(sizes)), sizes))
    return dict(zip(good, np.split(same, np.cumsum(sizes)[:-1]), strict=True))


def _copies(
    paths: list[str], same: NDArray[np.int64], labels: NDArray[np.int64], split: NDArray[np.int64]
) -> list[Remark]:
    extra = np.flatnonzero(same != np.arange(len(same)))
    first = same[extra]
    of_class, of_split = extra[labels[extra] != labels[first]], extra[split[extra] != split[first]]

    def values(places: NDArray[np.intp]) -> dict[str, object]:
        pairs = listed(f"{short(paths[same[at]])} = {short(paths[at])}" for at in places[:PAIRS].tolist())
        return {"count": int(places.size), "pairs": pairs}

    remarks = (
        Remark(Concern.DUPLICATES, "copies of other images: {count:,}, such as {pairs}", values(extra)),
        Remark(
            Concern.DUPLICATES_ACROSS_CLASSES,
            "copies of an image of another class, of which one is labelled wrongly: {count:,}, such as {pairs}",
            values(of_class),
        ),
        Remark(
            Concern.DUPLICATES_ACROSS_SPLITS,
            "copies of an image in another split, which make the measured error too low: {count:,}, such as {pairs}",
            values(of_split),
        ),
    )
    return [each for each in remarks if each.values["count"]]


def short(path: str) -> str:
    """The end of a path, which tells an image from others of its set."""
    return "/".join(Path(path).parts[-3:])


def _divided(found: LabelledFiles, same: NDArray[np.int64] | None, holdout: Holdout) -> dict[str, Files]:
    """Training and validation images, drawn from those to train on that can be decoded."""
    files, good = found.splits[TRAIN], found.good[TRAIN]
    prefix = len(found.top.rstrip(os.sep)) + 1
    drawn_from = chosen(files, good)
    keys = (os.fsencode(path[prefix:].replace(os.sep, "/")) for path in drawn_from.paths)
    held = np.zeros(len(good), np.bool_)
    held[good] = held_out(keys, drawn_from.labels, holdout, same)
    if not held.any():
        raise UserError(
            "no class has two images: one to train on and one to validate with",
            "add images, or a folder val beside a folder train",
        )
    counts = np.bincount(files.labels[held], minlength=len(found.classes))
    lacking = [found.classes[label] for label in np.flatnonzero(counts == 0).tolist()]
    if lacking:
        found.remarks.append(
            Remark(
                Concern.CLASS_LACKS,
                "there are no validation images of {names}: one image each, or copies of one",
                {"names": listed(lacking)},
            )
        )
    return {TRAIN: chosen(files, ~held), VALIDATION: chosen(files, held)}
