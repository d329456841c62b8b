"""Models from files of others and files of others from models, in any panel that has a list of models."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from alexnet_app.core.runs.listing import models_folder
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.models import jobs as exchange_jobs
from alexnet_app.ui.models.jobs import Brought, ModelExported
from alexnet_app.ui.parts.model_chooser import ModelChooser
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.save_dialog import SaveDialog
from alexnet_app.ui.settings import Settings

KINDS = {".onnx": "onnx", ".pth": "torch", ".pt": "torch", ".alexnet": "alexnet"}
EXPORTS = "exports"  # the folder that is remembered


class ModelImport(QObject):
    """Makes models of the files of others that ``chooser`` is given; ``imported`` tells where a new, chosen one is."""

    imported = Signal(str)

    def __init__(self, jobs: Jobs, chooser: ModelChooser, banner: Banner, panel: QWidget) -> None:
        super().__init__(panel)
        self._jobs, self._chooser, self._banner = jobs, chooser, banner
        chooser.foreign_chosen.connect(self.bring_in)

    def bring_in(self, path: str) -> None:
        """Makes a model from a file of others, in the folder of models, and chooses it."""
        self._banner.show_note(self.tr("Reading the weights in {path}…").format(path=path))
        work = partial(exchange_jobs.bring_in, Path(path), models_folder())
        self._jobs.start(work, self._take, self._banner.show_failure, name="import")

    def _take(self, brought: object) -> None:
        assert isinstance(brought, Brought)
        path = str(brought.path)
        self._chooser.choose(path)
        self._chooser.chosen.emit(path)
        self._banner.show_note(self._said(brought))
        self.imported.emit(path)

    def _said(self, brought: Brought) -> str:
        text = self.tr("Imported {name}: {network} with {classes} classes, saved as {path}.")
        said = text.format(
            name=brought.source.name, network=brought.network, classes=local(f"{brought.classes:,}"), path=brought.path
        )
        return " ".join([said, *_sentences(brought.notes)])


class ModelExport(QObject):
    """Its ``action`` writes the model that ``chooser`` has as a file of others."""

    def __init__(self, jobs: Jobs, settings: Settings, chooser: ModelChooser, banner: Banner, panel: QWidget) -> None:
        super().__init__(panel)
        self._jobs, self._settings, self._panel = jobs, settings, panel
        self._chooser, self._banner = chooser, banner
        self.action = QAction(self.tr("Export the model…"), panel)
        self.action.setShortcut(QKeySequence("Ctrl+Shift+E"))
        self.action.triggered.connect(self._ask_where)

    def _ask_where(self) -> None:
        model = Path(self._chooser.path())
        folder = self._settings.folder(EXPORTS, Path.home())
        kinds = {
            self.tr("ONNX (*.onnx)"): "onnx",
            self.tr("PyTorch weights (*.pth)"): "pth",
            self.tr("AlexNet App model (*.alexnet)"): "alexnet",
        }
        dialog = SaveDialog(self._panel, self.tr("Export the model"), str(folder), kinds, partial(self._export, model))
        dialog.selectFile(model.stem)
        dialog.open()

    def _export(self, model: Path, to: str, suffix: str, replace: bool) -> None:
        path = Path(to)
        self._settings.keep_folder(EXPORTS, path.parent)
        kind = KINDS.get(path.suffix.lower(), KINDS[f".{suffix}"])
        self._banner.show_note(self.tr("Writing {path}…").format(path=path))
        work = partial(exchange_jobs.export, model, kind, path, replace)
        self._jobs.start(work, self._tell, self._banner.show_failure, name="export model")

    def _tell(self, exported: object) -> None:
        assert isinstance(exported, ModelExported)
        said = self.tr("The model was exported to {path}").format(path=exported.path)
        notes = _sentences(exported.notes)
        self._banner.show_note(" ".join([f"{said}.", *notes]) if notes else said)


def _sentences(notes: tuple[str, ...]) -> list[str]:
    translated = (QCoreApplication.translate("core", note) for note in notes)
    return [f"{note[:1].upper()}{note[1:]}." for note in translated]
