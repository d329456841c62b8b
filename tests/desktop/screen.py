"""A screen that nobody sees, with a window manager and a file manager, and hands that click and drag on it."""

import ast
import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("Xvfb", "openbox", "pcmanfm", "xdotool", "wmctrl", "import")
SIZE = (1600, 1000)
PATIENCE = 60.0


def lacking():
    """The programs that a virtual screen needs and this computer does not have."""
    return [name for name in NEEDED if shutil.which(name) is None]


def wait_for(condition, what, seconds=PATIENCE):
    """The first true value that ``condition`` gives; fails with ``what`` was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain: {what}")


class Screen:
    """Xvfb with openbox, and a home of its own for all that runs on it."""

    def __init__(self, home, size=SIZE):
        self.home, self.size = home, size
        self._children = []
        self.variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("QT_", "XDG_"))},
            "HOME": str(home),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_DATA_HOME": str(home / ".local" / "share"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "XDG_RUNTIME_DIR": str(home / "runtime"),
            "LC_ALL": "C.UTF-8",
        }
        (home / "runtime").mkdir(mode=0o700)
        _quick_launch(home)
        try:
            self.variables["DISPLAY"] = self._show()
            self.run("openbox")
            wait_for(lambda: "_NET_SUPPORTING_WM_CHECK" in self.output("xprop", "-root"), "the window manager")
        except BaseException:
            self.close()
            raise

    def _show(self):
        reading, writing = os.pipe()
        options = (
            "-displayfd",
            str(writing),
            "-screen",
            "0",
            f"{self.size[0]}x{self.size[1]}x24",
            "-nolisten",
            "tcp",
            "-dpi",
            "96",
        )
        options += ("-noreset",)  # else the screen begins anew, without who is coming, when xprop was alone and left
        nothing = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}  # no pipe of ours stays open with it
        self._children.append(subprocess.Popen(["Xvfb", *options], pass_fds=[writing], **nothing))
        os.close(writing)
        with os.fdopen(reading) as told:
            return f":{told.readline().strip()}"

    def run(self, *command, **more):
        """Starts a program on the screen."""
        variables = {**self.variables, **more.pop("variables", {})}
        with (self.home / f"{Path(command[0]).name}.log").open("a") as log:
            child = subprocess.Popen(
                command, env=variables, cwd=self.home, stdout=log, stderr=log, start_new_session=True, **more
            )
        self._children.append(child)
        return child

    def output(self, *command):
        """What a program prints; empty where it fails."""
        done = subprocess.run(command, env=self.variables, capture_output=True, text=True, check=False, timeout=60)
        return done.stdout

    def windows(self, title):
        """The ids of the windows whose title holds ``title``."""
        lines = self.output("wmctrl", "-l").splitlines()
        return [line.split()[0] for line in lines if title in line.split(maxsplit=3)[-1]]

    def window(self, title, seconds=PATIENCE):
        """The id of the window with ``title``, waited for."""
        return wait_for(lambda: self.windows(title), f"a window called {title}", seconds)[0]

    def place(self, title, x, y, width, height):
        """Puts a window where a test wants it."""
        window = self.window(title)
        self.output("wmctrl", "-i", "-r", window, "-e", f"0,{x},{y},{width},{height}")
        return window

    def click(self, x, y, button=1, *, double=False):
        """Moves the mouse there and presses it."""
        more = ("--repeat", "2", "--delay", "90") if double else ()
        self.output("xdotool", "mousemove", str(x), str(y), "sleep", "0.1", "click", *more, str(button))

    def key(self, *keys):
        """Presses keys, such as "ctrl+e"."""
        self.output("xdotool", "key", "--delay", "60", *keys)

    def type(self, text):
        """Types a text."""
        self.output("xdotool", "type", "--delay", "15", text)

    def drag(self, start, end):
        """Drags what lies at ``start`` to ``end``, in steps as a hand does."""
        (x, y), (to_x, to_y) = start, end
        steps = ["mousemove", str(x), str(y), "sleep", "0.3", "mousedown", "1", "sleep", "0.2"]
        for part in range(1, 13):
            across, down = x + (to_x - x) * part // 12, y + (to_y - y) * part // 12
            steps += ["mousemove", str(across), str(down), "sleep", "0.06"]
        steps += ["mousemove", str(to_x + 2), str(to_y + 2), "sleep", "0.5", "mouseup", "1"]
        self.output("xdotool", *steps)

    def picture(self, path):
        """Takes a screenshot."""
        self.output("import", "-window", "root", str(path))

    def close(self):
        """Ends everything that was started, the screen last."""
        for child in reversed(self._children):
            if child.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGTERM) if child is not self._children[0] else child.terminate()
                try:
                    child.wait(10)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()


class Program:
    """AlexNet App on a screen, with an ear that tells what it shows."""

    def __init__(self, screen, *arguments, variables=None):
        self.screen = screen
        self._ear = str(screen.home / f"ear-{time.monotonic_ns()}")
        inside = str(Path(__file__).parent / "inside")
        variables = {"PYTHONPATH": inside, "ALEXNET_EAR": self._ear, **(variables or {})}
        self.process = screen.run(sys.executable, str(ROOT / "main.py"), *map(str, arguments), variables=variables)
        wait_for(lambda: os.path.exists(self._ear), "the window")  # noqa: PTH110
        wait_for(lambda: self.ask("window is not None and window.isVisible()"), "the window on the screen")

    def ask(self, expression):
        """The value of ``expression``, worked out in the program."""
        with socket.socket(socket.AF_UNIX) as asking:
            asking.settimeout(PATIENCE)
            asking.connect(self._ear)
            asking.sendall(expression.encode())
            answer = b"".join(iter(lambda: asking.recv(65536), b"")).decode()
        assert not answer.startswith("!"), f"{expression}: {answer}"
        return ast.literal_eval(answer)

    def wait(self, expression, seconds=PATIENCE):
        """Waits until ``expression`` is true in the program."""
        return wait_for(lambda: self.ask(expression), expression, seconds)

    def texts(self):
        """All that can be read in labels and on buttons."""
        return [each[1] for each in self.ask("shown()")]

    def click(self, text):
        """Presses the button that says ``text``, with the mouse."""

        def find():
            places = [each for each in self.ask("shown()") if each[:3] == ("button", text, True)]
            return places[0][3:] if places else None

        x, y, width, height = wait_for(find, f"a button {text} that can be pressed")
        self.screen.click(x + width // 2, y + height // 2)

    def go_to(self, title):
        """Presses the tab called ``title``."""
        x, y, width, height = self.ask(f"tab({title!r})")
        self.screen.click(x + width // 2, y + height // 2)

    def middle(self):
        """The middle of the window, on the screen."""
        x, y, width, height = self.ask(
            "(window.geometry().x(), window.geometry().y(), window.width(), window.height())"
        )
        return x + width // 2, y + height // 2

    def ended(self, seconds=PATIENCE):
        """The exit code, waited for."""
        return self.process.wait(seconds)


def _quick_launch(home):
    """The file manager starts a launcher on a double click without asking what to do with it."""
    folder = home / ".config" / "libfm"
    folder.mkdir(parents=True)
    (folder / "libfm.conf").write_text("[config]\nquick_exec=1\nsingle_click=0\n")


class FileManager:
    """A window of the file manager that shows ``folder``."""

    def __init__(self, screen, folder, y=0):
        self._screen, self._y = screen, y
        settings = screen.home / ".config" / "pcmanfm" / "default"
        settings.mkdir(parents=True, exist_ok=True)
        (settings / "pcmanfm.conf").write_text(
            "[ui]\nside_pane_mode=hidden;places\nview_mode=icon\nsort=name;ascending;\nshow_statusbar=0\n"
        )
        screen.run("pcmanfm", "--no-desktop", "-n", str(folder))
        self.window = screen.place(folder.name, 0, y, 290, 400)
        wait_for(lambda: f"{folder}" and self._is_there(), "the file manager in its place")
        time.sleep(1.5)  # it says nowhere when its icons are drawn

    def _is_there(self):
        return "Absolute upper-left X" in self._screen.output("xwininfo", "-id", self.window)

    def first(self):
        """The middle of the first icon, on the screen; the window comes to the front."""
        self._screen.output("wmctrl", "-i", "-a", self.window)
        time.sleep(0.3)
        return 53, self._y + 120

    def select_all(self):
        """Selects all files."""
        self._screen.output("wmctrl", "-i", "-a", self.window)
        time.sleep(0.3)
        self._screen.key("ctrl+a")
