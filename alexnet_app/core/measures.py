"""Named series of a run: what is watched over its steps beside losses and errors.

A name is that of a family, or "family/member": "rate", "silent/conv1". Whoever measures something new yields a
``Measured`` with a name of its own; how a family is drawn is a row in the window's table
(``ui/curves/catalogue.py``), and one without a row is drawn under its own name.
"""

from collections.abc import Iterator

from alexnet_app.core.events import EpochDone, Event, Measured, NormalizationSeen, StepsDone

RATE = "rate"  # the learning rate
CUT = "lrn-cut"  # by layer: the median part of its input that normalization takes away, 0 to 1
SILENT = "silent"  # by layer: the share of its units that fire on none of some validation images, 0 to 1
CHANCE_LOSS = "chance/loss"  # ln(classes), the loss of guessing, in nats
CHANCE_ERROR = "chance/error"  # the validation error of always naming the class that is largest in training, 0 to 1
UPDATE = "update"  # by layer: ‖Δw‖ / ‖w‖ of its weights in one step
GRADIENT = "gradient"  # the norm of the gradient of all parameters that learn, before weight decay and momentum
GRADIENTS = "gradients"  # by layer: that of its weights and biases
WEIGHTS = "weights"  # "weights-conv1/p10": how a layer's weights are distributed, by ``QUANTILES``
QUANTILES = {"min": 0.0, "p1": 0.01, "p10": 0.1, "p50": 0.5, "p90": 0.9, "p99": 0.99, "max": 1.0}
SPEED = "speed"  # training images a second, in steps
TIME = "time"  # "data" (waiting for a batch), "forward", "backward", "update": shares of the time in steps, 0 to 1
CPU = "cpu"  # "process", "machine": processors' worth of work, 1 is one processor all the time
MEMORY = "memory"  # "process", "machine" (all programs), "limit" (what there is): bytes of main memory
DISK = "disk"  # bytes that are free where the run folder is
GPU_LOAD = "gpu-load"  # by GPU, "GPU 0": the share of the time in which it computes, 0 to 1
GPU_MEMORY = "gpu-memory"  # by GPU: bytes that are used, by all programs
GPU_MEMORY_LIMIT = "gpu-memory-limit"  # by GPU: bytes that it has
GPU_TEMPERATURE = "gpu-temperature"  # by GPU: °C
GPU_POWER = "gpu-power"  # by GPU: watts


def series_of(event: Event) -> Iterator[tuple[str, int, float]]:
    """The values of named series that ``event`` carries: name, number of steps done, value."""
    match event:
        case StepsDone(first, losses, rate):
            yield RATE, first, rate
            yield RATE, first + len(losses), rate
        case EpochDone():
            yield SPEED, event.step, event.images_per_second
        case NormalizationSeen(step, layer, median):
            yield f"{CUT}/{layer}", step, median
        case Measured(step, values):
            yield from ((name, step, value) for name, value in values.items())
