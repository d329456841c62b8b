"""The 1000 classes of ILSVRC2012: their synsets, their numbers in the development kit, what people call them."""

from dataclasses import dataclass
from functools import cache

from alexnet_app import resources


@dataclass(frozen=True, slots=True)
class Synset:
    """A class of ILSVRC2012: its WordNet name, its number in the development kit, from 1, and what people call it."""

    synset: str
    number: int
    name: str


@cache
def synsets() -> tuple[Synset, ...]:
    """The 1000 classes of ILSVRC2012 in their order, sorted by synset; all their names are different."""
    lines = resources.path("imagenet_classes.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return tuple(Synset(synset, int(number), name) for synset, number, name in rows)
