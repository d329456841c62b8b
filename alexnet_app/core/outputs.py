"""The one guard for files that a person has the program write: never over an input, never over something else.

Every option of a command that names a file to write and every Save dialog asks it, before any work and once more right
before writing. Files are written beside and renamed (``files.replace_file``), so a refusal leaves nothing behind.
"""

import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.errors import UserError, Way, cause
from alexnet_app.core.files import check_writable
from alexnet_app.core.runs.run import Run

HEAD = 1 << 16  # bytes that tell what a file is
LARGEST_HEADER = 100_000_000  # bytes, of safetensors
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")  # what no table has; tab, line feed, form feed and CR are left
_OTHER_TEXT = re.compile(rb"(%PDF|%!PS|\{\\rtf|<\?xml|<svg|<!|GIF8|P[1-7fF]\s)")
_PAGE = re.compile(rb"\s*<!doctype html", re.IGNORECASE)
_SVG = re.compile(rb"\s*(<\?xml[^>]*>\s*)?(<!DOCTYPE svg|<svg)")
_ANSWERS = re.compile(rb'\[(\]|\{"path": ")')
_EVALUATION = re.compile(rb'\s*\{\s*"format"\s*:\s*"alexnet-app evaluation')


def _is_table(head: bytes) -> bool:
    return not _CONTROL.search(head) and not _OTHER_TEXT.match(head)


def _is_model(head: bytes) -> bool:
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= LARGEST_HEADER


@dataclass(frozen=True, slots=True)
class OutputKind:
    """A kind of file that is written: how people call it, how its names end, and whether a file's head is of it."""

    name: str
    suffixes: tuple[str, ...]
    is_head: Callable[[bytes], bool]


TABLE = OutputKind("a CSV table", (".csv",), _is_table)
PNG = OutputKind("a PNG image", (".png",), lambda head: head.startswith(b"\x89PNG\r\n\x1a\n"))
GIF = OutputKind("a GIF animation", (".gif",), lambda head: head.startswith(b"GIF8"))
VIDEO = OutputKind("an MP4 video", (".mp4",), lambda head: head[4:8] == b"ftyp")
PDF = OutputKind("a PDF", (".pdf",), lambda head: head.startswith(b"%PDF-"))
SVG = OutputKind("an SVG image", (".svg",), lambda head: bool(_SVG.match(head)))
PAGE = OutputKind("a web page", (".html", ".htm"), lambda head: bool(_PAGE.match(head)))
ANSWERS = OutputKind("answers as JSON", (".json",), lambda head: bool(_ANSWERS.match(head)))
EVALUATION = OutputKind("an evaluation of this program", (".json",), lambda head: bool(_EVALUATION.match(head)))
MODEL = OutputKind("an .alexnet model", (".alexnet",), _is_model)
INDEX = OutputKind("an index of images", (".index",), _is_model)
ONNX = OutputKind("an ONNX file", (".onnx",), lambda head: head.startswith(b"\x08"))
TORCH = OutputKind("PyTorch weights", (".pth", ".pt"), lambda head: head.startswith((b"PK\x03\x04", b"\x80\x02")))
RUN_ZIP = OutputKind("a run as a ZIP", (".zip",), lambda head: head.startswith((b"PK\x03\x04", b"PK\x05\x06")))
DRAWINGS = {".png": PNG, ".svg": SVG, ".pdf": PDF}  # by the endings of their names
EXPORTS = {"onnx": ONNX, "torch": TORCH, "alexnet": MODEL}  # by the names of the formats


class Guard:
    """The outputs of one command or one dialog beside its ``inputs``, files and folders that are read.

    ``replace`` says that the person agreed to replace an existing file of the same kind; nothing else ever is.
    """

    def __init__(self, inputs: Iterable[str | Path], *, replace: bool = False) -> None:
        self._inputs = [Path(each) for each in inputs]
        self._replace = replace
        self._taken: list[tuple[Path, str, OutputKind]] = []
        self._files: tuple[str, ...] = ()

    def output(self, given: str | Path | None, kind: OutputKind) -> Path | None:
        """The whole path of the output ``given``; None where none is. UserError where it must not be written."""
        if given is None:
            return None
        if not Path(given).name:
            raise UserError("{out!r} is not the name of a file", "name the file to write", out=str(given))
        path = Path(given).absolute()
        if any(_real(path) == _real(other) for other, _, _ in self._taken):
            raise UserError("{out} is another output file too", "choose another output file", out=given)
        self._look(path, str(given), kind)
        self._taken.append((path, str(given), kind))
        return path

    def file(self, given: str | Path, kind: OutputKind) -> Path:
        """The same for an output that must be there."""
        path = self.output(given, kind)
        assert path is not None
        return path

    def reads(self, files: Iterable[str]) -> None:
        """What is read too, known only now, such as the images that a table names: no output is one of them. UserError
        as ``output``.
        """
        self._files = tuple(files)
        self.confirm()

    def confirm(self, only: Path | None = None) -> None:
        """Looks once more, right before writing: hours may have passed. UserError as ``output``. ``only`` is the output
        that is written next, where each is written at its own time: those before it are there by then.
        """
        for path, given, kind in self._taken:
            if only is None or path == only:
                self._look(path, given, kind)

    def _look(self, path: Path, given: str, kind: OutputKind) -> None:
        try:
            self._check(path, given, kind)
        except OSError as error:  # such as a name that is too long, or a folder that must not be looked into
            raise UserError(
                "{out} could not be written: {why}", "choose another output file", out=given, why=cause(error)
            ) from error

    def _check(self, path: Path, given: str, kind: OutputKind) -> None:
        if any(_is_same(path, each) for each in self._inputs):
            raise _input(given)
        _check_place(path, given)
        _check_name(path, given, kind)
        if path.exists():
            self._check_existing(path, given, kind)

    def _check_existing(self, path: Path, given: str, kind: OutputKind) -> None:
        if not _is_of(path, kind):
            raise UserError(
                "{out} exists and is not {kind}, so it is not replaced",
                "choose another output file",
                out=given,
                kind=kind.name,
            )
        if any(_is_below(path, each) for each in self._inputs) or _is_among(path, self._files):
            raise _input(given)
        if not self._replace:
            raise UserError("{out} exists already", Way.REPLACE_FILE, out=given)
        if not os.access(path, os.W_OK):
            raise UserError(
                "{out} could not be written: it is write-protected", "choose another output file", out=given
            )


def _input(given: str) -> UserError:
    return UserError("{out} is an input file and would be overwritten", "choose another output file", out=given)


def _check_place(path: Path, given: str) -> None:
    """Refuses a folder, a link, a pipe and a device, and a place in a folder that is not there or is not writable."""
    with suppress(FileNotFoundError, NotADirectoryError):
        mode = os.lstat(path).st_mode
        if stat.S_ISLNK(mode):
            where = path.readlink()
            raise UserError(
                "{out} could not be written: it is a link to {where}",
                "choose a file that is not a link",
                out=given,
                where=where,
            )
        if stat.S_ISDIR(mode):
            raise UserError("{out} could not be written: it is a folder", "choose a file", out=given)
        if not stat.S_ISREG(mode):
            raise UserError("{out} could not be written: it is a pipe or a device", "choose a file", out=given)
    if not path.parent.is_dir():
        folder = Path(given).parent
        raise UserError(
            "{out} could not be written: there is no folder {folder}",
            "create it, or choose another",
            out=given,
            folder=folder,
        )
    check_writable(path.parent)


def _check_name(path: Path, given: str, kind: OutputKind) -> None:
    """Refuses an ending that is not of the kind, as what has it could never be replaced, and a name that a run keeps
    for itself.
    """
    suffix = path.suffix.lower()
    if not suffix:
        raise UserError(
            "{out} has no ending, but {kind} is to be written",
            "choose a name that ends in {suffixes}",
            out=given,
            kind=kind.name,
            suffixes=" or ".join(kind.suffixes),
        )
    if suffix not in kind.suffixes:
        raise UserError(
            "{out} ends in {suffix}, but {kind} is to be written",
            "choose a name that ends in {suffixes}",
            out=given,
            suffix=suffix,
            kind=kind.name,
            suffixes=" or ".join(kind.suffixes),
        )
    run = Run(path.parent)
    own = path in (run.last_file, run.best_file) or path.name.startswith(("evaluation-", "average-"))
    if own and run.config_file.is_file():
        raise UserError(
            "{out} is the name of a file that the run in {folder} keeps",
            "choose another output file",
            out=given,
            folder=run.folder,
        )


def _is_of(path: Path, kind: OutputKind) -> bool:
    """Whether the existing file at ``path`` is of this kind, by its ending and its head; an empty one by its ending."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    return path.suffix.lower() in kind.suffixes and (not head or kind.is_head(head))


def _is_same(path: Path, other: Path) -> bool:
    """Whether both are one file: by name, links resolved, or by device and number."""
    try:
        return os.path.samefile(path, other)  # noqa: PTH121
    except OSError:  # one of them is not there: of many inputs most need no closer look
        return path.name == other.name and _real(path) == _real(other)


def _real(path: Path) -> str:
    """Where ``path`` leads; unlike ``resolve`` it has an answer for links that lead round."""
    return os.path.normcase(os.path.realpath(path))


def _is_below(path: Path, folder: Path) -> bool:
    """Whether the file at ``path`` is, under any name, in ``folder`` or below it; links are followed."""
    wanted = path.stat()
    for entry in _files_below(folder):
        if entry.is_symlink() or entry.inode() == wanted.st_ino:  # the others need not be looked up
            with suppress(OSError):
                if os.path.samestat(os.stat(entry), wanted):  # noqa: PTH116
                    return True
    return False


def _is_among(path: Path, files: Iterable[str]) -> bool:
    """Whether the file at ``path`` is, under any name, one of ``files``; links are followed."""
    wanted = path.stat()
    for each in files:
        with suppress(OSError):
            if os.path.samestat(os.stat(each), wanted):  # noqa: PTH116 - of many
                return True
    return False


def _files_below(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """What is no folder, in ``folder`` and below it; each folder once, as links may lead round."""
    waiting, seen = [os.fspath(folder)], set[tuple[int, int]]()
    while waiting:
        with suppress(OSError):
            here = waiting.pop()
            status = os.stat(here)  # noqa: PTH116
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(here) as entries:
                for entry in entries:
                    if _leads_on(entry):
                        waiting.append(entry.path)
                    else:
                        yield entry


def _leads_on(entry: "os.DirEntry[str]") -> bool:
    """Whether it is a folder; of links that lead round the system only complains."""
    try:
        return entry.is_dir()
    except OSError:
        return False
