"""What is asked before many answers are given up."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QWidget

from alexnet_app.ui.classify import words
from alexnet_app.ui.classify.control import Answering
from alexnet_app.ui.parts.questions import Question

FEW = 10  # answers: so many are made again sooner than a question is answered


def ask_to_clear(owner: QWidget, answering: Answering, clear: Callable[[], None]) -> None:
    """Clears the list, after a question where it has more than FEW answers."""
    count = len(answering.album.answered())
    if count <= FEW:
        clear()
        return
    box = Question(owner)
    box.word(
        _tr("Clear the list"),
        _tr("Clear the results of {pictures}?").format(pictures=words.pictures(count)),
        _tr("They are lost unless you export them first. The pictures themselves are kept."),
        _tr("Clear the list"),
        _tr("Keep"),
    )
    box.agreed.connect(clear)
    box.open()


def _tr(text: str) -> str:
    return QCoreApplication.translate("classify", text)
