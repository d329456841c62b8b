"""Someone in the program's own window who starts a training, looks at the clock, and closes the window."""

import time

from PySide6.QtCore import QObject, Qt, QTimer

from alexnet_app.core.events import StepsDone
from tests.bench.inside import SKIPPED, Book, Rate

TICK = 0.010  # seconds
TICKED = 4.0  # seconds of ticks, after those that count: the timer itself takes a hundredth of a processor


class Visitor(QObject):
    """Starts a training on ``data``; takes its rate, then ticks every 10 ms, and keeps how late each tick is.

    ``late`` has that of each phase: while torch is loaded, while the training starts, and once the rate is taken.
    """

    def __init__(self, window, data, seconds, threads=None):
        super().__init__()
        self._data, self._seconds, self._threads = data, seconds, threads
        self.window, self.rate, self.phase = window, Rate(), "loading"
        self.late = {"loading": [], "starting": [], "training": []}
        self._book, self._last = Book(), time.perf_counter()
        window.tabs.train.control.reported.connect(self.hear)
        self._timer = QTimer(self, interval=round(1000 * TICK), timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._timer.start()
        self.parts, self.waited = {}, 0.0

    def tick(self):
        now = time.perf_counter()
        late, self._last = now - self._last - TICK, now
        self.late[self.phase].append((max(0.0, late), *self._book.since()))
        while late > TICK:  # ticks that did not come at all were late too
            late -= TICK
            self.late[self.phase].append((late, 0.0, 0.0))
        if self.phase == "loading" and not self.window._headline.text():
            self.phase = "starting"
            self.begin()

    def begin(self):
        setup = self.window.tabs.train.setup
        setup.use_preset("cifar10")
        setup.form.set_values({"data": self._data})
        self.window.tabs.train.start()

    def hear(self, event):
        if isinstance(event, StepsDone):
            if self.phase == "training":
                self.wait_for_ticks()
                return
            passed = self.rate.take(event, self.window.tabs.train._live.state.batch_size)
            if passed >= SKIPPED and self._timer.isActive():
                self._timer.stop()
                if self._threads:
                    self._threads.begin()
            if passed >= SKIPPED + self._seconds:
                self.count_ticks()

    def count_ticks(self):
        if self._threads:
            self.parts, self.waited = self._threads.parts(), self._threads.waited()
        self.phase, self._ends = "training", time.perf_counter() + TICKED
        self._book.since()
        self._last = time.perf_counter()
        self._timer.start()

    def wait_for_ticks(self):
        if time.perf_counter() >= self._ends:
            self.window.tabs.train.control.reported.disconnect(self.hear)
            self._timer.stop()
            self.window.leave_now()
