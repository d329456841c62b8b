"""Files from the web, verified before they get their name, continued where a connection broke."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import md5, sha256
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from time import monotonic
from urllib.error import HTTPError

from alexnet_app.core.connection import LEAST, PATIENCE, Watch, opened, unusable_proxy
from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.files import fresh_file, open_to_append, sync_open
from alexnet_app.core.foreign import kind_of
from alexnet_app.core.pace import Pace
from alexnet_app.core.places import cache_folder

CHUNK = 1 << 18  # bytes
LONGEST = 12 * 3600.0  # seconds of one download; the next one continues
LARGEST = 4 << 30  # bytes, where no size is published
_DIGITS = 15  # of a length that is believed
_RANGE_NOT_SATISFIABLE = 416


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """Something to be had: where, with which md5 (hexadecimal), its name in the cache folder, and its published size
    in bytes, where there is one.
    """

    url: str
    md5: str
    file: str
    size: int | None = None


CIFAR10 = RemoteFile(
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "c32a1d4ab5d03f1284b67883e8d87530",
    "cifar-10-binary.tar.gz",
    170_052_171,
)


def fetch_cifar10() -> Iterator[Event]:
    """Download CIFAR-10 (170 MB) into the cache folder, where "cifar10" finds it."""
    yield from download(CIFAR10.url, CIFAR10.md5, cache_folder() / CIFAR10.file, CIFAR10.size)


def download(url: str, checksum: str, target: Path, size: int | None = None) -> Iterator[Event]:
    """Download ``url`` (http or https) to ``target``; ``checksum`` is its md5 or sha256 in hexadecimal, or the
    beginning of its sha256 where no more is published. ``size`` is the published size in bytes: what is a twentieth
    larger is something else and is not received.

    Yields ``Progress("download", done, total, "bytes")``, total 0 where the server does not say. Bytes collect in
    ``target.part``, which the next call continues where the server can; ``target`` appears only once the checksum is
    right, and is not downloaded again where it is there and right. Raises UserError for everything that goes wrong, for
    a server that sends next to nothing or for ever too.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_file() and _checksum_of(target, checksum) == checksum.lower():
            yield Progress(Task.DOWNLOAD, target.stat().st_size, target.stat().st_size, "bytes")
            return
        _leave_others(part)
        if not (part.is_file() and _checksum_of(part, checksum) == checksum.lower()):
            yield from _receive(url, part, size)
        _verify(url, part, checksum)
        part.replace(target)
    except OSError as error:  # of the disk: those of the network were told apart below
        raise UserError("{target} cannot be written: {reason}", target=target, reason=cause(error)) from error


def _receive(url: str, part: Path, size: int | None) -> Iterator[Event]:
    most = LARGEST if size is None else size + size // 20
    have = part.stat().st_size if part.exists() else 0
    with Watch() as watch, _connect(url, have, watch) as response:
        if response.status != 206:  # the server cannot continue, or there is nothing to continue
            have = 0
        total = have + _length(response)
        _check_size(url, part, total, most)
        _check_space(part, total - have)
        pace, begun = Pace(), monotonic()
        with open_to_append(part) if have else fresh_file(part) as file:
            while chunk := _read(response, url, watch):
                have += len(chunk)
                _check_size(url, part, have, most)
                file.write(chunk)
                watch.received(len(chunk))
                if pace.due():
                    yield Progress(Task.DOWNLOAD, have, total, "bytes")
                if monotonic() - begun > LONGEST:
                    raise _long(url)
            file.flush()
            sync_open(file.fileno())
    if have < total:
        raise _cut(url, have, total)
    yield Progress(Task.DOWNLOAD, have, total, "bytes")


def _leave_others(part: Path) -> None:
    """A link, a pipe, or a file with another name elsewhere, in the place of ``part`` goes: nothing is written through
    it. Raises OSError.
    """
    with suppress(FileNotFoundError):
        status = part.lstat()
        if kind_of(status) or status.st_nlink > 1:
            part.unlink()


def _length(response: HTTPResponse) -> int:
    """How many bytes are to come, as the server says; 0 where it says nothing that can be believed."""
    said = response.headers.get("Content-Length", "")
    return int(said) if said.isdecimal() and len(said) <= _DIGITS else 0


def _check_size(url: str, part: Path, count: int, most: int) -> None:
    """UserError where ``count`` bytes are more than the file can have; nothing is kept of it."""
    if count > most:
        part.unlink(missing_ok=True)
        raise UserError(
            "the file from {url} is not the expected one: {count:,} bytes or more instead of at most {most:,}",
            "try again later; the file has changed on the server, or something else answers",
            url=url,
            count=count,
            most=most,
        )


def _connect(url: str, have: int, watch: Watch) -> HTTPResponse:
    if not url.lower().startswith(("http://", "https://")):
        raise UserError("{url} is neither an http nor an https address", url=url)
    headers = {"User-Agent": "alexnet-app"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        return opened(url, headers, watch)
    except HTTPError as error:
        error.close()
        if have and error.code == _RANGE_NOT_SATISFIABLE:  # what is there is no beginning of this file
            return _connect(url, 0, watch)
        raise UserError(
            "{url} answered {code} {reason}", "try again later", url=url, code=error.code, reason=error.reason
        ) from error
    except (OSError, HTTPException, ValueError) as error:
        kind = unusable_proxy(url)
        if kind is not None:  # it was passed by, or spoken to in a language that it has not
            raise UserError(
                "{url} cannot be reached through a proxy of the kind {kind}: only http and https proxies are supported",
                "set HTTPS_PROXY to one of these, or get the file some other way and choose it as the data",
                url=url,
                kind=kind,
            ) from error
        if watch.late:
            raise _slow(url) from error
        raise UserError(
            "{url} cannot be reached: {reason}",
            "check the connection, or get the file some other way and choose it as the data",
            url=url,
            reason=cause(getattr(error, "reason", None) or error),
        ) from error


def _read(response: HTTPResponse, url: str, watch: Watch) -> bytes:
    try:
        chunk = response.read1(CHUNK)  # what has come: a slow line still shows that it moves
    except (OSError, HTTPException, ValueError) as error:
        raise (_slow(url) if watch.late else _cut(url, None, None, cause(error))) from error
    if not chunk and watch.late:
        raise _slow(url)
    return chunk


def _long(url: str) -> UserError:
    return UserError(
        "the download of {url} was stopped after {hours:.0f} hours",
        "try again; the download continues where it stopped",
        url=url,
        hours=LONGEST / 3600,
    )


def _slow(url: str) -> UserError:
    return UserError(
        "the download of {url} was stopped: fewer than {least:,} bytes came in {seconds:.0f} s",
        "try again later; the download continues where it stopped",
        url=url,
        least=LEAST,
        seconds=PATIENCE,
    )


def _cut(url: str, have: int | None, total: int | None, reason: str = "") -> UserError:
    hint = "try again; the download continues where it stopped"
    if have is None:
        return UserError("the download of {url} was interrupted: {reason}", hint, url=url, reason=reason)
    return UserError(
        "the download of {url} was interrupted after {have:,} of {total:,} bytes", hint, url=url, have=have, total=total
    )


def _check_space(part: Path, need: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if need > free:
        raise UserError(
            "{folder} has {free:,} bytes free, but the download needs {need:,}",
            "free some space there",
            folder=part.parent,
            free=free,
            need=need,
        )


def _verify(url: str, part: Path, checksum: str) -> None:
    found = _checksum_of(part, checksum)
    if found != checksum.lower():
        part.unlink()
        raise UserError(
            "the file from {url} is not the expected one: its checksum is {found}, not {checksum}",
            "try again; if that does not help, the file has changed on the server",
            url=url,
            found=found,
            checksum=checksum,
        )


def _checksum_of(path: Path, like: str) -> str:
    digest = md5(usedforsecurity=False) if len(like) == 32 else sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()[: len(like)]
