"""Two models unit by unit: partners are found, chance is what it says, towers map as they do."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Progress
from alexnet_app.core.generators import Driven
from alexnet_app.core.insight.matching import correlations, exact_p, matching, random_phases, tail_p
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.network.variants import variant

KERNELS, SIDE = 48, 7
HALF = KERNELS // 2
NEW_NUMBERS = np.random.default_rng(5).permutation(KERNELS)


def drawn(count=KERNELS, seed=1):
    """Gabors in colours with a margin of a pixel, all different: (count, 3, 7, 7)."""
    chance = np.random.default_rng(seed)
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    turns, waves, phases = chance.uniform(0, (np.pi, 2.5, 2 * np.pi), (count, 3)).T[..., None, None]
    along = x * np.cos(turns) + y * np.sin(turns)
    grey = np.cos(waves * along + phases) * np.exp(-(x**2 + y**2) / 8)
    kernels = grey[:, None] * chance.normal(size=(count, 3, 1, 1))
    kernels[..., [0, -1], :] = kernels[..., :, [0, -1]] = 0
    return kernels


def model(kernels, name="shapes-towers"):
    spec = variant(name)
    first = replace(spec.convolutions[0], kernels=len(kernels))
    spec = replace(spec, convolutions=(first, *spec.convolutions[1:]))
    return Bundle(spec, (), torch.zeros(3, 1, 1), {"conv1.weight": torch.tensor(kernels, dtype=torch.float32)})


def matched(one, other, **settings):
    work = Driven(matching(model(one), model(other), **{"rounds": 20, **settings}))
    told = list(work)
    return work.result, told


def test_that_renumbered_and_shifted_kernels_find_each_other():
    other = np.roll(drawn(), (1, -1), axis=(2, 3))[NEW_NUMBERS]
    found, told = matched(drawn(), 3.5 * other)
    assert [NEW_NUMBERS[each.partner] for each in found.pairs] == list(range(KERNELS))
    assert [each.unit for each in found.pairs] == list(range(KERNELS))
    assert {each.shift for each in found.pairs} == {(1, -1)}
    assert min(each.correlation for each in found.pairs) == pytest.approx(1)
    assert found.real == KERNELS
    assert not found.began_alike
    assert (found.units, found.others, found.shift) == (KERNELS, KERNELS, 1)
    assert [(each.done, each.total) for each in told if isinstance(each, Progress)] == [(n, 20) for n in range(1, 21)]


def test_that_pairs_are_sorted_by_what_they_have_in_common():
    noise = np.random.default_rng(2).normal(size=(KERNELS, 3, SIDE, SIDE))
    found, _ = matched(drawn(), drawn() + np.linspace(0, 0.5, KERNELS)[:, None, None, None] * noise)
    values = [each.correlation for each in found.sorted()]
    assert values == sorted(values, reverse=True)
    assert found.median == np.median(values)
    assert found.began_alike
    assert 0 < found.chance_median < found.chance_rare < 1


def test_that_what_is_chance_is_called_chance():
    """Kernels that were drawn anew with the same spectra are no better than 99 % of chance, but for 1 %."""
    real = [
        matched(drawn(), random_phases(drawn(), np.random.default_rng(seed)), rounds=50)[0].real for seed in range(3)
    ]
    assert sum(real) <= 6  # 1.4 are to be expected of 144


def test_that_the_same_seed_gives_the_same():
    assert matched(drawn(), drawn(seed=2), rounds=5)[0] == matched(drawn(), drawn(seed=2), rounds=5)[0]
    other = matched(drawn(), drawn(seed=2), rounds=5, seed=1)[0]
    assert other.chance_median != matched(drawn(), drawn(seed=2), rounds=5)[0].chance_median


@pytest.mark.parametrize(("turned", "mapping"), [(0, "kept"), (HALF, "swapped")])
def test_that_towers_are_told_apart(turned, mapping):
    within = np.concatenate([np.random.default_rng(1).permutation(HALF) + first for first in (0, HALF)])
    found, _ = matched(drawn(), np.roll(drawn()[within], turned, axis=0))
    assert found.towers.mapping == mapping
    kept, changed = (HALF, HALF), (0, 0)
    own = [row[place] for place, row in enumerate(found.towers.counts)]
    assert tuple(own) == (kept if mapping == "kept" else changed)
    assert found.towers.p < 1e-10


def test_that_mixed_towers_are_unclear_and_one_column_has_none():
    found, _ = matched(drawn(), drawn()[NEW_NUMBERS])
    assert found.towers.mapping == "unclear"
    assert sum(map(sum, found.towers.counts)) == KERNELS
    column = replace(model(drawn()), spec=replace(model(drawn()).spec, towers=1))
    work = Driven(matching(column, model(drawn()), rounds=2))
    list(work)
    assert work.result.towers is None
    assert {each.tower for each in work.result.pairs} == {""}


@pytest.mark.parametrize(("one", "other"), [(KERNELS, 32), (32, KERNELS)])
def test_that_some_have_no_partner_where_one_model_has_more(one, other):
    found, _ = matched(drawn()[:one], drawn()[:other], rounds=10)
    assert (found.units, found.others) == (one, other)
    assert [(each.unit, each.partner) for each in found.pairs] == [(each, each) for each in range(32)]


def test_that_kernels_of_another_size_are_refused():
    with pytest.raises(UserError, match="those of alexnet-2012 have 11 × 11 pixels, those of shapes-towers 7 × 7"):
        next(matching(model(np.zeros((96, 3, 11, 11)), "alexnet-2012"), model(drawn())))


def test_that_the_sign_counts_and_that_nothing_is_like_nothing():
    kernels = drawn(3)
    kernels[1], kernels[2] = -kernels[0], 0
    broken = kernels.copy()
    broken[0, 0, 0, 0] = np.nan
    found, _ = correlations(kernels, kernels)
    np.testing.assert_allclose(found, [[1, -1, 0], [-1, 1, 0], [0, 0, 0]], atol=1e-12)
    assert correlations(kernels, broken)[0][0, 0] == 0


def test_that_a_shift_loses_what_goes_over_the_edge():
    dot = np.zeros((1, 3, SIDE, SIDE))
    dot[0, :, 0, 0] = 1
    assert correlations(dot, np.roll(dot, 2, axis=2), 1)[0] == 0
    found, where = correlations(dot, np.roll(dot, 2, axis=2), 2)
    assert (found[0, 0], where[0, 0].tolist()) == (pytest.approx(1), [2, 0])


def test_that_chance_has_the_spectrum_and_the_colours_of_the_kernels():
    kernels = drawn(4)
    random = random_phases(kernels, np.random.default_rng(1))
    spectra = [np.fft.fft2(each) for each in (kernels, random)]
    np.testing.assert_allclose(np.abs(spectra[1]), np.abs(spectra[0]), atol=1e-9)
    between = [each[:, 0] * each[:, 1].conj() for each in spectra]
    np.testing.assert_allclose(between[1], between[0], atol=1e-9)
    assert np.abs(random - kernels).max() > 0.1


def test_that_the_exact_test_is_fishers():
    assert exact_p(3, 1, 1, 3) == pytest.approx(34 / 70)  # the lady tasting tea
    assert exact_p(8, 2, 1, 5) == pytest.approx(0.03497, abs=1e-5)
    assert exact_p(0, 0, 0, 0) == 1


def test_that_a_few_units_are_more_than_chance_gives():
    assert tail_p(0, 96, 0.01) == pytest.approx(1)
    assert tail_p(3, 96, 0.01) == pytest.approx(0.0715, abs=0.001)
    found, _ = matched(drawn(), drawn()[NEW_NUMBERS])
    assert found.verdict == "most"
    none = tuple(replace(each, chance=1.0) for each in found.pairs)
    for count, verdict in ((0, "chance"), (1, "chance"), (4, "some"), (HALF, "most")):
        assert replace(found, pairs=found.pairs[:count] + none[count:]).verdict == verdict
