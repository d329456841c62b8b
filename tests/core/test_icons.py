import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging"))

import launcher
import render_icons

TOWER_A, TOWER_B = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGBA")).astype(int)


@pytest.mark.parametrize("size", render_icons.SIZES)
def test_that_every_size_shows_both_towers_on_nothing(size):
    icon = pixels(render_icons.ICONS / f"alexnet-app-{size}.png")
    assert icon.shape == (size, size, 4)
    assert icon[0, 0, 3] == icon[0, -1, 3] == 0
    for tower, side in ((TOWER_A, icon[:, : size // 2]), (TOWER_B, icon[:, size // 2 :])):
        same = (np.abs(side[..., :3] - tower).max(axis=-1) < 8) & (side[..., 3] > 250)
        assert same.mean() > 0.25


@pytest.mark.parametrize("size", [16, 64])
def test_that_the_pictures_are_those_of_the_drawing(size, tmp_path, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    render_icons.render(render_icons.DRAWING, size, tmp_path / "drawn.png")
    kept, drawn = (pixels(path) for path in (render_icons.ICONS / f"alexnet-app-{size}.png", tmp_path / "drawn.png"))
    assert np.abs(kept - drawn).mean() < 2  # another Qt may round otherwise


def test_that_windows_gets_every_size_it_knows():
    with Image.open(render_icons.WINDOWS_ICON) as icon:
        assert icon.info["sizes"] == {(n, n) for n in render_icons.SIZES if n <= 256}


def test_that_the_launcher_installs_the_sizes_that_are_drawn():
    assert launcher.SIZES == render_icons.SIZES
