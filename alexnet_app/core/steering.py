"""What is asked of a running job: small frozen commands.

They go through a queue in the same process, and as lines of ``commands.jsonl`` from another one.
"""

from dataclasses import dataclass

LEAST_RATE, MOST_RATE = 1e-9, 10.0  # learning rates that can be asked for, before a run and while it goes on


@dataclass(frozen=True, slots=True)
class Command:
    """Anything that can be asked of a running job."""


@dataclass(frozen=True, slots=True)
class Pause(Command):
    """Wait after this step."""


@dataclass(frozen=True, slots=True)
class Continue(Command):
    """Go on after a pause."""


@dataclass(frozen=True, slots=True)
class Stop(Command):
    """Save and end."""


@dataclass(frozen=True, slots=True)
class Leave(Command):
    """Nobody looks any more: whoever only follows a run ends, the run itself goes on."""


@dataclass(frozen=True, slots=True)
class SaveNow(Command):
    """Write a checkpoint after this step."""


@dataclass(frozen=True, slots=True)
class Halve(Command):
    """Go on with half as many images per forward pass, where memory was full."""


@dataclass(frozen=True, slots=True)
class DivideRate(Command):
    """Divide the learning rate, as was done by hand in 2012. ValueError unless ``by`` is within 1e-6 to 1e6."""

    by: float = 10.0

    def __post_init__(self) -> None:
        if not (isinstance(self.by, int | float) and 1e-6 <= self.by <= 1e6):  # false for NaN too
            raise ValueError(self.by)


@dataclass(frozen=True, slots=True)
class SetRate(Command):
    """Train with this learning rate from the next step on. ValueError unless it is within LEAST_RATE to MOST_RATE."""

    rate: float

    def __post_init__(self) -> None:
        if not (isinstance(self.rate, int | float) and LEAST_RATE <= self.rate <= MOST_RATE):  # false for NaN too
            raise ValueError(self.rate)


@dataclass(frozen=True, slots=True)
class UndoRate(Command):
    """Take back the last change of the learning rate that was asked for; nothing where none is left."""
