"""What an address means, for everything that opens data: a name, a file or a folder."""

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from alexnet_app.core.data.sources import cifar, imagenet
from alexnet_app.core.data.sources.named import CIFAR10, SHAPES, whole
from alexnet_app.core.data.sources.values import SPLIT_SEED, Holdout, Source, newest_rule
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import Event


def open_source(where: str, *, split_seed: int = SPLIT_SEED, split_rule: int | None = None) -> Source:
    """The data set that ``where`` means.

    "shapes" is the embedded one, "cifar10" the downloaded archive; anything else is the path of a CIFAR-10 archive or
    folder or of a folder with one sub-folder per class (``./shapes`` where a folder has one of the two names), which
    may be ImageNet as it is downloaded. Where a set has no validation split a tenth of each class is held out from
    training, chosen by ``split_seed`` and ``split_rule`` (None: the newest).

    Raises UserError where the path does not exist or holds none of these, where it is what a preset says before a
    person has chosen, or for a rule of a newer version.
    """
    how, address = _how(split_seed, split_rule), whole(where)
    source = _opened(address, how)
    return replace(source, address=address if split_seed == SPLIT_SEED else "", split_rule=how.rule)


def _how(split_seed: int, split_rule: int | None) -> Holdout:
    return Holdout(split_seed, newest_rule() if split_rule is None else split_rule)


def _opened(address: str, how: Holdout) -> Source:
    if address == SHAPES:
        from alexnet_app.core.data.sources.shapes import shapes_source

        return shapes_source()
    if address == CIFAR10:
        return cifar.open_archive(cifar.downloaded(), how)
    path = Path(address)
    if path.is_file():
        return cifar.open_archive(path, how)
    if not path.is_dir():
        raise UserError(
            "the data folder {path} does not exist",
            Way.OTHER_DATA,
            path=path,
        )
    batches = cifar.batches_folder(path)
    return cifar.open_folder(batches, how) if batches else imagenet.open_kept(path, how)


def opening_source(where: str, *, split_rule: int | None = None) -> Generator[Event, None, Source]:
    """``open_source`` in pieces where it takes long: yields Progress, so that it can be left in between, and Skipped
    for each folder of the set that cannot be used.
    """
    if where == SHAPES:
        from alexnet_app.core.data.sources.shapes import drawing

        how = _how(SPLIT_SEED, split_rule)
        return replace((yield from drawing()), address=where, split_rule=how.rule)
    source = open_source(where, split_rule=split_rule)
    yield from source.left_out
    return source
