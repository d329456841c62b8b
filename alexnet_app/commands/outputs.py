"""Where a command writes: never over what it reads or over something else, known before the work is done."""

import argparse
from pathlib import Path

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import unwritable
from alexnet_app.core.outputs import Guard


def add_force(parser: argparse.ArgumentParser) -> None:
    """``--force``: the person's word that an existing file may be replaced."""
    parser.add_argument(
        "--force",
        action="store_true",
        help="replace an existing output file of the same kind; an input or another kind of file never is",
    )


def guarded(options: argparse.Namespace, *inputs: str | None) -> Guard:
    """The guard of a command that reads ``inputs``; None stands for one that was not given."""
    return Guard([each for each in inputs if each], replace=options.force)


def new_folder(given: str, option: str = "--out") -> Path:
    """The folder ``given`` with ``option``, which is made where it is not there. UserError where something is in it, or
    it cannot be made.
    """
    folder = Path(given).absolute()
    try:
        if folder.exists() and any(folder.iterdir()):
            raise UserError(
                "the folder {folder} is not empty", hint="choose another with {option}", folder=folder, option=option
            )
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(folder, error) from error
    return folder
