"""From the pages of a lecture, as the core has them, to what its window shows."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

from alexnet_app.ui.images import to_qimage
from alexnet_app.ui.inside.views.lecture_window import Slide
from alexnet_app.ui.inside.views.slide import (
    SlideBars,
    SlideBox,
    SlideCrossing,
    SlideExhibit,
    SlideLine,
    SlidePicture,
)
from alexnet_app.ui.inside.words import tr
from alexnet_app.ui.messages import capital, said
from alexnet_app.ui.parts.numbers import percent
from alexnet_app.ui.theme import TOWER_A, TOWER_B

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.lecture.values import Crossing, Exhibit, Lecture, Page

TINTS = {"A": TOWER_A, "B": TOWER_B}


def slides(lecture: "Lecture") -> tuple[Slide, ...]:
    """All pages, worded."""
    return tuple(map(_slide, lecture.pages))


def _slide(page: "Page") -> Slide:
    text = "\n".join(capital(said(each), each.template, each.values) for each in page.sentences)
    return Slide(said(page.title), text, tuple(map(_exhibit, page.exhibits)))


def _exhibit(exhibit: "Exhibit") -> SlideExhibit:
    from alexnet_app.core.inference.lecture.values import AnswerBars, LecturePicture

    caption = said(exhibit.caption)
    match exhibit:
        case LecturePicture():
            return SlidePicture(to_qimage(exhibit.pixels), caption, TINTS.get(exhibit.tower), exhibit.is_photo)
        case AnswerBars():
            return SlideBars(exhibit.rows, caption, TINTS.get(exhibit.tower))
        case _:
            return _crossing(exhibit, caption)


def _crossing(crossing: "Crossing", caption: str) -> SlideCrossing:
    from alexnet_app.core.inference.lecture.values import BOX, HEADS, LEFT, RIGHT, ROWS, SHAPE

    lines = tuple(
        SlideLine(each.start, each.end, each.told, each.width, percent(each.share), TINTS[each.tower])
        for each in crossing.lines()
    )
    boxes = []
    for left, width, layer in ((0.0, LEFT, crossing.before), (RIGHT, 1 - RIGHT, crossing.layer)):
        boxes.append(SlideBox((left, 0.0, width, 2 * HEADS), layer))
        for row, name, tint in zip(ROWS, _towers(), TINTS.values(), strict=True):
            boxes.append(SlideBox((left, row - BOX / 2, width, BOX), name, QColor(tint)))
    return SlideCrossing(lines, tuple(boxes), SHAPE, caption)


def _towers() -> tuple[str, str]:
    return tr("tower A"), tr("tower B")
