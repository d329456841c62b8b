"""What a person calls a run, notes and tags of it: a small file in its folder, whose name stays as it is.

The file is ``name.json``, ``{"name": "ants-bees", "note": "…", "tags": ["lrn"], "archived": false}``; where it is
missing or cannot be read a run is called as its folder is. An archived run stays where it is; lists leave it out.
"""

import json
import os
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.errors import UserError
from alexnet_app.core.files import replace_file
from alexnet_app.core.foreign import check_regular, read_json
from alexnet_app.core.runs.run import Run

MOST_NAME, MOST_NOTE = 80, 2_000  # characters
MOST_TAG, MOST_TAGS = 30, 20  # characters of a tag, and tags of a run
MOST_BYTES = 16 << 10


@dataclass(frozen=True, slots=True)
class RunLabel:
    """The name that a person gave a run, empty where none, the note, the tags, and whether lists leave it out."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    archived: bool = False


def label_of(folder: Path) -> RunLabel:
    """The label of the run in ``folder``: nothing in it where the file is missing, or is none."""
    try:
        found = read_json(Run(folder).name_file, MOST_BYTES, links=False)
    except UserError:
        return RunLabel()
    if not isinstance(found, dict):
        return RunLabel()
    name, note = (str(found.get(key, "")) for key in ("name", "note"))
    said = found.get("tags")
    tags = [each for each in said if isinstance(each, str) and _is_tag(each)] if isinstance(said, list) else []
    return RunLabel(
        name if _is_name(name) else "",
        note if is_note(note) else "",
        _once(tags)[:MOST_TAGS],
        found.get("archived") is True,
    )


def called(folder: Path) -> str:
    """What people call the run in ``folder``: its name, else that of the folder."""
    return label_of(folder).name or folder.name


def relabel(
    run: Run,
    *,
    name: str | None = None,
    note: str | None = None,
    tags: Sequence[str] | None = None,
    archived: bool | None = None,
) -> RunLabel:
    """Gives ``run`` another name, note or tags, or puts it away; None leaves it, an empty name is the folder's again.
    UserError for what is too long or cannot be shown, or where the folder cannot be written.
    """
    before = label_of(run.folder)
    new = RunLabel(
        before.name if name is None else name.strip(),
        before.note if note is None else note.strip(),
        before.tags if tags is None else check_tags(tags),
        before.archived if archived is None else archived,
    )
    if new.name:
        check_name(new.name)
    check_note(new.note)
    path = run.name_file
    if os.path.lexists(path):
        check_regular(path, links=False)
    kept = {"name": new.name, "note": new.note, "tags": list(new.tags), "archived": new.archived}
    text = json.dumps(kept, ensure_ascii=False)
    replace_file(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return new


def tags_in(text: str) -> tuple[str, ...]:
    """The tags in ``text``, with commas between them. UserError as ``check_tags``."""
    return check_tags(text.split(","))


def check_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """``tags`` without spaces around them, each once, without empty ones; UserError where one is no tag, or there are
    too many.
    """
    found = _once(each.strip() for each in tags if each.strip())
    wrong = next((each for each in found if not _is_tag(each)), None)
    if wrong is not None:
        raise UserError(
            "{tag!r} is no tag: a tag is one line of at most {most} characters, without a comma",
            "choose a shorter tag without control characters",
            tag=wrong[:200],
            most=MOST_TAG,
        )
    if len(found) > MOST_TAGS:
        raise UserError(
            "a run has at most {most} tags, not {count:,}", "choose fewer tags", most=MOST_TAGS, count=len(found)
        )
    return found


def check_name(name: str) -> str:
    """``name`` without spaces around it; UserError where no run can be called so."""
    plain = name.strip()
    if not _is_name(plain):
        raise UserError(
            "a run cannot be called {name!r}: a name is one line of at most {most} characters",
            "choose a shorter name without control characters",
            name=plain[:200],
            most=MOST_NAME,
        )
    return plain


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """``wanted``, or with the first number from 2 that is not among ``taken``."""
    known = set(taken)
    tries = (f"{wanted} {count}" if count > 1 else wanted for count in range(1, len(known) + 2))
    return next(each for each in tries if each not in known)


def check_note(text: str) -> None:
    """UserError for a note that is too long or cannot be shown."""
    if not is_note(text):
        raise UserError(
            "the note has {count:,} characters, or some that cannot be shown; the limit is {most:,}",
            "write a shorter note",
            count=len(text),
            most=MOST_NOTE,
        )


def is_note(text: str) -> bool:
    """Whether a note can be so: not too long, and nothing in it that cannot be seen."""
    return len(text) <= MOST_NOTE and _is_shown(text, "\n\t")


def _is_name(text: str) -> bool:
    return 0 < len(text) <= MOST_NAME and text == text.strip() and _is_shown(text, "")


def _is_tag(text: str) -> bool:
    return 0 < len(text) <= MOST_TAG and text == text.strip() and "," not in text and _is_shown(text, "")


def _once(tags: Iterable[str]) -> tuple[str, ...]:
    """Each of ``tags`` once, whether in capitals or not, as it is written first."""
    return tuple({each.casefold(): each for each in reversed(list(tags))}.values())[::-1]


def _is_shown(text: str, also: str) -> bool:
    """Without controls, marks that turn the direction of text, and halves of characters."""
    return all(each in also or unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for each in text)
