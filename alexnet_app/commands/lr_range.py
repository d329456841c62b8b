"""The command ``lr-range``: which learning rates suit a configuration."""

import argparse
import queue
from dataclasses import replace

from alexnet_app.commands.interruption import interruptible
from alexnet_app.commands.options import add_device, add_json
from alexnet_app.commands.progress import Bars, say
from alexnet_app.commands.results import INTERRUPTED, OK, print_json
from alexnet_app.commands.running import shown
from alexnet_app.commands.runs import curve
from alexnet_app.core.data.sources.named import NOT_CHOSEN, whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.steering import Command
from alexnet_app.core.training.config_text import load_config, with_settings
from alexnet_app.core.training.rate_range import LEAST, MOST, STEPS, RateRange, rate_range

WIDE = 40  # characters of the curve


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    parser.add_argument("--preset", metavar="NAME|FILE.toml", required=True, help="a configuration, as for train")
    parser.add_argument("--data", metavar="DIR|CSV|ARCHIVE", help="other images than those of the preset")
    parser.add_argument(
        "--set", action="append", default=[], metavar="KEY=VALUE", dest="settings", help="change a setting; repeatable"
    )
    parser.add_argument("--least", type=float, default=LEAST, metavar="RATE", help=f"to begin with (default: {LEAST})")
    parser.add_argument("--most", type=float, default=MOST, metavar="RATE", help=f"to end with (default: {MOST})")
    parser.add_argument("--steps", type=int, default=STEPS, metavar="N", help=f"a rate each (default: {STEPS})")
    add_device(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """Tries the rates, draws the loss over them, and suggests one."""
    config = with_settings(load_config(options.preset), options.settings)
    config = replace(config, device=options.device) if options.device else config
    if options.data is None and config.data in NOT_CHOSEN:
        raise UserError("the preset {name} needs your own images", "add --data DIR", name=config.preset)
    config = replace(config, data=whole(config.data if options.data is None else options.data))
    asked: queue.SimpleQueue[Command] = queue.SimpleQueue()
    tried = rate_range(config, asked, least=options.least, most=options.most, steps=options.steps)
    with interruptible(asked) as interrupted, Bars() as bars:
        found = shown(tried, bars)
    if found.rates:
        say(f"loss  {curve(_few(found.smooth))}  from {found.rates[0]:.2g} to {found.rates[-1]:.2g}")
    if options.json:
        print_json(_plain(found, config.learning_rate))
    else:
        print(str(found.reason))
        if found.suggested is not None:
            print(f"suggested: --set learning_rate={found.suggested:g} (the preset has {config.learning_rate:g})")
    return INTERRUPTED if interrupted() else OK


def _few(values: tuple[float, ...]) -> list[float]:
    """So many of them as a line has room for, at equal distances."""
    count = min(WIDE, len(values))
    return [values[place * (len(values) - 1) // max(1, count - 1)] for place in range(count)]


def _plain(found: RateRange, rate: float) -> dict[str, object]:
    return {
        "suggested": found.suggested,
        "steepest": found.steepest,
        "too_large": found.too_large,
        "configured": rate,
        "reason": str(found.reason),
        "rates": list(found.rates),
        "losses": list(found.losses),
        "smooth": list(found.smooth),
    }
