"""The weights of a model's layers in numbers, in a terminal: their spread, the towers they read, dead units."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.outputs import guarded
from alexnet_app.commands.printing import printable
from alexnet_app.commands.reading import opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.errors import UserError
from alexnet_app.core.outputs import TABLE
from alexnet_app.core.runs.listing import model_path
from alexnet_app.core.tables import write_csv

if TYPE_CHECKING:  # torch comes with it
    from collections.abc import Mapping, Sequence

    from alexnet_app.core.inference.dead_units import DeadUnits
    from alexnet_app.core.insight.weights import LayerWeights

COLUMNS = (
    "layer",
    "units",
    "weights",
    "mean",
    "standard_deviation",
    "least",
    "most",
    "near_zero",
    "biases",
    "bias_mean",
    "bias_standard_deviation",
    "a_reads_a",
    "a_reads_b",
    "b_reads_a",
    "b_reads_b",
    "dead",
    "dead_of_images",
)  # of the table of all layers; of the classes, which belong to no tower, a_reads_… are those of both


def add_weights(parser: argparse.ArgumentParser) -> None:
    """``--weights``."""
    parser.add_argument(
        "--weights",
        action="store_true",
        help="tell how the weights of each layer are spread, how much of them reads which tower, and which units are "
        "dead; with --layer and --csv the histogram of one layer is written",
    )


def tell_weights(options: argparse.Namespace, named: str) -> int:
    """Tells the weights of the model ``named``."""
    from alexnet_app.core.inference.dead_units import dead_units
    from alexnet_app.core.insight.weights import layer_weights

    if options.out is not None:
        raise UserError("weights are written as a table", "name a .csv with --csv, or leave out --weights")
    model = model_path(named)
    guard = guarded(options, str(model))
    table = guard.output(options.csv, TABLE)
    bundle = opened(model)
    known = [each.name for each in bundle.spec.layers]
    if options.layer is not None and options.layer not in known:
        raise UserError(
            "the network has no layer {layer!r}",
            "choose one of {known}",
            layer=options.layer,
            known=", ".join(known),
        )
    found = [each for each in layer_weights(bundle) if options.layer in (None, each.layer)]
    dead = dead_units(bundle, model)
    guard.confirm()
    if table is not None:
        if options.layer is None:
            write_csv(table, COLUMNS, [_row(each, dead.get(each.layer)) for each in found])
        else:
            write_csv(table, ("from", "to", "count"), _bins(found[0]))
    if options.json:
        layers = [_plain(each, dead.get(each.layer)) for each in found]
        print_json({"model": str(model), "csv": str(table) if table else None, "layers": layers})
    else:
        print("\n".join(map(printable, weight_lines(found, dead, known[-1]))))
    return OK


def weight_lines(found: "Sequence[LayerWeights]", dead: "Mapping[str, DeadUnits]", classes: str) -> list[str]:
    """What there is to say of each layer, for people; ``classes`` is the last layer, of which no unit is dead."""
    lines = []
    for each in found:
        lines += [_spread(each), *(f"  {line}" for line in (*_towers(each), *_dead(dead.get(each.layer))))]
    lines.append("near zero: smaller than a tenth of the standard deviation; 8.0% of normal weights are")
    unknown = ", ".join(each.layer for each in found if each.layer not in dead and each.layer != classes)
    if unknown:
        lines.append(f"dead units are not known of {unknown}: units --layer NAME --data IMAGES counts them")
    return lines


def _spread(layer: "LayerWeights") -> str:
    weights, biases = layer.weights, layer.biases
    return (
        f"{layer.layer}: {weights.count:,} weights, mean {weights.mean:+.3g}, standard deviation {weights.spread:.3g}, "
        f"{layer.near_zero:.1%} near zero; {biases.count:,} biases, mean {biases.mean:+.3g}, "
        f"standard deviation {biases.spread:.3g}"
    )


def _towers(layer: "LayerWeights") -> list[str]:
    if layer.energy is None:
        return []
    who = {"A": "tower A reads", "B": "tower B reads", "": "the classes read"}
    said = "; ".join(
        f"{who[reader]} {row[0]:.1%} from A, {row[1]:.1%} from B"
        for reader, row in zip(layer.readers, layer.energy.tolist(), strict=True)
    )
    return [f"energy of the weights where the towers meet: {said}; 50.0% each if it made no difference"]


def _dead(known: "DeadUnits | None") -> list[str]:
    if known is None:
        return []
    where = f"of {known.images:,} images" if known.images else f"of its run's validation images at step {known.step:,}"
    return [f"{known.dead:,} of {known.units:,} units are dead: they fire on none {where}"]


def _row(layer: "LayerWeights", dead: "DeadUnits | None") -> list[object]:
    weights, biases = layer.weights, layer.biases
    shares = layer.energy.flatten().tolist() if layer.energy is not None else []
    return [
        layer.layer,
        layer.units,
        *(weights.count, weights.mean, weights.spread, weights.least, weights.most, layer.near_zero),
        *(biases.count, biases.mean, biases.spread),
        *(shares + [""] * (4 - len(shares))),
        *((dead.dead, dead.images or "") if dead is not None else ("", "")),
    ]


def _bins(layer: "LayerWeights") -> list[tuple[float, float, int]]:
    """The histogram as rows: from where to where, how many."""
    wide = 2 * layer.reach / len(layer.histogram)
    return [
        (-layer.reach + place * wide, -layer.reach + (place + 1) * wide, count)
        for place, count in enumerate(layer.histogram)
    ]


def _plain(layer: "LayerWeights", dead: "DeadUnits | None") -> dict[str, Any]:
    plain = asdict(layer) | {"energy": layer.energy.tolist() if layer.energy is not None else None}
    plain["histogram"], plain["readers"] = list(layer.histogram), list(layer.readers)
    return plain | {"dead": asdict(dead) if dead is not None else None}
