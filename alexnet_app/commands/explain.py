"""The command ``explain``: why a network answers as it does for one picture, and which tower says so."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.options import add_json, add_model
from alexnet_app.commands.outputs import add_force, guarded
from alexnet_app.commands.printing import printable
from alexnet_app.commands.reading import chosen_model, opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.outputs import PNG

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.events import Prediction
    from alexnet_app.core.inference.explanation import Explanation

METHODS = ("occlusion", "gradients", "grad-cam", "towers")


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("picture", metavar="PICTURE", help="a picture file")
    add_model(parser)
    parser.add_argument("--label", default="", metavar="NAME", help="the class to explain (default: the first answer)")
    parser.add_argument(
        "--method",
        choices=METHODS,
        default="occlusion",
        help="what --out draws: the fall of the score where a square is covered (occlusion, the default), integrated "
        "gradients, Grad-CAM on the last convolution, or Grad-CAM for each tower",
    )
    parser.add_argument("--out", metavar="FILE.png", help="also draw where in the picture the score comes from")
    add_force(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``explain``: the answers of both towers and of each alone, what each adds to the score of a class, and a map."""
    from alexnet_app.core.data.decode import read_fitted
    from alexnet_app.core.inference.explanation import Explainer, Method
    from alexnet_app.core.insight.heat import write_heat

    model = chosen_model(options.model)
    guard = guarded(options, str(model), options.picture)
    out = guard.output(options.out, PNG)
    bundle = opened(model)
    picture = read_fitted(Path(options.picture), bundle.spec.picture_size)
    explainer = Explainer(bundle)
    found = explainer.explain(picture, options.label)
    if out is not None:
        heats = explainer.heat(picture, found.label, Method(options.method))
        guard.confirm()
        write_heat(explainer.seen(picture), _titled(options.method, heats), out)
    if options.json:
        print_json(_plain(found))
        return OK
    print("\n".join(map(printable, _lines(found))))
    if out is not None:
        print(printable(f"{out} shows where the score of {found.label} comes from: orange for it, blue against it"))
    return OK


def _titled(method: str, heats: Any) -> list[tuple[str, Any]]:
    """The maps with their titles."""
    if len(heats) == 1:
        return [(method, heats[0])]
    return [(f"tower {name}", heat) for name, heat in zip("AB", heats, strict=True)]


def _plain(found: "Explanation") -> dict[str, Any]:
    return asdict(found)


def _lines(found: "Explanation") -> list[str]:
    lines = [f"both towers: {_answers(found.both)}" if found.tower_a else _answers(found.both)]
    if found.tower_a:
        lines += [f"tower A alone: {_answers(found.tower_a)}", f"tower B alone: {_answers(found.tower_b)}"]
    parts = found.contributions
    if parts is not None:
        lines.append(
            f"score of {found.label}: {parts.score:.2f} = {parts.tower_a:.2f} from tower A "
            f"{parts.tower_b:+.2f} from tower B {parts.bias:+.2f} bias"
        )
    return lines


def _answers(predictions: "Sequence[Prediction]") -> str:
    return ", ".join(f"{each.label} {each.probability:.1%}" for each in predictions)
