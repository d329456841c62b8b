"""The order in which pictures are seen: a permutation each epoch, exact from any step."""

import threading
from itertools import chain, islice

import numpy as np
import pytest
import torch

from alexnet_app.core.data.feed.batches import READ_AHEAD, Batches, BatchOrder, balanced
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.errors import UserError


def numbered(count: int) -> Arrays:
    """Pictures that carry their own number; the label is three times the number."""
    numbers = np.arange(count)
    pixels = np.broadcast_to(numbers[:, None, None, None], (count, 2, 2, 3)).astype(np.uint8)
    return Arrays(pixels, numbers.astype(np.int64) * 3)


def epochs(split: Arrays, size: int, seed: int, count: int) -> list[list[list[int]]]:
    """For each epoch, for each of its batches, the numbers of the pictures."""
    with Batches(split, size, seed) as batches:
        steps = batches.steps_per_epoch
        read = [(batch.labels // 3).tolist() for batch in islice(batches, steps * count)]
    return [read[epoch * steps : (epoch + 1) * steps] for epoch in range(count)]


def reading_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name.startswith("batches")]


def test_that_every_epoch_sees_every_picture_once():
    for epoch in epochs(numbered(48), 8, seed=1, count=4):
        assert [len(batch) for batch in epoch] == [8] * 6
        assert sorted(chain(*epoch)) == list(range(48))


def test_that_every_epoch_and_every_seed_has_its_own_order():
    orders = epochs(numbered(48), 8, seed=1, count=4) + epochs(numbered(48), 8, seed=2, count=4)
    assert len({str(order) for order in orders}) == 8


def test_that_no_part_of_the_file_is_seen_together_more_often():
    firsts = [epoch[0] for epoch in epochs(numbered(40), 20, seed=3, count=60)]
    share = np.mean([number < 20 for first in firsts for number in first])
    assert abs(share - 0.5) < 0.05


def test_that_pictures_keep_their_labels():
    with Batches(numbered(50), 7, seed=1) as batches:
        for batch in islice(batches, 20):
            assert torch.equal(batch.pictures[:, 0, 0, 0].long() * 3, batch.labels)
            assert batch.pictures.shape == (7, 2, 2, 3)
            assert (batch.pictures.dtype, batch.labels.dtype) == (torch.uint8, torch.int64)


@pytest.mark.parametrize("first", [1, 5, 6, 11, 12, 13])  # 6 steps are an epoch
def test_that_starting_at_a_step_gives_what_was_to_come(first):
    with Batches(numbered(50), 8, seed=4) as batches:
        unbroken = list(islice(batches, 20))
    with Batches(numbered(50), 8, seed=4, first=first) as batches:
        resumed = list(islice(batches, 20 - first))
    assert [batch.step for batch in unbroken] == list(range(20))
    for before, after in zip(unbroken[first:], resumed, strict=True):
        assert before.step == after.step
        assert torch.equal(before.pictures, after.pictures)
        assert torch.equal(before.labels, after.labels)


def test_that_global_chance_plays_no_part_and_is_left_alone():
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = epochs(numbered(30), 5, seed=1, count=2)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert epochs(numbered(30), 5, seed=1, count=2) == first


def test_that_pictures_which_fill_no_batch_wait_for_another_epoch():
    found = epochs(numbered(11), 4, seed=1, count=12)
    for epoch in found:
        assert [len(batch) for batch in epoch] == [4, 4]
        assert len(set(chain(*epoch))) == 8
    assert set(chain(*chain(*found))) == set(range(11))


def test_that_a_set_smaller_than_a_batch_is_one_batch():
    with Batches(numbered(5), 128, seed=1) as batches:
        assert (batches.batch_size, batches.steps_per_epoch) == (5, 1)
        for batch in islice(batches, 3):
            assert sorted((batch.labels // 3).tolist()) == list(range(5))


def test_that_a_set_that_cannot_be_written_is_read_without_a_word(tmp_path):
    np.save(tmp_path / "set.npy", numbered(12).pictures)
    mapped = np.load(tmp_path / "set.npy", mmap_mode="r")
    with Batches(Arrays(mapped, numbered(12).labels), 4, seed=1) as batches:
        batch = next(batches)
        batch.pictures.fill_(0)  # a copy: what is done to a batch does not reach the set
    assert np.array_equal(mapped, numbered(12).pictures)


class BreaksAt:
    """Pictures on a disk that fails at the ``place``-th read."""

    def __init__(self, pictures: np.ndarray, place: int) -> None:
        self.pictures, self.place, self.reads, self.shape = pictures, place, 0, pictures.shape

    def __getitem__(self, chosen: np.ndarray) -> np.ndarray:
        self.reads += 1
        if self.reads > self.place:
            raise OSError(5, "Input/output error")
        return self.pictures[chosen]


@pytest.mark.parametrize("place", [0, 1, 4])
def test_that_a_reading_error_reaches_the_one_who_iterates_when_its_turn_comes(place):
    split = numbered(40)
    with Batches(Arrays(BreaksAt(split.pictures, place), split.labels), 8, seed=1) as batches:
        assert [next(batches).step for _ in range(place)] == list(range(place))
        with pytest.raises(UserError, match="Input/output error"):
            next(batches)
    assert not reading_threads()


def test_that_it_reads_ahead_but_not_further():
    split = numbered(40)
    pictures = BreaksAt(split.pictures, 1000)
    batches = Batches(Arrays(pictures, split.labels), 8, seed=1)
    for _ in range(4):
        next(batches)
    batches.close()  # waits for the read that is under way
    assert 4 <= pictures.reads <= 4 + READ_AHEAD


@pytest.mark.parametrize("used", [0, 1, 9])
def test_that_close_leaves_no_thread(used):
    batches = Batches(numbered(40), 8, seed=1)
    for _ in range(used):
        next(batches)
    assert bool(reading_threads()) == bool(used)
    batches.close()
    batches.close()
    assert not reading_threads()


def test_that_balanced_classes_come_equally_often_and_nothing_is_seen_twice_before_all_are():
    labels = np.array([0] * 30 + [1] * 7 + [2] * 3)
    order = BatchOrder(len(labels), 8, 1, classes=labels)
    assert order.steps_per_epoch == 5
    seen = np.concatenate([order.chosen(step) for step in range(5)])
    counts = np.bincount(labels[seen], minlength=3)
    assert counts.max() - counts.min() <= 1
    assert len(set(seen[labels[seen] == 0].tolist())) == counts[0], "a large class has no image twice"
    assert set(seen[labels[seen] == 2].tolist()) == {37, 38, 39}
    again = BatchOrder(len(labels), 8, 1, classes=labels)
    assert all(np.array_equal(order.chosen(step), again.chosen(step)) for step in (9, 3, 12))
    assert not np.array_equal(np.sort(seen), np.sort(np.concatenate([order.chosen(step) for step in range(5, 10)])))


def test_that_more_classes_than_an_epoch_has_images_take_turns():
    labels = np.arange(6)
    assert sorted(balanced(labels, 4, torch.Generator().manual_seed(1)).tolist()) != [0, 0, 0, 0]
    assert len(set(balanced(labels, 4, torch.Generator().manual_seed(1)).tolist())) == 4
