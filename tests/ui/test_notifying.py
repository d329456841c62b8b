"""Notifications of the system: what they say, and when there are none."""

from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtWidgets import QApplication, QMainWindow

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Ending, EpochDone, Notice, RunEnded, StandsAtChance, StepsDone, Warned
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.ui import notifying
from alexnet_app.ui.notifying import Notifier
from alexnet_app.ui.settings import Settings
from alexnet_app.ui.train.jobs import Now, RunOpened
from alexnet_app.ui.train.news import News
from alexnet_app.ui.train.run_control import RunControl

LONG = 60_000


class Tray(QObject):
    """A tray that writes down what it is told."""

    messageClicked = Signal()  # noqa: N815  (as Qt calls it)
    activated = Signal()
    there, told, visible = True, [], False

    def __init__(self, icon, parent):
        super().__init__(parent)

    @classmethod
    def isSystemTrayAvailable(cls):
        return cls.there

    @staticmethod
    def supportsMessages():
        return True

    def show(self):
        Tray.visible = True

    def hide(self):
        Tray.visible = False

    def setToolTip(self, text):
        pass

    def showMessage(self, title, text, icon, time):
        Tray.told.append((title, text))


@pytest.fixture
def alerts(monkeypatch):
    Tray.there, Tray.told, Tray.visible = True, [], False
    found = []
    monkeypatch.setattr(notifying, "QSystemTrayIcon", Tray)
    monkeypatch.setattr(QApplication, "alert", lambda window: found.append(window))
    return found


@pytest.fixture
def away(qtbot, monkeypatch):
    """A window that is not looked at."""
    window = QMainWindow()
    qtbot.addWidget(window)
    window.show()
    monkeypatch.setattr(window, "isActiveWindow", lambda: False)
    return window


def test_that_it_is_told_in_the_tray_without_markup(away, alerts):
    Notifier(away, Settings()).tell("ants <b>& bees</b>", "Finished\nafter 3 epochs.")
    assert Tray.told == [("ants ‹b›+ bees‹/b›", "Finished after 3 epochs.")]
    assert alerts == [away]
    assert Tray.visible


def test_that_nothing_is_told_to_somebody_who_looks(away, alerts, monkeypatch):
    notifier = Notifier(away, Settings())
    monkeypatch.setattr(away, "isActiveWindow", lambda: True)
    notifier.tell("run", "Finished.")
    monkeypatch.setattr(away, "isActiveWindow", lambda: False)
    away.hide()
    notifier.tell("run", "Finished.")
    assert (Tray.told, alerts) == ([], [])


def test_that_without_a_tray_the_window_asks_for_attention_alone(away, alerts):
    Tray.there = False
    Notifier(away, Settings()).tell("run", "Finished.")
    assert (Tray.told, alerts) == ([], [away])


def test_that_it_can_be_turned_off_and_stays_so(away, alerts):
    notifier = Notifier(away, Settings())
    notifier.action.trigger()
    notifier.tell("run", "Finished.")
    assert (Tray.told, alerts) == ([], [])
    assert not Notifier(away, Settings()).action.isChecked()


def test_that_the_icon_goes_when_the_window_is_looked_at(away, alerts):
    notifier = Notifier(away, Settings())
    notifier.tell("run", "Finished.")
    QApplication.sendEvent(away, QEvent(QEvent.Type.WindowActivate))
    assert not Tray.visible


def test_that_the_message_leads_to_the_window(away, alerts):
    notifier = Notifier(away, Settings())
    notifier.tell("run", "Finished.")
    away.showMinimized()
    notifier._tray.messageClicked.emit()
    assert not away.isMinimized()
    assert not Tray.visible


def told_of(qtbot, jobs, events, *, trains=True, error=None):
    control = RunControl(jobs)
    news, found = News(control, control), []
    news.told.connect(lambda *both: found.append(both))

    def work(_):
        yield from events
        if error is not None:
            raise error

    control.start(work, trains=trains)
    qtbot.waitUntil(lambda: not control.is_on(), timeout=LONG)
    return found


def epoch(number, error):
    return EpochDone(number, 10 * number, 1.0, 0.5, 1.0, error, 0.1, True, 10.0)


OPENED = RunOpened(Path("somewhere/run-1"), TrainConfig(), name="Ants")


@pytest.mark.parametrize(
    ("event", "said"),
    [
        (RunEnded(Ending.FINISHED, 20, 2), "Finished after 2 epochs. Best validation error 12.5 %."),
        (RunEnded(Ending.STOPPED, 20, 2), "Stopped and saved."),
        (RunEnded(Ending.DIVERGED, 1020, 2), "It needs you: it diverged after 1,020 steps."),
        (StandsAtChance(600, 500, 2.3, 2.3, ""), "It needs you: the loss is no better than guessing after 500 steps."),
        (Warned(Notice.FILE_RESTORED, "config.toml"), "config.toml was removed from the run folder."),
    ],
)
def test_that_the_news_of_a_run_have_its_name_and_its_result(qtbot, jobs, event, said):
    found = told_of(
        qtbot, jobs, [OPENED, Now(), epoch(1, 0.125), epoch(2, 0.25), StepsDone(0, (1.0,), 0.01, 1.0), event]
    )
    ((name, text),) = found
    assert name == "Ants"
    assert text.replace("\N{NO-BREAK SPACE}", " ").startswith(said)


def test_that_a_run_that_fails_says_why(qtbot, jobs):
    found = told_of(qtbot, jobs, [OPENED, Now()], error=UserError("there is no room", "make some"))
    assert found == [("Ants", "Failed: There is no room; make some.")]


def test_that_the_past_is_no_news(qtbot, jobs):
    past = [OPENED, epoch(1, 0.5), RunEnded(Ending.FINISHED, 20, 2)]
    assert told_of(qtbot, jobs, past, trains=False) == []
    assert told_of(qtbot, jobs, [], trains=False, error=UserError("it is no run")) == []
