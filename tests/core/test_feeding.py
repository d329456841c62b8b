"""Batches on every way to the device: the numbers of the plain one, no thread left, and sentences for broken disks."""

import gc
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch

from alexnet_app.core.chance import stream
from alexnet_app.core.data.feed.augment import augment
from alexnet_app.core.data.feed.batches import Batches
from alexnet_app.core.data.feed.feeding import Resident, Streamed, feeding, fits
from alexnet_app.core.data.feed.variation import Memory, Variation
from alexnet_app.core.data.prepared.storage import DataFile, RawPictures
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.errors import UserError
from alexnet_app.core.training.config import Augmentation

CPU = torch.device("cpu")
COMPONENTS = torch.tensor([[40.0, 9.0, -3.0], [38.0, -1.0, 6.0], [35.0, -8.0, -4.0]])
COLOURS = torch.tensor([120.5, 113.25, 101.7]).reshape(3, 1, 1)


def pictures(count: int, side: int) -> Arrays:
    chance = np.random.default_rng(side)
    pixels = chance.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    return Arrays(pixels, np.arange(count, dtype=np.int64))


def in_file(split: Arrays, path) -> Arrays:
    split.pictures.tofile(path)
    return Arrays(RawPictures(path, *split.pictures.shape[:2]), split.labels)


def variation(side: int, size: int, mean=COLOURS, scale=1 / 64, **settings) -> Variation:
    return Variation(Augmentation(**settings), 1, side, size, mean, scale, COMPONENTS)


def plainly(split: Arrays, vary: Variation, batch_size: int, count: int, first: int = 0):
    """Gathered and varied as whole batches by ``augment``."""
    with Batches(split, batch_size, 7, first) as batches:
        for batch in islice(batches, count):
            epoch = batch.step // batches.steps_per_epoch + 1
            draws = vary.draws(batch.step, epoch, len(batch.labels))
            divisor = vary.divisor(epoch)
            x = augment(batch.pictures, draws, vary.size, vary.mean, vary.scale, divided_by=divisor)
            yield batch.step, x, batch.labels


def assert_same(feed, wanted) -> None:
    found = 0
    for step, x, labels in wanted:
        batch = next(feed)
        assert batch.step == step
        assert torch.equal(batch.labels, labels)
        assert torch.equal(batch.pictures.view(torch.int32), x.view(torch.int32))  # also the sign of a zero
        assert batch.pictures.stride() == x.stride()
        found += 1
    assert found


def ways(split: Arrays, vary: Variation, batch_size: int, first: int = 0) -> dict:
    """Every way a batch can go, on this device."""
    return {
        "threads": feeding(split, batch_size, 7, first, vary, CPU),
        "several threads": Batches(split, batch_size, 7, first, variation=vary, readers=3),
        "resident": Resident(split, batch_size, 7, first, vary, CPU),
        "streamed": Streamed(Batches(split, batch_size, 7, first, readers=2), vary, CPU),
    }


@pytest.mark.parametrize("way", ["threads", "several threads", "resident", "streamed"])
@pytest.mark.parametrize("scale", [1.0, 0.0173, (0.0171, 0.0175, 0.0174)])
@pytest.mark.parametrize("is_picture", [False, True])
@pytest.mark.parametrize(("side", "size"), [(32, 28), (250, 227)])  # many at once in the cache, and one by one
def test_that_every_way_gives_the_plain_one_bit_for_bit(way, scale, is_picture, side, size):
    mean = 255 * torch.rand(3, size, size, generator=stream(1, "mean")) if is_picture else COLOURS
    split, batch_size = (pictures(300, side), 130) if side == 32 else (pictures(10, side), 4)
    vary = variation(side, size, mean, scale, noise_divides=True, colour_noise_epochs=1, shared_by=3)
    feeds = ways(split, vary, batch_size)
    try:
        assert_same(feeds[way], plainly(split, vary, batch_size, 5))  # over the end of two epochs
    finally:
        for feed in feeds.values():
            feed.close()


@pytest.mark.parametrize("way", ["threads", "several threads", "resident", "streamed"])
@pytest.mark.parametrize("side", [32, 250])  # many at once in the cache, and one by one
def test_that_pictures_are_divided_by_one_and_the_strength_of_their_noise(way, side):
    split = Arrays(np.full((4, side, side, 3), 200, np.uint8), np.arange(4, dtype=np.int64))
    settings = Augmentation(colour_noise=0.25, colour_noise_epochs=1, noise_divides=True)
    mean, no_colour = torch.full((3, 1, 1), 100.0), torch.zeros(3, 3)
    feeds = ways(split, Variation(settings, 1, side, side - 4, mean, 0.5, no_colour), 4)
    try:
        first, second = (next(feeds[way]).pictures.clone() for _ in range(2))
    finally:
        for feed in feeds.values():
            feed.close()
    assert torch.equal(first, torch.full_like(first, 40.0))  # (200 - 100) · 0.5 / 1.25
    assert torch.equal(second, torch.full_like(second, 50.0))  # an epoch without noise


@pytest.mark.parametrize("settings", [{"crop": False}, {"mirror": False}, {"colour_noise": 0.0}, {"colour_noise": 1.0}])
def test_that_what_is_switched_off_stays_off(settings):
    split, vary = pictures(40, 32), variation(32, 28, **settings)
    feed = feeding(split, 8, 7, 0, vary, CPU)
    assert_same(feed, plainly(split, vary, 8, 6))
    feed.close()


@pytest.mark.parametrize("way", ["threads", "several threads", "resident", "streamed"])
@pytest.mark.parametrize("first", [1, 4, 5, 13])  # 5 steps are an epoch
def test_that_every_way_goes_on_at_a_step(way, first):
    split, vary = pictures(42, 32), variation(32, 28, colour_noise_epochs=1)
    feeds = ways(split, vary, 8, first)
    try:
        assert_same(feeds[way], plainly(split, vary, 8, 9, first))
    finally:
        for feed in feeds.values():
            feed.close()


def test_that_a_mapped_set_gives_what_is_in_it(tmp_path):
    split, vary = pictures(42, 32), variation(32, 28)
    feed = feeding(in_file(split, tmp_path / "train.rgb"), 8, 7, 0, vary, CPU)
    assert_same(feed, plainly(split, vary, 8, 12))
    feed.close()


def test_that_a_part_of_a_mapped_set_is_read_where_it_is(tmp_path):
    split, vary = pictures(42, 32), variation(32, 28)
    split.pictures.tofile(tmp_path / "train.rgb")
    whole = np.memmap(tmp_path / "train.rgb", np.uint8, "r", shape=split.pictures.shape)
    part = Arrays(whole[10:], split.labels[:32])
    feed = feeding(part, 8, 7, 0, vary, CPU)
    assert_same(feed, plainly(Arrays(split.pictures[10:], split.labels[:32]), vary, 8, 4))
    feed.close()


def test_that_pictures_which_are_decoded_when_asked_for_are_read_too():
    split, vary = pictures(42, 32), variation(32, 28)

    class Decoded:
        shape = split.pictures.shape

        def __len__(self):
            return len(split.pictures)

        def __getitem__(self, chosen):
            return split.pictures[chosen]

    feed = feeding(Arrays(Decoded(), split.labels), 8, 7, 0, vary, CPU)
    assert_same(feed, plainly(split, vary, 8, 6))
    feed.close()
    assert not fits(Arrays(Decoded(), split.labels), CPU)


def test_that_a_file_which_is_cut_while_it_is_open_is_a_sentence(tmp_path):
    path = tmp_path / "train.rgb"
    feed = feeding(in_file(pictures(40, 32), path), 8, 7, 0, variation(32, 28), CPU)
    next(feed)
    with path.open("r+b") as file:
        file.truncate(5000)
    with pytest.raises(UserError, match=r"train\.rgb is truncated: it ends before the end of image \d+"):
        list(islice(iter(feed), 10))
    feed.close()


def test_that_a_disk_which_fails_is_a_sentence_that_names_the_file(tmp_path, monkeypatch):
    def fails(*_):
        raise OSError(5, "Input/output error")

    split = in_file(pictures(40, 32), tmp_path / "train.rgb")
    monkeypatch.setattr(DataFile, "_fill", fails)
    feed = feeding(split, 8, 7, 0, variation(32, 28), CPU)
    with pytest.raises(UserError, match=r"cannot be read from .*train\.rgb: Input/output error"):
        next(feed)
    feed.close()


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_that_a_set_which_nobody_has_any_more_is_closed(tmp_path):
    def is_open():
        return any(os.path.realpath(each).endswith("train.rgb") for each in Path("/proc/self/fd").iterdir())

    split = in_file(pictures(40, 32), tmp_path / "train.rgb")
    feed = Batches(split, 8, 7, variation=variation(32, 28), readers=3)
    next(feed)
    assert is_open()
    feed.close()
    del feed, split
    gc.collect()
    assert not is_open()


@pytest.mark.parametrize("used", [0, 1, 7])
def test_that_close_leaves_no_thread(tmp_path, used):
    split = in_file(pictures(40, 32), tmp_path / "train.rgb")
    feed = Batches(split, 8, 7, variation=variation(32, 28), readers=3)
    for _ in range(used):
        next(feed)
    feed.close()
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("batches")]


def test_that_chosen_pictures_are_read_as_from_an_array(tmp_path):
    split = pictures(42, 8)
    raw, plain = in_file(split, tmp_path / "train.rgb").pictures, split.pictures
    assert (raw.shape, len(raw), raw.nbytes) == (plain.shape, len(plain), plain.nbytes)
    mask = np.arange(42) % 5 == 0
    some = np.array([5, 6, 7, 1, 1])
    for chosen in (3, -1, slice(2, 9), slice(0, 0), slice(None, None, 7), some, np.arange(42), mask):
        assert np.array_equal(raw[chosen], plain[chosen])
    with pytest.raises(IndexError):
        raw[42]


def test_that_it_is_read_the_same_where_threads_share_a_position(tmp_path, monkeypatch):
    split = pictures(42, 32)
    monkeypatch.delattr(os, "preadv", raising=False)  # as on Windows
    whole = in_file(split, tmp_path / "train.rgb").pictures
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(lambda row: whole[row], [*range(42)] * 5))
    assert np.array_equal(np.stack(found), np.concatenate([split.pictures] * 5))


def test_that_the_memory_of_a_batch_is_used_again_only_when_nothing_lies_in_it_any_more():
    memory = Memory()
    weight = torch.ones(3, requires_grad=True)
    lent = memory.lent((2, 3))
    place = lent.data_ptr()
    product = (lent.fill_(5.0)[1] * weight).sum()
    del lent  # autograd still needs it
    assert memory.lent((2, 3)).fill_(0.0).data_ptr() != place
    product.backward()
    assert weight.grad.tolist() == [5.0] * 3
    del product
    gc.collect()
    assert place in {memory.lent((2, 3)).data_ptr(), memory.lent((2, 3)).data_ptr()}


def test_that_a_long_reading_takes_the_memory_of_a_few_batches():
    with Batches(pictures(40, 32), 8, 7, variation=variation(32, 28)) as batches:
        places = {next(batches).pictures.data_ptr() for _ in range(60)}
    assert len(places) <= 5  # three ahead, the one that is made, the one that is used


def test_that_other_threads_compute_with_as_many_threads_as_before():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    try:
        with Batches(pictures(40, 32), 8, 7, variation=variation(32, 28), readers=1) as batches:
            for _ in range(6):  # the reader has begun
                next(batches)
            seen = [torch.get_num_threads()]
            later = threading.Thread(target=lambda: seen.append(torch.get_num_threads()))
            later.start()
            later.join()
        assert seen == [3, 3]
    finally:
        torch.set_num_threads(before)
