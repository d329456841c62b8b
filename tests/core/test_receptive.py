"""Receptive fields from the layers alone are those that the networks have, for every layer of every variant."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from alexnet_app.core.data.decode import fit
from alexnet_app.core.insight import stepwise
from alexnet_app.core.insight.receptive import Area, Field, field, on_photo, on_picture, spans
from alexnet_app.core.insight.stepwise import stages
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.layers import Convolution, Pool
from alexnet_app.core.network.variants import KNOWN

LARGE, AT_ONCE = 100, 16
FEW = 4  # kernels or units of each layer: sides, sizes and steps are the variant's own
ODD = replace(KNOWN["torchvision"], name="odd", input_size=61, picture_size=64, overhang=4, pool=Pool(2, 3, ceil=True))
SPECS = {**KNOWN, "odd": replace(ODD, convolutions=(Convolution("conv1", 4, 3, 5, 4), *ODD.convolutions[1:3]))}


def small(name):
    spec = SPECS[name]
    convolutions = tuple(replace(each, kernels=FEW) for each in spec.convolutions)
    return replace(spec, convolutions=convolutions, dense=tuple(replace(each, units=FEW) for each in spec.dense))


def network_of(spec, positive):
    chance = torch.Generator().manual_seed(1)
    network = AlexNet(spec).eval().double()
    for parameter in network.parameters():
        parameter.requires_grad_(False)
        drawn = torch.rand(parameter.shape, dtype=torch.float64, generator=chance)
        parameter.copy_(0.5 + drawn if positive else drawn - 0.4)
    return network


def without_choice(step, x, spec, towers):
    """What follows a layer as sums with positive weights over the same places: whatever is seen can be told."""
    pool, norm = spec.pool, spec.map_norm
    if step == "pool":
        return F.avg_pool2d(x, pool.size, pool.stride, ceil_mode=pool.ceil)
    if step == "map-norm":
        return F.avg_pool2d(x, norm.size, 1, norm.size // 2)
    return x


def numbered(found):
    """Each stage with how many steps were done."""
    before = {}
    for stage in found:
        before[stage.layer] = before.get(stage.layer, -1) + 1
        yield stage, before[stage.layer]


@pytest.mark.parametrize("name", SPECS)
def test_that_a_unit_sees_every_row_of_its_field_and_no_other(name, monkeypatch):
    spec = small(name)
    network = network_of(spec, positive=True)
    for part in network.children():
        part.bias.zero_()
    monkeypatch.setattr(stepwise, "follow", without_choice)
    for axis in (2, 1) if spec.input_size < LARGE else (2,):  # one row, or one column, of each picture is not 0
        for (layer, after), seen in seen_of_lines(network.float(), axis).items():
            pixels = np.arange(spec.input_size)
            expected = [(first <= pixels) & (pixels < last) for first, last in spans(spec)[layer][after]]
            if spec.convolutions[0].stride <= spec.convolutions[0].size:
                assert np.array_equal(seen, expected), (layer, after)
            else:  # between its windows are pixels that nobody sees
                assert not (seen & ~np.array(expected)).any()
                ends = [(np.flatnonzero(each)[[0, -1]] + [0, 1]).tolist() if each.any() else [0, 0] for each in seen]
                assert ends == [list(each) for each in spans(spec)[layer][after]]


def seen_of_lines(network, axis):
    """For each stage which lines (units, pixels) of the picture change the units of a line of its maps."""
    side, found = network.spec.input_size, {}
    for lines in torch.eye(side).split(AT_ONCE):
        pictures = lines[:, None, :, None].expand(-1, 3, -1, side)
        pictures = pictures if axis == 2 else pictures.transpose(2, 3)
        for stage, after in numbered(stages(network, pictures)):
            value = stage.value if stage.value.dim() == 4 else stage.value[:, :, None, None]
            found.setdefault((stage.layer, after), []).append((value != 0).any(1).any(axis).T.numpy())
    return {key: np.concatenate(parts, axis=1) for key, parts in found.items()}


@pytest.mark.parametrize("name", SPECS)
def test_that_nothing_outside_its_field_changes_a_unit_or_has_a_gradient(name):
    spec, chance = small(name), torch.Generator().manual_seed(2)
    network = network_of(spec, positive=False)
    picture = torch.randn(1, 3, spec.input_size, spec.input_size, dtype=torch.float64, generator=chance)
    picture.requires_grad_()
    for stage, after in numbered(stages(network, picture)):
        height = stage.value.shape[-1] if stage.value.dim() == 4 else 1
        row, column = (int(torch.randint(height, (), generator=chance)) for _ in range(2))
        seen = field(spec, stage.layer, row, column, after)
        inside = torch.zeros(spec.input_size, spec.input_size, dtype=torch.bool)
        inside[seen.top : seen.bottom, seen.left : seen.right] = True
        units = unit_at(stage.value, row, column)
        (gradient,) = torch.autograd.grad(units.sum(), picture, retain_graph=True)
        assert not gradient[..., ~inside].any()
        other = torch.where(inside, picture.detach(), 9 * torch.randn(picture.shape, dtype=torch.float64))
        done = {(each.layer, count): each.value for each, count in numbered(stages(network, other))}
        found = unit_at(done[stage.layer, after], row, column)
        assert torch.allclose(found, units.detach(), rtol=1e-12, atol=1e-12)


def unit_at(value, row, column):
    return value[0, :, row, column] if value.dim() == 4 else value[0]


def test_that_the_paper_s_fields_are_known():
    spec = KNOWN["alexnet-2012"]
    assert field(spec, "conv1", 0, 0) == Field(0, 0, 11, 11)
    assert field(spec, "conv1", 10, 54) == Field(40, 216, 51, 227)
    sides = [field(spec, f"conv{n}", 6, 6).bottom - field(spec, f"conv{n}", 6, 6).top for n in (3, 4, 5)]
    assert sides == [99, 131, 163]
    assert field(spec, "fc6", 0, 0) == Field(0, 0, 227, 227)
    for place in ((-1, 0), (0, 55)):
        with pytest.raises(IndexError):
            field(spec, "conv1", *place)


def test_that_a_cut_out_is_where_it_lies_on_the_photo():
    spec = replace(KNOWN["photo-towers"], picture_size=64)
    photo = np.zeros((300, 500, 3), np.uint8)
    seen = field(spec, "conv5", 3, 5)
    area = on_photo(seen, spec, 500, 300)
    top, left, bottom, right = (300 / 64 * (each + 4) for each in (seen.top, seen.left, seen.bottom, seen.right))
    assert area == Area(top, 100 + left, bottom, 100 + right)
    inner = tuple(slice(round(a) + 5, round(b) - 5) for a, b in ((area.top, area.bottom), (area.left, area.right)))
    photo[inner] = 255  # all of it lies in the cut-out, and nothing else
    picture = fit(photo, 64)
    cut = on_picture(seen, spec).cut(picture)
    assert int(cut.astype(int).sum()) == int(picture.astype(int).sum()) > 0
    assert cut.shape[:2] == (seen.bottom - seen.top, seen.right - seen.left)


def test_that_nothing_is_scaled_where_the_photo_has_the_network_s_side():
    spec = KNOWN["photo-towers"]
    whole = Field(0, 0, 56, 56)
    assert on_photo(whole, spec, 65, 64) == Area(4, 4, 60, 60)
