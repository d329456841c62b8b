"""Everything that decides a run, as frozen values that refuse bad numbers when they are made."""

from dataclasses import dataclass, fields

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import (
    OLDER,
    VARIANTS,
    apart,
    gain_is_one,
    gain_only,
    joined,
    one_tower,
    variant,
    with_activation,
    without_dropout,
    without_normalization,
    without_overlap,
)
from alexnet_app.core.training.checked import check, setting

MOST_FACTOR = 1000  # of the rate of a layer
STORAGES = ("auto", "raw", "jpeg")  # auto: what is there already, else raw where the disk has the room
TOWERS_CHANGED = {"one": one_tower, "apart": apart, "joined": joined}
IN_WORDS = {
    "one": "one tower of half the kernels",
    "apart": "towers that never talk",
    "joined": "towers that always talk",
    "tanh": "tanh instead of ReLU",  # which every variant has: "relu" changes none of them
}


@dataclass(frozen=True, slots=True)
class Optimization:
    """The update rule of section 5, ``v ← momentum · v − decay · ε · w − ε · ∇; w ← w + v``, and when ε drops."""

    momentum: float = setting(0.9, "share of the last update that goes on", least=0.0, most=0.999)
    weight_decay: float = setting(5e-4, "pull of the weights towards zero", least=0.0, most=1.0)
    bias_rate: float = setting(1.0, "learning rate of biases, times that of weights", least=0.0, most=10.0)
    decay_biases: bool = setting(True, "weight decay on biases too")
    schedule: str = setting("plateau", "when the learning rate drops", of=("plateau", "steps", "constant"))
    factor: float = setting(10.0, "the learning rate is divided by this", least=1.0, most=1000.0)
    patience: int = setting(5, "plateau: epochs without a better validation error", unit="epochs", least=1, most=1000)
    drops: int = setting(3, "plateau: the learning rate drops at most so often", least=0, most=20)
    milestones: tuple[int, ...] = setting(
        (), "steps: epochs after which the learning rate drops", unit="epochs", least=1
    )


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How training pictures are varied (section 4.1)."""

    crop: bool = setting(True, "a random crop instead of the centre")
    mirror: bool = setting(True, "half of the pictures mirrored")
    colour_noise: float = setting(0.1, "strength of the PCA colour noise", least=0.0, most=1.0)
    colour_noise_epochs: int = setting(
        0, "no colour noise after so many epochs; 0 for never", unit="epochs", least=0, most=100_000
    )
    noise_divides: bool = setting(
        False, "pictures with colour noise are divided by 1 + its strength, as in the source released in 2012"
    )
    shared_by: int = setting(
        1, "so many pictures of a batch share one crop and mirror", unit="pictures", least=1, most=65_536
    )

    def noise_in(self, epoch: int) -> float:
        """The strength of the colour noise in ``epoch``, from 1."""
        return 0.0 if 0 < self.colour_noise_epochs < epoch else self.colour_noise


@dataclass(frozen=True, slots=True)
class Finetune:
    """Which layers do not learn, and which do so at a rate of their own."""

    freeze: str = setting("", 'layers that stay as they are: "conv" for all convolutions, or such as conv1,conv2')
    rate_factors: str = setting("", "learning rates of layers, times that of the others, such as fc8=10,fc7=2")

    @property
    def frozen(self) -> tuple[str, ...]:
        """The names in ``freeze``."""
        return tuple(name.strip() for name in self.freeze.split(",") if name.strip())

    @property
    def factors(self) -> dict[str, float]:
        """The factor of each layer in ``rate_factors``; UserError for what is none."""
        found = {}
        for part in filter(None, map(str.strip, self.rate_factors.split(","))):
            layer, _, text = (each.strip() for each in part.partition("="))
            try:
                found[layer] = float(text)
            except ValueError:
                found[layer] = -1.0
            if not layer or not 0 <= found[layer] <= MOST_FACTOR:
                raise UserError(
                    "{key} has {part!r}, which is not a layer and a factor from 0 to {most}",
                    hint="write such as fc8=10,fc7=2",
                    key="finetune.rate_factors",
                    part=part,
                    most=MOST_FACTOR,
                )
        return found


@dataclass(frozen=True, slots=True)
class Ablation:
    """What is otherwise than in the variant: one thing at a time tells what it is worth (sections 3.1 to 3.4, 4.2)."""

    normalization: bool = setting(True, "response normalization, where the variant has it")
    overlap: bool = setting(True, "overlapping pools; without, pools of 2 × 2 as section 3.4 compares")
    towers: str = setting(
        "variant",
        "two towers that meet where the variant lets them, one of half width, two that never talk, two that always do",
        of=("variant", "one", "apart", "joined"),
    )
    activation: str = setting("variant", "what follows a layer", of=("variant", "relu", "tanh"))
    gain: bool = setting(
        False, "a constant factor, k^-β, in place of response normalization: its effect without comparing maps"
    )
    dropout: bool = setting(True, "dropout, where the variant has it (section 4.2)")

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
            "" if self.overlap else "pools that do not overlap",
            IN_WORDS.get(self.towers, ""),
            IN_WORDS.get(self.activation, ""),
            "" if self.dropout else "without dropout",
        )
        return tuple(word for word in changed if word)


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One run. Raises UserError, naming the value and the limit, for values that make no sense."""

    preset: str = setting("custom", "what this configuration started from")
    about: str = setting("", "one sentence for people")
    network: str = setting("cifar-towers", "the variant of the network", of=tuple(VARIANTS), older=tuple(OLDER))
    init: str = setting(
        "", "a model to begin with: an .alexnet file, a run folder or bundled:NAME; nothing for start values"
    )
    data: str = setting("cifar10", 'a data set: "shapes", "cifar10", a folder with a folder per class, or an archive')
    storage: str = setting(
        "auto", "how decoded pictures are kept: raw is the fastest, jpeg takes an eighth of the room", of=STORAGES
    )
    device: str = setting("auto", 'what computes: "auto", "cpu", "cuda:0" …')
    placement: str = setting(
        "one", "the network on one device, or one tower on each of two GPUs as in the paper", of=("one", "towers")
    )
    devices: tuple[str, ...] = setting(
        (), "the devices of tower A and tower B, where each has its own; none: the first two GPUs"
    )
    precision: str = setting("auto", "arithmetic", of=("auto", "fp32", "tf32", "bf16"))
    threads: int = setting(0, "CPU threads, 0 for all", least=0, most=1024)
    epochs: int = setting(60, "how often every training picture is seen", unit="epochs", least=1, most=100_000)
    batch_size: int = setting(128, "pictures in a step", unit="pictures", least=1, most=65_536)
    micro_batch: int = setting(
        0,
        "pictures that go through the network at a time: fewer take less memory; the gradient is that of the whole "
        "batch, but for other dropout masks",
        unit="pictures",
        least=0,
        most=65_536,
    )
    learning_rate: float = setting(0.01, "the ε of the update rule", least=1e-9, most=10.0)
    seed: int = setting(1, "where all chance starts", least=0, most=2**31 - 1)
    checkpoint_seconds: float = setting(
        300.0, "at most so long between checkpoints", unit="s", least=1.0, most=86_400.0
    )
    share: float = setting(1.0, "share of the training and validation pictures that is used", least=0.0001, most=1.0)
    validation_joins_after: int = setting(
        0,
        "the validation images are trained on too after so many epochs; 0 for never",
        unit="epochs",
        least=0,
        most=100_000,
    )
    stop_at_training_error: float = setting(
        0.0, "the run is over once an epoch's training error is no larger, 0 for never", least=0.0, most=1.0
    )
    optimization: Optimization = Optimization()
    augmentation: Augmentation = Augmentation()
    finetune: Finetune = Finetune()
    ablation: Ablation = Ablation()

    def __post_init__(self) -> None:
        for group in ("optimization", "augmentation", "finetune", "ablation"):
            check(getattr(self, group), f"{group}.")
        check(self, "")
        _ = self.finetune.factors  # refuses what it cannot read
        _check_ablation(self.ablation, variant(self.network))

    def spec(self, classes: int | None = None) -> NetworkSpec:
        """The network of this run for ``classes`` classes. UserError where an ablation leaves no network."""
        return self.ablation.of(variant(self.network, classes))

    @property
    def at_once(self) -> int:
        """How many pictures of a step go through the network together."""
        return min(self.micro_batch or self.batch_size, self.batch_size)

    @property
    def title(self) -> str:
        """The network and what is otherwise in it: "alexnet-2012, towers that never talk"."""
        return ", ".join((self.network, *self.ablation.words()))


def other_rates(rate: float) -> tuple[float, ...]:
    """Learning rates to try where nothing was learned with ``rate``: a tenth and three times of it, within the limits
    of the setting.
    """
    limits = next(field.metadata for field in fields(TrainConfig) if field.name == "learning_rate")
    tries = (min(max(each, limits["least"]), limits["most"]) for each in (rate / 10, rate * 3))
    return tuple(each for each in tries if each != rate)


def check_new(config: TrainConfig) -> None:
    """Raises UserError where ``config`` makes no sense for a new run. Runs that are kept are read with it all the same:
    an older version may have begun them.
    """
    spec = variant(config.network)
    if not config.ablation.overlap:
        without_overlap(spec)  # refuses what would be another network
    if config.ablation.gain and gain_is_one(spec):
        raise UserError(
            "{key} cannot be switched on: with k = 1, as {network} has it, the constant gain k^-β is × 1, which is the "
            "same as no normalization",
            hint="set ablation.normalization=false instead, or choose a network with k = 2, such as cifar-towers",
            key="ablation.gain",
            network=config.network,
        )
    _check_joining(config)


def _check_joining(config: TrainConfig) -> None:
    """Raises UserError where validation images that are trained on would decide when the learning rate drops, or would
    never be trained on.
    """
    if config.validation_joins_after and config.optimization.schedule == "plateau":
        raise UserError(
            "{key} cannot be {value} while the learning rate drops on a plateau of the validation error, which says "
            "nothing of images that are trained on",
            hint="choose the schedule steps or constant",
            key="validation_joins_after",
            value=config.validation_joins_after,
        )
    if config.validation_joins_after >= config.epochs:
        raise UserError(
            "{key} is {value}, and the run is over after {epochs} epochs: the validation images would never be trained "
            "on",
            hint="choose fewer than {epochs}, or 0 for never",
            key="validation_joins_after",
            value=config.validation_joins_after,
            epochs=config.epochs,
        )


def _check_ablation(ablation: Ablation, spec: NetworkSpec) -> None:
    """Raises UserError where it would change what ``spec``, the variant, has not."""
    if ablation.towers != "variant" and spec.towers == 1:
        raise UserError(
            "{key} cannot be {value!r}: {network} has one column, no towers",
            hint="choose a network of two towers, such as alexnet-2012 or cifar-towers",
            key="ablation.towers",
            value=ablation.towers,
            network=spec.name,
        )
    steps = {step for each in spec.convolutions for step in each.then}
    if not ablation.normalization and not steps & {"norm", "map-norm"}:
        raise UserError(
            "{key} cannot be switched off: {network} has none",
            hint="choose a network that normalizes, such as alexnet-2012 or cifar-towers",
            key="ablation.normalization",
            network=spec.name,
        )
    if ablation.gain and (not ablation.normalization or not steps & {"norm", "map-norm"}):
        raise UserError(
            "{key} cannot be switched on: this network has no normalization in whose place it would stand",
            hint="choose a network that normalizes, with ablation.normalization on",
            key="ablation.gain",
        )
    if not ablation.dropout and not any(each.dropout for each in spec.dense):
        raise UserError(
            "{key} cannot be switched off: {network} has none",
            hint="leave it on, or choose a network that has dropout, such as alexnet-2012 or cifar-towers",
            key="ablation.dropout",
            network=spec.name,
        )
