"""Damaged files of torch and numpy: whatever the libraries stumble over is a sentence that names the file."""

import os
import random

import numpy as np
import pytest
import torch

from alexnet_app import cli
from alexnet_app.core.errors import UserError
from alexnet_app.core.network.exchange.importing import import_model
from alexnet_app.core.network.exchange.label_list import read_labels
from alexnet_app.core.network.exchange.labels import read_mean


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """Small files of every kind, by their names."""
    folder = tmp_path_factory.mktemp("sound")
    state = {f"l{number}.weight": torch.zeros(2, 2) for number in range(4)}
    torch.save(state, folder / "new.pth")
    torch.save(state, folder / "old.pth", _use_new_zipfile_serialization=False)
    np.save(folder / "mean.npy", np.zeros((3, 1, 1), np.float32))
    np.savez(folder / "archive.npz", a=np.zeros(3))
    (folder / "archive.npz").rename(folder / "archive.npy")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def read(path):
    """As a model, or as a mean."""
    if path.suffix == ".npy":
        return read_mean(path, 224, blue_first=False)
    return import_model(path, "torch")


def damaged(content, chance):
    """``content`` cut, with other bytes somewhere or near its end, or with a piece replaced."""
    bytes_ = bytearray(content)
    match chance.randrange(4):
        case 0:
            return bytes_[: chance.randrange(len(bytes_))]
        case 1:
            for _ in range(chance.randrange(1, 8)):
                bytes_[chance.randrange(len(bytes_))] = chance.randrange(256)
        case 2:
            for _ in range(chance.randrange(1, 4)):
                bytes_[-chance.randrange(1, min(len(bytes_), 200))] = chance.choice((0, 255, 1, 80, 75))
        case _:
            at = chance.randrange(len(bytes_))
            bytes_[at : at + chance.randrange(1, 40)] = chance.randbytes(chance.randrange(40))
    return bytes_


@pytest.mark.parametrize("name", ["new.pth", "old.pth", "mean.npy", "archive.npy"])
def test_that_damage_is_a_sentence_that_names_the_file(sound, tmp_path, name):
    chance, path, refused = random.Random(name), tmp_path / name, []
    for _ in range(300):
        path.write_bytes(damaged(sound[name], chance))
        try:
            read(path)
        except UserError as error:
            refused.append(str(error))
    assert len(refused) > 200
    assert all(str(path) in each and "\n" not in each for each in refused)


def test_that_an_archive_of_several_disks_is_a_sentence(sound, tmp_path, capsys):
    """``zipfile`` does not even say whether it is one."""
    content = bytearray(sound["new.pth"])
    content[content.rindex(b"PK\x06\x07") + 16] = 9  # how many disks there are, says what zip64 has of it
    (tmp_path / "x.pth").write_bytes(content)
    assert cli.main(["import", str(tmp_path / "x.pth"), "--out", str(tmp_path / "m.alexnet")]) == 2
    said = capsys.readouterr().err
    assert "x.pth: it is damaged or not a file of torch" in said
    assert said.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["x.pth"]


@pytest.mark.parametrize("read", [lambda path: read_labels(path, 3), lambda path: read_mean(path, 3, blue_first=True)])
def test_that_a_list_or_a_mean_that_is_a_pipe_is_not_waited_for(read, tmp_path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("needs pipes")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="it is a pipe"):
        read(tmp_path / "pipe")
