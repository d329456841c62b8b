"""What is said of nearest images and of the index that is searched."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from alexnet_app.core.events import Progress, Task
from alexnet_app.ui.classify.alike import IndexState
from alexnet_app.ui.classify.words import name
from alexnet_app.ui.parts.numbers import local, shown
from alexnet_app.ui.parts.picture_strip import Captioned
from alexnet_app.ui.parts.plain import TEXT, one_line

if TYPE_CHECKING:
    from alexnet_app.core.inference.neighbours import Neighbour


def tr(text: str) -> str:
    """The text in the person's language."""
    return QCoreApplication.translate("NearestImages", text)


def own_data(address: str) -> str:
    """What the model's own images are called among those that can be searched."""
    return tr("Training data of the model ({name})").format(name=one_line(name(address)))


def nearest_to(query: str) -> str:
    """What the images are nearest to."""
    return tr("Nearest to {name}").format(name=one_line(query))


def looking() -> str:
    """The search is in progress."""
    return tr("Looking for the nearest images")


def nothing() -> str:
    """The search failed; the banner gives the reason."""
    return tr("The nearest images could not be found")


def reading() -> str:
    """Building the index has begun."""
    return tr("Reading the images")


def building(event: Progress) -> str:
    """The progress of building the index."""
    text = tr("Building the index: {done:,} of {total:,}") if event.task is Task.INDEX else tr("Reading the images")
    if event.task is not Task.INDEX and event.total:
        text = tr("Reading the images: {done:,} of {total:,}")
    return text.format(**shown(done=event.done, total=event.total))


def state(found: IndexState) -> str:
    """What is known of the index."""
    if not found.address:
        return tr("Choose a folder of images to search. The training data of this model is not on this computer.")
    if not found.images:
        text = tr("There is no index of {name} for this model yet. To build it, the network sees every image once.")
        return text.format(name=one_line(found.name))
    if found.is_stale:
        return tr("Images were added, removed or changed since this index was built.")
    return tr("{count:,} images of {name}").format(**shown(count=found.images, name=one_line(found.name)))


def build(found: IndexState) -> str:
    """What the button says that builds the index; empty where there is nothing to build."""
    if not found.address or (found.images and not found.is_stale):
        return ""
    return tr("Rebuild index") if found.images else build_index()


def build_index() -> str:
    """What the button says where there is no index."""
    return tr("Build index")


def called(image: "Neighbour") -> str:
    """An image by its file and class."""
    file = name(image.path) if image.path else tr("image {number:,}").format(**shown(number=image.place + 1))
    return tr("{file} ({label})").format(file=file, label=image.label)


def captions(images: "Sequence[Neighbour]") -> list[Captioned]:
    """What stands below each image: its class, and how far away it is."""
    found = []
    for each in images:
        distance = tr("distance {number}").format(number=local(f"{each.distance:.2f}"))
        where = one_line(each.path, TEXT) if each.path else one_line(called(each))
        tip = tr("{label}, {distance}\n{where}").format(label=one_line(each.label), distance=distance, where=where)
        found.append(Captioned((each.label, local(f"{each.distance:.2f}")), tip, each.path))
    return found
