"""Puts the app into the menu of a Linux desktop, for this person alone, and takes it out again."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from steps import SetUpError, draft_of, replace_file

SIZES = (16, 24, 32, 48, 64, 128, 256, 512)
RESERVED = re.compile(r"""[\s"'\\><~|&;$*?#()`]""")  # the desktop entry specification's characters that ask for quotes

ENTRY = Path("applications/alexnet-app.desktop")
FILE_TYPE = Path("mime/packages/alexnet-app.xml")
ICONS = Path("icons/hicolor")

# What else there is to use, where there is no such menu.
INSTEAD = {
    "win32": r"on Windows, right-click packaging\windows\AlexNet App.bat and send it to the desktop as a shortcut",
    "darwin": "on macOS, drag packaging/macos/AlexNet App.command to the right end of the Dock",
}


def install(root: Path) -> str:
    """Write the menu entry, its icons and the type of ``*.alexnet`` files; gives the sentence that says so."""
    if sys.platform in INSTEAD:
        return INSTEAD[sys.platform]
    data = data_home()
    try:
        for place, content in contents(root).items():
            (data / place).parent.mkdir(parents=True, exist_ok=True)
            replace_file(data / place, content)
    except OSError as error:
        reason = f"{error.strerror} ({error.filename})"
        raise SetUpError(f"the menu entry could not be written: {reason}; see to it, then try again") from error
    tell_the_desktop(data)
    return f"AlexNet App is in the menu now ({data / ENTRY}), with its icon and the file type *.alexnet"


def remove() -> str:
    """Remove what ``install`` wrote, and the folders that are empty then; gives the sentence that says so."""
    if sys.platform in INSTEAD:
        return "nothing was installed that could be removed; " + INSTEAD[sys.platform]
    data = data_home()
    written = [data / place for place in places()]
    there = [file for path in written for file in (path, draft_of(path)) if file.exists()]
    for file in there:
        file.unlink()
    if not there:
        return f"there was nothing of AlexNet App to remove in {data}"
    tell_the_desktop(data)
    for file in there:
        remove_empty(file.parent, data)
    return f"AlexNet App is no longer in the menu ({data / ENTRY})"


def places() -> dict[Path, Path]:
    """All that is installed, below the person's data folder, and where it comes from, below the checkout."""
    icons = Path("resources/icons")
    drawn = {ICONS / f"{n}x{n}/apps/alexnet-app.png": icons / f"alexnet-app-{n}.png" for n in SIZES}
    return {
        ENTRY: Path("packaging/linux/alexnet-app.desktop"),
        FILE_TYPE: Path("packaging/linux/alexnet-app.xml"),
        ICONS / "scalable/apps/alexnet-app.svg": icons / "alexnet-app.svg",
        **drawn,
    }


def contents(root: Path) -> dict[Path, bytes]:
    """What every installed file holds: that of the checkout, but the menu entry with absolute paths."""
    made = {place: (root / source).read_bytes() for place, source in places().items()}
    return {**made, ENTRY: entry(made[ENTRY].decode("utf-8"), root).encode("utf-8", "surrogateescape")}


def entry(template: str, root: Path) -> str:
    """The menu entry for this checkout, made from the one that lies in it."""
    start = str(root / "packaging" / "start.py")
    python = getattr(sys, "_base_executable", sys.executable)  # an environment may go
    exec_line = f"Exec={as_value(f'{as_argument(python)} {as_argument(start)}')} %F"
    if os.access(start, os.X_OK):  # a desktop hides the entry when this is gone
        exec_line = f"TryExec={as_value(start)}\n{exec_line}"
    lines = [line for line in template.splitlines() if not line.startswith("#")]
    return "\n".join(exec_line if line.startswith("Exec=") else line for line in lines) + "\n"


def as_argument(text: str) -> str:
    """One argument as an Exec line wants it: a percent sign doubled, in double quotes where it must be."""
    text = text.replace("%", "%%")
    return '"' + re.sub(r'(["`$\\])', r"\\\1", text) + '"' if RESERVED.search(text) else text


def as_value(text: str) -> str:
    """Text as a desktop entry wants its values: a second round of backslashes, on top of those of the quotes."""
    for plain, escaped in (("\\", r"\\"), ("\n", r"\n"), ("\t", r"\t"), ("\r", r"\r")):
        text = text.replace(plain, escaped)
    return text


def data_home() -> Path:
    """The folder of this person's desktop data; the specification has a relative one ignored."""
    chosen = os.environ.get("XDG_DATA_HOME", "")
    return Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".local" / "share"


def tell_the_desktop(data: Path) -> None:
    """Have the desktop's tools take notice, where they are present; most desktops notice by themselves."""
    run_if_present("update-mime-database", data / "mime")
    run_if_present("update-desktop-database", data / "applications")
    themes = data / ICONS
    # Only a cache that is there already is renewed: a new one would hide what others put beside it later.
    if (themes / "icon-theme.cache").exists():
        run_if_present("gtk-update-icon-cache", "-f", "-t", themes)
    with contextlib.suppress(OSError):
        os.utime(themes)  # a new time of this folder is what icon loaders look at


def run_if_present(program: str, *arguments: object) -> None:
    """Run a tool; it is no harm if it is missing or fails."""
    found = shutil.which(program)
    if found:
        with contextlib.suppress(OSError):
            subprocess.run([found, *map(str, arguments)], capture_output=True, check=False)


def remove_empty(folder: Path, up_to: Path) -> None:
    """Remove a folder and those above it as long as they are empty."""
    with contextlib.suppress(OSError):  # not empty, or not there any more
        while folder != up_to:
            folder.rmdir()
            folder = folder.parent
