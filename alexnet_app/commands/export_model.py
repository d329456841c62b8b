"""The command ``export``: a model as a file that others read."""

import argparse
from pathlib import Path

from alexnet_app.commands.options import add_json
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.progress import say
from alexnet_app.commands.reading import opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.outputs import EXPORTS


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("model", metavar="MODEL.alexnet", help="an .alexnet file")
    parser.add_argument("--format", required=True, choices=tuple(EXPORTS), help="the file format")
    parser.add_argument("--out", required=True, metavar="FILE", help="the file to write")
    parser.add_argument(
        "--half", action="store_true", help="store the weights of an .alexnet file as fp16, half the size"
    )
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``export``: a model as a file that others read."""
    from alexnet_app.core.network.exchange.exporting import export_model

    guard = guarded(options, options.model)
    out = guard.file(options.out, EXPORTS[options.format])
    bundle = opened(Path(options.model))
    guard.confirm()
    notes = export_model(bundle, options.format, out, half=options.half)
    for note in notes:
        say(note)
    if options.json:
        facts = {"out": str(out), "format": options.format, "network": bundle.spec.name}
        print_json(facts | {"notes": list(notes)})
    else:
        print(f"{bundle.spec.name} as {options.format}: {options.out}")
    return OK
