"""Kernels written in Triton, for GPUs: loaded where they can be built, used where they are right."""

import importlib
import logging
from collections.abc import Callable
from typing import Any

import torch

OLDEST = 7, 0  # the compute capability that Triton needs
log = logging.getLogger(__name__)


def usable(device: torch.device, module: str, agrees: Callable[[Any], bool], work: str) -> Any:
    """The ``module`` with kernels for ``work`` on ``device``, if it ``agrees`` there with what is computed without.

    None on a CPU; None, and the log says why, where they cannot be had: Triton comes with torch on Linux, and builds
    with the system's compiler for the GPU that is there, so much can be missing.
    """
    if device.type != "cuda":
        return None
    try:
        if torch.cuda.get_device_capability(device) < OLDEST:
            log.warning("%s is computed without Triton, which does not run on a GPU of this age", work)
            return None
        kernels = importlib.import_module(module)
        right = agrees(kernels)
    except Exception as error:  # the border: compilers and drivers of others fail in whatever way they do
        log.warning("%s is computed without Triton: %s", work, error)
        return None
    if not right:
        log.warning("%s is computed without Triton, whose results here are wrong", work)
    return kernels if right else None
