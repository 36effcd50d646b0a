#!/usr/bin/env python3
"""Where the bytes of a recorded trace are: by kind of chunk, and for chunks of events by column.

    scripts/trace_bytes.py TRACE...

Reads the file by docs/trace-format.md alone, without any code of memo's. A column's compressed bytes are those of all of it in
the file, 32 chunks at a time as in a run, compressed by itself; together they differ a little from the chunks', which are
compressed as they come. Needs libzstd.so.1.
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

RUN, GOES_ON = 4, 8

zstd = ctypes.CDLL("libzstd.so.1")
for name in ("ZSTD_compress", "ZSTD_compressBound", "ZSTD_decompressStream"):
    getattr(zstd, name).restype = ctypes.c_size_t
zstd.ZSTD_createDCtx.restype = ctypes.c_void_p


class Buffer(ctypes.Structure):
    _fields_ = [("start", ctypes.c_void_p), ("size", ctypes.c_size_t), ("at", ctypes.c_size_t)]


class Unpacker:
    """Unpacks frame after frame, or the parts of one frame that a run of chunks is."""

    def __init__(self):
        self.context = ctypes.c_void_p(zstd.ZSTD_createDCtx())
        self.out = ctypes.create_string_buffer(1 << 20)

    def unpack(self, payload, goes_on):
        if not goes_on:
            zstd.ZSTD_DCtx_reset(self.context, 1)
        source = Buffer(ctypes.cast(ctypes.c_char_p(payload), ctypes.c_void_p), len(payload), 0)
        target = Buffer(ctypes.cast(self.out, ctypes.c_void_p), len(self.out), 0)
        while source.at < source.size:
            if zstd.ZSTD_isError(zstd.ZSTD_decompressStream(self.context, ctypes.byref(target), ctypes.byref(source))):
                raise ValueError("a payload cannot be unpacked")
        return self.out.raw[: target.at]


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
    """Of each chunk its kind, codec, records, bytes in the file, and payload as it was before it was compressed."""
    unpackers = defaultdict(Unpacker)
    at = data.find(b"mChk", 16)
    while at >= 0 and at + HEADER.size <= len(data):
        _, _, kind, codec, thread, records, _, _, _, size, _ = HEADER.unpack_from(data, at)
        payload = data[at + HEADER.size : at + HEADER.size + size]
        goes_on = codec & RUN and codec & GOES_ON
        if goes_on:
            payload = payload[4:]
        if codec & 1:
            payload = unpackers[kind, thread if codec & RUN else None].unpack(payload, goes_on)
        yield kind, codec, records, HEADER.size + size, payload
        at = data.find(b"mChk", at + HEADER.size + size)


def table(path):
    with open(path, "rb") as file:
        data = file.read()
    kinds, raw, packed, definitions = defaultdict(int), defaultdict(int), defaultdict(int), defaultdict(int)
    events = places = 0
    placed = defaultdict(int)
    gathered = defaultdict(list)

    def gather(name, column):
        gathered[name].append(column)
        if len(gathered[name]) == 32 or not column:
            packed[name] += packed_bytes(b"".join(gathered[name]))
            gathered[name].clear()

    for kind, codec, records, size, plain in chunks(data):
        kinds[KINDS.get(kind, "other")] += size
        if kind == 3:
            events += records
        if kind == 3 and codec & 2:
            for name, column in columns_of(plain):
                raw[name] += len(column)
                if column:
                    gather(name, column)
                if name == "places":
                    places += len(column)
                    for place in column:
                        placed[place if place in (0, 1, 2, 3, 64) else 4] += 1
        elif kind == 2:
            at = 0
            while at < len(plain):
                length, body = varint(plain, at + 1)
                definitions[DEFINITIONS.get(plain[at], "other")] += body + length - at
                at = body + length
    for name in COLUMNS:
        gather(name, b"")
    each = max(events, 1)
    print(f"{path}: {events} events, {len(data) / each:.3f} B an event")
    for name, size in sorted(kinds.items(), key=lambda item: -item[1]):
        print(f"  chunks of {name:12} {size:10} {size / each:7.3f} B an event")
    print("  column            plain  compressed alone, B an event")
    for name in COLUMNS:
        print(f"  {name:12} {raw[name] / each:10.3f} {packed[name] / each:10.3f}")
    print("  definitions, plain: " + ", ".join(f"{name} {size / each:.3f}" for name, size in definitions.items()))
    names = {0: "same size", 1: "next to last", 2: "last released", 3: "written out", 4: "below the top", 64: "earlier block"}
    shares = ", ".join(f"{names[place]} {100 * count / max(places, 1):.1f} %" for place, count in sorted(placed.items()))
    print(f"  addresses of allocations: {shares}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__.split("\n\n")[1].strip())
    for trace in sys.argv[1:]:
        table(trace)
