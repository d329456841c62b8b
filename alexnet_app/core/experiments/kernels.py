"""conv1 of every run of an experiment in one picture, tower A beside tower B, with what was measured of them."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.errors import UserError
from alexnet_app.core.experiments.experiment import Experiment, NamedRun, Outcome, Scale
from alexnet_app.core.experiments.statistics_of_runs import has_diverged
from alexnet_app.core.experiments.stored import KERNELS, outcome_of
from alexnet_app.core.files import replace_file
from alexnet_app.core.insight.filters import PAPER, Sheet, WeightScale, draw, sheets

if TYPE_CHECKING:
    from alexnet_app.core.network.bundle import Bundle

WIDTH, TITLE = 2.3, 0.65  # inches of a run's sheets, and of what stands above them
HEAD = 0.5  # inches of what stands above all
ZOOM = 4
GAP = 6  # pixels of kernels between the towers
SCALES = {"own": "each kernel by its own largest weight", "common": "all kernels of a run on one scale"}


def write_kernels(experiment: Experiment, scale: Scale, folder: Path, by: WeightScale = "own") -> Path | None:
    """Draws the runs in ``folder``, a line for each group and a column for each seed, into the folder's second PNG.

    ``by`` says whether each kernel is drawn by its own largest weight, or all of a run by that of the run. Its path;
    None, and no file, where the experiment compares no towers or no run left a model that can be read.
    """
    if not experiment.towers:
        return None
    found = {
        (planned.group, planned.seed): bundle
        for planned in experiment.plan(scale)
        if (bundle := _model(planned, folder)) is not None
    }
    if not found:
        return None
    from matplotlib.figure import Figure

    groups, seeds = list(dict.fromkeys(group for group, _ in found)), sorted({seed for _, seed in found})
    pages = {key: _beside(sheets(bundle, "conv1", "colour", by)) for key, bundle in found.items()}
    tallest = max(page.shape[0] / page.shape[1] for page in pages.values())
    size = WIDTH * len(seeds), (WIDTH * tallest + TITLE) * len(groups) + HEAD
    figure = Figure(figsize=size, layout="constrained")
    figure.suptitle(f"{experiment.title}\nconv1, tower A beside tower B\n{SCALES[by]}", fontsize=8)
    cells = figure.subplots(len(groups), len(seeds), squeeze=False)
    for line, group in zip(cells, groups, strict=True):
        for axes, seed in zip(line, seeds, strict=True):
            axes.axis("off")
            if (group, seed) in found:
                axes.imshow(pages[group, seed], interpolation="nearest")
                axes.set_title(f"{group}, seed {seed}\n{_measured(found[group, seed])}", fontsize=6)
    path = folder / KERNELS
    replace_file(path, lambda temporary: figure.savefig(temporary, format="png", dpi=150))
    return path


def _model(planned: NamedRun, folder: Path) -> "Bundle | None":
    """The last model of a run that is over and has learned; None where there is none to be read."""
    from alexnet_app.core.network.bundle import read_bundle

    outcome: Outcome | None = outcome_of(planned, folder)
    if outcome is None or has_diverged(outcome):
        return None
    try:
        return read_bundle(outcome.run.last_file)
    except UserError:
        return None


def _measured(bundle: "Bundle") -> str:
    """How many kernels of both towers have learned, and both indices of these, with their p."""
    from alexnet_app.core.insight.selectivity import specialization

    weights = bundle.weights["conv1.weight"].float().numpy()
    found = specialization(weights, bundle.spec.tower_slices("conv1"))
    a, b = found.towers
    return (
        f"learned {a.learned} of {a.kernels} | {b.learned} of {b.kernels}\n"
        f"colour {_pair(a.colour, b.colour, found.colour_p)}\n"
        f"orientation {_pair(a.orientation, b.orientation, found.orientation_p)}"
    )


def _pair(first: float | None, second: float | None, p: float | None) -> str:
    both = " | ".join("–" if each is None else f"{each:.2f}" for each in (first, second))
    return f"{both}, too few to compare" if p is None else f"{both}, p = {p:.2g}"


def _beside(found: Sequence[Sheet]) -> NDArray[np.uint8]:
    """Both sheets with a white bar between them, uint8 (height, width, 3)."""
    drawn = [draw(sheet, ZOOM) for sheet in found]
    bar = np.full((len(drawn[0]), GAP * ZOOM, 3), PAPER, np.uint8)
    return np.concatenate([drawn[0], bar, drawn[1]], axis=1)
