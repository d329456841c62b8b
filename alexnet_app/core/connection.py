"""A connection to a web server that is broken off where it does not deliver, whatever it waits for."""

import socket
import ssl
import threading
import urllib.request
from collections.abc import Callable, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

TIMEOUT = 30.0  # seconds without a byte
PATIENCE = 60.0  # seconds for an answer, and for each LEAST bytes: a byte now and then is no download
LEAST = 60_000


class Watch:
    """Breaks its connections off ``seconds`` (PATIENCE) after it was last allowed more; ``late`` says that it did."""

    def __init__(self, seconds: float | None = None) -> None:
        self.late = self.cancelled = False
        self._seconds = seconds
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._bytes = 0
        self._timer = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._timer.cancel()

    def _started(self) -> threading.Timer:
        timer = threading.Timer(PATIENCE if self._seconds is None else self._seconds, self._break)
        timer.daemon = True
        timer.start()
        return timer

    def received(self, count: int) -> None:
        """Allows as long again for every LEAST bytes that came."""
        self._bytes += count
        if self._bytes >= LEAST:
            self._bytes = 0
            self._timer.cancel()
            self._timer = self._started()

    def add(self, made: socket.socket) -> None:
        """Takes a connection under its eyes."""
        with self._lock:
            self._sockets.append(made)
        if self.late:
            self._break()

    def cancel(self) -> None:
        """Breaks its connections off now: nobody wants them any more. From any thread."""
        self.cancelled = True
        self._timer.cancel()
        self._break()

    def _break(self) -> None:
        self.late = True
        with self._lock:
            for each in self._sockets:
                with suppress(OSError, ValueError):  # it may be closed already
                    each.shutdown(socket.SHUT_RDWR)


class Lookup(Protocol):
    """Says where a host is, and refuses those that must not be asked."""

    def addresses(self, host: str, port: int, watch: Watch) -> Sequence[tuple[Any, ...]]:
        """What ``socket.getaddrinfo`` gives, all of which may be connected to. UserError where one may not."""

    def check_behind_proxy(self, host: str, watch: Watch) -> None:
        """UserError where a proxy must not be asked for ``host``."""


def opened(url: str, headers: dict[str, str], watch: Watch, lookup: Lookup | None = None) -> HTTPResponse:
    """The answer to a request for ``url``, http or https; raises what urllib raises where there is none. ``lookup`` is
    asked for the host of each connection, those of redirections too, and the addresses that it gives are connected to:
    no name is looked up a second time.
    """
    response = _opener(watch, lookup).open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
    assert isinstance(response, HTTPResponse)
    return response


def unusable_proxy(url: str) -> str | None:
    """The kind of proxy that is set for ``url`` and cannot be spoken to, such as socks5; None where there is none."""
    scheme, host = url.partition("://")[0].lower(), url.partition("://")[2].partition("/")[0]
    proxies = urllib.request.getproxies()
    kind, there, _ = (proxies.get(scheme) or proxies.get("all") or "").partition("://")
    if not there or kind.lower() in ("http", "https") or urllib.request.proxy_bypass(host):
        return None
    return kind.lower()


def _opener(watch: Watch, lookup: Lookup | None) -> urllib.request.OpenerDirector:
    """As ``build_opener``, but without its handlers of ftp, file and data, to which a redirection could lead."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        _Http(watch, lookup),
        _Https(watch, lookup),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


class _Http(urllib.request.HTTPHandler):
    def __init__(self, watch: Watch, lookup: Lookup | None) -> None:
        super().__init__()
        self._watch, self._lookup = watch, lookup

    def http_open(self, request: urllib.request.Request) -> HTTPResponse:
        return self.do_open(
            _watched(HTTPConnection, self._watch, _checked(request, self._watch, self._lookup)), request
        )


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, watch: Watch, lookup: Lookup | None) -> None:
        super().__init__()
        self._watch, self._lookup = watch, lookup

    def https_open(self, request: urllib.request.Request) -> HTTPResponse:
        lookup = _checked(request, self._watch, self._lookup)
        return self.do_open(_watched(HTTPSConnection, self._watch, lookup), request)


def _checked(request: urllib.request.Request, watch: Watch, lookup: Lookup | None) -> Lookup | None:
    """``lookup`` for the connection of ``request``; None for one to a proxy, which is where the person says it is."""
    asked = urlsplit(request.full_url)
    if lookup is None or request.host == asked.netloc:
        return lookup
    lookup.check_behind_proxy(asked.hostname or "", watch)
    return None


def _watched(kind: type[HTTPConnection], watch: Watch, lookup: Lookup | None) -> Callable[..., Any]:
    """Makes connections of ``kind`` that show their socket to ``watch`` once they have one."""

    def make(host: str, **options: Any) -> HTTPConnection:
        connection = kind(host, **options)
        plain = connection.connect

        def connect() -> None:
            if lookup is None:
                plain()
                watch.add(connection.sock)
            else:
                connection.sock = _connected(lookup.addresses(connection.host, connection.port, watch), watch)
                if isinstance(connection, HTTPSConnection):  # for the name, at the address that was looked up
                    context = ssl.create_default_context()
                    connection.sock = context.wrap_socket(connection.sock, server_hostname=connection.host)
                    watch.add(connection.sock)

        connection.connect = connect  # type: ignore[method-assign]
        return connection

    return make


def _connected(addresses: Sequence[tuple[Any, ...]], watch: Watch) -> socket.socket:
    """A socket that is connected to the first of ``addresses`` that answers. Raises OSError where none does."""
    failed: OSError | None = None
    for family, kind, protocol, _, address in addresses:
        made = socket.socket(family, kind, protocol)
        made.settimeout(TIMEOUT)
        watch.add(made)
        try:
            made.connect(address)
        except OSError as error:
            made.close()
            failed = error
        else:
            return made
    raise failed or OSError("the host has no address")
