"""The download of CIFAR-10 in the panel Train."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

from alexnet_app.ui.job import Jobs
from alexnet_app.ui.models.download_line import DownloadLine, DownloadWords
from alexnet_app.ui.train import jobs as train_jobs

translate = QCoreApplication.translate


def cifar10_line(jobs: Jobs) -> DownloadLine:
    """The line that downloads CIFAR-10."""
    words = DownloadWords(
        action=translate("download", "Download CIFAR-10 (170 MB)"),
        cancel=translate("download", "Cancel the download"),
        about=translate("download", "60,000 small images in ten classes"),
        on=translate("download", "CIFAR-10 is being downloaded"),
        starting=translate("download", "Downloading CIFAR-10"),
        part=translate("download", "Downloading CIFAR-10: {done} of {total}"),
        begun=translate("download", "Downloading CIFAR-10: {done}"),
        cancelling=translate("download", "Cancelling the download of CIFAR-10"),
        finishing=translate("download", "Checking CIFAR-10"),
        here=translate("download", "CIFAR-10 has been downloaded."),
    )
    line = DownloadLine(jobs, words, lambda: train_jobs.downloading())
    line.start_action.setShortcut(QKeySequence("Ctrl+Shift+D"))
    line.cancel_action.setShortcut(QKeySequence("Ctrl+Shift+."))
    return line
