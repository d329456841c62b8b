"""How large an experiment is made: data, epochs, seeds, or a quick look."""

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSpinBox, QWidget

from alexnet_app.core.data.sources.named import CIFAR10, SHAPES
from alexnet_app.core.experiments.experiment import MOST_SEEDS, Scale
from alexnet_app.ui.parts.form.path_box import DataBox
from alexnet_app.ui.parts.plain import Label, set_tip
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.theme import SPACE

MOST_EPOCHS = 100_000
DATA = (CIFAR10, SHAPES)  # the paper's first


class PaperSettings(QWidget):
    """One line of controls; ``changed`` after each change."""

    changed = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self.data = DataBox()
        self._offer_data()
        self.data.write(DATA[0])
        self.epochs, self.seeds = QSpinBox(), QSpinBox()
        self.quick = QCheckBox(self.tr("Quick look"))
        self._controls = (self.data, self.epochs, self.seeds, self.quick)
        self._explain()
        self._lay_out()
        self.data.finished.connect(self._data_chosen)
        self.epochs.valueChanged.connect(self.changed)
        self.seeds.valueChanged.connect(self.changed)
        self.quick.toggled.connect(self.changed)

    def _explain(self) -> None:
        for box, most, name in (
            (self.epochs, MOST_EPOCHS, self.tr("Epochs")),
            (self.seeds, MOST_SEEDS, self.tr("Seeds")),
        ):
            box.setRange(0, most)
            box.setSpecialValueText(self.tr("as planned"))
            box.setAccelerated(True)
            box.setAccessibleName(name)
        self.data.setAccessibleName(self.tr("Data"))
        self._meanings = (
            self.tr("The data set for all runs; the paper uses CIFAR-10 and ImageNet"),
            self.tr("Maximum number of epochs per run; 0 for the experiment's own number"),
            self.tr("Number of random seeds for each network; 0 for the experiment's own number"),
            self.tr("A few epochs on part of the images: a preview, not comparable with the paper"),
        )
        self.set_reason("")

    def _lay_out(self) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(SPACE)
        for text, control in (
            (self.tr("Data"), self.data),
            (self.tr("Epochs"), self.epochs),
            (self.tr("Seeds"), self.seeds),
        ):
            label = Label(text)
            label.setBuddy(control)
            layout.addWidget(label)
            layout.addWidget(control, stretch=1 if control is self.data else 0)
        layout.addWidget(self.quick)

    def scale(self, runs: Path) -> Scale:
        """What is asked for; ``runs`` is where the person's own runs are."""
        data = str(self.data.read())
        return Scale(
            "" if data == DATA[0] else data, self.epochs.value(), self.seeds.value(), self.quick.isChecked(), runs=runs
        )

    def set_reason(self, why: str) -> None:
        """Lets nothing be changed because of ``why``; empty for a reason that is gone."""
        for control, meaning in zip(self._controls, self._meanings, strict=True):
            control.setEnabled(not why)
            set_tip(control, why or meaning)

    def _data_chosen(self) -> None:
        data = str(self.data.read())
        if data not in DATA:
            self._settings.keep_text("data", data)
        self.changed.emit()

    def _offer_data(self) -> None:
        choices = [(DATA[0], self.tr("CIFAR-10")), (DATA[1], self.tr("Sample data"))]
        used = self._settings.text("data")
        if used:
            choices.append((used, Path(used).name or used))
        self.data.set_choices(tuple(choices))
