#!/usr/bin/env bash
# Does the locality of a plan show in time? MobileNetV2 on plans of equal height but different locality, one stream and two
# at once, each on its own core; writes results/locality.md. Starts are interleaved and their order rotates, and one plan runs
# twice under two names: the difference of the two is what noise looks like. Wants a quiet machine and about fifteen minutes.
#   MEMO_BENCH_STARTS      process starts a plan and number of streams (10)
#   MEMO_BENCH_INFERENCES  inferences a start (300); the first tenth does not count
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh

memo=build/bin/memo
work=build/bench/locality
trace=build/bench/mobilenet.memo
starts=${MEMO_BENCH_STARTS:-10}
inferences=${MEMO_BENCH_INFERENCES:-300}
rm -rf "$work"
mkdir -p "$work" results
[ -f "$trace" ] || "$memo" trace -q -o "$trace" -- /usr/bin/python3 scripts/mobilenet.py 15 >&2

plan() { # NAME OPTIONS...
    "$memo" plan -q --json "$trace" -o "$work/$1.plan" "${@:2}" >"$work/$1.json"
    "$memo" verify -q "$work/$1.plan" "$trace" >/dev/null
}
plan made --locality off
plan near --locality on
plan bump --locality off --strategy bump
cp "$work/made.plan" "$work/again.plan"
cp "$work/made.json" "$work/again.json"
plans=(made again near bump)

# The tables: of the plans, and of the starts with each number of streams given.
cat >"$work/table.py" <<'CODE'
import json, math, statistics, sys
work, counts = sys.argv[1], sys.argv[2:]
TITLES = {"made": "as made", "again": "the same again", "near": "locality improved", "bump": "no reuse (bump)"}
plans = {name: json.load(open(f"{work}/{name}.json")) for name in TITLES}
if plans["near"]["height"] != plans["made"]["height"]:
    sys.exit("locality: the plans to be compared differ in height")

def chance(differences):  # two-sided sign test: how likely is a split at least as uneven, were it all noise?
    signs = [d for d in differences if d != 0]
    fewer = min(sum(d < 0 for d in signs), sum(d > 0 for d in signs))
    return min(1, 2 * sum(math.comb(len(signs), k) for k in range(fewer + 1)) / 2 ** len(signs))

print("| plan | height, bytes | reuse distance, KiB | coldness | fresh, MiB | aliased |")
print("| --- | --- | --- | --- | --- | --- |")
for name, title in TITLES.items():
    plan, near = plans[name], plans[name]["locality"]
    print(f"| {title} | {plan['height']} | {near['reuse_distance'] / 1024:.0f} | {near['coldness']:.3f} "
          f"| {near['fresh'] / 2**20:.1f} | {100 * near['aliased']:.1f} % |")
for count in counts:
    print(f"\n{'One stream' if count == '1' else count + ' streams at once'}:\n")
    print("| plan | CPU ms | p99 | against as made | lower in | by chance | faults an inference | peak RSS MiB |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    rows = {name: [json.loads(line) for line in open(f"{work}/{name}.{count}.rows")] for name in TITLES}
    for name, title in TITLES.items():
        median = lambda key: statistics.median(row[key] for row in rows[name])
        pairs = [100 * (row["cpu_ms_median"] / made["cpu_ms_median"] - 1) for row, made in zip(rows[name], rows["made"])]
        against = "| – | – | –" if name == "made" else (
            f"| {statistics.median(pairs):+.2f} % ({min(pairs):+.2f} to {max(pairs):+.2f}) "
            f"| {sum(p < 0 for p in pairs)} of {len(pairs)} | {chance(pairs):.3f}")
        print(f"| {title} | {median('cpu_ms_median'):.2f} | {median('cpu_ms_p99'):.2f} {against} "
              f"| {median('faults'):.2f} | {median('peak_rss_kb') / 1024:.0f} |")
CODE
/usr/bin/python3 "$work/table.py" "$work" >/dev/null # are they comparable at all?

# One start: all streams wait for one another once they have loaded their libraries, then run at the same time, each on a
# processor of its own. Prints one line of JSON.
cat >"$work/start.py" <<'CODE'
import json, math, os, statistics, subprocess, sys, tempfile, time
memo, plan, streams, inferences = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
STREAM = """
import os, runpy, sys, time
import torch, torchvision
ready, go, inferences = sys.argv[1:]
open(ready, "w").close()
while not os.path.exists(go):
    time.sleep(0.01)
sys.argv = ["mobilenet.py", inferences]
runpy.run_path("scripts/mobilenet.py")
"""
processors = sorted(os.sched_getaffinity(0))
with tempfile.TemporaryDirectory() as folder:
    file = lambda name, stream: f"{folder}/{name}.{stream}.json"  # --stats writes JSON where the name ends so
    go = file("go", "all")
    running = []
    for stream in range(streams):
        os.sched_setaffinity(0, {processors[stream % len(processors)]})  # the child inherits it
        running.append(subprocess.Popen(
            [memo, "run", "-q", "--plan", plan, "--stats", file("stats", stream), "--", "/usr/bin/python3", "-c", STREAM,
             file("ready", stream), go, str(inferences)],
            env={**os.environ, "MEMO_BENCH_ROUNDS": file("rounds", stream)}, stdout=subprocess.DEVNULL))
    os.sched_setaffinity(0, processors)
    while not all(os.path.exists(file("ready", stream)) for stream in range(streams)):
        if any(process.poll() is not None for process in running):
            sys.exit("locality: a stream ended before it began")
        time.sleep(0.01)
    open(go, "w").close()
    cpu, faults, rss = [], [], []
    for stream, process in enumerate(running):
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            sys.exit(f"locality: a stream ended with {process.returncode}")
        stats = json.load(open(file("stats", stream)))
        if stats["hit_rate"] < 0.9:
            sys.exit(f"locality: the plan did not replay: {stats}")
        lines = [line.split() for line in open(file("rounds", stream))][inferences // 10:]
        cpu += [float(line[1]) for line in lines]
        faults += [float(line[2]) for line in lines]
        rss.append(usage.ru_maxrss)
cpu.sort()
print(json.dumps({"cpu_ms_median": statistics.median(cpu), "cpu_ms_p99": cpu[math.ceil(0.99 * len(cpu)) - 1],
                  "faults": statistics.mean(faults), "peak_rss_kb": max(rss)}))
CODE

stream_counts=(1)
[ "$(nproc --all)" -lt 2 ] || stream_counts+=(2)
for ((start = 0; start < starts; ++start)); do
    for streams in "${stream_counts[@]}"; do
        for ((turn = 0; turn < ${#plans[@]}; ++turn)); do
            name=${plans[(start + turn) % ${#plans[@]}]}
            /usr/bin/python3 "$work/start.py" "$memo" "$work/$name.plan" "$streams" "$inferences" >>"$work/$name.$streams.rows"
        done
    done
    echo "locality: $((start + 1)) of $starts starts done" >&2
done

/usr/bin/python3 "$work/table.py" "$work" "${stream_counts[@]}" >"$work/table.md"

{
    echo "# Does the locality of a plan show in time?"
    echo
    echo "Made by \`scripts/bench_locality.sh\` on $(date -u +%Y-%m-%d) at commit $(git describe --always --dirty)."
    echo "Conditions: $(conditions)."
    echo "MobileNetV2, PyTorch eager, batch 1, on one plan each: $starts process starts a plan, interleaved, $inferences inferences a start"
    echo "of which the first tenth does not count. CPU ms are a start's median (or 99th percentile) an inference, then the median over"
    echo "the starts. Differences are between neighbouring starts: their median, least and most, in how many the plan was faster"
    echo "than the one as made, and how likely a split as uneven is by chance (sign test). Streams run in processes of their own,"
    echo "each on its own core; what they share is the last-level cache and memory. What the columns of the first table mean says"
    echo "\`planner/locality.h\`. The plans as made and improved are equally high."
    echo
    cat "$work/table.md"
} >results/locality.md
cat results/locality.md
