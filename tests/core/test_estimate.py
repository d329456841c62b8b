"""What a run is said to take: the batches that are made ahead are in it."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from alexnet_app.core import machine
from alexnet_app.core.data.prepared.expecting import NOTHING
from alexnet_app.core.data.sources.values import Arrays, Files, Source
from alexnet_app.core.training import estimate as module
from alexnet_app.core.training.config_text import load_config, with_settings
from alexnet_app.core.training.estimate import estimate

CPU, OTHER = torch.device("cpu"), torch.device("cuda")


@pytest.fixture(autouse=True)
def no_measurement(monkeypatch):
    monkeypatch.setattr(module, "measure_speed", lambda *_: 1e12)
    monkeypatch.setattr(machine, "cores", lambda: 8)


def memory(source, device, **settings):
    config = with_settings(load_config("shapes"), [f"{name}={value}" for name, value in settings.items()])
    return estimate(config, source, device, "fp32", replace(NOTHING, storage=config.storage)).memory_bytes


def files(count):
    labels = np.arange(count, dtype=np.int64) % 2
    split = Files(tuple(f"{index}.png" for index in range(count)), labels)
    return Source("files", ("a", "b"), {"train": split, "validation": split})


def arrays(count):
    split = Arrays(np.zeros((count, 64, 64, 3), np.uint8), np.arange(count, dtype=np.int64) % 2)
    return Source("arrays", ("a", "b"), {"train": split, "validation": split})


def bytes_of(batch):
    return 4 * 3 * 56 * 56 * batch


def test_that_a_cpu_keeps_three_batches_ahead_and_one_to_come():
    for source in (arrays(300), files(300)):
        found = memory(source, CPU, batch_size=100, storage="raw") - memory(source, OTHER, batch_size=100)
        assert found == 4 * bytes_of(100)


def test_that_threads_that_decode_keep_one_each():
    found = memory(files(300), CPU, batch_size=100, storage="jpeg") - memory(files(300), OTHER, batch_size=100)
    assert found == 6 * bytes_of(100)  # four threads on eight processors, one that waits, and one to come


def test_that_a_batch_has_no_more_pictures_than_there_are():
    assert memory(arrays(30), CPU, batch_size=100) - memory(arrays(30), OTHER, batch_size=100) == 4 * bytes_of(30)
