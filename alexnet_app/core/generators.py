"""Generators driven to their end: what they say on the way, and what they return."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Generic, TypeVar

Said = TypeVar("Said")
Result = TypeVar("Result")


class Driven(Generic[Said, Result]):
    """Iterates over what ``work`` yields; ``result`` is what it returned, once the iteration has come to its end.

    ``work`` is closed when the iteration ends, also where it is left before.
    """

    result: Result

    def __init__(self, work: Generator[Said, None, Result]) -> None:
        self._work = work

    def __iter__(self) -> Iterator[Said]:
        with closing(self._work):
            self.result = yield from self._work


def result_of(work: Generator[Said, None, Result]) -> Result:
    """What ``work`` returns; what it yields is not looked at."""
    driven = Driven(work)
    for _ in driven:
        pass
    return driven.result
