"""The preset ``cifar10`` as a careful user writes it with torch and torchvision: nothing of the program is in here.

The same network of two convolutions and two locally connected layers, the same pictures, batch size, update settings
and kind of variation; a dataset that gives PIL pictures (as torchvision's own CIFAR10 does), its transforms, a
DataLoader with workers that stay, ``F.local_response_norm`` as torch has it, ``torch.optim.SGD``.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms

CROP, BATCH = 24, 128
RATE, MOMENTUM, DECAY = 0.001, 0.9, 0.004
WORKERS = 2


class Pictures(Dataset):
    """PIL pictures from an array (N, 32, 32, 3), varied by torchvision's transforms on the way out."""

    def __init__(self, pictures: np.ndarray, labels: np.ndarray, mean: Tensor, *, varied: bool) -> None:
        self.pictures, self.labels = pictures, labels
        cut = (
            [transforms.RandomCrop(CROP), transforms.RandomHorizontalFlip()]
            if varied
            else [transforms.CenterCrop(CROP)]
        )
        self.transform = transforms.Compose(
            [*cut, transforms.PILToTensor(), transforms.ConvertImageDtype(torch.float32)]
        )
        self.mean = mean

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        picture = self.transform(Image.fromarray(self.pictures[index]))
        return picture * 255 - self.mean, int(self.labels[index])


class LocallyConnected(nn.Module):
    """3 × 3 kernels of their own at each place, by unfold and einsum."""

    def __init__(self, maps: int, kernels: int, side: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(side * side, kernels, maps * 9) * 0.04)
        self.bias = nn.Parameter(torch.zeros(kernels, side * side))
        self.side = side

    def forward(self, x: Tensor) -> Tensor:
        """(N, maps, side, side) → (N, kernels, side, side)."""
        scores = torch.einsum("nil,lki->nkl", F.unfold(x, 3, padding=1), self.weight)
        return (scores + self.bias).unflatten(2, (self.side, self.side))


def network() -> nn.Sequential:
    """With the start values of the released parameter files."""
    layers = nn.Sequential(
        nn.Conv2d(3, 64, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.LocalResponseNorm(5, alpha=0.001, beta=0.75, k=1.0),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        nn.Conv2d(64, 64, 5, padding=2),
        nn.ReLU(inplace=True),
        nn.LocalResponseNorm(5, alpha=0.001, beta=0.75, k=1.0),
        nn.MaxPool2d(3, 2, ceil_mode=True),
        LocallyConnected(64, 32, 6),
        nn.ReLU(inplace=True),
        LocallyConnected(32, 32, 6),
        nn.ReLU(inplace=True),
        nn.Flatten(),
        nn.Linear(32 * 36, 10),
    )
    for layer, spread in ((layers[0], 0.0001), (layers[4], 0.01), (layers[13], 0.01)):
        nn.init.normal_(layer.weight, std=spread)
        nn.init.zeros_(layer.bias)
    return layers


class Training:
    """One that goes on for ever, batch by batch, on ``device``; ``bf16`` under autocast."""

    def __init__(
        self, train: tuple[np.ndarray, np.ndarray], seed: int, *, bf16: bool = False, device: str = "cpu"
    ) -> None:
        torch.manual_seed(seed)
        pictures, labels = train
        whole = torch.from_numpy(pictures.mean(axis=0, dtype=np.float64).astype(np.float32)).permute(2, 0, 1)
        begin = (whole.shape[1] - CROP) // 2
        self.mean = whole[:, begin : begin + CROP, begin : begin + CROP].contiguous()
        self.network, self.bf16, self.device = network().to(device), bf16, torch.device(device)
        self.optimizer = torch.optim.SGD(_groups(self.network), lr=RATE, momentum=MOMENTUM)
        self.batches = _endless(Pictures(pictures, labels, self.mean, varied=True), pinned=self.device.type == "cuda")

    def step(self) -> None:
        """The next batch."""
        pictures, labels = (each.to(self.device, non_blocking=True) for each in next(self.batches))
        self.optimizer.zero_grad(set_to_none=True)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            loss = F.cross_entropy(self.network(pictures), labels)
        loss.backward()
        self.optimizer.step()

    def error(self, test: tuple[np.ndarray, np.ndarray]) -> float:
        """The share of the test pictures that are taken for something else, centre view."""
        self.network.eval()
        wrong = torch.zeros((), dtype=torch.int64, device=self.device)
        with torch.inference_mode(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bf16):
            for pictures, labels in DataLoader(Pictures(*test, self.mean, varied=False), 500):
                found = self.network(pictures.to(self.device)).argmax(dim=1)
                wrong += (found != labels.to(self.device)).sum()
        self.network.train()
        return int(wrong) / len(test[1])


def _groups(layers: nn.Sequential) -> list[dict]:
    """Decay on the weights of the last three layers, twice the rate on biases."""
    decayed = [layers[8].weight, layers[10].weight, layers[13].weight]
    free = [layers[0].weight, layers[4].weight]
    biases = [layer.bias for layer in layers if hasattr(layer, "bias")]
    return [
        {"params": decayed, "weight_decay": DECAY},
        {"params": free},
        {"params": biases, "lr": 2 * RATE},
    ]


def _endless(data: Pictures, *, pinned: bool) -> Iterator[tuple[Tensor, Tensor]]:
    settings = {"num_workers": WORKERS, "persistent_workers": True, "pin_memory": pinned}
    loader = DataLoader(data, BATCH, shuffle=True, drop_last=True, **settings)
    while True:
        yield from loader
