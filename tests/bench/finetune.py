"""Fine-tuning against training from scratch on a small folder of pictures.

``python tests/bench/finetune.py FOLDER [SEEDS [EPOCHS]] [KEY=VALUE …]``; FOLDER has train and val with a folder per
class. Both see the same pictures equally often: one is the preset ``finetune`` with the KEY=VALUE settings, the other
one the same network with the settings of its own preset but the batch size of fine-tuning, from start values, its rate
dropping after two thirds of the epochs. The error is that of the last epoch on val, centre view, as the mean over the
seeds with its standard error; beside it stands the error of always answering the class that train has most images of.
The last line is JSON.
"""

import dataclasses
import json
import math
import statistics
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.events import EpochDone
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import Optimization
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.train import train


def last_error(config):
    """Of the validation pictures after the last epoch."""
    with tempfile.TemporaryDirectory() as folder:
        events = list(train(config, Run.create(Path(folder) / "run", to_toml(config))))
    return [event.validation_error for event in events if isinstance(event, EpochDone)][-1]


def configurations(folder, epochs, settings):
    """By name, without a seed."""
    tuned = dataclasses.replace(load_config("finetune"), data=folder)
    tuned = with_settings(dataclasses.replace(tuned, epochs=epochs or tuned.epochs), settings)
    scratch = dataclasses.replace(
        load_config(tuned.network),
        data=folder,
        epochs=tuned.epochs,
        batch_size=tuned.batch_size,
        optimization=Optimization(schedule="steps", milestones=(max(1, 2 * tuned.epochs // 3),)),
    )
    return {"fine-tuned": tuned, "from scratch": scratch}


def largest_class_error(folder):
    """Of always answering the class with the most training images, on the validation images."""
    splits = open_source(folder).splits
    largest = np.bincount(splits["train"].labels).argmax()
    return float((splits["validation"].labels != largest).mean())


def told(found):
    """Mean of the errors ``found``, the standard error of that mean, and their range."""
    error = f" ± {statistics.stdev(found) / math.sqrt(len(found)):.1%}" if len(found) > 1 else ""
    return f"error {statistics.fmean(found):.1%}{error} ({min(found):.1%} to {max(found):.1%})"


def main(folder, seeds=5, epochs=0, settings=()):
    """Seeds are interleaved."""
    configs = configurations(folder, epochs, settings)
    errors, seconds = {name: [] for name in configs}, dict.fromkeys(configs, 0.0)
    for seed in range(1, seeds + 1):
        for name, config in configs.items():
            begin = time.perf_counter()
            errors[name].append(last_error(dataclasses.replace(config, seed=seed)))
            seconds[name] += time.perf_counter() - begin
    for name, found in errors.items():
        print(f"{name:12}  {told(found)}, {seeds} seeds, {configs[name].epochs} epochs each, ", end="")
        print(f"{seconds[name] / seeds:.0f} s a run")
    largest = largest_class_error(folder)
    print(f"always the largest class  error {largest:.1%}")
    found = {"errors": errors, "largest class": largest, "seconds": seconds, "epochs": configs["fine-tuned"].epochs}
    print(json.dumps(found))


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if "=" not in word]
    main(words[0], *map(int, words[1:3]), settings=[word for word in sys.argv[1:] if "=" in word])
