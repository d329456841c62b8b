"""The images most alike: exact, kept whole, and bound to their model."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from alexnet_app import cli, resources
from alexnet_app.core.data.sources.addresses import open_source
from alexnet_app.core.errors import UserError
from alexnet_app.core.generators import result_of
from alexnet_app.core.inference import neighbour_sheet
from alexnet_app.core.inference.labelled import labelled
from alexnet_app.core.inference.neighbours import Index, digest, read_index, write_index
from alexnet_app.core.network.bundle import read_bundle

MODEL = resources.path("models") / "shapes-towers.alexnet"


def striped(place):
    pixels = np.zeros((40, 40, 3), np.uint8)
    pixels[:, :: place + 2, place % 3] = 255
    return pixels


def index_of(units, paths=()):
    labels = np.arange(len(units), dtype=np.int64) % 2
    return Index("sha256:0", "some", "train", "", ("even", "odd"), labels, tuple(paths), units)


def test_that_the_nearest_are_those_of_a_search_in_float64():
    chance = torch.Generator().manual_seed(1)
    units = 100 + torch.randn(3000, 64, generator=chance)  # far from 0, where the product loses digits
    index = index_of(units)
    for query in 100 + torch.randn(20, 64, generator=chance):
        expected = (units.double() - query.double()).norm(dim=1).topk(6, largest=False)
        found = index.nearest(query)
        assert [each.place for each in found] == expected.indices.tolist()
        assert [each.distance for each in found] == pytest.approx(expected.values.tolist(), rel=1e-12)


def test_that_there_are_no_more_neighbours_than_images():
    assert [each.place for each in index_of(torch.tensor([[3.0], [1.0]])).nearest(torch.tensor([0.9]))] == [1, 0]


def test_that_an_index_is_read_as_it_was_written(tmp_path):
    index = index_of(torch.randn(4, 3), ["a/é.png", "b\udcff.png", "c", "d"])
    write_index(tmp_path / "i.index", index)
    found = read_index(tmp_path / "i.index")
    assert torch.equal(found.units, index.units)
    assert (found.paths, found.classes, found.model) == (index.paths, index.classes, index.model)


def test_that_a_damaged_index_and_another_file_are_named(tmp_path):
    path = tmp_path / "i.index"
    write_index(path, index_of(torch.randn(4, 3)))
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match="checksum does not match"):
        read_index(path)
    for other in (b"", b"{}", content[:50]):
        path.write_bytes(other)
        with pytest.raises(UserError, match="cannot be read as an index"):
            read_index(path)
    with pytest.raises(UserError, match="no index of images"):
        read_index(MODEL)


def test_that_an_index_that_is_not_there_is_named_once(tmp_path):
    path = tmp_path / "none.index"
    with pytest.raises(UserError) as refused:
        read_index(path)
    assert str(refused.value).count(str(path)) == 1


@pytest.mark.parametrize("given", ["0", "101", "some"])
def test_that_a_wrong_count_is_told_with_its_limits(given, capsys):
    assert cli.main(["neighbours", "a.png", "--index", "i.index", "--count", given]) == 2
    assert f"must be a whole number from 1 to 100, not {given}" in capsys.readouterr().err


def test_that_an_index_of_parts_that_do_not_fit_is_refused(tmp_path):
    index = index_of(torch.randn(4, 3))
    for wrong in (replace(index, labels=index.labels + 5), replace(index, paths=("a",))):
        write_index(tmp_path / "i.index", wrong)
        with pytest.raises(UserError, match="cannot be read as an index"):
            read_index(tmp_path / "i.index")


def test_that_the_command_finds_a_picture_itself_first(tmp_path, capsys):
    photos, out = tmp_path / "photos", tmp_path / "photos.index"
    for place, name in enumerate(("red", "red", "green", "green", "blue", "blue")):
        (photos / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(striped(place)).save(photos / name / f"{place}.png")
    words = ["--model", str(MODEL)]
    assert cli.main(["index", str(photos), "--out", str(out), "--split", "train", *words]) == 0
    kept = read_index(out)
    assert kept.model == digest(read_bundle(MODEL))
    assert cli.main(["neighbours", kept.paths[0], "--index", str(out), "--json", *words]) == 0
    first, *others = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (first["path"], first["distance"]) == (kept.paths[0], pytest.approx(0, abs=1e-3))
    assert others == sorted(others, key=lambda each: each["distance"])
    other = ["--model", str(resources.path("models") / "cifar-towers.alexnet")]
    assert cli.main(["neighbours", kept.paths[0], "--index", str(out), *other]) == 2
    assert "index of another model" in capsys.readouterr().err


def test_that_a_sheet_shows_pictures_with_their_nearest_images(tmp_path, capsys):
    """Of files that are gone a grey square is drawn; a data set without files is opened again."""
    query, out, sheet = tmp_path / "query.png", tmp_path / "shapes.index", tmp_path / "sheet.png"
    Image.fromarray(striped(0)).save(query)
    words = ["--model", str(MODEL)]
    assert cli.main(["index", "shapes", "--split", "validation", "--out", str(out), *words]) == 0
    find = ["neighbours", str(query), "--index", str(out), "--count", "2", *words]
    assert cli.main([*find, "--json"]) == 0
    nearest, _ = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert cli.main([*find, "--sheet", str(sheet)]) == 0
    side, gap = neighbour_sheet.SIDE, neighbour_sheet.GAP
    drawn = np.asarray(Image.open(sheet))
    assert drawn.shape == (side + neighbour_sheet.LINE + 2 * gap, 3 * (side + gap) + 2 * gap, 3)
    data = result_of(labelled(open_source("shapes"), "validation", read_bundle(MODEL).spec.picture_size, alone=True))
    wanted = neighbour_sheet._scaled(data.arrays.pictures[nearest["place"]])
    left = side + 3 * gap
    assert np.array_equal(drawn[gap : gap + side, left : left + side], np.asarray(wanted))
    assert cli.main([*find, "--sheet", str(sheet)]) == 2, "an existing file is not replaced"
    assert cli.main(["neighbours", str(query), str(query), "--index", str(out), "--json", *words]) == 2
    gone = replace(read_index(out), paths=tuple(str(tmp_path / "gone.png") for _ in read_index(out).labels))
    write_index(out, gone)
    assert cli.main([*find, "--sheet", str(sheet), "--force"]) == 0
    assert Image.open(sheet).getpixel((left + 5, gap + 5)) == neighbour_sheet.GREY


def test_that_a_folder_without_classes_can_be_searched_too(tmp_path, capsys):
    folder, out = tmp_path / "album", tmp_path / "album.index"
    folder.mkdir()
    for place in range(3):
        Image.fromarray(striped(place)).save(folder / f"{place}.png")
    assert cli.main(["index", str(folder), "--model", str(MODEL), "--out", str(out)]) == 0
    assert read_index(out).classes == ("album",)
    assert len(read_index(out).paths) == 3
    (tmp_path / "empty").mkdir()
    assert cli.main(["index", str(tmp_path / "empty"), "--model", str(MODEL), "--out", str(out), "--force"]) == 2
    assert "is empty" in capsys.readouterr().err
