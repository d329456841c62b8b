"""Processors and memory within the limits of a container."""

import os
from collections import namedtuple

import psutil
import pytest

from alexnet_app.core import machine


@pytest.fixture
def container(tmp_path, monkeypatch):
    """Control groups as files: called with the text of /proc/self/cgroup and what each file holds."""

    def made(own, **files):
        monkeypatch.setattr(machine, "GROUPS", tmp_path / "groups")
        monkeypatch.setattr(machine, "OWN", tmp_path / "own")
        (tmp_path / "own").write_text(own)
        for name, text in files.items():
            path = tmp_path / "groups" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)

    return made


@pytest.fixture(autouse=True)
def large(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)
    memory = psutil.virtual_memory()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory._replace(available=64_000_000_000))


def test_that_without_limits_it_is_the_affinity_and_the_free_memory(container):
    container("0::/\n")
    assert (machine.cores(), machine.free_memory()) == (16, 64_000_000_000)


def test_that_the_narrowest_group_around_it_counts(container):
    container(
        "0::/a/b\n",
        **{
            "cpu.max": "max 100000",
            "a/cpu.max": "300000 100000",
            "a/b/cpu.max": "800000 100000",
            "a/memory.max": "8000000000",
            "a/memory.current": "3000000000",
            "a/memory.stat": "anon 2000000000\ninactive_file 500000000\n",
            "a/b/memory.max": "max",
            "a/b/memory.current": "1",
        },
    )
    assert (machine.cores(), machine.free_memory()) == (3, 5_500_000_000)


def test_that_older_control_groups_are_read_too(container):
    container(
        "4:memory:/x\n3:cpu,cpuacct:/x\n",
        **{
            "cpu/x/cpu.cfs_quota_us": "150000",
            "cpu/x/cpu.cfs_period_us": "100000",
            "memory/x/memory.limit_in_bytes": "1000000000",
            "memory/x/memory.usage_in_bytes": "400000000",
            "memory/x/memory.stat": "total_inactive_file 100000000\n",
        },
    )
    assert (machine.cores(), machine.free_memory()) == (2, 700_000_000)


@pytest.mark.parametrize("text", ["", "max", "-1 100000", "100000 0", "a b", "1000 100000"])
def test_that_odd_limits_leave_at_least_one_core(container, text):
    container("0::/\n", **{"cpu.max": text})
    assert 1 <= machine.cores() <= 16


def test_that_no_group_is_told_of_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setattr(machine, "OWN", tmp_path / "nothing")
    assert (machine.cores(), machine.free_memory()) == (16, 64_000_000_000)


def test_that_the_work_and_the_memory_of_a_container_are_its_own(container):
    container(
        "0::/a\n",
        **{
            "a/cpu.max": "200000 100000",
            "a/cpu.stat": "usage_usec 7500000\nuser_usec 1\n",
            "a/memory.max": "8000000000",
        },
    )
    assert (machine.processor_seconds(), machine.memory_limit()) == (7.5, 8_000_000_000)
    container(
        "4:memory:/x\n3:cpu,cpuacct:/x\n",
        **{
            "cpu/x/cpu.cfs_quota_us": "150000",
            "cpu/x/cpu.cfs_period_us": "100000",
            "cpuacct/x/cpuacct.usage": "2500000000",
            "memory/x/memory.limit_in_bytes": "4000000000",
        },
    )
    assert (machine.processor_seconds(), machine.memory_limit()) == (2.5, 4_000_000_000)


def test_that_without_limits_the_work_is_that_of_all_programs(container, monkeypatch):
    container("0::/\n")
    times = namedtuple("times", "user system idle iowait guest")(30.0, 10.0, 500.0, 5.0, 4.0)
    monkeypatch.setattr(psutil, "cpu_times", lambda: times)
    assert machine.processor_seconds() == 40.0
    assert machine.memory_limit() == psutil.virtual_memory().total
