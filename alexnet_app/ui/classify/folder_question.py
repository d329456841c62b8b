"""A folder that was dropped may be pictures to classify or classes to train on: where it can be either, it is asked."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from alexnet_app.core.events import Event, Progress
from alexnet_app.ui.job import Job, Jobs
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import one_line
from alexnet_app.ui.parts.question_bar import QuestionBar
from alexnet_app.ui.progress import progress

CLASSIFY, TRAIN, CANCEL = "classify", "train", "cancel"
NAMED = 4  # classes in the question


@dataclass(frozen=True, slots=True)
class Glanced:
    """The class folders in ``folder``; none where it has no two."""

    folder: str
    classes: tuple[str, ...]


def glancing(folder: str) -> Iterator[Event | Glanced]:
    """Looks at the names in ``folder``. Yields Progress, so that it can be left."""
    from alexnet_app.core.data.sources.glance import glancing_at_classes

    yield Glanced(folder, (yield from glancing_at_classes(Path(folder))))


class FolderQuestion(QObject):
    """Asks in ``bar``; ``classify`` is called with paths that are to be classified, ``train_wanted`` tells a folder
    that is to be trained on.
    """

    train_wanted = Signal(str)

    def __init__(self, jobs: Jobs, classify: Callable[[Sequence[str]], None], parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._classify = jobs, classify
        self._job: Job | None = None
        self._folder = ""
        self._is_long = False  # the glance at a folder takes so long that it is to be told
        self.bar = QuestionBar()
        self.bar.answered.connect(self._answer)

    def take(self, paths: Sequence[str]) -> None:
        """Classifies ``paths``, unless they are one folder with class folders: then the person decides."""
        self._leave()
        if len(paths) != 1 or not Path(paths[0]).is_dir():
            self._classify(paths)
            return
        folder = paths[0]
        self._job = self._jobs.start(
            lambda _: glancing(folder), self._take, lambda _: self._classify([folder]), None, "glance"
        )

    def _leave(self) -> None:
        """Withdraws the question before, and stops looking into its folder."""
        if self._job is not None:
            self._job.abandon()
        self._job, self._is_long = None, False
        self.bar.hide()

    def _take(self, found: object) -> None:
        if not isinstance(found, Glanced):
            self._tell(found)
            return
        self._job = None
        self.bar.hide()
        if not found.classes:
            self._classify([found.folder])
            return
        self._folder = found.folder
        names = ", ".join(one_line(each) for each in found.classes[:NAMED])
        more = len(found.classes) - NAMED
        if more > 0:
            names = self.tr("{names} and {more:,} more").format(**shown(names=names, more=more))
        text = self.tr("The folder {name} has {count:,} class folders: {names}.")
        said = text.format(**shown(name=one_line(Path(found.folder).name), count=len(found.classes), names=names))
        answers = [
            (CLASSIFY, self.tr("Classify the pictures")),
            (TRAIN, self.tr("Train on these {count:,} classes").format(**shown(count=len(found.classes)))),
        ]
        self.bar.ask(said, answers)

    def _tell(self, event: object) -> None:
        """Shows the progress of the look into the folder, from its second report on: most end before."""
        if isinstance(event, Progress) and self._is_long:
            text = progress(event)
            self.bar.ask(f"{text[:1].upper()}{text[1:]}", [(CANCEL, self.tr("Cancel"))])
        self._is_long = True

    def _answer(self, key: str) -> None:
        if key == CANCEL:
            self._leave()
        elif key == TRAIN:
            self.train_wanted.emit(self._folder)
        else:
            self._classify([self._folder])
