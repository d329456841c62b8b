"""What several tests of the core need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest


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
