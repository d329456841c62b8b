"""The wheel carries everything that the program needs away from its checkout."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> Path:
    """A folder with the built wheel unpacked into it, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "-q",
        "--no-deps",
        "--no-index",
        "--target",
        str(folder / "site"),
    ]
    subprocess.run([*install, str(wheel)], check=True, capture_output=True, timeout=120)
    return folder / "site"


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys, alexnet_app, alexnet_app.cli as cli;"
        f"assert alexnet_app.__file__.startswith({str(installed)!r}), alexnet_app.__file__;"
        "sys.exit(cli.main(sys.argv[1:]))"
    )
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)


def test_that_the_wheel_brings_its_presets(installed, tmp_path):
    done = run(installed, tmp_path, "presets", "--json")
    assert done.returncode == 0, done.stderr
    names = {preset["name"] for preset in json.loads(done.stdout.splitlines()[-1])}
    assert {"shapes", "cifar10", "cifar-towers", "imagenet-2012"} <= names


def test_that_the_wheel_classifies(installed, tmp_path):
    network = AlexNet(variant("cifar-towers", classes=3))
    network.initialize(torch.Generator().manual_seed(1))
    bundle = Bundle(network.spec, ("a", "b", "c"), torch.zeros(3, 1, 1), plain_weights(network))
    write_bundle(tmp_path / "model.alexnet", bundle)
    Image.fromarray(np.full((40, 50, 3), 90, dtype=np.uint8)).save(tmp_path / "picture.png")
    done = run(installed, tmp_path, "classify", "--model", "model.alexnet", "--json", "picture.png")
    assert done.returncode == 0, done.stderr
    (row,) = json.loads(done.stdout.splitlines()[-1])
    assert row["path"] == "picture.png"
    assert {each["label"] for each in row["predictions"]} == {"a", "b", "c"}


@pytest.mark.whole("packaging", "pyproject.toml", "resources")
def test_that_the_wheel_brings_the_manual_with_its_pictures_and_the_film(installed):
    brought = installed / "alexnet_app" / "_resources"
    manual = sorted(file.relative_to(ROOT / "resources") for file in (ROOT / "resources").glob("manual/*.md"))
    assert manual
    for name in (*manual, Path("readme/train-light.png"), Path("films/photo-towers.npz")):
        assert (brought / name).is_file(), name


def test_that_the_wheel_installs_the_command(installed):
    (entries,) = installed.glob("alexnet_app-*.dist-info/entry_points.txt")
    assert "alexnet-app = alexnet_app.cli:main" in entries.read_text(encoding="utf-8")
