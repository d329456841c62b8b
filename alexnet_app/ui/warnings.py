"""What a person should know of the folder of a run that goes on, as the window says it."""

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.events import Notice, Warned
from alexnet_app.core.experiments.experiment import RunOf
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.wording import duration

PASSING = (Notice.DATA_GONE, Notice.DISK_FULL, Notice.UNWRITABLE, Notice.WAITS_TO_SAVE)
OVER = (Notice.DATA_BACK, Notice.SAVED_AGAIN)  # that is over


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
        Notice.DATA_GONE: QCoreApplication.translate(
            "run folder",
            "The images in {name} cannot be read ({text}). The run is saved and waits: it continues by itself when "
            "they are back.",
        ),
        Notice.DATA_BACK: QCoreApplication.translate(
            "run folder", "The images in {name} can be read again after {time}. The run continues."
        ),
        Notice.DISK_FULL: QCoreApplication.translate(
            "run folder",
            "The disk is full. The run in {name} continues and is saved when there is room: free some space.",
        ),
        Notice.UNWRITABLE: QCoreApplication.translate(
            "run folder", "{name} cannot be written ({text}). The run continues and is saved when it can be."
        ),
        Notice.SAVED_AGAIN: QCoreApplication.translate(
            "run folder", "{name} can be written again after {time}. Nothing is missing in it."
        ),
        Notice.WAITS_TO_SAVE: QCoreApplication.translate(
            "run folder",
            "The run waits until it can be saved in {name}. Free some space, or stop it once more to keep the last "
            "checkpoint.",
        ),
    }
    time = duration(event.count)
    return texts[event.notice].format(
        name=event.name, folder=event.folder, count=event.count, text=event.text, time=time
    )


class Warnings:
    """What is wrong with a run that goes on, in ``banner``, until it is over."""

    def __init__(self, banner: Banner) -> None:
        self._banner = banner
        self._passing: list[str] = []

    def tell(self, event: object) -> None:
        """Says what ``event``, of a run or of an experiment, warns of, instead of what was wrong where that is over."""
        inner = event.event if isinstance(event, RunOf) else event
        if not isinstance(inner, Warned):
            return
        sentence = warning(inner)
        if inner.notice in OVER:
            self._banner.settle(self._passing, sentence)
            self._passing = []
            return
        self._passing = [*self._passing, sentence] if inner.notice in PASSING else self._passing
        self._banner.show_error(sentence)
