#!/usr/bin/env bash
# The page results/focus_gpu.md: `focus check` of the GPU back end and of the CPU's on the same machine, agreement and times. Wants a
# GPU; installs nothing, so that it also runs where only a build was carried. Half a minute.
#   --tables FILE        run nothing, make the page of what an earlier run printed
#   MEMO_BENCH_RESULTS   where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
printed=${TMPDIR:-/tmp}/memo-focus-gpu.txt
if [ "${1:-}" = --tables ]; then
    printed=$2
else
    nvidia-smi >/dev/null 2>&1 || { echo "focus_gpu: there is no GPU that nvidia-smi knows" >&2; exit 1; }
    {
        echo "$(date -u +%Y-%m-%d), $(nvidia-smi --query-gpu=name --format=csv,noheader | head -1); $(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1), $(nproc) cores, one thread"
        build/bin/focus check --backend cuda --images 4 --repeat 100
        build/bin/focus check --backend pyramid --images 4 --repeat 10
    } >"$printed"
fi
{
    echo "# focus on a GPU"
    echo
    echo "Made by \`scripts/bench_focus_gpu.sh\` on $(sed -n 1p "$printed")."
    echo "\`focus check\`: synthetic micrographs of 1024 × 1024 in growing defocus; features found by a back end, by an FFT with mirrored"
    echo "borders, which is what it is held against, and by the paper's circular one. Times are by the clock, an image in memory to its"
    echo "two counts, copies included; *copy* and *compute* by the device's."
    echo
    echo '```'
    sed 1d "$printed"
    echo '```'
} >"$results/focus_gpu.md"
cat "$results/focus_gpu.md"
