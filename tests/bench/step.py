"""A training step of ``alexnet-2012``, forward, backward, update, against plain torch: ``python tests/bench/step.py``.

Ours is the program's own Trainer, whose batch is there already. The peer is the same network as a careful user writes
it (``peers/plain.py``), with the same weights and the same batch, in a process of its own that waits while ours works.
On a CPU there are rows for fp32 and bf16; on a GPU for fp32, tf32 and bf16 with batches of 128, 512 and 1024, and for
bf16 with 128 and 512 what each choice made there is worth (graph, towers, streams, triton).

The bound is what the arithmetic takes at the rate at which this machine multiplies large matrices, and the update at
the rate at which it copies: everything else costs nothing there. Where the aim is not reached, a step more is profiled:
each part's share of the time, and on a CPU what share the bound of that part is.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alexnet_app import cli
from alexnet_app.core.runs.holding import holding

cli._prepare_torch()  # before torch is loaded

import torch

from alexnet_app.core.device import choose_device, computing, describe, memory_bytes
from alexnet_app.core.network.bundle import plain_weights
from alexnet_app.core.network.functions import lrn, pool, relu, space_to_depth
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training import parallel
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.step import BEFORE_RECORDING
from alexnet_app.core.training.trainer import Trainer
from tests.bench.bounds import bound, bounds, copied, has_amx, multiplied
from tests.bench.fed import Again, prepared, rate
from tests.bench.profiles import gpu_kernels, operators, shares
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

PEER = Path(__file__).parent / "peers" / "plain.py"
PREPARED = ("GOMP_SPINCOUNT", "THP_MEM_ALLOC_ENABLE")  # what the program sets for its own process, not for the peer
LEARNING_RATE = 1e-6  # hundreds of steps on one batch change little
FEW_CORES, MEMORY_OF_128 = 8, 16 << 30
LARGEST_CHOSEN = 512  # the largest batch with which the choices that a GPU has are compared


@dataclass(frozen=True, slots=True)
class Case:
    """One row: ``steps`` of ``batch`` pictures make a round. ``emulated``: the CPU has no arithmetic of that kind."""

    precision: str
    batch: int
    steps: int
    must: float | None = None
    emulated: bool = False
    first: bool = True
    share: float = 0  # of the bound, that is aimed at

    @property
    def name(self) -> str:
        """The plain one belongs to the first batch size of its kind."""
        return f"step-{self.precision}" if self.first else f"step-{self.precision}-{self.batch}"


def cases(kind: str, cores: int, memory: int, *, amx: bool) -> tuple[Case, ...]:
    """What can be measured on a device of this ``kind``, "cpu" or "cuda", in a few minutes."""
    if kind == "cuda":
        aims, shares = {("bf16", 128): 1.5}, {("bf16", 512): 0.4}
        return tuple(
            Case(kind, batch, steps, aims.get((kind, batch)), first=batch == 128, share=shares.get((kind, batch), 0))
            for kind in ("fp32", "tf32", "bf16")
            for batch, steps in ((128, 10), (512, 5), (1024, 3))
        )
    batch = 128 if cores > FEW_CORES and memory > MEMORY_OF_128 else 32
    half = Case("bf16", batch, 2, 1.9) if amx else Case("bf16", 2, 1, emulated=True)
    return Case("fp32", batch, 2, 1.7), half


def theirs(trainer: Trainer, case: Case, folder: Path, stack: ExitStack) -> Callable[[], float]:
    """Pictures a second of the peer, which has the weights and the batch of ``trainer``."""
    batch = next(trainer.batches)
    given = {
        "precision": case.precision,
        "device": str(trainer.device),
        "threads": torch.get_num_threads(),
        "weights": plain_weights(trainer.network),
        "pictures": batch.pictures.contiguous().cpu(),
        "labels": batch.labels.cpu(),
        "rate": LEARNING_RATE,
        "steps": case.steps,
    }
    file = folder / "given.pt"
    torch.save(given, file)
    pipe = subprocess.PIPE
    plain = {name: value for name, value in os.environ.items() if name not in PREPARED}
    process = subprocess.Popen([sys.executable, PEER, file], stdin=pipe, stdout=pipe, text=True, env=plain)
    stack.enter_context(process)
    stack.callback(process.stdin.close)  # before it is waited for: that ends it

    def measured() -> float:
        process.stdin.write("\n")
        process.stdin.flush()
        said = process.stdout.readline() or sys.exit(f"the peer broke off in {case.name}")
        return case.steps * case.batch / float(said)

    return measured


def made(case: Case, device: torch.device, stack: ExitStack) -> tuple[Trainer, Path]:
    """A Trainer whose batch is there already, and a folder for whatever else."""
    settings = ["network=alexnet-2012", f"batch_size={case.batch}", f"learning_rate={LEARNING_RATE}"]
    config = with_settings(load_config("imagenet-2012"), settings)
    spec = config.spec()
    stack.enter_context(computing(case.precision))
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    data = prepared(folder, spec.picture_size, spec.classes, case.batch)
    run = Run.create(folder / "run", to_toml(config))
    events = stack.enter_context(holding(run))
    trainer = stack.enter_context(Trainer(config, data, (device,), case.precision, run, events))
    trainer.batches = Again(trainer.batches)
    return trainer, folder


def compared(case: Case, device: torch.device, rounds: int) -> Row:
    """The row of ``case``."""
    with ExitStack() as stack:
        trainer, folder = made(case, device, stack)
        spec = trainer.network.spec
        speeds = multiplied(device, case.precision), copied(device)
        most = bound(spec, case.batch, *speeds)
        steps = rate(trainer, case.steps)
        pairs = interleaved(lambda: case.batch * steps(), theirs(trainer, case, folder, stack), rounds)
        row = Row(case.name, "plain torch", "pictures/s", pairs, less=False, bound=most, must=case.must)
        share = row.medians[0] / most
        if not row.is_reached or share < case.share:
            row = replace(row, profile=profiled(trainer, bounds(spec, case.batch, *speeds)))
    aim = f" (aim {case.share:.0%})".replace("%", " %") if case.share else ""
    about = f"{100 * share:.0f} % of the bound{aim}, batch {case.batch}, {case.steps} steps a round, {describe(device)}"
    if case.emulated:
        about += ", which has no bf16 arithmetic: it is emulated, and the bound is that of fp32"
    return replace(row, note=about)


def profiled(trainer: Trainer, least: dict[str, float]) -> tuple[str, ...]:
    """The parts of a step of ``trainer`` by their time, with what each would take at ``least``, in seconds."""

    def step() -> None:
        trainer.train_step()
        trainer.report()

    if trainer.device.type == "cuda":
        return shares(*gpu_kernels(step))
    seconds, whole = operators(step)
    return shares(seconds, whole, {part: f"bound {100 * each / whole:.0f} %" for part, each in least.items()})


def without_graph(case: Case, device: torch.device, stack: ExitStack) -> Trainer:
    """Its steps start kernel by kernel."""
    trainer, _ = made(case, device, stack)
    trainer._step = trainer._step.step
    return trainer


def grouped(case: Case, device: torch.device, stack: ExitStack) -> Trainer:
    """Its towers are groups of one network."""
    with mock.patch.object(parallel, "stands_apart", return_value=False):
        return made(case, device, stack)[0]


def on_one_stream(case: Case, device: torch.device, stack: ExitStack) -> Trainer:
    """Its towers are apart, one after the other."""
    trainer, _ = made(case, device, stack)
    trainer.network._side_by_side = lambda _: nullcontext((nullcontext(), nullcontext()))
    return trainer


def without_triton(case: Case, device: torch.device, stack: ExitStack) -> Trainer:
    """Its steps are made of torch's operations."""
    with ExitStack() as off:
        for module in (lrn, pool, relu, space_to_depth):
            off.enter_context(mock.patch.object(module, "_kernels", return_value=None))
        trainer, _ = made(case, device, stack)
        for _ in range(BEFORE_RECORDING + 1):  # the last one is recorded
            trainer.train_step()
    return trainer


CHOICES = {
    "graph": ("the same without a CUDA graph", without_graph),
    "towers": ("the same with grouped convolutions", grouped),
    "streams": ("the same on one stream", on_one_stream),
    "triton": ("the same without Triton", without_triton),
}


def chosen(case: Case, name: str, device: torch.device, rounds: int) -> Row:
    """What a choice is worth that is made on a GPU: the step of ``case`` as it is against the one without it."""
    peer, other = CHOICES[name]
    with ExitStack() as stack:
        own, without = rate(made(case, device, stack)[0], case.steps), rate(other(case, device, stack), case.steps)
        pairs = interleaved(lambda: case.batch * own(), lambda: case.batch * without(), rounds)
    about = f"{case.precision}, batch {case.batch}, {case.steps} steps a round, {describe(device)}"
    return Row(f"{case.name}-{name}", peer, "pictures/s", pairs, less=False, note=about)


def rows(rounds: int = ROUNDS) -> Iterator[Row]:
    """``step-fp32`` and ``step-bf16``; on a GPU ``step-tf32`` too, all with larger batches, and what choices gain."""
    device = choose_device("auto")
    found = cases(device.type, os.cpu_count() or 1, memory_bytes(device), amx=has_amx())
    for case in found:
        yield compared(case, device, rounds)
    for case in found:
        if device.type == "cuda" and case.precision == "bf16" and case.batch <= LARGEST_CHOSEN:
            for name in CHOICES:
                yield chosen(case, name, device, rounds)


def main() -> None:
    """Prints the rows."""
    given = arguments(__doc__)
    told(rows(given.rounds), as_json=given.json)


if __name__ == "__main__":
    main()
