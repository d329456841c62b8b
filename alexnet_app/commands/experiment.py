"""The command ``experiment``: the paper's experiments with bars, a table at the end, and a picture."""

import argparse
import queue
from dataclasses import asdict
from pathlib import Path
from typing import Any

from alexnet_app.commands.interruption import interruptible
from alexnet_app.commands.needs import check
from alexnet_app.commands.options import add_device, add_json, add_scale
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.results import INTERRUPTED, OK, print_json, typed
from alexnet_app.commands.running import download_cifar10, shown
from alexnet_app.core.data.sources.named import whole
from alexnet_app.core.events import Event, Resumed, RunEnded, RunStarted
from alexnet_app.core.experiments.experiment import Concluded, Experiment, Finding, RunBegun, RunLeft, RunOf, Scale
from alexnet_app.core.experiments.sizes import size_lines
from alexnet_app.core.experiments.stored import check_fits, experiments_folder, finite
from alexnet_app.core.experiments.wording import table
from alexnet_app.core.runs.listing import runs_folder
from alexnet_app.core.steering import Command


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="which experiment (default: list all)")
    parser.add_argument("--data", metavar="DIR|ARCHIVE", help='the data set (default: CIFAR-10); "shapes": sample data')
    parser.add_argument("--download", action="store_true", help="download CIFAR-10 (170 MB) if it is missing")
    parser.add_argument("--epochs", type=int, default=0, metavar="N", help="maximum number of epochs per run")
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="number of random seeds for each network")
    parser.add_argument("--quick", action="store_true", help="a small setting: minutes on two processors")
    parser.add_argument(
        "--preset",
        metavar="NAME|FILE.toml",
        help="another preset for the runs; the list says which networks are supported",
    )
    add_device(parser)
    parser.add_argument("--out", metavar="DIR", help="its folder (default: in AlexNet/experiments at home)")
    parser.add_argument("--runs", metavar="DIR", help="scoreboard: where your runs are (default: AlexNet/runs)")
    add_scale(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``experiment``: one of them, or, without a name, what there is."""
    if not options.name:
        return _list(options)
    check("torch")
    return _run(options)


def _list(options: argparse.Namespace) -> int:
    from alexnet_app.core.experiments.catalogue import EXPERIMENTS

    if options.json:
        keys = ("name", "title", "where", "paper", "networks")
        print_json([{key: getattr(each, key) for key in keys} for each in EXPERIMENTS])
        return OK
    for each in EXPERIMENTS:
        print(f"{each.name:15} {each.title}: {each.question}\n{'':15} {each.where}: {each.paper}")
        if each.networks:
            print(f"{'':15} Supported: {each.networks}")
    return OK


def _run(options: argparse.Namespace) -> int:
    from alexnet_app.core.experiments.catalogue import experiment_named

    chosen, scale = experiment_named(options.name), _scale(options)
    folder = _folder(options, chosen, scale)
    say(f"{chosen.title}: {chosen.question}")
    if scale.quick:
        say("the quick setting: few images and epochs, a preview that is not comparable with the paper")
    planned = chosen.plan(scale)
    if planned:
        say(f"all runs use the preset {scale.preset or planned[0].config.preset}")
        for line in size_lines(planned):
            say(line)
    say(f"the folder of the experiment is {folder}")
    if options.download:
        download_cifar10()
    finding = _to_end(chosen, scale, folder)
    if finding is None:
        say(f"stopped; continue with the same command: {_going_on(options, folder)}")
        return INTERRUPTED
    _tell(chosen, scale, folder, finding, options)
    return OK


def _folder(options: argparse.Namespace, chosen: Experiment, scale: Scale) -> Path:
    """The folder of the experiment; where its images were moved, it names their new place."""
    from alexnet_app.core.experiments.moved import following, placing

    with Bars() as bars:
        if not options.out:
            return shown(placing(experiments_folder(), chosen, scale), bars)
        folder = Path(options.out).expanduser().absolute()
        check_fits(folder, chosen, scale)
        shown(following(folder, chosen, scale), bars)
        return folder


def _going_on(options: argparse.Namespace, folder: Path) -> str:
    """The command that goes on in ``folder``, with everything that was asked for, to be pasted into a shell."""
    given = {
        "data": options.data,
        "epochs": options.epochs,
        "seeds": options.seeds,
        "preset": options.preset,
        "device": options.device,
        "runs": options.runs,
        "scale": options.scale if options.scale != "own" else "",
        "out": folder,
    }
    words = ["experiment", options.name]
    for name, value in given.items():
        words += [f"--{name}", str(value)] if value else []
    return typed([*words, *(f"--{name}" for name in ("quick", "json") if getattr(options, name))])


def _scale(options: argparse.Namespace) -> Scale:
    return Scale(
        data="" if options.data is None else whole(options.data),
        epochs=options.epochs,
        seeds=options.seeds,
        quick=options.quick,
        preset=options.preset or "",
        device=options.device or "auto",
        runs=Path(options.runs).expanduser().absolute() if options.runs else runs_folder(),
    )


def _to_end(chosen: Experiment, scale: Scale, folder: Path) -> Finding | None:
    """Runs it with bars on stderr. Ctrl-C saves and stops, a second one breaks off; then there is no finding."""
    from alexnet_app.core.experiments.running import running

    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    begun = False
    with interruptible(asked) as interrupted, Bars() as bars:
        job = running(chosen, scale, folder, asked)
        for event in job:
            begun = _show(bars, event, begun)
            if isinstance(event, Concluded):
                return event.finding
            if interrupted() and not begun:  # nothing is trained yet, so nothing would read the command
                job.close()  # type: ignore[attr-defined]
                return None
    return None


def _show(bars: Bars, event: Event, begun: bool) -> bool:
    """Brings the screen up to date; whether a run has begun to train, and reads commands."""
    match event:
        case RunBegun():
            over = ", already finished" if event.is_over else ""
            say(f"run {event.index} of {event.total}: {event.name}{over}")
            return False
        case RunOf():
            bars.show(event.event)
            if isinstance(event.event, RunEnded):
                return False
            return begun or isinstance(event.event, RunStarted | Resumed)
        case RunLeft():
            say(f"{event.name} stopped early after {event.step:,} steps: it is too far behind to matter")
            return False
    return begun


def _tell(chosen: Experiment, scale: Scale, folder: Path, finding: Finding, options: argparse.Namespace) -> None:
    from alexnet_app.core.experiments.kernels import write_kernels
    from alexnet_app.core.experiments.picture import write_figure

    picture = write_figure(chosen, scale, folder, finding)
    kernels = write_kernels(chosen, scale, folder, options.scale)
    if options.json:
        print_json(_as_json(finding, folder, picture, kernels))
        return
    print("\n".join(table(finding)))
    print(finding.sentence)
    print(f"{'quick setting: ' if finding.quick else ''}{finding.conditions}")
    print(f"The plot is in {picture}")
    if kernels is not None:
        print(f"The kernels of each run are in {kernels}")


def _as_json(finding: Finding, folder: Path, picture: Path, kernels: Path | None) -> dict[str, Any]:
    values: dict[str, Any] = finite(asdict(finding))
    return {**values, "folder": str(folder), "picture": str(picture), "kernels": str(kernels) if kernels else None}
