"""What the panel Inside says: of a layer with the numbers of this network and this photo, of a map, of one number."""

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QCoreApplication

from alexnet_app.core.network.layers import Convolution, Dense
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.ui.inside.jobs import Off, Seen
from alexnet_app.ui.parts.numbers import shown

if TYPE_CHECKING:  # torch comes with some of these
    from alexnet_app.core.insight.activations import Shown
    from alexnet_app.core.insight.arithmetic import Arithmetic
    from alexnet_app.core.insight.flow import Meeting

MINUS = "−"  # as wide as a plus


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("inside", text)


def said(text: str, **values: object) -> str:
    """``text`` with ``values`` in its places."""
    return text.format(**shown(**values))


def _signed(text: str) -> str:
    """``text`` with a minus that is as wide as a plus."""
    return text.replace("-", MINUS)


def step_name(step: str) -> str:
    """What is there after a step of a layer; "" is its products with the bias."""
    return {
        "": tr("the weighted sums"),
        "relu": tr("after the ReLU"),
        "tanh": tr("after tanh"),
        "norm": tr("after normalization"),
        "map-norm": tr("after normalization within maps"),
        "pool": tr("after pooling"),
    }[step]


def size(spec: NetworkSpec, layer: str) -> str:
    """The size of one tower's part of a layer, such as "2 × 48 × 55²"."""
    row = {each.name: each for each in spec.figures()}[layer]
    parts = len(spec.tower_slices(layer))
    each = row.maps // parts
    count = said(tr("{parts} × {each:,}"), parts=parts, each=each) if parts > 1 else said(tr("{each:,}"), each=each)
    return count if row.side == 1 else said(tr("{count} × {side}²"), count=count, side=row.side)


def about_layer(seen: Seen, layer: str, met: "Meeting | None") -> str:
    """What a layer does, in a few sentences with the numbers of this network and this photo."""
    return " ".join(_about(seen, layer, met))


def _about(seen: Seen, layer: str, met: "Meeting | None") -> Iterator[str]:
    spec = seen.spec
    chosen = next(each for each in spec.layers if each.name == layer)
    own = [each for each in seen.shown if each.layer == layer]
    if isinstance(chosen, Convolution):
        yield _convolution(spec, chosen)
    else:
        yield _dense(spec, chosen)
    if met is not None:
        yield _meeting(met)
    for before, here in pairwise(own):
        yield from _step(spec, before, here)
    if isinstance(chosen, Dense) and chosen.dropout:
        yield said(
            tr(
                "In training {share:.0%} of its inputs are 0 at each step, chosen by chance (dropout, section 4.2); "
                "now all are there."
            ),
            share=chosen.dropout,
        )


def _convolution(spec: NetworkSpec, layer: Convolution) -> str:
    row = {each.name: each for each in spec.figures()}[layer.name]
    maps = row.inputs // layer.size**2
    text = tr(
        "{layer} lays {kernels:,} kernels of {size} × {size} × {maps:,} on the {what}, at {places:,} places each, and "
        "adds up the products (section 3.5)."
    )
    first = layer is spec.convolutions[0]
    what = tr("photo") if first else tr("maps of the layer before")
    return said(
        text, layer=layer.name, kernels=layer.kernels, size=layer.size, maps=maps, what=what, places=row.side**2
    )


def _dense(spec: NetworkSpec, layer: Dense) -> str:
    row = {each.name: each for each in spec.figures()}[layer.name]
    if layer is spec.dense[-1]:
        return said(
            tr(
                "{layer} gives each of the {units:,} classes a score, a weighted sum of {inputs:,} numbers; the "
                "softmax makes probabilities of them."
            ),
            layer=layer.name,
            units=layer.units,
            inputs=row.inputs,
        )
    return said(
        tr("{layer} has {units:,} units, each a weighted sum of {inputs:,} numbers of the layer before."),
        layer=layer.name,
        units=layer.units,
        inputs=row.inputs,
    )


def _meeting(met: "Meeting") -> str:
    """Where towers meet: what really flows over for this photo, beside what the weights alone would say."""
    flow = met.flow_shares
    if len(met.readers) == 1:
        return said(
            tr("The classes read both towers: {a:.0%} of what flows in comes from tower A, {b:.0%} from tower B."),
            a=float(flow[0, 0]),
            b=float(flow[0, 1]),
        )
    return said(
        tr(
            "Here the towers meet (section 3.2): of what flows into tower A {b:.0%} comes from tower B, of what flows"
            " into tower B {a:.0%} comes from tower A."
        ),
        b=float(flow[0, 1]),
        a=float(flow[1, 0]),
    )


def _step(spec: NetworkSpec, before: "Shown", here: "Shown") -> Iterator[str]:
    if here.step == "relu":
        zero = float((here.values <= 0).mean())
        yield said(tr("The ReLU makes 0 of what is below 0, here {zero:.0%} of the numbers (section 3.1)."), zero=zero)
    elif here.step == "norm":
        yield _normalization(spec, before, here)
    elif here.step == "pool":
        yield said(
            tr(
                "The pool keeps the largest of every {size} × {size} numbers, {stride} apart: {before} × {before} "
                "become {after} × {after} (section 3.4)."
            ),
            size=spec.pool.size,
            stride=spec.pool.stride,
            before=before.values.shape[1],
            after=here.values.shape[1],
        )


def _normalization(spec: NetworkSpec, before: "Shown", here: "Shown") -> str:
    constant = spec.norm.k**-spec.norm.beta
    there = before.values != 0
    ratio = here.values[there] / before.values[there] / constant if there.any() else np.ones(1)
    return said(
        tr(
            "Response normalization (section 3.3) divides each number by what {size} neighbouring maps say at its "
            "place: beyond a constant factor of {constant:.2f} the median number loses {median:.1%}, and one in a "
            "hundred more than {most:.0%}."
        ),
        size=spec.norm.size,
        constant=constant,
        median=max(0.0, float(1 - np.median(ratio))),
        most=max(0.0, float(1 - np.quantile(ratio, 0.01))),
    )


def unit_title(spec: NetworkSpec, layer: str, unit: int) -> str:
    """The name of a map or a unit, with its tower."""
    is_map = layer in {each.name for each in spec.convolutions}
    tower = spec.tower_of(layer, unit)
    text = tr("Map {number:,} of {layer}") if is_map else tr("Unit {number:,} of {layer}")
    name = said(text, number=unit + 1, layer=layer)
    return said(tr("{name}, tower {tower}"), name=name, tower=tower) if tower else name


def peak(title: str, value: float) -> str:
    """A map, and its largest value."""
    return said(tr("{title}: {value:.3g}"), title=title, value=value)


def value_at(row: int, column: int, value: float) -> str:
    """A number of a map, and its place from 1."""
    return _signed(said(tr("Row {row}, column {column}: {value:.4g}"), row=row + 1, column=column + 1, value=value))


def strongest_at(row: int, column: int, value: float) -> str:
    """Where a map is strongest."""
    text = tr("Strongest at row {row}, column {column}: {value:.4g}")
    return _signed(said(text, row=row + 1, column=column + 1, value=value))


def walk(found: "Arithmetic") -> str:
    """The products, the bias and what follows, as one sum."""
    total = float(found.products.sum())
    text = tr("Products {total:.4f} + bias {bias:.4f} = {value:.4f}")
    parts = [said(text, total=total, bias=found.bias, value=found.value).replace("-", MINUS)]
    for step, value in found.followed:
        if step == "norm" and found.normalized is not None and found.normalized.before:
            cut = found.normalized
            text = tr("normalization leaves {share:.0%}: {value:.4f}")
            parts.append(said(text, share=cut.share, value=value))
        else:
            parts.append(said(tr("{step}: {value:.4f}"), step=step_name(step), value=value))
    return " → ".join(parts)


def before_the_pool() -> str:
    """Why the number of a pool is not taken apart."""
    return tr("The largest of the numbers in its window; choose a step before the pool to see how those come about.")


def inputs_used(found: "Arithmetic", maps: "list[int]") -> str:
    """Which input maps the pictures show, and what each adds."""
    sums = found.products.sum(axis=(1, 2)).tolist()
    pairs = ((found.first_map + at + 1, sums[at]) for at in maps)
    each = ", ".join(said(tr("{number:,} ({sum:+.3f})"), number=number, sum=value) for number, value in pairs)
    text = tr("The {shown} of {all:,} input maps that add most: {each}")
    return said(text, shown=len(maps), all=len(sums), each=each.replace("-", MINUS))


def off(now: Off, spec: NetworkSpec) -> str:
    """What is switched off, in words."""
    parts = [tr("tower A"), tr("tower B")][now.tower : now.tower + 1] if now.tower is not None else []
    parts += [] if now.normalization else [tr("normalization")]
    parts += [_lower(unit_title(spec, *unit)) for unit in now.units]
    return said(tr("Without {what}"), what=", ".join(parts)) if parts else tr("Everything on")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
