"""Mutators: each takes the bytes of a file and a source of chance, and gives other bytes, the same for the same chance.

Those here know bytes and texts (JSON, lines of JSON, TOML); ``binary_mutators.py`` has those of binary formats.
"""

import copy
import json
import random
import struct
from collections.abc import Callable
from typing import TypeAlias

Mutator: TypeAlias = Callable[[bytes, random.Random], bytes]

EDGES = (0, 1, 2, 127, 128, 255, 256, 32767, 65535, 65536, 2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**48, 2**63 - 1)
# what stands in place of a value: None of the kinds of a field, beyond its limits, or more than a reader has room for
ODD = (
    *(None, True, False, 0, -1, 1, 3, 2**31, 2**53 + 1, 2**63, 2**64, -(2**63), 10**400, -(10**400), 0.5, -0.0, 1e-320),
    *(1e308, "", " ", "\0", "\ud800", "é", "../../etc/passwd", "/dev/zero", "\x1b[2J\n", "<img src='/dev/zero'>"),
    *("{path}", "{0}", "%s%n", "x" * 5000, "Stop", "conv1", [], {}, [[]], [0], [None], [{}], {"a": {}}, [1e308] * 40),
)
# in JSON and TOML, where no value of Python writes them so
RAW = ("NaN", "-Infinity", "1e999", "-1e999", "9" * 5000, "[" * 300, "[" * 960, "[" * 100_000, '{"a":' * 980, "'", '"')
MOST_BRACKETS = 300  # in a document that is changed as one
RAW_MARK = "a place for what is written raw"


def flip_bits(data: bytes, chance: random.Random) -> bytes:
    """One to eight bits turned, now and then all in one place."""
    found = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        if found:
            found[chance.randrange(len(found))] ^= 1 << chance.randrange(8)
    return bytes(found)


def insert(data: bytes, chance: random.Random) -> bytes:
    """A few bytes, or some thousand, put between others."""
    place = chance.randrange(len(data) + 1)
    count = chance.choice((1, 2, 4, 16, 3000))
    fresh = chance.randbytes(count) if chance.random() < 0.5 else bytes([chance.choice((0, 10, 32, 91, 255))]) * count
    return data[:place] + fresh + data[place:]


def delete(data: bytes, chance: random.Random) -> bytes:
    """Bytes taken out."""
    place = chance.randrange(len(data) + 1)
    return data[:place] + data[place + chance.choice((1, 2, 4, 16, 300)) :]


def cut(data: bytes, chance: random.Random) -> bytes:
    """Only the beginning."""
    return data[: chance.randrange(len(data) + 1)]


def repeat(data: bytes, chance: random.Random) -> bytes:
    """A stretch written again, once or many times, or over another one."""
    begin = chance.randrange(len(data) + 1)
    part = data[begin : begin + chance.choice((1, 4, 40, 400))]
    if chance.random() < 0.5:
        return data[:begin] + part * chance.choice((2, 3, 50)) + data[begin + len(part) :]
    place = chance.randrange(len(data) + 1)
    return data[:place] + part + data[place + len(part) :]


def lengths(data: bytes, chance: random.Random) -> bytes:
    """A number of 1 to 8 bytes replaced by one at an edge, or two of them exchanged; more often near the beginning."""
    form = chance.choice(("<B", "<H", ">H", "<I", ">I", "<Q", ">Q"))
    size = struct.calcsize(form)
    if len(data) < 2 * size:
        return flip_bits(data, chance)
    reach = min(len(data), chance.choice((32, 256, len(data)))) - size
    one, other = chance.randrange(reach + 1) if reach > 0 else 0, chance.randrange(len(data) - size + 1)
    found = bytearray(data)
    if chance.random() < 0.3:
        found[one : one + size], found[other : other + size] = data[other : other + size], data[one : one + size]
    else:
        edge = chance.choice(EDGES) + chance.choice((-1, 0, 0, 1))
        found[one : one + size] = struct.pack(form, edge % (1 << 8 * size))
    return bytes(found)


PLAIN: tuple[Mutator, ...] = (flip_bits, flip_bits, insert, delete, cut, repeat, lengths, lengths)


def mutated(data: bytes, chance: random.Random, shaped: tuple[Mutator, ...] = ()) -> bytes:
    """``data`` after one to three mutations, ``shaped`` ones more often than plain ones."""
    for _ in range(chance.choice((1, 1, 2, 3))):
        mutator = chance.choice(shaped if shaped and chance.random() < 0.65 else PLAIN)
        try:
            data = mutator(data, chance)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError):
            data = flip_bits(data, chance)  # it is not of that form any more
    return data


def json_document(data: bytes, chance: random.Random) -> bytes:
    """Values of a JSON document replaced, left out, renamed, nested. ValueError where it is none."""
    return written(changed(document_in(data), chance), chance).encode("utf-8", "surrogatepass")


def document_in(data: bytes) -> object:
    """The value that JSON is; ValueError also where it may be too deep, which else depends on who asks."""
    if data.count(b"[") + data.count(b"{") > MOST_BRACKETS:
        raise ValueError("too deep")
    return json.loads(data)


def json_lines(data: bytes, chance: random.Random) -> bytes:
    """One line changed as JSON; or lines left out, doubled, exchanged, joined or torn."""
    lines = data.split(b"\n")
    place, other = chance.randrange(len(lines)), chance.randrange(len(lines))
    match chance.randrange(10):
        case 0:
            del lines[place]
        case 1:
            lines.insert(other, lines[place])
        case 2:
            lines[place], lines[other] = lines[other], lines[place]
        case 3:
            lines[place] += lines[other]
        case 4:
            lines[place] = cut(lines[place], chance)
        case _:
            lines[place] = json_document(lines[place], chance)
    return b"\n".join(lines)


def changed(document: object, chance: random.Random) -> object:
    """A value as JSON has them, with one thing in it, somewhere, changed."""
    holder, key = _somewhere(document, chance)
    if holder is None or chance.random() < 0.02:
        return _odd(chance)
    match chance.randrange(8):
        case 0:
            del holder[key]
        case 1 if isinstance(holder, dict):
            holder[str(chance.choice((f"{key}x", "", "event", "name", "__class__")))] = holder.pop(key)
        case 2 if isinstance(holder, list):
            holder += [holder[key]] * chance.choice((1, 7, 1000))
        case 3:
            holder[key] = [holder[key]] if chance.random() < 0.5 else {"a": holder[key]}
        case 4 if isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            holder[key] = chance.choice((holder[key] + 1, -holder[key], holder[key] * 2, holder[key] * 1000))
        case _:
            holder[key] = _odd(chance)
    return document


def _somewhere(document: object, chance: random.Random) -> tuple[dict | list | None, object]:
    """A place in a document, of any depth: what holds it, and its key or index there."""
    holder, key = None, None
    inner = document
    while isinstance(inner, dict | list) and inner and (holder is None or chance.random() < 0.75):
        holder, key = inner, chance.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        inner = holder[key]
    return holder, key


def _odd(chance: random.Random) -> object:
    return RAW_MARK if chance.random() < 0.2 else copy.deepcopy(chance.choice(ODD))


def written(document: object, chance: random.Random) -> str:
    """A document as JSON, with what cannot be said as a value written raw."""
    return json.dumps(document).replace(json.dumps(RAW_MARK), chance.choice(RAW))


def toml(data: bytes, chance: random.Random) -> bytes:
    """A value of a TOML document replaced, or one of its lines doubled, moved, or given another key."""
    lines = data.decode().splitlines()
    place = chance.choice([place for place, line in enumerate(lines) if "=" in line] or [0])
    key = lines[place].partition("=")[0] if lines else "a"
    match chance.randrange(8):
        case 0:
            lines.insert(chance.randrange(len(lines) + 1), lines.pop(place) if lines else "")
        case 1:
            lines.append("\n".join(lines[chance.randrange(len(lines) + 1) :]))
        case 2:
            key = chance.choice(("a.b", "a." * 2000 + "a", '""', "epochs.x", '"\\u0000"', key.strip() + "x"))
            lines[place : place + 1] = [f"{key} = 1"]
        case _:
            odd = _odd(chance)
            lines[place : place + 1] = [f"{key}= {chance.choice(RAW) if odd == RAW_MARK else _in_toml(odd)}"]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def _in_toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_in_toml(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_in_toml, value)) + "]"
    return "1979-05-27T07:32:00Z" if value is None else json.dumps(value)  # dates are TOML's own
