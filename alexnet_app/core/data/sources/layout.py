"""What the folders of a data set mean: which are splits, which are classes, and which only wrap others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from alexnet_app.core.data.sources.contents import Contents
from alexnet_app.core.data.sources.remarks import Concern, Remark, all_of, listed
from alexnet_app.core.data.sources.split_names import TEST, TRAIN, VALIDATION, prefixed_roles, role_of
from alexnet_app.core.data.sources.tree import Folder
from alexnet_app.core.errors import Text, UserError
from alexnet_app.core.network.class_names import normal

ROLES = (TRAIN, VALIDATION, TEST)


@dataclass(frozen=True, slots=True)
class FolderLayout:
    """The folder of each split, those of one that has none being all classes: then ``splits`` has "" alone.

    ``beside`` are folders that hold images and belong to no split, ``empty`` are split folders without images.
    """

    splits: Mapping[str, Folder]
    remarks: tuple[Remark, ...] = ()
    beside: tuple[Folder, ...] = ()
    empty: tuple[Folder, ...] = ()


def understood_layout(root: Folder, contents: Contents) -> FolderLayout:
    """What the folders in ``root`` are: understood from their names, from what they hold and from each other.

    Raises UserError with the way out where they could be splits as well as classes, or where a split is there twice.
    """
    top = unwrapped(root, contents)
    inside = contents.holding(top)
    wrapped = _wrapped(root, top)
    roles = {each.path: role_of(each.name) for each in top.content.folders}
    if not any(roles[each.path] for each in inside):
        prefixed = _prefixed(top, inside)
        if prefixed is None:
            return FolderLayout({"": top}, wrapped)
        roles = prefixed
    plain = tuple(each for each in inside if not roles.get(each.path))
    found = {role: [each for each in inside if roles.get(each.path) == role] for role in ROLES}
    empty = tuple(each for each in top.content.folders if roles.get(each.path) and each not in inside)
    splits = {role: _only(top, role, folders) for role, folders in found.items() if folders}
    if TRAIN in splits:
        return _with_train(top, splits, plain, FolderLayout(splits, wrapped, plain, empty), contents)
    return _without_train(top, splits, plain, FolderLayout(splits, wrapped, (), empty), contents)


def unwrapped(folder: Folder, contents: Contents) -> Folder:
    """The folder below ``folder`` that holds more than one folder of images, or images, where all others only wrap it.

    Where that leads to a single class, it is ``folder`` itself.
    """
    top, seen = folder, {folder.identity}
    while True:
        inside = contents.holding(top)
        is_wrapper = len(inside) == 1 and not contents.of(top).has_images and not role_of(inside[0].name)
        if not is_wrapper or inside[0].identity in seen or not _only_wraps(inside[0], contents):
            break
        top = inside[0]
        seen.add(top.identity)
    single = len(contents.holding(top)) == 1 and not role_of(contents.holding(top)[0].name)
    return folder if single else top


def class_folders(split: Folder) -> dict[str, list[Folder]]:
    """The folders of each class in ``split``, by the name of the class, sorted; empty ones too."""
    found: dict[str, list[Folder]] = {}
    for each in split.content.folders:
        found.setdefault(normal(each.name), []).append(each)
    return dict(sorted(found.items()))


def within_split(folder: Folder, contents: Contents, classes: Iterable[str] = ()) -> Folder:
    """The folder that has the classes of a split: below it, where it is a folder in a folder, as archives unpack. A
    folder that is called like one of the known ``classes`` wraps nothing.
    """
    known, top, seen = frozenset(classes), folder, {folder.identity}
    while True:
        inside = contents.holding(top)
        is_wrapper = len(inside) == 1 and not contents.of(top).has_images and _only_wraps(inside[0], contents)
        if not is_wrapper or inside[0].identity in seen or normal(inside[0].name) in known:
            return top
        top = inside[0]
        seen.add(top.identity)


def _only_wraps(folder: Folder, contents: Contents) -> bool:
    return bool(contents.holding(folder)) and not contents.of(folder).has_images


def _wrapped(root: Folder, top: Folder) -> tuple[Remark, ...]:
    if top is root:
        return ()
    return (Remark(Concern.LAYOUT, "the data are those in the folder {folder}", {"folder": top.path}),)


def _prefixed(top: Folder, inside: Iterable[Folder]) -> dict[str, str] | None:
    """The roles of folders such as ``seg_train`` and ``seg_test``, by path; None where there are none such."""
    groups = prefixed_roles(each.name for each in inside)
    sets = {rest: roles for rest, roles in groups.items() if TRAIN in roles.values() and len(set(roles.values())) > 1}
    if len(sets) > 1:
        names = listed(name for roles in sets.values() for name in roles)
        raise UserError(
            "the folders in {folder} look like the splits of several data sets: {names}",
            "choose a folder with train, val and test in it, each with one sub-folder per class",
            folder=top.path,
            names=names,
        )
    if not sets:
        return None
    (roles,) = sets.values()
    return {each.path: roles.get(each.name, "") for each in inside}


def _only(top: Folder, role: str, folders: list[Folder]) -> Folder:
    if len(folders) > 1:
        names = all_of(folder.name for folder in folders)
        kind = {TRAIN: Text("training"), VALIDATION: Text("validation"), TEST: Text("test")}[role]
        raise UserError(
            "{root} has more than one {kind} folder: {names}", "keep one", root=top.path, kind=kind, names=names
        )
    return folders[0]


def _with_train(
    top: Folder, splits: dict[str, Folder], plain: tuple[Folder, ...], as_splits: FolderLayout, contents: Contents
) -> FolderLayout:
    train = splits[TRAIN]
    inner = contents.holding(within_split(train, contents))
    if not inner:
        if len(splits) == 1 and plain:
            remarks = (*as_splits.remarks, _read_as_class([train.name], plain))
            return FolderLayout({"": top}, remarks)  # a class that is called train, as its siblings are
        raise UserError(
            "{train} contains images that belong to no class",
            "put the images of each class into their own sub-folder",
            train=train.path,
        )
    if not plain or len(splits) > 1:
        return as_splits
    raise UserError(
        "{train} has sub-folders ({inner}) and lies beside {siblings}: it can be the training images or a class",
        "choose the folder train itself, or rename it if it is a class, or move its siblings elsewhere",
        train=train.path,
        inner=listed(each.name for each in inner),
        siblings=listed(each.name for each in plain),
    )


def _without_train(
    top: Folder, splits: dict[str, Folder], plain: tuple[Folder, ...], bare: FolderLayout, contents: Contents
) -> FolderLayout:
    """Folders called like validation or test images, beside folders that can only be classes, or alone."""
    if not plain:
        return bare
    classes = {normal(each.name) for each in plain}
    own: dict[str, Folder] = {}
    as_classes: list[str] = []
    for role, folder in splits.items():
        inner = {normal(each.name) for each in contents.holding(within_split(folder, contents, classes))}
        if inner & classes:
            own[role] = folder
        elif inner:
            raise UserError(
                "{folder} can be a split or a class: its sub-folders ({inner}) are none of the folders beside it",
                "move it elsewhere, or rename it if it is a class",
                folder=folder.path,
                inner=listed(sorted(inner)),
            )
        else:
            as_classes.append(folder.name)
    remarks = bare.remarks
    if as_classes:
        remarks += (_read_as_class(as_classes, plain),)
    if own:
        return FolderLayout({"": top, **own}, remarks, (), bare.empty)
    return FolderLayout({"": top}, remarks)


def _read_as_class(names: list[str], plain: Iterable[Folder]) -> Remark:
    return Remark(
        Concern.LAYOUT,
        "{names} are read as classes, like {siblings} beside them; move them elsewhere if they are splits"
        if len(names) > 1
        else "{names} is read as a class, like {siblings} beside it; move it elsewhere if it is a split",
        {"names": listed(names), "siblings": listed(each.name for each in plain)},
    )
