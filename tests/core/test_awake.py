"""The machine stays awake while it trains, and training waits for nobody who is asked for that."""

import logging
import threading
from contextlib import contextmanager

import pytest

from alexnet_app.core import awake
from alexnet_app.core.awake import kept_awake
from alexnet_app.core.events import Continued, Paused, StepsDone

PATIENCE = 60.0


class Fake:
    """A system that notes when it is asked and when it is let go; it may refuse, break, or never answer."""

    def __init__(self, *, agrees=True, breaks=False, hangs=False):
        self.agrees, self.breaks, self.hangs = agrees, breaks, hangs
        self.asked, self.free = threading.Event(), threading.Event()
        self.freed = 0

    @contextmanager
    def inhibited(self):
        self.asked.set()
        if self.hangs:
            self.free.wait()
        if self.breaks:
            raise OSError("no bus")
        yield self.agrees
        self.freed += 1


@pytest.fixture
def system(monkeypatch):
    def use(**what):
        fake = Fake(**what)
        monkeypatch.setattr(awake, "inhibited", fake.inhibited)
        return fake

    return use


def steps(count=3):
    return [StepsDone(step, (1.0,), 0.01, 1.0) for step in range(count)]


def test_that_the_machine_is_kept_awake_until_the_last_event(system):
    fake = system()
    seen = kept_awake(iter(steps()))
    assert next(seen) == steps()[0]
    assert fake.asked.wait(PATIENCE)
    assert fake.freed == 0
    assert list(seen) == steps()[1:]
    assert fake.freed == 1


def test_that_a_run_that_is_abandoned_lets_it_go_and_is_closed(system):
    fake, closed = system(), []

    def work():
        try:
            yield from steps()
        finally:
            closed.append(True)

    seen = kept_awake(work())
    next(seen)
    assert fake.asked.wait(PATIENCE)
    seen.close()
    assert (fake.freed, closed) == (1, [True])


def test_that_a_paused_run_lets_the_machine_sleep_until_it_continues(system):
    fake = system()
    seen = kept_awake(iter([*steps(1), Paused(1), Continued(1), *steps(1)]))
    next(seen)
    assert fake.asked.wait(PATIENCE)
    assert next(seen) == Paused(1)
    assert fake.freed == 1
    fake.asked.clear()
    assert next(seen) == Continued(1)
    assert fake.asked.wait(PATIENCE)
    assert list(seen) == steps(1)
    assert fake.freed == 2


@pytest.mark.parametrize(
    ("what", "said"), [({"agrees": False}, "no way to prevent it"), ({"breaks": True}, "OSError: no bus")]
)
def test_that_a_system_that_cannot_is_a_line_in_the_log(system, caplog, what, said):
    system(**what)
    seen = kept_awake(iter(steps()))
    with caplog.at_level(logging.INFO, logger="alexnet_app"):
        next(seen)
        for thread in threading.enumerate():
            if thread.name == "awake":
                thread.join(PATIENCE)
        assert list(seen) == steps()[1:]
    assert [record.getMessage() for record in caplog.records] == [
        f"this machine may fall asleep during the run: {'the system has ' if 'way' in said else ''}{said}"
    ]


def test_that_a_system_that_does_not_answer_stops_no_training(system, monkeypatch):
    monkeypatch.setattr(awake, "RELEASE_SECONDS", 0.0)
    fake = system(hangs=True)
    try:
        assert list(kept_awake(iter(steps()))) == steps()
        assert fake.asked.wait(PATIENCE)
    finally:
        fake.free.set()
    for thread in threading.enumerate():
        if thread.name == "awake":
            thread.join(PATIENCE)
    assert fake.freed == 1  # it answered late: nothing is held


def test_that_the_real_one_never_raises():
    with awake.inhibited() as agreed:
        assert agreed in (True, False)


def test_that_every_training_goes_through_it(system, tmp_path, monkeypatch):
    from alexnet_app.commands import running
    from alexnet_app.core.runs.run import Run
    from alexnet_app.core.training import train
    from alexnet_app.core.training.config import TrainConfig

    fake = system()
    monkeypatch.setattr(train, "train", lambda *_, **__: iter(steps()))
    run = Run.create(tmp_path / "run", 'network = "shapes-towers"\n')
    running.train_to_end(TrainConfig(network="shapes-towers"), run)
    assert fake.asked.wait(PATIENCE)
