"""Lists of class names as people keep them: one a line, with numbers or synsets before them, as JSON or as Python."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.ilsvrc import Synset, synsets
from alexnet_app.core.network.exchange.label_text import LabelEntry, entries_of, read_text

FIRST_OF_TENSORFLOW = {"background", "dummy", "__background__", "_background_"}  # which its 1001 classes begin with
MOST_SHOWN = 3

EMPTY_LINES = "empty lines in the list of names were skipped: {count}"
BACKGROUND = "the list of names has one more than the model has classes: its first, {name!r}, was skipped"
BY_NUMBER = "the names were put in the order of their numbers"
NOT_BY_SYNSET = "the names are in the order of their numbers, which is not that of their synsets"
BY_SYNSET = (
    "the list is not in the order of its synsets, in which folders of images are numbered: the names were put in that "
    "order; if the model has the list's own order, number its lines from 0"
)
BY_KIT = (
    "the list is in the order of ImageNet's development kit, models are trained in that of the synsets: the names were "
    "put in that order; if the model has the kit's order, number the lines from 0"
)
NAMED = "the list has synsets alone: the classes have ILSVRC2012's names"
TWICE = "several classes have the same name in the list: {names}"
TOLD_APART = "two classes of ImageNet have the same name in the list; they are called {names}"


@dataclass(frozen=True, slots=True)
class Names:
    """The names of the classes in the order of a model's outputs, the synset of each where the list has them, and
    what was understood, as sentences.
    """

    names: tuple[str, ...]
    synsets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def read_labels(path: Path, count: int) -> Names:
    """The ``count`` names in a file: one a line, or a list or dictionary in the syntax of JSON or Python; in UTF-8,
    UTF-16 or Windows' Western encoding. Numbers and synsets before names give the order and are left out.

    Raises UserError, naming the file, unless there are ``count``.
    """
    notes: list[str] = []
    try:
        found = entries_of(read_text(path, notes))
    except (OSError, ValueError) as error:
        raise UserError("{path} cannot be read as a list of names: {why}", path=path, why=cause(error)) from error
    entries = _counted(path, found, count, notes)
    entries = _in_order(entries, notes)
    if count == len(synsets()):
        entries = _out_of_the_kit(entries, notes)
    return _named(entries, notes)


def _other_count(path: Path, entries: list[LabelEntry], count: int) -> UserError:
    error = UserError(
        "{path} has {names:,} names for {count:,} classes",
        "choose a file with one name per line, in the order of the classes",
        path=path,
        names=len(entries),
        count=count,
    )
    if not entries:
        return error
    return error.replaced(
        "choose a file with one name per line, in the order of the classes; the first that was read is {first!r}, the "
        "last {last!r}",
        first=entries[0].name[:40],
        last=entries[-1].name[:40],
    )


def _counted(path: Path, found: list[LabelEntry], count: int, notes: list[str]) -> list[LabelEntry]:
    """The entries without empty lines and the class that TensorFlow's lists begin with."""
    entries = [each for each in found if each.name or each.synset]
    if len(entries) == count + 1 and entries[0].name.lower() in FIRST_OF_TENSORFLOW:
        notes.append(BACKGROUND.format(name=entries[0].name))
        return [replace(each, number=None if each.number is None else each.number - 1) for each in entries[1:]]
    if len(entries) != count:
        raise _other_count(path, entries, count)
    if len(found) > count:
        notes.append(EMPTY_LINES.format(count=len(found) - count))
    return entries


def _in_order(entries: list[LabelEntry], notes: list[str]) -> list[LabelEntry]:
    """Numbers from 0 are outputs of a model and decide; else synsets do, as a folder for each is read in their order;
    else other numbers.
    """
    numbers = [each.number for each in entries if each.number is not None]
    numbered = sorted(entries, key=lambda each: each.number or 0) if len(numbers) == len(entries) else entries
    known = all(each.synset for each in entries)
    if known and (not numbers or min(numbers) > 0):
        ordered = sorted(entries, key=lambda each: each.synset)
        if ordered != entries:
            notes.append(BY_KIT if _is_of_the_kit(entries) else BY_SYNSET)
        return ordered
    if numbered != entries:
        notes.append(BY_NUMBER)
    elif known and numbered != sorted(entries, key=lambda each: each.synset):
        notes.append(NOT_BY_SYNSET)
    return numbered


def _is_of_the_kit(entries: Sequence[LabelEntry]) -> bool:
    """Whether synsets of ILSVRC2012 have the numbers of its development kit, or are all of them in its order."""
    numbers = {each.synset: each.number for each in synsets()}
    found = [numbers.get(each.synset) for each in entries]
    return found == [each.number for each in entries] or found == list(range(1, len(numbers) + 1))


def _out_of_the_kit(entries: list[LabelEntry], notes: list[str]) -> list[LabelEntry]:
    """1000 names without synsets that are ImageNet's in the order of the kit, in that of the synsets."""
    kit = sorted(synsets(), key=lambda each: each.number)
    alike = sum(_plain(each.name) == _plain(known.name) for each, known in zip(entries, kit, strict=True))
    if any(each.synset for each in entries) or entries[0].number == 0 or alike < 0.9 * len(kit):
        return entries
    notes.append(BY_KIT)
    pairs = zip(kit, entries, strict=True)
    return [each for _, each in sorted(pairs, key=lambda pair: pair[0].synset)]


def _plain(name: str) -> str:
    """The first of several names of a class, as lists write it in different ways."""
    return name.split(",")[0].replace("_", " ").strip().lower()


def _named(entries: list[LabelEntry], notes: list[str]) -> Names:
    known = {each.synset: each for each in synsets()}
    bare = [each for each in entries if not each.name]
    if bare and all(each.synset in known for each in bare):
        notes.append(NAMED)
        entries = [replace(each, name=each.name or known[each.synset].name) for each in entries]
    entries = _told_apart([replace(each, name=each.name or each.synset) for each in entries], known, notes)
    ids = tuple(each.synset for each in entries)
    return Names(tuple(each.name for each in entries), ids if all(ids) else (), tuple(notes))


def _told_apart(entries: list[LabelEntry], known: dict[str, Synset], notes: list[str]) -> list[LabelEntry]:
    """ImageNet has two classes "crane" and two "maillot"; any other name that is there twice is told."""
    counts = Counter(each.name for each in entries)
    classes = synsets() if len(entries) == len(synsets()) else (None,) * len(entries)
    named, apart = [], []
    for each, in_place in zip(entries, classes, strict=True):
        which = known.get(each.synset, in_place)
        theirs = counts[each.name] > 1 and which is not None and which.name.split()[0] == _plain(each.name)
        named.append(replace(each, name=which.name) if theirs and which else each)
        apart += [repr(which.name)] if theirs and which else []
    if apart:
        notes.append(TOLD_APART.format(names=" and ".join(apart)))
    twice = [repr(name) for name, count in Counter(each.name for each in named).items() if count > 1]
    if twice:
        shown = ", ".join(twice[:MOST_SHOWN])
        notes.append(TWICE.format(names=shown + " …" * (len(twice) > MOST_SHOWN)))
    return named
