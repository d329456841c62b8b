"""Where the time of a benchmark goes: of operators that torch's profiler has seen, or of functions that are timed.

Both give seconds of parts, in the network's own terms; ``shares`` puts them into words.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any, TypeAlias
from unittest.mock import patch

from torch.autograd import DeviceType
from torch.profiler import ProfilerActivity, profile

REST = "the rest"
MOST_LINES, LEAST_SHARE = 8, 0.005
# which part of a training step an operator belongs to: the first line of which its own name, or that of one it was
# called by, has anything
STEP_PARTS = (
    ("LRN", r"_LocalResponseNorm"),
    ("update", r"Optimizer\.|_fused_sgd_"),
    ("layout changes", r"aten::(clone|contiguous|_to_copy)$"),
    ("convolutions backward", r"ConvolutionBackward"),
    ("convolutions forward", r"aten::conv"),
    ("dense layers backward", r"(Addmm|Linear|_Turned)Backward"),
    ("dense layers forward", r"aten::(linear|addmm)$|^_Turned$"),
    ("pools", r"max_?pool"),
    ("ReLU", r"aten::relu_?$|ReluBackward"),
    ("dropout", r"aten::(bernoulli_|mul|div_)$|MulBackward"),
    ("loss", r"softmax|nll_loss|cross_entropy|NllLoss|LogSoftmax"),
)
# the same of a GPU's kernels, which have the names of their libraries; ours are the first ones
KERNEL_PARTS = (
    ("LRN with bias and ReLU", r"_norm_(forward|backward)"),
    ("pools", r"_pool_(forward|backward)|max_pool"),
    ("bias and ReLU", r"_relu_(forward|backward)"),
    ("blocks of pixels", r"^_cut"),
    ("update", r"multi_tensor_apply|[Ss][Gg][Dd]"),
    ("convolutions backward", r"dgrad|wgrad"),
    ("convolutions forward", r"fprop|[Cc]onv"),
    ("dense layers", r"nvjet|gemm|cublas"),
    ("sums", r"reduce_kernel"),
    ("copies and casts", r"copy|[Cc]at|[Mm]emcpy|[Mm]emset|Fill"),
    ("dropout", r"distribution|bernoulli|philox"),
)


def shares(seconds: Mapping[str, float], whole: float, about: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """The parts as "name 61 %", the largest first, with what is said ``about`` it in brackets.

    The last one is the rest of the ``whole``: what no part has, and the smallest parts.
    """
    said = about or {}
    known = sorted(((part, name) for name, part in seconds.items() if name != REST), reverse=True)
    named = [(part, name) for part, name in known[: MOST_LINES - 1] if part >= LEAST_SHARE * whole]
    lines = [
        f"{name} {100 * part / whole:.0f} %" + (f" ({said[name]})" if name in said else "") for part, name in named
    ]
    return *lines, f"{REST} {100 * (1 - sum(part for part, _ in named) / whole):.0f} %"


def operators(work: Callable[[], object], part: Callable[[list[str]], str] | None = None) -> tuple[Counter[str], float]:
    """The seconds of each part of what ``work`` makes on a CPU, and of the whole.

    ``part`` names that of an operator, by its own name and those of the ones that it was called by; without it the
    parts are those of a training step.
    """
    kind = part or part_of
    with profile(activities=[ProfilerActivity.CPU]) as seen:
        begin = time.perf_counter()
        work()
        whole = time.perf_counter() - begin
    seconds: Counter[str] = Counter()
    for event in seen.events():
        seconds[kind(_names(event))] += event.self_cpu_time_total / 1e6
    return seconds, whole


def gpu_kernels(work: Callable[[], object]) -> tuple[Counter[str], float]:
    """The seconds of each part of the kernels that a GPU runs for ``work``, and of all of them."""
    with profile(activities=[ProfilerActivity.CPU, ProfilerActivity.CUDA]) as seen:
        work()
    seconds: Counter[str] = Counter()
    for event in seen.events():
        if event.device_type == DeviceType.CUDA and not event.name.startswith("Optimizer."):  # a span, no kernel
            seconds[kernel_part(event.name)] += event.self_device_time_total / 1e6
    return seconds, sum(seconds.values())


def kernel_part(name: str) -> str:
    """The part of a training step that a GPU's kernel belongs to, by what its library calls it."""
    return next((part for part, known in KERNEL_PARTS if re.search(known, name)), REST)


def part_of(names: list[str]) -> str:
    """The part of an operator: ``names`` are its own and those of the ones that it was called by."""
    return next((part for part, known in STEP_PARTS if any(re.search(known, name) for name in names)), REST)


def alone(names: list[str]) -> str:
    """An operator by its own name, and whether it is part of a gradient."""
    own = names[0].removeprefix("aten::")
    return f"{own} backward" if any("Backward" in name for name in names[1:]) else own


Stage: TypeAlias = str | Callable[..., str]  # its name, or what names it by the arguments of the function


class Stages:
    """Seconds of stages, which are functions that are ``timed``."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()

    def timed(self, stage: Stage, work: Callable[..., Any]) -> Callable[..., Any]:
        """``work``, whose time goes to ``stage``, or to the one that ``stage`` says of its arguments."""

        def measured(*given: Any, **named: Any) -> Any:
            begin = time.perf_counter()
            try:
                return work(*given, **named)
            finally:
                name = stage if isinstance(stage, str) else stage(*given, **named)
                self.seconds[name] += time.perf_counter() - begin

        return measured


@contextmanager
def watched(functions: Iterable[tuple[object, str, Stage]]) -> Iterator[Stages]:
    """Stages of functions, as long as it lasts: where each is, its name, the stage that it is."""
    stages = Stages()
    with ExitStack() as stack:
        for home, name, stage in functions:
            stack.enter_context(patch.object(home, name, stages.timed(stage, getattr(home, name))))
        yield stages


def stages_of(work: Callable[[], object], functions: Iterable[tuple[object, str, Stage]]) -> tuple[str, ...]:
    """What share of ``work``'s time each stage has."""
    with watched(functions) as stages:
        begin = time.perf_counter()
        work()
        return shares(stages.seconds, time.perf_counter() - begin)


def _names(event: Any) -> list[str]:
    names = []
    while event is not None:
        names.append(event.name)
        event = event.cpu_parent
    return names
