"""What images the page of a unit offers: data sets with a name, and those that were prepared on this computer."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.data.sources.named import NAMES, is_gone
from alexnet_app.core.errors import UserError
from alexnet_app.ui.job import Asked

MOST = 12  # of the prepared sets: the last used ones


@dataclass(frozen=True, slots=True)
class ImagesFound:
    """``prepared`` are sets with their names and what they are opened with; whether CIFAR-10 is there."""

    prepared: tuple[tuple[str, str], ...]
    has_cifar10: bool


def finding(asked: Asked) -> Iterator[ImagesFound]:
    """Looks at the disk. A set whose images are gone, or that was never finished, is not offered."""
    from alexnet_app.core.data.prepared.shelf import prepared_sets
    from alexnet_app.core.data.prepared.states import SetState

    found: dict[str, str] = {}
    for each in prepared_sets():
        is_whole = each.state == SetState.FINISHED and each.address not in ("", *NAMES)
        if is_whole and each.address not in found and not is_gone(each.address) and len(found) < MOST:
            found[each.address] = each.source
    yield ImagesFound(
        tuple((_told_apart(name, address, found), address) for address, name in found.items()), _cifar10()
    )


def _told_apart(name: str, address: str, found: dict[str, str]) -> str:
    """``name``, with the folder above where others are called so too."""
    is_alone = list(found.values()).count(name) == 1
    return name if is_alone else f"{name} – {Path(address).parent}"


def _cifar10() -> bool:
    from alexnet_app.core.data.sources.cifar import downloaded

    try:
        return downloaded().is_file()
    except UserError:
        return False
