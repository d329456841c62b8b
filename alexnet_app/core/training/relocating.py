"""Images that were moved: a run knows them again by their content, wherever they are now."""

import re
from collections.abc import Generator, Mapping
from dataclasses import replace

from alexnet_app.core.data.feed.share import part_of
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.sources.addresses import opening_source
from alexnet_app.core.data.sources.named import whole
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.runs.checkpoint import said_in_checkpoint
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.identity import check_identity, identity
from alexnet_app.core.training.own_network import network_of, share_rule_of, split_rule_of
from alexnet_app.core.training.resume import config_of, keep_config

COUNTED = re.compile(r"(\d+) training pictures of (\d+) classes")  # as ``identity`` writes it


def relocating(run: Run, data: str) -> Generator[Event, None, None]:
    """Lets ``data`` be the images of ``run`` from now on, where they are the ones that it was trained on: its
    configuration then names them. Yields what opening and preparing them yields.

    Raises UserError where they are others, where the run has no checkpoint that could tell, or while it is trained.
    """
    config = replace(config_of(run), data=whole(data))
    before = said_in_checkpoint(run.resume_file).conditions
    if not before:
        raise UserError(
            "the run in {folder} has no checkpoint that says which images it was trained on", folder=run.folder
        )
    if run.is_being_written():
        raise UserError("the run in {folder} is being trained", hint="stop it first", folder=run.folder)
    source = yield from opening_source(config.data, split_rule=split_rule_of(run))
    _check_counts(before, source, config)
    side = network_of(config, run).picture_size
    prepared = yield from prepare(source, side, storage=config.storage)
    check_identity(before, identity(config, part_of(prepared, config.share, share_rule_of(run))))
    keep_config(config, run)


def _check_counts(before: Mapping[str, str], source: Source, config: TrainConfig) -> None:
    """Refuses at once what cannot be the same images: preparing them may take hours."""
    known = COUNTED.match(before.get("data", ""))
    if known is None:
        return
    images, classes = map(int, known.groups())
    found = len(source.splits["train"].labels)
    if len(source.classes) != classes or (found < images and config.share >= 1):
        raise UserError(
            "{data} has {found:,} training images of {others:,} classes; this run was trained on {images:,} of "
            "{classes:,}",
            hint="choose the folder with the images of this run",
            data=config.data,
            found=found,
            others=len(source.classes),
            images=images,
            classes=classes,
            key="data",
        )
