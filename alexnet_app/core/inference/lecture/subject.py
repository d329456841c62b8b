"""What a lecture is about: one photo in one network, with all that its pages tell of it computed once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from alexnet_app.core.data.decode import read_fitted, read_picture
from alexnet_app.core.events import Prediction
from alexnet_app.core.inference.inside import Inside, Look
from alexnet_app.core.insight.activations import Shown, StrongUnit, strong_unit
from alexnet_app.core.insight.arithmetic import Arithmetic
from alexnet_app.core.insight.flow import Meeting
from alexnet_app.core.insight.stepwise import Silence
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.network.spec import NetworkSpec

PHOTO = 640  # pixels of the longer side of the photo as it is shown


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """The ``look`` is with everything on. ``number`` is the largest sum of the first layer. ``alone`` are the answers
    of tower A and of tower B without the other one, none for a network of one column.
    """

    bundle: Bundle
    photo: NDArray[np.uint8]
    look: Look
    meetings: tuple[Meeting, ...]
    number: Arithmetic
    alone: tuple[tuple[Prediction, ...], ...]

    @property
    def spec(self) -> NetworkSpec:
        """The network."""
        return self.bundle.spec

    def step(self, *names: str) -> tuple[Shown, Shown] | None:
        """What is there before and after the first step that has one of ``names``; None in a network without it."""
        return next((pair for pair in self._steps() if pair[1].step in names), None)

    def place(self, *names: str) -> int:
        """How many things are there before the first step that has one of ``names``: steps are told in their order."""
        pair = self.step(*names)
        return len(self.look.shown) if pair is None else self.look.shown.index(pair[1])

    def unit_of(self, before: Shown) -> int:
        """The map by which a step is shown: that of ``number`` where the layer is its own, else the strongest one."""
        return self.number.unit if before.layer == self.number.layer else int(before.peaks.argmax())

    def strong(self, shown: Shown, unit: int) -> StrongUnit:
        """Where a map of ``shown`` is strongest."""
        return strong_unit(shown, self.spec, unit)

    def _steps(self) -> Iterator[tuple[Shown, Shown]]:
        return (pair for pair in pairwise(self.look.shown) if pair[0].layer == pair[1].layer)


def subject(bundle: Bundle, inside: Inside, path: Path) -> Subject:
    """The photo at ``path`` in ``inside``, which is ``bundle`` opened. UserError where it cannot be read."""
    spec = bundle.spec
    picture, photo = read_fitted(path, spec.picture_size), Image.fromarray(read_picture(path, shorter_side=PHOTO // 2))
    photo.thumbnail((PHOTO, PHOTO))
    look = inside.look(picture)
    first = look.shown[0]
    unit = int(first.peaks.argmax())
    at = strong_unit(first, spec, unit)
    number = inside.arithmetic(look, first.layer, unit, at.row, at.column)
    silenced = (1, 0) if spec.towers > 1 else ()  # the one that is silent leaves the other one alone
    alone = tuple(inside.look(picture, Silence(tower)).predictions for tower in silenced)
    return Subject(bundle, np.array(photo), look, inside.meetings(look), number, alone)
