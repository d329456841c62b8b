"""A little of what ``stress.py`` does much of."""

import subprocess
import sys
from pathlib import Path

import pytest
from screen import lacking

STRESS = Path(__file__).with_name("stress.py")


@pytest.mark.whole
@pytest.mark.parametrize(("part", "count"), [("starts", 5), ("pictures", 200), ("closings", 4)])
def test_that_the_window_stands_a_little_stress(part, count):
    if part == "closings" and lacking():
        pytest.skip(f"no virtual screen: {', '.join(lacking())} not installed")
    counts = {"starts": 0, "pictures": 0, "closings": 0, part: count}
    options = [each for name, number in counts.items() for each in (f"--{name}", str(number))]
    done = subprocess.run([sys.executable, STRESS, *options], capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{part}: OK" in done.stdout
