"""The command ``classify``: pictures in, answers out."""

import argparse
from pathlib import Path
from typing import Any

from alexnet_app.commands.options import MODEL, add_json
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars
from alexnet_app.commands.reading import opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress, Task
from alexnet_app.core.outputs import TABLE
from alexnet_app.core.runs.listing import bundled_models, model_path

COMPARED = 2  # answers at least: whether the first one stands out is seen beside the second


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="picture files, or folders to search")
    parser.add_argument(
        "--model", metavar=MODEL, help="a model, a run folder or bundled:NAME (default: a bundled model)"
    )
    parser.add_argument(
        "--top", type=int, default=5, choices=range(1, 6), metavar="N", help="classes shown for each picture, 1 to 5"
    )
    parser.add_argument("--ten-view", action="store_true", help="average ten views: slower, slightly more accurate")
    rounding = "fp32 (default): the same results on any processor; bf16: less precise, faster where supported"
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help=rounding)
    parser.add_argument("--csv", metavar="FILE.csv", help="also write the results as a CSV table")
    parser.add_argument("--bom", action="store_true", help="begin the table with a byte order mark, for spreadsheets")
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``classify``: pictures in, answers out."""
    from alexnet_app.core.data.sources.tree import files_below
    from alexnet_app.core.inference.answer_table import row_of, write_answers
    from alexnet_app.core.inference.classifier import Classifier

    model = _model(options.model)
    guard = guarded(options, str(model), *options.paths)
    table = guard.output(options.csv, TABLE)
    bundle = opened(model)
    classifier = Classifier(bundle, ten_view=options.ten_view, precision=options.precision)
    paths = [path for given in options.paths for path in files_below(given)]
    rows: list[dict[str, Any]] = []
    with Bars() as bars:
        for event in classifier.classify(paths, max(options.top, COMPARED)):
            bars.show(Progress(Task.CLASSIFY, len(rows) + 1, len(paths)))
            rows.append(row_of(event, options.top))
            if not options.json:
                bars.write(_line_of(rows[-1]))
    try:
        if table is not None:
            guard.confirm()
            write_answers(table, rows, model.stem, bundle.classes, bom=options.bom)
    finally:
        if options.json:
            print_json(rows)
    if not any("predictions" in row for row in rows):
        raise UserError(
            "none of the {count} files could be classified" if rows else "{given} contains no files",
            hint="name picture files, or a folder with pictures",
            count=len(rows),
            given=", ".join(options.paths),
        )
    return OK


def _model(given: str | None) -> Path:
    if given:
        return model_path(given)
    bundled = bundled_models()
    if not bundled:
        raise UserError(
            "this copy of the program contains no bundled models",
            hint="choose a model, such as last.alexnet of a run: --model FILE",
        )
    return bundled[0]


def _line_of(row: dict[str, Any]) -> str:
    """A row as people read it."""
    answers = row.get("predictions")
    if answers is None:
        return printable(f"{row['path']}: skipped, {row['error']}")
    named = ", ".join(f"{each['label']} {each['probability']:.1%}" for each in answers)
    return printable(f"{row['path']}: {'' if row['sure'] else 'not sure: '}{named}")
