"""The search for the images that a network finds most alike, on a thread. torch is first imported there."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from alexnet_app.core.events import Event, Progress
from alexnet_app.ui.job import Asked
from alexnet_app.ui.models.opened import Models

if TYPE_CHECKING:  # torch comes with these: they are imported on the thread that needs them
    import numpy as np
    from numpy.typing import NDArray

    from alexnet_app.core.inference.kept_index import Kept
    from alexnet_app.core.inference.labelled import Labelled
    from alexnet_app.core.inference.neighbours import Index, Neighbour
    from alexnet_app.core.network.bundle import Bundle

COUNT = 6  # images, as in the paper's figure
PIXELS = 192  # of the shorter side of a photo: two for each that is shown


@dataclass(frozen=True, slots=True)
class NearestRequest:
    """Which images of the set at ``address`` (the model's own training data where it is empty) are nearest to the
    picture ``path``, or to the image at ``place`` of the set where that is not negative. ``builds`` the index first;
    ``looks_again`` whether the images are still the same.
    """

    model: str
    address: str
    path: str
    place: int = -1
    builds: bool = False
    looks_again: bool = False


@dataclass(frozen=True, slots=True)
class IndexState:
    """What is searched: ``address`` of ``name``, empty where there is nothing to search; ``own`` is the address of the
    model's training data, empty where it is not there. ``images`` is 0 where there is no index.
    """

    request: NearestRequest
    own: str
    address: str
    name: str = ""
    images: int = 0
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class Nearest:
    """The images, the nearest first."""

    request: NearestRequest
    images: "tuple[Neighbour, ...]"


@dataclass(frozen=True, slots=True, eq=False)
class NearestPictures:
    """Their pictures, uint8 (height, width, 3); None where one can no longer be read."""

    request: NearestRequest
    pictures: "tuple[NDArray[np.uint8] | None, ...]"


Told: TypeAlias = Event | IndexState | Nearest | NearestPictures


class Indexes:
    """The index that was used last, with its images where they are not files. Used by one thread at a time."""

    def __init__(self) -> None:
        self._key: tuple[int, str] | None = None
        self._bundle: Bundle | None = None
        self._kept: Kept | None = None
        self._images: Labelled | None = None

    def kept(self, bundle: "Bundle", address: str, *, builds: bool, again: bool) -> "Generator[Event, None, Kept]":
        """The index of ``address``, built where that is asked."""
        from alexnet_app.core.inference.kept_index import build, find

        is_known = self._bundle is bundle and self._key == (id(bundle), address) and self._kept is not None
        if builds or again or not is_known:
            self._kept = self._images = None
            self._kept = yield from (build if builds else find)(bundle, address)
            self._bundle, self._key = bundle, (id(bundle), address)
        assert self._kept is not None
        return self._kept

    def images(self, bundle: "Bundle", address: str) -> "Generator[Event, None, Labelled]":
        """The images of the index that was used last, where they are not files."""
        from alexnet_app.core.inference.kept_index import images_of

        if self._images is None:
            self._images = yield from images_of(bundle, address)
        return self._images


def nearest(models: Models, indexes: Indexes, request: NearestRequest, asked: Asked) -> Iterator[Told]:
    """Yields Progress while it reads or builds, IndexState, and Nearest and NearestPictures where there is an index."""
    from alexnet_app.core.inference.kept_index import own_data

    bundle = models.bundle(request.model)
    own = own_data(bundle.summary)
    address = request.address or own
    if not address:
        yield IndexState(request, own, "")
        return
    kept = yield from indexes.kept(bundle, address, builds=request.builds, again=request.looks_again)
    index = kept.index
    if index is None:
        yield IndexState(request, own, address, _name(address))
        return
    yield IndexState(request, own, address, index.data, len(index.labels), kept.is_stale)
    found = _found(bundle, index, request)
    yield Nearest(request, found)
    yield NearestPictures(request, (yield from _pictures(bundle, indexes, address, index, found)))


def _found(bundle: "Bundle", index: "Index", request: NearestRequest) -> "tuple[Neighbour, ...]":
    """The nearest images, without the query itself, which may be in the index."""
    from alexnet_app.core.data.decode import read_fitted
    from alexnet_app.core.inference.neighbours import Units

    if request.place >= 0:
        units = index.units[request.place]
    else:
        units = Units(bundle).of(read_fitted(Path(request.path), bundle.spec.picture_size)[None])[0]
    found = index.nearest(units, COUNT + 1)
    itself = request.path if request.place < 0 else ""
    others = (each for each in found if each.place != request.place and (not itself or each.path != itself))
    return tuple(others)[:COUNT]


def _pictures(
    bundle: "Bundle", indexes: Indexes, address: str, index: "Index", found: "tuple[Neighbour, ...]"
) -> "Generator[Event, None, tuple[NDArray[np.uint8] | None, ...]]":
    if index.paths:
        return tuple(_read(each.path) for each in found)
    images = yield from indexes.images(bundle, address)
    pictures = images.arrays.pictures
    if len(pictures) != len(index.labels):  # the data has changed
        return (None,) * len(found)
    return tuple(pictures[each.place] for each in found)


def _read(path: str) -> "NDArray[np.uint8] | None":
    from alexnet_app.core.data.decode import read_picture
    from alexnet_app.core.errors import UserError

    try:
        return read_picture(Path(path), shorter_side=PIXELS)
    except (UserError, OSError, ValueError):
        return None


def _name(address: str) -> str:
    return Path(address).name or address


def share_of(event: Progress) -> float | None:
    """How far it is, 0 to 1; None where nobody knows."""
    return event.done / event.total if event.total else None
