"""Says what CPython's json reads from bodies, for the tests of the canonicaliser.

First writes its name and version as one line. Then, until its input ends: takes a count (all numbers are 4 bytes, little-endian) and
as many bodies, each after its length; answers 33 bytes for each: why it is not exact (bits, 0 for a body that is), then 16 bytes of the
SHA-256 of what dumps makes of it with sorted keys, and 16 of what it makes of it in its own order.
"""
import hashlib
import json
import math
import platform
import struct
import sys

ENCODING, DUPLICATE, NOT_FINITE, SURROGATE, DEEP, LONG_INTEGER, NOT_READ = 1, 2, 4, 8, 16, 32, 128
MOST_LEVELS, MOST_DIGITS = 64, 4300


def is_deep(value):
    levels, values = 0, [value]
    while values := [v for v in values if isinstance(v, (dict, list))]:
        levels += 1
        values = [inner for v in values for inner in (v.values() if isinstance(v, dict) else v)]
    return levels > MOST_LEVELS


def why_inexact(body, value):
    why = 0 if json.detect_encoding(body) == "utf-8" else ENCODING

    def members(pairs):
        nonlocal why
        named = dict(pairs)
        why |= DUPLICATE if len(named) < len(pairs) else 0
        return named

    def constant(_):
        nonlocal why
        why |= NOT_FINITE

    def real(text):
        nonlocal why
        why |= 0 if math.isfinite(float(text)) else NOT_FINITE

    def integer(text):
        nonlocal why
        why |= LONG_INTEGER if len(text.lstrip("-")) > MOST_DIGITS else 0

    json.loads(body, object_pairs_hook=members, parse_constant=constant, parse_float=real, parse_int=integer)
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        why |= SURROGATE
    return why | (DEEP if is_deep(value) else 0)


def read(body):
    try:
        value = json.loads(body)
        texts = json.dumps(value, sort_keys=True), json.dumps(value)
        why = why_inexact(body, value)
    except (ValueError, RecursionError):
        return struct.pack("<B32x", NOT_READ)
    return bytes([why]) + b"".join(hashlib.sha256(text.encode()).digest()[:16] for text in texts)


def main():
    source, answers = sys.stdin.buffer, sys.stdout.buffer
    answers.write(f"{platform.python_implementation()} {platform.python_version()}\n".encode())
    answers.flush()
    while head := source.read(4):
        count = struct.unpack("<i", head)[0]
        bodies = [source.read(struct.unpack("<i", source.read(4))[0]) for _ in range(count)]
        answers.write(b"".join(map(read, bodies)))
        answers.flush()


main()
