"""The film of a bundled model: a small file, read at the border; and where the film of a model comes from."""

import shutil

import numpy as np
import pytest
import torch

from alexnet_app import resources
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import FiltersSeen, RunStarted
from alexnet_app.core.foreign import UnreadableError
from alexnet_app.core.generators import result_of
from alexnet_app.core.insight.film_source import bundled_film, film_of_model
from alexnet_app.core.insight.filters import kernel_pictures
from alexnet_app.core.insight.snapshot import write_snapshot
from alexnet_app.core.insight.strip import Strip
from alexnet_app.core.insight.strip_file import LIMIT, SEEN, read_strip, write_strip
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, read_bundle, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.listing import bundled_models
from alexnet_app.core.runs.run import Run

SLICES = (slice(0, 24), slice(24, 48))


def strip(count=20, seed=1):
    """Kernels that come out of noise and go on moving a little."""
    chance = np.random.default_rng(seed)
    moves = chance.normal(0, 4, (count, 48, 7, 7, 3)).cumsum(axis=0)
    pictures = np.clip(128 + moves, 0, 255).astype(np.uint8)
    scales = chance.random((count, 48)).astype(np.float32)
    return Strip(tuple(range(0, 3 * count, 3)), tuple(np.arange(count) / 4), pictures, scales, SLICES, count)


def test_that_a_strip_is_read_as_it_was_written_to_a_few_of_255(tmp_path):
    made = strip()
    written = write_strip(tmp_path / "film.npz", made)
    read = read_strip(tmp_path / "film.npz", SLICES)
    assert (read.steps, read.epochs, read.kept, read.slices) == (made.steps, made.epochs, 20, SLICES)
    np.testing.assert_array_equal(read.pictures, written.pictures)
    np.testing.assert_array_equal(read.scales, made.scales)
    assert np.abs(read.pictures.astype(int) - made.pictures).max() <= SEEN


def test_that_as_many_snapshots_are_kept_as_there_is_room_for(tmp_path):
    path = tmp_path / "film.npz"
    write_strip(path, strip(60))
    limit = path.stat().st_size // 2
    few = write_strip(path, strip(60), limit)
    assert path.stat().st_size <= limit
    assert 12 < len(few) < 40
    assert (few.steps[0], few.steps[-1]) == (0, 177)
    with pytest.raises(UserError, match="take more than 1,000 bytes"):
        write_strip(path, strip(60), 1000)


def changed(**others):
    made = strip()
    changes = made.pictures.copy()
    arrays = {
        "steps": np.array(made.steps, np.int64),
        "epochs": np.array(made.epochs),
        "scales": made.scales,
        "kept": np.array(20, np.int64),
        "changes": changes,
    }
    return {**arrays, **others}


@pytest.mark.parametrize(
    "others",
    [
        {"steps": np.arange(20)[::-1].copy()},
        {"steps": np.arange(20.0)},
        {"steps": np.arange(-5, 15)},
        {"epochs": np.full(20, np.nan)},
        {"epochs": np.arange(19.0)},
        {"scales": np.full((20, 48), np.inf, np.float32)},
        {"scales": np.ones((20, 47), np.float32)},
        {"kept": np.array(3, np.int64)},
        {"kept": np.array([30, 30], np.int64)},
        {"changes": np.zeros((20, 96, 7, 7, 3), np.uint8)},
        {"changes": np.zeros((20, 48, 7, 7, 1), np.uint8)},
        {"changes": np.zeros((20, 48, 7, 7, 3), np.int16)},
        {"changes": np.zeros(())},
        {"changes": np.zeros((20, 48, 70, 70, 3), np.uint8)},
        {"more": np.zeros(1 << 26, np.uint8)},
    ],
    ids=lambda others: next(iter(others)),
)
def test_that_a_file_that_contradicts_itself_is_refused(tmp_path, others):
    np.savez_compressed(tmp_path / "film.npz", **changed(**others))
    with pytest.raises(UnreadableError):
        read_strip(tmp_path / "film.npz", SLICES)


def test_that_a_whole_file_of_these_arrays_is_read_and_a_torn_one_refused(tmp_path):
    path = tmp_path / "film.npz"
    np.savez_compressed(path, **changed())
    assert len(read_strip(path, SLICES)) == 20
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(UnreadableError):
        read_strip(path, SLICES)
    path.unlink()
    with pytest.raises(UnreadableError):
        read_strip(path, SLICES)


def test_that_photo_towers_comes_with_the_film_of_its_training():
    model = bundled_models()[0]
    bundle = read_bundle(model)
    assert resources.path("films/photo-towers.npz").stat().st_size <= LIMIT
    kept = read_strip(bundled_film(model), bundle.spec.tower_slices("conv1"))
    assert kept.steps[-1] == bundle.summary["step"]
    drawn = kernel_pictures(bundle.weights["conv1.weight"])
    assert np.abs(kept.pictures[-1].astype(int) - drawn).max() <= SEEN + 1, "it ends with the model"
    film = result_of(film_of_model(model, bundle))
    assert film.steps == kept.steps
    np.testing.assert_array_equal(film.pictures[-1], drawn)
    assert len(film) > 80
    assert (film.epochs[0], round(film.epochs[-1], 6), film.pictures.shape[1:]) == (0, 39, (96, 11, 11, 3))


def bundle(name="shapes-towers", **summary):
    spec = variant(name)
    network = AlexNet(spec)
    network.initialize(torch.Generator().manual_seed(1))
    side = spec.input_size if spec.mean == "picture" else 1
    classes = tuple(str(each) for each in range(spec.classes))
    return Bundle(spec, classes, torch.zeros(3, side, side), plain_weights(network), summary)


@pytest.fixture
def model(tmp_path):
    """The last model of a run of 8 steps, with a snapshot of each."""
    run = Run.create(tmp_path / "run", "")
    write_bundle(run.last_file, bundle(step=8))
    events = [RunStarted("shapes-towers", "d", 1, 1, 1, 0, 4, 2, "CPU", "fp32", 1)]
    for step in range(9):
        name = f"filters/step-{step}.npy"
        write_snapshot(run.folder / name, torch.full((48, 3, 7, 7), 0.1 * step))
        events.append(FiltersSeen(step, name))
    run.events_file.write_text("".join(f"{to_line(each, 0.0)}\n" for each in events), encoding="utf-8")
    return run.last_file


def test_that_the_film_of_a_model_is_of_its_run_and_ends_with_the_model(model):
    film = result_of(film_of_model(model, made := bundle(step=6)))
    assert (film.steps, film.epochs) == (tuple(range(7)), (0, 0.25, 0.5, 0.75, 1, 1.25, 1.5))
    weight = made.weights["conv1.weight"]
    np.testing.assert_array_equal(film.pictures[-1], kernel_pictures(weight))
    np.testing.assert_allclose(film.scales[-1], weight.abs().amax((1, 2, 3)))
    assert result_of(film_of_model(model, bundle())).steps == tuple(range(10)), "it is not known after which step"


def test_that_a_model_without_snapshots_before_it_or_elsewhere_has_no_film(model, tmp_path):
    assert result_of(film_of_model(model, bundle(step=0))) is None
    assert result_of(film_of_model(model, bundle("photo-towers", step=8))) is None, "another network"
    for other in (tmp_path / "copy.alexnet", model.with_name("other.alexnet")):
        shutil.copy(model, other)
        assert result_of(film_of_model(other, bundle(step=8))) is None


def test_that_a_run_that_kept_no_scales_gets_none_from_its_model(model):
    for path in model.parent.glob("filters/*.npy"):
        np.save(path, np.full((48, 7, 7, 3), 200, np.uint8))
    assert (result_of(film_of_model(model, bundle(step=8))).scales == 1).all()


def test_that_a_model_that_is_called_as_a_bundled_one_has_not_its_film(tmp_path):
    assert bundled_film(tmp_path / "photo-towers.alexnet") is None
