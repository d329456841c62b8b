"""CIFAR-10 (Krizhevsky 2009) from its official archives or their extracted folders.

The binary version is only numbers: its sizes and labels are checked, its checksum is not, since it cannot run code.
The Python version is pickled and could: each file is opened only where its published md5 matches, and even then
nothing but NumPy arrays can come out of it.
"""

import gzip
import io
import pickle
import tarfile
import zlib
from collections.abc import Callable, Mapping
from hashlib import md5
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from alexnet_app.core.data.sources.values import Arrays, Holdout, Source, held_out
from alexnet_app.core.download import CIFAR10
from alexnet_app.core.errors import UserError, Way, cause
from alexnet_app.core.foreign import read_bytes
from alexnet_app.core.places import cache_folder

CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
PICTURES_PER_FILE = 10_000
RECORD = 1 + 3 * 32 * 32  # a label, then red, green and blue planes
BINARY = (*(f"data_batch_{i}.bin" for i in range(1, 6)), "test_batch.bin")
PYTHON_MD5: Mapping[str, str] = {
    "data_batch_1": "c99cafc152244af753f735de768cd75f",
    "data_batch_2": "d4bba439e000b95fd0a9bffe97cbabec",
    "data_batch_3": "54ebc095f3ab1f0389bbae665268c751",
    "data_batch_4": "634d18415352ddfa80567beed471001a",
    "data_batch_5": "482c414d41f54cd18b22e5b47cb7c3cb",
    "test_batch": "40351d587109b95175f43aff81a1287e",
}
_BESIDES = ("batches.meta.txt", "batches.meta", "readme.html")
_BY_SUB_FOLDER = {"cifar-10-batches-bin": BINARY, "cifar-10-batches-py": tuple(PYTHON_MD5)}
_LARGEST = 64 * 2**20  # bytes: twice a Python batch


def downloaded() -> Path:
    """The archive in the user's cache folder. Raises UserError with the ways to get it where it is not there."""
    path = cache_folder() / CIFAR10.file
    if not path.is_file():
        raise UserError(
            "CIFAR-10 is not in {folder} yet",
            Way.GET_CIFAR10,
            folder=path.parent,
            file=CIFAR10.file,
        )
    return path


def batches_folder(path: Path) -> Path | None:
    """``path``, or the folder inside it, that holds the extracted batches; None where there is none."""
    for folder in (path, *(path / name for name in _BY_SUB_FOLDER)):
        if any((folder / names[0]).is_file() for names in _BY_SUB_FOLDER.values()):
            return folder
    return None


def open_folder(folder: Path, how: Holdout) -> Source:
    """CIFAR-10 from its extracted files, the binary ones where both are there. Raises UserError as `open_archive`."""
    names = BINARY if (folder / BINARY[0]).is_file() else tuple(PYTHON_MD5)
    batches = {}
    for name in names:
        path = folder / name
        try:
            _check_size(name, path.stat().st_size, folder)
            batches[name] = _decode(name, read_bytes(path, _LARGEST), folder)
        except OSError as error:
            raise UserError("{path} cannot be read: {reason}", path=path, reason=cause(error)) from error
    return _source(batches, folder, how)


def open_archive(path: Path, how: Holdout) -> Source:
    """CIFAR-10 from its archive, whatever that is called; nothing is extracted to disk.

    Of the training files 500 pictures of each class are for validation (see `held_out`: 45,000 + 5,000); the test
    file is "test". Raises UserError where the file is no archive, holds anything else, or a member is not as published.
    """
    try:
        with _unzipped(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
            batches = _read_members(archive, path)
            while stream.read(2**20):  # gzip compares its checksum at the end; tarfile alone would not
                pass
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise UserError(
            "the archive {path} cannot be read: {reason}", "download it again", path=path, reason=cause(error)
        ) from error
    return _source(batches, path, how)


def _unzipped(path: Path) -> gzip.GzipFile | BinaryIO:
    with path.open("rb") as file:
        start = file.read(512)
    if start.startswith(b"\x1f\x8b"):
        return gzip.open(path)
    if start[257:262] == b"ustar":
        return path.open("rb")
    raise UserError(
        "{path} is a file, but not a CIFAR-10 archive",
        "choose a folder with one sub-folder per class (unpack archives first), a CSV, or cifar-10-binary.tar.gz",
        path=path,
    )


def _read_members(archive: tarfile.TarFile, path: Path) -> dict[str, Arrays]:
    batches: dict[str, Arrays] = {}
    for member in archive:
        name = PurePosixPath(member.name).name
        if member.isdir() or name.startswith("."):  # "._…" is what macOS adds
            continue
        if not member.isfile() or name not in (*BINARY, *PYTHON_MD5, *_BESIDES) or name in batches:
            raise UserError(
                "{path} is an archive, but not of CIFAR-10: it contains {name}",
                "unpack it and choose its folder",
                path=path,
                name=member.name,
            )
        if name in _BESIDES:
            continue
        _check_size(name, member.size, path)
        file = archive.extractfile(member)
        assert file is not None, name  # it is a regular file
        batches[name] = _decode(name, file.read(), path)
    return batches


def _check_size(name: str, size: int, where: Path) -> None:
    published = PICTURES_PER_FILE * RECORD
    if size != published if name in BINARY else size > _LARGEST:
        raise UserError(
            "{name} in {where} has {size:,} bytes, not {published:,}",
            "download CIFAR-10 again",
            name=name,
            where=where,
            size=size,
            published=published,
        )


def _decode(name: str, data: bytes, where: Path) -> Arrays:
    planes, labels = _records(data) if name in BINARY else _unpickled(name, data, where)
    if planes.shape != (PICTURES_PER_FILE, RECORD - 1) or labels.shape != (PICTURES_PER_FILE,):
        count = PICTURES_PER_FILE
        raise UserError("{name} in {where} does not contain {count:,} images", name=name, where=where, count=count)
    if labels.min() < 0 or labels.max() >= len(CLASSES):
        worst = int(labels.max() if labels.max() >= len(CLASSES) else labels.min())
        raise UserError("{name} in {where} has the label {label}, not 0 to 9", name=name, where=where, label=worst)
    pictures = planes.reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return Arrays(np.ascontiguousarray(pictures), labels)


def _records(data: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    records = np.frombuffer(data, np.uint8).reshape(-1, RECORD)
    return records[:, 1:], records[:, 0].astype(np.int64)


def _unpickled(name: str, data: bytes, where: Path) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    if md5(data, usedforsecurity=False).hexdigest() != PYTHON_MD5[name]:
        raise UserError(
            "{name} in {where} is not the published file, so it was not opened: a pickle can run code",
            "use the binary version, cifar-10-binary.tar.gz",
            name=name,
            where=where,
        )
    try:
        batch = _OnlyArrays(io.BytesIO(data), encoding="latin1").load()  # written by Python 2
        return np.asarray(batch["data"], np.uint8), np.asarray(batch["labels"], np.int64)
    except (pickle.UnpicklingError, KeyError, ValueError, TypeError) as error:
        raise UserError("{name} in {where} contains no images", name=name, where=where) from error


class _OnlyArrays(pickle.Unpickler):
    """Builds NumPy arrays and the plain values around them, and nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        reconstruct: Any = np.zeros(0).__reduce__()[0]  # has moved between versions of NumPy
        known: dict[tuple[str, str], Callable[..., Any]] = {
            ("numpy.core.multiarray", "_reconstruct"): reconstruct,
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): lambda code, align, copy: np.dtype(code),  # new NumPys object to Python 2's align=0
        }
        if (module, name) not in known:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return known[module, name]


def _source(batches: dict[str, Arrays], where: Path, how: Holdout) -> Source:
    names = BINARY if BINARY[0] in batches else tuple(PYTHON_MD5)
    missing = [name for name in names if name not in batches]
    if missing:
        raise UserError("{where} lacks {name}", "download CIFAR-10 again", where=where, name=missing[0])
    pictures = np.concatenate([batches[name].pictures for name in names[:5]])
    labels = np.concatenate([batches[name].labels for name in names[:5]])
    held = held_out((str(index).encode() for index in range(len(labels))), labels, how)
    splits = {
        "train": Arrays(pictures[~held], labels[~held]),
        "validation": Arrays(pictures[held], labels[held]),
        "test": batches[names[5]],
    }
    return Source("CIFAR-10", CLASSES, splits, split_rule=how.rule)
