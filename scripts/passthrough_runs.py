"""Measures for scripts/bench_passthrough.sh: CPU seconds of every program of passthrough_programs.py with each next allocator
alone and with ours over it, interleaved. Keeps every start in build/bench/passthrough/PROGRAM.json; called again with the
same library, it goes on where it was.

    passthrough_runs.py LIBRARY STARTS [PROGRAM...]
"""

import hashlib
import json
import os
import re
import subprocess
import sys

from passthrough_programs import FOLDER, PROGRAMS, prepare

NEXTS = {"glibc": "", "jemalloc": "libjemalloc.so.2", "mimalloc": "libmimalloc.so.2.0", "tcmalloc": "libtcmalloc_minimal.so.4"}
START = "start"  # of a program that does nothing: instructions, not seconds


def environment(*libraries):
    preload = ":".join(library for library in libraries if library)
    rest = {name: value for name, value in os.environ.items() if not name.startswith("MEMO_")}
    return {**rest, **({"LD_PRELOAD": preload} if preload else {})}


def is_there(library):
    """Whether the loader finds it: it says so where it does not."""
    return not subprocess.run(["/bin/true"], env=environment(library), capture_output=True, check=False).stderr


def store(name, record):
    with open(f"{FOLDER}/{name}.json", "w", encoding="utf-8") as file:
        json.dump(record, file)


def kept(name, about, nexts):
    """The record to go on with: what there is, if it is of the same library and allocators."""
    path = f"{FOLDER}/{name}.json"
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        if record["library"] == about["library"] and list(record["seconds"]) == nexts:
            return record
    return {**about, "seconds": {next_name: {"alone": [], "ours": []} for next_name in nexts}}


def measure(name, nexts, library, starts, about):
    """Each start: every next allocator alone and with ours, one right after the other; who is first alternates."""
    run = PROGRAMS[name][1]
    record = kept(name, about, nexts)
    seconds = record["seconds"]
    run(environment())  # files in the cache, the repository packed
    for start in range(len(seconds[nexts[0]]["ours"]), starts):
        for next_name in nexts[start % len(nexts):] + nexts[:start % len(nexts)]:
            pair = [("alone", environment(NEXTS[next_name])), ("ours", environment(library, NEXTS[next_name]))]
            for kind, where in pair if start % 2 == 0 else pair[::-1]:
                seconds[next_name][kind].append(run(where))
        store(name, record)


def instructions(where):
    """What one start of /bin/true executes in user mode, by callgrind; None without it."""
    try:
        ran = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "/bin/true"], env=where,
                             capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    found = re.search(r"Collected : (\d+)", ran.stderr)
    return int(found.group(1)) if found else None


def main():
    library, starts = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    names = sys.argv[3:] or list(PROGRAMS)
    if unknown := [name for name in names if name not in PROGRAMS]:
        sys.exit(f"passthrough: no program '{unknown[0]}'; there are {', '.join(PROGRAMS)}")
    prepare()
    nexts = [name for name, preload in NEXTS.items() if not preload or is_there(preload)]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False)
    with open(library, "rb") as file:
        about = {"commit": commit.stdout.strip(), "library": hashlib.sha256(file.read()).hexdigest()[:12]}
    for name in names:
        print(f"passthrough: {name}", file=sys.stderr, flush=True)
        measure(name, nexts, library, starts, about)
    store(START, {**about, "instructions": {name: {"alone": instructions(environment(NEXTS[name])),
                                                   "ours": instructions(environment(library, NEXTS[name]))} for name in nexts}})


if __name__ == "__main__":
    main()
