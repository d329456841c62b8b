"""Events as text on stderr: one bar where it is a terminal, plain lines for what is worth keeping."""

import sys
from typing import Any

from alexnet_app.commands.printing import printable
from alexnet_app.commands.remaining import Remaining
from alexnet_app.commands.streams import remarks, tell
from alexnet_app.core.events import (
    BegunWith,
    DataUnderstood,
    Ending,
    EpochDone,
    Estimated,
    Evaluated,
    Event,
    MemoryShort,
    NormalizationSeen,
    Notice,
    Progress,
    RateChanged,
    Resumed,
    RunEnded,
    RunStarted,
    Skipped,
    StandsAtChance,
    StepsDone,
    ValidationJoined,
    Warned,
)
from alexnet_app.core.inference.interval import extreme

WARNINGS = {
    Notice.COMMANDS_IGNORED: "{count:,} lines in {name} are no commands and were ignored: {text}",
    Notice.FOLDER_LOST: "the run folder {name} was moved, deleted or replaced; the run continues in {folder}",
    Notice.FILE_RESTORED: "{name} was removed from the run folder; it was written again and the run continues",
    Notice.SETTINGS_CHANGED: "{name} was changed in the run folder; the run keeps the settings it started with",
    Notice.NO_BOARD: "no more files for TensorBoard are written, and the run continues: {text}",
    Notice.NO_LOCKS: "this file system has no locks; the file {name} marks the run as in progress: do not train it "
    "elsewhere",
    Notice.DATA_GONE: "the images in {name} cannot be read ({text}); the run is saved and waits: it continues by "
    "itself when they are back",
    Notice.DATA_BACK: "the images in {name} can be read again after {time}; the run continues",
    Notice.DISK_FULL: "the disk is full: the run in {name} continues and is saved when there is room; free some space",
    Notice.UNWRITABLE: "{name} cannot be written ({text}); the run continues and is saved when it can be",
    Notice.SAVED_AGAIN: "{name} can be written again after {time}; nothing is missing in it",
    Notice.WAITS_TO_SAVE: "the run waits until it can be saved in {name}: free some space, or stop it once more to "
    "keep the last checkpoint",
}
SHOWN = 10  # skipped files that are named


def say(text: str) -> None:
    """One line for the person; stdout is kept for results."""
    tell("".join(f"{printable(line)}\n" for line in text.splitlines() or [""]))


class Bars:
    """Shows the events of any job. Use it in a ``with`` block. Of a training whose batches have ``batch_size`` images
    it also says when that ends.
    """

    def __init__(self, batch_size: int = 0) -> None:
        self._rest = Remaining(batch_size) if batch_size else None
        self._bar: Any = None
        self._task = ""
        self._total = 0
        self._joined = False  # the validation images are trained on
        self._skipped = 0

    def __enter__(self) -> "Bars":
        return self

    def __exit__(self, *_: object) -> None:
        with remarks():
            self._close()
            if self._skipped > SHOWN:
                say(f"{self._skipped - SHOWN:,} more were skipped")

    def show(self, event: Event) -> None:
        """Brings the screen up to date, if there is one still."""
        with remarks():
            self._show(event)

    def _show(self, event: Event) -> None:
        if self._rest is not None:
            self._rest.take(event)
        match event:
            case Progress(task, done, total, unit):
                self._advance(task, done, total, unit)
            case StepsDone(first, losses, _, speed):
                self._advance("train", first + len(losses), self._total, "steps")
                more = (self._rest.end(), self._rest.machine()) if self._rest else ()
                self._bar.set_postfix_str(_listed(f"loss {losses[-1]:.3f}", f"{speed:,.0f} images/s", *more))
            case EpochDone():
                end = self._rest.after_epoch() if self._rest else ""
                self._line(_listed(_epoch(event, seen=self._joined), end))
            case RunStarted() | Resumed():
                self._joined = False
                self._total = event.epochs * event.steps_per_epoch
                self._line(_started(event) if isinstance(event, RunStarted) else _resumed(event))
            case Skipped() if self._is_too_many():
                pass
            case _:
                self._joined = self._joined or isinstance(event, ValidationJoined)
                text = _told(event)
                if text:
                    self._line(text)

    def _is_too_many(self) -> bool:
        """Counts a skipped file; whether enough were named."""
        self._skipped += 1
        return self._skipped > SHOWN

    def write(self, text: str) -> None:
        """A line of results on stdout, without tearing the bar."""
        if self._bar is None or self._bar.disable:
            sys.stdout.write(f"{text}\n")
        else:
            self._bar.write(text, file=sys.stdout)

    def _line(self, text: str) -> None:
        self._close()
        say(text)

    def _advance(self, task: str, done: int, total: int, unit: str) -> None:
        if self._bar is None or task != self._task:
            self._open(task, total, unit)
        self._bar.update(done - self._bar.n)

    def _open(self, task: str, total: int, unit: str) -> None:
        from tqdm import tqdm

        self._close()
        self._task = task
        scaled = unit == "bytes"
        # disable=None: no bar where stderr is a file or a pipe
        self._bar = tqdm(
            total=total or None,
            desc=task,
            unit=f" {unit}",
            unit_scale=scaled,
            leave=False,
            disable=None,
            dynamic_ncols=True,
        )

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None


def _listed(*parts: str) -> str:
    return ", ".join(filter(None, parts))


def _told(event: Event) -> str:
    """The line that is worth keeping of ``event``; empty if there is none."""
    match event:
        case Skipped(path, reason):
            return f"skipped {reason}" if reason.startswith(path) else f"skipped {path}: {reason}"
        case DataUnderstood():
            return _understood(event)
        case Estimated():
            return _estimated(event)
        case BegunWith(model, layer, kept, frozen, new):
            last = f"{layer} kept: the classes are the same" if kept else f"{new or layer} new"
            return f"initialized from {model}, {last}" + (f"; frozen: {frozen}" if frozen else "")
        case RateChanged(step, rate, reason):
            return f"learning rate {rate:g} from step {step:,} on ({reason})"
        case Evaluated():
            limits = extreme(event.top1_error, event.pictures)
            said = f" (95% interval {limits[0]:.1%} to {limits[1]:.1%})" if limits else ""
            return f"{event.split}: top-1 error {event.top1_error:.1%}{said} on {event.pictures:,} images"
        case RunEnded(reason, step, early=early, advice=advice):
            why = f": {counted(early, 'epoch')} without a better validation error" if early else ""
            why = f"; {advice}" if advice and reason == Ending.STOPPED else why
            return f"{reason} after {counted(step, 'step')}{why}"
    return _remark(event)


def _remark(event: Event) -> str:
    """What else is worth knowing of a training; empty for other events."""
    match event:
        case ValidationJoined(_, epoch, images):
            return f"after epoch {epoch}, training includes the {images:,} validation images"
        case StandsAtChance():
            return event.advice
        case MemoryShort(at_once, half):
            said = f"there is not enough memory for {counted(at_once, 'image')} per forward pass"
            return f"{said}; it continues with {half:,}"
        case Warned():
            return "warning: " + WARNINGS[event.notice].format(
                name=event.name, folder=event.folder, count=event.count, text=event.text, time=duration(event.count)
            )
        case NormalizationSeen(_, layer, is_gain=True):
            return f"{layer}: a constant gain, × k^-β, instead of LRN"
        case NormalizationSeen(_, layer, median, most):
            return f"{layer}: LRN reduces its input by {median:.1%} (median), {most:.1%} (99th percentile)"
    return ""


def _understood(event: DataUnderstood) -> str:
    splits = (
        (event.train_pictures, "training"),
        (event.validation_pictures, "validation"),
        (event.test_pictures, "test"),
    )
    images = ", ".join(f"{count:,} {name}" for count, name in splits if count)
    drawn = " (drawn from the training images)" if event.drawn else ""
    lines = [f"{event.data}: {event.classes:,} classes ({event.names}); images: {images}{drawn}"]
    lines += [f"not used: {event.skipped}"] if event.skipped else []
    return "\n".join([*lines, *(f"note: {line}" for line in event.warnings.splitlines())])


def _started(event: RunStarted) -> str:
    exchanged = f"; the towers exchange {event.exchanged / 1e6:,.1f} MB in each step" if event.exchanged else ""
    return (
        f"{event.network} ({event.parameters:,} parameters) on {event.data}: "
        f"{event.train_pictures:,} training images, {event.validation_pictures:,} validation images, "
        f"{event.test_pictures:,} test images; {counted(event.epochs, 'epoch')} of "
        f"{counted(event.steps_per_epoch, 'step')}, {event.precision} on {event.device}{exchanged}"
    )


def _resumed(event: Resumed) -> str:
    if not event.steps_per_epoch:
        return "starts again: the run was interrupted before its first checkpoint"
    exact = "exactly" if event.exact else f"not bit for bit ({event.difference})"
    is_over = event.epoch >= event.epochs
    where = f"after all {event.epochs:,} epochs" if is_over else f"epoch {event.epoch + 1:,} of {event.epochs:,}"
    text = f"continues at step {event.step:,}, {where}, {exact}"
    if event.network:
        text += f"\nit keeps the network it started with: {event.network}"
    return text if event.checked else f"{text}\nits checkpoint was made by an earlier version: it carries no checksum"


def _estimated(event: Estimated) -> str:
    text = f"about {duration(event.seconds)}, {event.memory_bytes / 1e9:.1f} GB of memory, "
    text += f"{max(1, round(event.disk_bytes / 1e6)):,} MB of disk space"
    return f"{text}\n{event.advice}" if event.advice else text


def _epoch(event: EpochDone, *, seen: bool) -> str:
    """``seen`` says that the validation images are trained on."""
    best = ", the best so far" if event.best else " (on images that are trained on)" if seen else ""
    return (
        f"epoch {event.epoch}: training loss {event.train_loss:.3f}, top-1 error {event.train_error:.1%}; "
        f"validation loss {event.validation_loss:.3f}, top-1 error {event.validation_error:.1%}{best}; "
        f"{event.images_per_second:,.0f} images/s"
    )


def counted(number: int, what: str) -> str:
    """``number`` with what it counts: "1 epoch", "2 epochs"."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def duration(seconds: float) -> str:
    """Seconds as people say them: "40 s", "12 min", "3.5 h", "41 days"."""
    for size, name in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 1.5 * size:
            return f"{seconds / size:.1f} {name}" if seconds < 10 * size else f"{seconds / size:.0f} {name}"
    return f"{max(1, seconds):.0f} s"
