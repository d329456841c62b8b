"""The machine while it works: what there is, and nothing where there is none."""

import shutil
import sys
from collections import namedtuple
from types import ModuleType, SimpleNamespace

import psutil
import pytest
import torch

from alexnet_app.core import machine
from alexnet_app.core.readings import LONGEST, SHORTEST, Gpus, Readings, gpu_numbers

GIB = 2**30


class Driver(ModuleType):
    """What stands for pynvml: two GPUs, of which each question can be made to fail."""

    NVML_TEMPERATURE_GPU = 0

    class NVMLError(Exception):
        pass

    def __init__(self) -> None:
        super().__init__("pynvml")
        self.failing: set[str] = set()
        self.open = 0
        self.known = {"GPU-aa": 71, "MIG-bb": 40}

    def _said(self, name, value):
        if name in self.failing:
            raise self.NVMLError(name)
        return value

    def nvmlInit(self):
        self._said("init", None)
        self.open += 1

    def nvmlShutdown(self):
        self.open -= 1

    def nvmlDeviceGetHandleByUUID(self, number):
        if number not in self.known:
            raise self.NVMLError("not found")
        return number

    def nvmlDeviceGetUtilizationRates(self, _):
        return self._said("load", SimpleNamespace(gpu=96, memory=30))

    def nvmlDeviceGetMemoryInfo(self, _):
        return self._said("memory", SimpleNamespace(used=12 * GIB, total=80 * GIB))

    def nvmlDeviceGetTemperature(self, handle, _):
        return self._said("temperature", self.known[handle])

    def nvmlDeviceGetPowerUsage(self, _):
        return self._said("power", 412_500)


@pytest.fixture
def driver(monkeypatch):
    made = Driver()
    monkeypatch.setitem(sys.modules, "pynvml", made)
    return made


WHOLE = {
    "gpu-load/GPU 0": 0.96,
    "gpu-memory/GPU 0": 12 * GIB,
    "gpu-memory-limit/GPU 0": 80 * GIB,
    "gpu-temperature/GPU 0": 71.0,
    "gpu-power/GPU 0": 412.5,
}


def test_that_a_gpu_is_told_and_its_driver_let_go(driver):
    gpus = Gpus({"GPU 0": "aa"})
    assert gpus.read() == WHOLE
    gpus.close()
    assert (gpus.read(), driver.open) == ({}, 0)
    gpus.close()


def test_that_only_the_gpus_of_the_run_are_told_and_parts_of_one_too(driver):
    found = Gpus({"GPU 1": "bb", "GPU 2": "unknown"}).read()
    assert found["gpu-temperature/GPU 1"] == 40.0
    assert not any(name.endswith("GPU 2") for name in found)


@pytest.mark.parametrize(
    ("question", "gone"),
    [
        ("load", {"gpu-load/GPU 0"}),
        ("memory", {"gpu-memory/GPU 0", "gpu-memory-limit/GPU 0"}),
        ("temperature", {"gpu-temperature/GPU 0"}),
        ("power", {"gpu-power/GPU 0"}),
    ],
)
def test_that_one_question_without_an_answer_is_left_out_and_asked_again(driver, question, gone):
    gpus = Gpus({"GPU 0": "aa"})
    driver.failing = {question}
    assert gpus.read() == {name: value for name, value in WHOLE.items() if name not in gone}
    driver.failing = set()
    assert gpus.read() == WHOLE


def test_that_a_gpu_that_vanishes_leaves_nothing_behind(driver):
    gpus = Gpus({"GPU 0": "aa"})
    driver.failing = {"load", "memory", "temperature", "power"}
    assert gpus.read() == {}


def test_that_without_a_driver_or_its_library_there_is_no_gpu(driver, monkeypatch):
    driver.failing = {"init"}
    assert Gpus({"GPU 0": "aa"}).read() == {}
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert Gpus({"GPU 0": "aa"}).read() == {}


def test_that_a_run_on_the_processor_asks_no_driver(driver):
    assert gpu_numbers((torch.device("cpu"), torch.device("cpu"))) == {}
    assert Gpus({}).read() == {}
    assert driver.open == 0


def test_that_two_towers_on_one_gpu_are_one_gpu(monkeypatch):
    monkeypatch.setattr(
        torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid=f"u{index}") if index else object()
    )
    devices = [torch.device("cuda", index) for index in (1, 1, 0)]
    assert gpu_numbers(devices) == {"GPU 1": "u1"}


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_that_it_is_read_every_few_seconds_and_more_seldom_later(tmp_path):
    clock = Clock()
    readings = Readings(lambda: tmp_path, {}, clock)
    assert readings.due() == {}
    clock.now += SHORTEST
    assert readings.due()
    assert readings.due() == {}
    clock.now += 10 * 3600
    assert readings.due()
    clock.now += LONGEST - 1
    assert readings.due() == {}
    clock.now += 1
    assert readings.due()


def test_that_processors_memory_and_disk_are_told(tmp_path, monkeypatch):
    clock, worked = Clock(), iter([10.0, 16.0])
    times = namedtuple("times", "user system")
    own = iter([times(3.0, 1.0), times(5.0, 2.0)])
    monkeypatch.setattr(machine, "processor_seconds", lambda: next(worked))
    monkeypatch.setattr(psutil.Process, "cpu_times", lambda _: next(own))
    monkeypatch.setattr(psutil.Process, "memory_info", lambda _: SimpleNamespace(rss=3 * GIB))
    monkeypatch.setattr(machine, "memory_limit", lambda: 16 * GIB)
    monkeypatch.setattr(machine, "free_memory", lambda: 10 * GIB)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=100 * GIB))
    readings = Readings(lambda: tmp_path, {}, clock)
    clock.now += 2.0
    assert readings.read() == {
        "cpu/process": 1.5,
        "cpu/machine": 3.0,
        "memory/process": 3 * GIB,
        "memory/machine": 6 * GIB,
        "memory/limit": 16 * GIB,
        "disk": 100 * GIB,
    }


def test_that_what_cannot_be_read_is_left_out(tmp_path, monkeypatch):
    def refused(*_):
        raise psutil.AccessDenied

    readings = Readings(lambda: tmp_path / "gone", {}, clock := Clock())
    clock.now += 5
    for name in ("cpu_times", "memory_info"):
        monkeypatch.setattr(psutil.Process, name, refused)
    monkeypatch.setattr(machine, "processor_seconds", refused)
    monkeypatch.setattr(machine, "memory_limit", refused)
    assert readings.read() == {}
