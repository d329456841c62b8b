"""Trained weights that others have published, fetched when a person asks for them."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from alexnet_app.core.download import download
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.places import cache_folder

if TYPE_CHECKING:
    from alexnet_app.core.network.exchange.importing import Imported

IMAGENET = "ImageNet (ILSVRC2012)"  # what it was trained on
CHECKSUM = re.compile(r"-([0-9a-f]{8,64})\.pth$")  # of sha256, as torch.hub has it in names


def torchvision_file() -> Path:
    """Where torchvision's trained AlexNet lies once it was fetched."""
    return cache_folder() / _name(_address())


def fetch_torchvision() -> Iterator[Event]:
    """Download torchvision's trained AlexNet (233 MB) to ``torchvision_file``, from where torchvision has it."""
    url = _address()
    found = CHECKSUM.search(_name(url))
    if found is None:
        raise UserError("the name of {url} has no checksum, so what comes could not be checked", url=url)
    yield from download(url, found[1], torchvision_file(), _size())


def torchvision_model(labels: Path | None = None, mean: Path | None = None) -> "Imported":
    """The model in ``torchvision_file``, which was fetched before, with other names or another mean where they are
    given.
    """
    from alexnet_app.core.network.exchange.importing import import_model

    imported = import_model(torchvision_file(), "torch", labels, mean)
    known = replace(imported.bundle, summary={**imported.bundle.summary, "data": IMAGENET})
    return replace(imported, bundle=known)


def _address() -> str:
    from torchvision.models import AlexNet_Weights

    return str(AlexNet_Weights.IMAGENET1K_V1.url)


def _size() -> int | None:
    """In bytes, as torchvision says it in units of 2^20."""
    from torchvision.models import AlexNet_Weights

    said = AlexNet_Weights.IMAGENET1K_V1.meta.get("_file_size")
    return round(said * 2**20) if isinstance(said, float) else None


def _name(url: str) -> str:
    return urlsplit(url).path.rsplit("/", 1)[-1]
