"""Reads a gzipped profile.proto by the wire format alone, and prints as JSON what it adds up to.

Field numbers are those of github.com/google/pprof/blob/main/proto/profile.proto. Every reference (string, mapping,
location, function) is checked to exist.
"""

import gzip
import json
import sys


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data):
    """(number, value) of each field: an int, or bytes."""
    at = 0
    while at < len(data):
        key, at = varint(data, at)
        if key & 7 == 0:
            value, at = varint(data, at)
        elif key & 7 == 2:
            length, at = varint(data, at)
            value = data[at : at + length]
            assert len(value) == length
            at += length
        else:
            raise ValueError(f"wire type {key & 7}")
        yield key >> 3, value


def packed(data):
    at, values = 0, []
    while at < len(data):
        value, at = varint(data, at)
        values.append(value)
    return values


def main():
    with gzip.open(sys.argv[1]) as file:
        profile = list(fields(file.read()))
    parts = {}
    for number, value in profile:
        parts.setdefault(number, []).append(value)
    strings = [text.decode() for text in parts[6]]
    assert strings[0] == ""
    types = [strings[dict(fields(part))[1]] for part in parts[1]]
    mappings = {dict(fields(part))[1]: strings[dict(fields(part))[5]] for part in parts[3]}
    functions = {dict(fields(part))[1]: strings[dict(fields(part))[2]] for part in parts[5]}
    locations = {}
    for part in parts[4]:
        location = dict(fields(part))
        assert location.get(2) is None or location[2] in mappings
        locations[location[1]] = functions[dict(fields(location[4]))[1]]
    sums = [0] * len(types)
    ops = {}
    names = set()
    for part in parts[2]:
        sample = list(fields(part))
        values = packed(dict(sample)[2])
        sums = [a + b for a, b in zip(sums, values, strict=True)]
        names.update(locations[one] for one in packed(dict(sample)[1]))
        labels = {strings[dict(fields(label))[1]]: strings[dict(fields(label))[2]] for n, label in sample if n == 3}
        op = labels.get("op", "untagged")
        ops[op] = ops.get(op, 0) + values[types.index("alloc_space")]
    print(json.dumps({"sums": dict(zip(types, sums, strict=True)), "functions": sorted(names), "ops": ops}))


main()
