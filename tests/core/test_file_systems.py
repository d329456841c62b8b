"""File systems that lack something: network shares, shared folders of virtual machines."""

import errno
import os
import stat
import sys
from pathlib import Path

import filelock
import pytest

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import ENDING, remove_leftovers, replace_file, sync_open
from alexnet_app.core.locks import alone, taken

UNLOCKED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows locks in another way")


def failing(monkeypatch, number, fails):
    """Lets ``os.fsync`` fail with ``number`` where ``fails`` says so of what is synchronized."""
    real = os.fsync

    def fsync(handle):
        if fails(os.fstat(handle).st_mode):
            raise OSError(number, os.strerror(number))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)


def write(path, text="new"):
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EIO, errno.EBADF])
def test_that_a_folder_that_cannot_be_synchronized_loses_nothing(tmp_path, monkeypatch, number):
    failing(monkeypatch, number, stat.S_ISDIR)
    write(tmp_path / "file", "old")
    write(tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS])
def test_that_a_file_system_that_cannot_synchronize_is_written_to(tmp_path, monkeypatch, number):
    failing(monkeypatch, number, lambda _: True)
    write(tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "new"


def test_that_a_file_that_did_not_reach_the_disk_is_told(tmp_path, monkeypatch):
    write(tmp_path / "file", "old")
    failing(monkeypatch, errno.EIO, stat.S_ISREG)
    with pytest.raises(UserError, match="could not be written"):
        write(tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "old"
    with (tmp_path / "other").open("wb") as file, pytest.raises(OSError, match=os.strerror(errno.EIO)):
        sync_open(file.fileno())


def test_that_mode_bits_are_a_wish(tmp_path, monkeypatch):
    def chmod(*_, **__):
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(Path, "chmod", chmod)
    write(tmp_path / "file")
    assert (tmp_path / "file").read_text(encoding="utf-8") == "new"


@pytest.fixture(params=UNLOCKED)
def unlocked(request, monkeypatch):
    """No file can be locked."""
    import fcntl

    def flock(*_):
        raise OSError(request.param, os.strerror(request.param))

    monkeypatch.setattr(fcntl, "flock", flock)


@posix
@pytest.mark.usefixtures("unlocked")
def test_that_a_plain_file_is_the_lock_where_there_are_none(tmp_path):
    lock = taken(tmp_path / "lock")
    with pytest.raises(filelock.Timeout):
        taken(tmp_path / "lock")
    lock.release()
    with alone(tmp_path / "lock"), pytest.raises(filelock.Timeout):
        taken(tmp_path / "lock")
    taken(tmp_path / "lock").release()


@posix
def test_that_another_error_of_a_lock_is_told(tmp_path, monkeypatch):
    import fcntl

    def flock(*_):
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        taken(tmp_path / "lock")


@posix
@pytest.mark.usefixtures("unlocked")
def test_that_setting_up_takes_no_missing_lock_for_another_start(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "packaging"))
    import environment

    with environment.alone(tmp_path / "lock"):
        pass
    assert capsys.readouterr() == ("", "")


def test_that_the_limit_of_a_file_is_told(tmp_path):
    def write(_):
        raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))

    with pytest.raises(UserError, match="larger than a file may be here") as caught:
        replace_file(tmp_path / "a.csv", write)
    assert "ulimit -f" in str(caught.value.hint)


def test_that_only_temporary_files_of_the_program_are_removed(tmp_path):
    alive = f"a.json.{os.getppid()}{ENDING}"  # another process writes it now
    kept = ["notes.tmp", "thesis.2024.tmp", f"a.x{ENDING}", f".7{ENDING}", f"a.json.999999999{ENDING}~", alive]
    for name in [*kept, f"a.json.999999999{ENDING}", f"last.alexnet.{os.getpid()}{ENDING}"]:
        (tmp_path / name).write_text("thesis")
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(kept)


def test_that_a_new_file_removes_what_killed_writers_of_it_left_and_nothing_else(tmp_path):
    kept = ["a.csv.999999999.tmp", f"b.csv.999999999{ENDING}", f"a.csv.{os.getppid()}{ENDING}"]
    for name in [*kept, f"a.csv.999999999{ENDING}"]:
        (tmp_path / name).write_text("thesis")
    replace_file(tmp_path / "a.csv", lambda temporary: temporary.write_text("1"))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(["a.csv", *kept])
