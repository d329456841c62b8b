"""How a run that was trained here has ended, as a person reads it above its curves."""

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.events import RunEnded
from alexnet_app.core.runs.state import RunState
from alexnet_app.ui.panels.wording import percent


def finished(event: RunEnded, state: RunState) -> str:
    """It has done all its epochs."""
    said = QCoreApplication.translate("end", "Finished after {epoch:,} epochs.").format(epoch=event.epoch)
    if state.tested is None:
        return said
    error = QCoreApplication.translate("end", "Test error {error}.").format(error=percent(state.tested.top1_error))
    return f"{said} {error}"


def diverged(event: RunEnded, state: RunState) -> str:
    """Its numbers are none any more."""
    said = QCoreApplication.translate(
        "end",
        "The loss is no longer a finite number after {step:,} steps; start again with a smaller learning rate than "
        "{rate:g}. The last good model is kept.",
    )
    return said.format(step=event.step, rate=state.rate)
