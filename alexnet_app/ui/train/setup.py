"""What a new run will be: the form of its settings, what it will take, the button that starts it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from alexnet_app.core.data.sources.named import CIFAR10, NAMES, NOT_CHOSEN, SHAPES, whole
from alexnet_app.core.errors import UserError, Way
from alexnet_app.core.events import DataUnderstood, Estimated
from alexnet_app.core.network.header import network_in
from alexnet_app.core.runs.listing import BUNDLED, Model, model_path, runs_folder, whole_name
from alexnet_app.core.training.config import OWN_PHOTOS, TrainConfig, check_new
from alexnet_app.core.training.config_text import preset_names
from alexnet_app.core.training.my_photos import ChosenTraining
from alexnet_app.ui.job import Failure, Job, Jobs
from alexnet_app.ui.messages import lines, sentence_of
from alexnet_app.ui.parts.form.config_form import ConfigForm
from alexnet_app.ui.parts.form.goal_row import GoalRow
from alexnet_app.ui.parts.form.path_box import FETCH
from alexnet_app.ui.parts.plain import Label, copy_tip
from alexnet_app.ui.parts.wording import duration, model_label, size
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import SPACE, colours, make_primary
from alexnet_app.ui.train.form_fields import config_from, fields, key_of, problems, sentence_for, values_of
from alexnet_app.ui.train.goals import PRESETS, SAMPLES_OF, Goal, goal_of, goals, loaded
from alexnet_app.ui.train.jobs import estimating
from alexnet_app.ui.train.network_about import NetworkAbout
from alexnet_app.ui.train.views.background_row import BackgroundRow
from alexnet_app.ui.train.views.folder_row import FolderRow

SETTLE_MS = 400  # after the last change, before the estimate is made anew
FIRST_PRESET = "shapes"
# settings that are wrong or right with what another one says
HANGING_ON = {
    "epochs": ("validation_joins_after",),
    "optimization.schedule": ("validation_joins_after",),
    "network": ("ablation.normalization", "ablation.gain", "ablation.overlap", "ablation.towers"),
}


class Setup(QWidget):
    """``changed_runs_folder`` tells where runs are kept from now on; ``download_wanted``, with a sentence, that the
    chosen data are not on this computer yet. ``settled`` tells the configuration, and whether a person has chosen its
    data just now; ``data_missing`` that they have yet to be chosen.
    """

    changed_runs_folder = Signal(str)
    download_wanted = Signal(str)
    settled = Signal(object, bool)
    data_missing = Signal(bool)
    fetch_wanted = Signal()

    def __init__(
        self, jobs: Jobs, settings: Settings, start: QAction, others: Sequence[QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._others, self._running = others, False
        self._jobs, self._settings, self._start = jobs, settings, start
        self._ready = False
        self._estimate: Job | None = None
        self._stale = False
        self._warned = ""  # what may spoil a training, a line each
        self._chosen: set[str] = set()  # the settings that the person has touched
        self._own: dict[Goal, str] = {}  # the folders that were chosen for each goal
        self._is_news = False  # the data: chosen just now
        self._named = ("", "")  # the photos that settings were chosen for, and what a run on them is called
        self.form = ConfigForm(fields())
        self.goals = GoalRow(goals())
        self.form.set_head(self.goals)
        self.network = NetworkAbout(self.form, self)
        self._offer_data()
        self.form.set_presets([(name, "") for name in preset_names()])  # what each is is read when it is chosen
        self.runs = FolderRow(self.tr("Runs folder"), settings.folder("runs", runs_folder()))
        self.runs.explain(self.tr("Each run gets its own folder in here"))
        self.background = BackgroundRow()
        self._takes = Label()
        self._takes.setWordWrap(True)
        self._takes.setAccessibleName(self.tr("Estimated time, memory and disk space"))
        self._takes.setMinimumHeight(2 * self._takes.fontMetrics().height())
        self.button = QPushButton(self.tr("Start training"))
        self.button.setMinimumHeight(5 * SPACE)
        self._lay_out()
        self._settling = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settling.timeout.connect(self.estimate_anew)
        self.form.changed.connect(self._take_choice)
        self.form.preset_chosen.connect(self.use_preset)
        self.form.browse_requested.connect(lambda what: self.fetch_wanted.emit() if what == FETCH else None)
        self.goals.chosen.connect(lambda key: self.use_goal(Goal(key)))
        self.runs.changed.connect(self._moved)
        self.button.clicked.connect(start.trigger)
        start.changed.connect(self._follow_start)
        self.use_preset(FIRST_PRESET)
        self._follow_start()

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName(self.tr("Settings of the run"))
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidget(self.form)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(SPACE, SPACE, SPACE, SPACE)
        layout.setSpacing(SPACE)
        layout.addWidget(scroll, stretch=1)
        for widget in (self.runs, self.background, self._takes, self.button, self._buttons()):
            layout.addWidget(widget)

    def _buttons(self) -> QWidget:
        """What else can be done with the settings, below the button that starts."""
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(SPACE // 2)
        for action in self._others:
            button = QToolButton()
            button.setDefaultAction(action)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            line.addWidget(button)
        return row

    def minimumSizeHint(self) -> QSize:
        """As wide as the form: it scrolls up and down only."""
        least = super().minimumSizeHint()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        return QSize(max(least.width(), self.form.minimumSizeHint().width() + bar + 2 * SPACE), least.height())

    def set_devices(self, devices: Sequence[tuple[str, str]]) -> None:
        """What can compute here; torch is loaded from now on, so that estimates can be made."""
        self.form.set_devices(devices)
        self._ready = True
        self._settling.start()

    def set_models(self, models: Sequence[tuple[Model, str]]) -> None:
        """What a training can begin with, beside start values: each with what it knows."""
        found = [
            (
                model_label(each.kind, each.name, knows),
                f"{BUNDLED}{each.name}" if each.kind == "bundled" else str(each.path),
            )
            for each, knows in models
        ]
        self.form.set_models([(self.tr("Random weights"), ""), *found])

    def use_preset(self, name: str) -> None:
        """Fills the form with a preset; what the person has chosen, data above all, stays as it is. Not the network:
        that is what a preset is.
        """
        kept = {key: value for key, value in self._kept().items() if key.split(".")[0] not in ("network", "ablation")}
        self._use(loaded(name), kept)

    def use_goal(self, goal: Goal) -> None:
        """Fills the form with the preset of ``goal`` and its data: a set that goes by a name, or the folder that was
        chosen for it last.
        """
        self._chosen.discard("data")
        own = "" if goal in SAMPLES_OF else self._own.get(goal, "")
        kept = self._kept()
        if own:
            kept["data"] = own
            self._chosen.add("data")
        self._is_news = True
        self._use(loaded(PRESETS[goal]), kept)

    def use_samples(self) -> None:
        """The first preset, as it is."""
        self._chosen.clear()
        self._use(loaded(FIRST_PRESET), {})

    def use_chosen(self, chosen: ChosenTraining) -> None:
        """Fills the form with the settings that were chosen for the photos; the person's own stay."""
        text = self.tr("ChosenTraining for these images by their number. The page of the data says why.")
        self._use(replace(chosen.config, about=text), self._kept())
        self._named = (chosen.config.data, chosen.name)

    def use_settings(self, config: TrainConfig, said: str) -> None:
        """Fills the form with ``config``, that of an old run, beside the preset that it was based on; ``said`` stands
        below that until another one is chosen.
        """
        named = config.preset in preset_names()
        values = values_of(config)
        self._preset = loaded(config.preset) if named else config
        self.form.set_preset(self._preset.preset, values_of(self._preset), said)
        self.form.set_values(values)
        self._chosen = {"data", *self.form.changed_keys()}
        self._own |= {goal: config.data for goal in [goal_of(config.preset, config.data)] if goal is not None}
        self._changed("init")  # the network of the run stands, whatever the model has
        self.form.set_values({"network": values["network"]})

    def run_name(self) -> str:
        """What a run on the chosen photos is called; empty for all others."""
        data, name = self._named
        return name if data == self.form.values()["data"] and self.form.preset() == OWN_PHOTOS else ""

    def chosen_model(self) -> str:
        """The model that the person has chosen to initialize from; empty where that was left to the program."""
        return str(self.form.values()["init"]) if "init" in self._chosen else ""

    def use_photos(self, folder: str) -> None:
        """Fills the form for the photos in ``folder``."""
        self._own[Goal.PHOTOS] = folder
        self.use_goal(Goal.PHOTOS)

    def use_data(self, data: str) -> None:
        """Chooses the data set, folder or archive ``data`` for the preset that is shown."""
        self.form.set_values({"data": data})
        self._note_data(data)
        self._changed("data")

    def use_model(self, path: str) -> None:
        """Chooses the model to initialize from."""
        self.form.set_values({"init": path})
        self._take_choice("init")

    def config_for(self, folder: str) -> TrainConfig:
        """What a run on the photos in ``folder`` would be, if the person agrees."""
        return replace(loaded(PRESETS[Goal.PHOTOS]), data=whole(folder))

    def _kept(self) -> dict[str, object]:
        """What the person has chosen, and the preset has not: data always."""
        values, changed = self.form.values(), self.form.changed_keys()
        return {key: values[key] for key in self._chosen if key in changed or key == "data"}

    def _use(self, preset: TrainConfig, kept: Mapping[str, object]) -> None:
        self._preset = preset
        self.form.set_preset(preset.preset, values_of(preset), preset.about)
        self.form.set_values(kept)
        self._changed()

    def _take_choice(self, key: str) -> None:
        """The person has changed the setting ``key``. Other data may be another goal: settings for photos are none for
        CIFAR-10, and a folder is not trained on from scratch by surprise.
        """
        self._chosen.add(key)
        before, data = self.goals.goal(), str(self.form.values()["data"])
        if key != "data":
            self._changed(key)
            return
        self._note_data(data)
        goal = goal_of(self.form.preset(), data)
        if goal in SAMPLES_OF and self.form.preset() == OWN_PHOTOS:
            self.use_goal(goal)
        elif goal is Goal.PHOTOS and before in SAMPLES_OF and Path(data).is_dir():
            self.use_goal(Goal.PHOTOS)
        else:
            self._changed(key)

    def _note_data(self, data: str) -> None:
        """A person has chosen ``data``: a folder is that of its goal from now on."""
        self._chosen.add("data")
        self._is_news = True
        goal = goal_of(self.form.preset(), data)
        if goal is not None and data not in (*NAMES, *NOT_CHOSEN):
            self._own[goal] = data

    def config(self) -> TrainConfig:
        """What the form says; UserError where it has errors, which are shown at their fields."""
        values = self.form.values()
        self.form.check()
        self._mark_all(values)
        try:
            return self._config()
        except UserError as error:
            raise self._marked(error) from None

    def _config(self) -> TrainConfig:
        config = config_from(self.form.values(), self._preset.preset, self._preset.about)
        check_new(config)
        return replace(config, data=whole(config.data), init=whole_name(config.init))

    def remember_data(self, data: str) -> None:
        """Offers the folder or archive ``data`` from now on, also at the next start."""
        if data not in NAMES:
            self._settings.keep_text("data", data)
            self._offer_data()

    def _offer_data(self) -> None:
        labels = [
            (self.tr("Sample data"), SHAPES),
            (self.tr("CIFAR-10"), CIFAR10),
        ]
        used = self._settings.text("data")
        if used:
            labels.append((Path(used).name or used, used))
        self.form.set_data_choices(labels)

    def leave(self) -> None:
        """The window is about to close, and the one beside it."""
        self.network.close()

    def set_running(self, *, running: bool) -> None:
        """While a run is on the form can be changed, for one that is to wait in the queue. Nothing is measured then:
        that would slow the run.
        """
        if running and not self._running and self._estimate is not None:
            self._estimate.abandon()
        self._running = running
        self.runs.set_reason(self.tr("A run is in progress; stop it first") if running else "")

    def _changed(self, key: str = "") -> None:
        self._say("")
        self.goals.set_goal(goal_of(self.form.preset(), str(self.form.values()["data"])) or "")
        for other in HANGING_ON.get(key, ()):
            self.form.set_error(other, "")  # it may be right now; where it is not, the next estimate says so
        if key == "init":
            self._take_network()
        self.network.follow()
        if self._ready and self.form.is_valid():
            self._settling.start()

    def _take_network(self) -> None:
        """A model that is begun with brings its own network."""
        init = str(self.form.values()["init"])
        try:
            network = network_in(model_path(init)) if init else ""
        except UserError:
            return  # it is told when the run is estimated
        if network:
            self.form.set_values({"network": network})

    def estimate_soon(self) -> None:
        """As ``estimate_anew``, once things have settled and torch is loaded."""
        if self._ready:
            self._settling.start()

    def show_estimate(self, estimated: Estimated) -> None:
        """Says what a run takes that has measured it itself."""
        text = self.tr("About {time}, {memory} of memory, {disk} of disk space").format(
            time=duration(estimated.seconds), memory=size(estimated.memory_bytes), disk=size(estimated.disk_bytes)
        )
        self._say("\n".join(filter(None, (text, *lines(estimated.advice), self._warned))))

    def forget_refusal(self) -> None:
        """A run has begun: why there could be none is no longer true."""
        if self._is_error:
            self._say("")

    def estimate_anew(self) -> None:
        """Measures what a run would take, unless the form has errors."""
        self._stale = self._estimate is not None
        if self._estimate is not None:
            self._estimate.abandon()
        try:
            config = self._config()
        except UserError as error:  # told at once, also while the last settings are still being measured
            self._say(sentence_for(self._marked(error)), is_error=True)
            if self.form.values()["data"] in NOT_CHOSEN:
                self.data_missing.emit(self._is_news)
                self._is_news = False
            return
        if self._running:
            self._say(self.tr("What a run takes is estimated once the run in progress has ended."))
            return
        self.settled.emit(config, self._is_news)
        self._is_news = False
        if self._stale:
            return
        self._say(self.tr("Estimating…"))
        self._warned = ""
        folder = self.runs.folder()
        self._estimate = self._jobs.start(
            lambda _: estimating(config, folder), self._estimated, self._not_estimated, self._estimate_ended, "estimate"
        )

    def _estimated(self, event: object) -> None:
        match event:
            case DataUnderstood():
                self._warned = "\n".join(lines(event.warnings))  # such as of two validation images
            case Estimated():
                self.show_estimate(event)

    def _not_estimated(self, failure: Failure) -> None:
        self._say(sentence_of(failure.error), is_error=True)
        if isinstance(failure.error, UserError):
            self._marked(failure.error)
            if failure.error.hint is Way.GET_CIFAR10:
                self.download_wanted.emit(sentence_of(failure.error))

    def _estimate_ended(self) -> None:
        self._estimate = None
        if self._stale:
            self._settling.start()

    def _mark_all(self, values: Mapping[str, object]) -> None:
        self.form.clear_errors()
        for key, sentence in problems(values).items():
            self.form.set_error(key, sentence)

    def _marked(self, error: UserError) -> UserError:
        """``error``, which now stands at its field if it has one."""
        key = key_of(error)
        if key is None and str(self.form.values()["data"]) in map(str, error.values.values()):
            key = "data"
        if key is not None:
            self.form.set_error(key, sentence_for(error))
        return error

    def _say(self, text: str, *, is_error: bool = False) -> None:
        self._takes.setText(text)
        self._is_error = is_error
        self._paint()

    def _paint(self) -> None:
        palette = QPalette(self.palette())
        if not self._is_error:
            palette.setColor(QPalette.ColorRole.WindowText, colours(self).faint)
        self._takes.setPalette(palette)
        make_primary(self.button)

    def changeEvent(self, event: QEvent) -> None:
        """Follows the colour scheme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_is_error"):
            self._paint()

    def _moved(self, folder: str) -> None:
        self._settings.keep_folder("runs", Path(folder))
        self.changed_runs_folder.emit(folder)
        self._say("")
        self.estimate_soon()  # the same folder too: there may be more room in it by now

    def _follow_start(self) -> None:
        self.button.setEnabled(self._start.isEnabled())
        copy_tip(self._start, self.button)
