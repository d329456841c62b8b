"""The form that says what to prepare: filled from the settings of a new run, with what it will take."""

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from alexnet_app.core.data.prepared.states import SetState
from alexnet_app.core.data.sources.named import NAMES
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.variants import PAPER, VARIANTS
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import sentence_of
from alexnet_app.ui.parts.form.config_form import ConfigForm
from alexnet_app.ui.prepared import words
from alexnet_app.ui.prepared.jobs import Expectation, WantedSet, expecting_it
from alexnet_app.ui.prepared.views.prepare_form import PrepareForm
from alexnet_app.ui.settings import Settings

SETTLE_MS = 200  # after the last change, before it is looked what it takes


class FormOfSets(QObject):
    """``begun`` brings what the person wants to be prepared."""

    begun = Signal(object)

    def __init__(self, jobs: Jobs, settings: Settings, form: ConfigForm, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._settings, self._form = jobs, settings, form
        self._job: Job | None = None
        self.dialog: PrepareForm | None = None
        self._settling = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settling.timeout.connect(self._expect)

    def open(self, owner: QWidget) -> None:
        """Shows the form over ``owner``, with the data and the network of the run that is being set up."""
        if self.dialog is None:
            self.dialog = PrepareForm(owner)
            self.dialog.changed.connect(self._changed)
            self.dialog.begun.connect(self._begin)
            self.dialog.finished.connect(self._leave)
        now, used = self._form.values(), self._settings.text("data")
        known = words.datas([str(now["data"]), used])
        data = known[1][0] if len(known) > 2 else ""
        network = str(now["network"]) if data and data == now["data"] else PAPER
        side = VARIANTS[network if network in VARIANTS else PAPER].picture_size
        kept = self._settings.text("storage of sets", "raw")
        self.dialog.offer(known, words.sides(), words.storages(), (data, side, kept))
        self.dialog.open()
        self._changed()

    def _changed(self) -> None:
        self._leave()
        assert self.dialog is not None
        if self.dialog.values()[0]:
            text, why = self.tr("Estimating…"), self.tr("The disk space needed is not known yet")
            self._settling.start()
        else:
            text = self.tr(
                "The folder needs one sub-folder of images per class, or train and val folders with such sub-folders."
            )
            why = self.tr("Choose the images first")
        self.dialog.tell(text, why_not=why)

    def _expect(self) -> None:
        work = partial(expecting_it, self._wanted())
        self._job = self._jobs.start(lambda _: work(), self._told, self._failed, self._ended, "expecting")

    def _told(self, event: object) -> None:
        if not isinstance(event, Expectation) or self.dialog is None:
            return
        text, told = words.expected(event.told), event.told
        too_large = told.need > told.free
        why = self.tr("There is not enough disk space") if too_large else ""
        why = self.tr("There is nothing to prepare") if told.state == SetState.READY else why
        self.dialog.tell(text, is_error=too_large, why_not=why)

    def _failed(self, failure: Failure) -> None:
        if self.dialog is None:
            return
        sentence = sentence_of(failure.error)
        why = sentence if isinstance(failure.error, UserError) else self.tr("These images cannot be prepared")
        self.dialog.tell(sentence, is_error=True, why_not=why)

    def _ended(self) -> None:
        if self.sender() is self._job:
            self._job = None

    def _leave(self) -> None:
        """What is still being looked for is not wanted any more."""
        self._settling.stop()
        if self._job is not None:
            self._job.abandon()
            self._job = None

    def _begin(self) -> None:
        wanted = self._wanted()
        self._settings.keep_text("storage of sets", wanted.storage)
        if wanted.data not in NAMES:
            self._settings.keep_text("data", wanted.data)
        self.begun.emit(wanted)

    def _wanted(self) -> WantedSet:
        assert self.dialog is not None
        data, side, storage = self.dialog.values()
        return WantedSet(data, side, storage, words.name_of(data))
