"""What pip cannot bring: shared libraries and programs of the system, asked of Debian's and Ubuntu's apt."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from steps import StepError, run, say

# A screen without a monitor, a window manager, a file manager to drag from, and hands and eyes for the tests.
VIRTUAL_SCREEN = ("xvfb", "openbox", "pcmanfm", "xdotool", "wmctrl", "imagemagick", "x11-utils")

# Under PySide6/Qt: what the app loads. The rest of Qt may miss what it likes.
QT_FILES = (
    "lib/libQt6Core.so.6",
    "lib/libQt6DBus.so.6",
    "lib/libQt6Gui.so.6",
    "lib/libQt6OpenGLWidgets.so.6",
    "lib/libQt6Svg.so.6",
    "lib/libQt6Test.so.6",
    "lib/libQt6Widgets.so.6",
    "plugins/platforms/libqxcb.so",
)

PACKAGE_OF = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libdrm.so.2": "libdrm2",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libzstd.so.1": "libzstd1",
}


def provide_for_window(venv: Path) -> None:
    """Install the shared libraries that Qt needs to show a window, or say how to."""
    if sys.platform.startswith("linux"):
        provide(_packages_of(missing_libraries(venv)), venv / "setup.log", "a window needs them")


def provide_for_tests(venv: Path) -> None:
    """Install the virtual screen and Qt's libraries, or say how to; the tests that need them are skipped without."""
    if sys.platform.startswith("linux"):
        libraries = _packages_of(missing_libraries(venv))
        provide([*libraries, *not_installed(VIRTUAL_SCREEN)], venv / "setup.log", "tests of the window need them")


def provide(packages: Sequence[str], log: Path, reason: str) -> bool:
    """Install packages as root, announced; anyone else gets the exact command. True if nothing is missing now."""
    if not packages:
        return True
    names = " ".join(packages)
    if not can_install():
        say(f"missing on this system ({reason}): {names}; install with: sudo apt-get install {names}")
        return False
    say(f"installing system packages ({reason}): {names}")
    return _install(packages, log)


def can_install() -> bool:
    """Whether apt is here and obeys us."""
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def missing_libraries(venv: Path) -> list[str]:
    """The shared libraries that Qt asks for and the system does not have, by file name."""
    folders = sorted(venv.glob("lib/python3*/site-packages/PySide6/Qt"))
    files = [str(folder / name) for folder in folders for name in QT_FILES if (folder / name).exists()]
    if not files or shutil.which("ldd") is None:
        return []
    done = subprocess.run(["ldd", *files], capture_output=True, text=True, check=False)
    return not_found(done.stdout)


def not_found(ldd_output: str) -> list[str]:
    """The names that ldd could not find, each once, sorted."""
    return sorted({line.split()[0] for line in ldd_output.splitlines() if line.rstrip().endswith("=> not found")})


def not_installed(packages: Iterable[str]) -> list[str]:
    """Those of the packages that dpkg does not know as installed; all of them where there is no dpkg."""
    wanted = list(packages)
    if shutil.which("dpkg-query") is None:
        return wanted
    query = ["dpkg-query", "-W", "-f", "${db:Status-Abbrev} ${Package}\n", *wanted]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    installed = {line.split()[-1] for line in done.stdout.splitlines() if line.startswith("ii")}
    return [name for name in wanted if name not in installed]


def _packages_of(libraries: Iterable[str]) -> list[str]:
    """Debian's packages that hold the libraries; what the table does not know is said."""
    known = {PACKAGE_OF[name] for name in libraries if name in PACKAGE_OF}
    unknown = [name for name in libraries if name not in PACKAGE_OF]
    if unknown:
        say(f"Qt needs {', '.join(unknown)}, which this system lacks: install the packages that hold them")
    return sorted(known)


def _install(packages: Sequence[str], log: Path) -> bool:
    started = time.monotonic()
    try:
        if not any(Path("/var/lib/apt/lists").glob("*_Packages*")):
            _apt(["update"], log)
        try:
            _apt(["install", *packages], log)
        except StepError:  # the lists may be older than the archive
            _apt(["update"], log)
            _apt(["install", *packages], log)
    except StepError as error:
        reason = next((line for line in error.lines if line.startswith("E:")), f"apt-get ended with {error.code}")
        kept = f" (log: {log})" if log.is_file() else ""
        say(f"the system packages could not be installed: {reason}{kept}")
        return False
    say(f"installed system packages in {time.monotonic() - started:.0f} s")
    return True


def _apt(arguments: Sequence[str], log: Path) -> None:
    """Run apt-get without questions; never on a leash, since a killed dpkg leaves the system half-way."""
    options = ["-y", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120"]
    run(["apt-get", *options, *arguments], log, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"})
