"""The layers of a network as a table for people, with what they cost."""

from dataclasses import dataclass

from alexnet_app.core.network.layers import Convolution, Dense, pooled_side
from alexnet_app.core.network.spec import LayerFigures, NetworkSpec

FP32 = 4  # bytes of a number
GAIN = "× k^-β"  # a normalization whose α is 0: a constant factor


@dataclass(frozen=True, slots=True)
class LayerRow:
    """A layer in words, and its figures for one picture; memory in bytes, fp32.

    ``output`` is the shape of its maps, or its units; ``map_bytes`` what these take, ``weight_bytes`` what is learned.
    """

    name: str
    output: str
    kernels: str
    sees: str
    then: str
    parameters: int
    map_bytes: int
    weight_bytes: int
    multiply_adds: int


@dataclass(frozen=True, slots=True)
class LayerTable:
    """All layers and their sums. ``training_flops`` are the floating-point operations of one training step of one
    picture: forward, and backward twice as much, but for conv1, whose input needs no gradient.
    """

    rows: tuple[LayerRow, ...]
    parameters: int
    map_bytes: int
    weight_bytes: int
    multiply_adds: int
    training_flops: int


def layer_table(spec: NetworkSpec) -> LayerTable:
    """The layers of ``spec`` from the picture to the classes."""
    figures = spec.figures()
    rows = tuple(_row(spec, layer, figure) for layer, figure in zip(spec.layers, figures, strict=True))
    work = sum(row.multiply_adds for row in rows)
    return LayerTable(
        rows,
        sum(row.parameters for row in rows),
        sum(row.map_bytes for row in rows),
        sum(row.weight_bytes for row in rows),
        work,
        2 * (3 * work - rows[0].multiply_adds),  # a multiply-add is two operations
    )


def sees(spec: NetworkSpec, layer: Convolution | Dense) -> str:
    """What one unit of ``layer`` reads: "the image", "its own tower", "both towers", "all maps"."""
    if layer is spec.convolutions[0]:
        return "the image"
    if spec.towers == 1:
        return "all maps" if layer in spec.convolutions[1:] or layer is spec.dense[0] else "all units"
    return "its own tower" if layer.sees == "own" else "both towers"


def window(layer: Convolution) -> str:
    """The kernels' size and steps: "11 × 11, stride 4, padding 0"."""
    return f"{layer.size} × {layer.size}, stride {layer.stride}, padding {layer.padding}"


def _row(spec: NetworkSpec, layer: Convolution | Dense, figure: LayerFigures) -> LayerRow:
    is_dense = isinstance(layer, Dense)
    return LayerRow(
        layer.name,
        f"{figure.maps:,}" if is_dense else f"{figure.maps:,} × {figure.side} × {figure.side}",
        f"{figure.inputs:,} inputs each" if isinstance(layer, Dense) else _kernels(layer, figure.inputs),
        sees(spec, layer),
        _dense_then(spec, layer) if isinstance(layer, Dense) else _then(spec, layer, figure.side),
        figure.parameters,
        figure.map_bytes,
        FP32 * figure.parameters,
        figure.multiply_adds,
    )


def _kernels(layer: Convolution, inputs: int) -> str:
    depth, where = inputs // layer.size**2, "" if layer.shared else " at each position"
    size = f"{layer.size} × {layer.size} × {depth:,}"
    return f"{layer.kernels:,} of {size}{where}, stride {layer.stride}, padding {layer.padding}"


def _then(spec: NetworkSpec, layer: Convolution, side: int) -> str:
    said = {
        "relu": "ReLU",
        "tanh": "tanh",
        "norm": "LRN" if spec.norm.alpha else GAIN,
        "map-norm": "norm within maps" if spec.map_norm.alpha else GAIN,
    }
    words = []
    for step in layer.then:
        if step == "pool":
            side = pooled_side(side, spec.pool)
            words.append(f"pool {spec.pool.size}/{spec.pool.stride} → {side} × {side}")
        else:
            words.append(said[step])
    return ", ".join(words)


def _dense_then(spec: NetworkSpec, layer: Dense) -> str:
    """What follows a dense layer; dropout stands with the layer whose outputs it drops, as in the paper."""
    place = spec.dense.index(layer)
    if place == len(spec.dense) - 1:
        return "softmax"
    dropout = spec.dense[place + 1].dropout
    return ("tanh" if layer.then == "tanh" else "ReLU") + (f", dropout {dropout:g}" if dropout else "")
