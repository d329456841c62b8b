"""Units that fire on no image, layer by layer: as passes over data sets have counted them, or as the run has."""

import math
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import FiltersSeen, Measured, NormalizationSeen, Skipped, StepsDone
from alexnet_app.core.inference.unit_patches import kept_tallies
from alexnet_app.core.insight.film_source import run_of_model
from alexnet_app.core.measures import SILENT
from alexnet_app.core.network.bundle import Bundle

OTHERS = (StepsDone, FiltersSeen, NormalizationSeen, Skipped)  # that come in masses and say nothing of it


@dataclass(frozen=True, slots=True)
class DeadUnits:
    """How many of the ``units`` of ``layer`` are ``dead``: they fire on none of the images that were looked at.

    ``images`` is how many those were; 0 where they were some validation images of its run, after ``step`` steps.
    """

    layer: str
    units: int
    dead: int
    images: int
    step: int = 0


def dead_units(bundle: Bundle, model: Path, cache: Path | None = None) -> dict[str, DeadUnits]:
    """What is known of the layers of ``bundle``, read from ``model``: from the passes over data sets that are kept,
    else from the events of its run. A layer of which nothing is known is missing, as is the last one: its units are
    classes.
    """
    known = _in_run(bundle, model)
    for layer, tally in kept_tallies(bundle, cache).items():
        known[layer] = DeadUnits(layer, len(tally.fires), int(tally.is_dead.sum()), tally.pictures)
    known.pop(bundle.spec.layers[-1].name, None)
    return known


def _in_run(bundle: Bundle, model: Path) -> dict[str, DeadUnits]:
    """What the run of a model has measured last, before the model was saved."""
    run = run_of_model(model)
    try:
        events = run.events(*OTHERS) if run is not None else []
    except UserError:  # a run folder is a stranger's: the weights are told without it
        return {}
    saved = bundle.summary.get("step")
    last = saved if isinstance(saved, int) else math.inf
    units = {row.name: row.maps for row in bundle.spec.figures()}
    found = {}
    for event in events:
        if isinstance(event, Measured) and event.step <= last:
            for name, share in event.values.items():
                family, _, layer = name.partition("/")
                if family == SILENT and layer in units and 0 <= share <= 1:
                    found[layer] = DeadUnits(layer, units[layer], round(share * units[layer]), 0, event.step)
    return found
