"""What the page Weights says of a layer."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from alexnet_app.ui.filters.views.kernel_view import plain, signed
from alexnet_app.ui.parts.numbers import local, percent, shown

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.dead_units import DeadUnits
    from alexnet_app.core.insight.weights import LayerWeights


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("weights", text)


def facts(layer: "LayerWeights") -> list[tuple[str, str]]:
    """The numbers of a layer."""
    return [
        (tr("Weights"), local(f"{layer.weights.count:,}")),
        (tr("Mean"), signed(layer.weights.mean)),
        (tr("Standard deviation"), plain(layer.weights.spread)),
        (tr("Near zero"), percent(layer.near_zero, 1)),
        (tr("Biases"), local(f"{layer.biases.count:,}")),
        (tr("Mean of the biases"), signed(layer.biases.mean)),
        (tr("Their standard deviation"), plain(layer.biases.spread)),
    ]


def near_zero() -> str:
    """What that means."""
    return tr("Near zero is smaller than a tenth of the standard deviation; 8 % of normal weights are.")


def histogram(layer: "LayerWeights") -> str:
    """The histogram, for a screen reader."""
    text = tr("Histogram of {count:,} weights from −{reach:.3g} to {reach:.3g}, on a logarithmic scale")
    return text.format(**shown(count=layer.weights.count, reach=layer.reach))


def readers(layer: "LayerWeights") -> tuple[str, ...]:
    """The rows of the matrix."""
    names = {"A": tr("Tower A reads"), "B": tr("Tower B reads"), "": tr("The classes read")}
    return tuple(names[each] for each in layer.readers)


def sources() -> tuple[str, str]:
    """Its columns."""
    return tr("tower A"), tr("tower B")


def energy(layer: "LayerWeights") -> str:
    """The matrix in words."""
    if layer.energy is None:
        return ""
    text = tr("{reader}: {a} of tower A, {b} of tower B")
    rows = zip(readers(layer), layer.energy.tolist(), strict=True)
    return "\n".join(text.format(reader=name, a=percent(row[0], 1), b=percent(row[1], 1)) for name, row in rows)


def about_energy(layer: "LayerWeights", *, towers: bool) -> str:
    """What the matrix is, or why there is none."""
    if layer.energy is not None:
        return tr("Shares of the sum of squares of the weights; each would be 50 % if it made no difference.")
    if not towers:
        return tr("The network has one column.")
    return tr("Each tower reads itself alone here, or the image; the towers meet in other layers.")


def dead(known: "Mapping[str, DeadUnits]") -> list[tuple[str, str]]:
    """How many units of each layer are dead."""
    text = tr("{dead:,} of {units:,}")
    return [(name, text.format(**shown(dead=each.dead, units=each.units))) for name, each in known.items()]


def about_dead(known: "Mapping[str, DeadUnits]") -> str:
    """On what that rests, or how it becomes known."""
    lines = []
    counted = sorted({each.images for each in known.values() if each.images})
    if counted:
        numbers = local(" / ".join(f"{each:,}" for each in counted))
        lines.append(tr("They fire on none of the {count} images that were counted.").format(count=numbers))
    steps = [each.step for each in known.values() if not each.images]
    if steps:
        text = tr("They fire on none of some validation images of the run, at step {step:,}.")
        lines.append(text.format(**shown(step=max(steps))))
    if not known:
        lines.append(tr("Not known. The page of a unit in Inside counts them for its layer when images are chosen."))
    return "\n".join(lines)
