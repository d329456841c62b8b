"""Someone trains on the sample data with the mouse."""

import signal

import pytest
from screen import wait_for

from alexnet_app.core.events import CheckpointSaved, RateChanged
from alexnet_app.core.runs.run import Run

SLOW = pytest.mark.whole("alexnet_app/ui")

pytestmark = pytest.mark.timeout(280)


def the_run(screen):
    folder = screen.home / "AlexNet" / "runs"
    (found,) = folder.iterdir()
    return Run(found)


STEP = "window.tabs.train._live.state.step"


def test_that_a_run_is_started_watched_steered_and_stopped_with_the_mouse(screen, program):
    app = program()
    app.wait("window._headline.text() == ''")
    app.click("Train on the sample data")
    app.wait("window.tabs.train._live is not None")
    app.wait(f"{STEP} > 5")
    before = app.ask("window.tabs.train._live.curves._run.losses.end")
    app.wait(f"window.tabs.train._live.curves._run.losses.end > {before} + 5")
    app.click("Pause")
    app.wait("window.tabs.train.control.is_paused()")
    step = app.ask(STEP)
    wait_for(lambda: any("paused in epoch" in text for text in app.texts()), "the line says that it is paused")
    app.click("Continue")
    app.wait(f"{STEP} > {step}")
    app.click("÷ 10")
    app.wait("window.tabs.train._live.curves._marks.steps('rate')")
    assert app.ask("window.tabs.train._live.state.rate") == pytest.approx(0.001)
    app.click("Stop")
    app.wait("not window.tabs.train.is_training()")
    assert any("Stopped and saved" in text for text in app.texts())
    run = the_run(screen)
    assert run.ended().reason == "stopped"
    assert run.resume_file.is_file()
    kinds = {type(event) for event in run.events()}
    assert {RateChanged, CheckpointSaved} <= kinds
    app.go_to("Filters")
    app.wait("window.tabs.filters.isVisible()")
    app.wait("'Tower A' in str(shown()) and 'Tower B' in str(shown())")
    screen.output("wmctrl", "-i", "-c", screen.window("AlexNet App"))
    assert app.ended() == 0


@SLOW
def test_that_closing_while_it_trains_asks(screen, program):
    app = program()
    app.wait("window._headline.text() == ''")
    app.click("Train on the sample data")
    app.wait("window.tabs.train._live is not None")
    app.wait(f"{STEP} > 3")
    window = screen.windows("AlexNet App")[0]
    screen.output("wmctrl", "-i", "-c", window)
    screen.window("A run is in progress")
    app.click("Stay")
    wait_for(lambda: not screen.windows("A run is in progress"), "the question goes away")
    step = app.ask(STEP)
    app.wait(f"{STEP} > {step}")
    screen.output("wmctrl", "-i", "-c", window)
    screen.window("A run is in progress")
    app.click("Stop and save")
    assert app.ended() == 0
    run = the_run(screen)
    assert run.ended().reason == "stopped"
    assert run.resume_file.is_file()


@pytest.fixture
def usual_signals():
    """As a program has them, also where whoever runs the tests has them ignored, as nohup does."""
    before = {number: signal.signal(number, signal.SIG_DFL) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@SLOW
@pytest.mark.usefixtures("usual_signals")
@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGHUP])
def test_that_the_end_of_the_session_or_of_the_terminal_saves(screen, program, asked):
    app = program()
    app.wait("window._headline.text() == ''")
    app.click("Train on the sample data")
    app.wait("window.tabs.train._live is not None")
    app.wait(f"{STEP} > 3")
    app.process.send_signal(asked)
    assert app.ended() == 0
    assert the_run(screen).ended().reason == "stopped"
