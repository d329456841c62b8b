"""What people type where a data set is wanted: a name, a path, or what a preset says before a person has chosen.

The standard library only: the help, the form and the presets need it before anything is opened.
"""

from pathlib import Path

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
