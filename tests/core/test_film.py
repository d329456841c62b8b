"""The film of conv1's learning, and the indices of both towers over the epochs."""

import json
import stat
import sys

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_app import cli
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import FiltersSeen, Progress, RunStarted
from alexnet_app.core.generators import result_of
from alexnet_app.core.insight import film
from alexnet_app.core.insight.film import filming, frames_of
from alexnet_app.core.insight.learning import index_series, snapshots_of
from alexnet_app.core.insight.selectivity import specialization
from alexnet_app.core.insight.snapshot import read_snapshot, write_snapshot
from alexnet_app.core.insight.strip import evenly, indices_of, strip_of
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.lines import to_line
from alexnet_app.core.runs.run import Run

STEPS, PER_EPOCH = 20, 4
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="a program that is a script")


def gabors(count, colour):
    """Kernels of stripes, grey, or of two colours."""
    y, x = np.mgrid[:7, :7] - 3
    turns = np.linspace(0, np.pi, count, endpoint=False)[:, None, None]
    waves = np.cos(1.3 * (x * np.cos(turns) + y * np.sin(turns))) * np.exp(-(x**2 + y**2) / 9)
    mix = np.array([1.0, -1, 0]) if colour else np.ones(3)
    return (waves[:, None] * mix[:, None, None]).astype(np.float32)


@pytest.fixture
def run(tmp_path):
    """Towers of 24 kernels that learn stripes, and colours, out of noise."""
    made = Run.create(tmp_path / "run", "")
    noise = np.random.default_rng(1).normal(size=(48, 3, 7, 7)).astype(np.float32)
    learned = np.concatenate([gabors(24, colour=False), gabors(24, colour=True)])
    events = [RunStarted("shapes-towers", "d", 1, 1, 1, 0, PER_EPOCH, 5, "CPU", "fp32", 1)]
    for step in range(STEPS + 1):
        share = step / STEPS
        name = f"filters/step-{step:08}.npy"
        write_snapshot(made.folder / name, torch.from_numpy((1 - share) * 0.3 * noise + share * learned))
        events.append(FiltersSeen(step, name))
    made.events_file.write_text("".join(f"{to_line(each, 0.0)}\n" for each in events), encoding="utf-8")
    return made


def strip_in(run):
    return result_of(strip_of(snapshots_of(run)))


def test_that_all_snapshots_of_a_run_are_found_with_their_epochs(run):
    found = snapshots_of(run)
    assert [each.step for each in found.marks] == list(range(STEPS + 1))
    assert [found.marks[4].epoch, found.marks[10].epoch] == [1, 2.5]
    assert found.slices == variant("shapes-towers").tower_slices("conv1")
    found.marks[3].path.unlink()
    assert len(snapshots_of(run).marks) == STEPS


def test_that_the_indices_of_each_tower_are_those_by_which_a_model_is_judged(run):
    found = snapshots_of(run)
    series = result_of(index_series(found))
    assert len(series) == STEPS + 1
    assert series[0].colour == (None, None), "noise has learned nothing"
    expected = specialization(read_snapshot(found.marks[-1].path), found.slices)
    last = series[-1]
    assert (last.learned, last.epoch) == ((24, 24), 5)
    assert last.colour == tuple(each.colour for each in expected.towers)
    assert last.orientation == tuple(each.orientation for each in expected.towers)
    assert last.colour[0] < 0.1 < 0.9 < last.colour[1]


def test_that_a_snapshot_is_passed_over_that_is_torn_or_of_another_network(run):
    found = snapshots_of(run)
    found.marks[5].path.write_bytes(b"torn")
    write_snapshot(found.marks[6].path, torch.ones(47, 3, 7, 7))
    write_snapshot(found.marks[7].path, torch.ones(48, 3, 70, 70))
    assert len(result_of(index_series(found))) == STEPS - 2
    assert len(result_of(frames_of(strip_in(run)))) == STEPS - 2


def test_that_every_kernel_of_every_time_has_one_scale(run):
    frames = result_of(frames_of(strip_in(run)))
    assert len({frame.pixels.shape for frame in frames}) == 1
    assert all(side % 2 == 0 for side in frames[0].pixels.shape[:2]), "as videos need it"
    kernels = [read_snapshot(mark.path) for mark in snapshots_of(run).marks]
    white = max(float(np.quantile(np.abs(each), film.WHITE)) for each in kernels)
    for frame, each in zip(frames, kernels, strict=True):
        first = frame.pixels[2 * film.TITLE :: film.ZOOM, film.MARGIN :: film.ZOOM][:7, :7]
        expected = 128 + 127 * np.clip(each[0].transpose(1, 2, 0) / white, -1, 1)
        assert np.abs(first - expected).max() <= 1


def test_that_a_gif_shows_all_and_ends_with_what_was_learned(run, tmp_path):
    made = result_of(filming(strip_in(run), tmp_path / "film.gif"))
    assert (made.shown, made.snapshots, made.last_epoch) == (STEPS + 1, STEPS + 1, 5)
    assert made.size == (tmp_path / "film.gif").stat().st_size <= film.LIMIT
    last = result_of(frames_of(strip_in(run)))[-1].pixels
    with Image.open(tmp_path / "film.gif") as gif:
        assert gif.n_frames == STEPS + 1
        gif.seek(STEPS)
        assert gif.info["duration"] == 2000
        apart = np.abs(np.asarray(gif.convert("RGB")).astype(int) - last)
    assert np.median(apart) <= 4
    assert np.quantile(apart, 0.99) <= 60, "but for the palette it is the last snapshot"


def test_that_a_film_keeps_to_its_limit_by_leaving_out_some_between(run, tmp_path):
    snapshots = strip_in(run)
    whole = result_of(filming(snapshots, tmp_path / "whole.gif")).size
    made = result_of(filming(snapshots, tmp_path / "film.gif", int(0.85 * whole)))
    assert film.LEAST <= made.shown < STEPS + 1
    assert made.size <= 0.85 * whole
    assert (made.first_epoch, made.last_epoch) == (0, 5)
    with pytest.raises(UserError, match="takes more than 5,000 bytes"):
        result_of(filming(snapshots, tmp_path / "none.gif", 5000))
    assert not (tmp_path / "none.gif").exists()


def test_that_some_of_many_are_spread_evenly():
    assert evenly(list(range(10)), 20) == list(range(10))
    assert evenly(list(range(101)), 5) == [0, 25, 50, 75, 100]


def test_that_a_strip_holds_what_the_snapshots_show_and_of_too_many_some(run):
    found = snapshots_of(run)
    strip = strip_in(run)
    assert (strip.pictures.dtype, strip.steps) == (np.uint8, tuple(range(STEPS + 1)))
    for place, mark in enumerate(found.marks):
        np.testing.assert_array_equal(strip.kernels(place), read_snapshot(mark.path))
    assert result_of(indices_of(strip)) == result_of(index_series(found))
    few = result_of(strip_of(found, most=5))
    assert (few.steps, few.kept) == ((0, 5, 10, 15, 20), STEPS + 1)
    assert few.before(10).steps == (0, 5)
    assert len(few.before(0)) == 0


def test_that_a_strip_of_nothing_or_of_changing_kernels_is_a_sentence(run):
    found = snapshots_of(run)
    write_snapshot(found.marks[7].path, torch.ones(48, 3, 5, 5))
    with pytest.raises(UserError, match="gone or damaged"):
        strip_in(run)
    for mark in found.marks[1:]:
        mark.path.write_bytes(b"torn")
    with pytest.raises(UserError, match="gone or damaged"):
        strip_in(run)
    with pytest.raises(UserError, match="no snapshots"):
        result_of(frames_of(result_of(strip_of(found, most=1)).before(0)))


def test_that_progress_is_told_and_a_film_can_be_left(run, tmp_path):
    work = filming(strip_in(run), tmp_path / "film.gif")
    assert isinstance(next(work), Progress)
    work.close()
    assert not (tmp_path / "film.gif").exists()


def test_that_a_run_without_snapshots_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match="has no snapshots of conv1"):
        snapshots_of(Run.create(tmp_path / "run", ""))


def test_that_the_command_writes_a_film_and_tells_the_indices(run, tmp_path, capsys):
    words = ["filters", str(run.folder), "--film", str(tmp_path / "film.gif")]
    assert cli.main([*words, "--json"]) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["shown"], len(found["series"])) == (STEPS + 1, STEPS + 1)
    assert found["series"][-1]["learned"] == [24, 24]
    assert cli.main(words) == 2, "an existing film is not replaced unasked"
    assert "exists already" in capsys.readouterr().err
    assert cli.main([*words, "--force", "--megabytes", "0.2"]) == 0
    assert "tower B, epoch " in capsys.readouterr().out


def test_that_a_bundled_model_has_the_film_that_comes_with_it(tmp_path, capsys):
    out = tmp_path / "film.gif"
    words = ["filters", "bundled:photo-towers", "--film", str(out), "--megabytes", "0.6", "--json"]
    assert cli.main(words) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (found["snapshots"], len(found["series"])) == (223, 94)  # with the model itself
    assert out.stat().st_size == found["size"] <= 600_000
    assert found["series"][-1]["learned"] == [44, 48]


def test_that_a_model_of_a_run_ends_its_film(run, tmp_path, capsys):
    network = AlexNet(variant("shapes-towers"))
    network.initialize(torch.Generator().manual_seed(1))
    size = network.spec.input_size if network.spec.mean == "picture" else 1
    classes = tuple(map(str, range(network.spec.classes)))
    said = {"step": STEPS + 1, "epoch": 5}
    write_bundle(run.last_file, Bundle(network.spec, classes, torch.zeros(3, size, size), plain_weights(network), said))
    words = ["filters", "--model", str(run.last_file), "--film", str(tmp_path / "film.gif"), "--json"]
    assert cli.main(words) == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["series"][-1]["step"] == found["series"][-2]["step"] + 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--film", "f.gif"], "no model is named"),
        (["RUN", "--film", "f.gif", "--model", "x"], "the model is named twice"),
        (["RUN", "--film", "f.gif", "--out", "f.png"], "a film is written alone"),
        (["RUN", "--csv", "f.csv"], "a table is of two models or of weights"),
        (["bundled:shapes-towers", "--film", "f.gif"], "there are no snapshots of the training of"),
        (["RUN", "--film", "f.png"], "f.png ends in .png, but a GIF animation"),
        (["RUN", "--film", "f.gif", "--megabytes", "0"], "not 0"),
        (["RUN"], "nothing is to be written"),
        (["nowhere", "--film", "f.gif"], "is not a run folder"),
    ],
)
def test_that_a_wrong_word_is_a_sentence(run, tmp_path, capsys, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    assert cli.main(["filters", *(str(run.folder) if each == "RUN" else each for each in words)]) == 2
    assert said in capsys.readouterr().err


def test_that_a_missing_ffmpeg_is_a_sentence_before_any_work(run, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("shutil.which", lambda _: None)
    assert cli.main(["filters", str(run.folder), "--film", str(tmp_path / "film.mp4")]) == 2
    assert "ffmpeg, which was not found; install ffmpeg, or write a .gif" in capsys.readouterr().err


@POSIX
@pytest.mark.parametrize(
    ("script", "said"), [("cat > /dev/null; printf 'x' > \"$out\"", ""), ("echo no x264 >&2; exit 3", "no x264")]
)
def test_that_ffmpeg_gets_all_pictures_and_its_refusal_is_told(run, tmp_path, monkeypatch, script, said):
    program = tmp_path / "ffmpeg"
    program.write_text(f'#!/bin/sh\nfor out; do :; done\necho "$@" > "{tmp_path}/words"\n{script}\n')
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr("shutil.which", lambda _: str(program))
    work = filming(strip_in(run), tmp_path / "film.mp4")
    if said:
        with pytest.raises(UserError, match=said):
            result_of(work)
        return
    assert result_of(work).shown == STEPS + 1
    assert (tmp_path / "film.mp4").read_text() == "x"
    height, width = result_of(frames_of(strip_in(run)))[0].pixels.shape[:2]
    assert f"-s {width}x{height}" in (tmp_path / "words").read_text()
