"""A training on a person's own photos: what it begins with and its settings, chosen from what was understood of them.

Fine-tuning with layers frozen by the number of images of a class. ``tests/bench/my_photos.py`` measures what comes of
it. From some hundred images a class the dense layers alone learned as much as with conv3 to conv5, in a tenth of the
time.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.core.data.sources.named import whole
from alexnet_app.core.data.sources.split_names import TRAIN, VALIDATION
from alexnet_app.core.errors import Sentence, Text, UserError
from alexnet_app.core.events import Estimated
from alexnet_app.core.network.header import classes_in, network_in
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.listing import (
    BUNDLED,
    bundled_models,
    model_path,
    models_folder,
    new_folder,
    run_folders,
    whole_name,
)
from alexnet_app.core.runs.naming import called, check_name, free_name, relabel
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import CONVOLUTIONS, OWN_PHOTOS, Augmentation, Finetune, Optimization, TrainConfig
from alexnet_app.core.training.config_text import to_toml
from alexnet_app.core.training.kept_size import bytes_kept

if TYPE_CHECKING:  # Pillow comes with these
    from alexnet_app.core.data.sources.understood import ClassCount, Understood
    from alexnet_app.core.data.sources.values import Source


BUNDLED_BASE = f"{BUNDLED}photo-towers"
TORCHVISION = "torchvision"
NAMED = 3  # classes; a run on more of them is called after its folder
UNBALANCED = 2  # times as many images in the largest class as in the smallest one: then classes are drawn evenly
LAST_FACTOR = 5  # of the rate of the last layer: it is new, the others have learned
WIDE = 2048  # units of a dense layer; with the full rate the loss of networks that have so many swings
WIDE_FACTOR = 0.3
MOST_KEPT = 1 << 30  # bytes of maps that are kept of all images


@dataclass(frozen=True, slots=True)
class Base:
    """What a training can begin with. ``init`` and ``network`` are settings of a TrainConfig; ``name`` is for people.
    It knows ``classes`` classes, none where only its convolutions are there.
    """

    init: str
    name: str
    network: str
    classes: int = 0

    @property
    def convolutions_only(self) -> bool:
        """Whether the dense layers have to start from random weights."""
        return self.classes == 0


@dataclass(frozen=True, slots=True)
class PhotoSettings:
    """Settings for classes of at least ``images`` training images in the mean: which layers are ``frozen``, the
    learning ``rate`` of the others, ``epochs`` at most, and after how many without a better validation error it ends.
    """

    images: int
    frozen: str
    rate: float
    epochs: int
    patience: int
    why: Text


FEW = Text("few images, so only the dense layers learn, from what the convolutions make of each image and its mirror")
MORE = Text("enough images to adapt the upper convolutions: conv1 and conv2 stay as they are")
MANY = Text("many images, so all layers learn")
DENSE_ONLY = Text("the convolutions stay as they are, and the dense layers learn from what these make of each image")
STEPS = (
    PhotoSettings(0, CONVOLUTIONS, 0.001, 30, 10, FEW),
    PhotoSettings(150, "conv1,conv2", 0.002, 30, 8, MORE),
    PhotoSettings(500, "", 0.002, 30, 8, MANY),
)


@dataclass(frozen=True, slots=True)
class ChosenTraining:
    """A whole training: its configuration, what it begins with, what the run is called, and ``reasons`` for a person:
    what is chosen, and why.
    """

    config: TrainConfig
    base: Base
    name: str
    reasons: tuple[Sentence, ...]


def bases() -> tuple[Base, ...]:
    """What a training on photos can begin with here, the better first: torchvision's AlexNet where it was fetched or
    imported, then the bundled model.
    """
    found = [*_imported(), *_fetched()]
    bundled = next((path for path in bundled_models() if f"{BUNDLED}{path.stem}" == BUNDLED_BASE), None)
    if bundled is not None:
        found.append(Base(BUNDLED_BASE, bundled.stem, network_in(bundled), len(classes_in(bundled))))
    return tuple(found)


def base_of(init: str) -> Base:
    """The model that a person gives: an ``.alexnet`` file, a run's folder, ``bundled:NAME``, or weights of others, also
    convolutions alone. UserError where it is none of these.
    """
    from alexnet_app.core.network.exchange.start_weights import start_in

    given = whole_name(init)
    path = model_path(given)
    network = network_in(path)
    if network:
        return Base(given, _called(given), network, len(classes_in(path)))
    bundle = start_in(path)
    return Base(given, _called(given), bundle.spec.name, len(bundle.classes))


def choose(found: "Understood", data: str, base: Base | None = None) -> ChosenTraining:
    """A training on the data set ``data``, of which ``found`` was understood, that begins with ``base``, or with the
    best one that is there. UserError where there is nothing to begin with, to train on or to validate with.
    """
    _check(found)
    begun = base or next(iter(bases()), None)
    if begun is None:
        raise UserError("there is no model of photos to begin with", "choose one to initialize from")
    mean = found.total(TRAIN) / len(found.classes)
    step = next(each for each in reversed(STEPS) if mean >= each.images)
    finetune = _finetune(begun, step, found.total(TRAIN))
    balance = "classes" if _is_unbalanced(found) else "none"
    config = TrainConfig(
        preset=OWN_PHOTOS,
        network=begun.network,
        init=begun.init,
        data=whole(data),
        epochs=step.epochs,
        batch_size=_batch(found.total(TRAIN)),
        learning_rate=step.rate * (WIDE_FACTOR if _is_wide(begun) else 1),
        checkpoint_seconds=60.0,
        stop_after=step.patience,
        balance=balance,
        optimization=Optimization(schedule="steps", milestones=_milestones(step.epochs)),
        augmentation=Augmentation(crop=False, colour_noise=0.0) if finetune.cache else Augmentation(),
        finetune=finetune,
    )
    return ChosenTraining(config, begun, name_for(found), tuple(_reasons(found, begun, step, config)))


def begun(chosen: ChosenTraining, parent: Path, name: str = "", folder: Path | None = None) -> Run:
    """A new run of ``chosen`` in ``folder``, or in a new one in ``parent``; it is called ``name``, or after the data
    where that is empty. UserError where it cannot be made, or for a name that cannot be one.
    """
    taken = (called(run.folder) for run in run_folders(parent))
    new = check_name(name) if name else free_name(chosen.name, taken)
    run = Run.create(folder or new_folder(parent, chosen.name), to_toml(chosen.config))
    relabel(run, name=new)
    return run


def estimated(config: TrainConfig, source: "Source") -> Estimated:
    """What a training of ``config`` on ``source`` takes at most, on the device and in the precision that it would use.
    A third of a second.
    """
    from alexnet_app.core.device import choose_precision, computing
    from alexnet_app.core.training.estimate import estimate
    from alexnet_app.core.training.parallel import choose_devices

    device = choose_devices(config)[0]
    precision = choose_precision(config.precision, device)
    with computing(precision, config.threads):
        return estimate(config, source, device, precision)


def name_for(found: "Understood") -> str:
    """What a run on ``found`` is called: after its classes, where they are few, else after the data set."""
    names = [_plain(each.name) for each in found.classes]
    if len(names) <= NAMED and all(names):
        return "-".join(names)[:60]
    return _plain(found.name)[:60] or OWN_PHOTOS


def _check(found: "Understood") -> None:
    if len(found.classes) < 2:
        raise UserError(
            "there is only one class, {name}; at least 2 are needed",
            "put the images of each class into their own sub-folder",
            name=found.classes[0].name,
        )
    for split in (TRAIN, VALIDATION):
        if not found.total(split):
            raise UserError("{data} has no {split} images", "add images", data=found.name, split=split)


def _imported() -> Iterable[Base]:
    for path in sorted(models_folder().glob("*.alexnet")):
        if network_in(path) == TORCHVISION and len(classes_in(path)) == 1000:
            yield Base(str(path), path.stem, TORCHVISION, 1000)


def _fetched() -> Iterable[Base]:
    """Its file lies in the cache folder under the name that it is published by."""
    from alexnet_app.core.places import cache_folder

    for path in sorted(cache_folder().glob("alexnet-*.pth")):
        yield Base(str(path), "torchvision's AlexNet", TORCHVISION, 1000)


def _called(init: str) -> str:
    return init.removeprefix(BUNDLED) if init.startswith(BUNDLED) else Path(init).stem


def _is_unbalanced(found: "Understood") -> bool:
    counts = [each.train for each in found.classes if each.train]
    return max(counts) >= UNBALANCED * min(counts)


def _batch(images: int) -> int:
    """A batch that leaves some ten steps in an epoch, from 8 to 32 images."""
    return next((size for size in (32, 16) if images >= 8 * size), 8)


def _is_wide(base: Base) -> bool:
    """Whether its dense layers have so many units that their sums take a smaller step."""
    return any(layer.units >= WIDE for layer in variant(base.network).dense[:-1])


def _milestones(epochs: int) -> tuple[int, ...]:
    return (max(1, 2 * epochs // 3), max(2, 9 * epochs // 10))


def _finetune(base: Base, step: PhotoSettings, images: int) -> Finetune:
    """Dense layers that are new need no factor: all of them have to learn as fast."""
    frozen = CONVOLUTIONS if base.convolutions_only else step.frozen
    spec = variant(base.network)
    cache = frozen == CONVOLUTIONS and bytes_kept(spec, images) <= MOST_KEPT
    factors = "" if base.convolutions_only else f"{spec.layers[-1].name}={LAST_FACTOR}"
    return Finetune(freeze=frozen, rate_factors=factors, cache=cache)


def _reasons(found: "Understood", base: Base, step: PhotoSettings, config: TrainConfig) -> Iterator[Sentence]:
    if base.convolutions_only:
        yield Sentence(
            "It begins with the convolutions of {base}; the dense layers start from random weights.", base=base.name
        )
    else:
        yield Sentence(
            "It begins with {base}, which knows {count:,} classes; the last layer is new.",
            base=base.name,
            count=base.classes,
        )
    mean = found.total(TRAIN) / len(found.classes)
    why = DENSE_ONLY if base.convolutions_only else step.why
    yield Sentence("About {count:,.0f} training images of each class: {why}.", count=mean, why=why)
    yield Sentence(
        "At most {epochs:,} epochs; after {patience:,} without a better validation error it ends, and the best model "
        "is kept.",
        epochs=config.epochs,
        patience=config.stop_after,
    )
    if config.balance == "classes":
        most, least = max(found.classes, key=_images), min(found.classes, key=_images)
        yield Sentence(
            "Images of {least} ({few:,}) come as often as those of {most} ({many:,}).",
            least=least.name,
            few=least.train,
            most=most.name,
            many=most.train,
        )


def _images(each: "ClassCount") -> int:
    return each.train


def _plain(name: str) -> str:
    """A class's name as part of a name: letters and digits, words parted by "_"."""
    return re.sub(r"[^\w]+", "_", name.split(",")[0]).strip("_")[:24]
