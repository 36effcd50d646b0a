#!/usr/bin/env bash
# The table of results/ligo_memory.md: `ligo scan`, unmodified, under every baseline allocator and under ours, and its periods and plan
# by memo run. A round is a pair of files of 64 s, read, conditioned and scanned. Wants a quiet machine and about five minutes.
#   MEMO_BENCH_STARTS   process starts an allocator (3)
#   MEMO_BENCH_IMAGES   pairs a start (60); the first ten do not count
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
export MEMO_BENCH_IMAGES=${MEMO_BENCH_IMAGES:-60}
scripts/setup.sh demo
make --no-print-directory release >&2
. scripts/environment.sh
. scripts/science_memory.sh
work=build/bench/ligo_memory
mkdir -p "$work"
[ -d "$work/files" ] || build/bin/ligo simulate -q -o "$work/files" --files 6 --seconds 64 --injections 0

{
    memory_head ligo bench_ligo_memory.sh "$images pairs of files of 64 s a start; a round is a pair, read, conditioned, and looked at by four models."
    memory_table scan "$work/scan.json" build/bin/ligo scan "$work/files" --models scientific/ligo/models --repeat 100 --most "$images" -q
    echo
    echo "## What memo run saw"
    echo
    echo "Without a plan given: what the program's thread is seen to repeat, learnt as it runs."
    echo
    echo '```'
    "$memo" run -q --stats "$work/stats.json" -- build/bin/ligo scan "$work/files" --models scientific/ligo/models --repeat 100 \
        --most "$images" -q >/dev/null 2>&1
    cat "$work/stats.json"
    echo '```'
} >"$work/ligo_memory.md"
cp "$work/ligo_memory.md" "$results"/ligo_memory.md
cat "$results"/ligo_memory.md
