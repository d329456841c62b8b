"""Options that several commands have, worded once. The standard library only: the help is shown without torch."""

import argparse
from collections.abc import Callable

MODEL = "FILE|RUN|bundled:NAME"  # how a model is named


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``: what a script reads."""
    parser.add_argument("--json", action="store_true", help="one JSON value on the last line of stdout")


def add_scale(parser: argparse.ArgumentParser) -> None:
    """``--scale``: what the weights of a drawn kernel are compared with."""
    parser.add_argument(
        "--scale",
        choices=("own", "common"),
        default="own",
        help="draw each kernel by its own largest weight, or all kernels of a model on one scale (default: own)",
    )


def add_device(parser: argparse.ArgumentParser) -> None:
    """``--device``: what computes."""
    parser.add_argument("--device", metavar="NAME", help='"auto", "cpu", "cuda", "cuda:1" …')


def add_model(parser: argparse.ArgumentParser) -> None:
    """``--model``: what answers."""
    parser.add_argument(
        "--model", metavar=MODEL, help="a model, a run folder or bundled:NAME (default: a bundled model)"
    )


def count_up_to(most: int) -> Callable[[str], int]:
    """The type of an option that takes a whole number from 1 to ``most``: argparse itself would list them all."""

    def read(text: str) -> int:
        try:
            count = int(text)
        except ValueError:
            count = 0
        if not 1 <= count <= most:
            raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {most}, not {text}")
        return count

    return read
