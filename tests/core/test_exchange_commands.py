"""The commands import and export: what is typed, what comes out, which exit code; and the download of weights."""

import hashlib
import io
import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import torch
from torchvision.models import AlexNet_Weights

from alexnet_app import cli, resources
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.bundle import parameter_shapes, read_bundle, write_bundle
from alexnet_app.core.network.exchange import published, torch_file
from alexnet_app.core.network.variants import variant
from alexnet_app.core.places import cache_folder

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

MODEL = resources.path("models/cifar-towers.alexnet")


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache"))
    monkeypatch.setenv("LOCALAPPDATA", str(folder / "cache"))


def run(capsys, *arguments):
    code = cli.main([str(each) for each in arguments])
    said = capsys.readouterr()
    return code, said.out, said.err


@pytest.mark.parametrize(("kind", "name"), [("onnx", "m.onnx"), ("torch", "m.pth"), ("alexnet", "m.alexnet")])
def test_that_a_model_is_exported(capsys, tmp_path, kind, name):
    code, out, err = run(capsys, "export", MODEL, "--format", kind, "--out", tmp_path / name, "--json")
    assert code == 0
    said = json.loads(out.splitlines()[-1])
    notes = said.pop("notes")
    assert said == {"out": str(tmp_path / name), "format": kind, "network": "cifar-towers"}
    assert bool(notes) == (kind == "torch")  # which says what other code will not know
    assert all(note in err for note in notes)
    assert [each.name for each in tmp_path.iterdir()] == [name]


def test_that_what_is_lost_in_half_the_room_is_said(capsys, tmp_path):
    model = read_bundle(MODEL)
    model.weights["fc6.weight"].view(-1)[:3] = 1e-9
    write_bundle(tmp_path / "m.alexnet", model)
    command = ("export", tmp_path / "m.alexnet", "--format", "alexnet", "--out", tmp_path / "h.alexnet", "--half")
    code, out, err = run(capsys, *command, "--json")
    assert code == 0
    (note,) = json.loads(out.splitlines()[-1])["notes"]
    assert re.fullmatch(r"[\d,]+ of [\d,]+ weights are too small for fp16 and became zero", note)
    assert note in err


def test_that_a_model_goes_out_and_comes_back(capsys, tmp_path):
    run(capsys, "export", MODEL, "--format", "onnx", "--out", tmp_path / "m.onnx")
    (tmp_path / "m.onnx").rename(tmp_path / "m.bin")
    code, out, err = run(
        capsys, "import", tmp_path / "m.bin", "--as", "onnx", "--out", tmp_path / "m.alexnet", "--json"
    )
    assert (code, err) == (0, "")
    said = json.loads(out.splitlines()[-1])
    assert (said["network"], said["classes"], said["notes"]) == ("cifar-towers", 10, [])
    before, after = read_bundle(MODEL), read_bundle(tmp_path / "m.alexnet")
    assert (after.spec, after.classes) == (before.spec, before.classes)
    assert all(torch.equal(after.weights[name], tensor) for name, tensor in before.weights.items())


def refused(capsys, *arguments):
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert err.startswith("alexnet-app: ")
    assert err.count("\n") == 1
    return err


def test_that_what_a_person_can_mend_is_one_sentence(capsys, tmp_path):
    out = ("--out", tmp_path / "m.alexnet")
    assert "No such file" in refused(capsys, "import", tmp_path / "none.onnx", *out)
    assert "does not show its format" in refused(capsys, "import", tmp_path / "none", *out)
    assert "add --download" in refused(capsys, "import", "torchvision", *out)
    assert "only torchvision's own" in refused(capsys, "import", "m.onnx", "--download", *out)
    assert "there is no folder" in refused(capsys, "import", MODEL, "--out", tmp_path / "none" / "m.alexnet")
    assert "overwritten" in refused(capsys, "import", tmp_path / "m.alexnet", *out)
    assert "overwritten" in refused(capsys, "export", MODEL, "--format", "alexnet", "--out", MODEL)
    assert "there is no folder" in refused(
        capsys, "export", MODEL, "--format", "onnx", "--out", tmp_path / "a" / "b.onnx"
    )
    assert list(tmp_path.iterdir()) == []


class Handler(BaseHTTPRequestHandler):
    """Sends the file whole or from where the last download broke off; the first answer is cut in the middle."""

    def do_GET(self):
        self.server.asked.append(self.headers.get("Range"))
        content = self.server.content
        begin = int((self.headers.get("Range") or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        self.send_response(206 if begin else 200)
        self.send_header("Content-Length", str(len(content) - begin))
        self.end_headers()
        end = len(content) // 2 if len(self.server.asked) == 1 else len(content)
        self.wfile.write(content[begin:end])

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    """In the place of where torchvision's file is published; its content is a state dict of the right shapes."""
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("NO_PROXY", "*")
    small = variant("torchvision", 1000)
    shapes = parameter_shapes(small)
    file = io.BytesIO()
    torch.save(
        {
            f"{torch_file.TORCHVISION[layer]}.{kind}": torch.zeros(()).expand(shapes[f"{layer}.{kind}"])
            for layer in torch_file.TORCHVISION
            for kind in ("weight", "bias")
        },
        file,
    )
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as serving:
        serving.handle_error = lambda *_: None
        serving.asked, serving.content = [], file.getvalue()
        name = f"alexnet-owt-{hashlib.sha256(serving.content).hexdigest()[:8]}.pth"
        monkeypatch.setattr(
            AlexNet_Weights.IMAGENET1K_V1.value, "url", f"http://127.0.0.1:{serving.server_port}/models/{name}"
        )
        thread = threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield serving
        serving.shutdown()
        thread.join()


@SLOW
def test_that_published_weights_are_fetched_where_it_broke_off_checked_and_imported(server, capsys, tmp_path):
    command = ("import", "torchvision", "--download", "--out", tmp_path / "m.alexnet", "--json")
    assert "was interrupted after" in refused(capsys, *command)
    code, out, _ = run(capsys, *command)
    assert code == 0
    assert json.loads(out.splitlines()[-1])["network"] == "torchvision"
    assert server.asked[1] == f"bytes={len(server.content) // 2}-"
    assert published.torchvision_file().read_bytes() == server.content
    bundle = read_bundle(tmp_path / "m.alexnet")
    assert bundle.summary["data"] == "ImageNet (ILSVRC2012)"
    assert bundle.classes[:2] == ("tench", "goldfish")
    assert run(capsys, *command, "--force")[0] == 0
    assert len(server.asked) == 2  # it is there


def test_that_what_is_not_the_published_file_is_not_kept(server, tmp_path):
    server.content, server.asked = server.content[:-1] + b"x", ["this answer is whole"]
    with pytest.raises(UserError, match="is not the expected one"):
        list(published.fetch_torchvision())
    assert list(cache_folder().iterdir()) == []


def test_that_an_address_without_a_checksum_is_not_asked(monkeypatch):
    monkeypatch.setattr(AlexNet_Weights.IMAGENET1K_V1.value, "url", "http://127.0.0.1:9/alexnet.pth")
    with pytest.raises(UserError, match="no checksum"):
        list(published.fetch_torchvision())


def test_that_the_published_address_carries_a_checksum():
    assert published.CHECKSUM.search(published.torchvision_file().name)
