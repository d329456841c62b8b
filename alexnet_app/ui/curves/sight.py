"""How runs are looked at: over which axis, how smooth, and which curves of the runs that are compared."""

from dataclasses import dataclass, field
from enum import StrEnum

from alexnet_app.ui.curves.scale import AxisScale

RAW_RUNS = 4  # behind the one in front that have their raw values behind smoothed ones: of more it would be fog


class Which(StrEnum):
    """The curves that are drawn of compared runs."""

    USUAL = "usual"  # the loss of training, the error of validation
    TRAINING = "training"
    VALIDATION = "validation"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class Sight:
    """``half`` is the number of steps on either side that a mean is over, 0 for none; with ``raw`` the values as they
    are stand pale behind the means.
    """

    scale: AxisScale = field(default_factory=AxisScale)
    half: int = 0
    raw: bool = True
    which: Which = Which.USUAL

    @property
    def training_loss(self) -> bool:
        """Whether the training loss of compared runs is drawn."""
        return self.which != Which.VALIDATION

    @property
    def validation_loss(self) -> bool:
        """Whether their validation loss is drawn."""
        return self.which in (Which.VALIDATION, Which.BOTH)

    @property
    def training_error(self) -> bool:
        """Whether their training error is drawn."""
        return self.which in (Which.TRAINING, Which.BOTH)

    @property
    def validation_error(self) -> bool:
        """Whether their validation error is drawn."""
        return self.which != Which.TRAINING
