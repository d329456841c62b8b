"""A folder with one sub-folder of picture files per class, as the first rule reads it, for what began with it."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeAlias

import numpy as np

from alexnet_app.core.data.formats import SUFFIXES
from alexnet_app.core.data.sources.tree import is_file, is_folder
from alexnet_app.core.data.sources.values import Files, Holdout, Source, Split, held_out
from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Skipped

Identity: TypeAlias = tuple[int, int]
VALIDATION = ("val", "validation", "valid")


def open_folder(
    root: Path, how: Holdout, unsorted: Callable[[Path, tuple[str, ...]], Files | Skipped | None] | None = None
) -> Source:
    """The classes and files of ``root``: either its sub-folders are the classes, or it has a folder ``train`` of such
    sub-folders and possibly ``val`` (also ``validation``, ``valid``) and ``test`` with the same classes.

    Files are found at any depth, through links too, but never twice or in a loop; what is hidden or has no picture's
    suffix is left out. Without a validation folder a tenth of each class is held out. ``unsorted`` gives the pictures
    of a split that is not sorted into classes, from its folder and the classes, or says why it is left out; None where
    it is sorted. Raises UserError where a class is empty, lacks in one split, is the only one or is another one's
    folder, or where nothing can be found.
    """
    root = _resolved(root)
    train = root / "train"
    _check_no_loose_training(root, train)
    own_splits = train.is_dir() and bool(subfolders(train)) and not any(_pictures(_entries(train)))
    top = train if own_splits else root
    classes = _classes(top)
    others = list(_other_splits(root)) if own_splits else []
    splits = {"train": _scan(top, classes, _folders(top, [folder for _, folder in others]))}
    left_out: list[Skipped] = []
    for split, folder in others:
        found = unsorted(folder, classes) if unsorted else None
        if found is None:
            _check_classes(folder, classes, exactly=split == "validation")
            found = _scan(folder, classes, _folders(folder, [train]))
        if isinstance(found, Skipped):
            left_out.append(found)
        else:
            splits[split] = found
    if "validation" not in splits:
        splits |= _divided(top, classes, splits["train"], how)
    in_order: dict[str, Split] = {name: splits[name] for name in ("train", "validation", "test") if name in splits}
    return Source(root.name, classes, in_order, split_rule=how.rule, left_out=tuple(left_out))


def _check_no_loose_training(root: Path, train: Path) -> None:
    """``train`` with pictures of its own beside another split is no class: somebody has yet to sort it."""
    others = [name for name in (*VALIDATION, "test") if (root / name).is_dir()]
    if others and train.is_dir() and any(_pictures(_entries(train))):
        raise UserError(
            "{train} contains images that belong to no class",
            "put the images of each class into their own sub-folder",
            train=train,
        )


def _folders(top: Path, splits: Iterable[Path]) -> dict[Identity, Path]:
    """The folders ``splits`` and their class folders: pictures of theirs are none of the split ``top``.

    Raises UserError where ``top`` is one of them again: training pictures do not say how well they were learned.
    """
    found = {_identity(each): each for split in splits for each in (split, *(split / n for n in subfolders(split)))}
    if (same := found.get(_identity(top))) is not None:
        raise _same_folder(top, same)
    return found


def _same_folder(first: Path, second: Path) -> UserError:
    return UserError(
        "{first} and {second} are the same folder through a link, so their images would be used twice",
        "remove the link",
        first=first,
        second=second,
    )


def _resolved(path: Path) -> Path:
    try:
        return path.resolve(strict=True)
    except (OSError, RuntimeError) as error:  # a link that points to itself
        raise UserError("{path} cannot be opened: {reason}", path=path, reason=cause(error)) from error


def _classes(folder: Path) -> tuple[str, ...]:
    classes = tuple(sorted(subfolders(folder)))
    hint = "put the images of each class into their own sub-folder"
    if not classes:
        raise UserError("{folder} has no sub-folders, so there are no classes", hint, folder=folder)
    if len(classes) == 1:
        only = classes[0]
        raise UserError("{folder} has only one class, {only}; at least 2 are needed", hint, folder=folder, only=only)
    return classes


def _other_splits(root: Path) -> Iterator[tuple[str, Path]]:
    validation = [root / name for name in VALIDATION if (root / name).is_dir()]
    if len(validation) > 1:
        names = " and ".join(folder.name for folder in validation)
        raise UserError("{root} has more than one validation folder: {names}", "keep one", root=root, names=names)
    if validation:
        yield "validation", validation[0]
    if (root / "test").is_dir():
        yield "test", root / "test"


def _check_classes(folder: Path, classes: tuple[str, ...], *, exactly: bool) -> None:
    found = set(subfolders(folder))
    unknown, missing = sorted(found.difference(classes)), sorted(set(classes) - found)
    unknown = [name for name in unknown if any(_walk(folder / name, frozenset()))]  # an empty one is no class
    if not found:
        raise UserError("{folder} has no sub-folders", "sort its images into one sub-folder per class", folder=folder)
    if unknown:
        raise UserError("{folder} has a class that train does not have: {name}", folder=folder, name=unknown[0])
    if exactly and missing:
        raise UserError("{folder} does not have a class that train has: {name}", folder=folder, name=missing[0])


def _divided(top: Path, classes: tuple[str, ...], files: Files, how: Holdout) -> dict[str, Files]:
    small = np.flatnonzero(np.bincount(files.labels, minlength=len(classes)) < 2)
    if small.size:
        raise UserError(
            "the class {name} has only one image; 2 are needed, one for training and one for validation",
            "add images, or a folder val beside a folder train",
            name=classes[small[0]],
        )
    prefix = len(str(top)) + 1
    keys = (os.fsencode(path[prefix:].replace(os.sep, "/")) for path in files.paths)
    held = held_out(keys, files.labels, how)
    return {"train": _chosen(files, ~held), "validation": _chosen(files, held)}


def _chosen(files: Files, mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> Files:
    return Files(tuple(path for path, keep in zip(files.paths, mask, strict=True) if keep), files.labels[mask])


def _scan(top: Path, classes: tuple[str, ...], apart: Mapping[Identity, Path]) -> Files:
    paths: list[str] = []
    counts: list[int] = []
    present = set(subfolders(top))
    claimed = _claimed(top, sorted(present), apart)
    for name in classes:
        found = sorted(_walk(top / name, claimed)) if name in present else []
        if name in present and not found:
            folder = top / name
            raise UserError(
                "the class folder {folder} contains no images", "add images, or remove the folder", folder=folder
            )
        paths += found
        counts.append(len(found))
    return Files(tuple(paths), np.repeat(np.arange(len(classes), dtype=np.int64), counts))


def _claimed(top: Path, names: Iterable[str], apart: Mapping[Identity, Path]) -> frozenset[Identity]:
    """The class folders of ``top``, all that they lie in, and the folders ``apart``: a link to one of these from within
    would mix up classes or splits. Raises UserError where a class folder is one of them again.
    """
    claimed = {**apart, **{_identity(folder): folder for folder in (top, *top.parents)}}
    for name in names:
        first = claimed.setdefault(_identity(top / name), top / name)
        if first != top / name:
            raise _same_folder(first, top / name)
    return frozenset(claimed)


def _walk(folder: Path, claimed: frozenset[Identity]) -> Iterator[str]:
    seen: set[Identity] = set()
    waiting = [str(folder)]
    while waiting:
        entries = _entries(Path(waiting.pop()))
        yield from (entry.path for entry in _pictures(entries))
        for entry in entries:
            if is_folder(entry) and (identity := _identity(entry.path)) not in claimed and identity not in seen:
                seen.add(identity)
                waiting.append(entry.path)


def _identity(path: str | Path) -> Identity:
    status = Path(path).stat()
    return status.st_dev, status.st_ino


def pictures_in(folder: Path) -> list[str]:
    """The paths of the picture files in ``folder`` itself."""
    return [entry.path for entry in _pictures(_entries(folder))]


def _pictures(entries: Iterable[os.DirEntry[str]]) -> Iterator[os.DirEntry[str]]:
    return (entry for entry in entries if entry.name[entry.name.rfind(".") :].lower() in SUFFIXES and is_file(entry))


def subfolders(folder: Path) -> list[str]:
    """The names of the folders in ``folder``, without what is hidden."""
    return [entry.name for entry in _entries(folder) if is_folder(entry)]


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """What ``folder`` holds, without what is hidden."""
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith((".", "__MACOSX"))]
    except OSError as error:
        raise UserError("{folder} cannot be listed: {reason}", folder=folder, reason=cause(error)) from error
