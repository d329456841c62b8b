"""Much of everything: ``python tests/desktop/stress.py [--starts 200] [--pictures 2000] [--closings 50]``.

Starts and stops of runs in one window at random moments; pictures dropped on a window that trains; windows closed at
random moments. 0 leaves a part out. Each part says what it did, what memory and threads did meanwhile, and OK or
FAILED; the exit code is 1 where one failed. ``--speed`` also fails where training is slower after the pictures than
before: for a machine on which nothing else runs. The first two parts need no screen.
"""

import argparse
import os
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE)]

import screen as virtual
from visiting import visited

from alexnet_app import cli

PATIENCE = 90.0  # seconds for anything to happen
LEAK_KB = 100  # of memory for a start: less is not told from noise
SETTLED = 3.0  # seconds of training, before and after, by which its speed is judged
BATCH = 16
SLOWER = 0.8  # and what is left of it
EAR = re.compile(r"Exception in thread ear:\n.*?\n\w*Error:[^\n]*\n", re.DOTALL)  # ours: it was asked as it ended
CLOSED_BY = ("SIGTERM", "the window's close button")


def memory_kb():
    """What this process has in memory, without what it has freed and keeps for later."""
    from alexnet_app.core.device import give_back_memory

    give_back_memory()
    with open("/proc/self/status", encoding="ascii") as lines:  # noqa: PTH123
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def threads():
    """Threads of this process: as the system counts them, and those that Python knows."""
    return len(os.listdir("/proc/self/task")), len(threading.enumerate())  # noqa: PTH208


def draw_pictures(folder, count, side, seed):
    """Pictures of noise in two colours, in ``folder``."""
    import numpy as np
    from PIL import Image

    folder.mkdir(parents=True)
    chance = np.random.default_rng(seed)
    for number in range(count):
        colour = chance.integers(0, 256, 3)
        pixels = np.clip(chance.normal(0, 40, (side, side, 3)) + colour, 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:05}.png")


def draw_data(folder, count=40):
    """Two classes of so many pictures to train on, which are there at once."""
    for number, name in enumerate(("one", "two")):
        draw_pictures(folder / name, count, 32, number)


def problem_of(folder):
    """What is wrong with a run that is over; empty where nothing is. A run without a step must be gone."""
    from alexnet_app.core.errors import UserError
    from alexnet_app.core.events import StepsDone
    from alexnet_app.core.network.bundle import read_bundle
    from alexnet_app.core.runs.checkpoint import read_checkpoint
    from alexnet_app.core.runs.run import Run

    run = Run(folder)
    if not any(isinstance(event, StepsDone) for event in run.events()):
        return f"{folder.name} has no step and is still there: {sorted(each.name for each in folder.iterdir())}"
    ended = run.ended()
    if ended is None or ended.reason not in ("stopped", "finished"):
        return f"{folder.name} has steps and ended as {ended}"
    try:
        checkpoint = read_checkpoint(run.resume_file)
        read_bundle(run.last_file)
    except (UserError, OSError) as error:
        return f"{folder.name} cannot be read: {error}"
    return "" if checkpoint.position.step == ended.step else f"{folder.name}: step {checkpoint.position.step}, {ended}"


def visit(script):
    """Shows the real window and works through ``script(window)``, a generator of conditions that it waits for.

    Gives the exit code: that of the program, or 1 where the script failed.
    """
    from PySide6.QtCore import QObject, QTimer

    class Visitor(QObject):
        """Looks every 5 ms whether the script can go on."""

        def __init__(self, window):
            super().__init__()
            self.window = window
            self.failed, self._script = False, script(self.window)
            self._until, self._end = bool, 0.0
            self._timer = QTimer(self, interval=5)
            self._timer.timeout.connect(self.tick)
            self.go_on()
            self._timer.start()

        def tick(self):
            if self._until():
                self.go_on()
            elif time.monotonic() > self._end:
                self.leave(TimeoutError(f"waited {PATIENCE:.0f} s in vain"))

        def go_on(self):
            try:
                self._until, self._end = next(self._script), time.monotonic() + PATIENCE
            except StopIteration:
                self.leave()
            except Exception as error:  # the script's own: told, and the window is closed
                self.leave(error)

        def leave(self, error=None):
            if error is not None:
                self.failed = True
                traceback.print_exception(error)
                self._script.close()
            self._timer.stop()
            self.window.leave_now()

    code, visitor = visited(Visitor)
    return 1 if visitor.failed else code


def after(seconds):
    """A condition that holds from then on."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def begin(window, preset="shapes", **values):
    """Starts a run with the form; gives its folder's parent."""
    setup = window.tabs.train.setup
    setup.use_preset(preset)
    setup.form.set_values({"threads": 1, "epochs": 1000, "learning_rate": 0.001, **values})
    window.tabs.train.start()
    return setup.runs.folder()


def starts(count, seed):
    """Runs are started and stopped in one window."""
    home, chance = Path.home(), random.Random(seed)
    draw_data(home / "tiny")
    kinds, kept, gone, samples = dict.fromkeys(("at once", "preparing", "training", "paused"), 0), 0, 0, []

    def stop_sometime(window, kind):
        live = window.tabs.train._live
        if kind in ("at once", "preparing"):
            yield after(0.0 if kind == "at once" else chance.uniform(0.0, 0.4))
            return
        step = chance.randint(1, 20)
        yield lambda: window.tabs.train.control._commands and live.state.step >= step
        if kind == "paused":
            window.tabs.train.control.pause_action.trigger()
            yield window.tabs.train.control.is_paused

    def script(window):
        nonlocal kept, gone
        yield lambda: window._headline.text() == "" and window.tabs.train._live is not None
        for number in range(1, count + 1):
            kind = chance.choice(tuple(kinds))
            kinds[kind] += 1
            if kind == "preparing":
                shutil.rmtree(home / ".cache", ignore_errors=True)
            folder = begin(window, data=str(home / "tiny"), batch_size=BATCH)
            yield from stop_sometime(window, kind)
            window.tabs.train.control.stop()
            yield lambda: not window.tabs.train.control.is_on()
            found = sorted(folder.iterdir()) if folder.is_dir() else []
            problems = [problem for each in found if (problem := problem_of(each))]
            assert not problems, f"start {number}, stopped {kind}: {problems}"
            assert not window.tabs.train.banner.text() or "Stopped" in window.tabs.train.banner.text(), (
                window.tabs.train.banner.text()
            )
            kept, gone = kept + len(found), gone + (not found)
            for each in found:
                shutil.rmtree(each)
            yield lambda: not window._jobs.running()
            samples.append((number, memory_kb(), *threads()))
        yield lambda: not window._jobs.running()

    code = visit(script)
    print(f"{sum(kinds.values())} starts, stopped {kinds}: {kept} runs were kept and can be read, {gone} are gone")
    return code == 0 and sum(kinds.values()) == count and has_not_grown(samples)


def has_not_grown(samples):
    """Prints a tenth of the samples; whether memory and threads stayed as they were after the first third.

    Memory goes up and down by some percent from start to start: a straight line through all samples tells a leak.
    """
    for number, memory, all_threads, known in samples[len(samples) // 10 - 1 :: max(1, len(samples) // 10)]:
        print(f"  after {number}: {memory / 1024:.0f} MB, {all_threads} threads, {known} known to Python")
    steady = samples[len(samples) // 3 :]
    slope = statistics.linear_regression([each[0] for each in steady], [each[1] for each in steady]).slope
    print(f"  memory from start {steady[0][0]} to {steady[-1][0]}: {slope:+.0f} kB a start")
    few = len(steady) < 50  # too few to tell a slope from noise
    return (few or slope < LEAK_KB) and all(steady[-1][at] <= steady[0][at] + 2 for at in (2, 3))


def pictures(count, seed, judges_speed=False):
    """Pictures are dropped on the window while a run trains; ``judges_speed`` asks that it trains as fast again."""
    folder = Path.home() / "pictures"
    draw_pictures(folder, count, 64, seed)
    draw_data(folder.parent / "small", 800)
    speeds, heard, memory = {}, [], []

    def speed():
        seconds = sum(BATCH * len(event.losses) / event.images_per_second for event in heard)
        return BATCH * sum(len(event.losses) for event in heard) / seconds

    def script(window):
        from alexnet_app.core.events import Answered, StepsDone

        yield lambda: window._headline.text() == "" and window.tabs.train._live is not None
        control, answering = window.tabs.train.control, window.tabs.classify.answering
        control.reported.connect(lambda event: heard.append(event) if isinstance(event, StepsDone) else None)
        runs = begin(window, data=str(folder.parent / "small"), batch_size=BATCH)
        yield lambda: bool(heard)
        for phase in ("before", "meanwhile", "afterwards"):
            heard.clear()
            if phase == "meanwhile":
                memory.append(memory_kb())
                begun = time.monotonic()
                drop(window, folder)
                yield lambda: len(answering.album.known()) >= count and not answering.is_busy()
                speeds["seconds"] = time.monotonic() - begun
                memory.append(memory_kb())
                answered = sum(isinstance(event, Answered) for event in answering.album.known())
                assert answered == count, f"{answered} of {count} are answered"
            else:
                yield after(SETTLED)
            assert control.is_training(), window.tabs.train.banner.text()
            yield lambda: bool(heard)
            speeds[phase] = speed()
        control.stop()
        yield lambda: not control.is_on()
        problems = [problem for each in runs.iterdir() if (problem := problem_of(each))]
        assert not problems, problems

    code = visit(script)
    if code == 0:
        print(
            f"{count} pictures dropped on a window that trains: all answered in {speeds['seconds']:.1f} s; training "
            f"{speeds['before']:,.0f} pictures/s before, {speeds['meanwhile']:,.0f} meanwhile, "
            f"{speeds['afterwards']:,.0f} afterwards; "
            f"memory {memory[0] / 1024:.0f} MB before, {memory[1] / 1024:.0f} MB after"
        )
    return code == 0 and not (judges_speed and speeds["afterwards"] < SLOWER * speeds["before"])


def drop(window, folder):
    """Lets ``folder`` fall on the middle of the window."""
    from PySide6.QtCore import QMimeData, Qt, QUrl
    from PySide6.QtGui import QDragEnterEvent, QDropEvent
    from PySide6.QtWidgets import QApplication

    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(folder))])
    how = (Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    for event in (QDragEnterEvent(window.rect().center(), *how), QDropEvent(window.rect().center().toPointF(), *how)):
        QApplication.sendEvent(window, event)
        assert event.isAccepted()


class Visited(virtual.Program):
    """A program that is closed whenever it likes us to."""

    def __init__(self, screen):
        self.screen = screen
        self._ear = str(screen.home / f"ear-{time.monotonic_ns()}")
        self.begun = time.monotonic()
        variables = {"PYTHONPATH": str(HERE / "inside"), "ALEXNET_EAR": self._ear}
        self.process = screen.run(sys.executable, str(virtual.ROOT / "main.py"), variables=variables)

    def until(self, moment):
        """Waits until ``moment`` seconds after the start."""
        time.sleep(max(0.0, self.begun + moment - time.monotonic()))

    def train(self):
        """Starts a run as soon as there is a window."""
        virtual.wait_for(lambda: os.path.exists(self._ear), "the window")  # noqa: PTH110
        virtual.wait_for(lambda: self.ask("window is not None and window.isVisible()"), "the window on the screen")
        values = {"data": str(self.screen.home / "tiny"), "batch_size": BATCH, "threads": 1, "epochs": 1000}
        self.ask("window.tabs.train.setup.use_preset('shapes')")
        self.ask(f"window.tabs.train.setup.form.set_values({values!r})")
        self.ask("window.tabs.train.start()")

    def close(self, by):
        """Closes it; whether it had a window by then. A question is answered with Stop and save."""
        if by == "SIGTERM":
            had_window = bool(self.screen.windows("AlexNet App"))
            self.process.send_signal(signal.SIGTERM)
            return had_window
        self.screen.output("wmctrl", "-i", "-c", self.screen.window("AlexNet App"))
        end = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < end:
            time.sleep(1.0 if self._answers() else 0.05)  # a question that is still moving is missed, and asked again
        return True

    def _answers(self):
        """Whether there was a question; it is answered."""
        try:
            places = [each for each in self.ask("shown()") if each[1:3] == ("Stop and save", True)]
        except (OSError, AssertionError, SyntaxError):  # it is over, before or in the middle of its answer
            return False
        for _, _, _, x, y, width, height in places:
            self.screen.click(x + width // 2, y + height // 2)
        return bool(places)


def closings(count, seed):
    """Windows are closed from 0 to 8 seconds after the start of the program, with and without a run."""
    chance, problems, kept, slowest, codes = random.Random(seed), [], 0, 0.0, {}
    with tempfile.TemporaryDirectory() as home:
        shown = virtual.Screen(Path(home))
        draw_data(Path(home) / "tiny")
        try:
            for number in range(1, count + 1):
                trains, by, moment = chance.random() < 0.7, chance.choice(CLOSED_BY), chance.uniform(0.0, 8.0)
                has_steps = trains and chance.random() < 0.6
                closed = closing(shown, trains, has_steps, by, moment / 4 if has_steps else moment)
                problems += [f"  closing {number}, {closed['what']}: {each}" for each in closed["problems"]]
                kept, slowest = kept + closed["kept"], max(slowest, closed["seconds"])
                codes[closed["code"]] = codes.get(closed["code"], 0) + 1
                print(f"  closing {number}: {closed['what']}, exit {closed['code']} after {closed['seconds']:.1f} s")
        finally:
            shown.close()
    print(
        f"{count} closings: exit codes {codes}, {kept} runs were kept and can be read, the slowest took {slowest:.1f} s"
    )
    print("".join(f"{problem}\n" for problem in problems), end="")
    return not problems


def closing(shown, trains, has_steps, by, moment):
    """One of them, with all that is wrong about it."""
    said_file, runs = shown.home / f"{Path(sys.executable).name}.log", shown.home / "AlexNet" / "runs"
    said_before = said_file.stat().st_size if said_file.exists() else 0
    program = Visited(shown)
    if trains:
        program.train()
    if has_steps:
        program.wait("window.tabs.train._live is not None and window.tabs.train._live.state.step > 0", PATIENCE)
        program.begun = time.monotonic()
    program.until(moment)
    asked, had_window = time.monotonic(), program.close(by)
    code = program.ended(PATIENCE)
    seconds = time.monotonic() - asked
    found = sorted(runs.iterdir()) if runs.is_dir() else []
    problems = [problem for each in found if (problem := problem_of(each))]
    if code != 0 and (had_window or code != -signal.SIGTERM):  # before there is a window the signal just ends it
        problems.append(f"exit code {code}")
    said = EAR.sub("", said_file.read_bytes()[said_before:].decode(errors="replace"))
    if said.strip():
        problems.append(f"it said: {said[-2000:]}")
    for each in found:
        shutil.rmtree(each)
    state = "after steps, " if has_steps else "training, " if trains else ""
    what = f"{state}{by} at {moment:.2f} s"
    return {"what": what, "problems": problems, "kept": len(found), "seconds": seconds, "code": code}


PARTS = {"starts": starts, "pictures": pictures, "closings": closings}


def run_part(name, count, seed, judges_speed):
    """One part in a process of its own, with an empty home; whether it was well."""
    with tempfile.TemporaryDirectory() as home:
        variables = {key: value for key, value in os.environ.items() if not key.startswith(("QT_", "XDG_"))}
        variables |= {"HOME": home, "QT_QPA_PLATFORM": "offscreen"}
        command = [sys.executable, __file__, "--part", name, f"--{name}", str(count), "--seed", str(seed)]
        command += ["--speed"] * judges_speed
        begun = time.monotonic()
        code = subprocess.run(command, env=variables, check=False).returncode
    print(f"{name}: {'OK' if code == 0 else f'FAILED, exit code {code}'}, {time.monotonic() - begun:.0f} s", flush=True)
    return code == 0


def main():
    """Runs the parts one after the other."""
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, count in (("starts", 200), ("pictures", 2000), ("closings", 50)):
        read.add_argument(f"--{name}", type=int, default=count)
    read.add_argument("--seed", type=int, default=1)
    read.add_argument("--speed", action="store_true", help="also fail where training stays slower after the pictures")
    read.add_argument("--part", choices=tuple(PARTS), help=argparse.SUPPRESS)
    options = read.parse_args()
    sys.stdout.reconfigure(line_buffering=True)
    if options.part:
        cli._prepare_torch()  # before torch is loaded
        more = {"judges_speed": options.speed} if options.part == "pictures" else {}
        return 0 if PARTS[options.part](getattr(options, options.part), options.seed, **more) else 1
    wanted = {name: getattr(options, name) for name in PARTS if getattr(options, name)}
    if "closings" in wanted and virtual.lacking():
        print(f"closings: left out, no virtual screen: {', '.join(virtual.lacking())} not installed")
        del wanted["closings"]
    results = [run_part(name, count, options.seed, options.speed) for name, count in wanted.items()]
    print("OK" if all(results) else "FAILED")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
