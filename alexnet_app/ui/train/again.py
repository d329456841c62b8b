"""A new run with the settings of an old one: the form is filled, what is otherwise today is said, nothing starts."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from alexnet_app.core.data.sources.named import is_gone
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.variants import VARIANTS
from alexnet_app.core.runs.naming import called
from alexnet_app.core.runs.run import Run, read_config_text
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import OlderConfig, from_other_version
from alexnet_app.core.training.resume import config_of
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.plain import one_line


@dataclass(frozen=True, slots=True)
class SettingsOfRun:
    """The settings of the run ``name`` as far as today's version has them; ``network`` says what is otherwise in the
    run's own network than in today's variant, ``is_gone`` that its images are not in their place.
    """

    name: str
    found: OlderConfig
    network: str = ""
    is_gone: bool = False


class Again(QObject):
    """``told`` says where the settings are from and what is not as it was; ``failed`` brings a Failure."""

    told = Signal(str)
    failed = Signal(object)

    def __init__(self, jobs: Jobs, fill: Callable[[TrainConfig, str], object], parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._fill = jobs, fill

    def take(self, path: str) -> None:
        """Fills the form with the settings of the run in the folder ``path``."""
        self._jobs.start(lambda _: reading_settings(Path(path)), self._use, self.failed.emit, name="settings")

    def _use(self, read: object) -> None:
        assert isinstance(read, SettingsOfRun)
        config = read.found.config
        said = [self.tr("The form has the settings of {name}. Nothing has started.").format(name=one_line(read.name))]
        if read.found.unknown:
            unknown = self.tr("This version does not know these settings, which are left out: {names}.")
            said.append(unknown.format(names=", ".join(map(one_line, read.found.unknown))))
        said += [
            self.tr("A setting has its default value instead: {why}.").format(why=sentence_of(each))
            for each in read.found.refused
        ]
        if config.network not in VARIANTS:
            said.append(self.tr("The network {name} is of an older version.").format(name=one_line(config.network)))
        if read.network:
            network = self.tr("A new run has today's network; the run has its own: {changes}.")
            said.append(network.format(changes=one_line(read.network, 400)))
        if read.is_gone:
            gone = self.tr("Its images are no longer in {path}: choose where they are now.")
            said.append(gone.format(path=one_line(config.data, 400)))
        self._fill(config, " ".join(said))
        self.told.emit(" ".join(said))


def reading_settings(folder: Path) -> Iterator[SettingsOfRun]:
    """Yields what is known of the settings of the run in ``folder``. UserError where it cannot be read."""
    from alexnet_app.core.training.own_network import kept_back, own_network

    run = Run.existing(folder)
    found = from_other_version(read_config_text(run), str(run.config_file))
    if not (found.unknown or found.refused):
        config_of(run)  # refuses what names neither network nor data
    network = ""
    try:
        own = own_network(run)
        network = kept_back(own, found.config) if own is not None else ""
    except UserError:
        pass  # its checkpoint says nothing: the settings do
    yield SettingsOfRun(called(run.folder), found, network, is_gone(found.config.data))
