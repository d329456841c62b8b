"""The two towers apart, the paper's own way: each computes its half, and they meet where a layer sees both.

Each may have a device of its own, as in 2012. On one GPU two halves are quicker than grouped convolutions.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from alexnet_app.core.network.alexnet import AlexNet, follow
from alexnet_app.core.network.functions.fused import convolved, fused, on_gpu
from alexnet_app.core.network.functions.linear import Linear, scores_of
from alexnet_app.core.network.layers import Convolution, Dense
from alexnet_app.core.network.meetings import between_meetings, check_towers
from alexnet_app.core.network.spec import NetworkSpec


class TowersApart(nn.Module):
    """The network of ``spec`` with tower A on the first device and tower B on the second (section 3.2, Figure 2).

    Both may be the same: on one GPU the towers compute side by side, each on a stream of its own. ``forward`` takes and
    gives what ``AlexNet`` does. The pictures go to both devices; where a layer sees both towers each tower gets the
    other's maps, and their gradients go back the same way. The classes are computed on the first device from both
    towers, as in the released source. The state dict is that of ``AlexNet``, a copy put together on the first device:
    the same names, whole shapes, tower A first. Raises UserError for a network that has no towers, or whose towers do
    not normalize alone.
    """

    def __init__(self, spec: NetworkSpec, devices: Sequence[torch.device | str]) -> None:
        super().__init__()
        check_towers(spec)
        first, second = devices
        self.spec, self.devices = spec, (torch.device(first), torch.device(second))
        self._together = self.devices[0] == self.devices[1]
        with torch.device("meta"):
            self.towers = nn.ModuleList([_tower(spec, spec.layers), _tower(spec, spec.layers[:-1])])
        for tower, device in zip(self.towers, self.devices, strict=True):
            tower.to_empty(device=device)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.zero_()
        self._copies: list[int] = []
        self._streams: tuple[torch.cuda.Stream, ...] = ()
        self.register_state_dict_post_hook(_join)  # type: ignore[no-untyped-call]
        self.register_load_state_dict_pre_hook(_split)  # type: ignore[no-untyped-call]

    @property
    def side_streams(self) -> tuple[torch.cuda.Stream, ...]:
        """Those on which the towers compute beside the stream that this is called on, where there are any."""
        return self._streams

    def parts(self, name: str) -> tuple[nn.Parameter, ...]:
        """What holds the parameter ``name``, such as "conv1.weight": tower A's part and tower B's if it has one."""
        found = (dict(tower.named_parameters()).get(name) for tower in self.towers)
        return tuple(each for each in found if each is not None)

    def initialize(self, chance: torch.Generator) -> None:
        """Start values after the spec: the same numbers that ``AlexNet`` gets from ``chance``."""
        whole_network = AlexNet(self.spec)
        whole_network.initialize(chance)
        self.load_state_dict(whole_network.state_dict())

    def exchanged(self) -> int:
        """Bytes that went from tower to tower, forward and back, since the last ``forward`` began.

        Also where both devices are the same one, so that nothing had to be copied. The pictures themselves are not
        counted.
        """
        return sum(self._copies)

    def forward(self, x: Tensor, chance: torch.Generator | None = None) -> Tensor:
        """The scores of the classes, on the first device. ``chance`` draws dropout's masks there, as for ``AlexNet``.

        The second device draws them again from a twin of it, so they need not be sent.
        """
        self._copies.clear()
        chances = (chance, None if self._together else _twin(chance, self.devices[1]))
        halves = [half.flatten(1) for half in self._features(x)]
        *hidden, classes = self.spec.dense
        for dense in hidden:
            halves = self._through(dense, self._dropped(dense, halves, chances))
            halves = [self._follow(dense.then, half) for half in halves]
        own, other = self._dropped(classes, halves, chances)
        both = torch.cat([own, self._sent(other, self.devices[0])], dim=1)
        return scores_of(self.towers[0].get_submodule(classes.name), both)

    def _features(self, x: Tensor) -> list[Tensor]:
        """Each tower's maps after the last convolution and what follows it."""
        if self.spec.overhang:
            x = F.pad(x, (0, self.spec.overhang, 0, self.spec.overhang))
        first, *layers = self.spec.convolutions
        if self._together and on_gpu(x):
            halves = self._first(first, x)
        else:
            halves = self._apart([first], [x.to(device, non_blocking=True) for device in self.devices])
        for alone in between_meetings(layers):
            if alone[0].sees == "both":
                halves = self._both(*halves)
            halves = self._apart(alone, halves)
        return halves

    def _apart(self, layers: Sequence[Convolution], halves: list[Tensor]) -> list[Tensor]:
        """What each tower's halves of ``layers``, between which the towers do not meet, make of what it sees."""
        made = []
        with self._side_by_side(halves) as sides:
            for tower, half, side in zip(self.towers, halves, sides, strict=True):
                with side:
                    made.append(self._tower(tower, layers, half))
        return made

    def _tower(self, tower: nn.Module, layers: Sequence[Convolution], x: Tensor) -> Tensor:
        for layer in layers:
            x, steps = convolved(tower.get_submodule(layer.name), x, layer.then, self.spec.norm, towers=1)
            for step in steps:
                x = self._follow(step, x)
        return x

    def _first(self, layer: Convolution, x: Tensor) -> list[Tensor]:
        """What conv1 and what follows make of the pictures, whole: both towers see them, and one GPU has both."""
        parts = [cast("nn.Conv2d", tower.get_submodule(layer.name)) for tower in self.towers]
        weight, bias = torch.cat([each.weight for each in parts]), torch.cat([_bias(each) for each in parts])
        x, steps = fused(x, weight, bias, (layer.stride, layer.padding, 1), layer.then, self.spec.norm, towers=2)
        for step in steps:
            x = follow(step, x, self.spec, towers=2, reuse=self.training)
        return [half.contiguous(memory_format=torch.channels_last) for half in x.chunk(2, dim=1)]

    @contextmanager
    def _side_by_side(self, halves: list[Tensor]) -> Iterator[tuple[AbstractContextManager[object], ...]]:
        """Where each tower computes: on one GPU on a stream of its own, and the one that goes on waits for both."""
        if not (self._together and halves[0].is_cuda):
            yield nullcontext(), nullcontext()
            return
        here = torch.cuda.current_stream(self.devices[0])
        self._streams = self._streams or tuple(torch.cuda.Stream(device) for device in self.devices)
        for stream, half in zip(self._streams, halves, strict=True):
            stream.wait_stream(here)
            half.record_stream(stream)  # its memory is not of that stream, which may still read when it is let go
        try:
            yield tuple(torch.cuda.stream(stream) for stream in self._streams)
        finally:
            for stream in self._streams:
                here.wait_stream(stream)

    def _through(self, dense: Dense, halves: list[Tensor]) -> list[Tensor]:
        """What each tower's half of ``dense`` makes of its own units, or of both towers' where it sees them."""
        if dense.sees == "both":
            halves = self._both(*halves)
        return [tower.get_submodule(dense.name)(x) for tower, x in zip(self.towers, halves, strict=True)]

    def _both(self, a: Tensor, b: Tensor) -> list[Tensor]:
        """Both towers' maps, on each device."""
        there, back = self._sent(a, self.devices[1]), self._sent(b, self.devices[0])
        if self._together:
            return [torch.cat([there, back], dim=1)] * 2
        return [torch.cat([a, back], dim=1), torch.cat([there, b], dim=1)]

    def _follow(self, step: str, half: Tensor) -> Tensor:
        return follow(step, half, self.spec, towers=1, reuse=self.training)  # a tower is alone on its device

    def _dropped(self, dense: Dense, halves: list[Tensor], chances: Sequence[torch.Generator | None]) -> list[Tensor]:
        """Dropout of the inputs of ``dense``: the mask of both towers is drawn, each takes its half."""
        if not (self.training and dense.dropout):
            return halves
        kept = 1 - dense.dropout

        def drawn(half: Tensor, chance: torch.Generator | None) -> tuple[Tensor, ...]:
            both = half.new_empty(len(half), 2 * half.shape[1])
            return both.bernoulli_(kept, generator=chance).div_(kept).chunk(2, dim=1)

        a, b = halves
        first = drawn(a, chances[0])
        return [a * first[0], b * (first if self._together else drawn(b, chances[1]))[1]]

    def _sent(self, x: Tensor, device: torch.device) -> Tensor:
        return cast("Tensor", _Bridge.apply(x, device, self._copies))


Network: TypeAlias = AlexNet | TowersApart


def whole(parts: Sequence[Tensor]) -> Tensor:
    """The tensor that ``parts`` hold together, tower A first, on the device of the first."""
    return parts[0] if len(parts) == 1 else torch.cat([part.to(parts[0].device) for part in parts])


class _Bridge(torch.autograd.Function):
    """A copy to the other device whose gradient comes back; each notes its bytes."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, device: torch.device, copies: list[int]) -> Tensor:
        ctx.home, ctx.copies = x.device, copies
        copies.append(x.nbytes)
        return x.to(device, non_blocking=True)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        ctx.copies.append(grad.nbytes)  # the two devices' threads of autograd add to one list, which they may
        return grad.to(ctx.home, non_blocking=True), None, None


def _tower(spec: NetworkSpec, layers: Sequence[Convolution | Dense]) -> nn.ModuleDict:
    """Half of the units of each of ``layers``, but all classes of the last one."""
    inputs = {row.name: row.inputs for row in spec.figures()}
    return nn.ModuleDict(
        {
            layer.name: _convolution(layer, inputs[layer.name])
            if isinstance(layer, Convolution)
            else Linear(inputs[layer.name], layer.units if layer is spec.layers[-1] else layer.units // 2)
            for layer in layers
        }
    )


def _bias(layer: nn.Conv2d) -> Tensor:
    return cast("Tensor", layer.bias)


def _convolution(layer: Convolution, inputs: int) -> nn.Module:
    return nn.Conv2d(inputs // layer.size**2, layer.kernels // 2, layer.size, layer.stride, layer.padding)


def _twin(chance: torch.Generator | None, device: torch.device) -> torch.Generator | None:
    """A generator on ``device`` that gives the numbers that ``chance`` gives on a device of the same kind."""
    if chance is None:
        return None
    twin = torch.Generator(device)
    twin.set_state(chance.get_state())
    return twin


def _names(spec: NetworkSpec) -> list[str]:
    return [f"{layer.name}.{kind}" for layer in spec.layers for kind in ("weight", "bias")]


def _join(module: TowersApart, state: dict[str, Tensor], prefix: str, *_: object) -> None:
    """Puts the parts of each parameter together under the name that ``AlexNet`` has for it."""
    for name in _names(module.spec):
        keys = [f"{prefix}towers.{index}.{name}" for index in range(len(module.parts(name)))]
        state[f"{prefix}{name}"] = whole([state.pop(key) for key in keys])


def _split(module: TowersApart, state: dict[str, Tensor], prefix: str, *_: object) -> None:
    """Gives each tower its part of the weights under ``AlexNet``'s names."""
    for name in _names(module.spec):
        if f"{prefix}{name}" in state:
            for index, part in enumerate(state.pop(f"{prefix}{name}").chunk(len(module.parts(name)))):
                state[f"{prefix}towers.{index}.{name}"] = part
