"""SECURITY.md names the tests that hold what it says: they exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", PAGE)
ROWS = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| ")][1:]
TARGETS = re.findall(r'^    "(\w+)": Target\(', (ROOT / "tests/fuzz/targets.py").read_text(), re.MULTILINE)


@pytest.mark.parametrize(("file", "name"), NAMED, ids=lambda part: part.rpartition("/")[2])
def test_that_a_test_that_is_named_exists(file, name):
    assert re.search(rf"^def {name}\(", (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)


def test_that_something_holds_every_row():
    assert len(ROWS) >= 10
    for _, _, fuzzed, tests in ROWS:
        assert fuzzed.strip() or "::" in tests


def test_that_all_that_is_fuzzed_is_in_the_table():
    assert TARGETS
    assert sorted(TARGETS) == sorted(name for row in ROWS for name in re.findall(r"`(\w+)`", row[2]))
