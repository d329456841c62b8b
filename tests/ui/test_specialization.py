"""What the Filters panel says of the towers: their verdicts, what these rest on, the small bars."""

import numpy as np
import pytest
import torch

from alexnet_app.core.insight.selectivity import BINS
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights, write_bundle
from alexnet_app.core.network.variants import variant
from alexnet_app.ui import theme
from alexnet_app.ui.filters.panel import FiltersPanel
from alexnet_app.ui.filters.views.trait_bars import LEAST_BAR, TraitBars
from alexnet_app.ui.job import Jobs
from alexnet_app.ui.parts.filter_grid import FilterGrid
from alexnet_app.ui.settings import Settings

SIDE = 7


def striped_and_coloured(count):
    """Kernels of which the first half are grey stripes, the second half coloured spots."""
    chance = np.random.default_rng(1)
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE // 2
    kernels = []
    for number in range(count):
        angle, spot = np.pi * number / count, np.exp(-(x**2 + y**2) / 6)
        grating = np.cos(1.4 * (x * np.cos(angle) + y * np.sin(angle)))
        colour = 1 + 0.1 * chance.normal(size=3) if number < count // 2 else chance.normal(size=3)
        kernels.append(colour[:, None, None] * (spot * grating if number < count // 2 else spot))
    return torch.tensor(np.stack(kernels), dtype=torch.float32)


def learned_in_part(learned):
    """Grey stripes in tower A; in tower B as many coloured spots, and noise."""
    noise = 0.3 * torch.randn(24, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(1))
    spots = striped_and_coloured(48)
    return torch.cat([spots[: 24 + learned], noise[learned:]])


def model(name, weights=None):
    network = AlexNet(variant(name))
    network.initialize(torch.Generator().manual_seed(1))
    kept = plain_weights(network)
    if weights is not None:
        kept["conv1.weight"] = weights
    size = network.spec.input_size if network.spec.mean == "picture" else 1
    classes = tuple(str(number) for number in range(network.spec.classes))
    return Bundle(network.spec, classes, torch.zeros(3, size, size), kept)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    made = {
        "lines": model("shapes-towers", striped_and_coloured(48)),
        "turned": model("shapes-towers", striped_and_coloured(48).flip(0)),
        "noise": model("shapes-towers", learned_in_part(0)),
        "partly": model("shapes-towers", learned_in_part(15)),
        "column": model("cifar-2012"),
    }
    for name, bundle in made.items():
        write_bundle(folder / f"{name}.alexnet", bundle)
    return {name: str(folder / f"{name}.alexnet") for name in made}


@pytest.fixture
def panel(qtbot, home, files):
    jobs = Jobs()
    made = FiltersPanel(jobs, Settings())
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()

    def show(name):
        made.choose_model(files[name])
        qtbot.waitUntil(lambda: not jobs.running(), timeout=20_000)

    made.show_model = show
    made.set_models([(name, path) for name, path in files.items()])
    show("lines")
    yield made
    jobs.abandon_all()
    qtbot.waitUntil(lambda: not jobs.running())


def headings(panel):
    return [grid.heading() for grid in panel.towers.grids]


def bars(panel):
    return [each for tower in panel.towers.bars for each in tower]


def test_that_each_tower_is_called_what_it_is(panel):
    assert headings(panel) == ["Tower A – mostly lines", "Tower B – mostly colours"]
    panel.show_model("turned")
    assert headings(panel) == ["Tower A – mostly colours", "Tower B – mostly lines"]
    assert panel.towers.grids[0].accessibleName() == "Tower A, 24 kernels of conv1"


def test_that_the_tooltip_says_what_the_verdict_rests_on(panel):
    known = panel.view().specialization
    said = panel.towers.grids[0]._heading.toolTip()
    for number in (known.towers[0].colour, known.towers[1].colour, known.towers[0].orientation):
        assert f"{number:.2f}" in said
    assert f"p = {known.colour_p:.2g}" in said
    assert "p < 0.05" in said
    assert "noise has 0.67 (dotted line)" in said
    assert "Only learned kernels are compared" in said


def test_that_the_bars_count_the_kernels_of_their_tower(panel):
    known = panel.view().specialization
    shown = [each.counts() for each in bars(panel)]
    assert shown == [counts for tower in known.towers for counts in (tower.colours, tower.orientations)]
    assert all(sum(counts) == 24 for counts in shown)
    assert all(each.isVisible() and each.accessibleName() == each.toolTip() != "" for each in bars(panel))


def test_that_kernels_that_have_not_learned_are_told_and_not_counted(panel):
    assert panel.towers.grids[0].note() == "24 of 24 learned · kernels of 7 × 7"
    panel.show_model("partly")
    assert headings(panel) == ["Tower A – mostly lines", "Tower B – mostly colours"]
    assert panel.towers.grids[1].note() == "15 of 24 learned · kernels of 7 × 7"
    assert [sum(each.counts()) for each in bars(panel)] == [24, 24, 15, 15]


def test_that_there_is_no_verdict_on_noise_and_the_reason_is_said(panel):
    panel.show_model("noise")
    assert headings(panel) == ["Tower A – no clear difference", "Tower B – no clear difference"]
    assert panel.towers.grids[1].note() == "too few learned, 0 of 24 · kernels of 7 × 7"
    for grid in panel.towers.grids:
        said = grid._heading.toolTip()
        assert said.startswith("Tower B: 0 of 24 kernels have learned, at least 12 are needed for a comparison\n")
        assert "p = " not in said
    assert [sum(each.counts()) for each in bars(panel)] == [24, 24, 0, 0]
    assert all(each.isVisible() for each in bars(panel))


def test_that_the_level_of_noise_is_marked(panel):
    noise = panel.view().specialization.noise
    assert [each.noise() for each in bars(panel)] == [noise.colour, noise.orientation] * 2
    assert noise.colour == pytest.approx(2 / 3, abs=0.01)
    assert 0.2 < noise.orientation < 0.3


def test_that_later_layers_and_one_column_have_no_verdict(panel, qtbot):
    panel.next_action.trigger()
    qtbot.waitUntil(lambda: panel.view().layer == "conv2")
    assert headings(panel) == ["Tower A", "Tower B"]
    assert not any(each.isVisible() for each in bars(panel))
    panel.previous_action.trigger()
    qtbot.waitUntil(lambda: panel.view().layer == "conv1")
    assert headings(panel)[0] == "Tower A – mostly lines"
    panel.show_model("column")
    assert headings(panel)[0] == "One column"
    assert not any(each.isVisible() for each in bars(panel))
    assert panel.towers.grids[0]._heading.toolTip() == ""


def test_that_a_verdict_goes_with_its_title(qtbot):
    grid = FilterGrid("Tower A", theme.TOWER_A)
    qtbot.addWidget(grid)
    grid.set_verdict("mostly lines", "because")
    grid.set_title("Tower B", theme.TOWER_B)
    assert grid.heading() == "Tower B – mostly lines"
    grid.set_verdict("")
    assert grid.heading() == "Tower B"


@pytest.mark.parametrize("narrow", [False, True])
def test_that_bars_are_as_high_as_their_counts(qtbot, scheme, narrow):
    made = TraitBars("grey", "colour")
    qtbot.addWidget(made)
    counts = (4, 0, 2, 1, *(0,) * (BINS - 4))
    made.show_counts(counts, 0.95, theme.TOWER_A, "What it means")
    made.resize(made.minimumSizeHint() if narrow else made.sizeHint())
    made.show()
    image, tower = made.grab().toImage(), theme.tint(theme.TOWER_A, made)
    blue = [sum(image.pixelColor(x, y) == tower for y in range(image.height())) for x in range(image.width())]
    heights = [each for before, each in zip([0, *blue], blue, strict=False) if each != before and each]
    full = image.height() - 2
    assert heights == [full, round(full / 2), round(full / 4)]
    first = next(x for x, each in enumerate(blue) if each)
    step = blue.index(heights[1]) - first
    assert step == 2 * (LEAST_BAR if narrow else 10)


def test_that_the_level_of_noise_is_a_dotted_line(qtbot, scheme):
    made = TraitBars("grey", "colour")
    qtbot.addWidget(made)
    made.resize(300, 24)

    def column():
        image = made.grab().toImage()
        place = [x for x in range(image.width()) if image.pixelColor(x, 0) == theme.colours(made).text]
        return place, [image.pixelColor(place[0], y) for y in range(image.height() - 1)] if place else []

    made.show_counts((0,) * BINS, None, theme.TOWER_A, "Nothing was counted")
    assert column() == ([], [])
    made.show_counts((0,) * BINS, None, theme.TOWER_A, "Nothing was counted", 2 / 3)
    (place,), dotted = column()
    names = made.fontMetrics().horizontalAdvance("grey") + theme.SPACE
    step = (made.width() - made._names()) // BINS
    assert place == pytest.approx(names + step * BINS * 2 / 3, abs=2)
    dots = [each == theme.colours(made).text for each in dotted]
    assert dots[:8] == [True, True, False, False] * 2
