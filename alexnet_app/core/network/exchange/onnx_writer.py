"""A model as an ONNX graph, pixels in and scores out.

The graph is built from the spec, node by node, and not traced by ``torch.onnx.export``: that one turns the hand-written
normalization into dozens of operations (its autograd function has no symbol), needs a package more, and another version
of torch writes another graph. Twenty nodes from a frozen value are exact, alike everywhere, and can be read.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app import __version__
from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.network.exchange.onnx_reader import CLASSES, PREPROCESSING, SPEC
from alexnet_app.core.network.layers import Convolution, Norm, pooled_side
from alexnet_app.core.network.spec import NetworkSpec

OPSET, IR_VERSION = 17, 8  # of 2022: what reads ONNX at all reads these
LARGEST_FILE = (1 << 31) - (1 << 20)  # bytes: protobuf's limit, with room for what is not weights
PIXELS, SCORES = "pixels", "scores"


def write_onnx(path: Path, bundle: Bundle) -> None:
    """Writes ``path``: "pixels" (N, 3, S, S), fp32, red first, 0–255, in; "scores" (N, classes) out.

    The mean is subtracted and the scale applied in the graph. The scores are those before the softmax. The metadata say
    how a picture becomes such a crop, and hold the classes and the spec. Raises UserError for layers that ONNX has not.
    """
    _check(bundle.spec)
    model = _Writer(bundle).model()
    replace_file(path, lambda temporary: temporary.write_bytes(model.SerializeToString()))


def _check(spec: NetworkSpec) -> None:
    local = next((layer.name for layer in spec.convolutions if not layer.shared), None)
    if local:
        raise UserError(
            "{layer} has kernels of its own at each position, for which ONNX has no layer",
            hint="export it to torch, or as .alexnet",
            layer=local,
        )
    if spec.norm.size % 2 == 0 and any("norm" in layer.then for layer in spec.convolutions):
        raise UserError(
            "ONNX places the window of an even normalization size differently: {size} cannot be exported",
            hint="export it to torch, or as .alexnet",
            size=spec.norm.size,
        )
    if 4 * spec.parameters > LARGEST_FILE:
        raise UserError("an ONNX file holds 2 GB at most, this network has {count:,} numbers", count=spec.parameters)


class _Writer:
    """Collects nodes; ``self.at`` is the name of the last result."""

    def __init__(self, bundle: Bundle) -> None:
        from onnx import helper

        self._helper: Any = helper
        self._bundle, self._spec = bundle, bundle.spec
        self._nodes: list[Any] = []
        self._tensors: list[Any] = []
        self.at = PIXELS

    def model(self) -> Any:
        """The whole graph with its metadata."""
        from onnx import TensorProto

        self._prepare()
        self._convolve()
        self._classify()
        self._nodes[-1].output[0] = SCORES
        spec, make = self._spec, self._helper.make_tensor_value_info
        size = spec.input_size
        graph = self._helper.make_graph(
            self._nodes,
            spec.name,
            [make(PIXELS, TensorProto.FLOAT, ["pictures", 3, size, size])],
            [make(SCORES, TensorProto.FLOAT, ["pictures", spec.classes])],
            self._tensors,
        )
        opset = self._helper.make_opsetid("", OPSET)
        model = self._helper.make_model(
            graph, opset_imports=[opset], producer_name="alexnet-app", producer_version=__version__
        )
        model.ir_version = IR_VERSION
        self._helper.set_model_props(model, self._said())
        return model

    def _said(self) -> dict[str, str]:
        spec = self._spec
        steps = (
            f"RGB, 0 to 255: scale the shorter side to {spec.picture_size}, take the centre {spec.picture_size} x "
            f"{spec.picture_size}, then its centre {spec.input_size} x {spec.input_size}; the graph subtracts the mean "
            "and scales; the scores are those before the softmax"
        )
        said = {"picture_size": spec.picture_size, "input_size": spec.input_size, "steps": steps}
        said["inside"] = {"mean": list(self._bundle.mean.shape), "scale": spec.input_scale}
        return {
            PREPROCESSING: json.dumps(said),
            CLASSES: json.dumps(self._bundle.classes),
            SPEC: json.dumps(spec.to_dict()),
        }

    def _prepare(self) -> None:
        self._node("Sub", "centred", [self.at, self._tensor("mean", self._bundle.mean.unsqueeze(0))])
        scale = self._spec.input_scale
        numbers = np.array(scale if isinstance(scale, tuple) else (scale,), np.float32).reshape(1, -1, 1, 1)
        self._node("Mul", "scaled", [self.at, self._tensor("scale", numbers)])

    def _convolve(self) -> None:
        spec, sides = self._spec, iter(self._spec.sides())
        for layer in spec.convolutions:
            self._convolution(layer)
            side = next(sides)
            for step in layer.then:
                name = f"{layer.name}.{step}.{len(self._nodes)}"  # a step may come twice
                match step:
                    case "relu" | "tanh":
                        self._node(step.capitalize(), name, [self.at])
                    case "norm":
                        self._norm(name, layer.kernels)
                    case "map-norm":
                        self._norm_within_maps(name, spec.map_norm)
                    case "pool":
                        self._pool(name, side)
                        side = next(sides)

    def _convolution(self, layer: Convolution) -> None:
        before = layer.padding
        after = before + (self._spec.overhang if layer is self._spec.convolutions[0] else 0)
        self._node(
            "Conv",
            layer.name,
            [self.at, self._weight(f"{layer.name}.weight"), self._weight(f"{layer.name}.bias")],
            kernel_shape=[layer.size] * 2,
            strides=[layer.stride] * 2,
            pads=[before, before, after, after],
            group=self._spec.towers if layer.sees == "own" else 1,
        )

    def _norm(self, name: str, maps: int) -> None:
        """ONNX, too, divides alpha by the size; it knows no towers, so each is normalized for itself."""
        values = self._spec.norm
        constants = {"size": values.size, "alpha": values.alpha, "beta": values.beta, "bias": values.k}
        if values.across == "all" or self._spec.towers == 1:
            self._node("LRN", name, [self.at], **constants)
            return
        towers = self._split(name, maps)
        self._nodes += [
            self._helper.make_node("LRN", [tower], [f"{tower}.normed"], f"{tower}.normed", **constants)
            for tower in towers
        ]
        self._node("Concat", name, [f"{tower}.normed" for tower in towers], axis=1)

    def _norm_within_maps(self, name: str, values: Norm) -> None:
        """``a · (k + alpha · mean of the squares around)^−beta``, zeros counted where the window hangs over."""
        maps = self.at
        window = {"kernel_shape": [values.size] * 2, "strides": [1, 1], "pads": [values.size // 2] * 4}
        self._node("Mul", f"{name}.squares", [maps, maps])
        self._node("AveragePool", f"{name}.means", [self.at], count_include_pad=1, **window)
        self._node("Mul", f"{name}.scaled", [self.at, self._number(f"{name}.alpha", values.alpha)])
        self._node("Add", f"{name}.base", [self.at, self._number(f"{name}.k", values.k)])
        self._node("Pow", f"{name}.power", [self.at, self._number(f"{name}.beta", -values.beta)])
        self._node("Mul", name, [maps, self.at])

    def _pool(self, name: str, side: int) -> None:
        """Whether the last window hangs over is said by padding, in which all programs agree."""
        pool = self._spec.pool
        over = max(0, (pooled_side(side, pool) - 1) * pool.stride + pool.size - side)
        sizes = {"kernel_shape": [pool.size] * 2, "strides": [pool.stride] * 2, "pads": [0, 0, over, over]}
        self._node("MaxPool", name, [self.at], **sizes)

    def _classify(self) -> None:
        self._node("Flatten", "flat", [self.at], axis=1)
        inputs = {row.name: row.inputs for row in self._spec.figures()}
        for layer in self._spec.dense:
            weight, bias = self._bundle.weights[f"{layer.name}.weight"], self._bundle.weights[f"{layer.name}.bias"]
            if layer.sees == "own" and self._spec.towers > 1:
                self._tower_gemm(layer.name, inputs[layer.name], weight, bias)
            else:
                tensors = [self._tensor(f"{layer.name}.weight", weight), self._tensor(f"{layer.name}.bias", bias)]
                self._node("Gemm", layer.name, [self.at, *tensors], transB=1)
            if layer is not self._spec.dense[-1]:
                self._node(layer.then.capitalize(), f"{layer.name}.{layer.then}", [self.at])

    def _tower_gemm(self, name: str, inputs: int, weight: Tensor, bias: Tensor) -> None:
        towers = self._split(name, 2 * inputs)
        halves = zip(towers, weight.chunk(2), bias.chunk(2), strict=True)
        for tower, rows, numbers in halves:
            names = [self._tensor(f"{tower}.weight", rows), self._tensor(f"{tower}.bias", numbers)]
            self._nodes.append(
                self._helper.make_node("Gemm", [tower, *names], [f"{tower}.out"], f"{tower}.out", transB=1)
            )
        self._node("Concat", name, [f"{tower}.out" for tower in towers], axis=1)

    def _split(self, name: str, width: int) -> list[str]:
        """The maps or units of tower A and of tower B."""
        sizes = self._tensor(f"{name}.towers", np.array([width // 2] * 2, np.int64))
        towers = [f"{name}.A", f"{name}.B"]
        self._nodes.append(self._helper.make_node("Split", [self.at, sizes], towers, f"{name}.split", axis=1))
        return towers

    def _node(self, kind: str, name: str, inputs: list[str], **attributes: Any) -> None:
        self._nodes.append(self._helper.make_node(kind, inputs, [name], name, **attributes))
        self.at = name

    def _weight(self, name: str) -> str:
        return self._tensor(name, self._bundle.weights[name])

    def _number(self, name: str, value: float) -> str:
        return self._tensor(name, np.array(value, np.float32))

    def _tensor(self, name: str, values: Tensor | NDArray[Any]) -> str:
        from onnx import numpy_helper

        array = values.contiguous().numpy() if isinstance(values, Tensor) else values
        self._tensors.append(numpy_helper.from_array(array, name))
        return name
