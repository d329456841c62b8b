"""How a run that is trained here goes on and how it has ended, as a person reads it above its curves."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.events import Ending, NormalizationSeen, Resumed, RunEnded, StandsAtChance
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.state import RunState
from alexnet_app.core.training.config import other_rates
from alexnet_app.core.training.resume import why_not_resumed
from alexnet_app.ui.messages import Banner
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.wording import percent


def tell(
    banner: Banner,
    event: RunEnded,
    state: RunState,
    run: Run,
    use: Callable[[str], None],
    resume: Callable[[str], None],
) -> None:
    """Says it in ``banner``: of a finished run with a way to ``use`` its model, of a stopped one to ``resume`` it."""
    match event.reason:
        case Ending.FINISHED:
            button = QCoreApplication.translate("end", "Classify pictures")
            banner.show_note(finished(event, state), button, partial(use, str(run.last_file)))
        case Ending.STOPPED:
            _tell_stop(banner, run, resume)
        case _:
            banner.show_error(diverged(event, state))


def _tell_stop(banner: Banner, run: Run, resume: Callable[[str], None]) -> None:
    text = QCoreApplication.translate("end", "Stopped and saved in {folder}.").format(folder=run.folder)
    why = why_not_resumed(run)
    if why:
        said = QCoreApplication.translate("end", "{text} It cannot be resumed: {why}.")
        banner.show_error(said.format(text=text, why=why))
    else:
        banner.show_note(text, QCoreApplication.translate("end", "Resume"), partial(resume, str(run.folder)))


def finished(event: RunEnded, state: RunState) -> str:
    """It has done all its epochs."""
    said = QCoreApplication.translate("end", "Finished after {epoch:,} epochs.").format(**shown(epoch=event.epoch))
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
    either = QCoreApplication.translate("end", " or ").join(local(f"{other:g}") for other in other_rates(rate))
    return said.format(**shown(chance=event.chance, steps=event.steps, others=either))


def resumed(event: Resumed) -> str:
    """In what it does not go on exactly as before, or what is not known of its checkpoint; empty where all is well."""
    said = []
    if not event.exact:
        text = QCoreApplication.translate("end", "Resumed, but not bit for bit: {difference}.")
        said.append(text.format(difference=event.difference))
    if not event.checked:
        text = QCoreApplication.translate(
            "end", "The checkpoint was made by an earlier version: it carries no checksum. The next one will."
        )
        said.append(text)
    return " ".join(said)


def diverged(event: RunEnded, state: RunState) -> str:
    """Its numbers are none any more."""
    said = QCoreApplication.translate(
        "end",
        "The loss is no longer finite after {step:,} steps. Start again with a learning rate below "
        "{rate:g}. The last good model is kept.",
    )
    return said.format(**shown(step=event.step, rate=state.rate))
