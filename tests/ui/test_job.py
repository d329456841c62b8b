"""A generator on a thread of its own: what it yields arrives, in order, on the window's thread."""

import gc
import queue
import threading
import time
import weakref

import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.steering import Leave, Pause, Stop
from alexnet_app.ui.job import Job, Jobs, drive


class Seen:
    """What a job said, and on which thread."""

    def __init__(self):
        self.values = []
        self.failures = []
        self.ends = 0
        self.threads = set()

    def report(self, value):
        self.threads.add(threading.current_thread())
        self.values.append(value)

    def fail(self, failure):
        self.threads.add(threading.current_thread())
        self.failures.append(failure)

    def end(self):
        self.threads.add(threading.current_thread())
        self.ends += 1


@pytest.fixture
def seen():
    return Seen()


@pytest.fixture
def jobs(qapp, qtbot):
    jobs = Jobs()
    yield jobs
    jobs.abandon_all()
    qtbot.waitUntil(lambda: not jobs.running())


def start(jobs, seen, work):
    return jobs.start(work, seen.report, seen.fail, seen.end)


def test_that_all_values_arrive_in_order_on_the_windows_thread(jobs, seen, qtbot):
    worked = []

    def work(_):
        worked.append(threading.current_thread())
        yield from range(1_000)

    start(jobs, seen, work)
    qtbot.waitUntil(lambda: seen.ends == 1)
    assert seen.values == list(range(1_000))
    assert seen.threads == {threading.main_thread()}
    assert threading.main_thread() not in worked
    assert not seen.failures
    qtbot.waitUntil(lambda: not jobs.running())


def test_that_stop_ends_an_endless_job(jobs, seen, qtbot):
    def work(asked):
        while True:
            yield "tick"
            try:
                command = asked.get(timeout=0.01)
            except queue.Empty:
                continue
            if isinstance(command, Stop):
                yield "saved"
                return

    job = start(jobs, seen, work)
    qtbot.waitUntil(lambda: "tick" in seen.values)
    job.stop()
    qtbot.waitUntil(lambda: seen.ends == 1)
    assert seen.values[-1] == "saved"


def test_that_commands_arrive_in_order(jobs, seen, qtbot):
    job = start(jobs, seen, lambda asked: iter([asked.get(timeout=5), asked.get(timeout=5)]))
    job.ask(Pause())
    job.ask(Stop())
    qtbot.waitUntil(lambda: seen.ends == 1)
    assert seen.values == [Pause(), Stop()]


def test_that_an_abandoned_job_reports_no_more_and_frees_what_it_has(jobs, seen, qtbot):
    closed = threading.Event()

    def work(_):
        try:
            for number in range(1_000_000):
                yield number
                time.sleep(0.001)
        finally:
            closed.set()

    job = start(jobs, seen, work)
    qtbot.waitUntil(lambda: bool(seen.values))
    job.abandon()
    qtbot.waitUntil(lambda: seen.ends == 1)
    assert closed.is_set()
    assert len(seen.values) < 1_000_000


def test_that_someone_who_waits_for_commands_hears_that_nobody_looks_any_more(jobs, seen, qtbot):
    job = start(jobs, seen, lambda asked: iter([asked.get()]))
    job.abandon()
    qtbot.waitUntil(lambda: seen.ends == 1)
    assert seen.values in ([], [Leave()])  # what comes after the call is not passed on


def test_that_an_error_arrives_with_its_trace_and_the_end_comes_last(jobs, seen, qtbot):
    def work(_):
        yield 1
        raise UserError("the rate must be at most {most}", most=10)

    start(jobs, seen, work)
    qtbot.waitUntil(lambda: seen.ends == 1)
    (failure,) = seen.failures
    assert str(failure.error) == "the rate must be at most 10"
    assert "test_job.py" in failure.details
    assert seen.values == [1]


def test_that_an_error_does_not_keep_what_its_frames_held(jobs, seen, qtbot):
    class Large:
        pass

    kept = []

    def work(_):
        large = Large()
        kept.append(weakref.ref(large))
        yield 1
        raise ValueError("broken")

    start(jobs, seen, work)
    qtbot.waitUntil(lambda: seen.ends == 1 and not jobs.running())
    gc.collect()
    assert kept[0]() is None


def test_that_an_error_before_the_first_value_arrives_too(jobs, seen, qtbot):
    def work(_):
        raise OSError("no such disk")

    start(jobs, seen, work)
    qtbot.waitUntil(lambda: seen.ends == 1)
    assert isinstance(seen.failures[0].error, OSError)


def test_that_a_hundred_jobs_leave_no_thread(jobs, seen, qtbot):
    before = threading.active_count()
    for _ in range(100):
        start(jobs, seen, lambda _: iter([1]))
    with qtbot.waitSignal(jobs.emptied, timeout=20_000):
        pass
    assert seen.ends == 100
    assert threading.active_count() <= before + 1


def test_that_only_the_others_are_abandoned(jobs, seen, qtbot):
    flags = threading.Event()

    def endless(asked):
        while not flags.is_set():
            yield "tick"
            time.sleep(0.001)

    stays = start(jobs, seen, endless)
    goes = start(jobs, Seen(), endless)
    jobs.abandon_all(but=stays)
    assert goes.wait(5_000)
    assert stays.isRunning()
    flags.set()
    qtbot.waitUntil(lambda: not jobs.running())


def test_drive_without_any_thread():
    said = []
    drive(iter([1, 2, 3]), threading.Event(), said.append)
    assert said == [1, 2, 3]
    abandoned = threading.Event()
    abandoned.set()
    drive(iter([1, 2, 3]), abandoned, said.append)
    assert said == [1, 2, 3]


def test_that_a_job_has_a_name_for_the_log(qapp):
    job = Job(lambda _: iter(()), "estimate")
    assert job.objectName() == "estimate"


def test_that_what_is_on_its_way_when_a_job_is_abandoned_is_dropped(jobs, seen, qtbot):
    """Even what its thread has said already: it waits for the window's thread, which is busy abandoning it."""

    def work(_):
        yield "early"
        raise ValueError("too late")

    job = start(jobs, seen, work)
    assert job.wait(10_000)
    job.abandon()
    qtbot.waitUntil(lambda: not jobs.running())
    assert (seen.values, seen.failures, seen.ends) == ([], [], 1)
