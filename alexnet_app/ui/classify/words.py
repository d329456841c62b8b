"""What the Classify panel says."""

import os

from PySide6.QtCore import QCoreApplication

from alexnet_app import resources
from alexnet_app.core.events import Answered, Skipped
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.ui.classify.control import AnswerTally
from alexnet_app.ui.classify.explaining import Explained
from alexnet_app.ui.classify.jobs import ModelAbout, shortened
from alexnet_app.ui.classify.views.arrangement import WAITING, PictureSaid
from alexnet_app.ui.messages import worded
from alexnet_app.ui.parts.numbers import local
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.parts.wording import duration, no_checksum, percent

NAMED = 100  # classes in a tooltip


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("ClassifyPanel", text)


def name(path: str) -> str:
    """What a file is called."""
    return os.path.basename(path) or path  # noqa: PTH119  (a Path is ten times as slow, and there may be many)


def pictures(count: int) -> str:
    """How many pictures there are."""
    return tr("1 picture") if count == 1 else tr("{count} pictures").format(count=local(f"{count:,}"))


def skipped(count: int) -> str:
    """How many files were skipped; empty for none."""
    return tr("{count} skipped").format(count=local(f"{count:,}")) if count else ""


def about(model: ModelAbout) -> str:
    """A model on one line."""
    parts = [model.network, tr("{count} classes").format(count=local(f"{len(model.classes):,}"))]
    if model.data:
        parts.append(tr("trained on {data}").format(data=model.data))
    if model.epoch:
        parts.append(
            tr("1 epoch") if model.epoch == 1 else tr("{count} epochs").format(count=local(f"{model.epoch:,}"))
        )
    if model.error is not None:
        parts.append(tr("validation error {error}").format(error=percent(model.error)))
    if not model.checked:
        parts.append(no_checksum())
    return " · ".join(parts)


def classes(model: ModelAbout) -> str:
    """The classes that a model knows."""
    names = ", ".join(map(one_line, model.classes[:NAMED]))
    more = len(model.classes) - NAMED
    return tr("{names} and {more} more").format(names=names, more=local(f"{more:,}")) if more > 0 else names


def looking(seen: int) -> str:
    """How far the search for pictures in a folder is: ``seen`` files so far."""
    return (
        tr("Looking for pictures, {count} files so far").format(count=local(f"{seen:,}"))
        if seen
        else tr("Looking for pictures")
    )


def progress(done: int, total: int, per_second: float) -> str:
    """How far, how fast, how long still."""
    parts = [tr("{done} of {total}").format(done=local(f"{done:,}"), total=local(f"{total:,}"))]
    if per_second > 0 and done:
        speed = local(f"{per_second:,.0f}") if per_second >= 10 else local(f"{per_second:.1f}")
        left = duration((total - done) / per_second)
        parts += [tr("{speed} pictures/s").format(speed=speed), tr("{time} left").format(time=left)]
    return " · ".join(parts)


def summary(tally: AnswerTally) -> str:
    """A sentence where not all of what was given could be answered; else empty."""
    if tally.first is None:
        return ""
    if tally.answered:
        text = tr("{count} of {total} files could not be read.")
        return text.format(count=local(f"{tally.skipped:,}"), total=local(f"{tally.skipped + tally.answered:,}"))
    if tally.skipped == 1:
        return reason(tally.first)
    text = tr("None of the {count} files could be classified. The first: {reason}")
    return text.format(count=local(f"{tally.skipped:,}"), reason=reason(tally.first))


def reason(event: Skipped) -> str:
    """Why a file was skipped, as a sentence that names it."""
    path = shortened(event.path)
    why = worded(event.reason)
    if event.path and event.path in why:
        said = why.replace(event.path, path)
        return f"{said[:1].upper()}{said[1:]}."
    return tr("{path}: {reason}.").format(path=path, reason=why)


def whole(tally: AnswerTally) -> str:
    """What ``summary`` names, where it had to be cut; else empty."""
    path = tally.first.path if tally.first and not tally.answered else ""
    return path if shortened(path) != path else ""


def row(event: Skipped) -> tuple[str, str]:
    """Path and reason, beside each other: the reason need not begin with the path."""
    return event.path, worded(event.reason).removeprefix(f"{event.path} ")


def rows(count: int) -> str:
    """How many rows a table has."""
    return tr("1 row") if count == 1 else tr("{count} rows").format(count=local(f"{count:,}"))


def samples_missing() -> str:
    """Why there are no sample pictures; empty where there are."""
    folders = (resources.path(name) for name in ("samples", "sample_photos"))
    if any(folder.is_dir() and any(folder.iterdir()) for folder in folders):
        return ""
    return tr("This copy of the program contains no sample pictures")


def said(event: Answered | Skipped | None, truth: str = "") -> PictureSaid:
    """What a row says of a picture; ``truth`` is the class that its folder names."""
    if event is None:
        return WAITING
    if isinstance(event, Skipped):
        return PictureSaid(reason=event.reason.removeprefix(f"{event.path} "))
    first, *others = (each.probability for each in event.predictions)
    margin = first - (others[0] if others else 0.0)
    return PictureSaid(event.predictions[0].label, first, margin, not unsure(event.predictions), truth)


def copied(event: Answered, given: str) -> list[str]:
    """An answer as a row of cells: name, class, probability; where the person gave another class, that one first."""
    first = event.predictions[0]
    own = [given] if given else []
    return [name(event.path), *own, first.label, percent(first.probability)]


def truth(event: Answered, folder: str, given: str) -> str:
    """What is known of the class that a picture is of: from its ``folder``, or ``given`` by the person."""
    if given:
        return tr("Corrected to {label}").format(label=one_line(given))
    if not folder:
        return ""
    is_right = event.predictions[0].label == folder
    text = tr("Right: the folder says {label}") if is_right else tr("Wrong: the folder says {label}")
    return text.format(label=one_line(folder))


def why_views() -> list[tuple[str, str, str]]:
    """What can be drawn over a picture to say why: key, text and tooltip of each."""
    return [
        ("occlusion", tr("Occlusion"), tr("How much the score falls where a square is covered")),
        (
            "gradients",
            tr("Gradients"),
            tr("What each pixel adds to the score (integrated gradients)"),
        ),
        ("grad-cam", tr("Grad-CAM"), tr("Which places of the last convolution speak for the class")),
        ("tower-a", tr("Grad-CAM of tower A"), tr("The part of tower A in it")),
        ("tower-b", tr("Grad-CAM of tower B"), tr("The part of tower B in it")),
        (
            "seen",
            tr("What the network sees"),
            tr("The centre of the picture in the network's own pixels, or the ten views, with the answer for each"),
        ),
        (
            "nearest",
            tr("Nearest images"),
            tr("The images of a data set that the network finds most alike (the paper's Figure 4)"),
        ),
    ]


def view_names() -> list[str]:
    """What the ten views are called, in their order, on one or two lines."""
    corners = [tr("top left"), tr("top right"), tr("centre"), tr("bottom left"), tr("bottom right")]
    return [*corners, *(tr("{view}\nmirrored").format(view=each) for each in corners)]


def one_column() -> str:
    """Why there is no choice of towers."""
    return tr("This network has one column: there are no towers to compare")


def sum_of(found: Explained) -> str:
    """The score of a class as a sum; empty where there are no towers."""
    if not found.parts:
        return ""
    tower_a, tower_b, bias, score = found.parts
    text = tr("Score of {label}: {score} = {a} from tower A {b} from tower B {bias} bias")
    signed = [local(f"{value:+.2f}").replace("+", "+ ").replace("-", "− ") for value in (tower_b, bias)]
    values = {"score": local(f"{score:.2f}"), "a": local(f"{tower_a:.2f}"), "b": signed[0], "bias": signed[1]}
    return text.format(label=one_line(found.label), **values)
