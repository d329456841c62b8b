"""Runs taken elsewhere from the window, and back: where to, the work on a thread, and what came of it."""

import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.parts.save_dialog import SaveDialog

SUFFIXES = {"zip": "zip", "report": "html", "csv": "csv"}  # the others are folders


@dataclass(frozen=True, slots=True)
class TakenElsewhere:
    """A run was written to ``path``; ``is_trained``: it goes on meanwhile."""

    path: Path
    is_trained: bool = False


class LeftError(Exception):
    """The window is left while a run is written: what is not whole is not there."""


class TakingOut(QObject):
    """``told`` and ``failed`` are for the panel's banner, ``imported`` tells the folder of a new run."""

    told = Signal(str)
    failed = Signal(object)
    imported = Signal(str)

    def __init__(self, jobs: Jobs, parent: QWidget) -> None:
        super().__init__(parent)
        self._jobs, self._window = jobs, parent

    def ask(self, path: str, kind: str, name: str) -> None:
        """Asks where the run in the folder ``path``, called ``name``, should be written as ``kind``."""
        folder = Path(path)
        if kind not in SUFFIXES:
            dialog = QFileDialog(self._window, self.tr("A new folder for TensorBoard's files"), str(folder.parent))
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.fileSelected.connect(lambda to: self.write(folder, kind, to))
            dialog.open()
            return
        words = {
            "zip": self.tr("ZIP of the run (*.zip)"),
            "report": self.tr("Web page (*.html)"),
            "csv": self.tr("Table (*.csv)"),
        }
        title = self.tr("Export {name}").format(name=one_line(name))
        suffix = SUFFIXES[kind]
        SaveDialog(
            self._window,
            title,
            str(folder.parent / f"{folder.name}.{suffix}"),
            {words[kind]: suffix},
            lambda to, _, replace: self.write(folder, kind, to, replace=replace),
        ).open()

    def write(self, folder: Path, kind: str, to: str, *, replace: bool = False) -> None:
        """Writes the run in ``folder`` as ``kind`` to ``to``."""
        self.told.emit(self.tr("Exporting {name}…").format(name=one_line(folder.name)))
        work = partial(taking_out, folder, kind, Path(to), replace)
        self._jobs.start(work, self._tell, self.failed.emit, name="export")

    def ask_for_zip(self, parent: Path) -> None:
        """Asks for the ZIP of a run, which is unpacked into a folder of its own in ``parent``."""
        dialog = QFileDialog(self._window, self.tr("Import a run"), str(parent), self.tr("ZIP of a run (*.zip)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.bring_in(path, parent))
        dialog.open()

    def bring_in(self, path: str, parent: Path) -> None:
        """Unpacks the ZIP ``path``."""
        self.told.emit(self.tr("Importing {name}…").format(name=one_line(Path(path).name)))
        work = partial(bringing_in, Path(path), parent)
        self._jobs.start(work, self._take, self.failed.emit, name="import")

    def _tell(self, done: object) -> None:
        assert isinstance(done, TakenElsewhere)
        text = self.tr("Exported to {path}.").format(path=one_line(done.path, 400))
        trained = self.tr("The run is in progress; this is how it is now.")
        self.told.emit(f"{text} {trained}" if done.is_trained else text)

    def _take(self, folder: object) -> None:
        assert isinstance(folder, Path)
        self.told.emit(self.tr("Imported into {folder}.").format(folder=one_line(folder, 400)))
        self.imported.emit(str(folder))


def taking_out(
    folder: Path, kind: str, to: Path, replace: bool, asked: "queue.SimpleQueue[Command]"
) -> Iterator[TakenElsewhere]:
    """Writes the run in ``folder`` as ``kind``; nothing is yielded, and nothing is there, where it is left before."""
    from alexnet_app.core.exports.packing import pack
    from alexnet_app.core.exports.report import write_report
    from alexnet_app.core.exports.series import write_series
    from alexnet_app.core.exports.tensorboard import write_tensorboard
    from alexnet_app.core.outputs import PAGE, RUN_ZIP, TABLE, Guard

    run, heard = Run.existing(folder), _heard(asked)
    guard = Guard([folder], replace=replace)
    try:
        match kind:
            case "zip":
                yield TakenElsewhere(to, pack(run, guard.file(to, RUN_ZIP), heard).is_trained)
                return
            case "report":
                write_report(run, guard.file(to, PAGE))
            case "csv":
                write_series(run, guard.file(to, TABLE))
            case _:
                write_tensorboard(run, to, heard)
    except LeftError:
        return
    yield TakenElsewhere(to)


def bringing_in(path: Path, parent: Path, asked: "queue.SimpleQueue[Command]") -> Iterator[Path]:
    """Unpacks the ZIP ``path`` into a new folder in ``parent``; yields it."""
    from alexnet_app.core.exports.unpacking import unpack_beside

    try:
        yield unpack_beside(path, None, parent, _heard(asked)).folder
    except LeftError:
        return


def _heard(asked: "queue.SimpleQueue[Command]") -> Callable[[int, int], None]:
    def hear(done: int, total: int) -> None:
        if not asked.empty():
            raise LeftError

    return hear
