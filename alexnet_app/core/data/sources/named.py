"""What people type where a data set is wanted: a name, a path, or what a preset says before a person has chosen.

The standard library only: the help, the form and the presets need it before anything is opened.
"""

import os
from contextlib import suppress
from pathlib import Path

from alexnet_app.core.data.sources.litter import is_litter
from alexnet_app.core.errors import UserError, Way

SHAPES, CIFAR10 = "shapes", "cifar10"
NAMES = (SHAPES, CIFAR10)  # data sets that go by a name, not by a path
NOT_CHOSEN = ("", "imagenet", "your pictures")  # what a preset calls data that a person has yet to choose


def whole(address: str) -> str:
    """``address`` so that it means the same from every folder: a name stays, a path becomes absolute, ``~`` expanded.

    ``./shapes`` is a folder that has the name of a data set. Raises UserError where nothing was chosen yet.
    """
    if address in NOT_CHOSEN:
        raise not_chosen(address)
    return address if address in NAMES else str(Path(address).expanduser().absolute())


def is_gone(address: str) -> bool:
    """Whether ``address`` is a path at which there is nothing now."""
    return address not in (*NAMES, *NOT_CHOSEN) and not Path(address).expanduser().exists()


def check_apart(folder: Path, address: str) -> None:
    """Raises UserError where ``folder``, which is to be written, lies in the folder of images ``address``, of which it
    would become a part, or where the images lie in it. What is hidden is never read as images.
    """
    if address in (*NAMES, *NOT_CHOSEN):
        return
    place, images = (Path(os.path.realpath(each)) for each in (folder.expanduser(), Path(address).expanduser()))
    inner = _below(place, images) if images.is_dir() else None
    if inner is not None and not any(is_litter(name) or name.startswith(".") for name in inner):
        raise UserError(
            "{folder} lies in the folder of the images, {data}, of which it would become a part",
            "choose a folder elsewhere",
            folder=folder,
            data=address,
            key="data",
        )
    if place.is_dir() and _below(images, place) is not None:
        raise UserError(
            "the images in {data} lie in {folder}, into which is to be written",
            "choose another folder, or move the images",
            folder=folder,
            data=address,
            key="data",
        )


def _below(path: Path, folder: Path) -> tuple[str, ...] | None:
    """The names that lead from ``folder`` to ``path``, which need not exist; None where it does not lie there."""
    for above in (path, *path.parents):
        with suppress(OSError):
            if above.samefile(folder):  # by whatever name: a system may not tell large letters from small ones
                return path.parts[len(above.parts) :]
    return None


def not_chosen(address: str) -> UserError:
    """The sentence for one of ``NOT_CHOSEN``, which is about the setting ``data``."""
    if not address:
        return UserError("no data set is chosen", Way.OTHER_DATA, key="data")
    return UserError(
        "{data!r} is a placeholder for your own images",
        Way.OWN_DATA,
        data=address,
        key="data",
    )
