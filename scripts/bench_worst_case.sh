#!/usr/bin/env bash
# The worst cases: p99.9, p99.99 and maximum of one allocation, one free and one inference, with every allocator, ours by
# default and in real-time mode, alone and beside a process that thrashes memory. Writes results/worst_case.md. Wants a quiet
# machine; takes about ten minutes.
#   tail, deadline        only this program; the other's figures stay
#   --tables              measure nothing, make the tables
#   MEMO_BENCH_STARTS     starts of a program with each allocator (3)
#   MEMO_BENCH_ROUNDS     rounds of a start that count (35000)
#   MEMO_BENCH_RESULTS    where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
work=build/bench/worst_case
mkdir -p "$work" "$results" build/bench/models
. scripts/environment.sh
if [ "${1:-}" != --tables ]; then
    scripts/setup.sh demo
    make --no-print-directory release >&2
    cmake --build build --target deadline >&2
    . scripts/environment.sh # again: only now OpenBLAS is there for certain
    for program in tail thrash; do gcc -O2 -o "$work/$program" "benchmarks/$program.c"; done
    /usr/bin/python3 -W ignore benchmarks/export.py tiny build/bench/models/tiny.pt
    /usr/bin/python3 scripts/worst_case_runs.py build/lib/libmemomalloc.so "${MEMO_BENCH_STARTS:-3}" "${MEMO_BENCH_ROUNDS:-35000}" "$@"
fi
{
    echo "# Worst cases"
    echo
    echo "Made by \`scripts/bench_worst_case.sh\`. Conditions: $(conditions)."
    echo "Times by the monotonic clock, whose reading is part of them (about 25 ns). Percentiles: median over the starts; maximum: median"
    echo "over the starts, and the worst of all. The round (\`benchmarks/tail.c\`) is made up like a convolutional net's: 300 blocks of 256 bytes"
    echo "to 8 MiB aligned to 64; the neighbour (\`benchmarks/thrash.c\`) maps, touches and unmaps 64 MiB again and again on the last core."
    echo "Where nobody has locked it, a time of milliseconds is the scheduler's, or the machine's below: the process was not running."
    echo
    /usr/bin/python3 scripts/worst_case_tables.py
} >"$work/worst_case.md"
mv "$work/worst_case.md" "$results/worst_case.md"
cat "$results/worst_case.md"
