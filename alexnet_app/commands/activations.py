"""The command ``activations``: what every layer makes of a picture, as sheets of maps, and its strongest units."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.options import add_json, add_model
from alexnet_app.commands.outputs import add_force, guarded, new_folder
from alexnet_app.commands.printing import printable
from alexnet_app.commands.reading import chosen_model, opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file
from alexnet_app.core.outputs import PAGE

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.inside import Look
    from alexnet_app.core.inference.lecture.values import Lecture
    from alexnet_app.core.insight.activations import StrongUnit
    from alexnet_app.core.insight.flow import Meeting
    from alexnet_app.core.insight.stepwise import Silence
    from alexnet_app.core.network.spec import NetworkSpec
    from alexnet_app.core.outputs import Guard

STRONGEST = 5  # units of each tower that are told
TOWERS = {"tower-a": 0, "tower-b": 1}
LRN = "lrn"


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("picture", metavar="PICTURE", help="a picture file")
    add_model(parser)
    parser.add_argument("--out", metavar="FOLDER", help="a new folder for the sheets (PNG)")
    what = "write the same as a lecture, one web page with pictures and text, with everything on"
    parser.add_argument("--lecture", metavar="FILE.html", help=what)
    parser.add_argument(
        "--silence",
        action="append",
        default=[],
        metavar="WHAT",
        help="switch off tower-a, tower-b, lrn or a unit such as conv3:17, and show what that changes; may be repeated",
    )
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``activations``: draws the maps of both towers after every step, tells the strongest units, writes a lecture."""
    from alexnet_app.core.data.decode import read_fitted
    from alexnet_app.core.inference.inside import Inside
    from alexnet_app.core.inference.lecture.made import lecture

    if not (options.out or options.lecture):
        raise UserError("nothing is to be written", "name a folder with --out, or a file with --lecture")
    model = chosen_model(options.model)
    guard = guarded(options, str(model), options.picture)
    page = guard.output(options.lecture, PAGE)
    bundle = opened(model)
    silent = _silence(options.silence, bundle.spec)
    picture = read_fitted(Path(options.picture), bundle.spec.picture_size)
    folder = new_folder(options.out) if options.out else None
    inside = Inside(bundle)
    look = inside.look(picture, silent)
    found = _plain(look, bundle.spec, inside.meetings(look)) | {"silenced": options.silence}
    if options.silence:
        found["unsilenced_predictions"] = _predictions(inside.look(picture))
    found["files"] = _write(look, bundle.spec, folder) if folder is not None else []
    if page is not None:
        found["lecture"] = _tell(lecture(bundle, inside, Path(options.picture), model), page, guard)
    if options.json:
        print_json(found)
        return OK
    print("\n".join(map(printable, _lines(found))))
    if folder is not None:
        print(printable(f"{len(found['files'])} sheets are in {folder}"))
    if page is not None:
        print(printable(f"the lecture is in {page}"))
    return OK


def _tell(told: "Lecture", page: Path, guard: "Guard") -> str:
    """Writes the lecture into the file ``page``, and gives its name."""
    from alexnet_app.core.inference.lecture.web_page import write_lecture

    guard.confirm()
    write_lecture(page, told)
    return str(page)


def _silence(given: Sequence[str], spec: "NetworkSpec") -> "Silence":
    """What is to be switched off; UserError for what the network does not have."""
    from alexnet_app.core.insight.stepwise import Silence

    tower, units, kept = None, [], True
    for what in given:
        if what in TOWERS and spec.towers > 1 and tower in (None, TOWERS[what]):
            tower = TOWERS[what]
        elif what == LRN:
            kept = False
        else:
            units.append(_unit(what, spec))
    return Silence(tower, tuple(units), kept)


def _unit(what: str, spec: "NetworkSpec") -> tuple[str, int]:
    """A layer and a unit of it, from 0, of words such as "conv3:17", which counts from 1."""
    layer, _, number = what.partition(":")
    counts = {row.name: row.maps for row in spec.figures()[:-1]}
    if layer in counts and number.isdecimal() and 1 <= int(number) <= counts[layer]:
        return layer, int(number) - 1
    raise UserError(
        "{what!r} is nothing that can be switched off in {network}",
        "choose one of its towers (tower-a or tower-b), lrn, or a unit of {layers}, such as {layer}:1",
        what=what,
        network=spec.name,
        layers=", ".join(f"{name} (1 to {count})" for name, count in counts.items()),
        layer=next(iter(counts)),
    )


def _write(look: "Look", spec: "NetworkSpec", folder: Path) -> list[str]:
    """A sheet for each step of each layer; every tower has its units in the order of what they answer."""
    from alexnet_app.core.insight.activations import answers, order
    from alexnet_app.core.insight.map_sheets import sheet

    files = []
    for shown in look.shown:
        path = folder / f"{shown.layer}-{shown.after}-{shown.step or 'values'}.png"
        drawn = sheet(shown, spec, order(answers(look.shown, shown.layer), spec))
        replace_file(path, lambda temporary, drawn=drawn: drawn.save(temporary, format="PNG"))  # type: ignore[misc]
        files.append(str(path))
    return files


def _plain(look: "Look", spec: "NetworkSpec", met: "Sequence[Meeting]") -> dict[str, Any]:
    from alexnet_app.core.insight.activations import answers, strongest

    layers = []
    for layer in spec.layers[:-1]:
        shown = answers(look.shown, layer.name)
        towers = strongest(shown, spec, STRONGEST)
        silent = float((shown.peaks <= 0).mean())
        layers.append(
            {
                "layer": layer.name,
                "silent_share": silent,
                "strongest": {units[0].tower or "all": [_strong(each) for each in units] for units in towers},
            }
        )
    return {"predictions": _predictions(look), "layers": layers, "meetings": [_meeting(each) for each in met]}


def _strong(unit: "StrongUnit") -> dict[str, Any]:
    seen = unit.field
    return {
        "unit": unit.unit + 1,
        "value": unit.value,
        "row": unit.row,
        "column": unit.column,
        "field": {"top": seen.top, "left": seen.left, "bottom": seen.bottom, "right": seen.right},
    }


def _meeting(met: "Meeting") -> dict[str, Any]:
    rows = zip(met.readers, met.flow_shares.tolist(), met.energy_shares.tolist(), strict=True)
    return {
        "layer": met.layer,
        "readers": [
            {
                "reader": name or "classes",
                "flow_from": dict(zip("AB", flow, strict=True)),
                "weights_on": dict(zip("AB", energy, strict=True)),
            }
            for name, flow, energy in rows
        ],
    }


def _predictions(look: "Look") -> list[dict[str, Any]]:
    return [{"label": each.label, "probability": each.probability} for each in look.predictions]


def _lines(found: dict[str, Any]) -> Iterator[str]:
    if found["silenced"]:
        yield f"answers: {_answers(found['unsilenced_predictions'])}"
        yield f"without {', '.join(found['silenced'])}: {_answers(found['predictions'])}"
    else:
        yield f"answers: {_answers(found['predictions'])}"
    for layer in found["layers"]:
        for tower, units in layer["strongest"].items():
            where = "" if tower == "all" else f" tower {tower}"
            said = ", ".join(f"{unit['unit']} ({unit['value']:.3g})" for unit in units if unit["value"] > 0)
            yield f"{layer['layer']}{where}: " + (f"strongest units {said}" if said else "no unit fires")
    for met in found["meetings"]:
        for row in met["readers"]:
            who = "the classes read" if row["reader"] == "classes" else f"tower {row['reader']} reads"
            flow, weights = (
                " and ".join(f"{share:.0%} from tower {name}" for name, share in row[key].items())
                for key in ("flow_from", "weights_on")
            )
            yield f"{met['layer']}: {who} {flow}; by its weights alone {weights}"


def _answers(predictions: list[dict[str, Any]]) -> str:
    return ", ".join(f"{each['label']} {each['probability']:.1%}" for each in predictions)
