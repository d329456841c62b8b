"""The commands ``import`` and ``export``: models from files of others, and files of others from models."""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.errors import UserError
from alexnet_app.progress import Bars, say
from alexnet_app.results import OK, print_json

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.network.exchange.importing import Imported

PUBLISHED = "torchvision"  # in the place of a file
IMAGENET = "ImageNet (ILSVRC2012)"


def import_(options: argparse.Namespace) -> int:
    """``import``: a model out of a file of torch, Caffe or ONNX."""
    from alexnet_app.core.network.bundle import write_bundle

    out = Path(options.out)
    _spare(out, *(given for given in (options.file, options.labels, options.mean) if given))
    imported = _published(options) if options.file == PUBLISHED and options.download else _given(options)
    bundle = imported.bundle
    write_bundle(out, bundle)
    for note in imported.notes:
        say(note)
    if options.json:
        facts = {"out": str(out.absolute()), "network": bundle.spec.name, "classes": bundle.spec.classes}
        print_json({**facts, "parameters": bundle.spec.parameters, "notes": list(imported.notes)})
    else:
        print(f"{bundle.spec.name}, {bundle.spec.classes:,} classes, {bundle.spec.parameters:,} parameters: {out}")
    return OK


def export(options: argparse.Namespace) -> int:
    """``export``: a model as a file that others read."""
    from alexnet_app.core.network.bundle import read_bundle
    from alexnet_app.core.network.exchange.exporting import export_model

    out = Path(options.out)
    _spare(out, options.model)
    bundle = read_bundle(Path(options.model))
    export_model(bundle, options.format, out, half=options.half)
    if options.json:
        print_json({"out": str(out.absolute()), "format": options.format, "network": bundle.spec.name})
    else:
        print(f"{bundle.spec.name} as {options.format}: {out}")
    return OK


def _given(options: argparse.Namespace) -> "Imported":
    from alexnet_app.core.network.exchange.importing import import_model

    if options.download:
        raise UserError(
            "only torchvision's own weights can be downloaded, not {file}",
            hint="import torchvision --download --out MODEL.alexnet",
            file=options.file,
        )
    if options.file == PUBLISHED and not Path(PUBLISHED).exists():
        raise UserError(
            "torchvision's weights must be downloaded first",
            hint="add --download, or give the file alexnet-owt-….pth where you have it",
        )
    labels, mean = (Path(given) if given else None for given in (options.labels, options.mean))
    kind = "torch" if options.kind == PUBLISHED else options.kind
    return import_model(Path(options.file), kind, labels, mean, network=options.network)


def _published(options: argparse.Namespace) -> "Imported":
    from alexnet_app.core.data.published import fetch_torchvision, torchvision_file
    from alexnet_app.core.network.exchange.importing import import_model

    with Bars() as bars:
        for event in fetch_torchvision():
            bars.show(event)
    labels, mean = (Path(given) if given else None for given in (options.labels, options.mean))
    imported = import_model(torchvision_file(), "torch", labels, mean)
    known = replace(imported.bundle, summary={**imported.bundle.summary, "data": IMAGENET})
    return replace(imported, bundle=known)


def _spare(out: Path, *inputs: str) -> None:
    """Refuses to write over what is read, or where nothing can be written: before the work, not after it."""
    if any(out.resolve() == Path(given).resolve() for given in inputs):
        raise UserError("{out} is read and would be written over", hint="choose another file to write", out=out)
    if not out.parent.is_dir():
        raise UserError("there is no folder {folder}", hint="make it, or choose another", folder=out.parent)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {"import": import_, "export": export}
