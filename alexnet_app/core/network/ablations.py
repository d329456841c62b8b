"""A network with one component switched off or exchanged, as the paper compares (sections 3.1 to 3.4, 4.2)."""

from dataclasses import replace
from typing import Literal

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.layers import Pool, Step
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import PAPER, VARIANTS


def without_normalization(spec: NetworkSpec) -> NetworkSpec:
    """The same network without any response normalization (section 3.3: 1.4 % worse in top-1)."""
    layers = [replace(each, then=_without(each.then, "norm", "map-norm")) for each in spec.convolutions]
    return replace(spec, convolutions=tuple(layers))


def gain_only(spec: NetworkSpec) -> NetworkSpec:
    """The same network with a constant factor in place of its normalization: ``k^-β``, which is what that does to maps
    of zeros. It tells what is left of the normalization's effect where no map is compared with another.
    """
    return replace(spec, norm=replace(spec.norm, alpha=0.0), map_norm=replace(spec.map_norm, alpha=0.0))


def without_dropout(spec: NetworkSpec) -> NetworkSpec:
    """The same network without dropout (section 4.2), as in the paper's Figure 1, which is without regularization."""
    return replace(spec, dense=tuple(replace(each, dropout=0.0) for each in spec.dense))


def gain_is_one(spec: NetworkSpec) -> bool:
    """Whether ``gain_only`` would leave a factor of 1, which is no normalization: k is 1 wherever there is any."""
    used = {step for each in spec.convolutions for step in each.then}
    return all(norm.k == 1 for step, norm in (("norm", spec.norm), ("map-norm", spec.map_norm)) if step in used)


def without_overlap(spec: NetworkSpec, *, older: bool = False) -> NetworkSpec:
    """The same network with pools of 2 × 2 that do not overlap (section 3.4: 0.4 % worse in top-1).

    Whether the last window may hang over the edge is chosen so that all maps keep their sides, because other sides
    would mean other numbers of weights. Raises UserError where neither way keeps them; with ``older`` it then is the
    network of other sides that older versions made.
    """
    plain = replace(spec.pool, size=2, stride=2)
    tries = [replace(spec, pool=replace(plain, ceil=ceil)) for ceil in (False, True)]
    same = [each for each in tries if each.sides() == spec.sides()]
    if not same and older:
        return replace(spec, pool=plain)
    if not same:
        raise UserError(
            "{key} cannot be switched off: with 2 × 2 pooling the maps of {network} become {sides} instead "
            "of {kept}, so networks of different sizes would be compared",
            hint="choose a network whose map sizes stay the same, such as {others}",
            key="ablation.overlap",
            sides=", ".join(map(str, tries[0].sides())),
            kept=", ".join(map(str, spec.sides())),
            network=spec.name,
            others=" or ".join(name for name in that_keep_sides() if name in (PAPER, "cifar-11pct", "photo-towers")),
        )
    return same[0]


def that_keep_sides() -> list[str]:
    """The variants whose pools can be made 2 × 2 without changing the side of any map."""
    found = []
    for name, spec in VARIANTS.items():
        tries = (replace(spec, pool=Pool(2, 2, ceil)) for ceil in (False, True))
        if any(each.sides() == spec.sides() for each in tries):
            found.append(name)
    return found


def with_activation(spec: NetworkSpec, activation: Literal["relu", "tanh"]) -> NetworkSpec:
    """The same network with another nonlinearity (section 3.1)."""
    layers = [
        replace(each, then=tuple(activation if step in ("relu", "tanh") else step for step in each.then))
        for each in spec.convolutions
    ]
    return replace(spec, convolutions=tuple(layers), dense=tuple(replace(each, then=activation) for each in spec.dense))


def one_tower(spec: NetworkSpec) -> NetworkSpec:
    """One tower with half of the kernels, as section 3.2 compares: 1.7 % worse in top-1.

    The last convolution and the dense layers keep their size (the paper's second footnote): they hold most of the
    learned numbers. A network without towers stays as it is.
    """
    if spec.towers == 1:
        return spec
    *halved, last = spec.convolutions
    layers = [replace(each, kernels=each.kernels // 2, sees="both") for each in halved]
    dense = tuple(replace(each, sees="both") for each in spec.dense)
    return replace(spec, towers=1, convolutions=(*layers, replace(last, sees="both")), dense=dense)


def apart(spec: NetworkSpec) -> NetworkSpec:
    """Towers that never talk: every layer but the first reads its own tower, and only the classes read both.

    A normalization over all maps, Caffe's, would let them: it becomes one within each tower.
    """
    return replace(_seeing(spec, "own"), norm=replace(spec.norm, across="tower")) if spec.towers > 1 else spec


def joined(spec: NetworkSpec) -> NetworkSpec:
    """Towers that always talk: every layer reads both, so they are towers by name and by normalization only."""
    return _seeing(spec, "both")


def _seeing(spec: NetworkSpec, sees: Literal["own", "both"]) -> NetworkSpec:
    if spec.towers == 1:
        return spec
    first, *others = spec.convolutions
    *hidden, classes = spec.dense
    return replace(
        spec,
        convolutions=(first, *(replace(each, sees=sees if each.shared else "both") for each in others)),
        dense=(*(replace(each, sees=sees) for each in hidden), classes),
    )


def _without(steps: tuple[Step, ...], *names: Step) -> tuple[Step, ...]:
    return tuple(step for step in steps if step not in names)
