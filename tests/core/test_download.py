import hashlib
import os
import socket
import threading
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from alexnet_app.core import download as module
from alexnet_app.core.download import CIFAR10, download, fetch_cifar10
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress
from alexnet_app.core.places import cache_folder

CONTENT = bytes(range(256)) * 8192  # 2 MiB
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


class Handler(BaseHTTPRequestHandler):
    """/file in whole or in part, /no-range always in whole, /cut breaks off half-way, /loop and /ftp redirect."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        getattr(self, "answer_" + self.path.strip("/").replace("-", "_"), self.answer_nothing)()

    def answer_file(self, content=CONTENT):
        wanted = self.headers.get("Range")
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        if first >= len(CONTENT):
            self.send_error(416)
            return
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(CONTENT) - first))
        self.end_headers()
        self.wfile.write(content[first:])

    def answer_no_range(self):
        del self.headers["Range"]
        self.answer_file()

    def answer_cut(self):
        self.answer_file(CONTENT[: len(CONTENT) // 2])

    def answer_no_length(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CONTENT)

    def answer_endless(self):
        self.send_response(200)
        self.end_headers()
        while True:  # until the client goes away
            self.wfile.write(CONTENT)

    def answer_drip(self):
        wanted = self.headers.get("Range")
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted else 0
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(CONTENT) - first))
        self.end_headers()
        self.drip(CONTENT[first:])

    def answer_dripping_header(self):
        self.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
        self.drip(b"x" * len(CONTENT))

    def drip(self, content):
        for byte in content:  # until the client goes away
            self.wfile.write(bytes([byte]))
            self.server.dripped.wait(0.002)

    def answer_huge(self):
        self.send_response(200)
        self.send_header("Content-Length", self.server.length)
        self.end_headers()

    def answer_silent(self):
        self.connection.shutdown(socket.SHUT_RDWR)

    def answer_ftp(self):
        self.send_response(302)
        self.send_header("Location", "ftp://localhost/file")
        self.end_headers()

    def answer_nothing(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("NO_PROXY", "*")
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        serving.handle_error = lambda *_: None  # a client that goes away is part of the tests
        serving.asked, serving.dripped = [], threading.Event()
        serving.url = f"http://127.0.0.1:{serving.server_port}"
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


def refusal(url, target, checksum=SHA256):
    with pytest.raises(UserError) as caught:
        list(download(url, checksum, target))
    assert not target.exists()
    return str(caught.value)


@pytest.mark.parametrize("checksum", [SHA256, MD5, MD5.upper()])
def test_that_a_file_arrives_whole_with_progress(server, tmp_path, monkeypatch, checksum):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    target = tmp_path / "new" / "folder" / "file"
    events = list(download(server.url + "/file", checksum, target))
    assert target.read_bytes() == CONTENT
    assert [path.name for path in target.parent.iterdir()] == ["file"]
    assert len(events) > 4
    assert events[-1] == Progress("download", len(CONTENT), len(CONTENT), "bytes")
    assert [event.done for event in events] == sorted(event.done for event in events)


def test_that_a_file_that_is_there_and_right_is_not_asked_for_again(server, tmp_path):
    (tmp_path / "file").write_bytes(CONTENT)
    events = list(download(server.url + "/file", SHA256, tmp_path / "file"))
    assert events == [Progress("download", len(CONTENT), len(CONTENT), "bytes")]
    assert server.asked == []


def test_that_a_broken_download_goes_on_where_it_stopped(server, tmp_path):
    target, half = tmp_path / "file", len(CONTENT) // 2
    assert f"interrupted after {half:,} of {len(CONTENT):,} bytes" in refusal(server.url + "/cut", target)
    assert (tmp_path / "file.part").read_bytes() == CONTENT[:half]
    events = list(download(server.url + "/file", SHA256, target))
    assert server.asked[-1] == ("/file", f"bytes={half}-")
    assert target.read_bytes() == CONTENT
    assert events[0].done > half


def test_that_a_closed_download_goes_on_where_it_stopped(server, tmp_path, monkeypatch):
    monkeypatch.setattr("alexnet_app.core.pace.PERIOD", 0.0)
    job = download(server.url + "/file", SHA256, tmp_path / "file")
    next(job)
    next(job)
    job.close()
    have = (tmp_path / "file.part").stat().st_size
    list(download(server.url + "/file", SHA256, tmp_path / "file"))
    assert server.asked[-1] == ("/file", f"bytes={have}-")


@pytest.mark.parametrize("path", ["/no-range", "/no-length"])
def test_that_a_server_that_cannot_continue_sends_it_all_again(server, tmp_path, path):
    (tmp_path / "file.part").write_bytes(CONTENT[:1000])
    list(download(server.url + path, SHA256, tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.parametrize("left", [CONTENT, CONTENT + b"more"])
def test_that_a_part_that_is_long_enough_already_ends_well(server, tmp_path, left):
    (tmp_path / "file.part").write_bytes(left)
    list(download(server.url + "/file", SHA256, tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == CONTENT


@pytest.mark.skipif(os.name == "nt", reason="links need a right there, and pipes are no files")
@pytest.mark.parametrize("kind", ["link", "other name", "pipe", "device"])
def test_that_nothing_is_received_through_a_link_or_a_pipe(server, tmp_path, kind):
    victim, part = tmp_path / "victim", tmp_path / "file.part"
    victim.write_bytes(CONTENT[:1000] + b"thesis")
    make = {"link": lambda: part.symlink_to(victim), "other name": lambda: part.hardlink_to(victim)}
    make |= {"pipe": lambda: os.mkfifo(part), "device": lambda: part.symlink_to("/dev/zero")}
    make[kind]()
    list(download(server.url + "/file", SHA256, tmp_path / "file"))
    assert (tmp_path / "file").read_bytes() == CONTENT
    assert not (tmp_path / "file").is_symlink()
    assert victim.read_bytes() == CONTENT[:1000] + b"thesis"


def test_that_a_stream_without_an_end_is_cut_at_the_published_size(server, tmp_path):
    with pytest.raises(UserError, match="bytes or more instead of at most 5,250,000"):
        list(download(server.url + "/endless", SHA256, tmp_path / "file", 5_000_000))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", ["5250001", "9" * 15])
def test_that_a_file_that_is_too_large_is_not_begun(server, tmp_path, length):
    server.length = length
    with pytest.raises(UserError, match=f"one: {int(length):,} bytes or more"):
        list(download(server.url + "/huge", SHA256, tmp_path / "file", 5_000_000))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", ["9" * 5000, "-1", "1e9", "٣"])
def test_that_a_length_that_is_none_is_not_believed(server, tmp_path, length):
    server.length = length if length.isascii() else length.encode().decode("latin-1")
    assert "not the expected one" in refusal(server.url + "/huge", tmp_path / "file")


@pytest.mark.parametrize("path", ["/drip", "/dripping-header"])
def test_that_a_server_that_drips_is_left(server, tmp_path, monkeypatch, path):
    with monkeypatch.context() as patch:
        patch.setattr("alexnet_app.core.connection.PATIENCE", 0.2)
        assert "was stopped: fewer than 60,000 bytes came" in refusal(server.url + path, tmp_path / "file")
    if path == "/drip":  # what came is the beginning of the next download
        have = (tmp_path / "file.part").stat().st_size
        assert 0 < have < 60_000
        list(download(server.url + "/file", SHA256, tmp_path / "file"))
        assert server.asked[-1] == ("/file", f"bytes={have}-")
        assert (tmp_path / "file").read_bytes() == CONTENT


def test_that_a_download_has_an_end_in_any_case_and_continues(server, tmp_path, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(module, "LONGEST", -1.0)
        assert "was stopped after" in refusal(server.url + "/file", tmp_path / "file")
    have = (tmp_path / "file.part").stat().st_size
    list(download(server.url + "/file", SHA256, tmp_path / "file"))
    assert have in (0, len(CONTENT)) or server.asked[-1] == ("/file", f"bytes={have}-")
    assert (tmp_path / "file").read_bytes() == CONTENT


def test_that_a_wrong_checksum_removes_the_part_and_names_both(server, tmp_path):
    sentence = refusal(server.url + "/file", tmp_path / "file", "0" * 64)
    assert SHA256 in sentence
    assert "0" * 64 in sentence
    assert list(tmp_path.iterdir()) == []


def test_that_a_changed_part_is_found_by_the_checksum(server, tmp_path):
    (tmp_path / "file.part").write_bytes(b"x" * 1000)
    assert "not the expected one" in refusal(server.url + "/file", tmp_path / "file")
    list(download(server.url + "/file", SHA256, tmp_path / "file"))


@pytest.mark.parametrize("name", ["http_proxy", "all_proxy"])
def test_that_a_proxy_of_a_kind_that_cannot_be_used_is_named_without_its_address(name, tmp_path, monkeypatch):
    for other in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(name, "socks5://me:secret@127.0.0.1:1")
    said = refusal("http://127.0.0.1:1/file", tmp_path / "file")
    assert "through a proxy of the kind socks5: only http and https proxies are supported" in said
    assert "secret" not in said


def test_that_errors_of_the_server_and_the_network_are_sentences(server, tmp_path):
    target = tmp_path / "file"
    assert "answered 404 Not Found" in refusal(server.url + "/gone", target)
    assert "cannot be reached" in refusal(server.url + "/silent", target)
    assert "unknown url type: ftp" in refusal(server.url + "/ftp", target)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        assert "refused" in refusal(f"http://127.0.0.1:{free.getsockname()[1]}/file", target)
    assert "neither an http nor an https address" in refusal("file:///etc/passwd", target)
    assert "cannot be reached" in refusal("http://127.0.0.1:1/a b\n", target)
    assert "cannot be reached" in refusal("http://[::1/", target)


def test_that_a_full_disk_is_noticed_before(server, tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: usage(10, 9, 1000))
    assert "has 1,000 bytes free, but the download needs 2,097,152" in refusal(server.url + "/file", tmp_path / "file")


def test_that_a_folder_that_cannot_be_written_is_a_sentence(server, tmp_path):
    (tmp_path / "taken").touch()
    assert "cannot be written" in refusal(server.url + "/file", tmp_path / "taken" / "file")


def test_that_cifar10_comes_into_the_cache_folder(server, tmp_path, monkeypatch):
    assert cache_folder().name in ("alexnet-app", "Cache")
    monkeypatch.setattr(module, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(module, "CIFAR10", module.RemoteFile(server.url + "/file", MD5, CIFAR10.file))
    list(fetch_cifar10())
    assert (tmp_path / "cifar-10-binary.tar.gz").read_bytes() == CONTENT
