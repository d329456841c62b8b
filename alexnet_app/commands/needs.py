"""What a command needs of the process it runs in, known before anything heavy is loaded. The standard library only.

Where torch finds too little address space, or its folder gone, it ends the process from within and no sentence comes.
"""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from alexnet_app.core.errors import UserError
from alexnet_app.core.memory import is_exhausted

# bytes of address space: with torch 2.15 and CUDA 3.3 GB were too little to load it, 3.5 GB enough to classify; without
# CUDA its libraries are 1.4 GB smaller
TORCH_WITH_CUDA, TORCH, NUMPY = 3_500_000_000, 2_100_000_000, 250_000_000


def check(loads: str) -> None:
    """UserError where a command that ``loads`` "torch", "numpy" or nothing ("") cannot run in this process."""
    if loads == "torch" and not has_folder():
        raise gone()
    limit, needed = address_space(), _needed(loads)
    if limit is not None and limit < needed:
        raise little_space(limit, f", this needs {needed / 1e9:.2g} GB")


def _needed(loads: str) -> int:
    if loads != "torch":
        return NUMPY if loads else 0
    found = find_spec("torch")
    folder = Path(found.origin).parent if found is not None and found.origin else Path()
    return TORCH_WITH_CUDA if any((folder / "lib").glob("*torch_cuda*")) else TORCH


def address_space() -> int | None:
    """How many bytes of addresses the process may use; None where nobody has limited them."""
    if sys.platform == "win32":
        return None
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return None if limit == resource.RLIM_INFINITY else limit


def has_folder() -> bool:
    """Whether the working directory is still there."""
    try:
        os.getcwd()  # noqa: PTH109
    except OSError:
        return False
    return True


def lacking(error: Exception) -> UserError | None:
    """The sentence where ``error`` comes from too little memory or from a working directory that is gone."""
    if isinstance(error, FileNotFoundError) and not has_folder():
        return gone()
    limit = address_space()
    if limit is not None and (is_exhausted(error) or isinstance(error, ImportError)):
        return little_space(limit, "")
    if is_exhausted(error):
        return UserError("there is not enough memory", "close other programs, or work on less at a time")
    return None


def gone() -> UserError:
    """The working directory was deleted: no relative path means anything, and libraries end the process."""
    return UserError("the working directory has been deleted", "change to another one (cd) and try again")


def little_space(limit: int, needed: str) -> UserError:
    """The address space is too small."""
    return UserError(
        "the address space is limited to {limit:.2g} GB{needed}",
        "raise the limit: ulimit -v unlimited",
        limit=limit / 1e9,
        needed=needed,
    )
