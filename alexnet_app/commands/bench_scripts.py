"""The benchmarks in tests/bench: which script measures which row, what it cannot do without, and where that is here."""

import argparse
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from alexnet_app.core.download import CIFAR10
from alexnet_app.core.places import cache_folder

FOLDER = Path(__file__).resolve().parents[2] / "tests" / "bench"
SCREEN = ("Xvfb", "openbox", "pcmanfm", "xdotool", "wmctrl", "import")  # what a virtual screen is made of
OURS = ("GOMP_SPINCOUNT", "THP_MEM_ALLOC_ENABLE")  # what the program sets for itself, and a peer does not have


BF16 = "a processor with bf16 multiplication"


@dataclass(frozen=True, slots=True)
class Script:
    """A file of tests/bench, the rows that it measures, and what it cannot do without: names of ``NEEDS``.

    ``sometimes`` are more rows, for which it takes what not every computer has: ``hardware``.
    """

    file: str
    rows: tuple[str, ...]
    needs: tuple[str, ...] = ()
    sometimes: tuple[str, ...] = ()
    hardware: str = "a GPU"


LRN = ("lrn", "lrn-conv2", "lrn-cifar")
CHOICES = ("graph", "towers", "streams", "triton")
SCRIPTS = (
    Script("start.py", ("start", "start-classify"), ("screen",)),
    Script("curve.py", ("curve",)),
    Script(
        "step.py",
        ("step-fp32", "step-bf16"),
        sometimes=(
            "step-tf32",
            *(f"step-{each}-{batch}" for each in ("fp32", "tf32", "bf16") for batch in (512, 1024)),
            *(f"step-{each}-{choice}" for each in ("bf16", "bf16-512") for choice in CHOICES),
        ),
    ),
    Script("lrn.py", LRN, sometimes=tuple(f"{name}-triton" for name in LRN)),
    Script("classify.py", ("classify-1", "classify-many"), ("photos",)),
    Script("data.py", ("data-raw", "data-jpeg"), ("photos",)),
    Script("prepare.py", ("prepare", "prepare-jpeg", "prepare-2000")),
    Script("fed.py", ("fed", "fed-cifar-towers"), sometimes=("fed-512",)),
    Script("window.py", ("window",), ("screen", "cifar10")),
    Script("epoch_cifar10.py", ("epoch-cifar10",), ("cifar10",), sometimes=("epoch-cifar10-bf16",), hardware=BF16),
)


def variables(options: argparse.Namespace) -> dict[str, str]:
    """The environment of a script: as if it had been run without this program, with what it gets to know."""
    plain = {name: value for name, value in os.environ.items() if name not in OURS}
    root = os.pathsep.join(filter(None, (str(FOLDER.parents[1]), os.environ.get("PYTHONPATH"))))
    found = {"ALEXNET_TEST_DATA": _photos(options), "ALEXNET_CIFAR10": _cifar10(options)}
    known = {name: str(path) for name, path in found.items() if path}
    return {**plain, "PYTHONPATH": root, "PYTHONUTF8": "1", **known}


def _photos(options: argparse.Namespace) -> Path | None:
    return _folder(options.data or os.environ.get("ALEXNET_TEST_DATA"))


def _cifar10(options: argparse.Namespace) -> Path | None:
    """What was given, else what ``train --download`` left."""
    downloaded = cache_folder() / CIFAR10.file
    given = options.cifar or os.environ.get("ALEXNET_CIFAR10")
    return _folder(given) if given else downloaded if downloaded.is_file() else None


def _folder(given: str | None) -> Path | None:
    return Path(given).expanduser().absolute() if given else None


def lacking(script: Script, options: argparse.Namespace) -> list[str]:
    """What ``script`` cannot do without and this computer does not have, with how to give it."""
    return [sentence for need in script.needs if (sentence := NEEDS[need](options))]


def _lacks_screen(_: argparse.Namespace) -> str:
    missing = [name for name in SCREEN if shutil.which(name) is None]
    ways = "python3 packaging/start.py --test installs them on Debian and Ubuntu"
    return f"no virtual screen, {', '.join(missing)} not installed ({ways})" if missing else ""


def _lacks_photos(options: argparse.Namespace) -> str:
    return _lacks("photos", _photos(options), "choose a folder with --data DIR or ALEXNET_TEST_DATA")


def _lacks_cifar10(options: argparse.Namespace) -> str:
    ways = (
        "choose it with --cifar DIR|ARCHIVE or ALEXNET_CIFAR10, or download it with: train --preset cifar10 --download"
    )
    return _lacks("CIFAR-10", _cifar10(options), ways)


def _lacks(what: str, path: Path | None, ways: str) -> str:
    if path is None:
        return f"no {what} ({ways})"
    return "" if path.exists() else f"no {what}, {path} does not exist ({ways})"


NEEDS: dict[str, Callable[[argparse.Namespace], str]] = {
    "screen": _lacks_screen,
    "photos": _lacks_photos,
    "cifar10": _lacks_cifar10,
}
