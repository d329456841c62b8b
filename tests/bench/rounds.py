"""What all benchmarks share: interleaved rounds of ours and of a peer, and what is printed of them.

A ratio is above 1 where ours is better, whatever the unit. Rounds are interleaved because machines change their speed
while they work; the median and the range of the ratios of single rounds say what holds and how surely.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROUNDS = 7


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: ``pairs`` has (ours, peer) of each round, in ``unit``.

    ``less`` where a smaller number is better, as of seconds. ``bound`` is what this machine could do at most (or, where
    ``less``, at least), computed, None where nothing was; ``must`` is the ratio that is aimed at, ``most`` the largest
    figure of ours. ``note`` says what else was measured, and on what; ``profile`` where the time of ours goes, the
    largest part first, such as "products 61 %".
    """

    name: str
    peer: str
    unit: str
    pairs: tuple[tuple[float, float], ...]
    less: bool = True
    bound: float | None = None
    must: float | None = None
    most: float | None = None
    note: str = ""
    profile: tuple[str, ...] = ()

    @property
    def ratios(self) -> list[float]:
        """Of the rounds, sorted."""
        return sorted(peer / ours if self.less else ours / peer for ours, peer in self.pairs)

    @property
    def medians(self) -> tuple[float, float]:
        """Ours and the peer's."""
        ours, peer = zip(*self.pairs, strict=True)
        return statistics.median(ours), statistics.median(peer)

    @property
    def is_reached(self) -> bool:
        """Whether every aim is."""
        enough = self.must is None or statistics.median(self.ratios) >= self.must
        return enough and (self.most is None or self.medians[0] <= self.most)

    def explained(self, profile: Callable[[], Iterable[str]]) -> "Row":
        """The row with its ``profile``, which is taken only where an aim is not reached."""
        return self if self.is_reached else replace(self, profile=tuple(profile()))

    def sentence(self) -> str:
        """What was measured, for people."""
        (ours, peer), ratios = self.medians, self.ratios
        said = (
            f"{self.name}: ours {figures(ours)} {self.unit}, {self.peer} {figures(peer)} {self.unit}, "
            f"ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}, {len(ratios)} rounds)"
        )
        aims = []
        if self.must is not None:
            aims.append(f"{self.must:g}{'' if statistics.median(ratios) >= self.must else ': NOT REACHED'}")
        if self.most is not None:
            aims.append(f"at most {self.most:g} {self.unit}{'' if ours <= self.most else ': NOT REACHED'}")
        if aims:
            said += f"; aim {', '.join(aims)}"
        if self.bound is not None:
            said += f"; bound {figures(self.bound)} {self.unit}"
        if self.note:
            said += f"; {self.note}"
        return f"{said}; where the time goes: {', '.join(self.profile)}" if self.profile else said

    def value(self) -> dict[str, Any]:
        """The same as plain JSON; ``peer`` is its figure, ``against`` what it is."""
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
            "most": self.most,
            "against": self.peer,
            "less": self.less,
            "note": self.note,
            "profile": list(self.profile),
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
    """Prints each row as soon as it is there; with ``as_json`` all of them as one JSON list on the last line.

    In that list each also says when and on what it was measured. Where one fails, those before it are there.
    """
    kept = []
    try:
        for row in rows:
            print(row.sentence(), flush=True)
            kept.append(row.value() | {"date": f"{datetime.now().astimezone():%Y-%m-%d}"})
    finally:
        if as_json:
            here = machine()
            print(json.dumps([row | {"machine": here} for row in kept]), flush=True)


def machine() -> str:
    """What this computer is, as far as a speed depends on it."""
    name, able = _processor()
    parts = [f"{len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()} cores"]
    parts += [name, able, f"{_memory_bytes() / 2**30:.0f} GiB of memory"]
    software = [f"torch {version('torch')}", f"Python {platform.python_version()}"]
    return ", ".join(filter(None, [*parts, *_graphics_cards(), *software]))


def _processor() -> tuple[str, str]:
    """Its name, and what it has for half precision."""
    try:
        lines = [line.partition(":") for line in Path("/proc/cpuinfo").read_text().splitlines()]
    except OSError:
        return platform.processor(), ""
    about = {key.strip(): value.strip() for key, _, value in reversed(lines)}
    flags = about.get("flags", "").split()
    best = next((flag for flag in ("amx_bf16", "avx512_bf16", "avx512f", "avx2") if flag in flags), "")
    return about.get("model name", platform.processor()), best


def _graphics_cards() -> list[str]:
    """Their names, without loading torch, which some benchmarks must not."""
    query = ["nvidia-smi", "--query-gpu=name", "--format=csv,noheader"]
    try:
        return subprocess.run(query, capture_output=True, text=True, check=True, timeout=30).stdout.splitlines()
    except (OSError, subprocess.SubprocessError):
        return []


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 0


def arguments(about: str | None, argv: Sequence[str] | None = None, **more: Any) -> argparse.Namespace:
    """``--json``, ``--rounds`` and whatever is in ``more``, as name=default."""
    parser = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="the rows as one JSON list on the last line")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    for name, default in more.items():
        parser.add_argument(f"--{name.replace('_', '-')}", default=default, type=type(default))
    return parser.parse_args(sys.argv[1:] if argv is None else argv)


def figures(number: float) -> str:
    """Three figures that mean something."""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
