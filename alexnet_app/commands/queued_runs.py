"""The command ``queue``: the runs that wait for their turn."""

import argparse
from pathlib import Path
from typing import Any

from alexnet_app.commands.options import add_json
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import say
from alexnet_app.commands.results import INTERRUPTED, OK, print_json
from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.waiting import Entry, Queue, Waiting

LIST, REMOVE, MOVE, RETRY, STOP, RUN = "list", "remove", "move", "retry", "stop", "run"
KEYED = (REMOVE, MOVE, RETRY)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=(LIST, REMOVE, MOVE, RETRY, STOP, RUN),
        default=LIST,
        help="list what waits (default), remove a run, move it to a place, let one that failed be tried again, begin "
        "nothing more, or train what waits; train --queue adds a run",
    )
    parser.add_argument("key", nargs="?", metavar="KEY", help="of the run, as the list has it; its beginning is enough")
    parser.add_argument("place", nargs="?", type=int, metavar="PLACE", help="with move: the place in the list, from 1")
    parser.add_argument("--queue", metavar="DIR", help="the folder of the queue (default: AlexNet/queue at home)")
    parser.add_argument("--detach", action="store_true", help="with run: train in a process of its own")
    parser.add_argument("--low-priority", action="store_true", help="with run: leave the processors to other programs")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Lists, changes or trains."""
    queue = Queue(Path(options.queue).absolute() if options.queue else None)
    if options.what in KEYED and not options.key:
        raise UserError("which run should be meant?", "give its key: queue {what} KEY", what=options.what)
    match options.what:
        case "remove":
            say(f"removed {queue.remove(_key(queue, options)).name}; a run that was begun is kept in its folder")
        case "move":
            if options.place is None:
                raise UserError("to which place should it move?", "give the place: queue move KEY 1")
            queue.move(_key(queue, options), options.place - 1)
        case "retry":
            queue.retry(_key(queue, options))
        case "stop":
            queue.rest(rests=True)
            say("nothing more is begun; what is trained continues: see runs, and runs stop RUN")
        case "run":
            return _work(queue, options)
    return _list(queue, options)


def _key(queue: Queue, options: argparse.Namespace) -> str:
    from alexnet_app.core.runs.waiting import entry_of

    return entry_of(queue.read().entries, options.key).key


def _list(queue: Queue, options: argparse.Namespace) -> int:
    found = queue.read()
    if options.json:
        print_json({"rests": found.rests, "runs": [_plain(each, found) for each in found.entries]})
    elif not found.entries:
        say("nothing waits; add a run with: train --preset NAME --queue")
    else:
        for place, each in enumerate(found.entries, 1):
            print(printable(f"{place:3}  {each.key}  {state(each, found):8}  {each.name}"))
            if each.problem:
                print(printable(f"     {each.problem}"))
        if found.rests:
            say("nothing is begun until: queue run")
    return OK


def state(entry: Entry, found: Waiting) -> str:
    """How an entry stands: "failed", "training", "begun" (to be continued) or "waiting"."""
    if entry.key in found.held:
        return "training"
    if entry.problem:
        return "failed"
    return "begun" if entry.run else "waiting"


def _plain(entry: Entry, found: Waiting) -> dict[str, Any]:
    return {
        "key": entry.key,
        "name": entry.name,
        "group": entry.group,
        "state": state(entry, found),
        "run": entry.run,
        "device": entry.device,
        "problem": entry.problem,
    }


def _work(queue: Queue, options: argparse.Namespace) -> int:
    from alexnet_app.commands.queueing import start_working, work_through

    if options.detach:
        child = start_working(queue, low_priority=options.low_priority)
        if options.json:
            print_json({"process": child.pid, "output": str(queue.said_file)})
        say(f"it is worked through in the background; what it says is in {queue.said_file}")
        return OK
    with queue.working():
        queue.rest(rests=False)
        done, interrupted = work_through(queue, low_priority=options.low_priority)
    told(done, options)
    if interrupted:
        say("stopped; continue with: queue run")
        return INTERRUPTED
    return OK


def told(done: "list[Any]", options: argparse.Namespace) -> None:
    """What became of the runs, on stdout."""
    if options.json:
        rows = [(each.name, each.run, each.best_error, each.problem) for each in done]
        print_json([{"name": n, "run": str(r), "best_top1_error": e, "problem": p} for n, r, e, p in rows])
        return
    for each in done:
        error = each.best_error
        print(printable(f"{'–' if error is None else f'{error:.1%}':>6}  {each.name}  {each.problem}".rstrip()))
