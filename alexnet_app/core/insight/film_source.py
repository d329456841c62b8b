"""Where the film of a model comes from: the snapshots of its run, or a strip that comes with the program."""

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from alexnet_app import resources
from alexnet_app.core.events import Event
from alexnet_app.core.insight.filters import kernel_pictures, largest_weights
from alexnet_app.core.insight.learning import snapshots_of
from alexnet_app.core.insight.strip import Strip, strip_of
from alexnet_app.core.insight.strip_file import read_strip
from alexnet_app.core.runs.listing import bundled_models
from alexnet_app.core.runs.run import Run

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.network.bundle import Bundle


def bundled_film(model: Path) -> Path | None:
    """The strip that comes with the program for the bundled ``model``; None for any other model, or without one."""
    film = resources.path(f"films/{model.stem}.npz")
    return film if model in bundled_models() and film.is_file() else None


def run_of_model(model: Path) -> Run | None:
    """The run that ``model`` is the best or the last model of; None where it lies elsewhere, or snapshots are gone."""
    run = Run(model.parent)
    is_of_it = model in (run.best_file, run.last_file) and run.events_file.is_file() and run.filters_folder.is_dir()
    return run if is_of_it else None


def film_of_model(model: Path, bundle: "Bundle") -> Generator[Event, None, Strip | None]:
    """The snapshots on the way to ``bundle``, read from ``model``, which itself is the last of the strip; None where
    there are no others. Snapshots that came after the model are left out. Yields Progress. UserError where they cannot
    be read.
    """
    layer = bundle.spec.convolutions[0]
    slices = bundle.spec.tower_slices(layer.name)
    if (film := bundled_film(model)) is not None:
        strip = read_strip(film, slices)
    elif (run := run_of_model(model)) is not None:
        strip = yield from strip_of(snapshots_of(run))
    else:
        return None
    fits = strip.slices == slices and strip.pictures.shape[2:4] == (layer.size, layer.size)
    return _ending_with(bundle, strip) if fits else None


def _ending_with(bundle: "Bundle", strip: Strip) -> Strip | None:
    """``strip`` up to the model, which comes last, as a snapshot of it would be."""
    saved = bundle.summary.get("step")
    step = saved if isinstance(saved, int) else strip.steps[-1] + 1
    before = strip.before(step)
    if not len(before):
        return None
    weight = bundle.weights[f"{bundle.spec.convolutions[0].name}.weight"]
    per_step = strip.epochs[-1] / max(1, strip.steps[-1])
    scales = largest_weights(weight) if strip.has_scales else np.ones(len(weight), np.float32)
    return before.then(step, step * per_step, kernel_pictures(weight), scales)
