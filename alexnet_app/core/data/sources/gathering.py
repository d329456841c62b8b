"""The images of each class and split, gathered from folders whose meaning is known; what is not used is counted."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from alexnet_app.core.data.sources.contents import Contents, pictures_below
from alexnet_app.core.data.sources.corrections import is_own
from alexnet_app.core.data.sources.labelled_files import undecodable_class
from alexnet_app.core.data.sources.layout import FolderLayout, class_folders, within_split
from alexnet_app.core.data.sources.remarks import Concern, Remark, Tally, Why, listed
from alexnet_app.core.data.sources.split_names import TRAIN, VALIDATION
from alexnet_app.core.data.sources.tree import Folder, Identity, walked
from alexnet_app.core.data.sources.values import Files
from alexnet_app.core.errors import Text, UserError
from alexnet_app.core.events import Skipped
from alexnet_app.core.network.class_names import normal

Unsorted: TypeAlias = Callable[[Path, tuple[str, ...], str], Files | Skipped | None]
CLOSED = Text("cannot be opened")
UNKNOWN = "the classes of its images are unknown"


@dataclass(slots=True)
class Gathered:
    """Paths by split and class; ``top`` is what keys of images are relative to. ``given`` are splits whose labels come
    from elsewhere.
    """

    top: str
    classes: tuple[str, ...]
    paths: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    given: dict[str, Files] = field(default_factory=dict)
    left_out: list[Skipped] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)


class Gatherer:
    """Goes through the folders of a layout, once. For ``measuring`` every split has classes of its own: whether they
    are known is for a model to say.
    """

    def __init__(
        self, root: Folder, layout: FolderLayout, contents: Contents, tally: Tally, *, measuring: bool = False
    ) -> None:
        self._measuring = measuring
        self._root, self._layout, self._contents, self._tally = root, layout, contents, tally
        splits = layout.splits
        self._own = [folder for role, folder in splits.items() if role]
        self._main_split = splits.get("") or splits.get(TRAIN) or next(iter(splits.values()))
        self._main = self._main_split if "" in splits else within_split(self._main_split, contents)
        self._classes = self._folders_of(self._main)
        self._used: set[Identity] = set()
        self._claimed = self._claims()

    def gathered(self, unsorted: Unsorted | None) -> Gathered:
        """All there is. ``unsorted`` gives the images of a split that has no class folders, or says why it is left
        out; None where it has some. Raises UserError where two classes or splits are one folder.
        """
        main = TRAIN if "" in self._layout.splits or TRAIN in self._layout.splits else next(iter(self._layout.splits))
        found = Gathered(self._main.path, (), remarks=list(self._layout.remarks))
        found.paths[main] = {name: self._pictures(folders) for name, folders in self._classes.items()}
        self._leave_out_empty(found, found.paths[main])
        found.classes = tuple(found.paths[main])
        self._tell_nested(found)
        for role, folder in self._layout.splits.items():
            if role and role != main:
                self._gather(role, folder, found, unsorted)
        self._count_the_rest(found)
        return found

    def _tell_nested(self, found: Gathered) -> None:
        """A class may be meant to be several: all its images lie in more than one sub-folder."""
        nested: list[str] = []
        for name in found.classes:
            for folder in self._classes[name]:
                inside = self._contents.holding(folder)
                if len(inside) > 1 and not self._contents.of(folder).has_images:
                    nested += self._within(each.path for each in inside)
        if nested:
            found.remarks.append(
                Remark(
                    Concern.LAYOUT,
                    "sub-folders of classes count as these classes: {names}; choose a folder below if they are classes",
                    {"names": listed(nested)},
                )
            )

    def _folders_of(self, split: Folder) -> dict[str, list[Folder]]:
        own = {folder.path for folder in self._own}
        classes = class_folders(split)
        kept = {name: [each for each in found if each.path not in own] for name, found in classes.items()}
        return {name: found for name, found in kept.items() if found}

    def _within_split(self, folder: Folder) -> Folder:
        is_main = folder.path == self._main_split.path
        return self._main if is_main else within_split(folder, self._contents, self._classes)

    def _claims(self) -> frozenset[Identity]:
        """All folders of splits and classes: a link to one of these from within would mix them up."""
        tops = {self._main.path: self._main}
        tops |= {each.path: each for each in map(self._within_split, self._own)}
        claimed: dict[Identity, str] = {}
        for folder in {each.path: each for each in (self._root, *tops.values(), *self._own)}.values():
            claim(claimed, folder)
        for top in tops.values():
            for folders in self._folders_of(top).values():
                for folder in folders:
                    if folder.path not in tops:
                        claim(claimed, folder)
        return frozenset(claimed)

    def _pictures(self, folders: Iterable[Folder]) -> list[str]:
        found: list[str] = []
        for folder in folders:
            self._used.update(each.identity for each in walked(folder, self._claimed))
            found += pictures_below(folder, self._contents, self._claimed)
        return sorted(found)

    def _leave_out_empty(self, found: Gathered, classes: dict[str, list[str]]) -> None:
        for name in [name for name, paths in classes.items() if not paths]:
            del classes[name]
            what = self._undecodable(self._classes[name])
            if what:
                found.remarks.append(undecodable_class(name, what))
            else:
                self._tally.add(Why.EMPTY_CLASS, [name])
                found.remarks.append(
                    Remark(
                        Concern.CLASS_LEFT_OUT,
                        "the class {name} is skipped: its folder contains no images",
                        {"name": name},
                    )
                )

    def _undecodable(self, folders: Iterable[Folder]) -> dict[str, int]:
        """How many images of each kind cannot be decoded, such as 10 "HEIC photos"."""
        counts: dict[str, int] = {}
        for folder in folders:
            for each in walked(folder, self._claimed):
                for _, kind in self._contents.of(each).others:
                    counts[kind.many] = counts.get(kind.many, 0) + kind.is_image
        return {what: count for what, count in counts.items() if count}

    def _gather(self, role: str, folder: Folder, found: Gathered, unsorted: Unsorted | None) -> None:
        given = unsorted(Path(folder.path), found.classes, role) if unsorted else None
        if isinstance(given, Files):
            self._used.update(each.identity for each in walked(folder))
            found.given[role] = given
            return
        folders = self._folders_of(self._within_split(folder))
        places = matched_names(found.classes, folders)
        if given is not None or not any(places.values()):
            self._leave_out_split(role, folder, found)
            return
        split: dict[str, list[str]] = {name: [] for name in found.classes}
        for name, place in places.items():
            paths = self._pictures(folders[name])
            if not place and paths and self._measuring:
                found.classes += (name,)
                place = name
            if place:
                split.setdefault(place, [])
                split[place] = sorted([*split[place], *paths])
            elif paths:
                self._tell_unknown(name, folder, paths, found)
        found.paths[role] = split

    def _leave_out_split(self, role: str, folder: Folder, found: Gathered) -> None:
        self._used.update(each.identity for each in walked(folder, self._claimed - {folder.identity}))
        inside = [each for name in self._folders_of(folder).values() for each in name]
        self._used.update(each.identity for top in inside for each in walked(top))
        shown = [path for top in (folder, *inside) for path in pictures_below(top, self._contents, self._claimed)]
        self._tally.add(Why.UNLABELLED, self._within(shown))
        found.left_out.append(Skipped(folder.path, UNKNOWN))
        if role == VALIDATION:
            found.remarks.append(
                Remark(
                    Concern.NO_VALIDATION,
                    "the folder {folder} has no folders of the classes, so its images are not used",
                    {"folder": folder.path},
                )
            )

    def _tell_unknown(self, name: str, folder: Folder, paths: list[str], found: Gathered) -> None:
        self._tally.add(Why.UNKNOWN_CLASS, self._within(paths))
        found.remarks.append(
            Remark(
                Concern.CLASS_LEFT_OUT,
                "{folder} has a class that the training images do not have: {name}; its {count:,} images are not used",
                {"folder": folder.path, "name": name, "count": len(paths)},
            )
        )

    def _count_the_rest(self, found: Gathered) -> None:
        for folder in self._layout.beside:
            self._used.update(each.identity for each in walked(folder, self._claimed))
        names = [self._within([folder.path])[0] for folder in self._layout.beside]
        self._tally.add(Why.NOT_A_SPLIT, names)
        if names:
            found.remarks.append(
                Remark(
                    Concern.LAYOUT,
                    "not used, because it lies beside the splits: {names}",
                    {"names": listed(names)},
                )
            )
        for empty in self._layout.empty:
            found.remarks.append(
                Remark(
                    Concern.NO_VALIDATION,
                    "the folder {folder} contains no images and counts as none",
                    {"folder": empty.path},
                )
            )
        for folder in walked(self._root):
            self._count(folder)

    def _count(self, folder: Folder) -> None:
        content, inside = folder.content, self._contents.of(folder)
        self._tally.add(Why.SYSTEM, self._within(map(folder.joined, content.litter)))
        self._tally.add(Why.NO_FILE, self._within(map(folder.joined, content.odd)))
        if folder.identity not in self._used:
            self._tally.add(Why.NO_CLASS, self._within(map(folder.joined, inside.pictures)))
            return
        self._tally.add(Why.UNREADABLE, self._within(map(folder.joined, inside.gone)), CLOSED)
        for name, kind in inside.others:
            if folder is self._root and is_own(folder.joined(name)):
                continue
            why = Why.UNREADABLE if kind.is_image else Why.NOT_IMAGE
            self._tally.add(why, self._within([folder.joined(name)]), kind.many)

    def _within(self, paths: Iterable[str]) -> list[str]:
        begin = len(self._root.path.rstrip("/\\")) + 1
        return [path[begin:] for path in paths]


def claim(claimed: dict[Identity, str], folder: Folder) -> None:
    """Adds ``folder`` to those of splits and classes. Raises UserError where it is one of them by another path."""
    first = claimed.setdefault(folder.identity, folder.path)
    if first != folder.path:
        raise UserError(
            "{first} and {second} are the same folder through a link, so their images would be used twice",
            "remove the link",
            first=first,
            second=folder.path,
        )


def matched_names(classes: Iterable[str], names: Iterable[str]) -> Mapping[str, str]:
    """Which of ``classes`` each of ``names`` is, also in another case where that is one only; "" where it is none."""
    exact = {normal(each): each for each in classes}
    folded: dict[str, list[str]] = {}
    for each in exact:
        folded.setdefault(each.casefold(), []).append(exact[each])
    found = {}
    for name in names:
        same = folded.get(normal(name).casefold(), [])
        found[name] = exact.get(normal(name)) or (same[0] if len(same) == 1 else "")
    return found
