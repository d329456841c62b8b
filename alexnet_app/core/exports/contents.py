"""What of a run is taken elsewhere, and how large each of its files may be: the same list packs and unpacks."""

import re
from pathlib import Path

from alexnet_app.core.foreign import MOST_TEXT
from alexnet_app.core.insight import snapshot
from alexnet_app.core.runs import naming, reading

MOST_WEIGHTS = 16 << 30  # bytes of a checkpoint or a model; AlexNet's checkpoint has half a gigabyte
MOST_LOG = 256 << 20
MOST_EVALUATION = 64 << 20
CONFIG, EVENTS, RESUME = "config.toml", "events.jsonl", "resume.safetensors"
# names as they are in a run's folder, and the most bytes of a file that is called so; commands and locks belong to
# the process that trains a run, and stay
KNOWN = (
    (re.compile(re.escape(CONFIG)), MOST_TEXT),
    (re.compile(r"name\.json"), naming.MOST_BYTES),
    (re.compile(re.escape(EVENTS)), reading.MOST_BYTES),
    (re.compile(r"resume\.safetensors|last\.alexnet|best\.alexnet"), MOST_WEIGHTS),
    (re.compile(r"filters/[A-Za-z0-9_-]{1,100}\.npy"), snapshot.MOST_BYTES),
    (re.compile(r"(?:evaluation|average)-[A-Za-z0-9-]{1,100}\.json"), MOST_EVALUATION),
    (re.compile(r"log\.txt"), MOST_LOG),
)
FOLDERS = ("", "filters")  # of a run in which these lie


def most_of(name: str) -> int | None:
    """The most bytes that the file ``name`` of a run may have, "/" between folders; None for no file of a run."""
    return next((most for pattern, most in KNOWN if pattern.fullmatch(name)), None)


def names_in(folder: Path) -> list[str]:
    """The files of the run in ``folder`` that are taken elsewhere. Raises OSError."""
    found = []
    for inner in FOLDERS:
        here = folder / inner
        if here.is_dir() and not here.is_symlink():
            found += [f"{inner}/{each.name}" if inner else each.name for each in here.iterdir() if each.is_file()]
    return sorted(name for name in found if most_of(name) is not None)
