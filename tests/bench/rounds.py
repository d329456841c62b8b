"""What all benchmarks share: interleaved rounds of ours and of a peer, and what is printed of them.

A ratio is above 1 where ours is better, whatever the unit. Rounds are interleaved because machines change their speed
while they work; the median and the range of the ratios of single rounds say what holds and how surely.
"""

import argparse
import json
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: ``pairs`` has (ours, peer) of each round, in ``unit``.

    ``less`` where a smaller number is better, as of seconds. ``bound`` is what this machine could do at most (or, where
    ``less``, at least), computed, None where nothing was; ``must`` is the ratio that is aimed at. ``note`` says what
    else was measured, and on what.
    """

    name: str
    peer: str
    unit: str
    pairs: tuple[tuple[float, float], ...]
    less: bool = True
    bound: float | None = None
    must: float | None = None
    note: str = ""

    @property
    def ratios(self) -> list[float]:
        """Of the rounds, sorted."""
        return sorted(peer / ours if self.less else ours / peer for ours, peer in self.pairs)

    @property
    def medians(self) -> tuple[float, float]:
        """Ours and the peer's."""
        ours, peer = zip(*self.pairs, strict=True)
        return statistics.median(ours), statistics.median(peer)

    def sentence(self) -> str:
        """What was measured, for people."""
        (ours, peer), ratios = self.medians, self.ratios
        said = (
            f"{self.name}: ours {_figures(ours)} {self.unit}, {self.peer} {_figures(peer)} {self.unit}, "
            f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}, {len(ratios)} rounds)"
        )
        if self.must is not None:
            said += f"; aim {self.must:g}{'' if statistics.median(ratios) >= self.must else ': NOT REACHED'}"
        if self.bound is not None:
            said += f"; bound {_figures(self.bound)} {self.unit}"
        return f"{said}; {self.note}" if self.note else said

    def value(self) -> dict[str, Any]:
        """The same as plain JSON."""
        (ours, peer), ratios = self.medians, self.ratios
        ratio = {"median": statistics.median(ratios), "low": ratios[0], "high": ratios[-1]}
        return {
            "name": self.name,
            "ours": ours,
            "peer": peer,
            "unit": self.unit,
            "ratio": ratio,
            "rounds": len(ratios),
            "bound": self.bound,
            "must": self.must,
            "note": self.note,
        }


def interleaved(
    ours: Callable[[], float], peer: Callable[[], float], rounds: int = ROUNDS, warm: int = 1
) -> tuple[tuple[float, float], ...]:
    """(ours, peer) of each round, after ``warm`` rounds that do not count; who is first alternates."""
    pairs = []
    for index in range(warm + rounds):
        if index % 2:
            theirs, own = peer(), ours()
        else:
            own, theirs = ours(), peer()
        pairs.append((own, theirs))
    return tuple(pairs[warm:])


def told(rows: Iterable[Row], *, as_json: bool) -> None:
    """Prints each row as soon as it is there; with ``as_json`` all of them as one JSON list on the last line."""
    kept = []
    for row in rows:
        print(row.sentence(), flush=True)
        kept.append(row.value())
    if as_json:
        print(json.dumps(kept), flush=True)


def arguments(about: str | None, argv: Sequence[str] | None = None, **more: Any) -> argparse.Namespace:
    """``--json``, ``--rounds`` and whatever is in ``more``, as name=default."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="the rows as one JSON list on the last line")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    for name, default in more.items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=default, type=type(default))
    return parser.parse_args(sys.argv[1:] if argv is None else argv)


def _figures(number: float) -> str:
    """Three figures that mean something."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
