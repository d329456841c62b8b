"""What a person should know of the folder of a run that goes on, as the window says it."""

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.events import Notice, Warned
from alexnet_app.core.experiments.experiment import RunOf


def warning_in(event: object) -> str:
    """The sentence where ``event``, of a run or of an experiment, is a warning; else empty."""
    inner = event.event if isinstance(event, RunOf) else event
    return warning(inner) if isinstance(inner, Warned) else ""


def warning(event: Warned) -> str:
    """What the person should know of the run's folder."""
    texts = {
        Notice.COMMANDS_IGNORED: QCoreApplication.translate(
            "run folder", "{count:,} lines in {name} are no commands and were ignored: {text}"
        ),
        Notice.FOLDER_LOST: QCoreApplication.translate(
            "run folder", "The run folder {name} was moved, deleted or replaced. The run continues in {folder}."
        ),
        Notice.FILE_RESTORED: QCoreApplication.translate(
            "run folder", "{name} was removed from the run folder. It was written again; the run continues."
        ),
        Notice.SETTINGS_CHANGED: QCoreApplication.translate(
            "run folder", "{name} was changed in the run folder. The run keeps the settings it started with."
        ),
        Notice.NO_BOARD: QCoreApplication.translate(
            "run folder", "No more files for TensorBoard are written: {text}. The run continues."
        ),
        Notice.NO_LOCKS: QCoreApplication.translate(
            "run folder",
            "This file system has no locks. The file {name} marks the run as in progress: do not train it elsewhere.",
        ),
    }
    return texts[event.notice].format(name=event.name, folder=event.folder, count=event.count, text=event.text)
