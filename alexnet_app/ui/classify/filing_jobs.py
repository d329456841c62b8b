"""Putting pictures into folders, and taking them back, on threads."""

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.events import Answered, Progress, Skipped
from alexnet_app.ui.classify.jobs import REPORT_EVERY, is_to_end
from alexnet_app.ui.job import Asked

if TYPE_CHECKING:
    from alexnet_app.core.inference.filing import Plan


@dataclass(frozen=True, slots=True)
class FilingWish:
    """Which answers are to be filed below ``target``, and how; ``labels`` are the classes that a person gave, by path,
    ``only`` those pictures. "" as ``not_sure`` leaves where they are what has no class with ``least`` probability.
    """

    events: tuple[Answered | Skipped, ...]
    labels: Mapping[str, str]
    only: bool
    target: str
    moves: bool
    not_sure: str
    least: float


@dataclass(frozen=True, slots=True)
class PlannedFiles:
    """What would be done for a wish; ``stay`` is how many pictures stay where they are."""

    wish: FilingWish
    plan: "Plan"
    stay: int


@dataclass(frozen=True, slots=True)
class Worked:
    """The progress, in files."""

    done: int
    total: int


@dataclass(frozen=True, slots=True)
class FiledAway:
    """What was done: ``count`` of ``total`` files, with the ``journal`` that takes it back. ``places`` are the new
    paths of files that were moved, by the old ones; ``stayed`` the reason of each that had to stay, by path.
    """

    journal: str
    moves: bool
    count: int
    total: int
    places: Mapping[str, str]
    stayed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What was taken back: ``count`` of ``total`` files; the rest as in ``FiledAway``."""

    journal: str
    count: int
    total: int
    places: Mapping[str, str]
    stayed: Mapping[str, str]


def count_pictures(events: Iterable[Answered | Skipped], labels: Mapping[str, str]) -> int:
    """How many have a class, from the model or from the person; skipped files that nobody labelled are no pictures."""
    return sum(isinstance(event, Answered) or event.path in labels for event in events)


def planning(wish: FilingWish, asked: Asked) -> Iterator[PlannedFiles]:
    """Plans where each file would go."""
    from alexnet_app.core.inference.filing import planned
    from alexnet_app.core.inference.labelling import relabelled

    answers = tuple(relabelled(wish.events, wish.labels, only=wish.only))
    plan = planned(answers, Path(wish.target), moves=wish.moves, not_sure=wish.not_sure, least=wish.least)
    yield PlannedFiles(wish, plan, count_pictures(wish.events, wish.labels) - len(plan.files))


def file_away(plan: "Plan", asked: Asked) -> Iterator[Worked | FiledAway]:
    """Does what was planned; Stop ends it after the file under way."""
    from alexnet_app.core.inference.filing import begun, put_away

    journal, done, stayed, reported = begun(plan), 0, dict[str, str](), time.monotonic()
    for event in put_away(plan):
        if isinstance(event, Skipped):
            stayed[event.path] = event.reason
        elif isinstance(event, Progress):
            done = event.done
            if is_to_end(asked):
                break
            if time.monotonic() - reported >= REPORT_EVERY:
                yield Worked(done, event.total)
                reported = time.monotonic()
    gone = [each for each in plan.files[:done] if each.source not in stayed]
    places = {each.source: str(plan.target / each.to) for each in gone} if plan.moves else {}
    yield FiledAway(str(journal), plan.moves, len(gone), len(plan.files), places, stayed)


def take_back(journal: str, asked: Asked) -> Iterator[Worked | TakenBack]:
    """Takes back what a journal says; Stop ends it after the file under way, and it can be done again."""
    from alexnet_app.core.generators import Driven
    from alexnet_app.core.inference.filing import undone
    from alexnet_app.core.inference.filing_journal import read_journal

    kept, target = read_journal(Path(journal)), Path(journal).absolute().parent
    stayed, done, reported = dict[str, str](), 0, time.monotonic()
    work = Driven(undone(Path(journal)))
    for event in work:
        if isinstance(event, Skipped):
            stayed[event.path] = event.reason
        elif isinstance(event, Progress):
            done = event.done
            if done < event.total and is_to_end(asked):
                break
            if time.monotonic() - reported >= REPORT_EVERY:
                yield Worked(done, event.total)
                reported = time.monotonic()
    back = [each for each in kept.files[len(kept.files) - done :] if str(target / each.to) not in stayed]
    places = {str(target / each.to): each.source for each in back} if kept.moves else {}
    count = work.result if done == len(kept.files) else len(back)  # of a journal that was cut short less was to be done
    yield TakenBack(journal, count, len(kept.files), places, stayed)
