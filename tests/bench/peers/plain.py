"""The paper's network as a careful user writes it with torch, for comparison: nothing of the program is in it.

Grouped convolutions for what a tower sees alone, ``F.local_response_norm`` within each tower, torch's own modules for
the rest, contiguous maps, and ``torch.optim.SGD`` as it comes. ``main`` trains in a process of its own, where torch is
as it comes too.
"""

import sys
import time
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TowerNorm(nn.Module):
    """``F.local_response_norm`` within each of two towers."""

    def __init__(self, size: int = 5, alpha: float = 1e-4, beta: float = 0.75, k: float = 2.0) -> None:
        super().__init__()
        self.constants = size, alpha, beta, k

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, H, W), tower A in the first half of C; a tower counts as a picture of its own."""
        count, channels, height, width = x.shape
        towers = x.reshape(2 * count, channels // 2, height, width)
        return F.local_response_norm(towers, *self.constants).reshape(x.shape)


class PlainAlexNet(nn.Module):
    """Section 3.5: five convolutions, three dense layers, names ``conv1`` … ``fc8``.

    ``first`` is (size, stride, padding) of conv1, ``side`` that of the maps which fc6 reads.
    """

    def __init__(
        self,
        kernels: Sequence[int] = (96, 256, 384, 384, 256),
        hidden: int = 4096,
        classes: int = 1000,
        first: tuple[int, int, int] = (11, 4, 0),
        side: int = 6,
        dropout: float = 0.5,
        alpha: float = 1e-4,
    ) -> None:
        super().__init__()
        one, two, three, four, five = kernels
        size, stride, padding = first
        self.conv1 = nn.Conv2d(3, one, size, stride, padding)
        self.conv2 = nn.Conv2d(one, two, 5, padding=2, groups=2)
        self.conv3 = nn.Conv2d(two, three, 3, padding=1)
        self.conv4 = nn.Conv2d(three, four, 3, padding=1, groups=2)
        self.conv5 = nn.Conv2d(four, five, 3, padding=1, groups=2)
        self.fc6 = nn.Linear(five * side * side, hidden)
        self.fc7 = nn.Linear(hidden, hidden)
        self.fc8 = nn.Linear(hidden, classes)
        self.relu = nn.ReLU(inplace=True)
        self.norm = TowerNorm(alpha=alpha)
        self.pool = nn.MaxPool2d(3, 2)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(N, 3, S, S) → (N, classes)."""
        x = self.pool(self.norm(self.relu(self.conv1(x))))
        x = self.pool(self.norm(self.relu(self.conv2(x))))
        x = self.relu(self.conv3(x))
        x = self.relu(self.conv4(x))
        x = self.pool(self.relu(self.conv5(x)))
        x = self.relu(self.fc6(x.flatten(1)))
        x = self.relu(self.fc7(self.dropout(x)))
        return self.fc8(self.dropout(x))


def cifar_towers(dropout: float = 0.5) -> PlainAlexNet:
    """The same with fewer kernels for crops of 28 pixels, which are multiplied by 1 / 16: α is larger by 16²."""
    return PlainAlexNet((64, 128, 192, 192, 128), 512, 10, (7, 1, 3), 2, dropout, alpha=0.0256)


def learning(network: nn.Module, rate: float, precision: str = "fp32") -> Callable[[Tensor, Tensor], Tensor]:
    """What makes a training step on a batch and its labels and gives the loss, which is still on the device."""
    optimizer = torch.optim.SGD(network.parameters(), lr=rate, momentum=0.9, weight_decay=5e-4)

    def step(x: Tensor, labels: Tensor) -> Tensor:
        optimizer.zero_grad()
        with torch.autocast(x.device.type, torch.bfloat16, enabled=precision == "bf16"):
            loss = F.cross_entropy(network(x), labels)
        loss.backward()
        optimizer.step()
        return loss.detach()

    return step


def main() -> None:
    """Trains on the batch in the file that is named: for each line that comes in, so many steps, and their seconds."""
    given = torch.load(sys.argv[1], weights_only=True)
    precision, device = given["precision"], torch.device(given["device"])
    torch.set_num_threads(given["threads"])
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = precision == "tf32"
    network = PlainAlexNet().to(device)
    network.load_state_dict(given["weights"])
    step, batch = (
        learning(network, given["rate"], precision),
        [given[name].to(device) for name in ("pictures", "labels")],
    )
    for _ in sys.stdin:
        begin = time.perf_counter()
        torch.stack([step(*batch) for _ in range(given["steps"])]).tolist()  # reads the losses: all is done then
        print(time.perf_counter() - begin, flush=True)


if __name__ == "__main__":
    main()
