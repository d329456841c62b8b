"""One picture on its way through a network: all that is there, what flows between the towers, what silence changes."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_app.core.events import Prediction
from alexnet_app.core.inference.opened import Opened
from alexnet_app.core.insight.activations import Shown, looked
from alexnet_app.core.insight.arithmetic import Arithmetic, arithmetic
from alexnet_app.core.insight.flow import Meeting, meeting_layers, meetings, weight_energy
from alexnet_app.core.insight.stepwise import Silence, Stage
from alexnet_app.core.network.bundle import Bundle


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A picture in a network: what is ``seen`` of it, uint8 (S, S, 3), everything that is ``shown`` from the first
    layer to the scores, and the answers, the likeliest first.
    """

    seen: NDArray[np.uint8]
    shown: tuple[Shown, ...]
    predictions: tuple[Prediction, ...]


class Inside:
    """A model that is looked into, in fp32 on ``device``. May be used by one thread at a time."""

    def __init__(self, bundle: Bundle, device: torch.device | str = "cpu") -> None:
        self._model = Opened(bundle, device)
        self.spec = bundle.spec
        self._energy: dict[str, NDArray[np.float64]] = {}  # the same for every picture

    @property
    def model(self) -> Opened:
        """The network that is looked into."""
        return self._model

    def look(self, picture: NDArray[np.uint8], silent: Silence | None = None) -> Look:
        """All of ``picture``, uint8 (P, P, 3) with P the network's picture size; with ``silent`` some of the network is
        switched off.
        """
        shown = looked(self._model.network, self._model.inside(picture), silent)
        scores = torch.from_numpy(shown[-1].values)
        return Look(self._model.seen(picture), shown, self._model.predictions(scores))

    def meetings(self, look: Look) -> tuple[Meeting, ...]:
        """What flows between the towers for the picture of ``look``, where they meet."""
        if not self._energy:
            self._energy = {each: weight_energy(self._model.network, each) for each in meeting_layers(self.spec)}
        return meetings(self._model.network, look.shown, self._energy)

    def arithmetic(self, look: Look, layer: str, unit: int, row: int, column: int) -> Arithmetic:
        """How one number of a convolution comes about in ``look``, with nothing switched off; KeyError and IndexError
        for what is not there.
        """
        known = (Stage(each.layer, each.step, torch.from_numpy(each.values)[None]) for each in look.shown)
        inside = self._model.inside(look.seen)
        return arithmetic(self._model.network, inside, layer, unit, row, column, known)
