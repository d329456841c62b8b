"""The command ``rename``: what a run is called in lists, and a note of it. Its folder stays where it is."""

import argparse
from pathlib import Path

from alexnet_app.commands.options import add_json
from alexnet_app.commands.printing import printable
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.runs.naming import relabel
from alexnet_app.core.runs.run import Run


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("run", metavar="RUN", help="the folder of a run")
    parser.add_argument("name", metavar="NAME", nargs="?", help='its name in lists; "" for that of its folder')
    parser.add_argument("--note", metavar="TEXT", help='a note that is kept with the run; "" for none')
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Writes what was given, and says what the run is called now."""
    found = Run.existing(Path(options.run))
    label = relabel(found, name=options.name, note=options.note)
    if options.json:
        print_json({"run": str(found.folder), "name": label.name, "note": label.note})
    else:
        note = f": {label.note}" if label.note else ""
        print(printable(f"{found.folder.name} is called {label.name or found.folder.name}{note}"))
    return OK
