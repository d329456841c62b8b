"""What a pickle asks to call is known before anything of it is: weights need a few makers of tensors."""

import encodings.aliases
import io
import pickletools
import re
from collections.abc import Iterator

from alexnet_app.core.errors import UserError

MOST_CALLS = 200  # of what is not known, until a pickle is judged by them
MODULES = "torch.nn.modules."  # of which whole models are made
_STORAGES = ("Float", "Half", "BFloat16", "Double", "Long", "Int", "Short", "Char", "Byte", "Bool")
ENCODE = "_codecs encode"  # which numpy has its bytes by
HARMLESS = {
    "collections OrderedDict",
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    *(f"torch {name}Storage" for name in _STORAGES),
    ENCODE,
}
# what values beside the weights are made by, such as the best accuracy or the settings so far; they are not read
ASIDE = {
    *(f"numpy{old}.multiarray {name}" for old in (".core", "._core") for name in ("scalar", "_reconstruct")),
    *("numpy dtype", "numpy ndarray", "argparse Namespace"),
    *(
        f"{module} {kind}{name}"
        for module in ("pathlib", "pathlib._local")
        for kind in ("Posix", "Windows", "Pure")
        for name in ("Path", "PosixPath", "WindowsPath")
    ),
    *(f"datetime {name}" for name in ("datetime", "date", "timedelta")),
    *(f"{module} {name}" for module in ("__builtin__", "builtins") for name in ("list", "dict", "int", "float", "str")),
    "torch.torch_version TorchVersion",
    "lightning_fabric.utilities.data AttributeDict",
    "pytorch_lightning.utilities.parsing AttributeDict",
}
DICTIONARY = "collections defaultdict"  # with a type of ASIDE as its default
# what torch itself makes of them is harmless
SMALL_VALUES = {
    DICTIONARY,
    "collections Counter",
    *("__builtin__ set", "builtins set"),
    "torch Size",
    "torch device",
    *(f"torch {name}" for name in ("float16", "bfloat16", "float32", "float64")),
}
QUANTIZED = re.compile(r"torch\._utils _rebuild_qtensor|torch q\w+|torch\.(ao\.nn|nn|nn\.intrinsic)\.quantized\S* \w+")
# codecs that make bytes of bytes, which one after the other would make gigabytes of a few, and those that take hours
_GROWING = ("base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "uu_codec", "zlib_codec", "punycode", "idna")
GROWING = {*_GROWING, *(alias for alias, codec in encodings.aliases.aliases.items() if codec in _GROWING)}
CALLS = {"STACK_GLOBAL", "INST", "OBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4"}  # which no such file needs
KNOWN = HARMLESS | ASIDE | SMALL_VALUES


def check_pickle(pickle: bytes | io.BytesIO) -> None:
    """Refuses what calls anything but the makers of tensors, before torch, which refuses code but not a gigabyte.

    Raises UserError that says what the file is instead, as far as the names of what it calls tell.
    """
    calls: list[str] = []
    try:
        for call in _calls(pickle):
            calls.append(call)
            if len(calls) > MOST_CALLS:
                break
    except (ValueError, IndexError, UnicodeDecodeError, OverflowError) as error:
        if not calls:
            raise UserError("it is damaged or not a file of torch", hint="download or copy it again") from error
    if calls:
        raise _calling(calls)


def _calls(pickle: bytes | io.BytesIO) -> Iterator[str]:
    """What is called that no weights need; after that texts, too, that name torch's modules."""
    encodes, growing, strange = False, "", False
    for operation, argument, _ in pickletools.genops(pickle):
        if operation.name == "GLOBAL":
            encodes = encodes or argument == ENCODE
        elif isinstance(argument, str) and _grows(argument):
            growing = argument
        unknown = operation.name == "GLOBAL" and argument not in KNOWN
        if operation.name in CALLS or unknown or (strange and str(argument).startswith(MODULES)):
            strange = True
            yield str(argument or operation.name)
    if encodes and growing:
        yield f"the codec {growing}"


def _grows(text: str) -> bool:
    """Whether it names a codec of GROWING, as Python looks for them."""
    return encodings.normalize_encoding(text.lower()).replace(".", "_") in GROWING


def _calling(calls: list[str]) -> UserError:
    """What a file is that asks to call these, as far as their names tell."""
    what = next((each for each in calls if each not in CALLS), calls[0])[:100]
    what = what if what.startswith("the codec") else what.replace(" ", ".")
    if any(QUANTIZED.fullmatch(each) for each in calls):
        return UserError(
            "its weights are quantized, which no network here is; nothing was run",
            hint="save the state_dict from before it was quantized",
        )
    if calls[0].startswith("__torch__"):
        return torch_script()
    if any(each.startswith(MODULES) for each in calls):
        return UserError(
            "it is a whole model ({what}) and not only its weights: opening it runs code; nothing was run",
            hint='where it was made, save its weights alone: torch.save(model.state_dict(), "weights.pth")',
            what=what,
        )
    return UserError(
        "it asks to call {what}, which weights do not need; nothing was run",
        hint="save only the state_dict, or do not use this file",
        what=what,
    )


def torch_script() -> UserError:
    """The refusal of a network that was saved together with its code."""
    return UserError(
        "it is a network of TorchScript, which cannot be opened without its code; nothing was run",
        hint='save its weights alone: torch.save(torch.jit.load("FILE").state_dict(), "weights.pth")',
    )
