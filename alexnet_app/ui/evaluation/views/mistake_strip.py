"""Pictures that were named wrongly, in one row: what they are, what they were taken for, how surely."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath

from PySide6.QtWidgets import QWidget

from alexnet_app.ui.parts.picture_strip import Captioned, PictureStrip
from alexnet_app.ui.parts.plain import TEXT, one_line


@dataclass(frozen=True, slots=True)
class Mistaken:
    """``true`` and ``answered`` are names, ``sure`` such as "97 %", ``where`` the picture's file or number; ``path``
    is the file, empty where there is none.
    """

    true: str
    answered: str
    sure: str
    where: str
    path: str = ""


class MistakeStrip(PictureStrip):
    """The words come first, the pictures when they have been read."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(4, parent=parent)
        self.setAccessibleName(self.tr("Most confident mistakes"))

    def show_mistakes(self, mistakes: Sequence[Mistaken]) -> None:
        """Those, without their pictures."""
        self.show_captions([self._caption(each) for each in mistakes])

    def _caption(self, mistake: Mistaken) -> Captioned:
        true, answered = one_line(mistake.true), one_line(mistake.answered)
        full = self.tr("{true} → {answered}, {sure}\n{where}")
        full = full.format(true=true, answered=answered, sure=mistake.sure, where=one_line(mistake.where, TEXT))
        name = PurePath(mistake.path).name if mistake.path else mistake.where
        return Captioned((true, self.tr("→ {name}").format(name=answered), mistake.sure, name), full, mistake.path)
