"""What goes wrong around a run, one thing after the other, and what is lost: ``python tests/fuzz/faults.py``.

Each fault is done to a small run on the CPU in fp32. Afterwards it must have come to its end with the weights of a run
that nobody disturbed, bit for bit, and with every step's loss there once (up to rounding where it was to compute in
smaller pieces); or nothing of it may have changed, and a sentence says why. Prints a table.
"""

import errno
import os
import queue
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "core"))

import pytest
import test_data_gone
import test_disk_full
import torch
from killed_runs import judged
from test_micro_batch import Small

from alexnet_app.core.data.sources import shapes
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import StepsDone, Warned
from alexnet_app.core.runs.checkpoint import read_checkpoint
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Stop
from alexnet_app.core.training import loop, trainer, waiting
from alexnet_app.core.training.config_text import to_toml, with_settings
from alexnet_app.core.training.train import train

STEPS = test_disk_full.STEPS


class Faults:
    """The faults; each gives what was said, and the run that is to be judged, None where it judged by itself."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self.patch = folder, patch
        self.undisturbed = self.new("undisturbed")
        list(train(test_disk_full.config(), self.undisturbed))

    def new(self, name: str) -> Run:
        return Run.create(self.folder / name, to_toml(test_disk_full.config()))

    def trained(self, run: Run, at: Callable[[int], None], config=None) -> str:
        """Trains to the end; ``at`` is told each step that is done. The notices."""
        said = []
        for event in train(config or test_disk_full.config(), run):
            if isinstance(event, StepsDone):
                at(event.first)
            elif isinstance(event, Warned):
                said.append(str(event.notice))
        return ", ".join(said)

    def stopped(self, name: str) -> Run:
        run, asked = self.new(name), queue.SimpleQueue()
        for event in train(test_disk_full.config(), run, asked):
            if isinstance(event, StepsDone) and event.first == STEPS + 1:
                asked.put(Stop())
        return run

    def unwritable(self, name: str, why: int) -> tuple[str, Run]:
        run = self.new(name)
        with pytest.MonkeyPatch.context() as patch:
            disk = test_disk_full.Disk(patch)

            def at(step: int) -> None:
                disk.why = {STEPS: why, 2 * STEPS + 1: 0}.get(step, disk.why)

            return self.trained(run, at), run

    def disk_full(self) -> tuple[str, Run]:
        return self.unwritable("full", errno.ENOSPC)

    def read_only(self) -> tuple[str, Run]:
        return self.unwritable("read-only", errno.EROFS)

    def clock_set_back(self) -> tuple[str, Run]:
        run = self.new("clock")
        with pytest.MonkeyPatch.context() as patch:
            now = time.time

            def at(step: int) -> None:
                if step == STEPS:
                    patch.setattr(time, "time", lambda: now() - 86_400)

            return self.trained(run, at) or "nothing to say", run

    def two_trainers(self) -> tuple[str, Run]:
        run, said = self.new("two"), []

        def at(step: int) -> None:
            if step == STEPS:
                try:
                    next(iter(train(test_disk_full.config(), Run(run.folder))))
                except UserError as error:
                    said.append(error.sentence)

        self.trained(run, at)
        return said[0].replace(str(run.folder), "RUN"), run

    def checkpoint_cut(self) -> tuple[str, Run]:
        """At each hundredth of its size: refused with a sentence, the models stay, and whole again it goes on."""
        run = self.stopped("cut")
        whole, models = run.resume_file.read_bytes(), run.last_file.read_bytes()
        refused = 0
        for share in range(100):
            run.resume_file.write_bytes(whole[: len(whole) * share // 100])
            try:
                read_checkpoint(run.resume_file)
            except UserError:
                refused += 1
        try:
            list(train(test_disk_full.config(), run))
        except UserError:
            refused += 1
        assert run.last_file.read_bytes() == models
        run.resume_file.write_bytes(whole)
        list(train(test_disk_full.config(), run))
        return f"{refused} of 101 refused with a sentence", run

    def out_of_memory(self) -> tuple[str, Run]:
        config = with_settings(test_disk_full.config(), ["halve_micro_batch=true"])
        run = Run.create(self.folder / "memory", to_toml(config))
        with pytest.MonkeyPatch.context() as patch:
            Small(patch, 4)
            self.trained(run, lambda _: None, config)
        pieces = with_settings(test_disk_full.config(), ["micro_batch=4"])
        self.undisturbed = Run.create(self.folder / "pieces", to_toml(pieces))
        list(train(pieces, self.undisturbed))
        return "halved to 8, to 4; as a run that began with 4", run

    def data_gone_and_back(self) -> tuple[str, Run]:
        photos = self.folder / "photos"
        test_data_gone.draw(photos)
        config = test_data_gone.configured(photos)
        self.undisturbed = Run.create(self.folder / "photo-run", to_toml(config))
        list(train(config, self.undisturbed))
        run = Run.create(self.folder / "gone", to_toml(config))
        (place,) = (self.folder / "cache" / "alexnet-app" / "prepared").iterdir()
        with pytest.MonkeyPatch.context() as patch:
            disk = test_data_gone.Disk(place, patch)
            events = test_data_gone.disturbed(
                config, run, disk, test_data_gone.MOMENTS["training"], test_data_gone.is_told
            )
        return ", ".join(str(event.notice) for event in events if isinstance(event, Warned)), run


def main() -> int:
    """Prints the table."""
    torch.set_num_threads(1)
    failed = 0
    with tempfile.TemporaryDirectory(prefix="faults-") as place, pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", f"{place}/cache")
        patch.setattr(shapes, "drawing", test_disk_full._drawing)
        patch.setattr(loop, "REPORT_SECONDS", 0.0)
        patch.setattr(waiting, "LOOK_SECONDS", 0.01)
        patch.setattr(trainer, "TRY_AGAIN_SECONDS", 0.0)
        faults = Faults(Path(place), patch)
        print("| fault | what is said | what is lost |\n|---|---|---|")
        for name in (
            "disk_full",
            "read_only",
            "clock_set_back",
            "two_trainers",
            "checkpoint_cut",
            "out_of_memory",
            "data_gone_and_back",
        ):
            said, run = getattr(faults, name)()
            wrong = judged(run, faults.undisturbed)
            failed += bool(wrong)
            print(f"| {name.replace('_', ' ')} | {said} | {'; '.join(wrong) or 'nothing: bit-equal'} |", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
