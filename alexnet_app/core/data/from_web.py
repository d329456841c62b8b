"""Pictures that are no files of this computer yet: at an address in the web, or written out in an address."""

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from alexnet_app.core.connection import Watch, opened, unusable_proxy
from alexnet_app.core.data.kinds import HEAD, OTHER, kind_of
from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Progress, Task
from alexnet_app.core.files import fresh_file
from alexnet_app.core.pace import Pace
from alexnet_app.core.public_hosts import Address, PublicHosts, is_public

MOST = 64_000_000  # bytes of a picture
SECONDS = 60.0  # for all of it: a picture is small
CHUNK = 1 << 16  # bytes
LONGEST = 80  # characters of a name
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_BROWSER = "download the picture with your browser, then open the file"


def host_of(url: str) -> str:
    """The host of an http or https address; empty where it is none that can be asked."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return ""
    is_plain = not re.search(r"[\s\\@\x00-\x1f\x7f]", parts.netloc)  # "known.org@other.org" is meant to mislead
    return host if parts.scheme.lower() in ("http", "https") and is_plain else ""


def picture_name(url: str) -> str:
    """What a picture from ``url`` is called: the last part of the path, as a file may be called; may be empty."""
    if url.lower().startswith("data:"):
        return ""
    try:
        last = unquote(urlsplit(url).path).rpartition("/")[2]
    except ValueError:
        return ""
    name = _UNFIT.sub(" ", last).strip(" .")
    stem, dot, ending = name.rpartition(".")
    return name if len(name) <= LONGEST else f"{stem[: LONGEST - len(ending) - 1]}{dot}{ending}"[:LONGEST]


def check_size(count: int, most: int = MOST) -> None:
    """UserError where a picture that was given has more than ``most`` bytes."""
    if count > most:
        raise UserError(
            "the picture has {count:,} bytes, at most {most:,} are taken", "save it as a file", count=count, most=most
        )


def embedded(address: str) -> bytes:
    """The bytes that a ``data:`` address holds, in base64 or per cent. UserError where there are none, or too many."""
    about, comma, text = address.partition(",")
    check_size(len(text) // 4 * 3)
    encoded = unquote_to_bytes(text)
    if about.lower().rstrip().endswith(";base64"):
        plain = re.sub(rb"[\s=]+", b"", encoded).translate(bytes.maketrans(b"-_", b"+/"))
        try:
            encoded = base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            raise _not_embedded() from error
    if not comma or not encoded:
        raise _not_embedded()
    return encoded


def fetch(url: str, target: Path, watch: Watch, permitted: Callable[[Address], bool] = is_public) -> Iterator[Progress]:
    """Receives the picture at ``url`` as the new file ``target``, within SECONDS and MOST bytes. Yields Progress in
    bytes, total 0 where the server does not say.

    Only hosts are asked all of whose addresses are ``permitted``, for redirections too. ``watch`` ends it from another
    thread. UserError for all that goes wrong; ``target`` is there only when it is a whole picture.
    """
    try:
        with watch, _answer(url, watch, permitted) as response:
            total = _length(response)
            check_size(total)
            have, pace = 0, Pace()
            with fresh_file(target) as file:
                while chunk := _read(response, url, watch):
                    have += len(chunk)
                    check_size(have)
                    file.write(chunk)
                    if pace.due():
                        yield Progress(Task.DOWNLOAD, have, total, "bytes")
        if have < total or watch.late:
            raise _broken(url, watch, "it ended too early")
        _check_picture(url, target)
    except OSError as error:  # of the disk: those of the network were told apart
        target.unlink(missing_ok=True)
        raise UserError("{target} cannot be written: {reason}", target=target, reason=cause(error)) from error
    except UserError:
        target.unlink(missing_ok=True)
        raise


def _answer(url: str, watch: Watch, permitted: Callable[[Address], bool]) -> HTTPResponse:
    if not host_of(url):
        raise UserError("{url} is no http or https address that can be asked", _BROWSER, url=url)
    headers = {"User-Agent": "alexnet-app", "Accept": "image/*,*/*;q=0.5"}
    try:
        return opened(url, headers, watch, PublicHosts(permitted))
    except HTTPError as error:
        error.close()
        raise UserError(
            "{url} answered {code} {reason}", _BROWSER, url=url, code=error.code, reason=error.reason
        ) from error
    except (OSError, HTTPException, ValueError) as error:
        kind = unusable_proxy(url)
        if kind is not None:
            raise UserError(
                "{url} cannot be reached through a proxy of the kind {kind}: only http and https proxies are supported",
                _BROWSER,
                url=url,
                kind=kind,
            ) from error
        raise _broken(url, watch, cause(getattr(error, "reason", None) or error)) from error


def _read(response: HTTPResponse, url: str, watch: Watch) -> bytes:
    try:
        return response.read1(CHUNK)
    except (OSError, HTTPException, ValueError) as error:
        raise _broken(url, watch, cause(error)) from error


def _length(response: HTTPResponse) -> int:
    said = response.headers.get("Content-Length", "")
    return int(said) if said.isdecimal() and len(said) <= len(str(MOST)) + 3 else 0


def _check_picture(url: str, target: Path) -> None:
    with target.open("rb") as file:
        kind = kind_of(file.read(HEAD), target.name)
    if not (kind.is_image or kind is OTHER):  # of what is not known by its beginning, the decoder says it
        raise UserError("{url} is {kind}, not a picture", _BROWSER, url=url, kind=kind.one)


def _broken(url: str, watch: Watch, reason: str) -> UserError:
    if watch.cancelled:
        return UserError("fetching {url} was cancelled", url=url)
    if watch.late:
        return UserError("{url} did not send the picture within {seconds:.0f} s", _BROWSER, url=url, seconds=SECONDS)
    return UserError("{url} cannot be fetched: {reason}", _BROWSER, url=url, reason=reason)


def _not_embedded() -> UserError:
    return UserError("the link holds no picture", "save the picture as a file, then open it")
