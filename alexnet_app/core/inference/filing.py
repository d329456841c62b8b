"""Files put into folders by their answers: planned and shown first, never over another file, and undone at any time.

A journal beside the new folders is written before the first file is touched. It says all that will be done, so whatever
moment the program ends at, ``undone`` can see how far it came: a file is where it was, where it was to go, or both.
"""

import filecmp
import json
import os
import shutil
from collections import Counter
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Answered, Event, Progress, Skipped, Task
from alexnet_app.core.files import check_writable, replace_file, sync, unwritable
from alexnet_app.core.inference.doubt import unsure
from alexnet_app.core.inference.filing_journal import JOURNAL, Filed, Journal, read_journal, sealed
from alexnet_app.core.inference.folder_names import folder_names

COARSE = 2_000_000_000  # nanoseconds: what the coarsest file system makes of the time of a copy
PART = ".alexnet-app.part"  # ends the name of a copy that is not whole yet: nobody else calls a file so
LONGEST = 255  # bytes of a name: what most systems take


@dataclass(frozen=True, slots=True)
class Plan:
    """What will be done below ``target``: ``files`` with where each goes, and how many go into each folder."""

    target: Path
    moves: bool
    files: tuple[Filed, ...]

    @property
    def counts(self) -> Mapping[str, int]:
        """How many files go into each folder, in the order of the folders' names, capital letters as small ones."""
        found = Counter(os.path.dirname(each.to) for each in self.files)  # noqa: PTH120 - a relative text
        return dict(sorted(found.items(), key=lambda each: (each[0].casefold(), each[0])))


def planned(answers: Iterable[Event], target: Path, *, moves: bool, not_sure: str = "", least: float = 0.0) -> Plan:
    """Where each answered file goes: into the folder of ``target`` that has the name of its first answer.

    A file without a sure answer goes into the folder ``not_sure``; with "" it stays where it is. Not sure is also what
    has a first answer with a probability below ``least`` (0 to 1). What could not be
    answered stays. A name that is taken gets a number. Links stay: what they lead to would not be found from elsewhere.
    """
    found = dict(_labelled(answers, not_sure, least))  # a file that was given twice goes to one place
    chosen = [(path, label) for path, label in found.items() if not Path(path).is_symlink()]
    folders = folder_names([label for _, label in chosen])
    taken: dict[str, set[str]] = {}
    files = []
    for path, label in chosen:
        source = Path(path).absolute()
        folder = folders[label]
        names = taken.setdefault(folder, _names_in(target / folder))
        if source.parent == (target / folder).absolute():
            continue  # it is there already
        name = _free(source.name, names)
        names.add(name.casefold())
        with suppress(OSError):  # it is gone since it was answered
            status = source.stat()
            files.append(Filed(str(source), f"{folder}/{name}", status.st_size, status.st_mtime_ns))
    return Plan(target, moves, tuple(files))


def filing(plan: Plan) -> Generator[Event, None, Path]:
    """Does what was planned. Yields Progress, and Skipped for each file that had to stay where it is; gives the journal
    that ``undone`` reads. UserError where nothing could be begun.
    """
    path = begun(plan)
    yield from put_away(plan)
    return path


def begun(plan: Plan) -> Path:
    """Writes the journal of what is going to be done, and gives its path. UserError where that cannot be."""
    new = [folder for folder in plan.counts if not (plan.target / folder).exists()]
    made = not plan.target.exists()
    return _write_journal(plan.target, Journal(plan.moves, tuple(new), made, plan.files))


def put_away(plan: Plan) -> Iterator[Event]:
    """Does what was planned, once its journal is written; it may be left after any file. Yields Progress, and before
    it Skipped for a file that had to stay where it is.
    """
    for done, each in enumerate(plan.files, 1):
        try:
            _check_unchanged(Path(each.source), each)  # else it may be another picture than the one that was answered
            _put(Path(each.source), plan.target / each.to, moves=plan.moves)
        except OSError as error:
            yield Skipped(each.source, cause(error))
        yield Progress(Task.FILE, done, len(plan.files))


def undone(path: Path) -> Generator[Event, None, int]:
    """Takes back what the journal ``path`` says, as far as it was done, and returns the number of files.

    A file that was changed since, or whose old place is taken, stays and is reported as Skipped; then the journal stays
    too. No file is overwritten. UserError for a file that is no journal of this person on this computer.
    """
    journal = read_journal(path)
    target, count, left = path.absolute().parent, 0, 0
    for number, each in enumerate(reversed(journal.files), 1):
        try:
            count += _take_back(Path(each.source), target / each.to, each, moves=journal.moves)
        except OSError as error:
            left += 1
            yield Skipped(str(target / each.to), cause(error))
        yield Progress(Task.FILE, number, len(journal.files))
    if not left:
        path.unlink()
        for folder in (*(target / name for name in journal.folders), *([target] if journal.made else [])):
            with suppress(OSError):  # something else is in it now
                folder.rmdir()
    return count


def check_target(target: Path) -> None:
    """UserError where nothing can be put into folders of ``target``, which need not exist yet."""
    if os.path.lexists(target) and not target.is_dir():
        raise UserError("{target} is no folder", hint="name a new folder, or one that is there", target=target)
    check_writable(target)


def _labelled(answers: Iterable[Event], not_sure: str, least: float) -> Iterable[tuple[str, str]]:
    for event in answers:
        if isinstance(event, Answered) and event.predictions:
            first = event.predictions[0]
            label = not_sure if unsure(event.predictions) or first.probability < least else first.label
            if label:
                yield event.path, label


def _names_in(folder: Path) -> set[str]:
    try:
        return {name.casefold() for name in os.listdir(folder)}  # noqa: PTH208 - names only
    except OSError:
        return set()


def _free(name: str, taken: set[str]) -> str:
    stem, ending = os.path.splitext(name)  # noqa: PTH122 - of a name
    number, found = 2, name
    while found.casefold() in taken:
        end = f" ({number}){ending}"
        found, number = f"{_cut(stem, LONGEST - len(os.fsencode(end)))}{end}", number + 1
    return found


def _cut(name: str, most: int) -> str:
    """The beginning of ``name``, at most ``most`` bytes of it."""
    stored = os.fsencode(name)
    return name if len(stored) <= most else stored[: max(1, most)].decode(errors="ignore")


def _part(path: Path) -> Path:
    """What a copy to ``path`` is called until it is whole."""
    return path.with_name(f".{_cut(path.name, LONGEST - len(PART) - 1)}{PART}")


def _write_journal(target: Path, journal: Journal) -> Path:
    lines = [json.dumps(line) for line in sealed(journal)]
    check_target(target)
    try:
        target.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise unwritable(target, error) from error
    stem = f"{JOURNAL}-{datetime.now().astimezone():%Y-%m-%d-%H%M%S}"
    path = target / f"{stem}.json"
    number = 2
    while path.exists():
        path, number = target / f"{stem}-{number}.json", number + 1
    replace_file(path, lambda temporary: temporary.write_text("\n".join(lines) + "\n", encoding="ascii"))
    return path


def _put(source: Path, to: Path, *, moves: bool) -> None:
    """Copies or moves ``source`` to ``to``. OSError where that exists, or where it fails."""
    to.parent.mkdir(exist_ok=True)
    _reserve(to)
    try:
        if moves and _renamed(source, to):
            return
        part = _part(to)
        part.unlink(missing_ok=True)  # left by a program that was killed; or a link, which is not to be followed
        shutil.copy2(source, part, follow_symlinks=False)
        sync(part)
        part.replace(to)
    except BaseException:
        with suppress(OSError):
            _part(to).unlink(missing_ok=True)
            if not to.stat().st_size:
                to.unlink()
        raise
    if moves:
        sync(to.parent)
        source.unlink()


def _reserve(path: Path) -> None:
    """An empty file at a free place, so that nobody else takes it; FileExistsError where it is taken."""
    os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY))


def _renamed(source: Path, to: Path) -> bool:
    """Whether a rename was enough: not from one disk to another."""
    if source.stat(follow_symlinks=False).st_dev != to.parent.stat().st_dev:
        return False
    source.replace(to)
    return True


def _take_back(source: Path, to: Path, filed: Filed, *, moves: bool) -> bool:
    """Brings ``to`` back to ``source``. Whether there was anything to do; OSError where it cannot be done."""
    with suppress(OSError):
        _part(to).unlink()
    if not os.path.lexists(to):
        return False
    if to.lstat().st_size == 0 < filed.size:  # the place was reserved, and no more
        to.unlink()
        return False
    _check_unchanged(to, filed)
    if moves and os.path.lexists(source) and source.lstat().st_size == 0 < filed.size:  # an undo ended here
        source.unlink()
    if moves and not os.path.lexists(source):
        source.parent.mkdir(parents=True, exist_ok=True)
        _put(to, source, moves=True)
    elif os.path.lexists(source):  # a copy, or the program ended between one to another disk and its removal here
        if not filecmp.cmp(source, to, shallow=False):
            raise OSError(f"{source} is another file now")
        to.unlink()
    else:
        raise OSError(f"it is the only one: {source} is gone")
    return True


def _check_unchanged(path: Path, filed: Filed) -> None:
    status = path.lstat()
    if status.st_size != filed.size or abs(status.st_mtime_ns - filed.changed) > COARSE:
        raise OSError("it was changed since")
