"""A run that was never trained, with as many snapshots of conv1 as are wanted: what films are measured with."""

from pathlib import Path

import numpy as np
import torch

from alexnet_app.core.events import FiltersSeen, RunStarted
from alexnet_app.core.insight.snapshot import write_snapshot
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.run import Run

PER_EPOCH = 4


def waves(count, side):
    """Stripes of all directions, half of them coloured: ``count`` kernels of ``side`` × ``side``."""
    y, x = np.mgrid[:side, :side] - side // 2
    turns = np.linspace(0, np.pi, count, endpoint=False)[:, None, None]
    drawn = np.cos(1.1 * (x * np.cos(turns) + y * np.sin(turns))) * np.exp(-(x**2 + y**2) / (side * 2))
    mix = np.where(np.arange(count)[:, None] < count // 2, [[1.0, 1, 1]], [[1.0, -1, 0.2]])
    return drawn[:, None] * mix[:, :, None, None]


def made_run(folder, count, network="photo-towers", seed=1):
    """The Run in ``folder``: from noise to stripes in ``count`` snapshots, and the model after them."""
    spec = variant(network)
    first = spec.convolutions[0]
    noise = np.random.default_rng(seed).normal(size=(first.kernels, 3, first.size, first.size))
    learned = waves(first.kernels, first.size)
    run = Run.create(Path(folder), f'network = "{network}"\ndata = "shapes"\nepochs = {count // PER_EPOCH + 1}\n')
    events = [RunStarted(network, "shapes", 1, 1, 1, 0, PER_EPOCH, count // PER_EPOCH + 1, "CPU", "fp32", 1)]
    for step in range(count):
        share = step / count
        weight = torch.tensor((1 - share) * 0.3 * noise + share * learned, dtype=torch.float32)
        name = f"filters/step-{step:08d}.npy"
        write_snapshot(run.folder / name, weight)
        events.append(FiltersSeen(step, name))
    run.events_file.write_text("".join(f"{to_line(each, 0.0)}\n" for each in events), encoding="utf-8")
    torch.manual_seed(seed)
    built = AlexNet(spec)
    built.initialize(torch.Generator().manual_seed(seed))
    weights = plain_weights(built) | {f"{first.name}.weight": torch.tensor(learned, dtype=torch.float32)}
    side = spec.input_size if spec.mean == "picture" else 1
    classes = tuple(f"class {number}" for number in range(spec.classes))
    summary = {"step": count, "epoch": count // PER_EPOCH}
    write_bundle(run.last_file, Bundle(spec, classes, torch.zeros(3, side, side), weights, summary))
    return run
