#!/usr/bin/env bash
# How long `memo report` takes and how much memory, on two traces: five million events of Python's json in a loop, with few distinct
# call stacks, and PyTorch's MobileNetV2 with many. Writes results/report.md. Takes about two minutes.
#   MEMO_BENCH_RUNS     reports of each (5)
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh
work=build/bench
runs=${MEMO_BENCH_RUNS:-5}
mkdir -p "$work"
PYTHONMALLOC=malloc build/bin/memo trace -q -o "$work/json.memo" -- /usr/bin/python3 scripts/json_loop.py 220 >/dev/null
build/bin/memo trace -q -o "$work/mobilenet.memo" -- /usr/bin/python3 scripts/mobilenet.py 30 >/dev/null

field() { build/bin/memo info -q --json "$work/$1.memo" | sed -n "s/.*\"$2\": \([0-9]*\).*/\1/p"; }
row() {  # row NAME TITLE
    local name=$1 run
    rm -f "$work/$name.times"
    for ((run = 0; run < runs; ++run)); do
        /usr/bin/python3 - "$work/$name" >>"$work/$name.times" <<'PYTHON'
import os
import resource
import subprocess
import sys
import time

begin = time.perf_counter()
subprocess.run(["build/bin/memo", "report", "-q", sys.argv[1] + ".memo"], check=True, stdout=subprocess.DEVNULL)
wall = time.perf_counter() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{wall:.2f} {used.ru_utime + used.ru_stime:.2f} {used.ru_maxrss // 1024} {os.path.getsize(sys.argv[1] + '.html') // 1024}")
PYTHON
    done
    echo "| $2 | $(field "$name" events) | $(field "$name" sites) | $(sort -n "$work/$name.times" | awk '
        { wall[NR] = $1; cpu[NR] = $2; if ($3 > memory) memory = $3; page = $4 }
        END { printf "%s (%s–%s) | %s | %s | %s |", wall[int((NR + 1) / 2)], wall[1], wall[NR], cpu[int((NR + 1) / 2)], memory, page }')"
}
{
    echo "# What a report costs"
    echo
    echo "Made by \`scripts/bench_report.sh\` on $(date -u +%Y-%m-%d). Conditions: $(conditions)."
    echo "\`memo report\` on a trace, planning its round included (at most two seconds); median over $runs runs (least–most). Asked: under"
    echo "10 s and 1,024 MiB for five million events; what takes the memory in the second trace is its call stacks."
    echo
    echo "| trace | events | call stacks | wall s | CPU s | peak RSS MiB | page KiB |"
    echo "| --- | --- | --- | --- | --- | --- | --- |"
    row json "Python's json in a loop"
    row mobilenet "MobileNetV2, 30 inferences, eager"
} >"$work/report.md"
mv "$work/report.md" "$results"/report.md
cat "$results"/report.md
