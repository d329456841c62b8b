"""The command ``import``: a model out of a file of torch, Caffe or ONNX."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.commands.options import add_json
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.errors import UserError
from alexnet_app.core.outputs import MODEL

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.network.exchange.importing import Imported

PUBLISHED = "torchvision"  # in the place of a file


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("file", metavar="FILE|torchvision", help="a .pth, .safetensors, .caffemodel or .onnx file")
    parser.add_argument(
        "--as",
        dest="kind",
        choices=("torch", "torchvision", "caffe", "onnx"),
        help="its format, if the name is ambiguous",
    )
    parser.add_argument("--network", metavar="NAME", help="which network it is, if several have layers of these shapes")
    parser.add_argument("--download", action="store_true", help="download torchvision's published weights (233 MB)")
    parser.add_argument("--labels", metavar="FILE", help="the class names, one per line, such as synset_words.txt")
    parser.add_argument("--mean", metavar="FILE", help="the mean that Caffe subtracts: .binaryproto or .npy")
    parser.add_argument("--out", required=True, metavar="MODEL.alexnet", help="the .alexnet file to write")
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``import``: a model out of a file of torch, Caffe or ONNX."""
    from alexnet_app.core.network.bundle import write_bundle

    guard = guarded(options, options.file, options.labels, options.mean)
    out = guard.file(options.out, MODEL)
    imported = _published(options) if options.file == PUBLISHED and options.download else _given(options)
    bundle = imported.bundle
    guard.confirm()
    write_bundle(out, bundle)
    for note in imported.notes:
        say(note)
    if options.json:
        facts = {"out": str(out), "network": bundle.spec.name, "classes": bundle.spec.classes}
        print_json({**facts, "parameters": bundle.spec.parameters, "notes": list(imported.notes)})
    else:
        print(
            f"{bundle.spec.name}, {bundle.spec.classes:,} classes, {bundle.spec.parameters:,} parameters: {options.out}"
        )
    return OK


def _given(options: argparse.Namespace) -> "Imported":
    from alexnet_app.core.network.exchange.importing import import_model

    if options.download:
        raise UserError(
            "--download fetches only torchvision's own weights, not {file}",
            hint="import torchvision --download --out MODEL.alexnet",
            file=options.file,
        )
    if options.file == PUBLISHED and not Path(PUBLISHED).exists():
        raise UserError(
            "torchvision's weights must be downloaded first",
            hint="add --download, or name your own copy of alexnet-owt-….pth",
        )
    labels, mean = (Path(given) if given else None for given in (options.labels, options.mean))
    kind = "torch" if options.kind == PUBLISHED else options.kind
    return import_model(Path(options.file), kind, labels, mean, network=options.network)


def _published(options: argparse.Namespace) -> "Imported":
    from alexnet_app.core.network.exchange.published import fetch_torchvision, torchvision_model

    with Bars() as bars:
        for event in fetch_torchvision():
            bars.show(event)
    labels, mean = (Path(given) if given else None for given in (options.labels, options.mean))
    return torchvision_model(labels, mean)
