"""Classifies pictures: a generator of their most probable classes."""

import queue
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext
from itertools import chain, islice
from pathlib import Path
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.data.decode import read_fitted
from alexnet_app.core.data.feed.augment import centre, ten_views
from alexnet_app.core.device import rounding
from alexnet_app.core.errors import Told, UserError, cause
from alexnet_app.core.events import Answered, Event, Prediction, Skipped
from alexnet_app.core.inference.answering import TYPES, answering, answering_precision
from alexnet_app.core.network.bundle import Bundle
from alexnet_app.core.steering import Command, Stop

FIRST = 4  # pictures in the first batch, so that the first answers come at once; each next one has twice as many …
BATCH = 32  # … up to this, beyond which a picture is not answered any sooner
VIEWS_AT_ONCE = 80  # that is 0.25 GB for alexnet-2012; a batch of ten views has eight pictures
MOST_READERS = 8

Decoded: TypeAlias = NDArray[np.uint8] | str  # the picture in the network's size, or why it was skipped


class Classifier:
    """A model that answers. ``ten_view`` averages the softmax of ten views (section 4.1) instead of the centre view.

    ``precision`` "fp32" gives a picture the same answers alone and among others, on this processor and on another, the
    probabilities to one part in 10,000; "bf16" to one in 50. UserError for one that the device does not have.
    """

    def __init__(
        self,
        bundle: Bundle,
        *,
        ten_view: bool = False,
        device: torch.device | str = "cpu",
        precision: str = "fp32",
    ) -> None:
        self._bundle = bundle
        self._device = torch.device(device)
        self.precision = answering_precision(precision, self._device)
        self._network = answering(bundle, self._device, self.precision)
        self._mean = bundle.mean.to(self._device)
        self._ten_view = ten_view

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that it knows, in their order."""
        return self._bundle.classes

    @property
    def batch_size(self) -> int:
        """How many pictures are answered at once, at most."""
        return min(BATCH, VIEWS_AT_ONCE // (10 if self._ten_view else 1))

    def probabilities(self, pictures: NDArray[np.uint8]) -> Tensor:
        """Of every class, fp32 (N, classes), for pictures uint8 (N, P, P, 3) with P the network's picture size."""
        size = self.batch_size
        parts = [self._probabilities(pictures[at : at + size]) for at in range(0, len(pictures), size)]
        return torch.cat(parts) if parts else torch.empty(0, self._bundle.spec.classes)

    def classify(
        self, paths: Iterable[str], top: int = 5, asked: queue.SimpleQueue[Command] | None = None
    ) -> Iterator[Event]:
        """Yields Answered or Skipped for each path, in order, ``top`` classes for each.

        Stop in ``asked`` ends it between batches.
        """
        with closing(self.batches(paths, top)) as batches:
            for events in batches:
                yield from events
                if asked is not None and stop_is_in(asked):
                    return

    def batches(self, paths: Iterable[str], top: int = 5) -> Generator[tuple[Event, ...], None, None]:
        """As ``classify``, the answers of a batch together: small batches first, then up to ``batch_size``.

        While a batch is answered the next one is decoded on threads; no more than that is in memory.
        """
        with closing(self._decoded(_growing(paths, self.batch_size))) as ready:
            for batch, decoded in ready:
                yield tuple(self._answers(batch, decoded, top))

    def _probabilities(self, pictures: NDArray[np.uint8]) -> Tensor:
        spec, batch = self._bundle.spec, torch.from_numpy(pictures).to(self._device)
        views = ten_views if self._ten_view else centre
        with torch.inference_mode(), self._exactly():
            crops = views(batch, spec.input_size, self._mean, spec.input_scale).to(TYPES[self.precision])
            answers: Tensor = self._network(crops).softmax(dim=1).reshape(len(batch), -1, spec.classes).mean(dim=1)
        return answers.cpu()

    def _exactly(self) -> AbstractContextManager[None]:
        """No coarser than the precision, on a GPU; beside a training, which it is set for too, CPUs need not ask."""
        return rounding(self.precision) if self._device.type == "cuda" else nullcontext()

    def _decoded(self, batches: Iterable[list[str]]) -> Generator[tuple[list[str], list[Decoded]], None, None]:
        """Each batch with its pictures; meanwhile those of the one after it are being decoded."""
        waiting = iter(batches)
        first = next(waiting, [])
        if len(first) > 1:
            yield from self._decoded_on_threads(chain([first], waiting))
        elif first:  # the only one: for that, starting a thread and its memory takes half as long as the decoding
            yield first, [self._read(first[0])]

    def _decoded_on_threads(
        self, batches: Iterable[list[str]]
    ) -> Generator[tuple[list[str], list[Decoded]], None, None]:
        coming: deque[tuple[list[str], list[Future[Decoded]]]] = deque()
        # as many as compute: one where a training has the processors
        readers = ThreadPoolExecutor(min(MOST_READERS, torch.get_num_threads()), thread_name_prefix="decode")
        try:
            for batch in batches:
                coming.append((batch, [readers.submit(self._read, path) for path in batch]))
                if len(coming) > 1:
                    yield _waited_for(*coming.popleft())
            if coming:
                yield _waited_for(*coming.popleft())
        finally:
            readers.shutdown(cancel_futures=True)

    def _read(self, path: str) -> Decoded:
        side = self._bundle.spec.picture_size
        try:
            return read_fitted(Path(path), side)
        except UserError as error:
            return Told.of(error)
        except MemoryError:
            return "there is not enough memory"
        except (OSError, ValueError) as error:  # a path with a NUL character
            return cause(error)

    def _answers(self, paths: list[str], decoded: list[Decoded], top: int) -> Iterator[Event]:
        pictures = [picture for picture in decoded if not isinstance(picture, str)]
        rows = iter(self.probabilities(np.stack(pictures)) if pictures else ())
        for path, picture in zip(paths, decoded, strict=True):
            yield Skipped(path, picture) if isinstance(picture, str) else self._answer(path, next(rows), top)

    def _answer(self, path: str, row: Tensor, top: int) -> Event:
        if not torch.isfinite(row).all():
            return Skipped(path, "the output of the model for this picture is not finite")
        values, classes = row.topk(min(top, len(row)))
        pairs = zip(classes.tolist(), values.tolist(), strict=True)
        return Answered(path, tuple(Prediction(self._bundle.classes[each], probability) for each, probability in pairs))


def _growing(paths: Iterable[str], limit: int) -> Iterator[list[str]]:
    waiting, size = iter(paths), min(FIRST, limit)
    while batch := list(islice(waiting, size)):
        yield batch
        size = min(2 * size, limit)


def _waited_for(batch: list[str], coming: list[Future[Decoded]]) -> tuple[list[str], list[Decoded]]:
    return batch, [each.result() for each in coming]


def stop_is_in(asked: queue.SimpleQueue[Command]) -> bool:
    """Whether Stop is among the commands in the queue; others are ignored."""
    commands: list[Command] = []
    while not asked.empty():
        commands.append(asked.get())
    return any(isinstance(command, Stop) for command in commands)
