"""The command ``networks``: the variants, or the layers of one of them and in what it differs from the paper."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from alexnet_app.commands.options import add_json
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.differences import Difference, differences
from alexnet_app.core.network.layer_table import LayerRow, LayerTable, layer_table
from alexnet_app.core.network.reasons import ABOUT
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.core.network.variants import VARIANTS, variant

HEADER = ("layer", "output", "kernels", "sees", "then", "parameters", "outputs", "weights", "multiply-adds")
WORDS = 5  # columns of words; numbers follow, to the right


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="show its layers, and how it differs from the paper")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="ablation.KEY=VALUE",
        dest="settings",
        help="ablate a component, as in training",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``networks``: a line for each variant; with a name its layer table and its differences."""
    if options.name:
        return _one(options.name, options.settings, machine=options.json)
    if options.settings:
        raise UserError("--set changes one network", "name the network: networks NAME --set ablation.overlap=false")
    if options.json:
        figures = {name: layer_table(spec) for name, spec in VARIANTS.items()}
        print_json([{"name": name, "about": ABOUT[name], **_totals(table)} for name, table in figures.items()])
    else:
        for name in VARIANTS:
            print(f"{name:20} {ABOUT[name]}")
    return OK


def _one(name: str, settings: Sequence[str], *, machine: bool) -> int:
    spec = _changed(name, settings)
    table, found = layer_table(spec), differences(spec)
    if machine:
        layers, told = [asdict(row) for row in table.rows], [asdict(each) for each in found]
        about = {"name": name, "about": ABOUT[name]}
        print_json({**about, "layers": layers, "totals": _totals(table), "differences": told})
        return OK
    print(f"{name}: {ABOUT[name]}\n")
    _print_table(table)
    print(f"\na training step on one image: {table.training_flops / 1e9:.3f} GFLOP\n")
    _print_differences(found)
    return OK


def _changed(name: str, settings: Sequence[str]) -> NetworkSpec:
    """The variant, with what a training would have switched off."""
    if not settings:
        return variant(name)
    from alexnet_app.core.training.config import TrainConfig, check_new
    from alexnet_app.core.training.config_text import with_settings

    other = next((text for text in settings if not text.strip().startswith("ablation.")), None)
    if other is not None:
        raise UserError(
            "networks accepts only the settings of the group ablation, not {other}",
            "for example --set ablation.overlap=false",
            other=other,
        )
    config = with_settings(TrainConfig(network=variant(name).name), settings)
    check_new(config)
    return config.spec()


def _totals(table: LayerTable) -> dict[str, Any]:
    return {name: value for name, value in asdict(table).items() if name != "rows"}


def _print_table(table: LayerTable) -> None:
    sums = (table.parameters, table.map_bytes, table.weight_bytes, table.multiply_adds)
    rows = [HEADER, *map(_cells, table.rows), ("together", "", "", "", "", *_figures(*sums))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (
            text.ljust(width) if place < WORDS else text.rjust(width)
            for place, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join(cells))


def _cells(row: LayerRow) -> tuple[str, ...]:
    figures = _figures(row.parameters, row.map_bytes, row.weight_bytes, row.multiply_adds)
    return (row.name, row.output, row.kernels, row.sees, row.then, *figures)


def _figures(parameters: int, map_bytes: int, weight_bytes: int, multiply_adds: int) -> tuple[str, str, str, str]:
    return f"{parameters:,}", f"{map_bytes / 1e3:,.1f} kB", f"{weight_bytes / 1e3:,.1f} kB", f"{multiply_adds:,}"


def _print_differences(found: tuple[Difference, ...]) -> None:
    print("different from the paper:")
    for each in found:
        print(f"\n{each.what}")
        for title, text in (("in the paper", each.paper), ("here", each.here), ("why", each.reason)):
            print(f"  {title:14}{text}")
