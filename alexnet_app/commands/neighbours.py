"""The command ``neighbours``: the images of an index that a network finds most like a picture (Figure 4, right)."""

import argparse
from dataclasses import asdict
from pathlib import Path

from alexnet_app.commands.options import add_json, add_model
from alexnet_app.commands.printing import printable
from alexnet_app.commands.reading import chosen_model, opened
from alexnet_app.commands.results import OK, print_json

MOST = 100


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("picture", metavar="PICTURE", help="a picture file")
    parser.add_argument("--index", required=True, metavar="FILE", help="an index that the command index has written")
    add_model(parser)
    parser.add_argument(
        "--count", type=int, default=6, choices=range(1, MOST + 1), metavar="N", help="how many, 1 to 100 (default: 6)"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``neighbours``: finds them, the nearest first, with their distances."""
    from alexnet_app.core.data.decode import read_fitted
    from alexnet_app.core.inference.neighbours import Units, check_model, read_index

    bundle = opened(chosen_model(options.model))
    path = Path(options.index)
    index = read_index(path)
    check_model(index, bundle, path)
    picture = read_fitted(Path(options.picture), bundle.spec.picture_size)
    found = index.nearest(Units(bundle).of(picture[None])[0], options.count)
    if options.json:
        print_json([asdict(each) for each in found])
        return OK
    for each in found:
        print(printable(f"{each.distance:8.2f}  {each.label}  {each.path or f'picture {each.place}'}"))
    return OK
