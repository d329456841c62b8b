"""Several runs from lists of values, put into the queue together."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QWidget

from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.waiting import Entry
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.grid import variations
from alexnet_app.core.training.queued import queued
from alexnet_app.ui.parts.form.fields import FieldKind, FormField
from alexnet_app.ui.train.form_fields import fields, sentence_for, values_of
from alexnet_app.ui.train.views.several_dialog import SeveralDialog

VARIED = (FieldKind.NUMBER, FieldKind.WHOLE, FieldKind.SWITCH, FieldKind.CHOICE)


class SeveralRuns(QObject):
    """Asks for the lists; ``add`` takes the entries that they make."""

    def __init__(self, add: Callable[[Sequence[Entry]], None], owner: QWidget) -> None:
        super().__init__(owner)
        self._add, self._owner = add, owner

    def ask(self, config: TrainConfig, base: str, parent: Path) -> None:
        """Runs of ``config`` but for what is varied, called ``base`` and how they differ, in folders in ``parent``."""
        values = values_of(config)

        def preview(lists: list[str]) -> list[str]:
            try:
                return [each.name(base) for each in variations(config, lists)]
            except UserError as error:
                raise ValueError(sentence_for(error)) from error

        def agreed(lists: list[str]) -> None:
            found = variations(config, lists)
            self._add([queued(each.config, each.name(base), parent, base) for each in found])

        named = [(each.key, _named(each)) for each in fields() if each.kind in VARIED]
        dialog = SeveralDialog(named, lambda key: _written(values[key]), preview, self._owner)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.agreed.connect(agreed)
        dialog.open()


def _named(field: FormField) -> str:
    return f"{field.group}: {field.label}" if field.group else field.label


def _written(value: object) -> str:
    """As a list of values has it."""
    if isinstance(value, bool):
        return "true,false"
    return f"{value:g}" if isinstance(value, float) else str(value)
