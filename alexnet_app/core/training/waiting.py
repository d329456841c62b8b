"""A run that waits for what it cannot go on without, such as images on a disk that is gone."""

import time
from collections.abc import Callable, Iterator

from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.runs.inbox import Inbox
from alexnet_app.core.steering import Command

LOOK_SECONDS = 1.0  # between two looks whether it is there
TOLD_SHARE = 0.1  # how long it has waited is told when that has grown by so much: of a night a hundred times


def waiting(
    inbox: Inbox, is_there: Callable[[], bool], obey: Callable[[list[Command]], Iterator[Event]]
) -> Iterator[Event]:
    """Waits until ``is_there``. What is asked meanwhile is for ``obey``; Progress("wait") tells the seconds."""
    began, told = time.monotonic(), 0.0
    while not is_there():
        commands = inbox.wait(LOOK_SECONDS)
        yield from obey(commands)
        seconds = time.monotonic() - began
        if commands or seconds >= told + max(1.0, told * TOLD_SHARE):  # whoever leaves can close this only here
            told = seconds
            yield Progress(Task.WAIT, round(seconds), 0, "seconds")
