"""What was understood of a data set, in the words and plain values of the window."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.data.sources.named import CIFAR10, SHAPES
from alexnet_app.ui.data.views.data_view import DataSummary
from alexnet_app.ui.data.views.skipped_tree import SkippedReason
from alexnet_app.ui.messages import capital, said
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.picture_strip import Captioned
from alexnet_app.ui.parts.plain import TEXT, one_line
from alexnet_app.ui.parts.wording import duration, percent

if TYPE_CHECKING:
    from alexnet_app.core.data.feed.preview import Sample
    from alexnet_app.core.data.sources.remarks import Remark, SkippedFiles
    from alexnet_app.core.data.sources.understood import Understood

translate = QCoreApplication.translate


def name_of(data: str) -> str:
    """What people call the data set ``data``."""
    known = {SHAPES: translate("data", "Sample data (generated)"), CIFAR10: translate("data", "CIFAR-10")}
    return known.get(data, Path(data).name or data)


def summary(found: "Understood", data: str) -> DataSummary:
    """All that the page shows of it."""
    return DataSummary(
        readable(name_of(data)),
        tuple(_lines(found)),
        tuple((readable(each.name), each.train, each.validation, each.test) for each in found.classes),
        _notes(found),
        tuple(map(_skipped, found.skipped)),
        data,
    )


def question(found: "Understood") -> str:
    """Whether to train on it: "Train on these 2 classes (244 + 153 images)?", the splits one after the other."""
    counts = [count for count in map(found.total, ("train", "validation", "test")) if count]
    images = " + ".join(local(f"{count:,}") for count in counts)
    text = translate("data", "Train on these {classes:,} classes ({images} images)?")
    return text.format(**shown(classes=len(found.classes), images=images))


def takes(seconds: float) -> str:
    """How long a training would take at most."""
    text = translate("data", "This takes about {time} at most on this computer.")
    return text.format(time=duration(seconds))


def caption(sample: "Sample") -> Captioned:
    """Below a sample."""
    name, file = readable(sample.name), readable(Path(sample.path).name)
    return Captioned((name, file), f"{one_line(name)}\n{one_line(readable(sample.path), TEXT)}".rstrip(), sample.path)


def readable(name: str) -> str:
    """A name whose bytes need not be text, as text."""
    return name.encode(errors="replace").decode()


def _lines(found: "Understood") -> list[str]:
    parts = [
        (found.total("train"), translate("data", "{count:,} to train on")),
        (found.total("validation"), translate("data", "{count:,} for validation")),
        (found.total("test"), translate("data", "{count:,} for the final test")),
    ]
    splits = ", ".join(text.format(**shown(count=count)) for count, text in parts if count)
    total = sum(count for count, _ in parts)
    classes = translate("data", "1 class") if len(found.classes) == 1 else translate("data", "{count:,} classes")
    text = translate("data", "{classes}, {total:,} images: {splits}.").format(
        **shown(classes=classes.format(**shown(count=len(found.classes))), total=total, splits=splits)
    )
    if found.drawn:
        text += " " + translate("data", "The validation images are drawn from the training images.")
    if len(found.classes) < 2:
        return [text]
    beat = translate("data", "Always answering “{name}” is wrong for {error}: that is the error to beat.")
    return [text, beat.format(name=readable(found.majority.name), error=percent(1 - found.majority.share))]


def _notes(found: "Understood") -> tuple[str, ...]:
    if found.remarks:
        return tuple(f"• {_remark(each)}" for each in found.remarks)
    return () if found.skipped else (translate("data", "Every file is used, and nothing stands in the way."),)


def _remark(remark: "Remark") -> str:
    return f"{capital(readable(said(remark.said)), remark.template, remark.values)}."


def _skipped(files: "SkippedFiles") -> SkippedReason:
    reason = said(files.said)
    return SkippedReason(
        f"{reason[:1].upper()}{reason[1:]}", local(f"{files.count:,}"), tuple(map(readable, files.examples))
    )
