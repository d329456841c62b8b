"""Small whole files of every kind that the program reads, the same each time: what the mutations begin with."""

import io
import json
import struct
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from binary_mutators import field
from PIL import Image, ImageCms

from alexnet_app.core.events import (
    CheckpointSaved,
    EpochDone,
    Evaluated,
    FiltersSeen,
    Measured,
    NormalizationSeen,
    Progress,
    RateChanged,
    RateReason,
    Resumed,
    RunEnded,
    RunStarted,
    StepsDone,
    Task,
)
from alexnet_app.core.inference.tally_file import write_tally
from alexnet_app.core.insight.tally import UnitTally
from alexnet_app.core.network.bundle import Bundle, parameter_shapes, write_bundle
from alexnet_app.core.network.checksum import KEY
from alexnet_app.core.network.exchange.exporting import export_model
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.checkpoint import Checkpoint, Position, write_checkpoint
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.steering import DivideRate, Pause, Stop
from alexnet_app.core.training.config_text import load_config, preset_names, to_toml


def small(name: str, share: int) -> NetworkSpec:
    """The variant ``name`` with one of ``share`` kernels and units, for 5 classes."""
    spec = variant(name, 5)
    convolutions = tuple(replace(each, kernels=2 * max(1, each.kernels // share // 2)) for each in spec.convolutions)
    dense = tuple(replace(each, units=4) for each in spec.dense[:-1])
    return replace(spec, convolutions=convolutions, dense=(*dense, spec.dense[-1]))


TOWERS = small("shapes-towers", 24)
CAFFE = small("caffe", 48)
PASS = (4, 9, 12)  # units, places and pictures of a pass over a data set
NOTED = "sha256:" + "ab" * 32  # the model that notes are about


def model(spec: NetworkSpec = TOWERS) -> Bundle:
    """A model with weights of chance."""
    chance = torch.Generator().manual_seed(3)
    weights = {name: torch.randn(shape, generator=chance) * 0.1 for name, shape in parameter_shapes(spec).items()}
    summary = {
        "preset": "shapes",
        "data": "shapes",
        "step": 40,
        "epoch": 2,
        "validation_error": 0.5,
        "trained_on": ["train"],
        "config": {"data": "shapes", "validation_joins_after": 1},
    }
    return Bundle(spec, tuple("abcde"), torch.full((3, 1, 1), 120.0), weights, summary)


def _written(name: str, write: object) -> bytes:
    """The bytes of the file ``name`` that ``write`` writes into."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        write(path)
        return path.read_bytes()


def _in_order(data: bytes, *, checked: bool) -> bytes:
    """A safetensors file with its head in order: the library's own order of the metadata changes from day to day.

    Without its checksum, as older versions wrote it, a reader gets to whatever else was changed.
    """
    size = int.from_bytes(data[:8], "little")
    head = json.loads(data[8 : 8 + size])
    if not checked:
        del head["__metadata__"][KEY]
    text = json.dumps(head, sort_keys=True).encode()
    return len(text).to_bytes(8, "little") + text + data[8 + size :]


@cache
def bundles() -> tuple[bytes, ...]:
    return tuple(
        _in_order(
            _written("m.alexnet", lambda path, half=half: write_bundle(path, model(), half=half)), checked=checked
        )
        for half, checked in ((False, True), (False, False), (True, False))
    )


@cache
def checkpoints() -> tuple[bytes, ...]:
    weights = dict(model().weights)
    place = Position(step=40, epoch=2, rate=0.01, best_epoch=1, events=900, epoch_seconds=1.0)
    kept = {"device": "CPU", "precision": "fp32", "threads": "1", "torch": "2", "data": "48 training pictures"}
    found = Checkpoint(weights, {name: each * 0.1 for name, each in weights.items()}, place, kept, TOWERS)
    older = replace(found, spec=None, momentum={}, position=Position(rate=0.1))
    newer, older = (
        _written("resume.safetensors", lambda path, each=each: write_checkpoint(path, each)) for each in (found, older)
    )
    return _in_order(newer, checked=True), _in_order(newer, checked=False), _in_order(older, checked=False)


@cache
def queues() -> tuple[bytes, ...]:
    """A queue of three runs: one that waits, one that was begun, one that failed."""
    plain = {"name": "a, rate 0.1", "config": 'network = "shapes-towers"', "parent": "/runs", "group": "a"}
    waits, begun, failed = ({"key": f"0000000{place}", **plain} for place in range(3))
    begun |= {"run": "/runs/a-2", "device": "cpu"}
    failed |= {"problem": "there is no room"}
    return (json.dumps({"entries": [waits, begun, failed], "rests": False}).encode(),)


@cache
def passes() -> tuple[bytes, ...]:
    """What was counted of 4 units with 9 places each, in 12 pictures."""
    chance = torch.Generator().manual_seed(5)
    counting = UnitTally()
    counting.add(torch.randn(PASS[2], PASS[0], 3, 3, generator=chance))
    data = _written("a.tally", lambda path: write_tally(path, counting.result()))
    return _in_order(data, checked=True), _in_order(data, checked=False)


@cache
def notes() -> tuple[bytes, ...]:
    kept = {"conv5": {"17": "eyes, or wheels", "200": "Kanten: schräg"}, "fc8": {"1": "cats"}}
    said = {"format": "alexnet-app unit notes 1", "model": NOTED, "notes": kept}
    return (json.dumps(said, ensure_ascii=False).encode(), json.dumps({**said, "notes": {}}).encode())


@cache
def event_logs() -> tuple[bytes, ...]:
    began = RunStarted("shapes-towers", "shapes", 1000, 48, 20, 20, 3, 2, "CPU", "fp32", 1)
    events = [
        Progress(Task.DRAW, 3, 48),
        began,
        StepsDone(0, (2.3, 2.2), 0.01, 100.0),
        StepsDone(2, (2.1,), 0.01, 100.0),
        EpochDone(1, 3, 2.2, 0.8, 2.1, 0.75, 0.2, True, 100.0),
        FiltersSeen(3, "filters/3.npy"),
        CheckpointSaved(3, 1),
        NormalizationSeen(3, "conv1", 0.1, 0.3),
        Measured(3, {"silent/conv1": 0.02, "silent/conv2": 0.0}),
        StepsDone(3, (2.0,), 0.01, 90.0),
        Resumed(3, 1, 400, 2, 3),
        RateChanged(3, 0.001, RateReason.PLATEAU),
        StepsDone(3, (2.0, 1.9, 1.8), 0.001, 90.0),
        EpochDone(2, 6, 1.9, 0.7, 2.0, 0.7, 0.2, True, 90.0),
        CheckpointSaved(6, 2),
        Evaluated("test", 20, 2.0, 0.7, 0.2),
        RunEnded("finished", 6, 2),
    ]
    lines = [to_line(each, 1000.0 + place) for place, each in enumerate(events)]
    return tuple(("\n".join(part) + "\n").encode() for part in (lines, lines[1:7]))


@cache
def run_zips() -> tuple[bytes, ...]:
    """A run with a checkpoint and kernels, as it is exported, and one that another program has packed."""
    files = {
        "config.toml": configurations()[0],
        "events.jsonl": event_logs()[0],
        "resume.safetensors": checkpoints()[0],
        "filters/step-00000000.npy": means()[0],
        "name.json": b'{"name": "ants", "note": "", "tags": ["a"], "archived": false}',
    }
    made = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        with io.BytesIO() as target:
            with zipfile.ZipFile(target, "w", kind) as archive:
                for name, content in files.items():
                    archive.writestr(zipfile.ZipInfo(f"run/{name}"), content, kind)
            made.append(target.getvalue())
    return tuple(made)


@cache
def commands() -> tuple[bytes, ...]:
    lines = [to_line(each, 1.0) for each in (Pause(), DivideRate(2.0), DivideRate(), Stop())]
    return (("\n".join(lines) + "\n").encode(), (lines[1] + "\n").encode())


@cache
def configurations() -> tuple[bytes, ...]:
    return tuple(to_toml(load_config(name)).encode() for name in preset_names())


@cache
def onnx_graphs() -> tuple[bytes, ...]:
    return tuple(
        _written("m.onnx", lambda path, spec=spec: export_model(model(spec), "onnx", path)) for spec in (TOWERS, CAFFE)
    )


@cache
def torch_files() -> tuple[bytes, ...]:
    weights = model().weights
    plain = {name.replace("fc", "module.fc"): each for name, each in weights.items()}
    checkpoint = {"state_dict": plain, "epoch": 3, "best": np.float64(0.5)}
    with mock.patch("os.getpid", return_value=1):  # which is in the name of its archive
        ours = _written("m.pth", lambda path: export_model(model(), "torch", path))
    return ours, _written("m.pth", lambda path: torch.save(checkpoint, path)), _old_torch_file(weights)


def _old_torch_file(weights: Mapping[str, torch.Tensor]) -> bytes:
    """As before torch 1.6: what holds the numbers is called as its place in memory was, so there is one for all."""
    parts = torch.cat([each.flatten() for each in weights.values()]).split([each.numel() for each in weights.values()])
    state = {name: part.view(weights[name].shape) for name, part in zip(weights, parts, strict=True)}
    data = _written("m.pth", lambda path: torch.save(state, path, _use_new_zipfile_serialization=False))
    key = str(parts[0].untyped_storage()._cdata).encode()
    return data.replace(key, b"1" * len(key))


@cache
def label_lists() -> tuple[bytes, ...]:
    return b"a\nb\nc\nd\ne\n", "".join(f"n0000000{place} größe, {place}\r\n" for place in range(5)).encode("utf-8-sig")


@cache
def means() -> tuple[bytes, ...]:
    pictures = (np.full((3, 5, 6), 99.5, np.float32), np.arange(3, dtype=np.float64), np.zeros((3, 4, 4), np.uint8))
    return tuple(_written("mean.npy", lambda path, each=each: np.save(path, each)) for each in pictures)


@cache
def caffe_files() -> tuple[bytes, ...]:
    return _caffe(old=False), _caffe(old=True)


def _caffe(*, old: bool) -> bytes:
    weights = model(CAFFE).weights
    rows = [field(10, b"AlexNet")]
    kinds = {"Convolution": 4, "InnerProduct": 14, "LRN": 15, "Pooling": 17, "ReLU": 18, "Softmax": 20}
    for name, kind, settings in _caffe_layers():
        layer = [field(34, name.encode()), field(40, bytes([kinds[kind]]))] if old else []
        layer = layer or [field(10, name.encode()), field(18, kind.encode())]
        for each in (f"{name}.weight", f"{name}.bias"):
            if each in weights:
                layer.append(field(50 if old else 58, _blob(weights[each].numpy(), old=old)))
        numbers = {"Convolution": (10, 106), "Pooling": (19, 121), "LRN": (18, 118)}.get(kind)
        if numbers:
            layer.append(field(numbers[not old] << 3 | 2, settings))
        rows.append(field(18 if old else 802, b"".join(layer)))
    return b"".join(rows)


def _caffe_layers() -> Iterator[tuple[str, str, bytes]]:
    for each in CAFFE.convolutions:
        groups = 2 if each.sees == "own" else 1
        numbers = {1: each.kernels, 3: each.padding, 4: each.size, 5: groups, 6: each.stride}
        yield each.name, "Convolution", b"".join(field(key << 3, bytes([value])) for key, value in numbers.items())
        for step in each.then:
            kind = {"relu": "ReLU", "norm": "LRN", "pool": "Pooling"}[step]
            pool = field(16, b"\x03") + field(24, b"\x02")
            norm = field(8, b"\x05") + field(21, struct.pack("<f", 1e-4)) + field(29, struct.pack("<f", 0.75))
            yield f"{step}-{each.name}", kind, norm if step == "norm" else pool
    for each in CAFFE.dense:
        yield each.name, "InnerProduct", b""
        if each is not CAFFE.dense[-1]:
            yield f"relu-{each.name}", "ReLU", b""
    yield "prob", "Softmax", b""


def _blob(values: np.ndarray, *, old: bool) -> bytes:
    if old:
        shape = (1,) * (4 - values.ndim) + values.shape
        said = b"".join(field(number << 3, _small(size)) for number, size in enumerate(shape, 1))
    else:
        said = field(58, field(10, b"".join(map(_small, values.shape))))
    return said + field(42, values.astype("<f4").tobytes())


def _small(number: int) -> bytes:
    return bytes([number]) if number < 128 else bytes([number & 0x7F | 0x80, number >> 7])


@cache
def pictures() -> tuple[bytes, ...]:
    """All formats that are read, and what their headers can hold: orientation, profiles, palettes, frames, depths."""
    noise = np.random.default_rng(3).integers(0, 256, (21, 34, 4), np.uint8)
    noise[8:] = noise[8:9]
    rgba = Image.fromarray(noise)
    rgb, grey, palette = rgba.convert("RGB"), rgba.convert("L"), rgba.convert("RGB").quantize(7)
    deep = Image.fromarray(noise[..., 0].astype(np.uint16) * 250)
    real = Image.fromarray(noise[..., 0].astype(np.float32))
    turned = Image.Exif()
    turned[0x112] = 6
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    profile = made[:24] + bytes(12) + made[36:]  # without the time at which it was made
    asked = [
        (rgb, "JPEG", {"exif": turned, "icc_profile": profile}),
        (rgb.convert("CMYK"), "JPEG", {"progressive": True}),
        (rgba, "PNG", {"icc_profile": profile}),
        (palette, "PNG", {"transparency": 3, "exif": turned}),
        (deep, "PNG", {}),
        (rgb, "WEBP", {"exif": turned}),
        (rgba, "WEBP", {"lossless": True}),
        (palette, "GIF", {"save_all": True, "append_images": [palette.rotate(180)], "transparency": 1}),
        (rgb, "BMP", {}),
        (palette, "BMP", {}),
        *((rgb, "TIFF", {"compression": kind}) for kind in (None, "tiff_lzw", "tiff_adobe_deflate", "jpeg")),
        (deep, "TIFF", {"exif": turned}),
        (real, "TIFF", {}),
        (grey.convert("1"), "TIFF", {"compression": "group4"}),
        (rgba, "ICO", {"sizes": [(16, 16)]}),
        (rgb, "PPM", {}),
        (real, "PPM", {}),
        (rgb, "JPEG2000", {}),
        (rgba, "AVIF", {}),
    ]
    return tuple(_saved(*each) for each in asked if each[1] in Image.SAVE or Image.init() or each[1] in Image.SAVE)


def _saved(picture: Image.Image, kind: str, options: dict[str, object]) -> bytes:
    with io.BytesIO() as file:
        picture.save(file, kind, **options)
        return file.getvalue()
