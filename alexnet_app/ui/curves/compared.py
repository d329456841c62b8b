"""The runs that are drawn together: the one in front, and any number of others behind it."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from alexnet_app.ui.curves.looks import CurveLook, Looks
from alexnet_app.ui.curves.run import DrawnRun

MOST = 100  # runs behind the one in front
IN_FRONT = ""  # the key of the run in front


@dataclass(slots=True)
class ShownRun:
    """A run as it is drawn: ``key`` tells it from others (its folder), ``settings`` are its settings by their names,
    ``best`` and ``final`` its validation errors, 0 to 1, None where there are none.
    """

    key: str
    name: str
    drawn: DrawnRun
    look: CurveLook = field(default_factory=CurveLook)
    hidden: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    def errors(self) -> tuple[float | None, float | None]:
        """The best and the final validation error, 0 to 1; None where there is none."""
        found = [value for value in self.drawn.epochs.of("validation_error") if not math.isnan(value)]
        return (min(found), found[-1]) if found else (None, None)


class ComparedRuns:
    """The runs in the order in which they came; the first one is in front. ``baseline`` is the key of the run that the
    others are told as differences to; None for none.
    """

    def __init__(self) -> None:
        self.front = ShownRun(IN_FRONT, "", DrawnRun())
        self.others: list[ShownRun] = []
        self.baseline: str | None = None
        self._looks = Looks()

    def __iter__(self) -> Iterator[ShownRun]:
        return iter((self.front, *self.others))

    def put(self, run: ShownRun) -> bool:
        """Draws ``run`` behind the others, or in the place of the one with its key. Whether there was room for it."""
        known = next((place for place, each in enumerate(self.others) if each.key == run.key), None)
        if known is not None:
            self.others[known] = replace(run, look=self.others[known].look, hidden=self.others[known].hidden)
            return True
        if len(self.others) >= MOST:
            return False
        used = frozenset(each.look.place for each in self.others)
        self.others.append(replace(run, look=self._looks.of(run.key, used)))
        return True

    def remove(self, key: str) -> None:
        """Takes a run away."""
        self.others = [each for each in self.others if each.key != key]
        if self.baseline == key:
            self.baseline = None

    def clear(self) -> None:
        """Takes all others away."""
        self.others, self.baseline = [], None

    def seen(self) -> list[ShownRun]:
        """The others that are not hidden."""
        return [each for each in self.others if not each.hidden]

    def find(self, key: str | None) -> ShownRun | None:
        """The run with ``key``."""
        return next((each for each in self if each.key == key), None) if key is not None else None

    def differing(self) -> list[str]:
        """The names of the settings in which the runs differ, in the order in which they are set."""
        names = dict.fromkeys(name for run in self for name in run.settings)
        return [name for name in names if len({run.settings.get(name, "") for run in self}) > 1]
