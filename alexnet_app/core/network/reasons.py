"""Why each variant of the network is as it is, in sentences for people."""

from collections.abc import Mapping

ABOUT: Mapping[str, str] = {
    "alexnet-2012": "The network of the paper: two towers, five convolutions, three dense layers, 227 × 227 pixels.",
    "alexnet-2012-text": "The same with the normalization's α as the formula is printed, not divided by 5.",
    "alexnet-2012-source": "As in the released source code that gave the published errors: another order of steps.",
    "caffe": "Caffe's bvlc_alexnet: all maps normalized together, k = 1, biases of 0.1.",
    "caffenet": "Caffe's bvlc_reference_caffenet: the same, pooled before it is normalized.",
    "one-column": "The common textbook version: one column, no normalization.",
    "torchvision": "Torchvision's alexnet: one column of 64, 192, 384, 256 and 256 kernels, no normalization.",
    "cifar-11pct": "The four-layer network of section 3.3 with normalization: cuda-convnet's file with 11 % test "
    "error.",
    "cifar-13pct": "The one without normalization: the 13 % file, which also has half the maps in local3 and less "
    "weight decay in fc10.",
    "cifar-13pct-whole": "The same for whole images of 32 × 32, without any regularization (Figure 1).",
    "cifar-2012": "An earlier version's interpretation of those files, kept for existing runs and models.",
    "cifar-towers": "The paper's two towers for images of 32 × 32 pixels.",
    "shapes-towers": "The paper's two towers, smaller still, for the sample data.",
    "photo-towers": "The paper's two towers with 11 × 11 kernels, for photos of 64 × 64 pixels and 200 classes.",
}

_FAN_IN = (
    "√(2 / inputs of a unit) starts to learn with images of any size; the paper's initial weights "
    "can stall for long on small ones"
)
_NO_BIAS = "with these initial weights ReLUs get positive inputs without a bias"
_FIVE = "torch, and the source code that gave the published errors, divide α by the 5 maps that are summed"
_EXACT = "11 × 11 kernels with stride 4 turn 227 pixels into the paper's 55 × 55 maps, but 224 pixels into 54 × 54"
_COLUMN = "made for one GPU with enough memory for all maps, so nothing is split"
_COLOURS = "one number per channel works with crops of any size"

_SMALL: Mapping[str, str] = {
    "picture": "made for small images",
    "crop": "made for small images; random crops vary them",
    "kernels": "fewer are enough for small images, and a computer without a GPU can train them",
    "units": "fewer are enough for few classes",
    "window": "11 × 11 with stride 4 would leave little of a small image",
    "scale": "with a pixel spread of a few units, the kernels of conv1 become visible sooner",
    "mean": _COLOURS,
    "start": f"{_FAN_IN}; with 0.01 in the last layer the first loss equals that of guessing",
    "bias": _NO_BIAS,
    "alpha": "the paper's α is for pixels of 0–255: if these are multiplied by s, α / s² gives the same "
    "normalization; torch also divides it by the 5 maps that are summed",
}
_PHOTO: Mapping[str, str] = {
    **_SMALL,
    "window": "stride 2 instead of 4 keeps the maps of a small image large enough",
    "start": f"{_SMALL['start']}; conv1 uses 0.3 of that, because the initial weights of large kernels hardly "
    "decay in a short training and would remain as noise",
    "ceil": "rounding up turns maps of 28, 14 and 7 pixels into 14, 7 and 3",
    "dropout": "a small network trained for few epochs underfits rather than overfits: 0.2 is enough",
}

_CAFFE: Mapping[str, str] = {
    "crop": _EXACT,
    "k": "Caffe adds the sum of squares to 1",
    "alpha": "Caffe divides α by the 5 maps that are summed, as the source code of 2012 does",
    "across": "Caffe's groups split only the kernels; its normalization ignores them",
    "ceil": "Caffe rounds up; with 227 pixels no window overhangs",
    "bias": "with biases of 1 some settings never start to learn",
    "start": "Caffe's model initializes its wide dense layers with smaller weights",
}

_WRONG = "an earlier version misread the parameter files; cifar-11pct follows them exactly"
_FILES = "as in cuda-convnet's parameter files"
_CIFAR_FILES: Mapping[str, str] = {
    "layers": "a separate network; the paper's footnote refers to cuda-convnet's parameter files",
    "picture": "CIFAR-10's images are 32 × 32",
    "crop": "random crops of 24 × 24 vary the images of 32 × 32",
    "towers": "small enough for one GPU",
    "kernels": _FILES,
    "units": "the maps of local4 feed the class scores directly",
    "window": "11 × 11 with stride 4 would leave little of a small image",
    "shared": "maps are small in these layers, so separate kernels at each position are affordable",
    "ceil": "as in the released source code",
    "dropout": "the parameter files have none",
    "start": _FILES,
    "bias": _FILES,
    "decay": "in the parameter files only the locally connected and dense layers have weight decay",
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
        "overhang": "with them 224 pixels give the paper's 55 × 55 maps, without them 54 × 54",
        "alpha": _FIVE,
        "order": "the source code normalizes and pools conv1, and pools conv5, before their ReLU",
        "map-norm": "the source code has it; the paper does not mention it",
        "start": "the source code initializes these three layers with larger weights",
    },
    "caffe": _CAFFE,
    "caffenet": {**_CAFFE, "order": "pooling first leaves fewer values to normalize"},
    "one-column": {
        "crop": "the listing is used with 227 pixels",
        "towers": _COLUMN,
        "window": "the listing pads conv1 by 2",
        "norm": "the listing omits it, as later networks do",
        "dropout": "the listing applies dropout to the inputs of fc6 and fc7, the paper to their outputs",
        "scale": "inputs with a spread of about 1 suit these initial weights",
        "mean": _COLOURS,
        "start": _FAN_IN,
        "bias": _NO_BIAS,
    },
    "torchvision": {
        "towers": _COLUMN,
        "kernels": "torchvision follows the one-column network of 2014 here",
        "window": "torchvision pads conv1 by 2, which turns 224 pixels into 55 × 55 maps",
        "norm": "torchvision omits it",
        "dropout": "torchvision applies dropout to the inputs of fc6 and fc7, the paper to their outputs",
        "scale": "torchvision divides each channel by its standard deviation on ImageNet",
        "mean": "torchvision subtracts one number per channel",
        "start": _FAN_IN,
        "bias": _NO_BIAS,
    },
    "cifar-11pct": {
        **_CIFAR_FILES,
        **_CIFAR_NORM,
        "decay": "in the parameter file the convolutions have no weight decay, fc10 has 0.01 and the locally "
        "connected layers have 0.004",
    },
    "cifar-13pct": {**_CIFAR_FILES, "norm": "the file with a test error of 13 % has none"},
    "cifar-13pct-whole": {
        **_CIFAR_FILES,
        "crop": "whole images are used without regularization, because random crops are a form of it",
        "norm": "the file with a test error of 13 % has none",
    },
    "cifar-2012": {**_CIFAR_FILES, "k": _CIFAR_NORM["k"], "alpha": _WRONG, "kernels": _WRONG},
    "cifar-towers": _SMALL,
    "shapes-towers": _SMALL,
    "photo-towers": _PHOTO,
}

# what was switched off or changed in a variant, on purpose
ABLATED: Mapping[str, str] = {
    "towers": "changed to measure what the second tower contributes: 1.7 points of top-1 error in the paper "
    "(section 3.2)",
    "kernels": "half of the kernels for one tower; the last convolution keeps all of its kernels, because most "
    "parameters depend on its maps (second footnote)",
    "sees": "changed to measure what it contributes that the towers are connected only in some layers (section 3.2)",
    "norm": "switched off to measure its contribution: 1.4 points of top-1 error in the paper (section 3.3)",
    "alpha": "replaced by a constant gain, to measure what normalization does beyond that (section 3.3)",
    "map-norm": "switched off together with the other normalization",
    "pool": "changed to measure what overlapping pooling contributes: 0.4 points of top-1 error in the paper "
    "(section 3.4)",
    "dropout": "switched off to compare without regularization, as in the paper's Figure 1 (sections 3.1 and 4.2)",
    "activation": "changed for comparison: with ReLU a small network learned six times faster (section 3.1)",
}

# whatever the variant
ALWAYS: Mapping[str, str] = {
    "classes": "one unit per class of the data",
    "dropping": "the expected output is the same, and nothing has to be scaled at test time",
}
UNSCALED = (
    "created by an older version of the program, which used the α of unscaled pixels: its "
    "normalization multiplies by nearly the same number everywhere and hardly compares maps"
)
UNKNOWN = "specific to this model; the program's own variant differs"
