#!/usr/bin/env bash
# How long memo takes for a trace of many gibibytes, and how much memory. Makes the trace, looks at it with several commands,
# deletes it, and writes results/large_trace.md. Wants as much free disk as the trace is large, and a minute or so a gibibyte.
#   MEMO_BENCH_GIB      size of the trace (10)
#   MEMO_BENCH_COMMANDS what to run, separated by ';' (info; top --by site; periods)
#   MEMO_BENCH_RESULTS  where the results go (results)
set -euo pipefail
. "$(dirname "$0")/usage.sh"
. scripts/environment.sh
make --no-print-directory release >&2
cmake --build build --target large_trace >&2
size=${MEMO_BENCH_GIB:-10}
work=build/bench/large
mkdir -p "$work"
trace=$work/large.memo
trap 'rm -f "$trace"' EXIT
"$(find build -name large_trace -type f -perm -u+x | head -1)" "$trace" "$size"

rows=
IFS=';' read -ra commands <<<"${MEMO_BENCH_COMMANDS:-info; top --by site; periods}"
for command in "${commands[@]}"; do
    read -ra words <<<"$command"
    figures=$(/usr/bin/python3 - "$trace" "$work/out" "${words[@]}" <<'PYTHON'
import resource
import subprocess
import sys
import time

trace, out, *words = sys.argv[1:]
begin = time.perf_counter()
with open(out, "w") as file:
    subprocess.run(["build/bin/memo", words[0], "-q", trace, *words[1:]], check=True, stdout=file)
wall = time.perf_counter() - begin
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(f"{wall:.0f} | {used.ru_utime + used.ru_stime:.0f} | {used.ru_maxrss / 1024:.0f}")
PYTHON
    )
    rows+="| \`memo ${words[*]}\` | $figures |"$'\n'
    if [ "${words[0]}" = info ]; then events=$(sed -n 's/^events *\([0-9]*\).*/\1/p' "$work/out"); fi
done
{
    echo "# What a large trace costs"
    echo
    echo "Made by \`scripts/bench_large_trace.sh\` on $(date -u +%Y-%m-%d). Conditions: $(conditions)."
    echo "A made-up trace of $size GiB${events:+, $events events} of two threads, written by \`benchmarks/large_trace.cpp\`: random sizes,"
    echo "stacks and lifetimes, which compress badly and repeat nothing. One run each. Asked: 10 GiB in less than 1,024 MiB."
    echo
    echo "| command | wall s | CPU s | peak RSS MiB |"
    echo "| --- | --- | --- | --- |"
    printf %s "$rows"
} >"$work/large_trace.md"
mv "$work/large_trace.md" "$results"/large_trace.md
cat "$results"/large_trace.md
