"""Whether a folder looks like classes to tell apart: from the names in it, before anything is counted or decoded."""

from collections.abc import Generator
from pathlib import Path

from alexnet_app.core.data.sources.contents import Contents
from alexnet_app.core.data.sources.layout import class_folders, understood_layout, within_split
from alexnet_app.core.data.sources.split_names import TRAIN
from alexnet_app.core.data.sources.tree import reading_tree
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event


def glancing_at_classes(folder: Path) -> Generator[Event, None, tuple[str, ...]]:
    """The names of the class folders with images in ``folder``; none where there are fewer than two, or where what its
    folders mean cannot be told. Yields Progress("list").
    """
    contents = Contents()
    try:
        tree = yield from reading_tree(str(folder.resolve(strict=True)))
        layout = understood_layout(tree, contents)
    except (UserError, OSError, RuntimeError):
        return ()
    splits = layout.splits
    main = splits.get("") or splits.get(TRAIN) or next(iter(splits.values()))
    main = main if "" in splits else within_split(main, contents)
    own = {each.path for role, each in splits.items() if role}
    names = [
        name
        for name, folders in class_folders(main).items()
        if any(each.path not in own and contents.holds_images(each) for each in folders)
    ]
    return tuple(names) if len(names) > 1 else ()
