"""Where the film of a model comes from: the snapshots of its run, or a strip that comes with the program."""

from collections.abc import Generator
from pathlib import Path

from alexnet_app import resources
from alexnet_app.core.events import Event
from alexnet_app.core.insight.learning import snapshots_of
from alexnet_app.core.insight.strip import Strip, strip_of
from alexnet_app.core.insight.strip_file import read_strip
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.runs.listing import bundled_models
from alexnet_app.core.runs.run import Run


def bundled_film(model: Path) -> Path | None:
    """The strip that comes with the program for the bundled ``model``; None for any other model, or without one."""
    film = resources.path(f"films/{model.stem}.npz")
    return film if model in bundled_models() and film.is_file() else None


def run_of_model(model: Path) -> Run | None:
    """The run that ``model`` is the best or the last model of; None where it lies elsewhere, or snapshots are gone."""
    run = Run(model.parent)
    is_of_it = model in (run.best_file, run.last_file) and run.events_file.is_file() and run.filters_folder.is_dir()
    return run if is_of_it else None


def film_of_model(model: Path, spec: NetworkSpec, step: int | None) -> Generator[Event, None, Strip | None]:
    """The snapshots on the way to ``model``, of the network ``spec``, which was saved after ``step`` steps (None where
    that is not known); None where there are none. Yields Progress. UserError where they cannot be read.
    """
    layer = spec.convolutions[0]
    slices = spec.tower_slices(layer.name)
    if (film := bundled_film(model)) is not None:
        strip = read_strip(film, slices)
    elif (run := run_of_model(model)) is not None:
        strip = yield from strip_of(snapshots_of(run))
    else:
        return None
    if step is not None:
        strip = strip.before(step)
    fits = strip.slices == slices and strip.pictures.shape[2:4] == (layer.size, layer.size)
    return strip if len(strip) and fits else None
