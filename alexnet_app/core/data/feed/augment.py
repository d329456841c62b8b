"""Crop, mirror and colour noise on whole batches, on the device that holds them (section 4.1)."""

import functools
from dataclasses import dataclass
from typing import Any, TypeAlias

import torch
from torch import Tensor

from alexnet_app.core.gpu_kernels import usable

Scale: TypeAlias = float | tuple[float, float, float] | Tensor  # of all colours, or of red, green and blue (3,)


@dataclass(frozen=True, slots=True)
class Draws:
    """What chance decided for a batch of N pictures: where crops begin (N,), which are mirrored (N,), and the colour
    that is added to every pixel, (N, 3) on 0–255.
    """

    top: Tensor
    left: Tensor
    mirrored: Tensor
    colour: Tensor

    def to(self, device: torch.device) -> "Draws":
        """The same draws on ``device``."""
        return Draws(*(sent(each, device) for each in (self.top, self.left, self.mirrored, self.colour)))


def sent(tensor: Tensor, device: torch.device) -> Tensor:
    """A tensor of the CPU on ``device``; nobody waits until it is there."""
    pinned = tensor.pin_memory() if device.type == "cuda" else tensor
    return pinned.to(device, non_blocking=True)


def draw(
    count: int,
    room: int,
    *,
    crop: bool,
    mirror: bool,
    components: Tensor,
    noise: float,
    chance: torch.Generator,
    shared_by: int = 1,
) -> Draws:
    """Draws for ``count`` pictures with ``room`` pixels more than the crop needs in each direction.

    ``components`` (3, 3) has a principal direction of the training set's RGB values in each column, as long as its
    standard deviation (the square root of the eigenvalue: the paper's formula writes the eigenvalue, with which the
    noise would drown the picture; the source released in 2012 takes roots). ``noise`` is the standard deviation of α.
    With ``shared_by`` above 1 so many pictures have the same crop and mirror, as in that source; they are dealt by
    chance, because neighbours in a batch are neighbours on the disk and so, often, of one class.
    """
    centre = torch.full((count,), room // 2)
    places = torch.randint(0, room + 1, (2, count), generator=chance) if crop else torch.stack((centre, centre))
    coin = torch.rand(count, generator=chance) < 0.5
    alphas = torch.randn(count, 3, generator=chance) * noise
    if shared_by > 1:  # the last draw, so that the others are the same without it
        group = torch.randperm(count, generator=chance) // shared_by
        places, coin = places[:, group], coin[group]
    mirrored = coin if mirror else torch.zeros_like(coin)
    return Draws(places[0], places[1], mirrored, alphas @ components.T)


def augment(
    pictures: Tensor, draws: Draws, size: int, mean: Tensor, scale: Scale, *, divided_by: float = 1.0
) -> Tensor:
    """Crops, mirrors and colours a batch: uint8 (N, S, S, 3) → fp32 (N, 3, size, size), channels-last.

    A pixel becomes (pixel + colour − mean) × scale; ``mean`` is (3, 1, 1), or (3, size, size) for a mean picture.
    ``divided_by`` divides the result.
    """
    kernels = _kernels(pictures.device)
    if kernels is not None and not isinstance(scale, tuple):
        places = draws.top, draws.left, draws.mirrored
        made: Tensor = kernels.varied(pictures, places, draws.colour, size, mean, scale, divided_by)
        return made.permute(0, 3, 1, 2)
    return _augmented(pictures, draws, size, mean, scale, divided_by)


def _augmented(
    pictures: Tensor, draws: Draws, size: int, mean: Tensor, scale: Scale, divided_by: float = 1.0
) -> Tensor:
    span = torch.arange(size, device=pictures.device)
    rows = draws.top[:, None] + span
    columns = draws.left[:, None] + torch.where(draws.mirrored[:, None], span.flip(0), span)
    first = torch.arange(len(pictures), device=pictures.device)[:, None, None]
    cropped = pictures[first, rows[:, :, None], columns[:, None, :]]
    varied = _scaled(cropped.float() + draws.colour[:, None, None, :], mean, scale)
    return varied if divided_by == 1.0 else varied.div_(divided_by)


@functools.cache
def _kernels(device: torch.device) -> Any:
    """The module with the kernels for ``device``; None on a CPU, and where Triton is missing or cannot build them."""
    module = "alexnet_app.core.data.feed.augment_triton"
    return usable(device, module, lambda kernels: _agrees(kernels, device), "augmentation")


def _agrees(kernels: Any, device: torch.device) -> bool:
    """Whether the kernels give on ``device`` the bits that are computed without them."""
    pictures = torch.arange(2 * 7 * 7 * 3, device=device).reshape(2, 7, 7, 3).mul(37).to(torch.uint8)
    places = torch.tensor([[0, 2], [1, 0]], device=device)
    colour = torch.linspace(-9, 9, 6, device=device).reshape(2, 3)
    draws = Draws(places[0], places[1], torch.tensor([True, False], device=device), colour)
    mean, scale = torch.linspace(90, 130, 75, device=device).reshape(3, 5, 5), 1 / 57
    found = kernels.varied(pictures, (draws.top, draws.left, draws.mirrored), colour, 5, mean, scale, 1.0)
    return torch.equal(found.permute(0, 3, 1, 2), _augmented(pictures, draws, 5, mean, scale))


def centre(pictures: Tensor, size: int, mean: Tensor, scale: Scale) -> Tensor:
    """The centre crop of each picture: uint8 (N, S, S, 3) → fp32 (N, 3, size, size), as ``augment`` scales it."""
    begin = (pictures.shape[1] - size) // 2
    return _scaled(pictures[:, begin : begin + size, begin : begin + size].float(), mean, scale)


def ten_views(pictures: Tensor, size: int, mean: Tensor, scale: Scale) -> Tensor:
    """Four corners, centre and their mirrors (section 4.1): uint8 (N, S, S, 3) → fp32 (N · 10, 3, size, size).

    The ten views of a picture follow each other.
    """
    room = pictures.shape[1] - size
    corners = ((0, 0), (0, room), (room // 2, room // 2), (room, 0), (room, room))
    views = [pictures[:, top : top + size, left : left + size] for top, left in corners]
    views += [view.flip(2) for view in views]
    return _scaled(torch.stack(views, dim=1).flatten(0, 1).float(), mean, scale)


def _scaled(pictures: Tensor, mean: Tensor, scale: Scale) -> Tensor:
    """(N, H, W, 3) → (N, 3, H, W), whose memory then is channels-last without a copy."""
    factor = pictures.new_tensor(scale) if isinstance(scale, tuple) else scale  # a tensor is there already: no wait
    return pictures.sub_(mean.permute(1, 2, 0)).mul_(factor).permute(0, 3, 1, 2)
