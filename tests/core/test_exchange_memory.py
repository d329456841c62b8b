"""Files that ask for gigabytes get a sentence and no memory, one after the other in a process of its own."""

import json
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

LIMIT = 48 << 20  # bytes that may be added at the highest
WATCH = """
import json, resource, sys
from pathlib import Path
import onnx, torch
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.exchange.importing import import_model

def highest():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)

said = {}
for path in sys.argv[1:]:
    before = highest()
    try:
        import_model(Path(path))
        said[path] = ["", 0]
    except UserError as error:
        said[path] = [str(error), highest() - before]
print(json.dumps(said))
"""


def varint(number):
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def message(number, content):
    return varint(number << 3 | 2) + varint(len(content)) + content


def archive(path, **entries):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, size in entries.items():
            with file.open(f"archive/{name}", "w") as entry:
                for _ in range(size >> 20):
                    entry.write(bytes(1 << 20))


def pickled(program):
    """A pickle that does not end in a network but in what ``program`` asks for."""
    return b"\x80\x02" + program + b"."


@pytest.mark.skipif(sys.platform == "win32", reason="needs the resource module")
def test_that_hostile_files_are_sentences_and_no_memory(tmp_path):
    empty_layer, empty_node = message(100, b""), message(1, b"")
    files = {
        "length.caffemodel": varint(100 << 3 | 2) + varint((1 << 63) - 1) + b"x",
        "layers.caffemodel": empty_layer * 2_000_000,
        "blobs.caffemodel": message(100, message(2, b"Convolution") + message(7, b"") * 3_000_000),
        "dimensions.caffemodel": message(
            100, message(2, b"Convolution") + message(7, message(7, message(1, varint(1 << 62) * 4_000_000)))
        ),
        "nothing.caffemodel": bytes(5_000_000),
        "length.onnx": varint(7 << 3 | 2) + varint((1 << 63) - 1) + b"x",
        "nodes.onnx": message(7, empty_node * 3_000_000),
        "attributes.onnx": message(7, message(1, message(5, b"") * 3_000_000)),
        "many.onnx": message(14, b"") * 3_000_000,
        "header.safetensors": struct.pack("<Q", 1 << 60) + b"{}",
        "bytes.pth": pickled(b"c__builtin__\nbytearray\n\x8a\x05\x00\x00\x00\x00\x10\x85R"),
        "text.pth": pickled(b"\x8d" + struct.pack("<Q", 1 << 60) + b"x"),
        "long.pth": pickled(b"\x8b" + struct.pack("<i", 2_000_000_000) + b"x"),
        "deep.pth": pickled(b"(" * 4_000_000),
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    archive(tmp_path / "pickle.pth", **{"data.pkl": 1 << 28})
    archive(tmp_path / "weights.pth", **{"data.pkl": 1 << 20, "data/0": 1 << 28})
    paths = sorted(str(path) for path in tmp_path.iterdir())
    command = [sys.executable, "-c", WATCH, *paths]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert done.returncode == 0, done.stderr
    for path, (sentence, added) in json.loads(done.stdout).items():
        assert path in sentence
        assert added < LIMIT, (path, added)
