"""Which files of a folder are pictures: known endings are taken at their word, of all others the first bytes decide."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field

from alexnet_app.core.data.formats import RAW_SUFFIXES, SUFFIXES
from alexnet_app.core.data.kinds import HEAD, FileKind, kind_of
from alexnet_app.core.data.sources.tree import AT_ONCE, Folder, Identity, walked
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.generators import Driven, result_of
from alexnet_app.core.pace import Pace

_NEED_A_PACKAGE = frozenset((".heic", ".heif", ".hif", *RAW_SUFFIXES))


@dataclass(slots=True)
class Sorted:
    """The files of a folder by name: pictures that can be decoded, for all that is known; ``others`` with their kind;
    ``gone`` ones that could not be opened.
    """

    pictures: list[str] = field(default_factory=list)
    others: list[tuple[str, FileKind]] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)

    @property
    def has_images(self) -> bool:
        """Whether there are pictures, whether or not they can be decoded."""
        return bool(self.pictures) or any(kind.is_image for _, kind in self.others)


class Contents:
    """What the folders of a tree hold; each file is looked into at most once."""

    def __init__(self) -> None:
        self._sorted: dict[Identity, Sorted] = {}
        self._holding: dict[Identity, bool] = {}

    def of(self, folder: Folder) -> Sorted:
        """The files of ``folder`` itself."""
        found = self._sorted.get(folder.identity)
        if found is None:
            found = self._sorted[folder.identity] = result_of(_sorting(folder))
        return found

    def looking(self, top: Folder) -> Generator[Event, None, None]:
        """Looks into the files of ``top`` and below it, so that ``of`` has nothing more to open. Yields
        Progress("check") with the files that were told apart.
        """
        pace, total, done = Pace(), sum(len(each.content.files) for each in walked(top)), 0
        for folder in walked(top):
            if folder.identity in self._sorted:
                continue
            driven = Driven(_sorting(folder))
            for so_far in driven:
                if pace.due():
                    yield Progress(Task.CHECK, done + so_far, total, "files")
            self._sorted[folder.identity] = driven.result
            done += len(folder.content.files)

    def holds_images(self, folder: Folder) -> bool:
        """Whether there are pictures in ``folder`` or below it, whether or not they can be decoded."""
        found = self._holding.get(folder.identity)
        if found is None:
            found = any(self.of(each).has_images for each in walked(folder))
            self._holding[folder.identity] = found
        return found

    def holding(self, folder: Folder) -> list[Folder]:
        """The folders in ``folder`` that hold pictures."""
        return [each for each in folder.content.folders if self.holds_images(each)]


def _sorting(folder: Folder) -> Generator[int, None, Sorted]:
    """The files of ``folder``; yields how many it has looked at."""
    found = Sorted()
    for place, name in enumerate(folder.content.files):
        if place % AT_ONCE == 0:
            yield place
        suffix = name[name.rfind(".") :].lower()
        if suffix in SUFFIXES and suffix not in _NEED_A_PACKAGE:
            found.pictures.append(name)
            continue
        try:
            with open(folder.joined(name), "rb") as file:  # noqa: PTH123 - of thousands
                kind = kind_of(file.read(HEAD), name)
        except OSError:
            # as a picture it would be told when it is decoded
            (found.pictures if suffix in _NEED_A_PACKAGE else found.gone).append(name)
            continue
        if kind.can_be_read:
            found.pictures.append(name)
        else:
            found.others.append((name, kind))
    return found


def pictures_below(top: Folder, contents: Contents, without: frozenset[Identity]) -> Iterator[str]:
    """The paths of the pictures in ``top`` and below it, but for the folders ``without``."""
    for folder in walked(top, without):
        yield from map(folder.joined, contents.of(folder).pictures)
