"""The table of what was measured: rows go in, what was there before and what was written by hand stays."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.bench import parts, results, rounds

SCRIPT = Path(results.__file__)


def row(name, ratio=2.0, machine="2 cores", date="2026-01-02", **more):
    made = rounds.Row(name, "a peer", "ms", ((10.0, 10.0 * ratio),) * 7, **more)
    return made.value() | {"machine": machine, "date": date}


def test_that_rounds_are_interleaved_and_who_is_first_alternates():
    called = []
    ours, peer = (lambda name=name: called.append(name) or float(len(called)) for name in ("ours", "peer"))
    pairs = rounds.interleaved(ours, peer, 3, warm=1)
    assert called == ["ours", "peer", "peer", "ours"] * 2
    assert pairs == ((4.0, 3.0), (5.0, 6.0), (8.0, 7.0))


@pytest.mark.parametrize(("less", "low", "median", "high"), [(True, 0.5, 2.0, 4.0), (False, 0.25, 0.5, 2.0)])
def test_that_a_ratio_above_1_is_better_whatever_the_unit(less, low, median, high):
    row = rounds.Row("a", "b", "c", ((1.0, 2.0), (2.0, 1.0), (1.0, 4.0)), less=less)
    assert row.value()["ratio"] == {"median": median, "low": low, "high": high}


def test_that_a_row_says_what_was_measured_and_what_was_aimed_at():
    made = results.written("", [row("curve", must=5, most=20, bound=1500.0, note="many\npoints")])
    line = (
        "| `curve` | 10 ms | 20 ms | 2.00 (2.00 to 2.00) | 7 | ≥ 5, ≤ 20 ms **not reached** | 1,500 ms | 2026-01-02 |"
    )
    assert line in made.splitlines()
    assert "- `curve` against a peer: many points" in made.splitlines()
    assert "## 2 cores" in made.splitlines()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "|  |"),
        ({"must": 2}, "| ≥ 2 |"),
        ({"must": 2.1}, "| ≥ 2.1 **not reached** |"),
        ({"most": 10}, "| ≤ 10 ms |"),
        ({"must": 1.5, "most": 9}, "| ≥ 1.5, ≤ 9 ms **not reached** |"),
    ],
)
def test_that_an_aim_that_is_missed_is_told(more, said):
    assert said in results.written("", [row("curve", **more)])


def test_that_a_new_measurement_replaces_the_old_one_and_leaves_the_others():
    first = results.written("", [row("one"), row("two"), row("one", machine="a GPU")])
    second = results.written(first, [row("two", ratio=3.0, date="2026-02-03", note="again"), row("three")])
    assert second.count("| `two` |") == second.count("- `two`") == 1
    assert "3.00 (3.00 to 3.00)" in second
    assert [line.split("`")[1] for line in second.splitlines() if line.startswith("| `")] == [
        "one",
        "two",
        "three",
        "one",
    ]
    assert second.index("## 2 cores") < second.index("`three`") < second.index("## a GPU")
    assert results.written(second, []) == second


def test_that_what_was_written_by_hand_stays():
    first = results.written("", [row("one")])
    text = first + "\n## Seen by a person\n\n| `one` | is | fine |\n- `one` too\n"
    second = results.written(text, [row("one", ratio=4.0)])
    assert second.endswith("\n## Seen by a person\n\n| `one` | is | fine |\n- `one` too\n")
    assert second.count(results.BY_HAND) == 1
    assert "4.00 (" in second.partition(results.BY_HAND)[0]


def test_that_it_reads_what_the_command_printed(tmp_path):
    out = "starting\n[not rows]\n" + json.dumps([row("one")]) + "\n"
    command = [sys.executable, str(SCRIPT), "--file", str(tmp_path / "RESULTS.md")]
    done = subprocess.run(command, input=out, text=True, capture_output=True, check=True, timeout=120)
    assert done.stdout.endswith("RESULTS.md: one\n")
    (tmp_path / "other.txt").write_text(json.dumps([row("two")]), encoding="utf-8")
    subprocess.run([*command, str(tmp_path / "other.txt")], check=True, capture_output=True, timeout=120)
    text = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    assert "`one`" in text
    assert "`two`" in text
    failed = subprocess.run(command, input="nothing\n", text=True, capture_output=True, timeout=120, check=False)
    assert failed.returncode == 1
    assert "there is no row" in failed.stderr
    assert (tmp_path / "RESULTS.md").read_text(encoding="utf-8") == text


def test_that_the_table_in_the_repository_is_as_it_is_written():
    text = results.FILE.read_text(encoding="utf-8")
    assert results.written(text, []) == text


@pytest.mark.parametrize(("must", "most", "is_asked"), [(1.5, 11, False), (3, None, True), (1.5, 9, True)])
def test_that_a_profile_is_taken_where_an_aim_is_not_reached(must, most, is_asked):
    asked = []

    def profile():
        asked.append(1)
        return iter(("products 61 %", "the rest 39 %"))

    one = rounds.Row("one", "a peer", "ms", ((10.0, 20.0),) * 7, must=must, most=most).explained(profile)
    assert bool(asked) is is_asked
    told = "where the time goes: products 61 %, the rest 39 %"
    assert (told in one.sentence()) is is_asked
    written = results.written("", [one.value() | {"machine": "2 cores", "date": "2026-01-02"}])
    assert (told in written) is is_asked
    assert results.written(written, []) == written


def test_that_a_start_is_told_by_what_it_imports_and_what_it_builds():
    lines = [
        "mark: interpreter 100.2",
        "import time: self [us] | cumulative | imported package",
        "import time:    300000 |     300000 |     shiboken6.Shiboken",
        "import time:    100000 |     400000 |   PySide6.QtCore",
        "import time:     50000 |      50000 |   json.decoder",
        "mark: application 100.7",
        "mark: window 100.8",
        "import time:    100000 |     100000 | alexnet_app.ui.train.panel",
        "mark: shown 101.1",
        "mark: painted 101.2",
        "import time:   9000000 |    9000000 | torch",
    ]
    told = parts.of_start(lines, 100.0)
    wanted = {
        "the process and the interpreter": 0.2,
        "import of PySide6": 0.4,
        "import of Python's own modules": 0.05,
        "joining what is imported": 0.05,
        "QApplication": 0.1,
        "import of the program's own modules": 0.1,
        "building the window, its menus and the page that is seen": 0.2,
        "showing and painting it": 0.1,
    }
    assert told == pytest.approx(wanted, abs=1e-5)
    assert sum(told.values()) == pytest.approx(1.2)
    with pytest.raises(ValueError, match="never painted"):
        parts.of_start(lines[:-2], 100.0)


def test_that_shares_begin_with_the_largest_and_add_up():
    said = parts.shares({"a": 0.2, "b": 0.5, "c": 0.1, "d": 0.1, "e": 0.1}, 3)
    assert said == ["b 50 %", "a 20 %", "the rest 30 %"]
    assert parts.shares({"a": 1.0}) == ["a 100 %"]
