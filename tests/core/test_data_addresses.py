"""What is typed where a command wants data means the same in all of them."""

from pathlib import Path

import pytest

from alexnet_app import cli
from alexnet_app.core.data.sources import addresses
from alexnet_app.core.data.sources.named import NAMES, NOT_CHOSEN, whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.experiments.experiment import Scale
from alexnet_app.core.experiments.plans import start
from alexnet_app.core.runs.listing import bundled_models
from alexnet_app.core.training import train as training
from alexnet_app.core.training.config_text import load_config, preset_names

COMMANDS = {
    "train": ("train", "--preset", "shapes", "--device", "cpu", "--data"),
    "train with --set": ("train", "--preset", "shapes", "--device", "cpu", "--set"),
    "prepare": ("prepare",),
    "evaluate": ("evaluate", str(bundled_models()[0]), "--device", "cpu", "--data"),
    "experiment": ("experiment", "colour-noise", "--quick", "--seeds", "1", "--device", "cpu", "--data"),
}
everywhere = pytest.mark.parametrize("command", COMMANDS)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder to be in, with a home and a cache that are empty."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home"))
    monkeypatch.setattr("alexnet_app.core.data.sources.cifar.cache_folder", lambda: tmp_path / "cache")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path


@pytest.fixture
def said(capsys):
    """The one sentence of a command that is refused with the data ``address``."""

    def run(command, address):
        typed = f'data="{address}"' if command == "train with --set" else address
        code = cli.main([*COMMANDS[command], typed])
        captured = capsys.readouterr()
        assert code == 2, captured.err
        assert "Traceback" not in captured.err
        return captured.err

    return run


@pytest.fixture
def opened(said, monkeypatch):
    """What a command opens where ``address`` is typed."""
    found = []

    def opening(where, **_):
        found.append(where)
        raise UserError("seen")
        yield

    monkeypatch.setattr(addresses, "opening_source", opening)
    monkeypatch.setattr(training, "opening_source", opening)
    return lambda command, address: said(command, address) and found[-1]


@everywhere
@pytest.mark.parametrize("name", NAMES)
def test_that_a_name_stays_a_name(place, opened, command, name):
    assert opened(command, name) == name


@everywhere
def test_that_cifar10_that_is_not_here_says_how_to_get_it(place, said, command):
    found = said(command, "cifar10")
    assert "CIFAR-10 is not in" in found
    assert "--download" in found


@everywhere
@pytest.mark.parametrize(
    ("typed", "meant"),
    [("~/pets", "home/pets"), ("pets", "here/pets"), ("../pets", "here/../pets"), ("./shapes", "here/shapes")],
)
def test_that_a_path_means_the_same_from_everywhere(place, opened, command, typed, meant):
    assert Path(opened(command, typed)) == place / meant


@everywhere
def test_that_a_folder_that_is_not_there_is_named_whole(place, said, command):
    assert f"the data folder {place / 'here' / 'pets'} does not exist" in said(command, "pets")


@everywhere
@pytest.mark.parametrize("name", NOT_CHOSEN)
def test_that_a_placeholder_is_no_folder(place, said, command, name):
    chosen = name or command == "train with --set"
    words = "choose the folder with your images: --data DIR" if chosen else "no data set is chosen"
    assert words in said(command, name)
    assert not (place / "home").exists(), "no run and no experiment was begun"


def test_that_a_preset_names_a_data_set_or_says_that_none_is_chosen():
    for name in preset_names():
        data = load_config(name).data
        assert data in (*NAMES, *NOT_CHOSEN)
        if data in NOT_CHOSEN:
            with pytest.raises(UserError, match="choose the folder with your images"):
                whole(data)


@pytest.mark.parametrize("name", NOT_CHOSEN[1:])
def test_that_neither_an_experiment_nor_a_reader_takes_a_placeholder_for_a_path(name):
    for take in (
        lambda: start(Scale(data=name), "shapes", 1, quick_epochs=1, quick_share=1.0),
        lambda: addresses.open_source(name),
    ):
        with pytest.raises(UserError, match="choose the folder with your images"):
            take()
