"""How a prepared set stands; known without what reads one."""

from enum import StrEnum


class SetState(StrEnum):
    """How a prepared set stands."""

    READY = "ready"  # the source itself has images of that size: there is nothing to make
    NEW = "new"
    BEGUN = "begun"
    DAMAGED = "damaged"  # some images are to be made again in their places
    FINISHED = "finished"
    OLD = "old"  # another version made it; it can only be deleted
