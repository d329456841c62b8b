"""What several tests of the core need."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from alexnet_app.core.data.sources.addresses import open_source


@pytest.fixture(scope="session")
def cifar10_folder(tmp_path_factory):
    """The real CIFAR-10 in its binary layout."""
    data = os.environ.get("ALEXNET_TEST_DATA")
    if not data:
        pytest.skip("needs ALEXNET_TEST_DATA")
    folder = tmp_path_factory.mktemp("cifar10")
    command = [sys.executable, str(Path(data) / "unpack_cifar10.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.fixture
def photos(tmp_path):
    """A source of 60 files of many sizes in two classes."""
    chance = np.random.default_rng(3)
    for index in range(60):
        path = tmp_path / "photos" / ("even", "odd")[index % 2] / f"{index:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        height, width = chance.integers(8, 40, 2)
        Image.fromarray(chance.integers(0, 256, (height, width, 3), np.uint8)).save(path)
    return open_source(str(tmp_path / "photos"))
