#!/usr/bin/env bash
# What it costs programs from which nothing repeats to have us preloaded: CPU time of each next allocator alone and with ours
# over it. Writes results/passthrough.md. Wants a quiet machine; takes about ten minutes.
#   PROGRAM...            only these (scripts/passthrough_programs.py names them); the others' figures stay
#   --tables              measure nothing, make the tables
#   MEMO_BENCH_STARTS     starts of a program with each (12)
#   MEMO_BENCH_RESULTS    where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
work=build/bench/passthrough
mkdir -p "$work"
. scripts/environment.sh
if [ "${1:-}" != --tables ]; then
    scripts/setup.sh test
    make --no-print-directory release >&2
    /usr/bin/python3 scripts/passthrough_runs.py build/lib/libmemomalloc.so "${MEMO_BENCH_STARTS:-12}" "$@"
fi
{
    echo "# Programs from which nothing repeats"
    echo
    echo "Made by \`scripts/bench_passthrough.sh\`. Conditions: $(conditions | sed 's/; OpenBLAS.*//')."
    echo "CPU seconds, user and system, of a program and of its children (of redis, the server's). Ours learns, as it does without any"
    echo "option. Debian's redis-server is linked with jemalloc, so that its rows named glibc are jemalloc's too."
    /usr/bin/python3 scripts/passthrough_tables.py
} >"$work/passthrough.md"
mv "$work/passthrough.md" "$results/passthrough.md"
cat "$results/passthrough.md"
