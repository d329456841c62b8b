"""Files from the web, verified before they get their name, continued where a connection broke."""

import os
import shutil
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import md5, sha256
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.pace import Pace
from alexnet_app.core.places import cache_folder

TIMEOUT = 30.0  # seconds without a byte
CHUNK = 1 << 18  # bytes
_RANGE_NOT_SATISFIABLE = 416


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """Something to be had: where, with which md5 (hexadecimal), and its name in the cache folder."""

    url: str
    md5: str
    file: str


CIFAR10 = RemoteFile(
    "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    "c32a1d4ab5d03f1284b67883e8d87530",
    "cifar-10-binary.tar.gz",
)


def fetch_cifar10() -> Iterator[Event]:
    """Download CIFAR-10 (170 MB) into the cache folder, where "cifar10" finds it."""
    yield from download(CIFAR10.url, CIFAR10.md5, cache_folder() / CIFAR10.file)


def download(url: str, checksum: str, target: Path) -> Iterator[Event]:
    """Download ``url`` (http or https) to ``target``; ``checksum`` is its md5 or sha256 in hexadecimal, or the
    beginning of its sha256 where no more is published.

    Yields ``Progress("download", done, total, "bytes")``, total 0 where the server does not say. Bytes collect in
    ``target.part``, which the next call continues where the server can; ``target`` appears only once the checksum is
    right, and is not downloaded again where it is there and right. Raises UserError for everything that goes wrong.
    """
    part = target.with_name(target.name + ".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.is_file() and _checksum_of(target, checksum) == checksum.lower():
            yield Progress(Task.DOWNLOAD, target.stat().st_size, target.stat().st_size, "bytes")
            return
        if not (part.is_file() and _checksum_of(part, checksum) == checksum.lower()):
            yield from _receive(url, part)
        _verify(url, part, checksum)
        part.replace(target)
    except OSError as error:  # of the disk: those of the network were told apart below
        raise UserError("{target} cannot be written: {reason}", target=target, reason=cause(error)) from error


def _receive(url: str, part: Path) -> Iterator[Event]:
    have = part.stat().st_size if part.exists() else 0
    with _connect(url, have) as response:
        if response.status != 206:  # the server cannot continue, or there is nothing to continue
            have = 0
        length = response.headers.get("Content-Length", "")
        total = have + int(length) if length.isdecimal() else 0
        _check_space(part, total - have)
        pace = Pace()
        with part.open("ab" if have else "wb") as file:
            while chunk := _read(response, url):
                file.write(chunk)
                have += len(chunk)
                if pace.due():
                    yield Progress(Task.DOWNLOAD, have, total, "bytes")
            file.flush()
            os.fsync(file.fileno())
    if have < total:
        raise _cut(url, have, total)
    yield Progress(Task.DOWNLOAD, have, total, "bytes")


def _connect(url: str, have: int) -> HTTPResponse:
    if not url.lower().startswith(("http://", "https://")):
        raise UserError("{url} is neither an http nor an https address", url=url)
    headers = {"User-Agent": "alexnet-app"} | ({"Range": f"bytes={have}-"} if have else {})
    try:
        response = _opener().open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
    except HTTPError as error:
        error.close()
        if have and error.code == _RANGE_NOT_SATISFIABLE:  # what is there is no beginning of this file
            return _connect(url, 0)
        raise UserError(
            "{url} answered {code} {reason}", "try again later", url=url, code=error.code, reason=error.reason
        ) from error
    except (OSError, HTTPException, ValueError) as error:
        raise UserError(
            "{url} cannot be reached: {reason}",
            "check the connection, or get the file some other way and choose it as the data",
            url=url,
            reason=cause(getattr(error, "reason", None) or error),
        ) from error
    assert isinstance(response, HTTPResponse)
    return response


def _opener() -> urllib.request.OpenerDirector:
    """As ``build_opener``, but without its handlers of ftp, file and data, to which a redirection could lead."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.UnknownHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPRedirectHandler,
        urllib.request.HTTPErrorProcessor,
    ):
        opener.add_handler(handler())
    return opener


def _read(response: HTTPResponse, url: str) -> bytes:
    try:
        return response.read1(CHUNK)  # what has come: a slow line still shows that it moves
    except (OSError, HTTPException) as error:
        raise _cut(url, None, None, cause(error)) from error


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
