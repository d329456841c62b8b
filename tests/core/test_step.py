"""A training step, and the same one recorded as a CUDA graph."""

import copy
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch

from alexnet_app.core.device import computing
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.towers import TowersApart
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training import parallel
from alexnet_app.core.training.config import Optimization
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.optimizer import PaperSGD
from alexnet_app.core.training.parallel import placed
from alexnet_app.core.training.step import BEFORE_RECORDING, Recorded, Step, _recorder
from alexnet_app.core.training.trainer import Trainer
from tests.core.test_exactness import prepared

CPU = torch.device("cpu")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that answers")


def small_step(*, dropout: bool = False, precision: str = "fp32") -> Step:
    """Of shapes-towers."""
    spec = variant("shapes-towers")
    *hidden, last = (replace(each, dropout=0.5 * dropout) for each in spec.dense)
    network = AlexNet(replace(spec, dense=(*hidden, last))).train()
    network.initialize(torch.Generator().manual_seed(1))
    return Step(network, PaperSGD(network, Optimization(), 0.01), CPU, precision, 4)


def learned(step: Step | Recorded, count: int, *, kept: bool = False) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Losses and numbers of wrong ones of ``count`` steps; copies, but where they are ``kept`` as they are."""
    spec = variant("shapes-towers")
    found = []
    for index in range(count):
        chance = torch.Generator().manual_seed(index)
        pictures = torch.randn(4, 3, spec.input_size, spec.input_size, generator=torch.Generator().manual_seed(index))
        outcome = step.learn(pictures, torch.arange(4) % spec.classes, chance)
        found.append(outcome if kept else tuple(each.clone() for each in outcome))
    return found


def told(outcomes: list[tuple[torch.Tensor, torch.Tensor]]) -> list[tuple[float, ...]]:
    """As numbers."""
    return [tuple(map(float, each)) for each in outcomes]


def test_that_bf16_learns_as_fp32_does_on_any_processor():
    full, half = (told(learned(small_step(precision=each), 5)) for each in ("fp32", "bf16"))
    assert half != full
    for (loss, _), (rounded, _) in zip(full, half, strict=True):
        assert rounded == pytest.approx(loss, rel=0.02)


class Graphs:
    """What stands for torch's CUDA graphs here: a recording computes nothing that lasts, a replay computes the step."""

    def __init__(self, monkeypatch) -> None:
        self.recordings = self.replays = 0
        self.broken = False
        self.step: Step | None = None
        for name, fake in (
            ("CUDAGraph", self.graph),
            ("graph", self.recording),
            ("device", lambda _: nullcontext()),
            ("stream", lambda _: nullcontext()),
            ("Stream", lambda _: "the recorder"),
            ("current_stream", lambda _: "here"),
            ("set_stream", lambda _: None),
        ):
            monkeypatch.setattr(torch.cuda, name, fake)
        _recorder.cache_clear()

    def graph(self) -> SimpleNamespace:
        return SimpleNamespace(register_generator_state=lambda chance: None, replay=self.replay)

    @contextmanager
    def recording(self, graph, *, stream, capture_error_mode):
        assert (stream, capture_error_mode) == ("the recorder", "thread_local")
        self.recordings += 1
        recorded, step = self.recorded, self.recorded.step
        for each in recorded._inputs:
            each.zero_()  # nothing is computed with them on a GPU, here they must be of some use
        state = copy.deepcopy([step._network.state_dict(), step._optimizer.momentum()])
        yield
        step._network.load_state_dict(state[0])
        step._optimizer.restore(state[1])
        if self.broken:
            raise RuntimeError("out of memory")
        self.fixed = recorded

    def replay(self) -> None:
        self.replays += 1
        recorded = self.fixed
        found = recorded.step.learn(*recorded._inputs, recorded._chance)
        for kept, new in zip(recorded._outcome, found, strict=True):
            kept.copy_(new)


@pytest.fixture
def graphs(monkeypatch) -> Graphs:
    yield Graphs(monkeypatch)
    _recorder.cache_clear()


def test_that_recorded_steps_get_their_batch_and_their_chance_and_give_their_own_outcome(graphs):
    recorded = graphs.recorded = Recorded(small_step(dropout=True), CPU)
    plain = small_step(dropout=True)
    first, second = BEFORE_RECORDING + 4, 3
    outcomes = [learned(recorded, first, kept=True), learned(plain, first, kept=True)]
    assert graphs.recordings == 1
    assert graphs.replays == 4
    assert recorded.recorded
    assert told(outcomes[0]) == told(outcomes[1])  # read at the end: no step wrote over another's
    for each in (recorded.step, plain):
        each._optimizer.set_rate(0.001)
    recorded.forget()
    assert not recorded.recorded
    assert told(learned(recorded, second)) == told(learned(plain, second))
    assert graphs.recordings == 2
    for name, weight in plain._network.state_dict().items():
        assert torch.equal(recorded.step._network.state_dict()[name], weight), name


def test_that_where_nothing_can_be_recorded_the_steps_go_on_and_the_log_says_so(graphs, caplog):
    graphs.broken = True
    count = BEFORE_RECORDING + 3
    recorded = graphs.recorded = Recorded(small_step(), CPU)
    assert told(learned(recorded, count)) == told(learned(small_step(), count))
    assert not recorded.recorded
    assert graphs.recordings == 1  # tried once
    assert [each.levelname for each in caplog.records] == ["WARNING"]
    assert "not recorded as a CUDA graph: out of memory" in caplog.text


def test_that_what_goes_wrong_within_a_recording_is_raised_when_it_is_over(graphs, monkeypatch, caplog):
    recorded = graphs.recorded = Recorded(small_step(), CPU)
    learned(recorded, BEFORE_RECORDING)
    rejoined, learn = [], recorded.step.learn

    def torn(*given):
        monkeypatch.setattr(recorded.step, "learn", learn)
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(recorded.step, "learn", torn)
    monkeypatch.setattr(recorded.step, "rejoin", lambda: rejoined.append(graphs.recordings))
    learned(recorded, 2)
    assert rejoined == [1]
    assert not recorded.recorded
    assert "no room" in caplog.text


def test_that_forgetting_leaves_no_gradients_behind():
    step = small_step()
    step._network(torch.randn(1, 3, *[step._network.spec.input_size] * 2)).sum().backward()
    assert any(each.grad is not None for each in step._network.parameters())
    step.forget()
    assert all(each.grad is None for each in step._network.parameters())


def test_that_two_towers_are_apart_on_a_gpu_only_and_only_where_they_can_be(monkeypatch):
    made = []
    monkeypatch.setattr(parallel, "AlexNet", lambda spec, device: made.append("whole"))
    monkeypatch.setattr(parallel, "TowersApart", lambda spec, devices: made.append("apart"))
    gpu = torch.device("cuda:0")
    for name in ("alexnet-2012", "cifar-towers", "one-column", "caffe", "cifar-2012"):
        placed(variant(name), (gpu,))
    placed(variant("alexnet-2012"), (CPU,))
    placed(variant("alexnet-2012"), (CPU, CPU), "towers")
    assert made == ["apart", "apart", "whole", "whole", "whole", "whole", "apart"]


def trained(folder, precision: str, *, plainly: bool = False) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Losses and weights of 30 steps on the GPU, in which the rate changes once."""
    settings = [f"precision={precision}", "device=cuda:0", "batch_size=64", "learning_rate=0.01"]
    config = with_settings(load_config("cifar-towers"), settings)
    with ExitStack() as stack:
        stack.enter_context(computing(precision))
        run = Run.create(folder, to_toml(config))
        events = stack.enter_context(holding(run))
        gpu = torch.device("cuda:0")
        trainer = stack.enter_context(Trainer(config, prepared(), (gpu,), precision, run, events))
        if plainly:
            trainer._step = trainer._step.step
        losses = []
        for index in range(30):
            if index == 8:
                losses += trainer.report().losses
                torch.cuda.set_sync_debug_mode("error")  # between reports nobody waits for the GPU
            trainer.train_step()
            if index == 15:
                torch.cuda.set_sync_debug_mode("default")
                trainer.set_rate(0.001)
        losses += trainer.report().losses
        assert plainly or trainer._step.recorded
        assert isinstance(trainer.network, TowersApart)
        return losses, {name: each.clone() for name, each in trainer.network.state_dict().items()}


@needs_gpu
@pytest.mark.filterwarnings("ignore:Synchronization debug mode")
@pytest.mark.parametrize("precision", ["fp32", "tf32", "bf16"])
def test_that_recorded_steps_are_those_that_are_not_bit_for_bit(tmp_path, precision):
    losses, weights = trained(tmp_path / "recorded", precision)
    again = trained(tmp_path / "again", precision)
    plain = trained(tmp_path / "plain", precision, plainly=True)
    assert losses[-1] < 0.5 * losses[0]
    assert losses == again[0] == plain[0]
    for name, weight in weights.items():
        assert torch.equal(weight, again[1][name]), name
        assert torch.equal(weight, plain[1][name]), name
