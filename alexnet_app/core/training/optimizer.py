"""Stochastic gradient descent as in the paper (section 5), and when its rate drops."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.training.config import Optimization


class PaperSGD:
    """``v ← momentum · v − decay · ε · w − ε · ∇; w ← w + v``: the learning rate ε is inside v.

    torch's own fused SGD keeps u with ``u ← momentum · u + decay · w + ∇; w ← w − ε · u``. As long as ε stays the same
    v is −ε · u; where ε changes, u is multiplied by the old rate over the new one, and the two rules are one.

    ``factors`` multiply ε of the layers that they name. Layers that need no gradient are left alone.
    """

    def __init__(
        self, network: AlexNet, settings: Optimization, rate: float, factors: Mapping[str, float] | None = None
    ) -> None:
        self.rate = rate
        self._names: dict[Tensor, str] = {parameter: name for name, parameter in network.named_parameters()}
        groups = []
        for layer in network.spec.layers:
            module = network.get_submodule(layer.name)
            if not module.get_parameter("weight").requires_grad:
                continue
            factor = (factors or {}).get(layer.name, 1.0)
            decay = settings.weight_decay * layer.decay
            bias_decay = decay if settings.decay_biases else 0.0
            weights, biases = [module.get_parameter("weight")], [module.get_parameter("bias")]
            groups.append({"params": weights, "weight_decay": decay, "factor": factor})
            groups.append({"params": biases, "weight_decay": bias_decay, "factor": factor * settings.bias_rate})
        self._sgd = torch.optim.SGD(groups, lr=rate, momentum=settings.momentum, fused=True)
        self._write_rate()

    def step(self) -> None:
        """One update from the gradients, which are then forgotten."""
        self._sgd.step()
        self._sgd.zero_grad(set_to_none=True)

    def set_rate(self, rate: float) -> None:
        """Changes ε; what has been gathered in v stays as it is."""
        for state in self._sgd.state.values():
            if state.get("momentum_buffer") is not None:
                state["momentum_buffer"].mul_(self.rate / rate)
        self.rate = rate
        self._write_rate()

    def momentum(self) -> dict[str, Tensor]:
        """Torch's u of every parameter by its name; empty before the first step."""
        found = {self._names[each]: state.get("momentum_buffer") for each, state in self._sgd.state.items()}
        return {name: buffer for name, buffer in found.items() if buffer is not None}

    def restore(self, momentum: dict[str, Tensor]) -> None:
        """Puts back what ``momentum`` gave."""
        for parameter, name in self._names.items():
            if name in momentum:
                kept = torch.empty_like(parameter).copy_(momentum[name])
                self._sgd.state[parameter]["momentum_buffer"] = kept

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
