"""What was understood of a data set, as lines of text."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # numpy comes with it
    from alexnet_app.core.data.sources.understood import Understood

WIDTH = 40  # letters of a class's name
CLASSES = 50  # so many are shown


def lines_of(found: "Understood") -> list[str]:
    """What was understood, as people read it."""
    return [*_headline(found), *_class_lines(found), *_skipped_lines(found), *_warning_lines(found)]


def _headline(found: "Understood") -> list[str]:
    counts = ((found.total(split), split) for split in ("train", "validation", "test"))
    splits = ", ".join(f"{count:,} {split}" for count, split in counts if count)
    drawn = "; the validation images are drawn from the training images" if found.drawn else ""
    share = f"always answering {found.majority.name} is right for {found.majority.share:.1%}"
    return [f"{found.name}: {len(found.classes):,} classes; images: {splits}{drawn}", share, ""]


def _class_lines(found: "Understood") -> list[str]:
    width = min(WIDTH, max(len("class"), *(len(each.name) for each in found.classes)))
    head = f"{'class':{width}}  {'train':>8} {'validation':>11} {'test':>8}"
    lines = [
        f"{each.name[:width]:{width}}  {each.train:8,} {each.validation:11,} {each.test:8,}"
        for each in found.classes[:CLASSES]
    ]
    rest = len(found.classes) - CLASSES
    return [head, *lines, *([f"… and {rest:,} more classes"] if rest > 0 else [])]


def _skipped_lines(found: "Understood") -> list[str]:
    lines = [
        f"  {each.count:,} {each.reason}" + (f": {', '.join(each.examples)}" if each.examples else "")
        for each in found.skipped
    ]
    return ["", "not used", *lines] if lines else []


def _warning_lines(found: "Understood") -> list[str]:
    return ["", "notes", *(f"  {each.sentence}" for each in found.remarks)] if found.remarks else []
