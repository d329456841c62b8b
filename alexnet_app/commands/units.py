"""The command ``units``: what single units of a layer answer to, what they want, and who uses them."""

import argparse
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.options import add_json, add_model
from alexnet_app.commands.outputs import add_force, guarded, new_folder
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.reading import chosen_model, opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.commands.running import shown
from alexnet_app.core.data.sources.named import whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file
from alexnet_app.core.outputs import PNG

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.events import Event
    from alexnet_app.core.inference.labelled import Labelled
    from alexnet_app.core.inference.unit_notes import Unit
    from alexnet_app.core.inference.unit_pages import PatchCut, UnitPage
    from alexnet_app.core.network.bundle import Bundle
    from alexnet_app.core.outputs import Guard

FIRST = 12  # units of each tower where none are named
MOST_STEPS = 10_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_model(parser)
    parser.add_argument("--layer", default="conv5", metavar="NAME", help="conv1 … fc8 (default: conv5)")
    parser.add_argument(
        "--unit",
        nargs="+",
        default=[],
        metavar="N",
        help=f"which units, from 1 within the layer, such as 7 or 1-24 (default: the first {FIRST} of each tower)",
    )
    what = 'find the strongest and weakest patches in these images: a folder, a CSV, an archive, "shapes" or "cifar10"'
    parser.add_argument("--data", metavar="DIR|CSV|ARCHIVE", help=what)
    parser.add_argument(
        "--split", choices=("train", "validation", "test"), default="", help="which of them (default: test, or all)"
    )
    parser.add_argument(
        "--steps", type=int, metavar="N", help="steps of the gradient ascent; 0 draws nothing (default: 128)"
    )
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="random seed of the ascent (default: 0)")
    out = "a PNG for all units, or a new folder with one for each"
    parser.add_argument("--out", required=True, metavar="FILE.png|FOLDER", help=out)
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``units``: draws a page for each unit, and tells its numbers."""
    from alexnet_app.core.inference.unit_pages import check_units, unit_pages
    from alexnet_app.core.insight.ascent import STEPS

    model = chosen_model(options.model)
    where = whole(options.data) if options.data else None
    steps = STEPS if options.steps is None else options.steps
    if not 0 <= steps <= MOST_STEPS:
        raise UserError("the ascent can have 0 to {most:,} steps, not {steps}", most=MOST_STEPS, steps=steps)
    guard = guarded(options, str(model), where)
    out = guard.output(options.out, PNG) if Path(options.out).suffix.lower() == ".png" else None
    bundle = opened(model)
    check_units(bundle, options.layer, ())
    units = _units(options.unit, bundle, options.layer)
    check_units(bundle, options.layer, units)
    folder = None if out else new_folder(options.out)
    with Bars() as bars:
        data = shown(_data(where, options.split, bundle, guard), bars) if where else None
        notes = _notes(bundle)
        work = unit_pages(bundle, options.layer, units, data, steps=steps, seed=options.seed, notes=notes)
        pages = shown(work, bars)
    guard.confirm()
    files = _write(pages, out, folder)
    if options.json:
        print_json({"layer": options.layer, "files": files, "units": [_plain(page) for page in pages]})
    else:
        print("\n".join(map(printable, [*_lines(pages), f"drawn: {out or folder}"])))
    return OK


def _units(given: Sequence[str], bundle: "Bundle", layer: str) -> list[int]:
    """The units, from 0, of words such as "7" and "1-24", each once."""
    if not given:
        return [unit for part in bundle.spec.tower_slices(layer) for unit in range(part.start, part.stop)[:FIRST]]
    most = {row.name: row.maps for row in bundle.spec.figures()}[layer]
    found: dict[int, None] = {}
    for word in given:
        first, dash, last = word.partition("-")
        ends = first, last if dash else first
        if not all(each.isdecimal() and 1 <= int(each) <= most for each in ends) or int(ends[0]) > int(ends[1]):
            raise UserError(
                "{word!r} are no units of {layer}",
                "give numbers from 1 to {most:,}, such as 7 or 1-24",
                word=word,
                layer=layer,
                most=most,
            )
        found |= dict.fromkeys(range(int(ends[0]) - 1, int(ends[1])))
    return list(found)


def _data(where: str, split: str, bundle: "Bundle", guard: "Guard") -> "Generator[Event, None, Labelled]":
    from alexnet_app.core.data.sources.addresses import opening_source
    from alexnet_app.core.inference.labelled import labelled

    source = yield from opening_source(where, measuring=True)
    guard.reads(source.paths())
    return (yield from labelled(source, split, bundle.spec.picture_size, alone=True))


def _notes(bundle: "Bundle") -> "dict[Unit, str]":
    """What was written about units of the model; nothing, and a remark, where that cannot be read."""
    from alexnet_app.core.inference.neighbours import digest
    from alexnet_app.core.inference.unit_notes import notes_of

    try:
        return notes_of(digest(bundle))
    except UserError as error:
        say(f"warning: {error}")
        return {}


def _write(pages: "Sequence[UnitPage]", out: Path | None, folder: Path | None) -> list[str]:
    """One picture of all, or one of each."""
    from alexnet_app.core.inference.unit_sheet import draw_units

    if out is not None:
        drawings = [(out, pages)]
    else:
        assert folder is not None
        drawings = [(folder / f"{page.layer}-unit-{page.unit + 1:04d}.png", [page]) for page in pages]
    for path, some in drawings:
        drawn = draw_units(some)
        replace_file(path, lambda temporary, drawn=drawn: drawn.save(temporary, format="PNG"))  # type: ignore[misc]
    return [str(path) for path, _ in drawings]


def _lines(pages: "Sequence[UnitPage]") -> list[str]:
    from alexnet_app.core.inference.unit_sheet import numbers, titled

    return [f"{titled(page)}: {'; '.join(numbers(page))}" for page in pages]


def _plain(page: "UnitPage") -> dict[str, Any]:
    found: dict[str, Any] = {"unit": page.unit + 1, "tower": page.tower or None, "label": page.label or None}
    found["note"] = page.note or None
    if page.wanted is not None:
        found["wanted_value"] = page.wanted.value
    if page.use is not None:
        users = [
            {"unit": each.unit + 1, "tower": each.tower or None, "strength": each.strength, "total": each.total}
            for each in page.use.users
        ]
        found["used_by"] = {"layer": page.use.layer, "units": users, "shares": page.use.shares}
    if page.habits is not None:
        habits = page.habits
        found |= {"images": habits.pictures, "fires": habits.fires, "fires_at": habits.fires_at, "dead": habits.is_dead}
        found["histogram"] = {"reach": habits.reach, "counts": habits.histogram.tolist()}
        found |= {end: [_cut(each) for each in getattr(habits, end)] for end in ("strongest", "weakest")}
    return found


def _cut(cut: "PatchCut") -> dict[str, Any]:
    patch = cut.patch
    seen = {side: getattr(patch.field, side) for side in ("top", "left", "bottom", "right")}
    where = {"row": patch.row, "column": patch.column, "field": seen}
    return {"image": patch.picture, "label": patch.label, "path": patch.path or None, "value": patch.value, **where}
