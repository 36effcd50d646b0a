#!/usr/bin/env bash
# From which size on should blocks be planned? MobileNetV2 on plans with different --min-size, one row each; writes
# results/threshold.md. Wants a quiet machine; uses the trace that scripts/bench_mobilenet.sh leaves in build/bench.
#   MEMO_BENCH_STARTS  process starts a threshold (5)
set -euo pipefail
cd "$(dirname "$0")/.."
trace=build/bench/mobilenet.memo
[ -f "$trace" ] || { echo "threshold: $trace is missing: run scripts/bench_mobilenet.sh first" >&2; exit 1; }
. scripts/environment.sh
memo=build/bin/memo
starts=${MEMO_BENCH_STARTS:-5}
sizes=(16 128 256 1024 4096 65536)
for size in "${sizes[@]}"; do
    "$memo" plan -q "$trace" --min-size "$size" -o "build/bench/from$size.plan" >"build/bench/from$size.txt"
    rm -f "build/bench/from$size".*.json
done
for ((start = 1; start <= starts; ++start)); do  # interleaved
    for size in "${sizes[@]}"; do
        "$memo" bench -q --plan "build/bench/from$size.plan" --rows memomalloc --starts 1 --warm-up 10 \
            -o "build/bench/from$size.$start.json" -- /usr/bin/python3 scripts/mobilenet.py 60 >/dev/null
    done
done
{
    echo "# From which size on blocks are planned"
    echo
    echo "Made by \`scripts/bench_threshold.sh\` on $(date -u +%Y-%m-%d). Conditions: $(conditions)."
    echo "MobileNetV2 eager, $starts starts a row, interleaved, 60 inferences a start of which the first 10 do not count; medians"
    echo "over the starts."
    echo
    echo "| planned from, bytes | slots | height | CPU ms | wall p99 ms | faults an inference | peak RSS MiB |"
    echo "| --- | --- | --- | --- | --- | --- | --- |"
    for size in "${sizes[@]}"; do
        /usr/bin/python3 - "$size" build/bench/from"$size".*.json <<'CODE'
import json, re, statistics, sys
size, files = sys.argv[1], sys.argv[2:]
rows = [row for file in files for row in json.load(open(file))]
text = open(f"build/bench/from{size}.txt").read()
median = lambda key: statistics.median(row[key] for row in rows)
slots = re.search(r"slots +(\d+)", text).group(1)
height = re.search(r"height +.*\((\d+) bytes\)", text).group(1)
print(f"| {size} | {slots} | {height} | {median('cpu_ms_median'):.2f} | {median('wall_ms_p99'):.2f} "
      f"| {median('faults'):.2f} | {median('peak_rss_kb') / 1024:.0f} |")
CODE
    done
} >results/threshold.md
cat results/threshold.md
