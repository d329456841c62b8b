"""torchvision's trained AlexNet in one click: downloaded, checked, made a model of this program."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence

from alexnet_app.core.network.header import classes_in, network_in
from alexnet_app.core.runs.listing import models_folder, new_model_file
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.models.download_line import DownloadLine, DownloadWords
from alexnet_app.ui.models.jobs import Brought

translate = QCoreApplication.translate
NAME, NETWORK = "torchvision-alexnet", "torchvision"  # of the model file, of its network


def fetching_torchvision(folder: Path) -> Iterator[object]:
    """Downloads the weights, checks them and writes a model into ``folder``, unless it is there; yields Progress, then
    Brought.
    """
    from alexnet_app.core.network.bundle import write_bundle
    from alexnet_app.core.network.exchange.published import fetch_torchvision, torchvision_file, torchvision_model

    there = folder / f"{NAME}.alexnet"
    if network_in(there) == NETWORK:
        yield Brought(there, there, NETWORK, len(classes_in(there)), ())
        return
    yield from fetch_torchvision()
    imported = torchvision_model()
    folder.mkdir(parents=True, exist_ok=True)
    path = new_model_file(folder, NAME)
    try:
        write_bundle(path, imported.bundle)
    except BaseException:
        with suppress(OSError):
            path.unlink()  # its name was taken, nothing more
        raise
    spec = imported.bundle.spec
    yield Brought(torchvision_file(), path, spec.name, spec.classes, imported.notes)


def fetch_words() -> str:
    """What a list of models offers."""
    return translate("fetch", "Get torchvision's AlexNet (1,000 classes, 233 MB)")


def fetch_line(jobs: Jobs) -> DownloadLine:
    """The line that gets it; ``arrived`` tells a Brought."""
    words = DownloadWords(
        action=fetch_words(),
        cancel=translate("fetch", "Cancel the download of torchvision's AlexNet"),
        about=translate("fetch", "Download the weights that torchvision has published, trained on ImageNet"),
        on=translate("fetch", "torchvision's AlexNet is being downloaded"),
        starting=translate("fetch", "Downloading torchvision's AlexNet"),
        part=translate("fetch", "Downloading torchvision's AlexNet: {done} of {total}"),
        begun=translate("fetch", "Downloading torchvision's AlexNet: {done}"),
        cancelling=translate("fetch", "Cancelling the download of torchvision's AlexNet"),
        finishing=translate("fetch", "Checking torchvision's AlexNet and saving it as a model"),
        here=translate("fetch", "torchvision's AlexNet is among the models."),
    )
    line = DownloadLine(jobs, words, lambda: fetching_torchvision(models_folder()))
    line.start_action.setShortcut(QKeySequence("Ctrl+Alt+T"))
    line.cancel_action.setShortcut(QKeySequence("Ctrl+Alt+."))
    return line
