"""Runs taken elsewhere and back, for the command ``runs``."""

import argparse
from pathlib import Path
from typing import Any

from alexnet_app.commands.outputs import add_force, guarded, new_folder
from alexnet_app.commands.progress import Bars, counted, say
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress, Task
from alexnet_app.core.runs.run import Run

KINDS = ("zip", "report", "csv", "tensorboard")


def arguments(parser: argparse.ArgumentParser) -> None:
    """What is written, and where."""
    export = parser.add_argument_group("exporting and importing")
    export.add_argument("--zip", metavar="FILE.zip", help="the whole run as one file; runs import opens it elsewhere")
    export.add_argument("--report", metavar="FILE.html", help="a web page: settings, curves, filters, evaluation")
    export.add_argument("--csv", metavar="FILE.csv|DIR", help="every series in one table, or a table for each in DIR")
    export.add_argument("--tensorboard", metavar="DIR", help="event files for TensorBoard, into a new folder")
    export.add_argument("--to", metavar="DIR", help="a new folder for an imported run (default: in AlexNet/runs)")
    add_force(parser)


def take_out(run: Run, options: argparse.Namespace) -> int:
    """Writes whatever was asked for of ``run``."""
    from alexnet_app.core.outputs import PAGE, RUN_ZIP, TABLE

    if not any(getattr(options, kind) for kind in KINDS):
        raise UserError("what should be exported?", "add --zip, --report, --csv or --tensorboard")
    guard = guarded(options, str(run.folder))
    packed, page = guard.output(options.zip, RUN_ZIP), guard.output(options.report, PAGE)
    is_table = bool(options.csv) and options.csv.lower().endswith(".csv")
    table = guard.output(options.csv, TABLE) if is_table else None
    tables = new_folder(options.csv, "--csv") if options.csv and not is_table else None
    board = new_folder(options.tensorboard, "--tensorboard") if options.tensorboard else None
    said: dict[str, Any] = {"run": str(run.folder)}
    with Bars() as bars:
        if packed is not None:
            said["zip"] = str(packed)
            _pack(run, packed, bars)
        if page is not None:
            said["report"] = str(page)
            _report(run, page)
        if table is not None or tables is not None:
            said["csv"] = str(table or tables)
            _tables(run, table, tables)
        if board is not None:
            said["tensorboard"] = str(board)
            _board(run, board)
    if options.json:
        print_json(said)
    return OK


def bring_in(options: argparse.Namespace) -> int:
    """Unpacks a run that was exported."""
    from alexnet_app.core.exports.unpacking import unpack_beside
    from alexnet_app.core.runs.listing import runs_folder

    to = Path(options.to).absolute() if options.to else None
    with Bars() as bars:
        run = unpack_beside(
            Path(options.run), to, runs_folder(), lambda done, total: _bar(bars, Task.UNPACK, done, total)
        )
    if options.json:
        print_json({"run": str(run.folder)})
    else:
        say(f"imported into {run.folder}")
    return OK


def _pack(run: Run, path: Path, bars: Bars) -> None:
    from alexnet_app.core.exports.packing import pack

    found = pack(run, path, lambda done, total: _bar(bars, Task.PACK, done, total))
    trained = "; the run is in progress, and this is how it is now" if found.is_trained else ""
    say(f"{path}: {counted(found.files, 'file')}, {found.size / 1e6:,.1f} MB{trained}")


def _bar(bars: Bars, task: Task, done: int, total: int) -> None:
    bars.show(Progress(task, done, total, "bytes"))


def _report(run: Run, path: Path) -> None:
    from alexnet_app.core.exports.report import write_report

    write_report(run, path)
    say(f"{path}: the report of {run.folder.name}")


def _tables(run: Run, path: Path | None, folder: Path | None) -> None:
    from alexnet_app.core.exports.series import write_series, write_series_apart

    if path is not None:
        say(f"{path}: {counted(write_series(run, path), 'value')}")
    if folder is not None:
        say(f"{folder}: {counted(len(write_series_apart(run, folder)), 'table')}")


def _board(run: Run, folder: Path) -> None:
    from alexnet_app.core.exports.tensorboard import write_tensorboard

    steps = write_tensorboard(run, folder)
    say(f"{folder}: {counted(steps, 'step')}; look at them with: tensorboard --logdir {folder}")
