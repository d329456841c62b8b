"""The pictures that were dropped, and what is known of each."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from alexnet_app.core.events import Answered, Event, Skipped


@dataclass(frozen=True, slots=True)
class Change:
    """What a report changed: pictures that now have an answer, that were skipped, and that are no longer skipped."""

    answered: tuple[Answered, ...]
    skipped: tuple[Skipped, ...]
    regained: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """What was taken out of an album, and the order of all files before that: enough to put it back."""

    order: tuple[str, ...]
    events: Mapping[str, Answered | Skipped | None]
    refused: Mapping[str, Skipped]
    labels: Mapping[str, str]
    truths: Mapping[str, str]


class Album:
    """Files in the order in which they were dropped. Each is waiting, answered, skipped, or set aside by Cancel."""

    def __init__(self) -> None:
        self._events: dict[str, Answered | Skipped | None] = {}
        self._waiting: dict[str, None] = {}  # in the order in which they are classified
        self._left: dict[str, None] = {}
        self._refused: dict[str, Skipped] = {}  # no pictures at all: never classified
        self._kept: dict[str, Answered] = {}
        self._labels: dict[str, str] = {}  # the classes that a person gave
        self._truths: dict[str, str] = {}  # the classes that folders name
        self._answered = self._skipped = 0  # counted as they come: the panel asks at each report

    def add(self, paths: Iterable[str]) -> bool:
        """Lets these wait for an answer, also those that had one: the file may have changed.

        Returns whether any of them had been skipped.
        """
        before = self._skipped
        for path in paths:
            self._count(self._events.get(path), -1)
            self._events[path] = None
            self._waiting[path] = None
            self._left.pop(path, None)
            self._kept.pop(path, None)
        return self._skipped < before

    def refuse(self, events: Iterable[Skipped]) -> tuple[Skipped, ...]:
        """Notes what was given and contains no picture. Returns those that were not known yet."""
        new = tuple(event for event in events if event.path not in self._refused)
        self._refused.update((event.path, event) for event in new)
        return new

    def note(self, events: Iterable[Event], truths: Mapping[str, str] | None = None) -> Change:
        """Takes answers, and the classes that the folders of some files name. Those for files that are not in the album
        are ignored.
        """
        self._truths.update((path, truth) for path, truth in (truths or {}).items() if path in self._events)
        answered: list[Answered] = []
        skipped: list[Skipped] = []
        regained: list[str] = []
        for event in events:
            if isinstance(event, Answered | Skipped) and event.path in self._events:
                was_skipped = isinstance(self._events[event.path], Skipped)
                self._count(self._events[event.path], -1)
                self._count(event, 1)
                self._events[event.path] = event
                self._waiting.pop(event.path, None)
                if isinstance(event, Answered):
                    answered.append(event)
                    regained += [event.path] if was_skipped else []
                elif not was_skipped:
                    skipped.append(event)
        return Change(tuple(answered), tuple(skipped), tuple(regained))

    def ask_all_again(self, first: str = "") -> None:
        """Lets all files wait for another model, ``first`` before the rest. A skipped file stays skipped until it is
        answered.
        """
        self._left.clear()
        front = {first: None} if first in self._events else {}
        self._waiting = {**front, **dict.fromkeys(self._events)}
        for path, event in self._events.items():
            if isinstance(event, Answered):
                self._count(event, -1)
                self._events[path] = None
                self._truths.pop(path, None)

    def keep(self) -> None:
        """Keeps the present answers, in case the next model cannot be used."""
        self._kept = {path: event for path, event in self._events.items() if isinstance(event, Answered)}

    def restore(self) -> None:
        """Returns to the model whose answers were kept: only files that it has not answered wait."""
        for path, event in self._kept.items():
            self._count(self._events.get(path), -1)
            self._count(event, 1)
            self._events[path] = event
        self._kept = {}
        unknown = [path for path, event in self._events.items() if event is None]
        self._waiting, self._left = dict.fromkeys(unknown), {}

    def set_aside(self) -> None:
        """Lets no file wait any longer; ``take_up`` lets them wait again."""
        self._left.update(self._waiting)
        self._waiting.clear()

    def take_up(self) -> None:
        """Lets those wait again that were set aside."""
        self._waiting.update(self._left)
        self._left.clear()

    def remove(self, paths: Iterable[str], *, refused: bool = False) -> Removed:
        """Takes these out; with ``refused`` also what was given and contains no picture."""
        order = tuple(self._events)
        gone = [path for path in paths if path in self._events]
        events = {path: self._events.pop(path) for path in gone}
        for path, event in events.items():
            self._count(event, -1)
            for each in (self._waiting, self._left, self._kept):
                each.pop(path, None)
        labels, truths = ({path: of.pop(path) for path in gone if path in of} for of in (self._labels, self._truths))
        none, self._refused = (self._refused, {}) if refused else ({}, self._refused)
        return Removed(order, events, none, labels, truths)

    def put_back(self, removed: Removed, *, still: bool) -> None:
        """Puts back what ``remove`` took out, in its place; a file that was added again since stays as it is.
        ``still``: the same model answers now, so its answers are kept; otherwise the files wait for the new one.
        """
        self._refused = {**removed.refused, **self._refused}
        for path, event in removed.events.items():
            if path in self._events:
                continue
            known = event if still or isinstance(event, Skipped) else None
            self._events[path] = known
            self._count(known, 1)
            if known is None:
                self._waiting[path] = None
        present = {path for path in removed.order if path in self._events}
        order = [
            *(path for path in removed.order if path in present),
            *(each for each in self._events if each not in present),
        ]
        self._events = {path: self._events[path] for path in order}
        self._labels.update(removed.labels)
        self._truths.update(removed.truths if still else {})

    def rename(self, places: Mapping[str, str]) -> None:
        """Follows files that were moved: ``places`` has the new path of each by its old one."""

        def at(path: str) -> str:
            return places.get(path, path)

        self._events = {
            at(path): replace(event, path=at(path)) if event else None for path, event in self._events.items()
        }
        self._kept = {at(path): replace(event, path=at(path)) for path, event in self._kept.items()}
        self._waiting, self._left = (dict.fromkeys(map(at, each)) for each in (self._waiting, self._left))
        self._labels, self._truths = (
            {at(path): what for path, what in of.items()} for of in (self._labels, self._truths)
        )

    def relabel(self, labels: Mapping[str, str]) -> dict[str, str]:
        """Notes the class that a person gave each file, "" to remove it. Returns the classes before."""
        known = {path: label for path, label in labels.items() if path in self._events}
        before = {path: self._labels.get(path, "") for path in known}
        self._labels = {path: label for path, label in {**self._labels, **known}.items() if label}
        return before

    def label(self, path: str) -> str:
        """The class that a person gave a file; empty for none."""
        return self._labels.get(path, "")

    def labels(self) -> Mapping[str, str]:
        """All classes that a person gave."""
        return self._labels

    def truth(self, path: str) -> str:
        """The class that a file's folder has the name of; empty where it has none, and before the file is answered."""
        return self._truths.get(path, "")

    def files(self) -> tuple[str, ...]:
        """All files, in the order in which they were dropped, with those that were skipped."""
        return tuple(self._events)

    def event(self, path: str) -> Answered | Skipped | None:
        """What is known of a file; None while it waits."""
        return self._events.get(path)

    def waiting(self) -> tuple[str, ...]:
        """The files that wait for an answer, in the order in which they are classified."""
        return tuple(self._waiting)

    def waiting_count(self) -> int:
        """How many wait for an answer."""
        return len(self._waiting)

    def left(self) -> int:
        """How many were set aside."""
        return len(self._left)

    def pictures(self) -> int:
        """The number of files without the skipped ones."""
        return len(self._events) - self._skipped

    def skipped(self) -> tuple[Skipped, ...]:
        """All that was skipped."""
        files = (event for event in self._events.values() if isinstance(event, Skipped))
        return (*self._refused.values(), *files)

    def skipped_count(self) -> int:
        """How many were skipped."""
        return self._skipped + len(self._refused)

    def answered(self) -> tuple[Answered, ...]:
        """All that was answered."""
        return tuple(event for event in self._events.values() if isinstance(event, Answered))

    def known(self) -> tuple[Answered | Skipped, ...]:
        """All that is known, in the order of dropping."""
        files = (event for event in self._events.values() if event is not None)
        return (*files, *self._refused.values())

    def has_results(self) -> bool:
        """Whether anything is known."""
        return self._answered + self.skipped_count() > 0

    def has_answers(self) -> bool:
        """Whether anything was answered."""
        return self._answered > 0

    def _count(self, event: Answered | Skipped | None, by: int) -> None:
        self._answered += by * isinstance(event, Answered)
        self._skipped += by * isinstance(event, Skipped)

    def is_empty(self) -> bool:
        """Whether nothing was dropped."""
        return not self._events and not self._refused
