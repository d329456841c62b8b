"""Curves as SVG inside a web page: drawn in the page's own colours, so that paper and dark screens have theirs."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise

WIDTH, HEIGHT = 640, 240  # units of a drawing
LEFT, RIGHT, TOP, BOTTOM = 52, 12, 10, 34
MOST_POINTS = 400  # of a curve; of more, each is the mean of neighbours, with the span of their values behind it
TICKS = 5
LEAST_LOG = 1e-12


@dataclass(frozen=True, slots=True)
class ReportCurve:
    """A curve ``name`` in the colour ``kind``, a class of the page's style: places (epochs) and values."""

    name: str
    kind: str
    points: Sequence[tuple[float, float]]


def plot(title: str, curves: Iterable[ReportCurve], *, percent: bool = False, logarithmic: bool = False) -> str:
    """A figure of ``curves`` over epochs, with axes and a legend; empty where there is nothing to draw. With
    ``percent`` values are fractions; values that are no numbers, or 0 and less on a ``logarithmic`` axis, leave a gap.
    """
    shown = [ReportCurve(each.name, each.kind, _kept(each.points, logarithmic)) for each in curves]
    shown = [each for each in shown if each.points]
    if not shown:
        return ""
    frame = _frame(shown, logarithmic=logarithmic, percent=percent)
    lines = "".join(_line(each, frame) for each in shown)
    legend = "".join(f'<span class="{each.kind}"><i></i>{escape(each.name)}</span>' for each in shown)
    return (
        f'<figure class="plot"><figcaption>{escape(title)}<span class="legend">{legend}</span></figcaption>'
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        f"{frame.axes()}{lines}</svg></figure>"
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    """What is seen: from place ``left`` to ``right``, from value ``low`` to ``high``, the latter as they are drawn."""

    left: float
    right: float
    low: float
    high: float
    logarithmic: bool
    percent: bool

    def x(self, place: float) -> float:
        return LEFT + (place - self.left) / (self.right - self.left) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        at = math.log10(value) if self.logarithmic else value
        return HEIGHT - BOTTOM - (at - self.low) / (self.high - self.low) * (HEIGHT - TOP - BOTTOM)

    def axes(self) -> str:
        """Lines and numbers of both axes."""
        parts = []
        for value in self._values():
            y = self.y(value)
            parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            parts.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{self._said(value)}</text>')
        for place in ticks(self.left, self.right):
            parts.append(f'<text x="{self.x(place):.1f}" y="{HEIGHT - 18}" text-anchor="middle">{place:g}</text>')
        parts.append(f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 4}" text-anchor="end">epoch</text>')
        return "".join(parts)

    def _values(self) -> list[float]:
        if not self.logarithmic:
            return ticks(self.low, self.high)
        powers = range(math.floor(self.low), math.ceil(self.high) + 1)
        found = [
            m * 10.0**power for power in powers for m in (1, 2, 5) if self.low <= math.log10(m) + power <= self.high
        ]
        return [each for each in found if _is_power(each)] if len(found) > 2 * TICKS else found

    def _said(self, value: float) -> str:
        return f"{100 * value:g}\N{NO-BREAK SPACE}%" if self.percent else f"{value:g}"


def _is_power(value: float) -> bool:
    return abs(math.log10(value) - round(math.log10(value))) < 1e-9


def _kept(points: Sequence[tuple[float, float]], logarithmic: bool) -> list[tuple[float, float]]:
    least = LEAST_LOG if logarithmic else -math.inf
    return [(place, value) for place, value in points if math.isfinite(value) and value > least]


def _frame(curves: Sequence[ReportCurve], *, logarithmic: bool, percent: bool) -> _Frame:
    places = [place for each in curves for place, _ in each.points]
    values = [math.log10(value) if logarithmic else value for each in curves for _, value in each.points]
    low, high = min(values), max(values)
    if not logarithmic and 0 <= low <= high / 2:
        low = 0.0  # where it is near, zero tells how much a curve has fallen
    room = (high - low or abs(high) or 1.0) * 0.05
    left, right = min(places), max(places)
    return _Frame(
        min(left, 0.0 if right > 0 else left),
        right if right > left or right > 0 else left + 1.0,
        low if low == 0 and not logarithmic else low - room,
        high + room,
        logarithmic,
        percent,
    )


def ticks(low: float, high: float) -> list[float]:
    """Some round numbers from ``low`` to ``high``."""
    rough = (high - low) / TICKS
    if not math.isfinite(rough) or rough <= 0:
        return [low]
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= rough)
    first = math.ceil(low / step - 1e-9)
    return [
        round(number * step, 12) for number in range(first, first + 2 * TICKS + 2) if number * step <= high + step / 1e6
    ]


def _line(curve: ReportCurve, frame: _Frame) -> str:
    points = curve.points
    if len(points) == 1:
        (place, value) = points[0]
        return f'<circle class="{curve.kind}" cx="{frame.x(place):.1f}" cy="{frame.y(value):.1f}" r="3"/>'
    band = ""
    if len(points) > MOST_POINTS:
        parts = _parts(points)
        upper = [(_mean([at for at, _ in part]), max(value for _, value in part)) for part in parts]
        lower = [(_mean([at for at, _ in part]), min(value for _, value in part)) for part in parts]
        band = f'<path class="band {curve.kind}" d="{_path([*upper, *reversed(lower)], frame)}Z"/>'
        points = [(_mean([at for at, _ in part]), _mean([value for _, value in part])) for part in parts]
    return f'{band}<path class="line {curve.kind}" d="{_path(points, frame)}"/>'


def _parts(points: Sequence[tuple[float, float]]) -> list[Sequence[tuple[float, float]]]:
    edges = [round(each * len(points) / MOST_POINTS) for each in range(MOST_POINTS + 1)]
    return [points[begin:end] for begin, end in pairwise(edges)]


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _path(points: Sequence[tuple[float, float]], frame: _Frame) -> str:
    return "M" + "L".join(f"{frame.x(place):.1f} {frame.y(value):.1f}" for place, value in points)
