"""The command ``ask``: what can be asked of a run that another process trains, the window or a terminal."""

import argparse
from pathlib import Path

from alexnet_app.commands.options import add_json
from alexnet_app.commands.progress import say
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.errors import UserError
from alexnet_app.core.events import CheckpointSaved, Continued, Event, Paused, RateChanged, RunEnded
from alexnet_app.core.runs.run import Run
from alexnet_app.core.steering import (
    LEAST_RATE,
    MOST_RATE,
    Command,
    Continue,
    DivideRate,
    Pause,
    SaveNow,
    SetRate,
    Stop,
    UndoRate,
)

PATIENCE = 30.0  # seconds: one step of a large network on a processor, and one save


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("run", metavar="RUN", help="the folder of a run in progress")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--rate", metavar="VALUE", help="train with this learning rate from the next step on")
    what.add_argument("--divide-rate", metavar="N", help="divide the learning rate by N")
    for option, meaning in (
        ("--undo-rate", "take back the last change of the learning rate that was asked for"),
        ("--pause", "wait after this step"),
        ("--continue", "continue after a pause"),
        ("--save", "write a checkpoint and the models now"),
        ("--stop", "save and end; the run can be resumed"),
    ):
        what.add_argument(option, action="store_true", help=meaning)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Asks, and says what the run did."""
    from alexnet_app.core.runs.asking import ask

    found = Run.existing(Path(options.run))
    event = ask(found, _command(options), PATIENCE)
    if event is None:
        say(f"asked; the run has not answered within {PATIENCE:.0f} s, and does it at the next step that it finishes")
    facts = {"run": str(found.folder), "answer": type(event).__name__ if event else None}
    if options.json:
        print_json(facts | {name: getattr(event, name, None) for name in ("step", "rate")})
    elif event is not None:
        print(_told(event))
    return OK


def _command(options: argparse.Namespace) -> Command:
    if options.rate is not None:
        return SetRate(_number("--rate", options.rate, LEAST_RATE, MOST_RATE))
    if options.divide_rate is not None:
        return DivideRate(_number("--divide-rate", options.divide_rate, 1e-6, 1e6))
    chosen = {"undo_rate": UndoRate, "pause": Pause, "continue": Continue, "save": SaveNow, "stop": Stop}
    return next(kind for name, kind in chosen.items() if getattr(options, name))()


def _number(option: str, text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:  # true for NaN too
        raise UserError(
            "{option} must be a number from {least:g} to {most:g}, not {text}",
            hint="for example {option} 0.001" if option == "--rate" else "for example {option} 10",
            option=option,
            least=least,
            most=most,
            text=text,
        )
    return value


def _told(event: Event) -> str:
    match event:
        case RateChanged(step, rate):
            return f"learning rate {rate:g} from step {step:,} on"
        case Paused(step):
            return f"paused after {step:,} steps"
        case Continued(step):
            return f"continued after {step:,} steps"
        case CheckpointSaved(step):
            return f"saved after {step:,} steps"
        case RunEnded(reason, step):
            return f"{reason} after {step:,} steps"
    return type(event).__name__
