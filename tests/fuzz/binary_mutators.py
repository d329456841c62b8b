"""Mutators that know a binary format: the rest of the file stays whole, so that its reader gets to what was changed."""

import io
import random
import struct
import warnings
import zipfile
import zlib

from mutators import EDGES, PLAIN, changed, cut, document_in, flip_bits, insert, json_document, written


def safetensors(data: bytes, chance: random.Random) -> bytes:
    """The head of a safetensors file changed: offsets, kinds, shapes, and the JSON texts in its metadata."""
    size = int.from_bytes(data[:8], "little")
    head = document_in(data[8 : 8 + size])
    said = head["__metadata__"]
    tensors = sorted(name for name in head if name != "__metadata__")
    one, other = (head[chance.choice(tensors)] for _ in range(2))
    begin, end = one["data_offsets"]
    body = data[8 + size :]
    match chance.randrange(11):
        case 0:
            one["data_offsets"] = chance.choice(
                ([end, begin], [begin, len(body) + 1], [begin, 2**63], [-1, end], [begin], [0, 0], [begin + 1, end])
            )
        case 1:
            one["data_offsets"], other["data_offsets"] = other["data_offsets"], one["data_offsets"]
        case 2:
            one["dtype"] = chance.choice(("F16", "BF16", "F64", "I8", "I64", "BOOL", "F8_E4M3", "C64", "F4", "", "x"))
        case 3:
            one["shape"] = chance.choice(
                ([], [0], one["shape"][::-1], [*one["shape"], 1], [2**63], [2**32, 2**32], [-1], [end - begin])
            )
        case 4:
            body = chance.choice((flip_bits, cut, insert, _odd_floats))(body, chance)
        case 5:
            head = changed(head, chance)
        case 6:
            head["__metadata__"] = changed(said, chance)
        case _:
            key = chance.choice(sorted(said))
            change = json_document if chance.random() < 0.85 else flip_bits
            said[key] = change(said[key].encode("utf-8", "replace"), chance).decode("utf-8", "replace")
    text = written(head, chance).encode("utf-8", "surrogatepass")
    return len(text).to_bytes(8, "little") + text + body


def _odd_floats(data: bytes, chance: random.Random) -> bytes:
    """Numbers of four bytes that no weight can be."""
    place = 4 * chance.randrange(len(data) // 4 + 1)
    value = struct.pack("<f", chance.choice((float("nan"), float("inf"), 3e38, 1e-45)))
    return data[:place] + value + data[place + 4 :]


def protobuf(data: bytes, chance: random.Random) -> bytes:
    """One field, at any depth, with another value, length, number or kind, left out or many times; whatever holds it
    gets the length that it then has.
    """
    fields = parsed(data)
    if not fields:
        return flip_bits(data, chance)
    place = chance.randrange(len(fields))
    key, value = fields[place]
    if key & 7 == 2 and chance.random() < 0.75 and len(value) < 1 << 20:
        inner = protobuf if parsed(value) and chance.random() < 0.9 else chance.choice(PLAIN)
        fields[place] = (key, inner(value, chance))
        return b"".join(field(*each) for each in fields)
    rows = [field(*each) for each in fields]
    match chance.randrange(6):
        case 0:
            del rows[place]
        case 1:
            rows[place] *= chance.choice((2, 3, 30, 30_000 if len(rows[place]) < 30 else 2))
        case 2:
            rows.append(rows.pop(place))
        case 3:
            rows[place] = varint(chance.choice((key ^ 1, key ^ 7, key & 7, key + 8, 2**64))) + rows[place][1:]
        case _ if key & 7 == 2:
            length = chance.choice((0, len(value) + 1, len(value) - 1, *EDGES)) % 2**64
            rows[place] = varint(key) + varint(length) + value
        case _:
            number = chance.choice((*EDGES, 2**64 - 1, 2**70)) if key & 7 == 0 else 0
            rows[place] = field(key, varint(number)) if key & 7 == 0 else _odd_floats(rows[place], chance)
    return b"".join(rows)


def parsed(data: bytes) -> list[tuple[int, bytes]]:
    """The key and the bytes of each field, without the length; none where these bytes are no message."""
    found, place = [], 0
    try:
        while place < len(data):
            key, place = _read_varint(data, place)
            match key & 7:
                case 0:
                    begin, (_, place) = place, _read_varint(data, place)
                case 1 | 5:
                    begin, place = place, place + (8 if key & 7 == 1 else 4)
                case 2:
                    length, begin = _read_varint(data, place)
                    place = begin + length
                case _:
                    return []
            if place > len(data) or not key >> 3:
                return []
            found.append((key, data[begin:place]))
    except IndexError:
        return []
    return found


def field(key: int, value: bytes) -> bytes:
    return varint(key) + (varint(len(value)) if key & 7 == 2 else b"") + value


def _read_varint(data: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (data[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if data[place - 1] < 0x80:
            return number, place


def varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


def archive(data: bytes, chance: random.Random) -> bytes:
    """One file of a zip archive changed, left out, doubled or compressed, in an archive that is whole again."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as source:
            entries = [(each.filename, source.read(each)) for each in source.infolist()]
    except Exception as error:  # of a torn archive, whatever zipfile stumbles over
        raise ValueError("no archive") from error
    # the pickle that describes the tensors more often than their numbers
    pickles = [place for place, (name, _) in enumerate(entries) if name.endswith("data.pkl")]
    place = chance.choice(pickles if pickles and chance.random() < 0.7 else range(len(entries)))
    name, content = entries[place]
    match chance.randrange(12):
        case 0:
            del entries[place]
        case 1:
            entries.append((name.upper() if name != name.upper() else f"{name}x", content))
        case 2:
            entries[place] = (chance.choice(("", "../x", "data.pkl", f"{name}/")) + str(place), content)
        case _:
            entries[place] = (name, chance.choice((*PLAIN, _opcodes))(content, chance))
    kind = zipfile.ZIP_DEFLATED if chance.random() < 0.05 else zipfile.ZIP_STORED
    with io.BytesIO() as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a name is there twice
        with zipfile.ZipFile(made, "w", kind) as target:
            for each, text in entries:
                target.writestr(zipfile.ZipInfo(each), text, kind)
        return made.getvalue()


def _opcodes(data: bytes, chance: random.Random) -> bytes:
    """What a pickle does changed: an operation, or a whole number, in place of another."""
    place = chance.randrange(len(data) + 1)
    fresh = chance.choice((*map(bytes, zip(b"0(tRb}]N\x85Q")), b"J\xff\xff\xff\xff", b"K\x00"))
    return data[:place] + fresh + data[place + chance.choice((0, len(fresh))) :]


def png_chunks(data: bytes, chance: random.Random) -> bytes:
    """A chunk of a PNG changed and given its right checksum, left out or doubled."""
    chunks, place = [], 8
    while place + 12 <= len(data):
        length = int.from_bytes(data[place : place + 4], "big")
        chunks.append((data[place + 4 : place + 8], data[place + 8 : place + 8 + length]))
        place += 12 + length
    if not chunks or place != len(data):
        return flip_bits(data, chance)
    place = chance.randrange(len(chunks))
    kind, content = chunks[place]
    match chance.randrange(6):
        case 0:
            del chunks[place]
        case 1:
            chunks.insert(chance.randrange(len(chunks) + 1), chunks[place])
        case _:
            chunks[place] = (kind, chance.choice(PLAIN)(content, chance))
    rows = (
        len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
        for kind, content in chunks
    )
    return data[:8] + b"".join(rows)
