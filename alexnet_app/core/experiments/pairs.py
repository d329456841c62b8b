"""The experiments that train the same network with and without one thing."""

from dataclasses import replace

from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.experiments.comparison import CIFAR10, Arm, Comparison, points
from alexnet_app.core.experiments.experiment import TWO_TOWERS, Curve, Experiment
from alexnet_app.core.experiments.ten_views import evaluating_ten_views
from alexnet_app.core.network.ablations import gain_is_one, that_keep_sides
from alexnet_app.core.training.config import TrainConfig, check_new
from alexnet_app.core.training.config_text import load_config, preset_names

GAIN_IS_ONE = (
    "With k = 1 the constant gain k^-β is 1, so gain only would be the network without "
    "normalization. It is not trained."
)
OTHER_FILE = "with the 13 % file, which is a different network"
MORE_THAN_LRN = (
    "The published networks differ in more than normalization: the one without it has 32 maps "
    "instead of 64 in local3, and a weight decay of 0.004 instead of 0.01 in fc10."
)


def _without_normalization(config: TrainConfig) -> TrainConfig:
    return replace(config, ablation=replace(config.ablation, normalization=False))


def _gain_only(config: TrainConfig) -> TrainConfig:
    return replace(config, ablation=replace(config.ablation, gain=True))


def _why_no_gain(config: TrainConfig) -> str:
    """Where a constant gain would change nothing, the reason for people; else empty."""
    return GAIN_IS_ONE if gain_is_one(config.spec()) else ""


def _without_overlap(config: TrainConfig) -> TrainConfig:
    """UserError where pools of 2 × 2 would change the sides of the maps, with the presets where they do not."""
    changed = replace(config, ablation=replace(config.ablation, overlap=False))
    try:
        check_new(changed)
    except UserError as error:
        presets = " or ".join(name for name in preset_names() if load_config(name).network in that_keep_sides())
        raise error.replaced(Way.SAME_SIDES, presets=presets) from error
    return changed


def _one_tower(config: TrainConfig) -> TrainConfig:
    return replace(config, ablation=replace(config.ablation, towers="one"))


def _apart(config: TrainConfig) -> TrainConfig:
    return replace(config, ablation=replace(config.ablation, towers="apart"))


def _without_colour_noise(config: TrainConfig) -> TrainConfig:
    return replace(config, augmentation=replace(config.augmentation, colour_noise=0.0))


def _experiment(pair: Comparison, title: str, question: str, paper: str, where: str, networks: str = "") -> Experiment:
    return Experiment(
        name=pair.name,
        title=title,
        question=question,
        paper=paper,
        where=where,
        plan=pair.plan,
        points=points,
        conclude=pair.conclude,
        axis="validation error (%)",
        curves=tuple(Curve(name, dash) for dash, name in enumerate(pair.groups)),
        after=evaluating_ten_views if pair.ten_views else None,
        networks=networks or (TWO_TOWERS if pair.towers else ""),
    )


PAIRS: tuple[Experiment, ...] = (
    _experiment(
        Comparison(
            "normalization",
            "cifar10",
            "with normalization",
            (
                Arm("without normalization", _without_normalization, gain=2.0, error=13.0, of_another=OTHER_FILE),
                Arm("gain only", _gain_only, why_not=_why_no_gain),
            ),
            error=11.0,
            paper_data=CIFAR10,
            epochs=100,
            ten_views=True,
            remark=MORE_THAN_LRN,
        ),
        "Response normalization",
        "How much does local response normalization lower the test error?",
        "On CIFAR-10 a four-layer network has a test error of 13 % without normalization and 11 % with "
        "it, both with ten views. The two networks differ in more than that.",
        "Section 3.3",
        "networks with response normalization (not those of the preset cifar10-13pct)",
    ),
    _experiment(
        Comparison(
            "overlap",
            "cifar10",  # pools of 2 × 2 keep the sides of its maps
            "overlapping pools",
            (Arm("pools without overlap", _without_overlap, gain=0.4),),
            epochs=100,
        ),
        "Overlapping pooling",
        "Is overlapping 3 × 3 pooling better than non-overlapping 2 × 2 pooling?",
        "Overlapping pooling lowers the top-1 error by 0.4 and the top-5 error by 0.3 points on ILSVRC-2010.",
        "Section 3.4",
        "networks whose maps keep their size with 2 × 2 pooling (those of the presets cifar10, "
        "photo-towers and imagenet-2012, not those of the sample data and of cifar-towers)",
    ),
    _experiment(
        Comparison("one-tower", "cifar-towers", "two towers", (Arm("one tower", _one_tower, gain=1.7),), towers=True),
        "Two towers versus one",
        "How much better are two towers than one with half the kernels?",
        "Two towers lower the top-1 error by 1.7 and the top-5 error by 1.2 points over one net with "
        "half as many kernels in each convolution, on ILSVRC-2010.",
        "Section 3.2",
    ),
    _experiment(
        Comparison("towers-apart", "cifar-towers", "towers that meet", (Arm("towers apart", _apart),), towers=True),
        "Unconnected towers",
        "How much do the layers that connect the towers contribute?",
        "The towers are connected in the third convolution and in the dense layers. The paper has no "
        "figure for unconnected towers.",
        "Section 3.2, Figure 2",
    ),
    _experiment(
        Comparison(
            "colour-noise",
            "cifar-towers",
            "with colour noise",
            (Arm("without colour noise", _without_colour_noise, gain=1.0, gain_words="over 1"),),
        ),
        "Colour noise",
        "How much does noise along the colour components lower the test error?",
        "Altering the colours of training images lowers the top-1 error by over 1 %, on ILSVRC-2010.",
        "Section 4.1",
    ),
)
