"""Sheets of kernels and curves of a run as picture files."""

import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from alexnet_app.core.events import EpochDone, Event, RateChanged, StepsDone
from alexnet_app.core.files import replace_file
from alexnet_app.core.insight.filters import Order, Sheet, WeightScale, draw, sheets
from alexnet_app.core.network.bundle import Bundle

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MARGIN = 16
TITLE = 28
ZOOM = 8  # of a pixel in a figure: viewers smooth what they enlarge
LINES = 4  # of a caption
SHEET_PIXELS = 480  # about how wide one tower's sheet becomes


def write_sheets(
    bundle: Bundle, layer: str, path: Path, order: Order = "learned", scale: WeightScale = "own"
) -> tuple[Sheet, ...]:
    """Draws the kernels of ``layer`` in ``order``, tower A beside tower B with their titles, into ``path`` as
    ``write_drawn`` does; the caption tells the model.

    ``scale`` is what their brightness is measured by, as in ``sheets``.
    """
    found = sheets(bundle, layer, order, scale)
    write_drawn(found, path, caption_of(bundle, layer))
    return found


def write_drawn(found: Sequence[Sheet], path: Path, caption: str) -> None:
    """Draws the sheets, tower A beside tower B with their titles, into ``path``: a PNG, or as its name ends an SVG or a
    PDF, with ``caption`` below.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind in ("svg", "pdf"):
        _write_figure(found, path, caption)
        return
    picture = beside(found)
    replace_file(path, lambda temporary: picture.save(temporary, format="PNG"))


def caption_of(bundle: Bundle, layer: str) -> str:
    """What a drawing of ``layer`` is of: the network, the layer, what it was trained on, and for how long."""
    said = bundle.summary
    data, epoch, step = said.get("data"), said.get("epoch"), said.get("step")
    parts = [bundle.spec.name, layer, data if isinstance(data, str) else ""]
    if isinstance(epoch, int) and isinstance(step, int):
        parts.append(f"after epoch {epoch}, {step:,} steps")
    return " · ".join(part for part in parts if part)


def _write_figure(found: Sequence[Sheet], path: Path, caption: str) -> None:
    """A figure for a paper or a slide; its words are text, as they are: none is read as a formula."""
    drawn = [draw(sheet, ZOOM) for sheet in found]

    def fill(figure: "Figure") -> None:
        for axes, sheet, each in zip(figure.subplots(1, len(drawn), squeeze=False)[0], found, drawn, strict=True):
            axes.imshow(each, interpolation="none")
            axes.set_title(sheet.title, loc="left", fontsize=10, parse_math=False)
            axes.axis("off")
        figure.supxlabel(in_lines(caption, 28 * len(drawn)), fontsize=8, parse_math=False)

    widest, highest = max(each.shape[1] for each in drawn), max(each.shape[0] for each in drawn)
    wide = 3.5 * len(drawn)
    save_figure(path, (wide, min(50.0, 0.9 + wide / len(drawn) * highest / widest)), fill)


def save_figure(path: Path, size: tuple[float, float], fill: Callable[["Figure"], None]) -> None:
    """Writes a figure of ``size`` in inches, which ``fill`` draws, into ``path``, as its name ends: PNG, SVG, PDF.
    Words stay words, and the same drawing is the same file.
    """
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    kind = path.suffix.lower().removeprefix(".")
    stamp: dict[str, None] = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {})
    with rc_context({"svg.fonttype": "none", "pdf.fonttype": 42, "svg.hashsalt": "alexnet"}):
        figure = Figure(figsize=size, layout="constrained")
        fill(figure)
        replace_file(path, lambda temporary: figure.savefig(temporary, format=kind, dpi=300, metadata=stamp))


def in_lines(text: str, width: int) -> str:
    """``text`` in lines of ``width`` letters, as many as a caption has room for."""
    return "\n".join(textwrap.wrap(text, width)[:LINES])


def beside(found: Sequence[Sheet]) -> Image.Image:
    """The sheets side by side on white, each under its title."""
    zoom = max(2, round(SHEET_PIXELS / (found[0].columns * (found[0].kernels.shape[1] + 1))))
    drawn = [Image.fromarray(draw(sheet, zoom)) for sheet in found]
    width = sum(each.width + MARGIN for each in drawn) + MARGIN
    page = Image.new("RGB", (width, drawn[0].height + TITLE + 2 * MARGIN), "white")
    pen, font, left = ImageDraw.Draw(page), ImageFont.load_default(18), MARGIN
    for sheet, each in zip(found, drawn, strict=True):
        pen.text((left, MARGIN // 2), sheet.title, fill="black", font=font)
        page.paste(each, (left, TITLE + MARGIN))
        left += each.width + MARGIN
    return page


def write_curves(events: Sequence[Event], path: Path) -> None:
    """Draws loss and error over the steps, training and validation, into the PNG ``path``."""
    from matplotlib.figure import Figure

    steps = [event for event in events if isinstance(event, StepsDone)]
    epochs = [event for event in events if isinstance(event, EpochDone)]
    figure = Figure(figsize=(9, 6), layout="constrained")
    loss, error = figure.subplots(2, 1, sharex=True)
    losses = np.array([value for event in steps for value in event.losses])
    loss.plot(np.arange(len(losses)), losses, color="0.75", linewidth=1, label="training, each step")
    ends = [event.step for event in epochs]
    loss.plot(ends, [event.train_loss for event in epochs], color="#0072B2", label="training, mean of the epoch")
    loss.plot(ends, [event.validation_loss for event in epochs], "--", color="#D55E00", label="validation")
    error.plot(ends, [100 * event.train_error for event in epochs], color="#0072B2", label="training")
    error.plot(ends, [100 * event.validation_error for event in epochs], "--", color="#D55E00", label="validation")
    for change in (event for event in events if isinstance(event, RateChanged)):
        for axes in (loss, error):
            axes.axvline(change.step, color="0.5", linewidth=1, linestyle=":")
    loss.set_ylabel("loss / nats")
    error.set(ylabel="top-1 error / %", xlabel="step", ylim=(0, None))
    for axes in (loss, error):
        axes.legend(frameon=False)
        axes.grid(color="0.92")
    replace_file(path, lambda temporary: figure.savefig(temporary, format="png", dpi=110))
