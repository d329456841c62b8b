"""A folder of images in class folders, as people have them: with or without splits, in whatever they are wrapped."""

from collections.abc import Generator
from pathlib import Path

import numpy as np

from alexnet_app.core.data.sources.contents import Contents
from alexnet_app.core.data.sources.gathering import Gathered, Gatherer, Unsorted
from alexnet_app.core.data.sources.labelled_files import How, LabelledFiles, finishing, why_left_out
from alexnet_app.core.data.sources.layout import FolderLayout, understood_layout
from alexnet_app.core.data.sources.remarks import Tally, all_of
from alexnet_app.core.data.sources.split_names import TRAIN
from alexnet_app.core.data.sources.tree import Folder, reading_tree, walked
from alexnet_app.core.data.sources.values import Files, Source
from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Event

TABLES = (".csv", ".tsv")


def opening_photos(root: Path, how: How, unsorted: Unsorted | None = None) -> Generator[Event, None, Source]:
    """The classes and files of ``root``, found by what its folders are called and hold.

    What is a picture is told by its content where its ending does not. What cannot be decoded is left out of small sets
    and classes before validation images are drawn, where the set has none. Yields Progress. Raises UserError with the
    way out where no training is possible, or what the folders mean cannot be told.
    """
    tree = yield from _tree(root)
    contents, tally = Contents(), Tally()
    yield from contents.looking(tree)
    layout = understood_layout(tree, contents)
    _check_training_images(tree, layout, how)
    found = Gatherer(tree, layout, contents, tally, measuring=how.measuring).gathered(unsorted)
    if not found.classes:
        raise _without_classes(tree, found)
    files = LabelledFiles(tree.path, found.top, found.classes, _labelled(found), found.remarks, found.left_out)
    return (yield from finishing(files, tally, how))


def _tree(root: Path) -> Generator[Event, None, Folder]:
    try:
        tree = yield from reading_tree(str(root.resolve(strict=True)))
    except (OSError, RuntimeError) as error:  # a link that points to itself
        raise UserError("{path} cannot be opened: {reason}", path=root, reason=cause(error)) from error
    closed = next((folder for folder in walked(tree) if folder.content.refused), None)
    if closed is not None:
        raise UserError(
            "{folder} cannot be listed: {reason}",
            "make it readable, or move it elsewhere",
            folder=closed.path,
            reason=closed.content.refused,
        )
    return tree


def _check_training_images(tree: Folder, layout: FolderLayout, how: How) -> None:
    if how.measuring or "" in layout.splits or TRAIN in layout.splits:
        return
    raise UserError(
        "{folder} has nothing to train on: it has only {names}",
        "put the training images into a folder train beside them, or choose the folder with your training images",
        folder=tree.path,
        names=all_of(sorted(folder.name for folder in layout.splits.values())),
    )


def _without_classes(tree: Folder, found: Gathered) -> UserError:
    content = tree.content
    tables = [name for name in content.files if name.lower().endswith(TABLES)]
    hint = "put the images of each class into their own sub-folder"
    error = UserError("{folder} has no sub-folders, so there are no classes", hint, folder=tree.path)
    if not (content.folders or content.files or content.odd):
        empty = UserError("{folder} is empty: it has no sub-folders, so there are no classes", hint, folder=tree.path)
        litter = UserError(
            "{folder} contains only system files and has no sub-folders, so there are no classes",
            hint,
            folder=tree.path,
        )
        error = litter if content.litter else empty
    if content.folders:
        reasons = why_left_out(found.remarks)
        error = UserError(
            "{folder} contains no images in class folders{reasons}", hint, folder=tree.path, reasons=reasons
        )
    if not tables:
        return error
    return error.replaced(
        "put the images of each class into their own sub-folder, or choose the table {table} as the data",
        table=tables[0],
    )


def _labelled(gathered: Gathered) -> dict[str, Files]:
    found = dict(gathered.given)
    for role, classes in gathered.paths.items():
        counts = [len(classes.get(name, ())) for name in gathered.classes]
        paths = tuple(path for name in gathered.classes for path in classes.get(name, ()))
        found[role] = Files(paths, np.repeat(np.arange(len(counts), dtype=np.int64), counts))
    return found
