"""The strongest and weakest real patches of every unit: those of a search by hand, in one pass, kept on the disk."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from alexnet_app import resources
from alexnet_app.core.data.sources.values import Arrays
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress
from alexnet_app.core.generators import result_of
from alexnet_app.core.inference import tally_file, unit_patches
from alexnet_app.core.inference.labelled import Labelled
from alexnet_app.core.inference.opened import Opened
from alexnet_app.core.inference.tally_file import write_tally
from alexnet_app.core.inference.unit_patches import patches, pixels_of, scanned
from alexnet_app.core.insight.receptive import field
from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.insight.tally import BINS, UnitTally
from alexnet_app.core.network.bundle import read_bundle

COUNT = 23


@pytest.fixture(scope="module")
def bundle():
    return read_bundle(resources.path("models") / "shapes-towers.alexnet")


@pytest.fixture(scope="module")
def data():
    chance = np.random.default_rng(1)
    pixels = chance.integers(0, 256, (COUNT, 8, 8, 3), np.uint8).repeat(8, axis=1).repeat(8, axis=2)
    return Labelled("noise", "test", ("even", "odd"), Arrays(pixels, np.arange(COUNT) % 2))


def by_hand(bundle, data, layer):
    model = Opened(bundle)
    with torch.inference_mode():
        found = [each for each in stages(model.network, model.batch(data.arrays.pictures)) if each.layer == layer]
    return found[0].value.numpy()


@pytest.fixture(autouse=True)
def small_batches(monkeypatch):
    monkeypatch.setattr(unit_patches, "WORK_AT_ONCE", 1e8)


@pytest.mark.parametrize("layer", ["conv1", "conv5", "fc7", "fc8"])
def test_that_the_extremes_are_those_of_all_pictures(bundle, data, tmp_path, layer):
    tally = result_of(scanned(bundle, data, layer, tmp_path))
    values = by_hand(bundle, data, layer)
    flat = values.reshape(*values.shape[:2], -1)
    for found, ends in ((tally.strongest, flat.max(2)), (tally.weakest, -flat.min(2))):
        expected = -np.sort(-ends, axis=0)[:9].T
        signed = found.values if found is tally.strongest else -found.values
        assert np.allclose(signed, expected, atol=1e-4)
        units, _ = np.indices(found.pictures.shape)
        assert np.allclose(flat[found.pictures, units, found.places], found.values, atol=1e-4)
        assert all(len(set(row)) == 9 for row in found.pictures.tolist()), "one patch of each picture"
    assert np.allclose(tally.fires, (flat > 0).any(2).mean(0))
    assert np.allclose(tally.fires_at, (flat > 0).mean((0, 2)), atol=1e-3)
    assert tally.is_dead.tolist() == (flat.max((0, 2)) <= 0).tolist()


def test_that_a_patch_is_what_the_unit_sees_and_makes_its_value(bundle, data, tmp_path):
    tally = result_of(scanned(bundle, data, "conv2", tmp_path))
    first = patches(bundle.spec, data, "conv2", tally.strongest, 7)[0]
    assert first.field == field(bundle.spec, "conv2", first.row, first.column)
    assert first.label == data.classes[first.picture % 2]
    cut = pixels_of(bundle.spec, data, first)
    assert cut.shape[:2] == (first.field.bottom - first.field.top, first.field.right - first.field.left)
    other = np.full_like(data.arrays.pictures[:1], 90)  # the patch alone, at its place
    begin = (bundle.spec.picture_size - bundle.spec.input_size) // 2
    rows = slice(begin + first.field.top, begin + first.field.bottom)
    columns = slice(begin + first.field.left, begin + first.field.right)
    other[0, rows, columns] = cut
    alone = by_hand(bundle, replace(data, arrays=Arrays(other, np.zeros(1, np.int64))), "conv2")
    assert alone[0, 7, first.row, first.column] == pytest.approx(first.value, rel=1e-4)


def test_that_a_histogram_counts_every_value_whatever_comes_later():
    chance = torch.Generator().manual_seed(1)
    batches = [torch.randn(5, 3, 4, 4, generator=chance) * scale for scale in (0.1, 7, 1)]
    tally = UnitTally()
    for batch in batches:
        tally.add(batch)
    found = tally.result()
    values = torch.cat(batches).transpose(0, 1).flatten(1).numpy()
    assert found.reach == 2.0 ** np.ceil(np.log2(np.abs(values).max()))
    expected = [np.histogram(row, BINS, (-found.reach, found.reach))[0] for row in values]
    assert np.array_equal(found.histogram, expected)


def test_that_large_maps_are_counted_at_some_places_and_zeros_need_no_reach():
    tally = UnitTally()
    tally.add(torch.zeros(2, 3, 40, 40))
    found = tally.result()
    assert (found.reach, found.histogram.sum(1).tolist()) == (0.0, [2 * 229] * 3)
    assert found.is_dead.all()


def test_that_a_second_look_comes_from_the_disk_and_others_do_not(bundle, data, tmp_path):
    first = scanned(bundle, data, "conv3", tmp_path)
    events = list(first)
    assert [type(each) for each in events] == [Progress] * len(events)
    assert (events[-1].done, events[-1].total, len(events) > 3) == (COUNT, COUNT, True)
    assert list(scanned(bundle, data, "conv3", tmp_path)) == [], "nothing is computed"
    other = Arrays(data.arrays.pictures.copy(), data.arrays.labels)
    other.pictures[5, 0, 0, 0] ^= 1
    changed = {name: tensor.clone() for name, tensor in bundle.weights.items()}
    changed["fc8.bias"][0] += 1
    assert list(scanned(bundle, replace(data, arrays=other), "conv3", tmp_path))
    assert list(scanned(replace(bundle, weights=changed), data, "conv3", tmp_path))
    assert len(list((tmp_path / "patches").iterdir())) == 3


def test_that_a_damaged_or_cancelled_pass_is_made_again(bundle, data, tmp_path):
    work = scanned(bundle, data, "conv1", tmp_path)
    next(work)
    work.close()
    assert not list(tmp_path.rglob("*.tally"))
    expected = result_of(scanned(bundle, data, "conv1", tmp_path))
    (path,) = tmp_path.rglob("*.tally")
    content = bytearray(path.read_bytes())
    for damaged in (b"", content[:100], content[:-1] + bytes([content[-1] ^ 1])):
        path.write_bytes(damaged)
        again = result_of(scanned(bundle, data, "conv1", tmp_path))
        assert np.array_equal(again.strongest.values, expected.strongest.values)
    known = result_of(scanned(bundle, data, "conv1", tmp_path))
    assert (known.pictures, known.reach) == (COUNT, expected.reach)
    assert np.array_equal(known.histogram, expected.histogram)


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("strongest.pictures", COUNT),
        ("weakest.pictures", -1),
        ("strongest.places", 1),
        ("weakest.values", np.nan),
        ("fires", 1.5),
        ("fires_at", -0.1),
        ("histogram", -1),
    ],
)
def test_that_a_pass_that_lies_is_made_again(bundle, data, tmp_path, part, value):
    """Whoever writes it can give it a checksum that holds."""
    first = result_of(scanned(bundle, data, "conv1", tmp_path))
    (path,) = tmp_path.rglob("*.tally")
    side = {row.name: row.side for row in bundle.spec.figures()}["conv1"]
    end, _, name = part.rpartition(".")
    array = getattr(getattr(first, end) if end else first, name).copy()
    array.flat[3] = side**2 if name == "places" else value
    lying = replace(getattr(first, end), **{name: array}) if end else array
    write_tally(path, replace(first, **{end or name: lying}))
    assert list(scanned(bundle, data, "conv1", tmp_path)), "it is counted again"
    assert list(scanned(bundle, data, "conv1", tmp_path)) == []


def test_that_a_pass_of_another_size_is_made_again(bundle, data, tmp_path, monkeypatch):
    result_of(scanned(bundle, data, "conv2", tmp_path))
    result_of(scanned(bundle, data, "conv1", tmp_path))
    one, other = tmp_path.rglob("*.tally")
    one.write_bytes(other.read_bytes())
    events = [len(list(scanned(bundle, data, layer, tmp_path))) for layer in ("conv1", "conv2")]
    assert sorted(map(bool, events)) == [False, True]
    monkeypatch.setattr(tally_file, "MOST_BYTES", 1000)
    assert list(scanned(bundle, data, "conv1", tmp_path)), "a file that is too large is not read"


def test_that_passes_take_bounded_room(bundle, data, tmp_path, monkeypatch):
    monkeypatch.setattr(unit_patches, "MOST_KEPT", 150_000)
    for layer in ("conv1", "conv2", "conv3", "conv4", "conv5"):
        result_of(scanned(bundle, data, layer, tmp_path))
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.tally")) <= 150_000
    assert list(scanned(bundle, data, "conv5", tmp_path)) == [], "the newest stays"


def test_that_an_unknown_layer_and_an_empty_set_are_sentences(bundle, data, tmp_path):
    with pytest.raises(UserError, match="no layer 'conv9'"):
        result_of(scanned(bundle, data, "conv9", tmp_path))
    none = replace(data, arrays=Arrays(np.zeros((0, 64, 64, 3), np.uint8), np.zeros(0, np.int64)))
    with pytest.raises(UserError, match="no images in test"):
        result_of(scanned(bundle, none, "conv1", tmp_path))
