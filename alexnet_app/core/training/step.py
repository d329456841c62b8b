"""A training step on one batch: forward, backward and update; on a GPU recorded once and then started as a whole."""

import functools
import logging
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor

from alexnet_app.core.device import autocast
from alexnet_app.core.network.towers import Network
from alexnet_app.core.training.optimizer import PaperSGD
from alexnet_app.core.training.step_watch import BACKWARD, FORWARD, STEP, UPDATE, StepWatch

BEFORE_RECORDING = 3  # steps: they build the kernels, choose cuDNN's, and begin the momentum
log = logging.getLogger(__name__)


class Learns(Protocol):
    """What learns from a batch; ``forget`` it when something has changed that is no argument, such as the rate."""

    def learn(  # noqa: D102
        self, pictures: Tensor, labels: Tensor, chance: torch.Generator, watch: StepWatch | None = None
    ) -> tuple[Tensor, Tensor]: ...
    def forget(self) -> None: ...  # noqa: D102


class Step:
    """Learns from a batch, ``at_once`` pictures at a time."""

    def __init__(
        self, network: Network, optimizer: PaperSGD, device: torch.device, precision: str, at_once: int
    ) -> None:
        self._network, self._optimizer = network, optimizer
        self._device, self._precision, self._at_once = device, precision, at_once

    def learn(
        self, pictures: Tensor, labels: Tensor, chance: torch.Generator, watch: StepWatch | None = None
    ) -> tuple[Tensor, Tensor]:
        """One step on fp32 pictures (N, 3, S, S) and their labels (N,); ``chance`` draws dropout's masks.

        Gives the mean loss and how many were wrong, which are still on the device. ``watch`` sees the step; nothing in
        it is otherwise for that.
        """
        pieces = zip(*(each.split(self._at_once) for each in (pictures, labels)), strict=True)
        parts = [self._learn(x, right, chance, len(labels), watch) for x, right in pieces]
        if watch is not None:
            watch.gradients = self._optimizer.gradients()
        self._optimizer.step()
        if watch is not None:
            watch.lap(UPDATE)
        losses, wrong = zip(*parts, strict=True)
        return torch.stack(losses).sum(), torch.stack(wrong).sum()

    def forget(self) -> None:
        """Nothing is kept between steps but the gradients of one that broke off."""
        self._network.zero_grad(set_to_none=True)

    def rejoin(self) -> None:
        """Lets the current stream wait for those that a step which broke off has left behind, while it is recorded."""
        for stream in self._network.side_streams:
            with torch.cuda.stream(stream):
                recorded = torch.cuda.is_current_stream_capturing()
            if recorded:
                torch.cuda.current_stream(self._device).wait_stream(stream)

    def _learn(
        self, x: Tensor, labels: Tensor, chance: torch.Generator, count: int, watch: StepWatch | None
    ) -> tuple[Tensor, Tensor]:
        """Adds to the gradient what pictures of a batch of ``count`` add to its mean: their share of the loss, and how
        many are wrong.
        """
        with autocast(self._device, self._precision):
            scores = self._network(x, chance)  # fp32 in every precision
            loss = F.cross_entropy(scores, labels)
            if len(labels) < count:
                loss = loss * (len(labels) / count)
        if watch is not None:
            watch.lap(FORWARD)
        loss.backward()
        if watch is not None:
            watch.lap(BACKWARD)
        return loss.detach(), (scores.detach().argmax(dim=1) != labels).sum()


class Recorded:
    """A ``Step`` on one GPU as a CUDA graph: the GPU is told once what to do, and each later step is one call.

    Python needs longer to start the kernels of a step of 128 pictures than the GPU needs to compute them. The numbers
    are those of the ``Step``. Batches have the shape of the first one. Where nothing can be recorded, for want of
    memory or of support, the log says so and the steps go on as they were.
    """

    def __init__(self, step: Step, device: torch.device) -> None:
        self.step = step
        self._device = device
        self._chance = torch.Generator(device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._inputs = self._outcome = (torch.empty(0), torch.empty(0))
        self._gradients: dict[str, tuple[Tensor, ...]] = {}  # where each replay leaves them
        self._made, self._possible = 0, True

    @property
    def recorded(self) -> bool:
        """Whether the last step was started as a whole."""
        return self._graph is not None

    def learn(
        self, pictures: Tensor, labels: Tensor, chance: torch.Generator, watch: StepWatch | None = None
    ) -> tuple[Tensor, Tensor]:
        """As ``Step.learn``; the parts of a step that is started as a whole cannot be timed."""
        if self._graph is None and self._possible and self._made >= BEFORE_RECORDING:
            self._record(pictures, labels)
        self._made += 1
        if self._graph is None:
            return self.step.learn(pictures, labels, chance, watch)
        for kept, given in zip(self._inputs, (pictures, labels), strict=True):
            kept.copy_(given)
        self._chance.manual_seed(chance.initial_seed())  # the numbers that ``chance`` would give
        self._graph.replay()
        if watch is not None:
            watch.gradients = self._gradients
            watch.lap(STEP)
        loss, wrong = self._outcome
        return loss.clone(), wrong.clone()  # the next step writes over them

    def forget(self) -> None:
        """Lets go what is recorded, with the memory that it holds; the next step records anew."""
        self._graph, self._gradients = None, {}
        self._inputs = self._outcome = (torch.empty(0), torch.empty(0))
        self.step.forget()

    def _record(self, pictures: Tensor, labels: Tensor) -> None:
        """Nothing is computed here: a graph keeps what would have been."""
        here = torch.cuda.current_stream(self._device)
        try:
            self._inputs = torch.empty_like(pictures), torch.empty_like(labels)
            graph = torch.cuda.CUDAGraph()
            graph.register_generator_state(self._chance)
            with torch.cuda.device(self._device):
                self._outcome = self._captured(graph)
        except RuntimeError as error:
            log.warning("steps are not recorded as a CUDA graph: %s", error)
            torch.cuda.set_stream(here)  # older versions of torch leave the other one in its place
            self.forget()
            self._possible = False
        else:
            self._graph = graph

    def _captured(self, graph: torch.cuda.CUDAGraph) -> tuple[Tensor, Tensor]:
        """The outcome of a step that ``graph`` has in it now.

        What goes wrong is raised when the recording is over: one that is left open, or whose streams have not come
        back together, would break torch's memory on the device.
        """
        wrong: RuntimeError | None = None
        kept = StepWatch(None)
        # other threads may go on to reserve memory and to wait, as those that read ahead do
        with torch.cuda.graph(graph, stream=_recorder(self._device), capture_error_mode="thread_local"):
            try:
                outcome = self.step.learn(*self._inputs, self._chance, kept)
            except RuntimeError as error:
                wrong = error
                self.step.rejoin()
        if wrong is not None:
            raise wrong
        self._gradients = kept.gradients
        return outcome


@functools.cache
def _recorder(device: torch.device) -> torch.cuda.Stream:
    """The stream that recordings on ``device`` are made on; torch's own is on whatever device was first."""
    return torch.cuda.Stream(device)
