"""CPython's struct as the judge: one JSON request a line on standard input, one JSON answer a line on standard output.

Values travel as tagged text, so that nothing is lost in JSON: i<decimal>, f<16 hex digits> or fnan, b<hex>,
t and F for booleans, s<text>, N for None. An answer of null means that struct refused the request.
"""
import json
import struct
import sys


def decode(text):
    tag, rest = text[0], text[1:]
    if tag == "i":
        return int(rest)
    if tag == "f":
        return float("nan") if rest == "nan" else struct.unpack(">d", bytes.fromhex(rest))[0]
    if tag == "b":
        return bytes.fromhex(rest)
    if tag == "s":
        return rest
    return {"t": True, "F": False, "N": None}[tag]


def encode(value):
    if isinstance(value, bool):
        return "t" if value else "F"
    if isinstance(value, int):
        return f"i{value}"
    if isinstance(value, bytes):
        return "b" + value.hex()
    if value.is_integer() and abs(value) < 2**53 and str(value) != "-0.0":
        return f"i{int(value)}"  # JavaScript has one kind of number
    return "fnan" if value != value else "f" + struct.pack(">d", value).hex()


def pack_into(format, buffer, offset, values):
    target = bytearray.fromhex(buffer)
    struct.pack_into(format, target, offset, *map(decode, values))
    return target.hex()


def iter_unpack(format, buffer):
    return [encode(value) for row in struct.iter_unpack(format, bytes.fromhex(buffer)) for value in row]


OPERATIONS = {
    "calcsize": struct.calcsize,
    "pack": lambda format, values: struct.pack(format, *map(decode, values)).hex(),
    "packInto": pack_into,
    "unpack": lambda format, buffer: [encode(v) for v in struct.unpack(format, bytes.fromhex(buffer))],
    "unpackFrom": lambda format, buffer, offset: [
        encode(v) for v in struct.unpack_from(format, bytes.fromhex(buffer), offset)
    ],
    "iterUnpack": iter_unpack,
}


def answer(operation, *arguments):
    try:
        return OPERATIONS[operation](*arguments)
    except Exception:
        return None


for line in sys.stdin:
    sys.stdout.write(json.dumps(answer(*json.loads(line))) + "\n")
