"""The device that computes: chosen, described, its precisions, its memory, its speed."""

import contextlib
import threading
import time
from collections.abc import Iterator

import torch
import torch.nn.functional as F

from alexnet_app.core.errors import UserError, Way, cause
from alexnet_app.core.machine import cores, free_memory
from alexnet_app.core.memory import keeping_freed, release

PRECISIONS = ("fp32", "tf32", "bf16")
# what torch stores later is what was last asked of it, and it knows no limits of a container
ALL_THREADS = min(torch.get_num_threads(), cores())


def choose_device(name: str) -> torch.device:
    """The device called ``name``: "auto" (a GPU where one answers, else the CPU), "cpu", "cuda" or "cuda:1".

    Raises UserError where there is no such device.
    """
    if name == "auto":
        return torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
    known = ("cpu", *(f"cuda:{index}" for index in range(torch.cuda.device_count())))
    wanted = "cuda:0" if name == "cuda" else name
    if wanted not in known:
        raise UserError(
            "there is no device {name!r} on this computer",
            hint="choose one of {known}",
            name=name,
            known=", ".join(known),
        )
    return torch.device(wanted)


def describe(device: torch.device) -> str:
    """What a person calls the device."""
    if device.type == "cuda":
        return f"{torch.cuda.get_device_name(device)} ({device})"
    threads = torch.get_num_threads()
    return f"CPU, {threads} threads" if threads > 1 else "CPU, 1 thread"


def choose_precision(name: str, device: torch.device) -> str:
    """For "auto" bf16 on a GPU that has it, else fp32. UserError for a precision that the device does not have."""
    bf16 = device.type == "cpu" or torch.cuda.is_bf16_supported()
    if name == "auto":
        return "bf16" if device.type == "cuda" and bf16 else "fp32"
    if (name == "tf32" and device.type == "cpu") or (name == "bf16" and not bf16):
        raise UserError("{device} cannot compute in {name}", hint="choose fp32", device=describe(device), name=name)
    return name


@contextlib.contextmanager
def computing(precision: str, threads: int = 0) -> Iterator[None]:
    """Sets what torch keeps to itself, the matrix precision and the number of threads (0: all), and sets it back.

    What is freed meanwhile is kept for the next step, and given back at the end.

    The number of threads holds for what the calling thread computes: a job beside it keeps its own.
    """
    # for good: the same numbers again when a run goes on, and it costs no time
    torch.backends.cudnn.deterministic = True
    before = torch.get_num_threads()
    torch.set_num_threads(threads or ALL_THREADS)
    try:
        with rounding(precision), keeping_freed():
            yield
    finally:
        torch.set_num_threads(before)
        give_back_memory()


@contextlib.contextmanager
def rounding(precision: str) -> Iterator[None]:
    """Lets GPUs round the factors of products to tf32 where that is the precision, else not, and sets that back.

    Left alone cuDNN does so. It holds for the whole process, but never for what a CPU computes: torch's own switch for
    all devices, ``set_float32_matmul_precision``, would let some of them round as well.
    """
    matmul, cudnn = torch.backends.cuda.matmul, torch.backends.cudnn
    before = matmul.allow_tf32, cudnn.allow_tf32
    matmul.allow_tf32 = cudnn.allow_tf32 = precision == "tf32"
    try:
        yield
    finally:
        matmul.allow_tf32, cudnn.allow_tf32 = before


def compute_on_one_thread(elsewhere: int | None = None) -> None:
    """Lets torch use one thread for what the calling thread computes, ``elsewhere`` (as many as before) in others.

    The number that OpenMP goes by belongs to a thread, but torch also keeps the last one that was set, for threads
    that begin: so another thread sets that back at once, or a training that starts now would run on one as well. One
    that runs already keeps its own number through all of this.
    """
    full = elsewhere or torch.get_num_threads()
    torch.set_num_threads(1)
    restore = threading.Thread(target=torch.set_num_threads, args=(full,))
    restore.start()
    restore.join()


def give_back_memory() -> None:
    """Lets the system have what was freed: glibc keeps it, and torch keeps what it had on a GPU."""
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()
    release()


def autocast(device: torch.device, precision: str) -> torch.autocast:
    """Lets convolutions and matrix products run in bf16 where that is the precision."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


def memory_bytes(device: torch.device) -> int:
    """Memory that could be had on the device now."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return free_memory()


def measure_speed(device: torch.device, precision: str) -> float:
    """Multiply-adds a second of a middling convolution, forward and backward, measured for about 0.3 s.

    Raises UserError where the device does not answer.
    """
    try:
        return _measured(device, precision)
    except RuntimeError as error:
        raise UserError(
            "{device} does not answer: {why}", hint=Way.CPU, device=str(device), why=cause(error)
        ) from error


def _measured(device: torch.device, precision: str) -> float:
    x = torch.zeros(32, 64, 27, 27, device=device).contiguous(memory_format=torch.channels_last).requires_grad_()
    weight = torch.zeros(128, 64, 5, 5, device=device).contiguous(memory_format=torch.channels_last).requires_grad_()
    times: list[float] = []
    while len(times) < 4 or (sum(times) < 0.3 and len(times) < 100):
        start = time.perf_counter()
        with autocast(device, precision):
            F.conv2d(x, weight, padding=2).sum().backward()
        if device.type == "cuda":
            torch.cuda.current_stream(device).synchronize()  # of the whole device it would break a recording
        times.append(time.perf_counter() - start)
    times.sort()
    return 3 * 32 * 128 * 64 * 25 * 27 * 27 / times[len(times) // 2]
