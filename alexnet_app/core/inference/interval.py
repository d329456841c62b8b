"""How far an error rate may be off: an interval that is honest where nothing, or everything, was wrong."""

import math

Z = 1.959964  # of 95 %


def wilson(wrong: int, count: int) -> tuple[float, float]:
    """The 95 % interval (Wilson, 1927) of an error rate, 0 to 1, of which ``wrong`` of ``count`` images were seen.

    Also of 0 of n and n of n, where the standard error is 0 and says nothing. ValueError where there are no images.
    """
    if not 0 <= wrong <= count or count < 1:
        raise ValueError((wrong, count))
    share, square = wrong / count, Z * Z / count
    middle = (share + square / 2) / (1 + square)
    half = Z / (1 + square) * math.sqrt(share * (1 - share) / count + square / (4 * count))
    low = 0.0 if wrong == 0 else max(0.0, middle - half)
    return low, 1.0 if wrong == count else min(1.0, middle + half)


def extreme(error: float, count: int) -> tuple[float, float] | None:
    """The interval of an ``error`` of 0 or 1 of ``count`` images; None for all others, whose standard error holds."""
    if count < 1 or error not in (0.0, 1.0):  # of a stranger it may be any number
        return None
    return wilson(round(error * count), count)
