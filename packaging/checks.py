"""All checks of the project, one after the other, and what they came to."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree

from environment import Environment

ALLOWED = "needs a GPU"  # the one lack that a machine made for the checks may have
SIDE_BY_SIDE = "--numprocesses=2"  # most tests keep one processor busy, some wait for a screen


def run_checks(environment: Environment, pytest_arguments: Sequence[str]) -> int:
    """Run every check, even after one failed; the last line says what they came to. 0 if all is well."""
    python = str(environment.python)
    failed = [
        name
        for name, command in (
            ("ruff", [python, "-m", "ruff", "check", "."]),
            ("mypy", [python, "-m", "mypy"]),
            ("lint-imports", [str(environment.program("lint-imports"))]),
        )
        if not passes(name, command, environment)
    ]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [python, "-m", "pytest", SIDE_BY_SIDE, *pytest_arguments, f"--junitxml={report}"]
        if not passes("pytest", command, environment):
            failed.append("pytest")
        left_out = reasons_left_out(report)
    if left_out is None and "pytest" not in failed:
        failed.append("pytest, which left no report")
    if lacking(left_out) and os.environ.get("ALEXNET_REQUIRE_ALL") == "1":
        failed.append(f"{len(lacking(left_out))} tests were left out, and none may be here")
    print("\n" + outcome(failed, left_out), flush=True)
    return 1 if failed else 0


def passes(name: str, command: Sequence[str], environment: Environment) -> bool:
    """Run one check under a heading."""
    print(f"\n===== {name} =====", flush=True)
    started = time.monotonic()
    code = subprocess.run(command, cwd=environment.root, env=environment.variables, check=False).returncode
    print(f"----- {name} {'failed' if code else 'passed'} in {time.monotonic() - started:.0f} s", flush=True)
    return code == 0


def reasons_left_out(report: Path) -> list[str] | None:
    """Why each test that could not run did not, from pytest's report; None if there is no report."""
    try:
        skipped = ElementTree.parse(report).iter("skipped")
    except (OSError, ElementTree.ParseError):
        return None
    return [_reason(element) for element in skipped if element.get("type") != "pytest.xfail"]


def _reason(skipped: ElementTree.Element) -> str:
    """The reason as the test gives it; pytest wraps that of a whole module in a tuple's text."""
    if skipped.get("message") != "collection skipped":
        return skipped.get("message", "")
    return (skipped.text or "").partition("Skipped: ")[2].rstrip("')\"")


def lacking(left_out: Sequence[str] | None) -> list[str]:
    """Of the reasons, those that a better set-up would take away."""
    return [reason for reason in left_out or () if not reason.startswith(ALLOWED)]


def outcome(failed: Sequence[str], left_out: Sequence[str] | None) -> str:
    """What it came to, in one line."""
    verdict = f"failed: {', '.join(failed)}" if failed else "all checks passed"
    if left_out is None:
        return f"{verdict}; pytest left no report of what it ran"
    tests = "1 test" if len(left_out) == 1 else f"{len(left_out)} tests"
    return f"{verdict}; {tests} could not run here" + (" (see above)" if left_out else "")
