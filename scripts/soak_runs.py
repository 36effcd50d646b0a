"""One run of benchmarks/soak.py for scripts/soak.sh, sampled from outside, from /proc and by `memo live`.

    soak_runs.py MEMO memomalloc|glibc MINUTES FILE.json

The time is the number of samples, not the clock's: whoever stops the whole group of processes for a while (SIGSTOP) lengthens
the run, and the samples that follow a pause are marked. The file is written anew with every sample, so that a run that is
ended too early leaves what there is.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time

SECONDS = 10  # between samples
LATE = 5  # seconds by which a sample may come late before it counts as one after a pause
PYTHON = "/usr/bin/python3"
OURS = "memomalloc"


def command_of(memo, allocator):
    program = [PYTHON, "benchmarks/soak.py"]
    return [memo, "run", "-q", "--", *program] if allocator == OURS else program


def fields(path):
    """Name: number, of a file in /proc with lines like `Rss:   12 kB`."""
    with open(path, encoding="ascii", errors="replace") as file:
        return {name: int(value) for name, value in re.findall(r"^(\w+):\s+(\d+)", file.read(), re.MULTILINE)}


def live(memo, process):
    """What `memo live` says; nothing if it cannot be asked."""
    asked = subprocess.run([memo, "live", str(process), "--json"], capture_output=True, text=True, check=False)
    if asked.returncode != 0:
        return {}
    said = json.loads(asked.stdout)
    wanted = ("rounds", "hits", "skipped", "misses", "restarts", "hit_rate", "plans", "arenas", "arena_bytes", "pool")
    return {key: said[key] for key in wanted}


def sample(memo, allocator, process):
    memory = fields(f"/proc/{process}/smaps_rollup")
    status = fields(f"/proc/{process}/status")
    with open(f"/proc/{process}/stat", encoding="ascii", errors="replace") as file:
        ticks = file.read().rpartition(")")[2].split()
    return {"rss_kb": memory["Rss"], "pss_kb": memory["Pss"], "peak_rss_kb": status["VmHWM"],
            "threads": status["Threads"], "cpu_s": (int(ticks[11]) + int(ticks[12])) / os.sysconf("SC_CLK_TCK"),
            **({"live": live(memo, process)} if allocator == OURS else {})}


def main():
    memo, allocator, minutes, path = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True,
                            check=False).stdout.strip()
    record = {"allocator": allocator, "seconds": SECONDS, "commit": commit, "began": time.strftime("%Y-%m-%d %H:%M"),
              "samples": [], "output": None, "code": None}

    def keep():
        with open(f"{path}.tmp", "w", encoding="utf-8") as file:
            json.dump(record, file)
        os.replace(f"{path}.tmp", path)

    with subprocess.Popen(command_of(memo, allocator), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as program:
        process = int(program.stdout.readline().split()[1])
        for _ in range(round(minutes * 60 / SECONDS)):
            since = time.monotonic()
            time.sleep(SECONDS)
            if program.poll() is not None:
                break
            paused = time.monotonic() - since > SECONDS + LATE
            record["samples"].append({**sample(memo, allocator, process), "paused": paused})
            keep()
        if program.poll() is None:
            os.kill(process, signal.SIGTERM)
        record["output"] = program.stdout.read().strip()
        record["code"] = program.wait()
    keep()
    print(f"soak: {allocator}: {record['output'] or 'no last line'}; exit status {record['code']}", file=sys.stderr)


main()
