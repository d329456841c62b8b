"""The commands without a window: what was typed becomes a job, its events become lines and bars."""

import argparse
import queue
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from alexnet_app import exchange_commands
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import (
    Command,
    Event,
    Progress,
    Resumed,
    RunEnded,
    RunStarted,
)
from alexnet_app.core.network.header import network_in
from alexnet_app.core.runs.listing import bundled_models, model_path, new_folder, runs_folder, whole_name
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import NOT_CHOSEN, TrainConfig
from alexnet_app.core.training.config_text import load_config, preset_names, to_toml, with_settings
from alexnet_app.core.training.resume import check_can_go_on, config_of
from alexnet_app.interruption import interruptible
from alexnet_app.networks_command import networks
from alexnet_app.progress import Bars, download_cifar10, say
from alexnet_app.results import INTERRUPTED, OK, line_of, print_json, row_of, summary, write_table

AT_RESUME = ("epochs", "micro_batch", "placement", "devices")  # what --set can change in a run that goes on
NEW_ONLY = ("data", "run", "download", "init", "freeze", "rate_factors")  # options that only a new run can have


def train(options: argparse.Namespace) -> int:
    """``train``: a new run, or one that goes on."""
    if options.resume:
        run, config = _resumed(options)
        ended = run.ended()
        if ended is not None and ended.reason == "finished" and ended.epoch >= config.epochs:
            say(f"the run in {run.folder} has finished its {ended.epoch} epochs; give it more with --set epochs=N")
            _print_summary(run, options)
            return OK
    else:
        config = _configured(options)
        folder = Path(options.run) if options.run else new_folder(runs_folder(), config.preset)
        run = Run.create(folder, to_toml(config))
    say(f"the run folder is {run.folder}")
    try:
        last = run_to_end(config, run)
    except UserError:
        if not options.resume:
            run.discard_unstarted()
        raise
    if last is not None and last.reason == "diverged":
        raise UserError("{advice}", advice=last.advice)
    _print_summary(run, options)
    if last is None or last.reason == "stopped":
        say(f'stopped; go on with: train --resume "{run.folder}"')
        return INTERRUPTED
    return OK


def run_to_end(config: TrainConfig, run: Run) -> RunEnded | None:
    """Trains with bars on stderr. Ctrl-C saves and stops, a second one breaks off. None if it broke off unsaved."""
    from alexnet_app.core.training.train import train as training

    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    last: Event | None = None
    begun = False
    with interruptible(asked) as interrupted, Bars() as bars:
        job = training(config, run, asked)
        for last in job:
            bars.show(last)
            begun = begun or isinstance(last, RunStarted | Resumed)
            if interrupted() and not begun:  # still preparing, which goes on where it was; there is nothing to save
                job.close()  # type: ignore[attr-defined]
                return None
    return last if isinstance(last, RunEnded) else None


def prepare(options: argparse.Namespace) -> int:
    """``prepare``: a data set decoded and scaled before training; the sets that are kept."""
    from alexnet_app.prepare_command import prepare_data

    return prepare_data(options)


def classify(options: argparse.Namespace) -> int:
    """``classify``: pictures in, answers out."""
    from alexnet_app.core.inference.classifier import Classifier, files_below
    from alexnet_app.core.network.bundle import read_bundle

    _spare(options.csv, *options.paths, *([options.model] if options.model else []))
    bundle = read_bundle(_model(options.model))
    classifier = Classifier(bundle, ten_view=options.ten_view, precision=options.precision)
    paths = [path for given in options.paths for path in files_below(given)]
    rows: list[dict[str, Any]] = []
    with Bars() as bars:
        for event in classifier.classify(paths, options.top):
            bars.show(Progress("classify", len(rows) + 1, len(paths)))
            rows.append(row_of(event))
            if not options.json:
                bars.write(line_of(rows[-1]))
    try:
        if options.csv:
            write_table(Path(options.csv), rows)
    finally:
        _print_json(rows, options)
    if not any("predictions" in row for row in rows):
        raise UserError(
            "none of the {count} files could be answered" if rows else "there is no file in {given}",
            hint="give pictures, or a folder with pictures",
            count=len(rows),
            given=", ".join(options.paths),
        )
    return OK


def evaluate(options: argparse.Namespace) -> int:
    """``evaluate``: how often models are wrong, and where."""
    from alexnet_app.evaluate_command import evaluate as body

    return body(options)


def filters(options: argparse.Namespace) -> int:
    """``filters``: the kernels of each tower as one picture."""
    from alexnet_app.filters_command import filters as body

    _spare(options.out, options.model)
    return body(options)


def presets(options: argparse.Namespace) -> int:
    """``presets``: what comes with the program."""
    found = [{"name": name, "about": load_config(name).about} for name in preset_names()]
    if not options.json:
        for each in found:
            print(f"{each['name']:20} {each['about']}")
    _print_json(found, options)
    return OK


def _configured(options: argparse.Namespace) -> TrainConfig:
    config = _finetuned(with_settings(load_config(options.preset), options.settings), options)
    config = _on_device(config, options)
    if options.download:
        download_cifar10()
    if options.data:
        config = replace(config, data=str(Path(options.data).expanduser().absolute()))
    elif config.data in NOT_CHOSEN:
        raise UserError(
            "the preset {name} needs pictures of your own",
            hint="give the folder that holds train and val: --data DIR",
            name=config.preset,
        )
    return config


def _finetuned(config: TrainConfig, options: argparse.Namespace) -> TrainConfig:
    """``config`` with the model to begin with, and its network where no other one was asked for."""
    if options.init is not None:
        init = whole_name(options.init)
        asked = any(text.partition("=")[0].strip() == "network" for text in options.settings)
        network = "" if asked or not init else network_in(model_path(init))
        config = replace(config, init=init, network=network or config.network)
    given = {"freeze": options.freeze, "rate_factors": options.rate_factors and ",".join(options.rate_factors)}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(config, finetune=replace(config.finetune, **changes))


def _resumed(options: argparse.Namespace) -> tuple[Run, TrainConfig]:
    """The run and its configuration, with more epochs or other devices if that was asked for."""
    run = Run.existing(Path(options.resume))
    refused = next((name for name in NEW_ONLY if getattr(options, name)), None)
    keys = [text.partition("=")[0].strip() for text in options.settings]
    if refused or any(key not in AT_RESUME for key in keys):
        option = f"--{refused}".replace("_factors", "-factor")
        raise UserError(
            "{what} cannot be changed in a run that goes on",
            hint="only --set epochs=, micro_batch=, placement=, devices= and --device can; "
            "start a new run for anything else",
            what=option if refused else next(key for key in keys if key not in AT_RESUME),
        )
    config = _on_device(with_settings(config_of(run), options.settings), options)
    check_can_go_on(run, config)
    return run, config


def _on_device(config: TrainConfig, options: argparse.Namespace) -> TrainConfig:
    if options.device and config.placement == "towers":
        raise UserError(
            "--device {device} is one device, and each tower is to have its own",
            hint="leave it out, or add --set placement=one",
            device=options.device,
        )
    return replace(config, device=options.device) if options.device else config


def _spare(out: str | None, *inputs: str) -> None:
    """Refuses to write over what is read."""
    if out is not None and any(Path(out).resolve() == Path(given).resolve() for given in inputs):
        raise UserError("{out} is read and would be written over", hint="choose another file to write", out=out)


def _model(given: str | None) -> Path:
    if given:
        return Path(given)
    bundled = bundled_models()
    if not bundled:
        raise UserError(
            "the bundled models are missing from this copy of the program",
            hint="give the last.alexnet of a run: --model FILE",
        )
    return bundled[0]


def _print_summary(run: Run, options: argparse.Namespace) -> None:
    found = summary(run)
    if not options.json and found["top1_error"] is not None:
        print(f"{found['epochs']} epochs, top-1 error {found['top1_error']:.1%}, model {run.last_file}")
    _print_json(found, options)


def _print_json(value: Any, options: argparse.Namespace) -> None:
    if options.json:
        print_json(value)


def experiment(options: argparse.Namespace) -> int:
    """``experiment``: the paper's experiments."""
    from alexnet_app.experiment_command import experiment as body

    return body(options)


def bench(options: argparse.Namespace) -> int:
    """``bench``: how fast the program is."""
    from alexnet_app.bench_command import bench as body

    return body(options)


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "train": train,
    "prepare": prepare,
    "classify": classify,
    "evaluate": evaluate,
    "filters": filters,
    "networks": networks,
    **exchange_commands.COMMANDS,
    "presets": presets,
    "experiment": experiment,
    "bench": bench,
}
