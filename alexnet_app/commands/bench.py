"""The command ``bench``: how fast the program is beside what people use else, as tests/bench measures it."""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from time import monotonic
from typing import IO, Any

from alexnet_app.commands import bench_scripts
from alexnet_app.commands.bench_scripts import Script, lacking, variables
from alexnet_app.commands.interruption import ending_signals
from alexnet_app.commands.options import add_json
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import duration, say
from alexnet_app.commands.results import OK, OURS, THEIRS, print_json
from alexnet_app.core.errors import UserError

PATIENCE = 30.0  # seconds that a script has to put its screen and its files away
Rows = list[dict[str, Any]]


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="what to measure (default: everything, in 20 to 40 minutes)"
    )
    parser.add_argument("--list", action="store_true", help="list what can be measured, and what each needs")
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds per measurement (default: 7)")
    parser.add_argument("--data", metavar="DIR", help="a folder of photos (default: ALEXNET_TEST_DATA)")
    parser.add_argument("--cifar", metavar="DIR|ARCHIVE", help="CIFAR-10 (default: ALEXNET_CIFAR10, else the download)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``bench``: the rows that were asked for, or all."""
    if not bench_scripts.FOLDER.is_dir():
        raise UserError(
            "the benchmarks are not part of an installed program",
            "they are in tests/bench of the source code; download it and run python main.py bench there",
        )
    chosen = _chosen(options.names)
    if options.list:
        return _list(chosen, options)
    if options.rounds is not None and options.rounds < 1:
        raise UserError("--rounds must be at least 1, not {rounds}", "the default is 7", rounds=options.rounds)
    measured = _Measured(options)
    with _ending_as_ctrl_c():
        try:
            for script in chosen:
                measured.add(script)
        finally:  # what was measured before Ctrl-C counts
            measured.tell()
    return measured.code


class _Measured:
    """The rows so far, and what became of the scripts."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.code = OK
        self.rows: Rows = []
        self._options = options
        self._begun = monotonic()

    def add(self, script: Script) -> None:
        """Runs ``script``, or says what it lacks."""
        asked = _asked(script, self._options)
        missing = lacking(script, self._options)
        if missing:
            self._complain(THEIRS, f"{', '.join(asked)} cannot be measured here: {'; '.join(missing)}")
            return
        say(f"{script.file} measures {', '.join(script.rows)}")
        begun = monotonic()
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors:
            rows, code = _run(script, self._options, errors)
            errors.seek(0)
            said = errors.read()
        self.rows += [row for row in rows if not self._options.names or row["name"] in self._options.names]
        say(f"{script.file} took {duration(monotonic() - begun)}")
        left_out = [name for name in asked if name not in {row["name"] for row in rows}]
        if code or left_out:
            self._explain(script, left_out, code, said)

    def tell(self) -> None:
        """All rows, once more and together."""
        count = "1 row" if len(self.rows) == 1 else f"{len(self.rows)} rows"
        say(f"{count} in {duration(monotonic() - self._begun)}")
        if self._options.json:
            print_json(self.rows)
        elif len(self.rows) > 1:
            print("\n".join(_table(self.rows)))

    def _explain(self, script: Script, left_out: Sequence[str], code: int, said: str) -> None:
        """A script that leaves with a sentence cannot do its work here; a trace, or no word at all, is a fault."""
        lines = [line for line in said.splitlines() if line.strip()]
        if code and (code < 0 or not lines or "Traceback (most recent call last):" in lines):
            last = lines[-1] if code > 0 and lines else f"it stopped with {_named(code)}"
            self._complain(OURS, f"internal error in {script.file}: {last}; see {_kept(said)} for details")
        else:
            why = lines[-1] if code else f"it needs {script.hardware}"
            self._complain(THEIRS, f"{', '.join(left_out or script.rows)} cannot be measured here: {why}")

    def _complain(self, code: int, sentence: str) -> None:
        self.code = self.code if self.code == OURS else code
        say(printable(sentence))


def _named(code: int) -> str:
    return f"exit code {code}" if code > 0 else signal.Signals(-code).name


def _kept(said: str) -> str:
    """The path of a file with what a script said on its way out."""
    with tempfile.NamedTemporaryFile("w", prefix="bench-", suffix=".txt", delete=False, encoding="utf-8") as file:
        file.write(said)
    return file.name


def _asked(script: Script, options: argparse.Namespace) -> list[str]:
    """The rows of ``script`` that will be missed: those that few computers can measure only where they are named."""
    return [name for name in (*script.rows, *script.sometimes) if name in (options.names or script.rows)]


def _chosen(names: Sequence[str]) -> list[Script]:
    """The scripts of the rows called ``names``, in their order; all where there are none."""
    known = [name for script in bench_scripts.SCRIPTS for name in (*script.rows, *script.sometimes)]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise UserError(
            "there is no benchmark {name!r}", "choose from {known}", name=unknown[0], known=", ".join(known)
        )
    scripts = bench_scripts.SCRIPTS
    return [each for each in scripts if not names or {*each.rows, *each.sometimes} & set(names)]


def _list(chosen: Sequence[Script], options: argparse.Namespace) -> int:
    found = [
        {
            "name": name,
            "script": script.file,
            "needs": [*script.needs, *([script.hardware] if name in script.sometimes else [])],
            "lacking": lacking(script, options),
        }
        for script in chosen
        for name in (*script.rows, *script.sometimes)
        if not options.names or name in options.names
    ]
    if options.json:
        print_json(found)
        return OK
    for each in found:
        print(f"{each['name']:18} {each['script']:18} {', '.join(each['needs'])}".rstrip())
        for why in each["lacking"]:
            print(f"{'':18} {why}")
    return OK


def _run(script: Script, options: argparse.Namespace, errors: IO[str]) -> tuple[Rows, int]:
    """What a script measured, and its exit code. What it prints is passed on as it comes."""
    command = [sys.executable, str(bench_scripts.FOLDER / script.file), "--json"]
    if options.rounds is not None:
        command += ["--rounds", str(options.rounds)]
    rows: Rows = []
    with _child(command, variables(options), errors) as child:
        assert child.stdout is not None
        for line in child.stdout:
            found = _rows_in(line)
            rows = rows if found is None else found
            if found is None:
                print(printable(line.rstrip("\n")), flush=True)
        return rows, child.wait()


@contextmanager
def _child(command: list[str], variables: dict[str, str], errors: IO[str]) -> Iterator[subprocess.Popen[str]]:
    """A process in a group of its own, which is ended with us."""
    child = subprocess.Popen(
        command,
        env=variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            _end(child)
        assert child.stdout is not None
        child.stdout.close()


def _end(child: subprocess.Popen[str]) -> None:
    """Ctrl-C for the child and what it started; whoever is still there later, or at a second Ctrl-C, is killed."""
    if sys.platform == "win32":
        child.kill()
    else:
        with suppress(subprocess.TimeoutExpired, KeyboardInterrupt):
            os.killpg(child.pid, signal.SIGINT)
            child.wait(PATIENCE)
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
    child.wait()


@contextmanager
def _ending_as_ctrl_c() -> Iterator[None]:
    """A request to end and a closed terminal do what Ctrl-C does: the children must not outlive us."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in ending_signals()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _rows_in(line: str) -> Rows | None:
    """The rows, if this line holds them and nothing for people."""
    if not line.startswith("["):
        return None
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, list) and all(isinstance(row, dict) and "name" in row for row in found) else None


def _table(rows: Rows) -> list[str]:
    """A line each: the ratio, its range, and whether it is what is aimed at."""
    lines = [f"{'':18} {'ratio':>8} {'range':>16}  aim"]
    for row in rows:
        ratio, must, most = row["ratio"], row.get("must"), row.get("most")
        aims = [] if must is None else [f"{must:g}"]
        aims += [] if most is None else [f"at most {most:g} {row['unit']}"]
        missed = (must is not None and ratio["median"] < must) or (most is not None and row["ours"] > most)
        aim = ", ".join(aims) + (" not reached" if missed else "")
        spread = f"{ratio['low']:.2f} to {ratio['high']:.2f}"
        lines.append(f"{row['name']:18} {ratio['median']:8.2f} {spread:>16}  {aim}".rstrip())
    return lines
