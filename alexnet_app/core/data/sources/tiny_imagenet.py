"""Tiny ImageNet as it is downloaded: 200 classes of ImageNet, 110,000 labelled pictures of 64 × 64."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from alexnet_app.core.data.sources.folders import open_folder, pictures_in
from alexnet_app.core.data.sources.values import Files, Source
from alexnet_app.core.errors import UserError, cause

ANNOTATIONS = "val/val_annotations.txt"


def is_tiny_imagenet(root: Path) -> bool:
    """Whether ``root`` holds ``train`` with a folder per synset and a ``val`` whose labels are in one file."""
    return (root / "train").is_dir() and (root / ANNOTATIONS).is_file()


def open_tiny_imagenet(root: Path, split_seed: int) -> Source:
    """``train/<synset>/images``, of each class a tenth held out to validate; the pictures that ``val_annotations.txt``
    names are the test split, as papers report them. The folder ``test`` has no labels and is left out.

    Raises UserError where the annotations make no sense, or name a picture or a class that is not there.
    """
    source = open_folder(root / "train", split_seed)
    return Source(root.name, source.classes, {**source.splits, "test": _annotated(root, source.classes)})


def _annotated(root: Path, classes: tuple[str, ...]) -> Files:
    folder = root / "val" / "images"
    there = {Path(path).name: path for path in pictures_in(folder if folder.is_dir() else folder.parent)}
    labels = {synset: label for label, synset in enumerate(classes)}
    found = [(there.pop(name, ""), name, labels[synset]) for name, synset in _rows(root / ANNOTATIONS, labels)]
    absent = [name for path, name, _ in found if not path]
    if absent:
        raise UserError(
            "{file} names {count} pictures that are not in {folder}, such as {name}",
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
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("{path} cannot be read: {reason}", path=file, reason=cause(error)) from error
    for number, line in enumerate(lines, 1):
        name, synset = (*line.split("\t"), "", "")[:2]
        if line.strip() and synset.strip() not in known:
            raise UserError(
                "line {line} of {path} names no class of train: {text!r}", line=number, path=file, text=line[:80]
            )
        if line.strip():
            yield name.strip(), synset.strip()
