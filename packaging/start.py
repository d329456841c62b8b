"""Starts AlexNet App from a checkout: makes its Python environment on first use, then runs ``main.py``.

``python3 packaging/start.py [ARGS…]`` starts the app with ARGS; ``--test [PYTEST ARGS…]`` runs all checks instead.
Needs only the standard library, and an older Python must be able to read it to learn what it lacks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # python -P and -I leave it out

from environment import Environment
from steps import IS_WINDOWS, SetUpError, say
from system_packages import provide_for_tests, provide_for_window

ROOT = Path(__file__).resolve().parent.parent
NEEDED = (3, 11)
NEWEST = 14  # the newest 3.x to look for

HAS_WINDOW = False  # the app has no window yet: until then a start without arguments shows the demonstration


def main(arguments: Sequence[str]) -> int:
    """Set up and start; gives back the exit code, or does not come back where the app takes this process over."""
    try:
        require_python()
        return check(arguments[1:]) if arguments[:1] == ["--test"] else start(arguments)
    except SetUpError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped; start again to go on")
        return 130


def start(arguments: Sequence[str]) -> int:
    """Start the app with these arguments."""
    environment = Environment(ROOT)
    environment.ensure()
    if wants_window(arguments):
        provide_for_window(environment.folder)
    return run_app(environment, app_arguments(arguments))


def check(pytest_arguments: Sequence[str]) -> int:
    """Run all checks."""
    from checks import run_checks  # what only the checks need would slow every start

    environment = Environment(ROOT, extras=["test"])
    environment.ensure()
    provide_for_tests(environment.folder)
    return run_checks(environment, pytest_arguments)


def wants_window(arguments: Sequence[str]) -> bool:
    """Whether this start opens the window."""
    return HAS_WINDOW and not arguments and has_display()


def app_arguments(arguments: Sequence[str]) -> list[str]:
    """The app's arguments: those given, else none where it can open its window, else the demonstration."""
    if arguments or wants_window(arguments):
        return list(arguments)
    if has_display():
        say("the app has no window yet; running its demonstration here: demo")
    else:
        say("no display found (DISPLAY, WAYLAND_DISPLAY and QT_QPA_PLATFORM are not set); running demo here")
    return ["demo"]


def has_display() -> bool:
    """Whether a window could be shown."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in names)


def run_app(environment: Environment, arguments: Sequence[str]) -> int:
    """Give this process over to the app; Windows has no way to, so there it is a child."""
    command = [str(environment.python), str(ROOT / "main.py"), *arguments]
    sys.stderr.flush()
    if not IS_WINDOWS:
        os.execve(command[0], command, environment.variables)
    child = subprocess.Popen(command, env=environment.variables)
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:  # the app was told too, and ends as it sees fit
            continue


def require_python() -> None:
    """Refuse a Python that is too old, naming a command that is not if there is one."""
    if sys.version_info[:2] >= NEEDED:
        return
    needed, found = "{}.{}".format(*NEEDED), "{}.{}.{}".format(*sys.version_info[:3])
    newer = newer_python()
    way_out = f"start it with: {newer} packaging/start.py" if newer else "install one from python.org or your system"
    raise SetUpError(f"AlexNet App needs Python {needed} or newer, and this is {found}; {way_out}")


def newer_python() -> str | None:
    """The name of a Python on the path that is new enough and really runs."""
    names = [f"python3.{minor}" for minor in range(NEWEST, NEEDED[1] - 1, -1)]
    return next((name for name in names if shutil.which(name) and runs(name)), None)


def runs(name: str) -> bool:
    """Whether it is more than a name: version managers leave scripts that only complain."""
    return subprocess.run([name, "--version"], capture_output=True, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
