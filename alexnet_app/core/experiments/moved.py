"""Experiments whose images were moved: their runs know them again by their content."""

import os
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

from alexnet_app.core.data.sources.named import whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.experiments.experiment import Experiment, Scale
from alexnet_app.core.experiments.stored import check_fits, fits, folders_for, is_moved, keep_place, kept_scale
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.relocating import relocating
from alexnet_app.core.training.resume import config_of, keep_config


def placing(parent: Path, experiment: Experiment, scale: Scale) -> Generator[Event, None, Path]:
    """The folder in ``parent`` that has this experiment on this scale, or a new one. Where the images of a kept one are
    gone and those of ``scale`` are the same ones, it is the kept one, which then names these. More seeds go into the
    same. UserError where the experiment cannot be done on this scale.
    """
    for folder in folders_for(parent, experiment, scale):
        if fits(folder, experiment, scale):
            return folder
        if is_moved(folder, scale):
            try:
                yield from following(folder, experiment, scale)
            except UserError:  # other images, or a run that cannot tell: they begin a folder of their own
                continue
            return folder
    raise AssertionError(parent)  # there is always a new name


def following(folder: Path, experiment: Experiment, scale: Scale) -> Generator[Event, None, None]:
    """Lets the images of ``scale`` be those of the experiment in ``folder`` where its own were moved there; nothing is
    done where they were not moved. Yields what opening and preparing them yields.

    Raises UserError where they are others, or the folder has something else; what it names is then as it was.
    """
    if not is_moved(folder, scale):
        return
    check_fits(folder, experiment, scale)
    kept, place = kept_scale(folder), whole(scale.data)
    seeds = max(scale.seeds, kept.seeds if kept is not None else 0)
    planned = experiment.plan(replace(scale, seeds=seeds))
    runs = [Run((folder / each.name).absolute()) for each in planned]
    runs = [run for run in runs if os.path.lexists(run.config_file) and config_of(run).data != place]
    for run in runs:
        if run.resume_file.exists():
            yield from relocating(run, place)
    for run in runs:  # of the rest nothing was trained that could tell
        keep_config(replace(config_of(run), data=place), run)
    keep_place(folder, place)
