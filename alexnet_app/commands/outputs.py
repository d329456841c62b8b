"""Where a command writes: never over what it reads, and known to be possible before the work is done."""

from pathlib import Path

from alexnet_app.core.errors import UserError


def spare(out: str | None, *inputs: str) -> None:
    """Refuses to write over what is read."""
    if out is not None and any(Path(out).resolve() == Path(given).resolve() for given in inputs):
        raise UserError("{out} is the input file and would be overwritten", hint="choose another output file", out=out)


def spare_and_check(out: str, *inputs: str) -> None:
    """As ``spare``, and refuses a folder that does not exist."""
    spare(out, *inputs)
    folder = Path(out).parent
    if not folder.is_dir():
        raise UserError("there is no folder {folder}", hint="create it, or choose another", folder=folder)
