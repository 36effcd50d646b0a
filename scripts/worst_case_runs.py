"""Measures for scripts/bench_worst_case.sh: the tails of benchmarks/tail.c and benchmarks/deadline.cpp with every allocator, alone
and beside benchmarks/thrash.c, which is held to the last core. Keeps every start in build/bench/worst_case/PROGRAM.json; called
again with the same library and rounds, it goes on where it was.

    worst_case_runs.py LIBRARY STARTS ROUNDS [tail|deadline...]
"""

import hashlib
import json
import os
import subprocess
import sys

FOLDER = "build/bench/worst_case"
WARM_UP_SECONDS = "1"
PROGRAMS = {"tail": [f"{FOLDER}/tail"], "deadline": ["build/bin/deadline", "build/bench/models/tiny.pt"]}
KINDS = ("alone", "beside")
KEEP = "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=4294967296:glibc.malloc.top_pad=67108864"
OURS = ("memomalloc", "memomalloc, real-time")


def allocators(library):
    """Name: what to set."""
    preload = lambda name, **more: {"LD_PRELOAD": name, **more}
    return {
        "glibc": {},
        "glibc-tuned": {"GLIBC_TUNABLES": KEEP},
        "glibc-tuned-huge": {"GLIBC_TUNABLES": f"{KEEP}:glibc.malloc.hugetlb=1"},
        "jemalloc": preload("libjemalloc.so.2"),
        "jemalloc-tuned": preload("libjemalloc.so.2", MALLOC_CONF="oversize_threshold:0,dirty_decay_ms:-1,muzzy_decay_ms:-1"),
        "mimalloc": preload("libmimalloc.so.2.0"),
        "tcmalloc": preload("libtcmalloc_minimal.so.4"),
        OURS[0]: preload(library),
        OURS[1]: preload(library, MEMO_REALTIME="1"),
    }


def is_there(added):
    """Whether the loader finds what is to be preloaded: it says so where it does not."""
    return not subprocess.run(["/bin/true"], env={**os.environ, **added}, capture_output=True, check=False).stderr


def one_start(program, rounds, added, beside):
    neighbour = None
    if beside:
        neighbour = subprocess.Popen(["taskset", "-c", str(max(os.sched_getaffinity(0))), f"{FOLDER}/thrash"])
    try:
        ran = subprocess.run([*PROGRAMS[program], rounds, WARM_UP_SECONDS], env={**os.environ, **added}, capture_output=True,
                             text=True, check=True)
    finally:
        if neighbour:
            neighbour.kill()
            neighbour.wait()
    if ran.stderr:
        print(f"worst_case: {program}: {ran.stderr.strip()}", file=sys.stderr)
    return json.loads(ran.stdout)


def kept(path, about, rows):
    """The record to go on with: what there is, if it is of the same library, rounds and allocators."""
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        if all(record.get(key) == about[key] for key in ("library", "rounds", "allocators")):
            return record
    return {**about, "runs": {kind: {name: [] for name in rows} for kind in KINDS}}


def main():
    library, starts, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    rows = {name: added for name, added in allocators(library).items() if is_there(added)}
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False).stdout.strip()
    with open(library, "rb") as file:
        about = {"commit": commit, "library": hashlib.sha256(file.read()).hexdigest(), "rounds": int(rounds), "allocators": list(rows)}
    for program in sys.argv[4:] or PROGRAMS:
        path = f"{FOLDER}/{program}.json"
        record = kept(path, about, rows)
        for start in range(len(record["runs"][KINDS[-1]][list(rows)[-1]]), starts):
            order = list(rows)[start % len(rows):] + list(rows)[:start % len(rows)]
            for name in order:
                for kind in KINDS:
                    record["runs"][kind][name].append(one_start(program, rounds, rows[name], kind == "beside"))
            print(f"worst_case: {program}, start {start + 1} of {starts}", file=sys.stderr, flush=True)
            with open(path, "w", encoding="utf-8") as file:
                json.dump(record, file)


if __name__ == "__main__":
    main()
