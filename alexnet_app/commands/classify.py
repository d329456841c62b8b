"""The command ``classify``: pictures in, answers out."""

import argparse
from pathlib import Path
from typing import Any

from alexnet_app.commands.comparing import compare_models
from alexnet_app.commands.filing import sort_into, take_back
from alexnet_app.commands.options import add_json, add_model, count_up_to
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars
from alexnet_app.commands.reading import chosen_model, opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.commands.running import shown
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Event, Progress, Task
from alexnet_app.core.outputs import PAGE, PDF, PNG, TABLE

MOST = 5  # classes of a picture
COMPARED = 2  # answers at least: whether the first one stands out is seen beside the second


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="picture files, or folders to search")
    add_model(parser)
    parser.add_argument(
        "--top", type=count_up_to(MOST), default=5, metavar="N", help="classes shown for each picture, 1 to 5"
    )
    parser.add_argument("--ten-view", action="store_true", help="average ten views: slower, slightly more accurate")
    rounding = "fp32 (default): the same results on any processor; bf16: less precise, faster where supported"
    parser.add_argument("--precision", choices=("fp32", "bf16"), default="fp32", help=rounding)
    parser.add_argument("--compare", metavar="MODEL", help="another model: show where the two differ first")
    parser.add_argument("--csv", metavar="FILE.csv", help="also write the results as a CSV table")
    parser.add_argument("--html", metavar="FILE.html", help="also write a web page with the pictures in it")
    parser.add_argument("--sheet", metavar="FILE.pdf|FILE.png", help="also draw a contact sheet")
    parser.add_argument("--bom", action="store_true", help="begin the table with a byte order mark, for spreadsheets")
    filing = parser.add_argument_group("files put into folders by their answers")
    filing.add_argument("--sort-into", metavar="FOLDER", help="put the pictures into a folder for each class in FOLDER")
    how = filing.add_mutually_exclusive_group()
    how.add_argument("--copy", action="store_true", help="copy them (default)")
    how.add_argument("--move", action="store_true", help="move them")
    filing.add_argument(
        "--unsure", default="", metavar="NAME", help="the folder for pictures that are not sure (default: they stay)"
    )
    filing.add_argument(
        "--unsure-below", type=_share, default=0.0, metavar="P", help="not sure is also what has a probability below P"
    )
    filing.add_argument("--undo", metavar="JOURNAL", help="take all of it back, as the journal in FOLDER says")
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``classify``: pictures in, answers out; with ``--undo`` files that were put into folders come back."""
    if options.undo:
        return take_back(Path(options.undo), json=options.json)
    if not options.paths:
        raise UserError("no pictures are named", hint="name picture files, or a folder with pictures")
    return _compare(options) if options.compare else _classify(options)


def _classify(options: argparse.Namespace) -> int:
    from alexnet_app.core.data.sources.tree import finding_files
    from alexnet_app.core.inference.answer_page import write_page, write_sheet
    from alexnet_app.core.inference.answer_table import row_of, write_answers
    from alexnet_app.core.inference.classifier import Classifier
    from alexnet_app.core.inference.filing import check_target

    model = chosen_model(options.model)
    guard = guarded(options, str(model), *options.paths)
    table, page = guard.output(options.csv, TABLE), guard.output(options.html, PAGE)
    sheet = guard.output(options.sheet, PDF if str(options.sheet).lower().endswith(".pdf") else PNG)
    if options.sort_into:
        check_target(Path(options.sort_into))
    bundle = opened(model)
    classifier = Classifier(bundle, ten_view=options.ten_view, precision=options.precision)
    with Bars() as bars:
        paths = [path for given in options.paths for path in shown(finding_files(given), bars)]
    rows: list[dict[str, Any]] = []
    answers: list[Event] = []
    with Bars() as bars:
        for event in classifier.classify(paths, max(options.top, COMPARED)):
            bars.show(Progress(Task.CLASSIFY, len(rows) + 1, len(paths)))
            answers.append(event)
            rows.append(row_of(event, options.top))
            if not options.json:
                bars.write(_line_of(rows[-1]))
    try:
        if table is not None:
            guard.confirm(table)
            write_answers(table, rows, model.stem, bundle.classes, bom=options.bom)
        if page is not None:
            guard.confirm(page)
            write_page(page, rows, model.stem)
        if sheet is not None:
            guard.confirm(sheet)
            write_sheet(sheet, rows)
        if options.sort_into:
            target, least = Path(options.sort_into), options.unsure_below
            sort_into(answers, target, moves=options.move, not_sure=options.unsure, least=least)
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


def _compare(options: argparse.Namespace) -> int:
    """Both models on all pictures. UserError where something is wanted besides that is of one model."""
    from alexnet_app.core.data.sources.tree import finding_files

    of_one = ("csv", "html", "sheet", "sort_into")
    if any(getattr(options, name) for name in of_one):
        raise UserError(
            "--compare shows two models, and {options} take the answers of one",
            hint="leave one of them out",
            options=", ".join(f"--{name.replace('_', '-')}" for name in of_one),
        )
    with Bars() as bars:
        pictures = [path for given in options.paths for path in shown(finding_files(given), bars)]
    models = chosen_model(options.model), chosen_model(options.compare)
    return compare_models(models, pictures, ten_view=options.ten_view, json=options.json)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"must be between 0 and 1, not {text}")
    return share


def _line_of(row: dict[str, Any]) -> str:
    """A row as people read it."""
    answers = row.get("predictions")
    if answers is None:
        return printable(f"{row['path']}: skipped, {row['error']}")
    named = ", ".join(f"{each['label']} {each['probability']:.1%}" for each in answers)
    return printable(f"{row['path']}: {'' if row['sure'] else 'not sure: '}{named}")
