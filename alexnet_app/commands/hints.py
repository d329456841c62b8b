"""Errors as a person reads them in a terminal."""

from alexnet_app.core.errors import UserError, Way

IN_THE_TERMINAL = {
    Way.GET_CIFAR10: "run train or experiment with --download, or give --data with {file} or its extracted folder",
    Way.OTHER_DATA: 'choose a folder with one sub-folder per class, a CIFAR-10 archive, "cifar10" or "shapes"',
    Way.OWN_DATA: "choose the folder with your images: --data DIR; a folder of that name is given as ./{data}",
    Way.OTHER_RUN_FOLDER: "choose another with --run, or continue it: train --resume {folder}",
    Way.ROOM_FOR_RUN: "free some space, or choose another folder with --run",
    Way.ROOM_TO_RESUME: "free some space, then continue with --resume",
    Way.FEWER_AT_ONCE: "use fewer images per forward pass, for example --set micro_batch=32, or let the run choose: "
    "--set halve_micro_batch=true",
    Way.TWO_DEVICES: 'choose two devices of the same kind, for example --set \'devices=["cuda:0", "cuda:1"]\'',
    Way.ONE_DEVICE: "use --set placement=one, or a network with two towers, such as alexnet-2012",
    Way.ONE_OR_TWO_DEVICES: 'use --set placement=one, or try it with --set \'devices=["cpu", "cpu"]\'',
    Way.CPU: "use --device cpu",
    Way.NETWORK_OF_MODEL: "use --set network={found}",
    Way.SAME_SIDES: "choose CIFAR-10 as the data, or another preset: --preset {presets}",
    Way.VERIFY_SET: "check the set with prepare --verify; run prepare again to repair it",
    Way.LIST_SETS: "list them with: prepare --list",
    Way.OTHER_EXPERIMENT_FOLDER: "choose another folder with --out; this one stays readable",
    Way.FREE_EXPERIMENT_FOLDER: "remove it, or choose another folder with --out",
    Way.NAME_FORMAT: "choose its format with --as {formats}",
    Way.REPLACE_FILE: "choose another output file, or replace it with --force",
    Way.NO_HALF: "omit --half",
    Way.MOVED_DATA: "if they were moved, name the folder in which they are now: --data DIR",
    Way.LOWER_RATE: 'continue from there: train --resume "{folder}" --set learning_rate={lower}',
}


def told(error: UserError) -> str:
    """The sentence with its way out, as options and commands."""
    hint = IN_THE_TERMINAL[error.hint] if isinstance(error.hint, Way) else error.hint
    return f"{error.sentence}; {error.filled(hint)}" if hint else error.sentence
