"""How a run that was trained here has ended, as a person reads it above its curves."""

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.events import NormalizationSeen, RunEnded, StandsAtChance
from alexnet_app.core.runs.state import RunState
from alexnet_app.core.training.config import other_rates
from alexnet_app.ui.parts.wording import percent


def finished(event: RunEnded, state: RunState) -> str:
    """It has done all its epochs."""
    said = QCoreApplication.translate("end", "Finished after {epoch:,} epochs.").format(epoch=event.epoch)
    if state.tested is not None:
        error = QCoreApplication.translate("end", "Test error {error}.").format(error=percent(state.tested.top1_error))
        said = f"{said} {error}"
    return " ".join((said, *map(_cut, state.normalization)))


def _cut(event: NormalizationSeen) -> str:
    if event.is_gain:
        text = QCoreApplication.translate("end", "{layer}: a constant gain, × k^-β, instead of LRN.")
        return text.format(layer=event.layer)
    text = QCoreApplication.translate(
        "end", "LRN reduces its input in {layer} by {median} (median), {most} (99th percentile)."
    )
    return text.format(layer=event.layer, median=percent(event.median), most=percent(event.most))


def at_chance(event: StandsAtChance, rate: float) -> str:
    """It has not left the start; ``rate`` is the learning rate that it began with."""
    said = QCoreApplication.translate(
        "end",
        "The mean loss over {steps:,} steps is no better than guessing ({chance:.2f}). If it does not "
        "fall, stop and start again with another learning rate, for example {others}.",
    )
    either = QCoreApplication.translate("end", " or ").join(f"{other:g}" for other in other_rates(rate))
    return said.format(chance=event.chance, steps=event.steps, others=either)


def diverged(event: RunEnded, state: RunState) -> str:
    """Its numbers are none any more."""
    said = QCoreApplication.translate(
        "end",
        "The loss is no longer finite after {step:,} steps. Start again with a learning rate below "
        "{rate:g}. The last good model is kept.",
    )
    return said.format(step=event.step, rate=state.rate)
