"""Two models on the same pictures, in a terminal: where they differ first."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.reading import opened
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress, Skipped, Task

if TYPE_CHECKING:  # torch comes with these
    from alexnet_app.core.events import Prediction
    from alexnet_app.core.inference.comparison import Compared, Pair


def compare_models(models: tuple[Path, Path], paths: Sequence[str], *, ten_view: bool, json: bool) -> int:
    """Prints both answers to each picture, first where they differ, and on how many they do."""
    from alexnet_app.core.inference.classifier import Classifier
    from alexnet_app.core.inference.comparison import by_difference, compare

    first, second = (Classifier(opened(model), ten_view=ten_view) for model in models)
    pairs: list[Pair] = []
    with Bars() as bars:
        for batch in compare(first, second, paths):
            pairs += batch
            bars.show(Progress(Task.CLASSIFY, len(pairs), len(paths)))
    found = by_difference(pairs)
    skipped = [each for each in pairs if isinstance(each, Skipped)]
    differ = sum(each.differs for each in found)
    if json:
        rows = [_plain(each) for each in found] + [{"path": each.path, "error": each.reason} for each in skipped]
        print_json({"models": list(map(str, models)), "pictures": len(found), "differ": differ, "rows": rows})
    else:
        for each in found:
            print(printable(_line(each)))
        for event in skipped:
            say(printable(f"{event.path}: skipped, {event.reason}"))
        say(f"the models differ on {differ:,} of {len(found):,} pictures")
    if not found:
        raise UserError("none of the {count} files could be classified", "name picture files", count=len(paths))
    return OK


def _line(pair: "Compared") -> str:
    sign = "differs" if pair.differs else "same"
    one, other = (f"{each[0].label} {each[0].probability:.1%}" for each in (pair.first, pair.second))
    return f"{pair.path}: {sign}, {one} / {other}"


def _plain(pair: "Compared") -> dict[str, object]:
    answers = {"first": _answers(pair.first), "second": _answers(pair.second)}
    return {"path": pair.path, "differs": pair.differs, "apart": pair.apart, **answers}


def _answers(predictions: "Sequence[Prediction]") -> list[dict[str, object]]:
    return [{"label": each.label, "probability": each.probability} for each in predictions]
