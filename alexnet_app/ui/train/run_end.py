"""How a run that is trained here goes on and how it has ended, as a person reads it above its curves."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.events import Ending, Evaluated, MemoryShort, NormalizationSeen, Resumed, RunEnded, StandsAtChance
from alexnet_app.core.inference.interval import extreme
from alexnet_app.core.runs.divergence import LESS, Divergence, divergence_of
from alexnet_app.core.runs.model import RunModel, model_of
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.state import RunState
from alexnet_app.core.training.config import other_rates
from alexnet_app.core.training.resume import why_not_resumed
from alexnet_app.ui.messages import Banner, sentence_of
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.wording import percent


def tell(
    banner: Banner,
    event: RunEnded,
    state: RunState,
    run: Run,
    use: Callable[[str], None],
    resume: Callable[[str, float], None],
) -> None:
    """Says it in ``banner``: of a finished run with a way to ``use`` its model, of a stopped one to ``resume`` it, of
    one that diverged to do so with another learning rate.
    """
    match event.reason:
        case Ending.FINISHED:
            model = model_of(run)
            button = QCoreApplication.translate("end", "Classify pictures with {model}").format(model=model.path.name)
            banner.show_note(finished(event, state, model), button, partial(use, str(model.path)))
        case Ending.STOPPED:
            _tell_stop(banner, event, run, resume)
        case _:
            _tell_divergence(banner, run, resume)


def _tell_divergence(banner: Banner, run: Run, resume: Callable[[str, float], None]) -> None:
    found = divergence_of(run)
    if found is None:
        return
    banner.show_error(sentence_of(found.told()))
    if found.saved is not None:
        banner.add_action(slower(found), partial(resume, str(run.folder), found.lower))


def slower(found: Divergence) -> str:
    """What a button says that continues a run that diverged."""
    text = QCoreApplication.translate("end", "Continue from epoch {epoch:,} with the learning rate ÷ {less}")
    return text.format(**shown(epoch=found.epoch, less=LESS))


def _tell_stop(banner: Banner, event: RunEnded, run: Run, resume: Callable[[str, float], None]) -> None:
    text = QCoreApplication.translate("end", "Stopped and saved in {folder}.")
    if event.advice:
        text = QCoreApplication.translate(
            "end", "Stopped; what came after the last checkpoint in {folder} could not be saved."
        )
    text = text.format(folder=run.folder)
    why = why_not_resumed(run)
    if why:
        said = QCoreApplication.translate("end", "{text} It cannot be resumed: {why}.")
        banner.show_error(said.format(text=text, why=why))
    else:
        banner.show_note(text, QCoreApplication.translate("end", "Resume"), partial(resume, str(run.folder), 0.0))


def finished(event: RunEnded, state: RunState, model: RunModel, *, plain: bool = False) -> str:
    """It has done all its epochs; ``model`` is the one that it is judged by. ``plain``: for who wants to use it,
    without what is of interest to who studies the network.
    """
    text = QCoreApplication.translate("end", "Finished after {epoch:,} epochs.")
    if event.early:
        text = QCoreApplication.translate(
            "end", "Finished early, after {epoch:,} epochs: {early:,} brought no better validation error."
        )
    said = text.format(**shown(epoch=event.epoch, early=event.early))
    if state.tested is not None and not plain:
        said = f"{said} {_tested(state.tested)}"
    if model.epoch is not None and model.epoch != event.epoch:
        kept = QCoreApplication.translate("end", "Its best model, {name}, is that of epoch {epoch:,}.")
        said = f"{said} {kept.format(**shown(name=model.path.name, epoch=model.epoch))}"
    return said if plain else " ".join((said, *map(_cut, state.normalization)))


def _tested(event: Evaluated) -> str:
    """The error of the last weights; where none or all were wrong, how far that may be off."""
    text = QCoreApplication.translate("end", "Test error {error}.").format(error=percent(event.top1_error))
    limits = extreme(event.top1_error, event.pictures)
    if limits is None:
        return text
    text = QCoreApplication.translate("end", "Test error {error} of {count:,} images (95 % interval {low} to {high}).")
    low, high = map(percent, limits)
    return text.format(**shown(error=percent(event.top1_error), count=event.pictures, low=low, high=high))


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


def tell_memory(banner: Banner, event: MemoryShort, agree: Callable[[], None]) -> None:
    """Memory was full: says in ``banner`` how it goes on, or asks; ``agree`` lets it go on."""
    text = QCoreApplication.translate("end", "There is not enough memory for {count:,} images per forward pass.")
    said, half = text.format(**shown(count=event.at_once)), shown(half=event.half)
    if not event.asked:
        text = QCoreApplication.translate("end", "The run continues with {half:,}: the batch stays as it is.")
        banner.show_note(" ".join((said, text.format(**half))))
        return
    text = QCoreApplication.translate(
        "end", "With {half:,} the run continues from its last checkpoint: the batch stays as it is."
    )
    banner.show_error(" ".join((said, text.format(**half))))
    banner.add_action(QCoreApplication.translate("end", "Continue with {half:,}").format(**half), agree)


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
