"""Compiles every kernel for GPUs that are not here: of the oldest kind that is supported, and of newer ones."""

import sys
from itertools import product

import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource

from alexnet_app.core.data.feed import augment_triton
from alexnet_app.core.network.functions import lrn_triton, pool_triton, relu_triton, space_to_depth_triton

GENERATIONS = (75, 90)  # compute capabilities times ten
NORM = {"BEFORE": 2, "AFTER": 2, "ROOTS": True, "ROWS": 8, "COLUMNS": 128}
POOL = {"SIZE": 3, "STRIDE": 2, "ROWS": 8, "COLUMNS": 128}
RELU = {"ROWS": 4, "COLUMNS": 256}
CUT = {"STRIDE": 4, "MAPS": 3, "ELEMENTS": 2048}
FLOATS = {"scale", "beta", "k", "number", "divisor"}
SUMS = {"bias", "sums", "colour", "mean"}  # always fp32
BYTES = {"taken": "*u8", "pictures": "*u8", "mirrored": "*i1", "top": "*i64", "left": "*i64"}


def kind(name: str, maps: str, kernel: object) -> str:
    """The type of an argument."""
    if name in FLOATS and not (name == "scale" and kernel is augment_triton._varied):
        return "fp32"
    if name in SUMS or (kernel is augment_triton._varied and name in ("made", "scale")):
        return "*fp32"
    if name in BYTES:
        return BYTES[name]
    return maps if name in ("x", "y", "grad", "result", "made") else "i32"


def main() -> None:
    """Says how many were compiled."""
    kernels = []
    for maps, biased in product(("*fp32", "*fp16", "*bf16"), (False, True)):
        fixed = {**NORM, "BIASED": biased, "QUICK": maps != "*fp32"}
        kernels += [
            (lrn_triton._norm_forward, maps, fixed),
            (lrn_triton._norm_backward, maps, {**fixed, "TIMES": lrn_triton.TIMES}),
        ]
    for maps in ("*fp32", "*fp16", "*bf16"):
        kernels += [
            (pool_triton._pool_forward, maps, POOL),
            (pool_triton._pool_backward, maps, POOL),
            (relu_triton._relu_forward, maps, RELU),
            (relu_triton._relu_backward, maps, {**RELU, "TIMES": relu_triton.TIMES}),
            (space_to_depth_triton._cut, maps, CUT),
        ]
    kernels += [
        (augment_triton._varied, "*u8", {"SCALES": scales, "DIVIDED": divided, "ELEMENTS": augment_triton.ELEMENTS})
        for scales, divided in product((False, True), repeat=2)
    ]
    done = 0
    for generation, (kernel, maps, fixed) in product(GENERATIONS, kernels):
        if generation < 80 and maps == "*bf16":
            continue  # has no arithmetic of that kind
        signature = {name: "constexpr" if name in fixed else kind(name, maps, kernel) for name in kernel.arg_names}
        source = ASTSource(fn=kernel, signature=signature, constexprs=fixed)
        made = triton.compile(
            source, target=GPUTarget("cuda", generation, 32), options={"num_warps": 4, "enable_fp_fusion": False}
        )
        assert made.asm["cubin"], (kernel, generation)
        done += 1
    print(done, "compiled", file=sys.stdout)


if __name__ == "__main__":
    main()
