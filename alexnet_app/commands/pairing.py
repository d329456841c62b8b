"""Two models unit by unit, in a terminal: which units are found again, and how the towers map."""

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.outputs import guarded
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars
from alexnet_app.commands.reading import opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.commands.running import shown
from alexnet_app.core.errors import UserError
from alexnet_app.core.outputs import DRAWINGS, PNG, TABLE
from alexnet_app.core.runs.listing import model_path
from alexnet_app.core.tables import write_csv

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.insight.matching import Matching, TowerMap

MAPPINGS = {
    "kept": "the towers correspond, A to A and B to B",
    "swapped": "the towers correspond the other way round, A to B and B to A",
    "unclear": "no tower corresponds to one of the other model",
}


def add_against(parser: argparse.ArgumentParser) -> None:
    """The options with which two models are compared."""
    parser.add_argument(
        "--against",
        metavar="FILE|RUN|bundled:NAME",
        help="match the kernels of conv1 with those of this model one to one, and tell which are found again",
    )
    parser.add_argument(
        "--shift",
        type=int,
        metavar="N",
        help="with --against: how many pixels a kernel may lie elsewhere in its window (default: half the stride)",
    )


def compare_kernels(options: argparse.Namespace, named: str) -> int:
    """Matches the kernels of the model ``named`` with those of ``--against``, writes what is wanted, tells the rest."""
    from alexnet_app.core.insight.matching import check_alike, matching
    from alexnet_app.core.insight.matching_sheet import COLUMNS, caption_of_pairs, rows_of, write_pairs

    models = model_path(named), model_path(options.against)
    guard = guarded(options, *map(str, models))
    table = guard.output(options.csv, TABLE)
    out = None
    if options.out is not None:
        out = guard.output(options.out, DRAWINGS.get(Path(options.out).suffix.lower(), PNG))
    bundle, other = (opened(each) for each in models)
    check_alike(bundle.spec, other.spec)
    most = bundle.spec.convolutions[0].size // 2
    if options.shift is not None and not 0 <= options.shift <= most:
        raise UserError("a kernel can be shifted by 0 to {most} pixels, not {shift}", most=most, shift=options.shift)
    with Bars() as bars:
        found = shown(matching(bundle, other, shift=options.shift), bars)
    guard.confirm()
    if table is not None:
        write_csv(table, COLUMNS, rows_of(found))
    if out is not None:
        write_pairs(found, bundle, other, out, caption_of_pairs(found, bundle, other))
    if options.json:
        files = {"csv": str(table) if table else None, "out": str(out) if out else None}
        print_json({"models": list(map(str, models)), **files, **_plain(found)})
    else:
        print("\n".join(map(printable, [f"{named} against {options.against}:", *pair_lines(found)])))
    return OK


def pair_lines(found: "Matching") -> list[str]:
    """What came out, for people."""
    count = len(found.pairs)
    verdict = {
        "most": "most units are found again, up to renumbering",
        "some": "some units are found again",
        "chance": "no more units are found again than by chance",
    }[found.verdict]
    lines = [
        f"{verdict}: {found.real} of {count} have a partner better than 99 % of chance (by chance alone 1 % have)",
        f"median correlation of partners {found.median:.2f}, by chance {found.chance_median:.2f}; "
        f"1 % of chance is above {found.chance_rare:.2f} ({found.rounds} rounds, shifts up to {found.shift} pixels)",
    ]
    if found.units != found.others:
        lines.append(f"of {found.units} and {found.others} kernels {count} have a partner: one model has more")
    if found.began_alike:
        lines.append(
            f"{found.same_numbers} of {count} have the partner of the same number: both trainings must have begun with "
            "the same weights"
        )
    return lines + ([_towers(found.towers)] if found.towers is not None else [])


def _towers(found: "TowerMap") -> str:
    (aa, ab), (ba, bb) = found.counts
    counts = f"A→A {aa}, A→B {ab}, B→A {ba}, B→B {bb}"
    return f"{MAPPINGS[found.mapping]}: of the units found again {counts}; p = {found.p:.2g}"


def _plain(found: "Matching") -> dict[str, Any]:
    from alexnet_app.core.insight.matching_sheet import COLUMNS, rows_of

    plain = asdict(found)
    plain["pairs"] = [dict(zip(COLUMNS, row, strict=True)) for row in rows_of(found)]
    told = {"better_than_chance": found.real, "same_numbers": found.same_numbers, "verdict": found.verdict}
    return told | plain
