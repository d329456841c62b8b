"""Fine-tuning against training from scratch on a small folder of pictures.

``python tests/bench/finetune.py FOLDER [SEEDS [EPOCHS]] [KEY=VALUE …]``; FOLDER has train and val with a folder per
class. Both see the same pictures equally often: one is the preset ``finetune`` with the KEY=VALUE settings, the other
one the same network with the settings of its own preset but the batch size of fine-tuning, from start values, its rate
dropping after two thirds of the epochs. The error is that of the last epoch on val, centre view. The last line is JSON.
"""

import dataclasses
import json
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

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
        mean, spread = sum(found) / seeds, f"{min(found):.1%} to {max(found):.1%}"
        print(f"{name:12}  error {mean:.1%} ({spread}), {seeds} seeds, {configs[name].epochs} epochs each, ", end="")
        print(f"{seconds[name] / seeds:.0f} s a run")
    print(json.dumps({"errors": errors, "seconds": seconds, "epochs": configs["fine-tuned"].epochs}))


if __name__ == "__main__":
    words = [word for word in sys.argv[1:] if "=" not in word]
    main(words[0], *map(int, words[1:3]), settings=[word for word in sys.argv[1:] if "=" in word])
