"""A prepared file that is cut short, or changed, while somebody has it open: a sentence, and no signal.

Each runs in a process of its own, because where a file is mapped the answer is SIGBUS, which ends the process.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from preparing import result

from alexnet_app.core.data.prepared.prepare import prepare

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

BOTH = pytest.mark.parametrize("storage", ["raw", "jpeg"])
ROOT = Path(__file__).resolve().parents[2]
READERS = {
    "evaluate": """
from alexnet_app.core.inference.evaluate import evaluate
def read():
    for _ in evaluate(bundle.network(), split, bundle.mean, "fp32"):
        pass
""",
    "evaluating": """
from alexnet_app.core.inference.evaluation import evaluating
from alexnet_app.core.inference.labelled import Labelled
def read():
    for _ in evaluating([bundle], Labelled("photos", "train", bundle.classes, split)):
        pass
""",
    "batches": """
from alexnet_app.core.data.feed.batches import Batches
def read():
    with Batches(split, 8, 1) as batches:
        for _ in range(2 * batches.steps_per_epoch):
            next(batches)
""",
    "statistics": """
from alexnet_app.core.data.prepared.statistics import measure
def read():
    for _ in measure(split.pictures):
        pass
""",
    "a part": """
from alexnet_app.core.data.feed.share import part_of
def read():
    part_of(prepared, 0.5).splits["train"].pictures[:]
""",
    "one by one": """
def read():
    for row in range(len(split.pictures)):
        split.pictures[row]
""",
}
CHILD = """
import sys
from pathlib import Path
import torch
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights
from alexnet_app.core.network.variants import variant

def finished(job):
    while True:
        try:
            next(job)
        except StopIteration as end:
            return end.value

torch.set_num_threads(1)
where, cache, storage = sys.argv[1:4]
prepared = finished(prepare(open_source(where), 64, storage=storage, cache=Path(cache)))
split = prepared.splits["train"]
network = AlexNet(variant("shapes-towers", classes=2))
network.initialize(torch.Generator().manual_seed(1))
bundle = Bundle(network.spec, prepared.classes, torch.full((3, 1, 1), 127.5), plain_weights(network))
print("open", flush=True)
for line in sys.stdin:  # one way of reading each
    exec(line.encode().decode("unicode_escape"))
    try:
        read()
        print("read", flush=True)
    except UserError as error:
        print(f"said: {error}", flush=True)
"""


@pytest.fixture
def child(photos, tmp_path):
    """What a process says that has the set open, reading it in each way after something happened to its file."""

    def run(storage, happened):
        prepared = result(prepare(photos, 64, storage=storage, cache=tmp_path / "cache"))
        path = next(path for path in prepared.folder.iterdir() if path.name in ("train.rgb", "train.jpg"))
        command = [sys.executable, "-c", CHILD, str(tmp_path / "photos"), str(tmp_path / "cache"), storage]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        with subprocess.Popen(command, cwd=ROOT, **pipes) as process:
            assert process.stdout.readline() == "open\n", process.stderr.read()
            happened(path)
            lines = [code.encode("unicode_escape").decode() for code in READERS.values()]
            out, errors = process.communicate("\n".join(lines) + "\n", timeout=240)
        assert process.returncode == 0, (process.returncode, out, errors)
        return dict(zip(READERS, out.splitlines(), strict=True)), path

    return run


@SLOW
@BOTH
def test_that_a_file_which_is_cut_while_it_is_open_is_a_sentence_for_everybody(child, storage):
    said, path = child(storage, lambda path: os.truncate(path, 500))
    for line in said.values():
        assert line.startswith(f"said: {path} is truncated: it ends before the end of image"), said


def test_that_a_jpeg_which_is_changed_while_it_is_open_is_a_sentence_for_everybody(child):
    def change(path):
        data = np.fromfile(path, np.uint8)
        data[::2] = 0
        with path.open("r+b") as file:
            file.write(data.tobytes())

    said, path = child("jpeg", change)
    for line in said.values():
        assert line.startswith("said: image "), said
        assert f" in {path} is damaged" in line
