"""The tensors of an ONNX graph: their shapes at once, their numbers when they are asked for."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.foreign import UnreadableError, open_regular
from alexnet_app.core.network.exchange.parts import Load

EXTERNAL = 1  # where numbers lie in a file beside the graph
# codes of onnx.proto, and how such numbers are kept in a file of their own
KEPT = {1: "<f4", 7: "<i8", 10: "<f2", 11: "<f8"}
PLAIN = (1, 10, 11, 16)  # float, float16, double, bfloat16
MOST_SMALL = 3 * 4096**2  # numbers of a mean picture


class Tensors:
    """Initializers, and constants that are nodes; ``folder`` is where files beside the graph are looked for."""

    def __init__(self, graph: Any, folder: Path) -> None:
        self._folder = folder
        self._known = {each.name: each for each in graph.initializer}
        for node in graph.node:
            values = [each.t for each in node.attribute if each.name == "value" and each.type == 4]
            if node.op_type == "Constant" and values:
                self._known[node.output[0]] = values[0]

    def __contains__(self, name: str) -> bool:
        return name in self._known

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape as the file says it."""
        return tuple(self._tensor(name).dims)

    def load(self, name: str, *, turned: bool = False) -> Load:
        """What reads weights as fp32; ``turned`` with rows for columns. Raises UserError where they are no plain
        floating-point numbers: others are weights only together with a scale.
        """
        tensor = self._tensor(name)
        if tensor.data_type not in PLAIN:
            raise UserError("{name} in it is not a plain floating-point tensor", name=name[:200])
        return lambda: self._read(tensor).T.contiguous() if turned else self._read(tensor)

    def small(self, name: str) -> Tensor | None:
        """Its numbers, where it is there and no larger than a mean picture."""
        tensor = self._known.get(name)
        return None if tensor is None or math.prod(tensor.dims) > MOST_SMALL else self._read(tensor)

    def _tensor(self, name: str) -> Any:
        if name not in self._known:
            raise UserError("the numbers of {name} are not stored in the file", name=name[:200])
        return self._known[name]

    def _read(self, tensor: Any) -> Tensor:
        from onnx import numpy_helper

        try:
            values = self._beside(tensor) if tensor.data_location == EXTERNAL else numpy_helper.to_array(tensor)
            kept = values.astype(np.float32) if not np.iscomplexobj(values) else None
            found = None if kept is None else torch.from_numpy(kept).reshape(tuple(tensor.dims))
        except (UnreadableError, OSError, ValueError, TypeError, KeyError, RuntimeError, OverflowError) as error:
            why = error.why if isinstance(error, UnreadableError) else cause(error)[:300]
            raise UserError("the numbers of {name} cannot be read: {why}", name=tensor.name[:200], why=why) from error
        if found is None:
            raise UserError("the numbers of {name} are complex", name=tensor.name[:200])
        return found

    def _beside(self, tensor: Any) -> NDArray[Any]:
        """Numbers from the file beside the graph that the graph names; never from another folder."""
        said = {each.key: each.value for each in tensor.external_data}
        name = said.get("location", "")
        file = self._folder / name
        if not name or name != file.name or file.is_symlink():
            raise UserError(
                "the numbers of {name} are stored in {file!r}, which is not a file beside it",
                name=tensor.name[:200],
                file=name[:200],
            )
        begin, kind = int(said.get("offset", "0")), KEPT[tensor.data_type]
        with open_regular(file, links=False) as opened:  # a pipe would be waited for
            return np.memmap(opened, kind, "r", begin, tuple(tensor.dims))
