"""What is fuzzed: for each kind of file that can come from others, whole ones, how they are changed, what reads them.

A reader does what the program does with such a file, as far as it takes no long time: it returns, or raises UserError.
"""

import contextlib
import queue
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import torch
import whole_files
from binary_mutators import archive, png_chunks, protobuf, safetensors
from mutators import Mutator, json_document, json_lines, toml

from alexnet_app.commands.results import summary
from alexnet_app.core.data import decode
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event
from alexnet_app.core.exports.unpacking import FREE, RATIO, unpack
from alexnet_app.core.inference import unit_notes
from alexnet_app.core.inference.tally_file import read_tally
from alexnet_app.core.network.bundle import read_bundle, spec_in_bundle
from alexnet_app.core.network.exchange import importing, label_list, labels, torch_file
from alexnet_app.core.network.header import classes_in, network_in
from alexnet_app.core.runs import waiting
from alexnet_app.core.runs.checkpoint import read_checkpoint, said_in_checkpoint
from alexnet_app.core.runs.inbox import Inbox
from alexnet_app.core.runs.listing import runs_below
from alexnet_app.core.runs.model import model_of, trained_splits
from alexnet_app.core.runs.naming import is_note
from alexnet_app.core.runs.run import Run
from alexnet_app.core.runs.state import RunState
from alexnet_app.core.runs.waiting import Queue
from alexnet_app.core.steering import Leave
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import from_toml, load_config, to_toml
from alexnet_app.core.training.identity import check_identity, contradiction
from alexnet_app.core.training.resume import check_can_go_on, config_of

FEW_PIXELS = 400_000  # in place of the limit of the program, so that a header that lies costs no seconds
MIB = 1 << 20


@dataclass(frozen=True)
class Target:
    """``file`` is where an input lies, below a folder that is empty at first; ``count`` inputs are tried in the tests.

    ``memory`` in bytes and ``seconds`` of processor time are what reading one of them may take at most: so many times
    what it takes that a machine at its limits passes, and so few that a file that lies about a size does not.
    """

    file: str
    whole: Callable[[], tuple[bytes, ...]]
    shaped: tuple[Mutator, ...]
    read: Callable[[Path], object]
    count: int
    memory: int = 64 * MIB
    seconds: float = 5.0


def _picture(path: Path) -> None:
    with mock.patch.object(decode, "MAX_PIXELS", FEW_PIXELS):
        found = decode.read_picture(path)
        assert found.dtype == "uint8"
        assert found.ndim == 3
        assert found.shape[2] == 3
        assert decode.read_fitted(path, 16).shape == (16, 16, 3)


def _bundle(path: Path) -> None:
    spec_in_bundle(path), network_in(path), classes_in(path)
    found = read_bundle(path)
    assert all(torch.isfinite(each).all() for each in found.weights.values())
    assert len(found.classes) == found.spec.classes
    trained_splits(found.summary)
    found.network()


def _checkpoint(path: Path) -> None:
    said_in_checkpoint(path)
    found = read_checkpoint(path)
    check_identity({}, {}) if not found.conditions else check_identity(found.conditions, found.conditions)
    own = dict(whole_files.model().weights)
    contradiction(found, own, tuple(own), TrainConfig(), 20)


def _pass(path: Path) -> None:
    """As a page of a unit uses it."""
    units, places, pictures = whole_files.PASS
    found = read_tally(path, units, places, pictures)
    if found is None:
        raise UserError("it is counted again")
    for each in (found.strongest, found.weakest):
        assert each.values.shape == (units, 9)
        assert ((each.pictures >= 0) & (each.pictures < pictures)).all()
        assert ((each.places >= 0) & (each.places < places)).all()
    assert found.histogram.shape[0] == len(found.is_dead) == units
    assert (found.pictures, found.reach >= 0) == (pictures, True)


def _notes(path: Path) -> None:
    with mock.patch.object(unit_notes, "notes_file", return_value=path):
        for (layer, unit), text in unit_notes.notes_of(whole_files.NOTED).items():
            assert unit >= 0
            assert len(layer) <= unit_notes.MOST_NAME
            assert is_note(text)


def _events(path: Path) -> None:
    run = Run(path.parent)
    beside = path.parent.with_name("another run")
    if not beside.exists():
        Run.create(beside, "")
    shutil.copy(Path(__file__).parents[2] / "resources/presets/shapes.toml", run.config_file)
    found = run.events()
    assert all(isinstance(event, Event) for event in found)
    state = RunState(batch_size=16)
    for event in found:
        state.take(event)
        state.remaining_seconds(), state.share()
    names = {each.name for each in runs_below(path.parents[1])}
    assert names == {"run", "another run"}, "a run is not listed"
    model_of(run), summary(run)
    leaving: queue.SimpleQueue = queue.SimpleQueue()
    leaving.put(Leave())
    list(run.follow(leaving))
    check_can_go_on(run, config_of(run))


def _run_zip(path: Path) -> None:
    """What is unpacked lies in the new folder, and is no more than the ZIP may become."""
    folder = path.parent / "runs" / "unpacked"
    before = set(path.parent.rglob("*"))
    try:
        run = unpack(path, folder)
        sizes = [each.stat().st_size for each in run.folder.rglob("*") if each.is_file()]
        assert sum(sizes) <= FREE + RATIO * path.stat().st_size
        assert not any(each.is_symlink() for each in run.folder.rglob("*"))
        assert len(list(runs_below(folder.parent))) == 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        left = set(path.parent.rglob("*")) - before - {folder.parent}
        assert not left, f"it left {left}"


def _commands(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(b"")
    inbox = Inbox(Run(path.parent))
    path.write_bytes(content)
    for command in (*inbox.read(), *inbox.read()):
        repr(command)


def _queue(path: Path) -> None:
    kept = Queue(path.parent)
    seen = kept.read()
    for each in seen.entries:
        assert waiting.KEY.fullmatch(each.key)
        with contextlib.suppress(UserError):
            from_toml(each.config, "itself")
    if seen.entries:
        kept.move(seen.entries[0].key, 99)
        assert len(kept.read().entries) == len(seen.entries)


def _configuration(path: Path) -> None:
    found = load_config(str(path))
    assert from_toml(to_toml(found), "itself") == found
    config_of(Run(path.parent))


def _labels(path: Path) -> None:
    assert len(label_list.read_labels(path, 5).names) == 5


def _mean(path: Path) -> None:
    assert labels.read_mean(path, 3, blue_first=True).shape in ((3, 1, 1), (3, 3, 3))


def _imported(path: Path) -> None:
    small = (whole_files.CAFFE, whole_files.TOWERS)
    with (
        mock.patch.object(importing, "known_networks", return_value=list(small)),
        mock.patch.object(torch_file, "KNOWN", {each.name: each for each in small}),
    ):
        found = importing.import_model(path, look_beside=True).bundle
    assert all(torch.isfinite(each).all() for each in found.weights.values())
    found.network()


TARGETS = {
    "decode": Target("a.img", whole_files.pictures, (png_chunks,), _picture, 1000),
    "bundle": Target("m.alexnet", whole_files.bundles, (safetensors,), _bundle, 400),
    "checkpoint": Target("run/resume.safetensors", whole_files.checkpoints, (safetensors,), _checkpoint, 400),
    "pass": Target("a.tally", whole_files.passes, (safetensors,), _pass, 400),
    "notes": Target("notes.json", whole_files.notes, (json_document,), _notes, 400),
    "events": Target("run/events.jsonl", whole_files.event_logs, (json_lines,), _events, 300),
    "run_zip": Target("a.zip", whole_files.run_zips, (archive,), _run_zip, 300),
    "commands": Target("run/commands.jsonl", whole_files.commands, (json_lines, json_document), _commands, 500),
    "queue": Target("queue/queue.json", whole_files.queues, (json_document,), _queue, 200),
    "config_text": Target("config.toml", whole_files.configurations, (toml,), _configuration, 400),
    "onnx": Target("m.onnx", whole_files.onnx_graphs, (protobuf,), _imported, 400),
    "caffe": Target("m.caffemodel", whole_files.caffe_files, (protobuf,), _imported, 400),
    "torch": Target("m.pth", whole_files.torch_files, (archive,), _imported, 400),
    "labels": Target("labels.txt", whole_files.label_lists, (), _labels, 200),
    "mean": Target("mean.npy", whole_files.means, (), _mean, 200),
}
