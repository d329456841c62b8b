"""Whole runs with a tower on each of two devices, and what goes on from one placement to the other."""

import queue
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from alexnet_app import cli
from alexnet_app.commands.progress import Bars
from alexnet_app.core.data.feed.augment import centre
from alexnet_app.core.data.sources import shapes
from alexnet_app.core.data.sources.values import Source
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import EpochDone, Event, FiltersSeen, Resumed, RunStarted, StepsDone
from alexnet_app.core.inference import evaluate as evaluate_module
from alexnet_app.core.network.alexnet import AlexNet
from alexnet_app.core.network.bundle import read_bundle
from alexnet_app.core.network.meetings import exchanged_bytes
from alexnet_app.core.runs.lines import event_from_line, to_line
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import Command, Stop
from alexnet_app.core.training import estimate, loop
from alexnet_app.core.training import trainer as trainer_module
from alexnet_app.core.training.config import TrainConfig
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.parallel import placed
from alexnet_app.core.training.train import train

SLOW = pytest.mark.whole("alexnet_app/core", "alexnet_app/commands")

EPOCHS, BATCH, PICTURES = 2, 8, 48
STEPS = PICTURES // BATCH
TOWERS = ("placement=towers", 'devices=["cpu", "cpu"]')


@pytest.fixture(autouse=True)
def few_pictures(monkeypatch):
    counts = {"train": PICTURES, "validation": 20, "test": 20}

    def drawing(_: int = 0) -> Generator[Event, None, Source]:
        yield from ()
        return Source(
            "shapes", shapes.CLASSES, {name: shapes.generate(0, name, 0, count) for name, count in counts.items()}
        )

    monkeypatch.setattr(shapes, "drawing", drawing)
    monkeypatch.setattr(estimate, "measure_speed", lambda *_: 1e11)


def config(*settings: str) -> TrainConfig:
    base = [f"epochs={EPOCHS}", f"batch_size={BATCH}", "threads=1", "device=cpu", "learning_rate=0.001"]
    return with_settings(load_config("shapes"), [*base, *settings])


def whole(chosen: TrainConfig, run: Run) -> list[Event]:
    return list(train(chosen, run))


def new_run(folder: Path, chosen: TrainConfig) -> Run:
    return Run.create(folder, to_toml(chosen))


def losses(events: list[Event]) -> list[float]:
    return [loss for event in events if isinstance(event, StepsDone) for loss in event.losses]


def told(events: list[Event], kind: type[Event]) -> list[Event]:
    return [event for event in events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The same run on one device and on two."""
    with pytest.MonkeyPatch.context() as patch:
        few_pictures.__wrapped__(patch)
        found = []
        for name, settings in (("one", ()), ("towers", TOWERS)):
            run = new_run(tmp_path_factory.mktemp("runs") / name, config(*settings))
            found.append((run, whole(config(*settings), run)))
        return found


def stopped(folder: Path, monkeypatch, *settings: str) -> Run:
    """A run that was stopped in its second epoch."""
    monkeypatch.setattr(loop, "REPORT_SECONDS", 0.0)
    run = new_run(folder, config(*settings))
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    for event in train(config(*settings), run, asked):
        if isinstance(event, StepsDone) and event.first == STEPS + 1:
            asked.put(Stop())
    return run


@pytest.fixture
def in_double(monkeypatch):
    """Whole runs in double precision: in fp32 runs part within ten steps over a last digit, also two on one device
    whose start values differ by 1e-7.
    """

    def placed_in_double(*where):
        network = placed(*where).double()
        network.register_forward_pre_hook(lambda _, given: (given[0].double(), *given[1:]))
        return network

    monkeypatch.setattr(trainer_module, "placed", placed_in_double)
    monkeypatch.setattr(evaluate_module, "centre", lambda *given, **more: centre(*given, **more).double())


@SLOW
def test_that_a_run_on_two_devices_has_the_losses_of_one(in_double, tmp_path):
    one, towers = (whole(config(*each), new_run(tmp_path / str(len(each)), config(*each))) for each in ((), TOWERS))
    assert len(losses(towers)) == EPOCHS * STEPS
    assert losses(towers) == pytest.approx(losses(one), abs=1e-4)
    for first, second in zip(told(one, EpochDone), told(towers, EpochDone), strict=True):
        assert second.validation_loss == pytest.approx(first.validation_loss, abs=1e-4)


def test_that_its_first_losses_are_those_of_one_in_fp32(both):
    (_, one), (_, towers) = both
    assert len(losses(towers)) == EPOCHS * STEPS
    assert losses(towers)[:3] == pytest.approx(losses(one)[:3], abs=1e-4)


def test_that_its_models_and_checkpoint_have_the_same_form(both):
    (one, _), (towers, events) = both
    first, second = load_file(one.resume_file), load_file(towers.resume_file)
    assert {name: tensor.shape for name, tensor in first.items()} == {n: t.shape for n, t in second.items()}
    bundle = read_bundle(towers.last_file)
    network = bundle.network()
    assert isinstance(network, AlexNet)
    assert network(torch.zeros(1, 3, 56, 56)).shape == (1, 10)
    assert told(events, FiltersSeen)
    assert read_bundle(towers.best_file).classes == bundle.classes


def test_that_the_start_says_what_the_towers_exchange(both, capsys):
    (_, one), (_, towers) = both
    spec = config().spec()
    first, second = told(one, RunStarted)[0], told(towers, RunStarted)[0]
    assert first.exchanged == 0
    assert second.exchanged == exchanged_bytes(spec, BATCH) > 0
    assert "for tower A and " in second.device
    with Bars() as bars:
        bars.show(first)
        bars.show(second)
    said = capsys.readouterr().err.splitlines()
    assert "exchange" not in said[0]
    assert said[1].endswith(f"the towers exchange {second.exchanged / 1e6:.1f} MB in each step")


def test_that_a_start_that_was_written_before_there_were_placements_is_read(both):
    started = told(both[0][1], RunStarted)[0]
    line = to_line(started, 0.0).replace(', "exchanged": 0', "")
    assert "exchanged" not in line
    assert event_from_line(line) == started


def test_that_two_devices_go_on_bit_for_bit(both, tmp_path, monkeypatch):
    run = stopped(tmp_path / "run", monkeypatch, *TOWERS)
    events = whole(config(*TOWERS), run)
    assert told(events, Resumed)[0].exact
    expected = load_file(both[1][0].resume_file)
    assert all(torch.equal(tensor, expected[name]) for name, tensor in load_file(run.resume_file).items())


@SLOW
@pytest.mark.parametrize(("before", "after", "said"), [((), TOWERS, "one → towers"), (TOWERS, (), "towers → one")])
def test_that_a_run_goes_on_with_another_placement_and_says_so(in_double, tmp_path, monkeypatch, before, after, said):
    run = stopped(tmp_path / "run", monkeypatch, *before)
    twin = Run(shutil.copytree(run.folder, tmp_path / "twin"))
    other, same = told(whole(config(*after), run), Resumed)[0], told(whole(config(*before), twin), Resumed)[0]
    assert (same.exact, same.difference) == (True, "")
    assert (other.exact, other.difference) == (False, f"placement {said}")
    assert len(losses(run.events())) == EPOCHS * STEPS
    assert losses(run.events()) == pytest.approx(losses(twin.events()), abs=1e-4)
    assert f'placement = "{said.split()[-1]}"' in run.config_file.read_text(encoding="utf-8")
    first, second = load_file(twin.resume_file), load_file(run.resume_file)
    for name, tensor in first.items():
        torch.testing.assert_close(second[name], tensor, atol=1e-6 * max(1, tensor.abs().max().item()), rtol=0)


def test_that_a_checkpoint_without_a_placement_is_one_of_one_device(tmp_path, monkeypatch):
    run = stopped(tmp_path / "run", monkeypatch)
    with safe_open(run.resume_file, "pt") as file:
        metadata = file.metadata()
    metadata["conditions"] = metadata["conditions"].replace(', "placement": "one"', "")
    assert "placement" not in metadata["conditions"]
    del metadata["checksum"]
    save_file(load_file(run.resume_file), run.resume_file, metadata)
    assert told(whole(config(), run), Resumed)[0].exact


def test_that_a_network_of_one_column_does_not_start(tmp_path):
    chosen = config(*TOWERS, "ablation.towers=one")
    with pytest.raises(UserError, match="has one column and no towers to put on two devices"):
        whole(chosen, new_run(tmp_path / "run", chosen))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU to have both towers of a run")
def test_that_a_run_with_one_gpu_named_twice_begins_with_the_losses_of_that_gpu(tmp_path, monkeypatch):
    gpu = ["device=cuda:0", "precision=fp32"]
    twice = [*gpu, "placement=towers", 'devices=["cuda:0", "cuda:0"]']
    with monkeypatch.context() as grouped:
        grouped.setattr("alexnet_app.core.training.parallel.stands_apart", lambda spec: False)
        one = whole(config(*gpu), new_run(tmp_path / "one", config(*gpu)))
    towers = whole(config(*twice), new_run(tmp_path / "twice", config(*twice)))
    assert losses(towers)[:3] == pytest.approx(losses(one)[:3], abs=1e-3)


def said_by(capsys, *arguments: object) -> tuple[int, str]:
    capsys.readouterr()
    code = cli.main([str(each) for each in arguments])
    return code, capsys.readouterr().err


def test_that_the_command_line_places_towers_and_changes_it_at_a_resume(tmp_path, capsys):
    run = tmp_path / "run"
    settings = [part for each in (*TOWERS, "epochs=1", "batch_size=8", "threads=1") for part in ("--set", each)]
    code, said = said_by(capsys, "train", "--preset", "shapes", "--run", run, *settings)
    assert code == 0
    assert "for tower A and CPU, 1 thread for tower B; the towers exchange 0.3 MB in each step" in said
    resume = ("train", "--resume", run, "--set", "epochs=2", "--device", "cpu")
    code, said = said_by(capsys, *resume)
    assert code == 2
    assert "--device cpu is one device, but each tower needs its own; omit it, or add --set placement" in said
    code, said = said_by(capsys, *resume, "--set", "placement=one")
    assert code == 0
    assert "not bit for bit (placement towers → one)" in said
    assert Run(run).ended().epoch == 2


def test_that_without_two_gpus_the_command_line_says_what_to_do(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    run = tmp_path / "run"
    code, said = said_by(capsys, "train", "--preset", "shapes", "--run", run, "--set", "placement=towers")
    assert code == 2
    assert "this computer has 0; use --set placement=one, or try it with" in said
    assert not run.exists()
