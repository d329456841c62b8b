"""Arguments to the window or to one command. ``--help`` needs nothing but the standard library."""

import argparse
import errno
import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any, NoReturn

from alexnet_app import __version__
from alexnet_app.commands.streams import drop_results, fill_closed, tell
from alexnet_app.commands.table import COMMANDS
from alexnet_app.core.memory import share_one_heap


class _Parser(argparse.ArgumentParser):
    """Says what is wrong with the arguments in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}; see {self.prog} --help\n")

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Refuses ``--option=--``, of which argparse makes an empty list or, in newer versions, the text "--"."""
        if action.option_strings and action.nargs is None and arg_strings == ["--"]:
            raise argparse.ArgumentError(action, "expected one argument")
        return super()._get_values(action, arg_strings)


def parser(named: str | None = None) -> argparse.ArgumentParser:
    """All commands, with the options of the one that is ``named``; of all where none is."""
    top = _Parser(
        prog="alexnet-app",
        usage="%(prog)s [PATH ...]\n       %(prog)s COMMAND ...",
        description="Train AlexNet, show it pictures, see what its two towers have learned.",
        epilog="Without a command the window opens, and in it the pictures, folders, models and run folders given as "
        "PATH. A path that is called like a command is written ./PATH.",
    )
    top.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = top.add_subparsers(
        dest="command", required=True, metavar="COMMAND", parser_class=_Parser, prog="alexnet-app"
    )
    for name, entry in COMMANDS.items():
        command = commands.add_parser(name, help=entry.help)
        if named in (name, None):
            _module(name).arguments(command)
    return top


def _module(name: str) -> Any:
    """The module of a command: it has ``arguments(parser)`` and ``run(options)``, which gives the exit code."""
    return import_module(f"alexnet_app.commands.{COMMANDS[name].module}")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command. Exit codes: 0, 1 for a fault of ours, 2 for what the person can put right, 130 for Ctrl-C.

    With ``argv`` it is a call from Python; without, it is the program, which leaves reports of its crashes.
    """
    fill_closed()
    _speak_utf8()
    _prepare_torch()
    code = 0
    try:
        code = _parse_and_run(argv) if argv is not None else _reported()
        sys.stdout.flush()  # what goes wrong with it is told here; at the exit Python would complain
    except KeyboardInterrupt:
        _say("interrupted")
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as head does; nothing is left to say to it
        drop_results()
    except OSError as error:
        drop_results()
        hint = "make room" if error.errno == errno.ENOSPC else "see where it goes"
        _say(f"the output could not be written: {error.strerror}; {hint} and try again")
        return 2
    return code


def _reported() -> int:
    from alexnet_app.core.crash_reports import reporting

    command = sys.argv[1] if len(sys.argv) > 1 and sys.argv[1] in COMMANDS else ""
    if len(sys.argv) > 1 and not command and sys.argv[1].startswith("-"):
        return _parse_and_run(None)  # such as --version: nothing is loaded that could crash
    with reporting(command):
        return _parse_and_run(None)


def _parse_and_run(argv: Sequence[str] | None) -> int:
    arguments = list(sys.argv[1:] if argv is None else argv)
    if wants_window(arguments):
        return _run_window(arguments)
    try:
        named = arguments[0] if arguments and arguments[0] in COMMANDS else ""
        options = parser(named).parse_args(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    with _libraries_apart():
        return _run(options)


def wants_window(arguments: Sequence[str]) -> bool:
    """Whether these arguments open the window: there are none, or the first is a path."""
    if not arguments:
        return True
    first = arguments[0]
    return first not in COMMANDS and not first.startswith("-") and os.path.exists(first)  # noqa: PTH110


def _libraries_apart() -> AbstractContextManager[None]:
    """What libraries print is not for the terminal."""
    from alexnet_app.commands.libraries import kept_apart

    return kept_apart()


def _has_display() -> bool:
    """Whether a window could be shown: Qt would end the program at once."""
    names = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return sys.platform in ("win32", "darwin") or any(os.environ.get(name) for name in names)


def _run_window(paths: Sequence[str]) -> int:
    """Opens the window; which of the paths cannot be opened is told there, where a launcher's user looks."""
    if not _has_display():
        _say("no display was found (DISPLAY, WAYLAND_DISPLAY and QT_QPA_PLATFORM are not set); see alexnet-app --help")
        return 2
    from alexnet_app.commands.needs import check
    from alexnet_app.core.errors import UserError

    try:
        check("torch")
    except UserError as error:
        _say(str(error))
        return 2
    with _libraries_apart():
        from alexnet_app.ui.app import main as show

        return show([os.path.abspath(path) for path in paths])  # noqa: PTH100


def _run(options: argparse.Namespace) -> int:
    from alexnet_app.commands.hints import told
    from alexnet_app.commands.needs import check, lacking
    from alexnet_app.core.errors import UserError

    try:
        check(COMMANDS[options.command].loads)
        return int(_module(options.command).run(options))
    except UserError as error:
        _say(told(error))
        return 2
    except (KeyboardInterrupt, BrokenPipeError):
        raise
    except Exception as error:  # the border of the program: the trace goes to a file, a sentence to the person
        if isinstance(error, OSError) and (error.errno == errno.ENOSPC or _is_of_output()):
            raise
        known = lacking(error)
        if known is not None:
            _say(told(known))
            return 2
        _say(f"internal error: {type(error).__name__}: {error}; {_keep_trace(error)}")
        return 1


def _is_of_output() -> bool:
    """Whether stdout cannot be written, such as a closed terminal: what it did not take it still holds."""
    try:
        sys.stdout.flush()
    except OSError:
        return True
    return False


def _keep_trace(error: Exception) -> str:
    """Writes the current trace where it can be sent from, if anywhere; where that is, as the end of a sentence."""
    import tempfile
    import traceback

    from alexnet_app.core import crash_reports

    report = crash_reports.write(error, ends=True)
    if report is not None:
        return f"see {report} for details"
    begin, end = "alexnet-app-", ".txt"
    try:
        with tempfile.NamedTemporaryFile("w", prefix=begin, suffix=end, delete=False, encoding="utf-8") as file:
            traceback.print_exc(file=file)
    except OSError as error:
        return f"the details could not be saved: {error.strerror}"
    return f"see {file.name} for details"


def _say(text: str) -> None:
    from alexnet_app.commands.printing import printable

    tell(f"alexnet-app: {printable(' '.join(text.splitlines()))}\n")


def _prepare_torch() -> None:
    """Lets torch's threads sleep soon when they wait for each other; must be set before torch is loaded.

    Left alone they spin, and where anything else wants a processor (a window that draws, a second run) each step then
    waits for a thread that was not let run: measured 1.3 to 4 times slower, against no difference on a quiet machine.

    And lets its large tensors lie in large pages, where the system has them: what is new there comes page by page. All
    threads have one heap, where a training can keep what it frees, on whichever it runs.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    share_one_heap()


def _speak_utf8() -> None:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
