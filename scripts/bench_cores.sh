#!/usr/bin/env bash
# The tables of results/cores.md: eager MobileNetV2 in 8 and 16 streams at once, batch 1 and 8, under every allocator, ours
# learning online. Wants a quiet machine with 16 cores, the allocators, and a Python with PyTorch and torchvision; installs
# nothing, so that it also runs where only a build was carried. Every start is kept, as by bench_latency.sh.
#   --programs LIST     only these, separated by commas: mobilenet-v2-b1-s8, mobilenet-v2-b1-s16, mobilenet-v2-b8-s8, mobilenet-v2-b8-s16
#   --minutes N         end after about that long, with what there is by then
#   --tables            measure nothing, make the tables
#   MEMO_BENCH_PYTHON   the Python (/usr/bin/python3)
#   MEMO_BENCH_STARTS, MEMO_BENCH_SECONDS, MEMO_BENCH_WARM_UP, MEMO_BENCH_RESULTS    as for bench_latency.sh
set -euo pipefail
. "$(dirname "$0")/usage.sh"
. scripts/environment.sh
work=build/bench
mkdir -p "$work/latency"
python=${MEMO_BENCH_PYTHON:-/usr/bin/python3}
if [ "${1:-}" != --tables ]; then
    programs=mobilenet-v2-b1-s16,mobilenet-v2-b8-s16,mobilenet-v2-b1-s8,mobilenet-v2-b8-s8
    [ "${1:-}" != --programs ] || { programs=$2 && shift 2; }
    "$python" scripts/latency_runs.py --programs "$programs" "$@"
fi
{
    echo "# Many streams on many cores"
    echo
    echo "Made by \`scripts/bench_cores.sh\`."
    echo "Conditions: $(conditions | sed 's/; OpenBLAS.*//'); PyTorch $("$python" -c 'import torch; print(torch.__version__)'); one intra-op thread a stream."
    "$python" scripts/latency_tables.py many-streams
} >"$work/cores.md"
mv "$work/cores.md" "$results/cores.md"
cat "$results/cores.md"
