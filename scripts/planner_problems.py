"""Makes planning problems that nobody has tuned a planner to: CSV for `memo plan` of any size from a few kinds of random
programs. The same kind, count and seed give the same file everywhere.

    planner_problems.py KIND COUNT SEED FILE.csv    writes the problem, prints its max load in bytes
    planner_problems.py                             lists the kinds

A kind is a generator of rows (lower, upper, size) or (lower, upper, size, alignment): lifetimes [lower, upper) in moments
from 0 on, sizes and alignments in bytes. It yields rows without end, or `count` of them; its docstring is for the tables.
"""

import itertools
import math
import random
import sys

KIB, MIB = 2**10, 2**20


def log_uniform(draw, low, high):
    """A whole number in [low, high], every power of two as likely as the next."""
    return min(high, int(math.exp(draw.uniform(math.log(low), math.log(high + 1)))))


def dnn(draw, count):
    """inference: outputs for the next 1-3 operations, some skip ahead, workspaces for one"""
    for step in itertools.count():
        if step % 64 == 0:
            stage = KIB << draw.randint(4, 12)  # another resolution, another number of channels
        far = draw.random()
        reach = draw.randint(100, 1000) if far < 0.01 else draw.randint(4, 40) if far < 0.1 else draw.randint(1, 3)
        yield step, step + 1 + reach, stage * draw.choice((1, 1, 2, 2, 3, 4)) // 2
        if draw.random() < 0.5:
            yield step, step + 1, 64 * log_uniform(draw, 16, 4 * MIB // 64)


def loguniform(draw, count):
    """sizes log-uniform in 64 B-1 MiB, lengths in 1-1000"""
    while True:
        lower = draw.randrange(count)
        yield lower, lower + log_uniform(draw, 1, 1000), log_uniform(draw, 64, MIB)


def long(draw, count):
    """lengths log-uniform up to the whole time, sizes in 64 B-1 MiB"""
    while True:
        length = log_uniform(draw, 1, count)
        lower = draw.randint(0, count - length)
        yield lower, lower + length, log_uniform(draw, 64, MIB)


def uniform(draw, count):
    """sizes uniform in 1 B-1 MiB, lengths log-uniform in 1-1000"""
    while True:
        lower = draw.randrange(count)
        yield lower, lower + log_uniform(draw, 1, 1000), draw.randint(1, MIB)


def few(draw, count):
    """seven sizes that do not divide one another, lengths geometric, mean 50"""
    sizes = [KIB * size for size in (3, 7, 20, 45, 128, 300, 1000)]
    while True:
        lower = draw.randrange(count)
        yield lower, lower + 1 + int(draw.expovariate(1 / 50)), draw.choice(sizes)


def aligned(draw, count):
    """alignments of 1-4096 bytes, sizes in 16 B-256 KiB that are no multiples of them"""
    while True:
        lower = draw.randrange(count)
        yield lower, lower + log_uniform(draw, 1, 500), log_uniform(draw, 16, 256 * KIB), 1 << draw.randint(0, 12)


def training(draw, count):
    """the same step again and again: activations of up to 500 layers wait for the way back"""
    layers = min(500, max(1, count // 16))
    activations = [512 * log_uniform(draw, 2, 4096) for _ in range(layers)]
    workspaces = [512 * log_uniform(draw, 1, 8192) for _ in range(layers)]
    for step in itertools.count():
        start = step * 2 * layers
        for layer in range(layers):
            forward, backward = start + layer, start + 2 * layers - 1 - layer
            yield forward, backward + 1, activations[layer]
            yield forward, forward + 1, workspaces[layer]
            yield backward, backward + 1, 2 * workspaces[layer]
            yield backward, backward + 2, activations[layer]  # the gradient, for the layer below


def bursts(draw, count):
    """three quarters of the blocks in crowds of 50-600, the others spread evenly"""
    while True:
        crowd = draw.randrange(count)
        size = draw.randint(50, 600)
        for _ in range(size):
            lower = crowd + draw.randint(0, 30)
            yield lower, lower + log_uniform(draw, 1, 200), log_uniform(draw, 256, 4 * MIB)
        for _ in range(size // 3):
            lower = draw.randrange(count)
            yield lower, lower + log_uniform(draw, 1, 50), log_uniform(draw, 256, MIB)


def attention(draw, count):
    """four requests decode in turn: key-value caches grow with the text and move, scores grow"""
    layers, grown, requests = 8, 64, 4
    turn = 2 * layers * requests  # moments from one token of a request to its next
    texts, start = {}, 0
    for request in itertools.cycle(range(requests)):
        first, length, end = texts.get(request, (0, 0, 0))
        if length == end:  # complete: another one, with another prompt
            first = length = draw.randint(16, 512)
            end = first + log_uniform(draw, 16, 512)
        for moment in range(start, start + 2 * layers, 2):
            if (length - first) % grown == 0:  # a larger cache; for one moment it and the older one both live
                rest = end - length
                yield moment, moment + (grown * turn + 1 if rest > grown else rest * turn), 512 * (length + grown)
            yield moment, moment + 2, 4 * KIB
            yield moment, moment + 1, 64 * (length // 2 + 1)
            yield moment + 1, moment + 2, 16 * KIB
        texts[request] = (first, length + 1, end)
        start += 2 * layers


KINDS = {kind.__name__: kind for kind in (dnn, loguniform, long, uniform, few, aligned, training, bursts, attention)}


def make(kind, count, seed):
    """`count` rows."""
    draw = random.Random(f"{kind}/{count}/{seed}")
    return list(itertools.islice(KINDS[kind](draw, count), count))


def max_load(rows):
    """Bytes live at the worst moment: the planner's own figure is held to it."""
    change = [0] * (max(row[1] for row in rows) + 1)
    for lower, upper, size, *_ in rows:
        change[lower] += size
        change[upper] -= size
    return max(itertools.accumulate(change))


def main():
    if len(sys.argv) == 1:
        for name, kind in KINDS.items():
            print(f"{name:12}{kind.__doc__}")
        return
    if len(sys.argv) != 5 or sys.argv[1] not in KINDS:
        sys.exit("planner_problems.py: wants KIND COUNT SEED FILE.csv; without arguments it lists the kinds")
    kind, count, seed, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    rows = make(kind, count, seed)
    with open(path, "w") as file:
        file.write("id,lower,upper,size" + (",alignment" if len(rows[0]) == 4 else "") + "\n")
        file.writelines(f"{block},{','.join(map(str, row))}\n" for block, row in enumerate(rows))
    print(max_load(rows))


if __name__ == "__main__":
    main()
