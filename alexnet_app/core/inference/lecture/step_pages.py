"""The pages on what a network does to its maps: activation, normalization, pool, crossing, dense layers."""

import numpy as np
import torch
from numpy.typing import NDArray

from alexnet_app.core.data.sources.remarks import all_of
from alexnet_app.core.errors import Sentence
from alexnet_app.core.inference.lecture.drawing import map_picture, units_picture
from alexnet_app.core.inference.lecture.subject import Subject
from alexnet_app.core.inference.lecture.values import Crossing, LecturePicture, Page
from alexnet_app.core.insight.activations import ACTIVATIONS, Shown, answers
from alexnet_app.core.insight.arithmetic import normalized_at
from alexnet_app.core.network.layers import TOWERS

MOST_DENSE = 2  # hidden dense layers that are drawn


def activation_page(about: Subject) -> Page | None:
    """What the first ReLU, or tanh, does to one map."""
    pair = about.step(*ACTIVATIONS)
    if pair is None:
        return None
    before, here = pair
    unit = about.unit_of(before)
    maps = before.values[unit], here.values[unit]
    zero = float((here.values <= 0).mean())
    what = (
        Sentence("The ReLU makes 0 of every number below 0 and leaves the others as they are (section 3.1).")
        if here.step == "relu"
        else Sentence("tanh presses every number between −1 and 1 (section 3.1).")
    )
    count = Sentence(
        "After it {zero:.0%} of the {count:,} numbers of {layer} are 0, {own:.0%} of those of map {unit:,}."
        if here.step == "relu"
        else "{zero:.0%} of the {count:,} numbers of {layer} are below 0, {own:.0%} of those of map {unit:,}.",
        zero=zero,
        count=here.values.size,
        layer=here.layer,
        own=float((maps[1] <= 0).mean()),
        unit=unit + 1,
    )
    title = Sentence("What the ReLU does") if here.step == "relu" else Sentence("What tanh does")
    scale = None if here.step != "relu" else _largest(maps[0])
    grey = Sentence("before: map {unit:,}, 0 is grey", unit=unit + 1)
    exhibits = (
        LecturePicture(map_picture(maps[0], _largest(maps[0])), grey, about.spec.tower_of(before.layer, unit)),
        LecturePicture(map_picture(maps[1], scale), Sentence("after"), about.spec.tower_of(before.layer, unit)),
    )
    return Page("activation", title, (what, count), exhibits)


def normalization_page(about: Subject) -> Page | None:
    """What response normalization does to one map, and to its largest number."""
    pair = about.step("norm")
    if pair is None:
        return None
    before, here = pair
    unit, norm = about.unit_of(before), about.spec.norm
    at = about.strong(before, unit)
    found = normalized_at(about.spec, torch.from_numpy(before.values), unit, at.row, at.column)
    cut = _cuts(before.values[unit], here.values[unit], found.constant)
    what = Sentence(
        "Local response normalization divides each number by what {size} neighbouring maps say at its place "
        "(section 3.3).",
        size=norm.size,
    )
    count = Sentence(
        "The largest number of map {unit:,}, {before:.3g}, becomes {after:.3g}: a constant factor leaves "
        "{constant:.0%} of it, and of that its neighbours take {cut:.1%}.",
        unit=unit + 1,
        before=found.before,
        after=found.after,
        constant=found.constant,
        cut=found.cut,
    )
    tower, maps = about.spec.tower_of(before.layer, unit), (before.values[unit], here.values[unit])
    signed, white = bool((maps[0] < 0).any()), [_largest(each) for each in maps]
    exhibits = (
        LecturePicture(
            map_picture(maps[0], white[0], signed=signed),
            Sentence("before: map {unit:,}; white: {most:.3g}", unit=unit + 1, most=white[0]),
            tower,
        ),
        LecturePicture(
            map_picture(maps[1], white[1], signed=signed), Sentence("after; white: {most:.3g}", most=white[1]), tower
        ),
        LecturePicture(
            map_picture(cut, signed=False), Sentence("what neighbours take; white: {most:.0%}", most=float(cut.max()))
        ),
    )
    return Page("normalization", Sentence("What normalization (LRN) does"), (what, count), exhibits)


def pool_page(about: Subject) -> Page | None:
    """What the first pool does to one map."""
    pair = about.step("pool")
    if pair is None:
        return None
    before, here = pair
    unit, pool = about.unit_of(before), about.spec.pool
    sides = before.values.shape[1], here.values.shape[1]
    what = Sentence(
        "The pool keeps the largest of every {size} × {size} numbers, {stride} apart, so the windows overlap "
        "(section 3.4)."
        if pool.size > pool.stride
        else "The pool keeps the largest of every {size} × {size} numbers, {stride} apart (section 3.4).",
        size=pool.size,
        stride=pool.stride,
    )
    count = Sentence(
        "{before} × {before} numbers become {after} × {after}: of {layer}'s {all:,} numbers {left:,} go on.",
        before=sides[0],
        after=sides[1],
        layer=before.layer,
        all=before.values.size,
        left=here.values.size,
    )
    signed = bool((before.values[unit] < 0).any())
    tower, largest = about.spec.tower_of(before.layer, unit), _largest(before.values[unit])
    exhibits = tuple(
        LecturePicture(map_picture(each.values[unit], largest, signed=signed), caption, tower)
        for each, caption in (
            (before, Sentence("before: map {unit:,}, {side} × {side}", unit=unit + 1, side=sides[0])),
            (here, Sentence("after: {side} × {side}", side=sides[1])),
        )
    )
    return Page("pool", Sentence("What the pool does"), (what, count), exhibits)


def crossing_page(about: Subject) -> Page | None:
    """What really flows between the towers where they first meet; None where they never do before the classes."""
    met = next((each for each in about.meetings if len(each.readers) > 1), None)
    if met is None:
        return None
    names = [each.name for each in about.spec.layers]
    flow, energy = met.flow_shares.tolist(), met.energy_shares.tolist()
    what = Sentence(
        "The kernels of {layer} read the maps of both towers (section 3.2): on this photo {b:.0%} of what flows into "
        "tower A comes from tower B, and {a:.0%} of what flows into tower B comes from tower A.",
        layer=met.layer,
        b=flow[0][1],
        a=flow[1][0],
    )
    weights = Sentence("By the weights alone it would be {b:.0%} and {a:.0%}.", b=energy[0][1], a=energy[1][0])
    drawn = Crossing(
        tuple(map(tuple, flow)),
        names[names.index(met.layer) - 1],
        met.layer,
        Sentence("each line is as wide as what flows along it"),
    )
    return Page("crossing", Sentence("The towers meet at {layer}", layer=met.layer), (what, weights), (drawn,))


def dense_page(about: Subject) -> Page | None:
    """The hidden dense layers, and dropout; None where the classes read the maps."""
    hidden = about.spec.dense[:-1]
    if not hidden:
        return None
    shown = [answers(about.look.shown, each.name) for each in hidden]
    fire = sum(int((each.values > 0).sum()) for each in shown)
    units = sum(each.units for each in hidden)
    sentences = [
        Sentence(
            "The {units:,} units of {layers} each add up all numbers that reach them, wherever in the photo they are "
            "from; {fire:.0%} of them are above 0 now (section 3.5).",
            units=units,
            layers=all_of(each.name for each in hidden),
            fire=fire / units,
        )
    ]
    dropped = [each for each in about.spec.dense if each.dropout]
    if dropped:
        shares = (
            Sentence("{share:.0%} of what {layer} reads", share=each.dropout, layer=each.name) for each in dropped
        )
        sentences.append(
            Sentence(
                "At each training step chance makes {shares} 0 (dropout, section 4.2); now all of it is there.",
                shares=all_of(shares),
            )
        )
    exhibits = tuple(picture for each in shown[-MOST_DENSE:] for picture in _units(about, each))
    return Page("dense", Sentence("The dense layers"), tuple(sentences), exhibits)


def _units(about: Subject, shown: Shown) -> list[LecturePicture]:
    """A picture of each tower's units of a layer, on one scale."""
    slices = about.spec.tower_slices(shown.layer)
    names = TOWERS if len(slices) > 1 else ("",)
    captions = (
        Sentence("{layer}, tower {tower}", layer=shown.layer, tower=name)
        if name
        else Sentence("{layer}", layer=shown.layer)
        for name in names
    )
    pictures = (units_picture(shown.values[part], _largest(shown.values)) for part in slices)
    return [LecturePicture(*each) for each in zip(pictures, captions, names, strict=True)]


def _largest(values: NDArray[np.float32]) -> float:
    return float(np.abs(values).max(initial=0.0))


def _cuts(before: NDArray[np.float32], here: NDArray[np.float32], constant: float) -> NDArray[np.float32]:
    """What the comparison with the neighbours takes of each number, 0 to 1; 0 where there is nothing to take."""
    left = np.divide(here, before * np.float32(constant), out=np.ones_like(before), where=before != 0)
    cut: NDArray[np.float32] = np.clip(1 - left, 0, 1)
    return cut
