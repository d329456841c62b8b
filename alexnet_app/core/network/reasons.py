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
    "cifar-2012": "The paper's four-layer network for CIFAR-10, with two locally connected layers.",
    "cifar-towers": "The paper's two towers for pictures of 32 × 32 pixels.",
    "shapes-towers": "The paper's two towers, smaller still, for the sample data.",
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
    "start": _FAN_IN,
    "bias": _NO_BIAS,
    "alpha": _FIVE,
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
    "cifar-2012": {
        "layers": "a network of its own, which the paper leaves to its parameter files",
        "picture": "CIFAR-10's pictures are 32 × 32",
        "crop": "crops of 24 × 24 vary what is seen of 32 × 32",
        "towers": "small enough for one GPU",
        "kernels": "as the parameter files have it",
        "units": "the maps of local4 lead straight to the classes",
        "window": "11 × 11 with stride 4 would leave little of a small picture",
        "shared": "maps are small where these layers are: kernels of their own at each place are affordable",
        "k": "as the parameter files have it",
        "alpha": "as the parameter files have it, divided by the 5 maps that are summed",
        "ceil": "as the released source pools",
        "dropout": "the parameter files have none",
        "start": "as the parameter files have it",
        "bias": "as the parameter files have it",
        "decay": "the parameter files let only the locally connected and the dense layers decay",
    },
    "cifar-towers": _SMALL,
    "shapes-towers": _SMALL,
}

# what was switched off or changed in a variant, on purpose
ABLATED: Mapping[str, str] = {
    "towers": "changed to see what the second tower is worth: in the paper 1.7 points of top-1 error (section 3.2)",
    "kernels": "half of the kernels for one tower; the last convolution keeps its own, because most of what is learned "
    "hangs on its maps (second footnote)",
    "sees": "changed to see what it is worth that the towers meet in some layers only (section 3.2)",
    "norm": "switched off to see what it is worth: in the paper 1.4 points of top-1 error (section 3.3)",
    "map-norm": "switched off with the other normalization",
    "pool": "changed to see what overlapping pools are worth: in the paper 0.4 points of top-1 error (section 3.4)",
    "activation": "changed to compare: with ReLU a small network learned six times sooner (section 3.1)",
}

# whatever the variant
ALWAYS: Mapping[str, str] = {
    "classes": "one unit for each class of the data",
    "dropping": "the same expectation, and a network that answers has nothing to scale",
}
UNKNOWN = "this model was made so; it is not how the program's own variant has it"
