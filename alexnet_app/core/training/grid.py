"""Several runs that differ in a few settings: every combination of the values that are named for each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.naming import MOST_NAME
from alexnet_app.core.training.config import TrainConfig, check_new
from alexnet_app.core.training.config_text import with_settings

MOST_RUNS = 100
SHORT = {"rate": "learning_rate", "batch": "batch_size"}  # other words for settings
RANGE = re.compile(r"(-?\d{1,9})\s*\.\.\s*(-?\d{1,9})")


@dataclass(frozen=True, slots=True)
class GridVariation:
    """One of the runs: ``config``, and ``words`` for how it differs from the others, "rate 0.01, seed 2"."""

    config: TrainConfig
    words: str

    def name(self, base: str) -> str:
        """What the run is called: ``base`` and how it differs, no longer than a name may be."""
        words = self.words[: MOST_NAME - 12]
        room = MOST_NAME - len(words) - 2
        return f"{base[:room].strip()}, {words}" if base else words


def variations(config: TrainConfig, asked: Sequence[str]) -> list[GridVariation]:
    """The runs for ``asked``, each ``key=value,value,…`` or ``key=1..5`` for whole numbers; the last key changes first.

    UserError for what is no such list, for a setting or a value that there is none, and for more than MOST_RUNS.
    """
    lists = [_read(text) for text in asked]
    count = prod(len(values) for _, values in lists)
    keys = [key for key, _ in lists]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice:
        raise UserError("{key} is named twice", "write all its values in one list: {key}=0.01,0.003", key=twice)
    if count > MOST_RUNS:
        raise UserError(
            "these lists make {count:,} runs; at most {most} can be made at once",
            "name fewer values",
            count=count,
            most=MOST_RUNS,
        )
    return [_variation(config, keys, values) for values in product(*(values for _, values in lists))]


def _variation(config: TrainConfig, keys: Sequence[str], values: Sequence[str]) -> GridVariation:
    changed = with_settings(config, [f"{key}={value}" for key, value in zip(keys, values, strict=True)])
    check_new(changed)
    words = ", ".join(f"{short(key)} {value}" for key, value in zip(keys, values, strict=True))
    return GridVariation(changed, words)


def short(key: str) -> str:
    """What a setting is called in the name of a run."""
    known = {long: word for word, long in SHORT.items()}
    return known.get(key, key.rpartition(".")[2].replace("_", " "))


def _read(text: str) -> tuple[str, tuple[str, ...]]:
    """The setting and the texts of its values."""
    key, sign, listed = (part.strip() for part in text.partition("="))
    values = tuple(value for part in _parts(listed) for value in _values(part))
    if not (sign and key and values):
        raise UserError(
            "{text!r} is no list of values", "write for example learning_rate=0.01,0.003 or seed=1..3", text=text
        )
    return SHORT.get(key, key), tuple(dict.fromkeys(values))


def _values(part: str) -> tuple[str, ...]:
    """One value, or all of a range."""
    ends = RANGE.fullmatch(part)
    if ends is None:
        return (part,)
    first, last = int(ends[1]), int(ends[2])
    if not 0 <= last - first < MOST_RUNS:
        raise UserError(
            "{part!r} is no range of 1 to {most} whole numbers", "write for example 1..3", part=part, most=MOST_RUNS
        )
    return tuple(str(number) for number in range(first, last + 1))


def _parts(listed: str) -> list[str]:
    """What stands between commas, but not those within brackets or quotation marks."""
    found, depth, quoted = [""], 0, False
    for letter in listed:
        quoted ^= letter == '"'
        depth += (letter in "[{") - (letter in "]}") if not quoted else 0
        if letter == "," and depth == 0 and not quoted:
            found.append("")
        else:
            found[-1] += letter
    return [part.strip() for part in found if part.strip()]
