"""The command that runs the benchmarks: real child processes, with small scripts instead of the long ones."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from alexnet_app import cli
from alexnet_app.commands import bench_scripts
from alexnet_app.commands.bench_scripts import Script
from alexnet_app.core.download import CIFAR10

sys.path.insert(0, str(Path(__file__).parents[2] / "tests" / "desktop"))
sys.path.insert(0, str(Path(__file__).parents[2]))

import screen

from tests.bench import rounds

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

ROOT = Path(__file__).parents[2]

MEASURES = """
import sys
sys.path.insert(0, {root!r})
from tests.bench import rounds

def rows(count=7):
    for name in {names!r}:
        yield rounds.Row(name, "a peer", "s", ((1.0, 2.0),) * count, bound=0.5, must=1.5)

given = rounds.arguments("")
print("starting", flush=True)
rounds.told(rows(given.rounds), as_json=given.json)
{after}
"""


@pytest.fixture
def scripts(tmp_path, monkeypatch):
    """Puts scripts into a folder of their own; ``rows`` is what the table says, ``names`` what it measures."""
    folder = tmp_path / "checkout" / "tests" / "bench"
    folder.mkdir(parents=True)
    monkeypatch.setattr(bench_scripts, "FOLDER", folder)
    monkeypatch.setattr(bench_scripts, "SCRIPTS", ())
    for name in ("ALEXNET_TEST_DATA", "ALEXNET_CIFAR10"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(bench_scripts, "cache_folder", lambda: tmp_path / "cache")

    def add(file, rows, needs=(), sometimes=(), text=None, names=None, after=""):
        text = text or MEASURES.format(root=str(ROOT), names=names or rows, after=after)
        (folder / file).write_text(text, encoding="utf-8")
        added = Script(file, tuple(rows), tuple(needs), tuple(sometimes))
        monkeypatch.setattr(bench_scripts, "SCRIPTS", (*bench_scripts.SCRIPTS, added))

    return add


def last_json(told):
    return json.loads(told.out.splitlines()[-1])


def test_that_all_rows_are_measured_told_as_they_come_and_given_as_json(scripts, capsys):
    scripts("one.py", ["first", "second"])
    scripts("two.py", ["third"])
    assert cli.main(["bench", "--json"]) == 0
    told = capsys.readouterr()
    lines = told.out.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["starting", "first", "second", "starting", "third"]
    found = json.loads(lines[-1])
    assert [row["name"] for row in found] == ["first", "second", "third"]
    row = found[0]
    assert (row["ours"], row["peer"], row["unit"], row["rounds"], row["bound"]) == (1.0, 2.0, "s", 7, 0.5)
    assert row["ratio"] == {"median": 2.0, "low": 2.0, "high": 2.0}
    assert (row["against"], row["must"], row["less"], row["machine"]) == ("a peer", 1.5, True, rounds.machine())
    assert "3 rows in" in told.err


def test_that_without_json_a_table_ends_it(scripts, capsys):
    scripts("one.py", ["first"])
    scripts("slow.py", ["slow"], text=MEASURES.format(root=str(ROOT), names=["slow"], after="").replace("2.0", "1.2"))
    assert cli.main(["bench"]) == 0
    first, slow = capsys.readouterr().out.splitlines()[-2:]
    assert first.split() == ["first", "2.00", "2.00", "to", "2.00", "1.5"]
    assert slow.split() == ["slow", "1.20", "1.20", "to", "1.20", "1.5", "not", "reached"]


def test_that_names_choose_the_scripts_and_the_rows(scripts, capsys, tmp_path):
    scripts("one.py", ["first", "second"], after="open(__file__ + '.ran', 'w').close()")
    scripts("two.py", ["third"], after="open(__file__ + '.ran', 'w').close()")
    assert cli.main(["bench", "second", "--rounds", "3", "--json"]) == 0
    (row,) = last_json(capsys.readouterr())
    assert (row["name"], row["rounds"]) == ("second", 3)
    assert [path.name for path in bench_scripts.FOLDER.glob("*.ran")] == ["one.py.ran"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["bench", "fourth"], "no benchmark 'fourth'; choose from first, second"),
        (["bench", "--rounds", "0"], "at least 1, not 0"),
    ],
)
def test_that_wrong_arguments_are_refused(scripts, capsys, arguments, sentence):
    scripts("one.py", ["first", "second"])
    assert cli.main(arguments) == 2
    assert sentence in capsys.readouterr().err


def test_that_what_is_missing_is_told_with_how_to_give_it_and_the_others_go_on(scripts, capsys):
    scripts("photos.py", ["seen"], ["photos"])
    scripts("cifar.py", ["learned"], ["cifar10"])
    scripts("one.py", ["first"])
    assert cli.main(["bench", "--json"]) == 2
    told = capsys.readouterr()
    assert [row["name"] for row in last_json(told)] == ["first"]
    assert "seen cannot be measured here: no photos (choose a folder with --data DIR" in told.err
    assert "learned cannot be measured here: no CIFAR-10 (choose it with --cifar DIR|ARCHIVE" in told.err


def test_that_a_screen_is_missed_where_its_programs_are_not(scripts, capsys, monkeypatch, tmp_path):
    scripts("window.py", ["window"], ["screen"])
    monkeypatch.setenv("PATH", str(tmp_path))
    assert cli.main(["bench"]) == 2
    assert "no virtual screen, Xvfb, openbox" in capsys.readouterr().err


def test_that_the_programs_of_a_screen_are_those_it_is_made_with():
    assert bench_scripts.SCREEN == screen.NEEDED


def test_that_data_reach_the_script(scripts, capsys, tmp_path, monkeypatch):
    text = "import json, os; print(json.dumps([{'name': os.environ['ALEXNET_%s']}]))"
    scripts("photos.py", ["seen"], ["photos"], text=text % "TEST_DATA")
    scripts("cifar.py", ["learned"], ["cifar10"], text=text % "CIFAR10")
    for name in ("photos", "cifar", "cache"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path)
    cli.main(["bench", "--data", "photos", "--cifar", "cifar", "--json"])
    assert last_json(capsys.readouterr()) == [{"name": str(tmp_path / name)} for name in ("photos", "cifar")]
    monkeypatch.setenv("ALEXNET_TEST_DATA", "photos")
    (tmp_path / "cache" / CIFAR10.file).touch()
    cli.main(["bench", "--json"])
    kept = [str(tmp_path / "photos"), str(tmp_path / "cache" / CIFAR10.file)]
    assert last_json(capsys.readouterr()) == [{"name": name} for name in kept]
    assert cli.main(["bench", "seen", "--data", "nowhere"]) == 2
    assert f"no photos, {tmp_path / 'nowhere'} does not exist" in capsys.readouterr().err


def test_that_what_the_program_sets_for_itself_does_not_reach_the_script(scripts, capsys, monkeypatch):
    monkeypatch.setenv("GOMP_SPINCOUNT", "1000")
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    scripts(
        "one.py", ["first"], text="import os; print(sorted({'GOMP_SPINCOUNT', 'OMP_NUM_THREADS'} & set(os.environ)))"
    )
    cli.main(["bench"])
    assert capsys.readouterr().out == "['OMP_NUM_THREADS']\n"


def test_that_a_fault_is_told_by_its_last_line_and_the_others_go_on(scripts, capsys):
    scripts("bad.py", ["bad", "worse"], names=["bad"], after="def deep(): raise ValueError('of no use')\ndeep()")
    scripts("one.py", ["first"])
    assert cli.main(["bench", "--json"]) == 1
    told = capsys.readouterr()
    assert [row["name"] for row in last_json(told)] == ["bad", "first"]
    (line,) = [line for line in told.err.splitlines() if "internal error" in line]
    assert line.startswith("internal error in bad.py: ValueError: of no use; see ")
    details = Path(line.removesuffix(" for details").rpartition(" ")[2])
    assert "in deep" in details.read_text(encoding="utf-8")
    details.unlink()


def test_that_a_row_that_fails_leaves_those_before_it(scripts, capsys):
    breaking = "once = rows\ndef rows(count):\n    yield from once(count)\n    raise SystemExit('no second here')\n"
    text = MEASURES.format(root=str(ROOT), names=["first"], after="").replace("given =", breaking + "given =")
    scripts("one.py", ["first", "second"], text=text)
    assert cli.main(["bench", "--json"]) == 2
    told = capsys.readouterr()
    assert [row["name"] for row in last_json(told)] == ["first"]
    assert "second cannot be measured here: no second here" in told.err


def test_that_a_script_that_is_killed_is_a_fault(scripts, capsys):
    scripts("killed.py", ["first"], text="import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    scripts("silent.py", ["second"], text="import sys; sys.exit(3)")
    assert cli.main(["bench"]) == 1
    told = capsys.readouterr().err
    assert "killed.py: it stopped with SIGKILL" in told
    assert "silent.py: it stopped with exit code 3" in told
    for line in told.splitlines():
        if "details" in line:
            Path(line.removesuffix(" for details").rpartition(" ")[2]).unlink()


def test_that_a_row_that_was_not_measured_is_missed(scripts, capsys):
    scripts("one.py", ["first", "second"], names=["first"])
    assert cli.main(["bench"]) == 2
    assert "second cannot be measured here: it needs a GPU" in capsys.readouterr().err


def test_that_a_row_that_few_computers_can_measure_is_missed_only_where_it_was_asked_for(scripts, capsys):
    scripts("one.py", ["first"], sometimes=["rare"])
    assert cli.main(["bench"]) == 0
    assert cli.main(["bench", "--list"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].split()[:2] == ["rare", "one.py"]
    assert cli.main(["bench", "rare"]) == 2
    assert "rare cannot be measured here" in capsys.readouterr().err
    scripts("two.py", ["second"], sometimes=["odd"], names=["second", "odd"])
    assert cli.main(["bench", "odd", "--json"]) == 0
    assert [row["name"] for row in last_json(capsys.readouterr())] == ["odd"]


def test_that_an_installed_program_says_where_the_benchmarks_are(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(bench_scripts, "FOLDER", tmp_path / "nowhere")
    assert cli.main(["bench"]) == 2
    assert "not part of an installed program; they are in tests/bench" in capsys.readouterr().err


def test_that_the_list_says_what_each_needs_and_lacks(scripts, capsys):
    scripts("cifar.py", ["learned", "forgotten"], ["cifar10"])
    assert cli.main(["bench", "learned", "--list", "--json"]) == 0
    (row,) = last_json(capsys.readouterr())
    assert (row["name"], row["script"], row["needs"]) == ("learned", "cifar.py", ["cifar10"])
    assert "no CIFAR-10" in row["lacking"][0]
    assert cli.main(["bench", "--list"]) == 0
    assert "forgotten" in capsys.readouterr().out


# a measurement that is broken off

WAITS = """
import os, signal, subprocess, sys, time
grandchild = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
try:
    print(os.getpid(), grandchild.pid, flush=True)
    time.sleep(600)
finally:
    open(__file__ + ".tidied", "w").close()
"""
DEAF = WAITS.replace("grandchild =", "signal.signal(signal.SIGINT, signal.SIG_IGN)\ngrandchild =")
ASIDE = """
import sys
sys.path.insert(0, {root!r})
from pathlib import Path
from alexnet_app import cli
from alexnet_app.commands import bench, bench_scripts
bench_scripts.FOLDER = Path({folder!r})
bench_scripts.SCRIPTS = tuple(bench_scripts.Script(*each) for each in {scripts!r})
bench.PATIENCE = {patience}
sys.exit(cli.main(["bench", "--json"]))
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text(encoding="utf-8")


def broken_off(blow, patience=30):
    """The end of a command when a script waits: its exit code, both outputs, the ids of the script's processes."""
    named = [(each.file, each.rows) for each in bench_scripts.SCRIPTS]
    code = ASIDE.format(root=str(ROOT), folder=str(bench_scripts.FOLDER), scripts=named, patience=patience)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", code], **pipes) as process:
        out = line = ""
        for line in process.stdout:
            out += line
            if line.split()[0].isdigit():
                break
        ids = [int(each) for each in line.split()]
        process.send_signal(blow)
        rest, err = process.communicate(timeout=60)
    return process.returncode, out + rest, err, ids


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGTERM])
def test_that_ctrl_c_ends_the_script_and_all_it_started_and_gives_what_was_measured(scripts, blow):
    scripts("one.py", ["first"])
    scripts("waits.py", ["second"], text=WAITS)
    scripts("never.py", ["third"])
    code, out, err, ids = broken_off(blow)
    assert code == 130
    assert err.endswith("alexnet-app: interrupted\n")
    assert "Traceback" not in err
    assert [row["name"] for row in json.loads(out.splitlines()[-1])] == ["first"]
    assert (bench_scripts.FOLDER / "waits.py.tidied").exists()
    assert not any(map(alive, ids))
    assert "never.py" not in err


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")
def test_that_a_script_that_does_not_listen_is_killed(scripts):
    scripts("deaf.py", ["first"], text=DEAF)
    code, _, _, ids = broken_off(signal.SIGINT, patience=0.5)
    assert code == 130
    assert not (bench_scripts.FOLDER / "deaf.py.tidied").exists()
    assert not any(map(alive, ids))


# the real ones


@SLOW
@pytest.mark.parametrize("script", bench_scripts.SCRIPTS, ids=lambda script: script.file)
def test_that_every_script_of_the_table_is_there_and_has_rows(script):
    assert (bench_scripts.FOLDER / script.file).is_file()
    assert set(script.needs) <= set(bench_scripts.NEEDS)
    paths = [str(ROOT), str(bench_scripts.FOLDER)]
    code = f"import sys; sys.path[:0] = {paths}; from {script.file[:-3]} import rows; assert callable(rows)"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_that_no_row_is_measured_twice():
    names = [name for script in bench_scripts.SCRIPTS for name in (*script.rows, *script.sometimes)]
    assert len(names) == len(set(names)) > 10
