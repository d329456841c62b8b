"""What the experiment on the towers says: what has learned, and whether towers differ more than the control."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from alexnet_app.core.data.sources import shapes
from alexnet_app.core.events import Event, FiltersSeen, RunEnded
from alexnet_app.core.experiments import towers
from alexnet_app.core.experiments.against_control import COUNTED, group_p, least_group_p, least_p, run_p
from alexnet_app.core.experiments.catalogue import experiment_named
from alexnet_app.core.experiments.experiment import NamedRun, Outcome, Scale
from alexnet_app.core.insight.snapshot import write_snapshot
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config_text import load_config, to_toml

SIDE, TOWER = 7, 24  # of conv1 in the preset "shapes"


def spots(colour: float, seed: int, count: int = TOWER) -> np.ndarray:
    """Kernels of which about ``colour`` (0 to 1) of the energy is colour, each a little different."""
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    chance = np.random.default_rng(seed)
    shares = np.clip(colour + 0.02 * chance.normal(size=count), 0.001, 0.999)
    grey, opponent = np.ones(3) / np.sqrt(3), np.array([1, -1, 0]) / np.sqrt(2)
    channels = np.sqrt(1 - shares)[:, None] * grey + np.sqrt(shares)[:, None] * opponent
    return channels[:, :, None, None] * np.exp(-(x**2 + y**2) / chance.uniform(3, 8, (count, 1, 1, 1)))


def noise(seed: int, count: int = TOWER) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).normal(size=(count, 3, SIDE, SIDE))


def outcome(folder: Path, group: str, seed: int, kernels: np.ndarray, events: tuple[Event, ...] = ()) -> Outcome:
    """A run that is over, whose last model has these kernels in conv1, tower A first."""
    config = replace(load_config("shapes"), seed=seed)
    network = AlexNet(config.spec(10))
    weights = {**plain_weights(network), "conv1.weight": torch.tensor(kernels, dtype=torch.float32)}
    place = folder / f"{group}-{seed}".replace(" ", "-")
    place.mkdir()
    write_bundle(place / "last.alexnet", Bundle(network.spec, shapes.CLASSES, torch.zeros(3, 1, 1), weights, {}))
    return Outcome(NamedRun(place.name, group, seed, config), Run(place), events)


def towers_of(colours: tuple[float, float], seed: int) -> np.ndarray:
    return np.concatenate([spots(colours[0], 2 * seed), spots(colours[1], 2 * seed + 1)])


def runs(folder: Path, given: dict[str, list[tuple[float, float]]]) -> tuple[Outcome, ...]:
    return tuple(
        outcome(folder, towers.GROUPS[name], seed, towers_of(colours, 100 * place + seed))
        for place, (name, all_) in enumerate(given.items())
        for seed, colours in enumerate(all_, start=1)
    )


def test_that_towers_are_counted_whichever_of_them_sees_colour(tmp_path):
    given = {"variant": [(0.1, 0.9), (0.8, 0.2)], "joined": [(0.5, 0.5), (0.5, 0.5)]}
    finding = towers.conclude(Scale(), runs(tmp_path, given))
    rows = {row.what: row for row in finding.rows}
    assert rows["as published: colour index, more coloured tower"].measured == pytest.approx(0.85, abs=0.01)
    assert rows["as published: colour index, other tower"].measured == pytest.approx(0.15, abs=0.01)
    counted = rows["as published: runs whose towers differ in colour"]
    assert (counted.measured, counted.paper, counted.unit) == (2, 2, "of 2")
    assert counted.note == "p = 0.0001, 0.0001 for seeds 1, 2"
    assert rows["always meeting: runs whose towers differ in colour"].measured == 0
    assert rows["never meeting: colour index, other tower"].measured is None
    learned = rows["as published: learned kernels, other tower"]
    assert (learned.measured, learned.unit) == (24, "of 24")
    assert "2 of 2 runs as published; 0 of 2 runs always meeting" in finding.sentence


def test_that_towers_are_compared_with_those_that_are_a_name_only(tmp_path):
    given = {
        "variant": [(0.1, 0.9), (0.8, 0.2), (0.5, 0.5)],
        "apart": [(0.1, 0.9), (0.1, 0.9), (0.9, 0.1)],
        "joined": [(0.4, 0.6), (0.5, 0.6), (0.5, 0.5)],
    }
    finding = towers.conclude(Scale(), runs(tmp_path, given))
    rows = {row.what: row for row in finding.rows}
    beyond = rows["as published: runs further apart than all 3 controls"]
    assert (beyond.measured, beyond.unit) == (2, "of 3")
    assert beyond.note.startswith("p = 0.25, 0.25, ")
    assert beyond.note.endswith("at least 0.25 with 3 controls")
    apart = rows["never meeting: difference of the colour indices"]
    assert apart.measured == pytest.approx(0.8, abs=0.02)
    assert apart.note == "p = 0.05 against the control, at least 0.05 with so few runs"  # 1 of 20 ways to deal them
    assert rows["always meeting: difference of the colour indices"].measured == pytest.approx(0.1, abs=0.03)
    assert "further apart than in all 3 runs always meeting" in finding.sentence
    assert "2 of 3 runs as published (all together p = " in finding.sentence
    assert "3 of 3 runs never meeting (all together p = 0.05)" in finding.sentence
    assert "With 3 control runs no single run can have a p below 0.25." in finding.sentence


def test_that_a_run_that_has_learned_too_little_is_told_and_shows_nothing(tmp_path):
    few = np.concatenate([spots(0.05, 1), spots(0.9, 2, 6), noise(3, 18)])
    none = np.concatenate([spots(0.05, 4), noise(5)])
    found = tuple(outcome(tmp_path, "as published", seed, each) for seed, each in enumerate((few, none), start=1))
    finding = towers.conclude(Scale(), (*found, *runs(tmp_path, {"joined": [(0.5, 0.5)]})))
    rows = {row.what: row for row in finding.rows}
    counted = rows["as published: runs whose towers differ in colour"]
    assert (counted.measured, counted.note) == (0, "p = –, – for seeds 1, 2 (–: too few kernels have learned)")
    assert rows["as published: learned kernels, more coloured tower"].measured == pytest.approx((6 + 24) / 2)
    assert rows["as published: difference of the colour indices"].measured is None
    assert not [what for what in rows if what.startswith("as published: runs further apart")]
    assert "further apart" not in finding.sentence
    assert "0 of 2 runs as published (2 with too few learned kernels)" in finding.sentence


def test_that_towers_of_a_run_that_diverged_are_left_out(tmp_path):
    ended = RunEnded("diverged", 100, 1)
    found = tuple(
        outcome(tmp_path, towers.GROUPS["variant"], seed, towers_of((0.1, 0.9), seed), events)
        for seed, events in enumerate(((), (ended,)), start=1)
    )
    finding = towers.conclude(Scale(), found)
    rows = {row.what: row for row in finding.rows}
    assert rows["as published: runs whose towers differ in colour"].unit == "of 1"
    assert finding.sentence.endswith("1 of 2 runs as published diverged and is excluded.")


def test_that_the_colour_of_towers_is_followed_once_their_kernels_have_learned(tmp_path):
    planned = experiment_named("specialization").plan(Scale(data="shapes", epochs=1, seeds=1, device="cpu"))[0]
    run = Run.create(tmp_path / "run", to_toml(planned.config))
    snapshots = [np.concatenate([noise(1), noise(2)]), np.concatenate([noise(1), spots(0.99, 3)]), towers_of((0, 1), 4)]
    for step, kernels in enumerate(snapshots):
        scaled = kernels / np.abs(kernels).max(axis=(1, 2, 3), keepdims=True)
        pictures = np.rint(128 + 127 * scaled).astype(np.uint8).transpose(0, 2, 3, 1)
        np.save(run.filters_folder / f"step-{step:08d}.npy", pictures)
    (run.filters_folder / "step-00000003.npy").write_bytes(b"torn")
    seen = [FiltersSeen(step, f"filters/step-{step:08d}.npy") for step in range(4)]
    found = [[(each.curve, each.step, each.value) for each in towers.points(planned, run, event)] for event in seen]
    assert found[0] == found[3] == []
    assert found[1] == [("as published, tower B", 1, pytest.approx(0.99, abs=0.03))]
    assert [curve for curve, _, _ in found[2]] == ["as published, tower A", "as published, tower B"]


def test_that_the_curve_of_a_tower_and_its_end_follow_one_rule(tmp_path):
    """A kernel of less than 1 % of the strongest one's norm is dead in both."""
    planned = experiment_named("specialization").plan(Scale(data="shapes", epochs=1, seeds=1, device="cpu"))[0]
    run = Run.create(tmp_path / "run", to_toml(planned.config))
    kernels = np.concatenate([spots(0.1, 1), spots(0.9, 2, 13), 0.001 * spots(0.1, 3, 11)])
    weight = torch.tensor(kernels, dtype=torch.float32)
    write_snapshot(run.filters_folder / "step-00000000.npy", weight)
    found = {
        each.curve: each.value for each in towers.points(planned, run, FiltersSeen(0, "filters/step-00000000.npy"))
    }
    measured = towers.measure(outcome(tmp_path, "as published", 1, kernels))
    assert measured.learned == (13, 24)
    assert found["as published, tower B"] == pytest.approx(measured.colour[0], abs=0.01)
    assert found["as published, tower A"] == pytest.approx(measured.colour[1], abs=0.01)


def test_that_a_run_beside_its_controls_has_the_p_of_its_rank():
    controls = [0.1, 0.2, 0.3, 0.4]
    assert [run_p(value, controls) for value in (0.5, 0.35, 0.3, 0.0)] == [0.2, 0.4, 0.6, 1.0]
    assert least_p(4) == run_p(9.0, controls) == 0.2
    assert run_p(1.0, []) == least_p(0) == 1


def test_that_few_runs_dealt_anew_are_all_counted():
    assert group_p([4, 5, 6], [1, 2, 3]) == pytest.approx(1 / 20)
    assert group_p([1, 2, 3], [4, 5, 6]) == 1
    assert group_p([2, 6], [1, 3, 4]) == pytest.approx(3 / 10)  # sums of 8 or more: 2 + 6, 3 + 6, 4 + 6
    assert group_p([1, 1], [1, 1]) == 1
    with pytest.raises(ValueError, match="no mean"):
        group_p([], [1.0])


def test_that_many_runs_dealt_anew_are_drawn():
    assert group_p(list(range(20, 40)), list(range(20))) == pytest.approx(1 / (COUNTED + 1))


def test_that_the_least_p_of_a_group_is_one_that_it_can_have(tmp_path):
    for runs_, controls in ((1, 1), (3, 3), (5, 5), (8, 8), (9, 9), (20, 20)):
        values, below = list(range(100, 100 + runs_)), list(range(controls))
        assert group_p(values, below) == pytest.approx(least_group_p(runs_, controls))
    assert least_group_p(5, 5) == 1 / 252
    assert least_group_p(9, 9) == 1 / (COUNTED + 1)  # 48,620 ways: they are drawn
    said = towers._together([1.0 + each / 100 for each in range(9)], [each / 100 for each in range(9)])
    assert said == "p = 5e-05 against the control, at least 5e-05 of 20,000 drawn ways to deal them"


def test_that_runs_like_their_controls_have_every_p_alike():
    chance = np.random.default_rng(1)
    alone = np.array([run_p(each[0], list(each[1:])) for each in chance.normal(size=(2_000, 10))])
    assert [round(float(p * 10)) for p in np.unique(alone)] == list(range(1, 11))
    assert [np.mean(alone < share + 0.05) for share in (0.1, 0.5, 0.9)] == pytest.approx([0.1, 0.5, 0.9], abs=0.04)
    together = np.array([group_p(list(each[:5]), list(each[5:])) for each in chance.normal(size=(500, 10))])
    values, steps = np.sort(together), np.arange(501) / 500
    furthest = max(np.abs(values - steps[1:]).max(), np.abs(values - steps[:-1]).max())
    assert furthest < 1.95 / np.sqrt(500) + 1 / 252
