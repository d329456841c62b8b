"""A model becomes a file of others."""

from pathlib import Path

from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.network.bundle import Bundle, half_notes, write_bundle
from alexnet_app.core.network.exchange.onnx_writer import write_onnx
from alexnet_app.core.network.exchange.torch_file import torch_notes, write_torch

FORMATS = {"onnx": ".onnx", "torch": ".pth", "alexnet": ".alexnet"}  # with the suffix of each


def export_model(bundle: Bundle, kind: str, path: Path, *, half: bool = False) -> tuple[str, ...]:
    """Writes the model to ``path`` as one of FORMATS, an ``.alexnet`` file with ``half`` in fp16.

    Gives, as sentences, what that lost, or what others will not know of the model.
    Raises UserError where that cannot hold it, or be written.
    """
    if not path.parent.is_dir():
        raise UserError("there is no folder {folder}", hint="create it, or choose another", folder=path.parent)
    if half and kind != "alexnet":
        raise UserError("only an .alexnet file is written in fp16, not {kind}", hint=Way.NO_HALF, kind=kind)
    match kind:
        case "onnx":
            write_onnx(path, bundle)
        case "torch":
            write_torch(path, bundle)
        case "alexnet":
            write_bundle(path, bundle, half=half)
        case _:
            raise ValueError(kind)
    if kind == "torch":
        return torch_notes(bundle)
    return half_notes(bundle.weights) if half else ()
