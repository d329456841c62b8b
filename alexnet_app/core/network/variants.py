"""The named variants of the network."""

import dataclasses
import difflib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.layers import Convolution, Dense, Norm, Pool, Step
from alexnet_app.core.network.spec import NetworkSpec

PAPER = "alexnet-2012"


def variant(name: str, classes: int | None = None, **changes: Any) -> NetworkSpec:
    """The variant ``name``, an older one too, for ``classes`` classes (its own number if None), with fields changed.

    Raises UserError for an unknown name or values that no network can have.
    """
    if name not in KNOWN:
        raise UserError(
            "there is no network named {name!r}",
            hint="the closest name is {near!r}; known are {known}",
            name=name,
            near=nearest(name, VARIANTS),
            known=", ".join(VARIANTS),
        )
    spec = dataclasses.replace(KNOWN[name], **changes)
    return spec if classes is None else spec.with_classes(classes)


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that looks most like ``name``."""
    return difflib.get_close_matches(name, list(known), n=1, cutoff=0.0)[0]


# a last layer that starts at 0 but for a little: the first loss is ln(classes), that of guessing; with √(2 / inputs) it
# lies far above, and networks of many classes are long in coming down
QUIET_CLASSES = 0.01
_NORM_POOL: tuple[Step, ...] = ("relu", "norm", "pool")
_POOL: tuple[Step, ...] = ("relu", "pool")


def _alexnet_2012() -> NetworkSpec:
    """Section 3.5 and Figure 2; biases of 1 where section 5 says so, start values of section 5."""
    one: dict[str, Any] = {"start": 0.01, "bias": 1.0}
    zero = {**one, "bias": 0.0}
    return NetworkSpec(
        name="alexnet-2012",
        picture_size=256,
        input_size=227,
        mean="picture",
        convolutions=(
            Convolution("conv1", 96, 11, stride=4, then=_NORM_POOL, **zero),
            Convolution("conv2", 256, 5, padding=2, sees="own", then=_NORM_POOL, **one),
            Convolution("conv3", 384, 3, padding=1, **zero),
            Convolution("conv4", 384, 3, padding=1, sees="own", **one),
            Convolution("conv5", 256, 3, padding=1, sees="own", then=_POOL, **one),
        ),
        dense=(
            Dense("fc6", 4096, **one),
            Dense("fc7", 4096, dropout=0.5, **one),
            Dense("fc8", 1000, dropout=0.5, **zero),
        ),
    )


def _as_printed() -> NetworkSpec:
    """The formula of section 3.3 as it is printed: α not divided by n, which is five times that α in torch's terms."""
    return replace(_alexnet_2012(), name="alexnet-2012-text", norm=Norm(alpha=5e-4))


def _as_released() -> NetworkSpec:
    """The configuration of the source released later whose notes carry the published errors of one net.

    There conv1 is normalized and pooled before its ReLU, conv2 is normalized a second time within each map, conv5 is
    pooled before its ReLU, conv3 to conv5 start wider, and crops of 224 hang over the edge by 3.
    """
    text = _alexnet_2012()
    conv1, conv2, conv3, conv4, conv5 = text.convolutions
    return replace(
        text,
        name="alexnet-2012-source",
        input_size=224,
        overhang=3,
        convolutions=(
            replace(conv1, then=("norm", "pool", "relu")),
            replace(conv2, then=("relu", "norm", "map-norm", "pool")),
            replace(conv3, start=0.03),
            replace(conv4, start=0.03),
            replace(conv5, start=0.03, then=("pool", "relu")),
        ),
        map_norm=Norm(size=5, alpha=1e-3, beta=0.75, k=1.0),
    )


def _caffe() -> NetworkSpec:
    """The network as Caffe's model zoo has it (bvlc_alexnet): all maps normalized together, k = 1, biases of 0.1."""
    text = _alexnet_2012()
    convolutions = (replace(each, bias=0.1 * each.bias) for each in text.convolutions)
    starts = {"fc6": 0.005, "fc7": 0.005}
    dense = (replace(each, bias=0.1 * each.bias, start=starts.get(each.name, each.start)) for each in text.dense)
    return replace(
        text,
        name="caffe",
        convolutions=tuple(convolutions),
        dense=tuple(dense),
        norm=Norm(k=1.0, across="all"),
        pool=Pool(ceil=True),
    )


def _caffenet() -> NetworkSpec:
    """Caffe's second network (bvlc_reference_caffenet): pooled before it is normalized."""
    spec = _caffe()
    conv1, conv2, *others = spec.convolutions
    swapped = (replace(each, then=("relu", "pool", "norm")) for each in (conv1, conv2))
    return replace(spec, name="caffenet", convolutions=(*swapped, *others))


def _torchvision() -> NetworkSpec:
    """Torchvision's alexnet: one column of 64, 192, 384, 256 and 256 kernels, no normalization, crops of 224.

    Pixels are divided by the standard deviation of each colour. Its averaging before fc6 does nothing at this size.
    """
    return NetworkSpec(
        name="torchvision",
        towers=1,
        picture_size=256,
        input_size=224,
        input_scale=(1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225)),
        convolutions=(
            Convolution("conv1", 64, 11, stride=4, padding=2, then=_POOL),
            Convolution("conv2", 192, 5, padding=2, then=_POOL),
            Convolution("conv3", 384, 3, padding=1),
            Convolution("conv4", 256, 3, padding=1),
            Convolution("conv5", 256, 3, padding=1, then=_POOL),
        ),
        dense=(Dense("fc6", 4096, dropout=0.5), Dense("fc7", 4096, dropout=0.5), Dense("fc8", 1000)),
    )


def _one_column() -> NetworkSpec:
    """The widespread teaching version: one column, no normalization, dropout before fc6 and fc7."""
    return NetworkSpec(
        name="one-column",
        towers=1,
        picture_size=256,
        input_size=227,
        input_scale=1 / 64,
        convolutions=(
            Convolution("conv1", 96, 11, stride=4, padding=2, then=_POOL),
            Convolution("conv2", 256, 5, padding=2, then=_POOL),
            Convolution("conv3", 384, 3, padding=1),
            Convolution("conv4", 384, 3, padding=1),
            Convolution("conv5", 256, 3, padding=1, then=_POOL),
        ),
        dense=(Dense("fc6", 4096, dropout=0.5), Dense("fc7", 4096, dropout=0.5), Dense("fc8", 1000)),
    )


def _cifar_11_percent() -> NetworkSpec:
    """The four-layer net of section 3.3 with normalization, after cuda-convnet's layers-conv-local-11pct.cfg and its
    parameter file: conv1 is pooled before it is normalized, conv2 after; α and k are of pixels on 0–255.
    """
    return NetworkSpec(
        name="cifar-11pct",
        towers=1,
        picture_size=32,
        input_size=24,
        mean="picture",
        convolutions=(
            Convolution("conv1", 64, 5, padding=2, then=("relu", "pool", "norm"), start=0.0001, decay=0.0),
            Convolution("conv2", 64, 5, padding=2, then=_NORM_POOL, start=0.01, decay=0.0),
            Convolution("local3", 64, 3, padding=1, shared=False, start=0.04),
            Convolution("local4", 32, 3, padding=1, shared=False, start=0.04),
        ),
        dense=(Dense("fc10", 10, start=0.01, decay=2.5),),  # 0.01 where the local layers have 0.004
        norm=Norm(size=9, alpha=0.001, beta=0.75, k=1.0),
        pool=Pool(ceil=True),
    )


def _cifar_13_percent() -> NetworkSpec:
    """The same without normalization, after layers-conv-local-13pct.cfg, which differs in more than that: local3 has
    32 maps, and fc10 decays as the others do.
    """
    eleven = _cifar_11_percent()
    conv1, conv2, local3, local4 = eleven.convolutions
    return replace(
        eleven,
        name="cifar-13pct",
        convolutions=(replace(conv1, then=_POOL), replace(conv2, then=_POOL), replace(local3, kernels=32), local4),
        dense=(replace(eleven.dense[0], decay=1.0),),
    )


def _cifar_whole() -> NetworkSpec:
    """The same for whole pictures of 32 × 32: the source of 2012 cannot cut out crops without moving them about."""
    return replace(_cifar_13_percent(), name="cifar-13pct-whole", input_size=32)


def _cifar_2012() -> NetworkSpec:
    """What an earlier version took for the network of section 3.3: the order and width of neither file."""
    return NetworkSpec(
        name="cifar-2012",
        towers=1,
        picture_size=32,
        input_size=24,
        mean="picture",
        convolutions=(
            Convolution("conv1", 64, 5, padding=2, then=_NORM_POOL, start=0.0001, decay=0.0),
            Convolution("conv2", 64, 5, padding=2, then=_NORM_POOL, start=0.01, decay=0.0),
            Convolution("local3", 32, 3, padding=1, shared=False, start=0.04),
            Convolution("local4", 32, 3, padding=1, shared=False, start=0.04),
        ),
        dense=(Dense("fc5", 10, start=0.01),),
        norm=Norm(size=5, alpha=0.001, beta=0.75, k=1.0),
        pool=Pool(ceil=True),
    )


PIXEL_ALPHA = 1e-4  # of the normalization, for pixels of 0–255


def _small_towers(
    name: str, picture_size: int, input_size: int, stride: int, scale: float, kernels: tuple[int, ...]
) -> NetworkSpec:
    """The paper's topology for small pictures: the same five convolutions, meetings and pools with fewer kernels."""
    first, second, third, fourth, fifth, hidden = kernels
    return NetworkSpec(
        name=name,
        picture_size=picture_size,
        input_size=input_size,
        # pixels spread by 64 × scale: the wider, the smaller are conv1's start values and the sooner it shows what it
        # has learned; with a spread of 1 kernels look like the noise of the start, with 8 small batches can diverge
        input_scale=scale,
        norm=_scaled_norm(scale),
        convolutions=(
            Convolution("conv1", first, 7, stride=stride, padding=3, then=_NORM_POOL),
            Convolution("conv2", second, 5, padding=2, sees="own", then=_NORM_POOL),
            Convolution("conv3", third, 3, padding=1),
            Convolution("conv4", fourth, 3, padding=1, sees="own"),
            Convolution("conv5", fifth, 3, padding=1, sees="own", then=_POOL),
        ),
        dense=(
            Dense("fc6", hidden),
            Dense("fc7", hidden, dropout=0.5),
            Dense("fc8", 10, dropout=0.5, start=QUIET_CLASSES),
        ),
    )


def _scaled_norm(scale: float) -> Norm:
    """The paper's normalization where pixels are multiplied by ``scale``: the sum of squares shrinks with its square,
    so α grows by as much; the result is the same one, times ``scale``.
    """
    return Norm(alpha=PIXEL_ALPHA / scale**2)


def _photo_towers() -> NetworkSpec:
    """The paper's topology and its kernels of 11 × 11 for pictures of 64 × 64, such as Tiny ImageNet's.

    It starts quietly in conv1, at 0.3 of √(2 / inputs): start values that hardly decay in a short training would
    stand as noise over what large kernels have learned.
    """
    small = _small_towers("photo-towers", 64, 56, 2, 1 / 16, (96, 192, 256, 256, 192, 768))
    conv1, *others = small.convolutions
    fc6, fc7, fc8 = small.dense
    return replace(
        small,
        convolutions=(replace(conv1, size=11, padding=5, start=0.0056), *others),
        dense=(fc6, replace(fc7, dropout=0.2), replace(fc8, units=200, dropout=0.2)),
        pool=Pool(ceil=True),
    )


VARIANTS: dict[str, NetworkSpec] = {
    spec.name: spec
    for spec in (
        _alexnet_2012(),
        _as_printed(),
        _as_released(),
        _caffe(),
        _caffenet(),
        _one_column(),
        _torchvision(),
        _cifar_11_percent(),
        _cifar_13_percent(),
        _cifar_whole(),
        _small_towers("cifar-towers", 32, 28, 1, 1 / 16, (64, 128, 192, 192, 128, 512)),
        _small_towers("shapes-towers", 64, 56, 2, 1 / 8, (48, 96, 128, 128, 96, 256)),
        _photo_towers(),
    )
}
# not offered any more, but runs and models of older versions have them
OLDER: dict[str, NetworkSpec] = {"cifar-2012": _cifar_2012()}
KNOWN: dict[str, NetworkSpec] = {**VARIANTS, **OLDER}
