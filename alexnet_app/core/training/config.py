"""Everything that decides a run, as frozen values that refuse bad numbers when they are made."""

from dataclasses import dataclass, fields

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.ablations import gain_is_one, without_overlap
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import OLDER, VARIANTS, variant
from alexnet_app.core.steering import LEAST_RATE, MOST_RATE
from alexnet_app.core.training.ablation import Ablation, check_ablation
from alexnet_app.core.training.setting_limits import check, setting

MOST_FACTOR = 1000  # of the rate of a layer
OWN_PHOTOS = "my-photos"  # what a configuration is based on that ``my_photos`` has chosen
BALANCES = ("none", "classes")
CONVOLUTIONS = "conv"  # all of them, where layers are named
TAKES = ("all", CONVOLUTIONS)  # layers of the model that a run begins with
STORAGES = ("auto", "raw", "jpeg")  # auto: what is there already, else raw where the disk has the room


@dataclass(frozen=True, slots=True)
class Optimization:
    """The update rule of section 5, ``v ← momentum · v − decay · ε · w − ε · ∇; w ← w + v``, and when ε drops."""

    momentum: float = setting(0.9, "fraction of the previous update carried over", least=0.0, most=0.999)
    weight_decay: float = setting(5e-4, "L2 penalty on the weights", least=0.0, most=1.0)
    bias_rate: float = setting(1.0, "bias learning rate, relative to that of the weights", least=0.0, most=10.0)
    decay_biases: bool = setting(True, "apply weight decay to the biases too")
    schedule: str = setting("plateau", "when the learning rate drops", of=("plateau", "steps", "constant"))
    factor: float = setting(10.0, "the learning rate is divided by this", least=1.0, most=1000.0)
    patience: int = setting(5, "plateau: epochs without a better validation error", unit="epochs", least=1, most=1000)
    drops: int = setting(3, "plateau: maximum number of learning rate drops", least=0, most=20)
    milestones: tuple[int, ...] = setting(
        (), "steps: epochs after which the learning rate drops", unit="epochs", least=1
    )


@dataclass(frozen=True, slots=True)
class Augmentation:
    """How training pictures are varied (section 4.1)."""

    crop: bool = setting(True, "random crop instead of the centre crop")
    mirror: bool = setting(True, "mirror half of the images")
    colour_noise: float = setting(0.1, "strength of the PCA colour noise", least=0.0, most=1.0)
    colour_noise_epochs: int = setting(
        0, "number of epochs with colour noise; 0 for all", unit="epochs", least=0, most=100_000
    )
    noise_divides: bool = setting(
        False, "divide images with colour noise by 1 + its strength, as in the source code released in 2012"
    )
    shared_by: int = setting(
        1, "number of images of a batch that share one crop and mirroring", unit="images", least=1, most=65_536
    )

    def noise_in(self, epoch: int) -> float:
        """The strength of the colour noise in ``epoch``, from 1."""
        return 0.0 if 0 < self.colour_noise_epochs < epoch else self.colour_noise


@dataclass(frozen=True, slots=True)
class Finetune:
    """Which layers do not learn, and which do so at a rate of their own."""

    freeze: str = setting("", 'layers that are not trained: "conv" for all convolutions, or names such as conv1,conv2')
    rate_factors: str = setting("", "learning rates of layers, relative to that of the others, such as fc8=10,fc7=2")
    cache: bool = setting(
        False, "compute frozen convolutions once for each image and its mirror image, not in every step"
    )
    take: str = setting("all", "layers that are initialized from the model: all, or the convolutions only", of=TAKES)

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
                    hint="write for example fc8=10,fc7=2",
                    key="finetune.rate_factors",
                    part=part,
                    most=MOST_FACTOR,
                )
        return found


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """One run. Raises UserError, naming the value and the limit, for values that make no sense."""

    preset: str = setting("custom", "preset that this configuration is based on")
    about: str = setting("", "short description")
    network: str = setting("cifar-towers", "network variant", of=tuple(VARIANTS), older=tuple(OLDER))
    init: str = setting(
        "", "model to initialize from: an .alexnet file, a run folder or bundled:NAME; empty for random weights"
    )
    data: str = setting(
        "cifar10", 'data set: "shapes", "cifar10", a folder with one sub-folder per class, or an archive'
    )
    storage: str = setting(
        "auto", "how decoded images are stored: raw is fastest, jpeg takes an eighth of the space", of=STORAGES
    )
    device: str = setting("auto", 'compute device: "auto", "cpu", "cuda:0" …')
    placement: str = setting(
        "one", "the whole network on one device, or one tower on each of two GPUs as in the paper", of=("one", "towers")
    )
    devices: tuple[str, ...] = setting(
        (), "devices of tower A and tower B, if each has its own; empty for the first two GPUs"
    )
    precision: str = setting("auto", "numeric precision", of=("auto", "fp32", "tf32", "bf16"))
    threads: int = setting(0, "CPU threads, 0 for all", least=0, most=1024)
    epochs: int = setting(60, "number of passes over the training images", unit="epochs", least=1, most=100_000)
    batch_size: int = setting(128, "images per step", unit="images", least=1, most=65_536)
    micro_batch: int = setting(
        0,
        "images per forward pass (gradient accumulation): fewer need less memory; the gradient is that "
        "of the whole batch, except for other dropout masks",
        unit="images",
        least=0,
        most=65_536,
    )
    halve_micro_batch: bool = setting(
        False, "where memory is full, halve the images per forward pass and continue, without asking"
    )
    learning_rate: float = setting(
        0.01, "initial learning rate, ε in the update rule", least=LEAST_RATE, most=MOST_RATE
    )
    seed: int = setting(1, "random seed", least=0, most=2**31 - 1)
    checkpoint_seconds: float = setting(300.0, "maximum time between checkpoints", unit="s", least=1.0, most=86_400.0)
    share: float = setting(1.0, "fraction of the training and validation images that is used", least=0.0001, most=1.0)
    validation_joins_after: int = setting(
        0,
        "number of epochs after which the validation images are trained on too; 0 for never",
        unit="epochs",
        least=0,
        most=100_000,
    )
    stop_at_training_error: float = setting(
        0.0, "the run finishes when an epoch's training error is at most this; 0 for never", least=0.0, most=1.0
    )
    stop_after: int = setting(
        0,
        "the run finishes after so many epochs without a better validation error; 0 for never",
        unit="epochs",
        least=0,
        most=100_000,
    )
    balance: str = setting(
        "none",
        "how often images are trained on: each as often as the others, or each class as often as the others",
        of=BALANCES,
    )
    tensorboard: bool = setting(
        False, "write event files for TensorBoard while training, into the folder tensorboard of the run"
    )
    optimization: Optimization = Optimization()
    augmentation: Augmentation = Augmentation()
    finetune: Finetune = Finetune()
    ablation: Ablation = Ablation()  # noqa: RUF009  (it is frozen)

    def __post_init__(self) -> None:
        for group in ("optimization", "augmentation", "finetune", "ablation"):
            check(getattr(self, group), f"{group}.")
        check(self, "")
        _ = self.finetune.factors  # refuses what it cannot read
        check_ablation(self.ablation, variant(self.network))

    def spec(self, classes: int | None = None) -> NetworkSpec:
        """The network of this run for ``classes`` classes. UserError where an ablation leaves no network."""
        return self.ablation.of(variant(self.network, classes))

    @property
    def at_once(self) -> int:
        """How many pictures of a step go through the network together."""
        return min(self.micro_batch or self.batch_size, self.batch_size)

    @property
    def title(self) -> str:
        """The network and what is otherwise in it: "alexnet-2012, towers never connected"."""
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
            "{key} cannot be switched on: {network} has k = 1, so the constant gain k^-β is 1, the same as "
            "no normalization",
            hint="set ablation.normalization=false instead, or choose a network with k = 2, such as cifar-towers",
            key="ablation.gain",
            network=config.network,
        )
    _check_joining(config)
    _check_cache(config)


def _check_cache(config: TrainConfig) -> None:
    """Raises UserError where convolutions cannot be computed once: they learn, or see something else each time."""
    spec, finetune = variant(config.network), config.finetune
    if not finetune.cache:
        return
    frozen = CONVOLUTIONS in finetune.frozen or all(each.name in finetune.frozen for each in spec.convolutions)
    varied = config.augmentation.crop or config.augmentation.colour_noise > 0
    if not frozen or varied or config.placement != "one" or config.validation_joins_after:
        raise UserError(
            "{key} needs frozen convolutions that see the same crops in every epoch",
            hint="set finetune.freeze to conv, augmentation.crop to false, augmentation.colour_noise and "
            "validation_joins_after to 0 and placement to one, or {key} to false",
            key="finetune.cache",
        )


def _check_joining(config: TrainConfig) -> None:
    """Raises UserError where validation images that are trained on would decide when the learning rate drops, or would
    never be trained on.
    """
    if config.validation_joins_after and config.optimization.schedule == "plateau":
        raise UserError(
            "{key} cannot be {value} with the plateau schedule, because the validation error means little "
            "once the validation images are trained on",
            hint="choose the schedule steps or constant",
            key="validation_joins_after",
            value=config.validation_joins_after,
        )
    if config.validation_joins_after and config.stop_after:
        raise UserError(
            "{key} cannot be {value} where the run finishes after {epochs} epochs without a better validation error",
            hint="set validation_joins_after or stop_after to 0",
            key="validation_joins_after",
            value=config.validation_joins_after,
            epochs=config.stop_after,
        )
    if config.validation_joins_after >= config.epochs:
        raise UserError(
            "{key} is {value}, but the run finishes after {epochs} epochs: the validation images would never "
            "be trained on",
            hint="choose fewer than {epochs}, or 0 for never",
            key="validation_joins_after",
            value=config.validation_joins_after,
            epochs=config.epochs,
        )
