#!/usr/bin/env python3
"""Where the bytes of a recorded trace are: by kind of chunk, and for chunks of events by column.

    scripts/trace_bytes.py TRACE...

Reads the file by docs/trace-format.md alone, without any code of memo's. A column's compressed bytes are those of the column
compressed by itself; together they differ a little from the chunk's, which is compressed as a whole. Needs libzstd.so.1.
"""

import ctypes
import struct
import sys
from collections import defaultdict

KINDS = {1: "process", 2: "definitions", 3: "events", 4: "goodbye", 5: "blocks", 6: "stacks"}
COLUMNS = ["tags", "sequences", "contexts", "sizes", "alignments", "sites", "new sites", "places", "addresses", "released", "foreign"]
DEFINITIONS = {1: "modules", 2: "sites", 3: "contexts", 4: "notes", 5: "threads", 6: "nodes", 7: "cuts", 8: "sampling",
               9: "frames", 10: "nodes by column"}
HEADER = struct.Struct("<4sHBBIIQQQII")
LEVEL = 1

zstd = ctypes.CDLL("libzstd.so.1")
for name in ("ZSTD_compress", "ZSTD_decompress", "ZSTD_compressBound", "ZSTD_getFrameContentSize"):
    getattr(zstd, name).restype = ctypes.c_ulonglong if "Frame" in name else ctypes.c_size_t


def unpacked(payload):
    size = zstd.ZSTD_getFrameContentSize(payload, ctypes.c_size_t(len(payload)))
    out = ctypes.create_string_buffer(max(size, 1))
    if zstd.ZSTD_decompress(out, ctypes.c_size_t(size), payload, ctypes.c_size_t(len(payload))) != size:
        raise ValueError("a payload cannot be decompressed")
    return out.raw[:size]


def packed_bytes(data):
    bound = zstd.ZSTD_compressBound(ctypes.c_size_t(len(data)))
    out = ctypes.create_string_buffer(bound)
    return min(len(data), zstd.ZSTD_compress(out, ctypes.c_size_t(bound), data, ctypes.c_size_t(len(data)), LEVEL))


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at


def columns_of(payload):
    at, lengths = 0, []
    for _ in COLUMNS:
        length, at = varint(payload, at)
        lengths.append(length)
    for name, length in zip(COLUMNS, lengths):
        yield name, payload[at : at + length]
        at += length


def chunks(data):
    at = data.find(b"mChk", 16)
    while at >= 0 and at + HEADER.size <= len(data):
        _, _, kind, codec, _, records, _, _, _, size, _ = HEADER.unpack_from(data, at)
        yield kind, codec, records, data[at + HEADER.size : at + HEADER.size + size]
        at = data.find(b"mChk", at + HEADER.size + size)


def table(path):
    with open(path, "rb") as file:
        data = file.read()
    kinds, raw, packed, definitions = defaultdict(int), defaultdict(int), defaultdict(int), defaultdict(int)
    events = places = 0
    placed = defaultdict(int)
    for kind, codec, records, payload in chunks(data):
        kinds[KINDS.get(kind, "other")] += HEADER.size + len(payload)
        plain = unpacked(payload) if codec & 1 else payload
        if kind == 3:
            events += records
        if kind == 3 and codec & 2:
            for name, column in columns_of(plain):
                raw[name] += len(column)
                packed[name] += packed_bytes(column)
                if name == "places":
                    places += len(column)
                    for place in column:
                        placed[min(place, 4)] += 1
        elif kind == 2:
            at = 0
            while at < len(plain):
                length, body = varint(plain, at + 1)
                definitions[DEFINITIONS.get(plain[at], "other")] += body + length - at
                at = body + length
    each = max(events, 1)
    print(f"{path}: {events} events, {len(data) / each:.3f} B an event")
    for name, size in sorted(kinds.items(), key=lambda item: -item[1]):
        print(f"  chunks of {name:12} {size:10} {size / each:7.3f} B an event")
    print("  column            plain  compressed alone, B an event")
    for name in COLUMNS:
        print(f"  {name:12} {raw[name] / each:10.3f} {packed[name] / each:10.3f}")
    print("  definitions, plain: " + ", ".join(f"{name} {size / each:.3f}" for name, size in definitions.items()))
    shares = ", ".join(f"{place}: {100 * count / max(places, 1):.1f} %" for place, count in sorted(placed.items()))
    print(f"  places (4: that or more): {shares}")


for trace in sys.argv[1:]:
    table(trace)
