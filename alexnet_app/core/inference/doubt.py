"""When an answer counts as not sure: no class stands out, or all are improbable."""

from collections.abc import Sequence

from alexnet_app.core.events import Prediction

IMPROBABLE = 0.2  # below this the first class is a guess, however far behind the others are
LIKELY = 0.5  # from here on the first class has more than all others together
TIE = 1.25  # a lead that is too small at any probability: of two classes one always has at least 0.5


def unsure(predictions: Sequence[Prediction]) -> bool:
    """Whether no class stands out. ``predictions`` descend, as ``Answered`` has them; none at all is no answer.

    The first class must have at least 0.2, at least 1.25 times what the second has, and below 0.5 at least twice that.
    A network knows nothing but its classes: it can be sure of a picture that shows none of them.
    """
    if not predictions:
        return True
    first = predictions[0].probability
    second = predictions[1].probability if len(predictions) > 1 else 0.0
    lead = 2.0 if first < LIKELY else TIE
    return first < IMPROBABLE or first < lead * second
