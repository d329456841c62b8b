"""Which hosts a stranger's link may lead to."""

import ipaddress
import socket

import pytest

from alexnet_app.core import public_hosts as module
from alexnet_app.core.connection import Watch
from alexnet_app.core.errors import UserError
from alexnet_app.core.public_hosts import PublicHosts, is_public

LOCAL = [
    *(
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "169.254.169.254",
    ),
    *("100.64.0.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "192.0.2.1", "198.18.0.1"),
    *("::", "::1", "fe80::1", "fe80::1%2", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::a00:1"),
    *("64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::808:808", "2002:7f00:1::", "2002:c0a8:101::"),
]
PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::"]


@pytest.mark.parametrize("address", LOCAL)
def test_that_an_address_of_the_house_is_none_of_the_public_network(address):
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_that_the_public_network_may_be_asked(address):
    assert is_public(ipaddress.ip_address(address))


@pytest.fixture
def watch():
    with Watch() as made:
        yield made


def names(monkeypatch, **known):
    def getaddrinfo(host, port, **_):
        if host not in known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in known[host]]

    monkeypatch.setattr(module.socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "0"])
def test_that_every_spelling_of_this_computer_is_refused(host, watch):
    with pytest.raises(UserError, match="of this computer or of your own network"):
        PublicHosts().addresses(host, 80, watch)


def test_that_a_name_with_one_local_address_is_refused(monkeypatch, watch):
    names(monkeypatch, both=("8.8.8.8", "10.0.0.1"), good=("8.8.8.8",))
    with pytest.raises(UserError, match=r"nothing is fetched from both: 10\.0\.0\.1"):
        PublicHosts().addresses("both", 80, watch)
    assert PublicHosts().addresses("good", 443, watch)[0][4] == ("8.8.8.8", 443)


def test_that_behind_a_proxy_only_names_that_nobody_knows_here_are_left_to_it(monkeypatch, watch):
    names(monkeypatch, **{"inside.example.org": ("192.168.0.9",), "cats.org": ("8.8.8.8",)})
    hosts = PublicHosts()
    hosts.check_behind_proxy("cats.org", watch)
    hosts.check_behind_proxy("unknown.org", watch)
    for host in ("inside.example.org", "router", "nas.local", "NAS.LOCAL.", "printer.lan"):
        with pytest.raises(UserError, match="nothing is fetched from"):
            hosts.check_behind_proxy(host, watch)


def test_that_a_lookup_is_left_behind_once_it_is_cancelled(monkeypatch):
    begun, over = module.threading.Event(), module.threading.Event()
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: begun.set() or over.wait(60) or [])
    with Watch() as watch:
        module.threading.Thread(target=lambda: begun.wait(60) and watch.cancel()).start()
        with pytest.raises(TimeoutError):
            PublicHosts().addresses("slow.org", 80, watch)
    over.set()
