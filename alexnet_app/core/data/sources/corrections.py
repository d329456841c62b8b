"""Labels that a person corrected, in a small table beside the class folders: no image is moved.

``labels.csv`` has the heading ``path,label`` and a row for each corrected image: its path within the data folder, with
slashes, and the class that it is of. It is read whenever the folder is opened, after validation images were drawn, so
that an image stays in its split. Names are written as tables are (``tables.harmless``) and matched as they are written.
"""

import csv
import io
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from alexnet_app.core.data.sources.remarks import Concern, Remark, listed
from alexnet_app.core.data.sources.split_names import TRAIN
from alexnet_app.core.data.sources.values import Files, Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.foreign import UnreadableError, check_regular, read_text
from alexnet_app.core.tables import harmless, write_csv

FILE = "labels.csv"
HEADING = ["path", "label"]
MOST_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class Correction:
    """The image at ``path``, within the data folder, is of the class ``label``; both as the table has them."""

    path: str
    label: str


def table_of(data: str) -> Path:
    """Where the corrections of the data ``data`` lie. UserError where they can have none: only folders can."""
    folder = Path(data).expanduser()
    if not folder.is_dir():
        raise UserError(
            "the labels of {data} cannot be corrected: it is not a folder with one sub-folder per class",
            "change them where they are written",
            data=data,
        )
    return folder / FILE


def corrections_in(data: str) -> tuple[Correction, ...]:
    """All of the folder ``data``; none where it has no table. UserError where its table is something else."""
    path = table_of(data)
    if not os.path.lexists(path):
        return ()
    found = _read(path)
    if found is None:
        raise _foreign(path)
    return found


def correct(data: str, image: str, label: str, classes: Sequence[str]) -> tuple[Correction, ...]:
    """Writes down that the file ``image`` of the folder ``data`` is of the class ``label``, one of ``classes``; all
    corrections then. UserError where it is not one of them, the image lies elsewhere, or the table is something else.
    """
    if label not in classes:
        raise UserError(
            "{label} is not one of the classes", "choose one of {names}", label=label, names=listed(classes)
        )
    before = corrections_in(data)
    place = written(_within(data, image))
    kept = [each for each in before if each.path != place]
    return _keep(data, [*kept, Correction(place, written(label))])


def undo(data: str, image: str) -> tuple[Correction, ...]:
    """Takes the correction of the file ``image`` back, where there is one; all that are left. With the last one the
    table goes. UserError as ``correct``.
    """
    before = corrections_in(data)
    place = written(_within(data, image))
    left = [each for each in before if each.path != place]
    return before if len(left) == len(before) else _keep(data, left)


def corrected(source: Source, data: Path) -> Source:
    """``source``, which was read from the folder ``data``, with the labels that its table corrects, and what is to be
    told of it. UserError where a class loses all its training images.
    """
    path = data / FILE
    if not os.path.lexists(path):
        return source
    found = _read(path)
    places = _places(source, data)
    classes = {written(name): label for label, name in enumerate(source.classes)}
    used = {each.path: classes[each.label] for each in found or () if each.path in places and each.label in classes}
    if found is None or (found and not used):
        remark = Remark(
            Concern.NOT_CORRECTIONS,
            "{file} in the data folder is not a list of corrected labels and is not used",
            {"file": FILE},
        )
        return _told(source, remark)
    labels = {name: split.labels.copy() for name, split in source.splits.items() if isinstance(split, Files)}
    changed = 0
    for each, label in used.items():
        name, place = places[each]
        changed += int(labels[name][place] != label)
        labels[name][place] = label
    _check_left(source, labels)
    splits = {
        name: Files(split.paths, labels[name]) if isinstance(split, Files) else split
        for name, split in source.splits.items()
    }
    return _told(replace(source, splits=splits), *_remarks(changed, [each for each in found if each.path not in used]))


def is_own(path: str) -> bool:
    """Whether the file ``path`` is such a table."""
    return os.path.basename(path) == FILE and _read(Path(path)) is not None  # noqa: PTH119 - of thousands


def written(text: str) -> str:
    """``text`` as a table has it: harmless, and of characters that text can have."""
    return harmless(text).encode("utf-8", "replace").decode("utf-8")


def _remarks(changed: int, unused: Sequence[Correction]) -> Iterable[Remark]:
    if changed:
        yield Remark(
            Concern.CORRECTED,
            "{count:,} labels corrected by {file}" if changed > 1 else "1 label corrected by {file}",
            {"count": changed, "file": FILE},
        )
    if unused:
        yield Remark(
            Concern.CORRECTED,
            "rows of {file} that name no image or no class of the data: {count:,}, such as {names}",
            {"file": FILE, "count": len(unused), "names": listed((each.path for each in unused), 2)},
        )


def _told(source: Source, *remarks: Remark) -> Source:
    return replace(source, remarks=(*remarks, *source.remarks))


def _places(source: Source, data: Path) -> dict[str, tuple[str, int]]:
    """The split and the place in it of each image, by its path as a table has it."""
    top = len(os.path.join(os.path.realpath(data), ""))  # noqa: PTH118 - of thousands
    return {
        written(path[top:].replace(os.sep, "/")): (name, place)
        for name, split in source.splits.items()
        if isinstance(split, Files)
        for place, path in enumerate(split.paths)
    }


def _check_left(source: Source, labels: dict[str, "np.ndarray[tuple[int], np.dtype[np.int64]]"]) -> None:
    if TRAIN not in labels:
        return
    emptied = np.flatnonzero(np.bincount(labels[TRAIN], minlength=len(source.classes)) == 0)
    before = source.splits[TRAIN].labels
    lost = [label for label in emptied.tolist() if (before == label).any()]
    if lost:
        raise UserError(
            "{file} leaves no training image of the class {name}",
            "take some of its corrections back, or remove the folder of the class",
            file=FILE,
            name=source.classes[lost[0]],
        )


def _within(data: str, image: str) -> str:
    folder, path = os.path.realpath(Path(data).expanduser()), os.path.abspath(image)  # noqa: PTH100  (no links)
    top = os.path.join(folder, "")  # noqa: PTH118
    if not path.startswith(top):
        raise UserError("{image} is not in the data folder {data}", "choose an image of it", image=image, data=data)
    return path[len(top) :].replace(os.sep, "/")


def _read(path: Path) -> tuple[Correction, ...] | None:
    """The rows of ``path``; None where it is something else, or cannot be read."""
    try:
        rows = list(csv.reader(io.StringIO(read_text(path, MOST_BYTES), newline="")))
    except (UnreadableError, csv.Error):
        return None
    if not rows or rows[0] != HEADING or any(len(row) != len(HEADING) for row in rows if row):
        return None
    return tuple(Correction(*row) for row in rows[1:] if row)


def _keep(data: str, rows: Sequence[Correction]) -> tuple[Correction, ...]:
    path = table_of(data)
    if rows:
        if os.path.lexists(path):
            check_regular(path, links=False)
        write_csv(path, HEADING, sorted((each.path, each.label) for each in rows))
    else:
        path.unlink(missing_ok=True)
    return tuple(rows)


def _foreign(path: Path) -> UserError:
    return UserError(
        "{path} is there already and is not a list of corrected labels, so it is not changed",
        "rename it; corrected labels are written into a file of this name",
        path=path,
    )
