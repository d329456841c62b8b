"""AlexNet as a module: the layers of a NetworkSpec, the two towers as groups of channels."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from alexnet_app.core.network.lrn import local_response_norm
from alexnet_app.core.network.spec import Convolution, Dense, NetworkSpec

PIXEL_SPREAD = 64  # about the standard deviation of natural pixels on 0–255


class AlexNet(nn.Module):
    """The network of ``spec``: modules ``conv1`` … ``fc8``, tower A in the first half of each layer's units.

    ``forward`` takes (N, 3, S, S) with S = ``spec.input_size``, values (pixel − mean) × ``spec.input_scale``, and gives
    (N, classes) before the softmax. Layers whose kernels see their own tower only are grouped convolutions with
    ``groups=2``. Weights are zero until ``initialize`` or ``load_state_dict``; device "meta" gives shapes only.
    """

    def __init__(self, spec: NetworkSpec, device: torch.device | str = "cpu") -> None:
        super().__init__()
        self.spec = spec
        with torch.device("meta"):  # no start values that would be drawn from global chance and thrown away
            self._build(spec)
        self.to_empty(device=device)
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.zero_()
        self.register_load_state_dict_pre_hook(_rename_sequential)  # type: ignore[no-untyped-call]

    def _build(self, spec: NetworkSpec) -> None:
        rows = {row.name: row for row in spec.figures()}
        maps = 3
        for layer in spec.convolutions:
            self.add_module(layer.name, _convolution(layer, maps, rows[layer.name].side, spec.towers))
            maps = layer.kernels
        for dense in spec.dense:
            self.add_module(dense.name, nn.Linear(rows[dense.name].multiply_adds // dense.units, dense.units))

    def forward(self, x: Tensor, chance: torch.Generator | None = None) -> Tensor:
        """The scores of the classes. ``chance`` draws dropout's masks in training, on the device of ``x``."""
        x = self.features(x).flatten(1)
        for dense in self.spec.dense:
            if self.training and dense.dropout:
                x = drop(x, dense.dropout, chance)
            x = self.get_submodule(dense.name)(x)
            if dense is not self.spec.dense[-1]:
                x = F.relu(x)
        return x

    def features(self, x: Tensor) -> Tensor:
        """The maps after the last convolution and what follows it."""
        if self.spec.overhang:
            x = F.pad(x, (0, self.spec.overhang, 0, self.spec.overhang))
        for layer in self.spec.convolutions:
            x = self.get_submodule(layer.name)(x)
            for step in layer.then:
                x = self._follow(step, x)
        return x

    def _follow(self, step: str, x: Tensor) -> Tensor:
        norm, pool = self.spec.norm, self.spec.pool
        match step:
            case "relu":
                return F.relu(x)
            case "norm":
                return local_response_norm(x, norm.size, norm.alpha, norm.beta, norm.k, self.spec.towers)
            case "pool":
                return F.max_pool2d(x, pool.size, pool.stride, ceil_mode=pool.ceil)
        raise ValueError(step)

    def initialize(self, chance: torch.Generator) -> None:
        """Start values after the spec (section 5): normal weights, constant biases."""
        with torch.no_grad():
            for layer in self.spec.layers:
                module = self.get_submodule(layer.name)
                weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
                fan_in = weight[0].numel() if isinstance(layer, Dense) or layer.shared else weight.shape[-1]
                start = (2 / fan_in) ** 0.5 if layer.start == "fan-in" else layer.start
                if layer.start == "fan-in" and layer is self.spec.layers[0]:
                    start /= PIXEL_SPREAD * self.spec.input_scale  # the inputs of the others spread by about 1
                # drawn on the CPU in the plain layout: the same start on every device
                drawn = torch.empty(weight.shape).normal_(0.0, start, generator=chance)
                weight.copy_(drawn)
                bias.fill_(layer.bias)


class LocallyConnected(nn.Module):
    """A convolution whose every position has kernels of its own.

    ``weight`` is (positions, kernels, channels · size · size), ``bias`` (positions, kernels).
    """

    def __init__(self, layer: Convolution, maps: int, side: int) -> None:
        super().__init__()
        self.size, self.stride, self.padding, self.side = layer.size, layer.stride, layer.padding, side
        self.weight = nn.Parameter(torch.empty(side**2, layer.kernels, maps * layer.size**2))
        self.bias = nn.Parameter(torch.empty(side**2, layer.kernels))

    def forward(self, x: Tensor) -> Tensor:
        """(N, maps, side, side) → (N, kernels, side, side)."""
        patches = F.unfold(x, self.size, padding=self.padding, stride=self.stride).permute(2, 0, 1)
        scores = torch.baddbmm(self.bias.unsqueeze(1).to(patches.dtype), patches, self.weight.transpose(1, 2))
        return scores.permute(1, 2, 0).reshape(len(x), -1, self.side, self.side)


def drop(x: Tensor, share: float, chance: torch.Generator | None) -> Tensor:
    """Sets ``share`` of the values to zero and scales the rest by 1 / (1 − share).

    The paper halves the outputs at test time instead (section 4.2): the same expectation.
    """
    kept = torch.empty_like(x).bernoulli_(1 - share, generator=chance)
    return x * kept.div_(1 - share)


def _convolution(layer: Convolution, maps: int, side: int, towers: int) -> nn.Module:
    if not layer.shared:
        return LocallyConnected(layer, maps, side)
    groups = towers if layer.sees == "own" else 1
    return nn.Conv2d(maps, layer.kernels, layer.size, layer.stride, layer.padding, groups=groups)


def _rename_sequential(module: AlexNet, state: dict[str, Tensor], prefix: str, *_: object) -> None:
    """Lets weights of the listing in two ``Sequential``s, ``features.N`` and ``classifier.N``, load under our names."""
    parts = {
        "features": [layer.name for layer in module.spec.convolutions],
        "classifier": [layer.name for layer in module.spec.dense],
    }
    for part, names in parts.items():
        start = f"{prefix}{part}."
        numbers = sorted({int(key[len(start) :].split(".")[0]) for key in state if key.startswith(start)})
        for number, name in zip(numbers, names, strict=False):
            for kind in ("weight", "bias"):
                if f"{start}{number}.{kind}" in state:
                    state[f"{prefix}{name}.{kind}"] = state.pop(f"{start}{number}.{kind}")
