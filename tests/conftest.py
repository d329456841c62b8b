"""What all tests share: what runs always, what runs where all are asked for, and how they run side by side."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the program sets them, before anything loads torch
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="run the tests marked whole too: long, or of the set-up")


def pytest_configure(config):
    config.addinivalue_line(
        "markers",
        "whole(of): with --all, where ALEXNET_REQUIRE_ALL is 1, or where a file below one of the paths has changed",
    )


def pytest_collection_modifyitems(config, items):
    """Leaves out what is marked ``whole`` unless it is wanted; pytest counts it as deselected."""
    named = {Path(each.split("::")[0]).resolve() for each in config.args if "::" in each or each.endswith(".py")}
    if config.getoption("--all") or os.environ.get("ALEXNET_REQUIRE_ALL") == "1":
        return
    changed = _changed()
    kept, left = [], []
    for item in items:
        marks = list(item.iter_markers("whole"))
        of = [path for mark in marks for path in mark.args]
        wanted = not marks or item.path in named or any(each.startswith(tuple(of)) for each in changed if of)
        (kept if wanted else left).append(item)
    if left:
        config.hook.pytest_deselected(items=left)
        items[:] = kept


def _changed():
    """Files that are not as in the last commit."""
    try:
        said = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [line[3:].strip('"') for line in said.stdout.splitlines()]


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may be missing
def pytest_xdist_make_scheduler(config, log):
    """Tests of a file run in one process, so that what they share is made once. Those with a screen run one after the
    other: each wants the time of a person.
    """
    from xdist.scheduler import LoadScopeScheduling

    class OneScreen(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return "screen" if nodeid.startswith("tests/desktop/") else nodeid.split("::", 1)[0]

    return OneScreen(config, log)
