"""A small window for the first start from a desktop, made with the tkinter that most system Pythons bring or offer."""

from __future__ import annotations

import contextlib
import os
import queue
import re
import signal
import subprocess
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from steps import say

ICON = Path(__file__).resolve().parent.parent / "resources" / "icons" / "alexnet-app-64.png"
LAST_LINE = re.compile(r" +\d+ s: ")  # how the set-up begins the last line of a step that is under way
LOOK_EVERY = 100  # milliseconds
WIDTH = 68  # characters
ACCENT = "#0072B2"  # tower A


class NoWindow(Exception):  # noqa: N818 - it is an answer, not an error
    """There is no tkinter here, or the screen cannot be reached."""


class SetUp:
    """The set-up as a child process: what it does, what it said last, and how it ended."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        self.log = log
        self.started = time.monotonic()
        self.about = ""  # the first thing it said: what this is, and how long it takes
        self.doing = "preparing …"
        self.last_line = ""
        self.problem = ""
        self.code: int | None = None
        self.cancelled = False
        self._said: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        )
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.put(line.rstrip())
        self._said.put(None)

    def look(self) -> None:
        """Take in what it said since; what matters goes on to our own stderr."""
        with contextlib.suppress(queue.Empty):
            while self.code is None:
                line = self._said.get_nowait()
                if line is None:
                    self._end()
                elif LAST_LINE.match(line):
                    self.last_line = LAST_LINE.sub("", line, count=1)
                elif line:
                    self.about, self.doing, self.last_line = self.about or line, line, ""
                    say(line)

    def _end(self) -> None:
        why = self._process.communicate()[0].strip()
        self.code = self._process.returncode
        if self.code and not self.cancelled:
            self.problem = why or f"the set-up ended with {self.code}: {self.doing}; start again to go on"
            if str(self.log) not in self.problem and self.log.exists():
                self.problem += f"\nthe whole log: {self.log}"
            say(self.problem)

    def cancel(self) -> None:
        """Ask it to stop, once: it takes pip along, and the next start goes on from there."""
        if not self.cancelled and self.code is None:
            self.cancelled = True
            self._process.send_signal(signal.SIGTERM)

    def elapsed(self) -> str:
        """The time since it began, in minutes and seconds."""
        minutes, seconds = divmod(int(time.monotonic() - self.started), 60)
        return f"{minutes}:{seconds:02}"


def set_up(command: Sequence[str], log: Path) -> int | None:
    """Run the set-up and show it: None if it succeeded, else the exit code, once the window is closed."""
    window = Window("Setting up AlexNet App")
    task = SetUp(command, log)
    window.follow(task)
    window.show()
    if task.cancelled and task.code:
        return 130
    return None if task.code == 0 else 1


def tell(sentence: str) -> None:
    """Show a sentence until it is closed."""
    window = Window("AlexNet App")
    window.show_problem("AlexNet App: something is missing", sentence)
    window.show()


class Window:
    """The window: a heading, what is done now, the time, a bar, the last line, one button."""

    def __init__(self, title: str) -> None:
        try:
            import tkinter
            from tkinter import ttk
        except ImportError as error:  # Debian splits it off: python3-tk
            raise NoWindow from error
        try:
            self.root = tkinter.Tk(className="alexnet-app")
        except tkinter.TclError as error:
            raise NoWindow from error
        self.root.title(title)
        self.root.resizable(False, False)
        self.task: SetUp | None = None
        style = ttk.Style(self.root)
        style.theme_use("clam")
        style.configure("TProgressbar", background=ACCENT, troughcolor="white", bordercolor="gray")
        self.frame: Any = ttk.Frame(self.root, padding=16)
        self.frame.grid()
        with contextlib.suppress(tkinter.TclError):  # without a picture it serves as well
            self.icon = tkinter.PhotoImage(master=self.root, file=str(ICON))
            self.root.iconphoto(True, self.icon)
            ttk.Label(self.frame, image=self.icon).grid(row=0, column=0, rowspan=2, sticky="n", padx=(0, 16))
        self.heading: Any = ttk.Label(self.frame, text=title, font=("TkDefaultFont", 13, "bold"))
        self.heading.grid(row=0, column=1, sticky="w")
        self.middle: Any = ttk.Frame(self.frame)
        self.middle.grid(row=1, column=1, sticky="ew", pady=(4, 12))
        self.button: Any = ttk.Button(self.frame, text="Close", command=self.root.destroy)
        self.button.grid(row=2, column=1, sticky="e")
        self.root.bind("<Escape>", lambda _: self.button.invoke())

    def show(self) -> None:
        """Stay in the middle of the screen until the window is closed."""
        self.root.eval("tk::PlaceWindow . center")
        self.root.mainloop()

    def follow(self, task: SetUp) -> None:
        """Show a set-up until it ends well; if it ends badly, why."""
        from tkinter import ttk

        self.task = task
        self.about: Any = ttk.Label(self.middle, width=WIDTH, wraplength=self.wrap())
        self.about.grid(row=0, column=0, columnspan=2, sticky="w", pady=(0, 16))
        self.doing: Any = ttk.Label(self.middle, width=WIDTH - 8)
        self.doing.grid(row=1, column=0, sticky="w")
        self.time: Any = ttk.Label(self.middle, width=8, anchor="e")
        self.time.grid(row=1, column=1, sticky="e")
        self.bar: Any = ttk.Progressbar(self.middle, mode="indeterminate")
        self.bar.grid(row=2, column=0, columnspan=2, sticky="ew", pady=4)
        self.bar.start(20)
        self.last_line: Any = ttk.Label(self.middle, width=WIDTH, foreground="#555555")
        self.last_line.grid(row=3, column=0, columnspan=2, sticky="w")
        self.button.configure(text="Cancel", command=self.cancel)
        self.root.protocol("WM_DELETE_WINDOW", self.cancel)
        self.look()

    def look(self) -> None:
        """Bring the window up to date, again and again."""
        assert self.task is not None
        self.task.look()
        if self.task.code is None:
            self.about.configure(text=self.task.about)
            self.doing.configure(text=cut("stopping …" if self.task.cancelled else self.task.doing, WIDTH - 8))
            self.time.configure(text=self.task.elapsed())
            self.last_line.configure(text=cut(self.task.last_line, WIDTH))
            self.root.after(LOOK_EVERY, self.look)
        elif self.task.problem:
            self.show_problem("AlexNet App could not be set up", self.task.problem)
        else:
            self.root.destroy()

    def cancel(self) -> None:
        """Ask the set-up to stop; the window goes when it has."""
        assert self.task is not None
        self.task.cancel()
        self.button.state(["disabled"])

    def show_problem(self, heading: str, sentence: str) -> None:
        """Say what went wrong, so that it can be copied, in the place of all else."""
        import tkinter
        from tkinter import ttk

        for widget in self.middle.grid_slaves():
            widget.destroy()
        self.root.title(heading)
        self.heading.configure(text=heading)
        lines = sum(1 + len(line) // WIDTH for line in sentence.splitlines())
        text = tkinter.Text(self.middle, width=WIDTH, height=min(lines, 20), wrap="word", font="TkDefaultFont")
        background = ttk.Style(self.root).lookup("TFrame", "background")
        text.configure(relief="flat", borderwidth=0, highlightthickness=0, background=background)
        text.insert("1.0", sentence)
        text.configure(state="disabled")
        text.grid(pady=(8, 0))
        self.button.configure(text="Close", command=self.root.destroy)
        self.button.state(["!disabled"])
        self.root.protocol("WM_DELETE_WINDOW", self.root.destroy)

    def wrap(self) -> int:
        """The width of the text, in pixels of this screen."""
        from tkinter import font

        return font.nametofont("TkDefaultFont").measure("0") * WIDTH


def cut(line: str, width: int) -> str:
    """As much of a line as has room."""
    return line if len(line) <= width else line[: width - 1] + "…"
