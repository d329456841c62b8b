"""How good a training on a person's own photos becomes, with the settings that the program chooses by itself.

    python tests/bench/my_photos.py FOLDER [--sizes 20 50 150] [--drop FILE] [--convolutions FILE] [--out FILE]

FOLDER has images in class folders, whatever their splits: all are divided anew into folds (5 by default), each of
which is the test set once, so that every image is tested once and none that was trained on. ``--sizes`` takes so many
images of each class to train on and to validate with, 0 for all. ``--drop`` names a list of files to leave out, such
as those that the bundled model has seen. ``--convolutions`` are weights of others, also convolutions alone, as
.safetensors, .pth or .npz with torch's names. Beside them: the same network from random weights, and always answering
the largest class.

A line for each training and one for all folds together is printed, and appended to ``--out``: the top-1 error of the
best model on the test images, single view, with Wilson's interval of 95 %, and how long a training took: by the
clock, and of a processor, which counts where others use the computer too.
"""

import argparse
import csv
import json
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np
import torch
from safetensors.torch import save_file

from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.data.sources.understood import understood
from alexnet_app.core.events import EpochDone, RunEnded
from alexnet_app.core.generators import result_of
from alexnet_app.core.inference.interval import wilson
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import Augmentation, Finetune, Optimization
from alexnet_app.core.training.config_text import to_toml
from alexnet_app.core.training.judging import judging
from alexnet_app.core.training.my_photos import base_of, choose
from alexnet_app.core.training.train import train

VALIDATED = 7  # of so many images that are not tested one validates
SCRATCH_EPOCHS = 30


def main():
    options = _options()
    images = images_of(options.folder, options.drop)
    with tempfile.TemporaryDirectory() as kept:
        bases = {"photo-towers": base_of("bundled:photo-towers")}
        if options.convolutions:
            bases["convolutions of ImageNet"] = base_of(str(_as_safetensors(options.convolutions, Path(kept))))
        bases["from scratch"] = None
        bases = {name: base for name, base in bases.items() if not options.only or name in options.only}
        for size in options.sizes:
            tables = [table(images, fold, size, options, Path(kept)) for fold in range(options.folds)]
            say(options, guessing(options, tables, size))
            for name, base in bases.items():
                all_folds(options, name, base, tables, size)


def all_folds(options, name, base, tables, size):
    """Trains on each of ``tables`` and says how often all of them were wrong."""
    wrong, count, seconds = 0, 0, []
    for fold, path in enumerate(tables):
        begin, used = time.perf_counter(), time.process_time()
        outcome, told = trained(path, base, fold + 1, options.threads)
        seconds.append((time.perf_counter() - begin, time.process_time() - used))
        wrong, count = wrong + outcome.count - outcome.right, count + outcome.count
        where = f"{options.folder.name} {size or 'all'} {name}, fold {fold + 1}"
        say(options, f"  {where}: {1 - outcome.share:.1%} of {outcome.count}, {told}, {_lasted(*seconds[-1])}")
    low, high = wilson(wrong, count)
    facts = {"data": options.folder.name, "size": size, "base": name, "wrong": wrong, "images": count}
    facts |= dict(zip(("seconds", "processor seconds"), np.mean(seconds, axis=0).round(1).tolist(), strict=True))
    where = f"{options.folder.name}, {size or 'all'} images a class, {name}"
    say(options, f"{where}: error {wrong / count:.1%} ({low:.1%} to {high:.1%}) {json.dumps(facts)}")


def trained(path, base, seed, threads):
    """The outcome on the test images of ``path``, and a few words of the training."""
    source = open_source(str(path))
    begun = base or base_of("bundled:photo-towers")
    config = replace(choose(understood(source), str(path), begun).config, seed=seed, threads=threads)
    if base is None:
        config = replace(
            config,
            init="",
            learning_rate=0.01,
            epochs=SCRATCH_EPOCHS,
            finetune=Finetune(),
            augmentation=Augmentation(),
            optimization=Optimization(schedule="steps", milestones=(20, 27)),
        )
    with tempfile.TemporaryDirectory() as folder:
        run = Run.create(Path(folder) / "run", to_toml(config))
        events = list(train(config, run))
        epochs = [event for event in events if isinstance(event, EpochDone)]
        best = max(event.epoch for event in epochs if event.best)
        assert isinstance(events[-1], RunEnded)
        frozen = config.finetune.freeze or "nothing"
        return result_of(judging(run)).outcome, f"{frozen} frozen, {len(epochs)} epochs, best {best}"


def images_of(folder, drop):
    """The images of each class in whatever splits, sorted by name."""
    left_out = set(drop.read_text(encoding="utf-8").split("\n")) if drop else set()
    found = defaultdict(list)
    source = open_source(str(folder))
    for split in source.splits.values():
        for path, label in zip(split.paths, split.labels, strict=True):
            if path not in left_out:
                found[source.classes[label]].append(path)
    return {name: sorted(found[name]) for name in source.classes}


def table(images, fold, size, options, kept):
    """A table of paths, labels and splits: fold ``fold`` is the test set."""
    path = kept / f"{options.folder.name}-{size}-{fold}.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(("path", "label", "split"))
        for name, paths in images.items():
            dealt = np.random.default_rng(2012).permutation(len(paths))
            tested = dealt[fold :: options.folds]
            rest = np.random.default_rng(fold).permutation(np.setdiff1d(dealt, tested))
            rest = rest[:size] if size else rest
            held = max(2, len(rest) // VALIDATED)
            for split, places in (("test", tested), ("val", rest[:held]), ("train", rest[held:])):
                rows.writerows((str(Path(paths[place]).absolute()), name, split) for place in places)
    return path


def guessing(options, tables, size):
    """Of always answering the class with the most training images."""
    wrong = count = 0
    for path in tables:
        splits = open_source(str(path)).splits
        largest = np.bincount(splits["train"].labels).argmax()
        wrong += int((splits["test"].labels != largest).sum())
        count += len(splits["test"].labels)
    low, high = wilson(wrong, count)
    where = f"{options.folder.name}, {size or 'all'} images a class, always the largest class"
    return f"{where}: error {wrong / count:.1%} ({low:.1%} to {high:.1%})"


def _as_safetensors(path, kept):
    """``path`` itself, or, where numpy wrote it, its layers under the same names."""
    if path.suffix != ".npz":
        return path
    with np.load(path) as file:
        layers = {name: torch.from_numpy(file[name]) for name in file if name.startswith("features.")}
    save_file(layers, kept / "convolutions.safetensors")
    return kept / "convolutions.safetensors"


def _lasted(seconds, used):
    return f"{seconds:.0f} s, {used:.0f} s of a processor"


def say(options, line):
    """On the screen, and at the end of the file of results."""
    line = f"{time.strftime('%H:%M:%S')} {line}"
    print(line, flush=True)
    if options.out:
        with options.out.open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def _options():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[0])
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--drop", type=Path)
    parser.add_argument("--convolutions", type=Path)
    parser.add_argument("--only", nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
