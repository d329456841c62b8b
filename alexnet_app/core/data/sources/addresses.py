"""What an address means, for everything that opens data: a name, a file or a folder."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from alexnet_app.core.data.sources import cifar, imagenet
from alexnet_app.core.data.sources.values import SPLIT_RULE, SPLIT_SEED, Source
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import Event

NAMES = ("shapes", "cifar10")  # data sets that go by a name, not by a path
SPLIT_RULES = (1,)  # those by which this version can hold out validation images


def open_source(where: str, *, split_seed: int = SPLIT_SEED, split_rule: int = SPLIT_RULE) -> Source:
    """The data set that ``where`` means.

    "shapes" is the embedded one, "cifar10" the downloaded archive; anything else is the path of a CIFAR-10 archive or
    folder or of a folder with one sub-folder per class (``./shapes`` where a folder has one of the two names), which
    may be ImageNet as it is downloaded. Where a set has no validation split a tenth of each class is held out from
    training, chosen by ``split_seed`` and ``split_rule``.

    Raises UserError where the path does not exist or holds none of these, or for a rule of a newer version.
    """
    check_rule(split_rule)
    source = _opened(where, split_seed)
    return replace(source, address=_address(where)) if split_seed == SPLIT_SEED else source


def _opened(where: str, split_seed: int) -> Source:
    if where == "shapes":
        from alexnet_app.core.data.sources.shapes import shapes_source

        return shapes_source()
    if where == "cifar10":
        return cifar.open_archive(cifar.downloaded(), split_seed)
    path = Path(where).expanduser()
    if path.is_file():
        return cifar.open_archive(path, split_seed)
    if not path.is_dir():
        raise UserError(
            "the data folder {path} does not exist",
            Way.OTHER_DATA,
            path=path,
        )
    batches = cifar.batches_folder(path)
    return cifar.open_folder(batches, split_seed) if batches else imagenet.open_kept(path, split_seed)


def opening_source(where: str, *, split_rule: int = SPLIT_RULE) -> Generator[Event, None, Source]:
    """``open_source`` in pieces where it takes long: yields Progress, so that it can be left in between."""
    check_rule(split_rule)
    if where == "shapes":
        from alexnet_app.core.data.sources.shapes import drawing

        return replace((yield from drawing()), address=where)
    return open_source(where, split_rule=split_rule)


def check_rule(split_rule: int) -> None:
    """Raises UserError for a rule of drawing validation images that only a newer version knows."""
    if split_rule not in SPLIT_RULES:
        raise UserError(
            "the validation images were drawn by rule {rule}, and this version knows the rules up to {newest}",
            "use the newer version of the program with which this run was begun",
            rule=split_rule,
            newest=max(SPLIT_RULES),
        )


def _address(where: str) -> str:
    return where if where in NAMES else str(Path(where).expanduser().absolute())
