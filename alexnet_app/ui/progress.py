"""What a job is doing and how far it is, in the words of the window: one list for all rooms."""

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.events import Progress, Task
from alexnet_app.ui.parts.numbers import shown


def doing(task: Task) -> str:
    """What ``task`` is, such as "checking the files"."""
    tr = QCoreApplication.translate
    return {
        Task.LIST: tr("progress", "listing the files"),
        Task.CHECK: tr("progress", "checking the files"),
        Task.COMPARE: tr("progress", "looking for copies"),
        Task.DRAW: tr("progress", "generating the images"),
        Task.PREPARE: tr("progress", "preparing the images"),
        Task.REPAIR: tr("progress", "repairing the prepared set"),
        Task.VERIFY: tr("progress", "verifying the prepared set"),
        Task.MEASURE: tr("progress", "measuring the colours"),
        Task.EVALUATE: tr("progress", "evaluating"),
        Task.PACK: tr("progress", "packing the run"),
        Task.UNPACK: tr("progress", "unpacking the run"),
        Task.WAIT: tr("progress", "waiting, seconds"),
    }.get(task, tr("progress", "reading the images"))


def how_far(what: str, done: int, total: int) -> str:
    """``what`` with ``done`` of ``total``, or with a count that grows where the total is not known; 0 is not shown."""
    tr = QCoreApplication.translate
    if total:
        return tr("progress", "{what}, {done:,} of {total:,}").format(**shown(what=what, done=done, total=total))
    return tr("progress", "{what}, {done:,}").format(**shown(what=what, done=done)) if done else what


def progress(event: Progress) -> str:
    """What a job says with ``event``."""
    return how_far(doing(event.task), event.done, event.total)
