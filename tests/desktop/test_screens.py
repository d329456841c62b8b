"""The window and its dialogs on the screens of small and of very fine laptops."""

import os
import time
from pathlib import Path

import pytest

SLOW = pytest.mark.whole("alexnet_app/ui")

pytestmark = pytest.mark.timeout(280)

SCREENS = {
    "1366 × 768": ((1366, 768), "1"),
    "1024 × 600": ((1024, 600), "1"),
    "Full HD at 200 %": ((1920, 1080), "2"),
}
EVERY_SCREEN = pytest.mark.parametrize(("screen", "factor"), SCREENS.values(), ids=SCREENS, indirect=["screen"])
FREE = "window.screen().availableGeometry()"
FORM = "window.tabs.train.setup"
LIVE = "window.tabs.train._live"
LINE = "[each for each in (live.bar._where, live.bar._speed, live.bar._rest) if each.isVisible()]"
CURVES = "live.curves.height() > 1.3 * live.split.towers.height()"


def picture(screen, name):
    """Leaves a screenshot in the folder ALEXNET_PICTURES, for people to look at."""
    folder = os.environ.get("ALEXNET_PICTURES")
    if folder:
        width, height = screen.size
        time.sleep(1)  # what is on its way is painted
        screen.picture(Path(folder) / f"{name}-{width}x{height}.png")


def check_within(app, window):
    """Waits until ``window``, with its frame, lies within the screen; else says where it is."""
    try:
        app.wait(f"{FREE}.contains({window}.frameGeometry())")
    except AssertionError:
        where = app.ask(f"str({window}.frameGeometry())")
        raise AssertionError(f"{window} is at {where}, the screen leaves {app.ask(f'str({FREE})')}") from None


@SLOW
@EVERY_SCREEN
def test_that_the_window_fits_with_its_start_button_and_its_dialogs(screen, program, factor):
    app = program(QT_SCALE_FACTOR=factor)
    app.wait("window._headline.text() == ''")
    check_within(app, "window")
    x, y, width, height = next(each[3:] for each in app.ask("shown()") if each[1] == "Start training")
    assert app.ask(f"{FREE}.contains({x}, {y}) and {FREE}.contains({x + width - 1}, {y + height - 1})")
    app.wait(f"'memory' in {FORM}._takes.text()")
    picture(screen, "start")
    sets, network = "window.tabs.train.prepared", "window.tabs.train.setup.network"
    for action, dialog, name in (
        (f"{sets}.action", f"{sets}.dialog", "sets"),
        (f"{network}.action", f"{network}.dialog", "network"),
        ("window._help.manual", "window._help.manual_window()", "manual"),
        ("window._help.shortcuts", "window._help.keys_window()", "keys"),
    ):
        app.ask(f"{action}.trigger()")
        app.wait(f"{dialog}.isVisible()")
        check_within(app, dialog)
        picture(screen, name)
        app.ask(f"{dialog}.close()")


@SLOW
@EVERY_SCREEN
def test_that_a_run_has_its_curves_in_sight_and_no_word_of_its_line_cut(screen, program, factor):
    app = program(QT_SCALE_FACTOR=factor)
    app.wait("window._headline.text() == ''")
    app.ask("window.tabs.train.sample_action.trigger()")
    app.wait(f"{LIVE} is not None")
    app.wait(f"{LIVE}.state.images_per_second > 0", 200)  # the first step of a busy computer
    said = app.ask(f"(lambda live: [(each.text(), each.fitting()) for each in {LINE}])({LIVE})")
    assert said
    for text, drawn in said:
        assert text.startswith(drawn), "whole parts only"
        assert not drawn.endswith("…")
    assert app.ask(f"(lambda live: {CURVES})({LIVE})")
    check_within(app, "window")
    picture(screen, "running")
    app.ask("window.tabs.train.split.side_action.trigger()")
    app.wait("not window.tabs.train.side.isVisible()")
    picture(screen, "form-hidden")
    app.ask("window.tabs.train.control.stop()")
    app.wait("not window.tabs.train.is_training()")


@SLOW
@pytest.mark.parametrize("screen", [(1024, 600)], indirect=True)
def test_that_a_size_from_a_larger_screen_is_bounded(screen, program):
    app = program(QT_SCALE_FACTOR="0.5")  # a screen of twice as many logical pixels
    app.wait("window._headline.text() == ''")
    app.ask("window.resize(1900, 1100)")
    app.wait("window.width() == 1900")
    app.ask("window.close()")
    assert app.ended() == 0
    app = program()
    app.wait("window._headline.text() == ''")
    check_within(app, "window")
