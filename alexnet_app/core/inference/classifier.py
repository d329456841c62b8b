"""Pictures in, the most probable classes out: a generator of answers."""

import os
import queue
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from alexnet_app.core.data.augment import centre, ten_views
from alexnet_app.core.data.decode import fit, read_picture
from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.events import Answered, Command, Event, Prediction, Skipped, Stop
from alexnet_app.core.network.bundle import Bundle

BATCH = 32


class Classifier:
    """A model that answers. ``ten_view`` averages the softmax of ten views (section 4.1) instead of the centre view."""

    def __init__(self, bundle: Bundle, *, ten_view: bool = False, device: torch.device | str = "cpu") -> None:
        self._bundle = bundle
        self._network = bundle.network(device)
        self._mean = bundle.mean.to(device)
        self._ten_view = ten_view
        self._device = device

    def probabilities(self, pictures: NDArray[np.uint8]) -> Tensor:
        """Of every class, fp32 (N, classes), for pictures uint8 (N, P, P, 3) with P the network's picture size."""
        spec, batch = self._bundle.spec, torch.from_numpy(pictures).to(self._device)
        views = ten_views if self._ten_view else centre
        with torch.inference_mode():
            scores = self._network(views(batch, spec.input_size, self._mean, spec.input_scale))
            answers: Tensor = scores.softmax(dim=1).reshape(len(batch), -1, spec.classes).mean(dim=1)
        return answers.cpu()

    def classify(
        self, paths: Iterable[str], top: int = 5, asked: queue.SimpleQueue[Command] | None = None
    ) -> Iterator[Event]:
        """Yields Answered or Skipped for each path, in order; a batch is decoded on threads, then answered.

        ``top`` classes are given for each. Stop in ``asked`` ends it between batches.
        """
        waiting = iter(paths)
        with ThreadPoolExecutor(min(8, os.cpu_count() or 1), thread_name_prefix="decode") as readers:
            while batch := list(islice(waiting, BATCH)):
                decoded = list(readers.map(self._read, batch))
                yield from self._answers(batch, decoded, top)
                if asked is not None and _stop_is_in(asked):
                    return

    def _read(self, path: str) -> NDArray[np.uint8] | str:
        """The picture as the network wants it, or why there is none."""
        side = self._bundle.spec.picture_size
        try:
            return fit(read_picture(Path(path), shorter_side=side), side)
        except UserError as error:
            return str(error)
        except MemoryError:
            return "the memory is full"
        except (OSError, ValueError) as error:  # a path that no file can have
            return cause(error)

    def _answers(self, paths: list[str], decoded: list[NDArray[np.uint8] | str], top: int) -> Iterator[Event]:
        pictures = [picture for picture in decoded if not isinstance(picture, str)]
        rows = iter(self.probabilities(np.stack(pictures)) if pictures else ())
        for path, picture in zip(paths, decoded, strict=True):
            yield Skipped(path, picture) if isinstance(picture, str) else self._answer(path, next(rows), top)

    def _answer(self, path: str, row: Tensor, top: int) -> Event:
        if not torch.isfinite(row).all():
            return Skipped(path, "the model gives no finite number for this picture")
        values, classes = row.topk(min(top, len(row)))
        pairs = zip(classes.tolist(), values.tolist(), strict=True)
        return Answered(path, tuple(Prediction(self._bundle.classes[each], probability) for each, probability in pairs))


def _stop_is_in(asked: queue.SimpleQueue[Command]) -> bool:
    """Whether Stop was asked for, behind whatever else that means nothing here."""
    commands: list[Command] = []
    while not asked.empty():
        commands.append(asked.get())
    return any(isinstance(command, Stop) for command in commands)


def files_below(path: str) -> list[str]:
    """``path`` itself, or every file in the folder ``path`` and its sub-folders, sorted by their paths.

    Folders that cannot be read are in it by their own name, so that they too get an answer. Links to folders are not
    followed.
    """
    if not os.path.isdir(path):  # noqa: PTH112  (paths stay as they were given, to the character)
        return [path]
    refused: list[str] = []
    walk = os.walk(path, onerror=lambda error: refused.append(str(error.filename)))
    found = [os.path.join(folder, name) for folder, _, files in walk for name in files]  # noqa: PTH118
    return sorted(found + refused)
