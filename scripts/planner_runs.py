"""Runs of the planner for planner_table.py: a plan counts only if `memo verify` accepts it and finds the height and the max
load that were claimed, and if the blocks written are those of the problem; anything else ends the run. CPU seconds are those
of the whole process (start, parsing, solving, verifying, writing). Its command line begins with MEMO and WORK_FOLDER.
"""

import concurrent.futures
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from types import SimpleNamespace as Record

MEMO, WORK = sys.argv[1:3]
CORES = len(os.sched_getaffinity(0))
MOST_SECONDS = 60  # no program is waited for any longer
verified = []  # one entry a plan


def run(*command):
    """Its exit code (None: it took too long), output, CPU and wall seconds, and peak memory in bytes."""
    with tempfile.TemporaryFile(dir=WORK) as out, tempfile.TemporaryFile(dir=WORK) as err:
        since = time.monotonic()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=err)
        late = threading.Event()
        timer = threading.Timer(MOST_SECONDS, lambda: (late.set(), process.kill()))
        timer.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - since
        timer.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0), err.seek(0)
        return Record(code=None if late.is_set() else process.returncode,
                      out=out.read().decode(), err=err.read().decode().strip(),
                      cpu=usage.ru_utime + usage.ru_stime, wall=wall, rss=usage.ru_maxrss * 1024)


def same_blocks(problem, solved):
    """Whether a solved problem has the rows of the problem, an offset behind each; told for files of these columns."""
    with open(problem, "rb") as asked, open(solved, "rb") as given:
        if next(asked).strip() not in (b"id,lower,upper,size", b"id,lower,upper,size,alignment"):
            return True
        next(given)
        pairs = itertools.zip_longest((row for row in asked if row.strip()), given, fillvalue=b"")
        return all(row.strip() == done.strip().rpartition(b",")[0] for row, done in pairs)


def verify(solved, problem, *trace):
    """What the verifier found. A plan that it refuses is no figure but a bug: the end of the run."""
    found = run(MEMO, "verify", "-q", "--json", solved, *trace)
    if found.code is None:
        sys.exit(f"planner: the verifier took more than {MOST_SECONDS} s for a plan of {problem}")
    if found.code != 0:
        sys.exit(f"planner: the verifier refuses a plan of {problem}: {' '.join((found.err or found.out).split())}")
    if not trace and not same_blocks(problem, solved):
        sys.exit(f"planner: the blocks of a plan of {problem} are not those of the problem")
    verified.append(problem)
    return Record(**json.loads(found.out))


def plan(problem, *options, threads=None):
    """A verified plan; `error` instead where the planner cannot do the problem or took too long."""
    is_trace = problem.endswith(".memo")
    handle, solved = tempfile.mkstemp(suffix=".plan" if is_trace else ".csv", dir=WORK)
    os.close(handle)
    done = run(MEMO, "plan", "-q", "--json", problem, "-o", solved, "--threads", str(threads or CORES),
               *map(str, options))
    if done.code is None or done.code not in (0, 3, 4) or not done.out:
        os.unlink(solved)
        return Record(error=f"> {MOST_SECONDS} s" if done.code is None else done.err.splitlines()[0])
    result = Record(**json.loads(done.out), cpu=done.cpu, wall=done.wall, rss=done.rss, error=None)
    found = verify(solved, problem, *([problem] if is_trace else []))
    os.unlink(solved)
    if (found.height, found.max_load) != (result.height, result.max_load):
        sys.exit(f"planner: {problem}: claimed {result.height} over {result.max_load}, "
                 f"is {found.height} over {found.max_load}")
    result.gap = (result.height - result.max_load) / max(1, result.max_load)
    return result


def ours(*arguments, **named):
    """The same, where a failure is the end."""
    result = plan(*arguments, **named)
    if result.error:
        sys.exit(f"planner: {' '.join(map(str, arguments))}: {result.error}")
    return result


def abreast(function, items):
    """One run a core at a time, for what has one thread."""
    with concurrent.futures.ThreadPoolExecutor(CORES) as pool:
        return list(pool.map(function, items))


def maker(*arguments):
    """What planner_problems.py prints. In a process of its own: the peak memory of our children begins with ours."""
    script = os.path.join(os.path.dirname(__file__), "planner_problems.py")
    command = [sys.executable, script, *map(str, arguments)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def generate(kind, count, seed):
    """A problem, and its max load by its maker's account."""
    path = os.path.join(WORK, f"{kind}.{count}.{seed}.csv")
    load = maker(kind, count, seed, path)
    return Record(path=path, kind=kind, count=count, seed=seed, max_load=int(load))


def say(text):
    print(f"planner: {text}", file=sys.stderr, flush=True)
