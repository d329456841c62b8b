"""What was opened or dropped, told apart by as little as tells it: a glance at each of many files takes its time."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.data.formats import SUFFIXES
from alexnet_app.ui.classify.jobs import ADDRESS
from alexnet_app.ui.parts.model_chooser import is_foreign


@dataclass(frozen=True, slots=True)
class Given:
    """Paths as they were given: model files, weights of others, folders of runs, runs as ZIPs, and all else, to be
    classified.
    """

    models: tuple[str, ...]
    foreign: tuple[str, ...]
    runs: tuple[str, ...]
    packed: tuple[str, ...]
    pictures: tuple[str, ...]


def told_apart(paths: Iterable[str]) -> Given:
    """What each of ``paths`` is. What must not be looked into is left to those who say why it has no answer."""
    found: dict[str, list[str]] = {"model": [], "foreign": [], "run": [], "packed": [], "picture": []}
    for path in paths:
        found[_kind(path)].append(path)
    return Given(*(tuple(each) for each in found.values()))


def is_picture(path: str) -> bool:
    """Whether ``path`` is a picture file of this computer by its name."""
    return not ADDRESS.match(path) and path[path.rfind(".") :].lower() in SUFFIXES


def _kind(path: str) -> str:
    if ADDRESS.match(path):  # whatever it is called: nothing is fetched but pictures
        return "picture"
    if _is_model(path):
        return "model"
    if is_foreign(path):
        return "foreign"
    if path.lower().endswith(".zip"):
        return "packed"
    return "run" if _is_run(path) else "picture"


def _is_model(path: str) -> bool:
    return path.lower().endswith(".alexnet")


def _is_run(path: str) -> bool:
    if path[path.rfind(".") :].lower() in SUFFIXES:
        return False
    with suppress(OSError, ValueError):
        return (Path(path) / "config.toml").is_file()
    return False
