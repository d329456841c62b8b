"""Pictures put into folders by their answers, and taken back."""

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TypeVar

from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.results import OK, THEIRS, print_json, typed
from alexnet_app.core.events import Event, Skipped
from alexnet_app.core.generators import Driven

Result = TypeVar("Result")


def sort_into(answers: Iterable[Event], target: Path, *, moves: bool, not_sure: str, least: float) -> None:
    """Copies or moves the pictures of ``answers`` into folders of ``target``, says how many went where, and how all of
    it is taken back.
    """
    from alexnet_app.core.inference.filing import filing, planned

    plan = planned(answers, target, moves=moves, not_sure=not_sure, least=least)
    if not plan.files:
        say("no picture has a sure answer and another place to go to: nothing was put into folders")
        return
    for folder, count in plan.counts.items():
        say(printable(f"{count:6,} to {target / folder}"))
    with Bars() as bars:
        journal, stayed = _told(filing(plan), bars)
    done = "moved" if moves else "copied"
    say(f"{_pictures(len(plan.files) - stayed)} {done}" + (f", {stayed:,} stayed where they were" if stayed else ""))
    say(printable(f"take it back with: {typed(['classify', '--undo', str(journal)])}"))


def take_back(journal: Path, *, json: bool) -> int:
    """Takes back what ``journal`` says; whether all of it could be is the exit code."""
    from alexnet_app.core.inference.filing import undone

    with Bars() as bars:
        count, stayed = _told(undone(journal), bars)
    if json:
        print_json({"undone": count, "stayed": stayed})
    say(f"{_pictures(count)} taken back" + (f"; {stayed:,} stayed, for the reasons above" if stayed else ""))
    return THEIRS if stayed else OK


def _pictures(count: int) -> str:
    return "1 picture" if count == 1 else f"{count:,} pictures"


def _told(work: Generator[Event, None, Result], bars: Bars) -> tuple[Result, int]:
    """What ``work`` gives, and how many files it had to leave; its events are shown meanwhile."""
    driven, stayed = Driven(work), 0
    for event in driven:
        stayed += isinstance(event, Skipped)
        bars.show(event)
    return driven.result, stayed
