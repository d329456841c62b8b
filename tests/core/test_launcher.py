import configparser
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote
from xml.etree import ElementTree

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))

import environment
import launcher
import start

ROOT = Path(__file__).resolve().parents[2]
DESKTOP_FILE = ROOT / "packaging" / "linux" / "alexnet-app.desktop"
WITNESS = "import json, sys; print(json.dumps(sys.argv))"
AWKWARD = ["plain", "two  words", "O'Brien", "Öl & $HOME `x` #1; (100%) %F"]


def value(entry: str, key: str) -> str:
    """What a key of a desktop entry says, its backslashes undone once, as every reader of such files does."""
    parser = configparser.RawConfigParser(delimiters=("=",), strict=True)
    parser.optionxform = str
    parser.read_string(entry)
    escapes = {"s": " ", "n": "\n", "t": "\t", "r": "\r", "\\": "\\"}
    return re.sub(r"\\(.)", lambda found: escapes[found[1]], parser["Desktop Entry"][key])


@pytest.fixture
def data(tmp_path, monkeypatch):
    """An empty home for the desktop's data, on a system that has none of the desktop's tools."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("PATH", str(tmp_path / "tools"))
    monkeypatch.setattr(sys, "platform", "linux")
    (tmp_path / "data").mkdir()
    (tmp_path / "tools").mkdir()
    return tmp_path / "data"


def tool(data: Path, name: str, code: int = 0) -> None:
    path = data.parent / "tools" / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{data.parent}/asked"\nexit {code}\n')
    path.chmod(0o755)


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


# The launcher that lies in the checkout


def as_pcmanfm(file: Path) -> str:
    return str(file.parent)


def as_glib(file: Path) -> str:
    return "'" + str(file).replace("'", r"'\''") + "'"


def as_address(file: Path) -> str:
    return f"'file://{quote(str(file))}'"


@pytest.mark.parametrize("name", AWKWARD)
@pytest.mark.parametrize("spell", [str, as_pcmanfm, as_glib, as_address])
def test_that_the_launcher_finds_its_checkout_however_the_desktop_says_where_it_lies(tmp_path, name, spell):
    linux = tmp_path / name / "packaging" / "linux"
    linux.mkdir(parents=True)
    shutil.copy(DESKTOP_FILE, linux)
    (linux.parent / "start.py").write_text(WITNESS)
    command = value(DESKTOP_FILE.read_text(encoding="utf-8"), "Exec")
    assert command.endswith(' "%k" %F')
    words = shlex.split(command.removesuffix(' "%k" %F').replace("%%", "%"))
    assert words[0] == "python3"
    words = [sys.executable, *words[1:], spell(linux / DESKTOP_FILE.name), "/a b/Ä.jpg", "100%.png"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd="/")
    found, *dropped = json.loads(done.stdout)
    assert Path(found).resolve() == (linux.parent / "start.py").resolve()
    assert dropped == ["/a b/Ä.jpg", "100%.png"]


def test_that_a_link_to_the_launcher_works_too(tmp_path):
    linux = tmp_path / "app" / "packaging" / "linux"
    linux.mkdir(parents=True)
    shutil.copy(DESKTOP_FILE, linux)
    (linux.parent / "start.py").write_text(WITNESS)
    (tmp_path / "alexnet-app.desktop").symlink_to(linux / DESKTOP_FILE.name)
    words = shlex.split(value(DESKTOP_FILE.read_text(encoding="utf-8"), "Exec").removesuffix(' "%k" %F'))
    for where in (tmp_path, tmp_path / "alexnet-app.desktop"):
        done = subprocess.run([sys.executable, *words[1:], str(where)], capture_output=True, text=True, check=True)
        assert Path(json.loads(done.stdout)[0]).resolve() == (linux.parent / "start.py").resolve()


@pytest.fixture
def launched(tmp_path):
    """Calls the launcher of a small checkout as a starter does: with ``words`` in place of "%k" %F."""
    linux = tmp_path / "app" / "packaging" / "linux"
    linux.mkdir(parents=True)
    shutil.copy(DESKTOP_FILE, linux)
    (linux.parent / "start.py").write_text(WITNESS)
    command = shlex.split(value(DESKTOP_FILE.read_text(encoding="utf-8"), "Exec").removesuffix(' "%k" %F'))
    plain = {name: text for name, text in os.environ.items() if name != "GIO_LAUNCHED_DESKTOP_FILE"}

    def launch(words, where, **variables):
        started = [sys.executable, *command[1:], *words]
        env = {**plain, **variables}
        return subprocess.run(started, capture_output=True, text=True, check=False, cwd=where, env=env)

    return linux, launch


@pytest.mark.parametrize(
    ("words", "dropped"), [([""], []), (["", "a.png"], ["a.png"]), (["%k"], []), (["a.png"], ["a.png"])]
)
@pytest.mark.parametrize("way", ["variable", "working directory"])
def test_that_a_starter_that_does_not_say_where_the_launcher_lies_may_show_it_otherwise(launched, way, words, dropped):
    linux, launch = launched
    if way == "variable":
        done = launch(words, "/", GIO_LAUNCHED_DESKTOP_FILE=str(linux / DESKTOP_FILE.name))
    else:  # a terminal that was started from a desktop hands on what that said of the terminal
        done = launch(words, linux, GIO_LAUNCHED_DESKTOP_FILE="/usr/share/applications/terminal.desktop")
    found, *given = json.loads(done.stdout)
    assert Path(found).resolve() == (linux.parent / "start.py").resolve()
    assert given == dropped


@pytest.mark.parametrize("words", [[], [""], ["", "a.png"], ["%k"]])
def test_that_a_launcher_that_finds_no_checkout_says_what_to_do(launched, words, tmp_path):
    (tmp_path / "start.py").write_text(WITNESS)  # of something else
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "tools").mkdir()
    tool(tmp_path / "data", "zenity")
    done = launched[1](words, tmp_path / "elsewhere", PATH=str(tmp_path / "tools"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("AlexNet App was not told where it lies. Open packaging/linux/alexnet-app.desktop in")
    assert done.stderr.count("\n") == 1
    assert done.stderr.strip() in (tmp_path / "asked").read_text()


def test_that_the_launchers_can_be_run():
    for name in ("start.py", "linux/alexnet-app.desktop", "macos/AlexNet App.command"):
        assert os.access(ROOT / "packaging" / name, os.X_OK), name


def test_that_the_launcher_keeps_to_the_specification():
    entry = DESKTOP_FILE.read_text(encoding="utf-8")
    assert value(entry, "Icon") == value(entry, "StartupWMClass") == "alexnet-app"
    validator = shutil.which("desktop-file-validate")
    if validator:
        subprocess.run([validator, str(DESKTOP_FILE)], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("name", "words"), [("windows/AlexNet App.bat", "Windows"), ("macos/AlexNet App.command", "macOS")]
)
def test_that_untried_launchers_say_so_in_their_first_lines(name, words):
    head = (ROOT / "packaging" / name).read_bytes().decode("ascii").splitlines()[:2]
    assert f"Written, not yet run on {words}." in head[1]


def test_that_windows_can_read_its_launcher():
    text = (ROOT / "packaging" / "windows" / "AlexNet App.bat").read_bytes()
    assert text.count(b"\r\n") == text.count(b"\n")


# The launcher in the menu


def test_that_the_menu_entry_its_icons_and_the_file_type_are_installed(data):
    told = launcher.install(ROOT)
    assert str(data / "applications/alexnet-app.desktop") in told
    assert "\n" not in told
    icons = {f"icons/hicolor/{n}x{n}/apps/alexnet-app.png" for n in launcher.SIZES}
    scalable = "icons/hicolor/scalable/apps/alexnet-app.svg"
    others = {scalable, "applications/alexnet-app.desktop", "mime/packages/alexnet-app.xml"}
    assert files(data) == icons | others
    assert (data / scalable).read_bytes() == (ROOT / "resources/icons/alexnet-app.svg").read_bytes()


def test_that_the_file_type_names_alexnet_files(data):
    launcher.install(ROOT)
    name = "{http://www.freedesktop.org/standards/shared-mime-info}"
    (kind,) = ElementTree.parse(data / "mime/packages/alexnet-app.xml").getroot()
    assert kind.get("type") == "application/x-alexnet"
    assert kind.find(f"{name}glob").get("pattern") == "*.alexnet"
    entry = (data / "applications/alexnet-app.desktop").read_text()
    assert {"application/x-alexnet", "image/png", "image/jpeg"} <= set(value(entry, "MimeType").split(";"))


def as_shell_words(command: str) -> list[str]:
    """An Exec line is quoted as a shell would have it."""
    done = subprocess.run(["sh", "-c", f"printf '%s\\n' {command}"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


@pytest.mark.parametrize("name", [*AWKWARD, 'say "hi"', "back\\slash\\n", "$(touch x)", "<tag>"])
def test_that_any_path_survives_in_the_menu_entry(tmp_path, name):
    template = DESKTOP_FILE.read_text(encoding="utf-8")
    command = value(launcher.entry(template, tmp_path / name), "Exec")
    python, started, files_field = as_shell_words(command)
    assert started.replace("%%", "%") == str(tmp_path / name / "packaging" / "start.py")
    assert "%" not in started.replace("%%", "")
    assert Path(python).samefile(getattr(sys, "_base_executable", sys.executable))
    assert files_field == "%F"


def test_that_the_menu_entry_goes_when_the_checkout_goes(data):
    launcher.install(ROOT)
    entry = (data / "applications/alexnet-app.desktop").read_text()
    assert value(entry, "TryExec") == str(ROOT / "packaging/start.py")
    assert "%k" not in entry


def test_that_removing_takes_what_was_installed_and_nothing_else(data):
    kept = data / "icons/hicolor/16x16/apps/other.png"
    kept.parent.mkdir(parents=True)
    kept.touch()
    launcher.install(ROOT)
    launcher.install(ROOT)
    assert "no longer in the menu" in launcher.remove()
    assert files(data) == {"icons/hicolor/16x16/apps/other.png"}
    assert not (data / "applications").exists()
    assert "nothing of AlexNet App to remove" in launcher.remove()


def test_that_the_desktops_tools_are_told_and_may_fail(data):
    tool(data, "update-mime-database", code=1)
    tool(data, "update-desktop-database")
    tool(data, "gtk-update-icon-cache")
    launcher.install(ROOT)
    asked = (data.parent / "asked").read_text().splitlines()
    assert asked == [f"update-mime-database {data}/mime", f"update-desktop-database {data}/applications"]
    (data / "icons/hicolor/icon-theme.cache").touch()
    launcher.remove()
    assert f"gtk-update-icon-cache -f -t {data}/icons/hicolor" in (data.parent / "asked").read_text()


def test_that_without_a_data_home_or_with_a_relative_one_it_is_that_of_the_home(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    for chosen in ("", "relative"):
        monkeypatch.setenv("XDG_DATA_HOME", chosen)
        assert launcher.data_home() == tmp_path / ".local" / "share"


@pytest.mark.parametrize("option", ["--install-launcher", "--remove-launcher"])
def test_that_the_options_need_no_environment_and_say_one_sentence(data, monkeypatch, capsys, option):
    monkeypatch.setattr(environment.Environment, "ensure", lambda self: pytest.fail("it was set up"))
    assert start.main([option]) == 0
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)


def test_that_a_place_that_cannot_be_written_is_named(data, capsys):
    (data / "applications").touch()
    assert start.main(["--install-launcher"]) == 1
    assert "the menu entry could not be written: " in capsys.readouterr().err


@pytest.mark.parametrize(("platform", "words"), [("win32", "AlexNet App.bat"), ("darwin", "AlexNet App.command")])
def test_that_other_systems_are_told_what_to_use_instead(monkeypatch, platform, words):
    monkeypatch.setattr(sys, "platform", platform)
    assert words in launcher.install(ROOT)
    assert words in launcher.remove()
