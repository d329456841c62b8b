"""What is measured of single steps: true, and without a trace in the training."""

import math
import queue
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
import torch

from alexnet_app.core.data.sources import shapes
from alexnet_app.core.device import computing
from alexnet_app.core.events import EpochDone, Event, Measured, StepsDone
from alexnet_app.core.measures import QUANTILES, series_of
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.towers import TowersApart
from alexnet_app.core.network.variants import variant
from alexnet_app.core.readings import Readings
from alexnet_app.core.runs.holding import holding
from alexnet_app.core.steering import Command, Stop
from alexnet_app.core.training import loop
from alexnet_app.core.training.config import Finetune, Optimization
from alexnet_app.core.training.config_text import load_config, with_settings
from alexnet_app.core.training.finetune import freeze
from alexnet_app.core.training.measuring import EVERY, Measuring, evenly, is_watched, norms, quantiles
from alexnet_app.core.training.optimizer import PaperSGD
from alexnet_app.core.training.step import BEFORE_RECORDING, Recorded, Step
from alexnet_app.core.training.step_watch import StepWatch
from alexnet_app.core.training.train import train
from alexnet_app.core.training.trainer import Trainer
from tests.core.test_exactness import prepared
from tests.core.test_step import CPU, graphs, needs_gpu, small_step  # noqa: F401
from tests.core.test_train import STEPS, config, new_run, same, small_drawing, told, weights

BATCH = 6


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    monkeypatch.setattr(shapes, "drawing", small_drawing)


def network(*, apart: bool = False) -> AlexNet | TowersApart:
    """Without dropout, whose masks depend on how many pictures are computed at once."""
    spec = variant("shapes-towers")
    spec = replace(spec, dense=tuple(replace(each, dropout=0.0) for each in spec.dense))
    made = TowersApart(spec, (CPU, CPU)) if apart else AlexNet(spec)
    made.to(memory_format=torch.channels_last).train()
    made.initialize(torch.Generator().manual_seed(1))
    return made


def learn(step: Step, number: int, watch: StepWatch | None = None) -> None:
    spec = step._network.spec
    chance = torch.Generator().manual_seed(number)
    pictures = torch.randn(BATCH, 3, spec.input_size, spec.input_size, generator=chance)
    step.learn(pictures, torch.arange(BATCH) % spec.classes, chance, watch)


def held(of: AlexNet | TowersApart) -> dict[str, torch.Tensor]:
    return {name: each.clone() for name, each in of.state_dict().items()}


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("momentum", [0.9, 0.0])
@pytest.mark.parametrize("at_once", [BATCH, 4])
def test_that_what_is_measured_is_how_far_the_weights_moved(apart, momentum, at_once):
    net = network(apart=apart)
    optimizer = PaperSGD(net, Optimization(momentum=momentum), 0.05, {"fc8": 3.0})
    step = Step(net, optimizer, CPU, "fp32", at_once)
    learn(step, 0)
    optimizer.set_rate(0.02)
    before, watch = held(net), StepWatch(CPU)
    learn(step, 1, watch)
    after = held(net)
    found = {name: float(value) for name, value in norms(optimizer, watch.gradients).items()}
    for layer in (each.name for each in net.spec.layers):
        old, new = before[f"{layer}.weight"], after[f"{layer}.weight"]
        assert found[f"update/{layer}"] == pytest.approx(float((new - old).norm() / new.norm()), rel=2e-3), layer
    assert watch.seconds().keys() == {"forward", "backward", "update"}


@pytest.mark.parametrize("apart", [False, True])
def test_that_the_norm_of_the_gradient_is_that_of_one_batch_however_it_is_learned(apart):
    net = network(apart=apart)
    found = []
    for at_once in (BATCH, 4):
        watch, optimizer = StepWatch(None), PaperSGD(net, Optimization(), 0.0)
        learn(Step(net, optimizer, CPU, "fp32", at_once), 1, watch)
        found.append({name: float(value) for name, value in norms(optimizer, watch.gradients).items()})
        assert watch.seconds() == {}
    whole, pieces = found
    assert pieces["gradient"] == pytest.approx(whole["gradient"], rel=1e-3)
    layers = [value for name, value in whole.items() if name.startswith("gradients/")]
    assert whole["gradient"] == pytest.approx(math.hypot(*layers), rel=1e-5)
    assert len(layers) == len(net.spec.layers)


def test_that_layers_which_do_not_learn_are_left_out():
    net = network()
    freeze(net, replace(Finetune(), freeze="conv1,conv2"))
    optimizer, watch = PaperSGD(net, Optimization(), 0.01), StepWatch(CPU)
    learn(Step(net, optimizer, CPU, "bf16", BATCH), 1, watch)
    found = norms(optimizer, watch.gradients)
    assert "update/conv3" in found
    assert not any(name.endswith(("conv1", "conv2")) for name in found)
    assert all(math.isfinite(float(value)) for value in found.values())


def test_that_a_recorded_step_gives_the_gradients_and_no_parts_of_its_time(graphs):  # noqa: F811
    recorded = graphs.recorded = Recorded(small_step(), CPU)
    for _ in range(BEFORE_RECORDING):
        recorded.learn(*_batch(), torch.Generator())
    watch = StepWatch(CPU)
    recorded.learn(*_batch(), torch.Generator(), watch)
    assert recorded.recorded
    assert watch.seconds().keys() == {"step"}
    assert watch.gradients.keys() == set(recorded.step._optimizer.names)
    recorded.forget()
    assert recorded._gradients == {}


def _batch() -> tuple[torch.Tensor, torch.Tensor]:
    spec = variant("shapes-towers")
    return torch.zeros(4, 3, spec.input_size, spec.input_size), torch.arange(4) % spec.classes


def test_that_few_steps_are_watched_the_first_and_the_last_of_each_epoch_among_them():
    watched = [step for step in range(100_000) if is_watched(step, 5_000)]
    assert watched[:4] == [0, 1, 2, 3]
    assert {4_999, 9_999, 99_999} <= set(watched)
    assert len(watched) < 100_000 / EVERY + 60
    assert max(np.diff(watched)) <= EVERY


def test_that_the_quantiles_of_a_layer_are_those_of_its_weights():
    chance = np.random.default_rng(1)
    values = chance.normal(0, 2.0, 100_000)
    found = quantiles(values, -9.0, 9.0)
    assert list(found) == list(QUANTILES)
    assert [found[name] for name in ("min", "p1", "p50", "p99", "max")] == pytest.approx(
        [-9.0, -4.65, 0.0, 4.65, 9.0], abs=0.1
    )


def test_that_weights_are_sampled_from_every_place_of_the_kernels():
    weight = torch.arange(64 * 16 * 25, dtype=torch.float32).reshape(64, 16, 5, 5).to(memory_format=torch.channels_last)
    some = evenly(weight, 4_096)
    assert 2_048 < len(some) <= 4_096
    assert len({int(each) % 25 for each in some}) == 25
    assert len({int(each) // 400 for each in some}) == 64
    assert evenly(torch.arange(10.0), 100).tolist() == list(range(10))


def measured(events: list[Event]) -> list[Measured]:
    """What does not depend on how fast it was."""
    kept = [each for each in told(events, Measured) if "gradient" in each.values]
    return [
        replace(each, values={name: value for name, value in each.values.items() if not name.startswith("time/")})
        for each in kept
    ]


def test_that_a_run_that_is_measured_is_bit_for_bit_the_one_that_is_not(tmp_path, monkeypatch):
    chosen = config("micro_batch=10", "epochs=1")
    run = new_run(tmp_path / "measured", chosen)
    events = list(train(chosen, run))
    series = {name.partition("/")[0] for event in events for name, _, _ in series_of(event)}
    assert {"update", "gradient", "gradients", "weights-conv1", "weights-fc8", "time", "speed"} <= series
    shares = [[value for name, value in each.values.items() if "time/" in name] for each in told(events, Measured)]
    assert all(sum(each) == pytest.approx(1.0, abs=1e-3) and min(each) >= 0 for each in shares if each)
    monkeypatch.setattr(loop, "is_watched", lambda *_: False)
    monkeypatch.setattr(Readings, "due", lambda _: {})
    plain = new_run(tmp_path / "plain", chosen)
    assert not measured(list(train(chosen, plain)))
    assert same(weights(run), weights(plain))


def test_that_a_resumed_run_measures_what_an_undisturbed_one_does(tmp_path, monkeypatch):
    chosen = config("epochs=2")
    undisturbed = measured(list(train(chosen, new_run(tmp_path / "undisturbed", chosen))))
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    run, asked = new_run(tmp_path / "run", chosen), queue.SimpleQueue[Command]()
    for event in train(chosen, run, asked):
        if isinstance(event, StepsDone) and event.first == 4:
            asked.put(Stop())
    list(train(chosen, run))
    assert measured(run.events()) == undisturbed
    assert [each.step for each in undisturbed][-1] == 2 * STEPS


def test_that_where_there_is_no_room_to_measure_the_training_goes_on(monkeypatch, caplog):
    class Nothing:
        def due(self):
            return {}

    net = network()
    optimizer = PaperSGD(net, Optimization(), 0.01)
    measuring, watch = Measuring(optimizer, CPU, Nothing()), StepWatch(CPU)
    learn(Step(net, optimizer, CPU, "fp32", BATCH), 1, watch)

    def full(*_):
        raise torch.OutOfMemoryError("no room")

    monkeypatch.setattr(torch, "aminmax", full)
    measuring.take(watch, 1)
    assert list(measuring.told(1)) == []
    assert "no room" in caplog.text


def test_that_the_speed_of_old_runs_is_a_series_too():
    epoch = EpochDone(1, 93, 1.0, 0.5, 1.0, 0.5, 0.1, best=True, images_per_second=120.0)
    assert list(series_of(epoch)) == [("speed", 93, 120.0)]


@needs_gpu
def test_that_steps_recorded_for_a_gpu_are_measured_as_those_that_are_not(tmp_path):
    gpu = torch.device("cuda:0")
    chosen = with_settings(load_config("cifar-towers"), ["device=cuda:0", "batch_size=64"])
    found = []
    for name in ("recorded", "plain"):
        with ExitStack() as stack:
            stack.enter_context(computing("fp32"))
            run = new_run(tmp_path / name, chosen)
            trainer = stack.enter_context(
                Trainer(chosen, prepared(), (gpu,), "fp32", run, stack.enter_context(holding(run)))
            )
            if name == "plain":
                trainer._step = trainer._step.step
            for _ in range(12):
                trainer.measuring.expect(True)
                trainer.train_step()
            trainer.report()
            found.append(measured(list(trainer.measuring.told(12))))
            assert name == "plain" or trainer._step.recorded
    assert found[0] == found[1]
    assert len(found[0]) == 12
