"""The one exception whose text people see, and the ways out of it that each front end words for its place."""

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, Self


class Way(StrEnum):
    """A way out that is another one in the window than in a terminal: a button here, an option there.

    Its value says it without either, for logs. ``commands/hints.py`` and ``ui/messages.py`` word each; both fill the
    named places with the values of the error.
    """

    GET_CIFAR10 = "download CIFAR-10, or choose {file} or its extracted folder as the data"
    OTHER_DATA = "choose a folder with one sub-folder per class, or an archive of CIFAR-10"
    OWN_DATA = "choose the folder with your images as the data; a folder called {data} is given as ./{data}"
    OTHER_RUN_FOLDER = "choose another folder for the run, or resume the one in {folder}"
    ROOM_FOR_RUN = "free some space, or choose another folder for the run"
    ROOM_TO_RESUME = "free some space, then resume"
    FEWER_AT_ONCE = "use fewer images per forward pass"
    TWO_DEVICES = "choose two devices of the same kind, for example cuda:0 and cuda:1"
    ONE_DEVICE = "use one device, or a network with two towers, such as alexnet-2012"
    ONE_OR_TWO_DEVICES = "use one device, or choose two, for example cpu and cpu"
    CPU = "use the CPU"
    NETWORK_OF_MODEL = "choose the network {found}"
    SAME_SIDES = "choose CIFAR-10 as the data, or start from one of the presets {presets}"
    VERIFY_SET = "verify the prepared set: preparing it again repairs it"
    LIST_SETS = "look at the list of prepared sets"
    OTHER_EXPERIMENT_FOLDER = "choose another folder for the experiment; this one stays readable"
    FREE_EXPERIMENT_FOLDER = "remove it, or choose another folder for the experiment"
    NAME_FORMAT = "choose its format: {formats}"
    REPLACE_FILE = "choose another output file, or agree to replace it"
    NO_HALF = "write it in fp32"
    MOVED_DATA = "if they were moved, choose the folder in which they are now"
    LOWER_RATE = "continue the run in {folder} with a lower learning rate, for example {lower}"


class Text(str):
    """Words of the core that stand as a value in a sentence, or by themselves: the window translates them."""

    __slots__ = ()

    @classmethod
    def again(cls, text: str) -> "Text":
        """One that was written out, and collected, elsewhere."""
        return cls(text)


class Parts(tuple[object, ...]):
    """A value of a sentence that stands for several, one after the other, each of them worded; other tuples, such as
    shapes, are values as they are.
    """

    __slots__ = ()


class Sentence:
    """A statement of the core: an English ``template`` with named places, and the ``values`` that fill them, as those
    of a UserError do. ``str`` gives it in English; the window translates the template, and what is worded among the
    values, and formats it with the same values.
    """

    __slots__ = ("template", "values")

    def __init__(self, template: str, **values: object) -> None:
        self.template = template
        self.values = values

    @classmethod
    def of(cls, template: str, values: Mapping[str, object]) -> "Sentence":
        """The same of a template that is written out, and collected, elsewhere."""
        return cls(template, **values)

    def filled(self, translate: Callable[[str], str] = str) -> str:
        """The sentence; it and what is worded among its values go through ``translate`` before."""
        return _filled(self.template, self.values, translate)

    def __str__(self) -> str:
        return self.filled()

    def __repr__(self) -> str:
        return f"Sentence({self.template!r}, **{self.values!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sentence) and (self.template, self.values) == (other.template, other.values)

    def __hash__(self) -> int:
        return hash(self.template)


class UserError(Exception):
    """Something the person can put right: one sentence that names the value and the limit, and a way out.

    ``template`` and ``hint`` are English sentences with named places (``"the rate must be at most 10, not {rate}"``);
    ``values`` fills the places: numbers, names, a ``Text``, or another UserError, of which the sentence is meant.
    ``hint`` is a ``Way`` where it depends on the place in which it is read. The window translates both and formats them
    with the same values, so templates are written out where they are used, and nothing is formatted before
    (``packaging/texts.py`` collects them). What happened is told by the type, the way and the values, never by looking
    into a sentence.
    """

    def __init__(self, template: str, hint: str = "", **values: object) -> None:
        super().__init__(template, hint, values)
        self.template = template
        self.hint = hint
        self.values = values

    @property
    def sentence(self) -> str:
        """What is wrong, formatted, without the hint."""
        return self.filled(self.template)

    def filled(self, text: str, translate: Callable[[str], str] = str) -> str:
        """``text``, the template or a hint, with the values; it and what is worded among them go through ``translate``
        before.
        """
        return _filled(text, self.values, translate)

    def within(self, template: str, **values: object) -> "UserError":
        """What is wrong with a part, as what is wrong with the whole: the place ``{why}`` of ``template`` is this one's
        sentence, and the way out is the same.
        """
        return _rebuild(UserError, template, self.hint, {**self.values, **values, "why": self})

    def replaced(self, hint: str = "", **values: object) -> Self:
        """The same with more values, or other ones, and with another way out if ``hint`` has one."""
        return type(self)(self.template, hint or self.hint, **{**self.values, **values})

    def __str__(self) -> str:
        hint = self.filled(self.hint)
        return f"{self.sentence}; {hint}" if hint else self.sentence

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.template, self.hint, self.values)


class OutOfReachError(UserError):
    """What the system could not read this time, such as a file on a disk that is gone: it may be readable again."""


class DataGoneError(OutOfReachError):
    """Prepared images that were open and cannot be read now, as on a disk that was unmounted. ``is_back`` says whether
    the same ones can be read again, None where that cannot be told.
    """

    is_back: Callable[[], bool] | None = None


class UnwritableError(UserError):
    """What the system would not write now: it may do so later."""


class DiskFullError(UnwritableError):
    """There is no room left for what was to be written."""


def out_of_reach(reason: UserError) -> OutOfReachError:
    """The sentence for a picture that was there when preparing began; ``reason`` has its path."""
    return OutOfReachError(
        "{reason}, although it was there when preparing started",
        "check that its disk is connected and working, then start again; preparing continues where it "
        "stopped, or starts over if that file is gone",
        reason=reason,
    )


def _filled(text: str, values: Mapping[str, object], translate: Callable[[str], str]) -> str:
    return translate(text).format_map({name: _worded(each, translate) for name, each in values.items()})


def _worded(value: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(value, UserError):
        return value.filled(value.template, translate)
    if isinstance(value, Sentence):
        return value.filled(translate)
    if isinstance(value, Parts):
        return ", ".join(str(_worded(each, translate)) for each in value)
    return translate(value) if isinstance(value, Text) else value


class Told(str):
    """What an error says, as events and files have it, in English; while it is in memory it has the ``error`` too, so
    that a window can word it.
    """

    error: UserError

    @classmethod
    def of(cls, error: UserError, *, hint: bool = True) -> "Told":
        """The sentence of ``error``, with its ``hint`` or without."""
        bare = _bare(error if hint else _rebuild(UserError, error.template, "", error.values))
        told = cls(bare)
        told.error = bare
        return told


class Lines(str):
    """Sentences as events have them, in English, a line each; in memory they are there themselves, to be worded."""

    sentences: tuple[Sentence, ...]

    @classmethod
    def of(cls, sentences: Iterable[Sentence]) -> "Lines":
        """All of ``sentences``."""
        kept = tuple(sentences)
        lines = cls("\n".join(map(str, kept)))
        lines.sentences = kept
        return lines


def _bare(error: UserError) -> UserError:
    """``error`` without the trace, which holds all that its frames had."""
    values = {name: _bare(each) if isinstance(each, UserError) else each for name, each in error.values.items()}
    return _rebuild(type(error), error.template, error.hint, values)


def _rebuild(kind: type[UserError], template: str, hint: str, values: dict[str, object]) -> UserError:
    return kind(template, hint, **values)


def cause(error: BaseException) -> str:
    """Why the operating system or a library refused, in its own few words, on one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
