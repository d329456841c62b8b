"""Which tower says so: the answers of each tower alone, and what each adds to the score of a class."""

from dataclasses import dataclass

import torch
from torch import Tensor

from alexnet_app.core.insight.stepwise import scores, stages
from alexnet_app.core.network.alexnet import AlexNet


@dataclass(frozen=True, slots=True)
class Contributions:
    """The score of a class as a sum: ``tower_a`` + ``tower_b`` + ``bias`` = ``score``, before the softmax."""

    tower_a: float
    tower_b: float
    bias: float
    score: float


def tower_scores(network: AlexNet, picture: Tensor) -> tuple[Tensor, ...]:
    """The scores (classes,) of both towers, of tower A alone and of tower B alone, for ``picture`` (3, S, S).

    Alone means that the other one is silent from its first layer on, see ``stages``. One for a network of one column.
    """
    silent = (None, 1, 0) if network.spec.towers > 1 else (None,)
    with torch.inference_mode():
        return tuple(scores(network, picture[None], each)[0] for each in silent)


def contributions(network: AlexNet, picture: Tensor, label: int) -> Contributions | None:
    """What each tower adds to the score of class ``label`` for ``picture`` (3, S, S): the products of its half of the
    last hidden layer with the class's weights. None for a network of one column.

    A unit of tower A is counted as A's whatever it read of B where the towers meet.
    """
    if network.spec.towers == 1:
        return None
    with torch.inference_mode():
        *_, before, last = stages(network, picture[None])
        classes = network.get_submodule(last.layer)
        products = before.value.flatten() * classes.get_parameter("weight")[label]
        tower_a, tower_b = (float(half.double().sum()) for half in products.chunk(2))
        return Contributions(tower_a, tower_b, float(classes.get_parameter("bias")[label]), float(last.value[0, label]))
