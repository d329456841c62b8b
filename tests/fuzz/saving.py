"""What the program saves, for the tests that kill it meanwhile: each kind is written in versions that tell themselves
apart, and is read again to the version that it is.

Run as a program it loads all that once; for each line that it is sent it forks a process that saves, or reads.
"""

import csv
import itertools
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from PIL import Image
from PySide6.QtCore import QSettings
from whole_files import small

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))

import launcher

from alexnet_app.core.data.prepared import building
from alexnet_app.core.data.prepared.prepare import prepare
from alexnet_app.core.data.prepared.record import read_finished
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.files import replace_file
from alexnet_app.core.generators import Driven
from alexnet_app.core.network.bundle import Bundle, parameter_shapes, read_bundle, write_bundle
from alexnet_app.core.runs.checkpoint import Checkpoint, Position, read_checkpoint, write_checkpoint
from alexnet_app.core.runs.run import Run, read_config_text
from alexnet_app.core.tables import write_csv
from alexnet_app.ui.settings import Settings

SPEC = small("shapes-towers", 4)
CSV_ROWS = 5000


@dataclass(frozen=True)
class Saved:
    """``write`` saves the version (from 1) into a folder; ``read`` gives the version that is there, 0 for none, and
    fails where it is torn.
    """

    write: Callable[[Path, int], None]
    read: Callable[[Path], int]


def _weights(version: int) -> dict[str, torch.Tensor]:
    return {name: torch.full(shape, float(version)) for name, shape in parameter_shapes(SPEC).items()}


def _one(values: Iterable[float]) -> int:
    (version,) = set(values)
    return int(version)


def _numbers(tensors: Mapping[str, torch.Tensor]) -> set[float]:
    return {value for each in tensors.values() for value in (float(each.min()), float(each.max()))}


def _write_checkpoint(folder: Path, version: int) -> None:
    place = Position(step=version, rate=0.1)
    write_checkpoint(folder / "resume.safetensors", Checkpoint(_weights(version), _weights(version), place, {}, SPEC))


def _read_checkpoint(folder: Path) -> int:
    path = folder / "resume.safetensors"
    if not path.exists():
        return 0
    found = read_checkpoint(path)
    return _one({*_numbers(found.weights), *_numbers(found.momentum), found.position.step})


def _write_model(folder: Path, version: int) -> None:
    mean = torch.full((3, 1, 1), float(version))
    names = tuple(f"{version} {place}" for place in range(SPEC.classes))
    write_bundle(folder / "m.alexnet", Bundle(SPEC, names, mean, _weights(version), {"step": version}))


def _read_model(folder: Path) -> int:
    path = folder / "m.alexnet"
    if not path.exists():
        return 0
    found = read_bundle(path)
    names = {int(name.split()[0]) for name in found.classes}
    return _one({*_numbers(found.weights), *_numbers({"mean": found.mean}), *names, found.summary["step"]})


def _write_config(folder: Path, version: int) -> None:
    text = "".join(f"# {version}\n" for _ in range(2000))
    replace_file(Run(folder).config_file, lambda temporary: temporary.write_text(text, encoding="utf-8"))


def _read_config(folder: Path) -> int:
    run = Run(folder)
    if not run.config_file.exists():
        return 0
    lines = read_config_text(run).splitlines()
    assert len(lines) == 2000
    return _one({int(line[2:]) for line in lines})


def _window_settings(folder: Path) -> Settings:
    QSettings.setPath(QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(folder))
    return Settings()


def _write_window(folder: Path, version: int) -> None:
    kept = _window_settings(folder)
    for place in range(200):
        kept.keep_text(f"{place}", str(version))
    kept._kept.sync()
    # the lock of one that was killed can be in the way for a while: then this one was not saved
    assert kept._kept.status() == QSettings.Status.NoError


def _read_window(folder: Path) -> int:
    """From a copy at a new place: Qt keeps in mind what it has read from a place."""
    new = next(
        place for count in itertools.count() if not (place := folder.with_name(f"{folder.name}-{count}")).exists()
    )
    shutil.copytree(folder, new)
    kept = _window_settings(new)
    assert kept._kept.status() == QSettings.Status.NoError
    return _one(int(kept.text(f"{place}", "0")) for place in range(200))


def _write_table(folder: Path, version: int) -> None:
    write_csv(folder / "a.csv", ["row", "version"], ([row, version] for row in range(CSV_ROWS)))


def _read_table(folder: Path) -> int:
    path = folder / "a.csv"
    if not path.exists():
        return 0
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["row", "version"]
    assert [int(row) for row, _ in rows] == list(range(CSV_ROWS))
    return _one({int(version) for _, version in rows})


def _write_launcher(folder: Path, version: int) -> None:
    made = {place: f"{version}\n".encode() * 5000 for place in launcher.places()}
    os.environ |= {"XDG_DATA_HOME": str(folder), "PATH": ""}
    with mock.patch.object(launcher, "contents", return_value=made):
        launcher.install(folder)


def _read_launcher(folder: Path) -> int:
    """Of the menu entry, which comes first; the other files are each whole, of this version or the one before."""
    found = []
    for place in launcher.places():
        lines = (folder / place).read_text().splitlines() if (folder / place).exists() else ["0"] * 5000
        assert len(lines) == 5000
        found.append(_one({int(line) for line in lines}))
    assert found == sorted(found, reverse=True)
    assert found[0] - found[-1] <= 1
    return found[0]


def _write_prepared(folder: Path, version: int) -> None:
    building.BLOCK = building.RECORD_PICTURES = 3
    job = Driven(prepare(open_source(str(_photos(folder))), 16, cache=folder / f"{version}"))
    assert list(job)


def _photos(folder: Path) -> Path:
    """Some photos beside the folder, drawn when they are first asked for."""
    photos = folder.with_name("photos")
    chance = np.random.default_rng(3)
    for place in range(0 if photos.exists() else 40):
        path = photos / ("even", "odd")[place % 2] / f"{place}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(chance.integers(0, 256, (20, 24, 3), np.uint8)).save(path)
    return photos


def _read_prepared(folder: Path) -> int:
    """The last set that is whole. The next one goes on from where it was, to what it is without a kill."""
    _photos(folder)
    whole = folder.with_name("whole")
    if not whole.exists():
        _write_prepared(whole, 0)
    version = max((int(path.name) for path in folder.iterdir()), default=0)
    if version and not _finished(folder / f"{version}"):
        _write_prepared(folder, version)
        assert _contents(folder / f"{version}") == _contents(whole / "0")
        shutil.rmtree(folder / f"{version}")
        version -= 1
    assert not version or _contents(folder / f"{version}") == _contents(whole / "0")
    return version


def _finished(cache: Path) -> bool:
    return any(read_finished(made) is not None for made in cache.glob("prepared/*"))


def _contents(cache: Path) -> dict[str, bytes]:
    (made,) = (cache / "prepared").iterdir()
    return {path.name: path.read_bytes() for path in made.iterdir() if path.name not in ("lock", "used")}


SAVED = {
    "checkpoint": Saved(_write_checkpoint, _read_checkpoint),
    "model": Saved(_write_model, _read_model),
    "configuration": Saved(_write_config, _read_config),
    "window": Saved(_write_window, _read_window),
    "prepared": Saved(_write_prepared, _read_prepared),
    "table": Saved(_write_table, _read_table),
    "launcher": Saved(_write_launcher, _read_launcher),
}


def main() -> None:
    """Does what each line asks for in a process of its own: tells its number, what it tells, and how it ended."""
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.write(1, f"{os.getpid()}\n".encode())  # itself, since nobody knows who of two processes comes first
            _asked(*json.loads(line))
        _, status = os.waitpid(child, 0)
        os.write(1, f"ended {os.waitstatus_to_exitcode(status)}\n".encode())


def _asked(kind: str, what: str, folder: str, version: int) -> None:
    """Saves version after version, or once, and tells each; or tells which one is there. Never returns."""
    code = 1
    try:
        if what == "read":
            os.write(1, f"{SAVED[kind].read(Path(folder))}\n".encode())
        for each in itertools.count(version) if what == "saves" else [version] * (what == "save"):
            SAVED[kind].write(Path(folder), each)
            os.write(1, f"{each}\n".encode())
        code = 0
    except Exception:
        traceback.print_exc()
    os._exit(code)


if __name__ == "__main__":
    main()
