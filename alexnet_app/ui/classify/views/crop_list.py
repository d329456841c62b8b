"""What the network sees of a picture, pixel for pixel, with its answer for each."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.parts.numbers import percent
from alexnet_app.ui.parts.picture_strip import Captioned, PictureStrip
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.theme import SPACE

WORDS = 15 * SPACE  # of the words below a picture, which may be tiny: two beside each other in a window of 1080 pixels
SHOWN = 5  # answers in a tooltip
Answers = Sequence[tuple[str, float]]


class CropList(PictureStrip):
    """A picture each, with a name of up to two lines, the likeliest class and its probability below."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(4, wraps=True, shrinks=True, parent=parent)
        self.setAccessibleName(self.tr("What the network sees"))

    def show_crops(
        self, names: Sequence[str], pictures: Sequence[NDArray[np.uint8]], answers: Sequence[Answers]
    ) -> None:
        """``pictures`` are uint8 (side, side, 3), all of one side; ``answers`` label and probability (0 to 1) of each,
        the likeliest first.
        """
        self.set_side(max((len(each) for each in pictures), default=1), WORDS)
        self.setMinimumWidth(self.gridSize().width() + 3 * self.verticalScrollBar().sizeHint().width() // 2)
        self.show_captions([self._caption(*each) for each in zip(names, answers, strict=False)])
        self.show_pictures(pictures)

    def _caption(self, name: str, answers: Answers) -> Captioned:
        said = [f"{one_line(label)} {percent(share, 1)}" for label, share in answers[:SHOWN]]
        label, share = answers[0] if answers else ("", None)
        return Captioned(
            (*name.splitlines(), label, percent(share, 1)), "\n".join((", ".join(name.splitlines()), *said))
        )
