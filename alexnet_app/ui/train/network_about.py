"""What the network of the form is: its layers and how it differs from the paper, in a window that follows the form."""

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QPushButton, QWidget

from alexnet_app.core.errors import UserError
from alexnet_app.core.network.differences import differences
from alexnet_app.core.network.layer_table import LayerRow, LayerTable, layer_table
from alexnet_app.core.network.reasons import ABOUT
from alexnet_app.core.training.config import TrainConfig, check_new
from alexnet_app.ui.parts.form.config_form import ConfigForm
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.plain import copy_tip, set_tip
from alexnet_app.ui.train.form_fields import config_from, sentence_for
from alexnet_app.ui.train.views.network_dialog import NetworkDialog


class NetworkAbout(QObject):
    """``action`` opens the window; the button beside the variant in ``form`` does the same."""

    def __init__(self, form: ConfigForm, parent: QWidget) -> None:
        super().__init__(parent)
        self._form, self._owner = form, parent
        self.dialog: NetworkDialog | None = None
        self.action = QAction(self.tr("Compare the network with the paper…"), self)
        self.action.setShortcut(QKeySequence("Ctrl+I"))
        set_tip(self.action, self.tr("Show the layers of the chosen network and how it differs from the paper"))
        self.button = QPushButton(self.tr("Compare with the paper…"))
        copy_tip(self.action, self.button)
        self.button.clicked.connect(self.action.trigger)
        form.row("network").add_below(self.button)
        self.action.triggered.connect(self.show)

    def show(self) -> None:
        """Opens the window, or brings it to the front."""
        if self.dialog is None:
            self.dialog = NetworkDialog(self._owner)
        self.dialog.show()
        self.follow()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def follow(self) -> None:
        """Shows the network that the form has now, if the window is open."""
        if self.dialog is None or not self.dialog.isVisible():
            return
        network = {key: value for key, value in self._form.values().items() if _is_of_network(key)}
        try:
            config = config_from(network, "custom", "")
            check_new(config)
        except UserError as error:
            self.dialog.show_problem(str(network["network"]), sentence_for(error))
            return
        self._show(self.dialog, config)

    def close(self) -> None:
        """Closes the window."""
        if self.dialog is not None:
            self.dialog.close()

    def _show(self, dialog: NetworkDialog, config: TrainConfig) -> None:
        spec = config.spec()
        table, found = layer_table(spec), differences(spec)
        about = ABOUT[config.network]
        changed = ", ".join(config.ablation.words())
        told = self.tr("{about} Here: {changed}.").format(about=about, changed=changed) if changed else about
        dialog.show_network(
            config.title,
            told,
            [_cells(row) for row in table.rows],
            (self.tr("Total"), "", "", "", "", *_figures(table)),
            [(each.what, each.paper, each.here, each.reason) for each in found],
            self._note(table, spec.classes),
        )

    def _note(self, table: LayerTable, classes: int) -> str:
        return self.tr(
            "For one image and {classes:,} classes, in fp32. LRN is local response normalization. A training "
            "step on one image takes {work:,.3f} GFLOP: the forward pass, and twice as much for the backward "
            "pass, except in the first layer, whose input needs no gradient."
        ).format(**shown(classes=classes, work=table.training_flops / 1e9))


def _is_of_network(key: str) -> bool:
    return key == "network" or key.startswith("ablation.")


def _cells(row: LayerRow) -> tuple[str, ...]:
    return (row.name, row.output, row.kernels, row.sees, row.then, *_figures(row))


def _figures(of: LayerRow | LayerTable) -> tuple[str, ...]:
    memory = (local(f"{of.map_bytes / 1e3:,.1f} kB"), local(f"{of.weight_bytes / 1e3:,.1f} kB"))
    return (local(f"{of.parameters:,}"), *memory, local(f"{of.multiply_adds:,}"))
