"""A real window on a screen that nobody sees."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import screen as virtual


@pytest.fixture
def screen(tmp_path, request):
    """A screen of its own for each test, with an empty home; its size in pixels may be a parameter of the test."""
    lacking = virtual.lacking()
    if lacking:
        pytest.skip(f"no virtual screen: {', '.join(lacking)} not installed")
    shown = virtual.Screen(tmp_path, getattr(request, "param", virtual.SIZE))
    yield shown
    shown.close()


@pytest.fixture
def program(screen):
    """Starts the program on the screen; ends it if the test did not."""
    started = []

    def start(*arguments, **variables):
        started.append(virtual.Program(screen, *arguments, variables=variables))
        return started[-1]

    yield start
    for each in started:
        if each.process.poll() is None:
            each.process.kill()
            each.process.wait()
