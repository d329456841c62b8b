"""In what a network differs from the paper's text, and why: computed from its spec, so that nothing is forgotten."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from alexnet_app.core.network.layer_table import sees, window
from alexnet_app.core.network.layers import Convolution, Norm
from alexnet_app.core.network.reasons import ABLATED, ALWAYS, OF_VARIANT, UNKNOWN, UNSCALED
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import KNOWN, PAPER, variant

Values = Mapping[str, str]  # of an aspect: by layer, or under "" for the whole network

# what is compared, in the order in which it is told
ASPECTS: Mapping[str, str] = {
    "picture": "Images",
    "crop": "Input crops",
    "overhang": "Pixels padded on the right and bottom",
    "mean": "Subtracted from each pixel",
    "scale": "Each pixel is multiplied by",
    "layers": "Layers",
    "towers": "Towers",
    "kernels": "Kernels of the convolutions",
    "units": "Units of the hidden dense layers",
    "classes": "Classes",
    "window": "Kernel size",
    "shared": "Kernels across positions",
    "sees": "Input of a unit",
    "activation": "Nonlinearity",
    "norm": "Response normalization",
    "k": "Normalization: k",
    "n": "Normalization: number of maps summed",
    "alpha": "Normalization: α, which multiplies the sum",
    "beta": "Normalization: β",
    "across": "Normalization: across maps of",
    "map-norm": "Normalization within maps",
    "pools": "Max-pooling",
    "pool": "Pooling size",
    "ceil": "Pooling at the edge",
    "order": "Order of steps",
    "dropout": "Dropout",
    "dropping": "Dropout: scaling of the outputs",
    "start": "Initial weights, standard deviation",
    "bias": "Initial biases",
    "decay": "Weight decay, relative to the run's",
}
COUNTED = ("norm", "pools")  # told as the layers that have it
ROWED = ("kernels", "units", "layers")  # told in a row, all of them


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as in the paper: what, how the paper has it, how it is here, and why, in a sentence."""

    what: str
    paper: str
    here: str
    reason: str


def differences(spec: NetworkSpec) -> tuple[Difference, ...]:
    """In what ``spec`` differs from the paper, in the order of ASPECTS.

    The paper is "alexnet-2012" but for what is printed otherwise: crops of 224, α not divided by n, outputs halved
    when answering where dropout is. Training is not compared, only the network.
    """
    paper, here = _aspects(_as_printed()) | {"dropping": {"": "halved at test time"}}, _aspects(spec)
    changed = [key for key in ASPECTS if key in here and _differ(key, paper[key], here[key])]
    return tuple(
        Difference(ASPECTS[key], *_told(key, paper[key], here[key]), _reason(spec, key, here[key], paper[key]))
        for key in changed
    )


def _as_printed() -> NetworkSpec:
    return variant(PAPER, input_size=224, norm=Norm(alpha=5e-4))  # in torch's terms, which divide by 5


def _aspects(spec: NetworkSpec) -> dict[str, Values]:
    """Every aspect of ``spec`` in words; those that mean nothing in it are left out."""
    steps = {each.name: each.then for each in spec.convolutions}
    used = {step for each in steps.values() for step in each}
    found: dict[str, Values] = {
        **_whole(spec),
        "kernels": {each.name: f"{each.kernels:,}" for each in spec.convolutions},
        "units": {each.name: f"{each.units:,}" for each in spec.dense[:-1]},
        "layers": {each.name: each.name for each in spec.layers},
        "window": {each.name: window(each) for each in spec.convolutions},
        "shared": {each.name: _shared(each) for each in spec.convolutions},
        "activation": {name: _activation(each) for name, each in steps.items()}
        | {each.name: _activation((each.then,)) for each in spec.dense[:-1]},
        "norm": {name: str(each.count("norm")) for name, each in steps.items()},
        "pools": {name: str(each.count("pool")) for name, each in steps.items()},
        "order": {name: _order(each) for name, each in steps.items()},
        "dropout": {each.name: f"{each.dropout:g}" for each in spec.dense},
        "start": {each.name: _start(each.start) for each in spec.layers},
        "bias": {each.name: f"{each.bias:g}" for each in spec.layers},
        "decay": {each.name: f"{each.decay:g}" for each in spec.layers},
        "map-norm": {"": _map_norm(spec)},
    }
    if spec.towers > 1:
        found["sees"] = {each.name: sees(spec, each) for each in spec.layers}
    if "norm" in used:
        found |= _norm(spec.norm) | ({"across": {"": _across(spec)}} if spec.towers > 1 else {})
    if "pool" in used:
        found |= {
            "pool": {"": f"{spec.pool.size} × {spec.pool.size}, stride {spec.pool.stride}"},
            "ceil": {"": "the last window may overhang" if spec.pool.ceil else "no window overhangs"},
        }
    if any(each.dropout for each in spec.dense):
        found["dropping"] = {"": "scaled by 1 / (1 − dropout rate) in training"}
    return found


def _whole(spec: NetworkSpec) -> dict[str, Values]:
    scale = spec.input_scale
    scales = scale if isinstance(scale, tuple) else (scale,)
    return {
        "picture": {"": f"{spec.picture_size} × {spec.picture_size}"},
        "crop": {"": f"{spec.input_size} × {spec.input_size}"},
        "overhang": {"": str(spec.overhang) if spec.overhang else "none"},
        "mean": {"": "the mean image" if spec.mean == "picture" else "the mean of its channel"},
        "scale": {"": ", ".join(f"{each:.4g}" if each < 1 else f"{each:g}" for each in scales)},
        "towers": {"": "two" if spec.towers == 2 else "none, one column"},
        "classes": {"": f"{spec.classes:,}"},
    }


def _norm(norm: Norm) -> dict[str, Values]:
    return {
        "k": {"": f"{norm.k:g}"},
        "n": {"": str(norm.size)},
        "alpha": {"": _plain(norm.alpha / norm.size)},
        "beta": {"": f"{norm.beta:g}"},
    }


def _across(spec: NetworkSpec) -> str:
    return "the same tower" if spec.norm.across == "tower" else "both towers"


def _map_norm(spec: NetworkSpec) -> str:
    layers = [each.name for each in spec.convolutions for step in each.then if step == "map-norm"]
    norm = spec.map_norm
    said = f"k = {norm.k:g}, α = {_plain(norm.alpha / norm.size**2)}, β = {norm.beta:g}"
    return f"after {', '.join(layers)}: {norm.size} × {norm.size} neighbours, {said}" if layers else "none"


def _shared(layer: Convolution) -> str:
    return "shared across positions" if layer.shared else "different at each position"


def _activation(steps: tuple[str, ...]) -> str:
    names = {"relu": "ReLU", "tanh": "tanh"}
    return ", ".join(names[step] for step in steps if step in names) or "none"


def _order(steps: tuple[str, ...]) -> str:
    names = {"relu": "nonlinearity", "tanh": "nonlinearity", "norm": "LRN", "map-norm": "norm within maps"}
    return ", ".join(names.get(step, "max-pool") for step in steps)


def _plain(value: float) -> str:
    return f"{value:.4g}" if value >= 1e-4 or not value else f"{value:.12f}".rstrip("0").rstrip(".")


def _start(value: float | str) -> str:
    return "√(2 / inputs of a unit)" if value == "fan-in" else f"{value:g}"


def _differ(key: str, one: Values, other: Values) -> bool:
    """Whether they differ in a layer that both have; where the layers are others, whether other values are in it."""
    if key == "order":
        return any(_common_steps(one[name], other[name]) for name in one if name in other)
    if any(one[name] != other[name] for name in one if name in other):
        return True
    return one.keys() != other.keys() and (key == "layers" or set(one.values()) != set(other.values()))


def _common_steps(one: str, other: str) -> tuple[str, str] | None:
    """The steps that both have, in the order of each; None where that is the same order."""
    ours, theirs = one.split(", "), other.split(", ")
    both = Counter(ours) & Counter(theirs)
    first, second = ([step for step in each if step in both] for each in (ours, theirs))
    return (", ".join(first), ", ".join(second)) if list(dict.fromkeys(first)) != list(dict.fromkeys(second)) else None


def _told(key: str, paper: Values, here: Values) -> tuple[str, str]:
    """How each has it, with the layers where they differ."""
    if key in ROWED:
        return ", ".join(paper.values()) or "none", ", ".join(here.values()) or "none"
    if key in COUNTED:
        return _after(paper), _after(here)
    if key == "dropout":
        return _dropped(paper), _dropped(here)
    if key == "order":
        found = {name: _common_steps(paper[name], here[name]) for name in paper if name in here}
        pairs = {name: pair for name, pair in found.items() if pair}
        return _grouped({name: pair[0] for name, pair in pairs.items()}), _grouped(
            {name: pair[1] for name, pair in pairs.items()}
        )
    return _by_layer(paper, here), _by_layer(here, paper)


def _after(values: Values) -> str:
    names = [name if count == "1" else f"{name} ({count} ×)" for name, count in values.items() if count != "0"]
    return f"after {', '.join(names)}" if names else "none"


def _by_layer(values: Values, others: Values) -> str:
    """The values where they are not those of ``others``: "conv3, conv4: 0.03"."""
    changed = {name: value for name, value in values.items() if others.get(name) != value}
    if "" in changed or (len(changed) == len(values) > 1 and len(set(changed.values())) == 1):
        return next(iter(changed.values()))
    return _grouped(changed)


def _grouped(values: Values) -> str:
    return "; ".join(f"{', '.join(names)}: {value}" for value, names in _names(values).items())


def _dropped(values: Values) -> str:
    groups = _names({name: share for name, share in values.items() if share != "0"})
    return "; ".join(f"{share} of the inputs of {', '.join(names)}" for share, names in groups.items()) or "none"


def _names(values: Values) -> dict[str, list[str]]:
    """The layers by their value."""
    found: dict[str, list[str]] = {}
    for name, value in values.items():
        found.setdefault(value, []).append(name)
    return found


def _reason(spec: NetworkSpec, key: str, here: Values, paper: Values) -> str:
    """Why: the variant's reason, or that of what was changed in it, or both."""
    if key in ALWAYS:
        return _sentence([ALWAYS[key]])
    if spec.name not in KNOWN:
        return _sentence([UNKNOWN])
    base = _aspects(KNOWN[spec.name].with_classes(spec.classes)).get(key)
    changed = base is None or _differ(key, base, here)
    if changed and key == "alpha" and spec.norm.alpha:
        return _sentence([UNSCALED if _is_unscaled(spec) else UNKNOWN])
    if changed and key not in ABLATED:
        return _sentence([UNKNOWN])
    reasons = [OF_VARIANT[spec.name].get(key, UNKNOWN)] if base is not None and _differ(key, paper, base) else []
    return _sentence([*reasons, ABLATED[key]] if changed else reasons)


def _is_unscaled(spec: NetworkSpec) -> bool:
    """Whether α is that of pixels on 0–255 though they are scaled, as in the small networks of older versions."""
    return spec.input_scale != 1 and spec.norm.alpha == KNOWN[PAPER].norm.alpha


def _sentence(reasons: list[str]) -> str:
    text = "; ".join(reasons)
    return f"{text[:1].upper()}{text[1:]}."
