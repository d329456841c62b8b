"""The command ``rename``: what a run is called in lists, a note and tags of it. Its folder stays where it is."""

import argparse
from dataclasses import asdict
from pathlib import Path

from alexnet_app.commands.options import add_json
from alexnet_app.commands.printing import printable
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.runs.naming import relabel, tags_in
from alexnet_app.core.runs.run import Run


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("run", metavar="RUN", help="the folder of a run")
    parser.add_argument("name", metavar="NAME", nargs="?", help='its name in lists; "" for that of its folder')
    parser.add_argument("--note", metavar="TEXT", help='a note that is kept with the run; "" for none')
    parser.add_argument("--tags", metavar="TAG,TAG", help='its tags, in place of those that it has; "" for none')
    parser.add_argument(
        "--archive", action=argparse.BooleanOptionalAction, help="leave it out of lists, or list it again"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Writes what was given, and says what the run is called now."""
    found = Run.existing(Path(options.run))
    tags = None if options.tags is None else tags_in(options.tags)
    label = relabel(found, name=options.name, note=options.note, tags=tags, archived=options.archive)
    if options.json:
        print_json({"run": str(found.folder), **asdict(label)})
        return OK
    parts = [label.note, f"tags {', '.join(label.tags)}" if label.tags else "", "archived" if label.archived else ""]
    said = "; ".join(filter(None, parts))
    print(printable(f"{found.folder.name} is called {label.name or found.folder.name}{f': {said}' if said else ''}"))
    return OK
