"""What all tests share."""

import os

os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the program sets them, before anything loads torch
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

import pytest


@pytest.hookimpl(optionalhook=True)  # pytest-xdist may be missing
def pytest_xdist_make_scheduler(config, log):
    """Where tests run side by side, those with a screen run one after the other: each wants the time of a person."""
    from xdist.scheduler import LoadScopeScheduling

    class OneScreen(LoadScopeScheduling):
        def _split_scope(self, nodeid):
            return "screen" if nodeid.startswith("tests/desktop/") else nodeid

    return OneScreen(config, log)
