"""The command ``neighbours``: the images of an index that a network finds most like pictures (Figure 4, right)."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.options import add_json, add_model, count_up_to
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars
from alexnet_app.commands.reading import chosen_model, opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.commands.running import shown
from alexnet_app.core.errors import UserError
from alexnet_app.core.outputs import PNG, Guard

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.neighbours import Index, Neighbour

MOST = 100


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("pictures", nargs="+", metavar="PICTURE", help="a picture file")
    parser.add_argument("--index", required=True, metavar="FILE", help="an index that the command index has written")
    add_model(parser)
    parser.add_argument(
        "--count", type=count_up_to(MOST), default=6, metavar="N", help=f"how many, 1 to {MOST} (default: 6)"
    )
    parser.add_argument("--sheet", metavar="FILE.png", help="also draw each picture with the images found, in a row")
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``neighbours``: finds them, the nearest first, with their distances."""
    from alexnet_app.core.data.decode import read_fitted
    from alexnet_app.core.inference.neighbours import Units, check_model, read_index

    if options.json and len(options.pictures) > 1:
        raise UserError("--json tells the neighbours of one picture", hint="name one picture, or leave --json out")
    model, path = chosen_model(options.model), Path(options.index)
    guard = guarded(options, str(model), str(path), *options.pictures)
    out = guard.output(options.sheet, PNG)
    bundle = opened(model)
    index = read_index(path)
    check_model(index, bundle, path)
    units = Units(bundle)
    pictures = [read_fitted(Path(each), bundle.spec.picture_size) for each in options.pictures]
    found = [index.nearest(units.of(each[None])[0], options.count) for each in pictures]
    if out is not None:
        _draw(out, index, pictures, found, guard)
    if options.json:
        print_json([asdict(each) for each in found[0]])
        return OK
    for name, row in zip(options.pictures, found, strict=True):
        if len(found) > 1:
            print(printable(f"{name}:"))
        for each in row:
            print(printable(f"{each.distance:8.2f}  {each.label}  {each.path or f'image {each.place + 1}'}"))
    return OK


def _draw(out: Path, index: "Index", pictures: list[Any], found: list[tuple["Neighbour", ...]], guard: Guard) -> None:
    """Each picture with its neighbours, in a row."""
    from alexnet_app.core.inference.neighbour_sheet import SheetRow, images_of, write_neighbours

    with Bars() as bars:
        images = shown(images_of(index, found, len(pictures[0])), bars)
    captions = [tuple(f"{each.label} {each.distance:.1f}" for each in row) for row in found]
    guard.confirm()
    write_neighbours(out, [SheetRow(*each) for each in zip(pictures, images, captions, strict=True)])
