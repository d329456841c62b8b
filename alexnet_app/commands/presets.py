"""The command ``presets``: the configurations that come with the program."""

import argparse

from alexnet_app.commands.options import add_json
from alexnet_app.commands.results import OK, print_json
from alexnet_app.core.training.config_text import load_config, preset_names


def arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command."""
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    """``presets``: what comes with the program."""
    found = [{"name": name, "about": load_config(name).about} for name in preset_names()]
    if options.json:
        print_json(found)
        return OK
    for each in found:
        print(f"{each['name']:20} {each['about']}")
    return OK
