"""A picture file to five labels, ours against torchvision: ``python tests/bench/classify.py --data FOLDER``.

FOLDER (default: ALEXNET_TEST_DATA) holds 100 photos or more at any depth, of which 1000 are taken at most; where it has
``imagenet1000_256``, only those in there. The network is ``alexnet-2012``
with random weights, from a fixed seed, whose answers differ from photo to photo. Ours is the program's own Classifier;
the peer is the same network as one writes it with torch (``peers/plain.py``), in fp32 under ``inference_mode``, behind
torchvision's transforms. ``classify-1`` gives them one file at a time.
``classify-many`` gives ours a list, and the peer the same files one by one; the rounds take one part of the photos
each. Both must name the same class first where both see the same pixels: torchvision and the paper's two cuts, to 256
and then to 227, can leave crops that are a pixel apart, and random weights notice that.
"""

import os
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np
import torch
from PIL import Image
from torchvision import transforms

from alexnet_app.core.data.decode import fit, read_picture
from alexnet_app.core.events import Answered
from alexnet_app.core.inference import classifier
from alexnet_app.core.inference.answering import TYPES
from alexnet_app.core.inference.classifier import Classifier
from alexnet_app.core.network import alexnet
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import Bundle, plain_weights
from alexnet_app.core.network.variants import variant
from tests.bench.peers.plain import PlainAlexNet
from tests.bench.profiles import Stage, shares, stages_of, watched
from tests.bench.rounds import ROUNDS, Row, arguments, interleaved, told

SAMPLE = "imagenet1000_256"  # one photo of each class, where FOLDER has it
PHOTOS, SINGLE = 1000, 30  # in all, and one by one in a round
ALIKE = {"fp32": 0.99, "bf16": 0.9}  # the share of first answers that must agree: of 1000 classes none stands out much
MEAN = (123.7, 116.8, 103.9)
STEPS = {"norm": "LRN", "pool": "pools", "relu": "ReLU", "tanh": "tanh", "map-norm": "LRN"}


class Peer:
    """A file to its five most probable classes, with torchvision."""

    def __init__(self, bundle: Bundle) -> None:
        self._classes = bundle.classes
        self._network = PlainAlexNet(classes=len(bundle.classes)).eval()
        self._network.load_state_dict(dict(bundle.weights))
        self._ready = transforms.Compose(
            [
                transforms.Resize(256),
                transforms.CenterCrop(227),
                transforms.ToTensor(),
                transforms.Normalize([each / 255 for each in MEAN], [1 / 255] * 3),
            ]
        )

    def __call__(self, path: str) -> list[str]:
        with Image.open(path) as photo:
            picture = self._ready(photo.convert("RGB"))
        with torch.inference_mode():
            best = self._network(picture[None]).softmax(dim=1)[0].topk(5)
        return [self._classes[each] for each in best.indices.tolist()]


def random_bundle(photos: Sequence[str]) -> Bundle:
    """A model whose answers differ from photo to photo: over these, no class is more probable than another."""
    network = AlexNet(variant("alexnet-2012"))
    chance = torch.Generator().manual_seed(2012)
    with torch.no_grad():
        for name, each in network.named_parameters():
            if each.dim() > 1:
                spread = (2 / each[0].numel()) ** 0.5 / (64 if name == "conv1.weight" else 1)
                each.copy_(torch.empty(each.shape).normal_(0, spread, generator=chance))
    network.to(memory_format=torch.channels_last).eval()
    squares = np.stack([fit(read_picture(Path(path)), 256)[14:241, 14:241] for path in photos])
    mean = torch.tensor(MEAN).reshape(3, 1, 1)
    with torch.no_grad():
        scores = network(torch.from_numpy(squares).permute(0, 3, 1, 2) - mean)
        network.fc8.bias.copy_(-scores.mean(dim=0))
    return Bundle(network.spec, tuple(f"class {each}" for each in range(1000)), mean, plain_weights(network))


class Compared:
    """Both on the same photos: seconds of each, and what they answered."""

    def __init__(self, bundle: Bundle) -> None:
        self.ours, self._peer = Classifier(bundle), Peer(bundle)  # as the window and classify do
        self.type = TYPES[self.ours.precision]
        self.how = f"{self.ours.precision}, {torch.get_num_threads()} threads"
        self.single: dict[str, list[float]] = {"ours": [], "peer": []}
        self.first: dict[str, dict[str, str]] = {"ours": {}, "peer": {}}

    def one_by_one(self, who: str, parts: Iterator[Sequence[str]]) -> Callable[[], float]:
        """Milliseconds of the middle one of each part."""

        def measured() -> float:
            times = []
            for path in next(parts):
                begin = time.perf_counter()
                self._answer(who, [path])
                times.append(1000 * (time.perf_counter() - begin))
            self.single[who] += times
            return statistics.median(times)

        return measured

    def many(self, who: str, parts: Iterator[Sequence[str]]) -> Callable[[], float]:
        """Photos a second of each part."""

        def measured() -> float:
            paths = next(parts)
            begin = time.perf_counter()
            self._answer(who, paths)
            return len(paths) / (time.perf_counter() - begin)

        return measured

    def agreed(self) -> str:
        """How many of the first answers are the same, as a sentence. Stops where that is too few."""
        ours, peer = self.first["ours"], self.first["peer"]
        both = [path for path in ours if path in peer]
        same = np.array([ours[path] == peer[path] for path in both])
        alike = np.array([cut_alike(path) for path in both])
        assert same[alike].mean() >= ALIKE[self.ours.precision], (
            f"only {same[alike].mean():.1%} of the first answers agree"
        )
        return (
            f"{same[alike].mean():.1%} of the first answers agree on {alike.sum()} photos that both crop alike, "
            f"{same.mean():.1%} on all {len(both)}, among {len(set(peer.values()))} classes"
        )

    def _answer(self, who: str, paths: Sequence[str]) -> None:
        if who == "peer":
            answers = {path: self._peer(path)[0] for path in paths}
        else:
            found = [event for event in self.ours.classify(paths) if isinstance(event, Answered)]
            answers = {event.path: event.predictions[0].label for event in found}
        self.first[who].update(answers)


def cut_alike(path: str) -> bool:
    """Whether both crop the same pixels: the shorter side is 256 already, and halves are rounded to the same side."""
    with Image.open(path) as photo:
        sides = photo.size
    return min(sides) == 256 and all((side - 256) // 2 + 14 == round((side - 227) / 2) for side in sides)


def parted(photos: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """``size`` photos, the next ones, and so on without end."""
    place = 0
    while True:
        yield [photos[(place + each) % len(photos)] for each in range(size)]
        place += size


def multiplied(kind: torch.dtype) -> float:
    """Multiply-adds a second of a large matrix product."""
    a = torch.ones(2048, 2048, dtype=kind)
    return a.shape[0] ** 3 / min(_seconds(lambda: a @ a) for _ in range(7))


def read_bytes() -> float:
    """Bytes a second that a sum over memory reads."""
    a = torch.ones(64 << 20)
    return a.nbytes / min(_seconds(a.sum) for _ in range(7))


def _seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def timed_stages(asked: Classifier, paths: Sequence[str]) -> tuple[dict[str, float], float]:
    """The seconds of each stage of ``asked``, and of the whole, for a photo: the mean of the middle third of them."""
    found = []
    with watched([(classifier, "read_fitted", "reading and decoding"), *_functions(asked)]) as stages:
        for path in paths:
            stages.seconds.clear()
            begin = time.perf_counter()
            list(asked.classify([path]))
            found.append((time.perf_counter() - begin, dict(stages.seconds)))
    found.sort(key=lambda each: each[0])
    third = len(found) // 3
    middle = found[third : len(found) - third]
    mean = {name: statistics.mean(parts[name] for _, parts in middle) for name in middle[0][1]}
    return mean, statistics.mean(whole for whole, _ in middle)


def _functions(asked: Classifier) -> Iterator[tuple[object, str, Stage]]:
    """What the program calls once a photo is read: where each function is, its name, the stage that it is."""
    yield classifier, "centre", "crop and mean"
    yield alexnet, "follow", lambda step, *_, **__: STEPS[step]
    for name, layer in asked._network.named_children():
        yield layer, "forward", "convolutions" if name.startswith("conv") else "dense layers"


def profiled(asked: Classifier, photos: Sequence[str], least: dict[str, float], dense_bytes: int) -> tuple[str, ...]:
    """The stages of a photo by their time, with what those take at ``least``, in seconds, of which that is known."""
    seconds, whole = timed_stages(asked, photos)
    about = {name: f"bound {100 * each / whole:.0f} %" for name, each in least.items()}
    found, can = (dense_bytes / each["dense layers"] / 1e9 for each in (seconds, least))
    about["dense layers"] += f": weights at {found:.1f} GB/s, memory gives {can:.1f}"
    return shares(seconds, whole, about)


def profiled_many(asked: Classifier, photos: Sequence[str]) -> tuple[str, ...]:
    """The stages of many photos; they are decoded on threads meanwhile, for which the thread that answers may wait."""
    waiting = (classifier, "_waited_for", "waiting for photos that are being decoded")
    return stages_of(lambda: list(asked.classify(photos)), [waiting, *_functions(asked)])


def found_photos(data: str) -> list[str]:
    """The paths of up to ``PHOTOS`` photos."""
    folder = Path(data or os.environ.get("ALEXNET_TEST_DATA", "") or sys.exit("needs --data FOLDER"))
    if (folder / SAMPLE).is_dir():
        folder /= SAMPLE
    paths = sorted(str(path) for path in folder.rglob("*") if path.suffix.lower() in {".jpg", ".jpeg"})[:PHOTOS]
    if len(paths) < 100:
        raise SystemExit(f"{folder} holds {len(paths)} photos, at least 100 are needed")
    return paths


def rows(rounds: int = ROUNDS, data: str = "") -> Iterator[Row]:
    """``classify-1`` and ``classify-many``."""
    photos = found_photos(data)
    bundle = random_bundle(photos[::20])
    compared, work = Compared(bundle), bundle.spec.multiply_adds
    speed = multiplied(compared.type)
    dense = sum(each.numel() for name, each in bundle.weights.items() if name.startswith("fc"))
    dense_bytes = dense * compared.type.itemsize
    # for one picture the dense weights are read, and hardly used
    least = {"convolutions": (work - dense) / speed, "dense layers": dense_bytes / read_bytes()}

    one, other = (compared.one_by_one(who, parted(photos, SINGLE)) for who in ("ours", "peer"))
    pairs = interleaved(one, other, rounds)
    late = {who: np.percentile(times[SINGLE:], 99) for who, times in compared.single.items()}  # without the warm round
    row = Row(
        name="classify-1",
        peer="torchvision",
        unit="ms (p50)",
        pairs=pairs,
        bound=1000 * sum(least.values()),
        must=1.5,
        note=f"p99 ours {late['ours']:.1f} ms, theirs {late['peer']:.1f} ms; {SINGLE} photos a round; "
        f"{compared.agreed()}; {compared.how}",
    )
    yield row.explained(lambda: profiled(compared.ours, photos[:SINGLE], least, dense_bytes))
    size = -(-len(photos) // rounds)
    one, other = (compared.many(who, parted(photos, size)) for who in ("ours", "peer"))
    pairs = interleaved(one, other, rounds)
    row = Row(
        name="classify-many",
        peer="torchvision one by one",
        unit="photos/s",
        pairs=pairs,
        less=False,
        bound=speed / work,
        must=2.5,
        note=f"{len(photos)} photos, {size} in each round; {compared.agreed()}; {compared.how}",
    )
    yield row.explained(lambda: profiled_many(compared.ours, photos[:size]))


def main() -> None:
    """Prints the rows."""
    given = arguments(__doc__, data="")
    told(rows(given.rounds, given.data), as_json=given.json)


if __name__ == "__main__":
    main()
