"""What long jobs say: small frozen values that cross threads, processes and files.

A job is a generator of events. What is asked of it goes the other way (``commands.py``); ``runs/lines.py`` writes both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    """What a job is doing, as ``Progress`` says it."""

    DRAW = "draw"
    LIST = "list"  # what lies in a folder; how much that is, is not known before
    CHECK = "check"
    COMPARE = "compare"  # files that may be copies
    PREPARE = "prepare"
    REPAIR = "repair"
    VERIFY = "verify"
    MEASURE = "measure"
    DOWNLOAD = "download"
    CLASSIFY = "classify"
    EVALUATE = "evaluate"
    INDEX = "index"
    FILE = "file"  # put files into folders
    PACK = "pack"  # into a ZIP
    UNPACK = "unpack"
    VALIDATION = "validation"  # of a training
    TEST = "test"
    WAIT = "wait"  # of a run, in seconds: for what it cannot go on without


class Ending(StrEnum):
    """How a run ended."""

    FINISHED = "finished"
    STOPPED = "stopped"
    DIVERGED = "diverged"


class RateReason(StrEnum):
    """Why a learning rate changed."""

    PLATEAU = "plateau"
    STEPS = "steps"  # a milestone
    ASKED = "asked"
    UNDONE = "undone"  # a change that was asked for was taken back
    SCHEDULE = "schedule"  # an older version's word for a plateau or a milestone


@dataclass(frozen=True, slots=True)
class Event:
    """Anything a job reports."""


@dataclass(frozen=True, slots=True)
class Progress(Event):
    """How far a job is: ``done`` of ``total`` (0 when unknown) ``unit``s of ``task``."""

    task: Task
    done: int
    total: int
    unit: str = "pictures"


@dataclass(frozen=True, slots=True)
class Skipped(Event):
    """A file, or a folder of a data set, that was left out, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class DataUnderstood(Event):
    """What the files of a data set were understood to be, in short: numbers of classes and images, ``names`` of classes
    with their images, what was ``skipped`` with the reasons, and ``warnings``, a line each. ``drawn`` says that the
    validation images were drawn from those to train on.
    """

    data: str
    classes: int
    names: str
    train_pictures: int
    validation_pictures: int
    test_pictures: int
    drawn: bool
    skipped: str
    warnings: str


@dataclass(frozen=True, slots=True)
class Damaged(Event):
    """``count`` pictures of ``split`` of a prepared set, from ``first`` on, are not as they were written."""

    split: str
    first: int
    count: int


@dataclass(frozen=True, slots=True)
class Prediction:
    """One answer of a network: a class and its probability, 0 to 1."""

    label: str
    probability: float


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """What the network says of the picture ``path``: the most probable classes, the likeliest first."""

    path: str
    predictions: tuple[Prediction, ...]


@dataclass(frozen=True, slots=True)
class Estimated(Event):
    """What a run is going to take, roughly: time in steps, memory of the device, room on the disk, of which
    ``prepared_bytes`` are for prepared pictures in the cache folder. ``advice`` is a sentence where that is more than
    most people have.
    """

    seconds: float
    memory_bytes: int
    disk_bytes: int
    advice: str = ""
    prepared_bytes: int = 0


@dataclass(frozen=True, slots=True)
class BegunWith(Event):
    """The weights that a run begins with are those of ``model``; the last layer is its own where the classes are the
    same (``last_kept``), else it starts anew. ``frozen`` names the layers that do not learn, ``new`` those that begin
    with random weights, with commas.
    """

    model: str
    last_layer: str
    last_kept: bool
    frozen: str = ""
    new: str = ""


@dataclass(frozen=True, slots=True)
class RunStarted(Event):
    """A run begins: what it will do and with what. ``parameters`` counts the numbers that are learned, ``exchanged``
    the bytes that a step sends between two towers on two devices; 0 where one device has the whole network.
    """

    network: str
    data: str
    parameters: int
    train_pictures: int
    validation_pictures: int
    test_pictures: int
    steps_per_epoch: int
    epochs: int
    device: str
    precision: str
    threads: int
    exchanged: int = 0


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """A run goes on at ``step`` (the number of steps done). ``position`` is the size in bytes that ``events.jsonl`` had
    when that checkpoint was written: readers drop what was written between it and this line. ``exact`` is False where
    threads, device, precision, torch or placement differ from before (``difference`` says which): then it is not bit
    for bit.
    ``network`` is what is otherwise in the run's own network, which it keeps, than in today's variant of that name.
    ``steps_per_epoch`` is 0 where there is no checkpoint to go on from: a ``RunStarted`` then follows. ``checked`` is
    False where an earlier version wrote the checkpoint, without a checksum.
    """

    step: int
    epoch: int
    position: int
    epochs: int
    steps_per_epoch: int = 0
    exact: bool = True
    difference: str = ""
    network: str = ""
    checked: bool = True


@dataclass(frozen=True, slots=True)
class StepsDone(Event):
    """Losses (nats, mean of the batch) of the steps ``first``, ``first + 1`` …, counted from 0; ``rate`` is the
    learning rate they were made with, ``images_per_second`` training pictures by time spent in steps
    since the last report. ValueError where there are none.
    """

    first: int
    losses: tuple[float, ...]
    rate: float
    images_per_second: float

    def __post_init__(self) -> None:
        if not self.losses:
            raise ValueError(self.losses)


@dataclass(frozen=True, slots=True)
class EpochDone(Event):
    """``epoch`` (from 1) is over after ``step`` steps in all. Losses in nats; errors are top-1 fractions (0 to 1),
    single view; ``train_loss`` and ``train_error`` are means over the epoch's training batches as they were seen,
    ``images_per_second`` of all its steps.
    """

    epoch: int
    step: int
    train_loss: float
    train_error: float
    validation_loss: float
    validation_error: float
    validation_top5_error: float
    best: bool
    images_per_second: float


@dataclass(frozen=True, slots=True)
class RateChanged(Event):
    """From ``step`` on the learning rate is ``rate``."""

    step: int
    rate: float
    reason: RateReason


@dataclass(frozen=True, slots=True)
class ValidationJoined(Event):
    """From ``step`` on, when ``epoch`` epochs are over, the ``images`` that validated are trained on too: validation
    errors after it are of images that the network has seen. A resume after that step says it again.
    """

    step: int
    epoch: int
    images: int


@dataclass(frozen=True, slots=True)
class StandsAtChance(Event):
    """The mean loss of a block of ``steps`` steps, the last whole one before ``step``, was no better than that of
    guessing: ``loss`` is that mean, ``chance`` is that of the classes' shares (ln of their number where all are equal),
    in nats; ``advice`` is a sentence for the person.
    """

    step: int
    steps: int
    loss: float
    chance: float
    advice: str


@dataclass(frozen=True, slots=True)
class NormalizationSeen(Event):
    """How much the response normalization after ``layer`` cuts its input, beyond the constant factor k^-β that it
    has for maps of zeros: ``median`` and ``most`` (its 99 % quantile), fractions 0 to 1 of the values of some
    validation images. Nearly 0 where it compares nothing. With ``is_gain`` only that factor is there.
    """

    step: int
    layer: str
    median: float
    most: float
    is_gain: bool = False


@dataclass(frozen=True, slots=True)
class Measured(Event):
    """Values of named series after ``step`` steps, such as {"silent/conv1": 0.02}: whatever is watched of a run beside
    its losses and errors. ``core/measures.py`` says what each name means.
    """

    step: int
    values: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CheckpointSaved(Event):
    """Everything needed to go on from ``step`` is on disk."""

    step: int
    epoch: int


@dataclass(frozen=True, slots=True)
class FiltersSeen(Event):
    """The conv1 kernels as they were after ``step`` steps lie in ``file``, relative to the run folder."""

    step: int
    file: str


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """The run waits after ``step`` steps."""

    step: int


@dataclass(frozen=True, slots=True)
class Continued(Event):
    """The run goes on after a pause."""

    step: int


@dataclass(frozen=True, slots=True)
class MemoryShort(Event):
    """Memory was full with ``at_once`` images per forward pass. The run goes on from its last checkpoint with ``half``
    as many, the same batches and, up to rounding and other dropout masks, the same numbers; with ``asked`` it waits
    until somebody agrees.
    """

    at_once: int
    half: int
    asked: bool = False


class Notice(StrEnum):
    """What a person should know of the folder of a run that goes on."""

    COMMANDS_IGNORED = "commands ignored"  # ``count`` lines of the file ``name`` are none; ``text`` begins the first
    FOLDER_LOST = "folder lost"  # it was moved, deleted or replaced: ``name`` was; the run goes on in ``folder``
    FILE_RESTORED = "file restored"  # the file ``name`` was removed from the folder and is there again
    SETTINGS_CHANGED = "settings changed"  # the file ``name`` is another one than when the run began or was resumed
    NO_BOARD = "no board"  # the files for TensorBoard cannot be written any more: ``text`` says why
    NO_LOCKS = "no locks"  # the file system has none: the file ``name`` says that the run is trained
    DATA_GONE = "data gone"  # the images in ``name`` cannot be read (``text`` says why): the run is saved and waits
    DATA_BACK = "data back"  # they can be read again after ``count`` seconds
    DISK_FULL = "disk full"  # nothing can be saved in the folder ``name``: the run goes on and tries again
    UNWRITABLE = "unwritable"  # the same for another reason, ``text``
    SAVED_AGAIN = "saved again"  # after ``count`` seconds all is saved in the folder ``name``
    WAITS_TO_SAVE = "waits to save"  # it cannot end before it is saved in ``name``, unless it is stopped (once more)


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """``notice`` is for the person; the run goes on, or waits until it can. Which of the other fields mean something,
    it says.
    """

    notice: Notice
    name: str = ""
    folder: str = ""
    count: int = 0
    text: str = ""


@dataclass(frozen=True, slots=True)
class Evaluated(Event):
    """The closing evaluation of the last weights on ``split``, which was not used before. Fractions; single view."""

    split: str
    pictures: int
    loss: float
    top1_error: float
    top5_error: float


@dataclass(frozen=True, slots=True)
class RunEnded(Event):
    """Nothing follows. ``advice`` is a sentence for the person. ``early`` is not 0 where the run finished before its
    last epoch because so many epochs had brought no better validation error.
    """

    reason: Ending
    step: int
    epoch: int
    advice: str = ""
    early: int = 0
