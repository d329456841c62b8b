"""What was opened or dropped, told apart by as little as tells it: a glance at each of many files takes its time."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.data.suffixes import SUFFIXES
from alexnet_app.ui.panels.classify_jobs import ADDRESS


@dataclass(frozen=True, slots=True)
class Given:
    """Paths as they were given: model files, folders of runs, and all else, which is to be classified."""

    models: tuple[str, ...]
    runs: tuple[str, ...]
    pictures: tuple[str, ...]


def told_apart(paths: Iterable[str]) -> Given:
    """What each of ``paths`` is. What must not be looked into is left to those who say why it has no answer."""
    models: list[str] = []
    runs: list[str] = []
    pictures: list[str] = []
    for path in paths:
        (models if _is_model(path) else runs if _is_run(path) else pictures).append(path)
    return Given(tuple(models), tuple(runs), tuple(pictures))


def _is_model(path: str) -> bool:
    return path.lower().endswith(".alexnet")


def _is_run(path: str) -> bool:
    if path[path.rfind(".") :].lower() in SUFFIXES or ADDRESS.match(path):
        return False
    with suppress(OSError, ValueError):
        return (Path(path) / "config.toml").is_file()
    return False
