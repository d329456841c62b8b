"""The app's own Python environment in ``.venv``: made on first use, repaired when what it was made from changed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import importlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from failures import explained
from steps import IS_WINDOWS, SetUpError, StepError, replace_file, run_module, say
from system_packages import can_install, provide

FREE_NEEDED = 8 * 10**9  # bytes: torch and its CUDA libraries unpacked, and room to unpack them in

BUSY = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK)  # what a lock says that another start holds
SOURCES = ("pyproject.toml", "packaging/constraints.txt")

# Inherited settings that would mix another Python's packages into ours, or send ours elsewhere.
DISTURBING = (
    "PYTHONPATH",
    "PYTHONHOME",
    "PYTHONUSERBASE",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
)

VERSION = "{}.{}".format(*sys.version_info[:2])


class Environment:
    """The folder ``.venv`` of one checkout, with the extras that are wanted of it.

    ``.complete`` is written last and says what was installed. Without it a set-up was broken off, and the only folder
    that can be trusted is a new one; with a different one, pip can bring the folder up to date.
    """

    def __init__(self, root: Path, extras: Sequence[str] = ()) -> None:
        self.root = root
        self.extras = sorted(extras)
        self.folder = root / ".venv"
        self.log = self.folder / "setup.log"
        self.complete = self.folder / ".complete"
        self.unpacked = self.folder / "unpacked"  # what pip unpacks while it installs
        self.lock = root / ".venv.lock"
        self.python = self.program("python")
        self.variables = clean_variables()

    def program(self, name: str) -> Path:
        """Where a program of the environment lies."""
        return self.folder / ("Scripts" if IS_WINDOWS else "bin") / (name + (".exe" if IS_WINDOWS else ""))

    def ensure(self) -> None:
        """Make the environment fit, which takes a moment if it is; SetUpError says why it could not be."""
        try:
            if self.fits():
                return
            with alone(self.lock):
                if not self.fits():  # another start may just have done it
                    self.set_up()
        except OSError as error:
            self.refuse(error)

    def is_ready(self) -> bool:
        """Whether nothing is left for ``ensure`` to do, without a word on why."""
        try:
            return self.fits()
        except OSError:
            return False

    def fits(self) -> bool:
        """Whether the environment is whole and made from what lies here now."""
        record = self.record()
        return record is not None and record == self.wanted(record) and self.is_sound()

    def record(self) -> dict[str, Any] | None:
        """What ``.complete`` says: nothing for someone else's environment, None after a broken set-up or before any."""
        try:
            found = json.loads(self.complete.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            return {} if self.folder.exists() and not self.log.exists() else None
        except ValueError:
            return None
        return found if isinstance(found, dict) and isinstance(found.get("extras", []), list) else None

    def wanted(self, found: dict[str, Any]) -> dict[str, Any]:
        """What ``.complete`` has to say: extras that are there stay there."""
        files = hashlib.sha256(b"\0".join((self.root / name).read_bytes() for name in SOURCES)).hexdigest()
        extras = sorted({*found.get("extras", []), *self.extras})
        # Not the third number of the version: a security update keeps it all working.
        return {"files": files, "python": f"{VERSION} {sys.base_prefix}", "root": str(self.root), "extras": extras}

    def is_sound(self) -> bool:
        """Whether the environment's own Python runs and is of this version."""
        ask = [str(self.python), "-I", "-c", "import sys; print('{}.{}'.format(*sys.version_info[:2]))"]
        try:
            done = subprocess.run(ask, capture_output=True, text=True, check=False, timeout=60, env=self.variables)
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.stdout.strip() == VERSION

    def set_up(self) -> None:
        """Repair the environment, or build it from nothing where it cannot be trusted."""
        started = time.monotonic()
        found = self.record()
        if found is not None and self.is_sound() and self.is_of_here(found):
            say(f"bringing {self.folder} up to date")
            self.repair(found)
        else:
            self.build()
        say(f"the set-up took {time.monotonic() - started:.0f} s")

    def is_of_here(self, found: dict[str, Any]) -> bool:
        """Whether it was made by this Python in this place: an environment cannot be moved."""
        wanted = self.wanted(found)
        return not found or all(found.get(key) == wanted[key] for key in ("python", "root"))

    def build(self) -> None:
        """Make the environment from nothing."""
        provide_ensurepip()
        self.remove()
        check_free_space(self.root)
        say(f"setting up {self.folder} (once, some minutes; about 3 GB to download, 6 GB on disk; log: {self.log})")
        self.folder.mkdir()
        self.log.touch()  # from here on a folder without .complete is known as half-made
        # Not sys.executable: that may be the environment's own Python, which is gone by now.
        python = getattr(sys, "_base_executable", sys.executable)
        self.run("making the Python environment", python, ["venv", str(self.folder)])
        self.install({})

    def repair(self, found: dict[str, Any]) -> None:
        """Let pip bring the environment up to date; if it refuses before it changed anything, all is as it was."""
        self.complete.unlink(missing_ok=True)
        try:
            self.install(found)
        except SetUpError as error:
            if isinstance(error.__cause__, StepError) and not error.__cause__.said("Installing collected packages"):
                self.write_complete(found)
            raise

    def install(self, found: dict[str, Any]) -> None:
        """Install the app, editable, with the tested versions; ``.complete`` comes last."""
        wanted = self.wanted(found)
        what = "." + (f"[{','.join(wanted['extras'])}]" if wanted["extras"] else "")
        pip = ["pip", "install", "--no-input", "--disable-pip-version-check", "-c", SOURCES[1], "-e", what]
        with self.room_to_unpack() as variables:
            self.run("installing the packages", str(self.python), pip, variables)
        self.write_complete(wanted)

    @contextlib.contextmanager
    def room_to_unpack(self) -> Iterator[dict[str, str]]:
        """The variables for a pip that unpacks beside what it installs: on the disk that was found large enough, where
        the system's folder is often a small one in memory, and where a set-up that is killed leaves nothing for ever.
        """
        shutil.rmtree(self.unpacked, ignore_errors=True)
        self.unpacked.mkdir()
        try:
            yield {**self.variables, **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(self.unpacked))}
        finally:
            shutil.rmtree(self.unpacked, ignore_errors=True)

    def write_complete(self, record: dict[str, Any]) -> None:
        """Write ``.complete``, which says that all else is there."""
        replace_file(self.complete, json.dumps(record).encode("utf-8"))

    def remove(self) -> None:
        """Remove the folder if there is one, out of its name first: half-removed, it must not look whole."""
        removed = self.root / ".venv-removed"
        if removed.exists():
            say(f"removing {removed}, which an earlier start left half-removed")
            shutil.rmtree(removed)
        if self.folder.is_dir() and not self.folder.is_symlink():
            say(f"removing {self.folder}, which is incomplete or of another Python or place")
            shutil.rmtree(self.folder.rename(removed))
        else:
            self.folder.unlink(missing_ok=True)

    def run(self, title: str, python: str, module: Sequence[str], variables: dict[str, str] | None = None) -> None:
        """Run one step, with its time; SetUpError names what failed, the last words and the log."""
        started = time.monotonic()
        say(f"{title} …")
        try:
            run_module(python, module, self.log, cwd=self.root, env=variables or self.variables)
        except StepError as error:
            raise SetUpError(f"{title} failed: {explained(error)}\nthe whole log: {self.log}") from error
        say(f"{title} took {time.monotonic() - started:.0f} s")

    def refuse(self, error: OSError) -> None:
        """Turn what the operating system refused into a sentence."""
        where = f" ({error.filename})" if error.filename else ""
        raise SetUpError(
            f"{self.folder} could not be set up: {error.strerror or error}{where}; "
            "make sure that this folder can be written to, has room and is not in use, then start again"
        ) from error


def clean_variables() -> dict[str, str]:
    """The variables for pip and for the app, without those that disturb."""
    kept = {name: value for name, value in os.environ.items() if name not in DISTURBING}
    return {**kept, "PYTHONNOUSERSITE": "1", "PIP_USER": "0"}


def check_free_space(folder: Path) -> None:
    """Refuse to begin what cannot end."""
    free = shutil.disk_usage(folder).free
    if free < FREE_NEEDED:
        raise SetUpError(
            f"the set-up needs {FREE_NEEDED / 1e9:.0f} GB of free disk space in {folder}, and {free / 1e9:.1f} GB are "
            "free; make room there, or move this folder to a larger disk, then start again"
        )


def provide_ensurepip() -> None:
    """Debian splits what makes an environment off its Python: install it as root, name it otherwise."""
    package = f"python{VERSION}-venv"
    if has_ensurepip():
        return
    if can_install():
        provide([package], Path(os.devnull), "Python cannot make an environment without it")
        importlib.invalidate_caches()
    if not has_ensurepip():
        raise SetUpError(
            f"this Python ({sys.executable}) lacks ensurepip, which makes the environment; on Debian or Ubuntu: "
            f"sudo apt install {package} (or python3-venv), then start again"
        )


def has_ensurepip() -> bool:
    """Whether this Python can make an environment with pip in it."""
    return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))


@contextlib.contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Hold the lock file, waiting for another start that has it; the system frees it when this process ends."""
    with lock.open("a") as file:
        take(file)
        yield


def take(file: IO[str]) -> None:
    """Lock an open file; say so if that takes a wait."""
    try:
        _lock(file, wait=False)
    except OSError as error:
        if error.errno not in BUSY:  # a file system without locks: two starts at once are rare, and none must fail
            return
        say("waiting for another start, which is setting up …")
        _lock(file, wait=True)


if sys.platform == "win32":
    import msvcrt

    def _lock(file: IO[str], wait: bool) -> None:
        while True:
            try:
                msvcrt.locking(file.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
            except OSError:  # LK_LOCK gives up after ten seconds
                if not wait:
                    raise
            else:
                return
else:
    import fcntl

    def _lock(file: IO[str], wait: bool) -> None:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
