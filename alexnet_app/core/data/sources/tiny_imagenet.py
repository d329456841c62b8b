"""Tiny ImageNet as it is downloaded: 200 classes of ImageNet, 110,000 labelled pictures of 64 × 64."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from alexnet_app.core.data.sources.folders import open_folder, pictures_in, subfolders
from alexnet_app.core.data.sources.gathering import UNKNOWN
from alexnet_app.core.data.sources.labelled_files import How
from alexnet_app.core.data.sources.photo_folders import opening_photos
from alexnet_app.core.data.sources.remarks import EXAMPLES, SkippedFiles, Why
from alexnet_app.core.data.sources.values import Files, Holdout, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Skipped
from alexnet_app.core.foreign import MOST_LIST, read_text

ANNOTATIONS = "val/val_annotations.txt"
IMAGES = "images"  # the folder in val and test that holds their pictures


def is_tiny_imagenet(root: Path) -> bool:
    """Whether ``root`` holds ``train`` with a folder per synset and a ``val`` whose labels are in one file.

    A ``val`` whose pictures somebody has sorted into class folders, with the file left there, is no such.
    """
    if not ((root / "train").is_dir() and (root / ANNOTATIONS).is_file()):
        return False
    return bool(pictures_in(_annotated_folder(root))) or set(subfolders(root / "val")) <= {IMAGES}


def open_tiny_imagenet(root: Path, how: Holdout) -> Source:
    """``train/<synset>/images``, of each class a tenth held out to validate; the pictures that ``val_annotations.txt``
    names are the test split, as papers report them. The folder ``test`` has no labels and is left out.

    Raises UserError where the annotations make no sense, or name a picture or a class that is not there.
    """
    return _with_annotated(root, open_folder(root / "train", how))


def opening_tiny_imagenet(root: Path, how: How) -> Generator[Event, None, Source]:
    """The same as folders are read today. Yields Progress."""
    return _with_annotated(root, (yield from opening_photos(root / "train", How(how.holdout))))


def _with_annotated(root: Path, source: Source) -> Source:
    splits = {**source.splits, "test": _annotated(root, source.classes)}
    test = root / "test"
    if not test.is_dir():
        return replace(source, name=root.name, splits=splits)
    left_out = (*source.left_out, Skipped(str(test), UNKNOWN))
    inside = test / IMAGES if (test / IMAGES).is_dir() else test
    shown = sorted(path[len(str(root)) + 1 :] for path in pictures_in(inside))
    unlabelled = SkippedFiles(Why.UNLABELLED, len(shown), tuple(shown[:EXAMPLES]))
    return replace(source, name=root.name, splits=splits, left_out=left_out, skipped=(*source.skipped, unlabelled))


def _annotated_folder(root: Path) -> Path:
    folder = root / "val" / IMAGES
    return folder if folder.is_dir() else folder.parent


def _annotated(root: Path, classes: tuple[str, ...]) -> Files:
    folder = _annotated_folder(root)
    there = {Path(path).name: path for path in pictures_in(folder)}
    labels = {synset: label for label, synset in enumerate(classes)}
    found = [(there.pop(name, ""), name, labels[synset]) for name, synset in _rows(root / ANNOTATIONS, labels)]
    absent = [name for path, name, _ in found if not path]
    if absent:
        raise UserError(
            "{file} names {count} images that are not in {folder}, such as {name}",
            "unpack the archive again",
            file=root / ANNOTATIONS,
            count=len(absent),
            folder=folder,
            name=absent[0],
        )
    if there:
        raise UserError(
            "{path} is not in {file}",
            "remove it, or unpack the archive again",
            path=min(there.values()),
            file=root / ANNOTATIONS,
        )
    found.sort()
    return Files(tuple(path for path, _, _ in found), np.array([label for _, _, label in found], np.int64))


def _rows(file: Path, known: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Lines such as ``val_0.JPEG<tab>n03444034<tab>0<tab>32<tab>44<tab>62``: a picture, its synset, a box."""
    lines = read_text(file, MOST_LIST).splitlines()
    rows = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    if not rows:
        raise UserError("{path} is empty", "unpack the archive again", path=file)
    named: set[str] = set()
    for number, line in rows:
        name, synset = (each.strip() for each in (*line.split("\t"), "")[:2])
        if synset not in known:
            raise UserError(
                "line {line} of {path} names no class of train: {text!r}", line=number, path=file, text=line[:80]
            )
        if name in named:
            raise UserError(
                "line {line} of {path} names {name} again",
                "keep one of its lines, or unpack the archive again",
                line=number,
                path=file,
                name=name,
            )
        named.add(name)
        yield name, synset
