#!/usr/bin/env bash
# What one malloc and its free cost on the planned path and on the way to the next allocator: instructions (callgrind) and
# nanoseconds, against the other allocators. Writes results/operations.md. Wants a quiet machine; takes about two minutes.
#   MEMO_BENCH_STARTS  process starts a figure (7)
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || { echo "operations: valgrind is missing: apt-get install valgrind" >&2; exit 1; }
. scripts/environment.sh
work=build/bench
starts=${MEMO_BENCH_STARTS:-7}
rounds=100000
few=4000  # rounds under callgrind, where the difference to twice as many is taken
mkdir -p "$work"
program=$work/operations
gcc -O2 -fno-builtin -o "$program" scripts/operations.c

# The plan comes from a trace of the same program, which is quiet where the kinds differ: only large blocks are in it.
build/bin/memo trace -q -o "$work/operations.memo" -- "$program" large 200 >/dev/null
build/bin/memo plan -q "$work/operations.memo" -o "$work/operations.plan" >/dev/null

rows=(glibc)
for library in libjemalloc.so.2 libmimalloc.so.2 libtcmalloc_minimal.so.4; do
    [ -z "$(LD_PRELOAD=$library true 2>&1)" ] && rows+=("$library")
done
rows+=(memomalloc)

with() {  # with ROW COMMAND...
    local row=$1
    shift
    case $row in
        glibc) "$@" ;;
        memomalloc) env LD_PRELOAD="$PWD/build/lib/libmemomalloc.so" MEMO_PLAN="$work/operations.plan" "$@" ;;
        *) env LD_PRELOAD="$row" "$@" ;;
    esac
}
instructions() {  # instructions ROW KIND ROUNDS: of the whole process
    with "$1" valgrind --tool=callgrind --callgrind-out-file=/dev/null "$program" "$2" "$3" 2>&1 >/dev/null |
        sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}
per_pair() {  # per_pair ROW KIND: instructions of one malloc and free and of the loop around them
    local once twice
    once=$(instructions "$1" "$2" "$few")
    twice=$(instructions "$1" "$2" $((2 * few)))
    awk -v a="$once" -v b="$twice" -v pairs=$((24 * few)) 'BEGIN { printf "%.1f\n", (b - a) / pairs }'
}

rm -f "$work"/operations.*.ns
for ((start = 0; start < starts; ++start)); do  # interleaved
    for kind in large small; do
        for row in "${rows[@]}"; do with "$row" "$program" "$kind" "$rounds" >>"$work/operations.$row.$kind.ns"; done
    done
    "$program" empty "$rounds" >>"$work/operations.glibc.empty.ns"
done

nanoseconds() {  # nanoseconds ROW KIND: median (least-most)
    sort -n "$work/operations.$1.$2.ns" | awk '{ t[NR] = $1 }
        END { printf "%.1f (%.1f–%.1f)", t[int((NR + 1) / 2)], t[1], t[NR] }'
}
loop=$(per_pair glibc empty)
less_loop() { awk -v a="$1" -v b="$loop" 'BEGIN { printf "%.0f", a - b }'; }
{
    echo "# What one malloc and its free cost"
    echo
    echo "Made by \`scripts/bench_operations.sh\` on $(date -u +%Y-%m-%d). Conditions: $(conditions); gcc $(gcc -dumpfullversion)."
    echo "Rounds of 24 pairs, four blocks alive at once, one byte written to each (\`scripts/operations.c\`). Large blocks are of 4 to"
    echo "28 KiB, which the plan holds; small ones of 16 to 760 bytes, which the thread's cache holds. Instructions by"
    echo "callgrind, user mode, less the $loop of the loop itself; nanoseconds of CPU time, median over $starts interleaved starts of"
    echo "$rounds rounds (least–most), the loop's own included, which are $(nanoseconds glibc empty)."
    echo
    echo "| allocator | large: instructions | large: ns | small: instructions | small: ns |"
    echo "| --- | --- | --- | --- | --- |"
    for row in "${rows[@]}"; do
        name=${row#lib}
        name=${name%%.so*}
        echo "| ${name%_minimal} | $(less_loop "$(per_pair "$row" large)") | $(nanoseconds "$row" large) |" \
            "$(less_loop "$(per_pair "$row" small)") | $(nanoseconds "$row" small) |"
    done
} >"$work/operations.md"
mv "$work/operations.md" results/operations.md
cat results/operations.md
