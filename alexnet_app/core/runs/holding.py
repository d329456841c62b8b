"""A run in the hands of the one process that trains it: its lock, its events, and that its folder is still there.

A person may delete or move the folder of a run that is trained. What is open can still be read: before each save it is
looked whether the folder has what was opened; if not, it is put back, or the run goes on in a folder beside it.
"""

import errno
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from alexnet_app.core.errors import DiskFullError, UserError
from alexnet_app.core.events import Notice, Warned
from alexnet_app.core.files import fresh_file, remove_leftovers, replace_file, unwritable
from alexnet_app.core.foreign import MOST_TEXT, open_regular, read_bytes
from alexnet_app.core.runs.border import check_own
from alexnet_app.core.runs.event_log import EventLog
from alexnet_app.core.runs.listing import runs_folder
from alexnet_app.core.runs.lock import OWNER, Lock
from alexnet_app.core.runs.run import Run

MOST_NAME = 200  # characters of the name of a folder that are kept in that of a new one
GONE = (errno.ENOENT, errno.ENOTDIR, errno.ESTALE)


@contextmanager
def holding(run: Run) -> Iterator["Held"]:
    """The right to write into ``run``, which one process has at a time; UserError if another one has it, or where what
    is in the folder leads out of it.
    """
    check_own(run)
    held: Held | None = None
    try:
        lock = Lock(run.folder)
    except OSError as error:
        raise unwritable(run.folder, error) from error
    try:
        run.filters_folder.mkdir(exist_ok=True)  # a folder with nothing but a configuration can be started
        remove_leftovers(run.folder)
        with Held(run, lock) as held:
            yield held
    finally:
        (lock if held is None else held).release()


class Held(EventLog):
    """The events of a run, to be written, and its folder under watch. ``keep_place`` before each save, ``notices`` for
    what the person should know. ``unsaved`` says why the last save failed, None where it did not.
    """

    def __init__(self, run: "Run", lock: Lock) -> None:
        super().__init__(run.events_file)
        self._run, self._lock = run, lock
        self._notices = [Warned(Notice.NO_LOCKS, OWNER)] if lock.is_plain else []
        self._saved: dict[str, BinaryIO] = {}
        self._text = b""
        self.unsaved: UserError | None = None
        self._lacks_since: float | None = None  # as it was told
        try:
            self._lock_events()
        except UserError:
            self._file.close()
            raise
        self._folder = _status(run.folder)
        self._can_tell = not self._has_strange_events()  # a file system may number a file otherwise each time
        self.remember_settings()
        self.hold_saved()

    def notices(self) -> list[Warned]:
        """What was found since the last call."""
        found, self._notices = self._notices, []
        return [*found, *self._of_saving()]

    def put_off(self, why: UserError, *, again: bool) -> None:
        """It could not be saved; that is told once, and ``again`` where a person had asked for it."""
        self.unsaved = why
        if again and self._lacks_since is not None:
            self._notices.append(self._told_lack(why))

    def is_all_written(self) -> bool:
        """Whether nothing that happened waits to be written or saved."""
        return self.lack is None and self.unsaved is None

    def _of_saving(self) -> list[Warned]:
        """That nothing can be written, once, and that all is there again."""
        lack, now = self.unsaved or self.lack, time.monotonic()
        if lack is not None and self._lacks_since is None:
            self._lacks_since = now
            return [self._told_lack(lack)]
        if lack is None and self._lacks_since is not None:
            seconds, self._lacks_since = now - self._lacks_since, None
            return [Warned(Notice.SAVED_AGAIN, str(self._run.folder), count=round(seconds))]
        return []

    def _told_lack(self, why: UserError) -> Warned:
        if isinstance(why, DiskFullError):
            return Warned(Notice.DISK_FULL, str(self._run.folder))
        return Warned(Notice.UNWRITABLE, str(self._run.folder), text=str(why.values.get("why", why.sentence)))

    def remember_settings(self) -> bool:
        """Takes ``config.toml`` as it is now for that of the run. Whether it says something else than before."""
        self._settings = _status(self._run.config_file)
        try:
            text = read_bytes(self._run.config_file, MOST_TEXT, links=False)
        except UserError:
            return True  # the text of before is kept: it is that of the run
        before, self._text = self._text, text
        return text != before

    def hold_saved(self) -> None:
        """Keeps checkpoint and models open, so that they outlive their folder. Windows keeps what is open from being
        removed and from being replaced: there they are not held.
        """
        if os.name == "nt":
            return
        self._let_go()
        for path in (self._run.resume_file, self._run.last_file, self._run.best_file):
            with suppress(UserError):
                self._saved[path.name] = open_regular(path, links=False)

    def keep_place(self) -> bool:
        """Looks whether the folder and its files are still those that were opened, and puts right what is not: what was
        removed is written again; where the folder is gone or another one, or the events are those of somebody else,
        the run goes on in a new folder. Whether anything was done. UserError where nothing can be written.
        """
        told = len(self._notices)
        if self._is_lost():
            self._move()
        else:
            self._restore()
        return len(self._notices) > told

    def release(self) -> None:
        """Gives the right to write back."""
        self._let_go()
        self._lock.release()

    def __exit__(self, *error: object) -> None:
        try:
            super().__exit__(*error)
        finally:
            self._let_go()

    def _let_go(self) -> None:
        for file in self._saved.values():
            file.close()
        self._saved = {}

    def _is_lost(self) -> bool:
        return not self._is_same(self._run.folder, self._folder) or (self._can_tell and self._has_strange_events())

    def _is_same(self, path: Path, known: os.stat_result | None) -> bool:
        """Whether ``path`` is still the file of before; where the file system cannot say, whether one is there."""
        return _is_same(path, known if self._can_tell else None)

    def _has_strange_events(self) -> bool:
        path = self._run.events_file
        return os.path.lexists(path) and not _is_same(path, os.fstat(self._file.fileno()))

    def _restore(self) -> None:
        """Puts back what is missing in a folder that is still the same."""
        run = self._run
        if not os.path.lexists(run.events_file):
            self.move_to(run.events_file)
            self._lock_events()
            self._tell_restored(run.events_file)
        if not os.path.lexists(run.config_file) and self._text:
            replace_file(run.config_file, lambda temporary: temporary.write_bytes(self._text))
            self.remember_settings()
            self._tell_restored(run.config_file)
        elif not self._is_same(run.config_file, self._settings) and self.remember_settings():
            self._notices.append(Warned(Notice.SETTINGS_CHANGED, run.config_file.name))
        locked = self._lock.identity()
        if locked is not None and not self._is_same(run.lock_file, locked):
            with suppress(UserError, OSError):  # somebody tries to train it, or has put a link there: once more later
                self._lock.renew()
                self._tell_restored(run.lock_file)
        with suppress(OSError):
            run.filters_folder.mkdir(exist_ok=True)

    def _lock_events(self) -> None:
        self._lock.also(os.dup(self._file.fileno()))

    def _tell_restored(self, path: Path) -> None:
        self._notices.append(Warned(Notice.FILE_RESTORED, path.name))

    def _move(self) -> None:
        """Goes on in a new folder, with the events, the checkpoint and the models of before."""
        lost = self._run.folder
        folder = _new_folder(lost)
        try:
            before, self._lock = self._lock, Lock(folder)
            self._run.move_to(folder)
            self._run.filters_folder.mkdir()
            self._run.config_file.write_bytes(self._text)
            self.move_to(self._run.events_file)
            self._lock_events()
            before.release()
            for name, saved in self._saved.items():
                saved.seek(0)
                with fresh_file(folder / name) as file:
                    shutil.copyfileobj(saved, file)
        except OSError as error:
            raise unwritable(folder, error) from error
        self._folder = _status(folder)
        self.remember_settings()
        self.hold_saved()
        self._notices.append(Warned(Notice.FOLDER_LOST, str(lost), str(folder)))


def _new_folder(lost: Path) -> Path:
    """A new folder beside the one that is ``lost``; where there is no room for it, where runs are kept, and last where
    the system keeps what is for the moment.
    """
    why: OSError | None = None
    for parent in (lost.parent, runs_folder(), Path(tempfile.gettempdir())):
        for count in range(1, 1_000):
            folder = parent / f"{lost.name[:MOST_NAME]}-rescued{f'-{count}' if count > 1 else ''}"
            try:
                folder.mkdir(parents=parent != lost.parent)  # what a disk was mounted on is not made anew
            except FileExistsError:
                continue
            except OSError as error:
                why = error
                break
            return folder
    raise unwritable(lost, why or OSError(errno.ENOENT, os.strerror(errno.ENOENT)))


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _is_same(path: Path, known: os.stat_result | None) -> bool:
    """Whether ``path`` is still the file that ``known`` tells of. A file system that cannot say, or that numbers no
    files, gives no reason to doubt it.
    """
    try:
        now = path.stat()
    except OSError as error:
        return error.errno not in GONE
    if known is None or os.name == "nt" or 0 in (now.st_ino, known.st_ino):
        return True
    return os.path.samestat(now, known)
