"""All experiments, in the order of the paper."""

from alexnet_app.core.errors import UserError
from alexnet_app.core.experiments.experiment import Experiment
from alexnet_app.core.experiments.figure_one import FIGURE_ONE
from alexnet_app.core.experiments.pairs import PAIRS
from alexnet_app.core.experiments.scoreboard import SCOREBOARD
from alexnet_app.core.experiments.towers import SPECIALIZATION
from alexnet_app.core.network.variants import nearest

EXPERIMENTS: tuple[Experiment, ...] = (FIGURE_ONE, *PAIRS, SPECIALIZATION, SCOREBOARD)


def experiment_named(name: str) -> Experiment:
    """The experiment ``name``; UserError, with the nearest name, if there is none."""
    known = {each.name: each for each in EXPERIMENTS}
    if name not in known:
        raise UserError(
            "there is no experiment named {name!r}",
            hint="the closest name is {near!r}; known are {known}",
            name=name,
            near=nearest(name, list(known)),
            known=", ".join(known),
        )
    return known[name]
