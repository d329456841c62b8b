"""The command ``inspect``: what a training would understand of a data set, without training."""

import argparse

from alexnet_app.commands.options import add_json
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars
from alexnet_app.commands.results import OK, print_json
from alexnet_app.commands.running import shown
from alexnet_app.commands.understood_lines import lines_of
from alexnet_app.core.data.sources.named import whole


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    what = "a folder with one sub-folder per class, a CSV of paths and labels, ImageNet, or a CIFAR-10 archive"
    parser.add_argument("data", metavar="DIR|CSV|ARCHIVE", help=what)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``inspect``: classes, counts, what is skipped, warnings. Every image is decoded, up to 20,000 of them."""
    from alexnet_app.core.data.sources.addresses import opening_files
    from alexnet_app.core.data.sources.understood import as_plain, inspecting, understood

    with Bars() as bars:
        source = shown(opening_files(whole(options.data)), bars)
        found = understood(shown(inspecting(source), bars))
    if options.json:
        print_json(as_plain(found))
    else:
        print("\n".join(map(printable, lines_of(found))))
    return OK
