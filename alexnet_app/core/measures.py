"""Named series of a run: what is watched over its steps beside losses and errors.

A name is that of a family, or "family/member": "rate", "silent/conv1". Whoever measures something new yields a
``Measured`` with a name of its own; how a family is drawn is a row in the window's table
(``ui/curves/catalogue.py``), and one without a row is drawn under its own name.
"""

from collections.abc import Iterator

from alexnet_app.core.events import Event, Measured, NormalizationSeen, StepsDone

RATE = "rate"  # the learning rate
CUT = "lrn-cut"  # by layer: the median part of its input that normalization takes away, 0 to 1
SILENT = "silent"  # by layer: the share of its units that fire on none of some validation images, 0 to 1
CHANCE_LOSS = "chance/loss"  # ln(classes), the loss of guessing, in nats
CHANCE_ERROR = "chance/error"  # the validation error of always naming the class that is largest in training, 0 to 1


def series_of(event: Event) -> Iterator[tuple[str, int, float]]:
    """The values of named series that ``event`` carries: name, number of steps done, value."""
    match event:
        case StepsDone(first, losses, rate):
            yield RATE, first, rate
            yield RATE, first + len(losses), rate
        case NormalizationSeen(step, layer, median):
            yield f"{CUT}/{layer}", step, median
        case Measured(step, values):
            yield from ((name, step, value) for name, value in values.items())
