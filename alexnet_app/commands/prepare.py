"""The command ``prepare``: make a prepared set before training, verify it, list all of them, delete one."""

import argparse
from collections.abc import Generator
from dataclasses import asdict
from datetime import datetime
from queue import SimpleQueue
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

from alexnet_app.commands.interruption import interruptible
from alexnet_app.commands.options import add_json
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars, duration, say
from alexnet_app.commands.results import INTERRUPTED, OK, THEIRS, print_json
from alexnet_app.core.data.prepared.states import SetState
from alexnet_app.core.data.sources.named import whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Damaged, Event, Progress, Skipped, Task
from alexnet_app.core.generators import Driven
from alexnet_app.core.network.variants import variant
from alexnet_app.core.steering import Command

if TYPE_CHECKING:  # numpy comes with it
    from alexnet_app.core.data.prepared.prepare import Prepared
    from alexnet_app.core.data.prepared.shelf import PreparedSet

Result = TypeVar("Result")
SIDE = 256  # section 2 of the paper
SHOWN = 10  # files that were left out
EVERY = 10.0  # seconds between two lines where stderr is no terminal


class _StoppedError(Exception):
    """Ctrl-C: what is there stays."""


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "data", nargs="?", metavar="DIR|CSV|ARCHIVE", help="a folder with one sub-folder per class, or ImageNet"
    )
    parser.add_argument("--side", type=int, metavar="N", help="height and width of the prepared images (default: 256)")
    parser.add_argument("--network", metavar="NAME", help="use the size that this network reads (cifar-towers: 32)")
    storages, room = ("auto", "raw", "jpeg"), "raw is faster to read, jpeg takes an eighth of the space"
    parser.add_argument("--storage", choices=storages, default="auto", help=room)
    parser.add_argument("--verify", action="store_true", help="read the whole set and compare checksums")
    parser.add_argument("--list", action="store_true", help="list the prepared sets")
    parser.add_argument("--delete", metavar="NAME", help="delete a prepared set")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``prepare``: one of the things above."""
    _check_options(options)
    if options.list:
        return _list(options)
    if options.delete is not None:
        from alexnet_app.core.data.prepared.shelf import delete_set

        freed = delete_set(options.delete)
        return _told({"deleted": options.delete, "bytes": freed}, f"deleted, {freed / 1e6:,.1f} MB are free", options)
    side = variant(options.network).picture_size if options.network else options.side
    if side is not None and not 1 <= side <= 1024:
        raise UserError("the side must be 1 to 1024 pixels, not {side}", "the paper uses 256", side=side)
    try:
        return _prepare(options, side)
    except _StoppedError:
        say("stopped; the same command continues")
        return INTERRUPTED


def _check_options(options: argparse.Namespace) -> None:
    """One thing at a time."""
    if sum((options.data is not None, options.list, options.delete is not None)) != 1:
        raise UserError("prepare needs one of: a data set, --list, --delete NAME", "see prepare --help")
    if options.side is not None and options.network:
        raise UserError("--side and --network both set the image size", "use one of them")


def _prepare(options: argparse.Namespace, side: int | None) -> int:
    """``side`` None: CIFAR-10 and the sample data stay as large as they are, and as their networks read them."""
    from alexnet_app.core.data.prepared.prepare import own_side, prepare
    from alexnet_app.core.data.prepared.shelf import prepared_sets
    from alexnet_app.core.data.prepared.verifying import verify
    from alexnet_app.core.data.sources.addresses import opening_source

    begun, watch = monotonic(), _Watch()
    source = watch.run(opening_source(whole(options.data)))
    side = side or own_side(source) or SIDE
    data = watch.run(prepare(source, side, storage=options.storage, thorough=True))
    seconds = monotonic() - begun
    if data.folder is None:
        about = {"name": None, "pictures": _pictures(data), "seconds": seconds}
        return _told(
            about,
            f"the images of {source.name} already are {side} × {side} pixels; there is nothing to prepare",
            options,
        )
    found = next((each for each in prepared_sets() if each.folder == data.folder), None)
    if found is None:
        raise UserError(
            "the prepared set in {folder} has been deleted in the meantime", "prepare it again", folder=data.folder
        )
    damaged = watch.run(verify(data.folder)) if options.verify else None
    watch.close()
    about = _plain(found) | {"seconds": seconds, "speed": watch.speed, "damaged": damaged}
    if damaged:
        say(f"{damaged:,} images are damaged; run the same command again to repair them")
    _told(about, _sentence(found, watch.speed) + (", all checksums are correct" if damaged == 0 else ""), options)
    return THEIRS if damaged else OK


class _Watch:
    """Runs jobs with a bar, or a line now and then where there is no terminal; knows how fast it prepared."""

    def __init__(self) -> None:
        self.speed = 0.0
        self.left_out = 0
        self._first: tuple[int, float] | None = None
        self._said = monotonic()

    def run(self, job: Generator[Event, None, Result]) -> Result:
        """What ``job`` returns. Ctrl-C leaves it at the next event."""
        asked: SimpleQueue[Command] = SimpleQueue()
        driven = Driven(job)
        with interruptible(asked) as interrupted, Bars() as bars:
            for event in driven:
                self._show(bars, event)
                if interrupted():
                    raise _StoppedError
        return driven.result

    def close(self) -> None:
        """Says how many were left out in all, where not all were named."""
        if self.left_out > SHOWN:
            say(f"{self.left_out:,} files were skipped; the command inspect counts them by reason")

    def _show(self, bars: Bars, event: Event) -> None:
        match event:
            case Skipped():
                self.left_out += 1
                if self.left_out <= SHOWN:
                    bars.show(event)
            case Damaged(split, first, count):
                say(f"damaged: images {first:,} to {first + count - 1:,} of {split}")
            case Progress(Task.PREPARE, done, total):
                bars.show(event)
                self._measure(done, total)
            case _:
                bars.show(event)

    def _measure(self, done: int, total: int) -> None:
        now = monotonic()
        if self._first is None:
            self._first = done, now
        before, since = self._first
        if now > since and done > before:
            self.speed = (done - before) / (now - since)
        if self.speed and now - self._said >= EVERY:
            self._said = now
            left = duration((total - done) / self.speed)
            say(f"prepared {done:,} of {total:,} images, {self.speed:,.0f} images/s, about {left} left")


def _list(options: argparse.Namespace) -> int:
    from alexnet_app.core.data.prepared.shelf import prepared_sets

    found = prepared_sets()
    if not options.json:
        for each in found:
            print(printable(_sentence(each, 0.0)))
        print(f"{len(found)} prepared sets, {sum(each.bytes for each in found) / 1e6:,.1f} MB")
    if options.json:
        print_json([_plain(each) for each in found])
    return OK


def _sentence(each: "PreparedSet", speed: float) -> str:
    skipped = f", {each.skipped:,} skipped" if each.skipped else ""
    rate = f", {speed:,.0f} images/s" if speed else ""
    where = f" from {each.where}" if each.where else ""
    state = {SetState.FINISHED: "complete", SetState.BEGUN: "not complete"}.get(each.state, str(each.state))
    if each.state == SetState.OLD:
        return f"{each.name}: created by another version, {each.bytes / 1e6:,.1f} MB, can be deleted with --delete"
    return (
        f"{each.name}: {each.pictures:,} images of {each.side} × {each.side}{where}, {each.storage}, "
        f"{each.bytes / 1e6:,.1f} MB, {state}{skipped}, made {_day(each.made)}, used {_day(each.used)}{rate}"
    )


def _day(time: float) -> str:
    try:
        return datetime.fromtimestamp(time).astimezone().strftime("%Y-%m-%d %H:%M")
    except (OSError, OverflowError, ValueError):  # a file can have a time of no year that there is
        return "at no known time"


def _plain(each: "PreparedSet") -> dict[str, Any]:
    return asdict(each) | {"folder": str(each.folder)}


def _pictures(data: "Prepared") -> int:
    return sum(len(split.labels) for split in data.splits.values())


def _told(about: dict[str, Any], sentence: str, options: argparse.Namespace) -> int:
    if options.json:
        print_json(about)
    else:
        print(printable(sentence))
    return OK
