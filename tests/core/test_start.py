import ast
import contextlib
import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))

import checks
import environment
import failures
import in_sight
import launcher
import progress_window
import start
import steps
import system_packages

from alexnet_app.commands.table import COMMANDS

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

MODULES = (start, environment, failures, steps, system_packages, checks, in_sight, progress_window, launcher)

# An app without dependencies, whose build needs no network and stops at a gate if there is one.
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "mini"
version = "1"
"""
BACKEND = """
import pathlib, zipfile
HERE = pathlib.Path(__file__).parent
METADATA = "Metadata-Version: 2.1\\nName: mini\\nVersion: 1\\nProvides-Extra: test\\n"

def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    with (HERE / "builds").open("a") as builds:
        builds.write("built\\n")
    if (HERE / "broken").exists():
        raise RuntimeError("the backend is broken")
    if (HERE / "gate").exists():
        with (HERE / "reached").open("w") as reached:
            reached.write("!")
            reached.flush()
            (HERE / "gate").read_text()
    needs = HERE / "needs"
    texts = {"METADATA": METADATA + (needs.read_text() if needs.exists() else ""),
             "WHEEL": "Wheel-Version: 1.0\\nGenerator: mini\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    files = {f"mini-1.dist-info/{name}": text for name, text in texts.items()}
    files["mini-1.dist-info/RECORD"] = "".join(f"{name},,\\n" for name in [*files, "mini-1.dist-info/RECORD"])
    with zipfile.ZipFile(pathlib.Path(wheel_directory) / "mini-1-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    return "mini-1-py3-none-any.whl"
"""
MAIN = "import json, os, sys; print(json.dumps([sys.argv[1:], sys.prefix, os.getcwd()]))"


class Checkout:
    """A small checkout with the real starter in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.venv = root / ".venv"
        self.complete = self.venv / ".complete"
        self.constraints = root / "packaging" / "constraints.txt"
        self.constraints.parent.mkdir(parents=True)
        for module in MODULES:
            self.copy(Path(module.__file__))
        for name, text in {"pyproject.toml": PYPROJECT, "backend.py": BACKEND, "main.py": MAIN}.items():
            (root / name).write_text(text, encoding="utf-8")
        self.constraints.write_text("# none\n")

    def copy(self, module: Path) -> None:
        text = module.read_text(encoding="utf-8")
        if module.name == "environment.py":  # a machine that tests may have little room left
            assert "FREE_NEEDED = 8 * 10**9" in text
            text = text.replace("FREE_NEEDED = 8 * 10**9", "FREE_NEEDED = 10**6")
        (self.root / "packaging" / module.name).write_text(text, encoding="utf-8")

    def begin(self, *arguments: str, **variables: str) -> subprocess.Popen:
        hidden = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL")
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        settings = {**kept, "PIP_CONFIG_FILE": os.devnull, "PIP_RETRIES": "1", **variables}
        command = [sys.executable, str(self.root / "packaging" / "start.py"), *arguments]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(command, env=settings, text=True, encoding="utf-8", **pipes)

    def start(self, *arguments: str, **variables: str) -> tuple[int, str, str]:
        child = self.begin(*arguments, **variables)
        out, err = child.communicate()
        return child.returncode, out, err

    def change(self) -> None:
        """Make the next start run pip."""
        with self.constraints.open("a") as file:
            file.write("# changed\n")

    def builds(self) -> int:
        return len((self.root / "builds").read_text().splitlines())

    @contextlib.contextmanager
    def stopped_in_pip(self, **variables: str):
        """A start whose pip stands still, and a pipe that ends when pip does."""
        os.mkfifo(self.root / "gate")
        os.mkfifo(self.root / "reached")
        self.change()
        child = self.begin("train", **variables)
        with (self.root / "reached").open() as reached:
            assert reached.read(1) == "!"
            try:
                yield child, reached
            finally:
                (self.root / "gate").unlink(missing_ok=True)
                (self.root / "reached").unlink()
                child.kill()
                child.communicate()

    def open_gate(self) -> None:
        gate = self.root / "gate"
        with gate.open("w"):
            gate.unlink()


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """One checkout for all tests that run the starter for real, with what its first start gave."""
    checkout = Checkout(tmp_path_factory.mktemp("start") / "Mein Ordner mit Öl")
    checkout.first = checkout.start("train", "a b", "--json", PYTHONPATH="/none", VIRTUAL_ENV="/none", PIP_USER="1")
    return checkout


@pytest.fixture
def checkout(shared):
    """The same checkout, ready to start, whatever the test before did to it."""
    code, _, err = shared.start("train")
    assert code == 0, err
    return shared


@pytest.fixture
def interruptible():
    """Let children take Ctrl-C, which a suite run in the background has them ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def app_saw(out: str) -> list:
    return json.loads(out)[0]


def test_that_the_first_start_sets_up_and_passes_the_arguments_on(shared):
    code, out, err = shared.first
    assert code == 0, err
    assert json.loads(out) == [["train", "a b", "--json"], str(shared.venv), str(Path.cwd())]


def test_that_the_first_start_says_on_stderr_what_it_does_and_keeps_a_log(shared):
    err = shared.first[2]
    assert "making the Python environment took" in err
    assert "installing the packages took" in err
    assert "Successfully installed mini-1" in (shared.venv / "setup.log").read_text()


def test_that_a_later_start_leaves_the_environment_alone(checkout):
    before = checkout.complete.stat().st_mtime_ns, checkout.builds()
    code, out, err = checkout.start("classify", "Ä.jpg")
    assert (code, app_saw(out), err) == (0, ["classify", "Ä.jpg"], "")
    assert (checkout.complete.stat().st_mtime_ns, checkout.builds()) == before


@pytest.mark.whole("packaging", "pyproject.toml")
def test_that_changed_constraints_run_pip_again_in_the_same_environment(checkout):
    keepsake = checkout.venv / "keepsake"
    keepsake.touch()
    builds = checkout.builds()
    checkout.change()
    assert checkout.start("train")[0] == 0
    assert checkout.builds() > builds
    assert keepsake.exists()


def test_that_a_plain_start_is_content_with_more_extras_than_it_needs(checkout):
    record = json.loads(checkout.complete.read_text())
    checkout.complete.write_text(json.dumps({**record, "extras": ["test"]}))
    builds = checkout.builds()
    assert checkout.start("train")[2] == ""
    assert checkout.builds() == builds


@pytest.mark.whole("packaging", "pyproject.toml")
def test_that_a_broken_interpreter_is_replaced_by_a_new_environment(checkout):
    keepsake = checkout.venv / "keepsake"
    keepsake.touch()
    python = checkout.venv / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python")
    code, out, err = checkout.start("train")
    assert (code, app_saw(out)) == (0, ["train"]), err
    assert not keepsake.exists()


def test_that_a_removal_broken_off_is_finished(tmp_path):
    removed = tmp_path / ".venv-removed" / "lib"
    removed.mkdir(parents=True)
    (tmp_path / ".venv").symlink_to("/nowhere")
    environment.Environment(tmp_path).remove()
    assert list(tmp_path.iterdir()) == []


def test_that_an_environment_made_elsewhere_is_not_trusted(checkout):
    same = environment.Environment(checkout.root)
    record = same.record()
    assert same.fits()
    assert not same.is_of_here({**record, "root": "/moved"})
    assert not same.is_of_here({**record, "python": "3.11 /another"})


@pytest.mark.whole("packaging", "pyproject.toml")
@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT])
def test_that_a_start_ended_half_way_takes_pip_along_and_the_next_one_works(checkout, blow, tmp_path):
    with checkout.stopped_in_pip(TMPDIR=str(tmp_path)) as (child, reached):
        child.send_signal(blow)
        _, err = child.communicate()
        assert reached.read() == ""  # comes when pip is dead
        assert child.returncode == (130 if blow == signal.SIGINT else -signal.SIGKILL), err
        assert not checkout.complete.exists()
    code, out, err = checkout.start("train")
    assert (code, app_saw(out)) == (0, ["train"]), err
    assert list(tmp_path.iterdir()) == []  # what a killed pip had unpacked lies in the environment,
    assert not (checkout.venv / "unpacked").exists()  # and the next start has removed it


@pytest.mark.whole("packaging", "pyproject.toml")
def test_that_the_second_of_two_starts_waits_and_then_goes_on(checkout):
    builds = checkout.builds()
    with checkout.stopped_in_pip() as (first, _):
        second = checkout.begin("filters")
        assert "waiting for another start" in second.stderr.readline()
        checkout.open_gate()
        assert app_saw(first.communicate()[0]) == ["train"]
        assert app_saw(second.communicate()[0]) == ["filters"]
    built = checkout.builds()
    assert built > builds
    assert checkout.start("train")[0] == 0
    assert checkout.builds() == built


@pytest.mark.whole("packaging", "pyproject.toml")
def test_that_a_failing_pip_is_explained_and_the_next_try_works(checkout):
    (checkout.root / "broken").touch()
    checkout.change()
    code, out, err = checkout.start("train")
    (checkout.root / "broken").unlink()
    assert (code, out) == (1, "")
    assert "installing the packages failed" in err
    assert "RuntimeError: the backend is broken" in err
    assert "setup.log" in err
    keepsake = checkout.venv / "keepsake"
    keepsake.touch()
    assert checkout.start("train")[0] == 0
    assert keepsake.exists()  # pip refused cleanly, so nothing had to be thrown away


def test_that_a_pip_that_fails_while_it_installs_leaves_nothing_to_trust(checkout, monkeypatch):
    broken = steps.StepError(1, ["Installing collected packages: torch", "ERROR: [Errno 28] No space left on device"])
    monkeypatch.setattr(environment, "run_module", raising(broken))
    record = checkout.complete.read_text()
    checkout.change()
    with pytest.raises(steps.SetUpError, match="the disk is full"):
        environment.Environment(checkout.root).ensure()
    assert not checkout.complete.exists()
    checkout.complete.write_text(record)  # nothing was really changed: spare the next test a new environment


def raising(error: Exception):
    def raise_it(*_, **__):
        raise error

    return raise_it


@pytest.mark.whole("packaging", "pyproject.toml")
def test_that_someone_elses_environment_is_filled_not_replaced(checkout):
    keepsake = checkout.venv / "keepsake"
    keepsake.touch()
    checkout.complete.unlink()
    (checkout.venv / "setup.log").unlink()
    assert checkout.start("train")[0] == 0
    assert keepsake.exists()


def test_that_an_index_out_of_reach_is_named(checkout):
    (checkout.root / "needs").write_text("Requires-Dist: something-to-load\n")
    checkout.change()
    code, out, err = checkout.start("train", PIP_INDEX_URL="http://127.0.0.1:9/simple")
    (checkout.root / "needs").unlink()
    assert (code, out) == (1, "")
    assert "the package index could not be reached; check the network" in err


@SLOW
@pytest.mark.parametrize(
    ("address", "kind"), [("socks5://me:secret@127.0.0.1:9", "SOCKS"), ("ftp://127.0.0.1:9", "ftp")]
)
def test_that_a_proxy_of_a_kind_that_pip_cannot_use_is_named(checkout, address, kind):
    (checkout.root / "needs").write_text("Requires-Dist: something-to-load\n")
    checkout.change()
    proxies = {"HTTPS_PROXY": address, "https_proxy": address, "HTTP_PROXY": "", "http_proxy": "", "no_proxy": ""}
    code, out, err = checkout.start("train", PIP_INDEX_URL="https://192.0.2.1/simple", NO_PROXY="", **proxies)
    (checkout.root / "needs").unlink()
    assert (code, out) == (1, "")
    assert (
        f"the proxy in HTTPS_PROXY and https_proxy is of the kind {kind}, which pip cannot use; name an http proxy"
        in err
    )
    assert "secret" not in err


def test_that_no_display_and_no_arguments_mean_the_demonstration_and_it_says_so(checkout):
    code, out, err = checkout.start()
    assert (code, app_saw(out)) == (0, ["demo"])
    assert "no display found" in err


@pytest.mark.parametrize("display", [{"DISPLAY": ":7"}, {"QT_QPA_PLATFORM": "offscreen"}])
def test_that_no_arguments_mean_the_window_where_it_can_be_shown(checkout, display):
    assert app_saw(checkout.start(**display)[1]) == []


def test_that_pictures_open_in_the_window_and_without_a_display_the_way_out_is_named(checkout):
    picture = checkout.root / "Bild ä.jpg"
    picture.touch()
    assert app_saw(checkout.start(str(picture), DISPLAY=":7")[1]) == [str(picture)]
    code, out, err = checkout.start(str(picture))
    assert (code, out) == (1, "")
    assert err.endswith("to open these in a window; name a command, such as: classify PICTURE\n")


def test_that_a_start_with_closed_streams_works(checkout):
    seen = checkout.root / "seen"
    (checkout.root / "main.py").write_text(f"import sys; open({str(seen)!r}, 'w').write(repr(sys.argv[1:]))")
    command = f"exec {sys.executable} '{checkout.root}/packaging/start.py' <&- >&- 2>&-"
    done = subprocess.run(["sh", "-c", command], env={"PATH": os.environ["PATH"], "DISPLAY": ":7"}, check=False)
    (checkout.root / "main.py").write_text(MAIN)
    assert done.returncode == 0
    assert seen.read_text() == "[]"


def test_that_a_full_disk_is_named_before_anything_is_made(tmp_path, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10**10, 7 * 10**9, 3 * 10**9))
    checkout = Checkout(tmp_path / "small disk")
    with pytest.raises(steps.SetUpError, match=r"needs 8 GB .* and 3\.0 GB are free; make room"):
        environment.Environment(checkout.root).ensure()
    assert not checkout.venv.exists()


def test_that_a_disk_that_fills_up_is_named():
    error = steps.StepError(1, ["Collecting torch", "ERROR: [Errno 28] No space left on device"])
    assert failures.explained(error).startswith("the disk is full; make room there, then start again\n  ERROR:")


def test_that_a_folder_that_cannot_be_written_is_named(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(start, "ROOT", tmp_path / "gone")
    assert start.main(["train"]) == 1
    assert "could not be set up: No such file or directory" in capsys.readouterr().err


def test_that_a_missing_ensurepip_names_its_package(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(environment, "can_install", lambda: False)
    with pytest.raises(steps.SetUpError, match=rf"sudo apt install python{environment.VERSION}-venv"):
        environment.provide_ensurepip()


def test_that_root_gets_a_missing_ensurepip_installed(monkeypatch):
    installed = []
    monkeypatch.setattr(environment, "has_ensurepip", lambda: bool(installed))
    monkeypatch.setattr(environment, "can_install", lambda: True)
    monkeypatch.setattr(environment, "provide", lambda packages, *_: installed.extend(packages))
    environment.provide_ensurepip()
    assert installed == [f"python{environment.VERSION}-venv"]


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_that_an_old_python_can_read_it(module):
    ast.parse(Path(module.__file__).read_text(encoding="utf-8"), feature_version=(3, 8))


def test_that_an_old_python_is_told_which_one_is_needed(monkeypatch, capsys):
    monkeypatch.setattr(start, "NEEDED", (3, 90))
    assert start.main(["train"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("AlexNet App needs Python 3.90 or newer, and this is 3.")
    assert told.count("\n") == 1


def test_that_an_old_python_is_told_the_command_of_a_newer_one_that_runs(tmp_path, monkeypatch, capsys):
    script(tmp_path / "python3.90", "exit 0")
    script(tmp_path / "python3.91", "exit 127")  # what a version manager leaves
    monkeypatch.setattr(start, "NEEDED", (3, 90))
    monkeypatch.setattr(start, "NEWEST", 91)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert start.main([]) == 1
    assert "start it with: python3.90 packaging/start.py" in capsys.readouterr().err


LDD = """
echo '	libQt6Gui.so.6 => /x/libQt6Gui.so.6 (0x00007f)'
echo '	libxcb-icccm.so.4 => not found'
echo '	libxcb-keysyms.so.1 => not found'
echo '	libxcb-icccm.so.4 => not found'
echo '	libstrange.so.1 => not found'
"""


@pytest.fixture
def lacking_system(tmp_path, monkeypatch):
    """An environment with Qt on a system whose ldd misses libraries and whose apt-get notes what it is asked."""
    script(tmp_path / "ldd", LDD)
    script(tmp_path / "apt-get", f'echo "$@" >> "{tmp_path}/asked"')
    script(tmp_path / "dpkg-query", "echo 'ii  xvfb'")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    qt = tmp_path / ".venv/lib/python3.11/site-packages/PySide6/Qt/plugins/platforms"
    qt.mkdir(parents=True)
    (qt / "libqxcb.so").touch()
    return tmp_path


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_that_missing_libraries_of_a_window_are_named_with_the_command(lacking_system, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    system_packages.provide_for_window(lacking_system / ".venv")
    told = capsys.readouterr().err
    assert "sudo apt-get install libxcb-icccm4 libxcb-keysyms1\n" in told
    assert "libstrange.so.1" in told
    assert not (lacking_system / "asked").exists()


def test_that_root_gets_the_missing_libraries_installed_and_is_told(lacking_system, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    system_packages.provide_for_window(lacking_system / ".venv")
    assert "installing system packages" in capsys.readouterr().err
    assert "install libxcb-icccm4 libxcb-keysyms1" in (lacking_system / "asked").read_text()


def test_that_the_checks_ask_for_the_virtual_screen_except_what_is_there(lacking_system, monkeypatch, capsys):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    system_packages.provide_for_tests(lacking_system / ".venv")
    told = capsys.readouterr().err
    assert "libxcb-keysyms1 openbox pcmanfm xdotool wmctrl imagemagick x11-utils" in told
    assert "xvfb" not in told


@pytest.fixture
def started(monkeypatch):
    """What a start would do once the environment is there: system packages asked for, and the app's arguments."""
    done = []
    monkeypatch.setattr(environment.Environment, "ensure", lambda self: None)
    monkeypatch.setattr(environment.Environment, "is_ready", lambda self: True)
    monkeypatch.setattr(start, "provide_for_window", lambda venv: done.append("packages"))
    monkeypatch.setattr(start, "run_app", lambda _, arguments: done.append(arguments) or 0)
    monkeypatch.setenv("DISPLAY", ":7")
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    return done


@pytest.mark.parametrize("arguments", [["train"], ["classify", "--json", "a b.jpg"], ["--help"], ["demo"], ["tarin"]])
def test_that_a_command_without_a_window_never_touches_system_packages(started, arguments):
    assert start.main(arguments) == 0
    assert started == [arguments]


@pytest.mark.parametrize("platform", ["xcb", "offscreen"])
def test_that_the_window_asks_for_its_system_packages(started, monkeypatch, platform):
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert start.main([]) == 0
    assert started == ["packages", []]


def test_that_a_name_is_a_command_even_where_a_file_is_called_so(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("train", "--json"):
        (tmp_path / name).touch()
        assert start.is_headless([name])
    assert not start.is_headless(["./train"])
    assert start.is_headless(["x" * 5000])


def test_that_every_command_of_the_table_is_one_for_the_starter():
    assert all(start.is_headless([name]) for name in COMMANDS)


def test_that_the_table_of_commands_is_read_by_any_python_and_brings_nothing_with_it():
    table = start.ROOT / "alexnet_app" / "commands" / "table.py"
    imported = {node.module for node in ast.walk(ast.parse(table.read_text())) if isinstance(node, ast.ImportFrom)}
    assert imported == {"typing"}
    code = f"import sys; sys.path.append({str(start.ROOT)!r}); import alexnet_app.commands.table; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-I", "-c", code], check=True, capture_output=True, text=True).stdout
    names = {"alexnet_app", "alexnet_app.commands", "alexnet_app.commands.table"}
    assert {name for name in loaded.split() if "alexnet" in name and not name.startswith("__editable__")} == names


SUITE = """
import pytest
def test_runs(): pass
@pytest.mark.skip(reason="needs a GPU: none here")
def test_gpu(): pass
def test_display(): pytest.skip("needs a display")
@pytest.mark.xfail
def test_known(): assert False
"""


def test_that_tests_that_could_not_run_are_counted_with_their_reasons(tmp_path):
    (tmp_path / "test_some.py").write_text(SUITE)
    (tmp_path / "test_module.py").write_text("import pytest\npytest.skip('needs xvfb', allow_module_level=True)")
    report = tmp_path / "report.xml"
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={report}", f"--rootdir={tmp_path}", str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    left_out = checks.reasons_left_out(report)
    assert sorted(left_out) == ["needs a GPU: none here", "needs a display", "needs xvfb"]
    assert sorted(checks.lacking(left_out)) == ["needs a display", "needs xvfb"]
    assert checks.outcome([], left_out) == "all checks passed; 3 tests could not run here (see above)"


PYTHON = """
shift
echo "$*" | sed "s/ --junitxml.*//" >> ran
for last; do :; done
if [ "$1" = pytest ]; then cp report "${last#--junitxml=}"; fi
[ "$1" != "$FAILS" ]
"""
REPORT = '<testsuite><testcase><skipped type="pytest.skip" message="{}"/></testcase></testsuite>'


@pytest.fixture
def project(tmp_path):
    """An environment whose Python only notes what it is asked to run, and writes pytest's report."""
    (tmp_path / ".venv/bin").mkdir(parents=True)
    script(tmp_path / ".venv/bin/python", PYTHON)
    script(tmp_path / ".venv/bin/lint-imports", "echo lint-imports >> ran")
    (tmp_path / "report").write_text(REPORT.format("needs a display"))
    return tmp_path


def last_line(capfd) -> str:
    return capfd.readouterr().out.splitlines()[-1]


def test_that_every_check_runs_and_the_last_line_says_what_failed(project, monkeypatch, capfd):
    monkeypatch.setenv("FAILS", "ruff")
    monkeypatch.delenv("ALEXNET_REQUIRE_ALL", raising=False)
    assert checks.run_checks(environment.Environment(project), ["-x"]) == 1
    *others, tests = (project / "ran").read_text().splitlines()
    assert others == ["ruff check .", "mypy", "lint-imports"]
    assert tests == "pytest --numprocesses=2 -x"
    assert last_line(capfd) == "failed: ruff; 1 test could not run here (see above)"


@pytest.mark.parametrize(("reason", "code"), [("needs a display", 1), ("needs a GPU: none here", 0)])
def test_that_ci_accepts_only_a_missing_gpu(project, monkeypatch, capfd, reason, code):
    monkeypatch.setenv("ALEXNET_REQUIRE_ALL", "1")
    (project / "report").write_text(REPORT.format(reason))
    assert checks.run_checks(environment.Environment(project), []) == code
    assert last_line(capfd).startswith("failed" if code else "all checks passed; 1 test could not run here")


def test_that_anyone_may_leave_tests_out(project, monkeypatch, capfd):
    monkeypatch.delenv("ALEXNET_REQUIRE_ALL", raising=False)
    assert checks.run_checks(environment.Environment(project), []) == 0
    assert last_line(capfd) == "all checks passed; 1 test could not run here (see above)"
