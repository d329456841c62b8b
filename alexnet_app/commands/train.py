"""The command ``train``: a new run, or one that continues."""

import argparse
from dataclasses import replace
from pathlib import Path

from alexnet_app.commands import own_photos
from alexnet_app.commands.options import MODEL, add_device, add_json
from alexnet_app.commands.printing import printable
from alexnet_app.commands.progress import counted, say
from alexnet_app.commands.results import INTERRUPTED, OK, print_json, summary
from alexnet_app.commands.running import download_cifar10, how_to_continue, relocated, train_to_end
from alexnet_app.core.data.sources.named import NOT_CHOSEN, check_apart, whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import Ending
from alexnet_app.core.network.header import network_in
from alexnet_app.core.runs.listing import model_path, new_folder, runs_folder, whole_name
from alexnet_app.core.runs.model import model_of
from alexnet_app.core.runs.naming import check_name, relabel
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import TrainConfig, check_new
from alexnet_app.core.training.config_text import load_config, to_toml, with_settings
from alexnet_app.core.training.resume import check_can_go_on, config_of

AT_RESUME = (
    "epochs",
    "learning_rate",
    "micro_batch",
    "halve_micro_batch",
    "placement",
    "devices",
    "tensorboard",
)  # what --set can change in a run that continues
NEW_ONLY = ("run", "name", "download", "init", "freeze", "rate_factors")  # options that only a new run can have


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--preset",
        metavar="NAME|FILE.toml",
        help="a configuration (see the command presets); without one the settings for your own images are chosen by "
        "their number",
    )
    what.add_argument("--resume", metavar="RUN", help="a run folder to continue from its last checkpoint")
    parser.add_argument(
        "--data", metavar="DIR|CSV|ARCHIVE", help="a folder with one sub-folder per class, a CSV of paths, or CIFAR-10"
    )
    parser.add_argument("--download", action="store_true", help="download CIFAR-10 (170 MB) if it is missing")
    parser.add_argument("--run", metavar="DIR", help="a new folder for the run (default: in AlexNet/runs at home)")
    parser.add_argument(
        "--name", metavar="NAME", help="what the run is called in lists (default: as its folder, or as the classes)"
    )
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        dest="settings",
        help="change a setting; repeatable",
    )
    parser.add_argument("--init", metavar=MODEL, help="initialize from this model or run")
    parser.add_argument("--freeze", metavar="LAYERS", help='layers that are not trained: "conv", or conv1,conv2 …')
    parser.add_argument(
        "--rate-factor",
        action="append",
        metavar="LAYER=N",
        dest="rate_factors",
        help="multiply the learning rate of a layer by N; repeatable",
    )
    parser.add_argument(
        "--detach",
        action="store_true",
        help="train in a process of its own, which continues when this terminal is closed; see the command runs",
    )
    parser.add_argument(
        "--low-priority", action="store_true", help="with --detach: leave the processors to other programs"
    )
    parser.add_argument(
        "--tensorboard", action="store_true", help="write event files for TensorBoard, into RUN/tensorboard"
    )
    parser.add_argument(
        "--queue",
        action="store_true",
        help="do not train now, but when its turn has come: see the command queue",
    )
    parser.add_argument(
        "--grid",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUES",
        help="a run for each combination of values, one after the other: --grid learning_rate=0.01,0.003 seed=1..3",
    )
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Trains to the end, or until Ctrl-C."""
    if options.tensorboard:
        options.settings = [*options.settings, "tensorboard=true"]
    if options.low_priority and not options.detach:
        raise UserError("--low-priority is for a run of its own process", "add --detach")
    if options.queue or options.grid:
        return _queued(options)
    is_own = not options.resume and not options.preset
    begun = own_photos.begin if is_own else _begun
    folder, config, rate = _resumed(options) if options.resume else (*begun(options), None)
    ended = folder.ended()
    if ended is not None and ended.reason == Ending.FINISHED and ended.epoch >= config.epochs:
        if options.data:
            relocated(folder, options.data)
        say(f"the run in {folder.folder} has finished its {ended.epoch} epochs; to train longer, add --set epochs=N")
        _told(folder, options)
        return OK
    say(f"the run folder is {folder.folder}")
    if options.detach:
        return _detached(folder, options)
    try:
        last = train_to_end(config, folder, rate)
    except UserError:
        if not options.resume:
            folder.discard_unstarted()
        raise
    _told(folder, options)
    if last is None or last.reason == Ending.STOPPED:
        say(how_to_continue(folder))
        return INTERRUPTED
    return OK


def _queued(options: argparse.Namespace) -> int:
    """Adds one run to the queue, or several, and trains several now unless they are to wait."""
    from alexnet_app.commands.queued_runs import told
    from alexnet_app.commands.queueing import entries_for, start_working, work_through
    from alexnet_app.core.runs.waiting import Queue

    if not options.preset or options.run:
        raise UserError("--queue and --grid need --preset, and no --run: each run gets a folder of its own")
    queue = Queue()
    name = check_name(options.name) if options.name else ""
    entries = entries_for(_configured(options), name, runs_folder(), options.grid)
    queue.add(entries)
    for each in entries:
        say(f"in the queue: {each.key}  {each.name or options.preset}")
    if options.queue or options.detach:
        child = None if options.queue else start_working(queue, low_priority=options.low_priority)
        if options.json:
            print_json({"keys": [each.key for each in entries], "process": child.pid if child else None})
        say("train what waits with: queue run" if child is None else "they are trained in the background: see queue")
        return OK
    done, interrupted = work_through(queue, {each.key for each in entries})
    told(done, options)
    return INTERRUPTED if interrupted else OK


def _detached(folder: Run, options: argparse.Namespace) -> int:
    """Lets a process of its own train, with what was asked to be changed in a run that continues."""
    from alexnet_app.commands.detaching import go_on_detached

    changes = [word for text in options.settings for word in ("--set", text)] if options.resume else []
    changes += ["--device", options.device] if options.resume and options.device else []
    changes += ["--data", options.data] if options.resume and options.data else []
    child = go_on_detached(folder, changes, low_priority=options.low_priority)
    if options.json:
        print_json({"run": str(folder.folder), "process": child.pid, "output": str(folder.said_file)})
    say(f'it trains in the background; follow it with: runs follow "{folder.folder}"')
    return OK


def _told(folder: Run, options: argparse.Namespace) -> None:
    """The result, on stdout: of one's own photos in the sentence that says how good it is."""
    found = summary(folder)
    judged = own_photos.judged(folder)
    if judged is not None:
        found |= {"outcome": own_photos.plain(judged)}
    if options.json:
        print_json(found)
    elif judged is not None:
        print("\n".join(map(printable, own_photos.lines_of_outcome(judged))))
    elif found["top1_error"] is not None:
        print(f"{counted(found['epochs'], 'epoch')}, top-1 error {found['top1_error']:.1%}, model {folder.last_file}")
    elif model_of(folder).kind == "last":
        why = "no error on new images: the validation images were trained on"
        print(f"{counted(found['epochs'], 'epoch')}, {why}, model {folder.last_file}")


def _begun(options: argparse.Namespace) -> tuple[Run, TrainConfig]:
    """A new run folder and what is trained in it."""
    config = _configured(options)
    folder = Path(options.run) if options.run else new_folder(runs_folder(), config.preset)
    check_apart(folder, config.data)
    name = check_name(options.name) if options.name else ""
    run = Run.create(folder, to_toml(config))
    if name:
        relabel(run, name=name)
    return run, config


def _configured(options: argparse.Namespace) -> TrainConfig:
    config = _finetuned(with_settings(load_config(options.preset), options.settings), options)
    config = _on_device(config, options)
    check_new(config)
    if options.download:
        download_cifar10()
    if options.data is None and config.data in NOT_CHOSEN:
        raise UserError(
            "the preset {name} needs your own images",
            hint="choose the folder with your images: --data DIR",
            name=config.preset,
        )
    return replace(config, data=whole(config.data if options.data is None else options.data))


def _finetuned(config: TrainConfig, options: argparse.Namespace) -> TrainConfig:
    """``config`` with the model to begin with, and its network where no other one was asked for."""
    if options.init is not None:
        init = whole_name(options.init)
        asked = any(text.partition("=")[0].strip() == "network" for text in options.settings)
        network = "" if asked or not init else _network_of(model_path(init))
        config = replace(config, init=init, network=network or config.network)
    given = {"freeze": options.freeze, "rate_factors": options.rate_factors and ",".join(options.rate_factors)}
    changes = {name: value for name, value in given.items() if value is not None}
    return replace(config, finetune=replace(config.finetune, **changes))


def _network_of(path: Path) -> str:
    from alexnet_app.core.network.exchange.start_weights import network_to_begin

    return network_in(path) or network_to_begin(path)


def _resumed(options: argparse.Namespace) -> tuple[Run, TrainConfig, float | None]:
    """The run and its configuration, with more epochs, other devices or another place of its images if that was asked
    for, and the learning rate to continue with, None for that of its checkpoint.
    """
    run = Run.existing(Path(options.resume))
    refused = next((name for name in NEW_ONLY if getattr(options, name)), None)
    keys = [text.partition("=")[0].strip() for text in options.settings]
    if refused or any(key not in AT_RESUME for key in keys):
        option = f"--{refused}".replace("_factors", "-factor")
        raise UserError(
            "{what} cannot be changed in a resumed run",
            hint="only --set epochs=, learning_rate=, micro_batch=, halve_micro_batch=, placement=, devices=, --device "
            "and --data, the new place of the same images, can be changed; start a new run for anything else",
            what=option if refused else next(key for key in keys if key not in AT_RESUME),
        )
    before = config_of(run)
    config = _on_device(with_settings(before, options.settings), options)
    rate = config.learning_rate if "learning_rate" in keys else None
    config = replace(config, learning_rate=before.learning_rate)  # with which it began: its events tell the rest
    config = replace(config, data=whole(options.data)) if options.data else config
    check_can_go_on(run, config, rate)
    return run, config, rate


def _on_device(config: TrainConfig, options: argparse.Namespace) -> TrainConfig:
    if options.device and config.placement == "towers":
        raise UserError(
            "--device {device} is one device, but each tower needs its own",
            hint="omit it, or add --set placement=one",
            device=options.device,
        )
    return replace(config, device=options.device) if options.device else config
