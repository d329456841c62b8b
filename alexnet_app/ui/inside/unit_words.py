"""What the page of a unit says: of what it wants, who uses it, its patches, and of a pass over images."""

from typing import TYPE_CHECKING

from alexnet_app.core.events import Progress, Task
from alexnet_app.core.network.spec import NetworkSpec
from alexnet_app.ui.inside.views.unit_dialog import Link
from alexnet_app.ui.inside.words import MINUS, said, tr, unit_title
from alexnet_app.ui.parts.plain import one_line

if TYPE_CHECKING:  # torch comes with these
    from alexnet_app.core.inference.unit_pages import Habits, PatchCut, UnitPage
    from alexnet_app.core.insight.users import Use, User


def title(spec: NetworkSpec, page: "UnitPage") -> str:
    """The name of a unit, with its tower, or with its class."""
    name = unit_title(spec, page.layer, page.unit)
    return said(tr("{name}: {label}"), name=name, label=one_line(page.label)) if page.label else name


def wanted(value: float) -> str:
    """What it answers to what it wants."""
    return said(tr("What it wants: {value}"), value=signed(value))


def signed(value: float) -> str:
    """A value of a unit, in short."""
    return said(tr("{value:.3g}"), value=value).replace("-", MINUS)


def users_title(use: "Use | None") -> str:
    """What stands before the units that use it; nobody reads the classes."""
    if use is None:
        return tr("Its value is the score of its class.")
    return said(tr("Used in {layer} most by"), layer=use.layer)


def shares(use: "Use") -> str:
    """How the weights on it are shared; empty where there are no towers."""
    towers = {tower: share for tower, share in use.shares.items() if tower}
    if len(towers) < 2:
        return ""
    text = tr("Of all weights on it, by their squares, {a:.0%} are in tower A, {b:.0%} in tower B.")
    return said(text, a=towers.get("A", 0.0), b=towers.get("B", 0.0))


def link(spec: NetworkSpec, layer: str, user: "User") -> Link:
    """A unit that uses it."""
    name = said(tr("{number:,} {tower}"), number=user.unit + 1, tower=user.tower).strip()
    text = (
        tr("{title}. Its weights have the norm {strength:.3g} and the sum {total}.")
        if user.total
        else tr("{title}. Its weights have the norm {strength:.3g}.")
    )
    words = said(text, title=unit_title(spec, layer, user.unit), strength=user.strength, total=signed(user.total))
    return Link(layer, user.unit, name, words)


def patch(cut: "PatchCut") -> str:
    """What is said of a patch: the class of its image, the value there, and whether it can be opened."""
    found = cut.patch
    text = said(tr("{label}: {value}"), label=one_line(found.label), value=signed(found.value))
    return said(tr("{patch}, click to open it in Inside"), patch=text) if found.path else text


def habits(found: "Habits", *, is_map: bool) -> str:
    """How often it fires, and which values it has; only a map has places."""
    if found.is_dead:
        first = said(tr("Dead: it is above 0 in none of {images:,} images."), images=found.pictures)
    else:
        with_places = tr("It fires in {share:.1%} of {images:,} images, at {places:.2%} of all places.")
        text = with_places if is_map else tr("It fires in {share:.1%} of {images:,} images.")
        first = said(text, share=found.fires, images=found.pictures, places=found.fires_at)
    low, high = found.weakest[0].patch.value, found.strongest[0].patch.value
    text = tr("Its values, before what follows the layer, go from {low} to {high}; the bars have a logarithmic scale.")
    return f"{first} {said(text, low=signed(low), high=signed(high))}"


def status(images: int, skipped: int) -> str:
    """Of how many images it is told."""
    text = said(tr("{images:,} images"), images=images)
    return said(tr("{images} · {skipped:,} skipped"), images=text, skipped=skipped) if skipped else text


def reading() -> str:
    """While nothing is known yet."""
    return tr("Reading the images")


def progress(event: Progress) -> str:
    """How far the pass over the images is."""
    if event.task != Task.MEASURE:
        return said(tr("Reading the images, {done:,}"), done=event.done) if event.done else reading()
    return said(tr("Looking at the images, {done:,} of {total:,}"), done=event.done, total=event.total)


def choose_images() -> str:
    """What to do for patches."""
    return tr("Choose images to see in which of them it is strongest and weakest, and how often it fires.")


def cancelled() -> str:
    """Nothing was kept of a pass that was cancelled."""
    return tr("The images were not looked at to the end. Choose them again to start anew.")
