"""The border of a run folder: what may be written into it, and which file in it an event may name."""

import os
import re
from pathlib import Path

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import unwritable
from alexnet_app.core.foreign import kind_of
from alexnet_app.core.runs.run import Run

SNAPSHOT = re.compile(r"filters/[A-Za-z0-9_-]{1,100}\.npy")
COPY = "copy the run into a new folder and resume the copy"


def snapshot_file(run: Run, name: str) -> Path | None:
    """The file of kernels that an event of ``run`` calls ``name``; None unless it lies in the folder for these."""
    return run.folder / name if SNAPSHOT.fullmatch(name) else None


def check_own(run: Run) -> None:
    """Raises UserError where something in the folder of ``run``, which is about to be written, leads out of it: a link,
    or a file that has another name elsewhere. Nothing is written.
    """
    try:
        for path in run.replaced_files:
            _check(run, path)
        for path in run.grown_files:
            _check(run, path, alone=True)
        if os.path.lexists(run.filters_folder):
            _check(run, run.filters_folder, "a folder")
            for path in run.filters_folder.iterdir():
                _check(run, path)
    except OSError as error:
        raise unwritable(run.folder, error) from error


def _check(run: Run, path: Path, wanted: str = "", *, alone: bool = False) -> None:
    """``alone``: the file is written where it is, so it must have no other name."""
    if not os.path.lexists(path):
        return
    status = path.lstat()
    kind = kind_of(status)
    if kind != wanted:
        raise _refused(run, path, f"is {kind or 'a file'}, not {wanted or 'a regular file'}")
    if alone and status.st_nlink > 1:
        raise _refused(run, path, "has another name elsewhere (a hard link), which would be written too")


def _refused(run: Run, path: Path, why: str) -> UserError:
    name = path.relative_to(run.folder).as_posix()
    return UserError(
        "nothing is written into the run folder {folder}: {name} {why}", COPY, folder=run.folder, name=name, why=why
    )
