"""What all tests of the window share: no screen is needed, and nothing may be left behind."""

import os

# a screen of 1920 × 1200: the one that comes with Qt is 800 × 800
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={os.path.dirname(__file__)}/screen.json")  # noqa: PTH120

import re
import threading
import time

import pytest

# said by Qt's offscreen plugin: it has no window manager to pass these wishes to
NATURAL = re.compile(r"This plugin does not support (propagateSizeHints\(\)|raise\(\)|grabbing the keyboard)")


@pytest.fixture(scope="session")
def qapp_args():
    return ["alexnet-app"]


@pytest.fixture(autouse=True)
def _themed(qapp):
    from alexnet_app.ui import theme
    from alexnet_app.ui.focus import follow_focus

    theme.follow_system(qapp)
    follow_focus(qapp)


@pytest.fixture(autouse=True)
def home(tmp_path_factory, monkeypatch):
    """A home of its own for each test, so that no test sees the runs and the settings of the person who runs it."""
    from PySide6.QtCore import QSettings

    folder = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / ".cache"))
    for scope in (QSettings.Scope.UserScope, QSettings.Scope.SystemScope):
        QSettings.setPath(QSettings.Format.NativeFormat, scope, str(folder / ".config"))
    return folder


@pytest.fixture(autouse=True)
def _leaves_nothing(qapp, qtlog):
    """Fails a test that leaves a thread or a top-level window, or that made Qt complain."""
    from alexnet_app.ui.collecting import Collector

    before = set(threading.enumerate())
    collector = Collector()  # what Qt made is destroyed on this thread, as in the window
    yield
    collector.look()
    collector.stop()
    qapp.clipboard().clear()  # what Python put there must not outlive the application
    said = [record.message for record in qtlog.records if not NATURAL.search(record.message)]
    assert not said, said
    qapp.sendPostedEvents(None, 52)  # QEvent.DeferredDelete
    shown = [widget for widget in qapp.topLevelWidgets() if widget.isVisible()]
    assert not shown, shown
    left = [thread for thread in set(threading.enumerate()) - before if not thread.name.startswith(("tqdm", "pymain"))]
    assert not [thread for thread in left if thread.name.startswith("decode")], left


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item):
    """Ends the jobs of a test before pytest-qt closes its widgets: what they say late would find none."""
    from alexnet_app.ui.job import Jobs

    jobs = getattr(item, "funcargs", {}).get("jobs")
    if isinstance(jobs, Jobs) and jobs.running():
        from PySide6.QtTest import QTest

        jobs.abandon_all()
        end = time.monotonic() + 60
        while jobs.running() and time.monotonic() < end:
            QTest.qWait(5)
    return (yield)


@pytest.fixture
def jobs(qtbot):
    """The jobs of a window; all are over when the test is."""
    from alexnet_app.ui.job import Jobs

    made = Jobs()
    yield made
    made.abandon_all()
    qtbot.waitUntil(lambda: not made.running(), timeout=60_000)


@pytest.fixture(params=["light", "dark"])
def scheme(request, qapp):
    """Both colour schemes, one after the other."""
    from alexnet_app.ui import theme

    theme.use(qapp, dark=request.param == "dark")
    yield request.param
    theme.use(qapp, dark=False)


@pytest.fixture
def open_window(qtbot, home):
    """Opens windows as the program does, with torch loaded; leaves those that are still open."""
    from alexnet_app.ui.main_window import MainWindow
    from alexnet_app.ui.messages import Uncaught
    from alexnet_app.ui.settings import Settings

    opened = []

    def show(uncaught=None, *, warm=True):
        window = MainWindow(Settings(), uncaught or Uncaught())
        opened.append(window)
        window.show()
        if warm:
            qtbot.waitUntil(lambda: window._headline.text() == "", timeout=60_000)
        return window

    yield show
    for window in opened:
        window.leave_now()
        qtbot.waitUntil(lambda window=window: not window._jobs.running(), timeout=60_000)
        window.deleteLater()


@pytest.fixture
def window(open_window):
    """The whole window."""
    return open_window()


@pytest.fixture
def inside_panel(qtbot, jobs, home):
    """The panel Inside with the bundled model of two towers, on the screen."""
    from alexnet_app import resources
    from alexnet_app.ui.inside.panel import InsidePanel
    from alexnet_app.ui.settings import Settings

    made = InsidePanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1270, 740)
    made.show()
    made.set_models([("photo-towers", str(resources.path("models") / "photo-towers.alexnet"))])
    return made
