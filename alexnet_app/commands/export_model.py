"""The command ``export``: a model as a file that others read."""

import argparse

from alexnet_app.commands.options import MODEL, add_json
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.progress import say
from alexnet_app.commands.reading import opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.outputs import EXPORTS
from alexnet_app.core.runs.listing import model_path


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("model", metavar=MODEL, help="a model, a run folder or bundled:NAME")
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

    model = model_path(options.model)
    guard = guarded(options, str(model))
    out = guard.file(options.out, EXPORTS[options.format])
    bundle = opened(model)
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
