"""A picture from a link: asked of public hosts only, within bounds, and thrown away where it is none."""

import base64
import io
import ipaddress
import socket
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from PIL import Image

from alexnet_app.core import public_hosts
from alexnet_app.core.connection import Watch
from alexnet_app.core.data import from_web as module
from alexnet_app.core.data.from_web import embedded, fetch, host_of, picture_name
from alexnet_app.core.errors import UserError

HERE = ipaddress.ip_address("127.0.0.1")


def picture(kind="PNG"):
    buffer = io.BytesIO()
    Image.new("RGB", (6, 4), "red").save(buffer, kind)
    return buffer.getvalue()


CONTENT = picture()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.server.asked.append(self.path)
        getattr(self, "answer_" + self.path.strip("/").partition(".")[0])()

    def send(self, content, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def answer_cat(self):
        self.send(CONTENT)

    def answer_page(self):
        self.send(b"<!doctype html><html><body>no</body></html>")

    def answer_long(self):
        self.send(b"", **{"Content-Length": "99000000"})

    def answer_endless(self):
        self.send(CONTENT)
        while True:  # until the client goes away
            self.wfile.write(bytes(1 << 16))

    def answer_cut(self):
        self.send(CONTENT, **{"Content-Length": "5000"})

    def answer_hop(self):
        self.send(b"", 302, Location="/cat.png")

    def answer_inside(self):
        self.send(b"", 302, Location=f"http://127.0.0.2:{self.server.server_port}/cat.png")

    def answer_file(self):
        self.send(b"", 302, Location="file:///etc/passwd")

    def answer_ring(self):
        self.send(b"", 302, Location="/ring")

    def answer_silent(self):
        self.server.silent.set()
        self.server.over.wait(60)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.daemon_threads = True
    made.handle_error = lambda *_: None  # the client went away
    made.asked, made.silent, made.over = [], threading.Event(), threading.Event()
    thread = threading.Thread(target=made.serve_forever, args=(0.01,))
    thread.start()
    made.at = lambda path: f"http://127.0.0.1:{made.server_port}/{path}"
    yield made
    made.over.set()
    made.shutdown()
    thread.join()
    made.server_close()


def fetched(url, target, permitted=lambda address: address == HERE, watch=None):
    list(fetch(url, target, watch or Watch(), permitted))
    return target.read_bytes()


def refusal(url, target, **more):
    with pytest.raises(UserError) as told:
        fetched(url, target, **more)
    assert not target.exists()
    return str(told.value)


def test_that_a_picture_is_received_whole(server, tmp_path):
    assert fetched(server.at("cat.png"), tmp_path / "cat.png") == CONTENT
    assert fetched(server.at("hop"), tmp_path / "again.png") == CONTENT


def test_that_nobody_of_the_house_is_asked(server, tmp_path):
    said = refusal(server.at("cat.png"), tmp_path / "x", permitted=public_hosts.is_public)
    assert "of this computer or of your own network" in said
    assert server.asked == []


def test_that_each_step_of_a_redirection_is_checked(server, tmp_path):
    assert "127.0.0.2" in refusal(server.at("inside"), tmp_path / "x")
    assert "file" in refusal(server.at("file"), tmp_path / "x")
    assert "302" in refusal(server.at("ring"), tmp_path / "x")
    assert server.asked.count("/cat.png") == 0


def test_that_the_address_that_was_checked_is_connected_to(server, tmp_path, monkeypatch):
    """A name may lead elsewhere when it is looked up a second time."""
    asked = []

    def getaddrinfo(host, port, **_):
        asked.append(host)
        address = "127.0.0.1" if len(asked) == 1 else "127.0.0.2"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(public_hosts.socket, "getaddrinfo", getaddrinfo)
    assert fetched(f"http://turning.org:{server.server_port}/cat.png", tmp_path / "cat.png") == CONTENT
    assert asked == ["turning.org"]


@pytest.mark.parametrize("name", ["pinned.example.org", "other.example.org"])
def test_that_over_https_the_certificate_is_that_of_the_name(server, tmp_path, monkeypatch, name):
    """At the address that was looked up once. The key is no secret: it is made for this test."""
    pem = str(Path(__file__).parent / "pinned.example.org.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", pem)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", server.server_port))]
    monkeypatch.setattr(public_hosts.socket, "getaddrinfo", lambda *_, **__: found)
    url = f"https://{name}:{server.server_port}/cat.png"
    if name == "pinned.example.org":
        assert fetched(url, tmp_path / "cat.png") == CONTENT
    else:
        assert "certificate" in refusal(url, tmp_path / "x")


def test_that_what_is_no_picture_is_named_and_not_kept(server, tmp_path):
    assert "is a web page, not a picture" in refusal(server.at("page"), tmp_path / "x")


def test_that_size_and_time_are_bounded(server, tmp_path, monkeypatch):
    assert "99,000,000 bytes" in refusal(server.at("long"), tmp_path / "x")
    assert "ended too early" in refusal(server.at("cut"), tmp_path / "x")
    monkeypatch.setattr(module, "MOST", 1_000_000)
    monkeypatch.setattr(module.check_size, "__defaults__", (1_000_000,))
    assert "at most 1,000,000" in refusal(server.at("endless"), tmp_path / "x")
    assert "within" in refusal(server.at("silent"), tmp_path / "x", watch=Watch(0.2))


def test_that_it_can_be_cancelled_while_nothing_comes(server, tmp_path):
    watch = Watch()
    threading.Thread(target=lambda: server.silent.wait(60) and watch.cancel()).start()
    assert "cancelled" in refusal(server.at("silent"), tmp_path / "x", watch=watch)


def test_that_through_a_proxy_the_target_is_checked_and_the_proxy_asked(server, tmp_path, monkeypatch):
    monkeypatch.setenv("http_proxy", server.at(""))
    server.RequestHandlerClass = type("Proxy", (Handler,), {"do_GET": lambda self: self.send(CONTENT)})
    assert fetched("http://nobody-knows-it.invalid/cat.png", tmp_path / "cat.png") == CONTENT
    refused = refusal("http://10.0.0.1/cat.png", tmp_path / "x", permitted=public_hosts.is_public)
    assert "nothing is fetched from 10.0.0.1" in refused


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://Cats.org/x", "cats.org"),
        ("http://[::1]:80/x", "::1"),
        ("ftp://cats.org/x", ""),
        ("file:///etc/passwd", ""),
        ("https://cats.org@evil.org/x", ""),
        ("https://cats.org\\@evil.org/x", ""),
        ("https://cats.org:port/x", ""),
        ("https:///x", ""),
        ("http://[broken/x", ""),
    ],
)
def test_that_only_plain_web_addresses_have_a_host(url, host, tmp_path):
    assert host_of(url) == host


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://cats.org/a/wild%20cat.png?size=3", "wild cat.png"),
        ("https://cats.org/..%2F..%2Fetc%2Fpasswd", "passwd"),
        ("https://cats.org/a%00b%0A.png", "a b .png"),
        ("https://cats.org/", ""),
        ("https://cats.org/" + "x" * 300 + ".jpeg", "x" * 75 + ".jpeg"),
        ("data:image/png;base64,AAAA/cat.png", ""),
        ("https://cats.org/.hidden", "hidden"),
    ],
)
def test_that_a_picture_has_a_name_that_a_file_can_have(url, name):
    assert picture_name(url) == name


def test_that_an_embedded_picture_is_read_in_each_form():
    in_base64 = base64.b64encode(CONTENT).decode()
    assert embedded(f"data:image/png;base64,{in_base64}") == CONTENT
    assert embedded(f"data:image/png;base64,{in_base64.rstrip('=')}") == CONTENT
    assert embedded("data:image/png;BASE64," + in_base64.replace("+", "%2B").replace("/", "%2F")) == CONTENT
    assert embedded("data:," + "".join(f"%{byte:02x}" for byte in CONTENT)) == CONTENT


@pytest.mark.parametrize("address", ["data:image/png;base64,*", "data:image/png", "data:,", "data:image/png;base64,A"])
def test_that_a_broken_embedded_picture_is_a_sentence(address):
    with pytest.raises(UserError, match="holds no picture"):
        embedded(address)


def test_that_a_giant_embedded_picture_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(module.check_size, "__defaults__", (1000,))
    with pytest.raises(UserError, match="at most 1,000"):
        embedded("data:image/png;base64," + "A" * 4000)
