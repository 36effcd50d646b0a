#!/usr/bin/env bash
# An hour of a mixed server (benchmarks/soak.py) under `memo run`, learning online, and under glibc for comparison: does its
# memory stay flat, do its outputs? Writes results/soak.md and results/soak.svg. Wants no quiet machine.
#   --tables              run nothing, make the page of what there is
#   MEMO_SOAK_MINUTES     how long ours runs (60)
#   MEMO_SOAK_GLIBC       how long glibc runs (15); 0: not at all
#   MEMO_SOAK_BUILD       the build folder to take memo and its library from (build, made first)
#   MEMO_BENCH_RESULTS    where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
work=build/bench/soak
mkdir -p "$work"
. scripts/environment.sh

run() {  # run ALLOCATOR MINUTES: what it did before is forgotten
    [ "$2" != 0 ] || return 0
    rm -f "$work/$1.json"
    /usr/bin/python3 scripts/soak_runs.py "$build/bin/memo" "$1" "$2" "$work/$1.json"
}
if [ "${1:-}" != --tables ]; then
    build=${MEMO_SOAK_BUILD:-build}
    if [ "$build" = build ]; then
        scripts/setup.sh demo
        make --no-print-directory release >&2
    fi
    run memomalloc "${MEMO_SOAK_MINUTES:-60}"
    run glibc "${MEMO_SOAK_GLIBC:-15}"
fi
{
    echo "# A soak: a mixed server for an hour"
    echo
    echo "Made by \`scripts/soak.sh\`. Conditions: $(conditions | sed 's/; one thread$//'); one intra-op thread a stream;"
    echo "beside other work on the same cores: nothing here is a time."
    echo
    echo "The server (\`benchmarks/soak.py\`): MobileNetV2 and a transformer by turns on one thread, MobileNetV2 with random shapes on"
    echo "another, two lines of clients, each client a thread of its own that makes 5 to 40 requests of LR-ASPP; one activation layer"
    echo "in a hundred allocates a block more and one in a hundred a block less; one client in ten dies in the middle of a round;"
    echo "results are kept up to 20 s; a child is forked every 5 to 25 s. Every output is compared with the first of its input."
    echo
    /usr/bin/python3 scripts/soak_tables.py "$work" "$results/soak.svg"
} >"$work/soak.md"
mv "$work/soak.md" "$results/soak.md"
cat "$results/soak.md"
