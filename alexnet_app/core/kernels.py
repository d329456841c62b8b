"""Kernels written in Triton, for GPUs: loaded where they can be built, used where they are right."""

import importlib
import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


def usable(module: str, agrees: Callable[[Any], bool], work: str) -> Any:
    """The ``module`` with kernels for ``work``, if it can be loaded here and ``agrees`` with what is computed without.

    None otherwise, and the log says why: Triton comes with torch on Linux, and builds with the system's compiler for
    the GPU that is there, so much can be missing.
    """
    try:
        kernels = importlib.import_module(module)
        right = agrees(kernels)
    except Exception as error:
        log.warning("%s is computed without Triton: %s", work, error)
        return None
    if not right:
        log.warning("%s is computed without Triton, whose results here are wrong", work)
    return kernels if right else None
