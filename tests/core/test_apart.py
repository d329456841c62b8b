"""What the program writes does not lie among the images that it reads, and these not in what it writes."""

import os

import pytest
from PIL import Image

from alexnet_app import cli
from alexnet_app.core.data.sources.named import check_apart
from alexnet_app.core.errors import UserError
from alexnet_app.core.training.config_text import load_config, with_settings
from alexnet_app.ui.train.jobs import estimating, training


@pytest.fixture
def pics(tmp_path, monkeypatch):
    """A folder of images of two classes, seen from the one that it lies in."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for number in range(8):
        path = tmp_path / "pics" / ("cat" if number % 2 else "dog") / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (40, 40), (30 * number, 0, 0)).save(path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "pics"


def everything(folder):
    return sorted(str(path) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    ("place", "is_refused"),
    [
        ("pics/run1", True),
        ("pics/cat/deep/run1", True),
        ("pics/../pics/run1", True),
        ("pics", True),
        (".", True),  # the images lie in it
        ("link/run1", True),
        ("run1", False),
        ("pics2/run1", False),
        ("pics/.runs/run1", False),  # never read
    ],
)
@pytest.mark.parametrize("data", ["pics", "again"])
def test_that_what_is_written_lies_apart_from_the_images(pics, place, is_refused, data):
    for link in ("link", "again"):
        if os.name != "nt":
            (pics.parent / link).symlink_to(pics)
    if not is_refused or (os.name == "nt" and "link" in place):
        check_apart(pics.parent / place, data)
        return
    with pytest.raises(UserError, match=r"lies? in "):
        check_apart(pics.parent / place, data)


def test_that_tables_and_names_forbid_no_folder(pics):
    (pics / "set.csv").write_text("path,label")
    for data in ("shapes", "cifar10", "", "imagenet", str(pics / "set.csv"), "nowhere"):
        check_apart(pics / "run1", data)


@pytest.mark.parametrize(
    "command",
    [
        ["train", "--preset", "cifar10", "--data", "pics", "--run", "pics/run1"],
        ["experiment", "overlap", "--data", "pics", "--out", "pics/overlap", "--quick"],
        ["prepare", "pics", "--side", "16"],
    ],
)
def test_that_no_command_writes_among_its_images(pics, command, monkeypatch, capsys):
    monkeypatch.setenv("XDG_CACHE_HOME", str(pics / "cache"))
    before = everything(pics)
    assert cli.main(command) == 2
    assert "lies in the folder of the images" in capsys.readouterr().err
    assert everything(pics) == before


def test_that_the_window_writes_no_run_among_its_images(pics):
    config = with_settings(load_config("cifar10"), [f"data={pics}"])
    before = everything(pics)
    for job in (training(config, pics / "run1", "", None), estimating(config, pics / "run1")):
        with pytest.raises(UserError, match="lies in the folder of the images"):
            list(job)
    assert everything(pics) == before
