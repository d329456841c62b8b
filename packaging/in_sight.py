"""A start from a desktop, where nobody reads stderr: shows the set-up, and what went wrong, where it can be seen."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import progress_window
from progress_window import NoWindow
from steps import say

# Each opens a terminal that runs the words that follow.
TERMINALS = (
    ("x-terminal-emulator", "-e"),
    ("xterm", "-e"),
    ("konsole", "-e"),
    ("gnome-terminal", "--"),
    ("ptyxis", "--"),
    ("xfce4-terminal", "-x"),
    ("mate-terminal", "-x"),
    ("alacritty", "-e"),
    ("kitty",),
    ("foot",),
)
PATIENCE = 2.0  # seconds in which a terminal that cannot open has said so

# Each shows the sentence that follows in a window of its own, until it is closed.
MESSAGES = (
    ("zenity", "--error", "--no-markup", "--title=AlexNet App", "--text"),
    ("kdialog", "--title", "AlexNet App", "--error"),
    ("xmessage", "-center"),
)
READ_IT = 'printf "%s\\n\\nPress Enter to close this window. " "$1"; read -r enter'


def set_up(start: Sequence[str], arguments: Sequence[str], log: Path) -> int | None:
    """Set up where the person sees it: None if the app may be started now, else the exit code, and all is said.

    ``start`` is the command of this program, ``arguments`` what the app is to be started with.
    """
    with contextlib.suppress(NoWindow):
        return progress_window.set_up([*start, "--set-up-only"], log)
    if open_terminal([*start, "--in-terminal", *arguments]):
        return 0
    notify("AlexNet App is being set up. This is done once and takes some minutes.")
    return None


def tell(sentence: str) -> None:
    """Show a sentence in a window until it is closed, else in a terminal, else as a notice that passes."""
    with contextlib.suppress(NoWindow):
        return progress_window.tell(sentence)
    for command in MESSAGES:
        if shutil.which(command[0]) and subprocess.run([*command, sentence], check=False).returncode in (0, 1):
            return None  # 1 is also how a window answers that was closed by its corner
    if not open_terminal(["sh", "-c", READ_IT, "sh", sentence]):
        notify(sentence)
    return None


def open_terminal(command: Sequence[str]) -> bool:
    """Run a command in the first terminal emulator that opens; False if none does."""
    return any(shutil.which(words[0]) and stays_open([*words, *command]) for words in TERMINALS)


def stays_open(command: Sequence[str]) -> bool:
    """Start a program that shows a window, and see whether it lives, or has given its window to another process."""
    try:
        return subprocess.Popen(list(command), start_new_session=True).wait(PATIENCE) == 0
    except subprocess.TimeoutExpired:
        return True
    except OSError as error:
        say(f"{command[0]} could not be started: {error.strerror}")
        return False


def notify(sentence: str) -> None:
    """Show a notice that passes, where the desktop has a program for it."""
    if shutil.which("notify-send"):
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):  # it waits long where no desktop answers
            command = ["notify-send", "--icon=alexnet-app", "AlexNet App", sentence]
            subprocess.run(command, check=False, timeout=PATIENCE)
