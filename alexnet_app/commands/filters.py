"""The command ``filters``: the kernels of each tower as one picture, and what the towers have specialised in."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.options import MODEL, add_json, add_scale
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.reading import opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.outputs import PNG
from alexnet_app.core.runs.listing import model_path

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.insight.filters import Sheet
    from alexnet_app.core.insight.selectivity import Specialization
    from alexnet_app.core.network.bundle import Bundle


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--model", required=True, metavar=MODEL, help="a model, a run folder or bundled:NAME")
    parser.add_argument("--layer", default="conv1", metavar="NAME", help="conv1, conv2 … (default: conv1)")
    parser.add_argument("--out", required=True, metavar="FILE.png", help="the image file to write")
    add_force(parser)
    add_scale(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``filters``: draws a layer of a model; of the first one it says how many kernels have learned, and what."""
    from alexnet_app.core.insight.pictures import write_sheets
    from alexnet_app.core.insight.selectivity import specialization_of

    model = model_path(options.model)
    guard = guarded(options, str(model))
    out = guard.file(options.out, PNG)
    bundle = opened(model)
    guard.confirm()
    sheets = write_sheets(bundle, options.layer, out, scale=options.scale)
    found = specialization_of(bundle, options.layer)
    if options.json:
        print_json(
            {
                "out": str(out),
                "layer": options.layer,
                "scale": options.scale,
                "sheets": {sheet.title: len(sheet.kernels) for sheet in sheets},
                "specialization": specialization_values(found),
            }
        )
        return OK
    print("\n".join(_drawn(bundle, options.layer, sheets)))
    if found is not None:
        print("\n".join(specialization_lines(found)))
    return OK


def specialization_lines(found: "Specialization") -> list[str]:
    """What the towers have specialised in, for people: a line for each tower, and one for what that rests on."""
    lines = [
        f"Tower {each.name}: {each.learned} of {each.kernels} kernels have learned, {each.verdict}"
        for each in found.towers
    ]
    lines += [
        f"no comparison: tower {each.name} needs {each.needed} kernels that have learned" for each in found.lacking
    ]
    colour = _index([each.colour for each in found.towers], found.noise.colour, found.colour_p)
    orientation = _index([each.orientation for each in found.towers], found.noise.orientation, found.orientation_p)
    return [*lines, f"medians of A | B: colour {colour}; orientation {orientation}"]


def specialization_values(found: "Specialization | None") -> dict[str, Any] | None:
    """The same as JSON has it; None where there is nothing to say."""
    return None if found is None else asdict(found)


def _index(medians: Sequence[float | None], noise: float, p: float | None) -> str:
    said = " | ".join("–" if each is None else f"{each:.2f}" for each in medians)
    return f"{said}, noise {noise:.2f}" + ("" if p is None else f", p = {p:.2g}")


def _drawn(bundle: "Bundle", layer: str, sheets: "Sequence[Sheet]") -> list[str]:
    """How many kernels of each tower are on the picture."""
    kernels, maps = bundle.weights[f"{layer}.weight"].shape[:2]
    slices = 1 if maps == 3 else maps  # a kernel of the first layer is one picture in colour
    each = "one image each" if slices == 1 else f"a row of {slices} slices each"
    return [
        f"{sheet.title}: {len(sheet.kernels) // slices} of {kernels // len(sheets)} kernels of {layer}, {each}"
        for sheet in sheets
    ]
