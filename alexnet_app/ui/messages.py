"""The one funnel for problems: a sentence in a banner, the rest behind Details."""

import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QFontDatabase, QPalette
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QVBoxLayout, QWidget

from alexnet_app.core.errors import Lines, Parts, Sentence, Text, Told, UserError, Way
from alexnet_app.ui.job import Failure
from alexnet_app.ui.parts.numbers import shown_one
from alexnet_app.ui.parts.plain import TEXT, Label, one_line, visible
from alexnet_app.ui.theme import SPACE, colours

MOST_DETAILS = 100_000  # characters behind Details
# The ways out of an error as they are gone in the window.
IN_THE_WINDOW: dict[Way, Any] = {
    Way.GET_CIFAR10: QT_TRANSLATE_NOOP(
        "core", "press Download CIFAR-10, or choose {file} or its extracted folder as the data"
    ),
    Way.OTHER_DATA: QT_TRANSLATE_NOOP(
        "core", "choose a folder with one sub-folder per class, or an archive of CIFAR-10"
    ),
    Way.OWN_DATA: QT_TRANSLATE_NOOP("core", "choose the folder with your images as the data"),
    Way.OTHER_RUN_FOLDER: QT_TRANSLATE_NOOP(
        "core", "choose another runs folder below the form, or resume this run under Past runs"
    ),
    Way.ROOM_FOR_RUN: QT_TRANSLATE_NOOP("core", "free some space, or choose another runs folder below the form"),
    Way.ROOM_TO_RESUME: QT_TRANSLATE_NOOP(
        "core", "free some space, then try again; to continue a run, use Resume under Past runs"
    ),
    Way.FEWER_AT_ONCE: QT_TRANSLATE_NOOP(
        "core", "use fewer images per forward pass: set Micro batch under Computing, for example to 32"
    ),
    Way.TWO_DEVICES: QT_TRANSLATE_NOOP("core", "choose two devices of the same kind, for example cuda:0, cuda:1"),
    Way.ONE_DEVICE: QT_TRANSLATE_NOOP(
        "core", "use one device, or choose a network with two towers, such as alexnet-2012"
    ),
    Way.ONE_OR_TWO_DEVICES: QT_TRANSLATE_NOOP("core", "use one device, or choose two, for example cpu, cpu"),
    Way.CPU: QT_TRANSLATE_NOOP("core", "choose cpu as the device"),
    Way.NETWORK_OF_MODEL: QT_TRANSLATE_NOOP("core", "choose the network {found} under Network"),
    Way.SAME_SIDES: QT_TRANSLATE_NOOP("core", "choose CIFAR-10 as the data"),
    Way.VERIFY_SET: QT_TRANSLATE_NOOP("core", "verify and repair the set under Training, Prepared sets"),
    Way.LIST_SETS: QT_TRANSLATE_NOOP("core", "it may have been deleted elsewhere"),
    Way.OTHER_EXPERIMENT_FOLDER: QT_TRANSLATE_NOOP(
        "core", "change the settings to start another experiment; this one stays readable"
    ),
    Way.FREE_EXPERIMENT_FOLDER: QT_TRANSLATE_NOOP(
        "core", "remove it, or change the settings to start another experiment"
    ),
    Way.NAME_FORMAT: QT_TRANSLATE_NOOP("core", "give it the usual extension of its format: {formats}"),
    Way.REPLACE_FILE: QT_TRANSLATE_NOOP("core", "choose another name"),
    Way.NO_HALF: QT_TRANSLATE_NOOP("core", "write it in fp32"),
    Way.MOVED_DATA: QT_TRANSLATE_NOOP("core", "if they were moved, choose the folder in which they are now"),
    Way.LOWER_RATE: QT_TRANSLATE_NOOP("core", "continue from there with a learning rate of {lower}"),
}


def sentence_of(error: BaseException) -> str:
    """What the person reads of ``error``: a sentence of its own where it is a UserError."""
    if not isinstance(error, UserError):
        text = QCoreApplication.translate("core", "Internal error: {kind}: {what}")
        return text.format(kind=type(error).__name__, what=error)
    return f"{capital(_filled(error), error.template, error.values)}."


def said(sentence: Sentence) -> str:
    """What the person reads of a statement of the core."""
    return _named_in(sentence).filled(partial(QCoreApplication.translate, "core"))


def _named_in(sentence: Sentence) -> Sentence:
    return Sentence.of(sentence.template, {name: _named(value) for name, value in sentence.values.items()})


def lines(text: str) -> list[str]:
    """The sentences of an event, in the person's language while they are known; each begins with a capital."""
    if isinstance(text, Lines):
        return [capital(said(each), each.template, each.values) for each in text.sentences]
    return text.splitlines()


def capital(text: str, template: str, values: Mapping[str, object]) -> str:
    """``text``, which ``template`` gave, as the beginning of a sentence; a name that it begins with stays as it is."""
    name = template[1:].partition("}")[0].partition(":")[0] if template.startswith("{") else ""
    first = values.get(name)
    if isinstance(first, Sentence):  # a list of names is one
        return capital(text, first.template, first.values)
    first = first[0] if isinstance(first, Parts) and first else first
    is_name = isinstance(first, str | Path) and not isinstance(first, Text)
    return text if is_name else f"{text[:1].upper()}{text[1:]}"


def worded(reason: str) -> str:
    """The text of an error, as events have it, in the person's language while what it was made of is known."""
    if not isinstance(reason, Told):
        return reason
    return _filled(reason.error)


def _filled(error: UserError) -> str:
    """What is wrong and the way out, as the window goes it."""
    hint = IN_THE_WINDOW[error.hint] if isinstance(error.hint, Way) else error.hint
    parts, spoken = [error.template, hint], _spoken(error)
    return "; ".join(spoken.filled(part, partial(QCoreApplication.translate, "core")) for part in parts if part)


def _spoken(error: UserError) -> UserError:
    """``error`` with its values, and those of the errors in it, as they are put into a sentence."""
    return UserError(error.template, error.hint, **{name: _named(value) for name, value in error.values.items()})


def _named(value: object) -> object:
    """A number as the person's country writes it; a path or a name on one line."""
    if isinstance(value, UserError):
        return _spoken(value)
    if isinstance(value, Sentence):
        return _named_in(value)
    if isinstance(value, Parts):
        return Parts(map(_named, value))
    if isinstance(value, Text):
        return value
    if isinstance(value, str | Path):
        return one_line(value, TEXT)
    return shown_one(value)


def details_of(failure: Failure) -> str:
    """What is behind Details: the trace; of what the person can put right, what the system said, if anything."""
    return str(failure.error.values.get("detail", "")) if isinstance(failure.error, UserError) else failure.details


class Banner(QFrame):
    """A line above a panel for what went wrong or is worth knowing; hidden while there is nothing to say.

    An error stays until it was read, closed or hidden: what is worth knowing after it stands below it, and the error of
    before is in the details of the next.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Message"))
        self.setAutoFillBackground(True)
        self._error = self._note = self._replaced = ""
        self._text = Label(wordWrap=True, textInteractionFlags=Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.setAccessibleName(self.tr("Next step"))
        self._more = QPushButton(self.tr("Details"))
        self._more.setCheckable(True)
        self._close = QPushButton(self.tr("Close"))
        self._details = QPlainTextEdit(readOnly=True)
        self._details.setMaximumHeight(20 * SPACE)
        self._details.setAccessibleName(self.tr("Details of the message"))
        self._details.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self._lay_out()
        self._do: Callable[[], None] | None = None
        self._offered = ""
        self._action.clicked.connect(self._act)
        self._more.toggled.connect(self._details.setVisible)
        self._close.clicked.connect(self.hide)
        self.hide()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(SPACE)
        line.addWidget(self._text, stretch=1)
        for button in (self._action, self._more, self._close):
            line.addWidget(button, alignment=Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.addLayout(line)
        layout.addWidget(self._details)

    def show_failure(self, failure: Failure) -> None:
        """Says why a job broke off."""
        self.show_error(sentence_of(failure.error), details_of(failure))

    def show_error(self, sentence: str, details: str = "") -> None:
        """Says what went wrong."""
        before = self._error if self.is_error() and self._error != sentence else ""
        said = self.tr("Before this: {error}").format(error=before) if before else ""
        earlier = self._details.toPlainText() if before else ""
        self._error, self._note = sentence, ""
        self._say("\n\n".join(filter(None, (details, said, earlier))))

    def show_note(
        self, sentence: str, action: str = "", do: Callable[[], None] | None = None, details: str = ""
    ) -> None:
        """Says what is worth knowing, with a button ``action`` that does the next thing."""
        self._note = sentence
        if self.is_error():
            details = "\n\n".join(filter(None, (self._details.toPlainText(), details)))
        else:
            self._error = ""
        self._say(details)
        self.add_action(action, do)

    def add_action(self, action: str, do: Callable[[], None] | None) -> None:
        """Gives what it says a button ``action`` that does the next thing; an empty one takes the button away."""
        self._action.setText(action)
        self._action.setAccessibleName(action or self.tr("Next step"))
        self._action.setVisible(bool(action))
        self._do = do

    def offer(self, sentence: str, action: QAction) -> None:
        """Says what is worth knowing, with a button for ``action``, until ``withdraw``; nothing where that is disabled,
        because what is offered is on its way.
        """
        if action.isEnabled():
            self._offered = sentence
            self.show_note(sentence, action.text(), action.trigger)

    def withdraw(self) -> None:
        """Takes back what was offered, unless it has said something else since."""
        if self._offered and self._note == self._offered:
            self._take_back()

    def replace_note(self, sentence: str) -> None:
        """Says ``sentence`` instead of what was said here before; an empty one only takes that back."""
        if self._replaced and self._note == self._replaced:
            self._take_back()
        self._replaced = sentence
        if sentence:
            self.show_note(sentence)

    def settle(self, errors: Sequence[str], note: str) -> None:
        """What was wrong is over: says ``note`` instead of it, and below another error that nobody has read yet."""
        if self._error in errors:
            self._error = ""
        self.show_note(note)

    def is_error(self) -> bool:
        """Whether it says what went wrong."""
        return bool(self._error) and not self.isHidden()

    def text(self) -> str:
        """What it says; empty while it is hidden."""
        return "" if self.isHidden() else self._text.text()

    def hide(self) -> None:
        """Says nothing any more."""
        self._error = self._note = ""
        super().hide()

    def _take_back(self) -> None:
        """Takes the note back; an error above it stays."""
        if not self.is_error():
            self.hide()
            return
        self._note = ""
        self._say(self._details.toPlainText())

    def _say(self, details: str) -> None:
        self._text.setText("\n".join(one_line(each, TEXT) for each in (self._error, self._note) if each))
        self._action.hide()
        self._more.setChecked(False)
        self._more.setVisible(bool(details))
        self._details.setPlainText(visible(details, MOST_DETAILS))
        self._details.hide()
        self._paint()
        self.show()

    def _act(self) -> None:
        self.hide()
        if self._do is not None:
            self._do()

    def _paint(self) -> None:
        drawn = colours(self)
        wanted = drawn.error if self._error else drawn.warning
        if self.palette().color(QPalette.ColorRole.Window) != wanted:  # setting it is itself a change of the palette
            palette = QPalette()  # nothing but this colour: all others follow the program's
            palette.setColor(QPalette.ColorRole.Window, wanted)
            self.setPalette(palette)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._paint()


class Uncaught(QObject):
    """Errors that nobody caught, from whatever thread: told on the window's thread, as a sentence and its details."""

    told = Signal(str, str)

    def install(self) -> None:
        """Takes over Python's three hooks; what they would have printed is printed all the same."""
        self._before = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = self._main
        threading.excepthook = self._thread
        sys.unraisablehook = self._unraisable

    def remove(self) -> None:
        """Puts the hooks back."""
        sys.excepthook, threading.excepthook, sys.unraisablehook = self._before

    def _main(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self._before[0](kind, error, trace)
        self._tell(error, trace)

    def _thread(self, args: Any) -> None:
        self._before[1](args)
        self._tell(args.exc_value, args.exc_traceback)

    def _unraisable(self, args: Any) -> None:
        self._before[2](args)
        self._tell(args.exc_value, args.exc_traceback)

    def _tell(self, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is None or isinstance(error, KeyboardInterrupt | SystemExit):
            return
        details = "".join(traceback.format_exception(type(error), error, trace))
        self.told.emit(sentence_of(error), details)
