"""AlexNet as a module: the layers of a NetworkSpec, the two towers as groups of channels."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from alexnet_app.core.network.functions.fused import convolved
from alexnet_app.core.network.functions.linear import Linear, linear, scores_of
from alexnet_app.core.network.functions.local import LocallyConnected
from alexnet_app.core.network.functions.lrn import local_response_norm
from alexnet_app.core.network.functions.pool import max_pool
from alexnet_app.core.network.layers import Convolution, Dense, Norm
from alexnet_app.core.network.spec import NetworkSpec

PIXEL_SPREAD = 64  # about the standard deviation of natural pixels on 0–255


class AlexNet(nn.Module):
    """The network of ``spec``: modules ``conv1`` … ``fc8``, tower A in the first half of each layer's units.

    ``forward`` takes (N, 3, S, S) with S = ``spec.input_size``, values (pixel − mean) × ``spec.input_scale``, and gives
    (N, classes) before the softmax, in fp32 under autocast too. Layers whose kernels see their own tower only are
    grouped convolutions with ``groups=2``. Weights are zero until ``initialize`` or ``load_state_dict``; device "meta"
    gives shapes only.
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
            inputs = rows[dense.name].inputs
            own = dense.sees == "own" and spec.towers > 1
            self.add_module(dense.name, TowerLinear(inputs, dense.units) if own else Linear(inputs, dense.units))

    def forward(self, x: Tensor, chance: torch.Generator | None = None) -> Tensor:
        """The scores of the classes. ``chance`` draws dropout's masks in training, on the device of ``x``: pictures, or
        what ``features`` made of them, flat (N, values).
        """
        x = self.features(x).flatten(1) if x.dim() > 2 else x
        *hidden, classes = self.spec.dense
        for dense in hidden:
            x = self.get_submodule(dense.name)(self._dropped(dense, x, chance))
            x = self._follow(dense.then, x)
        return scores_of(self.get_submodule(classes.name), self._dropped(classes, x, chance))

    def features(self, x: Tensor) -> Tensor:
        """The maps after the last convolution and what follows it."""
        if self.spec.overhang:
            x = F.pad(x, (0, self.spec.overhang, 0, self.spec.overhang))
        for layer in self.spec.convolutions:
            part = self.get_submodule(layer.name)
            x, steps = convolved(part, x, layer.then, self.spec.norm, self.spec.towers)
            for step in steps:
                x = self._follow(step, x)
        return x

    @property
    def side_streams(self) -> tuple[torch.cuda.Stream, ...]:
        """Streams beside the one that it is called on: none."""
        return ()

    def parts(self, name: str) -> tuple[nn.Parameter, ...]:
        """What holds the parameter ``name``, such as "conv1.weight": here it is whole, on two devices in two."""
        return (self.get_parameter(name),)

    def _dropped(self, dense: Dense, x: Tensor, chance: torch.Generator | None) -> Tensor:
        return drop(x, dense.dropout, chance) if self.training and dense.dropout else x

    def _follow(self, step: str, x: Tensor) -> Tensor:
        reuse = self.training or torch.is_inference_mode_enabled()
        return follow(step, x, self.spec, self.spec.towers, reuse=reuse)

    def initialize(self, chance: torch.Generator) -> None:
        """Start values after the spec (section 5): normal weights, constant biases."""
        with torch.no_grad():
            for layer in self.spec.layers:
                module = self.get_submodule(layer.name)
                weight, bias = module.get_parameter("weight"), module.get_parameter("bias")
                fan_in = weight[0].numel() if isinstance(layer, Dense) or layer.shared else weight.shape[-1]
                start = (2 / fan_in) ** 0.5 if layer.start == "fan-in" else layer.start
                if layer.start == "fan-in" and layer is self.spec.layers[0]:
                    start /= PIXEL_SPREAD * _mean_scale(self.spec)  # the inputs of the others spread by about 1
                # drawn on the CPU in the plain layout: the same start on every device
                drawn = torch.empty(weight.shape).normal_(0.0, start, generator=chance)
                weight.copy_(drawn)
                bias.fill_(layer.bias)


class TowerLinear(nn.Module):
    """A fully connected layer whose units read their own tower only.

    ``weight`` is (units, inputs of one tower), ``bias`` (units); tower A has the first half of units and inputs.
    """

    def __init__(self, inputs: int, units: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(units, inputs))
        self.bias = nn.Parameter(torch.empty(units))

    def forward(self, x: Tensor) -> Tensor:
        """(N, inputs of both towers) → (N, units)."""
        parts = zip(x.chunk(2, dim=1), self.weight.chunk(2), self.bias.chunk(2), strict=True)
        return torch.cat([linear(own, weight, bias) for own, weight, bias in parts], dim=1)


def follow(step: str, x: Tensor, spec: NetworkSpec, towers: int, *, reuse: bool = False) -> Tensor:
    """What ``step`` of ``spec`` makes of maps (N, C, H, W), or units (N, C), of so many ``towers``.

    With ``reuse`` a ReLU writes its result over ``x``, which saves memory and time.
    """
    norm, pool = spec.norm, spec.pool
    match step:
        case "relu":
            return F.relu(x, inplace=reuse)
        case "tanh":
            return torch.tanh(x)
        case "norm":
            alone = towers if norm.across == "tower" else 1
            return local_response_norm(x, norm.size, norm.alpha, norm.beta, norm.k, alone)
        case "map-norm":
            return norm_within_maps(x, spec.map_norm)
        case "pool":
            return max_pool(x, pool.size, pool.stride, ceil=pool.ceil)
    raise ValueError(step)


def norm_within_maps(x: Tensor, norm: Norm) -> Tensor:
    """``b = a / (k + alpha / size² · Σ a²)^beta``, the sum over ``size`` × ``size`` neighbours in the same map.

    What hangs over the edge counts as zero. Half types are computed in fp32. Not in the paper, but in the released
    configuration that gave its numbers.
    """
    squares = x.float().square() if x.dtype in (torch.bfloat16, torch.float16) else x.square()
    means = F.avg_pool2d(squares, norm.size, stride=1, padding=norm.size // 2)
    return (x * means.mul(norm.alpha).add(norm.k).pow(-norm.beta)).to(x.dtype)


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


def _mean_scale(spec: NetworkSpec) -> float:
    scale = spec.input_scale
    return sum(scale) / len(scale) if isinstance(scale, tuple) else scale


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
