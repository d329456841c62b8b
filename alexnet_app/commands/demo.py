"""The whole job on the data that comes with the program: train, classify held-out pictures, draw the filters."""

import argparse
import itertools
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.filters import specialization_lines, specialization_values
from alexnet_app.commands.outputs import new_folder
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.results import INTERRUPTED, OK, OURS, print_json, summary
from alexnet_app.commands.running import how_to_continue, train_to_end
from alexnet_app.core.events import Ending, Progress, Task
from alexnet_app.core.files import unwritable
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config_text import load_config, to_toml

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.classifier import Classifier

HELD_OUT = 600
LARGEST_ERROR = 0.15


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--out", metavar="DIR", help="a new folder for all output (default: alexnet-demo)")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="random seed (default: 1)")
    parser.add_argument("--json", action="store_true", help="accepted for consistency; the last line is always JSON")


def run(options: argparse.Namespace) -> int:
    """``demo``: everything lands in one folder; exit code 1 if the network has not learned what it should."""
    from alexnet_app.core.inference.answer_table import write_answers
    from alexnet_app.core.inference.classifier import Classifier
    from alexnet_app.core.insight.pictures import write_curves, write_sheets
    from alexnet_app.core.insight.selectivity import specialization_of
    from alexnet_app.core.network.bundle import read_bundle

    folder = _folder(options.out)
    config = replace(load_config("shapes"), seed=options.seed)
    kept = Run.create(folder / "run", to_toml(config))
    say(f"all output goes to {folder}")
    last = train_to_end(config, kept)
    if last is None or last.reason != Ending.FINISHED:
        say(how_to_continue(kept))
        return INTERRUPTED
    write_curves(kept.events(), folder / "curves.png")
    bundle = read_bundle(kept.last_file)
    write_sheets(bundle, "conv1", folder / "filters.png")
    _write_held_out(folder / "held-out", bundle.classes)
    rows = _answers(Classifier(bundle), folder)
    write_answers(folder / "predictions.csv", rows, kept.last_file.stem, bundle.classes)
    wrong = sum(row["predictions"][0]["label"] != Path(row["path"]).parent.name for row in rows)
    say(f"{len(rows) - wrong} of {len(rows)} held-out images are classified correctly; see {folder}")
    towers = specialization_of(bundle, "conv1")
    for line in specialization_lines(towers) if towers is not None else ():
        say(line)
    found = summary(kept)
    print_json({**found, "specialization": specialization_values(towers)})
    return OK if found["top1_error"] <= LARGEST_ERROR else OURS


def _folder(given: str | None) -> Path:
    """The folder that was asked for, or the first free one of alexnet-demo, alexnet-demo-2 … here."""
    if given is None:
        names = itertools.chain(["alexnet-demo"], (f"alexnet-demo-{count}" for count in itertools.count(2)))
        return next(path for name in names if not os.path.lexists(path := Path(name).absolute()))
    return new_folder(given)


def _write_held_out(folder: Path, classes: tuple[str, ...]) -> None:
    """Test pictures, which no training has seen, as files in a folder per class."""
    from PIL import Image

    from alexnet_app.core.data.sources.shapes import shapes_source
    from alexnet_app.core.data.sources.values import Arrays

    split = shapes_source().splits["test"]
    assert isinstance(split, Arrays)
    try:
        for name in classes:
            (folder / name).mkdir(parents=True)
        for index in range(HELD_OUT):
            name = classes[split.labels[index]]
            Image.fromarray(split.pictures[index]).save(folder / name / f"{index:04d}.png")
    except OSError as error:
        raise unwritable(folder, error) from error


def _answers(classifier: "Classifier", folder: Path) -> list[dict[str, Any]]:
    """A row for each held-out picture, as any picture file would get it."""
    from alexnet_app.core.data.sources.tree import files_below
    from alexnet_app.core.inference.answer_table import row_of

    paths = files_below(str(folder / "held-out"))
    rows = []
    with Bars() as bars:
        for event in classifier.classify(paths):
            rows.append(row_of(event))
            bars.show(Progress(Task.CLASSIFY, len(rows), len(paths)))
    return rows
