"""The one exception whose text people see."""


class UserError(Exception):
    """Something the person can put right: one sentence that names the value and the limit, and a way out.

    ``template`` and ``hint`` are English sentences with named places (``"the rate must be at most 10, not {rate}"``);
    ``values`` fills the places. The window translates the template and formats it with the same values.
    """

    def __init__(self, template: str, hint: str = "", **values: object) -> None:
        super().__init__(template, hint, values)
        self.template = template
        self.hint = hint
        self.values = values

    @property
    def sentence(self) -> str:
        """What is wrong, formatted, without the hint."""
        return self.template.format_map(self.values)

    def __str__(self) -> str:
        hint = self.hint.format_map(self.values)
        return f"{self.sentence}; {hint}" if hint else self.sentence

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, (type(self), self.template, self.hint, self.values)


class OutOfReachError(UserError):
    """What the system could not read this time, such as a file on a disk that is gone: it may be readable again."""


def out_of_reach(reason: str) -> OutOfReachError:
    """The sentence for a picture that was there when preparing began; ``reason`` has its path."""
    return OutOfReachError(
        "{reason}, though it was there when preparing began",
        "look whether its disk is connected and whole, then start again: it goes on where it stopped; "
        "without that file it begins anew",
        reason=reason,
    )


def _rebuild(kind: type[UserError], template: str, hint: str, values: dict[str, object]) -> UserError:
    return kind(template, hint, **values)


def cause(error: BaseException) -> str:
    """Why the operating system or a library refused, in its own few words, on one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())
