"""conv1 as a run keeps it: what comes back, from this version's files and from those of older ones."""

import numpy as np
import pytest
import torch

from alexnet_app.core.insight.filters import kernel_pictures
from alexnet_app.core.insight.smoothness import has_learned
from alexnet_app.core.insight.snapshot import read_snapshot, write_snapshot


@pytest.fixture
def weight():
    y, x = np.mgrid[:7, :7] - 3
    spots = np.exp(-(x**2 + y**2) / np.array([3.0, 4, 5, 6]).reshape(4, 1, 1, 1)).repeat(3, axis=1)
    return torch.tensor(spots * np.array([1.0, 0.5, 0.02, 0.001]).reshape(4, 1, 1, 1), dtype=torch.float32)


def test_that_kernels_come_back_as_strong_as_they_were(tmp_path, weight):
    write_snapshot(tmp_path / "a.npy", weight)
    found = read_snapshot(tmp_path / "a.npy")
    largest = weight.abs().amax(dim=(1, 2, 3), keepdim=True).numpy()
    assert np.abs((found - weight.numpy()) / largest).max() <= 0.5 / 127 + 1e-6
    assert has_learned(found).tolist() == has_learned(weight.numpy()).tolist() == [True, True, True, False]


def test_that_older_programs_and_the_window_find_the_pictures_first(tmp_path, weight):
    write_snapshot(tmp_path / "a.npy", weight)
    assert np.array_equal(np.load(tmp_path / "a.npy", allow_pickle=False), kernel_pictures(weight))


def test_that_files_of_older_versions_are_read_without_their_strength(tmp_path, weight):
    np.save(tmp_path / "a.npy", kernel_pictures(weight))
    found = read_snapshot(tmp_path / "a.npy")
    assert np.abs(found).max(axis=(1, 2, 3)).tolist() == pytest.approx([1] * 4)


@pytest.mark.parametrize("length", [0, 5, 200])
def test_that_a_torn_file_shows_nothing(tmp_path, weight, length):
    write_snapshot(tmp_path / "a.npy", weight)
    (tmp_path / "a.npy").write_bytes((tmp_path / "a.npy").read_bytes()[:length])
    assert read_snapshot(tmp_path / "a.npy") is None
    assert read_snapshot(tmp_path / "gone.npy") is None


def test_that_weights_that_are_no_numbers_have_no_size(tmp_path, weight):
    weight[0, 0, 0, 0], weight[1] = float("nan"), float("inf")
    write_snapshot(tmp_path / "a.npy", weight)
    found = read_snapshot(tmp_path / "a.npy")
    assert np.isfinite(found).all()
    assert not found[1].any()
