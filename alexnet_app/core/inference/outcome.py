"""The result of a training: numbers with their intervals, and one sentence that says them."""

from dataclasses import dataclass

from alexnet_app.core.errors import Sentence
from alexnet_app.core.inference.evaluation import Evaluation
from alexnet_app.core.inference.interval import wilson

FEW = 20  # images: of fewer the interval says nearly everything


@dataclass(frozen=True, slots=True)
class PhotosOutcome:
    """A model was ``right`` on so many of ``count`` images of ``split`` that it was not trained on. Always answering
    ``majority``, the class that most of them are of, would have been right on ``majority_right``. ``chosen_by`` says
    that these images chose the epoch whose model it is.
    """

    right: int
    count: int
    split: str
    majority: str
    majority_right: int
    chosen_by: bool = False

    @property
    def share(self) -> float:
        """Of right answers, 0 to 1."""
        return self.right / self.count

    @property
    def interval(self) -> tuple[float, float]:
        """Between which shares of right answers it lies on all such images, with 95 % (Wilson)."""
        return wilson(self.right, self.count)

    @property
    def guess(self) -> float:
        """The share of right answers of always answering ``majority``."""
        return self.majority_right / self.count

    @property
    def sentence(self) -> Sentence:
        """All of it, for a terminal and a window."""
        low, high = self.interval
        return Sentence(
            "Right on {right:,} of {count:,} images it had not seen ({share:.0f} %, between {low:.0f} and {high:.0f} "
            "%); always answering {majority} would be {guess:.0f} %.",
            right=self.right,
            count=self.count,
            share=100 * self.share,
            low=100 * low,
            high=100 * high,
            majority=self.majority,
            guess=100 * self.guess,
        )

    @property
    def notes(self) -> tuple[Sentence, ...]:
        """What has to be known beside it."""
        found = []
        if self.interval[0] <= self.guess:
            found.append(Sentence("It cannot be told from guessing: more images, or more epochs, may help."))
        if self.count < FEW:
            found.append(Sentence("{count:,} images are few to measure with: the interval is wide.", count=self.count))
        if self.chosen_by:
            found.append(
                Sentence(
                    "The best epoch was chosen by these images, so new ones may be answered a little worse; a folder "
                    "test beside the training images is used for nothing else."
                )
            )
        return tuple(found)


def outcome_of(evaluation: Evaluation, *, chosen_by: bool = False) -> PhotosOutcome:
    """The facts of ``evaluation``. No answer that is always the same is right more often than that of ``majority``."""
    counts = evaluation.class_pictures
    most = int(counts.argmax())
    right = evaluation.pictures - int(evaluation.class_errors.sum())
    majority = evaluation.classes[most]
    return PhotosOutcome(right, evaluation.pictures, evaluation.split, majority, int(counts[most]), chosen_by)


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome, and the evaluation that it is of: every mistake with its file, its answer and how sure that was."""

    outcome: PhotosOutcome
    evaluation: Evaluation
