"""What an address means, for everything that opens data: a name, a file or a folder."""

import os
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from alexnet_app.core.data.sources import cifar, imagenet, tables
from alexnet_app.core.data.sources.corrections import corrected
from alexnet_app.core.data.sources.labelled_files import How
from alexnet_app.core.data.sources.named import CIFAR10, SHAPES, whole
from alexnet_app.core.data.sources.understood import as_event, understood
from alexnet_app.core.data.sources.values import SPLIT_SEED, Files, Holdout, Source, newest_rule
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import Event
from alexnet_app.core.foreign import check_regular
from alexnet_app.core.generators import result_of


def open_source(
    where: str, *, split_seed: int = SPLIT_SEED, split_rule: int | None = None, measuring: bool = False
) -> Source:
    """The data set that ``where`` means.

    "shapes" is the embedded one, "cifar10" the downloaded archive; anything else is the path of a CIFAR-10 archive or
    folder, of a table of paths and labels (CSV), or of a folder with one sub-folder per class (``./shapes`` where a
    folder has one of the two names), which may be ImageNet as it is downloaded. Where a set has no validation split a
    tenth of each class is held out from training, chosen by ``split_seed`` and ``split_rule`` (None: the newest).
    ``measuring`` opens it for an evaluation: nothing is held out, and what has no splits is all test images.

    Raises UserError where the path does not exist or holds none of these, where no training is possible, where it is
    what a preset says before a person has chosen, or for a rule of a newer version.
    """
    return result_of(_opening(where, split_seed, split_rule, measuring=measuring))


def opening_source(
    where: str, *, split_rule: int | None = None, measuring: bool = False
) -> Generator[Event, None, Source]:
    """``open_source`` in pieces where it takes long: yields Progress, so that it can be left in between, Skipped for
    each file or folder of the set that cannot be used, and DataUnderstood for a set of files.
    """
    source = yield from opening_files(where, split_rule=split_rule, measuring=measuring)
    if any(isinstance(split, Files) for split in source.splits.values()):
        yield as_event(understood(source))
    return source


def opening_files(
    where: str, *, split_rule: int | None = None, measuring: bool = False
) -> Generator[Event, None, Source]:
    """``opening_source`` for who tells in another way what was understood."""
    source = yield from _opening(where, SPLIT_SEED, split_rule, measuring=measuring)
    yield from source.left_out
    return source


def _opening(where: str, split_seed: int, split_rule: int | None, *, measuring: bool) -> Generator[Event, None, Source]:
    holdout = Holdout(split_seed, newest_rule() if split_rule is None else split_rule)
    address = whole(where)
    source = yield from _opened(address, How(holdout, measuring))
    return replace(source, address=address if split_seed == SPLIT_SEED else "", split_rule=holdout.rule)


def _opened(address: str, how: How) -> Generator[Event, None, Source]:
    if address == SHAPES:
        from alexnet_app.core.data.sources.shapes import drawing

        return (yield from drawing())
    if address == CIFAR10:
        return cifar.open_archive(cifar.downloaded(), how.holdout)
    path = Path(address)
    if path.is_file():
        if tables.is_table(path):
            return (yield from tables.opening_table(path, how))
        return cifar.open_archive(path, how.holdout)
    if not path.is_dir():
        if os.path.exists(path):  # noqa: PTH110 - has an answer for every name
            check_regular(path)  # says what it is
        raise UserError(
            "the data folder {path} does not exist",
            Way.OTHER_DATA,
            path=path,
        )
    batches = cifar.batches_folder(path)
    if batches:
        return cifar.open_folder(batches, how.holdout)
    return corrected((yield from imagenet.opening_kept(path, how)), path)
