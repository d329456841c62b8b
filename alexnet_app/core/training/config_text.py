"""Configurations as text: presets, TOML files, and single settings as ``key=value``."""

import dataclasses
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from alexnet_app import resources
from alexnet_app.core.errors import UserError, cause
from alexnet_app.core.foreign import check_regular, read_text
from alexnet_app.core.network.variants import nearest
from alexnet_app.core.training.config import TrainConfig


def preset_names() -> tuple[str, ...]:
    """The presets that come with the program."""
    return tuple(sorted(file.stem for file in resources.path("presets").glob("*.toml")))


def load_config(name: str) -> TrainConfig:
    """The preset ``name``, or the configuration in the file ``name`` (ending in .toml)."""
    if name.endswith(".toml"):
        return from_toml(read_text(Path(name).expanduser()), name)
    if name not in preset_names():
        if os.path.exists(name) and not os.path.isdir(name):  # noqa: PTH110, PTH112 - have an answer for every name
            check_regular(Path(name))  # says so where it is a pipe or a device
        known = preset_names()
        raise UserError(
            "there is no preset named {name!r}",
            hint="the closest is {near!r}; known are {known}, or give a .toml file",
            name=name,
            near=nearest(name, list(known)),
            known=", ".join(known),
        )
    config = from_toml(read_text(resources.path(f"presets/{name}.toml")), name)
    return dataclasses.replace(config, preset=name)


def from_toml(text: str, name: str) -> TrainConfig:
    """The configuration in ``text``; ``name`` is for the error."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # numbers of thousands of digits, lists of thousands of levels
        raise UserError("{name} is not valid TOML: {why}", name=name, why=_why(error)) from error
    config: TrainConfig = _made(TrainConfig, values, "")
    return config


def _why(error: ValueError | RecursionError) -> str:
    if isinstance(error, tomllib.TOMLDecodeError):
        return cause(error)
    return "it is nested too deeply" if isinstance(error, RecursionError) else "a number has too many digits"


@dataclasses.dataclass(frozen=True, slots=True)
class OlderConfig:
    """What can be had today of a configuration that another version wrote: the settings that this one does not know,
    and the values that it refuses, each with the sentence why; these have their defaults in ``config``.
    """

    config: TrainConfig
    unknown: tuple[str, ...] = ()
    refused: tuple[UserError, ...] = ()


def from_other_version(text: str, name: str) -> OlderConfig:
    """As much as can be had of the configuration in ``text``. UserError where nothing can."""
    try:
        values = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise UserError("{name} is not valid TOML: {why}", name=name, why=_why(error)) from error
    known = set(keys())
    groups = {key.partition(".")[0] for key in known if "." in key}
    flat: dict[str, Any] = {}
    for key, value in values.items():
        inner = isinstance(value, Mapping) and key in groups
        flat |= {f"{key}.{each}": part for each, part in value.items()} if inner else {key: value}
    unknown = tuple(key for key in flat if key not in known)
    kept = {key: value for key, value in flat.items() if key in known}
    refused: list[UserError] = []
    while True:
        try:
            return OlderConfig(_made(TrainConfig, _nested(kept), ""), unknown, tuple(refused))
        except UserError as error:
            wrong = error.values.get("key")
            if not isinstance(wrong, str) or wrong not in kept:
                raise
            refused.append(error)
            del kept[wrong]


def _nested(flat: Mapping[str, Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for key, value in flat.items():
        group, dot, name = key.partition(".")
        if dot:
            nested.setdefault(group, {})[name] = value
        else:
            nested[group] = value
    return nested


def to_toml(config: TrainConfig) -> str:
    """The whole configuration as TOML."""
    import tomli_w

    return tomli_w.dumps(dataclasses.asdict(config))


def with_settings(config: TrainConfig, settings: Sequence[str]) -> TrainConfig:
    """``config`` with ``key=value`` settings applied: dotted keys, TOML values (text may go without quotes).

    Of two for one key the later holds; only what they make together must make sense.
    """
    changed: TrainConfig = _replaced(config, [_read(text) for text in settings])
    return changed


def keys(config: Any = TrainConfig, prefix: str = "") -> list[str]:
    """All keys that can be set, dotted."""
    found: list[str] = []
    for field in dataclasses.fields(config):
        inner = field.default
        found += keys(inner, f"{field.name}.") if dataclasses.is_dataclass(inner) else [prefix + field.name]
    return found


def _made(kind: type[Any], values: Mapping[str, Any], prefix: str) -> Any:
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for name in values:
        if name not in fields:
            raise _unknown(prefix + name)
    parts = {}
    for name, value in values.items():
        part = fields[name].default
        if dataclasses.is_dataclass(part):
            value = _made(type(part), _table(value, name), f"{name}.")
        parts[name] = tuple(value) if isinstance(value, list) else value
    return kind(**parts)


def _table(value: Any, name: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise UserError("{name} is a group of settings, not {value!r}", hint="write [{name}]", name=name, value=value)


def _read(setting: str) -> tuple[list[str], str, str]:
    """The names in the key of ``key=value``, the value, the key."""
    key, sign, value = (part.strip() for part in setting.partition("="))
    if not sign or not key:
        raise UserError("{text!r} is not a setting", hint="write key=value, for example epochs=3", text=setting)
    return key.split("."), value, key


def _replaced(part: Any, settings: Sequence[tuple[Sequence[str], str, str]]) -> Any:
    fields = {field.name: field for field in dataclasses.fields(part)}
    changes: dict[str, Any] = {}
    inside: dict[str, list[tuple[Sequence[str], str, str]]] = {}
    for (name, *rest), value, key in settings:
        if name not in fields or dataclasses.is_dataclass(fields[name].default) != bool(rest):
            raise _unknown(key)
        if rest:
            inside.setdefault(name, []).append((rest, value, key))
        else:
            changes[name] = _parsed(value, fields[name].type is str, key)
    changes |= {name: _replaced(getattr(part, name), inner) for name, inner in inside.items()}
    return dataclasses.replace(part, **changes)


def _parsed(value: str, is_text: bool, key: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {value}")["value"] if "\n" not in value else None
    except (ValueError, RecursionError):  # numbers of thousands of digits, lists of thousands of levels
        parsed = value if is_text else None
    if parsed is None and re.fullmatch(r"[+-]?\d+,\d+(e[+-]?\d+)?", value.strip(), re.IGNORECASE):
        raise UserError(
            "{value!r} for {key} has a decimal comma",
            hint="write it with a decimal point, as in files: {pointed}",
            value=value,
            key=key,
            pointed=value.strip().replace(",", "."),
        )
    if parsed is None:
        raise UserError(
            "{value!r} is not a valid TOML value for {key}",
            hint='write a number, true, or "text"',
            value=value,
            key=key,
        )
    return tuple(parsed) if isinstance(parsed, list) else parsed


def _unknown(key: str) -> UserError:
    known = keys()
    return UserError(
        "there is no setting {key!r}",
        hint="the closest is {near!r}; all are: {known}",
        key=key,
        near=nearest(key, known),
        known=", ".join(known),
    )
