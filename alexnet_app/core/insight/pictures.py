"""Sheets of kernels and curves of a run as picture files."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from alexnet_app.core.events import EpochDone, Event, RateChanged, StepsDone
from alexnet_app.core.files import replace_file
from alexnet_app.core.insight.filters import Order, Sheet, WeightScale, draw, sheets
from alexnet_app.core.network.bundle import Bundle

MARGIN = 16
TITLE = 28
SHEET_PIXELS = 480  # about how wide one tower's sheet becomes


def write_sheets(
    bundle: Bundle, layer: str, path: Path, order: Order = "learned", scale: WeightScale = "own"
) -> tuple[Sheet, ...]:
    """Draws the kernels of ``layer`` in ``order``, tower A beside tower B with their titles, into the PNG ``path``.

    ``scale`` is what their brightness is measured by, as in ``sheets``.
    """
    found = sheets(bundle, layer, order, scale)
    write_drawn(found, path)
    return found


def write_drawn(found: Sequence[Sheet], path: Path) -> None:
    """Draws the sheets, tower A beside tower B with their titles, into the PNG ``path``."""
    picture = beside(found)
    replace_file(path, lambda temporary: picture.save(temporary, format="PNG"))


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
