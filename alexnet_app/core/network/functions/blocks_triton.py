"""What the kernels in Triton share: blocks of places of channels-last maps, each with all its channels."""

import triton
import triton.language as tl
from torch import Tensor


@triton.jit
def places(block, count, channels, ROWS: tl.constexpr, COLUMNS: tl.constexpr):
    """Where the numbers of a block are, its places and columns, and which of both there are."""
    row = block * ROWS + tl.arange(0, ROWS)[:, None]
    column = tl.arange(0, COLUMNS)[None, :]
    return row.to(tl.int64) * channels + column, row, column, (row < count) & (column < channels)


def laid_out(maps: Tensor, elements: int) -> tuple[int, int, int, int]:
    """How many places (N, C, H, W) ``maps`` have, how many blocks they make, and rows and columns of a block."""
    count = maps.numel() // maps.shape[1]
    columns = triton.next_power_of_2(maps.shape[1])
    rows = max(1, elements // columns)
    return count, triton.cdiv(count, rows), rows, columns
