"""A run that is killed again and again: ``python tests/fuzz/killed_runs.py [--kills 100]``.

Each life of the run is a process of its own, killed with SIGKILL after a few events of it and a random moment more, or
while a file is written and not yet in its place (it saves every few steps). At the end the weights must be those of a
run that nobody disturbed, bit for bit, and every event must be there once.
"""

import argparse
import os
import queue
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import torch._dynamo  # noqa: F401 - a first step loads it: each life would, for longer than it lives
from safetensors.torch import load_file

from alexnet_app.core import files
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.events import EpochDone, Evaluated, RateChanged, RunEnded, RunStarted, StepsDone
from alexnet_app.core.files import ENDING
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import SaveNow
from alexnet_app.core.training import loop
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train

EPOCHS, STEPS, BATCH = 40, 10, 16
IN_WRITES = 0.5  # of the kills
SYNC = files.sync
SAVES = 3  # steps from one save to the next


def drawing(_: int = 0):
    """A tenth of a second of the embedded set."""
    yield from ()
    counts = {"train": STEPS * BATCH, "validation": 60, "test": 60}
    splits = {name: shapes.generate(0, name, 0, count) for name, count in counts.items()}
    return Source("shapes", shapes.CLASSES, splits)


def config():
    """Small, on the CPU, in fp32."""
    own = [f"epochs={EPOCHS}", f"batch_size={BATCH}", "threads=1", "device=cpu", "precision=fp32"]
    return with_settings(load_config("shapes"), own)


def live(folder: Path, told: int) -> None:
    """Trains in this process to the end, saving often; writes a byte for each event."""
    shapes.drawing = drawing
    loop.REPORT_SECONDS = 0.0
    files.sync = partial(_told_sync, told)
    asked: queue.SimpleQueue = queue.SimpleQueue()
    steps = 0
    for event in train(config(), Run(folder), asked):
        os.write(told, b".")
        if isinstance(event, StepsDone):
            steps += 1
            if steps % SAVES == 0:
                asked.put(SaveNow())


def _told_sync(told: int, path: Path) -> None:
    """Tells that a file is written and not yet in its place."""
    os.write(told, b"w")
    SYNC(path)


def born(folder: Path) -> tuple[int, int]:
    """The number of a process that trains, and where its bytes arrive."""
    arrive, leave = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(arrive)
        code = 1
        try:
            live(folder, leave)
            code = 0
        finally:
            os._exit(code)
    os.close(leave)
    return child, arrive


def once(folder: Path) -> None:
    """A run that nobody disturbs."""
    child, arrive = born(folder)
    while os.read(arrive, 4096):
        pass
    os.close(arrive)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def killed(folder: Path, chance: random.Random) -> str:
    """Lets it live for a while; where it was when it was killed, "over" where it came to its end before."""
    child, arrive = born(folder)
    if chance.random() < IN_WRITES:
        for _ in range(chance.randint(1, 12)):
            while os.read(arrive, 1) not in (b"w", b""):
                pass
    else:
        for _ in range(chance.randint(2, 24)):
            os.read(arrive, 1)
        time.sleep(chance.random() * 0.03)
    os.kill(child, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    os.close(arrive)
    if status == 0:
        return "over"
    assert status == -signal.SIGKILL
    events = folder / "events.jsonl"
    torn = bool(events.stat().st_size) and not events.read_bytes().endswith(b"\n")
    left = [path.name for path in folder.glob(f"*{ENDING}")]
    return f"in the write of {left[0].split('.')[0]}" if left else "in a line of events" if torn else "elsewhere"


def judged(run: Run, other: Run) -> list[str]:
    """What is not as in the undisturbed run; empty where nothing was lost and nothing is there twice."""
    wrong = []
    ours, theirs = load_file(run.resume_file), load_file(other.resume_file)
    if ours.keys() != theirs.keys() or not all((ours[name] == theirs[name]).all() for name in ours):
        wrong.append("weights or momentum differ")
    if _losses(run) != _losses(other):
        wrong.append("a step is missing, there twice, or has another loss")
    for kind in (RunStarted, EpochDone, RateChanged, Evaluated, RunEnded):
        counts = [sum(isinstance(event, kind) for event in each.events()) for each in (run, other)]
        if counts[0] != counts[1]:
            wrong.append(f"{kind.__name__} is there {counts[0]} times, not {counts[1]}")
    return wrong


def _losses(run: Run) -> list[float]:
    found: list[float] = []
    for event in run.events():
        if isinstance(event, StepsDone):
            if event.first != len(found):
                return []
            found += event.losses
    return found


def main() -> int:
    """Prints where it was killed, and what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    chance, where = random.Random(options.seed), Counter[str]()
    with tempfile.TemporaryDirectory(prefix="killed-runs-") as place:
        runs = [Run.create(Path(place) / name, to_toml(config())) for name in ("killed", "undisturbed")]
        while where.total() < options.kills and where["over"] == 0:
            where[killed(runs[0].folder, chance)] += 1
            print(".", end="", file=sys.stderr, flush=True)
        if not where["over"]:
            once(runs[0].folder)
        once(runs[1].folder)
        wrong = judged(*runs)
        steps = len(_losses(runs[1]))
    print("\n| killed | times |\n|---|---|")
    for place, times in where.most_common():
        print(f"| {place} | {times} |")
    said = "; ".join(wrong) or "weights and momentum bit-equal, every event there once"
    print(f"{where.total() - where['over']} kills, {steps} steps: {said}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
