"""The command ``runs``: lists the runs, follows one that another process trains, stops it, takes one elsewhere."""

import argparse
import queue
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.commands import run_exporting
from alexnet_app.commands.ask import PATIENCE
from alexnet_app.commands.interruption import interruptible
from alexnet_app.commands.options import add_json
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.results import INTERRUPTED, OK, print_json, summary
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, RunEnded
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command, Leave, Stop

if TYPE_CHECKING:
    from alexnet_app.core.runs.listing import RunSummary

LIST, FOLLOW, STOP, EXPORT, IMPORT = "list", "follow", "stop", "export", "import"
DONE = {FOLLOW: "followed", STOP: "stopped", EXPORT: "exported"}
# by what runs can be sorted, and what is the smallest for the one that comes first
SORTS: "dict[str, Callable[[RunSummary], Any]]" = {
    "changed": lambda run: -run.changed,
    "name": lambda run: run.name.casefold(),
    "state": lambda run: str(run.state),
    "error": lambda run: 2.0 if run.best_error is None else run.best_error,
    "epochs": lambda run: -run.epoch,
    "network": lambda run: run.network.casefold(),
    "data": lambda run: run.data.casefold(),
    "duration": lambda run: -run.seconds,
}
BLOCKS = "▁▂▃▄▅▆▇█"
WIDE = 40  # characters of a curve


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "what",
        nargs="?",
        choices=(LIST, FOLLOW, STOP, EXPORT, IMPORT),
        default=LIST,
        help="list them (default), follow one that is trained, stop it, export one, or import one",
    )
    parser.add_argument("run", nargs="?", metavar="RUN", help="the folder of a run; to import: a ZIP of one")
    listing = parser.add_argument_group("listing")
    listing.add_argument("--folder", metavar="DIR", help="list the runs in this folder (default: AlexNet/runs at home)")
    listing.add_argument("--archived", action="store_true", help="list archived runs too")
    listing.add_argument("--tag", action="append", default=[], help="list runs with this tag; repeatable: with each")
    listing.add_argument("--sort", choices=tuple(SORTS), default="changed", help="(default: the latest first)")
    run_exporting.arguments(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Lists, follows, stops, exports or imports."""
    if options.what == LIST:
        return _list(options)
    if not options.run and options.what == IMPORT:
        raise UserError("which run should be imported?", "give its ZIP: runs import FILE.zip")
    if not options.run:
        raise UserError(
            "which run should be {done}?",
            "give its folder: runs {what} RUN",
            done=DONE[options.what],
            what=options.what,
        )
    if options.what == IMPORT:
        return run_exporting.bring_in(options)
    found = Run.existing(Path(options.run))
    work = {FOLLOW: _follow, STOP: _stop, EXPORT: run_exporting.take_out}[options.what]
    return work(found, options)


def _list(options: argparse.Namespace) -> int:
    from alexnet_app.core.runs.listing import runs_below, runs_folder

    if options.run:
        raise UserError(
            "{name} is one run more than can be listed", "give a folder of runs with --folder", name=options.run
        )
    folder = Path(options.folder) if options.folder else runs_folder()
    every = list(runs_below(folder))
    found = [each for each in every if options.archived or not each.label.archived]
    found = sorted((each for each in found if _has(each, options.tag)), key=SORTS[options.sort])
    if options.json:
        print_json([_plain(each) for each in found])
    elif found:
        print("\n".join(map(printable, _table(found))))
    elif every:
        say(f"none of the {len(every):,} runs in {folder} is listed: see --archived and --tag")
    else:
        say(f"there are no runs in {folder}")
    return OK


def _has(run: "RunSummary", tags: Sequence[str]) -> bool:
    """Whether ``run`` has each of ``tags``, in capitals or not."""
    return {each.strip().casefold() for each in tags} <= {each.casefold() for each in run.label.tags}


def _plain(run: "RunSummary") -> dict[str, Any]:
    return {
        "run": str(run.folder),
        "name": run.name,
        "state": str(run.state),
        "network": run.network,
        "data": run.data,
        "epoch": run.epoch,
        "epochs": run.epochs,
        "best_top1_error": run.best_error,
        "changed": datetime.fromtimestamp(run.changed).astimezone().isoformat(timespec="seconds"),
        "problem": run.problem,
        "tags": list(run.label.tags),
        "note": run.label.note,
        "archived": run.label.archived,
        "device": run.device,
        "seconds": run.seconds,
        **{key: _said(run.settings.get(key)) for key in ("preset", "learning_rate", "batch_size", "seed")},
    }


def _said(value: Any) -> str | float | None:
    """What a configuration says, as whoever wrote it may have: a date, or a list, is nothing here."""
    return value if isinstance(value, str | int | float) else None


def _table(found: "Sequence[RunSummary]") -> Iterator[str]:
    rows: list[tuple[str, ...]] = [("state", "epochs", "best error", "network", "name", "tags")]
    for each in found:
        error = "" if each.best_error is None else f"{each.best_error:.1%}"
        epochs = f"{each.epoch:,} of {each.epochs:,}" if each.epochs else ""
        tags = ", ".join((*each.label.tags, *(["(archived)"] if each.label.archived else [])))
        rows.append((str(each.state), epochs, error, each.network, each.problem or each.name, tags))
    if not any(row[-1] for row in rows[1:]):
        rows = [row[:-1] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _follow(found: Run, options: argparse.Namespace) -> int:
    """Shows what a run does until it ends; Ctrl-C ends the looking, not the run."""
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    leaving = _Leaving(asked)
    losses: list[float] = []
    errors: list[float] = []
    last = None
    with interruptible(leaving) as interrupted, Bars(_batch_size(found)) as bars:  # type: ignore[arg-type]
        for last in found.follow(asked):
            bars.show(last)
            if isinstance(last, EpochDone):
                losses.append(last.train_loss)
                errors.append(last.validation_error)
                say(f"  training loss {curve(losses)}  validation error {curve(errors)}")
    if options.json:
        print_json(summary(found))
    if interrupted():
        say(f'no longer followed; the run continues. Stop it with: runs stop "{found.folder}"')
        return INTERRUPTED
    if not isinstance(last, RunEnded):
        say(f'no process is training this run; continue it with: train --resume "{found.folder}"')
    return OK


def _batch_size(run: Run) -> int:
    """Images in a batch of ``run``; 0 where its settings cannot be read."""
    from alexnet_app.core.training.resume import config_of

    try:
        return config_of(run).batch_size
    except UserError:
        return 0


class _Leaving:
    """Takes what Ctrl-C asks for and only looks away."""

    def __init__(self, asked: "queue.SimpleQueue[Command]") -> None:
        self._asked = asked

    def put(self, _: Command) -> None:
        self._asked.put(Leave())


def _stop(found: Run, options: argparse.Namespace) -> int:
    from alexnet_app.core.runs.asking import ask

    event = ask(found, Stop(), PATIENCE)
    if options.json:
        print_json({"run": str(found.folder), "stopped": event is not None})
    elif event is None:
        say(f"asked; the run has not answered within {PATIENCE:.0f} s, and stops at the next step that it finishes")
    else:
        assert isinstance(event, RunEnded)
        say(f'{event.reason} after {event.step:,} steps; continue with: train --resume "{found.folder}"')
    return OK


def curve(values: Sequence[float]) -> str:
    """The last values as a line of blocks, from the smallest to the largest among them; "·" for what is no number."""
    shown = values[-WIDE:]
    real = [value for value in shown if value == value and abs(value) != float("inf")]
    if not real:
        return "·" * len(shown)
    low, high = min(real), max(real)
    scale = (len(BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(BLOCKS[round((value - low) * scale)] if value in real else "·" for value in shown)
