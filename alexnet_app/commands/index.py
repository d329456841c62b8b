"""The command ``index``: what a model makes of every image of a data set, kept to find those that are alike."""

import argparse
from typing import TYPE_CHECKING

from alexnet_app.commands.options import add_json, add_model
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.reading import chosen_model, opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.commands.running import shown
from alexnet_app.core.data.sources.named import whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.outputs import INDEX

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.data.sources.values import Source
    from alexnet_app.core.inference.neighbours import Index


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    what = 'a folder of images, a CSV, an archive, "shapes" or "cifar10"'
    parser.add_argument("data", metavar="DIR|CSV|ARCHIVE", help=what)
    add_model(parser)
    parser.add_argument(
        "--split", choices=("train", "validation", "test"), default="train", help="which images (default: train)"
    )
    parser.add_argument("--out", required=True, metavar="FILE.index", help="the index to write")
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``index``: computes the units of the last hidden layer for every image, and writes them."""
    from alexnet_app.core.inference.labelled import labelled
    from alexnet_app.core.inference.neighbours import indexing, write_index

    model, where = chosen_model(options.model), whole(options.data)
    guard = guarded(options, str(model), where)
    out = guard.file(options.out, INDEX)
    bundle = opened(model)
    with Bars() as bars:
        source = _images(where, bars)
        guard.reads(source.paths())
        data = shown(labelled(source, options.split, bundle.spec.picture_size, alone=True), bars)
        index = shown(indexing(bundle, data), bars)
    guard.confirm()
    write_index(out, index)
    if options.json:
        print_json(_plain(index) | {"out": str(out)})
    else:
        count, units = index.units.shape
        say(printable(f"{count:,} {index.split} images of {index.data}, {units:,} units each: {out}"))
    return OK


def _images(where: str, bars: Bars) -> "Source":
    """The data set at ``where``; a folder without classes is one class, as in the window."""
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.inference.kept_index import without_classes

    try:
        return shown(opening_source(where), bars)
    except UserError:
        found = without_classes(where)
        if found is None:
            raise
        return found


def _plain(index: "Index") -> dict[str, object]:
    count, units = index.units.shape
    return {"data": index.data, "split": index.split, "images": count, "units": units, "model": index.model}
