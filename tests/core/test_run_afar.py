"""A run that another machine writes, followed over a share that goes away and comes back: it is only read."""

import errno
import os
import queue
import threading

import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, RunEnded, RunStarted, StepsDone
from alexnet_app.core.runs import afar
from alexnet_app.core.runs.afar import NewsAgain, NoNews, OutOfReach, follow_afar
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Leave, Stop

TEXT = 'network = "shapes-towers"\ndata = "shapes"\nepochs = 7\n'
STARTED = RunStarted("shapes-towers", "shapes", 1000, 64, 16, 16, 1, 7, "cpu", "float32", 1)
NOW = 1_000_000.0


class Share:
    """A run as another machine writes it, and a clock: each look at the run lets the next of ``acts`` happen."""

    def __init__(self, folder, monkeypatch):
        self.run, self.acts, self.passed = Run.create(folder, TEXT), [], 0.0
        monkeypatch.setattr(afar.time, "time", lambda: NOW + self.passed)

    def write(self, *events, end=b"\n"):
        with self.run.events_file.open("ab") as file:
            for event in events:
                file.write(to_line(event, NOW + self.passed).encode() + end)

    def get(self, timeout):
        """In the place of the queue: what happens instead of waiting."""
        if not self.acts:
            return Leave()
        asked = self.acts.pop(0)()
        if asked is None:
            raise queue.Empty
        return asked

    def later(self, seconds):
        self.passed += seconds

    def follow(self, *acts):
        self.acts = list(acts)
        return list(follow_afar(self.run, self, lambda: self.passed))


@pytest.fixture
def share(tmp_path, monkeypatch):
    made = Share(tmp_path / "run", monkeypatch)
    made.write(STARTED, StepsDone(0, (2.0, 1.5), 0.01, 100.0))
    return made


def steps(first, count=1):
    return StepsDone(first, (1.0,) * count, 0.01, 100.0)


def test_that_a_line_that_arrives_in_parts_is_one_event(share):
    line = to_line(steps(2, 3), NOW).encode() + b"\n"

    def some(part):
        with share.run.events_file.open("ab") as file:
            file.write(part)

    told = share.follow(
        lambda: some(line[:20]), lambda: some(line[20:]), lambda: share.write(RunEnded("stopped", 5, 0)), lambda: 1 / 0
    )
    assert told == [STARTED, StepsDone(0, (2.0, 1.5), 0.01, 100.0), steps(2, 3), RunEnded("stopped", 5, 0)]


def test_that_no_news_are_told_once_and_so_are_news_again(share):
    quiet = [lambda: share.later(100)] * 5
    told = share.follow(*quiet, lambda: share.write(steps(2)), *quiet)
    assert [type(each) for each in told[2:]] == [NoNews, NewsAgain, StepsDone, NoNews]
    assert (told[2].seconds, told[2].step) == (200.0, 2)
    assert told[-1].step == 3


def test_that_a_run_that_was_silent_before_it_was_opened_is_told_at_once(share):
    share.later(3_600)
    told = share.follow()
    assert told[2:] == [NoNews(3_600.0, 2)]


def test_that_a_share_that_vanishes_and_comes_back_is_told_and_nothing_is_lost(share, tmp_path):
    away = tmp_path / "away"
    told = share.follow(
        lambda: share.run.folder.rename(away),
        lambda: None,
        lambda: away.rename(share.run.folder) and None,
        lambda: share.write(steps(2)),
    )
    assert [type(each) for each in told[2:]] == [OutOfReach, NewsAgain, StepsDone]
    assert told[2].step == 2
    assert "events.jsonl" in told[2].why


@pytest.mark.parametrize("number", [errno.EIO, errno.ESTALE, errno.EACCES])
@pytest.mark.parametrize("where", ["open", "read"])
def test_that_an_error_of_the_share_is_told_and_it_goes_on(share, monkeypatch, number, where):
    real, broken = afar.open_regular, [False]

    class Torn:
        def __init__(self, file):
            self.file = file

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def __getattr__(self, name):
            raise OSError(number, os.strerror(number))

    def opened(path, **how):
        if broken[0] and where == "open":
            raise OSError(number, os.strerror(number))
        return Torn(real(path, **how)) if broken[0] else real(path, **how)

    monkeypatch.setattr("alexnet_app.core.runs.reading.open_regular", opened)
    told = share.follow(
        lambda: broken.__setitem__(0, True),
        lambda: None,
        lambda: broken.__setitem__(0, False),
        lambda: share.write(steps(2)),
    )
    assert [type(each) for each in told[2:]] == [OutOfReach, NewsAgain, StepsDone]
    assert os.strerror(number) in told[2].why


def test_that_old_files_of_a_share_are_told_and_what_comes_after_is_taken(share):
    whole = share.run.events_file.read_bytes()
    told = share.follow(
        lambda: os.truncate(share.run.events_file, 10),
        lambda: share.run.events_file.write_bytes(whole) and None,
        lambda: share.write(steps(2)),
    )
    assert [type(each) for each in told[2:]] == [OutOfReach, NewsAgain, StepsDone]


def test_that_nothing_is_written_and_nothing_is_asked(share):
    before = {path: path.read_bytes() for path in share.run.folder.rglob("*") if path.is_file()}
    os.chmod(share.run.folder, 0o555)  # noqa: PTH101
    try:
        share.follow(lambda: Stop(), lambda: None)
    finally:
        os.chmod(share.run.folder, 0o755)  # noqa: PTH101
    assert {path: path.read_bytes() for path in share.run.folder.rglob("*") if path.is_file()} == before


def test_that_a_run_that_has_ended_is_shown_and_not_waited_for(share):
    share.write(EpochDone(1, 2, 1.0, 0.5, 1.0, 0.5, 0.1, True, 10.0), RunEnded("finished", 2, 1))
    assert isinstance(share.follow(lambda: 1 / 0)[-1], RunEnded)


def test_that_what_cannot_be_read_at_the_beginning_is_a_sentence(share):
    share.run.events_file.unlink()
    share.run.events_file.mkdir()
    with pytest.raises(UserError, match="it is a folder"):
        share.follow()


def test_that_who_leaves_ends_it(share):
    asked: queue.SimpleQueue = queue.SimpleQueue()
    told: list = []
    thread = threading.Thread(target=lambda: told.extend(follow_afar(share.run, asked)))
    thread.start()
    asked.put(Leave())
    thread.join(60)
    assert not thread.is_alive()
    assert len(told) == 2
