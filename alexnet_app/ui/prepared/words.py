"""Prepared sets and what is done with them, as people read it."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.data.prepared.states import SetState
from alexnet_app.core.data.sources.named import CIFAR10, NAMES, NOT_CHOSEN
from alexnet_app.core.events import Progress, Task
from alexnet_app.core.network.variants import VARIANTS
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.plain import TEXT, one_line
from alexnet_app.ui.parts.wording import date, size
from alexnet_app.ui.prepared.jobs import Deleted, Listed, Made, Verified, WantedSet
from alexnet_app.ui.prepared.views.set_table import SetRow

if TYPE_CHECKING:
    from alexnet_app.core.data.prepared.expecting import Expected
    from alexnet_app.core.data.prepared.shelf import PreparedSet

NOTHING = "–"
NAMED = 2  # networks that a picture size names


def _tr(text: str) -> str:
    return QCoreApplication.translate("prepared", text)


def row(each: "PreparedSet", in_use: str) -> SetRow:
    """``each`` as the table shows it; ``in_use`` says why it cannot be deleted, and is empty where it can."""
    raw = each.storage == "raw"
    cells = (
        _name(each),
        home(each.where) or NOTHING,
        NOTHING if not each.storage else _tr("raw") if raw else _tr("JPEG"),
        state(each, in_use),
        date(each.made) if each.made else NOTHING,
        local(f"{each.pictures:,}") if each.side else NOTHING,
        local(f"{each.skipped:,}") if each.side else NOTHING,
        f"{each.side} × {each.side}" if each.side else NOTHING,
        size(each.bytes),
    )
    return SetRow(
        each.name,
        cells,
        _tip(each),
        _tr("Repair") if each.state == SetState.DAMAGED else "",
        _why_not_continued(each),
        _why_not_verified(each),
        in_use,
        each.skipped,
    )


def state(each: "PreparedSet", in_use: str) -> str:
    """In a word or two."""
    if each.state != SetState.FINISHED and in_use:
        return _tr("being prepared")
    return {
        SetState.FINISHED: _tr("complete"),
        SetState.BEGUN: _tr("not complete"),
        SetState.DAMAGED: _tr("damaged"),
        SetState.OLD: _tr("outdated"),
    }[each.state]


def _why_not_verified(each: "PreparedSet") -> str:
    if each.state == SetState.OLD:
        return _tr(
            "It was created by another version of this program; its images are prepared again when they are used"
        )
    return "" if each.state != SetState.BEGUN and each.side else _tr("It is not complete, so it cannot be verified yet")


def _why_not_continued(each: "PreparedSet") -> str:
    if each.state == SetState.OLD:
        return _why_not_verified(each)
    if each.state == SetState.FINISHED:
        return _tr("It is complete")
    if not each.address:
        return _tr("The location of its images is unknown; choose them with Prepare, or delete the set")
    return ""


def _tip(each: "PreparedSet") -> str:
    lines = [_name(each)]
    if each.where:
        lines.append(_tr("Source: {where}").format(where=each.where))
    lines.append(_tr("Folder: {folder}").format(folder=each.folder))
    if each.made:
        lines.append(_tr("Created {made}, last used {used}").format(made=date(each.made), used=date(each.used)))
    return "\n".join(one_line(line, TEXT) for line in lines)


def _name(each: "PreparedSet") -> str:
    """What people call it; while nothing can be read of it, the beginning of its folder's name."""
    return each.source if each.side else re.sub(r"-[0-9a-f]{16}(-raw|-jpeg)?$", "", each.name)


def left_out(files: Sequence[tuple[str, str]], where: str) -> list[tuple[str, str]]:
    """Files within the folder ``where``, each beside its reason, which need not begin with the path."""
    return [(path.removeprefix(f"{where}{os.sep}"), reason.removeprefix(f"{path} ")) for path, reason in files]


def summary(listed: Listed) -> str:
    """How many there are, what they take together, where they are."""
    total, count = sum(each.bytes for each in listed.sets), len(listed.sets)
    one = _tr("1 set, {size}, in {folder}; {free} free")
    none = _tr("Prepared sets will be stored in {folder}; {free} free")
    many = _tr("{count:,} sets, {size} together, in {folder}; {free} free")
    text = none if not count else one if count == 1 else many
    return text.format(**shown(count=count, size=size(total), folder=home(str(listed.folder)), free=size(listed.free)))


def doing(event: Progress, name: str, left_out: int) -> str:
    """What a job that says ``event`` does with the set ``name``, and how far it is."""
    text = {
        Task.DRAW: _tr("Generating {name}"),
        Task.LIST: _tr("Listing the files of {name}"),
        Task.CHECK: _tr("Checking the files of {name}"),
        Task.COMPARE: _tr("Looking for copies in {name}"),
        Task.PREPARE: _tr("Preparing {name}"),
        Task.REPAIR: _tr("Repairing {name}"),
        Task.MEASURE: _tr("Measuring colours of {name}"),
        Task.VERIFY: _tr("Verifying {name}"),
    }.get(event.task, _tr("Reading {name}"))
    text = text.format(**shown(name=name))
    if event.total:
        text = _tr("{doing}: {done:,} of {total:,}").format(**shown(doing=text, done=event.done, total=event.total))
    elif event.done:
        text = _tr("{doing}: {done:,}").format(**shown(doing=text, done=event.done))
    return _tr("{doing}, {count:,} skipped").format(**shown(doing=text, count=left_out)) if left_out else text


def expected(told: "Expected") -> str:
    """What preparing takes."""
    text = {
        SetState.READY: _tr("These images already have this size. There is nothing to prepare."),
        SetState.FINISHED: _tr(
            "This set is already complete. Preparing it again checks whether its images have changed."
        ),
        SetState.DAMAGED: _tr("This set is damaged. Only the damaged images are prepared again."),
        SetState.BEGUN: _tr(
            "{done:,} of {pictures:,} images are already prepared. The rest needs {need}; {free} are free."
        ),
        SetState.NEW: _tr("{pictures:,} images need {need} of disk space; {free} are free."),
    }[told.state]
    if told.need > told.free:
        text = _tr(
            "{left:,} images need {need} of disk space, but only {free} are free. Free some space, or choose "
            "JPEG or a smaller size."
        )
    return text.format(
        **shown(
            done=told.pictures - told.left,
            left=told.left,
            pictures=told.pictures,
            need=size(told.need),
            free=size(told.free),
        )
    )


def made(event: Made) -> str:
    """What came of preparing."""
    if not event.key:
        text = _tr("The images of {name} already are {side} × {side} pixels. There is nothing to prepare.")
        return text.format(**shown(name=event.name, side=event.side))
    text = _tr("Prepared {name}: {pictures:,} images of {side} × {side} pixels.")
    text = text.format(**shown(name=event.name, pictures=event.pictures, side=event.side))
    if not event.left_out:
        return text
    one = _tr("{text} 1 file could not be read and was skipped.")
    many = _tr("{text} {count:,} files could not be read and were skipped.")
    return (one if event.left_out == 1 else many).format(**shown(text=text, count=event.left_out))


def verified(event: Verified, name: str) -> str:
    """What came of verifying."""
    if not event.damaged:
        text = _tr("All checksums of {name} are correct: none of its {pictures:,} images is damaged.")
    else:
        text = _tr("Damaged images in {name}: {damaged:,} of {pictures:,}. Repair prepares them again.")
    return text.format(**shown(name=name, pictures=event.pictures, damaged=event.damaged))


def deleted(event: Deleted) -> str:
    """What came of deleting."""
    return _tr("Deleted the prepared set of {name} and freed {size}.").format(name=event.name, size=size(event.freed))


def stopped(name: str) -> str:
    """What is true once preparing was cancelled."""
    return _tr("Stopped. The prepared images of “{name}” are kept; preparing it again continues from there.").format(
        name=name
    )


def name_of(data: str) -> str:
    """What people call the data set ``data``."""
    known = {"shapes": _tr("Sample data"), "cifar10": _tr("CIFAR-10")}
    return known.get(data) or Path(data).name or data


def home(path: str) -> str:
    """``path`` with ~ for the person's own folder."""
    own = str(Path.home())
    return "~" + path[len(own) :] if path == own or path.startswith(own + "/") else path


def datas(paths: Sequence[str]) -> list[tuple[str, str]]:
    """The data sets to choose from: ``paths`` and what goes by a name."""
    used = [(path, home(path)) for path in dict.fromkeys(paths) if path not in (*NAMES, *NOT_CHOSEN)]
    return [("", _tr("Choose a folder or an archive…")), *used, (CIFAR10, _tr("CIFAR-10"))]


def sides() -> list[tuple[str, str]]:
    """The picture sizes of all networks, the largest first, with their names."""
    users: dict[int, list[str]] = {}
    for name, spec in VARIANTS.items():
        users.setdefault(spec.picture_size, []).append(name)
    return [(str(side), _side(side, users[side])) for side in sorted(users, reverse=True)]


def _side(side: int, networks: Sequence[str]) -> str:
    few = _tr("{side} × {side}, for {networks}")
    many = _tr("{side} × {side}, for {networks} and {count} more")
    text = many if len(networks) > NAMED + 1 else few
    named = networks[:NAMED] if text is many else networks
    return text.format(**shown(side=side, networks=", ".join(named), count=len(networks) - NAMED))


def storages() -> list[tuple[str, str]]:
    """The ways to keep pictures."""
    return [
        ("raw", _tr("Raw pixels: fastest to read")),
        ("jpeg", _tr("JPEG: an eighth of the space, decoded on reading")),
    ]


def wanted_again(each: "PreparedSet") -> WantedSet:
    """``each`` once more, to be continued or repaired."""
    return WantedSet(each.address, each.side, each.storage, each.source, each.split_rule)
