"""Text from files is text: nothing in a name is ever HTML, and nothing in it can move what stands around it.

The names of files, folders, runs, sets and classes, and all sentences that contain them, go through here on their way
to the screen. Qt guesses whether a tooltip, a label or a box is HTML: a class called ``<img src=…>`` would then read
that file. Only ``titled`` makes HTML, of the program's own, with all that is put into it escaped.
"""

import re
import unicodedata
from collections.abc import Iterable
from html import escape
from typing import Any, Protocol

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import Qt as Text
from PySide6.QtWidgets import QLabel, QMessageBox, QToolTip, QWidget

from alexnet_app.ui.theme import SPACE

NAME = 120  # characters of a name in a list or a sentence
WORD = 100  # characters of a word: a line does not break inside it
TEXT = 4_000  # characters of a text
TIP_LINE, TIP_LINES = 1_000, 60  # characters of a line of a tooltip, and its lines
WIDEST = 80 * SPACE  # pixels: so much room a label insists on
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # controls, marks of direction, halves of characters, ends of lines
SIGN = "\N{REPLACEMENT CHARACTER}"  # in their place, as in the terminal
JOINED = re.compile("(?<=[^\0-\x7f])[\u200c\u200d](?=[^\0-\x7f])")  # as emoji, Persian and Hindi are written
NO_BREAK = "\u00a0"
PERCENT = re.compile(r"(?<=\d) %")
LONG_WORD = re.compile(rf"[^\s/\\]{{{WORD + 1},}}")


class Html(str):
    """Text that ``titled`` has made; it may be shown as it is."""

    __slots__ = ()


class Tipped(Protocol):
    """A widget, an action or an item."""

    def setToolTip(self, text: str, /) -> None:
        """Qt's own."""

    def toolTip(self) -> str:
        """Qt's own."""


def visible(text: str, most: int = TEXT, *, lines: bool = True) -> str:
    """``text`` without what cannot be seen: each such character is SIGN. It has ``most`` characters, cut in the middle.

    ``lines`` keeps the ends of lines and tabs.
    """
    text = cut(text, most)
    if text.isprintable():
        return text
    kept = {place.start() for place in JOINED.finditer(text)}
    return "".join(
        each if place in kept or (lines and each in "\n\t") or unicodedata.category(each) not in UNSEEN else SIGN
        for place, each in enumerate(text)
    )


def one_line(name: object, most: int = NAME) -> str:
    """``name``, such as a path or a class, on one line of at most ``most`` characters."""
    return visible(str(name), most, lines=False)


def cut(text: str, most: int) -> str:
    """``text`` with at most ``most`` characters; both its ends tell something."""
    return text if len(text) <= most else f"{text[: most - most // 2 - 1]}…{text[-(most // 2) :]}"


def running(text: str) -> str:
    """``text`` as a label shows it: without words so long that they would stretch a window."""
    return LONG_WORD.sub(lambda found: cut(found[0], WORD), visible(text))


def kept_together(text: str) -> str:
    """``text`` whose percentages stay on one line."""
    return PERCENT.sub(f"{NO_BREAK}%", text)


def tip(text: str) -> str:
    """``text`` as a tooltip, which says it and nothing else: escaped where Qt would take it for HTML."""
    if isinstance(text, Html):
        return text
    lines = visible(text, TIP_LINE * TIP_LINES).split("\n")[:TIP_LINES]
    said = "\n".join(cut(line, TIP_LINE) for line in lines)
    return Text.convertFromPlainText(said) if Text.mightBeRichText(said) else said


def titled(title: str, lines: Iterable[str]) -> Html:
    """A tooltip with a ``title`` in bold above its ``lines``; empty ones are left out."""
    shown = (f"<b>{escape(visible(title))}</b>", *(escape(visible(line)) for line in lines if line))
    return Html("<br>".join(shown))


def set_tip(target: Tipped, text: str) -> None:
    """Gives ``target``, a widget, an action or an item, the tooltip ``text``."""
    target.setToolTip(tip(text))


def copy_tip(source: Tipped, target: Tipped) -> None:
    """Gives ``target`` the tooltip that ``source`` has."""
    target.setToolTip(source.toolTip())


def show_tip(at: QPoint, text: str, owner: QWidget, place: QRect | None = None) -> None:
    """Shows ``text`` at a point of the screen while the pointer is in ``place`` of ``owner``; an empty one hides it."""
    QToolTip.showText(at, tip(text), owner, QRect() if place is None else place)


def set_title(window: QWidget, text: str) -> None:
    """Calls a window ``text``; Qt's own sign for a changed document means nothing here."""
    window.setWindowTitle(one_line(text).replace("[*]", "[*][*]"))


class Label(QLabel):
    """A label whose text is text."""

    def __init__(self, text: str = "", parent: QWidget | None = None, **properties: Any) -> None:
        super().__init__(parent, **properties)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Shows ``text``."""
        super().setText(kept_together(running(text)))

    def text(self) -> str:
        """What it shows, as it was given."""
        return super().text().replace(f"{NO_BREAK}%", " %")

    def minimumSizeHint(self) -> QSize:
        """Never so wide that a text could stretch a window."""
        return super().minimumSizeHint().boundedTo(QSize(WIDEST, 1 << 20))


class Box(QMessageBox):
    """A box whose texts are text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)

    def setText(self, text: str) -> None:
        """Says ``text``."""
        super().setText(running(text))

    def setInformativeText(self, text: str) -> None:
        """Says ``text`` below."""
        super().setInformativeText(running(text))
        for label in self.findChildren(QLabel):
            label.setTextFormat(Qt.TextFormat.PlainText)
