"""A connection to a web server that is broken off where it does not deliver, whatever it waits for."""

import socket
import threading
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from types import TracebackType
from typing import Any, Self

TIMEOUT = 30.0  # seconds without a byte
PATIENCE = 60.0  # seconds for an answer, and for each LEAST bytes: a byte now and then is no download
LEAST = 60_000


class Watch:
    """Breaks its connections off PATIENCE seconds after it was last allowed more; ``late`` says that it did."""

    def __init__(self) -> None:
        self.late = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._bytes = 0
        self._timer = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._timer.cancel()

    def _started(self) -> threading.Timer:
        timer = threading.Timer(PATIENCE, self._break)
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

    def _break(self) -> None:
        self.late = True
        with self._lock:
            for each in self._sockets:
                with suppress(OSError, ValueError):  # it may be closed already
                    each.shutdown(socket.SHUT_RDWR)


def opened(url: str, headers: dict[str, str], watch: Watch) -> HTTPResponse:
    """The answer to a request for ``url``, http or https; raises what urllib raises where there is none."""
    response = _opener(watch).open(urllib.request.Request(url, headers=headers), timeout=TIMEOUT)
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


def _opener(watch: Watch) -> urllib.request.OpenerDirector:
    """As ``build_opener``, but without its handlers of ftp, file and data, to which a redirection could lead."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        _Http(watch),
        _Https(watch),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener


class _Http(urllib.request.HTTPHandler):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def http_open(self, request: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_watched(HTTPConnection, self._watch), request)


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self._watch = watch

    def https_open(self, request: urllib.request.Request) -> HTTPResponse:
        return self.do_open(_watched(HTTPSConnection, self._watch), request)


def _watched(kind: type[HTTPConnection], watch: Watch) -> Callable[..., Any]:
    """Makes connections of ``kind`` that show their socket to ``watch`` once they have one."""

    def make(host: str, **options: Any) -> HTTPConnection:
        connection = kind(host, **options)
        plain = connection.connect

        def connect() -> None:
            plain()
            watch.add(connection.sock)

        connection.connect = connect  # type: ignore[method-assign]
        return connection

    return make
