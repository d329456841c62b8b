"""ImageNet as it is downloaded (ILSVRC2012), and what people call its classes."""

import csv
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from alexnet_app.core.data.sources.folders import VALIDATION, open_folder, pictures_in, subfolders
from alexnet_app.core.data.sources.kept_listing import opening_listed
from alexnet_app.core.data.sources.labelled_files import How
from alexnet_app.core.data.sources.litter import is_litter
from alexnet_app.core.data.sources.photo_folders import opening_photos
from alexnet_app.core.data.sources.split_names import TEST
from alexnet_app.core.data.sources.tiny_imagenet import (
    ANNOTATIONS,
    IMAGES,
    is_tiny_imagenet,
    open_tiny_imagenet,
    opening_tiny_imagenet,
)
from alexnet_app.core.data.sources.values import FIRST_RULE, Files, Holdout, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Skipped
from alexnet_app.core.foreign import MOST_LIST, read_text
from alexnet_app.core.ilsvrc import synsets

SYNSET = re.compile(r"n\d{8}")
NESTED = ("Data/CLS-LOC", "ILSVRC/Data/CLS-LOC")  # where other archives keep train and val
SOLUTION = "LOC_val_solution.csv"
TRUTH = "ILSVRC2012_validation_ground_truth.txt"
KITS = ("", "data", "ILSVRC2012_devkit_t12/data", "devkit/data", "ILSVRC/devkit/data")
WRAPPERS = 3  # folders around a data set, each alone in the one before
ABOVE = 5  # so many folders above val are searched for what its pictures show


def is_ilsvrc(classes: tuple[str, ...]) -> bool:
    """Whether these are the classes of a source that is all of ILSVRC2012, in their order."""
    return classes == tuple(each.name for each in synsets())


def opening_kept(path: Path, how: How) -> Generator[Event, None, Source]:
    """What ``opening_classes`` gives; of a large folder that has not changed, without listing it again."""
    beside = (
        file
        for nested in ("", *NESTED)
        for place in ((path / nested).absolute(), (path / nested).resolve())  # behind a link, others lie above it
        for name in VALIDATION
        for file in _truth_files(place / name)
    )
    watched = (*beside, path.absolute() / ANNOTATIONS)
    return (yield from opening_listed(path, how, lambda: opening_classes(path, how), watched))


def opening_classes(path: Path, how: How) -> Generator[Event, None, Source]:
    """A folder with a folder per class, which may be ImageNet or Tiny ImageNet as they are downloaded.

    There ``train`` holds a folder per synset, in ``path`` or where the archives have it (``NESTED``). ``val`` is sorted
    in the same way, or flat: then LOC_val_solution.csv or the ground truth of the development kit, somewhere above it,
    says what its pictures show; those of classes that ``train`` lacks are left out. A ``test`` whose pictures nobody
    can tell, flat or all in its folder ``images``, is left out. Folders that are called by synsets become classes with
    the names that people use. What was begun by the first rule is read as it was then. Raises UserError where a folder
    is no data set.
    """
    if how.holdout.rule == FIRST_RULE:
        return _as_at_first(path, how.holdout)
    tiny = next((place for place in _wrapped_in(path) if is_tiny_imagenet(place)), None)
    if tiny is not None:
        return _named((yield from opening_tiny_imagenet(tiny.resolve(), how)))
    root = _root(path)
    source = yield from opening_photos(root, how, _labels_of_flat if _of_synsets(root / "train") else None)
    return _named(replace(source, name=path.resolve().name))


def _as_at_first(path: Path, how: Holdout) -> Source:
    if is_tiny_imagenet(path):
        return _named(open_tiny_imagenet(path.resolve(), how))
    root = _root(path)
    source = open_folder(root, how, labelled if _of_synsets(root / "train") else None)
    return _named(replace(source, name=path.resolve().name))


def _wrapped_in(path: Path) -> Iterator[Path]:
    """``path`` and the folders in it while each holds one alone, as archives unpack."""
    for _ in range(WRAPPERS):
        yield path
        inside = [name for name in subfolders(path) if not is_litter(name)]
        if len(inside) != 1:
            return
        path = path / inside[0]


def _root(path: Path) -> Path:
    places = [path, *(path / nested for nested in NESTED)]
    return next((place for place in places if (place / "train").is_dir()), path)


def _of_synsets(train: Path) -> bool:
    names = subfolders(train) if train.is_dir() else []
    return bool(names) and all(SYNSET.fullmatch(name) for name in names)


def _named(source: Source) -> Source:
    """``source`` with readable names for synsets; folders that no synset is called like keep theirs."""
    if not all(SYNSET.fullmatch(name) for name in source.classes):
        return source
    names = {each.synset: each.name for each in synsets()}
    return replace(source, classes=tuple(names.get(synset, synset) for synset in source.classes))


def _labels_of_flat(folder: Path, classes: tuple[str, ...], role: str) -> Files | Skipped | None:
    return labelled(folder, classes, is_test=role == TEST)


def labelled(folder: Path, classes: tuple[str, ...], *, is_test: bool = False) -> Files | Skipped | None:
    """The pictures of a split without class folders, with the labels of their synsets in ``classes``; None where it has
    class folders, and why it is left out where it is the test split. Raises UserError where nothing tells the labels.
    """
    inside = set(subfolders(folder))
    if inside and (IMAGES not in inside or inside & set(classes)):
        return None
    if is_test or folder.name == "test":
        return Skipped(str(folder), "the classes of its images are unknown")
    if inside:
        raise UserError(
            "the classes of the images in {images} are unknown: {name} is missing in {folder}",
            "unpack the archive again, or sort the images into one folder per synset",
            images=folder / IMAGES,
            name=Path(ANNOTATIONS).name,
            folder=folder,
        )
    file, truth = _truth(folder)
    labels = {synset: label for label, synset in enumerate(classes)}
    found: list[tuple[str, int]] = []
    for path in sorted(pictures_in(folder)):
        synset = truth.get(Path(path).stem)
        if synset is None:
            raise UserError(
                "{path} is not in {file}", "remove it, or use the file that belongs to val", path=path, file=file
            )
        if synset in labels:
            found.append((path, labels[synset]))
    if not found:
        raise UserError("{folder} has no images of the classes in train", folder=folder)
    return Files(tuple(path for path, _ in found), np.array([label for _, label in found], np.int64))


def _truth(folder: Path) -> tuple[Path, Mapping[str, str]]:
    """The file that says what the pictures in ``folder`` show, and the synset of each by its name without suffix."""
    for file in _truth_files(folder):
        if file.is_file():
            return file, dict(_solution(file) if file.name == SOLUTION else _ground_truth(file))
    raise UserError(
        "the classes of the images in {folder} are unknown",
        "put {solution} or the development kit's {truth} beside it, or sort the images into one folder per synset",
        folder=folder,
        solution=SOLUTION,
        truth=TRUTH,
    )


def _truth_files(folder: Path) -> Iterator[Path]:
    """Where that is looked for, in this order."""
    for place in (folder, *folder.parents[:ABOVE]):
        yield place / SOLUTION
        yield from (place / kit / TRUTH for kit in KITS)


def _solution(path: Path) -> Iterator[tuple[str, str]]:
    """Rows such as ``ILSVRC2012_val_00048981,n03995372 85 1 499 272``: a picture, then its synset and box, repeated."""
    for line, row in enumerate(csv.reader(_lines(path)), 1):
        synset = row[1].split()[0] if len(row) > 1 and row[1].split() else ""
        if SYNSET.fullmatch(synset):
            yield row[0], synset
        elif line > 1 and row:  # the first is the heading
            raise _senseless(path, line, ",".join(row))


def _ground_truth(path: Path) -> Iterator[tuple[str, str]]:
    """The class of picture 1, 2 … on a line each, by its number in the development kit."""
    by_number = {str(each.number): each.synset for each in synsets()}
    for line, text in enumerate(_lines(path), 1):
        if text.strip() not in by_number:
            raise _senseless(path, line, text)
        yield f"ILSVRC2012_val_{line:08d}", by_number[text.strip()]


def _lines(path: Path) -> list[str]:
    return read_text(path, MOST_LIST).splitlines()


def _senseless(path: Path, line: int, text: str) -> UserError:
    return UserError("line {line} of {path} names no class: {text!r}", path=path, line=line, text=text[:80])
