"""What the window of matched kernels says."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from alexnet_app.ui.parts.numbers import local, shown

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.insight.matching import Matching, Pair, TowerMap


def tr(text: str) -> str:
    """In the language of the window."""
    return QCoreApplication.translate("pairs", text)


def columns() -> tuple[str, ...]:
    """The heads of the table."""
    return tr("Unit"), tr("Partner"), tr("Correlation"), tr("99 % of chance"), tr("Found again"), tr("Learned")


def row(pair: "Pair") -> tuple[str, ...]:
    """A pair in the table."""
    learned = {
        (True, True): tr("both"),
        (True, False): tr("the unit only"),
        (False, True): tr("the partner only"),
        (False, False): tr("neither"),
    }[pair.learned, pair.partner_learned]
    return (
        unit(pair.unit, pair.tower),
        unit(pair.partner, pair.partner_tower),
        local(f"{pair.correlation:.2f}"),
        local(f"{pair.chance:.2f}"),
        tr("yes") if pair.is_real else tr("no"),
        learned,
    )


def unit(number: int, tower: str) -> str:
    """The unit ``number``, from 0, with its tower."""
    return local(f"{number + 1:,} {tower}").strip()


def caption(pair: "Pair") -> str:
    """What a pair is called."""
    text = tr("Unit {unit} and its partner {partner}, correlation {correlation:.2f}")
    return text.format(
        **shown(
            unit=unit(pair.unit, pair.tower),
            partner=unit(pair.partner, pair.partner_tower),
            correlation=pair.correlation,
        )
    )


def told(found: "Matching") -> str:
    """What came out, a line for each thing."""
    verdict = {
        "most": tr("Most units are found again, up to renumbering"),
        "some": tr("Some units are found again"),
        "chance": tr("No more units are found again than by chance"),
    }[found.verdict]
    how_many = tr("{real:,} of {count:,} have a partner better than 99 % of chance (by chance alone 1 % have)")
    medians = tr(
        "Median correlation of partners {median:.2f}, by chance {chance:.2f}; kernels may lie {shift} px apart"
    )
    lines = [
        f"{verdict}: {how_many.format(**shown(real=found.real, count=len(found.pairs)))}",
        medians.format(**shown(median=found.median, chance=found.chance_median, shift=found.shift)),
    ]
    if found.units != found.others:
        text = tr("Of {units:,} and {others:,} kernels {count:,} have a partner")
        lines.append(text.format(**shown(units=found.units, others=found.others, count=len(found.pairs))))
    if found.towers is not None:
        lines.append(_towers(found.towers))
    if found.began_alike:
        text = tr("{same:,} have the partner of the same number: both trainings must have begun with the same weights")
        lines.append(text.format(**shown(same=found.same_numbers)))
    return "\n".join(lines)


def _towers(found: "TowerMap") -> str:
    (aa, ab), (ba, bb) = found.counts
    text = {
        "kept": tr("The towers correspond, A to A and B to B"),
        "swapped": tr("The towers correspond the other way round, A to B and B to A"),
        "unclear": tr("No tower corresponds to one of the other model"),
    }[found.mapping]
    counts = tr("of the units found again A→A {aa}, A→B {ab}, B→A {ba}, B→B {bb}; p = {p:.2g}")
    return f"{text}: {counts.format(**shown(aa=aa, ab=ab, ba=ba, bb=bb, p=found.p))}"


def note(pairs: "tuple[Pair, ...]") -> str:
    """What stands beside the title of a tower."""
    real = sum(each.is_real for each in pairs)
    return tr("{real:,} of {count:,} found again").format(**shown(real=real, count=len(pairs)))


def names(path: str, other: str) -> str:
    """Which two models are compared."""
    return tr("{model} on the left, {other} on the right of each pair").format(model=_name(path), other=_name(other))


def _name(path: str) -> str:
    """As a caption names it: the best and the last model of a run by the folder too."""
    found = Path(path)
    return found.name if found.stem not in ("best", "last") else f"{found.parent.name}/{found.name}"
