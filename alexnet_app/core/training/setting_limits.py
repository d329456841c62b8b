"""Settings with a meaning and limits: frozen values that refuse bad numbers when they are made."""

import dataclasses
from typing import Any, get_args

from alexnet_app.core.errors import Text, UserError
from alexnet_app.core.network.variants import nearest


def setting(
    default: Any,
    meaning: str,
    *,
    unit: str = "",
    least: Any = None,
    most: Any = None,
    of: Any = None,
    older: tuple[str, ...] = (),
) -> Any:
    """A field with what a form and a check need: its meaning, its unit, its limits or the values it can have.

    ``older`` are values that are not offered any more, but are read: runs of older versions have them.
    """
    about = {"meaning": meaning, "unit": unit, "least": least, "most": most, "of": of, "older": older}
    return dataclasses.field(default=default, metadata=about)


def check(part: Any, prefix: str) -> None:
    """Raises UserError, naming the value and the limit, where a setting in ``part`` makes no sense.

    ``part`` is a frozen dataclass, ``prefix`` stands before the names of its settings. Whole numbers become floats
    where those are wanted.
    """
    for field in dataclasses.fields(part):
        if not dataclasses.is_dataclass(field.default):
            value = _typed(getattr(part, field.name), field, prefix)
            object.__setattr__(part, field.name, value)
            for each in value if isinstance(value, tuple) else (value,):
                _check_value(each, field, prefix)


def _typed(value: Any, field: dataclasses.Field[Any], prefix: str) -> Any:
    """``value`` as the type of its field: a whole number is a float where one is wanted, nothing else is changed."""
    parts = value if isinstance(value, tuple) else (value,)
    if any(type(each) is int and each.bit_length() > 63 for each in parts):
        # beyond TOML's whole numbers: perhaps too long to be printed, or too large for a float
        raise UserError("{key} is a whole number of more than 63 bits", key=prefix + field.name)
    wanted = tuple if isinstance(field.default, tuple) else type(field.default)
    if wanted is float and type(value) is int:
        return float(value)
    each_is = get_args(field.type)[0] if wanted is tuple else None
    if type(value) is wanted and (each_is is None or all(type(each) is each_is for each in parts)):
        return value
    kinds = {
        int: Text("a whole number"),
        float: Text("a number"),
        bool: Text("true or false"),
        str: Text("a text"),
    }
    lists = {int: Text("a list of numbers"), str: Text("a list of texts")}
    kind = lists[each_is] if each_is else kinds[wanted]
    raise UserError("{key} must be {kind}, not {value!r}", key=prefix + field.name, kind=kind, value=value)


def _check_value(value: Any, field: dataclasses.Field[Any], prefix: str) -> None:
    least, most, of = (field.metadata[name] for name in ("least", "most", "of"))
    key = prefix + field.name
    if of is not None and value not in (*of, *field.metadata["older"]):
        raise UserError(
            "{key} cannot be {value!r}",
            hint="the closest is {near!r}; it can be {known}",
            key=key,
            value=value,
            near=nearest(str(value), list(of)),
            known=", ".join(of),
        )
    if isinstance(value, str) and value != value.encode(errors="replace").decode():
        # a file name of an old encoding: it can be opened, but neither TOML nor JSON can hold it
        raise UserError("{key} must be valid Unicode, not {value!r}", hint="rename it", key=key, value=value)
    # a comparison with NaN is false: it fails as a number beyond the limits does
    if least is not None and not (value >= least):
        raise UserError("{key} must be at least {least}, not {value}", key=key, least=_said(least), value=_said(value))
    if most is not None and not (value <= most):
        raise UserError("{key} must be at most {most}, not {value}", key=key, most=_said(most), value=_said(value))


def _said(number: float) -> float:
    """A number as people write it: 10 and not 10.0."""
    return int(number) if isinstance(number, float) and number.is_integer() else number
