"""What a model knows, in a few words, from the head of its file."""

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.data.sources.named import SHAPES
from alexnet_app.core.network.header import classes_in, summary_in
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import one_line

if TYPE_CHECKING:
    from alexnet_app.core.runs.listing import Model

translate = QCoreApplication.translate
NAMED = 3  # classes that are called by their names
LETTERS = 40  # of all these names
TINY = "tiny-imagenet-200"
IMAGENET_CLASSES = 1_000


def knows(model: "Model") -> str:
    """What ``model`` can tell apart: "200 everyday things", "10 CIFAR classes", "ants, bees"; empty where its head
    cannot be read.
    """
    try:
        status = model.path.stat()
    except OSError:
        return ""
    return _known(str(model.path), status.st_mtime_ns, status.st_size)


@lru_cache(maxsize=4096)
def _known(path: str, *_: int) -> str:
    """Of the file as it is now: its time and size are part of what is remembered."""
    classes = classes_in(Path(path))
    if not classes:
        return ""
    data = str(summary_in(Path(path)).get("data", ""))
    return words_for(classes, data)


def words_for(classes: tuple[str, ...], data: str) -> str:
    """In words: classes of well known sets by what those are, a few by their names, others by their number."""
    count = len(classes)
    if data == SHAPES:
        return translate("knows", "striped figures")
    if data.casefold().startswith("cifar"):
        text = translate("knows", "{count:,} CIFAR classes")
    elif data.casefold() == TINY:
        text = translate("knows", "{count:,} everyday things")
    elif data.casefold().startswith("imagenet") or count == IMAGENET_CLASSES:
        text = translate("knows", "{count:,} ImageNet classes")
    else:
        names = ", ".join(one_line(name.encode(errors="replace").decode()) for name in classes)
        if count <= NAMED and len(names) <= LETTERS:
            return names
        text = translate("knows", "{count:,} classes")
    return text.format(**shown(count=count))
