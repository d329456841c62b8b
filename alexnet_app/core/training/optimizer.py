"""Stochastic gradient descent as in the paper (section 5), and when its rate drops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from alexnet_app.core.network.towers import Network, whole
from alexnet_app.core.training.config import Optimization


class PaperSGD:
    """``v ← momentum · v − decay · ε · w − ε · ∇; w ← w + v``: the learning rate ε is inside v.

    torch's own fused SGD keeps u with ``u ← momentum · u + decay · w + ∇; w ← w − ε · u``. As long as ε stays the same
    v is −ε · u; where ε changes, u is multiplied by the old rate over the new one, and the two rules are one.

    ``factors`` multiply ε of the layers that they name. Layers that need no gradient are left alone.
    """

    def __init__(
        self, network: Network, settings: Optimization, rate: float, factors: Mapping[str, float] | None = None
    ) -> None:
        self.rate = rate
        self._parts: dict[str, tuple[Tensor, ...]] = {}  # of a parameter that two towers share, one on each device
        groups = []
        for layer in network.spec.layers:
            weights, biases = (network.parts(f"{layer.name}.{kind}") for kind in ("weight", "bias"))
            if not weights[0].requires_grad:
                continue
            self._parts |= {f"{layer.name}.weight": weights, f"{layer.name}.bias": biases}
            factor = (factors or {}).get(layer.name, 1.0)
            decay = settings.weight_decay * layer.decay
            bias_decay = decay if settings.decay_biases else 0.0
            groups.append({"params": list(weights), "weight_decay": decay, "factor": factor})
            bias_factor = factor * settings.bias_rate
            groups.append({"params": list(biases), "weight_decay": bias_decay, "factor": bias_factor})
        self._sgd = torch.optim.SGD(groups, lr=rate, momentum=settings.momentum, fused=True)
        self._write_rate()

    @property
    def names(self) -> tuple[str, ...]:
        """The parameters that learn, such as "conv1.weight"."""
        return tuple(self._parts)

    def step(self) -> None:
        """One update from the gradients, which are then forgotten."""
        self._sgd.step()
        self._sgd.zero_grad(set_to_none=True)

    def gradients(self) -> dict[str, tuple[Tensor, ...]]:
        """What ``step`` will use, by the parameters' names, a tensor for each part; empty before a backward pass."""
        found = {name: tuple(part.grad for part in parts) for name, parts in self._parts.items()}
        return {name: grads for name, grads in found.items() if None not in grads}  # type: ignore[misc]

    def moved(self, gradients: Mapping[str, Sequence[Tensor]]) -> dict[str, list[Tensor]]:
        """How far the last ``step`` has moved each part of every parameter, ‖Δw‖, on its device; ``gradients`` are
        those that it used.
        """
        found = {}
        for group, (name, parts) in zip(self._sgd.param_groups, self._parts.items(), strict=True):
            if name not in gradients:
                continue
            along = [self._sgd.state[part].get("momentum_buffer") for part in parts]
            if None in along:  # without momentum torch keeps nothing
                decay = group["weight_decay"]
                pairs = zip(gradients[name], parts, strict=True)
                along = [torch.add(gradient, part.detach(), alpha=decay) for gradient, part in pairs]
            found[name] = [group["lr"] * torch.linalg.vector_norm(each) for each in along]
        return found

    def parts(self) -> Mapping[str, tuple[Tensor, ...]]:
        """The parameters that learn, by their names: one tensor, or two where each tower has its own."""
        return self._parts

    def set_rate(self, rate: float) -> None:
        """Changes ε; what has been gathered in v stays as it is."""
        for state in self._sgd.state.values():
            if state.get("momentum_buffer") is not None:
                state["momentum_buffer"].mul_(self.rate / rate)
        self.rate = rate
        self._write_rate()

    def momentum(self) -> dict[str, Tensor]:
        """Torch's u of every parameter by its name; empty before the first step."""
        found = {
            name: [self._sgd.state[part].get("momentum_buffer") for part in parts if part in self._sgd.state]
            for name, parts in self._parts.items()
        }
        return {name: whole(buffers) for name, buffers in found.items() if buffers and None not in buffers}

    def restore(self, momentum: dict[str, Tensor]) -> None:
        """Puts back what ``momentum`` gave."""
        for name, parts in self._parts.items():
            if name in momentum:
                for part, kept in zip(parts, momentum[name].chunk(len(parts)), strict=True):
                    self._sgd.state[part]["momentum_buffer"] = torch.empty_like(part).copy_(kept)

    def _write_rate(self) -> None:
        for group in self._sgd.param_groups:
            group["lr"] = self.rate * group["factor"]


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the learning rate drops. ``waited`` counts epochs since the best validation error or the last drop."""

    settings: Optimization
    waited: int = 0
    dropped: int = 0

    def after_epoch(self, epoch: int, better: bool) -> tuple["Schedule", bool]:
        """The schedule after ``epoch`` (from 1) and whether the learning rate drops now."""
        match self.settings.schedule:
            case "plateau":
                waited = 0 if better else self.waited + 1
                if waited >= self.settings.patience and self.dropped < self.settings.drops:
                    return replace(self, waited=0, dropped=self.dropped + 1), True
                return replace(self, waited=waited), False
            case "steps":
                return self, epoch in self.settings.milestones
        return self, False
