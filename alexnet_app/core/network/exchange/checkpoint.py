"""Where a checkpoint has the weights of a network: beside other things, and below the names of what trained it."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.exchange.recognizing import CLASSIFIER, FEATURES
from alexnet_app.core.network.variants import KNOWN

# of the weights in a checkpoint, the likeliest first
PLACES = (
    *("state_dict", "model_state_dict", "model_state", "net_state_dict", "model", "net", "network", "weights"),
    *("params", "module", "backbone", "student"),
)
# around any module: what trains it on several devices, compiles it or recomputes it
WRAPPERS = {"module", "_orig_mod", "_forward_module", "_fsdp_wrapped_module", "_checkpoint_wrapped_module"}
FIRST = {FEATURES[:-1], CLASSIFIER[:-1], *(layer.name for spec in KNOWN.values() for layer in spec.layers)}
AVERAGED = re.compile(r"(^|[._])(ema|teacher|swa|averaged?|shadow|momentum|target)([._]|$)")
NO_NETWORK = re.compile(r"optim|sched|scaler|grad")
COUNTERS = (torch.int64, torch.int32)
MOST_NESTED, MOST_NETWORKS = 4, 20
MOST_REPEATED = 1 << 28  # bytes of a tensor whose numbers stand for several places; AlexNet's largest has 151 MB
PLAIN = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@dataclass(frozen=True, slots=True)
class Candidate:
    """What may be the weights of a network, by their names in it; ``place`` is where in the file they lie, empty for
    the whole of it, ``left`` what lies beside them and is no part of them, ``metadata`` what torch keeps with them.
    """

    place: str
    tensors: Mapping[str, Any]
    left: tuple[str, ...] = ()
    metadata: Any = None


def candidates_in(loaded: Any) -> list[Candidate]:
    """All that may be weights of one network in what a file holds, the likeliest first; averages after what they are
    of. Raises UserError where there are no weights, or one name is there twice.
    """
    found = [each for place, state in _states(loaded, ()) for each in _networks(place, state)]
    if not found:
        raise UserError("it contains no named weights")
    return sorted(found[:MOST_NETWORKS], key=_rank)


def _rank(candidate: Candidate) -> tuple[bool, int]:
    place = candidate.place.split(".")[0]
    known = PLACES.index(place) if place in PLACES else len(PLACES)
    return bool(AVERAGED.search(candidate.place)), known if place else -1


def _states(value: Any, place: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """The dictionaries with weights in ``value``, and where each lies."""
    if not isinstance(value, Mapping) or len(place) > MOST_NESTED:
        return
    tensors = {key: each for key, each in value.items() if isinstance(key, str) and isinstance(each, Tensor)}
    if any(name.endswith("weight") for name in tensors) or (tensors and len(tensors) == len(value)):
        yield place, value
        return
    for key, each in value.items():
        if isinstance(key, str) and not NO_NETWORK.search(key.lower()):
            yield from _states(each, (*place, key))


def _networks(place: tuple[str, ...], state: Mapping[Any, Any]) -> Iterator[Candidate]:
    """The weights of ``state`` without the names of what a network was in; of each, where it holds several."""
    named = _unwrapped(state)
    groups: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
    for name in named:
        parts = tuple(name.split("."))
        first = next((number for number, part in enumerate(parts) if part in FIRST), None)
        if first is not None:
            groups[parts[:first]].add(name)
    metadata = getattr(state, "_metadata", None)
    cores = [name.removeprefix(_dotted(prefix)) for prefix, names in groups.items() for name in names]
    if len(set(cores)) == len(cores) and len(groups) != 1:  # none, or the parts of one network
        prefixes = sorted(groups, key=len, reverse=True)
        tensors = {_without(name, prefixes): each for name, each in named.items()}
        yield Candidate(".".join(place), tensors, metadata=metadata)
        return
    for prefix in groups:
        begin = _dotted(prefix)
        others = {name for other, names in groups.items() if other != prefix for name in names}
        kept = {
            name.removeprefix(begin): each
            for name, each in named.items()
            if name.startswith(begin) and name not in others
        }
        beside = tuple(name for name in named if not name.startswith(begin) and name not in others)
        yield Candidate(".".join((*place, *prefix)), kept, beside, metadata)


def _dotted(prefix: tuple[str, ...]) -> str:
    return "".join(f"{part}." for part in prefix)


def _without(name: str, prefixes: list[tuple[str, ...]]) -> str:
    begin = next((_dotted(each) for each in prefixes if name.startswith(_dotted(each))), "")
    return name.removeprefix(begin)


def _unwrapped(state: Mapping[Any, Any]) -> dict[str, Any]:
    """Without the names of wrappers, and without what is no weight: counters, and values beside flat weights.

    Raises UserError where two names become one.
    """
    kept = {name: each for name, each in state.items() if _may_be_weight(name, each)}
    plain = {
        ".".join(part for part in str(name).split(".") if part not in WRAPPERS): each for name, each in kept.items()
    }
    if len(plain) < len(kept):
        raise UserError("it contains the weights of more than one network", hint="save the state_dict of one")
    return plain


def _may_be_weight(name: Any, value: Any) -> bool:
    if isinstance(value, Tensor):
        return not (value.dim() == 0 and value.dtype in COUNTERS)
    return str(name).endswith(("weight", "bias"))


def checked(state: Mapping[Any, Any]) -> dict[str, Tensor]:
    """What any file of torch has as weights. Raises UserError where something in it can be none, or where it is empty.

    Whole numbers, and floating-point ones of 8 bits, are weights only together with a scale that is kept elsewhere.
    """
    if not state:
        raise UserError("it contains no named weights")
    for name, value in state.items():
        if not is_plain(value):
            kind = f", but of type {str(value.dtype).removeprefix('torch.')}" if isinstance(value, Tensor) else ""
            raise UserError(
                "{name} in it is not a plain floating-point tensor{kind}",
                hint="save the weights as float32 or float16, before they are quantized" if kind else "",
                name=repr(name)[:100],
                kind=kind,
            )
    return dict(state)


def is_plain(value: Any) -> bool:
    """Whether it is a tensor of numbers that are weights by themselves."""
    usable = isinstance(value, Tensor) and value.layout == torch.strided and value.dtype in PLAIN
    return usable and value.device.type == "cpu"


def own_numbers(name: str, tensor: Tensor) -> Tensor:
    """A copy of ``tensor`` in fp32. Raises UserError where it is large and has fewer numbers than places: a file of a
    few bytes can call one number a tensor of any size.
    """
    size = tensor.numel() * tensor.element_size()
    if size > max(tensor.untyped_storage().nbytes(), MOST_REPEATED):
        raise UserError(
            "{name} in it repeats fewer numbers than its shape {shape} has",
            hint="save the weights with .contiguous()",
            name=repr(name)[:100],
            shape=tuple(tensor.shape),
        )
    return tensor.to(torch.float32, copy=True).contiguous()  # the file may change while the model is used
