#!/usr/bin/env python3
"""Starts AlexNet App from a checkout: makes its Python environment on first use, then runs ``main.py``.

``python3 packaging/start.py [ARGS…]`` starts the app with ARGS; ``--test [PYTEST ARGS…]`` runs all checks instead, and
``--install-launcher`` puts the app into the desktop's menu. Needs only the standard library, and an older Python must
be able to read it to learn what it lacks.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))  # python -P and -I leave it out

import steps
from environment import Environment
from steps import IS_WINDOWS, SetUpError, say
from system_packages import provide_for_tests, provide_for_window

ROOT = Path(__file__).resolve().parent.parent
START = Path(__file__).resolve()
NEEDED = (3, 11)
NEWEST = 14  # the newest 3.x to look for

DISPLAY_VARIABLES = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
SET_UP_ONLY = "--set-up-only"  # what the window that shows the first start runs
IN_TERMINAL = "--in-terminal"  # what the terminal runs that is opened where there can be no such window


def main(arguments: Sequence[str]) -> int:
    """Set up and start; gives back the exit code, or does not come back where the app takes this process over."""
    fill_standard_streams()
    try:
        if unread(arguments):
            return start_from_desktop(arguments)
        if arguments[:1] == [IN_TERMINAL]:
            return start_in_terminal(arguments[1:])
        require_python()
        return chosen(arguments)
    except SetUpError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("stopped; start again to go on")
        return 130


def chosen(arguments: Sequence[str]) -> int:
    """Do what the first argument asks for: one of this program's own options, or a start of the app."""
    option = arguments[0] if arguments else ""
    if option == "--test":
        return check(arguments[1:])
    if option in ("--install-launcher", "--remove-launcher"):
        import launcher  # what a start does not need would slow it

        say(launcher.install(ROOT) if option == "--install-launcher" else launcher.remove())
        return 0
    return set_up_only() if option == SET_UP_ONLY else start(arguments)


def start(arguments: Sequence[str]) -> int:
    """Start the app with these arguments."""
    arguments = app_arguments(arguments)
    environment = Environment(ROOT)
    environment.ensure()
    if wants_window(arguments):
        provide_for_window(environment.folder)
    return run_app(environment, arguments)


def check(pytest_arguments: Sequence[str]) -> int:
    """Run all checks."""
    from checks import run_checks  # what only the checks need would slow every start

    environment = Environment(ROOT, extras=["test"])
    environment.ensure()
    provide_for_tests(environment.folder)
    return run_checks(environment, pytest_arguments)


def start_from_desktop(arguments: Sequence[str]) -> int:
    """Start where nobody reads stderr: what takes long or goes wrong before the app is there is shown in a window."""
    environment = Environment(ROOT)
    if not environment.is_ready():
        import in_sight

        use_fitting_python(environment, arguments)
        try:
            require_python()
            outcome = in_sight.set_up([sys.executable, str(START)], arguments, environment.log)
            if outcome is not None:
                return outcome
            environment.ensure()  # nothing is left to do, unless nothing could show it
        except SetUpError as error:
            in_sight.tell(str(error))
            raise
    warn_of_missing_libraries(environment)
    return run_app(environment, arguments)


def use_fitting_python(environment: Environment, arguments: Sequence[str]) -> None:
    """Go on with the Python that made the environment, else with one that is new enough: a desktop may find another."""
    if Path(sys.prefix) != environment.folder and environment.complete.exists() and runs(environment.python):
        os.execv(str(environment.python), [str(environment.python), str(START), *arguments])
    newer = None if sys.version_info[:2] >= NEEDED else newer_python()
    if newer:
        os.execvp(newer, [newer, str(START), *arguments])


def warn_of_missing_libraries(environment: Environment) -> None:
    """Show in a window which of Qt's libraries this system lacks; the app is started all the same."""
    import contextlib
    import io

    with contextlib.redirect_stderr(io.StringIO()) as told:
        provide_for_window(environment.folder)
    if told.getvalue():
        import in_sight

        say(told.getvalue().strip())
        in_sight.tell(told.getvalue().strip())


def set_up_only() -> int:
    """Set up for a window that shows it: what is done goes to stderr as ever, why it failed to stdout."""
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # Cancel; a desktop may have us ignore Ctrl-C
    steps.QUIET_SECONDS = 0.5
    environment = Environment(ROOT)
    try:
        environment.ensure()
    except SetUpError as error:
        print(error)
        return 1
    provide_for_window(environment.folder)
    return 0


def start_in_terminal(arguments: Sequence[str]) -> int:
    """Set up in the terminal that was opened for it; then it closes, and the app lives on without it."""
    environment = Environment(ROOT)
    try:
        require_python()
        environment.ensure()
        provide_for_window(environment.folder)
    except SetUpError as error:
        say(str(error))
        input("Press Enter to close this window.")
        return 1
    nothing = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.Popen([sys.executable, str(START), *arguments], start_new_session=True, **nothing)
    return 0


def unread(arguments: Sequence[str]) -> bool:
    """Whether this start was asked for on a desktop: a window is wanted, a screen is there, and no terminal is."""
    if not wants_window(arguments) or steps.on_terminal() or sys.platform in ("win32", "darwin"):
        return False  # there the launchers open a terminal
    on_screen = os.environ.get("QT_QPA_PLATFORM", "").partition(":")[0] in ("", "xcb", "wayland")
    return on_screen and any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))


def wants_window(arguments: Sequence[str]) -> bool:
    """Whether this start opens the window."""
    return not is_headless(arguments) and has_display()


def is_headless(arguments: Sequence[str]) -> bool:
    """Whether the arguments are for the command line.

    They are for the window if there are none, or if the first is the path of something that exists, and neither the
    name of a command nor an option. All else, a typing error too, goes to the command line, which knows what to say.
    """
    sys.path.append(str(ROOT))
    from alexnet_app.commands.table import COMMANDS  # of any Python, and nothing else comes with it

    if not arguments or arguments[0] in COMMANDS or arguments[0].startswith("-"):
        return bool(arguments)
    return not os.path.exists(arguments[0])  # noqa: PTH110 - Path.exists fails for what is too long to be a name


def app_arguments(arguments: Sequence[str]) -> list[str]:
    """The app's arguments: those given; where no window can be shown and nothing was asked for, the demonstration."""
    if is_headless(arguments) or has_display():
        return list(arguments)
    lacking = f"no display found ({', '.join(DISPLAY_VARIABLES[:-1])} and {DISPLAY_VARIABLES[-1]} are not set)"
    if arguments:
        raise SetUpError(f"{lacking} to open these in a window; name a command, such as: classify PICTURE")
    say(f"{lacking}; running demo here")
    return ["demo"]


def has_display() -> bool:
    """Whether a window could be shown."""
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in DISPLAY_VARIABLES)


def fill_standard_streams() -> None:
    """Open what a desktop left closed, onto nothing: else the next file opened would be taken for stdout or stderr."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, "r" if name == "stdin" else "w", closefd=False))


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


def runs(name: str | Path) -> bool:
    """Whether it is more than a name: version managers leave scripts that only complain."""
    try:
        return subprocess.run([str(name), "--version"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
