"""When a top-5 error is meaningful."""

LEAST_CLASSES = 20  # of so many the true one is among five at random in a quarter of all cases


def has_top5(classes: int) -> bool:
    """Whether the top-5 error among ``classes`` classes is worth telling: among ten, five at random are right half of
    the time.
    """
    return classes >= LEAST_CLASSES
