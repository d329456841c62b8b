"""Which hosts may be asked for what a stranger's link names: those of the public network, never one of this house."""

import ipaddress
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from alexnet_app.core.connection import Watch
from alexnet_app.core.errors import UserError

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
LOOK = 0.1  # seconds between two looks at whether a name is still wanted
# What is said of names that mean something in one house only; such a name has no dot, or ends like this.
_OF_THE_HOUSE = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # holds an IPv4 address, as a network without them gives it
_OWN_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_LOWEST = ipaddress.IPv6Network("::/8")  # loopback and what was once for IPv4


def is_public(address: Address) -> bool:
    """Whether ``address`` belongs to the public network: not to this computer, its neighbours or anything reserved. One
    that stands for others, such as an IPv6 address with an IPv4 address in it, is as public as they are.
    """
    if isinstance(address, ipaddress.IPv6Address):
        inner = _inside(address)
        if address.ipv4_mapped is None and (address.is_site_local or (address in _LOWEST and address not in _NAT64)):
            return False
        if inner:
            return all(is_public(each) for each in inner)
    return address.is_global and not (address.is_multicast or address in _OWN_NAT64)


@dataclass(frozen=True, slots=True)
class PublicHosts:
    """Looks names up, and refuses every host one of whose addresses is not ``permitted``."""

    permitted: Callable[[Address], bool] = is_public

    def addresses(self, host: str, port: int, watch: Watch) -> Sequence[tuple[Any, ...]]:
        """What ``socket.getaddrinfo`` gives. UserError for a local one, OSError where there is none."""
        found = _looked_up(host, port, watch)
        for each in found:
            if not self._may_be_asked(each[4][0]):
                raise _local(host, each[4][0])
        return found

    def check_behind_proxy(self, host: str, watch: Watch) -> None:
        """UserError where ``host`` is a local one, as far as that is known here: a name that only the proxy can look up
        is left to it.
        """
        name = host.rstrip(".").lower()
        try:
            self.addresses(host, 80, watch)
        except OSError as error:
            if "." not in name or name.endswith(_OF_THE_HOUSE):
                raise _local(host, name) from error

    def _may_be_asked(self, address: str) -> bool:
        return self.permitted(ipaddress.ip_address(address))


def _inside(address: ipaddress.IPv6Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The addresses of the older kind to which packets for ``address`` are sent on."""
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64:
        found.append(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    return tuple(each for each in found if each is not None)


def _looked_up(host: str, port: int, watch: Watch) -> list[tuple[Any, ...]]:
    """The addresses of ``host``; nothing can end a lookup, so it is left behind once ``watch`` is over."""
    found: queue.SimpleQueue[list[Any] | OSError] = queue.SimpleQueue()

    def look() -> None:
        try:
            found.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            found.put(error if isinstance(error, OSError) else OSError("this is no name of a host"))

    threading.Thread(target=look, name="lookup", daemon=True).start()
    while not watch.late:
        try:
            answer = found.get(timeout=LOOK)
        except queue.Empty:
            continue
        if isinstance(answer, OSError):
            raise answer
        return answer
    raise TimeoutError("its name was not looked up in time")


def _local(host: str, address: str) -> UserError:
    return UserError(
        "nothing is fetched from {host}: {address} is an address of this computer or of your own network",
        "download the picture with your browser, then open the file",
        host=host,
        address=address,
    )
