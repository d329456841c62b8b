"""``train --data FOLDER`` without a preset: a person's own photos, from what is understood to how good it became."""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alexnet_app.commands.progress import Bars, duration, say
from alexnet_app.commands.running import shown
from alexnet_app.commands.understood_lines import lines_of
from alexnet_app.core.data.sources.named import NAMES, whole
from alexnet_app.core.errors import UserError
from alexnet_app.core.runs.listing import runs_folder
from alexnet_app.core.runs.model import model_of
from alexnet_app.core.runs.run import Run
from alexnet_app.core.training.config import OWN_PHOTOS, TrainConfig, check_new
from alexnet_app.core.training.config_text import with_settings
from alexnet_app.core.training.resume import config_of

if TYPE_CHECKING:  # torch comes with it
    from alexnet_app.core.inference.outcome import Judged

MISTAKES = 10  # so many are told


def begin(options: argparse.Namespace) -> tuple[Run, TrainConfig]:
    """A new run on the folder ``options.data``, whose settings are chosen by its images. Says what was understood, what
    is chosen and why, and about how long it takes. UserError where no training is possible.
    """
    from alexnet_app.core.data.sources.addresses import opening_files
    from alexnet_app.core.data.sources.understood import inspecting, understood
    from alexnet_app.core.training.my_photos import base_of, begun, choose, estimated

    data = _own_folder(options.data)
    with Bars() as bars:
        source = shown(opening_files(data), bars)
        source = shown(inspecting(source), bars)
    found = understood(source)
    say("\n".join(lines_of(found)))
    chosen = choose(found, data, base_of(options.init) if options.init else None)
    config = _with_options(chosen.config, options)
    check_new(config)
    changed = f" (changed by options: {', '.join(_changed(chosen.config, config))})" if config != chosen.config else ""
    say("\n".join(["", *map(str, chosen.reasons)]) + changed)
    took = estimated(config, source)
    folder = Path(options.run) if options.run else None
    run = begun(replace(chosen, config=config), runs_folder(), options.name or "", folder)
    say(f"This takes at most about {duration(took.seconds)}.")
    return run, config


def judged(run: Run) -> "Judged | None":
    """How good the model of ``run`` is on images that it was not trained on; None if it did not train on a person's
    photos, has no model yet, or its images are gone, which is said.
    """
    from alexnet_app.core.training.judging import judging

    if config_of(run).preset != OWN_PHOTOS or not model_of(run).path.is_file():
        return None
    try:
        with Bars() as bars:
            return shown(judging(run), bars)
    except UserError as error:
        say(f"it was not measured how good the model is: {error.sentence}")
        return None


def lines_of_outcome(found_out: "Judged") -> list[str]:
    """What came of it, as people read it: the sentence, its notes, and the surest mistakes."""
    evaluation = found_out.evaluation
    names, found = evaluation.classes, evaluation.mistakes
    mistakes = [
        f"  {each.path or each.index}: {names[each.true]}, answered {names[each.answered]} ({each.probability:.0%})"
        for each in found[:MISTAKES]
    ]
    more = [f"  … and {len(found) - MISTAKES:,} more"] if len(found) > MISTAKES else []
    head = ["mistakes, the most confident first", *mistakes, *more] if mistakes else []
    return [str(found_out.outcome.sentence), *map(str, found_out.outcome.notes), *head]


def plain(found_out: "Judged") -> dict[str, Any]:
    """The same for ``--json``."""
    outcome = found_out.outcome
    low, high = outcome.interval
    return {
        "right": outcome.right,
        "images": outcome.count,
        "split": outcome.split,
        "interval": [low, high],
        "majority": {"name": outcome.majority, "share": outcome.guess},
        "chosen_by_these": outcome.chosen_by,
    }


def _own_folder(given: str | None) -> str:
    """``given`` as the address of a person's own images; UserError where it needs a preset."""
    if given is None:
        raise UserError(
            "nothing was chosen to train",
            "name a preset with --preset shapes, your own images with --data DIR, or a run with --resume RUN",
        )
    if given in NAMES:
        raise UserError(
            "{data} is a data set that comes with presets of its own",
            "choose one: --preset {preset}; a folder of that name is given as ./{data}",
            data=given,
            preset={"shapes": "shapes", "cifar10": "cifar-towers"}[given],
        )
    return whole(given)


def _with_options(config: TrainConfig, options: argparse.Namespace) -> TrainConfig:
    config = with_settings(config, options.settings)
    given = {"freeze": options.freeze, "rate_factors": options.rate_factors and ",".join(options.rate_factors)}
    changes = {name: value for name, value in given.items() if value is not None}
    config = replace(config, finetune=replace(config.finetune, **changes))
    return replace(config, device=options.device) if options.device else config


def _changed(one: TrainConfig, other: TrainConfig) -> Sequence[str]:
    from alexnet_app.core.training.identity import settings_of

    before, after = ({**settings_of(each), "setting epochs": str(each.epochs)} for each in (one, other))
    return [name.removeprefix("setting ") for name in after if after[name] != before[name]] or ["device"]
