"""A training step, and the same one recorded as a CUDA graph."""

from contextlib import ExitStack

import pytest
import torch

from alexnet_app.core.device import computing
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.towers import TowersApart
from alexnet_app.core.network.variants import variant
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import Optimization, load_config, to_toml, with_settings
from alexnet_app.core.training.optimizer import PaperSGD
from alexnet_app.core.training.placement import placed
from alexnet_app.core.training.step import BEFORE_RECORDING, Recorded, Step
from alexnet_app.core.training.trainer import Trainer
from tests.core.test_exactness import prepared

CPU = torch.device("cpu")
needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU that answers")


def small_step() -> Step:
    """Of shapes-towers."""
    network = AlexNet(variant("shapes-towers")).train()
    network.initialize(torch.Generator().manual_seed(1))
    return Step(network, PaperSGD(network, Optimization(), 0.01), CPU, "fp32", 4)


def learned(step: Step | Recorded, count: int) -> list[tuple[float, float]]:
    """Losses and numbers of wrong ones of ``count`` steps."""
    spec = variant("shapes-towers")
    found = []
    for index in range(count):
        chance = torch.Generator().manual_seed(index)
        pictures = torch.randn(4, 3, spec.input_size, spec.input_size, generator=chance)
        loss, wrong = step.learn(pictures, torch.arange(4) % spec.classes, chance)
        found.append((float(loss), float(wrong)))
    return found


def test_that_where_nothing_can_be_recorded_the_steps_go_on_and_the_log_says_so(caplog):
    count = BEFORE_RECORDING + 3
    recorded = Recorded(small_step(), CPU)  # a CPU has no graphs
    assert learned(recorded, count) == learned(small_step(), count)
    assert not recorded.recorded
    assert [each.levelname for each in caplog.records] == ["WARNING"]  # tried once
    assert "not recorded as a CUDA graph" in caplog.text


def test_that_forgetting_leaves_no_gradients_behind():
    step = small_step()
    step._network(torch.randn(1, 3, *[step._network.spec.input_size] * 2)).sum().backward()
    assert any(each.grad is not None for each in step._network.parameters())
    step.forget()
    assert all(each.grad is None for each in step._network.parameters())


def test_that_two_towers_are_apart_on_a_gpu_only_and_only_where_they_can_be():
    device = torch.device("meta")
    assert isinstance(placed(variant("alexnet-2012"), (device,)), AlexNet)
    assert isinstance(placed(variant("alexnet-2012"), (device, device)), TowersApart)


def trained(folder, precision: str, *, plainly: bool = False) -> tuple[list[float], dict[str, torch.Tensor]]:
    """Losses and weights of 30 steps on the GPU, in which the rate changes once."""
    settings = [f"precision={precision}", "device=cuda:0", "batch_size=64", "learning_rate=0.01"]
    config = with_settings(load_config("cifar-towers"), settings)
    with ExitStack() as stack:
        stack.enter_context(computing(precision))
        run = Run.create(folder, to_toml(config))
        events = stack.enter_context(run.opened())
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
