"""Pictures that somebody gave a link to: fetched only after a question, one after the other, until Cancel."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from alexnet_app.core.events import Progress
from alexnet_app.ui.classify.jobs import Written, shortened
from alexnet_app.ui.classify.paste import PastedPictures
from alexnet_app.ui.job import Asked, Job, Jobs
from alexnet_app.ui.parts.numbers import shown
from alexnet_app.ui.parts.plain import one_line, set_tip
from alexnet_app.ui.parts.question_bar import QuestionBar
from alexnet_app.ui.parts.wording import size

if TYPE_CHECKING:
    from alexnet_app.core.connection import Watch

FETCH, LEAVE = "fetch", "leave"
MOST = 20  # links that are taken at once
NAMED = 3  # hosts in the question


class Links(QObject):
    """Asks in ``bar``. ``fetched`` tells the file of each picture, ``failed`` brings a Failure, ``changed`` when it has
    begun or ended to ask or to fetch.
    """

    fetched = Signal(str)
    failed = Signal(object)
    changed = Signal()

    def __init__(self, jobs: Jobs, pictures: PastedPictures, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._pictures = jobs, pictures
        self._asked: list[str] = []  # what is asked about, now or after what is being fetched
        self._agreed: list[str] = []
        self._host = ""
        self._watch: Watch | None = None
        self._job: Job | None = None
        self.bar = QuestionBar()
        self.bar.answered.connect(self._answer)

    def is_active(self) -> bool:
        """Whether it asks or fetches."""
        return bool(self._asked) or self._job is not None

    def ask(self, links: Sequence[str]) -> None:
        """Asks whether to fetch ``links``, http and https, instead of what it asks about now."""
        self._asked = list(dict.fromkeys(links))[:MOST]
        if self._job is None:
            self._next()

    def cancel(self) -> None:
        """Asks and fetches no more."""
        self._asked, self._agreed = [], []
        self.bar.hide()
        if self._watch is not None:
            self._watch.cancel()
        if self._job is not None:
            self._job.abandon()
        self.changed.emit()

    def _answer(self, key: str) -> None:
        if key == LEAVE:
            self.cancel()
            return
        self._agreed, self._asked = self._asked, []
        self._next()

    def _next(self) -> None:
        """Fetches what was agreed to, then asks about what came since."""
        self.bar.hide()
        if self._agreed:
            self._fetch(self._agreed.pop(0))
        elif self._asked:
            self._ask()
        self.changed.emit()

    def _ask(self) -> None:
        from alexnet_app.core.data.from_web import host_of

        hosts = [one_line(host_of(each) or each) for each in self._asked]
        names = list(dict.fromkeys(hosts))
        said = ", ".join(names[:NAMED])
        if len(names) > NAMED:
            said = self.tr("{names} and {more:,} more").format(**shown(names=said, more=len(names) - NAMED))
        if len(hosts) == 1:
            text = self.tr("This is a link. Fetch the picture from {host}?").format(host=said)
        else:
            text = self.tr("These are links. Fetch {count:,} pictures from {hosts}?")
            text = text.format(**shown(count=len(hosts), hosts=said))
        self.bar.ask(text, [(FETCH, self.tr("Fetch")), (LEAVE, self.tr("Cancel"))])
        set_tip(self.bar, "\n".join(one_line(shortened(each)) for each in self._asked))

    def _fetch(self, link: str) -> None:
        from alexnet_app.core.connection import Watch
        from alexnet_app.core.data.from_web import SECONDS, host_of, picture_name

        self._watch, self._host = Watch(SECONDS), one_line(host_of(link) or link)
        path = self._pictures.next_path(picture_name(link))
        text = self.tr("Fetching the picture from {host}").format(host=self._host)
        self.bar.ask(text, [(LEAVE, self.tr("Cancel"))])
        work = partial(fetching, link, path, self._watch)
        self._job = self._jobs.start(work, self._take, self.failed.emit, self._ended, name="fetch")

    def _take(self, event: object) -> None:
        if isinstance(event, Progress):
            text = self.tr("Fetching the picture from {host}: {size}")
            self.bar.say(text.format(host=self._host, size=size(event.done)))
        elif isinstance(event, Written):
            self.fetched.emit(event.path)

    def _ended(self) -> None:
        self._job = self._watch = None
        self._next()


def fetching(link: str, path: Path, watch: "Watch", asked: Asked) -> Iterator[Progress | Written]:
    """Receives the picture at ``link`` as ``path``; ``watch`` ends it."""
    from alexnet_app.core.data.from_web import fetch

    yield from fetch(link, path, watch)
    yield Written(str(path))
