"""What a run changes in its variant of the network: the setting, its words, and where it makes no sense."""

from dataclasses import dataclass

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.ablations import (
    apart,
    gain_only,
    joined,
    one_tower,
    with_activation,
    without_dropout,
    without_normalization,
    without_overlap,
)
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.training.setting_limits import setting

TOWERS_CHANGED = {"one": one_tower, "apart": apart, "joined": joined}
IN_WORDS = {
    "one": "one tower of half the kernels",
    "apart": "towers never connected",
    "joined": "towers always connected",
    "tanh": "tanh instead of ReLU",  # which every variant has: "relu" changes none of them
}


@dataclass(frozen=True, slots=True)
class Ablation:
    """What is otherwise than in the variant: one thing at a time tells what it is worth (sections 3.1 to 3.4, 4.2)."""

    normalization: bool = setting(True, "response normalization, if the variant has it")
    overlap: bool = setting(True, "overlapping pooling; off: 2 × 2 pooling, the comparison of section 3.4")
    towers: str = setting(
        "variant",
        "two towers connected as in the variant, one tower of half the width, two never connected, two "
        "always connected",
        of=("variant", "one", "apart", "joined"),
    )
    activation: str = setting("variant", "nonlinearity after each layer", of=("variant", "relu", "tanh"))
    gain: bool = setting(
        False, "constant factor k^-β instead of response normalization: its scaling without the comparison of maps"
    )
    dropout: bool = setting(True, "dropout, if the variant has it (section 4.2)")

    def of(self, spec: NetworkSpec) -> NetworkSpec:
        """``spec`` with these changes, also those that ``check_new`` refuses: an older version may have made them."""
        if not self.normalization:
            spec = without_normalization(spec)
        if self.gain:
            spec = gain_only(spec)
        if not self.overlap:
            spec = without_overlap(spec, older=True)
        if not self.dropout:
            spec = without_dropout(spec)
        if self.activation in ("relu", "tanh"):
            spec = with_activation(spec, self.activation)  # type: ignore[arg-type]
        return TOWERS_CHANGED[self.towers](spec) if self.towers in TOWERS_CHANGED else spec

    def words(self) -> tuple[str, ...]:
        """What is otherwise than in the variant, for people; empty where nothing is."""
        changed = (
            "" if self.normalization else "without normalization",
            "a constant gain instead of normalization" if self.gain else "",
            "" if self.overlap else "non-overlapping pooling",
            IN_WORDS.get(self.towers, ""),
            IN_WORDS.get(self.activation, ""),
            "" if self.dropout else "without dropout",
        )
        return tuple(word for word in changed if word)


def check_ablation(ablation: Ablation, spec: NetworkSpec) -> None:
    """Raises UserError where it would change what ``spec``, the variant, has not."""
    if ablation.towers != "variant" and spec.towers == 1:
        raise UserError(
            "{key} cannot be {value!r}: {network} has one column, no towers",
            hint="choose a network with two towers, such as alexnet-2012 or cifar-towers",
            key="ablation.towers",
            value=ablation.towers,
            network=spec.name,
        )
    steps = {step for each in spec.convolutions for step in each.then}
    if not ablation.normalization and not steps & {"norm", "map-norm"}:
        raise UserError(
            "{key} cannot be switched off: {network} has none",
            hint="choose a network with normalization, such as alexnet-2012 or cifar-towers",
            key="ablation.normalization",
            network=spec.name,
        )
    if ablation.gain and (not ablation.normalization or not steps & {"norm", "map-norm"}):
        raise UserError(
            "{key} cannot be switched on: this network has no normalization to replace",
            hint="choose a network with normalization, and keep ablation.normalization on",
            key="ablation.gain",
        )
    if not ablation.dropout and not any(each.dropout for each in spec.dense):
        raise UserError(
            "{key} cannot be switched off: {network} has none",
            hint="leave it on, or choose a network that has dropout, such as alexnet-2012 or cifar-towers",
            key="ablation.dropout",
            network=spec.name,
        )
