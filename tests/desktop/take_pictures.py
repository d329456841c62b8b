"""Takes pictures of every panel, empty, running, with answers and with an error, for people to look at.

``python tests/desktop/take_pictures.py FOLDER [light|dark] [RUN]``; QT_SCALE_FACTOR=2 doubles them. RUN is a run folder
that is opened as a past run. Nothing is judged here: open the pictures and look.
"""

import os
import sys
import tempfile
from pathlib import Path

SCREEN = Path(__file__).resolve().parents[1] / "ui" / "screen.json"
os.environ.setdefault("QT_QPA_PLATFORM", f"offscreen:configfile={SCREEN}")
os.environ["HOME"] = tempfile.mkdtemp()
os.environ["XDG_CONFIG_HOME"] = os.environ["HOME"] + "/.config"
os.environ["XDG_CACHE_HOME"] = os.environ["HOME"] + "/.cache"
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from alexnet_app import cli

cli._prepare_torch()  # before torch is loaded

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from alexnet_app.core.runs.listing import bundled_models, sample_pictures
from alexnet_app.ui import theme
from alexnet_app.ui.main_window import MainWindow
from alexnet_app.ui.messages import Uncaught
from alexnet_app.ui.prepared.jobs import WantedSet
from alexnet_app.ui.settings import Settings


def wait(condition, seconds=300.0):
    """Lets the window work until ``condition`` holds."""
    loop, ticks = QEventLoop(), [0]

    def look():
        ticks[0] += 1
        if condition() or ticks[0] > seconds * 20:
            loop.quit()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(50)
    loop.exec()


def rest(seconds=0.5):
    """Lets the window finish what it does."""
    loop = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), loop.quit)
    loop.exec()


def take_sets(sets, out, scheme):
    """The window of prepared sets: empty, its form, at work, with a set, with an error."""

    def take(name, widget):
        rest()
        widget.grab().save(str(out / f"{name}-{scheme}.png"))

    sets.show()
    take("sets-empty", sets.dialog)
    sets.dialog.prepare.click()
    sets.form.dialog.data.take("shapes")
    rest(2)
    take("sets-form", sets.form.dialog)
    sets.form.dialog.reject()
    sets.prepare(WantedSet("shapes", 256, "jpeg", "Sample data"))
    rest(4)
    take("sets-working", sets.dialog)
    wait(lambda: not sets.is_on())
    take("sets-listed", sets.dialog)
    sets.dialog.delete.click()
    take("sets-question", sets.questions.box)
    sets.questions.close()
    sets.prepare(WantedSet("/no/such/folder", 256, "raw", "folder"))
    wait(lambda: not sets.is_on())
    take("sets-error", sets.dialog)
    sets.dialog.close()


def take_answers(panel, take, out, scheme):
    """The answers in groups, as tiles, with a class that was corrected, and about to be put into folders."""
    panel.commands.group.trigger()
    take("classify-groups")
    panel.commands.grid.trigger()
    take("classify-tiles")
    panel.commands.group.trigger()
    panel.commands.grid.trigger()
    panel.results.handling.label("a class of my own")
    take("classify-corrected")
    panel.commands.undo.trigger()
    panel.commands.file.trigger()
    rest(2)
    panel.results.filing.dialog.grab().save(str(out / f"classify-folders-{scheme}.png"))
    panel.results.filing.dialog.reject()


def take_inside(window, take):
    """A photo inside a network: not yet, at the first layer, where the towers meet, with one tower alone."""
    inside = window.tabs.inside
    window.tabs.setCurrentWidget(inside)
    take("inside-empty")
    inside.choose_model(str(bundled_models()[0]))
    inside.commands.sample_action.trigger()
    wait(lambda: inside.seen() is not None and inside._met is not None)
    take("inside")
    inside.figure.layer_picked.emit("conv3")
    take("inside-conv3")
    inside.figure.layer_picked.emit("fc6")
    take("inside-fc6")
    inside.bar.tower.setCurrentIndex(1)
    inside.bar.tower.activated.emit(1)
    wait(lambda: inside.seen().request.off.tower is not None and inside._met is not None)
    take("inside-one-tower")


def main(folder, scheme="light", run=""):
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    app = QApplication(["alexnet-app"])
    theme.follow_system(app)
    Settings().keep_text("appearance", scheme)
    window = MainWindow(Settings(), Uncaught())
    window.resize(*map(int, os.environ.get("SIZE", "1280x800").split("x")))
    window.show()

    def take(name):
        rest()
        window.grab().save(str(out / f"{name}-{scheme}.png"))

    wait(lambda: window._headline.text() == "")
    wait(lambda: "memory" in window.tabs.train.setup._takes.text())
    take("train-empty")
    take_sets(window.tabs.train.prepared, out, scheme)
    window.tabs.setCurrentWidget(window.tabs.classify)
    take("classify-empty")
    window.tabs.classify.area.samples_wanted.emit()
    shown = len(list(sample_pictures(window.tabs.classify.chooser.path()).iterdir()))
    wait(lambda: len(window.tabs.classify.answering.album.known()) == shown)
    take("classify")
    take_answers(window.tabs.classify, take, out, scheme)
    window.tabs.classify.classify([str(Path(__file__)), "/etc/hostname"])
    rest(2)
    window.tabs.classify.bar.skipped_shown.emit(True)
    take("classify-skipped")
    window.tabs.setCurrentWidget(window.tabs.filters)
    rest(2)
    take("filters")
    window.tabs.filters.choose_model(str(bundled_models()[0]))
    rest(2)
    take("filters-photo")
    window.tabs.filters.next_action.trigger()
    rest(2)
    take("filters-conv2")
    take_inside(window, take)
    window.tabs.setCurrentWidget(window.tabs.train)
    if run:
        window.tabs.train.open_run(run)
        wait(lambda: not window.tabs.train.control.is_on())
        window.tabs.train.side.setCurrentIndex(1)
        take("train-past")
        window.tabs.train.side.setCurrentIndex(0)
    window.tabs.train.setup.form.set_values({"learning_rate": 37.0})
    window.tabs.train.start()
    take("train-error")
    window.tabs.train.train_on_samples()
    wait(lambda: window.tabs.train._live.state.epoch >= 3)
    window.tabs.train.control.rate_action.trigger()
    wait(lambda: window.tabs.train._live.state.epoch >= 4)
    take("train-running")
    below = window.tabs.train._live.curves.controls._below
    below.setCurrentIndex(below.findData("silent"))
    below.activated.emit(below.currentIndex())
    take("train-measures")
    window.close()
    rest()
    window._question.grab().save(str(out / f"question-{scheme}.png"))
    window._question.close()
    window._overlay.show_over(window.tabs, "Drop to classify")
    take("drop")
    window._overlay.hide()
    window.tabs.train.control.stop()
    wait(lambda: not window.tabs.train.is_training())
    window.tabs.train.side.setCurrentIndex(1)
    window.tabs.train.past.list.table.selectRow(0)
    take("train-stopped")
    window.left.connect(app.quit)
    window.leave_now()
    app.exec()


if __name__ == "__main__":
    main(*sys.argv[1:])
