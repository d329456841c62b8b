"""The command ``filters``: the kernels of each tower as one picture, and what the towers have specialised in."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.options import MODEL, add_json, add_scale
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.pairing import add_against, compare_kernels
from alexnet_app.commands.progress import Bars
from alexnet_app.commands.reading import opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.commands.running import shown
from alexnet_app.commands.weighing import add_weights, tell_weights
from alexnet_app.core.errors import UserError
from alexnet_app.core.outputs import DRAWINGS, GIF, PNG, VIDEO
from alexnet_app.core.runs.listing import BUNDLED, model_path
from alexnet_app.core.runs.run import Run

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.insight.filters import Sheet
    from alexnet_app.core.insight.learning import IndexPoint
    from alexnet_app.core.insight.selectivity import Specialization
    from alexnet_app.core.insight.strip import Strip
    from alexnet_app.core.network.bundle import Bundle

MOST_MEGABYTES = 1_000


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("named", nargs="?", metavar=MODEL, help="the model; with --film its training is shown")
    parser.add_argument("--model", metavar=MODEL, help="the same: a model, a run folder or bundled:NAME")
    parser.add_argument(
        "--layer", metavar="NAME", help="conv1, conv2 … (default: conv1; with --weights all layers, fc8 too)"
    )
    parser.add_argument(
        "--out",
        metavar="FILE.png|.svg|.pdf",
        help="the image file to write; an .svg or .pdf has a caption with the model and the epoch",
    )
    add_against(parser)
    add_weights(parser)
    parser.add_argument(
        "--csv", metavar="FILE.csv", help="with --against or --weights: write the pairs or the numbers as a table"
    )
    parser.add_argument(
        "--film",
        metavar="FILE.gif|FILE.mp4",
        help="write conv1 from the snapshots of its run as a film, and tell both indices of each tower over the "
        "epochs; an .mp4 needs ffmpeg",
    )
    parser.add_argument(
        "--megabytes", type=float, default=1.5, metavar="X", help="how large the film may be (default: 1.5)"
    )
    add_force(parser)
    add_scale(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``filters``: draws a layer of a model; of the first one it says how many kernels have learned, and what."""
    named = _named(options)
    if options.film is not None:
        return _film(options, named)
    if options.against is not None:
        return compare_kernels(options, named)
    if options.weights:
        return tell_weights(options, named)
    if options.csv is not None:
        raise UserError("a table is of two models or of weights", "add --against MODEL, or --weights")
    if options.out is None:
        raise UserError(
            "nothing is to be written", "name a picture with --out, a film with --film, or another model with --against"
        )
    return _sheet(options, named)


def _named(options: argparse.Namespace) -> str:
    """The model, which is named once."""
    if options.model is not None and options.named is not None:
        raise UserError(
            "the model is named twice, {first} and {second}",
            "leave out --model",
            first=options.named,
            second=options.model,
        )
    named: str | None = options.model or options.named
    if not named:
        raise UserError("no model is named", "name a run folder, a model or bundled:NAME, as --model or alone")
    return named


def _sheet(options: argparse.Namespace, named: str) -> int:
    from alexnet_app.core.insight.pictures import write_sheets
    from alexnet_app.core.insight.selectivity import specialization_of

    model = model_path(named)
    guard = guarded(options, str(model))
    out = guard.file(options.out, DRAWINGS.get(Path(options.out).suffix.lower(), PNG))
    bundle = opened(model)
    guard.confirm()
    layer = bundle.spec.convolutions[0].name if options.layer is None else options.layer
    sheets = write_sheets(bundle, layer, out, scale=options.scale)
    found = specialization_of(bundle, layer)
    if options.json:
        print_json(
            {
                "out": str(out),
                "layer": layer,
                "scale": options.scale,
                "sheets": {sheet.title: len(sheet.kernels) for sheet in sheets},
                "specialization": specialization_values(found),
            }
        )
        return OK
    print("\n".join(_drawn(bundle, layer, sheets)))
    if found is not None:
        print("\n".join(specialization_lines(found)))
    return OK


def _film(options: argparse.Namespace, named: str) -> int:
    """Writes the film of a run or of a model, and tells how its towers came to be."""
    from alexnet_app.core.insight.film import filming

    if options.out or options.against or options.csv or options.weights:
        raise UserError("a film is written alone", "write: filters MODEL --film FILE.gif")
    if not 0 < options.megabytes <= MOST_MEGABYTES:
        most, given = MOST_MEGABYTES, options.megabytes
        raise UserError("a film can have up to {most:,} megabytes, not {given:g}", most=most, given=given)
    is_model = named.startswith(BUNDLED) or Path(named).expanduser().is_file()
    read = model_path(named) if is_model else Run.existing(Path(named).expanduser())
    guard = guarded(options, *([str(read)] if isinstance(read, Path) else map(str, read.replaced_files)))
    out = guard.file(options.film, VIDEO if options.film.lower().endswith(".mp4") else GIF)
    with Bars() as bars:
        strip, series = _way_to(read, bars) if isinstance(read, Path) else _snapshots_of(read, bars)
        guard.confirm()
        film = shown(filming(strip, out, int(1e6 * options.megabytes)), bars)
    if options.json:
        print_json({"out": str(out), **asdict(film), "series": [asdict(each) for each in series]})
        return OK
    epochs = f"epochs {film.first_epoch:g} to {film.last_epoch:g}"
    print(f"{film.shown} of {film.snapshots} snapshots, {epochs}, {film.seconds:.0f} s, {film.size / 1e6:.2f} MB")
    print("\n".join(_learned(series)))
    return OK


def _snapshots_of(run: Run, bars: Bars) -> "tuple[Strip, tuple[IndexPoint, ...]]":
    """What a run has kept, and both indices at each snapshot."""
    from alexnet_app.core.insight.learning import index_series, snapshots_of
    from alexnet_app.core.insight.strip import strip_of

    snapshots = snapshots_of(run)
    series = shown(index_series(snapshots), bars)
    return shown(strip_of(snapshots), bars), series


def _way_to(model: Path, bars: Bars) -> "tuple[Strip, tuple[IndexPoint, ...]]":
    """The same of the way to a model, which is its last picture. UserError where there are no snapshots of it."""
    from alexnet_app.core.insight.film_source import film_of_model
    from alexnet_app.core.insight.strip import indices_of

    strip = shown(film_of_model(model, opened(model)), bars)
    if strip is None:
        raise UserError(
            "there are no snapshots of the training of {model}",
            "choose a run folder, a model in one, or bundled:photo-towers",
            model=model,
        )
    return strip, shown(indices_of(strip), bars)


def _learned(series: "Sequence[IndexPoint]") -> list[str]:
    """From when on each tower could be judged, and where it stands in the end."""
    lines = []
    for tower, name in enumerate(
        ("tower A", "tower B") if series and len(series[-1].learned) > 1 else ("all kernels",)
    ):
        judged = [each for each in series if each.colour[tower] is not None]
        if not judged:
            lines.append(f"{name}: too few kernels have learned to be judged")
            continue
        first, last = judged[0], judged[-1]
        changes = (
            f"{index} {begin[tower]:.2f} → {end[tower]:.2f}"
            for index, begin, end in (
                ("colour", first.colour, last.colour),
                ("orientation", first.orientation, last.orientation),
            )
        )
        lines.append(f"{name}, epoch {first.epoch:.1f} to {last.epoch:.1f}: {', '.join(changes)} (medians)")
    return lines


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
