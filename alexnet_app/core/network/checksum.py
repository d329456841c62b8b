"""The checksum of a file of tensors: kept in its own metadata, so that a bit that flipped on a disk is noticed."""

import hashlib
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

KEY = "checksum"  # where it stands in the metadata
KIND = "sha256"


class Checksum:
    """The checksum of metadata and tensors, which are added one by one, sorted by their names, as they are kept.

    It covers the name, type, shape and bytes of each tensor and every entry of the metadata but itself. It shows
    damage; it is no signature: whoever changes a file on purpose can write a new one.
    """

    def __init__(self, metadata: Mapping[str, str]) -> None:
        self._hash = hashlib.sha256()
        for name in sorted(metadata.keys() - {KEY}):
            self._take(name)
            self._take(metadata[name])

    def add(self, name: str, tensor: Tensor) -> None:
        """Adds ``tensor``, on the CPU and contiguous. Its bytes are read in place: nothing is copied."""
        self._take(name)
        self._take(f"{tensor.dtype} {tuple(tensor.shape)}")
        self._hash.update(tensor.detach().reshape(-1).view(torch.uint8).numpy().data)

    def text(self) -> str:
        """What stands under ``KEY``: "sha256:…"."""
        return f"{KIND}:{self._hash.hexdigest()}"

    def _take(self, text: str) -> None:
        content = text.encode(errors="surrogatepass")
        self._hash.update(len(content).to_bytes(8, "little"))  # so that no text goes over into the next one
        self._hash.update(content)


def with_checksum(tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> dict[str, str]:
    """``metadata`` with the checksum of it and of ``tensors``, to be written with them."""
    checksum = Checksum(metadata)
    for name in sorted(tensors):
        checksum.add(name, tensors[name])
    return {**metadata, KEY: checksum.text()}


def read_checked(file: Any, names: list[str]) -> tuple[dict[str, Tensor], bool | None]:
    """The tensors ``names`` of the open safetensors ``file``, and whether its checksum holds; None where it has none.

    ``names`` are all its tensors. What is not fp32 is given as it is kept.
    """
    metadata: Mapping[str, str] = file.metadata() or {}
    checksum, tensors = Checksum(metadata), {}
    for name in sorted(names):
        tensors[name] = file.get_tensor(name)
        checksum.add(name, tensors[name])
    return tensors, checksum.text() == metadata[KEY] if KEY in metadata else None
