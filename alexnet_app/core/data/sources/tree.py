"""What lies in a folder and all below it: one way to walk for training and for classifying.

Links to folders are followed; each folder is listed once, so that loops end. What systems leave there is set apart.
"""

import os
from collections.abc import Generator, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TypeAlias

from alexnet_app.core.data.sources.litter import is_litter
from alexnet_app.core.errors import cause
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.generators import result_of
from alexnet_app.core.pace import Pace

Identity: TypeAlias = tuple[int, int]
AT_ONCE = 256  # names of a folder between two looks at the clock


@dataclass(slots=True, eq=False)
class Content:
    """What lies in a folder: names of its ``files``, sorted, its ``folders``, and what was set apart: names of
    ``litter``, and ``odd`` ones that are neither files nor folders. ``refused`` is why it could not be listed.
    """

    files: list[str] = field(default_factory=list)
    folders: list["Folder"] = field(default_factory=list)
    litter: list[str] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)
    refused: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Folder:
    """A folder by one of its paths; by all of them its content is one and the same."""

    path: str
    identity: Identity
    content: Content

    @property
    def name(self) -> str:
        """Its own name."""
        return os.path.basename(self.path)  # noqa: PTH119 - of thousands

    def joined(self, name: str) -> str:
        """The path of what is called ``name`` in it."""
        return os.path.join(self.path, name)  # noqa: PTH118 - of millions


def identity_of(path: str | Path) -> Identity:
    """What tells a folder from all others, by whatever path. Raises OSError."""
    status = os.stat(path)  # noqa: PTH116 - of thousands
    return status.st_dev, status.st_ino


def read_tree(top: str, *, hidden: bool = False) -> Folder:
    """What ``reading_tree`` gives, in one go."""
    return result_of(reading_tree(top, hidden=hidden))


def reading_tree(top: str, *, hidden: bool = False) -> Generator[Event, None, Folder]:
    """``top`` and all folders below it. A link to a folder that ``top`` lies in is not followed. What is hidden counts
    as litter, unless ``hidden`` is asked for. Yields Progress("list") with what was seen so far, so that it can be
    left in between. Raises OSError where ``top`` is none.
    """
    count = Counting()
    root = Folder(top, identity_of(top), Content())
    known = {root.identity: root.content}
    above = _above(top)
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        content = folder.content
        for entry in (yield from _listing(folder, count)):
            if is_litter(entry.name) or (entry.name.startswith(".") and not hidden):
                content.litter.append(entry.name)
            elif is_folder(entry):
                waiting += _inner(entry.path, content, known, above)
            elif is_file(entry):
                content.files.append(entry.name)
            else:
                content.odd.append(entry.name)
    return root


def walked(top: Folder, without: frozenset[Identity] = frozenset()) -> Iterator[Folder]:
    """``top`` and the folders below it, each once; none of ``without``, nor what lies in these alone."""
    seen = {top.identity}
    waiting = [top]
    while waiting:
        folder = waiting.pop()
        yield folder
        for each in reversed(folder.content.folders):
            if each.identity not in seen and each.identity not in without:
                seen.add(each.identity)
                waiting.append(each)


class Counting:
    """How much was seen so far, told from time to time."""

    def __init__(self) -> None:
        self._done, self._pace = 0, Pace()

    def add(self, count: int) -> Iterator[Event]:
        """``count`` more were seen; Progress("list") where it is time for it."""
        self._done += count
        if self._pace.due():
            yield Progress(Task.LIST, self._done, 0, "files")


def files_below(path: str) -> list[str]:
    """What ``finding_files`` gives, in one go."""
    return result_of(finding_files(path))


def finding_files(path: str) -> Generator[Event, None, list[str]]:
    """``path`` itself, or every file in the folder ``path`` and its sub-folders, sorted by their paths. Yields
    Progress("list").

    Folders that cannot be read are in it by their own name, so that they too get an answer. Links to folders are
    followed, but no folder is looked into twice; what systems leave there is left out, a hidden picture is not.
    """
    if not os.path.isdir(path):  # noqa: PTH112 - paths stay as they were given, to the character
        return [path]
    try:
        top = yield from reading_tree(path, hidden=True)
    except OSError:
        return [path]
    found: list[str] = []
    for folder in walked(top):
        content = folder.content
        found += [folder.path] if content.refused else map(folder.joined, (*content.files, *content.odd))
    return sorted(found)


def _above(top: str) -> frozenset[Identity]:
    found = set()
    with suppress(OSError, RuntimeError):
        for parent in Path(top).resolve().parents:
            with suppress(OSError):
                found.add(identity_of(parent))
    return frozenset(found)


def _listing(folder: Folder, count: Counting) -> Generator[Event, None, list[os.DirEntry[str]]]:
    """What lies in ``folder``, sorted by name; nothing, and why, where it cannot be listed."""
    found: list[os.DirEntry[str]] = []
    try:
        with os.scandir(folder.path) as entries:
            coming = iter(entries)
            while some := list(islice(coming, AT_ONCE)):
                found += some
                yield from count.add(len(some))
    except OSError as error:
        folder.content.refused = cause(error)
        return []
    return sorted(found, key=lambda entry: entry.name)


def _inner(path: str, outer: Content, known: dict[Identity, Content], above: frozenset[Identity]) -> Iterator[Folder]:
    """Adds the folder at ``path`` to ``outer``, unless it is one of those ``above``; yields it if it is a new one."""
    try:
        identity = identity_of(path)
    except OSError as error:
        nobody = (0, -len(known))
        known[nobody] = Content(refused=cause(error))
        outer.folders.append(Folder(path, nobody, known[nobody]))
        return
    if identity in above:
        return
    is_new = identity not in known
    folder = Folder(path, identity, known.setdefault(identity, Content()))
    outer.folders.append(folder)
    if is_new:
        yield folder


def is_file(entry: os.DirEntry[str]) -> bool:
    """Whether it is a file, or a link to one; False for a link to itself."""
    with suppress(OSError):  # a link to itself
        return entry.is_file()
    return False


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a link to one; False for a link to itself."""
    with suppress(OSError):
        return entry.is_dir()
    return False
