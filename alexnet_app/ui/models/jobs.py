"""What is done on threads with files of others: a model is made from one, or one from a model."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.listing import new_model_file
from alexnet_app.ui.job import Asked


@dataclass(frozen=True, slots=True)
class Brought:
    """The weights of ``source`` are the model at ``path`` now; ``notes`` say what was taken for granted."""

    source: Path
    path: Path
    network: str
    classes: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModelExported:
    """The model is at ``path`` too; ``notes`` say what others will not know of it."""

    path: Path
    notes: tuple[str, ...] = ()


def bring_in(source: Path, folder: Path, asked: Asked) -> Iterator[Brought]:
    """Makes a model in ``folder`` from a file of torch, Caffe or ONNX, with names and mean that lie beside it."""
    from alexnet_app.core.network.bundle import write_bundle
    from alexnet_app.core.network.exchange.importing import import_model

    imported = import_model(source, look_beside=True)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError("the folder {folder} cannot be created", folder=folder) from error
    path = new_model_file(folder, source.stem)
    try:
        write_bundle(path, imported.bundle)
    except BaseException:
        with suppress(OSError):
            path.unlink()  # its name was taken, nothing more
        raise
    spec = imported.bundle.spec
    yield Brought(source, path, spec.name, spec.classes, imported.notes)


def export(model: Path, kind: str, path: Path, replace: bool, asked: Asked) -> Iterator[ModelExported]:
    """Writes the model in another format; ``replace``: the person agreed to replace the file that is there."""
    from alexnet_app.core.network.bundle import read_bundle
    from alexnet_app.core.network.exchange.exporting import export_model
    from alexnet_app.core.outputs import EXPORTS, Guard

    Guard([model], replace=replace).file(path, EXPORTS[kind])
    yield ModelExported(path, export_model(read_bundle(model), kind, path))
