"""Why each variant of the network is as it is, in sentences for people."""

from collections.abc import Mapping

ABOUT: Mapping[str, str] = {
    "alexnet-2012": "The network of the paper: two towers, five convolutions, three dense layers, 227 × 227 pixels.",
    "alexnet-2012-text": "The same with the normalization's α as the formula is printed, not divided by 5.",
    "alexnet-2012-source": "The same in the order of steps of the source that was released, the one with the published "
    "errors.",
    "caffe": "Caffe's bvlc_alexnet: all maps normalized together, k = 1, biases of 0.1.",
    "caffenet": "Caffe's bvlc_reference_caffenet: the same, pooled before it is normalized.",
    "one-column": "The widespread teaching version: one column, no normalization.",
    "torchvision": "Torchvision's alexnet: one column of 64, 192, 384, 256 and 256 kernels, no normalization.",
    "cifar-11pct": "The four-layer network of section 3.3 with normalization: cuda-convnet's file of 11 % test error.",
    "cifar-13pct": "The one without: the file of 13 %, which also has half the maps in local3 and less decay in fc10.",
    "cifar-13pct-whole": "The same for whole pictures of 32 × 32, without any regularization (Figure 1).",
    "cifar-2012": "An earlier version's reading of those files, kept for its runs and models.",
    "cifar-towers": "The paper's two towers for pictures of 32 × 32 pixels.",
    "shapes-towers": "The paper's two towers, smaller still, for the sample data.",
    "photo-towers": "The paper's two towers with its kernels of 11 × 11, for photos of 64 × 64 pixels and 200 classes.",
}

_FAN_IN = (
    "√(2 / inputs of a unit) leaves the start with any pictures; the paper's start values can stay there for long on "
    "small ones"
)
_NO_BIAS = "with these start values ReLUs get positive inputs without a bias"
_FIVE = "torch, and the source that gave the published errors, divide α by the 5 maps that are summed"
_EXACT = "11 × 11 kernels with stride 4 make the paper's 55 × 55 maps of 227 pixels; of 224 they make 54 × 54"
_COLUMN = "made for one GPU with room for all maps: nothing has to be split"
_COLOURS = "one number for each colour works with crops of any size"

_SMALL: Mapping[str, str] = {
    "picture": "made for small pictures",
    "crop": "made for small pictures; crops of them vary what is seen",
    "kernels": "fewer are enough for small pictures, and a computer without a GPU can train them",
    "units": "fewer are enough for few classes",
    "window": "11 × 11 with stride 4 would leave little of a small picture",
    "scale": "pixels that spread by a few units let conv1 show what it has learned soon",
    "mean": _COLOURS,
    "start": f"{_FAN_IN}; with 0.01 in the last layer the first loss is that of guessing",
    "bias": _NO_BIAS,
    "alpha": "the paper's α belongs to pixels of 0–255: where these are multiplied by s, α / s² makes the same "
    "normalization; and torch divides it by the 5 maps that are summed",
}
_PHOTO: Mapping[str, str] = {
    **_SMALL,
    "window": "stride 2 instead of 4 leaves maps of a small picture",
    "start": f"{_SMALL['start']}; conv1 starts at 0.3 of that, because the start values of large kernels hardly decay "
    "in a short training and would stay as noise",
    "ceil": "rounding up makes maps of 14, 7 and 3 of those of 28, 14 and 7",
    "dropout": "a small network in few epochs learns too little rather than by heart: 0.2 is enough",
}

_CAFFE: Mapping[str, str] = {
    "crop": _EXACT,
    "k": "Caffe adds the sum of squares to 1",
    "alpha": "Caffe divides α by the 5 maps that are summed, as the source of 2012 does",
    "across": "Caffe's groups split the kernels only; its normalization knows no towers",
    "ceil": "Caffe rounds up; at 227 pixels no window hangs over",
    "bias": "with biases of 1 some settings do not leave the start",
    "start": "Caffe's model starts its wide dense layers narrower",
}

_WRONG = "an earlier version read the parameter files so; cifar-11pct has them as they are"
_FILES = "as cuda-convnet's parameter files have it"
_CIFAR_FILES: Mapping[str, str] = {
    "layers": "a network of its own, which the paper's footnote leaves to cuda-convnet's parameter files",
    "picture": "CIFAR-10's pictures are 32 × 32",
    "crop": "crops of 24 × 24 vary what is seen of 32 × 32",
    "towers": "small enough for one GPU",
    "kernels": _FILES,
    "units": "the maps of local4 lead straight to the classes",
    "window": "11 × 11 with stride 4 would leave little of a small picture",
    "shared": "maps are small where these layers are: kernels of their own at each place are affordable",
    "ceil": "as the released source pools",
    "dropout": "the parameter files have none",
    "start": _FILES,
    "bias": _FILES,
    "decay": "the parameter files let only the locally connected and the dense layers decay",
}
_CIFAR_NORM: Mapping[str, str] = {
    "k": "cuda-convnet adds the sum of squares to 1",
    "n": f"{_FILES}: rnorm1 and rnorm2 sum over 9 maps",
    "alpha": f"{_FILES}: 0.001, divided by the 9 maps that are summed",
    "order": f"{_FILES}: pool1 comes before rnorm1",
}

# what differs from the paper in a variant, by the keys of differences.ASPECTS
OF_VARIANT: Mapping[str, Mapping[str, str]] = {
    "alexnet-2012": {"crop": _EXACT, "alpha": _FIVE},
    "alexnet-2012-text": {"crop": _EXACT},
    "alexnet-2012-source": {
        "overhang": "with them 224 pixels make the paper's 55 × 55 maps; without, 54 × 54",
        "alpha": _FIVE,
        "order": "the source normalizes and pools conv1, and pools conv5, before their ReLU",
        "map-norm": "the source has it, the paper does not mention it",
        "start": "the source starts these three layers wider",
    },
    "caffe": _CAFFE,
    "caffenet": {**_CAFFE, "order": "pooling first leaves less to normalize"},
    "one-column": {
        "crop": "the listing is used with 227 pixels",
        "towers": _COLUMN,
        "window": "the listing pads conv1 by 2",
        "norm": "the listing leaves it out; later networks do without it too",
        "dropout": "the listing drops the inputs of fc6 and fc7, the paper the outputs",
        "scale": "inputs that spread by about 1 fit these start values",
        "mean": _COLOURS,
        "start": _FAN_IN,
        "bias": _NO_BIAS,
    },
    "torchvision": {
        "towers": _COLUMN,
        "kernels": "torchvision follows the one-column network of 2014 here",
        "window": "torchvision pads conv1 by 2, which makes 55 × 55 maps of 224 pixels",
        "norm": "torchvision leaves it out",
        "dropout": "torchvision drops the inputs of fc6 and fc7, the paper the outputs",
        "scale": "torchvision divides each colour by its standard deviation on ImageNet",
        "mean": "torchvision subtracts one number for each colour",
        "start": _FAN_IN,
        "bias": _NO_BIAS,
    },
    "cifar-11pct": {
        **_CIFAR_FILES,
        **_CIFAR_NORM,
        "decay": "the parameter file lets the convolutions not decay, and fc10 by 0.01 where "
        "the locally connected layers have 0.004",
    },
    "cifar-13pct": {**_CIFAR_FILES, "norm": "the file with a test error of 13 % has none"},
    "cifar-13pct-whole": {
        **_CIFAR_FILES,
        "crop": "without regularization whole pictures are shown: crops that move are one",
        "norm": "the file with a test error of 13 % has none",
    },
    "cifar-2012": {**_CIFAR_FILES, "k": _CIFAR_NORM["k"], "alpha": _WRONG, "kernels": _WRONG},
    "cifar-towers": _SMALL,
    "shapes-towers": _SMALL,
    "photo-towers": _PHOTO,
}

# what was switched off or changed in a variant, on purpose
ABLATED: Mapping[str, str] = {
    "towers": "changed to see what the second tower is worth: in the paper 1.7 points of top-1 error (section 3.2)",
    "kernels": "half of the kernels for one tower; the last convolution keeps its own, because most of what is learned "
    "hangs on its maps (second footnote)",
    "sees": "changed to see what it is worth that the towers meet in some layers only (section 3.2)",
    "norm": "switched off to see what it is worth: in the paper 1.4 points of top-1 error (section 3.3)",
    "alpha": "a constant gain in its place, to see what normalization does beyond that (section 3.3)",
    "map-norm": "switched off with the other normalization",
    "pool": "changed to see what overlapping pools are worth: in the paper 0.4 points of top-1 error (section 3.4)",
    "dropout": "switched off to compare without regularization, as in the paper's Figure 1 (sections 3.1 and 4.2)",
    "activation": "changed to compare: with ReLU a small network learned six times sooner (section 3.1)",
}

# whatever the variant
ALWAYS: Mapping[str, str] = {
    "classes": "one unit for each class of the data",
    "dropping": "the same expectation, and a network that answers has nothing to scale",
}
UNSCALED = (
    "an older version of the program made it, which kept the α of unscaled pixels: its normalization multiplies by "
    "nearly the same number everywhere and hardly compares maps"
)
UNKNOWN = "this model was made so; it is not how the program's own variant has it"
